# A site on one machine, for the demo and the system tests: cameras, volumes, nodes; sourced by sh scripts.
#
# A script sets WORK (a folder of its own), calls site_begin, and what it starts is ended by process id when it exits,
# however it exits. UNDERSTUDY_BIN and UNDERSTUDY_TESTS say where the programs lie.

: "${UNDERSTUDY_BIN:=build/bin}" "${UNDERSTUDY_TESTS:=build/tests}"
PATH=$(cd "$UNDERSTUDY_BIN" && pwd):$PATH
SITE_TESTS=$(cd "$UNDERSTUDY_TESTS" && pwd)
SITE_PIDS=''

say() { printf '%s  %s\n' "$(date -u +%H:%M:%S)" "$*"; }
fail() {
    say "FAIL: $*"
    exit 1
}
now_ms() { date +%s%3N; }

site_begin() {
    rm -rf "$WORK"
    mkdir -p "$WORK"
    trap site_end EXIT
    trap 'exit 130' INT TERM
}

# Ends whatever still runs, in good order where it listens.
site_end() {
    for pid in $SITE_PIDS; do
        kill -CONT "$pid" 2>/dev/null || true
        kill -TERM "$pid" 2>/dev/null || true
    done
    for pid in $SITE_PIDS; do
        for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.5
        done
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    SITE_PIDS=''
}

# camera NAME NUMBER [option...]: a test camera on port 8600 + NUMBER, with its number in every picture; its pid is left in
# camera_NAME.
camera() {
    name=$1 number=$2
    shift 2
    "$SITE_TESTS/camera" --name "$name" --port $((8600 + number)) --clip "$SITE_TESTS/clip-$number.ts" --with-parent "$@" >>"$WORK/camera-$name.log" 2>&1 &
    eval "camera_$name=$!"
    SITE_PIDS="$SITE_PIDS $!"
}

# volume NAME: makes WORK/NAME a volume of this name.
volume() {
    mkdir -p "$WORK/$1"
    understudy volume init "$WORK/$1" --name "$1" >/dev/null || fail "the volume $1 cannot be prepared"
}

# node NAME [option...]: starts the node of a server on WORK/deployment, with the keys in KEYS or WORK/keys; its pid is left in
# node_NAME.
node() {
    node_name=$1
    shift
    understudy node "$WORK/deployment" --server "$node_name" --state "$WORK/state-$node_name" --keys "${KEYS:-$WORK/keys}" "$@" >>"$WORK/node-$node_name.log" 2>&1 &
    eval "node_$node_name=$!"
    SITE_PIDS="$SITE_PIDS $!"
}

# status NAME FILTER: what the node of a server says of itself, by a jq filter; empty if it does not answer.
status() { understudy status --state "$WORK/state-$1" --json 2>/dev/null | jq -r "$2" 2>/dev/null; }

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
    limit=$(($(now_ms) + $1 * 1000)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ "$(now_ms)" -lt "$limit" ] || fail "$what: not within the time"
        sleep 0.1
    done
}

# wait_until MS WHAT: until this moment of the wall clock; counts down on a terminal.
wait_until() {
    while left=$(($1 - $(now_ms))) && [ "$left" -gt 0 ]; do
        [ ! -t 1 ] || printf '\r          %d s until %s ' $(((left + 999) / 1000)) "$2"
        if [ "$left" -gt 1000 ]; then sleep 1; else sleep "$(printf '%d.%03d' $((left / 1000)) $((left % 1000)))"; fi
    done
    [ ! -t 1 ] || printf '\r%60s\r' ''
}

# Whether all cameras of a server are recorded by it, and nothing else is going on.
recording() { [ "$(status "$1" '[.cameras[] | select(.main == .server)] | length > 0 and all(.state == "recording")')" = true ]; }
failover_state() { status "$1" ".failovers[] | select(.name == \"$2\") | .state"; }
camera_is() { [ "$(status "$1" ".cameras[] | select(.name == \"$2\") | .state")" = "$3" ]; }
failover_is() { [ "$(failover_state "$1" "$2")" = "$3" ]; }

# pair [EDIT [option...]]: the site of examples/01-pair in WORK, edited by sed, with its cameras and both nodes, at rest; omega's
# node with these options.
pair() {
    volume disk-a
    volume disk-o
    sed -e "s#/tmp/understudy-demo#$WORK#" -e "${1:-}" examples/01-pair/topology.lua >"$WORK/topology.lua"
    understudy compile "$WORK/topology.lua" -o "$WORK/deployment" >/dev/null
    understudy keys "$WORK/deployment" -o "$WORK/keys" >/dev/null
    camera lobby 1
    camera gate 2
    camera yard 3
    node alpha
    [ $# = 0 ] || shift
    node omega "$@"
    wait_for 20 "alpha records its cameras" recording alpha
    wait_for 20 "omega watches alpha" failover_is omega alpha-to-omega watching
}
