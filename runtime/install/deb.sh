#!/bin/sh
# Debian packages of what `make install` put into a staged tree:
#   understudy           the front, the dry run, the operator's verbs, the manual
#   understudy-node      the node and its recorder: with understudy, all that a recording server needs
#   understudy-compiler  what else a machine needs that compiles topologies and draws them; no file of its own
# The same tree and SOURCE_DATE_EPOCH give the same bytes.
# usage: deb.sh STAGED_TREE VERSION DIR
set -eu
staged=$1 version=$2 out=$3
here=$(dirname "$0")
architecture=$(dpkg --print-architecture)
maintainer=${DEBFULLNAME:-Understudy} maintainer="$maintainer <${DEBEMAIL:-understudy@localhost}>"
work=$out/packages
rm -rf "$work"
mkdir -p "$work"

# move PACKAGE PATH...: files of the staged tree become those of a package.
move() {
    package=$1
    shift
    for path; do
        mkdir -p "$work/$package/$(dirname "$path")"
        mv "$staged/$path" "$work/$package/$path"
    done
}

# needs FOLDER: the packages with the shared libraries that the programs in it are linked with; the recorder brings its libvlc.
needs() {
    mkdir -p "$work/shlibdeps/debian"
    printf 'Source: understudy\n\nPackage: understudy\nArchitecture: any\n' >"$work/shlibdeps/debian/control"
    files=$(find "$(cd "$1" && pwd)" -type f \( -name 'understudy*' -o -name '*.so*' \) -exec sh -c 'head -c 4 "$1" | grep -q ELF' sh {} \; -print | sed 's/^/-e/')
    # shellcheck disable=SC2086
    (cd "$work/shlibdeps" && dpkg-shlibdeps -O --ignore-missing-info $files 2>shlibdeps.log) | sed -n 's/^shlibs:Depends=//p' | sed 's/libvlc[a-z]*[0-9] ([^)]*), //g'
}

# documents PACKAGE: the texts that every package has.
documents() {
    folder=$work/$1/usr/share/doc/$1
    mkdir -p "$folder"
    cp "$here/copyright" "$folder/copyright"
    printf 'understudy (%s) unstable; urgency=medium\n\n  * The history of the sources tells what has changed.\n\n -- %s  %s\n' \
        "$version" "$maintainer" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$folder/changelog.gz"
}

# package NAME ARCHITECTURE DEPENDS SECTION SUMMARY, the description on standard input.
package() {
    root=$work/$1
    documents "$1"
    find "$root/usr/share/man" -type f ! -name '*.gz' -exec gzip -9n {} + 2>/dev/null || true
    find "$root" -type d -exec chmod 755 {} +
    mkdir -p "$root/DEBIAN"
    (cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
    for script in preinst postinst prerm postrm; do
        if [ -e "$here/$1.$script" ]; then install -m 755 "$here/$1.$script" "$root/DEBIAN/$script"; fi
    done
    {
        printf 'Package: %s\nSource: understudy\nVersion: %s\nArchitecture: %s\nMaintainer: %s\nInstalled-Size: %s\n' \
            "$1" "$version" "$2" "$maintainer" "$(du -sk --apparent-size "$root/usr" | cut -f1)"
        printf 'Depends: %s\n' "$3"
        if [ "$1" = understudy ]; then echo "Suggests: understudy-compiler (= $version), understudy-node (= $version)"; fi
        printf 'Section: %s\nPriority: optional\nDescription: %s\n' "$4" "$5"
        sed 's/^/ /'
    } >"$root/DEBIAN/control"
    dpkg-deb --root-owner-group -Zxz --build "$root" "$out/$1_${version}_$2.deb" >/dev/null
    echo "$out/$1_${version}_$2.deb"
}

strip --strip-unneeded "$staged"/usr/lib/understudy/bin/*
move understudy-node usr/lib/understudy/bin/understudy-node usr/lib/understudy/bin/understudy-recorder usr/lib/understudy/vlc \
    usr/sbin/understudy-node usr/share/man/man8 usr/lib/systemd usr/lib/sysusers.d usr/lib/tmpfiles.d
[ ! -d "$staged/usr/lib/understudy/player" ] || move understudy-node usr/lib/understudy/player
move understudy usr/lib/understudy/bin/understudy usr/lib/understudy/bin/understudy-sim usr/bin/understudy usr/share
rm -f "$work/understudy/usr/share/doc/understudy/LICENSE"
left=$(find "$staged" -not -type d)
[ -z "$left" ] || { echo "deb.sh: in no package: $left" >&2; exit 1; }

package understudy "$architecture" "$(needs "$work/understudy")" video "failover for recording servers: the front" <<TEXT
When a main recording server dies, its standby records its cameras within
seconds, and gives them back without a gap. This package reads and dry-runs
descriptions of such sites and speaks with the nodes that run them.
TEXT
package understudy-node "$architecture" "understudy (= $version), systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles, $(needs "$work/understudy-node")" \
    video "failover for recording servers: the daemon of a server" <<TEXT
It records the cameras of one server, watches the mains that this server is a
standby for, and takes over and returns them. It needs no compiler.
TEXT
package understudy-compiler all "understudy (= $version), ragel, gcc, libc6-dev, graphviz" \
    video "failover for recording servers: tools to compile a site" <<TEXT
It brings what "understudy compile" and "understudy graph" run: Ragel, a C
compiler and Graphviz. A recording server needs none of them.
TEXT
