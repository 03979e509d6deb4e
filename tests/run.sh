#!/usr/bin/env bash
# Runs every test and closes with "N passed, N failed". Makefile target: test.
#   T=name     only tests whose name contains it
#   WRAP=cmd   put before each unit test ("gdb --args", "valgrind -q")
#   BUILD=dir  where the build is        HAKBENCH=path  the program under test
set -u
cd "$(dirname "$0")/.." || exit 2
export BUILD=${BUILD:-build}
export HAKBENCH=${HAKBENCH:-$PWD/hakbench}
logs=$BUILD/tests/logs
passed=0 failed=0 skipped=0 failures=() reported_at=0
mkdir -p "$logs"

wanted() { [[ -z ${T:-} || $1 == *"$T"* ]]; }

# Adds a log's "N passed, N failed[, N skipped]" to the totals; a test without that line failed.
add_counts() { # name log status
    local line p f s=0
    line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$2" | tail -n 1)
    if [[ -z $line ]]; then
        p=0 f=1
    else
        p=${line%% passed*} f=${line#*, } f=${f%% failed*}
        [[ $line == *skipped ]] && s=${line##*, } && s=${s%% skipped*}
        [[ $3 -ne 0 && $f -eq 0 ]] && f=1
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    report "$1" "$p" "$f" "$s" "$2"
}

# Where the suite's time goes is seen in every run of it.
report() { # name passed failed skipped log
    local seconds=$((SECONDS - reported_at)) word=ok rest=''
    reported_at=$SECONDS
    if [[ $3 -ne 0 ]]; then
        word=FAIL rest=", $3 failed"
        failures+=("$5")
    fi
    [[ $4 -eq 0 ]] || rest+=", $4 skipped"
    printf '  %-4s  %-30s %4d s %5d%s\n' "$word" "$1" "$seconds" "$2" "$rest"
}

# cmocka writes its counts in its own words.
run_unit() {
    local name log status p f
    name=$(basename "$1") log=$logs/$name.log
    # shellcheck disable=SC2086
    ${WRAP:-} "$1" >"$log" 2>&1
    status=$?
    p=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
    f=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
    p=${p:-0} f=${f:-0}
    [[ $f -eq 0 && ($status -ne 0 || $p -eq 0) ]] && f=1
    passed=$((passed + p)) failed=$((failed + f))
    report "$name" "$p" "$f" 0 "$log"
}

run_script() { # name command...
    local name=$1 log=$logs/$1.log
    shift
    "$@" >"$log" 2>&1
    add_counts "$name" "$log" $?
}

# A check passes or fails as a whole.
run_check() { # name command...
    local name=$1 log=$logs/$1.log
    shift
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        report "$name" 1 0 0 "$log"
    else
        failed=$((failed + 1))
        report "$name" 0 1 0 "$log"
    fi
}

echo "checks"
wanted floors && run_check floors scripts/check-floors.sh
wanted headers && run_check headers scripts/check-headers.sh
wanted names && run_check names scripts/check-names.sh "$BUILD"
wanted asm && run_check asm scripts/asm-count.sh "$BUILD/libhakmem.so"
echo "unit tests"
for test in "$BUILD"/tests/unit/test_*; do
    [[ -x $test && ! -d $test ]] && wanted "$(basename "$test")" && run_unit "$test"
done
echo "fuzz corpora"
for replay in "$BUILD"/tests/replay/fuzz_*; do
    name=$(basename "$replay")
    [[ -x $replay ]] && wanted "$name" && run_check "$name" "$replay" tests/fuzz/corpus/"${name#fuzz_}"/*
done
echo "command line and fault injection"
for test in tests/cli/*_test.sh tests/fault/*_test.sh tests/soak/*_test.sh; do
    [[ -e $test ]] && wanted "$(basename "$test" .sh)" &&
        run_script "$(basename "$test" .sh)" bash "$test"
done
echo "malloc's promises, on hakmem"
wanted alloc && [[ -e tests/alloc/run.sh ]] &&
    run_script alloc env -u T bash tests/alloc/run.sh "$BUILD/libhakmem.so"
wanted alloc-debug &&
    run_script alloc-debug env -u T bash tests/alloc/run.sh "$BUILD/debug/libhakmem.so"
wanted steps && run_script steps tests/alloc/steps.sh "$BUILD/debug/libhakmem.so"
wanted walk && run_script walk bash tests/alloc/walk.sh "$BUILD/libhakmem.so" 60

for log in "${failures[@]}"; do
    printf '\n--- %s\n' "$log"
    tail -n 40 "$log"
done
echo
[[ $skipped -gt 0 ]] && echo "skipped: $skipped"
echo "$passed passed, $failed failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
