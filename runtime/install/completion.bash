# bash completion for understudy: verbs, their words and options, and files where a file may stand.
# What the verbs take is appended by the build, from their own help.

# The files that may stand where the help says KIND; folders lead to more of them.
_understudy_files() {
    local kind=$1 word=$2 file
    COMPREPLY=()
    while IFS= read -r file; do
        case $kind:$file in
        DIR:*) [ -d "$file" ] && COMPREPLY+=("$file") ;;
        TOPOLOGY:*.lua | TOPOLOGY:*.so | OUTAGE:*.lua) COMPREPLY+=("$file") ;;
        TOPOLOGY:* | OUTAGE:*) [ -d "$file" ] && COMPREPLY+=("$file") ;;
        *) COMPREPLY+=("$file") ;;
        esac
    done < <(compgen -f -- "$word")
    compopt -o filenames 2>/dev/null || :
}

# Whether the words so far, from the third on, hold one that is no option and no option's value.
_understudy_is_first() {
    local at=2 option
    while [ "$at" -lt "$COMP_CWORD" ]; do
        option=${COMP_WORDS[at]}
        case " $verb_options" in
        *" $option="*) at=$((at + 1)) ;;
        *" $option "*) ;;
        *) return 1 ;;
        esac
        at=$((at + 1))
    done
}

# Adds the words after a verb to what is offered already.
_understudy_add_words() {
    local found
    mapfile -t found < <(compgen -W "$verb_words" -- "$1")
    COMPREPLY+=("${found[@]}")
}

_understudy() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb_options verb_words kind
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$_understudy_verbs --help --version" -- "$word")
        return
    fi
    _understudy_verb "${COMP_WORDS[1]}"
    kind=" $verb_options "
    kind=${kind##*" $before="}
    if [ "$kind" != " $verb_options " ]; then # the value of an option
        case ${kind%% *} in
        DIR | FILE* | KEY* | PROGRAM | DEPLOYMENT | TOPOLOGY) _understudy_files "${kind%% *}" "$word" ;;
        esac
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(sed 's/=[^ ]*//g' <<<"$verb_options")" -- "$word")
    elif [ -n "$verb_words" ] && _understudy_is_first; then
        # A deployment may stand in the place of such a word with these.
        case ${COMP_WORDS[1]} in
        keys) _understudy_files FILE "$word" ;;
        esac
        _understudy_add_words "$word"
    else
        case ${COMP_WORDS[1]} in
        check | compile | print | graph | explore | forecast | simulate) _understudy_files TOPOLOGY "$word" ;;
        node | keys | archive | volume | plan | doctor | deploy) _understudy_files FILE "$word" ;;
        esac
    fi
}
complete -F _understudy understudy

