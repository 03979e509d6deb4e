#!/usr/bin/env bash
# `hakbench ab` with the real binary: both sides named in every way, its answers and exit codes, what
# is kept when it is cut off, and what it refuses. Prints "N passed, N failed[, N skipped]".
# What is planted is slower many times over, so that no machine hides it.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
short=(--set operations=100k --quiet --results "$tmp/results")

# A heap of the tests; its malloc takes forty times as long with HB_SLOW set, or built so.
heap() { # FILE [CFLAG]
    mkdir -p "$(dirname "$1")"
    cat >"$tmp/heap.c" <<'C'
#include "broken.h"
#ifndef TURNS
#define TURNS 0
#endif
static int turns = TURNS;
static void *malloc_slowly(size_t size)
{
    for (volatile int i = 0; i < turns; i++)
        ;
    return heap_malloc(size);
}
static int open_slow(void *library, const struct hb_allocator_hint *hint,
                     struct hb_allocator_functions *functions, char *message, size_t message_bytes)
{
    const int status = heap_open(library, hint, functions, message, message_bytes);
    functions->malloc = malloc_slowly;
    turns = getenv("HB_SLOW") ? 400 : turns;
    return status;
}
BROKEN_PLUGIN("heap", "a heap of the tests", open_slow);
C
    gcc -O2 -shared -fPIC -fvisibility=hidden -Iallocators -Itests/fault/plugins "${@:2}" -o "$1" \
        "$tmp/heap.c" -ldl
}
heap "$tmp/old/libheap.so"
heap "$tmp/new/libheap.so" -DTURNS=400
quick=$tmp/old/libheap.so slow=$tmp/new/libheap.so

# --- answers -----------------------------------------------------------------------------------
hb_is "a slower library" 1 ab "$quick" "$slow" "${short[@]}" --json "$tmp/slower.json"
has "the first line says so" <(head -n 1 "$out") '^B is [0-9.]+ % slower than A \[[0-9.]+, [0-9.]+\], after [0-9]+ pairs in '
has "a table of both" "$out" '^metric +A +B +B to A +verdict$'
has "with speed" "$out" '^speed .* slower$'
has "and memory" "$out" '^peak .* MiB '
has "and calls" "$out" '^syscalls, measured '
has "how far to believe it" "$out" '^How far to believe it$'
has "who is who" "$out" "^  B: $slow\$"
hb_is "a faster library" 0 ab "$slow" "$quick" "${short[@]}"
has "is faster" <(head -n 1 "$out") '^B is [0-9.]+ % faster than A '

json_is "the verdict" "$tmp/slower.json" 'd["ab"]["verdict"]' slower
json_is "why it ended" "$tmp/slower.json" 'd["ab"]["ended"]' decided
json_true "the interval has the ratio in it" "$tmp/slower.json" \
    'd["ab"]["ci95_lo"] <= d["ab"]["ratio"] <= d["ab"]["ci95_hi"] < 1'
json_true "every pair was looked at" "$tmp/slower.json" \
    'd["ab"]["pairs"] == d["ab"]["pairs_looked_at"] == d["blocks"] == d["profile"]["runs"]'
json_true "it is a whole rebase of two" "$tmp/slower.json" \
    'd["kind"] == "rebase" and not d["partial"] and [a["role"] for a in d["allocators"]] == ["reference", "subject"]'
json_true "and the order is shuffled" "$tmp/slower.json" \
    'len({j["allocator"] for j in timed if j["index"] % 2 == 0}) == 2'
jobs_once "slower" "$tmp/slower.json"
fits_schema "fits the schema" "$tmp/slower.json"
hb_is "compare reads it" 0 compare "$tmp/slower.json"
hb_is "report reads it" 0 report "$tmp/slower.json" -o "$tmp/page.html"
check_not "nothing is pinned" test -e "$tmp/results/baseline.json"

# By chance alone a look at eight pairs would call equal ones slower once in 250 times; twice, never.
calm() {
    local i
    for i in 1 2; do
        hb ab system system --max-runs 8 "${short[@]}"
        [[ $status -eq 1 ]] || break
    done
}
calm
check "the same is not called slower" test "$status" -eq 0 -o "$status" -eq 4
has "A and B of one name" "$out" ' (B|A)[ ,]'
has "are the same bytes" "$out" 'same bytes with the same environment'

# --- names -------------------------------------------------------------------------------------
label_is() { # NAME LABELS ARGUMENT...
    hb_is "$1" 0 ab "${@:3}" --dry-run
    is "$1: labels" "$(sed -nE 's/^([^ ]+) +(reference|subject)( .*)?$/\1/p' "$out" | xargs)" "$2"
}
label_is "of files" "heap heap2" "$quick" "heap2=$slow"
label_is "of files of one name" "A B" "$quick" "$slow"
label_is "of a file and one that is known" "mimalloc heap" mimalloc "$quick"
label_is "of variants" "hakmem hakmem:lean" hakmem hakmem:lean
label_is "of one variant" "A B" hakmem:lean hakmem:lean
label_is "of a file that is called as a known one" "A B" heap="$quick" "$quick"
label_is "of one library and two environments" "A B" "$quick" "$quick;HB_SLOW=1"
hb_is "the environment is the library's" 1 ab "$quick" "$quick;HB_SLOW=1" "${short[@]}"
has "and is told" "$out" '^  B: .* with HB_SLOW=1$'
hb_is "of --allocator, too" 0 rebase --no-pin --allocator "mine=$quick;HB_SLOW=1 HB_X=2" --allocators mine \
    --dry-run
has "which is told" "$out" 'mine .*HB_SLOW=1 HB_X=2'

# --- what cannot be ----------------------------------------------------------------------------
refuses() { # NAME PATTERN ARGUMENT...
    hb_is "$1" 2 ab "${@:3}" --results "$tmp/refused"
    has "$1: says why" "$err" "$2"
    check_not "$1: leaves nothing" test -e "$tmp/refused"
}
refuses "no side" 'which two\? hakbench ab A B' 
refuses "one side" 'which two\?' system
refuses "three sides" 'ab compares two' system mimalloc jemalloc
refuses "no such file" 'there is no file ./nowhere.so' system ./nowhere.so
refuses "no such allocator" 'no allocator "nosuch"; there are:' system nosuch
refuses "no such variant" 'has no variant "nosuch"' hakmem hakmem:nosuch
refuses "no such profile" 'nosuch' system mimalloc --profile nosuch
refuses "no environment" 'behind the semicolon are words of NAME=value' system "$quick;HB_SLOW"
refuses "an environment that preloads" 'other than LD_PRELOAD' system "$quick;LD_PRELOAD=x"
refuses "too few runs" 'max-runs' system mimalloc --max-runs 7
refuses "no margin" 'margin' system mimalloc --margin 0

# --- what fails is a result --------------------------------------------------------------------
hb_is "a library that crashes" 3 ab "$quick" "$broken/crash_run.so;HB_FAULT_AFTER=80000" --set operations=200k --quiet \
    --results "$tmp/crashed"
has "is the answer" <(head -n 1 "$out") '^No answer: crash_run crashed, after '
has "with its reason" "$out" 'crash_run crashed: .*SIGSEGV'
find_one "$tmp/crashed" json
json_is "and in the result" "$found" 'd["ab"]["ended"]' failed
hb_is "a missing one" 3 ab system "$broken/missing_library.so" "${short[@]}"
has "as well" <(head -n 1 "$out") 'No answer: missing_library missing'

# --- git bisect --------------------------------------------------------------------------------
hb_is "bisect: good" 0 ab --bisect "$slow" "$quick" "${short[@]}"
hb_is "bisect: bad" 1 ab --bisect "$quick" "$slow" "${short[@]}"
hb_is "bisect: an error is no bad commit" 125 ab --bisect "$quick" ./nowhere.so
hb_is "bisect: nor a crash" 125 ab --bisect "$quick" "$broken/crash_run.so;HB_FAULT_AFTER=1000" "${short[@]}"
# Eight pairs of some 0.4 s each are more than there is time for.
hb_is "bisect: nor too few pairs" 125 ab --bisect "$quick" "$slow" "${short[@]}" --max-minutes 0.01 \
    --set operations=500k

# --- cut off -----------------------------------------------------------------------------------
has_journal() { journal=$(one "$1" jsonl) && [[ -s $journal ]]; }
# cut_off SIGNAL FOLDER: ab gets the signal when it has some jobs; its status is in $status
cut_off() {
    "${started[@]}" ab system system --margin 0.1 --quiet --set operations=1M --results "$2" >"$out" \
        2>"$err" &
    pid=$!
    wait_for 20 has_journal "$2" && wait_for 60 jobs_there "$journal" 24
    kill "-$1" "$pid"
    wait "$pid"
    status=$?
}
cut_off INT "$tmp/int"
is "interrupted" "$status" 130
has "what is known is said" <(head -n 1 "$out") '^(Not decided: so far )?B is .* A.*, after [0-9]+ pairs'
has "and how to go on" "$err" "are kept; go on with: hakbench ab --resume $journal"
hb_is "its margin is its own" 2 ab --resume "$journal" --margin 5
has "unchanged" "$err" 'no other option may change it'
hb_is "not by rebase" 2 rebase --resume "$journal"
has "which says by what" "$err" 'is a ab, not a rebase: hakbench ab --resume'

cut_off KILL "$tmp/kill"
is "killed" "$status" 137
check "the journal is there" test -s "$journal"
hb_is "and is read" 0 compare "$journal"
before=$(grep -c '"record":"job"' "$journal")
hb ab --resume "$journal" --max-minutes 0.01 --quiet
check "a resume goes on" test "$status" -le 4
find_one "$tmp/kill" json
json_true "with what was there" "$found" "len(jobs) >= $before and d['ab']['pairs'] >= 8"
check_not "no journal is left" test -e "$journal"

finish
