# Hosts of the test bed; sourced by bed.sh, which runs in network, mount and process namespaces of its own, so that whatever is made
# here ends with it.
#
# A host is a network namespace with one cable, its port TO-<host> in the switch (the bridge `lan` in the bed's own namespace), and
# a mount namespace with its volumes. What a host runs is found by its network namespace; what serves its volumes is outside of it
# and outlives its power. WORK/run keeps the process ids.

# pid WHAT: a process id that was kept with keep_pid.
pid() { cat "$WORK/run/$1" 2>/dev/null; }
keep_pid() { echo "$2" >"$WORK/run/$1"; }

switch_open() {
    ip link set lo up
    ip link add lan type bridge
    ip link set lan up
}

# host_open NAME IP...: the namespaces and the cable.
host_open() {
    host=$1
    shift
    unshare --net --mount sleep 86400 &
    keep_pid "$host.host" $!
    for _ in $(seq 100); do
        [ "$(readlink "/proc/$(pid "$host.host")/ns/mnt")" = "$(readlink /proc/self/ns/mnt)" ] || break
        sleep 0.02
    done
    ip link add "to-$host" type veth peer name eth0 netns "$(pid "$host.host")"
    ip link set "to-$host" master lan up
    on_host "$host" ip link set lo up
    on_host "$host" ip link set eth0 up
    for address in "$@"; do on_host "$host" ip address add "$address/16" dev eth0; done
    on_host "$host" mount -t tmpfs bed /srv
}

# on_host NAME COMMAND...: runs it there; paths must be absolute.
on_host() {
    holder=$(pid "$1.host")
    shift
    nsenter --target "$holder" --net --mount -- "$@"
}

# start_on NAME WHAT LOG COMMAND...: likewise, and goes on; its process id is kept as WHAT.
start_on() {
    holder=$(pid "$1.host") what=$2 log=$3
    shift 3
    nsenter --target "$holder" --net --mount -- "$@" >>"$WORK/$log" 2>&1 &
    keep_pid "$what" $!
}

# host_pids NAME: what runs there.
host_pids() { pgrep --ns "$(pid "$1.host")" --nslist net | grep -vx "$(pid "$1.host")" || true; }

# signal_host NAME SIGNAL: to all that runs there.
signal_host() {
    # shellcheck disable=SC2046 # one word for each process
    kill "-$2" $(host_pids "$1") 2>/dev/null || true
}

# ---- volumes ----

# Every host sees a volume through a mirror of its own (bindfs), which can be killed (the volume is gone, what is open fails) or
# stopped (it hangs, as a NAS does that does not answer).
store_open() { # VOLUME: what is behind it, for all hosts
    mkdir -p "$WORK/disk-$1"
    mount -t tmpfs -o size=128m bed "$WORK/disk-$1"
    understudy volume init "$WORK/disk-$1" --name "$1" >/dev/null
}

# mount_at HOST VOLUME
mount_at() {
    path=$(site_of volume 3 "$2")
    on_host "$1" mkdir -p "$path"
    nsenter --target "$(pid "$1.host")" --mount -- bindfs -f "$WORK/disk-$2" "$path" 2>>"$WORK/bindfs.log" &
    keep_pid "$1.$2.mirror" $!
    for _ in $(seq 100); do
        ! on_host "$1" mountpoint -q "$path" || return 0
        sleep 0.05
    done
    fail "the volume $2 cannot be mounted at $1"
}

# unmount_at HOST VOLUME
unmount_at() {
    kill -KILL "$(pid "$1.$2.mirror")"
    wait "$(pid "$1.$2.mirror")" 2>/dev/null || true
    on_host "$1" umount -l "$(site_of volume 3 "$2")"
}

# A volume that is gone neither hangs nor goes on.
freeze_at() { kill -STOP "$(pid "$1.$2.mirror")" 2>/dev/null || true; }
thaw_at() { kill -CONT "$(pid "$1.$2.mirror")" 2>/dev/null || true; }

# hosts_of VOLUME: the servers that name it.
hosts_of() { awk -v volume="$1" '$1 == "server" && index("," $4 ",", "," volume ",") { print $2 }' "$WORK/site"; }

# ---- power ----

# cable HOST: there is a signal on it while the host has power and is not isolated (files run/HOST.dark, run/HOST.isolated).
cable() {
    if [ -e "$WORK/run/$1.dark" ] || [ -e "$WORK/run/$1.isolated" ]; then signal=down; else signal=up; fi
    ip link set "to-$1" $signal
}

# boot HOST: starts its node, and sets its clock right, as a host that has a network does. WORK/clock-HOST says by how many
# milliseconds the clock of all that runs there is ahead (clock.c).
boot() {
    set_clock "$1" 0
    start_on "$1" "$1.node" "node-$1.log" /usr/bin/env "LD_PRELOAD=$(realpath "$SITE_TESTS/clock.so")" "BED_CLOCK=$WORK/clock-$1" \
        "$(command -v understudy)" node "$WORK/deployment" --server "$1" --state "$WORK/state-$1" --keys "$WORK/keys"
}
set_clock() {
    printf '%-24s' "$2" >"$WORK/clock-$1.new"
    dd if="$WORK/clock-$1.new" of="$WORK/clock-$1" conv=notrunc status=none
}

# kill_all HOST: nothing runs there any more, but for what hangs in a volume that does not answer: that ends when it does.
kill_all() {
    for _ in $(seq 20); do
        [ -n "$(host_pids "$1")" ] || break
        signal_host "$1" KILL
    done
    wait "$(pid "$1.node")" 2>/dev/null || true
}

# power_off HOST: all stands still at once, as when the power goes; what is ended after that sees and says nothing any more.
power_off() {
    signal_host "$1" STOP
    : >"$WORK/run/$1.dark"
    cable "$1"
    kill_all "$1"
}

power_on() {
    rm "$WORK/run/$1.dark"
    cable "$1"
    boot "$1"
}

# log_off HOST: its node ends in good order; nobody waits for it.
log_off() { kill -TERM "$(pid "$1.node")"; }
