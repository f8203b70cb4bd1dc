#!/bin/sh
# The dry run and the exploration beside their peers, in one run: a failure in a site of 16 mains and 512 cameras beside
# `crm_simulate -S` on the same site; an engine event beside a table written by hand in the place of Ragel's machines; ten
# years of 10,000 servers; the model of tests/spin beside SPIN's pan, with equal counts. No time fails: the table is the result.
# usage: dryrun.sh BUILD_FOLDER [quick]
set -eu
build=$(realpath "$1")
quick=${2:-}
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin
for peer in lua5.4 crm_simulate spin; do
    command -v $peer >/dev/null || { echo "bench: the peer $peer is missing: make bench installs it" >&2; exit 3; }
done
work=$(mktemp -d /tmp/understudy-bench-XXXXXX)
trap 'rm -rf "$work"' EXIT INT TERM
${CC:-gcc} -std=c11 -D_GNU_SOURCE -O2 -o "$work/measure" tests/bench/measure.c
dryrun=$build/tests/bench-dryrun

best() { sort -n "$1" | head -1; }
site() { # name, standbys, mains, cameras
    lua5.4 tests/bench/star.lua "$2" "$3" "$4" >"$work/$1.lua"
    "$build/bin/understudy" compile "$work/$1.lua" -o "$work/$1" >/dev/null 2>&1
}
of_best() { # runs, command...: wall, processor, MiB of the best of so many runs
    runs=$1
    shift
    rm -f "$work/ours"
    for _ in $(seq "$runs"); do "$work/measure" "$@" >>"$work/ours"; done
    best "$work/ours"
}
simulate() { of_best 20 "$build/bin/understudy" simulate "$work/$1" "$work/outage.lua"; }
# The mains are called otherwise where there are several standbys.
outage() { echo "outage \"one main fails\" { at \"10 s\" { fail \"$1\" }, lasts = \"30 min\" }" >"$work/outage.lua"; }

site star 1 16 32
outage main-1
lua5.4 tests/bench/cib.lua 16 32 >"$work/cib.xml"
rm -f "$work/peer"
for _ in 1 2 3; do "$work/measure" crm_simulate -S -x "$work/cib.xml" --node-down main-1 >>"$work/peer" || { echo "bench: crm_simulate failed" >&2; exit 3; }; done
moved=$(crm_simulate -S -x "$work/cib.xml" --node-down main-1 2>/dev/null | grep -c 'Started standby' || true)
[ "$moved" -ge 32 ] || { echo "bench: crm_simulate moved $moved cameras, not 32" >&2; exit 3; }
peer=$(best "$work/peer" | cut -d' ' -f1)
whole=$(simulate star | cut -d' ' -f1)
empty=$(of_best 20 true | cut -d' ' -f1)
lua5.4 -e 'for i = 1, 1000 do
    print(("outage \"%d\" { at \"%d s\" { fail \"main-%d\" }, lasts = \"30 min\" }"):format(i, 10 + i, i % 16 + 1))
end' >"$work/thousand.lua"
of_best 3 "$build/bin/understudy" simulate "$work/star" "$work/thousand.lua" >"$work/thousand"
many=$(awk '{ print $1 / 1000 }' "$work/thousand")
inside=$("$dryrun" fail "$work/star" | cut -d' ' -f1)
echo "one failure, 16 mains x 32 cameras               seconds   crm_simulate is slower by"
echo "$peer $whole $many $inside $empty" | awk '
    function row(text, seconds) { printf "  %-42s %12.6f %9.0f x\n", text, seconds, peer / seconds }
    { peer = $1; row("crm_simulate -S, the whole process", $1); row("understudy simulate, the whole process", $2)
      row("understudy simulate, 1,000 outages: each", $3); row("the simulation itself", $4)
      row("a process that does nothing: the limit", $5) }'
awk '{ printf "1,000 outages in one file: %.2f s, %d MiB\n", $1, $3 }' "$work/thousand"

site campus 20 10 16
outage main-1-1
simulate campus | awk '{ printf "220 servers, 3200 cameras, one failure: %.0f ms, %d MiB (aims: 50 ms, 20 MB)\n", $1 * 1000, $3 }'

"$dryrun" table "$work/star" | awk '{ printf "an event inside the simulator: %.0f ns, with a table by hand %.0f ns: %.2f x (aim: under 1.5)\n", $1, $2, $1 / $2 }'

[ "$quick" = quick ] && years=1 || years=10
site ring 1000 9 1
"$dryrun" years "$work/ring" $years | awk -v y=$years '{ printf "%d years of 10,000 servers: %.1f s, %d acts, %d moves\n", y, $1, $2, $3 }'

[ "$quick" = quick ] && mains=5 || mains=6
"$build/bin/understudy" compile examples/03-n-to-one/topology.lua -o "$work/limited" >/dev/null 2>&1
"$build/tests/bench-model" "$work/limited" $mains 2 2 "$work/site.pml" >"$work/ours"
(cd "$work" && spin -a site.pml >/dev/null 2>&1 && gcc -O3 -DSAFETY -DNOREDUCE -DMEMLIM=8000 -w -o pan pan.c)
"$work/pan" -m4000000 -w24 >"$work/pan.log" || true
! grep -q 'max search depth too small' "$work/pan.log" || { echo "bench: pan's stack is too small for this model" >&2; exit 3; }
awk '/states, stored/ { s = $1 } /transitions \(=/ { t = $1 } /elapsed time/ { e = $4 } END { print s, t - 1, e }' "$work/pan.log" >"$work/peer"
paste -d' ' "$work/ours" "$work/peer" | awk -v m=$mains '{
    printf "exploration of one model, %d mains, 2 standbys, limit 2\n  ours  %d states, %d transitions, %.2f s: %.0f states/s\n  pan   %d states, %d transitions, %.2f s: %.0f states/s\n  ", m, $1, $2, $3, $1 / $3, $4, $5, $6, $4 / $6
    if ($1 != $4 || $2 != $5) { print "THE COUNTS DIFFER"; exit 1 }
    printf "equal counts; %.1f x (aim: 2)\n", $6 / $3 }'
# What the product explores is the deployed machines with their messages, cameras and epochs, for which there is no Promela.
states=$("$build/bin/understudy" explore examples/01-pair/topology.lua --faults 2 --json | sed -n 's/.*"states": \([0-9]*\).*/\1/p' | head -1)
of_best 3 "$build/bin/understudy" explore examples/01-pair/topology.lua --faults 2 >"$work/explore"
awk -v n="$states" '{ printf "understudy explore, the deployed machines of 01-pair, 2 faults: %d states, %.0f states/s of the whole process (pan has no such model)\n", n, n / $1 }' "$work/explore"
