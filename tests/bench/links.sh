#!/bin/sh
# The processor time that a standby needs for the links to so many mains: its node runs as it is, the mains' side of the wire is one
# process (links.c). One heartbeat each way every 500 ms, encrypted. usage: links.sh BUILD_DIR [MAINS]
set -eu
build=$(realpath "$1")
mains=${2:-300}
seconds=20
cd "$(dirname "$0")/../.."
PATH=$build/bin:$PATH
work=$(mktemp -d /tmp/understudy-bench-XXXXXX)
pids=''
end() {
    for pid in $pids; do kill -KILL "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM
ulimit -n "$(ulimit -Hn)"

cat >"$work/site.lua" <<END
volume "disk" { path = "$work/disk", size = "1 GiB" }
server "standby" { address = "127.0.0.1:17000", archive = { "disk" } }
for i = 1, $mains do
  server("main-" .. i) { address = "127.0.0.1:" .. 17000 + i, archive = { "disk" } }
  camera("cam-" .. i) { server = "main-" .. i, url = "rtsp://127.0.0.1:1/s" .. i, arm = "cold" }
  failover("f-" .. i) { standby = "standby", monitor = "main-" .. i, expect_reconnection = "1 h" }
end
END
mkdir "$work/disk"
understudy volume init "$work/disk" --name disk >/dev/null
understudy compile "$work/site.lua" -o "$work/deployment" >"$work/compile.log" || { cat "$work/compile.log" >&2 && exit 3; }
understudy keys "$work/deployment" -o "$work/keys" >/dev/null
"$build/tests/bench-links" "$work/deployment" "$work/keys" standby >"$work/mains.log" 2>&1 &
pids=$!
understudy node "$work/deployment" --server standby --state "$work/state" --keys "$work/keys" >"$work/node.log" 2>&1 &
node=$!
pids="$pids $node"
for _ in $(seq 600); do
    ! grep -q 'links are up' "$work/mains.log" || break
    sleep 0.1
done
grep -q "^$mains links are up" "$work/mains.log" || { echo "bench: not all links came up" >&2 && tail -3 "$work/mains.log" "$work/node.log" >&2 && exit 3; }
sleep 2
lost() { grep -c link_lost "$work/node.log" || true; }
ticks() { awk '{ sub(/^.*\) /, ""); print $12 + $13 }' "/proc/$node/stat"; }
before=$(ticks) lost_before=$(lost)
sleep $seconds
after=$(ticks)
awk -v mains="$mains" -v ticks=$((after - before)) -v hertz="$(getconf CLK_TCK)" -v seconds=$seconds -v lost=$(($(lost) - lost_before)) \
    -v memory_kb="$(awk '/VmRSS/ { print $2 }' "/proc/$node/status")" 'BEGIN {
    share = ticks / hertz / seconds
    printf "%d links of one standby: %.1f %% of a core, %.0f us a link and second; %d MB; %d links lost meanwhile\n",
        mains, share * 100, share / mains * 1e6, memory_kb / 1024, lost }'
