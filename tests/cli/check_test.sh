#!/usr/bin/env bash
# hakbench check on the real binary: each verdict on a planted library, what is known of real ones,
# what is chosen, kept, reported and gated, and that nothing stays when it is cut off.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
for i in 0 1 2; do
    "${CC:-cc}" -O1 -fPIC -shared -fno-builtin -DPLANT=$i -o "$tmp/planted$i.so" tests/cli/check_planted.c || exit 2
done
echo text >"$tmp/text.so"
bad=--allocator=bad=$tmp/planted0.so
result=$tmp/result.json
four=calloc_overflow_fails,valloc_is_page_aligned,pvalloc_rounds_up_to_pages,nothrow_new_of_a_later_library,free_of_null_is_nothing
# verdict ALLOCATOR PROMISE [FILE]: what the result says
verdict() {
    python3 -c 'import json, sys
allocator, promise, path = sys.argv[1:]
print(*[a["verdict"] for a in json.load(open(path))["answers"] if (a["allocator"], a["promise"]) == (allocator, promise)])' \
        "$1" "$2" "${3:-$result}"
}

# --- verdicts ----------------------------------------------------------------------------------

hb_is "planted ones" 0 check --quiet --allocators system "$bad" --only $four --timeout 3 --json "$result" --why
while read -r promise expected; do
    is "$promise on the planted one" "$(verdict bad "$promise")" "$expected"
    [[ $promise == nothrow* ]] || is "$promise on the C library" "$(verdict system "$promise")" pass
done <<'END'
calloc_overflow_fails fail
valloc_is_page_aligned crash
pvalloc_rounds_up_to_pages hang
nothrow_new_of_a_later_library unsupported
free_of_null_is_nothing pass
END
has "the first line has it all" <(head -n 1 "$out") '^system keeps all 4 promises, bad breaks 3 of 4 \(1 hang\)\.'
has "a table of groups" "$out" '^bad +1/2 +0/2 +- +- '
has "who breaks it" "$out" '^  calloc_overflow_fails: fail: bad$'
has "what it means" "$out" '^    a count from a file gets a block too small'
has "what happened" "$out" '^    bad: calloc\(2\^32, 2\^32\): 0x'
has "how far to believe it" "$out" '^How far to believe it'
fits_schema "the result fits the schema" "$result"
json_is "the summary counts" "$result" 'd["check_summary"]["bad"]["all"]' \
    "{'pass': 1, 'fail': 1, 'crash': 1, 'hang': 1, 'unsupported': 1}"

hb_is "libraries that cannot be asked" 3 check --quiet --allocators system --allocator "loads=$tmp/planted1.so" \
    --allocator "empty=$tmp/planted2.so" --allocator "text=$tmp/text.so" --only free_of_null_is_nothing --json "$tmp/l.json"
is "one that crashes when it is loaded is a row" "$(verdict loads free_of_null_is_nothing "$tmp/l.json")" crash
json_is "and says so" "$tmp/l.json" '[a["runs"] for a in d["answers"] if a["reason"] and "does nothing" in a["reason"]]' '[0]'
has "one without malloc is named" "$out" '^  empty was not asked: .*exports no malloc'
has "what is no library too" "$out" '^  text was not asked: cannot load .*text.so'
is "the others are asked" "$(verdict system free_of_null_is_nothing "$tmp/l.json")" pass

# Beside others it was not kept, alone it was: in whatever order.
turns() { # TURN OPTION...: malloc(0) fails in this process that asks for it; one promise asks, once a run
    rm -f "$tmp/count" "$tmp/turns.json"
    hb check --quiet --allocators bad --allocator "bad=$tmp/planted0.so;PLANTED_TURN=$1 PLANTED_COUNT=$tmp/count" \
        --only malloc_zero_is_distinct --json "$tmp/turns.json" "${@:2}"
}
turns 1 --jobs 2
json_is "asked again alone" "$tmp/turns.json" '[(a["verdict"], a["runs"], a["reason"][:35]) for a in d["answers"]]' \
    "[('pass', 2, 'kept alone; beside other programs: ')]"
has "is said" "$out" '1 answer: not kept beside other programs, but alone'
turns 1 --jobs 1
is "one at a time it is the answer" "$(verdict bad malloc_zero_is_distinct "$tmp/turns.json")" fail
turns 3 --jobs 1 --repeat 5
json_is "repeated until it is broken" "$tmp/turns.json" '[(a["verdict"], a["runs"]) for a in d["answers"]]' "[('fail', 3)]"
turns 3 --jobs 2 --repeat 5
json_is "a rare loss is not asked away" "$tmp/turns.json" '[(a["verdict"], a["runs"]) for a in d["answers"]]' "[('fail', 3)]"
turns 9 --jobs 1 --repeat 5
json_is "and no more often than that" "$tmp/turns.json" '[(a["verdict"], a["runs"]) for a in d["answers"]]' "[('pass', 5)]"

turns "1 PLANTED_KILL=1" --jobs 2
json_is "killed beside others it is asked again alone" "$tmp/turns.json" \
    '[(a["verdict"], a["runs"], a["reason"][:48]) for a in d["answers"]]' \
    "[('pass', 2, 'kept alone; beside other programs: unsupported: ')]"
cp "$tmp/turns.json" "$tmp/once.json"
turns "1 PLANTED_KILL=1" --jobs 1 --expect "$tmp/once.json"
is "killed alone, where it was kept, is not as expected" "$status" 1
has "is named" "$err" 'bad, malloc_zero_is_distinct: was pass, is crash: killed by SIGKILL'
turns "1 PLANTED_KILL=1" --jobs 1 --strict
is "nor does a strict check let it pass" "$status" 1
turns "2 PLANTED_KILL=1" --jobs 2 --repeat 5 --strict
json_is "killed beside others it is asked again, however many runs" "$tmp/turns.json" \
    '[(a["verdict"], a["runs"]) for a in d["answers"]]' "[('pass', 5)]"

# A process that the machine has not got for a moment: a keeper's socket (2 to 4), a keeper's fork (5).
cat >"$tmp/refuse.c" <<'END'
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
static int turn;
static pid_t harness;
static int is_refused(int at)
{
    const char *refused = getenv("REFUSED");
    errno = EAGAIN;
    return refused && strchr(refused, '0' + at) != NULL;
}
__attribute__((constructor)) static void begin(void)
{
    harness = getpid();
}
int socketpair(int domain, int type, int protocol, int ends[2])
{
    int (*next)(int, int, int, int *) = (int (*)(int, int, int, int *))dlsym(RTLD_NEXT, "socketpair");
    if ((type & ~SOCK_CLOEXEC) == SOCK_SEQPACKET && ++turn < 5 && is_refused(turn))
        return -1;
    return next(domain, type, protocol, ends);
}
pid_t fork(void)
{
    pid_t (*next)(void) = (pid_t(*)(void))dlsym(RTLD_NEXT, "fork");
    return getpid() != harness && turn == 5 && is_refused(5) ? -1 : next();
}
END
"${CC:-cc}" -D_GNU_SOURCE -fPIC -shared -o "$tmp/refuse.so" "$tmp/refuse.c" || exit 2
refused() { # TURNS: one that hangs for 3 s, so that it runs beside what is refused
    LD_PRELOAD=$tmp/refuse.so REFUSED=$1 hb check --quiet --jobs 2 --allocators bad "$bad" --timeout 3 --force \
        --only pvalloc_rounds_up_to_pages,valloc_is_page_aligned --json "$tmp/refused.json"
}
refused 345
is "a process that is refused for a moment is waited for" "$status" 0
json_is "and answers" "$tmp/refused.json" '[a["verdict"] for a in d["answers"]]' "['hang', 'crash']"
refused 2
is "while none runs it is the end" "$status" 3
has "which is said" "$err" 'cannot make a socket to a command.s keeper: Resource temporarily unavailable'

# --- what is known -----------------------------------------------------------------------------

hb_is "real ones" 0 check --quiet --allocators hakmem,mimalloc,jemalloc,tcmalloc,system --json "$tmp/known.json" \
    --only every_block_is_16_aligned,double_free_at_once_is_fatal
hb_is "a fork that is kept" 0 check --quiet --allocators hakmem,mimalloc,system --only fork_with_stdio --json "$tmp/forks.json"
has "the race is named" "$out" '^  fork_with_stdio: up to 3 runs: a race'
hb_is "and one that is not" 0 check --quiet --allocators jemalloc,tcmalloc --only fork_with_stdio --timeout 10 \
    --json "$tmp/hangs.json"
while read -r allocator aligned freed forked; do
    json_value "$tmp/known.json" "[a['missing_reason'] for a in d['allocators'] if a['label'] == '$allocator']"
    [[ $value == "[None]" ]] || { skip "what is known of $allocator" "$value"; continue; }
    is "$allocator: alignment" "$(verdict "$allocator" every_block_is_16_aligned "$tmp/known.json")" "$aligned"
    is "$allocator: double free" "$(verdict "$allocator" double_free_at_once_is_fatal "$tmp/known.json")" "$freed"
    [[ $forked == hang ]] && file=hangs || file=forks
    is "$allocator: fork" "$(verdict "$allocator" fork_with_stdio "$tmp/$file.json")" "$forked"
done <<'END'
hakmem pass pass pass
system pass pass pass
mimalloc fail fail pass
jemalloc fail fail hang
tcmalloc fail fail hang
END

# --- what is chosen ----------------------------------------------------------------------------

hb_is "a list" 0 check --list
has "by group" "$out" '^Alignment \(align\)'
has "with what is promised" "$out" '^  free_of_null_is_nothing: free\(NULL\) does nothing, .*too$'
is "of every head that has a group" "$(grep -c '^  [a-z0-9_]*: ' "$out")" \
    "$(grep -lE '^( \*|//) Group: ' tests/alloc/*.c tests/alloc/*.cc | wc -l)"
hb_is "a list with what each means" 0 check --list --why
has "says so" "$out" '^  free_of_null_is_nothing: .*; where it is not kept: ordinary clean-up code crashes$'
hb_is "a group but for some" 0 check --list --only align,free_of_null_is_nothing --skip every_alignment_works
has_not "what is skipped is not there" "$out" every_alignment_works
has_not "nor other groups" "$out" '^Memory'
has "but what was named" "$out" '^  free_of_null_is_nothing: '
is "the manual has the shortest limit" \
    "$(sed -n '/^\*--timeout/{n;s/.*its own limit, \([0-9]*\) seconds or more.*/\1/p}' docs/man/hakbench-check.1.scd)" \
    "$(python3 -c 'import json, sys; print(min(p["limit_s"] for p in json.load(open(sys.argv[1]))["promises"]))' "$build/check/promises.json")"
hb_is "no such promise" 2 check --only aling
has "the nearest is named" "$err" 'no group and no promise.*align'
hb_is "nothing left" 2 check --only align --skip align
hb_is "no jobs" 2 check --jobs 0
hb_is "no such library" 2 check --allocator x=/no/such.so
hb_is "no such allocator" 2 check --allocators nobody

# --- gates -------------------------------------------------------------------------------------

one=(check --quiet --allocators system --only "free_of_null_is_nothing,calloc_overflow_fails")
hb_is "strict, all kept" 0 "${one[@]}" --strict --json "$tmp/kept.json"
hb_is "strict, one is not" 1 "${one[@]}" "$bad" --strict
hb_is "as expected" 0 "${one[@]}" --expect "$tmp/kept.json"
sed 's/"system"/"bad"/g' "$tmp/kept.json" >"$tmp/before.json"
hb_is "less than expected" 1 check --quiet --allocators bad "$bad" --only free_of_null_is_nothing,calloc_overflow_fails --expect "$tmp/before.json"
has "is named" "$err" 'bad, calloc_overflow_fails: was pass, is fail: calloc'
hb_is "expected of something else" 2 "${one[@]}" --expect docs/result.schema.json
hb_is "an expectation is not written over" 2 "${one[@]}" --expect "$tmp/kept.json" --json "$tmp/kept.json" --force
hb_is "nothing is written over" 2 "${one[@]}" --json "$tmp/kept.json"

# --- for people and programs -------------------------------------------------------------------

hb_is "JSON on standard output" 0 "${one[@]}" --json -
cp "$out" "$tmp/stdout.json"
json_is "is whole" "$tmp/stdout.json" 'len(d["answers"])' 2
has "the report is on the other" "$err" '^system keeps all 2 promises'
hb_is "Markdown" 0 "${one[@]}" "$bad" --markdown
has "has every promise" "$out" '^\| calloc_overflow_fails \| pass \| fail \|$'
has "and what happened" "$out" '^### What happened'
COLUMNS=80 hb_is "a terminal of 80 columns" 0 check --quiet --color=never "$bad" --only sizes,align --timeout 5
is "has no longer line" "$(awk '{ gsub(/[^ -~]+/, "-") } length > 80' "$out")" ""
has_not "and no colour unasked" "$out" $'\033'
hb_is "colours" 0 "${one[@]}" "$bad" --color=always
has "where they are asked for" "$out" $'\033\\[31m.*calloc_overflow_fails'
hb_is "a page" 0 report "$result" -o "$tmp/page.html"
has "has the promises" "$tmp/page.html" 'pvalloc_rounds_up_to_pages'
has "their meaning" "$tmp/page.html" 'they count on whole pages'
hb_is "Markdown of a report" 0 report --format markdown "$result"
has "has the table too" "$out" '^\| pvalloc_rounds_up_to_pages \| '
hb_is "figures to compare it has none" 2 compare "$result" "$tmp/kept.json"
has "which is said" "$err" 'no figures.*hakbench report'
hb_is "nor to export" 2 export --format benchstat "$result"

# --- cut off -----------------------------------------------------------------------------------

runs() { pgrep -f "$tmp/lib/check/" >/dev/null; }
"${started[@]}" check --quiet --allocators bad "$bad" --only pvalloc_rounds_up_to_pages,free_of_null_is_nothing --json "$tmp/cut.json" >"$out" 2>"$err" &
pid=$!
wait_for 10 runs
kill -INT $pid
wait $pid
is "interrupted" $? 130
json_true "the answers so far are there" "$tmp/cut.json" 'd["partial"]'
has "and printed" "$out" '^Promises kept'
gone() { ! runs; }
check "nothing of it runs on" wait_for 5 gone
"${started[@]}" check --quiet --allocators bad "$bad" --only pvalloc_rounds_up_to_pages >"$out" 2>"$err" &
pid=$!
wait_for 10 runs
kill -KILL $pid
wait $pid 2>/dev/null
check "nor of one that is killed" wait_for 5 gone
finish
