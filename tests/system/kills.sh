#!/bin/sh
# kill -9 of a node at random moments, KILLS times (1000): after each its journal is sound, and the node starts from it; at the
# end everything in it is decided again as it was (R21, R22, R44). Every third start is under another deployment, and is killed
# in the middle of that too (R41). By hand: `make node-kills`.
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-kills-$$
. tests/system/site.sh
site_begin

understudy compile examples/01-pair/topology.lua -o "$WORK/deployment" >/dev/null
{
    echo 'server "first" { address = "127.0.0.1:7409", archive = { "disk-o" } }'
    echo 'camera "first" { server = "first", url = "rtsp://127.0.0.1:8609/stream1" }'
    cat examples/01-pair/topology.lua
} >"$WORK/other.lua"
understudy compile "$WORK/other.lua" -o "$WORK/other" >/dev/null 2>&1
understudy keys "$WORK/deployment" -o "$WORK/keys"
node alpha
left=${KILLS:-1000}
while [ "$left" -gt 0 ]; do
    if [ $((left / 3 % 2)) = 0 ]; then named=deployment; else named=other; fi
    understudy node "$WORK/$named" --server omega --state "$WORK/state-omega" --keys "$WORK/keys" --journal-size 16 >>"$WORK/node-omega.log" 2>&1 &
    omega=$!
    SITE_PIDS="$node_alpha $omega"
    sleep "$(awk -v seed="$left" 'BEGIN { srand(seed); printf "%.3f", rand() * 0.8 }')"
    kill -KILL "$omega" || fail "omega has ended by itself: $(tail -1 "$WORK/node-omega.log")"
    wait "$omega" 2>/dev/null || true
    if [ -e "$WORK/state-omega/deployment.so" ]; then
        understudy journal verify --state "$WORK/state-omega" >"$WORK/verify" || fail "$(cat "$WORK/verify")"
    fi
    left=$((left - 1))
done
grep -q 'entries of the journal are replayed' "$WORK/node-omega.log" || fail "omega has never started from its journal"
grep -q 'what both know by name stays as it is (R41)' "$WORK/node-omega.log" || fail "omega has never changed its deployment"
understudy journal replay --state "$WORK/state-omega"
rm -rf "$WORK"
say "PASS: killed ${KILLS:-1000} times, nothing is lost"
