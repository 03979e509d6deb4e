#!/usr/bin/env bash
# What the workloads do to an allocator, by the books of one that keeps them (recorder.c); that
# their threads never wait for ever; what they refuse. Nothing here asks how fast anything is.
# Prints "N passed, N failed[, N skipped]".
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
export GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384

"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -fPIC -shared -fvisibility=hidden \
    -Iallocators -Itests/fault/plugins -pthread -o "$tmp/recorder.so" tests/cli/recorder.c || exit 2
read -ra cpus < <(taskset -pc $$ | sed 's/.*: //; s/[,-]/ /g') # the first is enough
one_cpu=(taskset -c "${cpus[0]}")

# work NAME WORKLOAD SETTING...: runs it on the recorder, or on $allocator, under $prefix; it must
# end well and in time. What it said is in $out.
allocator=$tmp/recorder.so prefix=()
work() {
    local name=$1 workload=$2
    shift 2
    timeout -k 1 300 "${prefix[@]}" "$worker" --allocator "$allocator" \
        --workload "$build/workloads/$workload.so" "$@" >"$out" 2>&1
    status=$?
    if [[ $status -eq 0 ]]; then ok; else bad "$name: exit status $status: $workload $*" "$(cat "$out")"; fi
}
# fails NAME PATTERN WORKLOAD SETTING...: ends with 1, in time, and says so
fails() {
    local name=$1 pattern=$2 workload=$3
    shift 3
    timeout -k 1 300 "${prefix[@]}" "$worker" --allocator "$allocator" \
        --workload "$build/workloads/$workload.so" "$@" >"$out" 2>&1
    is "$name: exit status" $? 1
    has "$name" "$out" "$pattern"
}
# book STAGE KEY: that figure of the last run; find_figure: as $figure
book() { find_figure "$@" && echo "$figure"; }
find_figure() {
    local line lines
    figure=
    mapfile -t lines <"$out"
    for line in "${lines[@]}"; do
        [[ $line != "$1 "* || ! $line =~ .*[^a-z_]$2=([0-9]+) ]] || figure+=${figure:+ }${BASH_REMATCH[1]}
    done
    [[ -n $figure ]]
}
# book_is NAME STAGE KEY VALUE
book_is() {
    find_figure "$2" "$3"
    is "$1: $3 when $2" "$figure" "$4"
}
between() { # name value low high
    if [[ -n $2 && $2 -ge $3 && $2 -le $4 ]]; then ok; else bad "$1: is \"$2\", not $3 to $4" "$(cat "$out")"; fi
}
# What holds for each workload at its end.
all_freed() { # name
    book_is "$1" ended live 0
    book_is "$1" ended wrong 0
    book_is "$1" ended frees "$(book ended mallocs)"
}
sizes_within() { # name low high
    between "$1: smallest" "$(book "done" size_min)" "$2" "$3"
    between "$1: largest" "$(book "done" size_max)" "$2" "$3"
}
# every_allocator WORKLOAD SETTING...: each plugin that is installed runs it
every_allocator() {
    local file
    for file in "$build"/allocators/*.so; do
        if "$worker" --describe-allocator "$file" --open 2>&1 | grep -q '^error'; then
            skip "$1 on $(basename "$file" .so)" "not installed"
            continue
        fi
        allocator=$file work "$(basename "$file" .so)" "$@"
    done
}
# refused PROFILE PATTERN SETTING...: hakbench says why and ends with 2
refused() {
    local profile=$1 pattern=$2 name=$3 settings=()
    shift 2
    for setting in "$@"; do settings+=(--set "$setting"); done
    hb_is "$profile, $name" 2 rebase --profile "$profile" "${settings[@]}" --results "$tmp/refused"
    has "$profile, $name" "$err" "$pattern"
    check_not "$profile, $name: nothing was made" test -e "$tmp/refused"
}

echo "--- producer_consumer"
# shares THREADS OPERATIONS QUEUE: every block is freed by another thread, and no wait is for ever
shares() {
    local name="$1 threads, queue $3${prefix[*]:+, ${prefix[*]}}"
    local pairs=$(($1 / 2)) each=$(($2 / $1 + $2 / 10 / $1))
    work "$name" producer_consumer threads="$1" operations="$2" queue="$3"
    book_is "$name" "done" mallocs $((pairs * each))
    book_is "$name" "done" remote $((pairs * each))
    book_is "$name" "done" live 0
    book_is "$name" "done" allocating $pairs
    book_is "$name" "done" freeing_others $pairs
    book_is "$name" "done" freeing_own 0
    between "$name: peak" "$(book "done" peak)" 1 $((pairs * ($3 + 1)))
    all_freed "$name"
}
for queue in 1 7 1024; do
    for threads in 2 4 6; do
        operations=$((queue == 1 ? 4123 : 20123)) # of one, each waits for the other thread
        prefix=()
        shares $threads $operations $queue
        prefix=("${one_cpu[@]}")
        shares $threads $operations $queue
    done
done
prefix=()
shares 2 100000 16777216
sizes_within "the default sizes" 16 1039
work "one size" producer_consumer operations=10000 min_size=5000 max_size=5000
sizes_within "one size" 5000 5000
work "one operation a slice" producer_consumer operations=1000 threads=8 queue=3 warmup=0
book_is "one operation a slice" "done" remote 800
book_is "no warm-up" ready mallocs 0
every_allocator producer_consumer operations=200000 threads=4
every_allocator producer_consumer operations=2000 queue=1 # each is handed over
every_allocator producer_consumer operations=200000 queue=100000

echo "--- a NULL stops those who wait"
for prefix_words in "" "${one_cpu[*]}"; do
    read -ra prefix <<<"$prefix_words"
    for threads in 2 4; do
        for after in 0 1000 100000 300000; do
            export RECORD_FAIL_AFTER=$after
            fails "NULL after $after, $threads threads, $prefix_words" \
                'recorder returned NULL in the (warm-up|measured phase), on thread [02] after' \
                producer_consumer threads=$threads operations=1000000
        done
    done
done
unset RECORD_FAIL_AFTER
prefix=()

echo "--- what producer_consumer refuses"
refused producer-consumer 'threads 3 is odd: every producer needs a consumer' threads=3
refused producer-consumer 'threads' threads=1
refused producer-consumer 'queue' queue=0
refused producer-consumer 'max_size 10 is below min_size 16' max_size=10
refused producer-consumer 'above 64 TiB' queue=16M max_size=1GiB

echo "--- profiles on two threads, from end to end"
for profile in producer-consumer larson; do
    hb_is "$profile" 0 rebase --profile $profile --set operations=100k --runs 1 --quiet \
        --allocators "system,mimalloc,hakmem" --results "$tmp/$profile"
    json_true "$profile" "$(one "$tmp/$profile" json)" 'all(j["status"] == "ok" for j in jobs)
        and all(j["slices"]["threads"] == 2 and j["metrics"]["throughput_ops_per_s"] > 0
            and min(map(int, j["slices"]["start_ns"].split())) == 0 for j in timed)'
done
hb_is "four threads on what CPUs there are" 0 rebase --profile producer-consumer --runs 1 --quiet \
    --set operations=100k --set threads=4 --allocators system --reference system --results "$tmp/four"

echo "--- larson"
# hands_over THREADS ROUND: an even number of operations each, so that every slot is full at the end
hands_over() {
    local name="$1 threads, round $2${prefix[*]:+, ${prefix[*]}}"
    work "$name" larson threads="$1" operations=$(($1 * 2000000)) warmup=0 working_set=300 round="$2"
    book_is "$name" ready live $((300 * ($1 + 1)))
    book_is "$name" "done" live $((300 * ($1 + 1)))
    book_is "$name" "done" peak $((300 * ($1 + 1)))
    book_is "$name" "done" frees $(($1 * 1000000))
    book_is "$name" "done" mallocs $((300 * ($1 + 1) + $1 * 1000000))
    book_is "$name" "done" allocating "$1"
    all_freed "$name"
}
for threads in 2 4; do
    for words in "" "${one_cpu[*]}"; do
        read -ra prefix <<<"$words"
        hands_over $threads 200
        between "$threads threads free others' blocks" "$(book "done" remote)" 1 $((threads * 1000000))
        between "several threads do" "$(book "done" freeing_others)" 2 $threads
        hands_over $threads 10000000
        book_is "no round ends, no set is handed over" "done" remote 0
        book_is "and none when all is freed" ended remote 0
    done
done
prefix=()
sizes_within "the default sizes" 16 1039
hands_over 1 2
book_is "one thread has nobody to hand to" ended remote 0
work "an odd number of operations" larson threads=3 operations=100003 working_set=1 round=2
between "an odd number of operations: live" "$(book "done" live)" 1 4
all_freed "an odd number of operations"
every_allocator larson operations=200000 round=1000
every_allocator larson operations=200000 round=1000 threads=5 working_set=10
RECORD_FAIL_AFTER=100 fails "a NULL while it fills" \
    'recorder returned NULL while the workload prepared, on thread' larson operations=100000
RECORD_FAIL_AFTER=50000 fails "a NULL later" \
    'recorder returned NULL in the (warm-up|measured phase), on thread' larson operations=1000000
refused larson 'round 3 is odd: a free and its malloc belong together' round=3
refused larson 'round' round=0
refused larson 'working_set' working_set=0
refused larson 'max_size 10 is below min_size 16' max_size=10
refused larson 'above 64 TiB' working_set=1M max_size=1GiB

echo "--- spike"
# keeps BLOCKS KEEP_EVERY THREADS KEPT
keeps() {
    local name="$1 blocks, keep_every $2, $3 threads"
    work "$name" spike blocks="$1" keep_every="$2" threads="$3" operations=1000 warmup=0 light_seconds=0
    book_is "$name" ready peak $(($1 * $3))
    book_is "$name" ready mallocs $(($1 * $3))
    book_is "$name" ready live "$4"
    between "$name: live when done" "$(book "done" live)" "$4" $(($4 + 64 * $3))
    between "$name: light use" "$(book "done" mallocs)" $(($1 * $3 + 400)) $(($1 * $3 + 1000))
    all_freed "$name"
}
keeps 1000 0 1 0
keeps 1000 1 1 1000
keeps 1000 7 1 142
keeps 1000 1000 1 1
keeps 1000 1001 1 0
keeps 1 0 1 0
keeps 5000 100 1 50
sizes_within "the default sizes" 16 1039
work "two threads" spike blocks=500 keep_every=50 threads=2 operations=1000 warmup=0 light_seconds=0
book_is "two threads" ready live 20
book_is "two threads" "done" remote 0
work "the smallest blocks" spike blocks=1000 min_size=8 max_size=8 operations=1000 light_seconds=0
sizes_within "the smallest blocks" 8 8
work "light use takes its time" spike blocks=10 operations=1000 light_seconds=1 warmup=0
between "light use takes its time" "$(sed -nE 's/.*elapsed_ns=([0-9]+).*/\1/p' "$out")" \
    1000000000 20000000000
has "a time that is no speed" "$out" 'ns_per_operation=- million_operations_per_s=- '
every_allocator spike blocks=20000 keep_every=10 operations=1000 light_seconds=0
RECORD_FAIL_AFTER=500 fails "a NULL in the spike" \
    'recorder returned NULL while the workload prepared, on thread 0' spike blocks=1000 light_seconds=0
refused spike 'min_size' min_size=7
refused spike 'blocks' blocks=0
refused spike 'max_size 10 is below min_size 16' max_size=10
refused spike 'above 64 TiB' blocks=1M max_size=1GiB

hb_is "a quick look is not longer than a whole one" 0 rebase --profile spike --quick --dry-run
has "a quick look is not longer than a whole one" "$out" ' 3 blocks'

echo "--- a paced session has memory and no speed"
paced=(--set blocks=40k --set light_seconds=0 --set operations=1000 --quiet)
hb_is "spike" 0 rebase --profile spike "${paced[@]}" --allocators system,mimalloc --results "$tmp/s"
result=$(one "$tmp/s" json)
json_true "no throughput" "$result" 'all(j["metrics"]["throughput_ops_per_s"] is None
    and j["metrics"]["ns_per_op"] is None and "paced" in j["null_reasons"]["time"] for j in timed)'
json_true "operations and time are known" "$result" \
    'all(j["metrics"]["operations"] == 1000 and j["metrics"]["elapsed_ns"] > 0 for j in timed)'
json_true "the peak shows the spike" "$result" \
    'all(j["metrics"]["rss_peak_bytes"] > 20e6 for j in timed)'
is "in the CSV it is an empty cell" "$(grep -c '"timed".*,,,' "$(one "$tmp/s" csv)")" 9
has "the report says why" "$out" 'the workload is paced'
has "the report has the memory" "$out" '^system( +[0-9.]+){4} +[0-9,]+'
has_not "the report ranks nobody" "$out" '^Ranking|^Milestones|nan'
hb_is "spike-kept, forced" 0 rebase --profile spike-kept "${paced[@]}" --allocators system \
    --reference system --force --results "$tmp/k"
sleep 1.1 # results are named by the second
hb_is "spike-kept, again" 0 rebase --profile spike-kept "${paced[@]}" --allocators system \
    --reference system --force --results "$tmp/k"
has "there is no drift to tell" "$out" 'no allocator has a speed in both'
has_not "the scorecard ranks nobody" "$tmp/k/SCORECARD.md" 'nan'
finish
