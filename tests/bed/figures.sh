#!/bin/sh
# How long until a dead main is noticed, and until its standby records: so many power failures on the bed, beside the dry run's model,
# and beside keepalived at its defaults, which runs on the same two hosts and loses its power with them. Run by bed.sh --figures N.
set -eu
. tests/system/site.sh
. tests/bed/host.sh
. tests/bed/site.sh
OUTAGES=$1
mkdir -p "$WORK/run"

# The pair, or SITE, without a wait, so that only detection is left before the take-over begins, and the claim where one is asked for.
sed 's/expect_reconnection = "[^"]*"/expect_reconnection = "0 s"/' "${SITE:-tests/bed/sites/pair.lua}" >"$WORK/topology.lua"
understudy compile "$WORK/topology.lua" -o "$WORK/deployment" >/dev/null
understudy keys "$WORK/deployment" -o "$WORK/keys" >/dev/null
site_read "$WORK/topology.lua"

# peer_on HOST PRIORITY: keepalived; whoever is its master has this address.
PEER_ADDRESS=10.77.2.1
peer_on() {
    cat >"$WORK/keepalived-$1.conf" <<END
vrrp_instance site {
    interface eth0
    virtual_router_id 51
    priority $2
    virtual_ipaddress { $PEER_ADDRESS/16 }
}
END
    start_on "$1" "$1.peer" "keepalived-$1.log" keepalived --dont-fork --vrrp --log-console --use-file "$WORK/keepalived-$1.conf" \
        --pid "$WORK/run/$1.keepalived" --vrrp_pid "$WORK/run/$1.vrrp"
}
has_address() { on_host "$1" ip -o address show dev eth0 | grep -q "$PEER_ADDRESS/"; }
lacks_address() { ! has_address "$1"; }

site_open
start_on omega omega.monitor addresses ip -ts monitor address
peer_on alpha 200
peer_on omega 100
wait_for 40 "the site is at rest" at_rest
wait_for 20 "keepalived is at rest" has_address alpha

: >"$WORK/failures"
for outage in $(seq "$OUTAGES"); do
    # Anywhere between two signs of life.
    sleep "$(awk -v seed="$outage" 'BEGIN { srand(seed); printf "%.3f", 1 + rand() }')"
    now_ms >>"$WORK/failures"
    power_off alpha
    wait_for 30 "omega carries alpha" failover_is omega alpha-to-omega carrying
    wait_for 30 "keepalived has failed over" has_address omega
    power_on alpha
    peer_on alpha 200
    wait_for 30 "the return to alpha" at_rest
    wait_for 30 "keepalived has failed back" lacks_address omega
    [ $((outage % 10)) != 0 ] || say "$outage of $OUTAGES power failures"
done
understudy journal show --state "$WORK/state-omega" --json >"$WORK/journal.json"

# after WHAT <MOMENTS_MS: for each failure the time until the first of the moments after it: median and worst.
after() {
    sort -n | awk -v what="$1" 'NR == FNR { failure[NR] = $1; count = NR; next }
        { while (at < count && failure[at + 1] < $1) { at++; if (!(at in found)) { found[at] = $1 - failure[at] } } }
        END { for (i = 1; i <= count; i++) print found[i] }' "$WORK/failures" - | sort -n |
        awk -v what="$1" '{ ms[NR] = $1 } END { printf "  %-60s median %5d ms, worst %5d ms\n", what, ms[int((NR + 1) / 2)], ms[NR] }'
}
moments() {
    jq -r --arg from "$1" --arg to "$2" '.entries[] | .at as $at | .transitions[] | select(.machine == "failover alpha-to-omega" and .from == $from and .to == $to)
        | ($at[0:19] + "Z" | fromdate) * 1000 + ($at[20:23] | tonumber)' "$WORK/journal.json"
}
# model FROM TO: the same in the dry run.
echo 'outage "power" { at "0 s" { fail "alpha" }, lasts = "20 s" }' >"$WORK/outage.lua"
understudy simulate "$WORK/topology.lua" "$WORK/outage.lua" --json >"$WORK/model.json" || true
model() { jq --arg from "$1" --arg to "$2" '[.[0].events[] | select(.from == $from and .to == $to) | .at_ms] | min' "$WORK/model.json"; }

echo "$OUTAGES power failures of a main (heartbeat 500 ms, 4 misses, no wait):"
moments watching suspect | after "noticed by its standby; the dry run says $(model watching suspect) ms"
moments taking_over carrying | after "recorded by its standby; the dry run says $(model taking_over carrying) ms"
sed -n "s/^\[\([^]]*\)\] *[0-9]*: eth0 *inet $PEER_ADDRESS.*/\1/p" "$WORK/addresses" |
    while read -r at; do date -u -d "$at" +%s%3N; done | after "keepalived 1 s advertisements: its address has moved"
site_close
