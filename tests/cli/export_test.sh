#!/usr/bin/env bash
# `hakbench export`: what other tools are given, checked by them where they are there, and by the
# rules of each format.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
mixed=results/reference/2026-11-24T09-03-08Z-mixed.json
soak=results/reference/2026-11-24-soak/soak.json
exported=(python3 -B tests/cli/exported.py)
formats=(hyperfine benchstat pyperf googlebench prometheus)

# --- each format, by its rules and the session's own samples -----------------------------------
for format in "${formats[@]}"; do
    hb_is "$format of a rebase" 0 export --format "$format" $mixed
    is_empty "$format: nothing is left out" "$err"
    cp "$out" "$tmp/$format"
    check "$format has the samples that were judged" "${exported[@]}" "$format" "$out" $mixed
    hb_is "$format into a file" 0 export --format "$format" -o "$tmp/file-$format" $mixed
    check "$format: is the same" cmp "$tmp/$format" "$tmp/file-$format"
    hb_is "$format of a soak" 0 export --format "$format" $soak
    check "$format of a soak is well formed" "${exported[@]}" "$format" "$out"
    hb_is "$format of a lab log" 0 export --format "$format" tests/cli/import/lab.log
    check "$format of a lab log is well formed" "${exported[@]}" "$format" "$out"
done
# A check that finds nothing proves nothing.
sed 's/"times": \[0\./"times": [1./' "$tmp/hyperfine" >"$tmp/wrong"
check_not "a wrong sample is found" "${exported[@]}" hyperfine "$tmp/wrong" $mixed
sed '0,/^hakbench_runs/s//hakbench_runs{/' "$tmp/prometheus" >"$tmp/wrong"
check_not "a wrong line is found" "${exported[@]}" prometheus "$tmp/wrong"

# --- a soak ------------------------------------------------------------------------------------
for format in bencher benchstat hyperfine otava prometheus pyperf; do
    hb_is "$format of a short soak" 0 export --format $format tests/golden/soak-1.json
    printf -- '---- %s\n' $format
    cat "$out"
done >"$tmp/exports-soak.txt"
check "every line is as it was" diff tests/golden/exports-soak.txt "$tmp/exports-soak.txt"
hb export --format pyperf $soak
check "epochs are values, those before judgement warm-up" python3 - "$out" $soak <<'PY'
import json, sys
suite, soak = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
ok = [e for e in soak["epochs"] if e["status"] == "ok" and e["phase"] != "drain"]
for benchmark in suite["benchmarks"]:
    own = [e for e in ok if e["allocator"] == benchmark["metadata"]["allocator"]]
    runs = benchmark["runs"]
    assert len(runs) == len({e["process"] for e in own})
    warmup = soak["soak"]["warmup_epochs"]
    assert all(len(run["warmups"]) == warmup for run in runs), [len(r["warmups"]) for r in runs]
    assert sum(len(run["values"]) for run in runs) == len(own) - warmup * len(runs)
PY
hb export --format prometheus $soak
has "its latencies" "$out" '^hakbench_latency_p999_seconds\{.*allocator="hakmem".*\} [0-9.]+e-0[0-9]$'

# --- several sessions --------------------------------------------------------------------------
mkdir "$tmp/results"
cp $mixed "$tmp/results/a.json"
cp $mixed "$tmp/results/b.json"
for format in hyperfine benchstat pyperf prometheus; do
    hb_is "$format of two files" 0 export --format "$format" old="$tmp/results/a.json" "$tmp/results/b.json"
    check "$format of two files is well formed" "${exported[@]}" "$format" "$out"
    has "$format tells them apart" "$out" 'old'
    hb_is "$format of a folder" 0 export --format "$format" "$tmp/results"
    check "$format of a folder is well formed" "${exported[@]}" "$format" "$out"
    has "$format tells its files apart" "$out" 'results#2'
done
hb_is "googlebench of two files" 2 export --format googlebench "$tmp/results"
has "is one at a time" "$err" 'googlebench holds one session a file, and there are 2'
is_empty "and writes nothing" "$out"

# --- names that have to be escaped -------------------------------------------------------------
python3 - $mixed "$tmp/names.json" <<'PY'
import json, sys
text = open(sys.argv[1], encoding="utf-8").read()
session = json.loads(text)
name = 'a "b"\\\n c\t{d="e"},/é=-1'
for job in session["jobs"]:
    job["allocator"] = name if job["allocator"] == "hakmem" else job["allocator"]
session["allocators"][0]["label"] = name
session["workload"] = 'my "work"\nload/é'
session["host"]["cpu_model"] = ' \n'
json.dump(session, open(sys.argv[2], "w", encoding="utf-8"))
PY
for format in "${formats[@]}"; do
    hb_is "$format of odd names" 0 export --format "$format" "$tmp/names.json"
    check "$format of odd names is well formed" "${exported[@]}" "$format" "$out"
    is "$format: as many lines" "$(wc -l <"$out")" "$(wc -l <"$tmp/$format")"
    cp "$out" "$tmp/names.$format"
done

# --- what has no sample ------------------------------------------------------------------------
python3 - $mixed "$tmp/failed.json" "$tmp/nothing.json" <<'PY'
import json, sys
session = json.load(open(sys.argv[1], encoding="utf-8"))
for path, who in ((sys.argv[2], ["hakmem"]), (sys.argv[3], None)):
    for job in session["jobs"]:
        if who is None or job["allocator"] in who:
            job["status"], job["reason"] = "crashed", "ended by signal 11"
    json.dump(session, open(path, "w", encoding="utf-8"))
PY
for format in "${formats[@]}"; do
    hb_is "$format of an allocator that crashed" 0 export --format "$format" "$tmp/failed.json"
    has "$format: it is left out" "$err" 'left out: hakmem of failed has no run with a time'
    check "$format: the rest is well formed" "${exported[@]}" "$format" "$out"
    hb_is "$format of nothing" 2 export --format "$format" "$tmp/nothing.json"
    has "$format: which is told" "$err" 'nothing to export: no run has a time'
done
has "an outcome is a figure as well" <("$hakbench" export -f prometheus "$tmp/failed.json" 2>/dev/null) \
    '^hakbench_runs\{.*allocator="hakmem".*outcome="failed"\} 12$'

# --- the real consumers ------------------------------------------------------------------------
if command -v hyperfine >/dev/null; then
    hyperfine --export-json "$tmp/real.json" --runs 3 --warmup 0 --shell none --parameter-list n 0 'sleep {n}' \
        >"$tmp/real.txt" 2>&1
    check "hyperfine's own file has the same shape" python3 - "$tmp/hyperfine" "$tmp/real.json" <<'PY'
import json, sys
ours, real = (json.load(open(path, encoding="utf-8"))["results"][0] for path in sys.argv[1:3])
assert set(real) <= set(ours), set(real) - set(ours)
for key, value in real.items():
    same = type(value) is type(ours[key]) or {type(value), type(ours[key])} <= {int, float}
    assert same or ours[key] is None and key in ("user", "system"), key
assert all(isinstance(v, str) for v in ours["parameters"].values())
PY
else
    skip "hyperfine's own file has the same shape" "no hyperfine"
fi
# In the packages of `make check`, for compare.py needs SciPy.
compare=$(dpkg -L libbenchmark-tools 2>/dev/null | grep '/compare.py$')
scipy_python=
for python in python3 /usr/bin/python3; do
    [[ -z $scipy_python ]] && "$python" -c 'import scipy.stats' 2>/dev/null && scipy_python=$python
done
if [[ -n $compare && -n $scipy_python ]]; then
    compared() { "$scipy_python" -B "$compare" --no-color "$@" >"$tmp/said" 2>&1; }
    check "compare.py reads two files" compared benchmarks "$tmp/googlebench" "$tmp/googlebench"
    has "with a U test" "$tmp/said" '^random_mixed/allocator:hakmem/.*_pvalue .*U Test, Repetitions: 12 vs 12'
    check "and two allocators of one" compared filters "$tmp/googlebench" allocator:mimalloc/ allocator:hakmem/
    has "with their difference" "$tmp/said" \
        '^random_mixed/\[allocator:mimalloc/ vs\. allocator:hakmem/\].*_median +-0\.1[0-9]+ '
    check "and odd names" compared benchmarks "$tmp/names.googlebench" "$tmp/names.googlebench"
else
    skip "compare.py reads it" "no libbenchmark-tools, or no SciPy"
fi
if command -v promtool >/dev/null; then
    for text in "$tmp/prometheus" "$tmp/names.prometheus"; do
        check "promtool finds nothing" promtool check metrics <"$text"
    done
else
    skip "promtool finds nothing" "no promtool"
fi

# --- only what is shown is computed ------------------------------------------------------------
# Counted, not timed: the intervals of means are a thousand times the rest, and no format has them. What
# is called for a few runs is called for many.
if command -v valgrind >/dev/null; then
    python3 tests/cli/derive.py $mixed "$tmp/few.json" runs=3 seed=0
    python3 -c 'import json, sys
soak = json.load(open(sys.argv[1]))
soak["epochs"] = [e for e in soak["epochs"] if e["round"] < 30]
json.dump(soak, open(sys.argv[2], "w"))' $soak "$tmp/few-soak.json"
    for file in "$tmp"/few{,-soak}.json; do
        valgrind -q --tool=callgrind --callgrind-out-file="$tmp/calls" \
            "$hakbench" export --format prometheus "$file" >"$out" 2>"$err"
        has "summaries are computed" "$tmp/calls" 'hb_stats_summary'
        has_not "but no mean is resampled" "$tmp/calls" 'hb_stats_bca'
    done
else
    skip "only what is shown is computed" "no valgrind"
fi

# --- usage -------------------------------------------------------------------------------------
hb_is "an unknown format" 2 export --format hyperfin $mixed
has "is answered with the nearest" "$err" 'no format "hyperfin" .did you mean "hyperfine"'
is_empty "and nothing else" "$out"
hb_is "no format" 2 export $mixed
has "is asked for" "$err" 'which format\?'
hb_is "no file" 2 export --format hyperfine
hb_is "no such file" 2 export --format hyperfine "$tmp/nosuch.json"
hb_is "one of two is not there" 2 export --format hyperfine $mixed "$tmp/nosuch.json"
is_empty "so nothing is written" "$out"
hb_is "it is passed over when told to" 2 export --keep-going --format hyperfine $mixed "$tmp/nosuch.json"
has "and named" "$err" 'left out: .*nosuch.json'
check "the other is exported" "${exported[@]}" hyperfine "$out" $mixed
hb_is "into nowhere" 2 export --format hyperfine -o "$tmp/nowhere/x" $mixed
hb_is "--help" 0 export --help
for format in "${formats[@]}"; do has "--help has $format" "$out" "^  $format +[A-Za-z].*"; done
has "--help has an example" "$out" 'hakbench export --format benchstat'
finish
