#!/usr/bin/env bash
# Does the gate of docs/ci.md catch what it must and pass what it must? An allocator that is slowed by
# 3 % of its own time between calls is measured against the same with 0 %, and that against itself, as
# the example workflow does it; counts how often the gate fails, passes, or stays open.
#   scripts/ci-trial.sh [TIMES] [RUNS] [GATE] [PERCENT]
# 20 times of both take a quarter of an hour.
set -eu
cd "$(dirname "$0")/.."
times=${1:-20} runs=${2:-20} gate=${3:-throughput<-1%} percent=${4:-3}
build=$(realpath build)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The C library's malloc, slower by so many percent of what it does between two frees.
cat >"$folder/slowed.c" <<'C'
#include "slowed.h"
static void planted(void)
{
    slow_down(PERCENT / (100.0 - PERCENT));
}
PLANTED_PLUGIN("slowed", "slower by a share of its own time");
C
plugin() { # FILE PERCENT
    gcc -std=gnu11 -D_GNU_SOURCE -O2 -fPIC -fvisibility=hidden -falign-functions=64 -shared \
        -Iallocators -Itests/soak/plugins "-DPERCENT=$2" -o "$1" "$folder/slowed.c" -ldl -lm
}

# The two commits' builds, as the workflow would have them: plugins named base and head.
prepare() { # NAME PERCENT
    mkdir -p "$folder/$1/allocators"
    ln -s "$build/hakbench-worker" "$build/workloads" "$folder/$1/"
    ln -s "$build/allocators/floor.so" "$folder/$1/allocators/"
    plugin "$folder/$1/allocators/base.so" 0
    plugin "$folder/$1/allocators/head.so" "$2"
}

# Prints how often the gate failed, passed, stayed open.
trial() { # NAME
    local failed=0 passed=0 open=0 i status
    for ((i = 1; i <= times; i++)); do
        HAKBENCH_LIBDIR=$folder/$1 ./hakbench rebase --no-pin --quiet --runs "$runs" \
            --allocators head --reference base --results "$folder/results" \
            --json "$folder/session.json" >/dev/null 2>&1
        status=0
        ./hakbench compare --strict --allocators head --fail-on "$gate" "$folder/session.json" \
            >"$folder/report" || status=$?
        case $status in
        0) passed=$((passed + 1)) ;;
        1) failed=$((failed + 1)) ;;
        4) open=$((open + 1)) ;;
        *) cat "$folder/report" && exit "$status" ;;
        esac
        printf '%-7s %2d: status %d  %s\n' "$1" "$i" "$status" \
            "$(grep -a '^head  *throughput ' "$folder/report" | tr -s ' ')" >&2
        rm -rf "$folder/session.json" "$folder/results"
    done
    printf '%-7s %d runs of each, gate %s: failed %d, passed %d, open %d of %d\n' \
        "$1" "$runs" "$gate" "$failed" "$passed" "$open" "$times"
}

prepare slower "$percent"
prepare same 0
trial slower
trial same
