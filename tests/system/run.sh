#!/bin/sh
# The system tests, two at a time where each can have a network of its own (as root, for they use the same ports), else one by one.
# usage: run.sh TEST...; the logs lie in UNDERSTUDY_TESTS/system, and that of a test which fails is printed.
set -eu
logs=${UNDERSTUDY_TESTS:-build/tests}/system
if [ $# = 2 ] && [ "$1" = --one ]; then
    log=$logs/$(basename "$2" .sh).log begin=$(date +%s) verdict=PASS
    if [ "${ALONE:-}" ]; then
        timeout 600 sh "$2" >"$log" 2>&1 || verdict=FAIL
    else
        timeout 600 unshare --net sh -c 'ip link set lo up && exec sh "$1"' sh "$2" >"$log" 2>&1 || verdict=FAIL
    fi
    line=$(printf '  %s    %s, %d s' $verdict "$2" $(($(date +%s) - begin)))
    [ $verdict = PASS ] && echo "$line" && exit 0
    printf '%s\n%s\n' "$line" "$(cat "$log")"
    exit 1
fi
mkdir -p "$logs"
at_once=2
unshare --net true 2>/dev/null || {
    at_once=1
    export ALONE=1
}
printf '%s\n' "$@" | xargs -P $at_once -n 1 sh "$0" --one
