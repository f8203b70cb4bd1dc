#!/bin/sh
# A coordinator: a main that is killed is taken over by its claim, which has lapsed at an etcd cluster (R30); a main that only its
# link has lost is not, for its claim lives there (R45). Where the cluster is gone, holders go on and a standby judges by what it
# sees itself, or holds (R38). All of it stands in the journals.
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-test-etcd-site
. tests/system/site.sh
. tests/system/etcd.sh

site_begin
etcd_begin
coordinated allow "s/expect_reconnection = \"5 s\"/expect_reconnection = \"2 s\", transfer_if_no_ping = true/"
camera lobby 1
camera gate 2
camera yard 3
wait_for 30 "the cluster answers" etcd_leader

# omega with a key of alpha that is not alpha's: no link, as if the network between the two were cut.
cp -r "$WORK/keys" "$WORK/keys-cut"
cp "$WORK/keys/omega.public" "$WORK/keys-cut/alpha.public"

say "omega has no link with alpha, but alpha's claim lives at the coordinator (R45)"
node alpha
wait_for 20 "alpha records" recording alpha
wait_for 20 "alpha has its claim" claim_is alpha alpha "1 alpha alive"
KEYS=$WORK/keys-cut
node omega
wait_for 20 "the take-over is withheld" failover_is omega alpha-to-omega withheld
sleep 4 # longer than the lease
failover_is omega alpha-to-omega withheld || fail "a main whose claim lives is taken over"

say "alpha is killed: its claim lapses, and omega is given it (R30)"
kill -KILL "$node_alpha"
wait_for 30 "omega carries alpha" failover_is omega alpha-to-omega carrying
wait_for 20 "omega has the claim" claim_is omega alpha "2 omega alive"
understudy why alpha-to-omega --state "$WORK/state-omega" | grep -q 'the coordinator gives omega the claim of alpha.*epoch 2' || fail "why does not tell of the claim"

say "omega has a link again and hands back; alpha has its claim again"
KEYS=$WORK/keys
node alpha
kill -TERM "$node_omega"
wait "$node_omega" || true
node omega
wait_for 30 "omega watches alpha" failover_is omega alpha-to-omega watching
wait_for 20 "alpha records" recording alpha
wait_for 20 "alpha has its claim" claim_is omega alpha "3 alpha alive"

say "all members of the cluster die: who holds goes on, and both say so"
for number in 1 2 3; do etcd_do $number KILL; done
wait_for 30 "alpha misses the coordinator" reaches_coordinator alpha false
wait_for 30 "omega misses the coordinator" reaches_coordinator omega false
recording alpha || fail "alpha does not record"
understudy status --state "$WORK/state-omega" | grep -q 'the coordinator is out of reach' || fail "the status does not tell it"
grep -q 'the coordinator is out of reach: https' "$WORK/node-omega.log" || fail "the log does not tell it"

say "alpha dies as well: omega judges by what it sees itself (R38)"
kill -KILL "$node_alpha"
wait_for 30 "omega carries alpha" failover_is omega alpha-to-omega carrying
understudy why alpha-to-omega --state "$WORK/state-omega" | grep -q 'the coordinator is out of reach.*(R38)\|(R38).*the coordinator is out of reach' || fail "why does not tell of the coordinator"

for server in alpha omega; do understudy journal verify --state "$WORK/state-$server" >/dev/null || fail "the journal of $server is not whole"; done
grep -q 'BEGIN\|PRIVATE' "$WORK"/node-*.log && fail "a log holds a key"
say "PASS: $0"
