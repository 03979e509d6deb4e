#!/usr/bin/env bash
# What a user calls a session and notes on it: kept in its file, shown wherever the session is, found by
# nobody, and harmless whatever it says.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
real=results/reference/2026-11-24T09-03-08Z-mixed.json
hostile=$'<script>alert(1)</script>\e[2J & "x" [a](http://b)'

# ---- who measures, keeps it ----

hb_is "a rebase with a name" 0 rebase "${tiny[@]}" --allocators system --no-pin --results "$tmp/r" \
    --name "before <b>" --note $'  tuned\n\tby hand '
has "the opening says both" "$out" '^  "before <b>": tuned by hand$'
json_is "name in the file" "$(one "$tmp/r" json)" 'd["name"]' 'before <b>'
json_is "note in the file, one line" "$(one "$tmp/r" json)" 'd["note"]' 'tuned by hand'
hb_is "a count with a note" 0 syscalls "${tiny[@]::2}" -q --allocators system --note only --json "$tmp/count.json"
has "a note alone" "$out" '^  only$'
json_is "of a count, too" "$tmp/count.json" 'd["name"], d["note"]' "(None, 'only')"
hb_is "a soak with a name" 0 soak -q --allocators system --runs 2 --seconds 0.05 --results "$tmp/s" --name hour
has "a soak's opening" "$out" '^  "hour"$'
hb ab -q system mimalloc --set operations=20k --max-runs 8 --results "$tmp/a" --name both # decided or not
has "ab's opening" "$out" '^  "both"$'
hb_is "an import with both" 0 import tests/cli/import/lab.log --name lab --note old -o "$tmp/lab.json"
json_is "an import keeps them" "$tmp/lab.json" 'd["name"], d["note"]' "('lab', 'old')"

# ---- hostile ----

hb_is "a hostile note" 0 syscalls "${tiny[@]::2}" -q --allocators system --name $'\e]0;x\a\xff' --note "$hostile" \
    --json "$tmp/hostile.json"
has_not "nothing that a terminal obeys" "$out" $'\e|\a'
has "what it was is seen" "$out" '^  "\?]0;x\?\?": <script>'
hb_is "a name that is too long" 2 syscalls --name "$(printf 'x%.0s' {1..64})"
has "is refused" "$err" '^hakbench: --name: longer than 63 bytes$'
hb_is "the longest" 0 syscalls "${tiny[@]::2}" -q --allocators system --name "$(printf 'x%.0s' {1..63})" \
    --note "$(printf 'y%.0s' {1..1000})"
hb_is "a note that is too long" 2 syscalls --note "$(printf 'x%.0s' {1..1001})"
hb_is "nothing is a name as well" 0 syscalls "${tiny[@]::2}" -q --allocators system --name '' --note ' ' --json "$tmp/none.json"
json_is "and is none" "$tmp/none.json" 'd["name"], d["note"]' '(None, None)'

# ---- who shows it ----

python3 - $real "$tmp" "$hostile" <<'PY'
import json, sys
real, folder, hostile = sys.argv[1:]
d = json.load(open(real, encoding="utf-8"))
for file, seed, name, note in [("one", 1, "before", "as it was"), ("two", 2, "after", hostile), ("three", 3, "after", None),
                               ("four", 4, None, None)]:
    json.dump(dict(d, seed=seed, name=name, note=note, started_at="2026-11-2%dT00:00:00Z" % seed),
              open(f"{folder}/{file}.json", "w", encoding="utf-8"))
PY
files=("$tmp"/{one,two,three,four}.json)
hb_is "names that repeat are no error" 0 compare --all --metrics throughput "${files[@]}"
has "a session is a side by its name" "$out" ' after '
has "the second of a name has a number" "$out" 'after#2'
has "one without has its file's" "$out" ' four '
has "notes stand above the table" "$out" '^  before: as it was$'
has_not "and nothing in them is obeyed" "$out" $'\e'
hb_is "a label is better" 0 compare --all --metrics throughput "${files[0]}" now="${files[1]}"
has "it heads its column" "$out" 'before.*now'
hb_is "a name is a label" 0 compare --metrics throughput --base after "${files[0]}" "${files[1]}" --format json
json_is "of the base" "$out" '{x["base"] for g in d["groups"] for x in g["differences"]}' "{'after'}"
hb_is "a trend" 0 compare --trend --metrics throughput "${files[@]}" --format json
json_is "says whose point it is" "$out" '[p["name"] for p in d["timelines"][0]["points"]]' "['before', 'after', 'after', '']"
hb_is "one alone" 0 compare "${files[0]}"
has "is called by its name" "$out" '^  before, .*/one.json: allocators of one session'
hb_is "a page of one" 0 report "${files[1]}" --no-charts
has "its title" "$out" '<title>after: mixed: 6 allocators compared</title>'
has_not "a page obeys no note" "$out" '<script>alert'
hb_is "a page of all" 0 report "${files[@]}" --format markdown --details 0
has "a line by the session's name" "$out" '^\| before \| 2026-11-21.* \| as it was \|$'
has "of two with one name by the file's as well" "$out" '^\| after: three.json \|'
hb_is "an export" 0 export --format benchstat "${files[@]}"
has "by its name" "$out" '^session: before$'

hb_is "who goes on changes no name" 2 rebase --resume "$tmp/none.jsonl" --name x
finish
