#!/usr/bin/env bash
# hakbench counts memory system calls by a filter of its own; strace counts the same worker, started
# by hand with the same seed and parameters. Call for call the totals over all phases agree.
# The one difference between the two workers: the runner's maps the page it shares with the runner,
# one by hand an anonymous one in its place. That is one mmap each, so nothing is left to subtract.
# Prints "N passed, N failed[, N skipped]".
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
names=(mmap munmap mremap madvise mprotect brk)
tunables=GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384

if ! strace -f -o /dev/null true 2>/dev/null; then
    skip "counts against strace" "no strace, or it may not trace"
    finish
    exit
fi

# What an allocator gives back by the clock differs from run to run: not here.
clockless=(MIMALLOC_RESET_DELAY=1000000 MIMALLOC_DECOMMIT_DELAY=1000000
    MIMALLOC_SEGMENT_DECOMMIT_DELAY=1000000 MIMALLOC_PURGE_DELAY=1000000 MIMALLOC_ALLOW_DECOMMIT=0
    "MALLOC_CONF=dirty_decay_ms:-1,muzzy_decay_ms:-1"
    HAKMEM_PROFILE=MIXED_TINYV3_C7_SAFE)
# write_profile VIA KEY=VALUE...: without randomisation, so that brk and mmap land where they did
write_profile() {
    python3 - "$@" -- "${clockless[@]}" >"$tmp/counted.json" <<'PY'
import json, sys
end = sys.argv.index("--")
print(json.dumps({"schema": "hakbench.profile/1", "workload": "random_mixed", "runs": 1,
    "aslr": False, "allocators": ["system"], "reference": "system", "floor": None,
    "via": sys.argv[1], "parameters": dict(pair.split("=") for pair in sys.argv[2:end]),
    "environment": dict(pair.split("=", 1) for pair in sys.argv[end + 1:])}))
PY
}

# worker_words JSON LABEL LIBDIR: the worker's arguments for this allocator's counting pass, a line each
worker_words() {
    python3 - "$@" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
entry = next(a for a in d["allocators"] if a["label"] == sys.argv[2])
job = next(j for j in d["jobs"] if j["allocator"] == sys.argv[2] and j["kind"] == "counted")
print("--allocator", entry["plugin_path"], "--workload", f"{sys.argv[3]}/workloads/{d['workload']}.so",
      "--cpus", d["host"]["cpus_used"], sep="\n")
if entry["via"] == "preload":
    print("--via", "preload", "--preloaded", entry["library_path"], sep="\n")
for name, value in d["parameters"].items():
    print(f"{name}={job['seed'] if name == 'seed' else value['value']}")
PY
}

# agrees NAME LABEL [VARIABLE]: the session in $result against strace of a worker by hand
agrees() {
    local name=$1 label=$2 words by_strace
    mapfile -t words < <(worker_words "$result" "$label" "$HAKBENCH_LIBDIR")
    env -i "$tunables" "${clockless[@]}" ${3:+"$3"} setarch -R strace -f --seccomp-bpf -o "$tmp/trace" \
        ${preload:+-E "LD_PRELOAD=$preload"} -e trace="$(IFS=,; echo "${names[*]}")" \
        "$worker" "${words[@]}" >"$tmp/worker" 2>"$tmp/worker.err" ||
        { bad "$name: the worker by hand" "$(cat "$tmp/worker.err")"; return; }
    by_strace=$(awk -v names="${names[*]}" '
        match($2, /^[a-z]+\(/) { count[substr($2, 1, RLENGTH - 1)]++ }
        END { n = split(names, name, " "); for (i = 1; i <= n; i++) printf "%s=%d ", name[i], count[name[i]] }' \
        "$tmp/trace")
    json_value "$result" "''.join('%s=%d ' % (call, sum(phase[call] for phase in j['syscalls'].values()))
        for j in counted if j['allocator'] == '$label' for call in '${names[*]}'.split())"
    is "$name" "$value" "$by_strace"
}

available=()
for name in system mimalloc jemalloc tcmalloc tbbmalloc hakmem floor slow3; do
    [[ -e $build/allocators/$name.so ]] && about=$(env -i "$tunables" "$worker" --describe-allocator \
        "$build/allocators/$name.so" --open 2>&1) && ! grep -q '^error' <<<"$about" && available+=("$name")
done
list=$(IFS=,; echo "${available[*]}")
for name in system mimalloc jemalloc tcmalloc hakmem; do
    [[ " ${available[*]} " == *" $name "* ]] || skip "$name" "not installed"
done

echo "--- by dlopen"
preload=
number=0
for parameters in "operations=100k" \
    "operations=100k working_set=5000 max_size=20000" \
    "operations=5k working_set=300 max_size=3MiB touch=none" \
    "operations=100k working_set=2000 max_size=5000 threads=2"; do
    # shellcheck disable=SC2086
    write_profile dlopen $parameters
    folder=$tmp/$((number += 1))
    hb_is "$parameters" 0 rebase --profile "$tmp/counted.json" --allocators "$list" --quiet \
        --results "$folder" --no-pin --seed 11
    result=$(one "$folder" json)
    for name in "${available[@]}"; do
        # What two threads ask of a shared heap depends on who comes first.
        [[ $parameters == *threads* && $name != floor && $name != slow3 ]] || agrees "$name, $parameters" "$name"
    done
    json_true "$parameters: phases of every call" "$result" \
        'all(set(j["syscalls"]) == {"startup", "warmup", "measured", "teardown"} for j in counted)'
    json_true "$parameters: the metrics are the sums" "$result" 'all(
        sum(j["syscalls"][phase].values()) == j["metrics"]["memory_syscalls_" + phase]
        for j in counted for phase in ("startup", "warmup", "measured"))'
    json_true "$parameters: per operation" "$result" 'all(abs(j["metrics"]["memory_syscalls_per_op"]
        - sum(j["syscalls"]["measured"].values()) / d["parameters"]["operations"]["value"]) < 1e-12 for j in counted)'
    json_true "$parameters: an allocator's own word agrees" "$result" 'all(
        sum(j["own_counters"][phase].values()) <= sum(j["syscalls"][phase].values())
        and (phase == "startup" or j["own_counters"][phase] == j["syscalls"][phase])
        for j in counted if j["own_counters"] for phase in ("startup", "warmup", "measured"))'
done
json_true "big blocks make system calls in the measured phase" "$(one "$tmp/3" json)" \
    'any(sum(j["syscalls"]["measured"].values()) > 0 for j in counted)'

echo "--- by preload"
for name in mimalloc jemalloc tcmalloc tbbmalloc hakmem; do
    [[ " ${available[*]} " == *" $name "* ]] || continue
    write_profile preload operations=100k working_set=5000 max_size=20000
    hb_is "$name, preloaded" 0 rebase --profile "$tmp/counted.json" --allocators "$name" --quiet \
        --results "$tmp/preload-$name" --no-pin --seed 12
    result=$(one "$tmp/preload-$name" json)
    preload=$(json "$result" "[a['library_path'] for a in d['allocators'] if a['label'] == '$name'][0]")
    agrees "$name, preloaded" "$name"
done
preload=

if [[ " ${available[*]} " == *" hakmem "* ]]; then
    echo "--- hakmem's own word"
    result=$(one "$tmp/3" json)
    agrees "hakmem with its counters printed" hakmem HAKMEM_SS_OS_STATS=1
    has "hakmem prints its counters" "$tmp/worker.err" '^\[SS_OS_STATS\] alloc=[0-9]+ free=[0-9]+ madvise=[0-9]+ '
    word() { sed -nE "s/^\[SS_OS_STATS\] (.* )?$1=([0-9]+).*/\2/p" "$tmp/worker.err"; }
    # Its sums up to the end of the measured phase, and what the kernel saw after that.
    told="sum(p['CALL'] for p in j['own_counters'].values()) + j['syscalls']['teardown']['CALL']"
    for pair in free:munmap madvise:madvise; do
        is "printed ${pair%:*}= is the kernel's ${pair#*:}, its own counts and teardown" \
            "$(word "${pair%:*}")" "$(json "$result" \
            "[${told//CALL/${pair#*:}} for j in counted if j['allocator'] == 'hakmem'][0]")"
    done
    is "printed mmap_total= is its own mmaps and teardown's" "$(word mmap_total)" \
        "$(json "$result" "[${told//CALL/mmap} for j in counted if j['allocator'] == 'hakmem'][0]")"
fi
is "no worker is left" "$(workers_left)" 0
echo "--- where counting is refused"
# Under a tracer nobody else may trace: the count is null with its reason, and the rest is there.
strace -f -o /dev/null "$hakbench" rebase "${small[@]}" --no-pin --allocators system \
    --results "$tmp/refused" >"$out" 2>"$err"
is "a session without counts is whole" $? 0
refused=$(one "$tmp/refused" json)
json_true "counts are null, not 0" "$refused" \
    'all(j["status"] == "ok" and j["metrics"]["memory_syscalls_measured"] is None for j in counted)'
json_true "with the reason" "$refused" 'all(j["null_reasons"]["syscalls"] for j in counted)'
json_true "the timed runs are there" "$refused" \
    'all(j["metrics"]["throughput_ops_per_s"] > 0 for j in timed)'
has "the table says null" "$out" '^system .* null '
has "and why" "$out" 'no syscalls figures: '

finish
