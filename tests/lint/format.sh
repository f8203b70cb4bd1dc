#!/bin/sh
# The layout of our C is clang-format's; nobody leaves a note to do something later.
set -u
cd "$(dirname "$0")/../.." || exit 3
files=$(git ls-files --cached --others --exclude-standard '*.c' '*.h')
# shellcheck disable=SC2086
clang-format --dry-run -Werror $files || exit 1
marks=$(git grep -nIE '\b(TODO|FIXME|XXX|HACK)\b' -- '*.c' '*.h' '*.lua' '*.sh' '*.rl' '*.def' Makefile README.md ':!tests/lint/format.sh')
[ -z "$marks" ] || { echo "$marks"; exit 1; }
echo "format: $(echo "$files" | wc -l) files"
