# An archive made of a clip, as a failover leaves it; sourced after site.sh. 2026-11-23, one camera `lobby` of alpha:
#   20:00:00 to 20:01:00  alpha, epoch 1, volume disk-a
#   20:01:00 to 20:01:15  nobody
#   20:01:15 to 20:02:20  omega, epoch 2, volume disk-o
#   20:02:10 to 20:03:00  alpha, epoch 3, volume disk-a: ten seconds twice

# The segments are cut from the clip, which lies as one long segment on a volume of its own, by `archive export`.
footage_begin() {
    mkdir -p "$WORK/whole" "$WORK/disk-a" "$WORK/disk-o"
    for name in whole disk-a disk-o; do understudy volume init "$WORK/$name" --name "$name" >/dev/null || fail "no volume $name"; done
    mkdir -p "$WORK/whole/clip/lobby/1-clip/2026-11-23"
    # Its container is told by its content; the name is that of any segment.
    cp "$SITE_TESTS/clip-1.ts" "$WORK/whole/clip/lobby/1-clip/2026-11-23/20261123T200000.000Z_600000ms.${SEGMENT_SUFFIX:-ts}"
}

# segment VOLUME WRITER SECOND: ten seconds from that second on.
segment() {
    from=$(date -u -d "2026-11-23T20:00:00Z + $3 seconds" +%Y-%m-%dT%H:%M:%SZ)
    to=$(date -u -d "2026-11-23T20:00:00Z + $(($3 + 10)) seconds" +%Y-%m-%dT%H:%M:%SZ)
    mkdir -p "$WORK/$1/alpha/lobby/$2/2026-11-23"
    understudy archive export "$WORK/whole" --camera lobby --from "$from" --to "$to" -o "$WORK/cut.ts" >/dev/null || fail "no segment at $3"
    mv "$WORK/cut.ts" "$WORK/$1/alpha/lobby/$2/2026-11-23/$(echo "$from" | tr -d ':-' | sed 's/Z$//').000Z_10000ms.${SEGMENT_SUFFIX:-ts}"
    rm "$WORK/cut.ts.json"
}

# Without their indexes: `archive verify --repair` makes them.
footage() {
    footage_begin
    for second in 0 10 20 30 40 50; do segment disk-a 1-alpha $second; done
    for second in 75 85 95 105 115 125 130; do segment disk-o 2-omega $second; done
    for second in 130 140 150 160 170; do segment disk-a 3-alpha $second; done
}
