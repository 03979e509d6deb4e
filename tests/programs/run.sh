#!/usr/bin/env bash
# Runs real programs on an allocator, preloaded, and holds what each one says and its exit status
# against the same on the C library's malloc. A case is one file of cases/ (stage.sh tells how it
# is made). Prints a table, closes with "N passed, N failed, N skipped"; 1 on failure.
#   run.sh [OPTION]...
#   --allocators LIST  hakmem (default), mimalloc, jemalloc, tcmalloc, system, NAME=LIBRARY.so
#   --rounds N         N runs of each (default 1), allocators in turns; medians
#   --only LIST        these cases alone (names or patterns)
#   --csv FILE         every run as a line
#   --list             the cases, and what each needs
#   --self-test        every case on allocators that are broken: it passes if it notices
#   BUILD=dir  where libhakmem.so is, and where logs go      CASES=dir  other cases than ours
#   PART=8     an eighth of the rounds, in cases that have such: to test this script
set -u
export LC_ALL=C
from=$PWD
cd "$(dirname "$0")" || exit 2
here=$PWD
cases_dir=$(cd "$from" && realpath "${CASES:-$here/cases}") || exit 2
build=${BUILD:-build}
[[ $build == /* ]] || build=$(cd ../.. && pwd)/$build
out=$build/tests/programs
logs=$out/logs
seconds=300 # for one run of one program
# The system's programs come before local ones of the same name. Debian keeps PostgreSQL's apart.
search=/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin
for folder in /usr/lib/postgresql/*/bin; do
    [[ -d $folder ]] && search+=:$folder
done

give_up() {
    echo "programs: $*" >&2
    exit 2
}

# --- what to run ---------------------------------------------------------------------------------

wanted=hakmem rounds=1 only='' csv='' list=no selftest=no
while [[ $# -gt 0 ]]; do
    case $1 in
    --allocators | --rounds | --only | --csv)
        [[ -n ${2:-} ]] || give_up "$1 wants a value"
        ;;&
    --allocators) wanted=$2 && shift ;;
    --rounds) rounds=$2 && shift ;;
    --only) only=$2 && shift ;;
    --csv) csv=$(cd "$from" && realpath -m "$2") && shift ;;
    --list) list=yes ;;
    --self-test) selftest=yes ;;
    *) give_up "unknown option $1; the head of run.sh lists them" ;;
    esac
    shift
done
[[ $rounds =~ ^[1-9][0-9]{0,2}$ ]] || give_up "--rounds wants a number from 1 to 999, not $rounds"

chosen() { # name
    local pattern patterns
    [[ -z $only ]] && return 0
    IFS=, read -ra patterns <<<"$only"
    for pattern in "${patterns[@]}"; do
        # shellcheck disable=SC2053 # it is a pattern
        [[ $1 == $pattern ]] && return 0
    done
    return 1
}
cases=()
for file in "$cases_dir"/*.sh; do
    name=$(basename "$file" .sh)
    chosen "$name" && cases+=("$name")
done
[[ ${#cases[@]} -gt 0 ]] || give_up "no case is called $only"

# The commands a case needs, and the names that must be seen to run on the allocator.
words_of() { # case array
    # shellcheck disable=SC2016 # for the other shell
    bash -c 'needs=() seen=(); source "$1"; [[ $2 == seen && ${#seen[@]} -gt 0 ]] || seen=("${needs[@]}")
        declare -n words=$2; printf "%s\n" "${words[@]}"' - "$cases_dir/$1.sh" "$2"
}
missing_of() { # case
    local command
    for command in $(words_of "$1" needs); do
        PATH=$search type -P "$command" >/dev/null || printf ' %s' "$command"
    done
}
if [[ $list == yes ]]; then
    for name in "${cases[@]}"; do
        printf '%-20s %s (%s)\n' "$name" "$(sed -n '1s/^# //p' "$cases_dir/$name.sh")" \
            "$(words_of "$name" needs | paste -sd' ')"
    done
    exit 0
fi

# --- a place to work, and its end ----------------------------------------------------------------

mkdir -p "$logs" && work=$(mktemp -d) && work=$(realpath "$work") || exit 2
chmod 755 "$work" # servers that are other users read it too
running=''
finish() {
    [[ -n $running ]] && kill "$running" 2>/dev/null && wait "$running" 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# Where the build is, others may not read: the product is a copy of what is there.
compile() { # source product option...
    local source=$1 product=$2 kept=$out/${2##*/}
    shift 2
    if [[ ! $kept -nt $source || ! $kept -nt $here/run.sh ]]; then
        "${CC:-gcc}" -std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -fno-builtin "$@" \
            -o "$kept.$$" "$source" -ldl || give_up "$source does not compile"
        mv "$kept.$$" "$kept" || exit 2
    fi
    cp "$kept" "$product" || exit 2
}
compile measure.c "$work/measure"
compile witness.c "$work/witness.so" -shared -fPIC

# --- allocators: a name and a copy of the library each -------------------------------------------

find_library() { # soname...
    local soname path
    for soname; do
        path=$(ldconfig -p 2>/dev/null || /sbin/ldconfig -p)
        path=$(awk -v soname="$soname" '$1 == soname { print $NF; exit }' <<<"$path")
        [[ -n $path ]] && echo "$path" && return 0
    done
    return 1
}
path_of() { # allocator
    case $1 in
    *=*) (cd "$from" && realpath -e "${1#*=}" 2>/dev/null) ;;
    hakmem) realpath -e "$build/libhakmem.so" 2>/dev/null ;;
    mimalloc) find_library libmimalloc.so.3 libmimalloc.so.2 libmimalloc.so ;;
    jemalloc) find_library libjemalloc.so.2 ;;
    tcmalloc) find_library libtcmalloc_minimal.so.4 ;;
    *) give_up "no allocator is called $1; NAME=LIBRARY.so is any" ;;
    esac
}
allocators=() # the first is the one in question, the C library's malloc is always one of them
add_allocator() { # name or name=library
    local name=${1%%=*} path
    [[ $name =~ ^[A-Za-z0-9_.-]+$ ]] || give_up "$name is no name for an allocator"
    [[ " ${allocators[*]} " != *" $name "* ]] || give_up "$name is there twice"
    if [[ $1 != system ]]; then
        path=$(path_of "$1") || give_up "the library of $name is not there: build or install it first"
        mkdir -p "$work/lib/$name" && cp "$path" "$work/lib/$name/" || exit 2
        chmod -R a+rX "$work/lib"
    fi
    allocators+=("$name")
}
if [[ $selftest == yes ]]; then
    compile broken.c "$work/nulls.so" -shared -fPIC -DFAULT=1 -DAFTER=32
    compile broken.c "$work/absent.so" -shared -fPIC -DFAULT=4
    wanted=nulls=$work/nulls.so,absent=$work/absent.so rounds=1
fi
for name in ${wanted//,/ }; do
    add_allocator "$name"
done
[[ " ${allocators[*]} " == *" system "* ]] || allocators+=(system)

# What is preloaded, and so where malloc must come from. The C library is preloaded too: a program
# linked with another malloc (redis-server: jemalloc) has the C library's then.
libc=$(ldd "$work/measure" | awk '$1 ~ /^libc\.so/ { print $3 }')
[[ -e $libc ]] || give_up "cannot find the C library"
library_of() { # allocator
    if [[ $1 == system ]]; then echo "$libc"; else echo "$work/lib/$1"/*; fi
}

# --- one run -------------------------------------------------------------------------------------

# Runs a step of a case with nothing of our environment. report is the measurement's file.
stage() { # case step allocator folder report
    local preload
    preload=$work/witness.so:$(library_of "$3")
    : >"$work/witness" && chmod 666 "$work/witness"
    mkdir -p "$4/.home" "$4/.tmp" && chmod 1777 "$4/.tmp" || exit 2
    (cd "$4" && exec env -i PATH="$search" HOME="$4/.home" TMPDIR="$4/.tmp" LC_ALL=C TZ=UTC0 \
        PART="${PART:-1}" inputs="$work/inputs" preload="$preload" HB_WITNESS="$work/witness" \
        "$work/measure" "$5" "$seconds" bash "$here/stage.sh" "$cases_dir/$1.sh" "$2") \
        </dev/null >"$work/said" 2>&1 &
    running=$!
    wait "$running"
    local status=$?
    running=''
    [[ $status -eq 0 ]]
}

describe_status() { # status
    if [[ $1 -eq 124 ]]; then
        echo "no end after $seconds s"
    elif [[ $1 -gt 128 ]] && kill -l "$1" >/dev/null 2>&1; then
        echo "exit $1 ($(kill -l "$1"))"
    else
        echo "exit $1"
    fi
}

# Where the malloc of the programs that must be seen really came from; says what is wrong with it.
wrong_mallocs() { # case allocator
    awk -v library="$(library_of "$2")" -v names="$(words_of "$1" seen | paste -sd' ')" '
        BEGIN { count = split(names, name, " ") }
        {
            ours = $1 == library
            if (!ours && !told++) printf "malloc of %s came from %s", $2, $1
            if (ours) seen[$2] = 1
        }
        END {
            for (i = 1; i <= count && !told; i++)
                if (!(name[i] in seen) && !told++)
                    printf "%s was not seen to run on the library", name[i]
        }' "$work/witness"
}

first_difference() { # ours theirs
    diff --text "$1" "$2" | awk '
        /^</ && !ours { ours = substr($0, 3); have_ours = 1 }
        /^>/ && !theirs { theirs = substr($0, 3); have_theirs = 1 }
        /^[0-9]/ { if (line) exit; line = $0; sub(/[^0-9].*/, "", line); line += line == 0 }
        END {
            printf "line %s: %s, not %s", line,
                have_ours ? "\"" substr(ours, 1, 60) "\"" : "nothing",
                have_theirs ? "\"" substr(theirs, 1, 60) "\"" : "nothing"
        }' | tr -c '[:print:]' '?'
}

# Runs a case on an allocator; `verdict` is "same" or says how it differs. cpu, peak, wall are set.
run_once() { # case allocator reference?
    local said=$logs/$1.$2.txt theirs=$logs/$1.reference.txt status=2 left=0 wrong how=()
    cpu=0 peak=0 wall=0
    rm -rf "$work/run" && mkdir "$work/run" || exit 2
    stage "$1" run "$2" "$work/run" "$work/report" && read -r status cpu peak wall left <"$work/report"
    bash "$here/stage.sh" "$cases_dir/$1.sh" tidy <"$work/said" >"$said" 2>/dev/null
    wrong=$(wrong_mallocs "$1" "$2")
    [[ $3 == yes ]] && cp "$said" "$theirs"
    [[ $status -eq 0 ]] || how+=("$(describe_status "$status")")
    [[ $left -eq 0 ]] || how+=("$left processes had to be killed")
    [[ -z $wrong ]] || how+=("$wrong")
    cmp -s "$said" "$theirs" || how+=("$(first_difference "$said" "$theirs")")
    verdict=same
    [[ ${#how[@]} -eq 0 ]] || verdict=$(printf '; %s' "${how[@]}") && verdict=${verdict#; }
    [[ $verdict == same && $3 == no ]] && rm -f "$said"
    rm -rf "$work/run"
}

# --- the table -----------------------------------------------------------------------------------

: >"$work/runs" # tab-separated: case round allocator cpu_s peak_kib wall_s verdict

head_line() {
    local name
    printf '%-20s %-8s' "" ""
    printf '%*s%*s\n' $((10 * ${#allocators[@]})) "CPU seconds" $((10 * ${#allocators[@]})) "peak MiB"
    printf '%-20s %-8s' program vs_glibc
    for name in "${allocators[@]}" "${allocators[@]}"; do printf '%10s' "$name"; done
    echo
}

# A case's line, or with TOTAL the closing ones, of all runs so far.
table() { # case or TOTAL
    awk -F '\t' -v wanted="$1" -v names="${allocators[*]}" '
        function median(key, count,   i, j, t, v) {
            for (i = 1; i <= count; i++) v[i] = value[key, i]
            for (i = 2; i <= count; i++)
                for (j = i; j > 1 && v[j] < v[j - 1]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
            return (v[int((count + 1) / 2)] + v[int(count / 2) + 1]) / 2
        }
        function row(title, status, figures, form,   i) {
            printf "%-20s %-8s", title, status
            for (i = 1; i <= 2 * count; i++) printf form, figures[i]
            print ""
        }
        BEGIN { count = split(names, name, " ") }
        {
            n = ++runs[$1, $3]
            value[$1, $3, "cpu", n] = $4 + 0
            value[$1, $3, "peak", n] = $5 / 1024
            if ($7 != "same") differs[$1] = 1
            cases[$1] = 1
        }
        END {
            for (c in cases) {
                if (wanted != "TOTAL" && c != wanted) continue
                for (i = 1; i <= count; i++) {
                    one[i] = median(c SUBSEP name[i] SUBSEP "cpu", runs[c, name[i]])
                    one[count + i] = median(c SUBSEP name[i] SUBSEP "peak", runs[c, name[i]])
                }
                if (c == wanted) row(c, differs[c] ? "DIFFERS" : "same", one, "%10.2f")
                if (differs[c]) continue
                compared++
                for (i = 1; i <= 2 * count; i++) total[i] += one[i]
            }
            if (wanted != "TOTAL" || !compared) exit
            row("total of " compared, "", total, "%10.2f")
            for (half = 0; half <= count && count > 1; half += count) {
                best = 2
                for (i = 2; i <= count; i++) if (total[half + i] < total[half + best]) best = i
                for (i = 1; i <= count; i++)
                    ratio[half + i] = total[half + best] > 0 ? total[half + i] / total[half + best] : 0
                rival[half] = name[best]
            }
            if (count < 2) exit
            row("ratio to the best", "", ratio, "%10.3f")
            printf "best of the others: %s for CPU time, %s for memory\n", rival[0], rival[count]
        }' "$work/runs"
}

# --- all of it -----------------------------------------------------------------------------------

passed=0 failed=0 skipped=() complaints=0
finish_case() { # case: counts it and prints its line, with what is wrong below
    if [[ $selftest == yes ]]; then
        if awk -F '\t' -v name="$1" '
            $1 == name && ($3 == "system") != ($7 == "same") { wrong = 1 } END { exit wrong }' "$work/runs"; then
            passed=$((passed + 1)) && printf '  ok    %s\n' "$1"
        else
            failed=$((failed + 1)) && printf '  FAIL  %s\n' "$1"
        fi
    else
        table "$1"
        if [[ $complaints -eq 0 ]]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    fi
    awk -F '\t' -v name="$1" '$1 == name && $7 != "same" && !seen[$3, $7]++ {
        printf "    %s: %s\n", $3, $7
    }' "$work/runs"
}

run_case() { # case
    local round i allocator count=${#allocators[@]}
    complaints=0
    rm -rf "$work/inputs" && mkdir "$work/inputs" || exit 2
    if ! stage "$1" prepare system "$work/inputs" "$work/report" ||
        [[ $(cut -d' ' -f1 "$work/report") -ne 0 ]]; then
        failed=$((failed + 1))
        printf '%-20s %s\n' "$1" "FAILED to prepare:" && tail -n 3 "$work/said" | sed 's/^/    /'
        return
    fi
    run_once "$1" system yes # the reference, which also warms the files up
    if [[ $verdict != same ]]; then
        failed=$((failed + 1))
        printf '%-20s %s\n' "$1" "FAILED on the C library's malloc: $verdict"
        tail -n 3 "$logs/$1.reference.txt" | sed 's/^/    /'
        return
    fi
    for ((round = 1; round <= rounds; round++)); do
        for ((i = 0; i < count; i++)); do
            allocator=${allocators[(i + round - 1) % count]}
            [[ -t 2 ]] && printf '%s, round %d, %s\033[K\r' "$1" "$round" "$allocator" >&2
            run_once "$1" "$allocator" no
            [[ $verdict == same ]] || complaints=$((complaints + 1))
            printf '%s\t%d\t%s\t%s\t%s\t%s\t%s\n' "$1" "$round" "$allocator" "$cpu" "$peak" "$wall" \
                "$verdict" >>"$work/runs"
        done
    done
    finish_case "$1"
}

[[ $selftest == yes ]] || head_line
for name in "${cases[@]}"; do
    missing=$(missing_of "$name")
    if [[ -n $missing ]]; then
        skipped+=("$name")
        printf '%-20s skipped: not installed:%s\n' "$name" "$missing"
        continue
    fi
    run_case "$name"
done
[[ $selftest == yes ]] || table TOTAL
if [[ -n $csv ]]; then
    awk -F '\t' 'BEGIN { OFS = ","; print "program,round,allocator,cpu_s,peak_kib,wall_s,status" }
        { gsub(/"/, "\"\"", $7); $7 = "\"" $7 "\""; print $1, $2, $3, $4, $5, $6, $7 }' \
        "$work/runs" >"$csv" || give_up "cannot write $csv"
fi
[[ ${#skipped[@]} -eq 0 ]] || echo "skipped: ${skipped[*]}"
echo "$passed passed, $failed failed, ${#skipped[@]} skipped"
[[ $failed -eq 0 && $passed -gt 0 ]]
