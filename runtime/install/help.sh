#!/bin/sh
# What the programs say of themselves, for the manual pages and the completion: DIR/list has a line `VERB TEXT` for each verb,
# DIR/VERB.txt its help.
# usage: help.sh UNDERSTUDY_PROGRAM DIR
set -eu
understudy=$1 to=$2
rm -rf "$to"
mkdir -p "$to"
LC_ALL=C
export LC_ALL
"$understudy" --version >"$to/version"
"$understudy" --help >"$to/front"
sed -n 's/^  \([a-z][a-z-]*\)  *\(.*\)$/\1 \2/p' "$to/front" >"$to/list"
[ -s "$to/list" ] || { echo "help.sh: $understudy --help lists no verbs" >&2; exit 1; }
while read -r verb _; do
    "$understudy" "$verb" --help >"$to/$verb.txt" </dev/null
    # A program that does the work of a verb names itself; people type the front.
    sed -i -e 's/understudy-recorder \([a-z]\)/understudy \1/g' -e 's/understudy-node \([a-z]\)/understudy \1/g' "$to/$verb.txt"
done <"$to/list"
