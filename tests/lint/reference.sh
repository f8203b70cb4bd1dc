#!/bin/sh
# The reference page of the language is what the compiler says of itself.
# usage: reference.sh UNDERSTUDY_PROGRAM
set -u
cd "$(dirname "$0")/../.." || exit 3
if ! "$1" words --markdown | cmp -s - dsl/reference.md; then
    echo "dsl/reference.md is not current: $1 words --markdown >dsl/reference.md"
    exit 1
fi
echo "reference: current"
