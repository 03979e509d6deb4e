#!/usr/bin/env bash
# Machines as people have them: a terminal that closes, a frozen container, a CPU quota, a set of
# CPUs that shrinks, system calls that are refused, a neighbour, a second session.
# Control groups need root: what cannot be tried is skipped by name.
# Prints "N passed, N failed[, N skipped]".
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

# group CONTROLLER: makes a control group of version 1 as $group, or fails
groups=()
group() {
    group=/sys/fs/cgroup/$1/hakbench-test-$$
    mkdir "$group" 2>/dev/null && groups+=("$group") && [[ -w $group/cgroup.procs ]]
}
at_end() {
    local group
    for group in "${groups[@]}"; do
        [[ -e $group/freezer.state ]] && echo THAWED >"$group/freezer.state"
        for _ in 1 2 3 4 5; do rmdir "$group" 2>/dev/null && break; sleep 0.2; done
    done
}
one_allocator=(rebase --no-pin --quiet --runs 2 --allocators system --reference system)
# start_in FOLDER GROUP OPTION...: a session in the background, in a control group; its process is $pid
start_in() {
    "$hakbench" "${one_allocator[@]}" --results "$1" "${@:3}" >"$out" 2>"$err" &
    pid=$!
    [[ -z $2 ]] || echo $pid >"$2/cgroup.procs"
}
# start_long FOLDER GROUP: the same, with four jobs done and more to come: of longer jobs where it was faster
start_long() {
    local operations
    for operations in 3M 10M 30M; do
        rm -rf "$1"
        start_in "$1" "$2" --set operations=$operations
        wait_for 60 jobs_there "$1" 4
        [[ -z $(one "$1" jsonl) ]] || return
        wait $pid
    done
}

echo "--- the terminal closes"
nohup "$hakbench" soak --quiet --minutes 0.04 --epoch 100ms --control none --allocators system \
    --set operations=100k --results "$tmp/nohup" >"$out" 2>"$err" &
pid=$!
wait_for 20 eval '[[ -n $(one "$tmp/nohup" jsonl) ]]'
kill -HUP $pid
wait $pid
status=$?
check "nohup survives SIGHUP ($status)" test $status -le 4 # so short a soak may be over budget, or have no epoch
check "nohup survives SIGHUP: it is whole" test -e "$(one "$tmp/nohup" json)"
"${started[@]}" soak --quiet --minutes 5 --epoch 100ms --control none --allocators system \
    --set operations=100k --results "$tmp/hup" >"$out" 2>"$err" &
pid=$!
wait_for 20 eval '[[ -n $(one "$tmp/hup" jsonl) ]]'
kill -HUP $pid
wait $pid
is "without nohup it does not" $? 129
for seconds in 2 20 200; do # until it had begun
    rm -rf "$tmp/timeout"
    timeout --signal=TERM $seconds "$hakbench" soak --quiet --minutes 5 --epoch 100ms --control none \
        --allocators system --set operations=100k --results "$tmp/timeout" >"$out" 2>"$err"
    status=$?
    [[ -z $(one "$tmp/timeout" jsonl) ]] || break
done
is "timeout signals twice: its own status" $status 124
has "timeout signals twice: how to go on" "$err" 'go on with: hakbench soak --resume'

echo "--- a frozen container"
if group freezer; then
    printf '{"schema": "hakbench.profile/1", "workload": "random_mixed", "allocators": ["system"], "watchdog_s": 2}' \
        >"$tmp/impatient.json"
    for seconds in 3 10 50; do # longer where others kept it waiting as long
        rm -rf "$tmp/freeze"
        start_in "$tmp/freeze" "$group" --profile "$tmp/impatient.json" --set operations=10M
        wait_for 60 jobs_there "$tmp/freeze" 2
        # A pause between two runs disturbs none: the next one may.
        until grep -q '"paused' "$tmp/freeze"/*.jsonl || ! kill -0 $pid 2>/dev/null; do
            had=$(grep -c '"record":"job"' "$tmp/freeze"/*.jsonl)
            echo FROZEN >"$group/freezer.state"
            nap $seconds
            echo THAWED >"$group/freezer.state"
            wait_for 60 eval "jobs_there '$tmp/freeze' $((had + 1)) || ! kill -0 $pid" # that run's record
        done 2>/dev/null
        wait $pid
        status=$?
        ! grep -q '"paused' "$tmp/freeze"/*.json || break
    done
    is "frozen: exit status" $status 0
    result=$(one "$tmp/freeze" json)
    jobs_once "frozen" "$result"
    json_true "frozen: for longer than the watchdog waits, and nobody hangs" "$result" \
        '{j["status"] for j in jobs} <= {"ok", "invalid"}'
    json_value "$result" 'all((j["reason"] or "").startswith("a neighbour") for j in timed)'
    if [[ $value == true ]]; then # whose part in it is larger
        skip "frozen: what is left out" "neighbours kept each run waiting"
    else
        json_true "frozen: the run is left out and says why" "$result" \
            'any(j["status"] == "invalid" and j["reason"].startswith("paused") for j in jobs)'
        json_true "frozen: no run that counts has two seconds too many" "$result" \
            'all(j["metrics"]["elapsed_ns"] - j["metrics"]["cpu_ns"] - j["metrics"]["run_delay_ns"] < 1e9
             for j in timed if j["status"] == "ok")'
        has "frozen: told under the table" "$out" 'disturbed: .*paused'
    fi
else
    skip "a frozen container" "no freezer group may be made here"
fi

echo "--- a CPU quota"
if group cpu && echo 15000 >"$group/cpu.cfs_quota_us" 2>/dev/null; then
    # shellcheck disable=SC2016
    sh -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$group" "$hakbench" "${one_allocator[@]}" \
        --set operations=1M --results "$tmp/quota" >"$out" 2>"$err"
    is "quota: exit status" $? 0
    quota=$(one "$tmp/quota" json)
    has "quota: told under the table" "$out" 'the control group grants 0.15 CPUs. time; it was stopped for'
    has "quota: the runs are named" "$out" 'disturbed: .*the CPU quota [0-9]+'
    json_true "quota: in the result" "$quota" \
        'd["host"]["cpu_quota"] == 0.15 and d["host"]["throttled_ns"] > 0 and d["host"]["load1_end"] is not None'
    hb_is "quota: a session without" 0 "${one_allocator[@]}" --set operations=1M --results "$tmp/free"
    hb compare free="$(one "$tmp/free" json)" quota="$quota"
    has "quota: compare says so" "$out" 'CPU quota.*none.*0.15 CPUs'
else
    skip "a CPU quota" "no cpu group may be made here"
fi

echo "--- a set of CPUs that shrinks"
if [[ $(nproc) -ge 2 ]] && group cpuset && echo 0-1 >"$group/cpuset.cpus" && echo 0 >"$group/cpuset.mems"; then
    start_long "$tmp/shrink" "$group"
    used=$(head -n 1 "$(one "$tmp/shrink" jsonl)" | grep -o '"cpus_used":"[0-9]*"' | tr -dc 0-9)
    echo $((1 - used)) >"$group/cpuset.cpus"
    wait $pid
    is "shrinks: exit status" $? 0
    json_true "shrinks: every run came out, on the other CPU" "$(one "$tmp/shrink" json)" \
        "not d['partial'] and d['host']['cpus_used'] == '$((1 - used))' and d['host']['cpus_before'] == '$used'"
    jobs_once "shrinks" "$(one "$tmp/shrink" json)"
    has "shrinks: told under the table" "$out" "CPUs were taken away on the way: $used, then $((1 - used))"
else
    skip "a set of CPUs that shrinks" "no cpuset group may be made here, or one CPU"
fi

echo "--- a resumed session keeps to the mask it is started with"
if [[ $(nproc) -ge 2 ]]; then
    start_long "$tmp/mask" ""
    kill -9 $pid
    wait $pid 2>/dev/null
    journal=$(one "$tmp/mask" jsonl)
    used=$(head -n 1 "$journal" | grep -o '"cpus_used":"[0-9]*"' | tr -dc 0-9)
    sed -i '1s/"kernel":"[^"]*"/"kernel":"1.2.3"/' "$journal"
    taskset -c $((1 - used)) "$hakbench" rebase --quiet --no-pin --resume "$journal" >"$out" 2>"$err"
    is "another mask: exit status" $? 0
    json_true "another mask: its CPU, not the old one" "${journal%l}" \
        "d['host']['cpus_used'] == '$((1 - used))' and d['host']['cpus_before'] == '$used'"
    has "another kernel is said" "$err" 'the kernel is .* now; the session began with 1.2.3'
    has "the CPU that is gone is said" "$err" "CPU $used is no longer available"
else
    skip "another mask" "one CPU"
fi

echo "--- refused system calls"
if cc -o "$tmp/deny" tests/fault/deny.c -lseccomp 2>/dev/null; then
    printf '{"schema": "hakbench.profile/1", "workload": "random_mixed", "aslr": false,
 "allocators": ["system"], "parameters": {"operations": "200k"}}' >"$tmp/noaslr.json"
    "$tmp/deny" personality -- "$hakbench" "${one_allocator[@]}" --profile "$tmp/noaslr.json" \
        --results "$tmp/aslr" >"$out" 2>"$err"
    is "no personality(): exit status" $? 0
    has "no personality(): told" "$out" 'refuses addresses that are not randomised'
    json_true "no personality(): in the result" "$(one "$tmp/aslr" json)" '"randomised" in d["host"]["refused"]'
    hb_is "with personality(): nothing is refused" 0 "${one_allocator[@]}" --profile "$tmp/noaslr.json" \
        --results "$tmp/aslr2"
    json_true "with personality(): nothing is refused" "$(one "$tmp/aslr2" json)" 'd["host"]["refused"] is None'
    "$tmp/deny" sched_setaffinity -- "$hakbench" "${one_allocator[@]}" --set operations=200k \
        --results "$tmp/unpinned" >"$out" 2>"$err"
    is "no sched_setaffinity(): exit status" $? 0
    has "no sched_setaffinity(): told" "$out" 'refuses pinning to a CPU'
else
    skip "refused system calls" "no libseccomp to build with"
fi
cc -shared -fPIC -O1 -o "$tmp/large_machine.so" tests/fault/large_machine.c
LD_PRELOAD=$tmp/large_machine.so "$hakbench" "${one_allocator[@]}" --set operations=200k --set threads=2 \
    --results "$tmp/large" >"$out" 2>"$err"
is "more than 1,024 possible CPUs: exit status" $? 0
if [[ $(nproc) -ge 2 ]]; then
    json_true "more than 1,024 possible CPUs: each thread has one" "$(one "$tmp/large" json)" \
        'len(d["host"]["cpus_used"].split(",")) == 2 and d["host"]["refused"] is None'
fi
LD_PRELOAD=$tmp/large_machine.so "$hakbench" soak --quiet --minutes 0.05 --epoch 100ms --control none --allocators system \
    --set operations=100k --results "$tmp/large-soak" >"$out" 2>"$err"
json_true "more than 1,024 possible CPUs: a soak has epochs" "$(one "$tmp/large-soak" json)" \
    'any(e["status"] == "ok" for e in d["epochs"])'
"$hakbench" "${one_allocator[@]}" --set operations=200k --set threads=4 --results "$tmp/crowd" >"$out" 2>"$err"
if [[ $(nproc) -lt 4 ]]; then
    has "threads that share a CPU are said" "$out" '4 threads on [0-9]+ CPUs?: they take turns'
    "$hakbench" "${one_allocator[@]}" --set operations=20k --sweep threads=1,4 --results "$tmp/crowds" >"$out" 2>"$err"
    has "of a sweep as well" "$out" '4 threads on [0-9]+ CPUs?: they take turns'
else skip "threads that share a CPU" "CPUs enough"; fi

echo "--- a container's memory"
if group memory && echo 536870912 >"$group/memory.limit_in_bytes" 2>/dev/null; then
    # shellcheck disable=SC2016
    sh -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$group" "$hakbench" soak --quiet --minutes 0.02 \
        --epoch 100ms --control none --allocators system --set operations=100k --results "$tmp/memory" >"$out" 2>"$err"
    json_true "a soak keeps to the container's memory" "$(one "$tmp/memory" json)" \
        'd["soak"]["memory_limit_bytes"] == 268435456 and d["host"]["memory_limit_bytes"] == 536870912'
else
    skip "a container's memory" "no memory group may be made here"
fi

echo "--- a neighbour"
cpu=$(taskset -cp $$ | grep -o '[0-9]*$')
taskset -c "$cpu" sh -c 'while :; do :; done' &
neighbour=$!
taskset -c "$cpu" "$hakbench" "${one_allocator[@]}" --set operations=2M --results "$tmp/busy" >"$out" 2>"$err"
mostly='sum((e["reason"] or "").startswith("a neighbour") for e in d["epochs"] if e["status"] == "ok") * 2 > len(d["epochs"])'
for minutes in 0.05 0.2 1; do # longer where there were too few epochs
    rm -rf "$tmp/busy-soak"
    taskset -c "$cpu" "$hakbench" soak --quiet --minutes $minutes --epoch 100ms --control none --allocators system \
        --set operations=200k --results "$tmp/busy-soak" >"$tmp/busy-soak.out" 2>&1
    json_value "$(one "$tmp/busy-soak" json)" "$mostly"
    [[ $value != true ]] || break
done
kill $neighbour
json_true "a busy loop on its CPU is named in a soak, whose epochs stay in" "$(one "$tmp/busy-soak" json)" "$mostly"
json_true "a busy loop on its CPU is named" "$(one "$tmp/busy" json)" \
    'sum((j["reason"] or "").startswith("a neighbour") for j in timed) * 2 > len(timed)'
has "a busy loop on its CPU is told" "$out" 'disturbed: .*a neighbour on its CPU'

echo "--- two sessions on one machine"
export HAKBENCH_SHARE_MACHINE=0
"${started[@]}" soak --quiet --minutes 5 --epoch 100ms --control none --allocators system \
    --set operations=100k --results "$tmp/first" >"$out" 2>"$err" &
pid=$!
if wait_for 20 eval '[[ -n $(one "$tmp/first" jsonl) ]]'; then
    hb_is "two folders: the second is refused" 2 "${one_allocator[@]}" --set operations=200k --results "$tmp/second"
    has "two folders: the first is named" "$err" "process $pid\) is measuring on this machine.*--share-machine"
    hb_is "two folders: --share-machine" 0 "${one_allocator[@]}" --set operations=200k --results "$tmp/second" --share-machine
    json_true "what else ran is in the result" "$(one "$tmp/second" json)" '"CPUs busy" in d["host"]["others"]'
    kill -INT $pid
    wait $pid
else
    wait $pid
    skip "two folders" "another session is measuring on this machine: $(cat "$err")"
fi
finish
