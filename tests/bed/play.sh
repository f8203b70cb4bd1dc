#!/bin/sh
# One outage, played in real time; run by bed.sh in namespaces of its own. WORK is a folder for it, KEEP one to leave everything in
# (or empty), SITE a topology other than the one that the outage names (or empty).
set -eu
. tests/system/site.sh
. tests/system/measure.sh
. tests/bed/host.sh
. tests/bed/site.sh
. tests/bed/fault.sh
. tests/bed/judge.sh
: "${BED_TOLERANCE_MS:=3500}" # detection, a heartbeat, and a group of pictures

# directive PATTERN FILE: what follows `-- bed: PATTERN`, a line each.
directive() { sed -n "s/^-- bed: $1 *//p" "$2"; }

# The script of an outage: "AT_MS ACT...", in order of time.
script_of() {
    jq -r '.[0].acts[] | "\(.at_ms) \(.act)"' "$WORK/predicted.json" >"$WORK/script"
    directive 'instead of' "$1" | while IFS=: read -r instead act; do
        sed -i "s/^\([0-9]*\) $instead\$/\1${act}/" "$WORK/script"
    done
    directive 'at' "$1" | awk '{ at = $1 * 1000; $1 = $2 = ""; print at, $0 }' >>"$WORK/script"
    sort -sn "$WORK/script" -o "$WORK/script"
}

# play FILE: runs one outage; WORK is its own folder. Exit 1: not as predicted.
play() {
    outage=$1
    mkdir -p "$WORK/run"
    topology=${SITE:-tests/bed/sites/$(directive site "$outage").lua}
    understudy compile "$topology" -o "$WORK/deployment" >"$WORK/compile.log" || fail "$(cat "$WORK/compile.log")"
    understudy keys "$WORK/deployment" -o "$WORK/keys" >/dev/null
    understudy simulate "$topology" "$outage" --json >"$WORK/predicted.json" || true
    [ "$(jq length "$WORK/predicted.json")" = 1 ] || fail "$outage: one outage a file"
    script_of "$outage"
    site_read "$topology"
    say "$outage: $(jq -r '.[0].outage' "$WORK/predicted.json")"
    site_open
    wait_for 40 "the site is at rest" at_rest
    sleep 1
    begin_ms=$(($(now_ms) + 200))
    while read -r at_ms what; do
        wait_until $((begin_ms + at_ms)) "$what"
        # shellcheck disable=SC2086 # words
        act $what
    done <"$WORK/script"
    lasts_ms=$(jq '.[0].lasts_ms' "$WORK/predicted.json")
    wait_until $((begin_ms + lasts_ms)) "the end"
    site_close
    judge "$outage" "$begin_ms" "$lasts_ms"
}

name=$(basename "$1" .lua)
leave() {
    [ -e "$WORK/findings" ] || say "  broke off"
    [ -z "$KEEP" ] || { mkdir -p "$KEEP/$name" && cp -r "$WORK/." "$KEEP/$name"; }
}
trap leave EXIT
play "$1"
