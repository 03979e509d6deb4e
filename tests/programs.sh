#!/usr/bin/env bash
# Real programs do the same on hakmem as on the C library's malloc: each of the suites' once, by
# `hakbench exec`, whose exit status says that output and exit status are the same. Here moreover none
# of their processes may be without the allocator, and none may outlive its program.
#   programs.sh [SUITE|FILE]... (default: programs desktop)    RUN_ARGS="--runs 3 --csv file"
set -u
cd "$(dirname "$0")/.." || exit 2
hakbench=${HAKBENCH:-$PWD/hakbench} results=${BUILD:-build}/tests/programs failed=0
mkdir -p "$results" || exit 2
[[ $# -gt 0 ]] || set -- programs desktop
for suite; do
    name=$(basename "$suite" .json)
    # shellcheck disable=SC2086 # words
    "$hakbench" exec --suite "$suite" --runs 1 --allocators hakmem --results "$results" \
        --json "$results/$name.json" --force ${RUN_ARGS:-}
    status=$?
    [[ $status -ne 130 ]] || exit 130 # interrupted
    [[ $status -eq 0 ]] || failed=1
    jq -r '.runs[] | select(.allocator != "system" and .program != null and .status == "ok") | .metrics as $of
        | select(.left or .kind == "counted" and $of.processes > $of.processes_in_effect + $of.processes_effect_unknown)
        | "\(.program), \(.allocator): not in effect in \(.not_in_effect // "none"), outlived by \(.left // "none")"' \
        "$results/$name.json" >"$results/$name.wrong" || failed=1
    ! grep . "$results/$name.wrong" || failed=1
done
exit $failed
