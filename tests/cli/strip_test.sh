#!/usr/bin/env bash
# Under a table of speeds that are compared every run is a dot, on one axis, in text and nowhere else.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
real=results/reference/2026-11-24T09-03-08Z-mixed.json
python3 tests/cli/derive.py $real "$tmp/better.json" seed=2 scale:hakmem=1.1 sha:hakmem=fast
python3 tests/cli/derive.py $real "$tmp/worse.json" seed=3 scale:hakmem=0.9 sha:hakmem=slow
export COLUMNS=80
hb_is "two sessions" 0 compare before=$real "$tmp/better.json" "$tmp/worse.json"
has "the base's runs" "$out" '^hakmem +[.o@|]'
has "under them the others', by session" "$out" '^  better +[.o@|]'
has "all of them" "$out" '^  worse +[.o@|]'
has "on one axis" "$out" '^ +129 M/s +169 M/s$'
has_not "unchanged libraries have none" "$out" '^mimalloc +[.o@|]'
has_not "no line is too long" "$out" '.{81}'
hb_is "all of them" 0 compare --all before=$real "$tmp/better.json"
has "when all is asked for" "$out" '^mimalloc +[.o@|]'
hb_is "without speeds" 0 compare --metrics rss_peak $real "$tmp/better.json"
has_not "there are no runs" "$out" 'Every run'
hb_is "Markdown" 0 compare --format markdown $real "$tmp/better.json"
has_not "has no dots, and no heading of them" "$out" 'Every run|^hakmem '
hb_is "one session" 0 compare $real
is "a row each, the base's once" "$(grep -cE '^(mimalloc|hakmem|floor|mimalloc \(A/A\)) +[.o@|]' "$out")" 4
finish
