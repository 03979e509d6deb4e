#!/usr/bin/env bash
# Allocators that break a promise at a random moment, long after the proof: each is a named row
# with the promise it broke and no rank; honest ones beside them are never named. LIE_SEED=N: other
# moments. Prints "N passed, N failed[, N skipped]".
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"
seed=${LIE_SEED:-$RANDOM}
echo "LIE_SEED=$seed"

# library_of NAME: the file that its plugin loads here; nothing when there is none
library_of() {
    env -i GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384 "$worker" --describe-allocator \
        "$build/allocators/$1.so" --open 2>/dev/null | sed -n 's/^library\t//p'
}

# Which promise, and what must be said of it; addresses and sizes are random. Who lives there may be a
# block of the other thread that is just being entered, and a heap of two minds may fall over itself.
# With a block that is too short, calloc zeroes what another thread writes: who looks first may also
# see contents that changed.
live='(are live|another thread was just given)'
short="($live|was changed (before|by)|not zero)"
# A heap links what is freed through its first bytes: the owner of a block that another thread frees
# may see that write before anybody gets the block again.
freed="($live|was changed (before|by)|not zero)"
declare -A lies=(
    [constant]='malloc of [0-9]+ bytes gave 0x[0-9a-f]+, (but the [0-9]+ bytes at 0x[0-9a-f]+ of .* are live|which another thread was just given)'
    [odd]='no multiple of 16'
    [half]=$short
    [overlap_by_1]=$live
    [overlap_far_end]=$live
    [live_again]=$live
    [freed_twice]="($freed|SIGSEGV|SIGABRT)"
    [aligned_to_8]='no multiple of 16'
    [null]='returned NULL'
    [readonly]='cannot be written'
    [unmapped]='cannot be written'
    [two_threads]=$live
    [zero_page]='(cannot be written|another thread was just given)'
    [stack]='no heap'
    [no_address]='no address'
    [scribbles]='was changed before'
    [purges]='was changed before'
    [exits]='exited with status 0'
    [aborts]='SIGABRT'
    [frees_another]=$freed
    [free_clobbers]='was changed before'
    [calloc_dirty]='calloc gave is 0xaa, not zero'
    [calloc_last_byte]='calloc gave is 0x01, not zero'
    [calloc_short]=$short
    [realloc_loses_head]='was changed by realloc'
    [realloc_loses_tail]='was changed by realloc'
    [realloc_shifts]='was changed by realloc'
    [usable_too_small]='usable_size of 0x[0-9a-f]+ says [0-9]+, but'
    [memalign]='aligned_alloc of .* no multiple of'
)
honest=(system floor)
for name in hakmem mimalloc jemalloc tcmalloc tbbmalloc; do
    if [[ -n $(library_of "$name") ]]; then honest+=("$name"); else skip "$name is honest" "not installed"; fi
done

# profile THREADS: every lie as a variant of one plugin
profile() {
    python3 - "$seed" "$1" "${honest[@]}" -- "${!lies[@]}" >"$tmp/lies.json" <<'PY'
import json, sys
end = sys.argv.index("--")
honest, lies = sys.argv[3:end], sys.argv[end + 1:]
print(json.dumps({"schema": "hakbench.profile/1", "workload": "random_mixed", "runs": 1,
    "watchdog_s": 30, "reference": "system", "allocators": honest + [f"liar:{lie}" for lie in lies],
    "parameters": {"operations": "60k", "threads": sys.argv[2]},
    "environment": {"HB_LIE_SEED": sys.argv[1]},
    "variants": {f"liar:{lie}": {"HB_LIE": lie} for lie in lies}}))
PY
}

profile 2
hb_is "liars among the honest" 3 rebase --profile "$tmp/lies.json" --quiet --seed 5 --results "$tmp/r" \
    --allocator "liar=$broken/liar.so"
result=$(one "$tmp/r" json)
sed -n '/^Ranking/,/^$/p' "$out" >"$tmp/ranking"
check "there is a ranking" test -s "$tmp/ranking"
for lie in "${!lies[@]}"; do
    json "$result" "'\n'.join(j['reason'] or 'ok' for j in jobs if j['allocator'] == 'liar:$lie')" >"$tmp/reasons"
    has "$lie: is found out" "$tmp/reasons" "${lies[$lie]}"
    json_true "$lie: has no figures" "$result" "d['summaries']['liar:$lie']['runs_ok'] == 0"
    has "$lie: is named" "$err" "liar:$lie: (refused|failed|exited|crashed): "
    has_not "$lie: is not ranked" "$tmp/ranking" "liar:$lie( |$)"
done
json_true "a broken promise: the row says which, where and when" "$result" 'all(
    "liar broke a promise: " in j["reason"] and "(call " in j["reason"] and " of thread " in j["reason"]
    for j in jobs if j["status"] == "refused")'
for name in "${honest[@]}"; do
    json_true "$name is honest" "$result" "all(j['status'] == 'ok' for j in jobs if j['allocator'] == '$name')"
done
is "no worker is left" "$(workers_left)" 0

echo "--- honest in every workload"
for profile in larson producer-consumer mixed-large spike-kept; do
    set=(--set operations=20k)
    [[ $profile != spike-kept ]] || set+=(--set blocks=20k --set light_seconds=0)
    hb_is "$profile" 0 rebase --profile "$profile" "${set[@]}" --runs 1 --quiet --no-pin \
        --allocators "$(IFS=,; echo "${honest[*]}")" --reference system --results "$tmp/$profile"
done

echo "--- others' use of the same pass"
lying=(--profile "$tmp/lies.json" --quiet --seed 5 --allocator "liar=$broken/liar.so" --allocators liar:odd,system)
hb_is "a lying reference" 3 rebase "${lying[@]}" --reference liar:odd --results "$tmp/reference"
json_true "a lying reference: its twin has no figures either" "$(one "$tmp/reference" json)" \
    'd["summaries"]["liar:odd (A/A)"]["runs_ok"] == 0'
hb_is "syscalls" 3 syscalls "${lying[@]}"
has "syscalls: the liar is named" "$err" 'liar:odd: refused: liar broke a promise'
hb_is "soak" 3 soak "${lying[@]}" --runs 2 --seconds 0.1 --results "$tmp/soak"
soaked=$(one "$tmp/soak" json)
json_true "soak: the liar has no epoch but the one that says so" "$soaked" \
    '[(e["status"], "broke a promise" in e["reason"]) for e in d["epochs"] if e["allocator"] == "liar:odd"]
     == [("refused", True)]'
json_true "soak: the others go on" "$soaked" \
    'sum(e["status"] == "ok" for e in d["epochs"] if e["allocator"] == "system") == 2'
if strace -f -o /dev/null true 2>/dev/null; then
    strace -f -o /dev/null "$hakbench" rebase "${lying[@]}" --results "$tmp/traced" >"$out" 2>"$err"
    is "where nobody may count: exit status" $? 3
    has "where nobody may count, the liar is found out all the same" "$err" 'liar:odd: refused: .*no multiple of 16'
else
    skip "where nobody may count" "no strace, or it may not trace"
fi

echo "--- libraries that are not what their name says"
jemalloc=$(library_of jemalloc) mimalloc=$(library_of mimalloc)
if [[ -n $jemalloc && -n $mimalloc ]]; then
    for via in dlopen preload; do
        hb_is "jemalloc as mimalloc by $via" 3 rebase --allocators system --reference system --set operations=20k \
            --runs 1 --quiet --no-pin --via $via --allocator "mimalloc=$jemalloc" --results "$tmp/named-$via"
        has "jemalloc as mimalloc by $via: told in the table" "$out" \
            '^mimalloc .* refused'
        has "jemalloc as mimalloc by $via: told why" "$out" \
            'called mimalloc, but .*libjemalloc.* is jemalloc, by mallctl'
    done
    hb_is "any other name will do" 0 rebase --allocators system --reference system --set operations=20k \
        --runs 1 --quiet --no-pin --allocator "mine=$jemalloc" --allocator "mimalloc-again=$mimalloc" \
        --results "$tmp/named"
    hb_is "a plugin under another's name" 3 rebase --allocators system --reference system --set operations=20k \
        --runs 1 --quiet --no-pin --allocator "hakmem=$build/allocators/jemalloc.so" --results "$tmp/plugged"
    has "a plugin under another's name: told why" "$err" "called hakmem, but .* is jemalloc, by its plugin's own name"
else
    skip "libraries that are not what their name says" "not installed"
fi
finish
