#!/bin/sh
# The longer part of test_etcd.sh, by hand (make etcd-rounds): first what a main without a link does beside the holder of its claim, and
# what becomes of claims when the whole cluster was gone; then ROUNDS take-overs (10), in the middle of which the cluster's leader is killed. After
# each the claim is where the cameras are; at the end no epoch was written by two servers (R31).
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-test-etcd-rounds
ROUNDS=${ROUNDS:-10}
. tests/system/site.sh
. tests/system/etcd.sh

site_begin
etcd_begin
coordinated allow "s/expect_reconnection = \"5 s\"/expect_reconnection = \"2 s\", transfer_if_no_ping = true/"
camera lobby 1
camera gate 2
camera yard 3
wait_for 30 "the cluster answers" etcd_leader
cp -r "$WORK/keys" "$WORK/keys-cut"
cp "$WORK/keys/omega.public" "$WORK/keys-cut/alpha.public"

say "omega, without a link, takes over from an alpha that is dead"
KEYS=$WORK/keys-cut
node omega
wait_for 30 "omega carries alpha" failover_is omega alpha-to-omega carrying
wait_for 20 "omega has the claim" claim_is omega alpha "2 omega alive"

say "alpha starts without a link: the coordinator says who has it, and it does not record beside that one"
KEYS=$WORK/keys
node alpha
wait_for 20 "alpha yields" main_is alpha yielding
sleep 4 # longer than the lease
main_is alpha yielding || fail "alpha records beside the holder of its claim"

say "omega has a link again and hands back"
kill -TERM "$node_omega"
wait "$node_omega" || true
node omega
wait_for 30 "omega watches alpha" failover_is omega alpha-to-omega watching
wait_for 20 "alpha has its claim" claim_is omega alpha "3 alpha alive"

say "all members die, then alpha: omega takes over by what it sees itself; the cluster is back, and what omega holds is entered there"
for number in 1 2 3; do etcd_do $number KILL; done
wait_for 30 "omega misses the coordinator" reaches_coordinator omega false
kill -KILL "$node_alpha"
wait_for 30 "omega carries alpha" failover_is omega alpha-to-omega carrying
for number in 1 2 3; do etcd_member $number; done
wait_for 40 "omega has the claim" claim_is omega alpha "4 omega alive"
node alpha
wait_for 30 "omega watches alpha" failover_is omega alpha-to-omega watching
wait_for 20 "alpha has its claim" claim_is omega alpha "5 alpha alive"

round=1
while [ "$round" -le "$ROUNDS" ]; do
    from=$(now_ms)
    kill -KILL "$node_alpha"
    sleep "$((round * 7 % 5)).$((round * 3 % 10))"
    leader=$(etcd_leader) || fail "the cluster has no leader"
    etcd_do "$leader" KILL
    wait_for 60 "omega carries alpha" failover_is omega alpha-to-omega carrying
    took=$(($(now_ms) - from))
    epoch=$((round * 2 + 4))
    wait_for 30 "omega has the claim" claim_is omega alpha "$epoch omega alive"
    etcd_member "$leader"
    node alpha
    wait_for 60 "omega watches alpha" failover_is omega alpha-to-omega watching
    wait_for 30 "alpha has its claim" claim_is omega alpha "$((epoch + 1)) alpha alive"
    wait_for 30 "alpha records" recording alpha
    say "round $round: the leader killed, alpha carried after $took ms, under epoch $epoch; back under $((epoch + 1))"
    round=$((round + 1))
done

say "alpha logs off in good order: its claim is given back at once, and stays where it was"
kill -TERM "$node_alpha"
wait "$node_alpha" || fail "alpha does not end in good order"
wait_for 20 "the claim is given back" claim_is omega alpha "$((ROUNDS * 2 + 5)) alpha lapsed"
failover_is omega alpha-to-omega logged_off || fail "omega does not know that alpha has logged off"

for server in alpha omega; do understudy journal verify --state "$WORK/state-$server" >/dev/null || fail "the journal of $server is not whole"; done
twice=$(find "$WORK/disk-a" "$WORK/disk-o" -type d -path '*/lobby/[0-9]*-*' | sed 's#.*/##' | sort -u | sed 's#-.*##' | sort | uniq -d) # a copy (R34) has the name of what it copies
[ -z "$twice" ] || fail "two servers wrote under epoch $twice"
say "PASS: $0"
