#!/usr/bin/env bash
# A short soak from beginning to end: what is in its three files, that they say the same, that
# another program finds the same percentiles, and what its options refuse.
# Prints "N passed, N failed[, N skipped]".
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"
# Few operations: they are counted and checked before the first epoch, out of the same time.
short=(--epoch 100ms --allocators "hakmem,system" --set operations=500k)

echo "--- a soak"
for minutes in 0.1 0.5 2; do # longer on a machine so busy that some allocator had no epoch after its warm-up
    rm -rf "$tmp/r"
    hb soak "${short[@]}" --minutes $minutes --results "$tmp/r" --seed 7
    [[ $status -gt 1 ]] || break
done
check "exit status: within budget, or a budget failed" test "$status" -le 1
json=$(one "$tmp/r" json) csv=$(one "$tmp/r" csv)
is "the journal is gone" "$(one "$tmp/r" jsonl)" ""
for word in "Speed \(operations" "Latency" "Resident memory" "Memory system calls" "Budgets"; do
    has "the report has a table" "$out" "$word"
done
has "a line an epoch" "$err" "round 2 hakmem: .*CV .*resident "
has "a line for the drain" "$err" "hakmem: resident after the drain: "
check "the files" python3 - "$json" "$csv" <<'PY'
import csv, json, sys
result = json.load(open(sys.argv[1]))
rows = list(csv.DictReader(open(sys.argv[2])))
epochs = result["epochs"]
assert result["schema"] == "hakbench.result/2" and result["kind"] == "soak" and not result["partial"]
assert len(rows) == len(epochs) > 6
assert [e["index"] for e in epochs] == list(range(len(epochs)))
turns = set()
for e, row in zip(epochs, rows):
    m = e["metrics"]
    assert e["status"] == "ok" and row["label"] == e["allocator"] and int(row["index"]) == e["index"]
    for key, value in m.items():
        assert row[key] == "" if value is None else float(row[key]) == value, key
    if e["phase"] == "drain":
        continue
    turn = (e["allocator"], e["round"])
    assert turn not in turns
    turns.add(turn)
    pairs = [tuple(map(int, pair.split(":"))) for pair in row["latency_histogram"].split()]
    assert sum(count for _, count in pairs) == m["latency_samples"]
    for name, q in (("p50", .5), ("p90", .9), ("p99", .99), ("p999", .999), ("p9999", .9999)):
        rank, seen = max(1, -(-int(q * 10000) * int(m["latency_samples"]) // 10000)), 0
        for least, count in pairs:
            seen += count
            if seen >= rank:
                break
        assert abs(m["latency_%s_ns" % name] - least) <= max(1, least * 0.001), (name, least)
assert {e["allocator"] for e in epochs} == {"hakmem", "system", "floor"}
counted = [e for e in epochs if e["allocator"] == "hakmem"]
assert all(e["calls"] == e["own_calls"] for e in counted if e["phase"] != "drain"), "hakmem's word and the kernel's"
assert result["soak_summary"]
PY
check "every metric is what it must be" python3 tests/cli/physical.py "$hakbench" "$json"
find_schema_python
if [[ -z $schema_python ]]; then
    skip "schemas" "no Python has jsonschema"
else
    for file in "$json" tests/golden/soak-1.json; do
        check "$(basename "$file") fits docs/result.schema.json" valid docs/result.schema.json "$file"
    done
    python3 -c 'import json, sys; json.dump(json.load(open(sys.argv[1]))["profile"], sys.stdout)' \
        "$json" >"$tmp/used.json"
    check "the profile as used fits docs/profile.schema.json" valid docs/profile.schema.json \
        "$tmp/used.json"
fi
"$hakbench" analyze "$json" >"$tmp/again.txt" 2>&1
"$hakbench" analyze "$csv" >"$tmp/from_csv.txt" 2>/dev/null
is "analyze says of the JSON what soak said" "$(sed -n '/^Speed/,/^Notes/p' "$tmp/again.txt")" \
    "$(sed -n '/^Speed/,/^Notes/p' "$out")"
is "and of the CSV, in its order of rows" \
    "$(sed -n '/^Latency/,/^Resident/p' "$tmp/from_csv.txt" | sort)" \
    "$(sed -n '/^Latency/,/^Resident/p' "$out" | sort)"

echo "--- the time that was asked for"
start=$EPOCHSECONDS
hb soak --minutes 0.1 --epoch 30ms --set operations=500k --allocator mapping="$build/tests/soak/plugins/mapping.so" \
    --allocators mapping --control none --count always --quiet --results "$tmp/t"
took_s=$((EPOCHSECONDS - start))
check "all that was asked for ($took_s s of 6)" test "$took_s" -ge 3
json_true "and nothing is begun after it" "$(one "$tmp/t" json)" \
    'all(e["started_s"] < 6 for e in d["epochs"] if e["phase"] != "drain")'
is "quiet" "$(grep -c round "$err")" 0
is "no control" "$(grep -c floor "$out")" 0
check "as many calls and faults in each epoch as were planted, every metric what it must be" \
    python3 tests/cli/physical.py "$hakbench" "$(one "$tmp/t" json)"
json_true "as many looks after the drain as there is time for" "$(one "$tmp/t" json)" \
    '[[e["metrics"][f"rss_drained_{t}_bytes"] is None for t in ("100ms", "1s", "5s")] for e in d["epochs"]
      if e["phase"] == "drain"] == [[False, False, True]]'

echo "--- an allocator with a thread beside it"
hb soak --minutes 0.1 --epoch 100ms --set operations=500k --allocators "ticking,system" --control none \
    --allocator ticking="$build/tests/soak/plugins/ticking.so" --count always --quiet --results "$tmp/b"
json_true "what it calls is never booked to another" "$(one "$tmp/b" json)" \
    '{e["calls"]["madvise"] for e in d["epochs"] if e["allocator"] == "system"} == {0}'
mine='[e for e in d["epochs"] if e["allocator"] == "ticking" and e["phase"] != "drain"]'
json_true "nor does anybody leave it stopped" "$(one "$tmp/b" json)" \
    "len($mine) > 4 and all(e['calls']['madvise'] > 0 for e in $mine)"
json_true "what it calls while others run is in no epoch, by its own count as well" "$(one "$tmp/b" json)" \
    "all(e['calls']['madvise'] <= 2 + e['metrics']['elapsed_ns'] / 1e6
         and abs(e['calls']['madvise'] - e['own_calls']['madvise']) <= 3 for e in $mine)"

echo "--- the shortest that is not refused"
hb soak --minutes 0.05 --allocators system --set operations=200k --quiet --results "$tmp/s"
json_true "has epochs of 50 ms or more, and enough of them" "$(one "$tmp/s" json)" \
    'd["soak"]["epoch_s"] >= 0.05 and all(a["epochs_judged"] >= 8 for a in d["soak_summary"]["allocators"].values())'

echo "--- fresh processes"
hb soak --runs 3 --seconds 0.2 --allocators "hakmem,system" --set operations=200k --results "$tmp/f" --quiet
check "each epoch has a process of its own" python3 - "$(one "$tmp/f" json)" <<'PY'
import json, sys
result = json.load(open(sys.argv[1]))
assert result["soak"]["fresh"] and result["soak"]["rounds"] == 3
for label in ("hakmem", "system", "floor"):
    mine = [e for e in result["epochs"] if e["allocator"] == label]
    assert [e["process"] for e in mine] == [0, 1, 2] == [e["round"] for e in mine], mine
for a in result["soak_summary"]["allocators"].values():
    assert a["epochs_judged"] == 3 and a["epochs_warmup"] == 0, "none is left out as a warm-up"
for e in result["epochs"]:
    if e["calls"]: # known here; only the loader protects memory
        assert e["calls"]["mprotect"] == 0, "the start of the process is none of its epoch's calls"
PY

check "every metric of it is what it must be" python3 tests/cli/physical.py "$hakbench" "$(one "$tmp/f" json)"

echo "--- JSON to standard output"
"$hakbench" soak "${short[@]}" --minutes 0.05 --results "$tmp/j" --json - >"$tmp/pure.json" 2>"$err"
check "pure JSON" python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$tmp/pure.json"
has "the report goes to the other stream" "$err" "^Speed"

echo "--- options"
hb soak --dry-run --minutes 5 --allocators hakmem --results "$tmp/none"
is "a dry run ends well" "$status" 0
has "it names the control" "$out" "floor +control"
has "and the time" "$out" "expected time: 5m 00s"
refuses() { # name pattern option...
    local name=$1 pattern=$2
    shift 2
    hb soak "$@" --results "$tmp/none"
    is "$name: exit status" "$status" 2
    has "$name: the message" "$err" "$pattern"
}
refuses "no time" "minutes 0: expected a number from" --minutes 0
refuses "runs without seconds" "go together" --runs 3
refuses "seconds without runs" "go together" --seconds 3
refuses "both ways to say how long" "not --minutes as well" --runs 3 --seconds 3 --minutes 2
refuses "an epoch that is no time" "epoch x: expected 10ms" --epoch x
refuses "an epoch too short" "epoch 1us: expected 10ms" --epoch 1us
refuses "a control nobody knows" "no allocator \"nosuch\"" --control nosuch
refuses "a way to count" "expected auto, always or never" --count maybe
refuses "a limit of nothing" "memory-limit 0: expected a size" --memory-limit 0
refuses "rigour" "unrecognized option --rigorous" --rigorous
refuses "a word" "unexpected argument" word
refuses "less time than a drift takes" "0.01 is too short for 2 allocators: .* take --minutes 0.05 or more" \
    --minutes 0.01 --allocators system
check_not "nothing was made of it" test -e "$tmp/none"
printf '{"schema":"hakbench.profile/1","workload":"random_mixed","soak":{"minute":3}}' >"$tmp/p.json"
refuses "a key of the profile" "p.json:1:.*unknown key \"minute\"" --profile "$tmp/p.json"

echo "--- a soak that says nothing of its budgets"
python3 - profiles/soak.json "$tmp/drift.json" <<'PY'
import json, sys
profile = json.load(open(sys.argv[1]))
profile["soak"].update(warmup_epochs=0, budgets={"rss_drift_percent": {"max": 5}})
json.dump(profile, open(sys.argv[2], "w"))
PY
hb_is "too few epochs for a drift" 4 soak --profile "$tmp/drift.json" --runs 2 --seconds 0.1 \
    --allocators hakmem --quiet --set operations=100k --results "$tmp/open"
has "is not held" "$err" '1 of 1 budgets are not known'

finish
