# What really happened, read back from the archive and the journals; sourced after site.sh.

CLIP_FRAMES=15000 # tests/camera/clip.c: ten minutes

# frames_of CAMERA NUMBER FILE: writes the burnt-in frame numbers of all that lies on the volumes of a camera, each once, in
# order; what a recorder that was killed left as a part is seen by the archive too. Fails if a picture of another camera is among them (R31).
frames_of() {
    find "$WORK"/disk-* -path "*/$1/*" \( -name '*.ts' -o -name '*.ts.part' \) -printf '%f %p\n' | sort | sed 's#^[^ ]* ##' |
        xargs -d '\n' -r "$SITE_TESTS/frames" --list >"$3.all" || true
    awk -v number="$2" '/ frame [0-9]+$/ && $(NF - 2) != number { exit 1 }' "$3.all" || fail "footage of another camera lies with $1"
    # The clip begins again after CLIP_FRAMES: of two pictures that follow each other in time the numbers are near each other.
    awk -v clip="$CLIP_FRAMES" '/ frame [0-9]+$/ {
            number = $NF + round * clip
            if (known && number < last - clip / 2) { round++; number += clip }
            if (known && number > last + clip / 2) { round--; number -= clip }
            known = 1
            print last = number
        }' "$3.all" | sort -nu >"$3"
    [ -s "$3" ] || fail "nothing is recorded of $1"
}

# holes_in FILE: the holes in a list of frame numbers, 40 ms a frame: "FIRST LAST LENGTH_MS", one a line.
holes_in() { awk 'NR > 1 && $1 != last + 1 { print last + 1, $1 - 1, ($1 - last - 1) * 40 } { last = $1 }' "$1"; }

# prove CAMERA NUMBER [UNSAID_MS]: the holes in the frame numbers of a camera are the gaps that the archive states, one for one and
# equally long but for a frame at each end; prints them. Holes up to UNSAID_MS need no gap.
prove() {
    frames_of "$1" "$2" "$WORK/frames-$1"
    holes_in "$WORK/frames-$1" | awk -v unsaid_ms="${3:-0}" '$3 > unsaid_ms' >"$WORK/holes-$1"
    understudy archive gaps "$WORK"/disk-* --camera "$1" --json | jq -r '.cameras[].gaps[].length_ms' >"$WORK/gaps-$1"
    paste -d ' ' "$WORK/holes-$1" "$WORK/gaps-$1" >"$WORK/proof-$1"
    awk -v camera="$1" '
        NF != 4 { print "FAIL: " camera ": holes in the frames and gaps of the archive do not pair"; bad = 1; next }
        { difference = $3 - $4; if (difference < 0) difference = -difference }
        difference > 100 { print "FAIL: " camera ": " $3 " ms of frames are missing where the archive states a gap of " $4 " ms"; bad = 1; next }
        { printf "%s: frames %d to %d are missing (%d ms), the archive states a gap of %d ms\n", camera, $1, $2, $3, $4 }
        END { exit bad }' "$WORK/proof-$1" || exit 1
}

MEASURE_JQ='
    def ms: (.[0:19] + "Z" | fromdate) * 1000 + (.[20:23] | tonumber) - $begin;
    def clip: if . < 0 then 0 elif . > $lasts then $lasts else . end;
    def span: {from_ms: (.from_at | ms | clip), to_ms: (.to_at | ms | clip)};
    def inside: map(select(.to_ms > .from_ms));'

# measure BEGIN_MS LASTS_MS: what the servers of SERVERS (alpha and omega) did; writes WORK/measured.json, in the form of
# `simulate --json`, and draws WORK/measured.svg.
measure() {
    for server in ${SERVERS:-alpha omega}; do
        understudy journal show --state "$WORK/state-$server" --json
    done | jq -s --argjson begin "$1" --argjson lasts "$2" "$MEASURE_JQ"'
        [.[] | .server as $server | .entries[] | (.at | ms) as $at | .transitions[]
         | select(.verdict != "ignore" and $at >= 0 and $at <= $lasts)
         | {at_ms: $at, server: $server, machine, event, from, to, rule, why}] | sort_by(.at_ms)' >"$WORK/measured-events.json"
    understudy archive list "$WORK"/disk-* --json | jq --argjson begin "$1" --argjson lasts "$2" \
        --slurpfile events "$WORK/measured-events.json" --slurpfile predicted "$WORK/predicted.json" "$MEASURE_JQ"'
        [{outage: ($predicted[0][0].outage + ", measured"), lasts_ms: $lasts, acts: $predicted[0][0].acts, events: $events[0],
          cameras: [.cameras[] |
              {name, main, by: [.runs[] | span + {server, epoch, volume}] | inside,
               gaps: [.gaps[] | span + {cause: "measured"}] | inside}
              | . + {gap_ms: ([.gaps[] | .to_ms - .from_ms] | add // 0)}
              | . + {recorded_ms: ($lasts - .gap_ms), double_ms: 0}]}]' >"$WORK/measured.json"
    understudy-sim timeline "$WORK/measured.json" --svg "$WORK/measured.svg"
}

# compare TOLERANCE_MS: predicted and measured gaps side by side; fails if one differs by more.
compare() {
    jq -rn --argjson tolerance "$1" --slurpfile predicted "$WORK/predicted.json" --slurpfile measured "$WORK/measured.json" '
        ($measured[0][0].cameras | map({key: .name, value: .gap_ms}) | from_entries) as $gap
        | $predicted[0][0].cameras[] | (.gap_ms - $gap[.name] | if . < 0 then -. else . end) as $off
        | "\(.name) \(.gap_ms) \($gap[.name]) \(if $off <= $tolerance then "ok" else "TOO FAR APART" end)"' >"$WORK/compared"
    awk 'BEGIN { printf "%-10s %14s %14s\n", "camera", "gap predicted", "gap measured" }
         { printf "%-10s %12.2f s %12.2f s  %s %s %s\n", $1, $2 / 1000, $3 / 1000, $4, $5, $6 }' "$WORK/compared"
    ! grep -q 'TOO FAR' "$WORK/compared"
}
