#!/usr/bin/env bash
# `hakbench analyze`: what a soak's file says, computed anew, whoever wrote the file.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
data=tests/cli/soak

# --- a plain CSV of another tool ---------------------------------------------------------------
hb_is "a flat soak" 0 analyze $data/flat.csv
has "epochs after warm-up" "$out" '^allocator +57 +(49|50)\.[0-9] '
has "memory is flat" "$out" '^allocator +64.0 +64.0 +64.0 +\+0.00 \[\+0.00, \+0.00\] +flat$'
has "budgets that cannot be told are not passed" "$out" 'rss_drained_bytes +.*not known$'
has "whose budgets" "$err" 'carries no profile: judged by the budgets of soak'
hb_is "a leak" 1 analyze $data/leak.csv
has "is a failed budget" "$out" '^allocator +rss_drift_percent .*FAIL$'
has "says why" "$out" 'allocator, rss_drift_percent: resident: the whole interval is beyond the limit'
has_not "no colour in a file" "$out" $'\033'
hb_is "several files" 1 analyze $data/flat.csv $data/leak.csv
has "each with its name" "$out" '^tests/cli/soak/leak.csv$'
hb_is "another warm-up" 0 analyze --warmup-epochs 20 $data/flat.csv
has "leaves out more" "$out" '^allocator +40 '
hb_is "no budget that can be told is not held" 4 analyze --warmup-epochs 55 $data/leak.csv
has "and that is said" "$err" '^hakbench: 6 of 6 budgets are not known$'
hb_is "some that cannot be told, strictly" 4 analyze --strict $data/flat.csv
has "are counted" "$err" '^hakbench: [0-9] of 6 budgets are not known$'
hb_is "a failed one fails all the same" 1 analyze --strict $data/leak.csv
sed -E 's/^([0-9.]+),[0-9.]+,/\1,0,/' $data/flat.csv >"$tmp/still.csv"
hb_is "a throughput of 0 throughout" 3 analyze "$tmp/still.csv"
has "is told" "$out" 'allocator: stood still: no operation in 57 epochs'
hb_is "fewer epochs than a trend needs" 4 analyze --warmup-epochs 55 $data/leak.csv
has "is told" "$out" 'allocator: too few epochs after warm-up for a trend: 5 of 8'
hb_is "no epoch left" 3 analyze --warmup-epochs 60 $data/leak.csv
# Of several files the worst counts, wherever it stands: 3, 1, 4, 0; one that cannot be read, at once.
sed 5q $data/flat.csv >"$tmp/open.csv" # one epoch after the warm-up: no budget can be told, 4
while read -r wanted options files; do
    [[ $options != - ]] || options=
    read -ra words <<<"$options $files"
    hb_is "$files $options" "$wanted" analyze "${words[@]/#_/$tmp/}"
done <<END
0 - $data/flat.csv $data/flat.csv
1 - $data/leak.csv $data/flat.csv
1 - $data/flat.csv $data/leak.csv $data/flat.csv
4 - _open.csv $data/flat.csv
4 - $data/flat.csv _open.csv
1 - _open.csv $data/leak.csv
1 - $data/leak.csv _open.csv
3 - _still.csv $data/leak.csv _open.csv $data/flat.csv
3 - $data/flat.csv $data/leak.csv _still.csv
3 - $data/leak.csv _still.csv _open.csv
4 --strict $data/flat.csv $data/flat.csv
1 --strict $data/leak.csv $data/flat.csv
2 - $data/leak.csv _nosuch.csv _still.csv
END
hb_is "the system-call view" 1 analyze --syscalls $data/leak.csv
has "says that nobody counted" "$out" 'memory system calls were not counted'
hb_is "Markdown" 1 analyze --markdown $data/leak.csv
has "is Markdown" "$out" '^### Budgets$'

# --- by another profile ------------------------------------------------------------------------
sed 's/"rss_drift_percent".*/&/' profiles/soak.json >"$tmp/lenient.json"
python3 - profiles/soak.json "$tmp/lenient.json" <<'PY'
import json, sys
profile = json.load(open(sys.argv[1], encoding="utf-8"))
profile.setdefault("soak", {})["budgets"] = {"rss_drift_percent": {"max": 1000}}
json.dump(profile, open(sys.argv[2], "w", encoding="utf-8"))
PY
hb_is "a lenient profile" 0 analyze --profile "$tmp/lenient.json" $data/leak.csv
has "has its own limit" "$out" '^allocator +rss_drift_percent +<= 1000 % '
python3 - "$tmp/lenient.json" "$tmp/other.json" <<'PY'
import json, sys
profile = json.load(open(sys.argv[1], encoding="utf-8"))
profile["soak"]["budgets"]["rss_drift_percent"]["allocators"] = ["hakmem"]
json.dump(profile, open(sys.argv[2], "w", encoding="utf-8"))
PY
hb_is "a budget of an allocator that is not there" 0 analyze --profile "$tmp/other.json" $data/leak.csv
hb_is "is not held, strictly" 4 analyze --strict --profile "$tmp/other.json" $data/leak.csv
has "which is said" "$err" 'budgets name 1 allocators that were not measured'
hb_is "no such profile" 2 analyze --profile nosuch $data/leak.csv

# --- the same from JSON ------------------------------------------------------------------------
hb_is "as JSON" 1 analyze --json "$tmp/leak.json" $data/leak.csv
cp "$out" "$tmp/from_csv"
json_true "its verdict" "$tmp/leak.json" \
    'any(b["key"] == "rss_drift_percent" and b["outcome"] == "fail" for b in d["soak_summary"]["budgets"])'
json_is "its epochs" "$tmp/leak.json" 'len(d["epochs"])' 60
hb_is "read back" 1 analyze --profile soak "$tmp/leak.json"
check "says the same" cmp "$out" "$tmp/from_csv"
hb_is "on standard output" 1 analyze --json - $data/leak.csv
check "is JSON" python3 -m json.tool "$out" /dev/null
has "and the report goes to the other" "$err" '^Resident memory'
hb_is "figures are those of another program" 1 analyze --json - --warmup-epochs 0 $data/leak.csv
check "median, CV and Theil-Sen slope agree" python3 - "$out" $data/leak.csv <<'PY'
import csv, json, statistics, sys
summary = json.load(open(sys.argv[1], encoding="utf-8"))["soak_summary"]["allocators"]["allocator"]
rows = list(csv.DictReader(open(sys.argv[2], encoding="utf-8")))
speed = [float(r["throughput"]) for r in rows]
rss = [float(r["rss"]) for r in rows]
hours = [float(r["epoch"]) / 3600 for r in rows]
level = statistics.median(rss)
slope = statistics.median((rss[j] - rss[i]) / level / (hours[j] - hours[i])
                          for i in range(len(rss)) for j in range(i + 1, len(rss)))
def close(a, b): assert abs(a - b) <= 1e-9 * max(abs(a), abs(b)), (a, b)
close(summary["throughput_ops_per_s"]["median"], statistics.median(speed))
close(summary["throughput_ops_per_s"]["cv_percent"],
      100 * statistics.stdev(speed) / statistics.mean(speed))
close(summary["memory"]["rss_drift"]["percent"], 100 * slope)
PY

# --- a soak's own CSV --------------------------------------------------------------------------
{
    echo '"label","role","index","round","process","phase","started_s","status","reason","operations","throughput_ops_per_s","rss_bytes","calls_mmap","calls_munmap","calls_mremap","calls_madvise","calls_mprotect","calls_brk","latency_histogram"'
    for round in {0..29}; do
        process=$((round / 15)) slower=$((round * 500000))
        echo "\"mine\",\"subject\",$((2 * round)),$round,$process,\"steady\",$((10 * round)),\"ok\",\"\",1000000,$((50000000 - slower)),4096000,1,0,0,0,0,0,\"20:99 5000:1\""
        echo "\"floor\",\"floor\",$((2 * round + 1)),$round,0,\"steady\",$((10 * round + 5)),\"ok\",\"\",1000000,$((80000000 - slower)),2048000,0,0,0,0,0,0,\"\""
    done
    echo "\"mine\",\"subject\",60,30,1,\"steady\",300,\"crashed\",\"ended by signal 11\",,,,,,,,,,\"\""
} >"$tmp/own.csv"
hb_is "a crash is an incomplete soak" 3 analyze "$tmp/own.csv"
has "the floor is the control" "$out" '^floor .*the machine: falling$'
has "the crash is told" "$out" 'mine: crashed in round 30, at 5m 00s: ended by signal 11$'
has "so is the restart" "$out" 'mine: process 1 from 2m 30s on'
has "latencies are merged" "$out" '^mine +2,400 +20.0 +20.0 +20.0 +5.00 '
has "calls are counted" "$out" '^mine +1.0e-06 +24 '
hb_is "its system calls" 3 analyze --syscalls "$tmp/own.csv"
has "by phase and call" "$out" '^steady +24,000,000 +mmap +24 +1$'

# --- pictures ----------------------------------------------------------------------------------
hb_is "pictures" 0 analyze --plot "$tmp/pictures" $data/flat.csv
has "says how many, and where" "$err" "^hakbench: $(ls "$tmp/pictures" | wc -l) pictures in $tmp/pictures\$"
for picture in throughput memory; do
    check "$picture is a PNG" grep -aq '^.PNG' "$tmp/pictures/$picture.png"
done
check_not "nothing to draw of latency" test -e "$tmp/pictures/latency-p99.png"
mkdir "$tmp/empty"
PATH=$tmp/empty hb_is "without rsvg-convert" 3 analyze --plot "$tmp/pictures" $data/flat.csv
has "says what is missing" "$err" 'rsvg-convert, which draws the pictures, is not there'

# --- what cannot be read -----------------------------------------------------------------------
refused() { # name text pattern
    printf '%b' "$2" >"$tmp/bad.csv"
    hb_is "$1" 2 analyze "$tmp/bad.csv"
    has "$1 is told" "$err" "$3"
}
refused "no columns of a soak" 'a,b\n1,2\n' 'expected a soak.s CSV of this tool, or columns epoch, throughput and rss'
refused "no rows" 'epoch,throughput,rss\n' 'has no epochs'
refused "a word for a number" 'epoch,throughput,rss\n0,1,2\n1,fast,2\n' \
    'bad.csv:3: column throughput: expected a number.*"fast"'
refused "not a number" 'epoch,throughput,rss\n0,nan,2\n' 'expected a number'
refused "a negative epoch" 'epoch,throughput,rss\n-1,1,2\n' 'expected a whole number'
refused "a torn row" 'epoch,throughput,rss\n0,1,2\n1,5' 'bad.csv:3'
refused "an empty file" '' 'bad.csv'
printf '{"schema":"hakbench.result/1"' >"$tmp/bad.json"
hb_is "torn JSON" 2 analyze "$tmp/bad.json"
hb_is "no such file" 2 analyze "$tmp/nosuch.json"
hb_is "a session that is no soak" 2 analyze results/reference/2026-11-24T09-03-08Z-mixed.json
has "is told so" "$err" 'has no epochs: it is a "rebase", not a soak'
hb_is "a count of system calls" 0 syscalls --allocators system --set operations=20k --quiet --json "$tmp/count.json"
hb_is "is no soak either" 2 analyze "$tmp/count.json"
has "and what reads it is named" "$err" 'has no epochs: it is a count of system calls; analyze --syscalls prints it'
hb_is "which prints it" 0 analyze --syscalls "$tmp/count.json"
has "as it was printed" "$out" '^system'
hb_is "no file" 2 analyze
hb_is "two files and one JSON" 2 analyze --json "$tmp/x.json" $data/flat.csv $data/leak.csv
hb_is "a warm-up of nonsense" 2 analyze --warmup-epochs some $data/flat.csv
printf 'epoch,throughput,rss\n0,5,4096\n4294967295,5,4096\n' >"$tmp/far.csv"
hb_is "a round far out" 4 analyze --warmup-epochs 0 "$tmp/far.csv"
finish
