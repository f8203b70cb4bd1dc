# What really happened, read back from the archive and the journals; sourced after site.sh.

# frames_of CAMERA NUMBER FILE: writes the burnt-in frame numbers of all that lies on the volumes of a camera, each once, in
# order. Fails if a picture of another camera is among them (R31).
frames_of() {
    find "$WORK"/disk-* -path "*/$1/*" -name '*.ts' -print0 | xargs -0 -r "$SITE_TESTS/frames" --list >"$3.all" || true
    if awk -v number="$2" '/ frame [0-9]+$/ && $(NF - 2) != number { exit 1 }' "$3.all"; then
        awk '/ frame [0-9]+$/ { print $NF }' "$3.all" | sort -nu >"$3"
    else
        fail "footage of another camera lies with $1"
    fi
}

# missing_in FILE: the holes in a list of frame numbers: FIRST LAST COUNT, one a line.
missing_in() { awk 'NR > 1 && $1 != last + 1 { print last + 1, $1 - 1, $1 - last - 1 } { last = $1 }' "$1"; }
