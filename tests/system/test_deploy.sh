#!/bin/sh
# A new deployment in the field (R41): handed on by one node to all, it starts the camera that was added, stops the one that was
# removed, and no frame of the others is missing; what does not belong is refused, and the one before comes back with one command.
# With LONG=1 (`make deploy-long`): while a main is carried it stays carried, a node that is killed goes on under what it had, and
# servers of two deployments fail over what both know.
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-test-deploy
. tests/system/site.sh
. tests/system/measure.sh

site_begin
pair
hash_of() { understudy plan "$1" "$1" --json | jq -r .new.hash | cut -c 1-12; }
runs() { [ "$(status "$1" .deployment)" = "$2" ]; }
knows() { status "$1" '.cameras[].name' | grep -qx "$2"; }

# yard gives way to dock, which looks through its camera; a server that is declared first gives everything another number.
{
    echo 'server "first" { address = "127.0.0.1:7409", archive = { "disk-o" } }'
    echo 'camera "first" { server = "first", url = "rtsp://127.0.0.1:8609/stream1" }'
    sed 's/^camera "yard"/camera "dock"/' "$WORK/topology.lua"
    echo 'site { time_zone = "Asia/Tokyo" }'
} >"$WORK/next.lua"
understudy compile "$WORK/next.lua" -o "$WORK/next" >/dev/null 2>&1
old=$(status omega .deployment)

say "what does not belong to the site is refused, and nothing changes"
sed -e 's/"omega"/"sigma"/g' "$WORK/topology.lua" >"$WORK/other.lua"
understudy compile "$WORK/other.lua" -o "$WORK/other" >/dev/null 2>&1
if understudy deploy "$WORK/other" --state "$WORK/state-omega" --servers omega --yes >"$WORK/refused" 2>&1; then fail "a deployment without omega is taken"; fi
grep -q 'has no server "omega"' "$WORK/refused" || fail "nobody says why: $(cat "$WORK/refused")"
if understudy deploy "$WORK/next" --state "$WORK/state-omega" </dev/null >"$WORK/refused" 2>&1; then fail "nobody was asked"; fi
runs omega "$old" || fail "omega runs what was refused"

say "a new deployment is handed on (R41)"
sleep 2
understudy deploy "$WORK/next" --state "$WORK/state-omega" --servers alpha,omega --yes >"$WORK/said" || fail "$(cat "$WORK/said")"
understudy deploy "$WORK/next" --state "$WORK/state-omega" --servers alpha,omega --json </dev/null >"$WORK/again" || fail "what runs already is asked about: $(cat "$WORK/again")"
jq -e '.servers | length >= 2' "$WORK/again" >/dev/null || fail "not in JSON: $(cat "$WORK/again")"
cat "$WORK/said"
grep -q dock "$WORK/said" || fail "the plan is not shown"
new=$(status omega .deployment)
[ "$new" != "$old" ] || fail "omega still runs the old one"
runs alpha "$new" || fail "alpha still runs the old one"
wait_for 15 "dock is recorded" camera_is alpha dock recording
knows alpha yard && fail "alpha still knows yard"
[ ! -e /usr/share/zoneinfo/Asia/Tokyo ] || grep -q '+09:00 .*goes on under deployment' "$WORK/node-alpha.log" || fail "the log does not tell times in the new zone of the site"
sleep 2

if [ "${LONG:-0}" = 0 ]; then
    say "and the one before again, by one command"
    understudy deploy --roll-back --state "$WORK/state-alpha" --servers alpha,omega --yes >"$WORK/said" || fail "$(cat "$WORK/said")"
    runs alpha "$old" && runs omega "$old" || fail "the one before is not back"
    wait_for 15 "yard is recorded again" camera_is alpha yard recording
    sleep 1
    understudy journal replay --state "$WORK/state-alpha" || fail "the journal of alpha"
    site_end
    prove lobby 1
    prove gate 2
    [ ! -s "$WORK/holes-lobby" ] && [ ! -s "$WORK/holes-gate" ] || fail "frames are missing of a camera that is the same in both"
    say "PASS: $0"
    exit 0
fi

say "alpha is killed and carried; meanwhile omega alone goes back to the one before"
kill -KILL "$node_alpha"
wait_for 20 "omega carries alpha" failover_is omega alpha-to-omega carrying
for name in lobby gate dock; do wait_for 10 "omega records $name" camera_is omega "$name" recording; done
epoch=$(status omega '.failovers[0].epoch')
sleep 2
understudy deploy --roll-back --state "$WORK/state-omega" --servers omega --yes >"$WORK/said" || fail "$(cat "$WORK/said")"
runs omega "$old" || fail "omega has not gone back"
failover_is omega alpha-to-omega carrying || fail "what was carried is not any more"
[ "$(status omega '.failovers[0].epoch')" = "$epoch" ] || fail "the epoch is another one"
wait_for 15 "omega records yard" camera_is omega yard recording
sleep 2

say "omega is killed in between, and resumes under the deployment that was handed on (R21)"
kill -KILL "$node_omega"
sleep 1
node omega
wait_for 10 "omega carries alpha again" failover_is omega alpha-to-omega carrying
runs omega "$old" || fail "omega has forgotten its deployment"

say "alpha is back under the other one: each says so, and what both know goes back"
node alpha
wait_for 20 "lobby is recorded by alpha" camera_is alpha lobby recording
wait_for 20 "gate is given back" camera_is omega gate idle
understudy status --state "$WORK/state-omega" | grep -q 'alpha runs another deployment' || fail "the status of omega does not tell"
understudy status --state "$WORK/state-alpha" | grep -q 'omega runs another deployment' || fail "the status of alpha does not tell"
sleep 2

say "the new one for all: the site is at rest again"
understudy deploy "$WORK/next" --state "$WORK/state-alpha" --servers alpha,omega --yes >"$WORK/said" || fail "$(cat "$WORK/said")"
wait_for 20 "the return" failover_is omega alpha-to-omega watching
wait_for 20 "alpha records its cameras" recording alpha
runs omega "$new" || fail "omega has not got it"
for server in alpha omega; do
    understudy journal replay --state "$WORK/state-$server" || fail "the journal of $server"
    understudy journal verify --state "$WORK/state-$server" || fail "the journal of $server"
done
sleep 2
site_end

understudy archive verify "$WORK/disk-a" "$WORK/disk-o" || fail "the archive is not whole"
prove lobby 1
prove gate 2
for name in lobby gate; do
    [ "$(wc -l <"$WORK/holes-$name")" -le 2 ] || fail "$name has other gaps than those of the two kills"
done
say "PASS: $0"
