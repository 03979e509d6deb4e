#!/usr/bin/env bash
# The random walk of walk.c for minutes or hours, on one allocator. Closes with "N passed, N failed".
#   walk.sh [LIBRARY.so] [SECONDS [SEED]]      none or "-": the C library's; 60 seconds
#   BUILD=dir  where to build
# Long walks are cut into rounds of a minute, each with a seed of its own, which a failure names.
set -u
cd "$(dirname "$0")/../.." || exit 2
library=${1:--} seconds=${2:-60} seed=${3:-$(date +%s)}
build=${BUILD:-build}
passed=0 failed=0
[[ $build == /* ]] || build=$PWD/$build
preload=()
[[ $library == - ]] || preload=("LD_PRELOAD=$(realpath "$library")")
mkdir -p "$build/tests/alloc"
BUILD=$build tests/alloc/run.sh --build "$PWD/tests/alloc/walk.c" || exit 2

end=$((SECONDS + seconds))
while [[ $SECONDS -lt $end ]]; do
    part=$((end - SECONDS))
    [[ $part -le 60 ]] || part=60
    # What ends badly is said by the walk itself, with mode and seed.
    if timeout -k 5 $((part * 3 + 120)) env "${preload[@]}" "$build/tests/alloc/walk" "$part" "$seed" </dev/null; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "again: walk.sh $library $part $seed"
    fi
    seed=$((seed + 1))
done
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
