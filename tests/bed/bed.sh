#!/bin/sh
# The test bed: real nodes, recorders and cameras on hosts of their own (network namespaces with a cable each to one switch), which
# fail as an outage file says; and what the dry run predicted for the same outage stands beside what happened.
#
#   bed.sh [--keep FOLDER] [--site TOPOLOGY] OUTAGE...
#   bed.sh [--keep FOLDER] [--site TOPOLOGY] --seed N [--count N]     so many random outages of each site, from this seed on (random.sh)
#   bed.sh [--site TOPOLOGY] --figures N                               how long detection and take-over take, over N outages (figures.sh)
#
# Needs root. Everything that it makes lies in namespaces of its own and ends with them, however it ends. The topology of an outage
# is sites/SITE.lua where its file says `-- bed: site SITE`. The other lines `-- bed:` of an outage file are for the bed alone:
#
#   -- bed: at 12 s ACT           does what the dry run does not know of (fault.sh), and which is to make no difference
#   -- bed: instead of ACT: ACT   does what the dry run takes for the same
#   -- bed: by chance             which moves are made is a matter of chance, what is recorded is not: moves are not compared
#   -- bed: at most               less may be lost than the dry run predicts, for it knows nothing of memory before a disk or of sockets
#   -- bed: tolerance 9 s         how far apart the two may be, where it is not detection, a heartbeat and a group of pictures
#
# Exit 0: all went as predicted; 1: a difference, or a rule that did not hold; 3: the bed cannot be made here.
set -eu
cd "$(dirname "$0")/../.."
export UNDERSTUDY_BIN="${UNDERSTUDY_BIN:-build/bin}" UNDERSTUDY_TESTS="${UNDERSTUDY_TESTS:-build/tests}"
export KEEP='' SITE='' WORK=''
SEED='' COUNT=1 FIGURES=''
NAMESPACES='--mount --net --pid --fork --kill-child --mount-proc'

while [ $# -gt 0 ]; do
    case $1 in
    --keep) KEEP=$2 && shift 2 ;;
    --site) SITE=$2 && shift 2 ;;
    --seed) SEED=$2 && shift 2 ;;
    --count) COUNT=$2 && shift 2 ;;
    --figures) FIGURES=$2 && shift 2 ;;
    -*) echo "usage: bed.sh [--keep FOLDER] [--site TOPOLOGY] OUTAGE... | --seed N [--count N] | [--site TOPOLOGY] --figures N" && exit 2 ;;
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

running='' RANDOMS=$(mktemp -d "${TMPDIR:-/tmp}/understudy-bed-XXXXXX")
end() {
    [ -z "$running" ] || kill -KILL "$running" 2>/dev/null || true # --kill-child: all that it made ends with it
    rm -rf "$WORK" "$RANDOMS"
}
trap end EXIT
trap 'exit 130' INT TERM

# play SCRIPT ARGUMENT: in namespaces and a folder of its own.
play() {
    WORK=$(mktemp -d "${TMPDIR:-/tmp}/understudy-bed-XXXXXX")
    # shellcheck disable=SC2086
    unshare $NAMESPACES sh "tests/bed/$1" "$2" &
    running=$!
    result=0
    wait "$running" || result=$?
    running=''
    rm -rf "$WORK"
    return $result
}

if [ -n "$FIGURES" ]; then
    play figures.sh "$FIGURES"
    exit
fi
if [ -n "$SEED" ]; then
    for seed in $(seq "$SEED" $((SEED + COUNT - 1))); do
        for site in ${SITE:-tests/bed/sites/*.lua}; do
            outage=$RANDOMS/$(basename "$site" .lua)-random-$seed.lua
            sh tests/bed/random.sh "$site" "$seed" >"$outage" || continue
            set -- "$@" "$outage"
        done
    done
fi

failed='' count=0
for outage in "$@"; do
    play play.sh "$outage" || failed="$failed $outage"
    count=$((count + 1))
done
[ $# = 1 ] || echo "$count outages played${failed:+; not as predicted:$failed}"
[ -z "$failed" ]
