#!/usr/bin/env bash
# kill -9 at a random moment: no finished epoch is lost, no row is torn, nothing is left running, and
# the soak can go on without an epoch twice. Then journals that may not go on.
#   KILLS=n  how often (default 5)     SEED=n  the same moments again
# Prints "N passed, N failed[, N skipped]".
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"
kills=${KILLS:-5}
RANDOM=${SEED:-$RANDOM}
seed=$RANDOM
RANDOM=$seed
echo "SEED=$seed repeats the moments of this run"
quick=(--epoch 30ms --allocators "hakmem,system" --set operations=100k)
no_worker() { [[ $(workers_left) -eq 0 ]]; }
wait_for() { # seconds command...
    local end=$((SECONDS + $1))
    shift
    until "$@" 2>/dev/null; do
        [[ $SECONDS -ge $end ]] && return 1
        sleep 0.02
    done
}

echo "--- killed $kills times"
for ((k = 0; k < kills; k++)); do
    folder=$tmp/kill
    rm -rf "$folder"
    "$hakbench" soak "${quick[@]}" --minutes 0.08 --results "$folder" >"$out" 2>"$err" &
    pid=$!
    sleep "$((RANDOM % 3)).$(printf '%03d' $((300 + RANDOM % 700)))"
    kill -9 $pid
    wait $pid 2>/dev/null
    check "kill $k: no worker is left" wait_for 5 no_worker
    journal=$(one "$folder" jsonl) csv=$(one "$folder" csv)
    check "kill $k: what had been told is on disk" python3 - "$journal" "$csv" "$err" <<'PY'
import csv, json, re, sys
lines = open(sys.argv[1]).read().split("\n")[:-1]
records = [json.loads(line) for line in lines]
epochs = [r for r in records if r["record"] == "epoch"]
assert [e["index"] for e in epochs] == list(range(len(epochs)))
text = open(sys.argv[2]).read()
rows = list(csv.DictReader(text[:text.rfind("\n") + 1].splitlines()))
told = re.findall(r"\] round (\d+) (\S+): [0-9.]+ .?/s", open(sys.argv[3]).read())
there = {(e["allocator"], e["round"]) for e in epochs}
assert len(there) == len(epochs), "an epoch twice"
for number, label in told:
    assert (label, int(number) - 1) in there, ("lost", label, number)
assert len(epochs) - 1 <= len(rows) <= len(epochs), (len(rows), len(epochs))
for row, e in zip(rows, epochs):
    assert None not in row.values() and row["label"] == e["allocator"] and int(row["round"]) == e["round"]
PY
    hb analyze "$csv"
    check "kill $k: the CSV can be read as it is" test "$status" -le 3 -a "$status" -ne 2
    hb soak --resume "$journal" --quiet
    check "kill $k: it goes on to its end ($status)" test "$status" -le 1
    check "kill $k: nothing twice, and the gap is marked" python3 - "$(one "$folder" json)" "$csv" <<'PY'
import csv, json, sys
d = json.load(open(sys.argv[1]))
epochs = d["epochs"]
rows = list(csv.DictReader(open(sys.argv[2])))
assert not d["partial"] and len(rows) == len(epochs)
assert [e["index"] for e in epochs] == list(range(len(epochs)))
turns = [(e["allocator"], e["round"], e["phase"] == "drain") for e in epochs]
assert len(set(turns)) == len(turns)
second = [e for e in epochs if e["process"] == 1]
if second and any(e["process"] == 0 for e in epochs):
    assert "after a gap of" in second[0]["reason"], second[0]
starts = [e["started_s"] for e in epochs]
assert starts == sorted(starts)
PY
    is "kill $k: the journal is gone" "$(one "$folder" jsonl)" ""
done

echo "--- journals that may not go on"
"$hakbench" soak "${quick[@]}" --minutes 5 --results "$tmp/j" >"$out" 2>"$err" &
pid=$!
wait_for 10 grep -q "round 12" "$err"
kill -9 $pid
wait $pid 2>/dev/null
journal=$(one "$tmp/j" jsonl)
hb soak --resume "$journal" --minutes 3
is "another length: exit status" "$status" 2
has "another length: the message" "$err" "no other option may change it"
hb soak --resume "$journal" --set working_set=5
is "another workload: exit status" "$status" 2
cp "$journal" "$tmp/torn.jsonl"
truncate -s -17 "$tmp/torn.jsonl"
had=$(grep -c '"record":"epoch"' "$tmp/torn.jsonl")
hb analyze "$tmp/torn.jsonl"
has "a torn journal can be read" "$out" "^Speed"
(sleep 1.5; pkill -INT -f -- "--resume $tmp/torn.jsonl") &
hb soak --resume "$tmp/torn.jsonl" --quiet
is "a torn journal goes on" "$status" 130
has "without its torn line" "$err" "$((had - 1)) epochs of .*torn.jsonl are there already"
sed 's/"plugin_sha256":"./"plugin_sha256":"x/' "$journal" >"$tmp/other.jsonl"
hb soak --resume "$tmp/other.jsonl"
is "another plugin: exit status" "$status" 5
has "another plugin: the message" "$err" "hakbench: .*(hakmem|system|floor)"
hb rebase --resume "$journal"
is "rebase does not take it up" "$status" 2
has "rebase says whose it is" "$err" "is a soak: hakbench soak --resume"
"$hakbench" rebase --set operations=5M --runs 60 --allocators system --quiet --results "$tmp/b" >"$out" 2>"$err" &
pid=$!
wait_for 10 test -s "$tmp"/b/*.jsonl
sleep 0.3
kill -9 $pid
wait $pid 2>/dev/null
hb soak --resume "$(one "$tmp/b" jsonl)"
is "nor soak a rebase's" "$status" 2
has "and says so" "$err" "is a rebase, not a soak"

finish
