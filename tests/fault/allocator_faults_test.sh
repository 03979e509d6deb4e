#!/usr/bin/env bash
# Allocators that crash, hang, lie or are not there: each is a named row with its status and reason,
# and the others are measured to the end. Prints "N passed, N failed[, N skipped]".
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

# A worker takes milliseconds, and on a busy machine much longer: only who is to hang is waited for
# briefly. The plugins break in the measured phase.
cat >"$tmp/faulty.json" <<'JSON'
{"schema": "hakbench.profile/1", "workload": "random_mixed", "runs": 3, "watchdog_s": 60,
 "parameters": {"operations": "200k"}, "allocators": ["system"], "reference": "system",
 "environment": {"HB_FAULT_AFTER": "80000"}}
JSON
sed 's/"watchdog_s": 60/"watchdog_s": 3/' "$tmp/faulty.json" >"$tmp/hang.json"
# What is refused before it runs is so in the first job.
sed 's/"runs": 3/"runs": 1/' "$tmp/faulty.json" >"$tmp/once.json"
runs=3
session=("$hakbench" rebase --profile "$tmp/faulty.json" --quiet --seed 5)
number=0

# others_whole NAME FILE [RUNS]: what is not faulty has all of its runs, and its counts
others_whole() {
    json_true "$1: the others are complete" "$2" 'all(
        sum(j["allocator"] == a["label"] and j["status"] == "ok" for j in timed) == '"${3:-$runs}"'
        for a in d["allocators"] if not a["label"].startswith("bad"))'
    json_true "$1: the others' figures" "$2" 'all(
        d["summaries"][label]["runs_ok"] == '"${3:-$runs}"' and d["summaries"][label]["runs_failed"] == 0
        and "throughput_ops_per_s" in d["summaries"][label]
        for label in ("system", "system (A/A)", "floor"))'
    json_true "$1: the others' system calls" "$2" 'all(j["syscalls"]
        for j in counted if not j["allocator"].startswith("bad"))'
}

status_is() { # name file pattern: of every job of the faulty one
    json_value "$2" '" ".join(sorted({j["status"] for j in jobs if j["allocator"] == "bad"}))'
    if [[ $value =~ ^$3$ ]]; then ok; else bad "$1: status \"$value\", not $3" "$(cat "$err")"; fi
}
has_jobs() { # name file pattern: so many of the faulty one
    json_value "$2" 'sum(j["allocator"] == "bad" for j in jobs)'
    if [[ $value =~ ^$3$ ]]; then ok; else bad "$1: $value jobs, not $3"; fi
}

# faulty NAME FILE STATUS REASON JOBS [OPTION...]: as the head says. JOBS: how many the journal has
# of the faulty one (1 when it is not asked again, else its runs and the count).
faulty() {
    local name=$1 file=$2 wanted=$3 reason=$4 jobs=$5 folder result
    shift 5
    folder=$tmp/$((number += 1))
    timeout 300 "${session[@]}" --results "$folder" --allocator "bad=$file" "$@" >"$out" 2>"$err"
    is "$name: exit status" $? 3
    find_one "$folder" json
    result=$found
    if [[ -z $result ]]; then
        bad "$name: no result" "$(cat "$err")"
        return
    fi
    find_one "$folder" jsonl
    is "$name: no journal is left" "$found" ""
    status_is "$name" "$result" "$wanted"
    has_jobs "$name" "$result" "$jobs"
    json "$result" '"\n".join(sorted({j["reason"] or "" for j in jobs if j["allocator"] == "bad"}))' >"$tmp/reasons"
    has "$name: reason" "$tmp/reasons" "$reason"
    json_true "$name: every job has its reason" "$result" \
        'all(j["reason"] for j in jobs if j["allocator"] == "bad")'
    json_true "$name: it has no figures" "$result" \
        'd["summaries"]["bad"]["runs_ok"] == 0
        and d["summaries"]["bad"].get("throughput_ops_per_s", {"mean": None, "samples": []})["mean"] is None'
    has "$name: a row in the table" "$out" "^bad .* $wanted"
    has "$name: told on stderr" "$err" "bad: $wanted: "
    has_not "$name: not pinned" "$err" 'pinned [^:]*json'
    others_whole "$name" "$result"
    is "$name: no worker is left" "$(workers_left)" 0
}

echo "--- while it runs"
faulty "a crash" "$broken/crash_run.so" crashed 'SIGSEGV.*in the measured phase' 4
faulty "an abort" "$broken/abort_run.so" crashed 'SIGABRT.*in the measured phase' 4
faulty "an early exit with 0" "$broken/exit_zero.so" exited 'exited with status 0 in the measured phase' 4
faulty "a NULL" "$broken/null_late.so" failed 'NULL' 4
# Of a hang that only timed runs meet, one is enough.
folder=$tmp/$((number += 1))
timeout 300 "${session[@]}" --profile "$tmp/hang.json" --results "$folder" \
    --allocator "bad=$broken/hang_run.so" >"$out" 2>"$err"
is "a hang: exit status" $? 3
result=$(one "$folder" json)
json_is "a hang: counted, then timed once" "$result" \
    '[(j["kind"], j["status"]) for j in jobs if j["allocator"] == "bad"]' "[('counted', 'ok'), ('timed', 'hung')]"
has "a hang: told" "$err" 'bad: hung: .*hung in the measured phase'
has "a hang: a row in the table" "$out" '^bad .* hung'
others_whole "a hang" "$result"
is "a hang: no worker is left" "$(workers_left)" 0
faulty "two live blocks are one" "$broken/overlap.so" 'refused' 'overlap' 1

echo "--- the page that it shares with hakbench"
cannot='what it wrote into the page it shares with hakbench cannot be: '
declare -A spoilt=( # what it spoils, and what must be said; a truncated page would end the session
    [threads]="${cannot}another number of threads"
    [no_threads]="${cannot}another number of threads"
    [times]="${cannot}times run backwards"
    [future]="${cannot}times lie in the future"
    [operations]="${cannot}a thread did another number"
    [cpu]="${cannot}more CPU time than there was"
    [timer]="${cannot}a clock"
    [ones]="$cannot"
    [path]='it says that it loaded x+: no such file'
    [raw_path]='it says that it loaded .*spoilt.*: no such file'
    [device]='it says that it loaded /dev/zero: no such file'
    [raw_error]='^.\]0;spoilt'
    [truncates]='' [grows]='' [slices]='' [haunts]='' # in vain: nothing is said
)
python3 - "${!spoilt[@]}" >"$tmp/vandal.json" <<'PY'
import json, sys
ways = sys.argv[1:]
print(json.dumps({"schema": "hakbench.profile/1", "workload": "random_mixed", "runs": 1, "watchdog_s": 5,
    "parameters": {"operations": "200k"}, "reference": "system",
    "allocators": ["system"] + [f"bad:{way}" for way in ways], "environment": {"HB_FAULT_AFTER": "80000"},
    "variants": {f"bad:{way}": {"HB_VANDAL": way} for way in ways}}))
PY
hb_is "spoils its page" 3 rebase --profile "$tmp/vandal.json" --quiet --seed 5 --results "$tmp/vandal" \
    --allocator "bad=$broken/vandal.so"
result=$(one "$tmp/vandal" json)
for way in "${!spoilt[@]}"; do
    json "$result" "'\n'.join(j['reason'] if j['status'] != 'ok' else 'ok' for j in jobs if j['allocator'] == 'bad:$way')" >"$tmp/reasons"
    has "spoils its page: $way" "$tmp/reasons" "${spoilt[$way]:-^ok$}"
    [[ -n ${spoilt[$way]} ]] || has_not "spoils its page in vain: $way" "$tmp/reasons" '^[^o]'
done
json_true "spoils its page: the others are whole" "$result" \
    'all(j["status"] == "ok" for j in jobs if not j["allocator"].startswith("bad"))'
check_not "spoils its page: nothing raw on the terminal" \
    grep -aP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xff' "$out" "$err"
sed 's/"watchdog_s": 5/"watchdog_s": 3/' "$tmp/vandal.json" >"$tmp/vandal-soak.json" # "ones" hangs
for way in threads future operations ones haunts; do
    hb soak --profile "$tmp/vandal-soak.json" --allocators "system,bad:$way" --quiet --seed 5 --runs 2 \
        --seconds 0.1 --results "$tmp/soak-$way" --allocator "bad=$broken/vandal.so"
    check "spoils its page in a soak: $way: the session ends by itself ($status)" test "$status" -le 4
    json_true "spoils its page in a soak: $way: the others go on" "$(one "$tmp/soak-$way" json)" \
        'any(e["status"] == "ok" for e in d["epochs"] if e["allocator"] == "system")'
done
json "$(one "$tmp/soak-haunts" json)" "'\n'.join(e['reason'] or '' for e in d['epochs'] if e['status'] == 'failed')" >"$tmp/reasons"
has "spoils its page in a soak: told why" "$tmp/reasons" "${cannot}times lie in the future"

echo "--- while it is loaded"
runs=1 session=("$hakbench" rebase --profile "$tmp/once.json" --quiet --seed 5)
faulty "a crash in open()" "$broken/crash_open.so" 'crashed' '(signal 11|SIGSEGV)' '[12]'
faulty "another ABI version" "$broken/abi7.so" 'refused' 'ABI.*7.*1|ABI.*1.*7' 1
faulty "a shorter struct" "$broken/short_struct.so" 'refused' 'struct|bytes|ABI' 1
faulty "no symbol" "$broken/no_symbol.so" 'refused' 'neither a plugin.*nor a malloc library' 1
faulty "an unresolved symbol" "$broken/unresolved.so" missing 'hb_symbol_that_nobody_has' 1
faulty "open() refuses" "$broken/refuse.so" 'refused' 'not on' 1
for aslr in true false; do
    printf '{"schema": "hakbench.profile/1", "workload": "random_mixed", "runs": 1, "aslr": %s,
        "allocators": ["system"], "parameters": {"operations": "2k"}}' $aslr >"$tmp/where.json"
    hb rebase --profile "$tmp/where.json" --allocator where="$broken/where.so" --quiet --no-pin --results "$tmp/where-$aslr"
    words=$([[ $aslr == true ]] && echo randomised || echo fixed)
    json_true "aslr $aslr: so it is, and on its CPU, before anything of it is loaded" "$(one "$tmp/where-$aslr" json)" \
        '{j["reason"].split(": ")[-1] for j in jobs if j["allocator"] == "where"}
            == {"'"$words"', loaded on CPU " + d["host"]["cpus_used"]}'
done
faulty "a function is missing" "$broken/unset.so" 'refused' 'calloc' 1
faulty "foreign functions" "$broken/foreign.so" 'refused' 'libc|not' 1
faulty "foreign blocks" "$broken/foreign_blocks.so" 'refused' '.' 1
faulty "blocks that are not libc's" "$broken/not_libc.so" 'refused' '.' 1
faulty "a library that is not installed" "$broken/missing_library.so" missing 'libnowhere' 1
echo 'plain text' >"$tmp/text.so"
faulty "a text file" "$tmp/text.so" 'missing' 'text.so.*(ELF|header|short)' 1
: >"$tmp/empty.so"
faulty "an empty file" "$tmp/empty.so" 'missing' 'empty.so.*(ELF|short)' 1
head -c 5000 "$build/allocators/system.so" >"$tmp/torn.so"
faulty "half a library" "$tmp/torn.so" '(missing|crashed)' 'torn.so|signal|SIGBUS' '[12]'
# a library for another machine: class 1 in an otherwise sound header
cp "$build/allocators/system.so" "$tmp/bits32.so"
printf '\001' | dd of="$tmp/bits32.so" bs=1 seek=4 conv=notrunc status=none
faulty "a 32-bit library" "$tmp/bits32.so" 'missing' 'bits32.so.*(ELF|class)' 1
mkdir "$tmp/folder.so"
hb_is "a folder" 2 rebase --profile "$tmp/faulty.json" --quiet --results "$tmp/folder" --allocator "bad=$tmp/folder.so"
has "a folder: named" "$err" 'folder.so: is a folder'

echo "--- preloads that the loader ignores"
faulty "a text file, preloaded" "$tmp/text.so" '(refused|missing)' '.' 1 --via preload
faulty "a library without malloc, preloaded" "$broken/no_symbol.so" '(refused|missing)' '.' 1 --via preload
if cp /usr/lib/"$(uname -m)"-linux-gnu/libmimalloc.so.2 "$tmp/libmi.so" 2>/dev/null; then
    # it can be described but is gone when most workers start: the loader warns and goes on
    chmod 0644 "$tmp/libmi.so"
    folder=$tmp/vanish
    { wait_for 60 jobs_there "$folder" 1; rm -f "$tmp/libmi.so"; } &
    timeout 300 "${session[@]}" --results "$folder" --allocator "bad=$tmp/libmi.so" --via preload \
        --set operations=1M --runs 6 >"$out" 2>"$err"
    is "a preload that vanished: exit status" $? 3
    wait
    result=$(one "$folder" json)
    json_true "a preload that vanished: refused, not measured as libc" "$result" \
        '{j["status"] for j in jobs if j["allocator"] == "bad"} - {"ok"} <= {"refused", "missing"}
         and any(j["status"] != "ok" for j in jobs if j["allocator"] == "bad")'
    json_true "a preload that vanished: measured only while it was there" "$result" \
        '[j["status"] for j in jobs if j["allocator"] == "bad"][-1] in ("refused", "missing")'
    others_whole "a preload that vanished" "$result" 6
else
    skip "a preload that vanished" "no libmimalloc.so.2"
fi

echo "--- what is odd but works"
hb_is "forks twice" 0 rebase --profile "$tmp/faulty.json" --quiet --results "$tmp/fork" \
    --allocator "bad=$broken/fork_twice.so"
is "forks twice: nobody is left" "$(workers_left)" 0
is "forks twice: no orphan went to init" "$(pgrep -fc -P 1 -- "$worker")" 0
json_true "forks twice: measured" "$(one "$tmp/fork" json)" \
    'all(j["status"] == "ok" for j in jobs)'
printf '{"schema": "hakbench.profile/1", "workload": "thread_churn", "allocators": ["system"], "runs": 2,
 "parameters": {"operations": "20k", "life": "100"}}' >"$tmp/churn.json"
hb_is "sleeps when a thread ends" 0 rebase --profile "$tmp/churn.json" --quiet --results "$tmp/churn" --reference system \
    --allocator "bad=$broken/slow_end.so"
json_true "sleeps when a thread ends: three sleeps of each of 200 threads are counted" "$(one "$tmp/churn" json)" \
    'min(j["metrics"]["switches_voluntary"] for j in timed if j["allocator"] == "bad") >= 600'
json_true "sleeps when a thread ends: how long it waited is known to nobody" "$(one "$tmp/churn" json)" \
    'all(j["metrics"]["run_delay_ns"] is None and "threads ended" in j["null_reasons"]["scheduling"] for j in timed)'
hb_is "prints garbage" 0 rebase --profile "$tmp/faulty.json" --quiet --results "$tmp/noisy" \
    --allocator "bad=$broken/noisy.so"
json_true "prints garbage: measured" "$(one "$tmp/noisy" json)" 'all(j["status"] == "ok" for j in jobs)'
json_true "prints garbage: what it forged is nowhere" "$(one "$tmp/noisy" json)" \
    '"forged" not in json.dumps(d["jobs"]) and all(j["metrics"]["operations"] == 200000 for j in timed)'
has_not "prints garbage: none on standard output" "$out" 'forged'
has_not "prints garbage: none on stderr" "$err" 'forged'

echo "--- many at once"
many=()
for name in crash_run abort_run exit_zero null_late abi7 no_symbol missing_library; do
    many+=(--allocator "bad_$name=$broken/$name.so")
done
hb_is "many at once" 3 rebase --profile "$tmp/faulty.json" --quiet --results "$tmp/many" "${many[@]}"
result=$(one "$tmp/many" json)
others_whole "many at once" "$result" 3
json_true "many at once: each by its name" "$result" 'all(
    {j["status"] for j in jobs if j["allocator"] == label} <= set(wanted.split())
    and any(j["allocator"] == label for j in jobs) for label, wanted in {
    "bad_crash_run": "crashed", "bad_abort_run": "crashed", "bad_exit_zero": "exited",
    "bad_null_late": "failed", "bad_abi7": "refused missing", "bad_no_symbol": "refused missing",
    "bad_missing_library": "missing"}.items())'
hb_is "a faulty reference" 3 rebase --profile "$tmp/faulty.json" --quiet --results "$tmp/reference" \
    --allocator "bad=$broken/crash_run.so" --reference bad --runs 6
json_true "a faulty reference: the others are measured" "$(one "$tmp/reference" json)" \
    'sum(j["allocator"] == "system" and j["status"] == "ok" for j in timed) == 6'
json_true "a faulty reference: no verdicts" "$(one "$tmp/reference" json)" \
    'd["summaries"]["system"].get("ratio_to_reference") is None
     or d["summaries"]["system"]["ratio_to_reference"]["estimate"] is None'
hb_is "only faulty ones" 3 rebase --profile "$tmp/faulty.json" --quiet --results "$tmp/only" \
    --allocators bad --reference bad --allocator "bad=$broken/exit_zero.so"
echo "--- every job failed"
printf '{"schema": "hakbench.profile/1", "workload": "random_mixed", "runs": 6, "floor": null,
 "parameters": {"operations": "5M"}, "allocators": ["bad"], "reference": "bad"}' >"$tmp/all.json"
hb_is "every job failed" 3 rebase --quiet --no-pin --profile "$tmp/all.json" --allocator "bad=$broken/crash_run.so" \
    --results "$tmp/all"
check "every job failed: no section is empty" awk '
    /^(Speed|Memory|Ranking|Milestones|Budgets|Environment|Notes)/ { title = $0; lines = -1 }
    NF && title { lines++ }
    !NF && title && lines < 1 { print "empty: " title; bad = 1 }
    !NF { title = "" }
    END { exit bad }' "$out"
has_not "every job failed: nothing of memory" "$out" '^Memory'
finish
