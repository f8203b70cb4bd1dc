# Whether an outage went as the dry run predicted, and whether the rules held; sourced by bed.sh.

finding() {
    say "  DIFFERENT: $*"
    echo "$*" >>"$WORK/findings"
}

# Everything that a server wrote down can be read, and is decided again as it was.
judge_journals() {
    for server in $SERVERS; do
        understudy journal verify --state "$WORK/state-$server" >"$WORK/out" 2>&1 || finding "journal verify of $server: $(tail -1 "$WORK/out")"
        understudy journal replay --state "$WORK/state-$server" >"$WORK/out" 2>&1 || finding "journal replay of $server: $(tail -1 "$WORK/out")"
        understudy journal show --state "$WORK/state-$server" --all >"$WORK/journal-$server"
    done
    # Every jump of a wall clock stands there, and nothing else is taken for one (R43).
    for server in $SERVERS; do
        jumps=$(grep -c "|jump $server " "$WORK/played" || true)
        told=$(grep -c 'the wall clock has jumped' "$WORK/journal-$server" || true)
        [ "$jumps" = "$told" ] || finding "the clock of $server jumped $jumps times, and its journal tells of $told"
    done
    # A message that no state expects is an error of the machine.
    ! grep -h illegal "$WORK"/journal-* >"$WORK/out" || finding "illegal: $(head -1 "$WORK/out")"
}

# One holder per epoch (R24), and nothing mixed (R31): an epoch of a main has one writer in all that lies on disk, and no picture
# of another camera is among those of one.
judge_archive() {
    find "$WORK"/disk-* -mindepth 3 -maxdepth 3 -type d -name '*-*' | sed "s#^$WORK/disk-[^/]*/##" |
        awk -F/ '{ split($3, part, "-"); writer = substr($3, length(part[1]) + 2); key = $1 " epoch " part[1]
                   if (key in holder && holder[key] != writer) print key ": " holder[key] " and " writer; holder[key] = writer }' >"$WORK/out"
    [ ! -s "$WORK/out" ] || finding "two holders: $(head -1 "$WORK/out")"
    understudy archive verify "$WORK"/disk-* >"$WORK/out" 2>&1 || true
    # A part that a killed recorder left is whole for the archive, and finished when its server records that camera again.
    grep '^/' "$WORK/out" | grep -v 'left over by a recorder that was killed' >"$WORK/problems" || true
    [ ! -s "$WORK/problems" ] || finding "archive verify: $(head -1 "$WORK/problems")"
    number=0
    for camera in $(site_of camera 2); do
        number=$((number + 1))
        # Of a camera that serves one at a time, a hand-back loses a moment (R27): shorter than the archive calls a gap.
        unsaid_ms=0
        [ "$(site_of camera 6 "$camera")" != 1 ] || unsaid_ms=500
        (prove "$camera" "$number" $unsaid_ms) >"$WORK/out" 2>&1 || finding "$(grep FAIL "$WORK/out" | head -1)"
    done
}

# Every gap has a cause that the journals tell (R42).
judge_causes() {
    for server in $SERVERS; do understudy journal show --state "$WORK/state-$server" --json; done >"$WORK/journals"
    understudy archive gaps "$WORK"/disk-* --json --journal "$WORK/journals" >"$WORK/gaps.json"
    jq -r '.cameras[] | .name as $name | .gaps[] | select((.causes | length) == 0) | "\($name): the gap from \(.from_at) of \(.length_ms) ms has no cause"' \
        "$WORK/gaps.json" >"$WORK/out"
    while read -r line; do finding "$line"; done <"$WORK/out"
}

# writers BEGIN_MS LASTS_MS: writes WORK/writers.json, [{name, server, from_ms, to_ms}, ...]: who wrote each camera when, by the names of
# all segments: what lies on disk twice is there twice, other than in the one view of `archive list`.
writers() {
    find "$WORK"/disk-* -mindepth 4 -type f -name '*Z_*ms.*' ! -name '*.part' | sed "s#^$WORK/disk-[^/]*/[^/]*/##" |
        jq -Rn --argjson begin "$1" --argjson lasts "$2" "$MEASURE_JQ"'
            [inputs | capture("^(?<name>[^/]*)/[0-9]+-(?<server>[^/]*)/[^/]*/(?<day>[0-9]{8})T(?<h>..)(?<m>..)(?<s>..)[.](?<ms>...)Z_(?<length>[0-9]+)ms")
             | ("\(.day[0:4])-\(.day[4:6])-\(.day[6:8])T\(.h):\(.m):\(.s).\(.ms)Z" | ms) as $from
             | {name, server, from_ms: ($from | clip), to_ms: ($from + (.length | tonumber) | clip)}] | inside | sort_by(.from_ms)' >"$WORK/writers.json"
}

# judge OUTAGE BEGIN_MS LASTS_MS: prints what was found; fails if anything was.
judge() {
    : >"$WORK/findings"
    SERVERS=$(site_of server 2)
    judge_journals
    judge_archive
    judge_causes
    measure "$2" "$3"
    writers "$2" "$3"
    chance=false at_most=false
    ! grep -q '^-- bed: by chance' "$1" || chance=true
    ! grep -q '^-- bed: at most' "$1" || at_most=true
    tolerance_ms=$(directive tolerance "$1" | awk '{ print $1 * 1000 }')
    jq -rn --slurpfile predicted "$WORK/predicted.json" --slurpfile measured "$WORK/measured.json" \
        --slurpfile writers "$WORK/writers.json" --argjson chance "$chance" --argjson at_most "$at_most" \
        --argjson tolerance "${tolerance_ms:-$BED_TOLERANCE_MS}" -f tests/bed/compare.jq >"$WORK/compared" || finding "the two cannot be compared"
    sed -n 's/^ok /  /p' "$WORK/compared"
    sed -n 's/^different //p' "$WORK/compared" >"$WORK/out"
    while read -r line; do finding "$line"; done <"$WORK/out"
    if [ -s "$WORK/findings" ]; then
        say "  NOT as predicted: $(wc -l <"$WORK/findings") findings"
        return 1
    fi
    say "  as predicted"
}
