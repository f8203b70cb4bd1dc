#!/bin/sh
# What `make install` puts into a staged tree: programs that run from there, the same bytes each time, manual pages and completion
# that know every verb, a unit that systemd takes; and nothing of it is left after `make uninstall`.
set -eu
cd "$(dirname "$0")/../.."
WORK=${TMPDIR:-/tmp}/understudy-test-install
. tests/system/site.sh
site_begin
build=$(dirname "$UNDERSTUDY_BIN")

staged() { make --no-print-directory -s BUILD="$build" DESTDIR="$WORK/$1" PREFIX=/usr "$2" >"$WORK/make.log" 2>&1 || { cat "$WORK/make.log"; fail "make $2"; }; }
staged a install
staged b install
diff -r "$WORK/a" "$WORK/b" || fail "two installations differ"

root=$WORK/a/usr
installed=$root/bin/understudy
"$installed" check examples/01-pair/topology.lua >/dev/null || fail "the installed front does not work"
"$installed" simulate examples/01-pair/topology.lua examples/01-pair/outage.lua >/dev/null || fail "the installed dry run does not work"
"$installed" journal show --state "$WORK/none" 2>&1 | grep -q "$WORK/none" || fail "the installed front does not find the node"
"$installed" volume --help >/dev/null || fail "the installed front does not find the recorder"
"$root/sbin/understudy-node" --help >/dev/null || fail "the link to the node leads nowhere"
for library in libvlc.so.5 libvlccore.so.9; do
    found=$(ldd "$root/lib/understudy/bin/understudy-recorder" | awk -v name="$library" '$1 == name { print $3 }')
    [ "$(readlink -f "$found")" = "$root/lib/understudy/vlc/$library" ] || fail "the installed recorder takes $library from $found"
done
say "ok: the programs run where they are installed"

verbs=$("$installed" --help | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p')
[ "$(echo "$verbs" | wc -l)" -gt 15 ] || fail "the front lists too few verbs"
for page in man1/understudy.1 man8/understudy-node.8; do
    mandoc -T lint -W warning "$root/share/man/$page" || fail "$page is not well formed"
done
mandoc -T ascii "$root/share/man/man1/understudy.1" | sed 's/.\x08//g' >"$WORK/page"
for verb in $verbs; do
    grep -q "^   $verb\$" "$WORK/page" || fail "the manual does not know $verb"
    grep -q "^       understudy $verb" "$WORK/page" || fail "the manual does not show how $verb is called"
done
mandoc -T ascii "$root/share/man/man8/understudy-node.8" | sed 's/.\x08//g' | grep -q '/etc/understudy/site/deployment.so' || fail "the manual does not tell of the service"
say "ok: the manual has all $(echo "$verbs" | wc -l) verbs"

# completes 'WORD WORD PART' EXPECTED: what bash offers for the last word, in one line.
cat >"$WORK/complete.bash" <<'BASH'
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_understudy
echo "${COMPREPLY[@]}"
BASH
completes() {
    expected=$1
    shift
    found=$(cd examples && bash "$WORK/complete.bash" "$root/share/bash-completion/completions/understudy" understudy "$@")
    [ "$found" = "$expected" ] || fail "understudy $* is completed by: $found; not by: $expected"
}
completes 'check' che
completes 'forecast force-start force-stop' fo
completes '--strict' check topology.lua --str
completes '01-pair/topology.lua' check 01-pair/t
completes '06-campus' compile x.lua -o 06
completes 'show' journal sh
completes 'replay' journal --state 06-campus rep
completes '--reason' force-start alpha-to-omega --rea
completes 'list lock' archive l
completes '06-campus' keys 06
completes 'rotate' keys ro
completes '' node 01-pair --server ''
completes '' check no-such-
cat >"$WORK/every.bash" <<'BASH'
source "$1"
shift
for verb; do
    COMP_WORDS=(understudy "$verb" --he) COMP_CWORD=2
    _understudy
    [ "${COMPREPLY[*]}" = --help ] || { echo "$verb"; exit 1; }
done
BASH
# shellcheck disable=SC2086
bash "$WORK/every.bash" "$root/share/bash-completion/completions/understudy" $verbs || fail "the options of a verb are not completed"
say "ok: bash completes verbs, their words and options, and files"

unit=$WORK/understudy-node@omega.service
sed "s#/usr/lib/understudy#$root/lib/understudy#" "$root/lib/systemd/system/understudy-node@.service" >"$unit"
if command -v systemd-analyze >/dev/null; then
    systemd-analyze verify --man=no "$unit" 2>"$WORK/verify.log" || { cat "$WORK/verify.log"; fail "systemd does not take the unit"; }
    if grep -q 'understudy-node@' "$WORK/verify.log"; then cat "$WORK/verify.log"; fail "systemd complains about the unit"; fi
    systemd-analyze security --offline=yes --threshold=20 --no-pager "$unit" >"$WORK/security.log" 2>&1 || { tail -n 3 "$WORK/security.log"; fail "the unit is exposed"; }
    say "ok:$(tail -n 1 "$WORK/security.log" | sed 's/.*level for [^:]*:/ the unit has an exposure of/')"
else
    say "skipped: no systemd-analyze here to judge the unit"
fi

staged a uninstall
left=$(find "$WORK/a" -not -type d)
[ -z "$left" ] || fail "make uninstall leaves: $left"
say "PASS: $0"
