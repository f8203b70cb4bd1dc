#!/bin/sh
# One test program: its log lies beside it, and is printed if it fails. Several run at once, so a line is written whole.
log=$1.log
if timeout 900 "$1" >"$log" 2>&1; then
    echo "  PASS    $1"
else
    printf '  FAIL    %s\n%s\n' "$1" "$(cat "$log")"
    exit 1
fi
