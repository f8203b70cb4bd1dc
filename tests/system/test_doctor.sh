#!/bin/sh
# understudy doctor: nothing is wrong on a sound server but perhaps this machine's clock; each thing that is broken on purpose is
# named with what to do, a volume that hangs too, and the exit code tells.
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-test-doctor
. tests/system/site.sh
site_begin

sed -e "s#/tmp/understudy-demo/disk-#$WORK/volume-#" -e 's/arm = "warm"/arm = "warm", credentials = "gate-user"/' examples/01-pair/topology.lua >"$WORK/topology.lua"
understudy compile "$WORK/topology.lua" -o "$WORK/deployment" >/dev/null
understudy keys "$WORK/deployment" -o "$WORK/keys" >/dev/null
mkdir -m 700 "$WORK/state-omega" "$WORK/volume-a" "$WORK/volume-o"
understudy volume init "$WORK/volume-o" --name disk-o >/dev/null
(umask 077 && echo 'gate-user watcher:secret' >"$WORK/secrets")

# doctor: the findings about omega, in JSON; the exit code is left in `code`.
doctor() {
    code=0
    timeout 60 understudy doctor "$WORK/deployment" --server omega --state "$WORK/state-omega" --keys "$WORK/keys" --secrets "$WORK/secrets" --json \
        >"$WORK/found" 2>"$WORK/said" || code=$?
    [ "$code" -le 1 ] || { cat "$WORK/said"; fail "the doctor ended with $code"; }
}
# wrong: the subjects that are wrong, the clock of this machine aside.
wrong() { jq -r '[.findings[] | select(.grade == "wrong" and .subject != "clock") | .subject] | join(",")' "$WORK/found"; }
# finds SUBJECT 'PATTERN': exactly this is wrong, what it says matches, and it says what to do.
finds() {
    doctor
    [ "$code" = 1 ] || fail "$1 is broken, and the exit code is $code"
    [ "$(wrong)" = "$1" ] || { cat "$WORK/found"; fail "wrong is: $(wrong); not: $1"; }
    said=$(jq -r --arg subject "$1" '.findings[] | select(.grade == "wrong" and .subject == $subject) | .text + " -> " + .advice' "$WORK/found")
    echo "$said" | grep -Eq "$2" || fail "$1: \"$said\" does not say $2"
    [ -n "${said##* -> }" ] || fail "$1: it does not say what to do"
    say "ok: $1: $said"
}

doctor
[ -z "$(wrong)" ] || { cat "$WORK/found"; fail "a sound server is wrong in: $(wrong)"; }
[ "$code" = "$(jq 'if .wrong > 0 then 1 else 0 end' "$WORK/found")" ] || fail "the exit code does not follow from what is wrong"
jq -e '.findings | map(.subject) | contains(["kernel", "recording", "state", "keys", "secrets", "address", "memory", "volume disk-o"])' "$WORK/found" >/dev/null || fail "something was not looked at"
jq -e '.findings[] | select(.subject == "peer alpha" and .grade == "note" and .advice != "")' "$WORK/found" >/dev/null || fail "alpha, which does not run, is not noted"
say "ok: a sound server"

mv "$WORK/volume-o" "$WORK/elsewhere"
finds 'volume disk-o' 'not there.*volume init'
mkdir "$WORK/volume-o"
finds 'volume disk-o' 'marker.*volume init|volume init'
rmdir "$WORK/volume-o" && mv "$WORK/elsewhere" "$WORK/volume-o"
chmod 644 "$WORK/keys/omega.secret"
finds keys 'read by others.*chmod 600'
chmod 600 "$WORK/keys/omega.secret"
mv "$WORK/keys/alpha.public" "$WORK/alpha.public"
finds keys 'alpha.*\.public'
mv "$WORK/alpha.public" "$WORK/keys/alpha.public"
(umask 077 && echo 'another watcher:secret' >"$WORK/secrets")
finds secrets 'gate-user.*USER:PASSWORD'
! grep -rq 'watcher' "$WORK/found" "$WORK/said" || fail "the doctor tells a secret"
(umask 077 && echo 'gate-user watcher:secret' >"$WORK/secrets")

say "somebody else listens on its port; then its own node does"
node alpha
sed -i 's/127.0.0.1:7401/127.0.0.1:7400/; s/"127.0.0.1:7400", archive = { "disk-a" }/"127.0.0.1:7409", archive = { "disk-a" }/' "$WORK/topology.lua"
understudy compile "$WORK/topology.lua" -o "$WORK/moved" >/dev/null
wait_for 20 "alpha listens" understudy status --state "$WORK/state-alpha"
mv "$WORK/deployment" "$WORK/before" && mv "$WORK/moved" "$WORK/deployment"
finds address 'another program listens on 127.0.0.1:7400.*ss -ltnp'
rm -r "$WORK/deployment" && mv "$WORK/before" "$WORK/deployment"
node omega
wait_for 20 "omega runs" understudy status --state "$WORK/state-omega"
doctor
[ -z "$(wrong)" ] || { cat "$WORK/found"; fail "with its nodes up, wrong is: $(wrong)"; }
jq -e '.findings[] | select(.subject == "address") | .text | contains("its node runs")' "$WORK/found" >/dev/null || fail "the doctor does not know the node"

say "a volume hangs: it is given up, and the rest is told"
mkdir "$WORK/faults"
echo hangs >"$WORK/faults/volume-o"
[ -e "$SITE_TESTS/fault.so" ] || fail "$SITE_TESTS/fault.so is missing: make $SITE_TESTS/fault.so"
export FAULTS="$WORK/faults" LD_PRELOAD="$SITE_TESTS/fault.so"
doctor
unset FAULTS LD_PRELOAD
jq -e '.findings[] | select(.grade == "wrong" and (.text | contains("hangs")))' "$WORK/found" >/dev/null || { cat "$WORK/found"; fail "a volume that hangs is not named"; }
jq -e '.findings[] | select(.subject == "memory" and .grade == "fine")' "$WORK/found" >/dev/null || fail "behind a volume that hangs nothing is looked at"
: >"$WORK/faults/volume-o"
site_end
say "PASS: $0"
