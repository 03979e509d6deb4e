#!/usr/bin/env bash
# hakbench trace: what is recorded is what was called. An allocator behind the recorder counts for
# itself (trace_counter.c); the peak of live bytes is compared to the byte. And all that a recorder
# must not stumble over: forks, execs, kills at any moment, disks that are full, no /proc.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"

cc() { ${CC:-gcc} -O1 -w -fno-builtin "$@"; }
check "the counter is built" cc -shared -fPIC -o "$tmp/counter.so" tests/cli/trace_counter.c -pthread
check "the program is built" cc -o "$tmp/program" tests/cli/trace_program.c -pthread -lseccomp
check "the operators are built" ${CXX:-g++} -O0 -std=c++17 -o "$tmp/operators" tests/cli/trace_operators.cc
cd "$tmp" || exit 2
export TRACE_COUNTS=$tmp/counts

# record NAME STATUS WAY...: the program that way, whose trace is NAME.hbt
record() {
    rm -f counts "$1".hbt "$1".*.hbt
    hb_is "record: $1" "$2" trace record -o "$1.hbt" --allocator c="$tmp/counter.so" -- ./program "${@:3}"
}
info() { "$hakbench" trace info --format json --force -o "$1.json" "$1.hbt"; }
# counted NAME: its trace and what was counted are the same
counted() {
    check "$1: can be read" info "$1"
    is "$1: as counted" "$(python3 "$OLDPWD/tests/cli/trace_counts.py" "$1.json" counts)" compared
    json_is "$1" "$1.json" 'd["unseen"]' 0
    json_true "$1" "$1.json" 'd["is_complete"]'
}

# ---- each function, and threads ----
record functions 0 functions
counted functions
is_empty "its output is its own" "$out"
has "a line tells of the trace" "$err" '^hakbench: functions.hbt: process [0-9]+, 23 events, 1 thread,'
json_is "reallocations in a row" functions.json '[d["chains"], d["chain_links"], d["chain_longest"]]' '[2, 2, 1]'
json_is "each form is told apart" functions.json \
    'sorted(c["function"] for c in d["calls"] if c["count"] == 1)' "['aligned_alloc', 'memalign', 'posix_memalign']"
hb_is "C23's sized frees" 0 trace record -q -o sized.hbt -- ./program sized
check "sized frees: can be read" info sized
json_is "sized frees: each once, and nothing of what it took to find them" sized.json \
    '[d["events"], d["live_blocks"], d["unseen"], sorted((c["function"], c["count"]) for c in d["calls"])]' \
    "[12, 0, 0, [('aligned_alloc', 3), ('free_aligned_sized', 3), ('free_sized', 3), ('malloc', 3)]]"
record alone 0 work 1 100000
counted alone
for threads in 1 2 64; do
    record "threads$threads" 0 threads "$threads" $((64000 / threads))
    counted "threads$threads"
    json_is "threads" "threads$threads.json" 'd["threads"]' $((threads + 1))
done
record many 0 threads 300 100 # more than there are rings
counted many
record churn 0 churn 1 200 # keys' destructors that allocate, and threads that end
counted churn
json_is "threads that end" churn.json 'd["threads"]' 201
json_is "each end is there" churn.json '[c["count"] for c in d["calls"] if c["function"] == "thread end"]' '[200]'
record signals 0 signals
counted signals

# ---- C++ ----
hb_is "operators" 0 trace record -q -o plain.hbt -- ./operators
check "operators: can be read" info plain
declare -A catches=([mimalloc]=without)
for allocator in system hakmem jemalloc mimalloc tcmalloc; do
    [[ $allocator == system || -e $build/allocators/$allocator.so ]] || continue
    hb trace record --force -q -o cxx.hbt --allocator "$allocator" -- ./operators ${catches[$allocator]:-}
    is "operators under $allocator" "$status" 0
    check "operators under $allocator: can be read" info cxx
    json_is "operators under $allocator: each once" cxx.json \
        'sorted((c["function"], c["count"]) for c in d["calls"] if "[]" in c["function"] or "nothrow" in c["function"])' \
        "$(python3 -c 'print(sorted([("operator new[]", 1), ("operator delete[]", 1), ("operator new[] nothrow", 1),
            ("operator delete[] nothrow", 1), ("operator new[] aligned", 1), ("operator delete[] aligned", 1),
            ("operator new aligned nothrow", 1), ("operator delete aligned nothrow", 1)]))')"
    json_true "operators under $allocator: malloc(55) is a malloc" cxx.json \
        '"malloc" in [c["function"] for c in d["calls"]]'
    json_is "operators under $allocator: nothing is there twice" cxx.json \
        '[d["unseen"], d["live_blocks"] <= 3]' '[0, True]'
done

# ---- processes ----
record fork 3 fork
mapfile -t traces < <(ls fork.*.hbt)
is "fork: a trace of each" "${#traces[@]}" 1
info fork
json_is "fork: the parent" fork.json '[d["made"], d["frees"], d["live_bytes"], d["before"]]' '[2, 1, 1000, 0]'
child=${traces[0]%.hbt}
info "$child"
json_is "fork: the child begins with the parent's" "$child.json" \
    '[d["made"], d["frees"], d["live_bytes"], d["before"], d["unseen"]]' '[3, 1, 1555, 2, 0]'
record rawfork 0 rawfork
mapfile -t traces < <(ls rawfork.*.hbt)
is "clone without the C library: a trace of each" "${#traces[@]}" 1
info rawfork
json_is "clone: the parent" rawfork.json '[d["made"], d["frees"]]' '[101, 100]'
info "${traces[0]%.hbt}"
json_is "clone: the child" "${traces[0]%.hbt}.json" '[d["made"], d["frees"], d["unseen"]]' '[100, 100, 1]'
record spawn 0 spawn
counted spawn
mapfile -t traces < <(ls spawn.*.hbt)
is "posix_spawn and vfork: a trace of each" "${#traces[@]}" 2
for trace in "${traces[@]}"; do counted "${trace%.hbt}"; done
record exec 0 exec
mapfile -t traces < <(ls exec.*.hbt)
info exec
json_is "exec: the first program has the name" exec.json '[d["made"], d["frees"]]' '[1, 1]'
has "exec: why it ends" exec.json 'has become another program'
counted "${traces[0]%.hbt}"
# A program that bash becomes has its process: app.PID.hbt is somebody else's here.
# shellcheck disable=SC2016
hb_is "a name that is taken" 0 trace record -q -o taken.hbt -- bash -c 'echo mine >taken.$$.hbt; exec ./program work 1 100'
mapfile -t traces < <(ls taken.*.2.hbt)
is "is left alone" "$(cat "${traces[0]%.2.hbt}.hbt")" mine
check "and the trace has the next one" info "${traces[0]%.hbt}"
# The command's name has 1,020 letters, a child's would have more than a path may have.
deep=$tmp/deep
while ((${#deep} < 800)); do deep+=/$(printf 'd%.0s' {1..99}); done
mkdir -p "$deep"
name=$deep/$(printf 'n%.0s' $(seq $((1020 - ${#deep} - 5)))).hbt
hb_is "a child without a name" 3 trace record -q -o "$name" -- bash -c './program work 1 100; true'
has "is told of" "$err" '[0-9] process(es)? could not be recorded: File name too long'
hb_is "and its parent is recorded" 0 trace info "$name"
record closefrom 0 closefrom 4 1000
counted closefrom
record sandbox 0 sandbox
info sandbox
json_true "sandboxed: all of it" sandbox.json 'd["frees"] >= 30000'

# ---- how it ends ----
record status 42 status 42
info status
json_is "a program that allocates nothing has a trace" status.json '[d["events"], d["is_complete"]]' '[0, True]'
record killed 137 signal 9
hb_is "no such command" 2 trace record -o none.hbt -- ./nowhere
has "is named" "$err" './nowhere: cannot be started: No such file'
check_not "and leaves no trace" test -e none.hbt
"$hakbench" trace record -q -o forever.hbt -- ./program forever >busy &
recorder=$!
wait_for 5 grep -q busy busy
pkill_child() { kill -9 "$(ps -o pid= --ppid "$recorder" | head -1)"; }
check "the program is killed" pkill_child
wait "$recorder"
is "its status is passed on" $? 137
check "a trace of a killed program" info forever
json_true "has what it did" forever.json 'd["frees"] >= 99000 and d["is_complete"] and d["unseen"] == 0'
rm -f busy
"$hakbench" trace record -q -o lost.hbt -- ./program forever >busy &
recorder=$!
wait_for 20 test -s lost.hbt && sleep 1.5 # what waits its turn goes to the file each second
program=$(ps -o pid= --ppid "$recorder" | head -1)
program=${program// /}
kill -9 "$recorder"
wait "$recorder" 2>/dev/null
has_grown() { [[ $(awk '{print $14}' "/proc/$program/stat") -gt $1 ]]; }
ticks=$(awk '{print $14}' "/proc/$program/stat")
check "the program goes on without its recorder" wait_for 5 has_grown $((ticks + 20))
left=$(tr '\0' '\n' <"/proc/$program/environ" | sed -n 's/^HAKBENCH_TRACE=//p')
kill -9 "$program"
is "a killed recorder leaves a page, no rings" "$(ls "$left")" control
rm -r "$left"
check "a trace of a killed recorder" info lost
json_true "says that it was cut off" lost.json 'not d["is_complete"] and d["frees"] > 0 and "cut off" in d["end_note"]'

# ---- full disks, small machines ----
(ulimit -f 100; "$hakbench" trace record -o full.hbt -- ./program work 1 1000) >"$out" 2>"$err"
is "no room for the rings: the program has ended well" $? 3
has "no room: says why" "$err" '1 process could not be recorded: .*ulimit -f'
rm -f busy
"$hakbench" trace record -o full.hbt -- ./program forever >busy 2>"$err" &
recorder=$!
wait_for 5 grep -q busy busy
prlimit --fsize=100000 --pid "$recorder"
wait_for 5 grep -q 'cannot write' "$err" || sleep 2
program=$(ps -o pid= --ppid "$recorder" | head -1)
ticks=$(awk '{print $14}' "/proc/${program// /}/stat")
program=${program// /}
check "a full disk: the program goes on" wait_for 5 has_grown $((ticks + 20))
kill "$program"
wait "$recorder"
is "a full disk: its status is passed on" $? 143
has "says where" "$err" 'full.hbt: cannot write past byte [0-9]+: File too large'
check "a full disk: what is there can be read" info full
# Where it had grown past the limit by then, there is no room for its trailer either.
json_true "and says why it ends" full.json 'd["events"] > 0 and any(why in d["end_note"] for why in ("File too large", "cut off"))'
record proc 0 work 1 1000
if unshare -rm true 2>/dev/null; then
    # shellcheck disable=SC2016
    hb_is "no /proc" 0 trace record -q -o noproc.hbt -- unshare -rm \
        bash -c 'mount -t tmpfs none /proc && exec "$@"' - ./program work 1 1000
    whole=0
    for trace in noproc*.hbt; do
        info "${trace%.hbt}" && [[ $(json "${trace%.hbt}.json" 'd["made"], d["unseen"], d["command"]') == "(1235, 0, None)" ]] &&
            whole=$((whole + 1))
    done
    is "no /proc: all of it is there" "$whole" 1
else
    skip "no /proc" "no name spaces here"
fi
# shellcheck disable=SC2016
hb_is "where the rings are" 0 trace record -q -o where.hbt -- bash -c 'echo "$HAKBENCH_TRACE"'
check "is told to the program" test -n "$(cat "$out")"
check_not "and gone at the end" test -e "$(cat "$out")"

# shellcheck disable=SC2016
hb_is "many processes" 0 trace record -o procs.hbt -- bash -c 'for i in {1..12}; do ./program work 1 $((i * 10)); done'
is "many processes: the largest eight have a line" "$(grep -c ': process ' "$err")" 8
has "many processes: the others are summed up" "$err" '^hakbench: and [0-9]+ smaller traces of [0-9,]+ events'

# ---- a sample ----
hb_is "a sample" 0 trace record -q -o sample.hbt --sample bytes=4KiB -- ./program work 1 200000
check "a sample: can be read" info sample
hb_is "all of it" 0 trace record -q -o whole.hbt -- ./program work 1 200000
info whole
whole=$(python3 -c 'import json; d = json.load(open("whole.json")); print(d["made"], d["estimated_bytes"], d["peak_live_bytes"])')
read -r made bytes peak <<<"$whole"
# 40,000 draws: an estimate's deviation is 0.5 % of bytes; five of them.
json_true "a sample: estimates are near" sample.json \
    "abs(d['estimated_bytes'] / $bytes - 1) < 0.05 and abs(d['estimated_blocks'] / $made - 1) < 0.3"
json_true "a sample: of a part" sample.json "0.02 * $made < d['made'] < 0.6 * $made"
json_true "a sample: frees are there" sample.json \
    "d['unseen'] == 0 and abs(d['estimated_peak'] / $peak - 1) < 0.5 and d['frees'] > 0.5 * d['made']"
hb_is "what a sample is" 0 trace info sample.hbt
has "is said" "$out" 'One byte of 4KiB was drawn'
for sample in bytes=0 bytes=12 4096 calls=5 bytes=; do
    hb_is "--sample $sample" 2 trace record -o no.hbt --sample "$sample" -- true
    has "says what is expected" "$err" 'expected bytes=N'
done

# ---- info, cut, anonymise ----
COLUMNS=80 hb_is "info" 0 trace info functions.hbt
has_not "info: 80 columns" "$out" '.{81}'
has "info: the peak" "$out" '1,234,567 bytes live at the peak'
hb_is "a page" 0 trace info --format html alone.hbt threads2.hbt -o page.html
has "a page: has a picture" page.html '<svg'
hb_is "traces in a report" 0 report alone.hbt "$OLDPWD"/results/reference/*-mixed.json threads2.hbt -o both.html
has "stand beside sessions" both.html '<h2 id="s[0-9]+">threads2.hbt'
hb_is "a report of traces alone" 0 report --format markdown functions.hbt
has "has their calls" "$out" '\| *posix_memalign *\| *1 \|'
hb_is "a report over a trace" 2 report --force alone.hbt -o alone.hbt
hb_is "an output that is an input" 2 trace info --force alone.hbt -o alone.hbt
hb_is "cut by events" 0 trace cut --events 1001:2001 alone.hbt -o cut.hbt
info cut && info alone
json_true "cut: a thousand, and what was live" cut.json 'd["events"] == 1000 + d["before"] and d["before"] > 100'
hb_is "the two halves" 0 trace cut --events :100000 alone.hbt -o first.hbt
hb_is "the other" 0 trace cut --events 100000: alone.hbt -o second.hbt
info first && info second
is "join" "$(json first.json 'd["events"], d["live_blocks"], d["live_bytes"]')" \
    "$(python3 -c 'import json; a, b = (json.load(open(f + ".json")) for f in ("alone", "second"))
print((a["events"] - b["events"] + b["before"], b["before"],
    json.load(open("first.json"))["live_bytes"]))')"
json_is "and end alike" second.json 'd["live_bytes"]' "$(json alone.json 'd["live_bytes"]')"
hb_is "cut by time" 0 trace cut --time 1us: alone.hbt -o time.hbt
for window in 5:3 : x:y 5; do hb_is "--events $window" 2 trace cut --events "$window" alone.hbt -o no.hbt; done
hb_is "nothing in it" 2 trace cut --time 9999h: alone.hbt -o no.hbt
check_not "leaves no file" test -e no.hbt
hb_is "anonymise" 0 trace anonymise threads2.hbt -o nobody.hbt
info nobody && info threads2
json_is "anonymise: no command, no time" nobody.json '[d["command"], d["start"], d["pid"], d["time_ns"]]' '[None, None, 0, 0]'
is "anonymise: the same frees" "$(json nobody.json 'd["cross_frees"], d["frees"], d["made"]')" \
    "$(json threads2.json 'd["cross_frees"], d["frees"], d["made"]')"
check_not "anonymise: the command is not in it" grep -q program nobody.hbt
head -c 20000 alone.hbt >cutoff.hbt
hb_is "a file that was cut off" 0 trace info cutoff.hbt
has "is told of" "$out" 'cut off'
for file in page.html counts /dev/null . nowhere.hbt; do
    hb_is "$file is no trace" 2 trace info "$file"
done
python3 -c 'b = bytearray(open("alone.hbt", "rb").read()); b[5000] ^= 1; open("bad.hbt", "wb").write(b)'
hb_is "damage" 2 trace info bad.hbt
has "is told with its place" "$err" 'bad.hbt: block 1 \(at byte [0-9]+, event 1\): damaged; expected'

# ---- over a file that is there ----
# A new one takes its place when it is whole: what is broken behind its first blocks leaves the old one.
python3 -c 'b = bytearray(open("alone.hbt", "rb").read()); b[-9000] ^= 1; open("late.hbt", "wb").write(b)'
yes '1: malloc 0 16' | head -100000 >broken.txt
echo '1: mallok 0x10 5' >>broken.txt
mkdir over
# over NAME ENDINGS WORDS...: the command fails, and over/x with each ending is what it was
over() {
    local ending name=$1 endings=$2
    shift 2
    for ending in $endings; do cp functions.hbt "over/x$ending"; done
    hb_is "$name, broken, over a file" 2 trace "$@"
    for ending in $endings; do check "$name: the old file" cmp functions.hbt "over/x$ending"; done
    is "$name: nothing half-made" "$(find over -type f | wc -l)" "$(wc -w <<<"$endings")"
    rm over/*
}
over import .hbt import --force broken.txt -o over/x.hbt
over cut .hbt cut --force --events 1: late.hbt -o over/x.hbt
over "cut of nothing" .hbt cut --force --time 9999h: alone.hbt -o over/x.hbt
over anonymise .hbt anonymise --force late.hbt -o over/x.hbt
over export .txt export --force late.hbt -o over/x.txt
over info .txt info --force late.hbt -o over/x.txt
over synth ".csv .json" synth --force late.hbt -o over/x
over "synth over its input" ".csv .json" synth --force over/x.csv -o over/x
over "no such command" .hbt record --force -o over/x.hbt -- ./nowhere
cp functions.hbt over/x.json
hb_is "synth, half of it there" 2 trace synth alone.hbt -o over/x
check_not "writes no other half" test -e over/x.csv
hb_is "a cut into a pipe" 0 trace cut --events 1: alone.hbt -o >(cat >over/pipe.hbt)
hb_is "into a file" 0 trace cut --events 1: alone.hbt -o over/file.hbt
check "is the same" wait_for 5 cmp -s over/file.hbt over/pipe.hbt
hb_is "no sub-command" 2 trace
hb_is "another" 2 trace reocrd
has "did you mean" "$err" 'did you mean "record"'
cd "$OLDPWD" || exit 2
finish
