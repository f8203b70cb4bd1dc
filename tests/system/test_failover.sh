#!/bin/sh
# Real processes, real recordings: cameras that fail do not disturb their neighbours; a main is killed and its standby records
# (R1, R2); the standby is killed while it carries and resumes from its journal (R21); the main comes back and nothing is lost at
# the hand-back (R27). The frame numbers burnt into the pictures must be continuous but for the gaps that the archive states.
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-test-failover
. tests/system/site.sh
. tests/system/measure.sh

site_begin
pair

neighbours_go_on() { [ "$(status alpha "[.cameras[] | select(.name != \"$1\") | .state] | unique | join(\",\")")" = recording ]; }

say "gate stalls: it is reported, its neighbours go on, it is recorded again when it is back"
sleep 3
kill -USR1 "$camera_gate"
wait_for 15 "gate is reported silent" camera_is alpha gate silent
[ -n "$(status alpha '.cameras[] | select(.name == "gate") | .cause')" ] || fail "nobody says why gate is silent"
neighbours_go_on gate || fail "a camera that stalls disturbs its neighbours"
kill -USR1 "$camera_gate"
wait_for 15 "gate is recorded again" camera_is alpha gate recording

say "yard dies and comes back"
kill -KILL "$camera_yard"
wait_for 15 "yard is reported silent" camera_is alpha yard silent
neighbours_go_on yard || fail "a camera that dies disturbs its neighbours"
camera yard 3
wait_for 15 "yard is recorded again" camera_is alpha yard recording
sleep 3

say "alpha is killed: omega takes over (R1, R2)"
before=$(date -u +%Y-%m-%dT%H:%M:%SZ)
kill -KILL "$node_alpha"
wait_for 20 "omega carries alpha" failover_is omega alpha-to-omega carrying
for name in lobby gate yard; do wait_for 10 "omega records $name" camera_is omega "$name" recording; done
sleep 3

say "omega is killed while it carries, and resumes (R21)"
kill -KILL "$node_omega"
sleep 1
node omega
wait_for 5 "omega carries alpha again" failover_is omega alpha-to-omega carrying
for name in lobby gate yard; do wait_for 10 "omega records $name" camera_is omega "$name" recording; done
understudy journal show --state "$WORK/state-omega" | grep -q 'carrying -> carrying on boot (R21)' || fail "R21 is not in the journal"
sleep 3

say "alpha is back: the hand-back (R5, R27)"
node alpha
wait_for 20 "the return to alpha" failover_is omega alpha-to-omega watching
wait_for 20 "alpha records its cameras" recording alpha
understudy why lobby --state "$WORK/state-omega" | grep -q 'R2' || fail "why does not tell of lobby"
understudy why lobby --state "$WORK/state-omega" --at "$before" | grep -q 'R2' && fail "why tells what was not decided by then"
understudy why lobby --state "$WORK/state-omega" --at noon && fail "noon is no time"

# Disks are of one machine here: omega sees an empty one in the place of alpha's.
node_without_disk_a() {
    unshare $([ "$(id -u)" = 0 ] || echo -r) -m sh -c 'mount -t tmpfs none "$1/disk-a" && exec understudy node "$1/deployment" --server omega --state "$1/state-omega" --keys "$1/keys"' \
        sh "$WORK" >>"$WORK/node-omega.log" 2>&1 &
    node_omega=$!
    SITE_PIDS="$SITE_PIDS $!"
}
fill_is() { [ "$(status omega '.failovers[0].fill.state')" = "$1" ]; }
segments() { find "$WORK/$1/alpha" -path '*-omega/*ms.*' -printf '%P\n' | sort; }
all_is_there() {
    wait_for 30 "what omega recorded is in alpha's archive" fill_is done
    segments disk-o >"$WORK/recorded" && [ -s "$WORK/recorded" ] || fail "omega has recorded nothing"
    segments disk-a | cmp - "$WORK/recorded" || fail "not all of it is there"
    [ -z "$(find "$WORK/disk-a" -name '.fill-*')" ] || fail "half a copy is left"
}
say "omega dies before what it recorded is in alpha's archive; alpha takes it over the link when omega is back, for omega does not reach that disk (R34)"
wait_for 30 "what omega recorded is copied, so that nothing goes on copying it when omega is dead" fill_is done
kill -KILL "$node_omega"
find "$WORK/disk-a/alpha" -name '*-omega' -exec rm -r {} +
find "$WORK/disk-o/alpha" -name '.filled-into' -delete
node_without_disk_a
all_is_there
wait_for 5 "alpha says that it took it" grep -q 'that omega recorded of this server.s cameras were copied to its archive (R34)' "$WORK/node-alpha.log"
understudy archive verify "$WORK/disk-a" "$WORK/disk-o" || fail "what came over the link is not whole"

say "omega dies, and copies it by itself when it is back, for now it reaches that disk"
kill -KILL "$node_omega"
find "$WORK/disk-a/alpha" -name '*-omega' -exec rm -r {} +
find "$WORK/disk-o/alpha" -name '.filled-into' -delete
node omega
all_is_there
sleep 3
site_end

understudy archive verify "$WORK/disk-a" "$WORK/disk-o" || fail "the archive is not whole"
prove lobby 1
prove gate 2
prove yard 3
# The main's death and the standby's: two gaps; gate and yard have one of their own before. Any other would be the hand-back's.
[ "$(wc -l <"$WORK/holes-lobby")" = 2 ] || fail "lobby has other gaps than those of the two deaths"
[ "$(wc -l <"$WORK/holes-gate")" = 3 ] || fail "gate has other gaps than those of the two deaths and its stall"
[ "$(wc -l <"$WORK/holes-yard")" = 3 ] || fail "yard has other gaps than those of the two deaths and its own"
# The archive tells why, from both journals: the main's death.
for server in alpha omega; do understudy journal show --state "$WORK/state-$server" --json; done >"$WORK/journals"
understudy archive gaps "$WORK"/disk-* --camera lobby --json --journal "$WORK/journals" |
    jq -e '.cameras[0].gaps[0].causes | any(.rule == "R1" and .server == "omega")' >/dev/null || fail "the first gap of lobby is not explained"
say "PASS: $0"
