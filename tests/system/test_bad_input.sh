#!/bin/sh
# What users and networks do wrong: each is answered with a clear message and the right exit code, and nothing crashes.
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-test-bad-input
. tests/system/site.sh
site_begin

# refused EXIT_CODE 'PATTERN' COMMAND...: the command ends with this code and says something that matches.
refused() {
    code=$1 pattern=$2
    shift 2
    got=0
    timeout 30 "$@" >"$WORK/out" 2>&1 || got=$?
    [ "$got" = "$code" ] || { cat "$WORK/out"; fail "$*: exit code $got, not $code"; }
    grep -Eq "$pattern" "$WORK/out" || { cat "$WORK/out"; fail "$*: does not say $pattern"; }
    say "ok: $(grep -Eo "$pattern" "$WORK/out" | head -n 1)"
}

say "topologies"
: >"$WORK/empty.lua"
refused 1 'error: the topology declares no server.*\[E[0-9]+\]' understudy check "$WORK/empty.lua"
echo 'server "a" { address = ' >"$WORK/syntax.lua"
refused 1 'syntax.lua:[0-9]+:[0-9]+: error: .*\[E[0-9]+\]' understudy check "$WORK/syntax.lua"
echo 'failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = 20 }' >"$WORK/names.lua"
refused 1 'unknown server "omega"' understudy check "$WORK/names.lua"
refused 1 'a bare 20: write "20 s"' understudy check "$WORK/names.lua"
refused 1 'names.lua' understudy compile "$WORK/names.lua" -o "$WORK/none"
[ ! -e "$WORK/none/deployment.so" ] || fail "a faulty topology was compiled"
refused 3 'missing.lua' understudy check "$WORK/missing.lua"
refused 2 'frobnicate' understudy frobnicate
refused 2 'say how often something fails' understudy forecast "$WORK/empty.lua"

say "deployments"
sed "s#/tmp/understudy-demo#$WORK#" examples/01-pair/topology.lua >"$WORK/topology.lua"
understudy compile "$WORK/topology.lua" -o "$WORK/deployment" >/dev/null
understudy keys "$WORK/deployment" -o "$WORK/keys" >/dev/null
[ "$(stat -c %a "$WORK/keys/alpha.secret")" = 600 ] || fail "a secret key can be read by others"
mkdir "$WORK/cut" "$WORK/other"
head -c 9000 "$WORK/deployment/deployment.so" >"$WORK/cut/deployment.so"
refused 3 'not complete: copy it again' understudy node "$WORK/cut" --server alpha --state "$WORK/s" --keys "$WORK/keys"
# Another version of Understudy: the same generated sources, another ABI.
cp "$WORK"/deployment/gen/* "$WORK/other/"
sed -i 's/define MACHINE_ABI .*/define MACHINE_ABI 4711u/' "$WORK/other/machine.h"
(cd "$WORK/other" && gcc -shared -fPIC -I. -o deployment.so deployment.c machine_*.c cells_*.c \
    -Wl,-z,noexecstack,--format=binary image.bin -Wl,--format=default,-T,image.ld)
refused 3 'another version of Understudy' understudy node "$WORK/other" --server alpha --state "$WORK/s" --keys "$WORK/keys"
refused 2 'no server "nobody"' understudy node "$WORK/deployment" --server nobody --state "$WORK/s" --keys "$WORK/keys"

say "a volume without its marker is not written to (R32)"
mkdir "$WORK/disk-a" "$WORK/disk-o"
camera lobby 1
node alpha
silent_with_volume() { status alpha '.cameras[] | select(.name == "lobby") | .cause' | grep -q 'disk-a'; }
wait_for 20 "the missing marker is reported" silent_with_volume
say "ok: $(status alpha '.cameras[] | select(.name == "lobby") | .cause')"
[ -z "$(ls "$WORK/disk-a")" ] || fail "a volume without its marker was written to"

say "a port in use, a state folder in use"
refused 3 '7400.*in use' understudy node "$WORK/deployment" --server alpha --state "$WORK/s2" --keys "$WORK/keys"
refused 3 'another|in use' understudy node "$WORK/deployment" --server alpha --state "$WORK/state-alpha" --keys "$WORK/keys"
refused 3 'no node' understudy status --state "$WORK/nowhere"

say "garbage on the port, and a server with a wrong key"
for _ in 1 2 3; do
    head -c 3000 /dev/urandom | timeout 2 bash -c 'cat >/dev/tcp/127.0.0.1/7400' 2>/dev/null || true
done
wait_for 20 "alpha says that a stranger has spoken" grep -q 'no Understudy server has spoken to this server' "$WORK/node-alpha.log"
say "ok: $(grep 'has spoken' "$WORK/node-alpha.log" | tail -n 1)"
mkdir "$WORK/wrong"
cp "$WORK"/keys/* "$WORK/wrong/"
rm "$WORK"/wrong/omega.*
mkdir "$WORK/made" && understudy keys "$WORK/deployment" -o "$WORK/made" >/dev/null
cp "$WORK"/made/omega.* "$WORK/wrong/"
understudy node "$WORK/deployment" --server omega --state "$WORK/state-omega" --keys "$WORK/wrong" >"$WORK/node-omega.log" 2>&1 &
SITE_PIDS="$SITE_PIDS $!"
wait_for 20 "alpha says that a key is unknown" grep -q 'its key is not that of a peer' "$WORK/node-alpha.log"
say "ok: $(grep 'its key' "$WORK/node-alpha.log" | tail -n 1)"
[ "$(status alpha '.peers[] | select(.name == "omega") | .up')" = false ] || fail "a server with a wrong key is connected"
volume disk-a
recorded() { [ "$(status alpha '.cameras[] | select(.name == "lobby") | .state')" = recording ]; }
wait_for 20 "alpha records once its volume is there" recorded
chmod 644 "$WORK/wrong/omega.secret"
refused 3 'secret' understudy node "$WORK/deployment" --server omega --state "$WORK/state-x" --keys "$WORK/wrong"
site_end
say "PASS: $0"
