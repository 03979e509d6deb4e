#!/usr/bin/env bash
# The kernel and the allocator refuse: every n-th own allocation fails, there is no /proc. A status
# other than 0, a message that says what, no crash. A disk that refuses: sync_test.sh.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"
mixed=results/reference/2026-11-24T09-03-08Z-mixed.json
short=(--no-pin --quiet --runs 1 --set operations=100k --allocators system)

echo "--- own allocations"
cat >"$tmp/nth.c" <<'C'
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
/* From the n-th allocation on, each n-th fails (NTH). Only in hakbench itself, not in workers. */
static unsigned long nth, count;
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
__attribute__((constructor)) static void start(void)
{
    const char *text = getenv("NTH");
    nth = text ? strtoul(text, 0, 10) : 0;
    unsetenv("NTH");
    unsetenv("LD_PRELOAD");
}
static int fails(void)
{
    if (!nth || __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED) % nth)
        return 0;
    errno = ENOMEM;
    return 1;
}
void *malloc(size_t size) { return fails() ? NULL : __libc_malloc(size); }
void *calloc(size_t n, size_t size) { return fails() ? NULL : __libc_calloc(n, size); }
void *realloc(void *p, size_t size) { return fails() ? NULL : __libc_realloc(p, size); }
C
if nm -D "$hakbench" | grep -q __asan_init; then
    skip "own allocations" "the sanitizer has its own malloc"
elif gcc -shared -fPIC -O1 -o "$tmp/nth.so" "$tmp/nth.c" 2>"$err"; then
    # nth NAME ARGUMENTS...: for several n, it ends by itself, and with a word unless all went well
    nth() {
        local n
        for n in 1 2 3 5 17 40 101 307 1009; do
            timeout 300 env NTH=$n LD_PRELOAD="$tmp/nth.so" "$hakbench" "${@:2}" >"$out" 2>"$err"
            status=$?
            check "$1, each ${n}th fails: no crash ($status)" test $status -lt 124
            check "$1, each ${n}th fails: told unless done ($status)" test $status -eq 0 -o -s "$err"
        done
    }
    nth "compare" compare "$mixed"
    nth "report" report --no-charts "$mixed" -o -
    nth "export" export -f hyperfine "$mixed"
    nth "analyze" analyze tests/golden/soak-1.json
    nth "import" import --workload x tests/cli/import/lab.log
    for n in 3 40 307; do
        timeout 300 env NTH=$n LD_PRELOAD="$tmp/nth.so" "$hakbench" rebase "${short[@]}" --results "$tmp/nth-$n" >"$out" 2>"$err"
        status=$?
        check "rebase, each ${n}th fails: no crash ($status)" test $status -lt 124
        for file in "$tmp/nth-$n"/20*.json; do
            [[ ! -e $file ]] || check "rebase, each ${n}th fails: whole JSON" python3 -m json.tool "$file" /dev/null
        done
    done
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
