#!/bin/sh
# The page of a dry run in a real browser, without a screen and without a network: it draws, a link opens its event, a
# hostile name stays text, and the console stays empty. By hand (make page-check), for it needs chromium.
set -u
cd "$(dirname "$0")/../.." || exit 3
bin=${UNDERSTUDY_BIN:-build/bin}
command -v chromium >/dev/null || { echo "page: chromium is needed for this test: apt-get install chromium"; exit 3; }
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
bad=0

# dump ADDRESS WIDTH: writes the document as it is after the scripts ran, and what the console said.
dump() {
    timeout 60 chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --user-data-dir="$work/profile" --enable-logging=stderr \
        --window-size="$2,900" --virtual-time-budget=3000 --dump-dom "file://$1" >"$work/dom" 2>"$work/log" ||
        { echo "page: chromium failed"; tail -3 "$work/log"; bad=1; }
    if grep 'CONSOLE' "$work/log"; then
        echo "page: the console is not empty"
        bad=1
    fi
    # What is shown: neither the part for browsers without scripts nor the data.
    sed -n '/<main id="page"/,/<\/main>/p' "$work/dom" >"$work/shown"
}

expect() { # WORDS WHAT
    grep -qF -- "$1" "$work/shown" || { echo "page: $2: no $1"; bad=1; }
}

page() { # NAME TOPOLOGY OUTAGE
    "$bin/understudy" simulate "$2" "$3" --html "$work/$1.html" >"$work/report" || [ $? = 1 ] ||
        { echo "page: the dry run of $3 failed"; bad=1; }
}

site=examples/03-n-to-one
page queue $site/topology.lua $site/outage.lua
dump "$work/queue.html" 1280
expect 'role="tab"' 'a tab for each outage'
expect 'a third main dies</h1>' 'the first outage'
expect '>Every expectation is held' 'the verdict'
expect 'data-key="share-' 'bars to click on'
expect 'class="capacity' 'the load against its capacity'
expect 'a slot is free; omega takes over gate' 'the queue'

"$bin/understudy" simulate $site/topology.lua $site/outage.lua --json >"$work/queue.json"
number=$(jq '.[0].events | map(.event == "slot_granted" and .machine == "failover gate-to-omega") | index(true) + 1' "$work/queue.json")
dump "$work/queue.html#1/event-$number" 500
expect "data-told=\"event-$number\"" 'an address that opens an event'
expect '>failover gate-to-omega</dd>' 'its machine'
expect '<b>R15</b>' 'its rule'
dump "$work/queue.html#1/gap-1-1" 1280
expect 'in the queue of two-at-once' 'the parts of a gap'
dump "$work/queue.html#2/act-1" 1280
expect 'an operator moves a main for maintenance</h1>' 'an address in the second outage'
expect 'data-told="act-1"' 'its act'
dump "$work/queue.html#9/event-99999+gap-7-7+__proto__-1" 1280
expect 'a third main dies</h1>' 'an address that names nothing'

cat >"$work/hostile.lua" <<'LUA'
outage "</script><script>document.title='owned'</script> \"q\" & 'x' <img src=x onerror=alert(1)> Türe" {
  at "10 s" { fail "hall" },
  lasts = "1 min",
  expect { gap "hall-1" { at_most = "1 s" } },
}
LUA
page hostile $site/topology.lua "$work/hostile.lua"
dump "$work/hostile.html" 1280
expect '<h1>&lt;/script&gt;&lt;script&gt;document.title=' 'a hostile name as text'
expect '>1 of 1 expectations is not held' 'what is not held'
if grep -qF '<title>owned' "$work/dom" || grep -qF '<img' "$work/shown"; then
    echo "page: a name has become markup"
    bad=1
fi

page campus examples/06-campus/topology.lua examples/06-campus/outage.lua
dump "$work/campus.html" 1280
expect '272 mains undisturbed' 'a site of 275 mains, folded'

page licence tests/sim/cases/r09-r11-r12-licence.lua tests/sim/cases/r09-r11-r12-licence.outage.lua
dump "$work/licence.html" 1280
expect 'Licences: what is left of their grace' 'the licence clock (R10)'
expect '1 minute left, then expired' 'how it ran out'
expect 'expired at 01:17' 'the same in a table'

[ $bad = 0 ] && echo "page: drawn, opened and unharmed in $(chromium --version 2>/dev/null | cut -d' ' -f1-2)"
exit $bad
