#compdef understudy
# zsh completion for understudy; what the verbs take stands at the end, made by the build from their own help.

_understudy() {
    local verb_options verb_words kind before=${words[CURRENT - 1]}
    if (( CURRENT == 2 )); then
        compadd -- ${=_understudy_verbs} --help --version
        return
    fi
    _understudy_verb ${words[2]}
    kind=" $verb_options "
    kind=${kind##* $before=}
    if [[ $kind != " $verb_options " ]]; then
        case ${kind%% *} in
        DIR) _files -/ ;;
        FILE*|KEY*|PROGRAM|DEPLOYMENT|TOPOLOGY) _files ;;
        esac
    elif [[ ${words[CURRENT]} == -* ]]; then
        compadd -- ${${=verb_options}%%=*}
    elif [[ -n $verb_words && CURRENT -eq 3 ]]; then
        compadd -- ${=verb_words}
    else
        _files
    fi
}

