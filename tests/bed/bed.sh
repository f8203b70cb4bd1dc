#!/bin/sh
# The test bed: real nodes, recorders and cameras on hosts of their own (network namespaces with a cable each to one switch), which
# fail as an outage file says; and what the dry run predicted for the same outage stands beside what happened.
#
#   bed.sh [--keep FOLDER] [--site TOPOLOGY] OUTAGE...
#
# Needs root. Everything that it makes lies in namespaces of its own and ends with them, however it ends. The topology of an outage
# is sites/SITE.lua where its file says `-- bed: site SITE`. The other lines `-- bed:` of an outage file are for the bed alone:
#
#   -- bed: at 12 s ACT           does what the dry run does not know of (fault.sh), and which is to make no difference
#   -- bed: instead of ACT: ACT   does what the dry run takes for the same
#   -- bed: by chance             which moves are made is a matter of chance, what is recorded is not: moves are not compared
#
# Exit 0: all went as predicted; 1: a difference, or a rule that did not hold; 3: the bed cannot be made here.
set -eu
cd "$(dirname "$0")/../.."
export UNDERSTUDY_BIN="${UNDERSTUDY_BIN:-build/bin}" UNDERSTUDY_TESTS="${UNDERSTUDY_TESTS:-build/tests}"
export KEEP='' SITE='' WORK=''
NAMESPACES='--mount --net --pid --fork --kill-child --mount-proc'

while [ $# -gt 0 ]; do
    case $1 in
    --keep) KEEP=$2 && shift 2 ;;
    --site) SITE=$2 && shift 2 ;;
    -*) echo "usage: bed.sh [--keep FOLDER] [--site TOPOLOGY] OUTAGE..." && exit 2 ;;
    *) break ;;
    esac
done

for program in unshare nsenter ip tc nft bindfs pgrep jq; do
    command -v "$program" >/dev/null || {
        echo "no test bed: the program $program is missing; \`make bed\` installs what it needs"
        exit 3
    }
done
# shellcheck disable=SC2086 # options, one word each
why=$(unshare $NAMESPACES sh -c 'ip link add lan type bridge && nft add table bridge bed && test -c /dev/fuse' 2>&1) || {
    echo "no test bed: root may not make network namespaces, switches and mounts here (${why:-no /dev/fuse})"
    exit 3
}

running=''
end() {
    [ -z "$running" ] || kill -KILL "$running" 2>/dev/null || true # --kill-child: all that it made ends with it
    rm -rf "$WORK"
}
trap end EXIT
trap 'exit 130' INT TERM

failed='' count=0
for outage in "$@"; do
    WORK=$(mktemp -d "${TMPDIR:-/tmp}/understudy-bed-XXXXXX")
    # shellcheck disable=SC2086
    unshare $NAMESPACES sh tests/bed/play.sh "$outage" &
    running=$!
    wait "$running" || failed="$failed $outage"
    running='' count=$((count + 1))
    rm -rf "$WORK"
done
[ $# = 1 ] || echo "$count outages played${failed:+; not as predicted:$failed}"
[ -z "$failed" ]
