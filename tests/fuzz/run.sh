#!/usr/bin/env bash
# Fuzzes every parser for SECONDS_EACH (default 60) from its seeds; new inputs stay in
# build/fuzz/corpus, findings in build/fuzz/findings. Status 1 when there is a finding.
set -u
cd "$(dirname "$0")/../.." || exit 2
seconds=${1:-60}
mkdir -p build/fuzz/findings
failed=()
for source in tests/fuzz/fuzz_*.c; do
    name=$(basename "$source" .c)
    corpus=build/fuzz/corpus/${name#fuzz_}
    mkdir -p "$corpus"
    if "build/fuzz/$name" -max_total_time="$seconds" -timeout=10 -max_len=65536 -verbosity=0 \
        -print_final_stats=1 -dict=tests/fuzz/json.dict -artifact_prefix="build/fuzz/findings/$name-" \
        "$corpus" "tests/fuzz/corpus/${name#fuzz_}" >"build/fuzz/$name.log" 2>&1; then
        printf '  ok    %-16s %s inputs\n' "$name" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$name.log")"
    else
        printf '  FAIL  %-16s build/fuzz/%s.log\n' "$name" "$name"
        failed+=("$name")
    fi
done
[[ ${#failed[@]} -eq 0 ]]
