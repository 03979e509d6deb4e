#!/usr/bin/env bash
# kill -9 at a random moment: no finished epoch is lost, no row is torn, nothing is left running, and
# the soak can go on without an epoch twice. Then journals that may not go on.
#   KILLS=n  how often (default 5)     SEED=n  the same moments again
# Prints "N passed, N failed[, N skipped]".
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"
plants=$build/tests/soak/plugins
kills=${KILLS:-5}
seed=${SEED:-$RANDOM}
RANDOM=$seed
echo "SEED=$seed repeats the moments of this run"
quick=(--epoch 30ms --allocators "hakmem,system" --set operations=100k)

# same_session NAME JSON CSV: a soak that was resumed has everything once, in order
same_session() {
    check "$1: nothing twice, and the gap is marked" python3 - "$2" "$3" <<'PY'
import csv, json, sys
d = json.load(open(sys.argv[1]))
epochs = d["epochs"]
rows = list(csv.DictReader(open(sys.argv[2])))
assert not d["partial"] and len(rows) == len(epochs) > 0
for row, e in zip(rows, epochs):
    assert (row["label"], int(row["round"]), int(row["process"])) == (e["allocator"], e["round"], e["process"])
assert [e["index"] for e in epochs] == list(range(len(epochs)))
turns = [(e["allocator"], e["round"], e["phase"] == "drain") for e in epochs]
assert len(set(turns)) == len(turns), "a turn twice"
starts = [e["started_s"] for e in epochs]
assert starts == sorted(starts)
for label in {e["allocator"] for e in epochs}:
    mine = [e for e in epochs if e["allocator"] == label]
    numbers = [e["process"] for e in mine]
    assert numbers == sorted(numbers), numbers
    if d["soak"]["fresh"]:
        assert len(set(numbers)) == len(mine) == d["soak"]["rounds"], numbers
        continue
    second = [e for e in mine if e["process"] == 1]
    assert max(numbers) <= 1 and sum(e["phase"] == "drain" for e in mine) <= 2
    for some in ([e for e in mine if e["process"] == 0], second):
        assert not some or some[0]["phase"] != "drain", "a drain of a process that never ran"
    if second and len(second) < len(mine):
        marked = [e["index"] for e in second if "after a gap of" in (e["reason"] or "")]
        assert marked == [e["index"] for e in second if e["status"] == "ok"][:1], second[0]
PY
}
# ends NAME JSON: a resumed soak ended well. 3 is well only on a machine so busy that no epoch failed, and some
# allocator had none after its warm-up.
ends() {
    check "$1 ($status)" python3 - "$2" "$status" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
status, epochs, warmup = int(sys.argv[2]), d["epochs"], d["soak"]["warmup_epochs"]
steady = [(e["allocator"], e["process"]) for e in epochs if e["phase"] != "drain"]
judged = {label for label, process in steady if steady.count((label, process)) > warmup}
is_starved = judged != {a["label"] for a in d["allocators"]} and all(e["status"] == "ok" for e in epochs)
assert status in (0, 1) or (status == 3 and is_starved), (status, judged)
PY
}
# start_soak ROUND-PATTERN OPTION...: a soak in the background, as $pid, that has come so far
start_soak() {
    local pattern=$1
    shift
    : >"$err"
    "${started[@]}" soak "${quick[@]}" "$@" >"$out" 2>"$err" &
    pid=$!
    wait_for 20 grep -q "$pattern" "$err"
}
kill_soak() {
    kill -9 $pid
    wait $pid 2>/dev/null
}

echo "--- killed $kills times"
late=0 # the soak had ended before: another moment is drawn
for ((k = 0; k < kills && late < 4 * kills; k++)); do
    folder=$tmp/kill
    rm -rf "$folder"
    "${started[@]}" soak "${quick[@]}" --minutes 0.06 --results "$folder" >"$out" 2>"$err" &
    pid=$!
    moment_ms=$(((RANDOM * 32768 + RANDOM) % 3200)) # counting, calibration, epochs, drains
    wait_for 20 compgen -G "$folder/*.csv" >/dev/null # before, there is nothing to lose
    nap "$((moment_ms / 1000)).$(printf '%03d' $((moment_ms % 1000)))"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    if [[ $? -ne 137 ]]; then
        late=$((late + 1)) k=$((k - 1))
        continue
    fi
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
there = {(e["allocator"], e["round"]) for e in epochs if e["phase"] != "drain"}
assert len(there) == sum(e["phase"] != "drain" for e in epochs), "an epoch twice"
drained = set(re.findall(r"\] round \d+ (\S+): resident after the drain", open(sys.argv[3]).read()))
assert drained <= {e["allocator"] for e in epochs if e["phase"] == "drain"}, drained
for number, label in told:
    assert (label, int(number) - 1) in there, ("lost", label, number)
assert len(epochs) - 1 <= len(rows) <= len(epochs), (len(rows), len(epochs))
for row, e in zip(rows, epochs):
    assert None not in row.values() and row["label"] == e["allocator"] and int(row["round"]) == e["round"]
PY
    if [[ $(wc -l <"$csv") -gt 1 ]]; then
        hb analyze "$csv" # 4: killed so early that no budget is known
        check "kill $k: the CSV can be read as it is ($status)" test "$status" -le 4 -a "$status" -ne 2
    fi
    hb soak --resume "$journal" --quiet
    ends "kill $k, at $moment_ms ms: it goes on to its end" "$(one "$folder" json)"
    same_session "kill $k" "$(one "$folder" json)" "$csv"
    is "kill $k: the journal is gone" "$(one "$folder" jsonl)" ""
done

is "it was killed so often while it ran" "$k" "$kills"

echo "--- killed while it drained"
for ((try = 0; try < 5; try++)); do # until it was killed before it had ended
    rm -rf "$tmp/d"
    start_soak "resident after the drain" --minutes 0.05 --results "$tmp/d"
    kill_soak
    [[ -z $(one "$tmp/d" jsonl) ]] || break
done
hb soak --resume "$(one "$tmp/d" jsonl)" --quiet
ends "it ends" "$(one "$tmp/d" json)"
same_session "drained" "$(one "$tmp/d" json)" "$(one "$tmp/d" csv)"

echo "--- killed among fresh processes"
: >"$err"
"${started[@]}" soak --runs 4 --seconds 0.1 --allocators "hakmem,system" --set operations=100k --results "$tmp/f" >"$out" 2>"$err" &
pid=$!
wait_for 20 grep -q "round 3" "$err"
kill_soak
hb soak --resume "$(one "$tmp/f" jsonl)" --quiet
check "it ends ($status)" test "$status" -le 4 -a "$status" -ne 2
same_session "fresh" "$(one "$tmp/f" json)" "$(one "$tmp/f" csv)"

echo "--- counted as before"
start_soak "round 3" --minutes 0.07 --count never --results "$tmp/n"
kill_soak
hb soak --resume "$(one "$tmp/n" jsonl)" --quiet
check "no epoch counts by the kernel, after the gap neither" python3 - "$(one "$tmp/n" json)" <<'PY'
import json, sys
epochs = json.load(open(sys.argv[1]))["epochs"]
assert {e["process"] for e in epochs} == {0, 1}
assert all(e.get("calls") is None for e in epochs)
PY

echo "--- a torn CSV"
start_soak "round 12" --minutes 5 --results "$tmp/j"
kill_soak
csv=$(one "$tmp/j" csv)
whole=$(head -n 20 "$csv" | wc -c) last=$(sed -n 20p "$csv" | wc -c)
head -c "$whole" "$csv" >"$tmp/whole.csv"
head -c $((whole - last)) "$csv" >"$tmp/less.csv"
"$hakbench" analyze "$tmp/less.csv" 2>/dev/null | sed '1,/^Speed/d' >"$tmp/less.txt"
check "analyze says something of whole rows" test -s "$tmp/less.txt"
for cut in 1 2 5 $((last / 2)) $((last - 1)); do
    head -c $((whole - cut)) "$csv" >"$tmp/cut.csv"
    "$hakbench" analyze "$tmp/cut.csv" 2>/dev/null | sed '1,/^Speed/d' >"$tmp/cut.txt"
    has "cut by $cut bytes: it is told" "$tmp/cut.txt" "the soak was cut off"
    check "cut by $cut bytes: the torn row is no row" diff "$tmp/less.txt" \
        <(grep -v "the soak was cut off" "$tmp/cut.txt")
done

echo "--- journals that may not go on"
journal=$(one "$tmp/j" jsonl)
hb soak --resume "$journal" --minutes 3
is "another length: exit status" "$status" 2
has "another length: the message" "$err" "no other option may change it"
hb soak --resume "$journal" --set working_set=5
is "another workload: exit status" "$status" 2
hb soak --resume "$journal" --count always
is "counted otherwise: exit status" "$status" 2
cp "$journal" "$tmp/torn.jsonl"
truncate -s -17 "$tmp/torn.jsonl"
had=$(grep -c '"record":"epoch"' "$tmp/torn.jsonl")
hb analyze "$tmp/torn.jsonl"
has "a torn journal can be read" "$out" "^Speed"
"${started[@]}" soak --resume "$tmp/torn.jsonl" >"$out" 2>"$err" &
pid=$!
check "a torn journal goes on" wait_for 20 grep -qE '^\[.*\] round ' "$err"
kill -INT $pid
wait $pid
is "a torn journal goes on, until it is asked to end" $? 130
has "without its torn line" "$err" "$((had - 1)) epochs of .*torn.jsonl are there already"
sed 's/"plugin_sha256":"./"plugin_sha256":"x/' "$journal" >"$tmp/other.jsonl"
hb soak --resume "$tmp/other.jsonl"
is "another plugin: exit status" "$status" 5
has "another plugin: the message" "$err" "hakbench: .*(hakmem|system|floor)"
cp "$plants/leaky.so" "$tmp/mine.so"
start_soak "round 3" --minutes 5 --allocator mine="$tmp/mine.so" --results "$tmp/m"
kill_soak
echo >>"$tmp/mine.so"
hb soak --resume "$(one "$tmp/m" jsonl)"
is "a rebuilt allocator: exit status" "$status" 5
has "a rebuilt allocator: the message" "$err" "mine"
rm "$tmp/lib/hakbench-worker"
(cat "$build/hakbench-worker"; echo) >"$tmp/lib/hakbench-worker"
chmod +x "$tmp/lib/hakbench-worker"
hb soak --resume "$journal"
is "a rebuilt worker: exit status" "$status" 5
has "a rebuilt worker: the message" "$err" "hakbench-worker.* has changed"
ln -sf "$build/hakbench-worker" "$tmp/lib/hakbench-worker"
hb rebase --resume "$journal"
is "rebase does not take it up" "$status" 2
has "rebase says whose it is" "$err" "is a soak, not a rebase: hakbench soak --resume"
"${started[@]}" rebase --set operations=5M --runs 60 --allocators system --quiet --results "$tmp/b" >"$out" 2>"$err" &
pid=$!
wait_for 10 jobs_there "$tmp/b" 1
nap 0.3
kill -9 $pid
wait $pid 2>/dev/null
hb soak --resume "$(one "$tmp/b" jsonl)"
is "nor soak a rebase's" "$status" 2
has "and says so" "$err" "is a rebase, not a soak"

finish
