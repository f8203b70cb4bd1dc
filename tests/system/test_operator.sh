#!/bin/sh
# What people do: an operator moves a living main's cameras to the standby and back without losing a frame (R17, R18, R27),
# disables the failover and enables it (R20); a main that is stopped in good order is not failed over (R13); every decision has its rule, and the operator's reason, in the
# journal (R42).
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-test-operator
. tests/system/site.sh
. tests/system/measure.sh

site_begin
pair
sleep 3

all_at_omega() { [ "$(status omega '[.cameras[] | select(.state == "recording")] | length')" = 3 ] && [ "$(status alpha '[.cameras[] | select(.state == "idle")] | length')" = 3 ]; }

say "an operator moves the objects of alpha to omega (R17)"
understudy force-start alpha-to-omega --state "$WORK/state-omega" --reason 'disk change in "alpha"'
wait_for 20 "the failover is forced" failover_is omega alpha-to-omega forced
wait_for 20 "omega records alone" all_at_omega
sleep 3

say "and back (R18)"
understudy force-stop alpha-to-omega --state "$WORK/state-omega" --reason 'the disk is changed'
wait_for 20 "the return" failover_is omega alpha-to-omega watching
wait_for 20 "alpha records again" recording alpha
sleep 2
understudy journal show --state "$WORK/state-omega" >"$WORK/journal"
grep -q 'force_start (R17)' "$WORK/journal" || fail "R17 is not in the journal"
grep -q 'force_stop (R18)' "$WORK/journal" || fail "R18 is not in the journal"
understudy journal show --state "$WORK/state-omega" --json | jq -e 'any(.entries[]; .reason == "disk change in \"alpha\"")' >/dev/null || fail "the operator's reason is lost"

say "an operator disables the failover and enables it again (R20)"
understudy disable alpha-to-omega --state "$WORK/state-omega" --reason 'alpha is rebuilt'
failover_is omega alpha-to-omega disabled || fail "the failover is not disabled"
understudy status --state "$WORK/state-omega" | grep -q 'ATTENTION.*alpha-to-omega is disabled' || fail "the status does not tell that it is disabled"
understudy why alpha-to-omega --state "$WORK/state-omega" | grep 'disable (R20)' | grep -q 'alpha is rebuilt' || fail "why does not tell who disabled it"
understudy enable alpha-to-omega --state "$WORK/state-omega"
wait_for 10 "omega watches alpha again" failover_is omega alpha-to-omega watching
epoch=$(status omega '.failovers[0].epoch')

say "omega stands still for longer than detection and wait, and judges nobody by what it missed (R29)"
kill -STOP "$node_omega"
sleep 9
kill -CONT "$node_omega"
wait_for 10 "omega hears alpha again" failover_is omega alpha-to-omega watching
sleep 3
understudy journal show --state "$WORK/state-omega" | grep -q 'stood still.*(R29)' || fail "the standstill is not in the journal"
[ "$(status omega '.failovers[0].epoch')" = "$epoch" ] || fail "omega has taken alpha over for a standstill of its own"

say "alpha is stopped in good order and started again: that is no failure (R13)"
kill -TERM "$node_alpha"
wait "$node_alpha" || fail "the node does not end well"
wait_for 10 "omega knows that alpha has logged off" failover_is omega alpha-to-omega logged_off
sleep 9 # longer than detection and wait
[ "$(failover_state omega alpha-to-omega)" = logged_off ] || fail "a main that has logged off is taken over"
node alpha
wait_for 20 "alpha records again" recording alpha
wait_for 20 "omega watches alpha again" failover_is omega alpha-to-omega watching
sleep 2
site_end

understudy archive verify "$WORK/disk-a" "$WORK/disk-o" || fail "the archive is not whole"
prove lobby 1
prove gate 2
prove yard 3
for name in lobby gate yard; do
    [ "$(wc -l <"$WORK/holes-$name")" = 1 ] || fail "$name has other gaps than that of the log-off"
done
say "PASS: $0"
