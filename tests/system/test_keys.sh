#!/bin/sh
# The key of a server is changed while its link is up: its peers accept the present and the next one for a time, nothing is taken
# over meanwhile, and at the end only the new one counts.
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-test-keys
. tests/system/site.sh
site_begin

sed "s#/tmp/understudy-demo#$WORK#" examples/01-pair/topology.lua >"$WORK/topology.lua"
understudy compile "$WORK/topology.lua" -o "$WORK/deployment" >/dev/null
understudy keys "$WORK/deployment" -o "$WORK/made" >/dev/null
for server in alpha omega; do
    mkdir -m 700 "$WORK/keys-$server"
    cp -p "$WORK"/made/*.public "$WORK/made/$server.secret" "$WORK/keys-$server/"
    KEYS=$WORK/keys-$server node "$server"
done
connected() { [ "$(status "$1" '.peers[0].up')" = true ]; }
# reload SERVER: its node reads its keys again.
reload() {
    before=$(grep -c 'has read its keys again' "$WORK/node-$1.log" || true)
    eval "kill -HUP \$node_$1"
    has_read() { [ "$(grep -c 'has read its keys again' "$WORK/node-$1.log")" -gt "$before" ]; }
    wait_for 20 "$1 reads its keys" has_read "$1"
}
both_are_up() {
    for server in alpha omega; do wait_for 20 "$server is connected" connected "$server"; done
}
watching() { [ "$(failover_state omega alpha-to-omega)" = watching ]; }
wait_for 20 "omega watches alpha" watching
both_are_up

understudy keys rotate alpha -o "$WORK/made" >"$WORK/said"
grep -q 'copy alpha.next.public into the keys of every server' "$WORK/said" || fail "what to do next is not said"
[ "$(stat -c %a "$WORK/made/alpha.next.secret")" = 600 ] || fail "the next secret can be read by others"
! understudy keys rotate alpha -o "$WORK/made" 2>"$WORK/said" || fail "a change that has begun is begun again"
for server in alpha omega; do
    cp "$WORK/made/alpha.next.public" "$WORK/keys-$server/"
    reload "$server"
done
both_are_up
say "ok: both keys of alpha are known"

! understudy keys adopt alpha -o "$WORK/keys-alpha" 2>"$WORK/said" || fail "half a pair is adopted"
grep -q 'alpha.next.secret is missing' "$WORK/said" || fail "what is missing is not said"
cp -p "$WORK/made/alpha.next.secret" "$WORK/keys-alpha/"
understudy keys adopt alpha -o "$WORK/keys-alpha" >/dev/null
! cmp -s "$WORK/keys-alpha/alpha.secret" "$WORK/made/alpha.secret" || fail "the old secret is still the present one"
reload alpha
sleep 3
both_are_up
say "ok: alpha has its new key, omega goes on with it"

understudy keys adopt alpha -o "$WORK/keys-omega" >/dev/null
reload omega
both_are_up
! understudy journal show --state "$WORK/state-omega" | grep -q 'taking_over' || fail "alpha was taken over while its key was changed"
say "ok: nothing was taken over"

say "the old key counts no more"
cp -p "$WORK/made/alpha.secret" "$WORK/made/alpha.public" "$WORK/keys-alpha/"
reload alpha
wait_for 20 "omega refuses the old key" grep -q 'its key is not that of a peer' "$WORK/node-omega.log"
chmod 644 "$WORK/keys-alpha/alpha.secret"
kill -HUP "$node_alpha"
wait_for 20 "a key that cannot be used is reported" grep -q 'its keys cannot be read again.*goes on with those' "$WORK/node-alpha.log"
site_end
say "PASS: $0"
