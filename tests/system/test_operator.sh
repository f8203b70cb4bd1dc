#!/bin/sh
# What people do: an operator moves a living main's cameras to the standby and back without losing a frame (R17, R18, R27),
# disables the failover and enables it (R20); a main that is stopped in good order is not failed over (R13); every decision has its rule, and the operator's reason, in the
# journal (R42). START and STOP are told to the failover's hooks (R16), alarms to the site's program.
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-test-operator
. tests/system/site.sh
. tests/system/measure.sh

site_begin
# A program that is told something: its argument, then its input, in one line.
cat >"$WORK/told" <<EOF
#!/bin/sh
printf '%s ' "\$1" >>"$WORK/told.txt"
cat >>"$WORK/told.txt"
echo >>"$WORK/told.txt"
EOF
chmod +x "$WORK/told"
head -c 24 /dev/urandom | base64 >"$WORK/token"
chmod 600 "$WORK/token"
page() { curl -s --max-time 10 -H "Authorization: Bearer $(cat "$WORK/token")" "http://127.0.0.1:7480$1"; }
pair "1i site { on_alarm = { \"$WORK/told\", \"alarm\" } }
s#expect_reconnection = \"5 s\"#&, on_start = { \"$WORK/told\", \"\$(touch $WORK/shell) %s\" }, on_stop = { \"$WORK/told\", \"stop\" }#" \
    --page 127.0.0.1:7480 --page-token "$WORK/token" --page-orders
told() { sed -n "s/^$1 //p" "$WORK/told.txt" | jq -se "$2"; }
sleep 3

all_at_omega() { [ "$(status omega '[.cameras[] | select(.state == "recording")] | length')" = 3 ] && [ "$(status alpha '[.cameras[] | select(.state == "idle")] | length')" = 3 ]; }

# Nobody else gives orders, even where a folder was opened to all.
[ "$(stat -c %a "$WORK/state-omega")" = 700 ] || fail "others may look into the state folder"
[ "$(stat -c %a "$WORK/state-omega/control.sock")" = 600 ] || fail "others may use the control socket"
if [ "$(id -u)" = 0 ]; then
    chmod 755 "$WORK/state-omega"
    code=0
    setpriv --reuid=65534 --regid=65534 --clear-groups curl -s -m 5 --unix-socket "$WORK/state-omega/control.sock" http://node/ || code=$?
    [ $code = 7 ] || fail "another user reaches the control socket" # 7: no connection
    chmod 700 "$WORK/state-omega"
fi

say "an operator moves the objects of alpha to omega (R17)"
understudy force-start alpha-to-omega --state "$WORK/state-omega" --reason 'disk change in "alpha"'
wait_for 20 "the failover is forced" failover_is omega alpha-to-omega forced
wait_for 20 "omega records alone" all_at_omega
wait_for 10 "the page tells it" sh -c "curl -s -H 'Authorization: Bearer $(cat "$WORK/token")' http://127.0.0.1:7480/ | grep -q 'alpha is carried here by order of an operator'"
page /metrics | grep -q '^understudy_failover_carrying{failover="alpha-to-omega",monitor="alpha"} 1$' || fail "the metrics do not tell it"
[ "$(page /status.json | jq -cS 'keys - ["age_ms"]')" = "$(status omega keys | jq -cS .)" ] || fail "/status.json is not what status --json prints"
page /health | jq -e '.healthy and .reasons == []' >/dev/null || fail "a standby at work is not healthy"
[ "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:7480/)" = 401 ] || fail "the page is shown without the token"
wait_for 10 "the hook of START" grep -q '"event":"START"' "$WORK/told.txt"
told '.* %s' 'length == 1 and .[0].failover == "alpha-to-omega" and .[0].reason == "disk change in \"alpha\"" and .[0].rule == "R17"' >/dev/null || fail "the hook of START is told something else"
[ ! -e "$WORK/shell" ] || fail "an argument of a hook has reached a shell"
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

wait_for 10 "the hook of STOP" told stop 'length == 1 and .[0].event == "STOP"'

say "a drill opens the cameras, says what would be, and leaves nothing (R42)"
epoch=$(status omega '.failovers[0].epoch')
all_idle() { [ "$(status omega '[.cameras[] | select(.state == "idle")] | length')" = 3 ]; }
find "$WORK/disk-o" -type f | sort >"$WORK/before"
understudy drill alpha-to-omega --state "$WORK/state-omega" --open --reason 'first of the month' >"$WORK/drill" || fail "the drill finds trouble: $(cat "$WORK/drill")"
grep -q ' taking_over -> carrying  R2' "$WORK/drill" || fail "the drill does not reach the take-over"
[ "$(grep -c 'gap of .* s, tried$' "$WORK/drill")" = 3 ] || fail "not every camera was tried"
understudy drill alpha-to-omega --state "$WORK/state-omega" --open --reason 'cut short' >"$WORK/drill" 2>&1 &
SITE_PIDS="$SITE_PIDS $!"
wait_for 10 "the status shows the drill" sh -c "understudy status --state $WORK/state-omega | grep -q 'DRILL: would be suspect'"
[ "$(failover_state omega alpha-to-omega)" = watching ] || fail "the drill has moved the failover"
kill -KILL "$node_omega" # in the middle of it
wait "$node_omega" || true
node omega --page 127.0.0.1:7480 --page-token "$WORK/token" --page-orders
wait_for 20 "omega watches alpha again" failover_is omega alpha-to-omega watching
all_idle || fail "cameras of the drill are still open"
understudy drill alpha-to-omega --state "$WORK/state-omega" --end 2>/dev/null && fail "the drill has outlived its node"
[ "$(status omega '.failovers[0].epoch')" = "$epoch" ] || fail "the drill has claimed alpha"
find "$WORK/disk-o" -type f | sort | cmp - "$WORK/before" || fail "the drill has written to the archive"
understudy why alpha-to-omega --state "$WORK/state-omega" | grep 'a drill begins.*(R42)' | grep -q 'first of the month' || fail "why does not tell of the drill"
understudy why alpha-to-omega --state "$WORK/state-omega" | grep "the drill is over.*(R42)" | grep -q "the node was ended while it ran" || fail "the drill that was cut short has no end"

say "an operator disables the failover and enables it again (R20)"
understudy disable alpha-to-omega --state "$WORK/state-omega" --reason 'alpha is rebuilt'
failover_is omega alpha-to-omega disabled || fail "the failover is not disabled"
understudy status --state "$WORK/state-omega" | grep -q 'ATTENTION.*alpha-to-omega is disabled' || fail "the status does not tell that it is disabled"
understudy why alpha-to-omega --state "$WORK/state-omega" | grep 'disable (R20)' | grep -q 'alpha is rebuilt' || fail "why does not tell who disabled it"
[ "$(curl -s -o "$WORK/answer" -w '%{http_code}' -H "Authorization: Bearer $(cat "$WORK/token")" -d 'order=enable&failover=alpha-to-omega&reason=it+is+ready' http://127.0.0.1:7480/orders)" = 200 ] || fail "an order by the page is refused: $(cat "$WORK/answer")"
understudy why alpha-to-omega --state "$WORK/state-omega" | grep -q 'it is ready' || fail "why does not tell who enabled it"
grep -q "$(cat "$WORK/token")" "$WORK/node-omega.log" && fail "the token stands in the log"
wait_for 10 "omega watches alpha again" failover_is omega alpha-to-omega watching

say "a maintenance ends by itself (R20), also when the node was killed meanwhile"
understudy maintenance alpha --state "$WORK/state-omega" --for '20 s' --reason 'new disk' >"$WORK/maintenance"
grep -q 'enabled by itself at' "$WORK/maintenance" || fail "it is not said until when"
understudy status --state "$WORK/state-omega" | grep 'enabled by itself in' | grep -q 'new disk' || fail "the status does not show the maintenance"
understudy maintenance omega --state "$WORK/state-omega" --for '20 s' --reason x 2>"$WORK/maintenance" && fail "a server that nobody watches has a maintenance"
grep -q 'nobody does' "$WORK/maintenance" || fail "it is not said why"
kill -KILL "$node_omega"
wait "$node_omega" || true
node omega
wait_for 20 "omega answers" failover_is omega alpha-to-omega disabled
understudy maintenance omega --state "$WORK/state-omega" --end 2>/dev/null && fail "a maintenance ends that never was"
wait_for 40 "omega watches alpha again" failover_is omega alpha-to-omega watching
understudy journal show --state "$WORK/state-omega" | grep 'enable (R19)' | grep -q 'its time is over: new disk' || fail "the journal does not tell why it was enabled"
epoch=$(status omega '.failovers[0].epoch')

say "omega stands still for longer than detection and wait, and judges nobody by what it missed (R29)"
kill -STOP "$node_omega"
sleep 9
kill -CONT "$node_omega"
wait_for 10 "omega hears alpha again" failover_is omega alpha-to-omega watching
sleep 3
understudy journal show --state "$WORK/state-omega" | grep -q 'stood still.*(R29)' || fail "the standstill is not in the journal"
understudy status --state "$WORK/state-omega" | grep -q 'warning *standstill: .*(R29), since 20' || fail "the standstill is no alarm in the status"
wait_for 10 "the alarm is told" told alarm 'any(.[]; .server == "omega" and any(.raised[]; .alarm == "standstill"))'
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
