#!/usr/bin/env bash
# `compare --bisect` under `git bisect run` finds the commit that slowed an allocator, in a history
# planted for it. The slow-down is of a size that no noise makes.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
repo=$tmp/repo
include=$PWD/allocators
mkdir -p "$repo" "$tmp/own/allocators"
ln -s "$build/hakbench-worker" "$build/workloads" "$tmp/own/"
ln -s "$build"/allocators/{system,floor,mimalloc,jemalloc,tcmalloc}.so "$tmp/own/allocators/"

# A small heap of the tests, with so many turns of an empty loop before each free.
cat >"$repo/mine.c" <<'C'
#include "broken.h"
#define TURNS 0
static void waiting_free(void *block)
{
    for (int i = 0; i < TURNS; i++)
        __asm__ volatile("");
    heap_free(block);
}
static int open_mine(void *library, const struct hb_allocator_hint *hint,
                     struct hb_allocator_functions *functions, char *message, size_t message_bytes)
{
    const int status = heap_open(library, hint, functions, message, message_bytes);
    functions->free = waiting_free;
    return status;
}
BROKEN_PLUGIN("mine", "a heap that waits", open_mine);
C
# What a user of it has: build this commit, measure it, compare it with the first.
cat >"$repo/measure.sh" <<SH
gcc -O2 -shared -fPIC -fvisibility=hidden -I"$PWD/allocators" -I"$PWD/tests/fault/plugins" \\
    -o "$tmp/own/allocators/mine.so" mine.c -ldl || exit 125
HAKBENCH_LIBDIR="$tmp/own" "$hakbench" rebase --no-pin --quiet --allocators mine,jemalloc,tcmalloc \\
    --reference mimalloc --runs 6 --set operations=1M --results "$tmp/results" \\
    --json "\$1" >"$tmp/rebase.log" 2>&1
SH
cat >"$repo/step.sh" <<SH
rm -f "$tmp/new.json"
bash measure.sh "$tmp/new.json" || exit 125
"$hakbench" compare --bisect --allocators mine --fail-on 'throughput<-20%' "$tmp/base.json" "$tmp/new.json"
SH

git() { command git -C "$repo" -c user.name=t -c user.email=t@t -c init.defaultBranch=main "$@"; }
commit() { # SUBJECT TURNS
    sed -i "s/^#define TURNS .*/#define TURNS $2/; \$a /* $1 */" "$repo/mine.c"
    git add -A && git commit -qm "$1"
}
git init -q
for i in 1 2 3 4 5; do commit "good $i" 0; done
commit "culprit" 400
for i in 6 7 8; do commit "bad $i" 400; done

(cd "$repo" && git checkout -q HEAD~8 && bash measure.sh "$tmp/base.json" && git checkout -q main)
check "the base was measured" test -s "$tmp/base.json"
(cd "$repo" && git bisect start HEAD HEAD~8 && git bisect run bash step.sh) >"$tmp/bisect.log" 2>&1
has "the culprit is found" "$tmp/bisect.log" 'is the first bad commit'
is "and it is this one" "$(git log -1 --format=%s refs/bisect/bad)" culprit

finish
