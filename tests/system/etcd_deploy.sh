#!/bin/sh
# A new deployment while a coordinator decides (R30, R41), in which every server has another number: handed on while omega carries
# alpha and the cluster's leader is dead, and rolled back when alpha has its own again. Claims and epochs are by name: nobody loses
# what he holds, and the next take-over is under the next epoch. By hand (make etcd-rounds).
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-test-etcd-deploy
. tests/system/site.sh
. tests/system/measure.sh
. tests/system/etcd.sh

site_begin
etcd_begin
coordinated allow "s/expect_reconnection = \"5 s\"/expect_reconnection = \"2 s\"/"
camera lobby 1
camera gate 2
camera yard 3
{
    echo 'server "first" { address = "127.0.0.1:7409", archive = { "disk-o" } }'
    echo 'camera "first" { server = "first", url = "rtsp://127.0.0.1:8609/stream1" }'
    cat "$WORK/topology.lua"
} >"$WORK/next.lua"
understudy compile "$WORK/next.lua" -o "$WORK/next" >/dev/null 2>&1
wait_for 30 "the cluster answers" etcd_leader
node alpha
node omega
wait_for 20 "alpha records" recording alpha
wait_for 20 "omega watches alpha" failover_is omega alpha-to-omega watching
wait_for 20 "alpha has its claim" claim_is omega alpha "1 alpha alive"
old=$(status omega .deployment)
runs() { [ "$(status "$1" .deployment)" = "$2" ]; }

# holds NODE MAIN CLAIM WHEN: for longer than a lease.
holds() {
    for _ in 1 2 3 4 5; do
        claim_is "$1" "$2" "$3" || fail "$4: the claim of $2 is \"$(claim_of "$1" "$2")\", not \"$3\""
        sleep 1
    done
}

say "omega carries alpha; a new deployment, while the cluster has no leader"
kill -KILL "$node_alpha"
wait_for 30 "omega carries alpha" failover_is omega alpha-to-omega carrying
wait_for 20 "omega has the claim" claim_is omega alpha "2 omega alive"
leader=$(etcd_leader) || fail "the cluster has no leader"
etcd_do "$leader" KILL
understudy deploy "$WORK/next" --state "$WORK/state-omega" --servers omega --yes >"$WORK/said" || fail "$(cat "$WORK/said")"
new=$(status omega .deployment)
[ "$new" != "$old" ] || fail "omega still runs the old one"
wait_for 20 "omega has the claim" claim_is omega alpha "2 omega alive"
holds omega alpha "2 omega alive" "after the change"
failover_is omega alpha-to-omega carrying || fail "what was carried is not any more"
[ "$(status omega '.failovers[0].epoch')" = 2 ] || fail "the epoch is another one"

say "alpha is back under the old one, and takes back what is its own under the next epoch"
etcd_member "$leader"
node alpha
wait_for 30 "omega watches alpha" failover_is omega alpha-to-omega watching
wait_for 30 "alpha records" recording alpha
wait_for 20 "alpha has its claim" claim_is omega alpha "3 alpha alive"

say "the new one for alpha too, and then the one before for both: alpha keeps its claim"
understudy deploy "$WORK/next" --state "$WORK/state-omega" --servers alpha,omega --yes >"$WORK/said" || fail "$(cat "$WORK/said")"
runs alpha "$new" || fail "alpha has not got the new one"
holds omega alpha "3 alpha alive" "under the new one"
understudy deploy --roll-back --state "$WORK/state-alpha" --servers alpha,omega --yes >"$WORK/said" || fail "$(cat "$WORK/said")"
runs alpha "$old" && runs omega "$old" || fail "the one before is not back"
holds omega alpha "3 alpha alive" "after the roll-back"
failover_is omega alpha-to-omega watching || fail "omega does not watch alpha"

say "alpha is killed once more: the next epoch"
kill -KILL "$node_alpha"
wait_for 30 "omega carries alpha" failover_is omega alpha-to-omega carrying
wait_for 20 "omega has the claim" claim_is omega alpha "4 omega alive"
sleep 2
for server in alpha omega; do
    understudy journal verify --state "$WORK/state-$server" || fail "the journal of $server is not whole"
    understudy journal replay --state "$WORK/state-$server" || fail "the journal of $server"
done
site_end
prove lobby 1
[ "$(wc -l <"$WORK/holes-lobby")" -le 2 ] || fail "lobby has other gaps than those of the two kills"
find "$WORK"/disk-* -mindepth 3 -maxdepth 3 -type d -path '*/lobby/*' | sed 's#.*/##' | sort -u | awk -F- '{ if ($1 in by) exit 1; by[$1] = $2 }' ||
    fail "an epoch was written by two servers"
say "PASS: $0"
