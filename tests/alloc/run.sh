#!/usr/bin/env bash
# Malloc's promises, held against any allocator by LD_PRELOAD: builds every program of this folder,
# runs each, prints a table sorted by case number, and closes with "N passed, N failed, N skipped".
# A program that crashes or hangs is a FAIL with the reason; the others go on. 1: something failed.
# Beside each stand its seconds, of the clock and of CPU.
#   run.sh [LIBRARY.so]            one allocator; none or "-": the C library's
#   run.sh --table LIBRARY.so...   a column each, the reasons below
#   run.sh --build-all             builds only
#   run.sh --promises              builds those that have a group, and lists them: promises.json
#   BUILD=dir  where to build      T=words  only programs whose name contains one, or of that case
#   RUNNER=    words before each program: an emulator, "qemu-aarch64 -L /usr/aarch64-linux-gnu", with
#              -E for variables; what it cannot run is skipped. CC, CXX  compilers, as ever
#   JOBS=2     how many at once (1 without: some look at the memory of the whole machine)
#   ALLOC_STRESS=5  so many times the usual rounds, for those that have rounds; 0.5: half of them,
#              of sizes too. The usual is what finds the fault each is for; a long run by hand finds
#              the rare ones. On the debug build 0.25 is usual: what counts there are its equations
#              on rare paths, and the other build bounds memory
#   SHIM=64    under lib/pages.so: memory calls behave as on a kernel with pages of 64 KiB
#
# What the head of a program says (its first comment):
#   Case N: PROMISE    its case and promise, in one line; "Also: PROMISE" where there is no case
#   Group: NAME        the promise is everybody's, not hakmem's alone: `hakbench check` asks it, in
#                      this group. sizes, align, cxx, misuse, threads, limits, memory or loader
#   Means: TEXT        what it means for a user where that promise is not kept
#   Repeat: N, REASON  `hakbench check` runs it so often, until it fails: it may find a fault or not
#                      (it grants twice the limit, and asks once more what is not kept)
#   Mode: hardened     the promise is that of hakmem's hardened mode: run with HAKMEM_HARDEN=1
#   Limit: N s         seconds until it counts as hung (60 without): five times as many are granted, as
#                      a machine may be busy, an emulator is slow, and a hang is for ever
#   Linked: yes        linked with the allocator, not preloaded
#   Needs: NAME        linked with lib/NAME, which so starts before it
#   Emulated: no, REASON   not under RUNNER
#   Debug: no, REASON  not on the debug build (debug/libhakmem.so)
#   Emulated: with WORDS   under RUNNER with these arguments: less of it
#   glibc: no, REASON  glibc does not keep the promise
# Read next: promise.h.
set -u
export LC_ALL=C
from=$PWD
cd "$(dirname "$0")" || exit 2
here=$PWD
root=$(cd ../.. && pwd)
build=${BUILD:-build}
[[ $build == /* ]] || build=$root/$build
out=$build/tests/alloc
logs=$out/logs
passed=0 failed=0 skipped=0
mkdir -p "$logs" "$out/lib" || exit 2

warn=(-Wall -Wextra -Werror -Wno-unused-result -Wno-free-nonheap-object)
# What only one of the compilers knows, both accept as an unknown "no".
warn+=(-Wno-alloc-size-larger-than -Wno-use-after-free -Wno-unknown-warning-option)
# A malloc whose result is not used may be left out, unless it is a function like any other.
plain=(-O1 -g -D_GNU_SOURCE -pthread -fno-builtin -ffile-prefix-map="$here/=")

compile() { # source output option...
    local source=$1 output=$2
    shift 2
    if [[ $source == *.cc ]]; then
        "${CXX:-g++}" -std=c++17 -fsized-deallocation "${plain[@]}" "${warn[@]}" \
            -Wno-sized-deallocation -o "$output" "$source" "$@"
    else
        "${CC:-gcc}" -std=gnu11 "${plain[@]}" "${warn[@]}" -o "$output" "$source" "$@" -ldl
    fi
}

# Sets head[NAME] for each "NAME: TEXT" in the first comment of a source; "Case" for "Case N", with
# head[number]: 999 without. Nothing is started for it: there are some hundred programs.
read_head() { # source
    local line lines
    head=([number]=999)
    mapfile -t -n 16 lines <"$1"
    for line in "${lines[@]}"; do
        if [[ $line =~ ^(//|/\*|\ \*)\ *([A-Za-z]+)(\ ([0-9]+))?:\ *(.*[^\ */])[\ */]*$ &&
            -z ${head[${BASH_REMATCH[2]}]:-} ]]; then
            head[${BASH_REMATCH[2]}]=${BASH_REMATCH[5]}
            [[ ${BASH_REMATCH[2]} != Case ]] || head[number]=${BASH_REMATCH[4]}
        fi
        [[ $line != *'*/'* ]] || break
    done
}
declare -A head

# Sets program.
program_of() { # source
    program=${1##*/} program=$out/${program%.*}
    [[ $1 != */lib/* ]] || program=$out/lib/${program##*/}.so
}

# Whether it is newer than its source, the headers and this script.
is_built() { # source
    local program header
    program_of "$1"
    for header in "$1" "$here"/run.sh "$here"/*.h; do
        [[ $program -nt $header ]] || return 1
    done
}

build_one() { # source
    local source=$1 program
    program_of "$source"
    rm -f "$program"
    if [[ $source == */lib/* ]]; then
        # shellcheck disable=SC2016 # the loader expands it
        compile "$source" "$program" -shared -fPIC '-Wl,--enable-new-dtags,-rpath,$ORIGIN'
        return
    fi
    read_head "$source"
    # shellcheck disable=SC2016 # the loader expands it: the library lies beside, also when installed
    compile "$source" "$program" ${head[Needs]:+"-L$out/lib" -Wl,--no-as-needed "-l:${head[Needs]}.so"
        '-Wl,-rpath,$ORIGIN/lib'}
}

# What an emulator of user programs answers for itself, or not at all: its own memory and limits
# instead of the program's, no filters, no ptrace, no exec of what only it can run.
declare -A emulator_lacks=(
    ['RLIMIT_\|max_map_count']='limits are those of the emulator'
    ['limit_to_use_and']='limits are those of the emulator'
    ['memory_kib\|status_kib\|mapping_count\|smaps']='memory figures are those of the emulator'
    ['refuse.*\.h"']='no filters'
    ['busy\.h"']='a fork of many threads loses locks of the emulator itself'
    ['PTRACE_']='no ptrace'
    ['/syscall"']='system calls are those of the emulator'
    ['execl\|execv\|posix_spawn\|popen\|system(']='nothing can be exec'"'"'ed'
)

# Sets reason: why a program, whose head was read, is not run under RUNNER; nothing: it is.
not_emulated() { # source
    local word
    reason=
    [[ -n ${RUNNER:-} ]] || return 0
    reason=${head[Emulated]:-}
    [[ $reason != with* ]] || reason=
    reason=${reason#no, }
    for word in "${!emulator_lacks[@]}"; do
        [[ -n $reason ]] || ! grep -q "$word" "$1" || reason=${emulator_lacks[$word]}
    done
}

is_wanted() { # case name
    local word
    for word in ${T:-}; do
        [[ $1 == "$word" || (! $word =~ ^[0-9]+$ && $2 == *"$word"*) ]] && return
    done
    [[ -z ${T:-} ]]
}

# One line a program: case (999: none), name, source.
list_tests() {
    local source name
    for source in "$here"/*.c "$here"/*.cc; do
        name=${source##*/} name=${name%.*}
        read_head "$source"
        [[ -n ${head[Case]:-}${head[Also]:-} ]] ||
            echo "alloc: $source does not start with \"Case N:\" or \"Also:\"" >&2
        is_wanted "${head[number]}" "$name" || continue
        [[ $mode != promises || -n ${head[Group]:-} ]] || continue
        printf '%s %s %s\n' "${head[number]}" "$name" "$source"
    done | sort -k 1n -k 2
}

name_of() { # library
    local name=${1##*/}
    [[ $1 == - ]] && name=libglibc
    name=${name#lib}
    name=${name%%.so*}
    name=${name%_proxy}
    name=${name%_minimal}
    [[ $1 != */debug/* ]] || name+=-debug # whose logs and linked programs are its own
    echo "$name"
}

# Sets result, reason and seconds.
run_one() { # name source library
    local name=$1 source=$2 library=$3 limit status log variable wall user system preload='' program=$out/$1
    local -a set_up=(env) runner=() words=()
    local TIMEFORMAT='%R %U %S'
    seconds='     -      -'
    read_head "$source"
    limit=${head[Limit]:-60}
    limit=$((${limit%% *} * 5))
    log=$logs/$name.$(name_of "$library").log
    not_emulated "$source"
    if [[ -z $reason && $library == */debug/* ]]; then
        reason=${head[Debug]:-}
        reason=${reason#no, }
    fi
    if [[ -n $reason ]]; then
        result=skip
        return
    fi
    [[ $library != */debug/* ]] || set_up+=("ALLOC_STRESS=${ALLOC_STRESS:-0.25}")
    if [[ ! -x $program ]]; then
        result=FAIL reason="does not compile"
        return
    fi
    [[ ${head[Mode]:-} == hardened ]] && set_up+=(HAKMEM_HARDEN=1)
    if [[ $library != - && -n ${head[Linked]:-} ]]; then
        program=$program.$(name_of "$library")
        compile "$source" "$program" -Wl,--no-as-needed "$library" \
            "-Wl,-rpath,$(dirname "$library")" >"$log" 2>&1
    elif [[ $library != - ]]; then
        preload=$library
    fi
    [[ -z ${SHIM:-} ]] || preload=$out/lib/pages.so${preload:+:$preload}
    [[ -z $preload ]] || set_up+=("LD_PRELOAD=$preload")
    if [[ -n ${RUNNER:-} ]]; then # variables for the program, not for what runs it
        read -ra runner <<<"$RUNNER"
        for variable in "${set_up[@]:1}"; do
            runner+=(-E "$variable")
        done
        set_up=("${runner[@]}" -E "RUN_AGAIN=${runner[*]} $program")
        read -ra words <<<"${head[Emulated]:-}"
        words=("${words[@]:1}")
    fi
    { time { timeout -k 5 "$limit" "${set_up[@]}" "$program" "${words[@]}" >"$log" 2>&1 </dev/null; } 2>/dev/null; } 2>"$log.time"
    status=$?
    read -r wall user system <"$log.time"
    printf -v seconds '%6.1f %6.1f' "$wall" $((10#${user/./} + 10#${system/./}))e-3
    case $status in
    0) result=ok ;;
    77) result=skip reason=$(tail -n 1 "$log") ;;
    124 | 137) result=FAIL reason="not done after $limit s" ;;
    *)
        result=FAIL reason=$(grep -av -e '^seed' -e '^$' "$log" | tail -n 1 | cut -c 1-160)
        [[ $status -gt 128 ]] && reason="killed by SIG$(kill -l $((status - 128)))${reason:+: $reason}"
        ;;
    esac
    [[ $result == FAIL && $library == - && ${head[glibc]:-} == no* ]] &&
        reason+=" (its head says so)"
    reason=${reason#skipped: }
    reason=${reason#"$here/"}
}

count() { # result
    case $1 in
    ok) passed=$((passed + 1)) ;;
    skip) skipped=$((skipped + 1)) ;;
    *) failed=$((failed + 1)) ;;
    esac
}

# Sets row_case and row_promise.
describe() { # source
    read_head "$1"
    row_case=${head[number]}
    [[ $row_case -ne 999 ]] || row_case=-
    row_promise=${head[Case]:-${head[Also]:-}}
    row_promise=${row_promise%.}
    [[ ${head[Mode]:-} != hardened ]] || row_promise+=" [hardened]"
}

# Several at once, each in a process of its own, which leaves its result in a file.
run_together() { # library
    rm -f "$logs"/*.result
    awk '{ print $2, $3 }' <<<"$tests" |
        xargs -P "$JOBS" -L 1 "$here/run.sh" --one "$1"
}

run_single() { # library
    local name source
    printf '%4s  %-4s %6s %6s  %s\n' case '' s 'CPU s' "promise, on $(name_of "$1")"
    [[ ${JOBS:-1} -eq 1 ]] || run_together "$1"
    while read -r _ name source; do
        describe "$source"
        if [[ ${JOBS:-1} -gt 1 ]]; then
            { IFS= read -r seconds && read -r result && read -r reason; } <"$logs/$name.result" || true
        else
            run_one "$name" "$source" "$1"
        fi
        count "$result"
        printf '%4s  %-4s %s  %s\n' "$row_case" "$result" "$seconds" "$row_promise"
        [[ -z $reason ]] || printf '%26s%s: %s\n' '' "$name" "$reason"
    done <<<"$tests"
}

run_table() { # library...
    local name source library line
    local -a reasons=()
    local -A good=() bad=()
    line=$(printf '%4s  %-100s' case promise)
    for library; do
        line+=$(printf '  %-9s' "$(name_of "$library")")
    done
    printf '%s\n' "${line%"${line##*[! ]}"}"
    while read -r _ name source; do
        describe "$source"
        line=$(printf '%4s  %-100s' "$row_case" "$row_promise")
        for library; do
            run_one "$name" "$source" "$library"
            count "$result"
            [[ $result == ok ]] && good[$library]=$((${good[$library]:-0} + 1))
            [[ $result == FAIL ]] && bad[$library]=$((${bad[$library]:-0} + 1))
            line+=$(printf '  %-9s' "$result")
            [[ -z $reason ]] ||
                reasons+=("$(printf '  %-10s %4s  %s: %s' "$(name_of "$library")" "$row_case" "$name" "$reason")")
        done
        printf '%s\n' "${line%"${line##*[! ]}"}"
    done <<<"$tests"
    line=$(printf '%4s  %-100s' '' 'kept, broken')
    for library; do
        line+=$(printf '  %-9s' "${good[$library]:-0}, ${bad[$library]:-0}")
    done
    printf '%s\n' "${line%"${line##*[! ]}"}"
    [[ ${#reasons[@]} -eq 0 ]] || printf '%s\n' '' 'why not:' "${reasons[@]}"
    echo
}

# What `hakbench check` can ask: as it is in heads, for src/result/promise_list.h.
list_promises() {
    local name source limit runs parted=''
    quoted() { local text=${1//\\/\\\\}; printf '"%s"' "${text//\"/\\\"}"; }
    printf '{\n"schema": "hakbench.promises/1",\n"promises": ['
    while read -r _ name source; do
        describe "$source"
        [[ -x $out/$name ]] || return 1
        limit=${head[Limit]:-60} runs=${head[Repeat]:-1}
        limit=${limit%% *}
        [[ -n ${head[Means]:-} ]] || { echo "alloc: $source has a group and no \"Means:\"" >&2; return 1; }
        printf '%s\n{"name": "%s", "group": "%s", "limit_s": %d, "runs": %d, "runs_reason": %s,' \
            "$parted" "$name" "${head[Group]}" $((limit * 2)) "${runs%%,*}" \
            "$([[ $runs == *,* ]] && quoted "${runs#*, }" || echo null)"
        printf '\n "promise": %s,\n "means": %s}' "$(quoted "$row_promise")" "$(quoted "${head[Means]}")"
        parted=,
    done <<<"$tests"
    printf '\n]\n}\n'
}

if [[ ${1:-} == --build ]]; then # how the script calls itself, several at once
    build_one "$2"
    exit
fi
if [[ ${1:-} == --one ]]; then # and how it runs several at once
    run_one "$3" "$4" "$2"
    printf '%s\n%s\n%s\n' "$seconds" "$result" "$reason" >"$logs/$3.result"
    exit
fi
mode=single
[[ ${1:-} == --table ]] && mode=table && shift
[[ ${1:-} == --build-all ]] && mode=build && shift
[[ ${1:-} == --promises ]] && mode=promises && shift
[[ $# -gt 0 ]] || set -- -
[[ $mode == table || $# -eq 1 ]] || { echo "usage: run.sh [LIBRARY.so] | --table LIBRARY.so..."; exit 2; }
libraries=()
for library; do
    [[ -n $library ]] || library=-
    if [[ $library != - ]]; then
        [[ $library == /* ]] || library=$(cd "$from" && realpath "$library")
        [[ -r $library ]] || { echo "alloc: $library is not there: build first"; exit 2; }
        # The loader goes on without what it cannot preload, and glibc would pass for it.
        if [[ -z ${RUNNER:-} ]] && LD_PRELOAD=$library /bin/true 2>&1 | grep .; then
            echo "alloc: $library cannot be preloaded"
            exit 2
        fi
    fi
    libraries+=("$library")
done

tests=$(list_tests)
[[ -n $tests ]] || { echo "alloc: no test of that name"; exit 2; }
# What is not built: for programs that are linked with them, the libraries before the programs.
build_all() {
    local source
    while read -r source; do
        is_built "$source" || echo "$source"
    done | xargs -r -P "$(nproc)" -I '{}' "$here/run.sh" --build '{}'
}
exec {lock}>"$out/.lock" # two of this script may run beside each other
flock "$lock"
printf '%s\n' "$here"/lib/*.c "$here"/lib/*.cc | build_all
while read -r _ _ source; do
    read_head "$source"
    not_emulated "$source"
    [[ -n $reason ]] || echo "$source"
done <<<"$tests" | build_all
exec {lock}>&-
[[ $mode != build ]] || exit 0
if [[ $mode == promises ]]; then
    list_promises >"$out/promises.json"
    exit
fi

if [[ $mode == table ]]; then
    run_table "${libraries[@]}"
else
    run_single "${libraries[0]}"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
