#!/usr/bin/env bash
# The kernel and the allocator refuse: every n-th own allocation fails, or one alone, there is no /proc.
# A status other than 0, a message that says what, no crash. A disk that refuses: sync_test.sh.
#   PLACES=n  how many places that allocate are tried for each command (20; 1000: all)   SEED=n  which
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"
mixed=results/reference/2026-11-24T09-03-08Z-mixed.json
places=${PLACES:-20} seed=${SEED:-$RANDOM}
echo "SEED=$seed"
short=(--no-pin --quiet --runs 1 --set operations=100k --allocators system)

echo "--- own allocations"
if nm -D "$hakbench" | grep -q __asan_init; then
    skip "own allocations" "the sanitizer has its own malloc"
elif gcc -shared -fPIC -O1 -o "$tmp/allocations.so" tests/fault/allocations.c 2>"$err"; then
    # failing VARIABLE=n ARGUMENTS...: sets status, $out and $err
    failing() {
        timeout 300 env "$1" LD_PRELOAD="$tmp/allocations.so" "$hakbench" "${@:2}" >"$out" 2>"$err"
        status=$?
    }
    # nth NAME ARGUMENTS...: for several n, it ends by itself, and with a word unless all went well
    nth() {
        local n
        for n in 1 2 5 40 307; do
            failing ALLOCATION_NTH=$n "${@:2}"
            check "$1, each ${n}th fails: no crash ($status)" test $status -lt 124
            check "$1, each ${n}th fails: told unless done ($status)" test $status -eq 0 -o -s "$err"
        done
    }
    # once NAME ARGUMENTS...: one allocation fails, at PLACES places of the code that allocate: either
    # the output is the usual one, or the status is another and a message says that memory was short
    once() {
        local n usual
        failing "ALLOCATION_LIST=$tmp/places" "${@:2}"
        usual=$status
        cp "$out" "$tmp/usual"
        check "$1: places that allocate are found" test "$(wc -l <"$tmp/places")" -gt 30
        while read -r n; do
            failing ALLOCATION_AT="$n" "${@:2}"
            if [[ $status -eq $usual ]]; then
                check "$1, the ${n}th alone fails, all is well: the usual output" cmp -s "$out" "$tmp/usual"
            else
                check "$1, the ${n}th alone fails: an error, no crash ($status)" test $status -lt 124
                has "$1, the ${n}th alone fails: told why" "$err" '[Mm]emory'
            fi
        done < <(shuf -n "$places" --random-source=<(yes "$seed") "$tmp/places")
    }
    for each in nth once; do
        $each compare compare "$mixed"
        $each report report --no-charts "$mixed" -o -
        $each export export -f hyperfine "$mixed"
        $each analyze analyze tests/golden/soak-1.json
        $each import import --workload x tests/cli/import/lab.log
    done
    # rebased VARIABLE n: nothing of it crashes or hangs, and what is there is whole
    rebased() {
        failing "$1=$2" rebase "${short[@]}" --results "$tmp/$1-$2"
        check "rebase, $1=$2: ends by itself ($status)" test $status -lt 124
        check "rebase, $1=$2: told unless done ($status)" test $status -eq 0 -o -s "$err"
        for file in "$tmp/$1-$2"/20*.json; do
            [[ ! -e $file ]] || check "rebase, $1=$2: whole JSON" python3 -m json.tool "$file" /dev/null
        done
    }
    for n in 3 40 307; do rebased ALLOCATION_NTH $n; done
    failing "ALLOCATION_LIST=$tmp/places" rebase "${short[@]}" --results "$tmp/listed"
    while read -r n; do
        rebased ALLOCATION_AT "$n"
    done < <(shuf -n $((places / 2)) --random-source=<(yes "$seed") "$tmp/places")
    is "no worker is left" "$(workers_left)" 0
else
    skip "own allocations" "no compiler"
fi

echo "--- no /proc"
if [[ $(id -u) -eq 0 ]] && unshare -m mount -t tmpfs none /proc 2>/dev/null; then
    without_proc() { unshare -m bash -c 'mount -t tmpfs none /proc && exec "$@"' bash "$@"; }
    without_proc "$hakbench" compare "$mixed" >"$out" 2>"$err"
    is "no /proc: results are compared" $? 0
    without_proc "$hakbench" rebase "${short[@]}" --results "$tmp/noproc" >"$out" 2>"$err"
    is "no /proc: nothing is measured" $? 3
    has "no /proc: the message" "$err" '^hakbench: .*/proc'
else
    skip "no /proc" "no right to mount"
fi
finish
