#!/usr/bin/env bash
# tests/programs/run.sh: passes on a sound allocator, and tells of each planted fault by name: an
# allocator that fails or lies, a program it does not reach, one that crashes, stays, or says other
# things each time. With programs that building hakmem needs anyway.
# Prints "N passed, N failed".
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
here=$PWD
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work/tmp PART=8 BUILD=${BUILD:-build}
[[ $BUILD == /* ]] || BUILD=$here/$BUILD
library=$BUILD/libhakmem.so
export BUILD=$work/build # the logs of these runs are of no use to anybody
mkdir -p "$TMPDIR" "$BUILD" "$work/cases"
passed=0 failed=0

ok() { passed=$((passed + 1)); }
bad() { # name detail...
    failed=$((failed + 1))
    printf 'FAIL %s\n' "$1"
    printf '%s\n' "${@:2}" | head -n 30 | sed 's/^/    /'
}

# check NAME STATUS PATTERN ARGUMENT...: run.sh ends with STATUS, prints PATTERN, leaves nothing
# and in $out is what it printed
check() {
    local name=$1 wanted=$2 pattern=$3 status
    shift 3
    out=$(tests/programs/run.sh "$@" 2>&1)
    status=$?
    if [[ $status -ne $wanted ]]; then
        bad "$name: exit $status, not $wanted" "$out"
    elif ! grep -qE -- "$pattern" <<<"$out"; then
        bad "$name: does not say $pattern" "$out"
    elif [[ -n $(ls -A "$TMPDIR") ]]; then
        bad "$name: leaves its folder" "$(ls "$TMPDIR")"
        rm -rf "${TMPDIR:?}"/*
    else
        ok
    fi
}
says() { # name pattern: the last one printed it
    if grep -qE -- "$2" <<<"$out"; then ok; else bad "$1: does not say $2" "$out"; fi
}
broken() { # name fault
    "${CC:-gcc}" -std=gnu11 -O1 -w -fno-builtin -shared -fPIC -DFAULT="$2" -DAFTER=200 \
        -o "$work/$1.so" tests/programs/broken.c || exit 2
}
planted() { # name: the case on standard input
    cat >"$work/cases/$1.sh"
}

echo "--- our cases"
check "hakmem runs them" 0 '^3 passed, 0 failed, 0 skipped$' \
    --only bash,jq,make --allocators "hakmem=$library"
check "no case passes on what is broken" 0 '^3 passed, 0 failed, 0 skipped$' --only bash,jq,make --self-test
broken nulls 1
broken dirty 2
broken loses 3
broken absent 4
check "NULL" 1 '^bash +DIFFERS' --only bash --allocators "nulls=$work/nulls.so"
says "NULL, and how it ended" 'nulls: exit 2; line 1: "bash: xmalloc: cannot allocate'
check "calloc's memory is not zero" 1 '^jq +DIFFERS' --only jq --allocators "dirty=$work/dirty.so"
check "realloc loses the contents" 1 '^make +DIFFERS' --only make --allocators "loses=$work/loses.so"

echo "--- planted cases"
export CASES=$work/cases
echo 'int main(void) { return 0; }' >"$work/hello.c"
"${CC:-gcc}" -static -o "$work/hello" "$work/hello.c" || exit 2
planted static <<END
# a program without a loader
needs=($work/hello)
seen=(hello)
run() { with $work/hello; }
END
planted unreached <<'END'
# a program that is not run by "with"
needs=(cat)
run() { echo a | cat; }
END
planted missing <<'END'
# a program that is nowhere
needs=(cat no-such-program)
run() { with no-such-program; }
END
planted stays <<'END'
# a process that outlives the case
needs=(sleep)
run() { start sleep 60; sleep 0.2; }
END
planted varies <<'END'
# other words each time
needs=(cat)
run() { date +%N | with cat; }
END
planted tidied <<'END'
# other words each time, and they are taken out
needs=(cat)
run() { date +%N | with cat; }
tidy() { sed 's/[0-9]*/N/'; }
END
planted crashes <<'END'
# ends by a signal where malloc is not the C library's
needs=(bash)
run() { with bash -c '[[ $LD_PRELOAD == */libc.so* ]] || kill -SEGV $$'; }
END
planted unprepared <<'END'
# what it needs cannot be made
needs=(cat)
prepare() { echo "no way"; false; }
run() { with cat; }
END
planted serves <<'END'
# a server that does not come up
needs=(sleep)
run() { start sleep 0.1; await false; }
END
on=(--allocators "hakmem=$library" --only)
check "each that is wrong fails" 1 '^1 passed, 7 failed, 1 skipped$' \
    "${on[@]}" static,unreached,missing,stays,varies,tidied,crashes,unprepared,serves
says "a static program" 'hello was not seen to run on the library'
says "a program the library does not reach" 'cat was not seen to run'
says "a process that stays" '1 processes had to be killed'
says "no two runs alike" 'hakmem: line 1: "[0-9]+", not "[0-9]+"'
says "tidied" '^tidied +same'
says "a crash" 'hakmem: exit 139 \(SEGV\)'
says "no inputs" 'no way'
says "no server" 'FAILED on the C library.s malloc: exit 1'
check "a program that is missing" 1 'skipped: not installed: no-such-program' "${on[@]}" missing
check "it is counted, by name" 0 '^skipped: missing$' "${on[@]}" 'missing,tidied'
check "there is no malloc in it" 1 'absent: malloc of cat came from .*libc' \
    --only tidied --allocators "absent=$work/absent.so"
check "rounds" 0 '^ratio to the best' "${on[@]}" tidied --rounds 2 --csv "$work/runs.csv"
rounds=$(cut -d, -f1-3 "$work/runs.csv" | paste -sd' ')
if [[ $rounds == "program,round,allocator tidied,1,hakmem tidied,1,system tidied,2,system tidied,2,hakmem" ]]; then
    ok
else
    bad "the lines of --csv, in turns" "$rounds"
fi
check "an option that is none" 2 'unknown option --round' --round 2
check "no number" 2 'wants a number' --rounds 0
check "no such case" 2 'no case is called nowhere' --only nowhere
check "no such allocator" 2 'no allocator is called hokmem' --allocators hokmem
check "no such library" 2 'the library of x is not there' --allocators x=nowhere.so

echo "--- interrupted"
long=61.$$ # no other process sleeps that long
planted long <<END
# a server that runs for long
needs=(sleep)
run() { start sleep $long; wait "\$server"; }
END
tests/programs/run.sh "${on[@]}" long >/dev/null 2>&1 &
runner=$!
for ((tries = 0; tries < 2000; tries++)); do
    pgrep -fx "sleep $long" >/dev/null && break
    sleep 0.05
done
kill -TERM "$runner"
wait "$runner"
status=$?
if [[ $status -eq 130 && $tries -lt 2000 && -z $(ls -A "$TMPDIR") ]] && ! pgrep -fx "sleep $long" >/dev/null; then
    ok
else
    bad "it stops what it started and clears up" "exit $status" "$(ls "$TMPDIR")"
fi

echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
