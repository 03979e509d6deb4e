#!/usr/bin/env bash
# The worker as the runner sees it, through worker_driver.c, and as a hand at a shell does: every
# allocator plugin, every broken one, preloading, values, and the promise that the measured phase
# makes no system call. BUILD: the build folder. Prints "N passed, N failed[, N skipped]".
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
build=$(realpath "${BUILD:-build}")
worker=$build/hakbench-worker
loop=$build/workloads/random_mixed.so
broken=$build/tests/fault/plugins
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0
include=(-std=gnu11 -D_GNU_SOURCE -O2 -Isrc -Iallocators -Iworkloads -Itests/fault/plugins)
tunables=GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384
small=(operations=1000000)

ok() { passed=$((passed + 1)); }
bad() { # name detail...
    failed=$((failed + 1))
    printf 'FAIL %s\n' "$1"
    printf '%s\n' "${@:2}" | head -n 40 | sed 's/^/    /'
}
skip() {
    skipped=$((skipped + 1))
    printf 'skip %s: %s\n' "$1" "$2"
}
# has NAME TEXT PATTERN: TEXT contains a line that matches the extended PATTERN
has() { if is_seen "$2" "$3" || grep -aqE -- "$3" <<<"$2"; then ok; else bad "$1 (wanted $3)" "$2"; fi; }
is_seen() { # without a process
    local line lines
    mapfile -tn 100 lines <<<"$1"
    for line in "${lines[@]}"; do
        [[ $line =~ $2 ]] && return
    done
    return 1
}
is() { if [[ $2 == "$3" ]]; then ok; else bad "$1: is $2, not $3"; fi; }

# What a runner sees of one worker. The environment is as clean as the runner's.
drive() { env -i "$tunables" "${extra[@]}" timeout -k 1 300 "$work/driver" 200 "$worker" "$@" 2>&1 | tr -d '\0'; }
# What a hand sees.
by_hand() { env -i "$tunables" "${extra[@]}" timeout -k 1 300 "$worker" "$@" 2>&1; }
extra=()

for needed in "$worker" "$loop" "$broken/crash_run.so"; do
    [[ -e $needed ]] || { echo "$needed is not built"; echo "0 passed, 1 failed"; exit 1; }
done
cc=${CC:-cc}
"$cc" "${include[@]}" -Wall -Wextra -Werror -o "$work/driver" tests/cli/worker_driver.c || exit 2
plugin() { "$cc" "${include[@]}" -fPIC -shared -fvisibility=hidden -o "$work/$1.so" "${2:-$work}/$1.c"; }

echo "--- every plugin: phases, slices, proof"
phases="base loaded ready done drained"
declare -A library
for file in "$build"/allocators/*.so; do
    name=$(basename "$file" .so)
    about=$(by_hand --describe-allocator "$file" --open)
    if grep -q '^error.*No such file' <<<"$about"; then
        skip "$name" "its library is not installed"
        continue
    fi
    if grep -q '^error' <<<"$about"; then
        bad "$name opens" "$about"
        continue
    fi
    library[$name]=$(sed -n 's/^library\t//p' <<<"$about")
    has "$name describes its ABI" "$about" $'^abi\t1$'
    has "$name describes its name" "$about" "^name"$'\t'"$name\$"
    has "$name describes a licence" "$about" $'^licence\t[A-Za-z0-9.-]+$'
    has "$name describes its library" "$about" $'^library\t/'
    ok # it opens
    for threads in 1 2 3; do
        out=$(drive --allocator "$file" --workload "$loop" --cpus 0,1 threads=$threads "${small[@]}")
        label="$name, $threads threads"
        has "$label: no error" "$out" '^error 0 $'
        has "$label: exit 0" "$out" '^exit 0$'
        has "$label: finished" "$out" '^last_phase finished$'
        has "$label: slices" "$out" '^slices in order$'
        has "$label: all slices" "$out" '^slices_done 200$'
        has "$label: operations" "$out" "^operations $((1000000 / threads * threads))\$"
        has "$label: library" "$out" "^library ${library[$name]}\$"
        is "$label: phases" "$(sed -n 's/^phase \([a-z]*\) .*/\1/p' <<<"$out" | tr '\n' ' ')" \
            "$phases "
    done
done

echo "--- the worker itself"
out=$(drive --allocator "$build/allocators/floor.so" --workload "$loop" working_set=1 "${small[@]}")
base=$(sed -n 's/^phase base rss_kib \([0-9]*\) .*/\1/p' <<<"$out")
if [[ ${base:-9999} -lt 2048 ]]; then ok; else bad "resident before the plugin: $base KiB, not < 2048"; fi
fault_counts=$(sed -nE 's/^phase (ready|done) .* faults ([0-9]+)$/\2/p' <<<"$out" | sort -u | wc -l)
is "page faults of the worker's own in the measured phase" "$fault_counts" 1
out=$(drive --allocator "$build/allocators/floor.so" --workload "$loop" threads=7 \
    operations=1000123)
has "threads x equal shares" "$out" "^operations $((1000123 / 7 * 7))\$"
out=$(drive --allocator "$build/allocators/floor.so" --workload "$loop" threads=64 operations=1000)
has "at least one operation a slice" "$out" "^operations $((64 * 200))\$"
out=$(drive --allocator "$build/allocators/floor.so" --workload "$loop" warmup=0 "${small[@]}")
has "no warm-up" "$out" '^exit 0$'
# The floor has reserved 864 MiB before; of what is left, 256 MiB are for the check.
out=$(ulimit -v 1300000 && by_hand --check --allocator "$build/allocators/floor.so" --workload "$loop" \
    operations=20000 working_set=400 min_size=1048576 max_size=1048576 2>&1)
has "addresses that run out for the check are not the allocator's fault" "$out" \
    '^hakbench-worker: no addresses left to check a block of 1048576 bytes '
out=$(by_hand --allocator "$build/allocators/floor.so" --workload "$loop" "${small[@]}")
has "one line by hand" "$out" \
    '^allocator=floor .*operations=1000000 .*ns_per_operation=[0-9.]+ .*library=/.*floor\.so$'
is "one line only" "$(wc -l <<<"$out")" 1
extra=(DRIVER_VERSION=99)
out=$(drive --allocator "$build/allocators/floor.so" --workload "$loop")
has "another version of shm.h" "$out" '^error 1 .*version 99 .*this worker 5'
extra=()

echo "--- what each thread is given"
plugin asked tests/cli || exit 2
asked=(--allocator "$build/allocators/floor.so" --workload "$work/asked.so" warmup=0)
# The first outputs of SplitMix64 (Steele, Lea, Flood 2014) seeded with 0 and 1.
out=$(drive "${asked[@]}" --cpus 0,1 threads=2 seed=0)
has "thread 0: its seed, its CPU" "$out" '^thread 0 of 2 seed e220a8397b1dcdaf cpus 0$'
has "thread 1: its seed, its CPU" "$out" '^thread 1 of 2 seed 910a2dec89025cc1 cpus 1$'
out=$(drive "${asked[@]}" --cpus 1,0 threads=3 seed=0)
is "three threads on two CPUs in turn" \
    "$(sed -n 's/^thread \([0-9]\) of 3 .*cpus/\1 on/p' <<<"$out" | sort | xargs)" "0 on 1 1 on 0 2 on 1"

echo "--- the epochs of a soak"
for threads in 1 2; do
    extra=(DRIVER_SOAK=$((3000000 * threads)))
    out=$(drive "${asked[@]}" --cpus 0,1 threads=$threads)
    extra=()
    label="$threads threads"
    has "$label: exit 0" "$out" '^exit 0$'
    is "$label: the operations of an epoch are shared" "$(grep -a '^epoch' <<<"$out" | xargs)" \
        "epoch 0 operations $((3000000 * threads)) epoch 1 operations $((3000000 * threads)) epoch 2 operations $((3000000 * threads))"
    # One in 1,024.5 is timed, of 9 million: 8,785. The gaps are 512 to 1,535, each as likely: each
    # of the 64 at either end turns up, as good as all of the 1,024 do.
    for ((thread = 0; thread < threads; thread++)); do
        read -r timed least most distinct < <(sed -nE \
            "s/^thread $thread did 9000000 timed ([0-9]+) least ([0-9]+) most ([0-9]+) distinct ([0-9]+)$/\1 \2 \3 \4/p" <<<"$out")
        if [[ ${timed:-0} -ge 8600 && $timed -le 8970 && $least -ge 512 && $least -le 575 &&
            $most -le 1535 && $most -ge 1472 && $distinct -ge 900 ]]; then
            ok
        else
            bad "$label: timed operations keep no period" "$(grep -a '^thread' <<<"$out")"
        fi
    done
done

echo "--- usage and values"
refuse() { # name exit-pattern text words...
    local out status
    out=$(by_hand "${@:3}")
    status=$?
    is "$1: exit" "$status" 1
    has "$1" "$out" "$2"
}
floor=(--allocator "$build/allocators/floor.so" --workload "$loop")
refuse "no arguments" 'are needed'
refuse "unknown option" 'unknown option --colour' "${floor[@]}" --colour red
refuse "option without value" '--cpus cannot be ""' "${floor[@]}" --cpus
refuse "bad CPU list" '--cpus cannot be "0,,1"' "${floor[@]}" --cpus 0,,1
refuse "range of CPUs that ends before it begins" '--cpus cannot be "1-0"' "${floor[@]}" --cpus 1-0
refuse "CPU that is not there" 'cannot pin thread 0 to CPU 1000' "${floor[@]}" --cpus 1000
refuse "unknown parameter" '"colour=1" sets no parameter of random_mixed' "${floor[@]}" colour=1
refuse "not a number" 'operations: "20M" is not a plain unsigned number' "${floor[@]}" operations=20M
refuse "negative" 'seed: "-1" is not' "${floor[@]}" seed=-1
refuse "empty" 'seed: "" is not' "${floor[@]}" seed=
refuse "too many threads" 'threads: 65 is not in 1 to 64' "${floor[@]}" threads=65
refuse "twice" 'seed is set twice' "${floor[@]}" seed=1 seed=2
refuse "overflow" 'is not a plain unsigned number' "${floor[@]}" seed=99999999999999999999
refuse "sizes reversed" 'max_size 10 is below min_size 16' "${floor[@]}" max_size=10
refuse "size 0" 'min_size: 0 is not in 1' "${floor[@]}" min_size=0
refuse "above 1 GiB" 'max_size: 1073741825 is not in 1' "${floor[@]}" max_size=1073741825
refuse "above 64 TiB" 'above 64 TiB' "${floor[@]}" max_size=1073741824 working_set=1000000
refuse "library for the floor" 'loads no library' "${floor[@]}" --library /lib/libm.so
refuse "workload missing" 'cannot load .*nothing.so' --allocator "$build/allocators/floor.so" \
    --workload "$work/nothing.so"
refuse "allocator as workload" 'exports no hb_workload' --allocator "$build/allocators/floor.so" \
    --workload "$build/allocators/floor.so"
for touch in 0 1 2 3; do
    for sizes in "16 1039" "1 1" "16 1038" "5000 9095" "5000 9000"; do
        out=$(by_hand "${floor[@]}" touch=$touch min_size="${sizes% *}" max_size="${sizes#* }" \
            operations=100000)
        has "touch $touch, sizes $sizes" "$out" 'operations=100000 '
    done
done
out=$(by_hand --describe-workload "$loop")
is "describes the workload" $? 0
has "describes a parameter" "$out" $'^parameter\tworking_set\tcount\t400\t1\t100000000\tslots\t'
has "describes choices" "$out" $'\tfirst,none,page,all$'
out=$(by_hand --describe-workload "$loop" max_size=10)
is "refused values: exit" $? 2
is "refused values" "$out" $'error\trandom_mixed: max_size 10 is below min_size 16'

echo "--- broken plugins"
expect() { # name pattern...: what the runner sees of a broken plugin
    local name=$1 out
    shift
    out=$(drive --allocator "$broken/$name.so" --workload "$loop" operations=10000000)
    for pattern in "$@"; do has "$name" "$out" "$pattern"; done
}
expect crash_run '^signal 11$' '^last_phase measure$' '^error 0 $'
expect abort_run '^signal 6$' '^last_phase measure$'
expect crash_open '^signal 11$' '^last_phase base$'
expect exit_zero '^exit 0$' '^last_phase measure$'
expect null_late '^exit 1$' '^error 10 null_late returned NULL in the measured phase, on thread 0'
expect noisy '^exit 0$' '^last_phase finished$' '^error 0 $'
expect abi7 '^exit 1$' '^error 4 .*plugin ABI 7, this worker speaks 1$'
expect short_struct '^error 4 .*of 64 bytes'
expect no_symbol '^exit 1$' '^error 3 .*neither a plugin .* nor a malloc library'
expect unresolved '^error 2 .*undefined symbol: hb_symbol_that_nobody_has'
expect missing_library '^error 5 .*libnowhere.so.2, libnowhere.so: .*No such file'
expect refuse '^error 6 refuse: not on a day like this$'
expect unset '^error 6 .*unset'
expect foreign '^error 7 foreign: its malloc lies in .*libc'
expect foreign_blocks '^error 7 foreign_blocks: .*heap grew'
expect not_libc '^error 7 not_libc: .*not its own'
expect overlap '^error 6 overlap: two live blocks overlap$'
extra=(HB_FAULT_AFTER=1000)
expect crash_run '^signal 11$' '^last_phase warmup$'
expect null_late '^error 10 null_late returned NULL in the warm-up'
extra=()

# A hang ends by the watchdog's signal; orphans by their process group's.
status=0
{ env -i timeout -s KILL 3 "$worker" --allocator "$broken/hang_run.so" --workload "$loop" ||
    status=$?; } >/dev/null 2>&1
is "hang_run has to be killed" "$status" 137
set -m
env -i "$worker" --allocator "$broken/fork_twice.so" --workload "$loop" operations=10000000 \
    >"$work/fork.out" 2>&1 &
group=$!
set +m
wait "$group"
is "fork_twice measures well" $? 0
orphans=$(pgrep -g "$group" -r S,R,D | wc -l) # not those that are dead already
is "fork_twice leaves orphans in the worker's group" "$orphans" 2
kill -KILL -- "-$group" 2>/dev/null

echo "--- files that are no plugins"
printf 'not a library, but named like one; long enough to be read as an ELF header: %64s\n' . \
    >"$work/text.so"
refuse "text file" 'cannot load .*text.so: invalid ELF header' --allocator "$work/text.so" \
    --workload "$loop"
: >"$work/empty.so"
refuse "empty file" 'cannot load .*empty.so: file too short' --allocator "$work/empty.so" \
    --workload "$loop"
refuse "missing file" 'cannot load .*none.so: .*No such file' --allocator "$work/none.so" \
    --workload "$loop"
cp "$build/allocators/floor.so" "$work/class32.so"
printf '\001' | dd of="$work/class32.so" bs=1 seek=4 conv=notrunc status=none
refuse "32-bit file" 'cannot load .*class32.so: wrong ELF class: ELFCLASS32' \
    --allocator "$work/class32.so" --workload "$loop"

echo "--- unmodified malloc libraries"
cat >"$work/plain.c" <<'C'
#include "broken.h"
#define EXPORT __attribute__((visibility("default")))
static void start(void)
{
    struct hb_allocator_functions ignored;
    char message[1];
    if (!heap_next)
        (void)heap_open(NULL, NULL, &ignored, message, 1);
}
EXPORT void *malloc(size_t size) { start(); return heap_malloc(size); }
EXPORT void free(void *block) { heap_free(block); }
#ifndef TWO_ONLY
EXPORT void *calloc(size_t count, size_t size) { start(); return heap_calloc(count, size); }
EXPORT void *realloc(void *block, size_t size) { start(); return heap_realloc(block, size); }
#endif
C
include+=(-fno-builtin)
plugin plain
out=$(by_hand --allocator "$work/plain.so" --workload "$loop" "${small[@]}")
has "a malloc library without aligned_alloc" "$out" '^allocator=plain .*operations=1000000 '
include+=(-DTWO_ONLY)
plugin plain
refuse "a malloc library without calloc" 'exports no calloc of its own .* two heaps would mix' \
    --allocator "$work/plain.so" --workload "$loop"
extra=("LD_PRELOAD=$work/plain.so")
refuse "and preloaded" 'exports no calloc of its own .* two heaps would mix' --via preload \
    --preloaded "$work/plain.so" --allocator plain --workload "$loop"
extra=()
# Many a malloc library counts or logs, and passes its calls on.
cat >"$work/wrapper.c" <<'C'
#include <dlfcn.h>
#include <stddef.h>
static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }
void *malloc(size_t size) { return ((void *(*)(size_t))next("malloc"))(size); }
void free(void *block) { ((void (*)(void *))next("free"))(block); }
#ifdef WHOLE
void *calloc(size_t count, size_t size) { return ((void *(*)(size_t, size_t))next("calloc"))(count, size); }
void *realloc(void *block, size_t size) { return ((void *(*)(void *, size_t))next("realloc"))(block, size); }
#endif
C
for whole in "" -DWHOLE; do
    gcc -shared -fPIC -D_GNU_SOURCE $whole -o "$work/wrapper.so" "$work/wrapper.c" -ldl
    out=$(by_hand --allocator "$work/wrapper.so" --workload "$loop" "${small[@]}")
    has "a wrapper of the C library's malloc $whole" "$out" \
        "^allocator=wrapper version=a wrapper of the C library's malloc operations=1000000 "
    extra=("LD_PRELOAD=$work/wrapper.so")
    out=$(by_hand --via preload --preloaded "$work/wrapper.so" --allocator wrapper --workload "$loop" \
        "${small[@]}")
    has "and preloaded $whole" "$out" "^allocator=wrapper version=a wrapper of the C library's malloc "
    extra=()
done
for name in mimalloc jemalloc tcmalloc; do
    [[ -n ${library[$name]:-} ]] || { skip "$name as it is" "not installed"; continue; }
    out=$(by_hand --allocator "${library[$name]}" --workload "$loop" "${small[@]}")
    has "$name as it is" "$out" "library=${library[$name]}\$"
    has "$name as it is" "$out" "^allocator=lib$name"
done
if [[ -n ${library[jemalloc]:-} && -n ${library[mimalloc]:-} ]]; then
    refuse "the wrong library" 'mimalloc: the library has no mi_malloc' --allocator \
        "$build/allocators/mimalloc.so" --library "${library[jemalloc]}" --workload "$loop"
    out=$(by_hand --allocator "$build/allocators/mimalloc.so" --library "${library[mimalloc]}" \
        --workload "$loop" "${small[@]}")
    has "--library" "$out" "^allocator=mimalloc .*library=${library[mimalloc]}\$"
    tunables_kept=$tunables tunables=NOTHING=1
    out=$(by_hand --allocator "$build/allocators/jemalloc.so" --workload "$loop" "${small[@]}")
    grep -q 'static TLS' <<<"$out" && has "the remedy for static TLS" "$out" 'GLIBC_TUNABLES='
    tunables=$tunables_kept
fi

echo "--- preload"
for name in mimalloc jemalloc tcmalloc; do
    file=${library[$name]:-}
    [[ -n $file ]] || { skip "$name preloaded" "not installed"; continue; }
    extra=("LD_PRELOAD=$file")
    # Not drive(): what it starts would have the library preloaded too.
    out=$(by_hand --via preload --preloaded "$file" --allocator "allocators/$name.so" \
        --workload "$loop" "${small[@]}")
    has "$name preloaded" "$out" "^allocator=$name .*library=$file\$"
    refuse "$name preloaded unasked" "nothing was to be preloaded, but malloc comes from" \
        --via preload --allocator system --workload "$loop"
    extra=()
    refuse "$name not preloaded" 'LD_PRELOAD is not in the environment' \
        --via preload --preloaded "$file" --allocator "$name" --workload "$loop"
done
proxy=$(dirname "${library[tbbmalloc]:-/nowhere/x}")/libtbbmalloc_proxy.so.2
if [[ -e $proxy ]]; then
    extra=("LD_PRELOAD=$proxy")
    out=$(by_hand --via preload --preloaded "$proxy" --allocator tbbmalloc --workload "$loop" \
        "${small[@]}")
    has "tbbmalloc preloaded by its proxy" "$out" '^allocator=tbbmalloc .*libtbbmalloc_proxy'
    extra=()
else
    skip "tbbmalloc preloaded" "not installed"
fi
out=$(by_hand --via preload --allocator system --workload "$loop" "${small[@]}")
has "system preloaded" "$out" '^allocator=system .*library=.*/libc\.so\.6$'
ignored() { # name file pattern
    extra=("LD_PRELOAD=$2")
    refuse "preload ignored: $1" "was to be preloaded, but malloc comes from .*$3" --via preload \
        --preloaded "$2" --allocator system --workload "$loop"
    out=$(drive --via preload --preloaded "$2" --allocator system --workload "$loop")
    has "preload ignored: $1, number" "$out" '^error 8 '
    extra=()
}
ignored "missing" "$work/none.so" 'no such file'
ignored "32-bit" "$work/class32.so" '32-bit'
ignored "text" "$work/text.so" 'not an ELF file'
ignored "no malloc in it" "$build/allocators/floor.so" 'exports no malloc'

echo "--- no system call in the measured phase"
# Every system call from the answer to READY to the word DONE, the driver's own left out, each
# thread's two looks at its CPU time, before its first operation and after its last, and the two at
# the switches of all, before the first of them and after the last.
calls_measured() { # worker arguments...
    env -i "$tunables" "${extra[@]}" strace -f -o "$work/trace" "$work/driver" 200 "$worker" "$@" >/dev/null 2>&1
    awk 'NR == 1 { driver = $1 }
        $1 == driver { next }
        /sendto\(4, "\\7"/ { print "DONE"; exit }
        /clock_gettime\(CLOCK_THREAD_CPUTIME_ID|<\.\.\. clock_gettime resumed/ { next }
        /getrusage\(RUSAGE_SELF|<\.\.\. getrusage resumed/ { next }
        inside
        /sendto\(4, "\\4"/ { ready = 1 }
        ready && /recvfrom.*= 1$/ { inside = 1 }' "$work/trace"
}
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
    is "system calls of one thread" "$(calls_measured "${floor[@]}" --cpus 0,1 "${small[@]}")" DONE
    # With threads, the barriers before and after the phase wake and sleep; nothing else may be.
    calls=$(calls_measured "${floor[@]}" --cpus 0,1 threads=2 "${small[@]}" | grep -v futex)
    is "system calls of two threads, but for the barriers" "$calls" DONE
    # One that is done early waits for a slower one without any: between that one's first slice and
    # its last there is none at all.
    extra=(ASKED_PACE=1)
    calls=$(calls_measured "${asked[@]}" --cpus 0,1 threads=2 | awk '
        /<\.\.\. getppid resumed/ { next }
        /getppid\(/ { if (inside) print "END"; inside = !inside; next } inside')
    is "system calls of a thread that is done early" "$calls" END
    extra=()
    # Nor may a wait be more than giving the CPU away, and a pace more than sleeping.
    calls=$(calls_measured --allocator "$build/allocators/floor.so" --cpus 0,1 \
        --workload "$build/workloads/producer_consumer.so" "${small[@]}" | grep -vE 'futex|sched_yield')
    is "system calls of a producer and its consumer, but for barriers and yields" "$calls" DONE
    calls=$(calls_measured --allocator "$build/allocators/floor.so" --cpus 0,1 \
        --workload "$build/workloads/larson.so" "${small[@]}" | grep -v futex)
    is "system calls of larson's two threads, but for the barriers" "$calls" DONE
    calls=$(calls_measured --allocator "$build/allocators/floor.so" light_seconds=1 operations=5000 \
        --workload "$build/workloads/spike.so" blocks=1000)
    has "a paced workload sleeps" "$calls" 'clock_nanosleep|nanosleep'
    is "system calls of a paced workload, but for its sleeps" "$(grep -v nanosleep <<<"$calls")" DONE
    calls=$(calls_measured --allocator "$broken/noisy.so" --workload "$loop" "${small[@]}")
    has "a system call is found where there is one" "$calls" 'write\(1, '
else
    skip "no system call in the measured phase" "strace is missing or not permitted"
fi

echo "--- docs/plugins.md: an allocator in 20 lines"
awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' docs/plugins.md \
    >"$work/page.c"
include=(-std=gnu11 -O2 -Wall -Wextra -Werror -Iallocators)
plugin page
out=$(by_hand --allocator "$work/page.so" --workload "$loop" "${small[@]}")
has "it runs" "$out" '^allocator=page .*operations=1000000 '

echo "$passed passed, $failed failed$([[ $skipped -gt 0 ]] && echo ", $skipped skipped")"
[[ $failed -eq 0 ]]
