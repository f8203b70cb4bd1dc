#!/bin/sh
# A main that is alive and does not record: its volume is gone. It says so itself, and its standby, which is told that this is a
# reason, records as well until the volume is back (R36).
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-test-trouble
. tests/system/site.sh

site_begin
volume disk-a
volume disk-o
cat >"$WORK/topology.lua" <<END
site { lease = "3 s" }
volume "disk-a" { path = "$WORK/disk-a", size = "2 GiB", reserve = "100 MiB" }
volume "disk-o" { path = "$WORK/disk-o", size = "2 GiB", reserve = "100 MiB" }
server "alpha" { address = "127.0.0.1:7400", archive = { "disk-a" } }
server "omega" { address = "127.0.0.1:7401", archive = { "disk-o" } }
camera "lobby" { server = "alpha", url = "rtsp://127.0.0.1:8601/stream1" }
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "2 s", also_on = { "storage", "recording" } }
END
understudy compile "$WORK/topology.lua" -o "$WORK/deployment" >/dev/null
understudy keys "$WORK/deployment" -o "$WORK/keys" >/dev/null
camera lobby 1
node alpha
node omega
wait_for 20 "alpha records" recording alpha
wait_for 20 "omega watches alpha" failover_is omega alpha-to-omega watching

say "the volume of alpha is gone, alpha is not"
mv "$WORK/disk-a" "$WORK/disk-a-away"
wait_for 30 "omega records as well" failover_is omega alpha-to-omega replacing
on_disk() { [ "$(status omega '.cameras[] | select(.name == "lobby") | .state')" = recording ]; }
wait_for 20 "the camera is on disk at omega" on_disk
understudy journal show --state "$WORK/state-alpha" | grep -q 'no volume of this server takes recordings (R36)' || fail "alpha has not noticed that its volume is gone"
understudy why alpha-to-omega --state "$WORK/state-omega" | grep -q '(R36)' || fail "why does not tell the reason"
[ ! -e "$WORK/disk-a" ] || fail "something was written where the volume is not (R32)"

say "nothing reaches alpha's disk, and omega asks the camera itself"
silent() { understudy journal show --state "$WORK/state-omega" | grep -q 'lobby: the camera can be reached from here (R36)'; }
wait_for 40 "omega has asked the camera" silent

say "the volume is back"
mv "$WORK/disk-a-away" "$WORK/disk-a"
wait_for 40 "omega gives back" failover_is omega alpha-to-omega watching
wait_for 20 "alpha records" recording alpha
site_end
understudy archive verify "$WORK/disk-a" "$WORK/disk-o" >/dev/null || fail "the archive is not whole"
say "PASS: $0"
