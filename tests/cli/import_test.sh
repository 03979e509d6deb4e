#!/usr/bin/env bash
# `hakbench import`, and results of other tools where results are read.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
data=tests/cli/import
find_schema_python

# --- the old lab log ---------------------------------------------------------------------------
hb_is "a lab log" 0 import --workload random_mixed $data/lab.log -o "$tmp/lab.json"
is_empty "nothing else is said" "$out"
lab=$tmp/lab.json
json_is "whose it is" "$lab" 'd["imported_from"]' 'lab log'
json_is "what was measured" "$lab" 'd["workload"]' random_mixed
json_is "its parameters" "$lab" '[(k, v["value"]) for k, v in d["parameters"].items()]' \
    "[('working_set', 400), ('operations', 20000000)]"
json_is "its allocators" "$lab" '[a["label"] for a in d["allocators"]]' \
    "['hakmem', 'system', 'mimalloc', 'jemalloc']"
json_is "how it came to be" "$lab" 'd["command_line"].startswith("hakbench import --workload")' true
# published LABEL MEAN CV: as the lab log had them, M/s and percent
published() {
    json_is "$1" "$lab" '"%.2f %.2f" % (d["summaries"]["'"$1"'"]["throughput_ops_per_s"]["mean"] / 1e6,
        100 * d["summaries"]["'"$1"'"]["throughput_ops_per_s"]["cv"])' "$2 $3"
}
published hakmem 59.15 1.22
published system 85.10 1.01
published mimalloc 121.01 1.11
published jemalloc 96.06 2.93
if [[ -n $schema_python ]]; then
    check "fits the schema" valid docs/result.schema.json "$lab"
else
    skip "fits the schema" "no Python with jsonschema"
fi
hb_is "on standard output" 0 import $data/lab.log
check "is JSON" python3 -m json.tool "$out" /dev/null
json_is "of a workload that nobody told" "$out" 'd["workload"]' 'lab log'
hb_is "and read again" 0 export --format benchstat "$lab"
has "with its runs" "$out" '^BenchmarkRandomMixed/allocator=system/ws=400-1'

# --- several logs ------------------------------------------------------------------------------
printf 'Run 1: 5000000 ops/s\nRun 2: 6000000 ops/s\n' >"$tmp/mine.log"
printf 'WS=400\nRun 1: 7000000 ops/s\n' >"$tmp/second.log"
hb_is "logs without headings" 0 import "$tmp/mine.log" other="$tmp/second.log" -o "$tmp/two.json"
json_is "have their file's name, or the user's" "$tmp/two.json" \
    '[(j["allocator"], j["block"], j["metrics"]["throughput_ops_per_s"]) for j in jobs]' \
    "[('mine', 0, 5000000), ('mine', 1, 6000000), ('other', 0, 7000000)]"
hb_is "the same log twice" 0 import "$tmp/mine.log" "$tmp/mine.log" -o "$tmp/twice.json"
json_is "is twice the runs" "$tmp/twice.json" '[j["block"] for j in jobs]' '[0, 1, 2, 3]'
printf 'WS=500\nRun 1: 7 ops/s\n' >"$tmp/third.log"
hb_is "logs of two benchmarks" 2 import "$tmp/second.log" "$tmp/third.log"
has "are no session" "$err" 'third.log: working_set is "500", and "400" in the files before'
hb_is "one that cannot be read" 2 import "$tmp/mine.log" "$tmp/nosuch.log"
hb_is "is passed over when told to" 2 import --keep-going "$tmp/mine.log" "$tmp/nosuch.log"
json_is "after the others" "$out" "[j[\"block\"] for j in jobs]" "[0, 1]"
has "and named" "$err" 'left out: .*nosuch.log'
hb_is "none that can be read" 2 import --keep-going "$tmp/nosuch.log"

# --- mimalloc-bench ----------------------------------------------------------------------------
hb_is "a table of several benchmarks" 2 import $data/benchres.csv
has "wants a folder" "$err" '3 benchmarks .cfrac, larsonN, \.\.\.. and one output: -o FOLDER/'
hb_is "into a folder" 0 import $data/benchres.csv -o "$tmp/bench/"
is "a file of each" "$(cd "$tmp/bench" && echo *)" 'cfrac.json larsonN.json leanN.json'
json_is "seconds, bytes and faults" "$tmp/bench/cfrac.json" \
    '[jobs[2]["metrics"][k] for k in ("elapsed_ns", "rss_peak_bytes", "faults_minor")]' \
    '[5670000000, 4616192, 441]'
json_is "a run that crashed" "$tmp/bench/larsonN.json" '(jobs[3]["status"], jobs[3]["reason"])' \
    "('crashed', 'ended by signal 11')"
json_is "minutes" "$tmp/bench/leanN.json" 'jobs[0]["metrics"]["elapsed_ns"]' 62400000000
[[ -z $schema_python ]] || check "each fits the schema" valid docs/result.schema.json "$tmp/bench/larsonN.json"
long=$tmp/long
while [[ ${#long} -lt 1014 ]]; do long+=/$(printf '%09d' 0); done
mkdir -p "$long"
hb_is "into a folder with too long a path" 2 import $data/benchres.csv -o "$long/"
has "says so, and cuts nothing off" "$err" 'the path is longer than 1023 bytes'
hb_is "one of them" 0 import --benchmark cfrac $data/benchres.csv -o "$tmp/cfrac.json"
json_is "alone" "$tmp/cfrac.json" 'd["workload"]' cfrac
hb_is "one that is not there" 2 import --benchmark cfrak $data/benchres.csv
has "with the nearest" "$err" 'no benchmark "cfrak".*did you mean "cfrac"'
hb_is "another name for several" 2 import --workload x $data/benchres.csv -o "$tmp/bench/"
hb_is "two files of the same benchmark" 0 import "$data/benchres.csv" "$data/benchres.csv" \
    --benchmark leanN -o "$tmp/lean.json"
json_is "are one session" "$tmp/lean.json" 'd["blocks"]' 2
hb_is "several benchmarks where one is read" 2 export --format hyperfine $data/benchres.csv
has "name the command" "$err" 'hakbench import tests/cli/import/benchres.csv -o FOLDER/'

# --- what is said of them ----------------------------------------------------------------------
hb_is "a report of a lab log" 0 report --format markdown "$lab"
has "says whose it is" "$out" '^10 runs, imported: lab log$'
has "what is not known is said once" "$out" '^- no time, memory, faults, scheduling, hardware figures: a lab log has the throughput alone$'
has_not "nothing that nobody knows" "$out" 'shuffled|null|nan|Environment drift|ratio to no'
hb_is "its page" 0 report --no-charts "$lab" -o "$tmp/lab.html"
has_not "nothing failed" "$tmp/lab.html" 'Incomplete'
hb_is "a report of times" 0 report --format markdown "$tmp/bench/cfrac.json"
has "are times" "$out" '^\| mi \| 5\.69 \| 5\.69 \| 5\.67 \| 5\.71 '
has "their unit is in the heading" "$out" '^\| allocator \| mean s \| median s '
has "and in the answer" "$out" '^Fastest by median: mi, 5\.69 s;'
has_not "no rate of next to nothing" "$out" '/s|nan|null'
hb_is "a comparison of times" 0 compare "$tmp/bench/cfrac.json"
has "has times" "$out" '^mi +time of a run +6\.10 s +5\.69 s +1\.072 '
has_not "no 0.00 M/s" "$out" '0\.00 M/s|nan'
hb_is "a CSV of runs" 0 report --format markdown results/reference/2026-11-24-last/mixed.csv
has_not "does not say in which order" "$out" 'shuffled|seed 0'

# --- where results are read --------------------------------------------------------------------
hb_is "a lab log is exported as it is" 0 export --format hyperfine $data/lab.log
check "with the published means" python3 - "$out" <<'PY'
import json, statistics, sys
mean = {}
for result in json.load(open(sys.argv[1], encoding="utf-8"))["results"]:
    speeds = [20e6 / time for time in result["times"]]
    cv = statistics.stdev(speeds) / statistics.mean(speeds)
    mean[result["parameters"]["allocator"]] = "%.2f %.2f" % (statistics.mean(speeds) / 1e6, 100 * cv)
assert mean == {"hakmem": "59.15 1.22", "system": "85.10 1.01",
                "mimalloc": "121.01 1.11", "jemalloc": "96.06 2.93"}, mean
PY
hb_is "so is a rebase's CSV" 0 export --format benchstat results/reference/2026-11-24-last/mixed.csv
has "with its figures" "$out" '^BenchmarkRandomMixed/allocator=mimalloc_.A_A.-1	20000000	[0-9.]+ ns/op'
hb_is "of two threads as well" 0 export --format benchstat results/reference/2026-11-24-last/mixed-2t.csv
has "with both of them" "$out" '^BenchmarkRandomMixed/allocator=mimalloc-2	'
cp results/reference/2026-11-24-last/mixed.csv "$tmp/torn.csv"
truncate -s -10 "$tmp/torn.csv"
hb_is "also when its last row is torn" 0 export --format hyperfine "$tmp/torn.csv"
hb_is "which is no import" 2 import "$tmp/torn.csv"
has "but has another way" "$err" 'nothing to import; expected mimalloc-bench'
hb_is "a lab log is no soak" 2 analyze $data/lab.log

# --- what is refused ---------------------------------------------------------------------------
refused() { # name text pattern
    printf '%b' "$2" >"$tmp/bad.log"
    hb_is "$1" 2 import "$tmp/bad.log"
    has "$1 is told" "$err" "$3"
    is_empty "$1: nothing is written" "$out"
    hb_is "$1, read" 2 export --format hyperfine "$tmp/bad.log"
}
refused "a fraction" 'Run 1: 5 ops/s\nRun 2: 5.5 ops/s\n' 'bad.log:2: expected "Run N: 59684554 ops/s"'
refused "a run twice" 'Run 1: 5 ops/s\nRun 1: 5 ops/s\n' 'bad.log:2: run 1 of "bad": expected a number above'
refused "an overflow" 'Run 1: 18446744073709551617 ops/s\n' 'bad.log:1: .*from 1 to 10.12'
refused "a NUL" 'Run 1: 5 ops/s\n\0\n' 'bad.log:2: a NUL byte'
refused "no text at all" '\0177ELF\02\01\n' 'nothing to import'
refused "prose" 'hello\n' 'nothing to import; expected mimalloc-bench'
refused "an empty file" '' 'nothing to import|is empty'
refused "a negative count" '# a b e r u s page-faults page-reclaims\nx y 1 1 0 0 0 -1\n' \
    'bad.log:2: page-reclaims: expected a count, found "-1"'
refused "a line too long" "Run 1: 5 ops/s\n$(head -c 9000 /dev/zero | tr '\0' x)\n" \
    'bad.log:2: a line longer than 8192 bytes'
printf 'hello\n' >"$tmp/bad.txt"
hb_is "another text" 2 export --format hyperfine "$tmp/bad.txt"
has "is told what there is" "$err" 'also read are results .*journals .*a log with lines "Run N'
hb_is "no file" 2 import
hb_is "a folder without one" 2 import "$tmp/bench/nosuch"
hb_is "no name for a workload" 2 import --workload '' $data/lab.log
hb_is "into nowhere" 2 import $data/lab.log -o "$tmp/nowhere/x.json"
hb_is "--help" 0 import --help
has "has an example" "$out" 'hakbench import out/bench/benchres.csv -o bench/'
finish
