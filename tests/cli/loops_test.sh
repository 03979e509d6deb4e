#!/usr/bin/env bash
# The loops of the kit, by the books of an allocator that keeps them (recorder.c): their operations
# counted by another than the loop, their live bytes to the byte, what they do with blocks that no other
# loop does, what they refuse; and size profiles, from the file to the block. Nothing here asks how fast
# anything is.
#   HAKBENCH_SIZE_TABLES=folder  where Google's measured sizes are, TCMALLOC_0.csv to TCMALLOC_9.csv
# Prints "N passed, N failed[, N skipped]".
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
export GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384
out=$tmp/out err=$tmp/err
flags=(-std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -Iallocators -Iworkloads)
"${CC:-cc}" "${flags[@]}" -fPIC -shared -fvisibility=hidden -Itests/fault/plugins -pthread \
    -o "$tmp/recorder.so" tests/cli/recorder.c || exit 2
"${CC:-cc}" "${flags[@]}" -pthread -o "$tmp/epochs_driver" tests/soak/epochs_driver.c -ldl || exit 2
"${CC:-cc}" "${flags[@]}" -Isrc -o "$tmp/sizetable" tests/cli/sizetable.c -L"$build/tests" -lrooms \
    -Wl,-z,now -Wl,-rpath,"$build/tests" || exit 2
read -ra cpus < <(taskset -pc $$ | sed 's/.*: //; s/[,-]/ /g') # the first is enough
one_cpu=(taskset -c "${cpus[0]}")
loops="aligned batch calloc drain false_sharing fragment handoff large littered realloc_growth thread_churn"

# work NAME LOOP SETTING...: on the recorder, or on $allocator, under $prefix; $sizes is a table
allocator=$tmp/recorder.so prefix=() sizes=/dev/null more=()
work() {
    local name=$1 loop=$2
    shift 2
    timeout -k 1 300 "${prefix[@]}" "$worker" "${more[@]}" --allocator "$allocator" \
        --workload "$build/workloads/$loop.so" "$@" >"$out" 2>&1 9<"$sizes"
    status=$?
    if [[ $status -eq 0 ]]; then ok; else bad "$name: exit status $status: $loop $*" "$(cat "$out")"; fi
}
fails() { # NAME PATTERN LOOP SETTING...
    local name=$1 pattern=$2 loop=$3
    shift 3
    timeout -k 1 300 "${prefix[@]}" "$worker" --allocator "$allocator" \
        --workload "$build/workloads/$loop.so" "$@" >"$out" 2>&1 9<"$sizes"
    is "$name: exit status" $? 1
    has "$name" "$out" "$pattern"
}
book() { sed -nE "s/^$1 .*\\b$2=([0-9]+).*/\\1/p" "$out"; } # STAGE KEY
book_is() { is "$1: $3 when $2" "$(book "$2" "$3")" "$4"; } # NAME STAGE KEY VALUE
between() {                                                # NAME VALUE LOW HIGH
    if [[ -n $2 && $2 -ge $3 && $2 -le $4 ]]; then ok; else bad "$1: is \"$2\", not $3 to $4" "$(cat "$out")"; fi
}
all_freed() { # NAME
    book_is "$1" ended live 0
    book_is "$1" ended bytes 0
    book_is "$1" ended wrong 0
}
# What each loop is run with here: small, so that many are.
declare -A small_of=([large]="min_size=65536 max_size=1048576 working_set=4" [littered]="litter=2000"
    [false_sharing]="writes=3" [fragment]="sea=500 islands=100 island_every=7" [drain]="blocks=300"
    [thread_churn]="life=100" [realloc_growth]="max_size=5000")

echo "--- operations, counted by the allocator"
for loop in $loops; do
    read -ra small <<<"${small_of[$loop]:-}"
    for threads in 1 2 64; do
        for words in "" "${one_cpu[*]}"; do
            read -ra prefix <<<"$words"
            [[ $loop != handoff || $threads -gt 1 ]] || continue
            [[ $threads -ne 64 || -z $words ]] || continue
            name="$loop, $threads threads${words:+, $words}"
            work "$name" "$loop" threads=$threads operations=$((threads * 2000)) warmup=500000 "${small[@]}"
            [[ $loop != batch ]] || book_is "$name: warmed up" ready calls $((threads * 1000))
            off=0
            [[ $loop != handoff ]] || off=2 # of one producer
            between "$name: measured" $(($(book "done" calls) - $(book ready calls))) \
                $((threads * 2000 - off)) $((threads * 2000 + off))
            all_freed "$name"
        done
    done
done
prefix=()

echo "--- live bytes, to the byte, after every step"
for loop in $loops random_mixed; do
    [[ $loop != handoff ]] || continue # needs two threads: its rings are empty when "done" above
    read -ra small <<<"${small_of[$loop]:-}"
    "$tmp/sizetable" profiles/sizes/sqlite.csv >"$tmp/sqlite.table"
    for setting in touch=0 "sizes=$tmp/sqlite.table"; do
        [[ $loop != random_mixed || $setting != touch=0 ]] || continue # an expectation
        EXACT=1 timeout -k 1 300 "$tmp/epochs_driver" "$build/workloads/$loop.so" 0 2 7000 "${small[@]}" \
            "$setting" >"$out" 2>&1
        has_not "$loop, $setting" "$out" inexact
        is "$loop, $setting: both" "$(sed -nE 's/^epoch 1 .* held ([0-9]+) live.*/\1/p' "$out")" \
            "$(sed -nE 's/^epoch 1 .* live ([0-9]+)$/\1/p' "$out")"
        has "$loop, $setting: all is freed" "$out" '^finished blocks 0 held 0 status 0$'
    done
done

echo "--- what each does"
work "calloc" calloc operations=10000 warmup=0
book_is "calloc" "done" mallocs 0
between "calloc: callocs" "$(book "done" callocs)" 4900 5300
work "aligned" aligned operations=10000 warmup=0
book_is "aligned" "done" mallocs 0
book_is "aligned: multiples of the alignment" "done" misaligned 0
between "aligned: calls" "$(book "done" aligneds)" 4900 5300
between "aligned: rounded up" "$(book "done" size_max)" 4112 8192
work "one alignment" aligned operations=10000 min_alignment=64 max_alignment=64 min_size=1 max_size=64
book_is "one alignment" "done" size_min 64
book_is "one alignment" "done" size_max 64
work "large" large operations=1000 warmup=0 touch=1
between "large: smallest" "$(book "done" size_min)" 65536 80000
between "large: largest" "$(book "done" size_max)" 50000000 67108864
work "batch" batch operations=6400 warmup=0 batch=64
book_is "batch: none is left" "done" live 0
book_is "batch: at a time" "done" peak 64
book_is "batch: half" "done" mallocs 3200
# So many frees of a block that is younger than the one freed before: all but the first of each ramp
# where the oldest go first, and only the first of each where the newest do.
drains() { work "drain, $1" drain blocks=100 operations=20000 warmup=0 order="$2"; }
drains lifo 0
between "drain, lifo: the newest first" "$(book "done" rising)" 99 101
drains fifo 1
between "drain, fifo: the oldest first" "$(book "done" rising)" 9998 10000
drains random 2
between "drain, random" "$(book "done" rising)" 4000 6000
book_is "drain: all" "done" live 0
for kind in 0 1; do
    work "false_sharing, kind $kind" false_sharing threads=4 kind=$kind operations=8000 warmup=0 writes=2
    book_is "false_sharing, kind $kind: given by thread 0" "done" remote $((kind * 3))
    book_is "false_sharing, kind $kind: one each" "done" live 0
done
work "fragment" fragment operations=20000 warmup=0 sea=1000 islands=50 island_every=10
book_is "fragment: a sea without its islands, and 50" "done" peak 950
work "islands alone" fragment operations=20000 warmup=0 sea=1000 islands=50 island_every=1
book_is "islands alone" "done" peak 50
work "littered" littered operations=1000 warmup=0 litter=10000 occupancy=250000 working_set=10
book_is "littered: what stays" ready live 2500
book_is "littered: what was there" ready peak 10000
between "littered: and the loop" "$(book "done" live)" 2500 2510
work "littered, nothing" littered operations=1000 warmup=0 litter=0
book_is "littered, nothing" ready calls 0
work "littered, all" littered operations=1000 warmup=0 litter=1000 occupancy=1000000
book_is "littered, all" ready live 1000
work "realloc_growth" realloc_growth operations=20000 warmup=0 vectors=8 min_size=1000 max_size=1000
book_is "realloc_growth: no further than wanted" "done" size_max 1000
book_is "realloc_growth: begins with" "done" size_min 16
# 16, 33, 67, 135, 271, 543, 1000: six reallocs to each malloc and free
between "realloc_growth: reallocs" "$(book "done" reallocs)" 14700 15100
work "growth by an eighth" realloc_growth operations=20000 vectors=8 growth=125000
between "growth by an eighth" "$(book "done" reallocs)" 18000 22000
work "thread_churn" thread_churn operations=10000 warmup=0 life=100
between "thread_churn: a thread each 100 (50 a slice)" "$(book "done" threads)" 200 202
between "thread_churn: most are another's" "$(book "done" remote)" 3000 5000
book_is "thread_churn: the parent frees what is left" ended remote \
    $(($(book "done" remote) + $(book "done" live)))
work "thread_churn, long lives" thread_churn operations=10000 warmup=0 life=1000000
between "a share ends the last" "$(book "done" threads)" 200 202
for pair in "2 1" "4 1" "4 3" "7 2" "7 5" "64 1" "64 63" "64 32"; do
    read -r threads producers <<<"$pair"
    for queue in 1 256; do
        prefix=()
        [[ $threads -gt 7 || $queue -gt 1 ]] || prefix=("${one_cpu[@]}")
        [[ $threads -le 7 || $queue -gt 1 ]] || continue # a turn of 64 threads for every block
        name="handoff, $producers of $threads, queue $queue"
        work "$name" handoff threads=$threads producers=$producers operations=$((threads * 1000)) queue=$queue
        book_is "$name: allocate" "done" allocating $producers
        book_is "$name: free others'" "done" freeing_others $((threads - producers))
        book_is "$name: free their own" "done" freeing_own 0
        book_is "$name: under way when done" "done" live 0
        between "$name: mallocs" "$(book "done" mallocs)" $((threads * 550 - producers)) $((threads * 550))
        between "$name: at a time" "$(book "done" peak)" 1 $((producers * (threads - producers) * (queue + 1)))
    done
done
prefix=()

echo "--- every allocator, and every block looked at"
for loop in $loops; do
    read -ra small <<<"${small_of[$loop]:-}"
    for file in "$build"/allocators/*.so; do
        if "$worker" --describe-allocator "$file" --open 2>&1 | grep -q '^error'; then
            skip "$loop on $(basename "$file" .so)" "not installed"
            continue
        fi
        allocator=$file
        name="$loop on $(basename "$file" .so)"
        work "$name" "$loop" operations=8000 threads=4 "${small[@]}"
        # mimalloc 2.0.9 aligns no block to more than 128 for certain: a finding, not this test's
        [[ $name != "aligned on mimalloc" ]] || small=(max_alignment=128)
        more=(--check)
        work "$name, looked at" "$loop" operations=8000 threads=4 "${small[@]}"
        more=()
    done
done
allocator=$build/allocators/hakmem.so
for mode in HAKMEM_HARDEN=1 "LD_PRELOAD=$build/debug/libhakmem.so"; do
    [[ $mode != LD_PRELOAD* || -e $build/debug/libhakmem.so ]] || continue
    for loop in $loops; do
        read -ra small <<<"${small_of[$loop]:-}"
        prefix=(env "$mode")
        [[ $mode != LD_PRELOAD* ]] || more=(--via preload --preloaded "$build/debug/libhakmem.so")
        work "$loop, ${mode%=*}" "$loop" operations=20000 threads=4 "${small[@]}"
        more=(--check "${more[@]}")
        work "$loop, ${mode%=*}, looked at" "$loop" operations=8000 threads=4 "${small[@]}"
        more=()
    done
done
prefix=() allocator=$tmp/recorder.so

echo "--- a NULL stops them"
for loop in $loops; do
    read -ra small <<<"${small_of[$loop]:-}"
    for threads in 1 4; do
        [[ $loop != handoff || $threads -gt 1 ]] || continue
        for after in 0 3 1000; do
            RECORD_FAIL_AFTER=$after fails "$loop, NULL after $after, $threads threads" \
                'recorder returned NULL (in the (warm-up|measured phase)|while the workload prepared), on thread' \
                "$loop" operations=100000 threads=$threads "${small[@]}"
        done
    done
done
RECORD_FAIL_AFTER=1 fails "a gift that fails" 'returned NULL while the workload prepared, on thread 0' \
    false_sharing kind=1 threads=3 operations=3000

echo "--- what they refuse"
profile() { # LOOP: $json is a profile of it
    json=$tmp/$1.json
    printf '{"schema": "hakbench.profile/1", "workload": "%s", "allocators": ["system", "hakmem"]}\n' "$1" >"$json"
}
refused() { # LOOP PATTERN SETTING...
    local name="$1, ${*:3}" settings=()
    profile "$1"
    for setting in "${@:3}"; do settings+=(--set "$setting"); done
    hb_is "$name" 2 rebase --profile "$json" "${settings[@]}" --results "$tmp/refused"
    has "$name" "$err" "$2"
    check_not "$name: nothing was made" test -e "$tmp/refused"
}
refused handoff 'handoff: 4 producers of 4 threads: who frees\?' producers=4
refused handoff 'threads is 1, but must be 2 to 64' threads=1
refused aligned 'min_alignment 48 and max_alignment 4096 are not powers of two in this order' min_alignment=48
refused aligned 'min_alignment 4096 and max_alignment 64 are not' min_alignment=4096 max_alignment=64
refused batch 'max_size 10 is below min_size 16' max_size=10
refused batch 'batch 1000000 x max_size 1073741824 x threads 1 is above 64 TiB' batch=1M max_size=1GiB
refused fragment '100020000 blocks a thread are above 100000000' islands=100M
refused littered 'occupancy' occupancy=1.5
refused drain '"up" is none of: lifo, fifo, random' order=up
refused false_sharing '"both" is none of: active, passive' kind=both
refused thread_churn 'life' life=0
refused realloc_growth 'workload realloc_growth has no parameter "working_set"' working_set=3

echo "--- what list says of each"
hb_is "list" 0 list workloads
for loop in $loops larson phases producer_consumer random_mixed spike; do
    is "$loop: three lines" \
        "$(sed -n "/^$loop: /,/^parameter/p" "$out" | grep -cE '^  (stands for|cannot show|source): .')" 3
    check "$loop: a line in docs/workloads.md" grep -qE "^(### $loop|\| .*\`$loop\`)" docs/workloads.md
done
# Another default or limit is another measurement, and old results are not of it.
sed -nE '/^[a-z_]+: /{s/:.*//;h}; /^[a-z_]+  +[^ ]+  +[^ ]/{G;s/^([a-z_]+) +([^ ]+) +([^ ]+( file)?) .*\n(.*)/\5 \1 \2 \3/p}' "$out" |
    grep -v ' parameter default ' >"$tmp/parameters"
check "parameters, their defaults and ranges" diff tests/golden/parameters.txt "$tmp/parameters"
for loop in $loops; do
    check "$loop: at most 80 lines" test "$(wc -l <"workloads/$loop.c")" -le 80
    check "$loop: a section of its own" grep -q "^### $loop\$" docs/workloads.md
done
COLUMNS=80 hb_is "list on 80 columns" 0 list workloads
is "no line is longer" "$(grep -cE '^.{81}' "$out")" 0

echo "--- a size profile, from the file to the block"
printf 'size,rate,lifetime\n24,3,10\n100,1,1000\n' >"$tmp/two.csv"
"$tmp/sizetable" "$tmp/two.csv" >"$tmp/two.table"
sizes=$tmp/two.table
for loop in $loops random_mixed; do
    read -ra small <<<"${small_of[$loop]:-}"
    threads=1
    [[ $loop != handoff ]] || threads=2
    work "$loop" "$loop" operations=20000 threads=$threads sizes=9 "${small[@]}"
    case $loop in
    aligned) between "$loop: largest" "$(book "done" size_max)" 4096 4096 ;;
    realloc_growth) book_is "$loop" "done" size_max 100 ;;
    *)
        book_is "$loop" "done" size_min 24
        book_is "$loop" "done" size_max 100
        ;;
    esac
    all_freed "$loop"
done
# Live blocks: 30 of 24 bytes to 1,000 of 100; of 2,060 slots half are full, so 97,800 bytes or so; and as
# many of each as of the other would be 64 kB.
work "lifetimes are kept" random_mixed operations=200000 working_set=2060 sizes=9
between "lifetimes are kept" "$(book "done" bytes)" 93000 105000
between "it begins with half of them" "$(sed -nE 's/^ready .*\blive=([0-9]+).*/\1/p' "$out")" 900 1150
work "rates alone" drain operations=200000 blocks=1000 sizes=9 warmup=0
between "rates alone: of 1,000 blocks" "$(book "done" peak)" 1000 1000
work "a rate" batch operations=2000 batch=1 sizes=9 warmup=0 # 1,000 blocks: 750 and 250
sizes=$tmp/sqlite.table
work "more sizes than slots" random_mixed operations=20000 working_set=3 sizes=9
work "a slot" random_mixed operations=20000 working_set=1 sizes=9
work "64 threads" random_mixed operations=64000 threads=64 working_set=50 sizes=9
all_freed "64 threads"
head -c 40 "$tmp/two.table" >"$tmp/cut.table"
for table in /dev/null "$json" "$tmp/cut.table"; do
    sizes=$table
    fails "no table: $table" 'sizes: descriptor 9 has no size table' random_mixed sizes=9
done
fails "no descriptor" 'sizes: descriptor 77 has no size table' random_mixed sizes=77
fails "no number" 'sizes: "x.csv" is not a plain unsigned number' random_mixed sizes=x.csv
sizes=/dev/null

echo "--- --set sizes"
hb_is "a file" 0 rebase "${tiny[@]}" --set sizes="$tmp/two.csv" --allocators hakmem,system --results "$tmp/f"
result=$(one "$tmp/f" json)
json_true "it is a parameter with its own number" "$result" 'all(j["status"] == "ok" for j in jobs)
    and d["parameters"]["sizes"]["text"].startswith("two-") and d["parameters"]["sizes"]["value"] > 0
    and d["parameters"]["min_size"]["value"] == 24 and d["parameters"]["max_size"]["value"] == 100'
for name in gcc-cc1 lua-words python-json redis sqlite; do
    hb_is "ours: $name" 0 rebase --set sizes=$name --dry-run
    has "ours: $name" "$out" "sizes +$name-[0-9a-f]{13}"
    check "ours: $name: how it was made" grep -q "^| \`$name.csv\` |" profiles/sizes/README.md
done
hb_is "without one there is no such word" 0 rebase --dry-run
has_not "without one there is no such word" "$out" sizes
hb_is "none" 0 rebase --set sizes=none --dry-run
has_not "none" "$out" sizes
cp "$tmp/two.csv" "$tmp/$(printf 'n%.0s' {1..100}).csv"
hb_is "a long name" 0 rebase --set sizes="$tmp/$(printf 'n%.0s' {1..100}).csv" --dry-run
refused random_mixed 'cannot open' sizes=nothing-here.csv
for name in min_size max_size; do # a loop would not ask for it: all points would be one
    for flag in --set --sweep; do
        values=100
        [[ $flag == --set ]] || values=100,200
        hb_is "sizes, $flag $name" 2 rebase --set sizes="$tmp/two.csv" "$flag" $name=$values --dry-run
        has "sizes, $flag $name" "$err" "^hakbench: $flag: parameter $name: the size profile two-[0-9a-f]{13} takes its place"
        hb_is "no sizes, $flag $name" 0 rebase --set sizes=none "$flag" $name=$values --dry-run
    done
done
hb_is "sizes beside a profile's own range" 0 rebase --profile mixed --set sizes="$tmp/two.csv" --dry-run
printf 'size,rate\n8,1\n8,2\n' >"$tmp/twice.csv"
refused random_mixed "^hakbench: --set: parameter sizes: $tmp/twice.csv:3: the size 8 is on line 2" sizes="$tmp/twice.csv"
refused larson 'workload larson has no parameter "sizes"' sizes="$tmp/two.csv"
head -c 20000000 /dev/zero >"$tmp/huge.csv"
refused random_mixed 'huge.csv' sizes="$tmp/huge.csv"
refused random_mixed 'hakbench-worker|\.csv|expected' sizes="$worker"

echo "--- a session goes on with the same profile only"
cp "$tmp/two.csv" "$tmp/mine.csv"
"$hakbench" rebase --set operations=10M --runs 3 --quiet --set sizes="$tmp/mine.csv" --no-pin \
    --allocators hakmem,system --results "$tmp/r" >"$out" 2>"$err" &
pid=$!
has_jobs() { [[ $(cat "$tmp"/r/*.jsonl 2>/dev/null | grep -c '"record":"job"') -ge 2 ]]; }
check "begun" wait_for 20 has_jobs
kill -KILL "$pid"
wait "$pid" 2>/dev/null
cp "$tmp"/r/*.jsonl "$tmp/cut.jsonl"
echo '24,1,1' >>"$tmp/mine.csv"
hb_is "a broken one" 2 rebase --resume "$tmp/cut.jsonl" --quiet
has "a broken one" "$err" 'mine.csv:4: the size 24 is on line 2'
printf 'size,rate,lifetime\n24,3,10\n100,1,1001\n' >"$tmp/mine.csv"
hb_is "another" 5 rebase --resume "$tmp/cut.jsonl" --quiet
has "another" "$err" 'the size profile .*mine.csv.* has changed since the session started'
cp "$tmp/two.csv" "$tmp/mine.csv"
hb rebase --resume "$tmp/cut.jsonl" --quiet
check "the same: exit status $status" test "$status" -le 1

echo "--- soaks"
for loop in thread_churn fragment handoff; do
    profile $loop
    settings=()
    for setting in ${small_of[$loop]:-}; do settings+=(--set "$setting"); done
    hb soak --profile "$json" --minutes 0.1 --epoch 300ms --set operations=20k "${settings[@]}" \
        --set sizes=sqlite --quiet --allocators hakmem --results "$tmp/soak-$loop"
    check "$loop: exit status $status" test "$status" -le 4 -a "$status" -ne 2 # 3: too short to say
    json_true "$loop" "$(one "$tmp/soak-$loop" json)" 'len(d["epochs"]) > 0
        and all(e["status"] in ("ok", "invalid") for e in d["epochs"])'
done

echo "--- a memory limit ends them"
profile littered
hb rebase --profile "$json" --set litter=2M --set operations=100k --runs 1 --quiet --memory-limit 100MiB \
    --allocators system --reference system --results "$tmp/limit"
is "exit status" "$status" 3
has "it says why" "$err" 'memory limit|limit of 100 MiB|--memory-limit|grew past'

echo "--- tables of measured sizes"
for i in 0 1 2 3 4 5 6 7 8 9; do
    file=${HAKBENCH_SIZE_TABLES:-}/TCMALLOC_$i.csv
    if [[ ! -e $file ]]; then
        skip "TCMALLOC_$i.csv" "HAKBENCH_SIZE_TABLES names no folder that has it"
        continue
    fi
    "$tmp/sizetable" "$file" x >"$out" 2>&1
    is "TCMALLOC_$i.csv: every row is taken, or too rare" \
        "$(($(sed -nE 's/rows=([0-9]+) left_out=([0-9]+).*/\1 + \2/p' "$out")))" "$(grep -c , "$file")"
    "$tmp/sizetable" "$file" >"$tmp/measured.table"
    sizes=$tmp/measured.table
    work "TCMALLOC_$i.csv" random_mixed operations=50000 working_set=4000 touch=1 sizes=9
    all_freed "TCMALLOC_$i.csv"
done
sizes=/dev/null

echo "--- a loop of one's own, from the page to the table"
sed -n '/^## A loop of your own/,$p' docs/workloads.md | sed -n '/^```c$/,/^```$/p' | sed '/^```/d' >"$tmp/queue.c"
check "at most 80 lines" test "$(wc -l <"$tmp/queue.c")" -le 80 -a "$(wc -l <"$tmp/queue.c")" -gt 30
rm "$HAKBENCH_LIBDIR/workloads"
mkdir "$HAKBENCH_LIBDIR/workloads"
check "it builds" "${CC:-cc}" -O2 -D_GNU_SOURCE -Wall -Wextra -Werror -fPIC -shared -fvisibility=hidden \
    -Iworkloads -Iallocators -o "$HAKBENCH_LIBDIR/workloads/queue.so" "$tmp/queue.c"
hb_is "it is listed" 0 list workloads
has "it is listed" "$out" '^queue: each new block takes the place of the oldest'
profile queue
hb_is "it is measured" 0 rebase --profile "$json" "${tiny[@]}" --results "$tmp/queue"
json_true "it is measured" "$(one "$tmp/queue" json)" 'all(j["status"] == "ok" for j in jobs)'
timeout 60 "$worker" --allocator "$tmp/recorder.so" --workload "$HAKBENCH_LIBDIR/workloads/queue.so" \
    operations=10000 queue=100 warmup=0 >"$out" 2>&1
is "its operations" "$(($(book "done" calls) - $(book ready calls)))" 10000
is "its queue" "$(book "done" peak)" 100
finish
