#!/bin/sh
# Two hosts with a network of their own: the main loses its power and gets it back, and everything goes as the dry run predicted
# for the same outage, within the time that detection may take (R1, R2, R5, R22, R27). `make bed` plays many more, which are dry-run here.
set -eu
cd "$(dirname "$0")/../.."
for outage in tests/bed/outages/*.lua; do
    site=tests/bed/sites/$(sed -n 's/^-- bed: site //p' "$outage").lua
    "${UNDERSTUDY_BIN:-build/bin}/understudy" simulate "$site" "$outage" >/dev/null || { echo "FAIL: $outage cannot be dry-run" && exit 1; }
done
result=0
sh tests/bed/bed.sh tests/bed/outages/pair-power.lua || result=$?
[ $result = 0 ] || [ $result = 3 ] || exit 1
[ $result = 3 ] || echo "$(date -u +%H:%M:%S)  PASS: $0"
