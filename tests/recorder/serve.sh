#!/bin/sh
# The page of the archive in a real browser: through a failover with a gap and a double, across the seams, at the width of a desk
# and of a phone, with a hostile name among the cameras. By hand (make archive-page-check): it needs chromium, node and npm.
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-test-page
. tests/system/site.sh
. tests/system/footage.sh

for program in chromium node curl; do command -v $program >/dev/null || fail "$program is needed for this test"; done
site_begin
footage
mkdir -p "$WORK/profile" "$WORK/pictures" "$WORK/disk-a/alpha/<img-src=x-onerror=owned=1>"
cp -r "$WORK/disk-a/alpha/lobby/1-alpha" "$WORK/disk-a/alpha/<img-src=x-onerror=owned=1>/"
understudy archive verify "$WORK/disk-a" "$WORK/disk-o" --repair >/dev/null || true
understudy archive lock "$WORK/disk-a" "$WORK/disk-o" --camera lobby --from 2026-11-23T20:00:45Z --to 2026-11-23T20:01:40Z --reason 'case <b>17</b>' >/dev/null
understudy archive serve "$WORK/disk-a" "$WORK/disk-o" --port 0 >"$WORK/address" 2>"$WORK/serve.log" &
SITE_PIDS="$SITE_PIDS $!"
wait_for 5 "an address" test -s "$WORK/address"
address=$(cat "$WORK/address")

# code WANTED ARGUMENT...: what the server answers.
code() {
    wanted=$1
    shift
    found=$(curl -s -o /dev/null -w '%{http_code}' --path-as-is "$@")
    [ "$found" = "$wanted" ] || fail "$found instead of $wanted: $*"
}
lobby='main=alpha&camera=lobby'
code 200 "${address}cameras.json"
code 404 "${address}../../../etc/passwd"
code 404 "${address}%2e%2e/%2e%2e/etc/passwd"
code 404 "${address}media.ts?main=..&camera=..&from=1&to=2"
code 404 "${address}media.ts?main=alpha/lobby&camera=1-alpha&from=1795464000000&to=1795464010000"
code 400 "${address}media.ts?$lobby&from=1&to=99999999999999"
code 400 "${address}media.ts?$lobby&from=-1&to=2"
code 400 "${address}day.json?$lobby&day=2026-02-30"
code 400 "${address}day.json?day=2026-11-23"
code 405 -X POST -d x "${address}cameras.json"
code 405 -X DELETE "${address}cameras.json"
code 403 -H 'Host: elsewhere.example' "$address"
[ "$(curl -s -o /dev/null -w '%{http_code}' "$address$(head -c 60000 /dev/zero | tr '\0' a)")" != 200 ] || fail "an endless address is answered"

command node tests/recorder/serve_browser.js "$address" "$WORK/profile" "$WORK/pictures" || exit 1
