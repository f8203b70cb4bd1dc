#!/bin/sh
# Writes an outage file of random faults, each repaired again: random.sh TOPOLOGY SEED >OUTAGE.lua. The same seed gives the same file.
#
# An outage whose story turns on what comes first by less than a detection time has no one prediction, so it is passed over: each
# candidate is dry-run with its acts moved to and fro as well, and is taken only if every machine makes the same moves every time.
set -eu
cd "$(dirname "$0")/../.."
: "${UNDERSTUDY_BIN:=build/bin}"
PATH=$(cd "$UNDERSTUDY_BIN" && pwd):$PATH
topology=$1 seed=$2
WORK=$(mktemp -d "${TMPDIR:-/tmp}/understudy-random-XXXXXX")
trap 'rm -rf "$WORK"' EXIT
. tests/bed/site.sh
site_read "$topology"
site_number=$(cksum <"$WORK/site" | cut -c1-6)000 # another outage for each site

# candidate NUMBER: "AT_MS ACT SUBJECT", a line each: two to four faults, of 4 to 16 s each; and "at AT_S ACT", what the dry run does not
# know of: a process of a server that is killed, or the member that leads the coordinator, which is to make no difference.
candidate() {
    awk -v seed="$((site_number + seed * 1000 + $1))" '
        function pick(list, count) { return list[1 + int(rand() * count)] }
        function fault(act, repair, what, from, to) {
            from = 2000 + 500 * int(rand() * 24); to = from + 4000 + 500 * int(rand() * 24)
            print from, act, what; print to, repair, what
        }
        function jump(server, minutes, from) {
            from = 2000 + 500 * int(rand() * 24)
            print from, "jump", server, minutes "_min"; print from + 6000, "jump", server, "-" minutes "_min"
        }
        function aside(act, repair, from) { from = 2 + int(rand() * 12); print "at", from, act; print "at", from + 8, repair }
        $1 == "server" { servers[++server_count] = $2 }
        $1 == "camera" { cameras[++camera_count] = $2 }
        $1 == "server" { count = split($4, of, ","); for (i = 1; i <= count; i++) listed[++listed_count] = $2 " " of[i] }
        $1 == "volume" { volumes[++volume_count] = $2; nas[$2] = $4 == "nas" }
        $1 == "member" && !coordinators++ { volumes[++volume_count] = "coordinator" }
        $1 == "failover" { paths[++path_count] = $3 " " $4; failovers[path_count] = $2 }
        END {
            srand(seed)
            for (i = 1; i <= listed_count; i++) { split(listed[i], of, " "); if (nas[of[2]]) reaches[++reach_count] = listed[i] }
            for (i = 1; coordinators && i <= server_count; i++) reaches[++reach_count] = servers[i] " coordinator"
            part_count = split("worker lookout" (coordinators ? " coordinator" : ""), parts, " ")
            for (n = 2 + int(rand() * 3); n > 0; n--) {
                kind = int(rand() * 14)
                if (kind <= 1) fault("fail", "restore", pick(servers, server_count))
                else if (kind == 2) fault("log_off", "log_on", pick(servers, server_count))
                else if (kind == 3) fault("cut", "heal", pick(paths, path_count))
                else if (kind == 4) fault("isolate", "rejoin", pick(servers, server_count))
                else if (kind == 5) fault("pause", "wake", pick(servers, server_count))
                else if (kind == 6) fault("lose", "regain", pick(volumes, volume_count))
                else if (kind == 7) fault("fill", "empty", pick(volumes, volume_count))
                else if (kind == 8) fault("force_start", "force_stop", pick(failovers, path_count))
                else if (kind == 9) fault("disable", "enable", pick(failovers, path_count))
                else if (kind == 10) fault("stall", "resume", pick(cameras, camera_count))
                else if (kind == 11 && reach_count) fault("cut", "heal", pick(reaches, reach_count))
                else if (kind == 12) jump(pick(servers, server_count), 1 + int(rand() * 90))
                else if (kind == 13 && coordinators) aside("kill_leader", "revive")
                else print "at", 2 + int(rand() * 16), "kill_part " pick(servers, server_count) " " pick(parts, part_count)
            }
        }' "$WORK/site" | sort -n
}

# outage_of SHIFT_SEED <ACTS: the outage; with a seed other than 0 every act is moved by up to 1.2 s, or by 2.5 s where a NAS hangs, which
# is noticed that much later than in the dry run.
outage_of() {
    spread=2400
    ! grep -Eq "isolate|cut [^ ]+ ($(site_of volume 2 | paste -sd '|'))\$" "$WORK/acts" || spread=5000
    awk -v shift_seed="$1" -v seed="$seed" -v spread="$spread" '
        BEGIN { srand(shift_seed); printf "outage \"random, seed %d\" {\n", seed }
        $1 == "at" { next }
        { at = $1 + (shift_seed == 0 ? 0 : int(rand() * spread) - spread / 2); if (at < 0) at = 0
          other = $4
          if ($2 == "jump") sub(/_/, " ", other)
          what = other != "" ? "(\"" $3 "\", \"" other "\")" : " \"" $3 "\""
          printf "  at \"%d ms\" { %s%s },\n", at, $2, what
          if ($1 > last) last = $1 }
        END { printf "  lasts = \"%d s\",\n}\n", last / 1000 + 10 }'
}

# How many different stories the outages of a file make: the moves of every machine, but for their times. 0: it is no valid file,
# for acts on one thing do not fit together.
stories() {
    understudy simulate "$WORK/deployment" "$1" --json 2>/dev/null >"$WORK/runs.json" || [ -s "$WORK/runs.json" ] || { echo 0 && return; }
    jq '[.[].events | map(select(.machine | test("^(failover|main) "))) | group_by([.server, .machine])
         | map(map({server, machine, from, to, rule}))] | unique | length' "$WORK/runs.json"
}

understudy compile "$topology" -o "$WORK/deployment" >/dev/null
number=0
while number=$((number + 1)) && [ $number -le 200 ]; do
    candidate $number >"$WORK/acts"
    for shift_seed in 0 1 2 3 4 5 6 7 8; do outage_of $shift_seed <"$WORK/acts"; done >"$WORK/variants.lua"
    [ "$(stories "$WORK/variants.lua")" = 1 ] || continue
    echo "-- bed: site $(basename "$topology" .lua)"
    # As in outages/pair-isolate.lua and outages/pair-disk-gone.lua.
    ! grep -q isolate "$WORK/acts" || echo '-- bed: tolerance 8 s'
    # What waits in memory for a disk, and what a server that wakes up finds in its sockets, the dry run does not know.
    ! grep -Eq 'lose|fill|pause' "$WORK/acts" || echo '-- bed: at most'
    # Nor what those sockets hold of a peer, and which comes back first to a host whose cable is put in again: its cameras or its peers.
    ! grep -Eq 'pause|isolate' "$WORK/acts" || echo '-- bed: by chance'
    sed -n 's/^at \([0-9]*\) /-- bed: at \1 s /p' "$WORK/acts"
    outage_of 0 <"$WORK/acts"
    exit 0
done
echo "no outage of seed $seed has one story only" >&2
exit 1
