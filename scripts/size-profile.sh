#!/usr/bin/env bash
# Runs a command and writes the size profile of that of its processes which asked for the most blocks.
#   scripts/size-profile.sh OUT.csv COMMAND [ARGUMENT...]
# Needs a C compiler and nothing of the build. See docs/workloads.md, "Size profiles".
set -eu
if [[ $# -lt 2 ]]; then
    sed -n '2,4s/^# //p' "$0" >&2
    exit 2
fi
out=$1
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -fPIC -shared -fno-builtin -pthread \
    -o "$tmp/sizeprofile.so" "$(dirname "$0")/sizeprofile.c" -ldl
mkdir "$tmp/processes"
status=0
SIZEPROFILE=$tmp/processes LD_PRELOAD=$tmp/sizeprofile.so "$@" || status=$?
most=$(find "$tmp/processes" -name '*.csv' -printf '%f\n' | sort -n | tail -n 1)
if [[ -z $most ]]; then
    echo "size-profile.sh: no process wrote a profile: is it a static program, or was it killed?" >&2
    exit 3
fi
cp "$tmp/processes/$most" "$out"
echo "$out: ${most%%-*} blocks" >&2
exit $status
