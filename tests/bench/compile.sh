#!/bin/sh
# How long `understudy check` and `understudy compile` take on large topologies, beside Lua running the same file alone with
# constructors that do nothing (the peer), in one run. Best of three, interleaved. Aims: under 2 x Lua's time and under 1 GiB
# at 1,000,000 cameras. No time fails: the table is the result.
# usage: compile.sh UNDERSTUDY_PROGRAM [quick]
set -eu
program=$(realpath "$1")
quick=${2:-}
cd "$(dirname "$0")/../.."
command -v lua5.4 >/dev/null || { echo "bench: the peer is missing: apt-get install lua5.4" >&2; exit 3; }
work=$(mktemp -d /tmp/understudy-bench-XXXXXX)
trap 'rm -rf "$work"' EXIT INT TERM
${CC:-gcc} -std=c11 -D_GNU_SOURCE -O2 -o "$work/measure" tests/bench/measure.c

# best FILE COLUMN: the smallest of a column
best() { awk -v c="$2" 'NR == 1 || $c < least { least = $c } END { print least }' "$1"; }

row() { # form, servers, cameras of each
    site=$work/$1-$2-$3.lua
    lua5.4 tests/bench/site.lua "$1" "$2" "$3" >"$site"
    rm -f "$work/lua" "$work/check" "$work/compile"
    for _ in 1 2 3; do
        "$work/measure" lua5.4 tests/bench/plain.lua "$site" >>"$work/lua"
        "$work/measure" "$program" check "$site" >>"$work/check" || { echo "bench: check failed on $site" >&2; exit 3; }
        "$work/measure" "$program" compile "$site" -o "$work/out" >>"$work/compile" || { echo "bench: compile failed" >&2; exit 3; }
    done
    bytes=$(wc -c <"$site")
    echo "$1 $2 $(($2 * $3)) $bytes $(best "$work/lua" 1) $(best "$work/check" 1) $(best "$work/check" 3)" \
        "$(best "$work/compile" 1) $(best "$work/compile" 3)" |
        awk '{ printf "%-6s %7d %9d %9.1f %8.2f %8.2f %6.1f %8d %8.2f %6.1f %8d\n",
               $1, $2, $3, $4 / 1e6, $5, $6, $6 / $5, $7, $8, $8 / $5, $9 }'
    rm -rf "$site" "$work/out"
}

echo "                           file      lua    check                    compile"
echo "form   servers   cameras     MB        s        s  x lua      MiB        s  x lua      MiB"
row loops 2 10
row loops 1000 100
row flat 1000 100
if [ "$quick" != quick ]; then
    row loops 10000 100
    row flat 10000 100
fi
