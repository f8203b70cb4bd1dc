#!/bin/sh
# A standby's recorder through one take-over after another, for MINUTES (30): neither its memory nor its descriptors grow, no picture
# of the camera held in memory is missing (R2, R27), every gap of the others is stated. Cameras come and go meanwhile. A quarter more of
# memory is what many threads may leave unused between them; one picture that is never freed in each take-over would be more. By hand:
# `make standby-soak`.
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-standby-soak
. tests/system/site.sh
. tests/system/measure.sh

# Of omega's node and each process that it has started, one a line: round, memory of its own in KiB, descriptors, name.
holdings() {
    for pid in $node_omega $(pgrep -P "$node_omega"); do
        name=$(cat "/proc/$pid/cmdline" 2>/dev/null | tr '\0' ' ' | cut -d ' ' -f 1,2)
        memory=$(awk '/^Pss_Anon:/ { print $2 }' "/proc/$pid/smaps_rollup" 2>/dev/null) || continue # it has just ended
        printf '%d %d %d %s\n' $round "$memory" "$(find "/proc/$pid/fd" -mindepth 1 2>/dev/null | wc -l)" "$name"
    done
}

# held KIND: the least that all of a kind held together at the end of a round, of the second sixth of the rounds and of the last.
held() {
    awk -v kind="$1" -v rounds="$round" '
        $5 == kind { memory[$1] += $2; descriptors[$1] += $3 }
        function least(of, first, last,    low, i) {
            for (i = first; i <= last; i++) if (i in of && (low == "" || of[i] < low)) low = of[i]
            return low
        }
        END {
            for (i = 1; i <= 6; i++) from[i] = int(rounds * (i - 1) / 6) + 1
            print least(memory, from[2], from[3] - 1), least(memory, from[6], rounds), least(descriptors, from[2], from[3] - 1), least(descriptors, from[6], rounds)
        }' "$WORK/held"
}

recorded_by_omega() { for name in lobby gate yard; do camera_is omega $name recording || return 1; done; }

site_begin
pair '/"lobby"/s/arm = "[a-z]*"/arm = "hot"/'
until_ms=$(($(now_ms) + ${MINUTES:-30} * 60000)) round=0
while [ "$(now_ms)" -lt "$until_ms" ]; do
    round=$((round + 1))
    sleep 6 # memory fills
    [ $((round % 3)) != 0 ] || { kill -KILL "$camera_gate" && sleep 3 && camera gate 2; }
    wait_for 30 "alpha records its cameras" recording alpha
    kill -KILL "$node_alpha"
    wait_for 20 "omega carries alpha" failover_is omega alpha-to-omega carrying
    wait_for 20 "omega records all" recorded_by_omega
    [ $((round % 4)) != 0 ] || { kill -KILL "$camera_yard" && sleep 3 && camera yard 3 && wait_for 30 "omega records yard again" camera_is omega yard recording; }
    sleep 4
    node alpha
    wait_for 20 "the return to alpha" failover_is omega alpha-to-omega watching
    wait_for 20 "alpha records its cameras" recording alpha
    holdings >>"$WORK/held"
    SITE_PIDS="$node_alpha $node_omega $camera_lobby $camera_gate $camera_yard"
    [ $((round % 10)) != 0 ] || say "$round take-overs"
done
sleep 2
site_end

[ "$round" -ge 12 ] || fail "only $round rounds: too few to tell growth"
for kind in node worker lookout; do
    held $kind >"$WORK/least"
    read -r memory memory_at_end descriptors descriptors_at_end <"$WORK/least"
    say "omega's $kind at rest: $memory KiB early on and $memory_at_end KiB at the end, $descriptors and $descriptors_at_end descriptors"
    [ $((memory_at_end * 100)) -le $((memory * 125)) ] || fail "the memory of the $kind grows"
    [ "$descriptors_at_end" -le "$descriptors" ] || fail "the $kind does not close what it opens"
done
understudy archive verify "$WORK/disk-a" "$WORK/disk-o" || fail "the archive is not whole"
for name in lobby:1 gate:2 yard:3; do prove "${name%:*}" "${name#*:}" >"$WORK/proved-${name%:*}"; done
[ ! -s "$WORK/holes-lobby" ] || fail "frames of the hot camera are missing"
say "PASS: $round take-overs, $(wc -l <"$WORK/gaps-gate") and $(wc -l <"$WORK/gaps-yard") gaps of the others, each as it is stated"
