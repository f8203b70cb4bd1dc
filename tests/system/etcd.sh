# A coordinator for the system tests: an etcd cluster of three members on loopback, with certificates, and a site that uses it;
# sourced after site.sh. Its members are ended by process id like all that a script starts.

# etcd_member NUMBER: starts the member 1, 2 or 3 on WORK/etcd-NUMBER; its pid is left in etcd_NUMBER.
etcd_member() {
    etcd --name "m$1" --data-dir "$WORK/etcd-$1" --listen-client-urls "https://127.0.0.1:750$1" --advertise-client-urls "https://127.0.0.1:750$1" \
        --listen-peer-urls "http://127.0.0.1:751$1" --initial-advertise-peer-urls "http://127.0.0.1:751$1" \
        --initial-cluster m1=http://127.0.0.1:7511,m2=http://127.0.0.1:7512,m3=http://127.0.0.1:7513 \
        --client-cert-auth --trusted-ca-file "$WORK/certs/ca.pem" --cert-file "$WORK/certs/127.0.0.1.pem" --key-file "$WORK/certs/127.0.0.1.key" \
        >>"$WORK/etcd-$1.log" 2>&1 &
    eval "etcd_$1=$!"
    SITE_PIDS="$SITE_PIDS $!"
}

etcd_begin() {
    sh examples/etcd-certificates.sh "$WORK/certs" 127.0.0.1
    for number in 1 2 3; do etcd_member $number; done
}

# etcd_do NUMBER SIGNAL: sends a signal to a member; a killed one is waited for.
etcd_do() {
    eval "kill -$2 \$etcd_$1"
    [ "$2" != KILL ] || eval "wait \$etcd_$1" 2>/dev/null || true
}

# etcd_ask PATH JSON: a request by curl to whichever member answers.
etcd_ask() {
    for number in 1 2 3; do
        curl -s -m 2 --cacert "$WORK/certs/ca.pem" --cert "$WORK/certs/127.0.0.1.pem" --key "$WORK/certs/127.0.0.1.key" \
            "https://127.0.0.1:750$number$1" -d "$2" && return 0
    done
    return 1
}

# The number of the member that leads.
etcd_leader() {
    for number in 1 2 3; do
        curl -s -m 2 --cacert "$WORK/certs/ca.pem" --cert "$WORK/certs/127.0.0.1.pem" --key "$WORK/certs/127.0.0.1.key" \
            "https://127.0.0.1:750$number/v3/maintenance/status" -d '{}' | jq -e '.leader == .header.member_id' >/dev/null 2>&1 && echo $number && return 0
    done
    return 1
}

# coordinated [WHEN_UNREACHABLE [EDIT]]: the site of examples/01-pair with a coordinator in WORK, edited by sed, compiled.
coordinated() {
    volume disk-a
    volume disk-o
    {
        printf 'site { lease = "3 s", claim = "2 s" }\n'
        sed -e "s#/tmp/understudy-demo#$WORK#" -e "${2:-}" examples/01-pair/topology.lua
        printf 'coordinator { etcd = { "https://127.0.0.1:7501", "https://127.0.0.1:7502", "https://127.0.0.1:7503" },\n'
        printf '  ca = "%s/certs/ca.pem", cert = "%s/certs/127.0.0.1.pem", key = "%s/certs/127.0.0.1.key", when_unreachable = "%s" }\n' \
            "$WORK" "$WORK" "$WORK" "${1:-allow}"
    } >"$WORK/topology.lua"
    understudy compile "$WORK/topology.lua" -o "$WORK/deployment" >/dev/null
    understudy keys "$WORK/deployment" -o "$WORK/keys" >/dev/null
}

# What a node shows of a claim: claim_of NODE MAIN, "EPOCH HOLDER alive" or "EPOCH HOLDER lapsed".
claim_of() { status "$1" ".coordinator.claims[] | select(.main == \"$2\") | \"\\(.epoch) \\(.holder) \\(if .alive then \"alive\" else \"lapsed\" end)\""; }
claim_is() { [ "$(claim_of "$1" "$2")" = "$3" ]; }
main_is() { [ "$(status "$1" .state)" = "$2" ]; }
reaches_coordinator() { [ "$(status "$1" .coordinator.in_reach)" = "$2" ]; }
