# Turns the help of verbs into the completion of a shell: what each verb takes, after the code in completion.bash or .zsh.
# usage: awk -v help=DIR -f completion.awk DIR/list
#
# Prints a function that sets, for the verb $1, verb_options (those with a value as --NAME=KIND) and verb_words (one of which
# comes first).

# The words of a help that are options, and whether a word in capitals follows: then it takes a value.
function read_options(line,    parts, n, i, name, next_word) {
    gsub(/[][;|,()"']/, " & ", line)
    n = split(line, parts, " +")
    for (i = 1; i <= n; i++) {
        name = parts[i]
        sub(/[:.]$/, "", name)
        if (name !~ /^(--[a-z][a-z-]*|-o)$/) continue
        next_word = i < n ? parts[i + 1] : ""
        if (next_word == "\"") next_word = "VALUE"
        if (!(name in takes)) order[++option_count] = name
        if (next_word ~ /^[A-Z][A-Z_]*$/ || next_word ~ /^[A-Z]+\.[a-z]+$/) takes[name] = next_word
        else if (!(name in takes)) takes[name] = ""
    }
}

# journal show, archive list|gaps: what may stand behind the verb.
function read_words(verb, line,    parts, n, i) {
    if (!match(line, "(^|understudy )" verb " [a-z|]+( |$)")) return
    line = substr(line, RSTART, RLENGTH)
    sub("^.*" verb " ", "", line)
    n = split(line, parts, "[| ]+")
    for (i = 1; i <= n; i++) add_word(parts[i])
}

function add_word(word) {
    if (word != "" && index(" " words " ", " " word " ") == 0) words = words (words == "" ? "" : " ") word
}

function describe(verb, text,    file, line, usage, named, i, options) {
    file = help "/" verb ".txt"
    delete takes
    delete order
    option_count = 0
    words = ""
    usage = 1
    named = 0
    while ((getline line < file) > 0) {
        if (line ~ /^Exit codes:/) break
        sub(/^usage: /, "", line)
        if (usage && line ~ (" " verb " VERB")) named = 1
        if (line ~ ("^ *understudy " verb " ") || line ~ ("^" verb " [a-z]+ .*(--|[A-Z])")) read_words(verb, line)
        if (named && line ~ /^  [a-z]+  +/) { split(line, parts, " +"); add_word(parts[2]) }
        read_options(line)
        usage = 0
    }
    close(file)
    options = ""
    for (i = 1; i <= option_count; i++)
        options = options order[i] (takes[order[i]] == "" ? "" : "=" takes[order[i]]) " "
    printf "    %s) verb_options='%s--help' verb_words='%s' ;;\n", verb, options, words
}

{ verbs[++count] = $1; texts[$1] = substr($0, length($1) + 2) }

END {
    printf "_understudy_verbs='"
    for (i = 1; i <= count; i++) printf "%s%s", (i == 1 ? "" : " "), verbs[i]
    print "'"
    print "_understudy_verb() {\n    case $1 in"
    for (i = 1; i <= count; i++) describe(verbs[i])
    print "    *) verb_options='' verb_words='' ;;\n    esac\n}"
}
