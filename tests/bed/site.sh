# A whole site on the bed: its hosts, volumes and cameras as the topology says; sourced after host.sh.

# site_read TOPOLOGY: writes WORK/site: "server NAME IP VOLUME,... PORT", "camera NAME SERVER IP PORT SESSIONS", "volume NAME PATH nas|path",
# "failover NAME STANDBY MONITOR", "member NAME IP PORT" of the coordinator, one a line.
site_read() {
    understudy print "$1" | awk '
        function field(key) { return match(line, key " = \"[^\"]*\"") ? quoted(substr(line, RSTART, RLENGTH)) : "" }
        function list(key) { return match(line, key " = \\{[^}]*\\}") ? quoted(substr(line, RSTART, RLENGTH)) : "" }
        function quoted(text, parts, count, i, all) {
            count = split(text, parts, "\"")
            for (i = 2; i <= count; i += 2) all = all (all == "" ? "" : ",") parts[i]
            return all
        }
        function tell(parts, name, host, volumes, members, count, i) {
            split(line, parts, "\""); name = parts[2]
            if (line ~ /^server /) {
                split(field("address"), host, ":"); volumes = list("archive")
                if (field("fallback") != "") volumes = volumes (volumes == "" ? "" : ",") field("fallback")
                print "server", name, host[1], volumes, host[2]
            } else if (line ~ /^camera /) {
                split(field("url"), parts, "/"); split(parts[3], host, ":")
                print "camera", name, field("server"), host[1], host[2], match(line, "sessions = [0-9]+") ? substr(line, RSTART + 11, RLENGTH - 11) : 2
            } else if (line ~ /^coordinator /) {
                count = split(list("etcd"), members, ",")
                for (i = 1; i <= count; i++) {
                    split(members[i], parts, "/"); split(parts[3], host, ":")
                    print "member", "etcd-" i, host[1], host[2]
                }
            } else if (line ~ /^volume /)
                print "volume", name, field("nas") field("path"), field("nas") != "" ? "nas" : "path"
            else if (line ~ /^failover /)
                print "failover", name, field("standby"), field("monitor")
        }
        /^[^ }]/ { line = "" }
        { line = line " " $0; sub(/^ /, "", line) }
        /^[^ ].*\}$/ || /^\}$/ { tell() }' >"$WORK/site"
}

# site_of KIND FIELD [NAME]: a field of all things of a kind, or of one; FIELD counts from 2, the name.
site_of() { awk -v kind="$1" -v field="$2" -v name="${3:-}" '$1 == kind && (name == "" || $2 == name) { print $field }' "$WORK/site"; }

# The coordinator: a host for each member, and nothing else on it.
coordinator_open() {
    cluster=$(awk '$1 == "member" { printf "%s%s=http://%s:2380", n++ ? "," : "", $2, $3 }' "$WORK/site")
    for member in $(site_of member 2); do
        host_open "$member" "$(site_of member 3 "$member")"
        mkdir "$WORK/data-$member"
        member_start "$member"
    done
}
member_start() {
    ip=$(site_of member 3 "$1") client=http://$(site_of member 3 "$1"):$(site_of member 4 "$1")
    start_on "$1" "$1.member" "$1.log" "$(command -v etcd)" --name "$1" --data-dir "$WORK/data-$1" --listen-client-urls "$client" \
        --advertise-client-urls "$client" --listen-peer-urls "http://$ip:2380" --initial-advertise-peer-urls "http://$ip:2380" \
        --initial-cluster "$cluster"
}

# The member that leads; none: exit 1.
leader() {
    for member in $(site_of member 2); do
        on_host "$member" "$(command -v curl)" -s -m 1 "http://$(site_of member 3 "$member"):$(site_of member 4 "$member")/v3/maintenance/status" -d '{}' |
            jq -e '.leader == .header.member_id' >/dev/null 2>&1 && echo "$member" && return 0
    done
    return 1
}

# Makes the hosts of WORK/site, their volumes, and the cameras.
site_open() {
    for volume in $(site_of volume 2); do store_open "$volume"; done
    switch_open
    # shellcheck disable=SC2046 # one address each
    host_open field $(site_of camera 4)
    coordinator_open
    [ -z "$(site_of member 2)" ] || wait_for 20 "the coordinator answers" leader
    number=0
    for camera in $(site_of camera 2); do
        number=$((number + 1))
        start_on field "$camera.camera" "camera-$camera.log" "$SITE_TESTS/camera" --name "$camera" \
            --address "$(site_of camera 4 "$camera")" --port "$(site_of camera 5 "$camera")" --clip "$SITE_TESTS/clip-$number.ts"
    done
    for host in $(site_of server 2); do
        host_open "$host" "$(site_of server 3 "$host")"
        for volume in $(site_of server 4 "$host" | tr ',' ' '); do mount_at "$host" "$volume"; done
        boot "$host"
    done
}

at_rest() {
    for main in $(site_of camera 3 | sort -u); do recording "$main" || return 1; done
    awk '$1 == "failover" { print $3, $2 }' "$WORK/site" >"$WORK/failovers"
    while read -r standby failover; do failover_is "$standby" "$failover" watching || return 1; done <"$WORK/failovers"
}

# Whatever state it is in: all that still runs logs off in good order.
site_close() {
    for what in "$WORK"/run/*.mirror; do kill -CONT "$(cat "$what")" 2>/dev/null || true; done
    for what in "$WORK"/run/flap.*; do [ ! -e "$what" ] || kill "$(cat "$what")" 2>/dev/null || true; done
    for host in $(site_of server 2); do
        signal_host "$host" CONT
        [ -z "$(host_pids "$host")" ] || kill -TERM "$(pid "$host.node")" 2>/dev/null || true
    done
    for host in $(site_of server 2); do
        for _ in $(seq 150); do
            [ -n "$(host_pids "$host")" ] || break
            sleep 0.1
        done
        signal_host "$host" KILL
    done
}
