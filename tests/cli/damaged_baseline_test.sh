#!/usr/bin/env bash
# A pinned baseline that cannot be read is called unreadable wherever one is shown, and never replaced.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
real=results/reference/2026-11-24T09-03-08Z-mixed.json
mkdir -p "$tmp/r/history"
head -c 20000 $real >"$tmp/r/baseline.json"
cp "$tmp/r/baseline.json" "$tmp/damaged"
one=("${tiny[@]}" --allocators system --results "$tmp/r")

hb_is "a damaged baseline, not pinning" 0 rebase "${one[@]}" --no-pin
has "is unreadable in the report" "$out" '^  the earlier baseline is unreadable: .*/baseline.json:[0-9]+:[0-9]+: '
has_not "and not none" "$out" 'no earlier baseline'
hb_is "pinning" 2 rebase "${one[@]}" --force
has "is refused, with a remedy" "$err" \
    '^hakbench: not pinned: the baseline there is unreadable, and stays until it is moved away: .*/baseline.json:'
has "and the session is where it says" "$err" "^hakbench: $tmp/r/20.*.json and .csv$"
check "it stays" cmp "$tmp/r/baseline.json" "$tmp/damaged"
hb_is "a plan" 0 rebase --dry-run --results "$tmp/r"
has "says so as well" "$out" '\(a guess: .*; the last baseline is unreadable\)$'

mv "$tmp/r/baseline.json" "$tmp/r/history/2026-01-01T00-00-00Z-mixed.json"
cp "$tmp/damaged" "$tmp/r/baseline-spike.json"
hb_is "moved away" 0 rebase "${one[@]}" --force
has "a scorecard calls the other one so" "$tmp/r/SCORECARD.md" '^unreadable: .*/baseline-spike.json:'
has "and the earlier one" "$tmp/r/SCORECARD.md" '^- the earlier baseline is unreadable: .*/history/'
finish
