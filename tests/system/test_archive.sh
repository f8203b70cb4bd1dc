#!/bin/sh
# The reading side of the archive, on footage that a failover left: the index is made anew from the volume alone; an export is
# exact to the keyframe and the frame (R33); its sidecar and signature show every change; what the standby recorded is copied to
# the main's volume, once, and never half (R34); an incident is locked on every volume.
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-test-archive
. tests/system/site.sh
. tests/system/footage.sh

site_begin
day=2026-11-23T20

# expect CODE WORDS...: the exit code of a command whose output is kept.
expect() {
    wanted=$1 found=0
    shift
    "$@" >"$WORK/out" 2>&1 || found=$?
    [ "$found" = "$wanted" ] || { cat "$WORK/out"; fail "exit code $found, not $wanted: $*"; }
}
# frames FILE: first frame, last frame, how many.
frames() { "$SITE_TESTS/frames" --list "$1" | awk '/ frame [0-9]+$/ { if (!n++) first = $NF; last = $NF } END { print first, last, n }'; }

say "an archive without an index: it is read all the same, and the index is made anew"
footage
expect 1 understudy archive verify "$WORK/disk-a" "$WORK/disk-o"
grep -q 'it is not in the index' "$WORK/out" || fail "nobody misses the index"
expect 1 understudy archive verify "$WORK/disk-a" "$WORK/disk-o" --repair
expect 0 understudy archive verify "$WORK/disk-a" "$WORK/disk-o"
expect 1 understudy archive gaps "$WORK/disk-a" "$WORK/disk-o" --camera lobby --fail
grep -q 'gap between alpha (epoch 1, volume disk-a) and omega (epoch 2, volume disk-o)' "$WORK/out" || fail "the gap is not stated"
grep -q '10.000 s  twice: by omega' "$WORK/out" || fail "what was recorded twice is not stated"

touch "$WORK/disk-a/alpha/lobby/1-alpha/20261123T200000.000Z_10000ms.ts"
expect 1 understudy archive verify "$WORK/disk-a"
grep -q 'lobby/1-alpha/20261123T200000.000Z_10000ms.ts: it does not belong here' "$WORK/out" || fail "what lies beside the days is not told"
rm "$WORK/disk-a/alpha/lobby/1-alpha/20261123T200000.000Z_10000ms.ts"

say "what a server received in a gap and could not keep is told with it"
line='1795464063000 1795464074000 275'
printf '%s %s\n' "$line" "$(printf %s "$line" | gzip | tail -c 8 | od -An -tx4 -N4 | tr -d ' ')" >"$WORK/disk-o/alpha/lobby/2-omega/2026-11-23/.losses"
expect 1 understudy archive gaps "$WORK/disk-a" "$WORK/disk-o" --fail
grep -A1 'gap between alpha' "$WORK/out" | grep -q '    omega received 275 pictures then, but no volume took them' || fail "the loss is not told: $(cat "$WORK/out")"
understudy archive gaps "$WORK/disk-a" "$WORK/disk-o" --json | jq -e '.cameras[0].gaps[0].lost == [{server: "omega", from_at: "2026-11-23T20:01:03.000Z", to_at: "2026-11-23T20:01:14.000Z", frames: 275}]' >/dev/null || fail "the loss is not in the JSON"

say "an export over main, gap, standby and main is exact (R33)"
expect 0 understudy archive key -o "$WORK/key"
[ "$(stat -c %a "$WORK/key")" = 600 ] || fail "others may read the key"
for kind in ts mkv mp4; do
    expect 0 understudy archive export "$WORK/disk-a" "$WORK/disk-o" --camera lobby --from $day:00:55.500Z --to $day:02:30Z -o "$WORK/incident.$kind" --sign "$WORK/key"
    expect 0 understudy archive export --check -o "$WORK/incident.$kind" --key "$WORK/key.pub"
done
# From the keyframe at 55 s on, 25 pictures a second, without the 15 s of the gap.
first=$(frames "$WORK/incident.mkv" | cut -d' ' -f1)
[ "$(frames "$WORK/incident.mkv")" = "$first $((first + 95 * 25 - 1)) $((80 * 25))" ] || fail "pictures are missing or double: $(frames "$WORK/incident.mkv")"
[ "$(frames "$WORK/incident.ts")" = "$(frames "$WORK/incident.mkv")" ] || fail "the containers differ"
[ "$(frames "$WORK/incident.mp4")" = "$(frames "$WORK/incident.mkv")" ] || fail "the containers differ"
jq -e '.export | (.pieces | map(.epoch) | unique) == [1, 2, 3] and (.gaps | length) == 1 and (.pieces[0].from_at == "2026-11-23T20:00:55.000Z")' \
    "$WORK/incident.mkv.json" >/dev/null || fail "the sidecar does not tell of the writers"
understudy archive play "$WORK/disk-a" "$WORK/disk-o" --camera lobby --from $day:00:55.500Z --to $day:02:30Z -o - >"$WORK/played.ts"
[ "$(frames "$WORK/played.ts")" = "$(frames "$WORK/incident.ts")" ] || fail "what is played is not what is exported"

say "a changed export shows"
cp "$WORK/incident.mkv.json" "$WORK/kept.json"
sed -i 's/"epoch": 2/"epoch": 1/' "$WORK/incident.mkv.json"
expect 1 understudy archive export --check -o "$WORK/incident.mkv"
cp "$WORK/kept.json" "$WORK/incident.mkv.json"
expect 0 understudy archive key -o "$WORK/other"
expect 1 understudy archive export --check -o "$WORK/incident.mkv" --key "$WORK/other.pub"
printf x | dd of="$WORK/incident.mkv" bs=1 seek=20000 conv=notrunc 2>/dev/null
expect 1 understudy archive export --check -o "$WORK/incident.mkv"
expect 3 understudy archive export "$WORK/disk-a" --camera lobby -o "$WORK/incident.mkv"
expect 1 understudy archive export "$WORK/disk-a" --camera nobody -o "$WORK/none.mkv"
[ ! -e "$WORK/none.mkv" ] || fail "an export of nothing leaves a file"

say "an incident is locked on every volume"
expect 0 understudy archive lock "$WORK/disk-a" "$WORK/disk-o" --camera lobby --from $day:00:50Z --to $day:02:00Z --reason "theft"
for disk in a o; do grep -qx theft "$WORK/disk-$disk/alpha/lobby/.locks/20261123T200050.000Z_20261123T200200.000Z.lock" || fail "no lock on disk-$disk"; done
expect 0 understudy archive verify "$WORK/disk-a" "$WORK/disk-o"
understudy archive list "$WORK/disk-a" "$WORK/disk-o" --json | jq -e '.cameras[0].locks | length == 1 and .[0].reason == "theft"' >/dev/null || fail "the lock is not listed once"
expect 1 understudy archive unlock "$WORK/disk-a" "$WORK/disk-o" --camera lobby --from $day:00:50Z --to $day:02:01Z

say "what omega recorded is filled into the main's volume (R34)"
expect 0 understudy archive fill "$WORK/disk-o" --into "$WORK/disk-a" --json
[ "$(jq .copied "$WORK/out")" = 7 ] || fail "not all was copied"
expect 0 understudy archive fill "$WORK/disk-o" --into "$WORK/disk-a" --json
[ "$(jq .copied "$WORK/out")" = 0 ] || fail "it was copied again"
expect 0 understudy archive verify "$WORK/disk-a"
understudy archive list "$WORK/disk-a" --json | jq '[.cameras[] | {recorded_ms, gap_ms, double_ms}]' >"$WORK/main-alone"
understudy archive list "$WORK/disk-a" "$WORK/disk-o" --json | jq '[.cameras[] | {recorded_ms, gap_ms, double_ms}]' >"$WORK/together"
cmp "$WORK/main-alone" "$WORK/together" || fail "copies are shown as something else than the originals"

expect 0 understudy archive unlock "$WORK/disk-a" "$WORK/disk-o" --camera lobby --from $day:00:50Z --to $day:02:00Z
[ -z "$(find "$WORK" -name '*.lock')" ] || fail "a lock is left"

say "a fill that is killed is resumed, and nothing half-copied is seen"
rm -r "$WORK/disk-a/alpha/lobby/2-omega"
understudy archive fill "$WORK/disk-o" --into "$WORK/disk-a" --rate 2 >/dev/null 2>&1 &
filling=$!
tries=0
until find "$WORK/disk-a" -name '.fill-*' | grep -q .; do
    tries=$((tries + 1)); [ $tries -lt 300 ] || fail "nothing is being copied"
    sleep 0.1
done
kill -KILL $filling
wait $filling 2>/dev/null || true
find "$WORK/disk-a" -name '.fill-*' | grep -q . || fail "it was not killed in the middle"
expect 0 understudy archive verify "$WORK/disk-a"
expect 0 understudy archive fill "$WORK/disk-o" --into "$WORK/disk-a"
expect 0 understudy archive verify "$WORK/disk-a"
[ -z "$(find "$WORK/disk-a" -name '.fill-*')" ] || fail "half a copy is left"
understudy archive list "$WORK/disk-a" --json | jq '[.cameras[] | {recorded_ms, gap_ms, double_ms}]' | cmp - "$WORK/together" || fail "not all is there"
printf x | dd of="$(find "$WORK/disk-o" -name '*T200125*ms.*')" bs=1 seek=20000 conv=notrunc 2>/dev/null
rm "$(find "$WORK/disk-a" -name '*T200125*ms.*')" "$WORK/disk-a/alpha/lobby/2-omega/2026-11-23/index"
expect 3 understudy archive fill "$WORK/disk-o" --into "$WORK/disk-a"
grep -q 'its content is not what the index states' "$WORK/out" || fail "damaged footage is copied"

say "what no browser plays is refused with a reason, and its pictures are shown one by one"
mkdir -p "$WORK/disk-m/alpha/dome/1-alpha/2026-11-23"
understudy volume init "$WORK/disk-m" --name disk-m >/dev/null
ffmpeg -v error -f lavfi -i testsrc2=s=320x180:r=5 -t 2 -c:v mjpeg "$WORK/disk-m/alpha/dome/1-alpha/2026-11-23/20261123T200000.000Z_2000ms.mkv"
understudy archive serve "$WORK/disk-m" --port 0 >"$WORK/address" 2>/dev/null &
SITE_PIDS="$SITE_PIDS $!"
wait_for 5 "an address" test -s "$WORK/address"
at=$(date -u -d 2026-11-23T20:00:00Z +%s)000
[ "$(curl -s -o "$WORK/out" -w '%{http_code}' "$(cat "$WORK/address")media.ts?main=alpha&camera=dome&from=$at&to=$((at + 2000))")" = 415 ] || fail "MJPEG is played"
grep -q 'archive export' "$WORK/out" || fail "nobody says what to do with MJPEG"
[ "$(curl -s -o "$WORK/out" -w '%{http_code} %{content_type}' "$(cat "$WORK/address")picture.jpg?main=alpha&camera=dome&at=$((at + 500))")" = "200 image/jpeg" ] || fail "there is no picture of MJPEG"
say "a volume that hangs keeps nobody from the footage on the others"
mkdir "$WORK/faults"
ln -s "$WORK/disk-o" "$WORK/volume-o"
FAULTS="$WORK/faults" LD_PRELOAD="$SITE_TESTS/fault.so" understudy archive serve "$WORK/disk-m" "$WORK/volume-o" --port 0 >"$WORK/address-2" 2>/dev/null &
SITE_PIDS="$SITE_PIDS $!"
wait_for 5 "an address" test -s "$WORK/address-2"
address=$(cat "$WORK/address-2")
answers() { curl -s -m 20 "${address}volumes.json" | jq -c 'map(.answers)'; }
cameras() { curl -s -m 20 "${address}cameras.json" | jq -c 'map(.name) | sort'; }
[ "$(cameras) $(answers)" = '["dome","lobby"] [true,true]' ] || fail "not both are seen: $(cameras) $(answers)"
echo hangs >"$WORK/faults/volume-o"
expect 3 env FAULTS="$WORK/faults" LD_PRELOAD="$SITE_TESTS/fault.so" understudy archive list "$WORK/disk-m" "$WORK/volume-o" &
listing=$!
[ "$(cameras) $(answers)" = '["dome"] [true,false]' ] || fail "one that hangs is not left out: $(cameras) $(answers)"
wait $listing || fail "a list of a volume that hangs does not end as one that failed"
grep -q "volume-o does not answer" "$WORK/out" || fail "nobody says which volume hangs"
rm "$WORK/faults/volume-o"
all_answer() { [ "$(answers)" = '[true,true]' ]; }
wait_for 5 "the volume again" all_answer
[ "$(cameras)" = '["dome","lobby"]' ] || fail "what hung is not seen again"
say "PASS: $0"
