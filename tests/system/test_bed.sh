#!/bin/sh
# Two hosts with a network of their own: the main loses its power and gets it back, and everything goes as the dry run predicted
# for the same outage, within the time that detection may take (R1, R2, R5, R22, R27). `make bed` plays many more.
set -eu
cd "$(dirname "$0")/../.."
result=0
sh tests/bed/bed.sh tests/bed/outages/pair-power.lua || result=$?
[ $result = 0 ] || [ $result = 3 ] || exit 1
[ $result = 3 ] || echo "$(date -u +%H:%M:%S)  PASS: $0"
