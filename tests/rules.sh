#!/bin/sh
# Prints, for each rule of failover R1 to R45, the tests that name it: traces of tests/sim/cases by their names, and the
# sources of all other tests by what stands in them. A rule without one fails, unless tests/rules-later says why it is not
# built yet.
set -u
cd "$(dirname "$0")/.." || exit 3
later=tests/rules-later
rules=45
bad=0

# "R4 tests/engine/test_x.c" and "R4 r04-r35-standby", each once.
names=$(
    for case in tests/sim/cases/*.outage.lua; do
        case=$(basename "$case" .outage.lua)
        for part in $(echo "$case" | tr '-' ' '); do
            number=$(expr "$part" : 'r0*\([1-9][0-9]*\)$') && echo "R$number $case"
        done
    done
    find tests \( -name 'test_*.c' -o -name 'test_*.sh' -o -path 'tests/golden/*.lua' \) -exec grep -oHE '\bR[1-9][0-9]?\b' {} + |
        sed 's/^\(.*\):\(R[0-9]*\)$/\2 \1/'
)

echo "rule  tests that name it"
number=1
while [ $number -le $rules ]; do
    found=$(echo "$names" | sed -n "s/^R$number //p" | sort -u)
    reason=$(sed -n "s/^R$number  *//p" $later)
    if [ -n "$found" ]; then
        printf '%-4s  %s\n' "R$number" "$(echo "$found" | sed 's|tests/||' | paste -sd' ' | fold -sw 120 | sed '2,$s/^/      /')"
        [ -z "$reason" ] || printf '%-4s  in part: %s\n' '' "$reason"
    elif [ -n "$reason" ]; then
        printf '%-4s  not built yet: %s\n' "R$number" "$reason"
    else
        printf '%-4s  NO TEST NAMES IT\n' "R$number"
        bad=1
    fi
    number=$((number + 1))
done
[ $bad = 0 ] || echo "rules: a rule without a test; name it in one, or say in $later why it is not built"
exit $bad
