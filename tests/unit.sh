#!/bin/sh
# One test program: its log lies beside it, and is printed if it fails; what it skipped is named. Several run at once, so a line is
# written whole.
log=$1.log
if timeout 900 "$1" >"$log" 2>&1; then
    skipped=$(sed -n 's/^\[  SKIPPED \] \([a-z0-9_]*\)$/\1/p' "$log" | sort -u | tr '\n' ' ')
    echo "  PASS    $1${skipped:+, but skipped: $skipped}"
else
    printf '  FAIL    %s\n%s\n' "$1" "$(cat "$log")"
    exit 1
fi
