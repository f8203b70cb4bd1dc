#!/bin/sh
# What a standby asks before it believes that a main is dead. A main that it has no link with, but that lives by the volume which
# both share, is not taken over; once its signs there have stopped for a lease, it is (R45, R30); and when it is back behind the
# cut, it does not record what that standby still has the claim of (R30). A standby that loses all its
# peers at once asks whether anything else is in reach, and takes over if so (R29).
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-test-view
. tests/system/site.sh

site_begin
volume vault
volume disk-o
cat >"$WORK/topology.lua" <<END
site { lease = "4 s" }
volume "vault" { nas = "$WORK/vault", size = "2 GiB", reserve = "100 MiB" }
volume "disk-o" { path = "$WORK/disk-o", size = "2 GiB", reserve = "100 MiB" }
server "alpha" { address = "127.0.0.1:7400", archive = { "vault" } }
server "beta"  { address = "127.0.0.1:7402", archive = { "vault" } }
server "omega" { address = "127.0.0.1:7401", archive = { "vault" }, fallback = "disk-o", witness = { "127.0.0.1:8603" } }
camera "lobby" { server = "alpha", url = "rtsp://127.0.0.1:8601/stream1" }
camera "gate"  { server = "beta", url = "rtsp://127.0.0.1:8602/stream1" }
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "3 s", transfer_if_no_ping = true }
failover "beta-to-omega"  { standby = "omega", monitor = "beta", expect_reconnection = "3 s" }
END
understudy compile "$WORK/topology.lua" -o "$WORK/deployment" >/dev/null
understudy keys "$WORK/deployment" -o "$WORK/keys" >/dev/null

# omega with a key of alpha that is not alpha's: no link, as if the network between the two were cut.
cp -r "$WORK/keys" "$WORK/keys-cut"
cp "$WORK/keys/beta.public" "$WORK/keys-cut/alpha.public"

camera lobby 1
camera gate 2
camera yard 3 # a witness; nobody records it
node alpha
node beta
wait_for 20 "alpha records" recording alpha
wait_for 20 "beta records" recording beta

say "omega has no link with alpha, but sees its signs of life on the vault (R45)"
KEYS=$WORK/keys-cut
node omega
wait_for 20 "the take-over is withheld" failover_is omega alpha-to-omega withheld
sleep 6 # longer than the lease
failover_is omega alpha-to-omega withheld || fail "a main that lives by the shared volume is taken over"
recording alpha || fail "alpha does not record"
understudy why alpha-to-omega --state "$WORK/state-omega" | grep -q '(R45)' || fail "why does not tell of the second view"
understudy status --state "$WORK/state-omega" | grep -q 'alpha is lost here, but seen alive elsewhere' || fail "the status does not tell it"

say "alpha dies: its signs stop, and a lease later it is taken over"
kill -KILL "$node_alpha"
wait_for 20 "omega carries alpha" failover_is omega alpha-to-omega carrying
understudy journal show --state "$WORK/state-omega" | grep -q 'alpha-to-omega: no shared volume has shown a sign of life for a lease (R45)' || fail "what the volume showed is not in the journal"

say "alpha comes back behind the cut: the claim is omega's, who renews it, so alpha does not record what omega does (R30)"
claim_is() { understudy status --state "$WORK/state-$1" | grep -q "the claim of alpha on vault: $2"; }
main_is() { understudy status --state "$WORK/state-$1" --json | jq -e --arg state "$2" '.state == $state' >/dev/null; }
KEYS=$WORK/keys
node alpha
wait_for 20 "alpha yields" main_is alpha yielding
sleep 6 # longer than the lease
main_is alpha yielding || fail "alpha records what omega has the claim of"
failover_is omega alpha-to-omega carrying || fail "omega does not carry alpha"
claim_is alpha 'omega, epoch 2, alive' || fail "the status of alpha does not tell who has its claim"
claim_is omega 'omega, epoch 2, alive' || fail "the status of omega does not tell who has the claim of alpha"
understudy why alpha --state "$WORK/state-alpha" | grep -q 'volume vault says that a standby, which does not answer, has the claim of alpha' || fail "why does not tell of the claim"

say "omega dies: a lease later alpha has its claim back"
kill -KILL "$node_omega"
wait "$node_omega" || true
wait_for 20 "alpha records" recording alpha
wait_for 10 "alpha has its claim" claim_is alpha 'alpha, epoch [0-9]*, alive'

say "a link of its own, and omega is back"
node omega
wait_for 30 "omega watches alpha" failover_is omega alpha-to-omega watching
wait_for 20 "omega watches beta" failover_is omega beta-to-omega watching
wait_for 20 "alpha records" recording alpha

say "all peers of omega die at once; a witness, the vault and the cameras are in reach, so they are dead (R29)"
kill -KILL "$node_alpha" "$node_beta"
wait_for 30 "omega carries alpha" failover_is omega alpha-to-omega carrying
wait_for 30 "omega carries beta" failover_is omega beta-to-omega carrying
understudy journal show --state "$WORK/state-omega" | grep -q 'our own network is not at fault (R29)' || fail "omega has not asked what else is in reach"
understudy journal verify --state "$WORK/state-omega" || fail "the journal is not whole"

say "both are back, and finish what their recorders had begun"
node alpha
node beta
wait_for 30 "omega watches alpha" failover_is omega alpha-to-omega watching
wait_for 30 "omega watches beta" failover_is omega beta-to-omega watching
wait_for 20 "alpha records" recording alpha
wait_for 20 "beta records" recording beta
site_end
understudy archive verify "$WORK/vault" "$WORK/disk-o" >/dev/null || fail "the archive is not whole"
say "PASS: $0"
