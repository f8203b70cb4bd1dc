#!/bin/sh
# Hot cameras: the standby holds them in memory all the time, so that a main may be killed without a frame missing, neither then nor
# at the hand-back (R27); afterwards they are held again, and a second death costs nothing either. A volume that nobody records on is
# looked after as well: its loss is told within seconds (R32, R35).
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-test-hot
. tests/system/site.sh
. tests/system/measure.sh

site_begin
pair 's/arm = "[a-z]*"/arm = "hot"/'

told() { grep -q "$2" "$WORK/node-$1.log"; }

say "disk-o, on which nothing is recorded yet, loses its marker"
mv "$WORK/disk-o/.understudy-volume" "$WORK/marker"
wait_for 15 "the loss of disk-o is told" told omega 'volume disk-o: .*not mounted'
mv "$WORK/marker" "$WORK/disk-o/.understudy-volume"
wait_for 15 "its return is told" told omega 'volume disk-o is well again'

for death in first second; do
    sleep 8 # memory fills
    say "alpha is killed, for the $death time: omega takes over from memory (R1, R2)"
    kill -KILL "$node_alpha"
    wait_for 20 "omega carries alpha" failover_is omega alpha-to-omega carrying
    for name in lobby gate yard; do wait_for 10 "omega records $name" camera_is omega "$name" recording; done
    sleep 2
    say "alpha is back (R27)"
    node alpha
    wait_for 20 "the return to alpha" failover_is omega alpha-to-omega watching
    wait_for 20 "alpha records its cameras" recording alpha
done
sleep 2
site_end

understudy archive verify "$WORK/disk-a" "$WORK/disk-o" || fail "the archive is not whole"
for name in lobby:1 gate:2 yard:3; do
    prove "${name%:*}" "${name#*:}"
    [ ! -s "$WORK/holes-${name%:*}" ] || fail "frames of a hot camera are missing"
done
say "PASS: $0"
