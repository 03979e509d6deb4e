#!/usr/bin/env bash
# hakbench exec: real programs under allocators by LD_PRELOAD, planted ones among them, on the real
# binary: the answer, findings, servers, suites, and what is left after an interruption.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"

program=$tmp/program
"${CC:-cc}" -O1 -fno-builtin -o "$program" tests/cli/exec_program.c || exit 2
"${CC:-cc}" -O1 -static -o "$tmp/static" tests/cli/exec_program.c 2>/dev/null
plants=(none slow fat prints crashes hangs)
for i in 1 2 3 4 5; do
    "${CC:-cc}" -O1 -fPIC -shared -fno-builtin -DPLANT=$i -o "$tmp/${plants[i]}.so" tests/cli/planted.c || exit 2
done
plant() { printf -- '--allocator=%s=%s' "$1" "$tmp/$1.so"; }
# of FILE ALLOCATOR FIGURE KEY: from the first program's summary
of() {
    python3 -c 'import json, sys
path, allocator, figure, key = sys.argv[1:]
row = json.load(open(path))["exec_summary"]["programs"][0]["allocators"][allocator]
print(row[key] if figure == "-" else row["figures"][figure]["ratio_to_reference"][key])' "$@"
}
# found FILE ALLOCATOR FIGURE: slower, or so much noise that the difference is within what it allows
found() {
    python3 -c 'import json, sys
path, allocator, figure = sys.argv[1:]
program = json.load(open(path))["exec_summary"]["programs"][0]
noise, ratio = program["comparisons"][figure], program["allocators"][allocator]["figures"][figure]["ratio_to_reference"]
within = noise["doubtful"] or ratio["ci95_lo"] <= 1 + noise["margin"]
sys.exit(ratio["verdict"] != ("inconclusive" if within and not noise["doubtful"] else "withheld" if within else "slower"))' "$@"
}
more() { python3 -c 'import sys; sys.exit(not float(sys.argv[1]) > float(sys.argv[2]))' "$@"; }
run=(exec --quiet --results "$tmp/results" --allocators system --force)
result=$tmp/result.json
printed() { check "$1: what is printed is what the JSON says" python3 tests/cli/printed.py exec "$out" "$result"; }
run+=(--json "$result" --csv "$tmp/result.csv")

# --- planted ones ------------------------------------------------------------------------------

hb_is "planted allocators" 0 "${run[@]}" --runs 8 "$(plant slow)" "$(plant fat)" \
    --metric 'rate=rate ([0-9.]+)' --higher-is-better -- "$program"
cp "$out" "$tmp/planted.out"
check "the slow one needs more CPU time" more "$(of "$result" slow cpu estimate)" 1.1
check "and that is decided, unless the noise is larger" found "$result" slow cpu
check "the fat one is larger" found "$result" fat memory
check "by what it keeps" more "$(of "$result" fat memory estimate)" 1.3
check_not "the slow one is not" more "$(of "$result" slow memory estimate)" 1.3
has "an answer comes first" <(head -n 1 "$out") '^For program (stay with|use) '
has "which is not a planted one" <(head -n 2 "$out" | xargs) '(stay with system|use hakmem)|^For program stay'
has "a table of time" "$out" '^allocator +wall.* load'
has "and one of memory" "$out" '^allocator +peak .*faults'
has "its own figure" "$out" '^system +30000\.?5? |^system +30,000'
has "a picture" "$out" '^ +\+-{20,}'
has "how far to believe it" "$out" '^How far to believe it'
has_not "nothing is a finding" "$out" 'another output|not in effect|crashed'
fits_schema "the result fits the schema" "$result"
is "a row a run" "$(wc -l <"$tmp/result.csv")" $((1 + 3 + 8 * 4 * 2))
hb_is "report reads it" 0 report "$result" -o "$tmp/page.html"
has "with its picture" "$tmp/page.html" 'Time against peak memory: program'
hb_is "export reads it" 0 export --format hyperfine "$result"
has "a time a run" "$out" '"command": "program slow"'
hb_is "analyze says what it is" 2 analyze "$result"
has "by its kind" "$err" 'is a "exec"'
hb_is "its CSV is not read" 2 report --format markdown "$tmp/result.csv"

hb_is "figures that are none" 3 "${run[@]}" --runs 1 --metric 'comma=comma ([0-9.,]+)' --metric 'nul=^nul ([0-9]+)' \
    --metric 'late=late ([0-9]+)' -- sh -c 'printf "comma 9,900\n\\0\nnul 7\n"; head -c 5000000 /dev/zero; echo late 1'
has "those of no run are named first" "$out" '^Which .* comma was in no run.s output\..* late was in no run'
has_not "and no other" "$out" 'nul was in no run'
has "nor are they of some" "$out" 'not known of any run: comma: '
has "a group that is not all a number is none" "$out" 'comma: "9,900" is no number'
has "what comes too late is said to" "$out" 'late: not in the first 4 MiB that it printed'
is "behind a NUL byte all is read" "$(json "$result" '{r["own"]["nul"] for r in d["runs"] if r["kind"] == "timed"}')" '{7}'

# --- findings ----------------------------------------------------------------------------------

hb_is "what goes wrong" 3 "${run[@]}" --runs 1 --timeout 20 "$(plant prints)" "$(plant crashes)" "$(plant hangs)" \
    -- "$program"
has "another output is a finding" "$out" '^prints .*another output'
has "a crash is a row" "$out" '^crashes .*crashed'
has "with its reason" "$out" 'crashes: crashed, 0 of 1 runs ok: .'
has "a hang too" "$out" '^hangs .*hung'
printed "what goes wrong"
hb_is "an exit status is a failure" 3 "${run[@]}" --runs 1 -- "$program" 3
has "unless it is told" "$out" 'exit'
hb_is "a program may fail" 0 "${run[@]}" --runs 1 --ignore-failure -- "$program" 3
# Traced it is too slow: its timed runs are made all the same.
hb "${run[@]}" --runs 2 --timeout 3 -- sh -c 'grep -q "TracerPid:.0$" /proc/self/status || sleep 60'
is "a counting pass that hangs costs no timed run" \
    "$(json "$result" '[r["status"] for r in d["runs"] if r["kind"] == "timed"].count("ok")')" 4
if [[ -x $tmp/static ]]; then
    hb_is "a static program" 3 "${run[@]}" --runs 1 "$(plant fat)" -- "$tmp/static"
    has "is noticed" "$out" 'not in effect in 1 of 1 processes'
    has "and why" "$out" 'static'
    printed "a static program"
fi

printf '#include <stddef.h>\nvoid *__libc_malloc(size_t);\nint own_calls;
void *malloc(size_t size) { own_calls++; return __libc_malloc(size); }\n' >"$tmp/own.c"
printf '#include <stdio.h>\n#include <stdlib.h>\nextern int own_calls;
int main(void) { free(malloc(99)); puts(own_calls ? "linked" : "preloaded"); }\n' >"$tmp/with_own.c"
"${CC:-cc}" -fPIC -shared -fno-builtin -o "$tmp/libown.so" "$tmp/own.c" || exit 2
"${CC:-cc}" -fno-builtin -o "$tmp/with_own" "$tmp/with_own.c" "$tmp/libown.so" "-Wl,-rpath,$tmp" || exit 2
"$tmp/with_own" >"$out"
has "a program that is linked with a malloc has it" "$out" '^linked$'
hb_is "but not in a run" 3 "${run[@]}" --runs 1 "$(plant fat)" --metric 'where=(pre)loaded' -- "$tmp/with_own"
has "on the C library's neither" "$out" 'where: "pre" is no number'
has_not "under no allocator" "$out" 'not in what it printed|another output'
cp "$(readelf -p .interp "$program" | grep -o '/[^ ]*ld[^ ]*')" "$tmp/loader.so" # as another C library has another
"${CC:-cc}" -fno-builtin -o "$tmp/elsewhere" "$tmp/with_own.c" "$tmp/libown.so" "-Wl,-rpath,$tmp" \
    "-Wl,--dynamic-linker=$tmp/loader.so" || exit 2
printf '#!%s\n' "$tmp/elsewhere" >"$tmp/script"
chmod +x "$tmp/script"
for name in elsewhere script; do
    hb_is "a program of another loader: $name" 3 "${run[@]}" --runs 1 --metric 'what=link(ed)' -- "$tmp/$name"
    has "has not this machine's C library under it" "$out" 'what: "ed" is no number'
done

# --- what is around a run ----------------------------------------------------------------------

echo 'b a' | tr ' ' '\n' >"$tmp/lines"
hb_is "set-up, input and a shell" 0 "${run[@]}" --runs 1 --setup 'echo c >more' --cleanup 'test -s sorted' \
    --input "$tmp/lines" --env 'WORD=two words' --shell -- 'sort - more >sorted; cat sorted; echo "$WORD"; pwd >&2'
is "each once and the same" "$(python3 -c 'import json, sys
print(len({r["output_digest"] for r in json.load(open(sys.argv[1]))["runs"] if r["program"]}))' "$result")" 1
# A neighbour on the one CPU that there is: runs of one thread are made again, while there are repeats.
loop='i=0; while [ $i -lt 60000 ]; do i=$((i + 1)); done'
before=$(taskset -cp $$ | sed 's/.*: //') cpu=$(python3 -c 'import os; print(max(os.sched_getaffinity(0)))')
if [[ -r /proc/self/schedstat ]] && taskset -cp "$cpu" $$ >/dev/null; then
    sh -c 'while :; do :; done' &
    neighbour=$!
    hb_is "beside a neighbour" 0 "${run[@]}" --runs 2 -- sh -c "$loop"
    has "it is said" "$out" 'disturbed: 4 of 4 runs .*and 0 were repeated \(a neighbour on its CPU 4\)'
    HAKBENCH_SHARE_MACHINE='' hb "${run[@]}" --runs 2 -- sh -c "$loop"
    if [[ $status -eq 0 ]]; then
        is "runs without their CPU are made again" "$(json "$result" '[sum(r["status"] == s for r in d["runs"] if r["kind"] == "timed") for s in ("invalid", "ok")]')" '[3, 4]'
        has "and are not in the figures" "$out" 'disturbed: 4 of 4 runs .*and 3 were repeated \(a neighbour on its CPU 7\)'
        fits_schema "with them the result fits the schema" "$result"
    else
        skip "runs that are made again" "$(tail -n 1 "$err")"
    fi
    kill "$neighbour"
    wait "$neighbour"
    taskset -cp "$before" $$ >/dev/null
else
    skip "runs that did not have their CPU" "no schedstat, or no pinning here"
fi
hb_is "a program that prints a hash" 0 "${run[@]}" --runs 2 --env PERL_HASH_SEED=5 --metric 'seed=seed ([0-9]+)' \
    --shell -- 'python3 -c "print(hash(str(7)))"; echo seed $PERL_HASH_SEED'
has_not "prints the same each time" "$out" 'prints something else each time'
is "and has the seed that was asked for" "$(json "$result" '{r["own"]["seed"] for r in d["runs"] if r["kind"] == "timed"}')" '{5}'
printf '#include <errno.h>\n#include <signal.h>\n#include <string.h>\nvoid *__libc_malloc(size_t);
void *malloc(size_t size) { return __libc_malloc(size); }
__attribute__((constructor)) static void end(void)
{ if (strcmp(program_invocation_short_name, "sh") == 0) raise(SIGSEGV); }\n' >"$tmp/no_shell.c"
"${CC:-cc}" -D_GNU_SOURCE -fPIC -fno-builtin -shared -o "$tmp/no_shell.so" "$tmp/no_shell.c" || exit 2
hb_is "a shell that the allocator crashes" 3 "${run[@]}" --runs 1 "$(plant no_shell)" --shell -- 'sleep 0.1; echo x'
has "is a row" "$out" '^no_shell .*crashed'
is "all others ran" "$(json "$result" '[r["status"] for r in d["runs"] if r["kind"] == "timed"].count("ok")')" 2
printf '#include <errno.h>\n#include <signal.h>\n#include <string.h>\nvoid *__libc_malloc(size_t);
void *malloc(size_t size) { return __libc_malloc(size); }
__attribute__((constructor)) static void end(void)
{ if (strstr(program_invocation_name, "hakbench-worker")) raise(SIGSEGV); }\n' >"$tmp/no_load.c"
"${CC:-cc}" -D_GNU_SOURCE -fPIC -fno-builtin -shared -o "$tmp/no_load.so" "$tmp/no_load.c" || exit 2
hb "${run[@]}" --runs 1 "$(plant no_load)" -- "$program"
has "a loading that fails is said to be one" "$err" '^hakbench: loading, no_load: crashed: '
has_not "and not the program's" "$err" 'program, no_load'
hb_is "a program too slow for its time-out" 3 "${run[@]}" --runs 1 --timeout 0.001 -- sleep 5
is "loading has one of its own" "$(json "$result" '{r["status"] for r in d["runs"] if r["kind"] == "loading"}')" "{'ok'}"
hb_is "a set-up that fails" 3 "${run[@]}" --runs 1 --setup 'echo no >&2; exit 7' -- "$program"
has "is said with its words" "$out" 'setup: .*no'

# Without root's rights, where the binary can be reached: a closed folder is gone before the next run.
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
if [[ $(id -u) -eq 0 ]] && "${nobody[@]}" test -x "$hakbench" 2>/dev/null; then
    mkdir -m 777 "$tmp/nobody" && chmod 755 "$tmp"
    TMPDIR=$tmp/nobody "${nobody[@]}" "$hakbench" exec --quiet --results "$tmp/nobody" --allocators system --runs 2 \
        -- sh -c 'mkdir d; touch d/x; chmod 555 d' >"$out" 2>"$err"
    is "a folder that a run closed does not end the session" $? 0
    is "and is removed" "$(find "$tmp/nobody" -name 'hakbench-*')" ""
else
    skip "a folder that a run closed" "needs root, and a binary that nobody may reach"
fi

# --- until it is decided -----------------------------------------------------------------------

# Under each allocator 100 and 200 in turns, so that nothing is ever decided; with "twice" a number each.
cat >"$tmp/turns.sh" <<'END'
count=$1/$(echo "$LD_PRELOAD" | tr -c 'a-z\n' _)
n=$(cat "$count" 2>/dev/null || echo 0)
echo $((n + 1)) >"$count"
case $2,$LD_PRELOAD in
turns,*) echo rate $((100 + 100 * (n % 2))) ;;
twice,*fat*) echo rate 200 ;;
*) echo rate 100 ;;
esac
sleep "${3:-0}"
END
turns() { # KIND [SECONDS]: the command
    mkdir -p "$tmp/counts"
    rm -f "$tmp"/counts/*
    more_of=(--metric 'rate=rate ([0-9.]+)' --weigh rate=1 --ignore-output "$(plant fat)" -- sh "$tmp/turns.sh" "$tmp/counts" "$@")
}
looks() { json "$result" 'd["blocks"], *[d["exec_summary"]["looks"][k] for k in ("at", "runs", "runs_most", "ended")]'; }
turns turns
hb_is "runs until it is decided" 0 "${run[@]}" --runs 6 --max-runs 12 "${more_of[@]}"
is "to the last look" "$(looks)" "(12, [6, 9, 12], 12, 12, 'runs')"
has "it says that it goes on, and how long" "$err" '1 verdict is open after 6 runs: going on to 9 \([0-9.]+.*\), and to 12 at most \([0-9.]+'
is "once a look" "$(grep -c 'going on' "$err")" 2
has "and what came of it" <(tr '\n' ' ' <"$out") 'After 12 runs of at most 12 1 verdict is open'
has "which looks there were" <(tr -s '\n ' ' ' <"$out") '12 runs at most, looked at after 6, 9, 12: over all looks'
is "blocks are whole" "$(json "$result" '[r["kind"] for r in d["runs"]].count("timed")')" 36
fits_schema "the result of several looks fits the schema" "$result"
cp "$out" "$tmp/looks.out"
hb_is "its file says the same" 0 report --format markdown "$result"
has "looks and all" <(tr '\n' ' ' <"$out") 'After 12 runs of at most 12 1 verdict is open'
turns twice
hb_is "runs until it is decided, which it is" 0 "${run[@]}" --runs 6 --max-runs 12 "${more_of[@]}"
is "at the first look" "$(looks)" "(6, [6], 6, 12, 'decided')"
has_not "it does not go on" "$err" 'going on'
has "it says so" <(tr '\n' ' ' <"$out") 'Decided after 6 runs of at most 12'
turns turns
hb_is "as many as there are at least" 0 "${run[@]}" --runs 6 --max-runs 6 "${more_of[@]}"
is "is one look" "$(json "$result" 'd["blocks"], "looks" in d["exec_summary"], "max_runs" in d["profile"]')" '(6, False, False)'
hb_is "its plan" 0 "${run[@]}" --runs 6 --max-runs 12 --dry-run "${more_of[@]}"
has "says how much more it may be" <(tr '\n' ' ' <"$out") 'goes on to 9 runs, and so on, looking 3 times, to 12 at most: 2.0 times as many'
turns turns
hb_is "what is open" 0 exec --results "$tmp/results" --allocators system --force --runs 6 "${more_of[@]}"
has "is said with what helps" "$err" '1 verdict is open after 6 runs: --max-runs 18 goes on while one is'

# Cut off in the added runs.
turns turns 0.1
"${started[@]}" exec --quiet --results "$tmp/added" --runs 6 --max-runs 9 --allocators system "${more_of[@]}" >"$tmp/added.out" 2>&1 &
pid=$!
added() { [[ $(cat "$tmp"/added/*.jsonl 2>/dev/null | grep -c '"block":7.*"kind":"timed"') -ge 1 ]]; }
check "it is in the added runs" wait_for 60 added
kill -INT $pid
wait $pid
is "cut off there" $? 130
journal=$(echo "$tmp"/added/*.jsonl)
hb_is "its journal is read" 0 report --format markdown "$journal"
has "with the looks that there were" <(tr -s '\n ' ' ' <"$out") '9 runs at most, looked at after 6: over'
hb_is "its number of runs is its file's" 2 exec --resume "$journal" --max-runs 20
hb_is "it goes on" 0 exec --quiet --resume "$journal"
find_one "$tmp/added" json
is "to the last look, each run once" \
    "$(json "$found" 'd["blocks"], d["exec_summary"]["looks"]["at"], [r["kind"] for r in d["runs"] if r["status"] == "ok"].count("timed"), d["partial"]')" \
    '(9, [6, 9], 27, False)'

# --- servers -----------------------------------------------------------------------------------

cat >"$tmp/server.py" <<'END'
import http.server, socketserver, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"here")
    def log_message(self, *words):
        pass
socketserver.TCPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
END
cat >"$tmp/client.py" <<'END'
import sys, urllib.request
for _ in range(20):
    body = urllib.request.urlopen("http://127.0.0.1:%s/" % sys.argv[1]).read()
print("served", 20.5, body.decode())
END
python=$(command -v python3)
hb_is "a server" 0 "${run[@]}" --runs 1 --server "$python $tmp/server.py {port}" --ready tcp:{port} \
    --client "$python $tmp/client.py {port}" --metric 'served=served ([0-9.]+)' --higher-is-better
has "memory after its load" "$out" '10 s after'
printed "a server"
is "the client's figure" "$(json "$result" '{r["own"]["served"] for r in d["runs"] if r["kind"] == "timed"}')" '{20.5}'
check_not "no server is left" pgrep -f "$tmp/server.py"
hb_is "a server that dies" 3 "${run[@]}" --runs 1 --server 'sh -c "echo gone >&2; exit 9"' --ready tcp:{port} \
    --client "$program"
has "is a result" "$out" 'the server: .*gone'

cat >"$tmp/falls.py" <<'END'
import os, signal, socket, sys
def told(*_):
    os.kill(os.getpid(), signal.SIGABRT)
if sys.argv[2] == "late":
    signal.signal(signal.SIGTERM, told)
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    taken = server.accept()[0]
    if taken.recv(1) and sys.argv[2] == "loaded":
        os.kill(os.getpid(), signal.SIGSEGV)
    taken.close()
END
cat >"$tmp/loads.py" <<'END'
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as server:
    server.sendall(b"x")
    sys.exit(0 if server.recv(1) == b"" and sys.argv[2] == "late" else "lost it")
END
for moment in loaded late; do
    hb_is "a server that crashes $moment" 3 "${run[@]}" --runs 1 --server "$python $tmp/falls.py {port} $moment" \
        --ready tcp:{port} --client "$python $tmp/loads.py {port} $moment"
    is "is a crash" "$(json "$result" '{r["status"] for r in d["runs"] if r["kind"] == "timed"}')" "{'crashed'}"
    has "of the server" "$out" 'the server: killed by SIG(SEGV|ABRT)'
done
has_not "its client did nothing wrong" "$out" 'the client'

# One that does not go: neither it nor what it started for good, with sessions of their own.
cat >"$tmp/stays.py" <<'END'
import os, signal, socket, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        time.sleep(600)
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    server.accept()[0].close()
END
stays=(exec --quiet --results "$tmp/stays" --runs 1 --allocators system --env "HB_LEFT=$tmp" --force --json "$result"
    --server "$python $tmp/stays.py {port}" --ready tcp:{port} --client 'sleep 0.3')
left() { grep -lasF "HB_LEFT=$tmp" /proc/[0-9]*/environ; }
is_up() { [[ -n $(left) ]]; } # grep fails where a process ends meanwhile
nobody_left() { ! is_up; }
hb_is "a server that ignores SIGTERM" 3 "${stays[@]}"
has "is one that hung" "$out" 'the server: .*SIGTERM'
check "and is gone, with all that it started" nobody_left
for signal in INT KILL INT KILL INT KILL; do
    "${started[@]}" "${stays[@]}" >"$out" 2>&1 &
    pid=$!
    check "it is started" wait_for 6 is_up
    nap "0.$((RANDOM % 10))"
    kill -$signal $pid
    wait $pid 2>/dev/null
    check "after SIG$signal nobody is left" wait_for 2 nobody_left
done

# --- suites ------------------------------------------------------------------------------------

sed -n '/^```json/,/^```/p' docs/exec.md | sed '1d;$d' >"$tmp/mine.json"
hb_is "the suite of the page" 0 "${run[@]}" --runs 1 --suite "$tmp/mine.json"
has "all its programs" "$out" '^All programs'
has "each of them" "$out" '^rate: Time'
printed "a suite"
python3 - "$tmp/mine.json" <<'END'
import json, sys
suite = json.load(open(sys.argv[1]))
suite["programs"].append({"name": "nowhere", "command": "no-such-program"})
json.dump(suite, open(sys.argv[1], "w"))
END
hb_is "a program that is not there" 0 "${run[@]}" --runs 1 --suite "$tmp/mine.json"
has "is skipped by name" "$out" 'nowhere was skipped: not installed: no-such-program'
cat >"$tmp/inputs.json" <<'END'
{"schema": "hakbench.profile/1", "kind": "exec", "programs": [
 {"name": "lacks", "command": "cat", "prepare": "true", "input": "{inputs}/never-made"},
 {"name": "reads", "command": "cat", "prepare": "echo here >made", "input": "{inputs}/made"}]}
END
hb_is "an input that prepare did not make" 3 "${run[@]}" --runs 1 --suite "$tmp/inputs.json"
has "is said of that program" "$err" 'lacks, system: refused: cannot open .*/never-made: No such file'
is "the other runs" "$(json "$result" '{r["status"] for r in d["runs"] if r["program"] == "reads"}')" "{'ok'}"
for suite in desktop compile server solver programs; do
    hb "${run[@]}" --suite "$suite" --dry-run
    check "$suite is read" test "$status" -eq 0 -o -n "$(grep 'not installed' "$err")"
done

# --- wrong usage -------------------------------------------------------------------------------

while IFS='|' read -r says words; do
    eval "set -- $words"
    hb_is "exec $words" 2 exec "$@"
    has "says so" "$err" "$says"
done <<'END'
which program\?|
go together|--client x
no COMMAND|--server s --ready tcp:1 --client c -- x
as one text|--shell -- a b
a profile of a workload|--suite mixed
a suite says itself|--suite compile -- x
stands behind its --metric|--higher-is-better -- x
expected NAME=REGEX|--metric x -- x
there is no group|--metric 'x=[0-9]' -- x
expected NAME=VALUE|--env LD_PRELOAD=x -- x
not installed|-- no-such-program
expected NAME=NUMBER|--weigh time -- sh
fewer than the 5 runs|--runs 5 --max-runs 4 -- sh
exclude each other|--max-runs 20 --sweep threads=1,2 -- sh -c 'exit {threads}'
weigh mem: expected time, cpu|--weigh mem=5,time=1 -- sh
nothing weighs more than 0|--weigh time=0 -- sh
ready "foo": expected tcp:PORT|--dry-run --server sh --client sh --ready foo
expected a port, 1 to 65535|--dry-run --server sh --client sh --ready tcp:99999
ready output:|--dry-run --server sh --client sh --ready 'output:('
is not there|--input /nowhere/x -- sh
END
hb_is "rebase of a suite" 2 rebase --profile compile
has "is sent on" "$err" 'hakbench exec --suite compile'

# --- interrupted -------------------------------------------------------------------------------

"${started[@]}" exec --quiet --results "$tmp/cut" --runs 20 --allocators system -- sleep 0.3 >"$tmp/cut.out" 2>"$tmp/cut.err" &
pid=$!
for ((i = 0; i < 600; i++)); do
    [[ $(cat "$tmp"/cut/*.jsonl 2>/dev/null | wc -l) -ge 4 ]] && break
    nap 0.1
done
kill -INT $pid
wait $pid
is "interrupted" $? 130
has "what is kept is said" "$tmp/cut.err" 'runs are kept; go on with: hakbench exec --resume'
journal=$(echo "$tmp"/cut/*.jsonl)
kept=$(grep -c '"record":"run"' "$journal")
hb_is "a journal is read" 0 report --format markdown "$journal"
hb_is "resume takes its plan from the file" 2 exec --resume "$journal" --runs 3
check "runs are kept" test "$kept" -ge 2

"${started[@]}" exec --quiet --results "$tmp/again" --runs 1 --allocators system "$(plant fat)" -- sleep 0.3 >"$out" 2>"$err" &
pid=$!
for ((i = 0; i < 600; i++)); do
    [[ $(cat "$tmp"/again/*.jsonl 2>/dev/null | wc -l) -ge 3 ]] && break
    nap 0.1
done
kill -INT $pid
wait $pid
hb_is "resume goes on" 0 exec --quiet --resume "$(echo "$tmp"/again/*.jsonl)"
has "with what is there" "$err" 'runs of .* are there already'
has_not "and asks for no CPU" "$err" 'no longer available'
find_one "$tmp/again" json
has "and says what so few cannot decide" "$err" '1 run cannot decide 1 comparison'
is "to its end" "$(json "$found" 'len(d["runs"])')" 8

# --- paused ------------------------------------------------------------------------------------

runs_there() { [[ $(cat "$tmp"/paused/*.jsonl 2>/dev/null | grep -c '"record":"run"') -ge $1 ]]; }
"${started[@]}" exec --quiet --results "$tmp/paused" --runs 1 --timeout 3 --allocators system -- sleep 2 >"$out" 2>"$err" &
pid=$!
until grep -q '"paused' "$tmp"/paused/*.jsonl 2>/dev/null || ! kill -0 $pid 2>/dev/null; do # a counted run has no time
    had=$(cat "$tmp"/paused/*.jsonl 2>/dev/null | grep -c '"record":"run"')
    until keeper=$(pgrep -P $pid exec-keeper) && command=$(pgrep -P "$keeper" -x sleep) || ! kill -0 $pid 2>/dev/null; do
        nap 0.02
    done
    # shellcheck disable=SC2086 # a pid each
    kill -STOP $pid $keeper $command 2>/dev/null
    nap 3
    # shellcheck disable=SC2086
    kill -CONT $pid $keeper $command 2>/dev/null
    wait_for 60 eval "runs_there $((had + 1)) || ! kill -0 $pid"
done
wait $pid
is "paused: exit status" $? 0
find_one "$tmp/paused" json
json_true "paused: that run is left out and says why" "$found" \
    'any(r["status"] == "invalid" and r["reason"].startswith("paused: nothing ran for") for r in d["runs"])'
json_true "paused: it is no hang, and made again" "$found" \
    'all(any(r["status"] == "ok" and (r["kind"], r["allocator"]) == (q["kind"], q["allocator"]) for r in d["runs"])
         and q["status"] in ("ok", "invalid") for q in d["runs"])'

# --- killed ------------------------------------------------------------------------------------

mkdir "$tmp/places"
folders() { find "$tmp/places" -maxdepth 1 -name 'hakbench-exec-*' | wc -l; }
killed=()
for end in KILL none; do
    TMPDIR=$tmp/places "${started[@]}" exec --quiet --results "$tmp/killed-$end" --runs 20 --allocators system -- sleep 0.3 >"$out" 2>&1 &
    killed+=($!)
    for ((i = 0; i < 600; i++)); do
        [[ $(cat "$tmp/killed-$end"/*.jsonl 2>/dev/null | wc -l) -ge 2 ]] && break
        nap 0.1
    done
    [[ $end != KILL ]] || { kill -KILL "${killed[0]}"; wait "${killed[0]}" 2>/dev/null; }
done
is "the folder of a killed session is gone with the next" "$(folders)" 1
TMPDIR=$tmp/places hb_is "a session beside another" 0 "${run[@]}" --runs 1 -- true
is "leaves that its folder" "$(folders)" 1
{ kill -KILL "${killed[1]}" && wait "${killed[1]}"; } 2>/dev/null

# A file system without locks: the session goes on, and says what that means.
if cc -o "$tmp/deny" tests/fault/deny.c -lseccomp 2>/dev/null && mkdir "$tmp/unlocked"; then
    TMPDIR=$tmp/unlocked "$tmp/deny" flock -- "$hakbench" "${run[@]}" --runs 1 -- true >"$out" 2>"$err"
    is "without locks: exit status" $? 0
    has "without locks: it is said" "$err" 'unlocked/hakbench-exec-.* cannot be locked .*: it stays if this session is killed'
    is "without locks: nothing is left" "$(ls -A "$tmp/unlocked")" ""
else
    skip "a file system without locks" "no libseccomp here"
fi

# What is a user's stays, whatever it is called: also in what a killed session left.
dead=$(echo "$tmp"/places/hakbench-exec-??????)
users=("$tmp/places/hakbench-exec-results" "$tmp/places/hakbench-exec-aB3dE6" "$tmp/places/hakbench-exec-work" "$dead")
for folder in "${users[@]}"; do
    mkdir -p "$folder/deep/down" && echo kept >"$folder/deep/down/file"
done
ln -s "$tmp/places/hakbench-exec-work" "$tmp/places/hakbench-exec-linked"
TMPDIR=$tmp/places hb_is "results in a folder that is called like a session's" 0 exec --quiet --allocators system \
    --force --runs 1 --results "$tmp/places/hakbench-exec-results" -- true
find_one "$tmp/places/hakbench-exec-results" json
check "are kept" test -s "$found"
is "with every file of a user's" "$(find "$tmp/places" -path '*/deep/down/file' | wc -l)" 4
is "and nothing of a dead session's" "$(find "$dead" -mindepth 1 -maxdepth 1)" "$dead/deep"
finish
