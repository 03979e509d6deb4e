#!/usr/bin/env bash
# `hakbench rebase` from end to end on small sessions: files, figures, order, ways in, pinning,
# output. Never asserts on how fast anything is. Prints "N passed, N failed[, N skipped]".
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
multiarch=/usr/lib/$(uname -m)-linux-gnu
two=(--allocators "mimalloc,system")

# Whether the machine has the library that the plugin is for.
installed() {
    local about
    about=$(GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384 \
        "$worker" --describe-allocator "$build/allocators/$1.so" --open 2>&1)
    ! grep -q '^error' <<<"$about"
}

echo "--- a session"
a=$tmp/a
hb_is "a session" 0 rebase "${two[@]}" "${small[@]}" --results "$a" --seed 7
cp "$out" "$tmp/report.txt"
result=$(one "$a" json) csv=$(one "$a" csv)
check "a result" test -s "$result"
check "a CSV file" test -s "$csv"
is "no journal is left" "$(one "$a" jsonl)" ""
is "nothing else is there" "$(count_files "$a")" 2
has "the files are named" "$err" "$(basename "$result") and .csv"
json_is "result" "$result" 'd["schema"], d["kind"], d["partial"], d["seed"], d["blocks"]' \
    "('hakbench.result/2', 'rebase', False, 7, 6)"
json_true "result" "$result" 'd["jobs_planned"] == len(jobs) == 27'
json_true "result" "$result" 'all(j["status"] == "ok" and (j["reason"] is None or
    "of the CPU time it wanted" in j["reason"]) for j in jobs)'
json_true "result" "$result" '[j["index"] for j in jobs] == list(range(len(jobs)))'
json_true "one seed a block" "$result" \
    'all(len({j["seed"] for j in timed if j["block"] == b}) == 1 for b in range(6))'
json_true "seeds differ from block to block" "$result" 'len({j["seed"] for j in timed}) == 6'
json_true "counting uses the first block's seed" "$result" \
    '{j["seed"] for j in counted} == {j["seed"] for j in timed if j["block"] == 0}'
json_true "blocks one after another" "$result" \
    '[j["block"] for j in timed] == sorted(j["block"] for j in timed)'
json_true "libraries are hashed" "$result" 'all(len(a["library_sha256"]) == 64
    for a in d["allocators"] if a["library_path"])'
json_true "counted jobs have no times" "$result" \
    'all(j["metrics"]["elapsed_ns"] is None and j["syscalls"] and j["slices"]["ns"] is None for j in counted)'
json_true "timed jobs are not traced" "$result" 'all(j["syscalls"] is None for j in timed)'
json_true "no null without a reason" "$result" 'all(j["null_reasons"]
    for j in jobs if None in j["metrics"].values())'
jobs_once "the session" "$result"
check "figures recomputed by Python" python3 tests/cli/recompute.py "$result"
physical() { check "every metric is what it must be" python3 tests/cli/physical.py "$hakbench" "$1"; }
physical "$result"
python3 tests/cli/derive.py "$result" "$tmp/unmeasured.json" seed=0 null=rss_drained_bytes
check_not "one that is not measured is found" python3 tests/cli/physical.py "$hakbench" "$tmp/unmeasured.json"
has "the report has a ranking" "$tmp/report.txt" '^Ranking'
has "the report has no earlier baseline" "$tmp/report.txt" 'no earlier baseline'
check_not "the report has no escape sequences" grep -q $'\e' "$tmp/report.txt"

find_schema_python
if [[ -z $schema_python ]]; then
    skip "schemas" "no Python has jsonschema"
else
    check "the result fits docs/result.schema.json" valid docs/result.schema.json "$result"
    check "the profiles fit docs/profile.schema.json" valid docs/profile.schema.json profiles/*.json
    python3 -c 'import json, sys; json.dump(json.load(open(sys.argv[1]))["profile"], sys.stdout)' \
        "$result" >"$tmp/used.json"
    check "the profile as used fits docs/profile.schema.json" valid docs/profile.schema.json \
        "$tmp/used.json"
    hb_is "the profile as used is a profile" 0 rebase --profile "$tmp/used.json" --dry-run
fi

csv_agrees() { # csv json
    python3 - "$@" <<'PY'
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8", newline="")))
jobs = json.load(open(sys.argv[2]))["jobs"]
assert len(rows) == len(jobs), (len(rows), len(jobs))
for row, job in zip(rows, jobs):
    for key in ("index", "block", "attempt", "kind", "status", "seed"):
        assert row[key] == str(job[key]), (key, row[key], job[key])
    assert row["label"] == job["allocator"]
    for key, value in job["metrics"].items():
        got = None if row[key] == "" else float(row[key])
        assert got == (None if value is None else float(value)), (key, got, value)
PY
}
check "the CSV has what the JSON has" csv_agrees "$csv" "$result"

echo "--- the same seed, the same plan"
hb_is "the same seed again" 0 rebase "${two[@]}" "${small[@]}" --results "$tmp/again" --seed 7
hb_is "another seed" 0 rebase "${two[@]}" "${small[@]}" --results "$tmp/other" --seed 8
plan='[(j["kind"], j["block"], j["allocator"], j["seed"]) for j in jobs]'
is "the same order and seeds" "$(json "$(one "$tmp/again" json)" "$plan")" "$(json "$result" "$plan")"
check_not "another order" test "$(json "$(one "$tmp/other" json)" "$plan")" = "$(json "$result" "$plan")"
calls='[(j["allocator"], j["syscalls"]["measured"]) for j in counted]'
is "the same system calls" "$(json "$(one "$tmp/again" json)" "$calls")" "$(json "$result" "$calls")"
hb_is "no seed given" 0 rebase "${two[@]}" "${small[@]}" --results "$tmp/drawn"
json_true "a seed is drawn and told" "$(one "$tmp/drawn" json)" '0 <= int(d["seed"]) < 2**53'
has "the report tells the seed" "$out" "seed $(json "$(one "$tmp/drawn" json)" 'd["seed"]')"

echo "--- data on standard output"
hb_is "--json -" 0 rebase "${two[@]}" "${tiny[@]}" --results "$tmp/j" --json -
check "--json -: standard output is the JSON alone" python3 -m json.tool "$out" /dev/null
has "--json -: the report is on stderr" "$err" '^Ranking'
is "--json -: no JSON file" "$(one "$tmp/j" json)" ""
hb_is "--csv -" 0 rebase "${two[@]}" "${tiny[@]}" --results "$tmp/c" --csv -
is "--csv -: rows and a header" "$(grep -c '^"' "$out")" "$(wc -l <"$out")"
is "--csv -: all jobs" "$(wc -l <"$out")" 8
has "--csv -: the report is on stderr" "$err" '^Ranking'
hb_is "--json - --csv -" 2 rebase "${two[@]}" "${tiny[@]}" --results "$tmp/jc" --json - --csv -
hb_is "--json FILE --csv FILE" 0 rebase "${two[@]}" "${tiny[@]}" --results "$tmp/f" \
    --json "$tmp/named.json" --csv "$tmp/named.csv"
check "--json FILE" python3 -m json.tool "$tmp/named.json" /dev/null
check "--csv FILE" csv_agrees "$tmp/named.csv" "$tmp/named.json"
is "--json FILE: nothing in the folder" "$(count_files "$tmp/f")" 0
echo mine >"$tmp/mine.csv"
hb_is "--csv does not overwrite" 2 rebase "${two[@]}" "${tiny[@]}" --results "$tmp/f" --csv "$tmp/mine.csv"
is "--csv leaves what was there" "$(cat "$tmp/mine.csv")" mine
cp "$tmp/named.json" "$tmp/kept.json"
hb_is "--json does not overwrite" 2 rebase "${two[@]}" "${tiny[@]}" --results "$tmp/f" --json "$tmp/named.json"
check "--json leaves what was there" cmp "$tmp/named.json" "$tmp/kept.json"

echo "--- dry run"
hb_is "--dry-run" 0 rebase "${two[@]}" "${small[@]}" --results "$tmp/dry" --dry-run --seed 7
has "--dry-run tells the number of jobs" "$out" '27 jobs'
has "--dry-run tells the time" "$out" 'expected time'
has "--dry-run tells the allocators" "$out" 'mimalloc \(A/A\)'
check_not "--dry-run writes nothing" test -e "$tmp/dry"
order='" ".join(j["allocator"] for j in timed if j["block"] == 0)'
has "--dry-run tells the order that is run" "$out" \
    "block 1 +$(json "$result" "$order" | sed 's/[()]/\\&/g')\$"

echo "--- ways in"
for name in mimalloc jemalloc tcmalloc tbbmalloc system hakmem; do
    if [[ ! -e $build/allocators/$name.so ]] || ! installed "$name"; then
        skip "preload of $name" "not installed"
        continue
    fi
    folder=$tmp/preload-$name
    hb_is "--via preload: $name" 0 rebase --allocators "$name" --via preload "${tiny[@]}" \
        --results "$folder" --reference system
    file=$(one "$folder" json)
    case $name in system) library=libc.so.6 ;; hakmem) library=libhakmem.so ;; *) library=lib$name ;; esac
    json_true "--via preload: $name" "$file" "[a for a in d['allocators'] if a['name'] == '$name'
        and a['via'] == 'preload' and '/$library' in a['library_path']] != []"
    json_true "--via preload: $name" "$file" "all(j['status'] == 'ok' for j in jobs)"
    json_true "--via preload: the floor cannot be preloaded" "$file" \
        "{a['via'] for a in d['allocators'] if a['role'] == 'floor'} == {'dlopen'}"
done
hb_is "--via preload of what cannot be preloaded" 3 rebase --allocators slow3 --via preload "${tiny[@]}" \
    --results "$tmp/preload-slow3" --reference system
json_true "--via preload: never by dlopen instead" "$(one "$tmp/preload-slow3" json)" \
    "[(j['status'], j['reason']) for j in jobs if j['allocator'] == 'slow3']
     == [('refused', 'it cannot be preloaded: its plugin names no file for LD_PRELOAD')]"
has "--via preload of what cannot be preloaded: a row" "$out" '^slow3 .* refused'
mkdir "$tmp/a b:c"
cp "$build/libhakmem.so" "$tmp/a b:c/lib own.so"
hb_is "--via preload of a path with spaces and a colon" 0 rebase --allocators system --reference system \
    --allocator "own=$tmp/a b:c/lib own.so" --via preload "${tiny[@]}" --results "$tmp/spaces"
json_true "it is that file" "$(one "$tmp/spaces" json)" \
    "[a['library_path'].endswith('/a b:c/lib own.so') for a in d['allocators'] if a['name'] == 'own'] == [True]
     and all(j['status'] == 'ok' for j in jobs)"
if [[ -e $multiarch/libmimalloc.so.2 ]]; then
    for via in dlopen preload; do
        hb_is "--allocator NAME=PATH by $via" 0 rebase --allocators system --reference system \
            --allocator "mine=$multiarch/libmimalloc.so.2" --via $via "${tiny[@]}" \
            --results "$tmp/mine-$via"
        json_true "--allocator by $via" "$(one "$tmp/mine-$via" json)" \
            "[a['via'] for a in d['allocators'] if a['label'] == 'mine'
             and 'libmimalloc' in a['library_path']] == ['$via']"
        json_true "--allocator by $via" "$(one "$tmp/mine-$via" json)" \
            "sum(j['status'] == 'ok' for j in timed if j['allocator'] == 'mine') == 1"
    done
else
    skip "--allocator NAME=PATH" "no libmimalloc.so.2"
fi
hb_is "--reference" 0 rebase "${two[@]}" --reference system "${tiny[@]}" --results "$tmp/ref"
json_true "--reference" "$(one "$tmp/ref" json)" "{a['role']: a['label'] for a in d['allocators']}
    == {'reference': 'system', 'twin': 'system (A/A)', 'subject': 'mimalloc', 'floor': 'floor'}"
has "--reference: ratios are to it" "$out" 'ratio to system'
hb_is "threads" 0 rebase "${two[@]}" "${small[@]}" --set threads=2 --set working_set=5000 --set max_size=2000 \
    --results "$tmp/threads"
physical "$(one "$tmp/threads" json)"
json_true "threads" "$(one "$tmp/threads" json)" 'all(j["slices"]["threads"] == 2
    and len(j["slices"]["ns"]) == 2 and j["metrics"]["operations"] == 200000 for j in timed)'
check "threads: figures" python3 tests/cli/recompute.py "$(one "$tmp/threads" json)" "$out"
hb_is "fewer than six runs" 0 rebase "${two[@]}" --set operations=200k --runs 3 --quiet --results "$tmp/three"
has "fewer than six runs carry no verdict and say so" "$out" '[Ff]ewer than 6|at least 6|6 runs'

hb_is "six runs of the default list" 0 rebase --runs 6 --quick --dry-run
is "what six runs cannot decide is said before" "$(cat "$err")" \
    "hakbench: 6 runs cannot decide 5 comparisons: at least 8 runs, or fewer allocators"
hb_is "--quick" 0 rebase --quick --dry-run
has "--quick takes as many runs as it needs" "$out" ' 8 blocks'
is_empty "--quick: nothing to warn of" "$err"
hb_is "a paced workload's runs decide nothing" 0 rebase --profile spike --dry-run
is_empty "and none is missed" "$err"

echo "--- what cannot be believed"
# As if the reference had been 1.3 times as fast as itself in every block, and all else alike.
mkdir "$tmp/doubt"
python3 tests/cli/derive.py "$result" "$tmp/doubt/it.jsonl" seed=7 set:all=26000000 \
    'set:mimalloc (A/A)=20000000' profile='{"margin_percent": 2}'
python3 tests/cli/derive.py "$result" "$tmp/before.json" seed=9
doubt='NOT TO BE BELIEVED: mimalloc was judged faster than itself \(1\.300 \[1\.[0-9]*, 1\.[0-9]*\]\)'
hb_is "a reference unlike itself" 0 rebase --resume "$tmp/doubt/it.jsonl" --quiet
has "the session says so" "$out" "^  $doubt; verdicts on speed are withheld"
has "its verdicts are withheld" "$out" '^system .* withheld'
has "it is not pinned" "$err" "not pinned: $doubt"
check_not "there is no baseline" test -e "$tmp/doubt/baseline.json"
json_true "its JSON says so" "$tmp/doubt/it.json" 'd["aa_noise"]["believed"] is False and d["aa_noise"]["doubt"]
    and d["summaries"]["system"]["ratio_to_reference"]["verdict"] == "withheld"'
hb_is "its page says so" 0 report --no-charts "$tmp/doubt/it.json" -o "$tmp/doubt.html"
has "its page says so" "$tmp/doubt.html" "class=\"caution\".*$doubt"
hb_is "a gate on it" 4 compare --strict --fail-on 'system:throughput<-3%' "$tmp/before.json" "$tmp/doubt/it.json"
has "compare says so" "$out" "it.json: $doubt"
has "a gate on it cannot be told" "$out" 'throughput<-3% .* inconclusive'

echo "--- pinning"
cat >"$tmp/tiny.json" <<'JSON'
{"schema": "hakbench.profile/1", "workload": "random_mixed", "runs": 6,
 "parameters": {"operations": "200k"}, "allocators": ["system"], "noise_floor_limit_percent": 100, "margin_percent": 100}
JSON
p=$tmp/pin
# By force: the machine may be too noisy for a baseline. Without: printed_test.
hb_is "a first baseline" 0 rebase --profile "$tmp/tiny.json" --quiet --force --results "$p"
check "baseline-tiny.json" test -s "$p/baseline-tiny.json"
check "the baseline is the result" cmp "$p/baseline-tiny.json" "$p"/20*-tiny.json
has "SCORECARD.md" "$p/SCORECARD.md" 'tiny'
has "it says that it pinned" "$err" 'pinned .*baseline-tiny.json'
check_not "no history yet" test -e "$p/history"
cp "$p/baseline-tiny.json" "$tmp/first.json"
next_second() { [[ $EPOCHSECONDS -gt $1 ]]; }
wait_for 5 next_second "$EPOCHSECONDS" # results are named by it
hb_is "a second session" 0 rebase --profile "$tmp/tiny.json" --quiet --force --results "$p"
has "a drift section" "$out" '^Environment drift'
has_not "a drift section with figures" "$out" 'no earlier baseline'
has "the drift section has a row an allocator" "$out" '^ +system .*%'
check "the earlier baseline is in history" cmp "$tmp/first.json" "$(one "$p/history" json)"
check_not "the baseline is the second one" cmp "$tmp/first.json" "$p/baseline-tiny.json"
json_true "the JSON has the drift" "$p/baseline-tiny.json" '"drift" in d and bool(d["drift"])'
if [[ -n $schema_python ]]; then
    check "a result with drift fits the schema" valid docs/result.schema.json "$p/baseline-tiny.json"
fi
cp "$p/baseline-tiny.json" "$tmp/second.json"
hb_is "--no-pin" 0 rebase --profile "$tmp/tiny.json" --quiet --results "$p" --no-pin
check "--no-pin leaves the baseline" cmp "$tmp/second.json" "$p/baseline-tiny.json"
hb_is "flags touched" 0 rebase --profile "$tmp/tiny.json" --quiet --results "$p" --set working_set=500
has "flags touched: not pinned, and why" "$err" 'not pinned: flags changed'
check "flags touched: the baseline stays" cmp "$tmp/second.json" "$p/baseline-tiny.json"
hb_is "--force" 0 rebase --profile "$tmp/tiny.json" --quiet --results "$p" --set working_set=500 --force
has "--force pins" "$err" 'pinned .*baseline-tiny.json'
json_is "--force pins" "$p/baseline-tiny.json" 'd["parameters"]["working_set"]["value"]' 500
hb_is "another workload's baseline" 0 rebase --profile "$tmp/tiny.json" --quiet --results "$p" --no-pin
has "numbers of other parameters are not compared" "$out" 'Environment drift'
check_not "numbers of other parameters are not compared" grep -qE '^ +system  .*now' "$out"
echo '{"schema": "hakbench.result/1"' >"$p/baseline-tiny.json"
hb_is "a broken baseline does not cost the session" 0 rebase --profile "$tmp/tiny.json" --quiet \
    --results "$p" --no-pin
has "a broken baseline is told" "$err" 'baseline-tiny.json:[12]:'
mixed=$tmp/mixed
hb_is "the default profile's name" 0 rebase "${two[@]}" "${tiny[@]}" --results "$mixed" --force
check "mixed is pinned as baseline.json" test -s "$mixed/baseline.json"
long=$tmp
while [[ ${#long} -lt 850 ]]; do long+=/$(printf 'd%.0s' {1..100}); done
long+=/$(printf 'e%.0s' $(seq $((962 - ${#long}))))
for _ in first second; do
    hb_is "a results folder of ${#long} characters" 0 rebase --profile "$tmp/tiny.json" --quiet --force --results "$long"
    sleep 1.1
done
check "what is measured there is pinned there" test -s "$long/baseline-tiny.json"
check "and has a scorecard" test -s "$long/SCORECARD.md"
check "and a history" test -s "$(one "$long/history" json)"
hb_is "one in which nothing could be pinned" 2 rebase --profile "$tmp/tiny.json" --quiet \
    --results "$long/$(printf 'g%.0s' {1..20})"
has "is refused before anything is measured" "$err" 'the path is (too long|longer than)'

echo "--- budgets"
sed 's/"margin_percent": 100/&, "budgets": {"rss_peak_bytes": {"max": "1KiB"}}/' \
    "$tmp/tiny.json" >"$tmp/tight.json"
hb_is "a broken budget" 1 rebase --profile "$tmp/tight.json" --quiet --results "$tmp/budget"
json_true "a broken budget is in the JSON" "$(one "$tmp/budget" json)" \
    '{b["outcome"] for b in d["budgets"]} == {"fail"}'
has "a broken budget is told" "$out" 'rss_peak_bytes'
sed -i 's/"max": "1KiB"/&, "allocators": ["system"]/' "$tmp/tight.json"
hb_is "a budget for an allocator that flags took away" 0 rebase --profile "$tmp/tight.json" --quiet \
    --allocators mimalloc --results "$tmp/away"
json_true "it judges nobody" "$(one "$tmp/away" json)" 'd["budgets"] == []'
hb_is "which --strict does not take for held" 4 rebase --profile "$tmp/tight.json" --quiet --strict \
    --allocators mimalloc --results "$tmp/strict"
has "and says so" "$err" 'budgets name 1 allocators that were not measured'

echo "--- terminals and locales"
if command -v script >/dev/null; then
    run="$hakbench rebase ${two[*]} ${tiny[*]} --results $tmp/term --seed 7"
    env -u NO_COLOR TERM=xterm script -qec "$run" /dev/null >"$tmp/terminal" </dev/null 2>&1
    check "a terminal gets colour" grep -q $'\e\[' "$tmp/terminal"
    NO_COLOR=1 TERM=xterm script -qec "$run" /dev/null >"$tmp/terminal" </dev/null 2>&1
    check "NO_COLOR: the report is there" grep -q Ranking "$tmp/terminal"
    check_not "NO_COLOR: no colour" grep -qE $'\e\\[[0-9;]*m' "$tmp/terminal"
else
    skip "colour on a terminal" "no script(1)"
fi
comma=$(locale -a 2>/dev/null | grep -iE '^(de|fr|es|it|nl)_[A-Z]+\.?utf-?8?$' | head -1)
if [[ -n $comma ]]; then
    LC_ALL=$comma hb_is "a locale with a decimal comma" 0 rebase "${two[@]}" "${small[@]}" \
        --set warmup=0.5 --results "$tmp/comma" --seed 7
    check "comma: figures" python3 tests/cli/recompute.py "$(one "$tmp/comma" json)"
    check "comma: the table" python3 tests/cli/printed.py rebase "$out" "$(one "$tmp/comma" json)"
    check "comma: CSV" csv_agrees "$(one "$tmp/comma" csv)" "$(one "$tmp/comma" json)"
    check_not "comma: none in the report" grep -qE '[0-9],[0-9]+ (M/s|%|MiB)' "$out"
else
    skip "a locale with a decimal comma" "none is installed"
fi
hb_in() { env "$1" "$hakbench" rebase "${two[@]}" "${tiny[@]}" --results "$tmp/$1"; }
for language in C.UTF-8 POSIX no_SUCH; do
    check "LC_ALL=$language" hb_in "LC_ALL=$language"
done
mkdir -p "$tmp/odd folder"
hb_is "a folder with a space" 0 rebase "${two[@]}" "${tiny[@]}" --results "$tmp/odd folder/ä/deep"
check "a folder with a space is made" test -s "$(one "$tmp/odd folder/ä/deep" json)"
(cd "$tmp" && unset HAKBENCH_LIBDIR && "$hakbench" rebase "${two[@]}" "${tiny[@]}" --results here >/dev/null 2>&1)
check "started from another folder, with its own worker" test -s "$(one "$tmp/here" json)"
MIMALLOC_VERBOSE=1 MALLOC_TOP_PAD_=99999999 hb_is "allocators' settings in the environment" 0 \
    rebase "${two[@]}" "${small[@]}" --runs 1 --results "$tmp/env" --seed 7
is "the worker's environment is clean" "$(json "$(one "$tmp/env" json)" "$calls")" \
    "$(json "$result" "$calls")"
is "no worker is left" "$(workers_left)" 0
finish
