# What is done to a site, act by act: those of the outage files, and those that only the bed has; sourced by bed.sh.
#
#   one_way A B         nothing gets from A to B, but all from B to A
#   lossy A B PERCENT   of what is sent between the two gets lost, both ways
#   slow A B BITS       that many bits a second get from A to B, in one long queue
#   flap A B ON OFF     the path is there for ON ms, then away for OFF ms, over and over
#   clear A B           none of these any more, either way
#   attack A            somebody who is no server floods A's port with connections of every bad kind (attacker.c), until relent A
#   kill A              all that runs on A is killed and started again at once; its network stays
#   kill_part A WORD    those processes of A are killed that are started with this word: worker, lookout, coordinator
#   kill_leader         the member that leads the coordinator is killed; revive starts it again
#   lose_at, regain_at, freeze_at, thaw_at A VOLUME     a volume is away, or hangs, for one host alone
#   freeze, thaw VOLUME                                 or for all

ip_of() { site_of server 3 "$1" && site_of member 3 "$1"; }

# path A B WHAT: what becomes of all that goes from A to B, for nft; a table of its own, so that one call makes it and one takes it away.
path() {
    from=$(ip_of "$1") to=$(ip_of "$2")
    echo "table bridge path_${from}_$to { chain path { type filter hook forward priority 0; ip saddr $from ip daddr $to $3; }; }"
}
no_path() {
    table=path_$(ip_of "$1")_$(ip_of "$2")
    echo "add table bridge $table; delete table bridge $table"
}
paths_clear() { { no_path "$1" "$2" && no_path "$2" "$1"; } | nft -f -; }

# end_slow A B: no queue any more.
end_slow() {
    [ -e "$WORK/run/slow.$1.$2" ] || return 0
    tc qdisc del dev "to-$2" root
    rm "$WORK/run/slow.$1.$2"
}

clear() {
    flapping=$(pid "flap.$1.$2") || flapping=''
    if [ -n "$flapping" ]; then
        kill "$flapping"
        wait "$flapping" 2>/dev/null || true
    fi
    rm -f "$WORK/run/flap.$1.$2"
    paths_clear "$1" "$2"
    end_slow "$1" "$2"
    end_slow "$2" "$1"
}

# both_ways A B WHAT
both_ways() { { path "$1" "$2" "$3" && path "$2" "$1" "$3"; } | nft -f -; }
one_way() { path "$1" "$2" 'counter drop' | nft -f -; }

# Of a server and another one, the coordinator, or a NAS, which then neither answers nor fails.
is_volume() { [ -n "$(site_of volume 4 "$1")" ]; }
ends_of() { if [ "$1" = coordinator ]; then site_of member 2; else echo "$1"; fi; }
cut() {
    if is_volume "$2"; then
        freeze_at "$1" "$2"
    else
        for end in $(ends_of "$2"); do both_ways "$1" "$end" 'counter drop'; done
    fi
}
heal() {
    if is_volume "$2"; then
        thaw_at "$1" "$2"
    else
        for end in $(ends_of "$2"); do clear "$1" "$end"; done
    fi
}
lossy() { both_ways "$1" "$2" "numgen random mod 100 < $3 counter drop"; }

# The queue is as long as a minute of it: what is late is late, and not lost.
slow() {
    : >"$WORK/run/slow.$1.$2"
    tc qdisc replace dev "to-$2" root handle 1: htb default 1
    tc class add dev "to-$2" parent 1: classid 1:1 htb rate 1gbit quantum 60000
    tc class add dev "to-$2" parent 1: classid 1:2 htb rate "${3}bit" burst 1600 quantum 1600
    tc qdisc add dev "to-$2" parent 1:2 bfifo limit $(($3 * 60 / 8))
    tc filter add dev "to-$2" parent 1: protocol ip u32 match ip src "$(ip_of "$1")/32" flowid 1:2
}

milliseconds() { printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)); }
flap() {
    on=$(milliseconds "$3") off=$(milliseconds "$4")
    while sleep "$on"; do
        cut "$1" "$2"
        sleep "$off"
        paths_clear "$1" "$2"
    done &
    keep_pid "flap.$1.$2" $!
}

# ---- servers ----

fail_act() { power_off "$1"; }
restore() { power_on "$1"; }
log_on() { boot "$1"; }
pause() { signal_host "$1" STOP; }
wake() { signal_host "$1" CONT; }
kill_act() {
    kill_all "$1"
    boot "$1"
}

kill_part() {
    for process in $(host_pids "$1"); do
        [ "$(tr '\0' '\n' <"/proc/$process/cmdline" 2>/dev/null | sed -n 2p)" != "$2" ] || kill -KILL "$process" 2>/dev/null || true
    done
}

# The cable is pulled, and with it go the volumes that are reached by it.
nas_of() { for volume in $(site_of server 4 "$1" | tr ',' ' '); do [ "$(site_of volume 4 "$volume")" != nas ] || echo "$volume"; done; }
isolate() {
    : >"$WORK/run/$1.isolated"
    cable "$1"
    for volume in $(nas_of "$1"); do freeze_at "$1" "$volume"; done
}
rejoin() {
    rm "$WORK/run/$1.isolated"
    cable "$1"
    for volume in $(nas_of "$1"); do thaw_at "$1" "$volume"; done
}

# A clock that is set while all goes on.
jump() {
    case $2 in
    -*) sign=- ;;
    *) sign=+ ;;
    esac
    case ${3-} in
    h) unit_ms=3600000 ;;
    min) unit_ms=60000 ;;
    s) unit_ms=1000 ;;
    *) fail "the bed does not know by how much the clock of $1 is to jump: $2 ${3-}" ;;
    esac
    number=${2#[-+]}
    set_clock "$1" $(($(tr -d ' ' <"$WORK/clock-$1") $sign number * unit_ms))
}

# ---- the coordinator ----

kill_leader() {
    killed=$(leader) || fail "nobody leads the coordinator"
    say "  ($killed leads)"
    kill -KILL "$(pid "$killed.member")"
    wait "$(pid "$killed.member")" 2>/dev/null || true
}
revive() { member_start "$killed"; }

attack() {
    [ -e "$WORK/run/intruder.host" ] || host_open intruder 10.77.2.2
    start_on intruder "attack.$1" attack.log "$SITE_TESTS/attacker" "$(ip_of "$1")" "$(site_of server 5 "$1")"
}
relent() { kill "$(pid "attack.$1")"; }

# ---- volumes, cameras, operators ----

at_all() { # ACT VOLUME
    for host in $(hosts_of "$2"); do "$1" "$host" "$2"; done
}
lose_at() { unmount_at "$1" "$2"; }
regain_at() {
    mount_at "$1" "$2"
    [ ! -e "$WORK/run/$1.isolated" ] || [ "$(site_of volume 4 "$2")" != nas ] || freeze_at "$1" "$2"
}
lose() { if [ "$1" = coordinator ]; then coordinator_cables down; else at_all unmount_at "$1"; fi; }
regain() { if [ "$1" = coordinator ]; then coordinator_cables up; else at_all regain_at "$1"; fi; }
coordinator_cables() {
    for member in $(site_of member 2); do ip link set "to-$member" "$1"; done
}
freeze() { at_all freeze_at "$1"; }
thaw() { at_all thaw_at "$1"; }

# Something else takes all the room there is, and all that becomes free.
fill() {
    while :; do
        head -c 128M /dev/zero >>"$WORK/disk-$1/something-else" 2>/dev/null || true
        sleep 0.1
    done &
    keep_pid "fill.$1" $!
}
empty() {
    kill "$(pid "fill.$1")"
    wait "$(pid "fill.$1")" 2>/dev/null || true
    rm "$WORK/disk-$1/something-else"
}

stall() { kill -USR1 "$(pid "$1.camera")"; }
resume() { stall "$1"; }

order() { understudy "$1" "$2" --state "$WORK/state-$(site_of failover 3 "$2")" --reason 'the outage file says so' >>"$WORK/orders.log" 2>&1; }
force_start() { order force-start "$1"; }
force_stop() { order force-stop "$1"; }
disable() { order disable "$1"; }
enable() { order enable "$1"; }

# act VERB ARGUMENT...
act() {
    say "  $*"
    case $1 in
    fail | kill) verb=$1_act ;;
    restore | log_off | log_on | pause | wake | jump | kill_leader | revive | isolate | rejoin | cut | heal | lose | regain | fill | empty | stall | resume) verb=$1 ;;
    force_start | force_stop | disable | enable) verb=$1 ;;
    attack | relent | kill_part | one_way | lossy | slow | flap | clear | lose_at | regain_at | freeze_at | thaw_at | freeze | thaw) verb=$1 ;;
    *) fail "the bed cannot do \"$1\"" ;;
    esac
    shift
    "$verb" "$@"
}
