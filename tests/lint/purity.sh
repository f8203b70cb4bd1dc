#!/bin/sh
# Proves that the engine is pure: its archive needs nothing from outside but plain memory and text functions, the
# assert hook, and look-ups in the image.
# usage: purity.sh ENGINE_ARCHIVE
set -u
allowed='^(memcpy|memset|memcmp|memmove|strlen|strcspn|strcmp|__assert_fail|image_text|image_failover_[a-z_]*|image_failovers_overlap|image_list_find|_GLOBAL_OFFSET_TABLE_)$'
defined=$(nm --defined-only -g "$1" | awk 'NF == 3 { print $3 }' | sort -u)
needed=$(nm -u "$1" | awk '$1 == "U" { print $2 }' | sort -u)
[ -n "$defined" ] || { echo "purity: $1 defines nothing"; exit 1; }
foreign=$(echo "$needed" | grep -vxF "$defined" | grep -Ev "$allowed")
if [ -n "$foreign" ]; then
    echo "the engine is not pure; it needs:" $foreign
    exit 1
fi
echo "purity: the engine needs only" $(echo "$needed" | grep -vxF "$defined")
