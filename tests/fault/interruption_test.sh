#!/usr/bin/env bash
# A session that is cut off loses nothing: SIGKILL at random moments, torn journals, resume, stop
# signals, a closed pipe, a stopped worker, two at once. Prints "N passed, N failed[, N skipped]".
#   ROUNDS=n  kills at random moments (default 4)     SEED=n  the same moments again
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"
RANDOM=${SEED:-$RANDOM}
seed=$RANDOM
RANDOM=$seed
echo "SEED=$seed repeats the moments of this run"

two=(--allocators "mimalloc,system")
slow=("${two[@]}" --set operations=1M --runs 6 --quiet) # half a second and more
a_worker() { [[ $(workers_left) -gt 0 ]]; }
# start FOLDER [OPTION...]: a session in the background; its process is $pid, its journal $journal
start() {
    local folder=$1
    shift
    "${started[@]}" rebase "${slow[@]}" --results "$folder" "$@" >"$out" 2>"$err" &
    pid=$!
    journal=
    wait_for 20 has_journal "$folder" || bad "a session in $folder starts" "$(cat "$err")"
}
has_journal() { journal=$(one "$1" jsonl) && [[ -s $journal ]]; }
# cut_off SIGNAL JOBS FOLDER [OPTION...]: a session that gets the signal when it has so many jobs; of
# longer jobs where it was faster. Its status is in $status.
cut_off() {
    local operations
    for operations in 500k 5M 20M; do
        rm -rf "$3"
        start "$3" --set operations=$operations "${@:4}"
        wait_for 20 jobs_there "$journal" "$2"
        kill "-$1" "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
        status=$?
        [[ ! -e $journal ]] || return
    done
    bad "a session in $3 is cut off" "$(cat "$err")"
}
readable_journal() { # file: every line but the last is JSON
    python3 - "$1" <<'PY'
import json, sys
lines = open(sys.argv[1], "rb").read().split(b"\n")
records = [json.loads(line)["record"] for line in lines[:-1]]
assert records and records[0] == "session", records
PY
}
resumed() { # name journal: a resume finishes it
    local json=${2%l}
    json=${json%.json}.json
    hb_is "$1: resume" 0 rebase --resume "$2" --quiet
    check "$1: a result" python3 -m json.tool "$json" /dev/null
    check_not "$1: no journal is left" test -e "$2"
    jobs_once "$1" "$json"
    json_true "$1: every job is whole" "$json" 'not d["partial"] and all(j["status"] == "ok" for j in jobs
        if j["status"] != "invalid") and [j["index"] for j in jobs] == list(range(len(jobs)))'
    is "$1: a row a job in the CSV" "$(($(wc -l <"${json%.json}.csv") - 1))" "$(json "$json" 'len(jobs)')"
    check "$1: figures" python3 tests/cli/recompute.py "$json"
    # Flags changed what the profile says: no resume makes that a baseline.
    check_not "$1: not pinned" test -e "$(dirname "$2")/baseline.json"
}

echo "--- SIGKILL at random moments"
rounds=${ROUNDS:-4}
for ((round = 1; round <= rounds; round++)); do
    folder=$tmp/kill-$round
    start "$folder" --seed "$round"
    nap "$(printf '0.%03d' $((RANDOM % 600)))"
    kill -9 "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    if [[ ! -e $journal ]]; then # it was faster than the kill
        jobs_once "kill $round, finished" "${journal%l}"
        continue
    fi
    name="kill $round ($(grep -c '"record":"job"' "$journal") jobs)"
    check "$name: no worker is left" wait_for 5 no_worker
    check "$name: the journal can be read" readable_journal "$journal"
    check_not "$name: no torn result" test -e "${journal%l}"
    resumed "$name" "$journal"
done
plan='sorted((j["kind"], j["block"], j["allocator"], j["seed"]) for j in jobs)'
hb_is "the same session in one go" 0 rebase "${slow[@]}" --results "$tmp/whole" --seed "$rounds"
is "resumed or not, the same jobs" "$(json "$(one "$tmp/kill-$rounds" json)" "$plan")" \
    "$(json "$(one "$tmp/whole" json)" "$plan")"

echo "--- a resumed session is pinned like any other"
mkdir -p "$tmp/data/profiles"
own_of() { # OPERATIONS
    printf '{"schema": "hakbench.profile/1", "workload": "random_mixed", "allocators": ["system", "mimalloc"], "runs": 6,
 "parameters": {"operations": "%s"}, "noise_floor_limit_percent": 100, "margin_percent": 100}' "$1" >"$tmp/data/profiles/own.json"
}
export HAKBENCH_DATADIR=$tmp/data
number=0
for option in "" "--allocator=mine=$build/allocators/system.so" "--set=working_set=500"; do
    folder=$tmp/pin$number
    number=$((number + 1))
    for operations in 1M 5M 20M; do # of longer jobs where it was faster
        own_of $operations
        rm -rf "$folder"
        "${started[@]}" rebase --profile own --quiet ${option:+"$option"} --results "$folder" >"$out" 2>"$err" &
        pid=$!
        wait_for 20 has_journal "$folder" || bad "own ${option%%=*}: starts" "$(cat "$err")"
        wait_for 20 jobs_there "$journal" 4
        kill -9 "$pid"
        wait "$pid" 2>/dev/null
        [[ ! -e $journal ]] || break
    done
    hb_is "own ${option%%=*}: resume" 0 rebase --resume "$journal" --quiet
    if [[ -n $option ]]; then
        check_not "own ${option%%=*}: not pinned" test -e "$folder/baseline-own.json"
        has "own ${option%%=*}: and why" "$err" 'not pinned: flags changed'
    elif [[ ! -e $folder/baseline-own.json ]]; then # a busy machine is a reason, flags are none
        has "own: not pinned as the machine was busy" "$err" 'not pinned: [^f]'
    fi
done
unset HAKBENCH_DATADIR

echo "--- torn journals"
cut_off KILL 16 "$tmp/torn" --seed 4
for cut in 1 2 40 400; do
    mkdir "$tmp/torn-$cut"
    cp "$journal" "$tmp/torn-$cut/x.jsonl"
    before=$(grep -c '"record":"job"' "$journal")
    truncate -s -"$cut" "$tmp/torn-$cut/x.jsonl"
    resumed "a journal $cut bytes shorter" "$tmp/torn-$cut/x.jsonl"
    has "$cut bytes shorter: whole lines count" "$err" "(^|[^0-9])$((before - 1)) jobs"
done
mkdir "$tmp/zeros"
cp "$journal" "$tmp/zeros/x.jsonl"
head -c 4096 /dev/zero >>"$tmp/zeros/x.jsonl"
resumed "a block of zeros at the end" "$tmp/zeros/x.jsonl"
mkdir "$tmp/middle"
sed '3s/.....$//' "$journal" >"$tmp/middle/x.jsonl"
cp "$tmp/middle/x.jsonl" "$tmp/middle.kept"
hb_is "a torn line in the middle" 2 rebase --resume "$tmp/middle/x.jsonl" --quiet
has "a torn line in the middle: named" "$err" 'x.jsonl:3'
check "a torn line in the middle: left as it is" cmp "$tmp/middle/x.jsonl" "$tmp/middle.kept"

echo "--- resume of what has changed"
changed() { # name pattern OPTION...: start with $tmp/lib.so as an allocator; resume after a change
    local name=$1 pattern=$2
    shift 2
    cut_off KILL 14 "$tmp/changed" --allocator "mine=$tmp/lib.so" "$@"
    cp "$journal" "$tmp/changed.kept"
    printf 'x' >>"$tmp/lib.so"
    hb_is "$name" 5 rebase --resume "$journal" --quiet
    has "$name: named" "$err" "$pattern"
    check "$name: the journal is left as it is" cmp "$journal" "$tmp/changed.kept"
    truncate -s -1 "$tmp/lib.so"
    hb_is "$name: as it was again" 0 rebase --resume "$journal" --quiet
}
cp "$build/allocators/system.so" "$tmp/lib.so"
changed "a plugin that changed" 'mine'
if cp /usr/lib/"$(uname -m)"-linux-gnu/libmimalloc.so.2 "$tmp/lib.so" 2>/dev/null; then
    changed "a library that changed" 'mine'
    changed "a preloaded library that changed" 'mine' --via preload
else
    skip "a library that changed" "no libmimalloc.so.2"
fi
cut_off KILL 3 "$tmp/edited" --seed 3
sed -i '1s/"seed":3,/"seed":4,/' "$journal"
hb_is "a header with another seed" 5 rebase --resume "$journal" --quiet

echo "--- stop signals"
stopped() { # name signal status
    cut_off "$2" 14 "$tmp/$2" --seed 6
    is "$1: exit status" "$status" "$3"
    has "$1: how many are kept, and how to go on" "$err" \
        "^hakbench: [0-9]+ of 27 jobs are kept; go on with: hakbench rebase --resume .*$(basename "$journal")"
    check "$1: the journal is kept" readable_journal "$journal"
    check_not "$1: no result" test -e "${journal%l}"
    is "$1: no worker is left" "$(workers_left)" 0
    has "$1: what there is, is shown" "$out" '^mimalloc'
    has_not "$1: not pinned" "$err" 'pinned .*json'
    resumed "$1" "$journal"
}
stopped "SIGINT" INT 130
stopped "SIGTERM" TERM 143
stopped "SIGHUP" HUP 129

# Between the making of the files and the first job: plugins/disk.c sends it when a journal is synced.
while read -r command words; do
    # shellcheck disable=SC2086
    LD_PRELOAD=$broken/disk.so HB_DISK_FAIL="fsync 1 INT" HB_DISK_PATH='\.jsonl$' HB_DISK_LOG=$tmp/calls \
        "${started[@]}" "$command" --results "$tmp/soon-$command" $words >"$out" 2>"$err"
    is "SIGINT before the first job of $command: exit status" $? 130
    if [[ $command == suite ]]; then
        has "is told how to go on" "$err" "go on with: hakbench suite --resume $tmp/soon-suite/.*-suite"
        check "with a folder that is there" test -s "$(echo "$tmp"/soon-suite/*-suite)/batch.jsonl"
    else
        has "says that nothing is there" "$err" 'nothing was measured, and no file of it stays'
        is "and leaves nothing" "$(ls "$tmp/soon-$command")" ""
    fi
done <<'END'
rebase --quiet --allocators system --reference system
soak --quiet --allocators system --minutes 1
exec --quiet --allocators hakmem -- true
ab --quiet system mimalloc
suite --quiet --only batch --allocators hakmem --runs 2
END

# A worker that hangs shows that the second signal does not wait.
printf '{"schema": "hakbench.profile/1", "workload": "random_mixed", "runs": 6, "watchdog_s": 60,
 "parameters": {"operations": "200k"}, "allocators": ["bad"], "reference": "bad", "floor": null,
 "environment": {"HB_FAULT_AFTER": "80000"}}' >"$tmp/hang.json"
"${started[@]}" rebase --profile "$tmp/hang.json" --allocator "bad=$broken/hang_run.so" --quiet \
    --results "$tmp/hang" >"$out" 2>"$err" &
pid=$!
wait_for 10 a_worker
nap 0.3
began=$SECONDS
kill -INT "$pid"
wait "$pid"
is "SIGINT while a worker hangs: exit status" $? 130
is "SIGINT while a worker hangs: at once" "$((SECONDS - began < 50))" 1
is "SIGINT while a worker hangs: no worker is left" "$(workers_left)" 0
"${started[@]}" rebase --profile "$tmp/hang.json" --allocator "bad=$broken/hang_run.so" --quiet \
    --results "$tmp/hang2" >"$out" 2>"$err" &
pid=$!
wait_for 10 a_worker
nap 0.3
kill -STOP "$pid" # both signals are there before it can look at the first
kill -INT "$pid"
kill -TERM "$pid"
kill -CONT "$pid"
wait "$pid"
status=$?
is "a second signal: exit status" "$((status == 130 || status == 143))" 1
check "a second signal: no worker is left" wait_for 5 no_worker

echo "--- pipes"
set -o pipefail
little=(--allocators system --reference system "${tiny[@]}") # five jobs
"$hakbench" rebase "${little[@]}" --results "$tmp/pipe" 2>"$err" | head -n 1 >"$out"
is "| head -n 1" "${PIPESTATUS[*]}" "0 0"
has "| head -n 1: a line" "$out" '^[A-Z].*[a-z].*\.$'
json_true "| head -n 1: the result" "$(one "$tmp/pipe" json)" 'not d["partial"]'
"$hakbench" rebase "${little[@]}" --results "$tmp/pipe2" 2>"$err" | true
is "| true" "${PIPESTATUS[*]}" "0 0"
"$hakbench" list 2>"$err" | head -n 1 >"$out"
is "list | head -n 1" "${PIPESTATUS[*]}" "0 0"
"$hakbench" rebase "${little[@]}" --results "$tmp/pipe3" --json - 2>"$err" | head -n 1 >"$out"
is "--json - | head -n 1" "${PIPESTATUS[0]}" 0
"$hakbench" rebase "${little[@]}" --results "$tmp/closed" >&- 2>"$err"
is "standard output is closed: results are not lost" "$(count_files "$tmp/closed")" 2
check "standard output is closed: the result is whole" python3 -m json.tool "$(one "$tmp/closed" json)" /dev/null
check "standard output is closed: so is the CSV" test "$(wc -l <"$(one "$tmp/closed" csv)")" -eq 6
is "standard output is closed: nothing else became it" "$(wc -l <"$tmp/closed/.lock")" 1
"$hakbench" rebase "${little[@]}" --results "$tmp/closed3" >"$out" 2>&- <&-
is "standard error and input are closed" $? 0
json_true "standard error and input are closed" "$(one "$tmp/closed3" json)" 'all(j["status"] == "ok" for j in jobs)'

echo "--- stopped and continued"
long=(--allocators system --reference system --set operations=10M --runs 2) # few jobs, that last: two are counted
start "$tmp/stop" --seed 9 "${long[@]}" --runs 6 --set operations=2M
wait_for 20 jobs_there "$journal" 2
victim=
stop_worker() {
    victim=$(pgrep -P "$pid" -f -- "$worker" | head -1)
    [[ -n $victim ]] && kill -STOP "$victim" && [[ $(ps -o state= -p "$victim") != Z* ]]
}
# One that is stopped before it measures, or after, is not disturbed: the next one is, then.
until grep -q "stopped by a signal" "$journal" || ! kill -0 "$pid" 2>/dev/null; do
    stop_worker || continue
    nap 0.3
    kill -CONT "$victim"
    wait_for 2 eval "! kill -0 $victim 2>/dev/null"
done
wait "$pid"
is "a worker stopped and continued: exit status" $? 0
result=$(one "$tmp/stop" json)
# A busy machine may make other jobs invalid, for reasons of their own.
json_true "a worker stopped: an invalid job says so" "$result" \
    'any("stopped by a signal" in j["reason"] for j in jobs if j["status"] == "invalid")'
repeated='all(any(k["status"] == "ok" and k["attempt"] > j["attempt"]
    and (k["kind"], k["block"], k["allocator"]) == (j["kind"], j["block"], j["allocator"])
    for k in jobs) for j in jobs if j["status"] == "invalid")'
json_true "a worker stopped: repeated" "$result" "$repeated"
jobs_once "a worker stopped" "$result"
check "a worker stopped: left out of the figures" python3 tests/cli/recompute.py "$result"
start "$tmp/cont" --seed 9 "${long[@]}"
wait_for 20 jobs_there "$journal" 2
# Between two jobs a stop disturbs none.
stop_in_a_job() {
    kill -STOP "$pid"
    [[ -z $(pgrep -P "$pid") ]] || return 0
    kill -CONT "$pid"
    return 1
}
wait_for 10 stop_in_a_job
nap 0.3
kill -CONT "$pid"
wait "$pid"
is "hakbench stopped and continued: exit status" $? 0
json_true "hakbench stopped: the job meanwhile is invalid" "$(one "$tmp/cont" json)" \
    '"hakbench itself was stopped and continued" in {j["reason"] for j in jobs if j["status"] == "invalid"}'
json_true "hakbench stopped: what is invalid is repeated" "$(one "$tmp/cont" json)" "$repeated"
jobs_once "hakbench stopped" "$(one "$tmp/cont" json)"
printf '{"schema": "hakbench.profile/1", "workload": "random_mixed", "allocators": ["system"], "watchdog_s": 2}' \
    >"$tmp/impatient.json"
start "$tmp/longer" --seed 9 --profile "$tmp/impatient.json" "${long[@]}"
wait_for 20 jobs_there "$journal" 2
wait_for 10 stop_in_a_job
nap 2.6
kill -CONT "$pid"
wait "$pid"
is "hakbench stopped for longer than the watchdog waits: exit status" $? 0
json_true "hakbench stopped for longer: no run hangs" "$(one "$tmp/longer" json)" \
    'any(j["reason"] == "hakbench itself was stopped and continued" for j in jobs)
     and {j["status"] for j in jobs} == {"ok", "invalid"}'
json_true "hakbench stopped for longer: what is invalid is repeated" "$(one "$tmp/longer" json)" "$repeated"

echo "--- somebody kills the worker"
start "$tmp/killed" --seed 9 "${long[@]}"
wait_for 20 jobs_there "$journal" 2
kill_worker() { kill -9 "$(pgrep -P "$pid" -f -- "$worker" | head -1)"; }
wait_for 10 kill_worker
wait "$pid"
is "a worker killed: exit status" $? 3
json_true "a worker killed: said so" "$(one "$tmp/killed" json)" \
    '[(j["status"], "SIGKILL" in j["reason"]) for j in jobs if j["status"] != "ok"] == [("killed", True)]'

echo "--- two at once"
start "$tmp/both" "${long[@]}"
hb_is "two in one folder" 2 rebase "${little[@]}" --results "$tmp/both"
has "two in one folder: names the other" "$err" "process $pid"
cp "$journal" "$tmp/both.jsonl"
hb_is "resume of a session that still runs" 2 rebase --resume "$journal" --quiet
wait_for 20 jobs_there "$journal" 1 # with nothing measured no journal is left
kill -INT "$pid"
wait "$pid"
is "two in one folder: the first one is not disturbed" $? 130
check "two in one folder: its journal" readable_journal "$journal"
hb_is "the lock goes with its holder" 0 rebase "${little[@]}" --results "$tmp/both"
is "no worker is left" "$(workers_left)" 0
finish
