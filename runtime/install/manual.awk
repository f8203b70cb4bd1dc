# Turns the help of verbs into a manual page.
# usage: awk -v page=1|8 -v version=TEXT -v date=YYYY-MM-DD -v help=DIR [-v unit=FILE] -f manual.awk DIR/list

function escape(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    if (text ~ /^[.']/) text = "\\&" text
    return text
}

# Options bold; in a synopsis also what the user replaces, in italics.
function mark(text, synopsis,    out, word) {
    text = escape(text)
    out = ""
    while (match(text, synopsis ? "\\\\-\\\\-[a-z\\\\-]*[a-z]|\\\\-o|[A-Z][A-Z0-9_]*[A-Z0-9]|[A-Z]" : "\\\\-\\\\-[a-z\\\\-]*[a-z]")) {
        word = substr(text, RSTART, RLENGTH)
        out = out substr(text, 1, RSTART - 1) (word ~ /^\\/ ? "\\fB" : "\\fI") word "\\fR"
        text = substr(text, RSTART + RLENGTH)
    }
    return out text
}

function paragraph() {
    if (!open && !headed) print ".PP"
    headed = 0
    open = 1
}

function end_verbatim() {
    if (verbatim) print ".fi\n.RE"
    verbatim = 0
}

function synopsis(text) {
    end_verbatim()
    if (in_synopsis) print ".br"
    else if (!headed) print ".PP"
    headed = 0
    sub(/^ */, "", text)
    if (text !~ /^understudy/) text = "understudy " text
    print mark(text, 1)
    open = 0
    in_synopsis = 1
}

# The help of one verb, from its file.
function describe(verb,    file, line, exits, starts) {
    file = help "/" verb ".txt"
    open = verbatim = in_synopsis = exits = 0
    starts = "^" verb " [a-z]+ .*(--|[A-Z])"
    while ((getline line < file) > 0) {
        if (line ~ /^Exit codes:/) exits = 1
        if (exits) {
            codes[verb] = codes[verb] (codes[verb] == "" ? "" : " ") line
            continue
        }
        if (sub(/^usage: /, "", line) || (in_synopsis && line ~ /^ +understudy /) || line ~ starts) {
            synopsis(line)
        } else if (in_synopsis && line ~ /^     +[^ ]/) {
            sub(/^ */, "", line)
            print mark(line, 1)
        } else if (line == "") {
            end_verbatim()
            open = in_synopsis = 0
        } else if (line == texts[verb]) {
            continue # stands at the head already
        } else if (line ~ /^  /) {
            if (!verbatim) print ".RS 2\n.nf"
            verbatim = 1
            open = in_synopsis = 0
            sub(/^  /, "", line)
            print mark(line, 0)
        } else {
            end_verbatim()
            if (in_synopsis) open = 0
            in_synopsis = 0
            paragraph()
            print mark(line, 0)
        }
    }
    close(file)
    end_verbatim()
}

# What the unit says of itself: the comment at its head.
function service(    line) {
    print ".SH SERVICE"
    headed = 1
    open = verbatim = 0
    while ((getline line < unit) > 0 && line ~ /^#/) {
        sub(/^# ?/, "", line)
        if (line == "") {
            end_verbatim()
            open = 0
        } else if (line ~ /^  /) {
            if (!verbatim) print ".RS 2\n.nf"
            verbatim = 1
            sub(/^    /, "", line)
            print mark(line, 0)
        } else {
            end_verbatim()
            paragraph()
            print mark(line, 0)
        }
    }
    end_verbatim()
}

function head(name, text) {
    sub(/\.$/, "", text)
    print ".\\\" Made from the programs' own --help."
    print ".TH " escape(name) " " page " " date " \"" escape(version) "\" \"Understudy manual\""
    print ".SH NAME\n" escape(name) " \\- " escape(text)
}

{ verbs[++count] = $1; texts[$1] = substr($0, length($1) + 2) }

END {
    if (page == 8) {
        head("understudy-node", "run one server of an Understudy deployment")
        print ".SH SYNOPSIS"
        headed = 1
        describe("node")
        service()
        print ".SH SEE ALSO\n.BR understudy (1)"
        exit
    }
    while ((getline line < (help "/front")) > 0)
        if (line ~ /^[A-Z]/) { about = line; break }
    head("understudy", "failover for video-surveillance recording servers")
    print ".SH SYNOPSIS\n.B understudy\n.I VERB\n.RI [ ARGUMENT ...]"
    print ".SH DESCRIPTION\n" escape(about)
    print ".SH VERBS"
    for (i = 1; i <= count; i++) {
        print ".SS " escape(verbs[i])
        print escape(texts[verbs[i]])
        describe(verbs[i])
    }
    print ".SH EXIT STATUS"
    line = codes["check"]
    sub(/^Exit codes: /, "", line)
    print escape(line)
    print ".SH SEE ALSO\n.BR understudy\\-node (8)"
}
