#!/usr/bin/env bash
# Runs every test and closes with "N passed, N failed". Makefile target: test.
#   T=name     only tests whose name contains it
#   KIND=unit  only unit tests, but for those that simulate for long (test_*_power). Target: unit
#   ALLOC_STRESS=5  so many times the usual rounds in tests/alloc; a part of them: 0.5 (its run.sh)
#   WALK_S=60  seconds of the random walk beside that of tests/alloc (3)
#   ROUNDS=20, KILLS=n  as many moments at which sessions are cut off (fault/, soak/: their heads)
#   WRAP=cmd   put before each unit test ("gdb --args", "valgrind -q")
#   JOBS=n     how many at once (two more than there are CPUs: together they wait half of their time)
#   BUILD=dir  where the build is        HAKBENCH=path  the program under test
set -u
cd "$(dirname "$0")/.." || exit 2
export BUILD=${BUILD:-build}
export HAKBENCH=${HAKBENCH:-$PWD/hakbench}
jobs=${JOBS:-$(($(nproc) + 2))}
logs=$BUILD/tests/logs
passed=0 failed=0 skipped=0 failures=()
declare -A commands=() kinds=() running=()
order=()
mkdir -p "$logs"

# What takes longest starts first, so that nothing long is left alone at the end.
slow=(exec_test fleet_test ci_test alloc alloc-debug interruption_test engine_test allocator_faults_test loops_test check_test
    soak_fault_test soak_kill_test kill_test machine_test rebase_test soak_test)

# add NAME KIND COMMAND...: a test, if it is wanted. Kinds: unit (cmocka counts), script (its last line
# counts), check (passes or fails as a whole).
add() {
    [[ -z ${T:-} || $1 == *"$T"* ]] || return 0
    [[ -z ${KIND:-} || ($2 == "$KIND" && $1 != *_power) ]] || return 0
    kinds[$1]=$2
    commands[$1]=$(printf '%q ' "${@:3}")
    order+=("$1")
}

add_all() {
    local path name
    add floors check scripts/check-floors.sh
    add headers check scripts/check-headers.sh
    add names check scripts/check-names.sh "$BUILD"
    add unused check scripts/check-unused.sh "$BUILD"
    add asm check scripts/asm-count.sh "$BUILD/libhakmem.so"
    # By their sources: one that was not built fails, and one that is gone is not run.
    for path in tests/unit/test_*.c; do
        name=$(basename "$path" .c)
        # shellcheck disable=SC2086
        add "$name" unit ${WRAP:-} "$BUILD/tests/unit/$name"
    done
    for path in tests/fuzz/fuzz_*.c; do
        name=$(basename "$path" .c)
        add "$name" check "$BUILD/tests/replay/$name" tests/fuzz/corpus/"${name#fuzz_}"/*
    done
    for path in tests/cli/*_test.sh tests/fault/*_test.sh tests/soak/*_test.sh; do
        add "$(basename "$path" .sh)" script bash "$path"
    done
    add alloc script env -u T -u JOBS bash tests/alloc/run.sh "$BUILD/libhakmem.so"
    add alloc-debug script env -u T -u JOBS bash tests/alloc/run.sh "$BUILD/debug/libhakmem.so"
    add steps script tests/alloc/steps.sh "$BUILD/debug/libhakmem.so"
    add walk script bash tests/alloc/walk.sh "$BUILD/libhakmem.so" "${WALK_S:-3}"
}

slow_first() {
    local name
    local -a sorted=()
    for name in "${slow[@]}"; do
        [[ -z ${kinds[$name]:-} ]] || sorted+=("$name")
    done
    for name in "${order[@]}"; do
        [[ " ${slow[*]} " == *" $name "* ]] || sorted+=("$name")
    done
    order=("${sorted[@]}")
}

# Sets p, f and s from what a test printed; a test that does not say how many passed has failed.
count() { # kind log status
    local line
    p=0 f=0 s=0
    case $1 in
    check) f=$(($3 != 0)) p=$(($3 == 0)) ;;
    unit)
        p=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$2" | tail -n 1)
        f=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test.*/\1/p' "$2" | tail -n 1)
        p=${p:-0} f=${f:-0}
        ;;
    script)
        line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$2" | tail -n 1)
        p=${line%% passed*} f=${line#*, } f=${f%% failed*}
        p=${p:-0} f=${f:-0}
        [[ $line == *skipped ]] && s=${line##*, } && s=${s%% skipped*}
        ;;
    esac
    [[ $f -eq 0 && ($3 -ne 0 || $((p + s)) -eq 0) ]] && f=1
}

# Where the suite's time goes is seen in every run of it: seconds of the clock, and of CPU.
report() { # name status
    local p f s word=ok rest='' wall cpu
    read -r wall cpu <"$logs/$1.time"
    count "${kinds[$1]}" "$logs/$1.log" "$2"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    if [[ $f -ne 0 ]]; then
        word=FAIL rest=", $f failed"
        failures+=("$logs/$1.log")
    fi
    [[ $s -eq 0 ]] || rest+=", $s skipped"
    printf '  %-4s  %-30s %4.0f s %4.0f s CPU %5d%s\n' "$word" "$1" "$wall" "$cpu" "$p" "$rest"
}

# Signals are as at a terminal: what runs in the background of a script would ignore Ctrl-C.
start() { # name
    local TIMEFORMAT='%R %U %S'
    {
        { time eval "env --default-signal ${commands[$1]}" >"$logs/$1.log" 2>&1; } 2>"$logs/$1.time"
        status=$?
        awk '{ print $1, $2 + $3 }' "$logs/$1.time" >"$logs/$1.time.new"
        mv "$logs/$1.time.new" "$logs/$1.time"
        exit $status
    } &
    running[$!]=$1
}

finish_one() {
    local pid status
    wait -n -p pid
    status=$?
    report "${running[$pid]}" "$status"
    unset "running[$pid]"
}

add_all
slow_first
for test in "${order[@]}"; do
    [[ ${#running[@]} -lt $jobs ]] || finish_one
    start "$test"
done
while [[ ${#running[@]} -gt 0 ]]; do
    finish_one
done

for log in "${failures[@]}"; do
    printf '\n--- %s\n' "$log"
    tail -n 40 "$log"
done
echo
[[ $skipped -gt 0 ]] && echo "skipped: $skipped"
echo "$passed passed, $failed failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
