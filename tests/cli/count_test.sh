#!/usr/bin/env bash
# --count instructions: the same twice, on a busy machine; a planted 0.5 % found by a gate in one run
# each; what cannot be counted is a row. Of programs the whole tree, each process once.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"

hb_is "an unknown word" 2 rebase "${tiny[@]}" --no-pin --results "$tmp/none" --count cycles
has "says the words" "$err" 'expected instructions .*, callgrind or hardware'
PATH=$tmp/empty hb_is "no valgrind" 3 rebase "${tiny[@]}" --no-pin --results "$tmp/none" --count callgrind
has "says what to install" "$err" 'apt install valgrind'
check "and has measured nothing" test ! -e "$tmp/none"

PATH=$tmp/empty hb_is "nor of programs" 3 exec --results "$tmp/none" --count instructions -- /bin/true
has "which only callgrind counts" "$err" 'count instructions: valgrind is not installed'
hb_is "hardware counts none of them" 2 exec --results "$tmp/none" --count hardware -- /bin/true
check "and none has run" test ! -e "$tmp/none"

if ! command -v valgrind >/dev/null; then
    skip "instructions" "valgrind is not installed"
    finish
fi

# counts FILE METRIC: label and value of each pass
counts() {
    python3 -c 'import json, sys
for job in json.load(open(sys.argv[1]))["jobs"]:
    if job["kind"] == "instructions":
        print(job["allocator"], job["status"], job["metrics"][sys.argv[2]])' "$1" "$2"
}
# apart FILE FILE PERCENT: no allocator lies further apart than so much
apart() {
    python3 -c 'import json, sys
def read(path):
    return {j["allocator"]: j["metrics"]["instructions_per_op"] for j in json.load(open(path))["jobs"]
            if j["kind"] == "instructions"}
a, b = read(sys.argv[1]), read(sys.argv[2])
assert a.keys() == b.keys() and len(a) > 1, (a, b)
for label in a:
    assert abs(a[label] / b[label] - 1) * 100 <= float(sys.argv[3]), (label, a[label], b[label])' "$@"
}
count=(rebase "${tiny[@]}" --no-pin --count instructions)
for steps in 95 96; do
    gcc -O2 -shared -fPIC -DSTEPS=$steps -o "$tmp/libsteps$steps.so" tests/cli/planted_steps.c || exit 2
done

few=("${count[@]}" --set operations=20k) # where nothing is drawn, or only the row matters

# --- the same twice, quiet and with both CPUs busy ---------------------------------------------

hb_is "all allocators" 0 "${count[@]}" --seed 1 --results "$tmp/a" --json "$tmp/a.json"
has "a table" "$out" '^Instructions \(of an operation; counted by callgrind [0-9]'
has "what it does not see" "$out" 'not in these figures: time in the kernel'
has "above the floor" "$out" '^floor +[0-9.]+ +- '
for _ in 1 2; do
    nice -n 5 bash -c 'while :; do :; done' &
    busy+=($!)
done
hb_is "another session, of another seed" 0 "${count[@]}" --seed 2 --results "$tmp/b" --json "$tmp/b.json"
kill "${busy[@]}"
check "lies within 0.05 %" apart "$tmp/a.json" "$tmp/b.json" 0.05
# jemalloc asks the clock when to give memory back: the machine's moved its count by 0.054 %.
for allocator in floor system jemalloc; do
    is "$allocator draws nothing: the same digits" "$(counts "$tmp/a.json" instructions_per_op | grep "^$allocator ")" \
        "$(counts "$tmp/b.json" instructions_per_op | grep "^$allocator ")"
done
check "the floor is the least" python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
n = {j["allocator"]: j["metrics"]["instructions_per_op"] for j in d["jobs"] if j["kind"] == "instructions"}
assert min(n, key=n.get) == "floor" and d["count_source"].startswith("callgrind "), n
s = d["summaries"]["system"]
assert abs(s["instructions_above_floor"] - (n["system"] - n["floor"])) < 1e-9, s
assert all(j["metrics"]["instructions_per_op"] is None and j["metrics"]["l1_misses_per_op"] is None
           for j in d["jobs"] if j["kind"] != "instructions")
assert all(j["metrics"]["ns_per_op"] is None for j in d["jobs"] if j["kind"] == "instructions")' "$tmp/a.json"
fits_schema "fits the schema" "$tmp/a.json"
hb_is "a CSV has them" 0 "${few[@]}" --allocators system --results "$tmp/c" --csv "$tmp/c.csv"
has "as rows of their own" "$tmp/c.csv" '"instructions",0,'

# All of the loop runs on short threads, one for each slice at least: an operation of the floor takes
# some 90 instructions; to start them alone takes 14.
churn() { # WARMUP
    hb_is "short threads after $1 of warm-up" 0 "${count[@]}" --profile thread-churn --allocators system \
        --set operations=20k --set "warmup=$1" --results "$tmp/t" --json "$tmp/t.json" --force
    counts "$tmp/t.json" instructions_per_op | sed -n 's/^floor ok //p'
}
churn 10% >"$tmp/short"
churn 10% >"$tmp/twice"
is "short threads are counted to the same digits, however often their ends were waited for" "$(cat "$tmp/twice")" \
    "$(cat "$tmp/short")"
churn 200% >"$tmp/long"
check "short threads are counted, in the measured phase" python3 -c 'import sys
short, long = (float(open(path).read()) for path in sys.argv[1:])
assert short > 30 and long < 1.2 * short, (short, long)' "$tmp/short" "$tmp/long"

# --- a planted half percent ---------------------------------------------------------------------

# The allocator takes some 200 instructions an operation: one step of two more in every malloc, which
# is every second operation, is 0.5 %.
planted() { # STEPS NAME
    hb_is "$1 steps" 0 "${few[@]}" --allocators system --allocator "mine=$tmp/libsteps$1.so" --results "$tmp/$2" \
        --json "$tmp/$2.json"
}
planted 95 before
planted 95 again
planted 96 after
check "the plant is half a percent" python3 -c 'import json, sys
a, b = ({j["allocator"]: j["metrics"]["instructions_per_op"] for j in json.load(open(p))["jobs"]
         if j["kind"] == "instructions"}["mine"] for p in sys.argv[1:])
assert 0.3 < (b / a - 1) * 100 < 0.7, (a, b)' "$tmp/before.json" "$tmp/after.json"
gate='mine:instructions_per_op>+0.25%'
hb_is "nothing changed: the gate passes" 0 compare "$tmp/before.json" "$tmp/again.json" --fail-on "$gate"
hb_is "half a percent fails it" 1 compare "$tmp/before.json" "$tmp/after.json" --fail-on "$gate"
hb_is "above the floor as well" 1 compare "$tmp/before.json" "$tmp/after.json" \
    --fail-on 'mine:instructions_above_floor>+0.25%'
hb_is "less is no failure" 0 compare "$tmp/after.json" "$tmp/before.json" --fail-on "$gate"
python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
d["count_source"] = "hardware"
json.dump(d, open(sys.argv[2], "w"))' "$tmp/after.json" "$tmp/hardware.json"
hb_is "another counter is another figure" 4 compare "$tmp/before.json" "$tmp/hardware.json" --fail-on "$gate"

# --- what cannot be counted ---------------------------------------------------------------------

hb_is "one that crashes in the loop" 3 "${few[@]}" --allocators system --allocator "bad=$broken/crash_run.so" \
    --results "$tmp/d" --json "$tmp/d.json"
is "is a row, the others are counted" "$(counts "$tmp/d.json" operations | awk '{ print $1, $2 }' | grep -c ' ok$')" 3
mkdir "$tmp/bin"
printf '#!/bin/sh\n[ "$1" = --version ] && { echo valgrind-9.9; exit 0; }\necho no way >&2\nexit 1\n' >"$tmp/bin/valgrind"
chmod +x "$tmp/bin/valgrind"
PATH=$tmp/bin:$PATH hb_is "a valgrind that does not start" 3 "${few[@]}" --allocators system --results "$tmp/f" \
    --json "$tmp/f.json"
has "is said" "$out" 'not counted: exited: .*no way'
check "and what was timed stands" python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
assert d["summaries"]["system"]["runs_ok"] == 1, d["summaries"]["system"]' "$tmp/f.json"

# --- ab and exec --------------------------------------------------------------------------------

"$hakbench" ab system mimalloc --set operations=20k --max-runs 8 --count callgrind --results "$tmp/ab" \
    --json "$tmp/ab.json" -q >"$out" 2>"$err"
has "ab shows them" "$out" '^instr/op '
is "and counts both" "$(counts "$tmp/ab.json" instructions_per_op | grep -c ' ok ')" 2
cat >"$tmp/forks.sh" <<'END'
n() { i=0; while [ $i -lt 300 ]; do i=$((i + 1)); done; }
n; (n); (n)
END
exec_of() { # NAME ARGUMENTS...
    hb_is "exec: $1" 0 exec --runs 1 -q --allocators system --count instructions --results "$tmp/e" \
        --json "$tmp/$1.json" --force "${@:2}"
}
instructions() {
    python3 -c 'import json, sys
for run in json.load(open(sys.argv[1]))["runs"]:
    if run["kind"] == "instructions":
        print(int(run["metrics"]["instructions"]), int(run["metrics"]["instructions_loading"]))' "$1"
}
exec_of whole -- /bin/sh "$tmp/forks.sh"
has "a table" "$out" '^Instructions \(of all processes; counted by callgrind'
exec_of once -- /bin/sh "$tmp/forks.sh"
check "a shell is the same twice, but for the digits of its process" python3 -c 'import sys
a, b = (int(w.split()[0]) for w in sys.argv[1:])
assert abs(a / b - 1) < 0.0001, (a, b)' "$(instructions "$tmp/whole.json")" "$(instructions "$tmp/once.json")"
sed 's/; (n); (n)/; n; n/' "$tmp/forks.sh" >"$tmp/alone.sh"
exec_of alone -- /bin/sh "$tmp/alone.sh"
check "forked children are counted once" python3 -c 'import sys
forks, alone = (int(w.split()[0]) for w in sys.argv[1:])
assert abs(forks / alone - 1) < 0.1, (forks, alone)' "$(instructions "$tmp/whole.json")" \
    "$(instructions "$tmp/alone.json")"
# A child begins as its parent was. Where its exec fails it writes that out itself.
cat >"$tmp/spawns.c" <<'END'
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int count, char **argv)
{
    char *words[] = {"nobody", NULL};
    for (volatile long i = 0; i < 1000000; i++) {}
    for (int i = 0; i < count - 1; i++) {
        pid_t pid = 0;
        if (argv[1][0] == 'v' && (pid = vfork()) == 0) {
            execv("/nonexistent", words);
            _exit(0);
        } else if (argv[1][0] == 's' && posix_spawn(&pid, "/nonexistent", NULL, NULL, words, NULL) != 0) {
            pid = 0;
        } else if (argv[1][0] == 'p' && posix_spawnp(&pid, "/nonexistent", NULL, NULL, words, NULL) != 0) {
            pid = 0;
        }
        if (pid > 0)
            waitpid(pid, NULL, 0);
    }
    return 0;
}
END
gcc -O1 -o "$tmp/spawns" "$tmp/spawns.c" || exit 2
exec_of none -- "$tmp/spawns"
for way in vfork spawn path; do
    exec_of $way -- "$tmp/spawns" $way $way $way
    check "children of $way that fail are counted once" python3 -c 'import sys
failing, none = (int(w.split()[0]) for w in sys.argv[1:])
assert abs(failing / none - 1) < 0.1, (failing, none)' "$(instructions "$tmp/$way.json")" \
        "$(instructions "$tmp/none.json")"
done
# shellcheck disable=SC2016 # the measured shell's own words
hb_is "a process that was killed" 3 exec --runs 1 -q --allocators system --count instructions --results "$tmp/e" \
    --json "$tmp/killed.json" --force --shell 'sh -c "echo \$\$; while :; do :; done" | { read -r pid; kill -9 "$pid"; }'
left='[0-9]+ of the [0-9]+ programs that its processes ran left no sums'
has "is said" "$out" "$left"
# A process that becomes another program writes the files of both under one number.
cat >"$tmp/becomes.c" <<'END'
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
int main(int count, char **argv)
{
    char left[] = {(char)(argv[1][0] - 1), '\0'}, *words[] = {argv[0], left, NULL};
    const int kind = count > 2 ? argv[2][0] : 'e';
    pid_t child;
    for (volatile long i = 0; i < 1000000; i++) {}
    if ((child = fork()) == 0) {
        while (kind == 'k')
            pause();
        _exit(0);
    }
    if (kind == 'k')
        kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    if (argv[1][0] == '0')
        return 0;
    if (kind == 'r')
        syscall(SYS_execve, argv[0], words, environ);
    execve("/nonexistent", words, environ);
    execve(argv[0], words, environ);
    return 1;
}
END
gcc -O1 -o "$tmp/becomes" "$tmp/becomes.c" || exit 2
exec_of one -- "$tmp/becomes" 0
exec_of four -- "$tmp/becomes" 3
check "a process that becomes four programs is counted as four" python3 -c 'import sys
four, one = (int(w.split()[0]) for w in sys.argv[1:])
assert abs(four / (4 * one) - 1) < 0.02, (four, one)' "$(instructions "$tmp/four.json")" "$(instructions "$tmp/one.json")"
while read -r what words; do
    # shellcheck disable=SC2086 # words
    hb_is "$what" 3 exec --runs 1 -q --allocators system --count instructions --results "$tmp/e" \
        --json "$tmp/lost.json" --force -- "$tmp/becomes" $words
    has "$what: is said" "$out" "1 of the [24] programs that its processes ran left no sums"
done <<'END'
a-child-that-is-killed-at-once 0 k
an-exec-past-the-C-library 1 r
END
hb_is "exec's gate" 0 compare "$tmp/whole.json" "$tmp/once.json" --fail-on 'system:instructions_per_op>+0.1%'
finish
