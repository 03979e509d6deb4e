#!/usr/bin/env bash
# Does the gate of docs/ci.md catch what it must and pass what it must? Measures an allocator against
# itself made slower by 3 % (slow3), and against itself, as the example workflow does, and counts.
#   scripts/ci-trial.sh [TIMES] [RUNS] [GATE]
# Needs a quiet quarter of an hour for 20 times of both.
set -eu
cd "$(dirname "$0")/.."
times=${1:-20} runs=${2:-20} gate=${3:-throughput<-1%}
build=$(realpath build)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The two commits' builds, as the workflow would have them: plugins named base and head.
prepare() { # NAME HEAD
    mkdir -p "$folder/$1/allocators"
    ln -s "$build/hakbench-worker" "$build/workloads" "$folder/$1/"
    ln -s "$build/allocators/floor.so" "$folder/$1/allocators/"
    cp "$build/allocators/system.so" "$folder/$1/allocators/base.so"
    cp "$build/allocators/$2.so" "$folder/$1/allocators/head.so"
}

trial() { # NAME: prints how often the gate failed, passed, could not tell
    local failed=0 passed=0 open=0 i status
    for ((i = 1; i <= times; i++)); do
        HAKBENCH_LIBDIR=$folder/$1 ./hakbench rebase --no-pin --quiet --runs "$runs" \
            --allocators head --reference base --results "$folder/results" \
            --json "$folder/session.json" >/dev/null
        status=0
        ./hakbench compare --strict --allocators head --fail-on "$gate" "$folder/session.json" \
            >"$folder/told" || status=$?
        case $status in
        0) passed=$((passed + 1)) ;;
        1) failed=$((failed + 1)) ;;
        4) open=$((open + 1)) ;;
        *) cat "$folder/told" && exit "$status" ;;
        esac
        printf '%-12s %2d: status %d  %s\n' "$1" "$i" "$status" \
            "$(grep -a '^head  *throughput ' "$folder/told" | tr -s ' ')" >&2
        rm -f "$folder/session.json" "$folder"/results/*
    done
    printf '%-12s %d runs of each, gate %s: failed %d, passed %d, open %d of %d\n' \
        "$1" "$runs" "$gate" "$failed" "$passed" "$open" "$times"
}

prepare slower slow3
prepare same system
trial slower
trial same
