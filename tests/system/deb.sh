#!/bin/sh
# The Debian packages in a fresh Debian 12 of their own, whose systemd runs in namespaces on this machine: they install without a
# compiler, a pair of nodes records as services, omega carries alpha through an upgrade (R21), the packages are removed, and
# nothing is left but footage and the user whom it belongs to. By hand (make deb-check): it fetches packages, needs root and some
# minutes. What was fetched is kept in WORK for the next time.
# usage: deb.sh FOLDER_OF_PACKAGES
set -eu
cd "$(dirname "$0")/../.."
DEB=$(cd "$1" && pwd)
WORK=${TMPDIR:-/tmp}/understudy-deb-check
ROOT=$WORK/root
. tests/system/site.sh
[ "$(id -u)" = 0 ] || fail "this needs root: namespaces, debootstrap"
command -v debootstrap >/dev/null || fail "this needs debootstrap: apt-get install debootstrap"
MIRROR=$(apt-get indextargets --format '$(SITE)' 'Codename: bookworm' 'Created-By: Packages' | head -n 1)

INIT=''
CGROUP=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)/understudy-deb-check
deb_end() {
    [ -z "$INIT" ] || kill -KILL "$INIT" 2>/dev/null || true
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        find "$CGROUP" -depth -type d -exec rmdir {} + 2>/dev/null || true
        [ -d "$CGROUP" ] || break
        sleep 0.5
    done
    rm -rf "$ROOT"
}
fail() {
    [ -z "$INIT" ] || inside journalctl --no-pager -n 60 -o cat || true
    say "FAIL: $*"
    exit 1
}
trap deb_end EXIT
trap 'exit 130' INT TERM

# fresh: ROOT is the base system again.
fresh() {
    rm -rf "$ROOT"
    cp -a "$WORK/base" "$ROOT"
    cp /etc/resolv.conf "$ROOT/etc/resolv.conf"
    printf '#!/bin/sh\nexit 101\n' >"$ROOT/usr/sbin/policy-rc.d" # nothing is started while no systemd runs
    chmod 755 "$ROOT/usr/sbin/policy-rc.d"
    mkdir -p "$ROOT/packages"
    cp "$DEB"/*.deb "$ROOT/packages/"
    cp -n "$WORK"/archives/*.deb "$ROOT/var/cache/apt/archives/" 2>/dev/null || true
}
# in_root COMMAND...: in the root without its systemd, on this machine's network.
in_root() { DEBIAN_FRONTEND=noninteractive LC_ALL=C unshare --mount --propagation private sh -c 'mount -t proc proc "$1/proc" && exec chroot "$@"' sh "$ROOT" "$@"; }
# inside COMMAND...: on the running system.
inside() { nsenter -t "$INIT" -m -u -i -n -p -C chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"; }

# What begins the namespaces: the file systems that a container has, then its systemd.
begin_init() {
    cat >"$WORK/init.sh" <<'INIT'
set -e
root=$1
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for name in null zero full random urandom tty; do
    touch "$root/dev/$name"
    mount --bind "/dev/$name" "$root/dev/$name"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ip link set lo up
hostname understudy-deb-check
exec chroot "$root" /usr/bin/env -i container=understudy PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd </dev/null
INIT
    mkdir -p "$CGROUP"
    sh -c 'echo $$ >"$1/cgroup.procs"; exec unshare --fork --pid --mount --uts --ipc --net --cgroup --propagation private sh "$2" "$3"' \
        sh "$CGROUP" "$WORK/init.sh" "$ROOT" >"$WORK/boot.log" 2>&1 &
    unshare=$!
    for _ in $(seq 300); do
        INIT=$(ps -o pid=,comm= --ppid "$unshare" | awk '$2 == "systemd" { print $1 }')
        [ -z "$INIT" ] || break
        sleep 0.2
    done
    [ -n "$INIT" ] || { cat "$WORK/boot.log"; fail "systemd does not run in namespaces here"; }
    rm -f "$ROOT/usr/sbin/policy-rc.d"
    wait_for 120 "systemd is up" sh -c "nsenter -t $INIT -m -u -i -n -p -C chroot '$ROOT' systemctl is-system-running | grep -Eq 'running|degraded'"
}

node_says() { inside understudy status --state "/var/lib/understudy/$1" --json 2>/dev/null | jq -r "$2" 2>/dev/null; }
records() { [ "$(node_says "$1" '[.cameras[] | select(.main == .server)] | length > 0 and all(.state == "recording")')" = true ]; }
omega_is() { [ "$(node_says omega '.failovers[] | select(.name == "alpha-to-omega") | .state')" = "$1" ]; }
omega_records() { [ "$(node_says omega '[.cameras[] | select(.state == "recording")] | length')" = 3 ]; }
main_pid() { inside systemctl show --value -p MainPID "understudy-node@$1"; }

say "a fresh Debian 12"
mkdir -p "$WORK"
[ -e "$WORK/base/usr/bin/apt-get" ] || {
    rm -rf "$WORK/base" "$WORK/base.part"
    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,ca-certificates bookworm "$WORK/base.part" "$MIRROR" >"$WORK/debootstrap.log" 2>&1 ||
        { tail -n 5 "$WORK/debootstrap.log"; fail "debootstrap"; }
    mv "$WORK/base.part" "$WORK/base"
}
fresh
in_root apt-get update -qq

say "install: a recording server needs no compiler"
in_root sh -c 'apt-get install -qq -y --no-install-recommends /packages/understudy_*.deb /packages/understudy-node_*.deb' >"$WORK/install.log" 2>&1 || { tail -n 20 "$WORK/install.log"; fail "apt-get install"; }
mkdir -p "$WORK/archives"
cp -n "$ROOT"/var/cache/apt/archives/*.deb "$WORK/archives/"
! in_root sh -c 'command -v gcc || command -v ragel || command -v vlc' || fail "a compiler or VLC came along"
in_root understudy --version
say "ok: installed, $(du -sm "$ROOT" | cut -f1) MiB in all, of a base of $(du -sm "$WORK/base" | cut -f1) MiB"

say "the pair as services"
sed 's#/tmp/understudy-demo#/srv#' examples/01-pair/topology.lua >"$WORK/topology.lua"
rm -rf "$WORK/site" "$WORK/keys"
understudy compile "$WORK/topology.lua" -o "$WORK/site" >/dev/null
understudy keys "$WORK/site" -o "$WORK/keys" >/dev/null
cp "$WORK/site/deployment.so" "$ROOT/etc/understudy/site/"
cp "$WORK"/keys/* "$ROOT/etc/understudy/keys/"
mkdir "$ROOT/opt/cameras"
cp "$SITE_TESTS/camera" "$SITE_TESTS"/clip-[123].ts "$ROOT/opt/cameras/"
begin_init
inside systemd-tmpfiles --create understudy.conf
for disk in disk-a disk-o; do
    inside mkdir "/srv/$disk"
    inside understudy volume init "/srv/$disk" --name "$disk" >/dev/null
    inside chown -R understudy: "/srv/$disk"
done
number=1
for name in lobby gate yard; do
    inside systemd-run -q --unit "camera-$name" /opt/cameras/camera --name "$name" --port $((8600 + number)) --clip "/opt/cameras/clip-$number.ts"
    number=$((number + 1))
done
inside systemctl enable -q --now understudy-node@alpha understudy-node@omega
wait_for 60 "alpha records" records alpha
wait_for 30 "omega watches" omega_is watching
inside grep -q "^Uid:.$(in_root id -u understudy)" "/proc/$(main_pid alpha)/status" || fail "the node does not run as understudy"
inside grep -E 'NoNewPrivs:\s1|Seccomp:\s2|CapBnd:\s0{16}' "/proc/$(main_pid alpha)/status" | tr '\n' ' '
echo
[ "$(inside grep -cE 'NoNewPrivs:\s1|Seccomp:\s2|CapBnd:\s0{16}' "/proc/$(main_pid alpha)/status")" = 3 ] || fail "the node has privileges"
inside understudy doctor /etc/understudy/site --server omega --state /var/lib/understudy/omega --keys /etc/understudy/keys >"$WORK/doctor" || true
! grep WRONG "$WORK/doctor" | grep -v ' clock ' || { cat "$WORK/doctor"; fail "the doctor finds something"; }
inside systemctl reload understudy-node@alpha
wait_for 20 "alpha reads its keys again" sh -c "nsenter -t $INIT -m -u -i -n -p -C chroot '$ROOT' journalctl -q -u understudy-node@alpha | grep -q 'has read its keys again'"
say "ok: both record as services of the user understudy"

say "alpha is killed and stays away; omega carries it"
inside mkdir -p /run/systemd/system/understudy-node@alpha.service.d
printf '[Service]\nRestart=no\n' | inside tee /run/systemd/system/understudy-node@alpha.service.d/stay.conf >/dev/null
inside systemctl daemon-reload
inside sh -c "kill -KILL $(main_pid alpha)" # the shell's own: a small Debian has no program of that name
wait_for 60 "omega carries" omega_is carrying
wait_for 30 "omega records all" omega_records
sleep 5

say "upgrade while omega carries"
rm -rf "$WORK/next"
mkdir "$WORK/next"
for package in understudy understudy-node; do
    dpkg-deb -R "$DEB/${package}_"[0-9]*.deb "$WORK/next/$package"
    sed -i 's/^\(Version: .*\)$/\1+next/; s/(= \([^)]*\))/(= \1+next)/g' "$WORK/next/$package/DEBIAN/control"
    dpkg-deb --root-owner-group --build "$WORK/next/$package" "$ROOT/packages/$package-next.deb" >/dev/null
done
before=$(main_pid omega)
begun_ms=$(now_ms)
inside dpkg -i /packages/understudy-next.deb /packages/understudy-node-next.deb >"$WORK/upgrade.log" 2>&1 || { cat "$WORK/upgrade.log"; fail "the upgrade"; }
wait_for 30 "omega carries again" omega_is carrying
wait_for 30 "omega records all again" omega_records
say "ok: upgraded, all cameras recorded again $(($(now_ms) - begun_ms)) ms after dpkg began"
[ "$(main_pid omega)" != "$before" ] || fail "omega still runs the old program"
inside understudy journal show --state /var/lib/understudy/omega | grep -q 'carrying -> carrying on boot (R21)' || fail "omega did not resume by R21"
! inside understudy journal show --state /var/lib/understudy/omega | tail -n 30 | grep -q 'returning' || fail "omega gave back what it carried"
sleep 12
inside rm -r /run/systemd/system/understudy-node@alpha.service.d
inside systemctl daemon-reload
inside systemctl restart understudy-node@alpha
wait_for 60 "alpha records again" records alpha
wait_for 60 "omega watches again" omega_is watching
sleep 12

say "the gaps: the kill of alpha, the upgrade"
inside understudy archive gaps /srv/disk-a /srv/disk-o --json >"$WORK/gaps"
jq -r '.cameras[] | "  \(.name): \([.gaps[].length_ms] | map(tostring) | join(" ms, ")) ms"' "$WORK/gaps"
inside understudy archive verify /srv/disk-a /srv/disk-o || fail "the archive is not whole"

say "remove: nodes stop in good order, what they need stays"
inside dpkg -r understudy-node >"$WORK/remove.log" 2>&1 || { cat "$WORK/remove.log"; fail "dpkg -r"; }
! inside sh -c 'cat /proc/[0-9]*/comm 2>/dev/null' | grep -q '^understudy' || fail "something of it still runs"
[ -e "$ROOT/etc/understudy/site/deployment.so" ] || fail "a removal takes the configuration along"
[ -e "$ROOT/var/lib/understudy/omega" ] || fail "a removal takes the state along"
say "and installed again: what was enabled runs again, what was not does not"
inside systemctl disable -q understudy-node@alpha 2>/dev/null || inside rm -f /etc/systemd/system/multi-user.target.wants/understudy-node@alpha.service
inside dpkg -i /packages/understudy-node-next.deb >"$WORK/again.log" 2>&1 || { cat "$WORK/again.log"; fail "dpkg -i after dpkg -r"; }
wait_for 30 "omega runs again" sh -c "[ \"\$(nsenter -t $INIT -m -u -i -n -p -C chroot '$ROOT' systemctl is-active understudy-node@omega)\" = active ]"
[ "$(inside systemctl is-active understudy-node@alpha || true)" != active ] || fail "a node that was disabled is started"
inside systemctl stop understudy-node@omega
inside dpkg -i /packages/understudy-node-next.deb >"$WORK/again.log" 2>&1 # the same once more: an upgrade
[ "$(inside systemctl is-active understudy-node@omega || true)" != active ] || fail "an upgrade starts a node that was stopped by hand"

say "purge: a volume below the state folder is spared"
inside mkdir -p /var/lib/understudy/volume
inside understudy volume init /var/lib/understudy/volume --name spare >/dev/null
inside dpkg -P understudy-node >"$WORK/purge.log" 2>&1 || { cat "$WORK/purge.log"; fail "dpkg -P"; }
grep -q 'volume with footage' "$WORK/purge.log" || fail "the purge does not say that it spares footage"
[ -e "$ROOT/var/lib/understudy/volume/.understudy-volume" ] || fail "the purge took a volume along"
inside rm -r /var/lib/understudy/volume
say "purge: state and configuration go, footage stays"
inside dpkg -i /packages/understudy-node-next.deb >/dev/null 2>&1
inside dpkg -P understudy-node understudy >"$WORK/purge.log" 2>&1 || { cat "$WORK/purge.log"; fail "dpkg -P"; }
left=$(cd "$ROOT" && find . -xdev -iname '*understudy*' ! -path './srv/*' ! -path './packages*' ! -path './opt/*' ! -path './proc/*' ! -path './var/log/*' ! -path './run/*')
[ -z "$left" ] || fail "a purge leaves: $left"
[ -z "$(inside systemctl list-units --all --plain --no-legend 'understudy*' || true)" ] || fail "a purge leaves units"
[ "$(find "$ROOT/srv" -name '*.ts' | wc -l)" -gt 6 ] || fail "footage is gone"
say "ok: $(find "$ROOT/srv" -name '*.ts' | wc -l) segments and the user $(in_root getent passwd understudy | cut -d: -f1) are left, nothing else"
kill -KILL "$INIT"
wait "$unshare" 2>/dev/null || true
INIT=''

say "a machine that compiles"
fresh
in_root apt-get update -qq
in_root sh -c 'apt-get install -qq -y --no-install-recommends /packages/understudy_*.deb /packages/understudy-compiler_*.deb' >"$WORK/install.log" 2>&1 || { tail -n 20 "$WORK/install.log"; fail "apt-get install understudy-compiler"; }
cp "$WORK/topology.lua" "$ROOT/tmp/topology.lua"
in_root understudy compile /tmp/topology.lua -o /tmp/site || fail "compile does not work with what the package brings"
in_root understudy graph /usr/share/doc/understudy/examples/01-pair/topology.lua -o /tmp/site.svg || fail "graph does not work with what the package brings"
in_root understudy doctor || fail "the doctor finds that something is missing"
cmp -s "$ROOT/tmp/site/deployment.so" "$WORK/site/deployment.so" || say "note: the deployment has other bytes than that of this machine's compiler"
say "PASS: $0"
