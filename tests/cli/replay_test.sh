#!/usr/bin/env bash
# A trace replayed: by the books of an allocator that keeps them (recorder.c) every call comes, once a
# pass; on one thread and in the recorded order the most bytes that are live at a time are the
# recording's; a block dies on the thread that it died on. No trace makes a run hang. And `trace synth`.
# Traces are made by make_trace.c, which says what must come out.
# Prints "N passed, N failed[, N skipped]".
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
export GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384
out=$tmp/out err=$tmp/err
flags=(-std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -Iallocators -Iworkloads)
"${CC:-cc}" "${flags[@]}" -fPIC -shared -fvisibility=hidden -Itests/fault/plugins -pthread \
    -o "$tmp/recorder.so" tests/cli/recorder.c || exit 2
"${CC:-cc}" "${flags[@]}" -pthread -o "$tmp/epochs_driver" tests/soak/epochs_driver.c -ldl || exit 2
for helper in make_trace score_of; do
    "${CC:-cc}" "${flags[@]}" -Isrc -o "$tmp/$helper" "tests/cli/$helper.c" -L"$build/tests" -lrooms \
        -Wl,-z,now -Wl,-rpath,"$build/tests" || exit 2
done
read -ra cpus < <(taskset -pc $$ | sed 's/.*: //; s/[,-]/ /g') # the first is enough
one_cpu=(taskset -c "${cpus[0]}")

# record NAME KEY=NUMBER...: a trace and its score; what the makers of both say is in $made and $head
record() {
    local name=$1
    shift
    made=$("$tmp/make_trace" "$tmp/$name.hbt" "$@") || bad "make_trace $*" "$made"
    head=$("$tmp/score_of" "$tmp/$name.hbt" "$tmp/$name.score") || bad "score_of $name" "$head"
}
of() { sed -nE "s/^(.* )?$2=([0-9]+).*/\2/p" <<<"$1"; } # TEXT KEY
book() { sed -nE "s/^$1 .*\\b$2=([0-9]+).*/\\1/p" "$out"; } # STAGE KEY
allocator=$tmp/recorder.so prefix=() limit=120
# play NAME SCORE SETTING...: the worker by hand
play() {
    local name=$1 score=$2
    shift 2
    timeout -k 1 "$limit" "${prefix[@]}" "$worker" --allocator "$allocator" \
        --workload "$build/workloads/replay.so" trace=9 "$@" >"$out" 2>&1 9<"$tmp/$score.score"
    status=$?
    if [[ $status -eq 0 ]]; then ok; else bad "$name: exit status $status: $*" "$(cat "$out")"; fi
}

echo "--- every call once a pass, and every block on its thread"
for threads in 1 2 64; do
    record "t$threads" threads=$threads events=6400 live=300 seed=$threads
    is "$threads threads: peak, decoded" "$(of "$head" bytes)" "$(of "$made" peak)"
    is "$threads threads: at a time" "$(of "$head" together)" "$threads"
    calls=$(of "$made" calls) events=$(of "$head" events)
    is "$threads threads: events are calls and ends" "$events" $((calls + threads - 1))
    for lanes in 1 2 64; do
        for words in "" "${one_cpu[*]}"; do
            read -ra prefix <<<"$words"
            [[ -z $words || $lanes -ne 64 ]] || continue
            name="$threads threads on $lanes${words:+, $words}"
            # whole passes, whatever the lanes: what is left then is nothing
            play "$name" "t$threads" threads=$lanes warmup=0 operations=$((events * lanes))
            is "$name: calls" "$(book ended calls)" $(((calls - $(of "$made" nulls)) * lanes))
            is "$name: nothing is left" "$(book "done" live)" 0
            is "$name: no wrong free" "$(book ended wrong)" 0
            remote=$(of "$made" remote)
            [[ $lanes -gt 1 ]] || remote=0
            is "$name: frees by other threads" "$(book ended remote)" $((remote * lanes))
            [[ $lanes -gt 1 ]] || is "$name: the peak, to the byte" "$(book ended peak_bytes)" \
                "$(of "$made" peak)"
        done
    done
done
prefix=()

echo "--- threads that end and are followed by others"
record churn threads=6 events=6000 churn=50 seed=5
is "churn: threads" "$(of "$made" threads)" 126
is "churn: at a time" "$(of "$head" together)" 6
events=$(of "$head" events)
for lanes in 2 4; do
    play "churn on $lanes" churn threads=$lanes warmup=0 operations=$((events * lanes))
    is "churn on $lanes: frees by other threads" "$(book ended remote)" $(($(of "$made" remote) * lanes))
    is "churn on $lanes: nothing is left" "$(book "done" live)" 0
    # The worker's own, and each pass 126, of which those that live on may be the worker's own.
    if [[ $(book ended threads) -ge $((lanes * (126 - lanes))) ]]; then ok; else bad "churn on $lanes: threads" "$(cat "$out")"; fi
done
record crowd threads=393 events=4000 end=1 seed=9
play "393 threads on two" crowd threads=2 warmup=0 operations=$(($(of "$head" events) * 2))
is "393 threads: frees by other threads" "$(book ended remote)" $(($(of "$made" remote) * 2))
is "393 threads: nothing is left" "$(book "done" live)" 0
play "393 threads, in passes that are cut off" crowd threads=2 warmup=300000 operations=5000
is "393 threads: all is freed" "$(book ended live)" 0

echo "--- in the recorded order, the peak of several threads to the byte"
for threads in 2 8; do
    record "o$threads" threads=$threads events=600 live=100 churn=150 seed=$threads
    play "order, $threads threads" "o$threads" threads=2 order=1 warmup=0 \
        operations=$(($(of "$head" events) * 2))
    is "order, $threads threads: the peak" "$(book ended peak_bytes)" "$(of "$made" peak)"
    is "order, $threads threads: frees by other threads" "$(book ended remote)" \
        $(($(of "$made" remote) * 2))
done

echo "--- more than a window"
record long threads=3 events=300000 live=5000 churn=40000 seed=3
if [[ $(of "$head" windows) -ge 3 ]]; then ok; else bad "long: windows" "$head"; fi
play "long on one" long threads=1 warmup=0 operations=$(($(of "$head" events) * 2))
is "long on one: the peak" "$(book ended peak_bytes)" "$(of "$made" peak)"
is "long on one: calls" "$(book ended calls)" $((2 * ($(of "$made" calls) - $(of "$made" nulls))))
play "long on two" long threads=2 warmup=0 operations=$(($(of "$head" events) * 2))
is "long on two: frees by other threads" "$(book ended remote)" $((2 * $(of "$made" remote)))
is "long on two: nothing is left" "$(book "done" live)" 0

echo "--- live bytes, after every step"
for score in t1 long; do
    EXACT=1 timeout -k 1 300 "$tmp/epochs_driver" "$build/workloads/replay.so" 0 2 70000 \
        "trace=$tmp/$score.score" >"$out" 2>&1
    has_not "$score" "$out" inexact
    has "$score: all is freed" "$out" '^finished blocks 0 held 0 status 0$'
done

echo "--- how much is written"
for touch in 0 1 2 3; do
    play "touch $touch" t1 threads=1 touch=$touch operations=20000
done
record none events=2000 fail=30
play "calls that failed are left out" none threads=1 warmup=0 operations="$(of "$head" events)"
is "calls that failed: calls" "$(book ended calls)" $(($(of "$made" calls) - $(of "$made" nulls)))

echo "--- what cannot be had ends the run, and says so"
fails() { # NAME PATTERN SCORE SETTING...
    local name=$1 pattern=$2 score=$3
    shift 3
    timeout -k 1 "$limit" "$worker" --allocator "$allocator" --workload "$build/workloads/replay.so" \
        trace=9 "$@" >"$out" 2>&1 9<"$score"
    is "$name: exit status" $? 1
    has "$name" "$out" "$pattern"
}
record huge events=5000 large=$((1 << 46))
fails "a block that nobody has" "recorder returned NULL in the (warm-up|measured phase)" "$tmp/huge.score" threads=1 operations=20000
for lanes in 1 2 4; do
    RECORD_FAIL_AFTER=2000 fails "NULL on $lanes" "recorder returned NULL" "$tmp/churn.score" threads=$lanes operations=30000
    RECORD_FAIL_AFTER=0 fails "NULL at once on $lanes" "recorder returned NULL" "$tmp/churn.score" threads=$lanes operations=30000
done
fails "no score" "descriptor 9 is no decoded trace" /dev/null threads=1
fails "no score either" "descriptor 9 is no decoded trace" "$tmp/t1.hbt" threads=1
head -c 4000 "$tmp/t1.score" >"$tmp/cut.score"
fails "a score that is cut off" "cannot be read back" "$tmp/cut.score" threads=1 operations=20000
fails "the same on several" "cannot be read back" "$tmp/cut.score" threads=3 operations=20000
{ head -c 200 "$tmp/t1.score" && tail -c +201 "$tmp/t1.score" | tr '\1\2\3' '\7\11\17'; } >"$tmp/spoiled.score"
fails "a score that is spoiled" "cannot be read back" "$tmp/spoiled.score" threads=1 operations=20000

echo "--- as a session"
run() { timeout -k 1 300 "$hakbench" "$@" >"$out" 2>"$err"; }
run_is() { # NAME STATUS WORDS...
    local name=$1 wanted=$2
    shift 2
    run "$@"
    is "$name: exit status" $? "$wanted"
}
cd "$tmp" || exit 2
events=$("$tmp/score_of" t1.hbt t1.score) && events=$(of "$events" events)
run_is "rebase" 0 rebase --profile replay --set trace=t1.hbt --allocators hakmem,system --runs 1 --quiet \
    --json t1.json
parameters() { python3 -c 'import json, sys
print(*(k + "=" + v["text"] for k, v in json.load(open(sys.argv[1]))["parameters"].items()))' "$1"; }
parameters t1.json >of-t1
has "operations: one pass" of-t1 "operations=$events "
has "threads: as recorded" of-t1 "threads=1 "
has "the trace, and its number" of-t1 'trace=t1-[0-9a-f]{13}'
run_is "no trace" 2 rebase --profile replay
has "no trace" "$err" 'no trace to replay: --set trace=FILE names one'
run_is "no such trace" 2 rebase --profile replay --set trace=there-is-none.hbt
has "no such trace" "$err" 'parameter trace: there-is-none.hbt: No such file'
printf 'size,rate\n1,1\n' >none.hbt
run_is "no trace at all" 2 rebase --profile replay --set trace=none.hbt
has "no trace at all" "$err" 'parameter trace: none.hbt: no trace'
run_is "a folder" 2 rebase --profile replay --set trace=.
mkfifo pipe
run_is "a pipe" 2 rebase --profile replay --set trace=pipe
run_is "two threads" 0 rebase --profile replay --set trace=t2.hbt --allocators system --runs 1 --quiet \
    --json t2.json --set operations=20k
parameters t2.json >of-t2
has "two threads: as recorded" of-t2 "threads=2 "
run soak --profile replay --set trace=t1.hbt --allocators system --minutes 0.05 --quiet --json soak.json # too short to be judged
is "a soak: live bytes" "$(python3 -c 'import json, sys
epochs = json.load(open(sys.argv[1]))["epochs"]
print(all(e["metrics"]["live_bytes"] is not None for e in epochs if e["status"] == "ok" and e["phase"] != "drain"))' soak.json)" True

echo "--- a small file in its place"
run_is "synth" 0 trace synth t1.hbt -o small
check "its sizes" grep -q '^size,rate,lifetime$' small.csv
run_is "its profile" 0 rebase --profile ./small.json --set operations=20k --runs 1 --allocators system --quiet --json small-result.json
has "its loop" small.json '"workload": "random_mixed"'
run_is "not over what is there" 2 trace synth t1.hbt -o small
has "says how" "$err" 'small.csv: is there already; --force writes over it'
run_is "but when told to" 0 trace synth t1.hbt -o small --force
run_is "of several threads" 0 trace synth crowd.hbt -o crowd
run_is "its profile" 0 rebase --profile ./crowd.json --set operations=64k --runs 1 --allocators system --quiet --json crowd.json.out
run_is "no name" 2 trace synth t1.hbt
run_is "no trace" 2 trace synth none.hbt -o other
cd - >/dev/null || exit 2

finish
