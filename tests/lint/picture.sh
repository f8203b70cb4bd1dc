#!/bin/sh
# The picture in the README is what the dry run draws today.
# usage: picture.sh BIN_FOLDER
set -u
bin=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.." || exit 3
drawn=$(mktemp)
"$bin/understudy" simulate examples/01-pair/topology.lua examples/01-pair/outage.lua --svg "$drawn" >/dev/null
cmp -s "$drawn" examples/01-pair/outage.svg && echo "picture: the README's is today's"
same=$?
rm -f "$drawn"
[ $same = 0 ] || echo "examples/01-pair/outage.svg is not what the dry run draws; draw it again with simulate --svg"
exit $same
