#!/usr/bin/env bash
# What the workload "phases" does from epoch to epoch, by the books of an allocator that knows every
# byte it gave (epochs_driver.c); and that each workload's live bytes are true.
# Prints "N passed, N failed[, N skipped]".
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"
"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -Iallocators -Iworkloads \
    -o "$tmp/epochs_driver" tests/soak/epochs_driver.c -ldl || exit 2
# epochs WORKLOAD FIRST COUNT OPERATIONS SETTING...: what it did is in $out
epochs() {
    timeout -k 1 300 "$tmp/epochs_driver" "$build/workloads/$1.so" "${@:2}" >"$out" 2>&1
    status=$?
}
of() { sed -nE "s/^epoch $1 .*\\b$2 ([^ ]+).*/\\1/p" "$out"; } # EPOCH KEY
near() { # name value wanted percent
    if [[ -n $2 && $(($2 * 100)) -ge $(($3 * (100 - $4))) && $(($2 * 100)) -le $(($3 * (100 + $4))) ]]; then
        ok
    else
        bad "$1: is \"$2\", not $3 within $4 %" "$(cat "$out")"
    fi
}
small=(working_set=1000 grow_factor=6 spike_blocks=20000 idle_seconds=1 min_size=32 max_size=63
    large_min=1000 large_max=1999)

echo "--- phases"
names="steady grow shrink sizes spike idle regrow"
epochs phases 0 8 100000 epochs_per_phase=1 "${small[@]}"
is "in order, and anew" "$(sed -nE 's/^epoch .* phase ([a-z]+) .*/\1/p' "$out" | xargs)" "$names steady"
has_not "live bytes are exact after every step" "$out" inexact
for ((i = 0; i < 8; i++)); do is "live bytes of epoch $i" "$(of $i live)" "$(of $i held)"; done
near "steady: blocks" "$(of 0 blocks)" 500 20
near "grow: blocks" "$(of 1 blocks)" 3000 10
near "shrink: begins with the usual" "$(of 2 begun)" 500 20
near "shrink: freed at its beginning" "$(of 2 freed)" 2500 10
near "shrink: blocks" "$(of 2 blocks)" 500 20
ages=$(of 2 ages) grown=52000 # blocks that were there at the end of "grow": the youngest is 0 old
check "shrink: old and new are freed ($ages)" test $((${ages#*-} - ${ages%-*})) -gt 10000 \
    -a "${ages#*-}" -gt $((grown * 95 / 100))
is "sizes: of its own" "$(of 3 sizes)" 1000-1999
is "spike: the usual sizes" "$(of 4 sizes)" 32-63
near "spike: its peak" "$(of 4 peak)" 20500 2
near "spike: the working set lives on" "$(of 4 blocks)" 500 20
is "idle: nothing is left at its beginning" "$(of 5 begun)" 0
is "idle: paced" "$(sed -nE 's/^epoch ([0-9]+) .*paced 1.*/\1/p' "$out")" 5
is "idle: operations" "$(of 5 operations)" 10000
check "idle: lasts ($(of 5 ms) ms)" test "$(of 5 ms)" -ge 1000
check "idle: little use" test "$(of 5 peak)" -le 64
is "regrow: from little" "$(of 6 freed)" 0
near "regrow: blocks" "$(of 6 blocks)" 3000 10
near "steady again: blocks" "$(of 7 blocks)" 500 20
is "the hint is for the worst phase" "$(grep -a ^hint "$out")" "hint blocks 21000 size 1999"
has "all is freed" "$out" "^finished blocks 0 held 0 status 0"

echo "--- a fresh process may begin anywhere"
for ((first = 1; first < 15; first++)); do
    [[ $((first % 7)) -ne 5 ]] || continue # idle takes a second
    epochs phases "$((first * 3 + 1))" 1 10000 epochs_per_phase=3 "${small[@]}"
    read -ra all <<<"$names"
    has "epoch $((first * 3 + 1))" "$out" "phase ${all[first % 7]} "
    has "epoch $((first * 3 + 1)): freed" "$out" "^finished blocks 0 held 0 status 0"
done
epochs phases 21000000000000 1 10000 "${small[@]}"
has "a large number" "$out" "^epoch 21000000000000 phase steady .*done 10000 "

echo "--- bursts and epochs that are too short"
epochs phases 4 2 5000 epochs_per_phase=1 idle_seconds=1 "${small[@]}"
is "the burst is still there" "$(of 4 blocks)" 5000
is "and counts as live" "$(of 4 live)" "$(of 4 held)"
is "and goes with the next epoch" "$(of 5 begun)" 0
epochs phases 4 1 25000 epochs_per_phase=1 "${small[@]}"
is "half of it freed" "$(of 4 blocks)" 15000
is "half of it freed: live" "$(of 4 live)" "$(of 4 held)"
has "freed at the end" "$out" "^finished blocks 0 held 0 status 0"
for after in 0 300 1000 2300 5000 15000 40000; do
    FAIL_AFTER=$after epochs phases 4 1 100000 epochs_per_phase=1 "${small[@]}"
    has "NULL after $after" "$out" "^finished blocks 0 held 0 status $([[ $after -lt 40000 ]] && echo -1 || echo '(-1|0)')"
    is "NULL after $after: live" "$(of 4 live)" "$(of 4 held)"
done

echo "--- other workloads' live bytes"
epochs random_mixed 0 3 100000 working_set=20000
near "random_mixed" "$(of 2 live)" "$(of 2 held)" 5
epochs larson 0 3 100001 working_set=5000
near "larson" "$(of 2 live)" "$(of 2 held)" 3
epochs spike 0 1 200 blocks=100000 keep_every=10 light_seconds=0 operations=1000
near "spike" "$(of 0 live)" "$(of 0 held)" 3
epochs spike 0 1 200 blocks=1000 keep_every=0 light_seconds=0 operations=1000
near "spike, light use alone" "$(of 0 live)" "$(of 0 held)" 50

echo "--- what phases refuses"
refused() { # pattern setting...
    local settings=()
    for setting in "${@:2}"; do settings+=(--set "$setting"); done
    hb_is "$*" 2 rebase --profile soak-phases "${settings[@]}" --results "$tmp/refused"
    has "$*" "$err" "$1"
    check_not "$*: nothing was made" test -e "$tmp/refused"
}
refused 'working_set 50000000 x grow_factor 3 is above 100000000 slots' working_set=50M grow_factor=3
refused 'max_size 20 is below min_size 30' min_size=30 max_size=20
refused 'large_max 20 is below large_min 30' large_min=30 large_max=20
refused 'above 64 TiB' max_size=1GiB spike_blocks=1M
refused 'large_max .* is above 64 TiB' large_max=1GiB working_set=1M grow_factor=1 spike_blocks=0
refused 'min_size' min_size=15
refused 'idle_seconds' idle_seconds=31
refused 'working_set' working_set=63
refused 'epochs_per_phase' epochs_per_phase=0

echo "--- from end to end"
hb_is "rebase" 0 rebase --profile soak-phases --set operations=200k --runs 3 --quiet --no-pin \
    --set working_set=1000 --allocators "system,mimalloc,hakmem" --results "$tmp/rebase"
json_true "rebase" "$(one "$tmp/rebase" json)" 'all(j["status"] == "ok" for j in jobs)'
for minutes in 0.15 0.5 2; do # until every phase had its turn
    rm -rf "$tmp/soak"
    hb soak --profile soak-phases --minutes $minutes --epoch 60ms --allocators "system,hakmem" --quiet \
        --set epochs_per_phase=1 --set idle_seconds=1 --set working_set=1000 --set operations=200k \
        --results "$tmp/soak"
    json=$(one "$tmp/soak" json)
    json_value "$json" 'max(e["round"] for e in d["epochs"])'
    [[ $value -lt 7 ]] || break
done
check "soak: exit status $status" test "$status" -le 1
check "soak: every phase by the number alone, of every allocator" python3 - "$json" <<'PY'
import json, sys
names = "steady grow shrink sizes spike idle regrow".split()
epochs = [e for e in json.load(open(sys.argv[1]))["epochs"] if e["phase"] != "drain"]
for e in epochs:
    assert e["status"] == "ok" and e["phase"] == names[e["round"] % 7], e
for label in ("system", "hakmem", "floor"):
    assert {e["phase"] for e in epochs if e["allocator"] == label} == set(names), label
for e in epochs:
    m = e["metrics"]
    assert m["live_bytes"] > 0
    assert (m["throughput_ops_per_s"] is None) == (e["phase"] == "idle"), e
    assert (m["rss_drained_100ms_bytes"] is None) == (e["phase"] != "idle"), e
PY

finish
