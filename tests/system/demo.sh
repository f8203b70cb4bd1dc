#!/bin/sh
# `make demo`: a real failover on one machine, measured against its dry run.
#
# Two recording servers and three cameras of examples/01-pair run as processes; the main is killed, the standby records, the
# main comes back. What the dry run says beforehand stands beside what the archive holds afterwards. Everything lies in
# /tmp/understudy-demo, and everything that was started is ended. Exit 1: prediction and measurement differ by more than two
# seconds plus a group of pictures, or a frame is missing that no gap accounts for.
set -eu
cd "$(dirname "$0")/../.."
WORK=/tmp/understudy-demo
. tests/system/site.sh
. tests/system/measure.sh
TOPOLOGY=examples/01-pair/topology.lua
OUTAGE=examples/01-pair/outage.lua
TOLERANCE_MS=3000 # two seconds and a group of pictures of one second

site_begin
volume disk-a
volume disk-o

echo
say "1. Check and compile $TOPOLOGY"
understudy check "$TOPOLOGY"
understudy compile "$TOPOLOGY" -o "$WORK/deployment"
understudy keys "$WORK/deployment" -o "$WORK/keys"

echo
say "2. The dry run: what will happen"
understudy simulate "$TOPOLOGY" "$OUTAGE" --svg "$WORK/predicted.svg"
understudy simulate "$TOPOLOGY" "$OUTAGE" --json >"$WORK/predicted.json"
lasts_ms=$(jq '.[0].lasts_ms' "$WORK/predicted.json")
fail_ms=$(jq '.[0].acts[0].at_ms' "$WORK/predicted.json")
restore_ms=$(jq '.[0].acts[1].at_ms' "$WORK/predicted.json")

echo
say "3. Three cameras, two recording servers"
camera lobby 1
camera gate 2
camera yard 3
node alpha
node omega
wait_for 20 "alpha records its cameras" recording alpha
wait_for 20 "omega watches alpha" failover_is omega alpha-to-omega watching
sleep 2
say "alpha records lobby, gate and yard; omega watches alpha"

begin_ms=$(now_ms)
echo
say "4. The same outage, for real: alpha is killed in $((fail_ms / 1000)) s"
wait_until $((begin_ms + fail_ms)) "alpha is killed"
kill -KILL "$node_alpha"
say "alpha is killed (SIGKILL)"
wait_for 30 "omega carries alpha" failover_is omega alpha-to-omega carrying
say "omega carries alpha: $(status omega '[.cameras[] | select(.state == "recording") | .name] | join(", ")') on disk"
wait_until $((begin_ms + restore_ms)) "alpha is started again"
node alpha
say "alpha is started again"
wait_for 30 "the return to alpha" failover_is omega alpha-to-omega watching
say "alpha records again, omega has given everything back"
wait_until $((begin_ms + lasts_ms)) "the end"
say "5. End: both servers log off in good order, the cameras stop"
site_end

echo
say "6. What alpha decided (journal)"
understudy journal show --state "$WORK/state-alpha"
say "   What omega decided (journal)"
understudy journal show --state "$WORK/state-omega"

echo
say "7. The archive, one view over both servers"
understudy archive list "$WORK/disk-a" "$WORK/disk-o"
understudy archive verify "$WORK/disk-a" "$WORK/disk-o"

echo
say "8. The frame numbers burnt into the pictures, against the gaps that the archive states"
prove lobby 1
prove gate 2
prove yard 3

echo
say "9. Predicted and measured"
verdict=0
measure "$begin_ms" "$lasts_ms"
compare "$TOLERANCE_MS" || verdict=1
echo
echo "timeline, predicted: $WORK/predicted.svg"
echo "timeline, measured:  $WORK/measured.svg"
exit $verdict
