#!/usr/bin/env bash
# Instructions on hakmem's fast paths: from the entry of malloc and free to their first return.
# Fails when one has grown beyond its limit.    asm-count.sh LIBRARY
set -eu
library=${1:?usage: asm-count.sh LIBRARY}
malloc_most=13 free_most=16
# clang masks the granule's number where gcc moves 32 bits: two instructions more.
if readelf -p .comment "$library" | grep -q clang; then free_most=18; fi
failed=0

# By its address: a function with two names is shown by one of them.
count() { # function
    local start
    start=$(nm --dynamic --defined-only --format=posix "$library" |
        awk -v name="$1" '$1 == name {print $3}')
    objdump -d --no-show-raw-insn --start-address="0x${start:-0}" "$library" |
        awk '/^ +[0-9a-f]+:\t/ {n++} /\tret/ {print n; exit}'
}

check() { # function limit
    local n
    n=$(count "$1")
    printf '%-8s %3d instructions, at most %d\n' "$1" "${n:-0}" "$2"
    [[ -n $n && $n -le $2 ]] || failed=1
}

[[ $(uname -m) == x86_64 ]] || { echo "only counted on x86-64"; exit 0; }
check malloc $malloc_most
check free $free_most
exit $failed
