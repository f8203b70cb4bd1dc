#!/bin/sh
# How long one minute is looked for in the archive of one camera with so many segments, beside `look`, which bisects the same
# rows as one sorted file and does nothing else. Whole programs, start included; best of nine, interleaved.
# Then what the looking after a month of four cameras costs, beside `find`, which looks at the same directories.
# usage: archive.sh BUILD_DIR [SEGMENTS]
set -eu
build=$(realpath "$1")
segments=${2:-10000000}
cd "$(dirname "$0")/../.."
command -v look >/dev/null || { echo "bench: the peer is missing: apt-get install bsdextrautils" >&2; exit 3; }
work=$(mktemp -d /tmp/understudy-bench-XXXXXX)
trap 'rm -rf "$work"' EXIT INT TERM
${CC:-gcc} -std=c11 -D_GNU_SOURCE -O2 -o "$work/measure" tests/bench/measure.c
"$build/bin/understudy" volume init "$work" --name bench >/dev/null
writer=$work/alpha/lobby/1-alpha
mkdir -p "$writer"
"$build/tests/bench-index" "$segments" "$writer"
cat "$writer"/*/index >"$work/rows"
# The minute in the middle, and its files: a row without a file shows nothing.
middle=$(date -u -d "2020-01-01T00:00:00Z + $((segments / 2 / 6)) minutes" +%Y-%m-%dT%H:%M)
for name in $(look "$(echo "$middle" | tr -d ':-')" "$work/rows" | cut -d' ' -f1); do : >"$writer/${middle%T*}/$name"; done
"$build/bin/understudy-recorder" archive list "$work" --from "$middle:00Z" --to "$middle:59Z" --json | jq -e '.cameras[0].runs[0].segments == 6' >/dev/null ||
    { echo "bench: the minute is not found" >&2; exit 3; }
for _ in 1 2 3 4 5 6 7 8 9; do
    "$work/measure" look "$(echo "$middle" | tr -d ':-')" "$work/rows" >>"$work/look"
    "$work/measure" "$build/bin/understudy-recorder" archive --help >>"$work/start"
    "$work/measure" "$build/bin/understudy-recorder" archive list "$work" --from "$middle:00Z" --to "$middle:59Z" >>"$work/list"
done
best() { awk 'NR == 1 || $1 < least { least = $1 } END { print least * 1000 }' "$1"; }
printf 'one minute among %s segments (%s MB of index): look %.1f ms, archive list %.1f ms, of it %.1f ms the start of the program\n' \
    "$segments" "$(($(wc -c <"$work/rows") / 1000000))" "$(best "$work/look")" "$(best "$work/list")" "$(best "$work/start")"
rm -rf "$work/alpha" "$work/rows"
mkdir "$work/month"
"$build/tests/bench-keep" "$work/month" 4 30 >"$work/keep"
"$work/measure" find "$work/month" -name '*.part' >"$work/find"
awk -v find_s="$(cat "$work/find")" '{ printf "a month of four cameras, 1,036,800 segments: a keeper looks at all of it in %.2f s at first (find: %.2f s), every 10 s in %.3f s,\n" \
    "  drops a day of each in %.2f s; a camera that begins to be recorded waits %.3f s for what a kill may have left\n", $1, find_s, $2, $3, $4 }' "$work/keep"
