#!/bin/sh
# The status page of a standby in a real browser: a failover happens on it, an operator gives an order, the node falls silent; with and
# without scripts, at the width of a desk and of a phone, with a hostile path and a hostile reason. By hand (make status-page-check): it needs chromium and
# node.
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-test-status-page
. tests/system/site.sh

for program in chromium node; do command -v $program >/dev/null || fail "$program is needed for this test"; done
site_begin
mkdir -p "$WORK/profile" "$WORK/pictures"
volume disk-a
hostile='<img src=x onerror=owned=1>'
mkdir "$WORK/$hostile"
understudy volume init "$WORK/$hostile" --name disk-o >/dev/null
sed -e "s#/tmp/understudy-demo/disk-o#$WORK/$hostile#" -e "s#/tmp/understudy-demo#$WORK#" examples/01-pair/topology.lua >"$WORK/topology.lua"
understudy compile "$WORK/topology.lua" -o "$WORK/deployment" >/dev/null
understudy keys "$WORK/deployment" -o "$WORK/keys" >/dev/null
camera lobby 1
camera gate 2
camera yard 3
head -c 24 /dev/urandom | base64 >"$WORK/token"
chmod 600 "$WORK/token"
node alpha
node omega --page 127.0.0.1:7480 --page-token "$WORK/token" --page-orders
wait_for 30 "alpha records its cameras" recording alpha
wait_for 30 "omega watches alpha" failover_is omega alpha-to-omega watching
# shellcheck disable=SC2154
command node tests/node/page_browser.js http://127.0.0.1:7480/ "$(cat "$WORK/token")" "$node_alpha" "$node_omega" "$WORK/profile" "$WORK/pictures" ||
    exit 1
grep -q "$(cat "$WORK/token")" "$WORK/node-omega.log" && fail "the token stands in the log"
say "pictures: $WORK/pictures"
