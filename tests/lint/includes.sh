#!/bin/sh
# Holds every #include against the table of rooms: who may know whom. Values flow one way.
# A line of the table: files (a shell pattern), then what they may include (extended regular expressions, one of them must
# match from the start). The first line whose pattern matches a file decides. Standard C headers are always allowed outside
# the engine; a file may always include headers of its own room.
set -u
cd "$(dirname "$0")/../.." || exit 3

table() {
    cat <<'TABLE'
dsl/host_lua.h          dsl/ compiler/(model|diag|arena)\.h lua\.h lualib\.h lauxlib\.h @posix
dsl/*                   dsl/ compiler/(model|diag|arena|diag_codes|later)\.h @posix
compiler/*              compiler/ dsl/dsl\.h runtime/(image|machine|outage|judge|limits|deployment|hash|filesystem)\.h jansson\.h expat\.h @posix
runtime/engine/*        runtime/(image|machine|limits)\.h runtime/engine/ (assert|stdbool|stddef|stdint|string)\.h
runtime/sim/stopwatch.c runtime/sim/ time\.h
runtime/sim/*           runtime/(image|machine|outage|judge|limits|deployment)\.h runtime/engine/(engine|trace|abstract)\.h runtime/sim/ jansson\.h @c
runtime/node/journal*  runtime/(image|machine|limits|deployment|hash|filesystem)\.h runtime/engine/(engine|trace)\.h runtime/node/ lmdb\.h @posix
runtime/node/etcd_http.c runtime/limits\.h runtime/node/ curl/ @posix
runtime/node/etcd_json.c runtime/limits\.h runtime/node/ jansson\.h nettle/base64\.h @posix
runtime/node/screen.c   runtime/node/ ncurses\.h @posix
runtime/node/http.c     runtime/node/ runtime/limits\.h microhttpd\.h @posix
runtime/node/coordinator_process.c runtime/(image|limits)\.h runtime/node/ recorder/(recorder|secret)\.h @posix
runtime/node/*          runtime/(image|machine|limits|deployment|hash|filesystem)\.h runtime/engine/(engine|trace)\.h runtime/node/ recorder/recorder\.h uv\.h zmq\.h jansson\.h @posix
runtime/*               runtime/(image|machine|outage|judge|limits|deployment|hash|filesystem)\.h nettle/ dlfcn\.h @posix
recorder/vlc.c          recorder/ vlc/ @posix
recorder/plugin/outlet.c recorder/outlet\.h vlc_[a-z]+\.h @posix
recorder/demux*         recorder/ libav[a-z]+/ @posix
recorder/matroska_head.c recorder/ libavformat/ @posix
recorder/fetch.c        recorder/ curl/ @posix
recorder/footage*       recorder/ libav[a-z]+/ libswscale/ @posix
recorder/sign.c         recorder/ nettle/eddsa\.h @posix
recorder/http.c         recorder/ microhttpd\.h @posix
recorder/hash.c         recorder/ libavutil/ nettle/ @posix
recorder/*              recorder/ jansson\.h @posix
TABLE
}

c='(assert|ctype|errno|inttypes|limits|locale|math|signal|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|stdatomic|float)\.h'
posix="($c|(fcntl|unistd|poll|pthread|spawn|time|dirent|strings|getopt|fnmatch|libgen|endian|dlfcn|elf|pwd|grp)\.h|sys/[a-z]+\.h|linux/[a-z0-9]+\.h|arpa/inet\.h|netdb\.h|net/if\.h|netinet/[a-z]+\.h)"

bad=0
for file in $(git ls-files --cached --others --exclude-standard '*.c' '*.h' '*.def' | grep -v '^tests/'); do
    [ -f "$file" ] || continue
    allowed=''
    while read -r pattern words; do
        # shellcheck disable=SC2254
        case $file in
        $pattern) allowed=$words; break ;;
        esac
    done <<EOF
$(table)
EOF
    regex='^('
    for word in $allowed; do
        case $word in
        @c) word=$c ;;
        @posix) word=$posix ;;
        esac
        regex="$regex$word|"
    done
    regex="${regex%|})"
    found=$(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]\([^>"]*\)[>"].*/\1/p' "$file" | grep -Ev "$regex")
    if [ -n "$found" ]; then
        for header in $found; do echo "$file: may not include $header"; done
        bad=1
    fi
done
[ $bad = 0 ] && echo "includes: the table holds"
exit $bad
