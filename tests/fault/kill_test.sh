#!/usr/bin/env bash
# Whatever ends a session ends it soon, with what was measured kept and no process left: SIGINT,
# SIGTERM, SIGKILL, the watchdog and the memory limit, at random moments, with 1, 2 and 16 threads,
# traced or not. Prints a table, then "N passed, N failed[, N skipped]".
#   ROUNDS=n  how often each (default 1)     THREADS="1 2 16"  (default 2; all of them with ROUNDS)
#   LIMIT_MS=n  how soon is soon (default 10000: a hang is for ever, and the machine may be busy)
#   SEED=n  the same moments again
#   CASES="early traced timed limited watched"  only these
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"
cases=" ${CASES:-early traced timed limited watched} "
wants() { [[ $cases == *" $1 "* ]]; }
read -ra counts <<<"${THREADS:-${ROUNDS:+1 2 16}}"
[[ ${#counts[@]} -gt 0 ]] || counts=(2)
rounds=${ROUNDS:-1} limit_ms=${LIMIT_MS:-10000}
seed=${SEED:-$RANDOM}
RANDOM=$seed
echo "SEED=$seed repeats the moments of this run"
plants=$build/tests/soak/plugins

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }
nap_ms() { nap "$(($1 / 1000)).$(printf '%03d' $(($1 % 1000)))"; }
await() { # pid: $took_ms from now to its end; killed when it hangs
    local began
    began=$(now_ms)
    wait_for $((limit_ms / 1000 + 20)) eval "! kill -0 $1" || { status=hangs; took_ms=99999; kill -9 "$1"; wait "$1"; return; }
    took_ms=$(($(now_ms) - began))
    wait "$1" 2>/dev/null
    status=$?
}
# Every job that was told is in the journal or the result, whole, once and in order.
kept() { # folder told-in
    python3 - "$1" "$2" <<'PY'
import glob, json, re, sys
folder, told = sys.argv[1:3]
count = len(set(re.findall(r"run: job (\d+) ", open(told, errors="replace").read())))
journals, results = glob.glob(folder + "/20*.jsonl"), glob.glob(folder + "/20*.json")
assert len(journals) + (not journals and len(results)) <= 1, (journals, results)
if journals:
    lines = open(journals[0], "rb").read().split(b"\n")
    records = [json.loads(line) for line in lines[:-1]]
    indexes = [r["index"] for r in records if r["record"] == "job"]
elif results:
    indexes = [j["index"] for j in json.load(open(results[0]))["jobs"]]
else:
    indexes = []
assert indexes == list(range(len(indexes))), indexes
assert len(indexes) >= count - 1, (len(indexes), count) # told before it is written
PY
}
# Children that are no worker yet, or never become one, have hakbench's own words: all name $tmp.
nobody() { ! pgrep -af -- "^($hakbench|$worker) .*$tmp/"; }
declare -A worst ended
account() { # name folder wanted-statuses pid: after what should end it
    local name=$1 case=${1% [0-9]*}
    await "$4"
    ended[$case]=$((${ended[$case]:-0} + 1))
    [[ $took_ms -gt ${worst[$case]:-0} ]] && worst[$case]=$took_ms
    if [[ " $3 " == *" $status "* && $took_ms -le $limit_ms ]]; then ok
    else bad "$name: status $status (wanted $3) after $took_ms ms" "$(tail -n 3 "$2.err")"; fi
    check "$name: no process is left" wait_for $((limit_ms / 1000)) nobody
    check "$name: nothing is lost" kept "$2" "$2.err"
    rm -rf "$2"
}

# A plan that begins with counting passes, which are traced, each allocator's of a second or so. For
# timed runs those passes are short: a kill that should meet a timed run waits for their end.
long=(rebase -q --no-pin --allocators system --reference system)
declare -A longer=([traced]="--runs 6 --set operations=20M" [timed]="--runs 200 --set operations=1M")
# Until then it is a job of the shell that ignores SIGINT, or env.
is_hakbench() { [[ $(cat "/proc/$1/comm" 2>/dev/null) == hakbench ]]; } # pid
signalled() { # signal statuses threads traced
    local name folder=$tmp/s pid least=0 traced=$4 more
    [[ $traced == timed ]] && least=3
    read -ra more <<<"${longer[$traced]}"
    for ((round = 1; round <= rounds; round++)); do
        name="SIG$1 $3 threads $traced $round"
        HB_LOG=run:2 "${started[@]}" "${long[@]}" "${more[@]}" --set threads="$3" --results "$folder" \
            >"$out" 2>"$folder.err" &
        pid=$!
        wait_for 60 is_hakbench $pid || bad "$name: starts" "$(cat "$folder.err")"
        [[ $least -eq 0 ]] || wait_for 60 jobs_there "$folder" $least || bad "$name: starts" "$(cat "$folder.err")"
        nap_ms $((RANDOM % 1200))
        kill -"$1" $pid 2>/dev/null || bad "$name: it had ended by itself" "$(cat "$folder.err")"
        account "$name" "$folder" "$2" $pid
    done
}

# A pass that hangs soon after its warm-up, of 50,000 blocks: the watchdog ends it after ten times its
# patience, and it is not run again. A timed run that hangs is a case of allocator_faults_test.
printf '{"schema": "hakbench.profile/1", "workload": "random_mixed", "runs": 6, "watchdog_s": 1,
 "parameters": {"operations": "200k"}, "allocators": ["hangs"], "reference": "hangs", "floor": null,
 "environment": {"HB_FAULT_AFTER": "52000", "HB_HANG_COUNTED": "1"}}' >"$tmp/late.json"
ended_soon() { # folder: the pass ended within the limit after its patience
    python3 - "$1" "$limit_ms" <<'PY'
import glob, json, sys
jobs = json.load(open(glob.glob(sys.argv[1] + "/20*.json")[0]))["jobs"]
assert [(j["kind"], j["status"]) for j in jobs] == [("counted", "hung")], jobs
assert jobs[0]["wall_s"] - 10 <= float(sys.argv[2]) / 1000, jobs[0]["wall_s"]
PY
}
watched() { # threads
    local folder=$tmp/w$1-$2
    HB_LOG=run:2 "$hakbench" rebase -q --no-pin --results "$folder" --profile "$tmp/late.json" \
        --allocator hangs="$broken/hang_run.so" --set threads="$1" >"$folder.out" 2>"$folder.err"
    echo $? >"$folder.status"
}
watchdogs() { # all at once: they mostly wait
    local folder name
    for threads in "${counts[@]}"; do
        for ((round = 1; round <= rounds; round++)); do
            watched $threads "$round" &
            [[ $((round % 10)) -eq 0 ]] && wait
        done
    done
    wait
    for threads in "${counts[@]}"; do
        for ((round = 1; round <= rounds; round++)); do
            name="watchdog $threads threads $round" folder=$tmp/w$threads-$round
            is "$name: status" "$(cat "$folder.status")" 3
            check "$name: ended soon" ended_soon "$folder"
            check "$name: nothing is lost" kept "$folder" "$folder.err"
        done
    done
    check "watchdog: no process is left" wait_for $((limit_ms / 1000)) nobody
}

too_large() { # pid: its worker has grown past the limit
    local worker_pid kib
    worker_pid=$(pgrep -P "$1" | head -n 1)
    kib=$(awk '/^VmRSS/ { print $2 }' "/proc/$worker_pid/status")
    [[ ${kib:-0} -gt 102400 ]]
}
# A soak of one allocator, which grows past the limit within a second or two, and is then out.
limited() { # threads counting
    local name folder=$tmp/m pid
    for ((round = 1; round <= rounds; round++)); do
        name="memory limit $1 threads $2 $round"
        printf '{"schema": "hakbench.profile/1", "workload": "random_mixed", "allocators": ["growing"],
 "environment": {"HB_PLANT_OPERATIONS": "%d"}}' $((20000 + RANDOM * 3)) >"$tmp/grow.json"
        HB_LOG=run:2 "$hakbench" soak -q --epoch 30ms --minutes 3 --control none --count "$2" \
            --profile "$tmp/grow.json" --allocator growing="$plants/growing.so" --memory-limit 100MiB \
            --set operations=200k --set threads="$1" --results "$folder" >"$out" 2>"$folder.err" &
        pid=$!
        wait_for 30 eval "too_large $pid || ! kill -0 $pid" || bad "$name: it does not grow" "$(cat "$folder.err")"
        account "$name" "$folder" 3 $pid
    done
}

# A child that has not yet asked to end with its parent when that is killed: the n-th there is.
orphaned() { # n
    local name="SIGKILL before child $1 is ready" folder=$tmp/s pid
    : >"$tmp/children"
    LD_PRELOAD=$broken/late.so HB_LATE_MS=300 HB_LATE_FILE=$tmp/children HB_LOG=run:2 "$hakbench" "${long[@]}" \
        --results "$folder" >"$out" 2>"$folder.err" &
    pid=$!
    wait_for 60 eval "[[ \$(stat -c %s '$tmp/children') -ge $1 ]]" || bad "$name: there is one" "$(cat "$folder.err")"
    kill -KILL $pid
    account "$name" "$folder" 137 $pid
}
if wants early; then
    for child in 1 2 3 4 5 6 7 8; do
        orphaned $child
    done
fi

for threads in "${counts[@]}"; do
    for traced in traced timed; do
        wants $traced || continue
        signalled INT 130 $threads $traced
        signalled TERM 143 $threads $traced
        signalled KILL 137 $threads $traced
    done
    ! wants limited || limited $threads always
    ! wants limited || limited $threads never
done
! wants watched || watchdogs
for case in "${!worst[@]}"; do
    printf '%-34s %3d ended, the last after %d ms\n' "$case" "${ended[$case]}" "${worst[$case]}"
done | sort
finish
