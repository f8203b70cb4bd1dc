#!/bin/sh
# Every path that the README names exists, and the topology it shows is the shipped example to the letter.
set -u
cd "$(dirname "$0")/../.." || exit 3
bad=0
for path in $(grep -oE '`(dsl|compiler|runtime|recorder|examples|tests)/[A-Za-z0-9_./-]*`|\]\((dsl|compiler|runtime|recorder|examples|tests)/[^)]*\)' README.md | tr -d '`](' | tr -d ')' | sort -u); do
    [ -e "$path" ] || { echo "README.md names $path, which does not exist"; bad=1; }
done
shown=$(sed -n '/^```lua$/,/^```$/p' README.md | sed '1d' | sed '/^```$/,$d')
if [ "$shown" != "$(grep -v '^--' examples/01-pair/topology.lua | sed '/./,$!d')" ]; then
    echo "README.md: the topology is not examples/01-pair/topology.lua without its comments"
    bad=1
fi
[ $bad = 0 ] && echo "paths: all that the README names exists"
exit $bad
