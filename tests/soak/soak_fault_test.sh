#!/usr/bin/env bash
# What may happen in an hour: a worker dies, grows, is missing or stopped; the disk fills up; the
# machine is suspended; somebody wants it to end. The others go on, and what was measured is there.
# Prints "N passed, N failed[, N skipped]".
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"
plants=$build/tests/soak/plugins
quick=(--epoch 100ms --control none)
# A profile with an environment for its plants.
profile() { # file environment
    printf '{"schema":"hakbench.profile/1","workload":"random_mixed","allocators":["system"],
     "parameters":{"operations":"200k"},"environment":{%s}}' "$2" >"$1"
}
# epochs FILE EXPRESSION: prints a Python expression over the epochs e of a JSON or a journal
epochs() {
    python3 - "$1" "$2" <<'PY'
import json, sys
if sys.argv[1].endswith("l"):
    lines = open(sys.argv[1]).read().split("\n")[:-1]
    e = [d for d in map(json.loads, lines) if d["record"] == "epoch"]
else:
    e = json.load(open(sys.argv[1]))["epochs"]
print(eval(sys.argv[2]))
PY
}
# goes_on FOLDER STATUS: whether some allocator has an epoch after the round of the one with that status.
# A machine may be so busy that no time is left for one, so the tests below ask with longer times.
goes_on() {
    [[ $(epochs "$(one "$1" json)" "max(x['round'] for x in e if x['status'] == 'ok') > min([x['round'] for x in e if x['status'] == '$2'] or [1e9])") == True ]]
}
is_left() { check "$1: no worker is left" wait_for 5 no_worker; }

echo "--- a worker that dies"
for times in "0.8 0.05" "5 0.3" "20 1.2"; do # longer where it had no epoch before
    profile "$tmp/crash.json" "\"HB_PLANT_AFTER_S\":\"${times% *}\""
    rm -rf "$tmp/crash"
    hb soak "${quick[@]}" --minutes "${times#* }" --profile "$tmp/crash.json" --allocator crashing="$plants/crashing.so" \
        --results "$tmp/crash"
    json=$(one "$tmp/crash" json)
    [[ $(epochs "$json" '{"ok", "crashed"} <= {x["status"] for x in e if x["allocator"] == "crashing"}') != True ]] ||
        ! goes_on "$tmp/crash" crashed || break
done
is "exit status" "$status" 3
has "it is told" "$err" "crashing, round [0-9]+: crashed: SIGSEGV .*in the measured phase"
is "its last epoch says so" "$(epochs "$json" '[x["status"] for x in e if x["allocator"] == "crashing"][-1]')" crashed
is "and there is none after it" "$(epochs "$json" 'sum(x["status"] == "crashed" for x in e)')" 1
check "it had some before" test "$(epochs "$json" 'sum(x["allocator"] == "crashing" and x["status"] == "ok" for x in e)')" -gt 0
check "the other goes on" goes_on "$tmp/crash" crashed
is_left "after a crash"

echo "--- a worker that grows"
profile "$tmp/grow.json" '"HB_PLANT_OPERATIONS":"10000"'
for minutes in 0.05 0.5 2; do
    rm -rf "$tmp/grow"
    hb soak "${quick[@]}" --minutes $minutes --profile "$tmp/grow.json" --allocator growing="$plants/growing.so" \
        --memory-limit 200MiB --results "$tmp/grow"
    ! goes_on "$tmp/grow" killed || break
done
is "exit status" "$status" 3
has "it is told" "$err" "growing, round [0-9]+: killed: grew to [0-9.]+ MiB, past the memory limit of 200 MiB"
check "the other goes on" goes_on "$tmp/grow" killed

echo "--- a library that is not there"
hb soak "${quick[@]}" --minutes 0.05 --allocators system --allocator gone="$broken/missing_library.so" \
    --set operations=200k --results "$tmp/gone" --quiet
is "exit status" "$status" 3
has "it is told, once" "$err" "gone, round 1: missing"
is "once" "$(grep -c 'gone, round' "$err")" 1
check "the other goes on" test "$(epochs "$(one "$tmp/gone" json)" 'sum(x["allocator"] == "system" and x["status"] == "ok" for x in e)')" -gt 0

echo "--- a worker that somebody kills"
: >"$err"
for minutes in 0.05 0.5 2; do
    rm -rf "$tmp/killed"
    "${started[@]}" soak --epoch 100ms --control none --minutes $minutes --allocators "system,hakmem" \
        --set operations=200k --results "$tmp/killed" >"$out" 2>"$err" &
    pid=$!
    wait_for 10 eval 'grep -q "round 4 hakmem" "$err" || ! kill -0 $pid'
    pkill -KILL -o -f -- "$worker .*--workload" # the older one: the one that sleeps, or runs
    wait $pid
    status=$?
    ! goes_on "$tmp/killed" killed || break
done
is "exit status" $status 3
has "it is told" "$err" "(system|hakmem), round [0-9]+: killed: killed by SIGKILL"
json=$(one "$tmp/killed" json)
is "one epoch says so" "$(epochs "$json" 'sum(x["status"] == "killed" for x in e)')" 1
check "the other goes on" goes_on "$tmp/killed" killed
is_left "after a kill"

echo "--- stopped and continued"
reasons() { epochs "$1" 'sorted({x["reason"] for x in e if x["status"] == "invalid"})'; }
# interrupts REASON PROCESS [SECONDS]: stops it amid epochs until one more of them says so
interrupts() {
    local number before
    before=$(epochs "$(one "$tmp/stop" jsonl)" "sum(x['reason'] is not None and '$1' in x['reason'] for x in e)")
    for _ in 1 2 3 4; do
        number=$(epochs "$(one "$tmp/stop" jsonl)" 'len(e)')
        kill -STOP "$2"
        nap "${3:-0.4}"
        kill -CONT "$2"
        wait_for 5 eval "[[ \$(epochs \"\$(one '$tmp/stop' jsonl)\" 'len(e)') -ge $((number + 2)) ]]"
        [[ $(epochs "$(one "$tmp/stop" jsonl)" "sum(x['reason'] is not None and '$1' in x['reason'] for x in e)") -gt $before ]] && break
    done
}
: >"$err"
printf '{"schema":"hakbench.profile/1","workload":"random_mixed","allocators":["system"],"watchdog_s":2,
 "parameters":{"operations":"200k"}}' >"$tmp/impatient.json"
"${started[@]}" soak --epoch 100ms --control none --minutes 5 --profile "$tmp/impatient.json" \
    --results "$tmp/stop" >"$out" 2>"$err" &
pid=$!
wait_for 10 grep -q "round 3" "$err"
interrupts "the worker was stopped" "$(pgrep -f -- "$worker .*--workload" | head -n 1)"
interrupts "hakbench itself" $pid
longer=2.6 # than the watchdog waits
interrupts "hakbench itself" $pid $longer
kill -INT $pid
wait $pid
json=$(one "$tmp/stop" json)
is "however long, nobody hangs for it" "$(epochs "$json" 'sorted({x["status"] for x in e})')" "['invalid', 'ok']"
is "the epochs are invalid" "$(reasons "$json")" \
    "['hakbench itself was stopped and continued', 'the worker was stopped by a signal']"
check "and it goes on after each" test "$(epochs "$json" 'max(x["index"] for x in e) - max(x["index"] for x in e if x["status"] == "invalid")')" -gt 0

echo "--- a worker that is stopped for good"
: >"$err"
# Whoever traces a worker lets it go on at once.
"${started[@]}" soak --count never --epoch 100ms --control none --minutes 0.2 --profile "$tmp/impatient.json" \
    --allocators "system,hakmem" --results "$tmp/good" >"$out" 2>"$err" &
pid=$!
wait_for 10 grep -q "round 3" "$err"
kill -STOP "$(pgrep -f -- "$worker .*--workload" | head -n 1)" # it runs, or sleeps
wait $pid
is "exit status" $? 3
has "it is told, and does not hang" "$err" \
    "round [0-9]+: killed: the worker was stopped by a signal and did not go on within 2 s"
check "the other goes on" goes_on "$tmp/good" killed
is_left "after a stop"

echo "--- the machine was suspended"
cc -shared -fPIC -O1 -o "$tmp/clock_jump.so" tests/soak/clock_jump.c -ldl
for after in 2 3 10 20; do # between two epochs it disturbs none, nor before the first, as on a busy machine
    rm -rf "$tmp/jump"
    LD_PRELOAD=$tmp/clock_jump.so JUMP_AFTER_S=$after "$hakbench" soak --epoch 300ms --control none --minutes 0.65 \
        --allocators system --set operations=200k --results "$tmp/jump" >"$out" 2>"$err"
    json=$(one "$tmp/jump" json)
    [[ $(reasons "$json") != "[]" ]] && break
done
is "one epoch is invalid" "$(epochs "$json" '[x["reason"] for x in e if x["status"] == "invalid"]')" \
    "['the machine was suspended']"
check "as long an epoch does not end it early" test "$(epochs "$json" 'sum(x["phase"] != "drain" and x["started_s"] > 30 for x in e)')" -ge 2

echo "--- asked to end"
for signal in INT:130 TERM:143 HUP:129; do
    : >"$err"
    "${started[@]}" soak "${quick[@]}" --epoch 30ms --minutes 5 --allocators system --set operations=200k \
        --results "$tmp/${signal%:*}" >"$out" 2>"$err" &
    pid=$!
    wait_for 10 grep -q "round 12" "$err"
    kill -"${signal%:*}" $pid
    wait $pid
    is "SIG${signal%:*}: exit status" $? "${signal#*:}"
    has "SIG${signal%:*}: the summary is there" "$out" "^Speed"
    has "SIG${signal%:*}: how to go on" "$err" "go on with: hakbench soak --resume .*jsonl"
    journal=$(one "$tmp/${signal%:*}" jsonl)
    check "SIG${signal%:*}: the journal stays" test -s "$journal"
    is "SIG${signal%:*}: the JSON is partial" "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["partial"])' "$(one "$tmp/${signal%:*}" json)")" True
    is_left "SIG${signal%:*}"
done
: >"$err"
"${started[@]}" soak "${quick[@]}" --minutes 5 --allocators system --set operations=200k --results "$tmp/twice" >"$out" 2>"$err" &
pid=$!
wait_for 10 grep -q "round 3" "$err"
kill -STOP "$(pgrep -f -- "$worker .*--workload" | head -n 1)" # it will not end by itself
kill -INT $pid
nap 0.02
kill -INT $pid 2>/dev/null
asked=$SECONDS
wait $pid
is "a second one: exit status" $? 130
check "a second one ends it at once" test $((SECONDS - asked)) -le 60
is_left "twice"
journal=$(one "$tmp/twice" jsonl)
check "twice: the journal stays" test "$(epochs "$journal" 'len(e)')" -ge 3
: >"$err"
"${started[@]}" soak --minutes 5 --allocators system --results "$tmp/early" >"$out" 2>"$err" &
pid=$!
a_worker() { [[ $(workers_left) -gt 0 ]]; }
wait_for 10 a_worker # it counts system calls, or times operations
kill -INT $pid
wait $pid
is "before the first epoch: exit status" $? 130
has "before the first epoch: how to go on, if anything was counted" "$err" \
    "0 epochs are kept; go on with: hakbench soak --resume|nothing was measured, and no file of it stays"
is_left "before the first epoch"

echo "--- no room"
disk=$tmp/disk
mkdir "$disk"
mounted=false
at_end() { [[ $mounted == false ]] || umount "$disk"; }
if mount -t tmpfs -o size=200k hakbench-test "$disk" 2>/dev/null; then
    mounted=true
    hb soak "${quick[@]}" --epoch 30ms --minutes 5 --allocators system --set operations=200k --results "$disk/r" --quiet
    check "exit status" test "$status" -ne 0
    has "the message" "$err" "No space left on device"
    journal=$(one "$disk/r" jsonl)
    check "every epoch before it is in the journal" test "$(epochs "$journal" 'len(e)')" -gt 5
    hb analyze "$journal"
    has "and can be read" "$out" "^Speed"
    is_left "disk full"
else
    skip "a full disk" "no tmpfs can be mounted here"
fi
(ulimit -f 40; exec "$hakbench" soak "${quick[@]}" --epoch 30ms --minutes 5 --allocators system --set operations=200k \
    --results "$tmp/limit" --quiet >"$out" 2>"$err")
check "a file-size limit: exit status" test $? -ne 0
has "a file-size limit: the message" "$err" "File too large"
check "a file-size limit: the journal is whole lines" epochs "$(one "$tmp/limit" jsonl)" 'len(e)'
printf x >"$tmp/file"
hb soak --minutes 1 --results "$tmp/file/r"
is "a folder that cannot be" "$status" 2
is_left "at the end"

finish
