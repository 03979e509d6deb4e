# Shared by the end-to-end tests: sourced, not run. Counts checks, keeps a temporary folder, and
# runs the program under test.
#   HAKBENCH=path  the program (default ./hakbench)     BUILD=dir  the build (default build)
# A script ends with `finish`, which prints "N passed, N failed[, N skipped]".
# shellcheck shell=bash disable=SC2034 # what is set here is used by those who source it
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
build=$(realpath "${BUILD:-build}")
hakbench=$(realpath "${HAKBENCH:-./hakbench}")
broken=$build/tests/fault/plugins
for needed in "$hakbench" "$build/hakbench-worker" "$broken/crash_run.so"; do
    [[ -e $needed ]] || { echo "$needed is not built"; echo "0 passed, 1 failed"; exit 1; }
done
tmp=$(mktemp -d) || exit 2
# The build under a path of this test's own, so that its workers can be told from others'.
mkdir "$tmp/lib"
ln -s "$build"/{hakbench-worker,hakbench-clock.so,allocators,workloads,check,libhakmem.so,libhbtrace.so} "$tmp/lib/"
export HAKBENCH_LIBDIR=$tmp/lib
worker=$tmp/lib/hakbench-worker
passed=0 failed=0 skipped=0
small=(--set operations=200k --runs 6 --quiet)
tiny=(--set operations=100k --runs 1 --quiet) # where no figure matters
# A version manager's python3 looks for the real one at every call, half a second long: once is enough.
PATH=$(python3 -c 'import os, sys; print(os.path.dirname(sys.executable))'):$PATH
export LC_ALL=C
export COLUMNS=500 # every column is there; who tests that sets it
export HAKBENCH_SHARE_MACHINE=1 # tests run beside each other; who tests that unsets it
unset NO_COLOR HAKBENCH_LOG

cleanup() {
    local pid
    for pid in $(jobs -p) "$warm_python"; do kill -9 "$pid" 2>/dev/null; done
    while kill -0 "$warm_python" 2>/dev/null; do nap 0.01; done # its seconds are the test's
    at_end
    rm -rf "$tmp"
}
at_end() { :; } # a script may redefine it
trap cleanup EXIT

# Python is started once; what looks like a start of it is a fork. Standard input is not the script's.
warm=$tmp/python
mkdir "$warm"
mkfifo "$warm"/{turn,request,answer} "$tmp/never"
command python3 tests/cli/warm_python.py "$warm" </dev/null &
warm_python=$!
disown # for nobody to wait for it
# ask_python WORDS...: what a python3 of these words says is in $said and $told; its status is returned.
ask_python() {
    local kind=file answer
    [[ $1 != -B ]] || shift
    case $1 in
    -c) kind=$2 && shift 2 && set -- -c "$@" ;;
    -m) kind=module && shift ;;
    -) IFS= read -rd '' kind ;;
    -*) kind= ;;
    esac
    if [[ -z $kind ]] || ! kill -0 "$warm_python" 2>/dev/null; then
        said=$(command python3 "$@" 2>"$tmp/told")
        answer=$?
        IFS= read -rd '' told <"$tmp/told"
        return "$answer"
    fi
    read -rn 1 _ <"$warm/turn"
    printf '%s\0' "$PWD" "$kind" "$@" >"$warm/request"
    read -r answer <"$warm/answer"
    IFS= read -rd '' said <"$warm/out"
    IFS= read -rd '' told <"$warm/err"
    printf . >"$warm/turn"
    return "$answer"
}
python3() { # as ever: FILE, -c SCRIPT, -m MODULE or -, and arguments
    local said told answer
    ask_python "$@"
    answer=$?
    printf %s "$said"
    printf %s "$told" >&2
    return "$answer"
}

ok() { passed=$((passed + 1)); }
bad() { # name detail...
    failed=$((failed + 1))
    printf 'FAIL %s\n' "$1"
    [[ $# -lt 2 ]] || printf '%s\n' "${@:2}" | head -n 25 | cut -c 1-300 | sed 's/^/    /'
}
skip() { # name why
    skipped=$((skipped + 1))
    printf 'skip %s: %s\n' "$1" "$2"
}
# check NAME COMMAND...: the command succeeds
check() {
    local name=$1 said
    shift
    if [[ $1 == test ]] && "$@" 2>/dev/null; then # needs no process
        ok
    elif said=$("$@" 2>&1); then
        ok
    else
        bad "$name: $*" "$said"
    fi
}
# check_not NAME COMMAND...: the command fails
check_not() {
    local name=$1 said
    shift
    if said=$("$@" 2>&1); then bad "$name: succeeded: $*" "$said"; else ok; fi
}
is() { # name value expected
    if [[ $2 == "$3" ]]; then ok; else bad "$1: is \"$2\", not \"$3\""; fi
}
# has NAME FILE PATTERN: a line of the file matches the extended pattern
has() { if is_seen "$2" "$3" || grep -aqE -- "$3" "$2"; then ok; else bad "$1 (wanted $3)" "$(cat "$2")"; fi; }
has_not() { if grep -aqE -- "$3" "$2"; then bad "$1 (not wanted $3)" "$(cat "$2")"; else ok; fi; }
# Whether it is seen without a process, which costs more than all the lines of a message. What is not may
# be there all the same: in a long file, or in one that is no text.
is_seen() { # file pattern
    local line lines
    [[ $2 != *$'\n'* && -f $1 ]] && mapfile -tn 100 lines <"$1" || return
    for line in "${lines[@]}"; do
        [[ ${#line} -lt 2000 && $line =~ $2 ]] && return
    done
    return 1
}
is_empty() { if [[ -s $2 ]]; then bad "$1: not empty" "$(cat "$2")"; else ok; fi; }

# A script's background jobs have SIGINT ignored, and hakbench leaves it so: who is to be interrupted
# is started by "${started[@]}" ARGUMENTS... &
started=(env --default-signal "$hakbench")

# hb ARGUMENTS...: runs the program; its status is in $status, its words in $out and $err.
out=$tmp/out err=$tmp/err status=0
hb() {
    "$hakbench" "$@" >"$out" 2>"$err"
    status=$?
}
# hb_is NAME STATUS ARGUMENTS...: runs the program, which must end with STATUS
hb_is() {
    local name=$1 wanted=$2
    shift 2
    hb "$@"
    if [[ $status -eq $wanted ]]; then
        ok
    else
        bad "$name: exit status $status, not $wanted: hakbench $*" "$(cat "$err" "$out")"
    fi
}

# one FOLDER EXTENSION: the path of the one session's file there; nothing when there are none or more.
one() { find_one "$@" && printf '%s\n' "$found"; }
find_one() { # the same, as $found
    local files
    files=("$1"/20*."$2")
    found=
    [[ ${#files[@]} -eq 1 && -e ${files[0]} ]] && found=${files[0]}
}
count_files() { find "$1" -mindepth 1 ! -name .lock 2>/dev/null | wc -l; }

# json FILE EXPRESSION: prints a Python expression over the session d and its jobs
json() {
    python3 - "$1" "$2" <<<"$eval_session"
}
eval_session='
import json, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
jobs = d.get("jobs", [])
timed = [j for j in jobs if j["kind"] == "timed"]
counted = [j for j in jobs if j["kind"] == "counted"]
value = eval(f"({sys.argv[2]})")
print(value if not isinstance(value, bool) else str(value).lower())
'
# json_is NAME FILE EXPRESSION EXPECTED
json_is() {
    json_value "$2" "$3"
    is "$1: $3" "$value" "$4"
}
json_value() { # FILE EXPRESSION: as json, but it is $value
    local said told
    ask_python - "$1" "$2" <<<"$eval_session"
    value=${said%$'\n'}${told%$'\n'}
}
json_true() { json_is "$1" "$2" "$3" true; }

# Waiting. What hangs does so for ever, and a busy machine takes its time: ten times as long is waited.
wait_for() { # seconds command...: until the command succeeds
    local end=$((SECONDS + 10 * $1)) pause_ms=20 pause
    shift
    until "$@" 2>/dev/null; do
        [[ $SECONDS -ge $end ]] && return 1
        printf -v pause '0.%03d' "$pause_ms"
        nap "$pause"
        pause_ms=$((pause_ms < 80 ? pause_ms * 5 / 4 : 100)) # whoever looks costs time as well
    done
}
nap() { read -rt "$1" _ <>"$tmp/never" || true; } # a sleep that starts no process
no_worker() { [[ $(workers_left) -eq 0 ]]; }
jobs_there() { # a journal, or the folder that it is in; at_least
    local journals=("$1") line lines count=0
    [[ ! -d $1 ]] || journals=("$1"/20*.jsonl)
    [[ ${#journals[@]} -eq 1 && -e ${journals[0]} ]] && mapfile -t lines <"${journals[0]}" || return
    for line in "${lines[@]}"; do
        [[ $line != *'"record":"job"'* ]] || count=$((count + 1))
    done
    [[ $count -ge $2 ]]
}

# Every job of the plan is there exactly once, and nothing is there that is not of the plan.
# jobs_once NAME FILE: kinds x blocks x allocators, invalid attempts left out
jobs_once() {
    json_true "$1: every job exactly once" "$2" 'sorted(
        (j["kind"], j["block"], j["allocator"]) for j in jobs if j["status"] != "invalid")
        == sorted([("timed", b, a["label"]) for b in range(d["blocks"]) for a in d["allocators"]]
        + [("counted", 0, a["label"]) for a in d["allocators"] if a["role"] != "twin"])'
}

# How many workers there are that measure.
workers_left() { pgrep -fc -- "$worker .*--workload" 2>/dev/null; }

# Sets schema_python; empty when no Python has jsonschema.
find_schema_python() {
    local python
    schema_python=
    for python in python3 /usr/bin/python3; do
        "$python" -W ignore -c 'import jsonschema' 2>/dev/null && schema_python=$python && return
    done
}

fits_schema() { # name file: a result, where a Python has jsonschema
    find_schema_python
    if [[ $schema_python ]]; then
        check "$1" valid docs/result.schema.json "$2"
    else
        skip "$1" "no Python has jsonschema"
    fi
}

# valid SCHEMA FILE...: the files fit the schema
valid() {
    "$schema_python" -W ignore - "$@" <<'PY'
import json, sys
import jsonschema
schema, *documents = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:])
kind = jsonschema.validators.validator_for(schema)
kind.check_schema(schema)
for path, document in zip(sys.argv[2:], documents):
    for problem in kind(schema).iter_errors(document):
        sys.exit(f"{path}: {'/'.join(map(str, problem.path))}: {problem.message[:300]}")
PY
}

finish() {
    if [[ $skipped -gt 0 ]]; then
        echo "$passed passed, $failed failed, $skipped skipped"
    else
        echo "$passed passed, $failed failed"
    fi
    [[ $failed -eq 0 ]]
}
