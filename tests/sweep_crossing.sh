#!/usr/bin/env bash
# A planted pair that crosses, measured by time on a quiet machine: "flat" takes 600 steps more than the
# C library at every malloc, "rising" one for each 10 live blocks (20 at 400 slots, 200 at 4k, some 900 at
# 40k). The sweep must say that rising is faster up to 4k and flat from 40k on. By hand: make
# sweep-crossing; tests/cli/sweep_test.sh lets a busy machine leave it open.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${CC:-cc}" -O2 -shared -fPIC -o "$folder/libsteps.so" tests/cli/planted_steps.c
"${HAKBENCH:-./hakbench}" rebase --no-pin --quiet --runs "${RUNS:-12}" --set operations=2M --results "$folder" \
    --allocators system --reference system --allocator "flat=$folder/libsteps.so;PLANT_STEPS=600" \
    --allocator "rising=$folder/libsteps.so;PLANT_LIVE=10" --sweep working_set=400,4k,40k >"$folder/out"
cat "$folder/out"
grep -q 'rising is faster than flat up to 4k, flat from 40k on' "$folder/out" || {
    echo "the crossing is not named where it is; a busy machine leaves it open"
    exit 1
}
echo "the crossing is named where it is"
