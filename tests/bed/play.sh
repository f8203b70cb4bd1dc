#!/bin/sh
# One outage, played in real time; run by bed.sh in namespaces of its own. WORK is a folder for it, KEEP one to leave everything in
# (or empty), SITE a topology other than the one that the outage names (or empty).
set -eu
ulimit -S -n 1024 # open files, as many as a node that is no service has by default
. tests/system/site.sh
. tests/system/measure.sh
. tests/bed/host.sh
. tests/bed/site.sh
. tests/bed/fault.sh
. tests/bed/judge.sh
: "${BED_TOLERANCE_MS:=3500}" # detection, a heartbeat, and a group of pictures

# directive PATTERN FILE: what follows `-- bed: PATTERN`, a line each.
directive() { sed -n "s/^-- bed: $1 *//p" "$2"; }

# The script of an outage, in order of time: "AT_MS|ACT of the outage file, or nothing|ACT on the bed".
script_of() {
    jq -r '.[0].acts[] | "\(.at_ms)|\(.act)|\(.act)"' "$WORK/predicted.json" >"$WORK/script"
    directive 'instead of' "$1" | while IFS=: read -r instead act; do
        sed -i "s/^\([0-9]*|$instead|\)$instead\$/\1${act# }/" "$WORK/script"
    done
    directive at "$1" | awk '$2 == "s" { at = $1 * 1000; $1 = $2 = ""; sub(/^ */, ""); print at "||" $0 }' >>"$WORK/script"
    sort -t '|' -k 1,1n -s "$WORK/script" -o "$WORK/script"
}

# predict TOPOLOGY OUTAGE: writes WORK/predicted.json.
predict() {
    understudy simulate "$1" "$2" --json >"$WORK/predicted.json" || true
    [ "$(jq length "$WORK/predicted.json")" = 1 ] || fail "$outage: one outage a file"
}

# outage_played NAME LASTS_MS: the outage file of what was done (WORK/played), at the times when it was: a busy machine may be late.
outage_played() {
    awk -F '|' -v name="$1" -v lasts="$2" '
        BEGIN { printf "outage \"%s\" {\n", name }
        $2 != "" { count = split($2, act, " "); other = ""
                   for (i = 3; i <= count; i++) other = other (i > 3 ? " " : "") act[i]
                   if (other != "") other = ", \"" other "\""
                   printf "  at \"%d ms\" { %s(\"%s\"%s) },\n", $1, act[1], act[2], other }
        END { printf "  lasts = \"%d ms\",\n}\n", lasts }' "$WORK/played"
}

# play FILE: runs one outage; WORK is its own folder. Exit 1: not as predicted.
play() {
    outage=$1
    mkdir -p "$WORK/run"
    topology=${SITE:-tests/bed/sites/$(directive site "$outage").lua}
    understudy compile "$topology" -o "$WORK/deployment" >"$WORK/compile.log" || fail "$(cat "$WORK/compile.log")"
    understudy keys "$WORK/deployment" -o "$WORK/keys" >/dev/null
    predict "$topology" "$outage"
    script_of "$outage"
    site_read "$topology"
    say "$outage: $(jq -r '.[0].outage' "$WORK/predicted.json")"
    site_open
    wait_for 40 "the site is at rest" at_rest
    sleep 1
    begin_ms=$(($(now_ms) + 200))
    : >"$WORK/played"
    while IFS='|' read -r at_ms told what; do
        wait_until $((begin_ms + at_ms)) "$what"
        echo "$(($(now_ms) - begin_ms))|$told" >>"$WORK/played"
        # shellcheck disable=SC2086 # words
        act $what
    done <"$WORK/script"
    lasts_ms=$(jq '.[0].lasts_ms' "$WORK/predicted.json")
    wait_until $((begin_ms + lasts_ms)) "the end"
    site_close
    outage_played "$(jq -r '.[0].outage' "$WORK/predicted.json")" "$lasts_ms" >"$WORK/played.lua"
    predict "$topology" "$WORK/played.lua"
    judge "$outage" "$begin_ms" "$lasts_ms"
}

name=$(basename "$1" .lua)
leave() {
    [ -e "$WORK/findings" ] || say "  broke off"
    [ -z "$KEEP" ] || { mkdir -p "$KEEP/$name" && cp -r "$WORK/." "$KEEP/$name"; }
}
trap leave EXIT
play "$1"
