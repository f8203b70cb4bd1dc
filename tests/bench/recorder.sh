#!/bin/sh
# What it takes until a camera is on disk, which pictures a take-over costs, and what a recording camera costs, beside a freshly started `ffmpeg -c copy -f segment`
# for each camera, on the same test camera in the same run; the camera sends a keyframe at each whole second.
# usage: recorder.sh BUILD_DIR
set -eu
build=$(realpath "$1")
cd "$(dirname "$0")/../.."
command -v ffmpeg >/dev/null || { echo "bench: the peer is missing: apt-get install ffmpeg" >&2; exit 3; }
work=$(mktemp -d /tmp/understudy-bench-XXXXXX)
camera=''
trap '[ -z "$camera" ] || kill $camera 2>/dev/null; rm -rf "$work"' EXIT INT TERM
"$build/tests/camera" --name bench --port 0 --clip "$build/tests/clip.ts" --with-parent >"$work/camera" 2>&1 &
camera=$!
until grep -q rtsp:// "$work/camera"; do sleep 0.1; done
url=$(grep -o 'rtsp://[^ ]*' "$work/camera" | head -1)
mkdir "$work/volume" "$work/ffmpeg"
"$build/bin/understudy-recorder" volume init "$work/volume" --name bench >/dev/null

ours() { "$build/tests/bench-recorder" "$build/bin/understudy-recorder" "$url" "$work/volume" "$@"; rm -rf "$work/volume/alpha"; }
peer() { "$build/tests/bench-recorder" ffmpeg "$url" "$work/ffmpeg" "$@"; rm -f "$work/ffmpeg"/*; }
middle() { sort -n | awk '{ value[NR] = $1 } END { printf "%.0f", value[int((NR + 1) / 2)] }'; }
tell() { # TITLE: of the rounds in $work/rounds
    printf '  %-34s %5s ms after the order, %5s ms after the next keyframe\n' "$1" "$(cut -d' ' -f1 "$work/rounds" | middle)" "$(cut -d' ' -f2 "$work/rounds" | middle)"
}

echo "until the first keyframe is on disk (median of 9)"
ours start armed 9 >"$work/rounds"; tell "armed"
ours start cold 9 >"$work/rounds"; tell "cold, in a worker that waits"
peer start - 9 >"$work/rounds"; tell "ffmpeg, started for it"
armed=$(ours mass armed 32); cold=$(ours mass cold 32); started=$(peer mass - 32)
printf '32 cameras at once, until the last is on disk: armed %s ms, cold %s ms, 32 ffmpeg %s ms\n' "$armed" "$cold" "$started"
# FILE...: how many pictures are missing between the first and the last, by the counters that are burnt into them; what is
# written twice counts once, and the clip of 15000 pictures may begin again meanwhile.
missing() {
    "$build/tests/frames" --list "$@" 2>/dev/null | sed -n 's/.* frame //p' | sort -nu | awk '
        NR == 1 { first = $1 } NR > 1 { hole = $1 - last - 1; if (hole > 7500) again = 1; else missing += hole } { last = $1 }
        END { if (again) missing += first + 14999 - last; if (NR < 50) print "?"; else print missing + 0 }'
}
lost() { # HOW: over the take-over, and over the hand-back
    "$build/tests/bench-recorder" "$build/bin/understudy-recorder" "$url" "$work/volume" hand "$1" 1
    over=$(missing "$work"/volume/alpha/camera-0/*/*/*.ts* "$work"/volume/alpha/camera-16/*/*/*.ts*)
    back=$(missing "$work"/volume/alpha/camera-16/*/*/*.ts* "$work"/volume/alpha/camera-32/*/*/*.ts*)
    rm -rf "$work/volume/alpha"
}
echo "pictures missing where the recorder of a camera is killed (kill -9), and where it takes the camera back"
lost armed; printf '  hot: %s at the take-over, %s at the hand-back\n' "$over" "$back"
lost cold; printf '  cold, in a worker that waits: %s at the take-over, %s at the hand-back\n' "$over" "$back"
"$build/tests/bench-recorder" ffmpeg "$url" "$work/ffmpeg" hand - 1
printf '  ffmpeg, started anew: %s\n' "$(missing "$work"/ffmpeg/*.ts)"; rm -f "$work/ffmpeg"/*
for cameras in 8 32; do
    mine=$(ours cost $cameras 20)
    theirs=$(peer cost $cameras 20)
    echo "$mine $theirs" | awk -v cameras=$cameras '{
        printf "%d cameras, each: %.2f %% of a processor and %.1f MiB; ffmpeg %.2f %% and %.1f MiB: %.2f of its time, %.2f of its memory\n",
            cameras, $1, $2, $3, $4, $1 / $3, $2 / $4 }'
done
