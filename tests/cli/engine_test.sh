#!/usr/bin/env bash
# What `hakbench exec` measures and ends (src/program), through engine_driver.c and on programs that
# are hard to measure (engine_program.c): figures against time(1) and strace, allocators in effect,
# commands that stop, hang, flood, daemonise and multiply, servers, and that nothing is left behind.
# shellcheck disable=SC2016 # what stands in single quotes is for the commands' own shells, and awk
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
cc=${CC:-cc}
driver=$tmp/driver program=$tmp/engine-$$
flags=(-std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror)
[[ -e $build/tests/librooms.so ]] || { echo "librooms.so is not built"; echo "0 passed, 1 failed"; exit 1; }
"$cc" "${flags[@]}" -Isrc -o "$driver" tests/cli/engine_driver.c -L"$build/tests" -lrooms \
    -Wl,-z,now -Wl,-rpath,"$build/tests" || exit 2
"$cc" "${flags[@]}" -pthread -o "$program" tests/cli/engine_program.c || exit 2
library=$build/libhakmem.so
out=$tmp/out
export TMPDIR=$tmp/runs # what a run leaves is here
mkdir "$TMPDIR"

drive() { timeout -k 1 120 "$driver" "$@" >"$out" 2>"$tmp/driver.err"; } # [OPTION VALUE]... -- COMMAND
fact() { sed -n "s/^$1 //p" "$out" | head -n 1; }                      # NAME
within() { # NAME VALUE LEAST MOST
    if awk -v v="$2" -v l="$3" -v m="$4" 'BEGIN { exit !(v != "nan" && v + 0 >= l + 0 && v + 0 <= m + 0) }'; then
        ok
    else
        bad "$1: $2 is not within $3 and $4" "$(cat "$out")"
    fi
}
alive() { pgrep -fc "$program" || true; } # processes of the program under measure, by its unique name
none_left() { # NAME: nobody, no folder, no keeper of ours
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        [[ $(alive) -ne 0 || -n $(ls -A "$TMPDIR") ]] || break
        nap 0.05
    done
    is "$1: processes left" "$(alive)" 0
    is "$1: folders left" "$(ls -A "$TMPDIR")" ""
}

echo "--- how it ends"
drive -- sh -c 'exit 3'
is "its exit status" "$(fact end) $(fact status) $(fact reason)" "exited 3 exit status 3"
drive -- "$program" self 11
is "its signal" "$(fact end) $(fact signal)" "signalled 11"
has "the signal's name" "$out" 'reason killed by SIGSEGV'
drive -- "$tmp/none"
is "what is not there" "$(fact end) $(fact start_errno) $(fact processes)" "not started 2 0"
has "its name" "$out" 'reason cannot start .*/none: No such file'
drive --folder "$tmp/none" -- true
has "a folder that is not there" "$out" 'reason cannot work in .*/none: No such file'
drive --preload "$library" --input "$tmp/none" -- true
is "an input that is not there" "$(fact end) $(fact start_errno)" "not started -1"
has "and its name" "$out" 'reason cannot open .*/none: No such file or directory$'
drive --preload "$tmp/no ne.so" -- true
has "a library that is not there" "$out" 'reason cannot find .*/no ne.so: No such file or directory$'
drive --timeout 0.3 -- "$program" leaves 0
is "one that is in time" "$(fact end)" exited
drive --timeout 0.3 --grace 0.2 -- sh -c 'trap "" TERM; while :; do sleep 0.1; done'
is "one that is not, and will not end" "$(fact end) $(fact signal)" "timeout 9"
drive --timeout 0.3 --grace 5 -- sh -c 'trap "echo bye; exit 4" TERM; while :; do sleep 0.1; done' --keep 10
is "one that is not, and cleans up" "$(fact end) $(fact status)" "timeout 4"
for count in "" "--count 1"; do
    # shellcheck disable=SC2086
    drive $count --grace 0.5 -- sh -c 'kill -STOP $$; echo on' "$program"
    is "one that stops itself $count" "$(fact end)" "stopped itself"
    # shellcheck disable=SC2086
    drive $count --keep 10 -- sh -c 'parent=$$; (sleep 1.6; kill -CONT $parent) & kill -STOP $$; echo on'
    is "one that is continued by its own $count" "$(fact end) $(fact stdout_kept)" "exited on"
done
none_left "after all these ends"

echo "--- what it gets and what it says"
drive --keep 100 -- "$program" where
is "no terminal, a group of its own, an empty input" \
    "$(grep -aE '^(stdout_kept leader|session|terminal|input)' "$out" | tr '\n' ' ')" \
    "stdout_kept leader 1 session 0 terminal 0 input 0 "
printf 'a\0b\n' >"$tmp/input"
drive --input "$tmp/input" --keep 2 -- cat
is "binary output is counted whole" "$(fact stdout_bytes)" 4
digest=$(fact stdout_digest)
check "a digest" test ${#digest} -eq 32
drive --input "$tmp/input" -- cat
is "the digest of the same is the same, kept or not" "$(fact stdout_digest)" "$digest"
drive -- printf 'a\nb\n'
check "another output's is another" test "$(fact stdout_digest)" != "$digest"
drive --limit 50000000 --grace 1 -- yes
is "endless output" "$(fact end)" "output limit"
has "its reason" "$out" 'reason wrote more than 50000000 bytes'
drive --keep 10 -- sh -c 'echo hi; exec >&- 2>&-; sleep 0.2; exit 5'
is "one that closes its output early" "$(fact status) $(fact stdout_bytes)" "5 3"
argument=$(head -c 100000 /dev/zero | tr '\0' a)
drive --keep 10 -- sh -c 'echo ${#1}' sh "$argument"
is "an argument of 100,000 bytes" "$(fact stdout_kept)" 100000
HAKMEM_HARDEN=1 drive --env 'A=b c' --keep 100000 -- env
has "a clean environment" "$out" '^PATH='
has_not "nothing of the harness's" "$out" 'HAKMEM_HARDEN|COLUMNS'
has "what it is given" "$out" '(^|^stdout_kept )A=b c$'
drive --keep 1000 -- sh -c 'pwd; ls -A; echo x >file'
has "a fresh folder" "$out" "^stdout_kept $TMPDIR/"
is "which is empty" "$(grep -ac . <(sed -n '/^stdout_kept/,/^stderr/p' "$out"))" 2
drive --shell /bin/sh --keep 10 --cost 3 -- 'exit $1' 7
is "a script for a shell" "$(fact status)" 7
within "what the shell costs" "$(fact shell_wall)" 0 60

echo "--- figures"
drive --sample 0.02 -- "$program" burns 0.1 4
within "user and system time are the tree's sum" "$(awk '/^(user|system) /{s += $2} END {print s}' "$out")" 0.38 0.8
if [[ -x /usr/bin/time ]]; then
    for command in "$program burns 0.2 2" "$program spike 60" "sh -c 'ls -R /usr/share/doc >/dev/null'"; do
        eval "/usr/bin/time -f '%U %S %F %R %M' -o '$tmp/time' $command"
        read -r user system major minor peak <"$tmp/time"
        eval "drive -- $command"
        within "time(1)'s CPU time of $command" "$(awk '/^(user|system) /{s += $2} END {print s}' "$out")" \
            "$(awk "BEGIN { print ($user + $system) * 0.6 - 0.05 }")" "$(awk "BEGIN { print ($user + $system) * 1.6 + 0.05 }")"
        within "its faults" "$(awk '/^(minor|major) /{s += $2} END {print s}' "$out")" \
            $(((minor + major) * 9 / 10 - 60)) $(((minor + major) * 11 / 10 + 60))
        [[ $peak -lt 1600 ]] ||
            within "its resident peak" "$(fact peak_rss)" $((peak * 1024 * 8 / 10)) $((peak * 1024 * 12 / 10))
    done
else
    skip "time(1)" "not here"
fi
drive --sample 0.01 -- "$program" spike 80
within "a peak between start and end" "$(fact peak_pss)" $((80 << 20)) $((90 << 20))
within "the kernel's own of the largest" "$(fact peak_rss)" $((80 << 20)) $((90 << 20))
check "the series shows it come and go" awk '/^sample/ { n++; last = $3; if ($3 > most) most = $3 }
    END { exit !(n > 3 && last < most / 4) }' "$out"
drive --sample 0.01 -- "$program" shared 50 6
within "what children share counts once" "$(fact peak_pss)" $((45 << 20)) $((70 << 20))
drive --sample 0.01 -- "$program" vforked 50
within "and what a vforked child borrows" "$(fact peak_pss)" $((50 << 20)) $((60 << 20))
drive --sample 0.001 -- sleep 4
check "a long series is thinned" awk '/^sample/ { n++; last = $2 } END { exit !(n > 8 && n <= 512 && last > 2) }' "$out"
drive -- sleep 0.1
check_not "no samples unless they are wanted" grep -q '^sample' "$out"
drive --root "$tmp" --sample 0.01 -- sleep 0.2
is "no control group: not known" "$(fact peak_cgroup)" nan
has "and it says so" "$out" 'unknown no control groups here'
drive -- "$program" spike 40
if [[ $(fact peak_cgroup) != nan ]]; then
    within "the control group's peak" "$(fact peak_cgroup)" $((40 << 20)) $((60 << 20))
else
    skip "a control group's peak" "$(fact unknown)"
fi

echo "--- the counting pass"
drive --count 1 -- "$program" forks 300
is "every process is counted" "$(fact processes) $(fact exact)" "301 1"
drive --count 1 -- "$program" calls 500
maps=$(fact calls_mmap)
drive --count 1 -- "$program" calls 0
is "a child's memory system calls" "$((${maps% *} - $(fact calls_mmap | cut -d' ' -f1)))" 500
if command -v strace >/dev/null; then
    script='for i in 1 2 3; do ls / >/dev/null; done; (exec ls / >/dev/null) & wait'
    strace -f -c -o "$tmp/strace" -e trace=mmap,munmap,mremap,madvise,mprotect,brk sh -c "$script"
    drive --count 1 -- sh -c "$script"
    for call in mmap munmap mprotect brk; do
        is "strace counts as many $call" "$(fact "calls_$call" | cut -d' ' -f1)" \
            "$(awk -v c="$call" '$NF == c { print $4 }' "$tmp/strace")"
    done
else
    skip "strace -c -f" "not here"
fi
drive --count 1 -- "$program" unwaited 0.1
has "time that the kernel drops is named" "$out" 'unknown .*ignores SIGCHLD'

echo "--- what a machine may refuse"
if "$cc" -o "$tmp/deny" tests/fault/deny.c -lseccomp 2>/dev/null; then
    denied() { timeout -k 1 120 "$tmp/deny" "$@" >"$out" 2>"$tmp/driver.err"; } # CALL... -- COMMAND
    denied ptrace -- "$driver" --count 1 -- true
    is "no ptrace" "$(fact end)" "not started"
    has "why" "$out" 'reason the command cannot be traced here: Operation not permitted'
    denied ptrace kcmp personality -- "$driver" --sample 0.01 -- "$program" vforked 50
    within "a timed run needs none" "$(fact peak_pss)" $((50 << 20)) $((60 << 20))
    denied mkdir -- "$driver" --folder / --sample 0.01 -- sleep 0.3
    has "no control group" "$out" 'unknown no control group with memory.peak can be made here'
else
    skip "what a machine may refuse" "no libseccomp to link with"
fi
if unshare -m true 2>/dev/null; then
    # Without /proc who left the group cannot be found; who stayed in it is.
    unshare -m sh -c "mount -t tmpfs none /sys; umount -l /proc; exec timeout 60 \"\$@\"" sh \
        "$driver" --grace 0.2 --sample 0.01 -- sh -c "$program leaves 2 & $program spike 40" >"$out" 2>&1
    is "neither /proc nor /sys" "$(fact end) $(fact peak_pss) $(fact peak_cgroup)" "exited nan nan"
    has "it says so of groups" "$out" '^unknown (.*; )?no control groups here'
    has "and of samples" "$out" '^unknown (.*; )?no /proc/PID/smaps_rollup here'
    within "the largest process is known all the same" "$(fact peak_rss)" $((40 << 20)) $((50 << 20))
    none_left "neither /proc nor /sys"
else
    skip "neither /proc nor /sys" "no namespace of its own"
fi

echo "--- the allocator in effect"
cp "$library" "$tmp/a lib: \$ORIGIN.so"
printf 'int main(void) { return 0; }\n' >"$tmp/empty.c"
printf '#include <stdlib.h>\n#include <string.h>\nstatic char heap[1 << 20]; static size_t used;
void *malloc(size_t n) { void *p = heap + used; used += (n + 15) & ~15ul; return p; }
void free(void *p) { (void)p; } void *calloc(size_t n, size_t m) { return malloc(n * m); }
void *realloc(void *p, size_t n) { void *q = malloc(n); return p ? memcpy(q, p, n) : q; }
int main(void) { return 0; }\n' >"$tmp/own.c"
"$cc" -o "$tmp/plain" "$tmp/empty.c" && "$cc" -static -o "$tmp/static" "$tmp/empty.c" &&
    "$cc" -fno-builtin -rdynamic -o "$tmp/own" "$tmp/own.c" || exit 2
for preload in "$library" "$tmp/a lib: \$ORIGIN.so"; do
    drive --preload "$preload" --count 1 -- sh -c "$tmp/plain; $tmp/static; $tmp/own; env -u LD_PRELOAD $tmp/plain; :"
    is "in how many of them" "$(fact in_effect) of $(fact processes)" "2 of 5"
    has "a static one" "$out" '^kind 1 static: static$'
    has "one with a malloc of its own" "$out" '^kind 1 own: its own malloc$'
    has "one that was started without it" "$out" '^kind 1 plain: LD_PRELOAD unset$'
    has "and one with it" "$out" '^kind 1 plain: in effect$'
done
ln -s plain "$tmp/linked" && cp "$tmp/plain" "$tmp/of-a-name-longer-than-15"
printf '#!/bin/sh\n' >"$tmp/script" && chmod 755 "$tmp/script"
drive --preload "$library" --count 1 -- sh -c "$tmp/linked; $tmp/of-a-name-longer-than-15; $tmp/script; :"
for name in linked of-a-name-longer-than-15 script sh; do
    has "the name it was started by" "$out" "^kind 1 $name: in effect\$"
done
printf 'no library\n' >"$tmp/text.so"
drive --preload "$tmp/text.so" --count 1 -- "$tmp/plain"
has "a library that the loader does not take" "$out" '^kind 1 plain: not loaded$'
drive --count 1 -- "$tmp/plain"
is "without one the C library's own is in effect" "$(fact in_effect) of $(fact processes)" "1 of 1"
drive --preload "$library" --sample 0.02 -- sleep 0.5
has "a timed run sees it as well" "$out" '^kind 1 (sleep|coreutils): in effect$'
if [[ $(id -u) -eq 0 ]] && command -v setpriv >/dev/null; then
    cp "$tmp/plain" "$tmp/rights" && cp "$program" "$tmp/writer" && chmod 4755 "$tmp"/{rights,writer} &&
        chmod 755 "$tmp" && chmod 777 "$TMPDIR"
    as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups timeout 60 "$driver")
    "${as_nobody[@]}" --preload "$library" --count 1 -- "$tmp/rights" >"$out" 2>"$tmp/driver.err"
    if findmnt -no OPTIONS -T "$tmp" | grep -q nosuid; then
        skip "a set-user-ID program" "$tmp is mounted nosuid"
    elif [[ ! -s $out ]]; then
        skip "a set-user-ID program" "nobody may not run the driver here"
    else
        has "a set-user-ID program" "$out" '^kind 1 rights: set-user-ID$'
        "${as_nobody[@]}" --timeout 0.5 --grace 0.1 --keep 100 -- "$tmp/writer" unkillable >"$out" 2>"$tmp/driver.err"
        is "those that may not be killed and write on are left" "$(fact end) $(fact stuck)" "timeout 4"
    fi
else
    skip "a set-user-ID program" "needs root"
fi

echo "--- what it leaves behind"
drive --grace 0.3 -- sh -c "setsid $program self 19 & setsid sh -c 'trap \"\" TERM; $program leaves 2' & sleep 0.3; exit 3"
is "its own status holds" "$(fact end) $(fact status)" "exited 3"
has "who outlived it is named" "$out" "^left [0-9]+ .*engine-$$"
none_left "daemons"
drive -- "$program" leaves 1500
is "they may be many" "$(fact left | cut -d' ' -f1)" 1500
none_left "many"
drive --grace 0.2 -- "$program" threaded
is "a thread's child" "$(fact left | cut -d' ' -f1)" 1
none_left "a thread's child"
drive --timeout 1 --grace 0.2 -- "$program" chain
is "one that runs away" "$(fact stuck)" 0
none_left "one that runs away"
drive -- sh -c "(nap=0.05; sleep \$nap) & exit 0"
is "what ends in a moment is not called left" "$(fact left)" "0 "

echo "--- cut off"
hard='setsid sh -c "trap \"\" TERM INT HUP; exec $0 spike 1 $0 & exec $0 leaves 2" & $0 leaves 1; exec $0 leaves 1 & sleep 60'
for moment in 0 0.02 0.1 0.4; do
    for signal in INT TERM KILL; do
        # The shell's background jobs ignore SIGINT, and would lose one that comes before the handlers.
        env --default-signal=INT "$driver" --grace 0.2 --sample 0.01 -- sh -c "$hard" "$program" >"$out" 2>&1 &
        pid=$!
        until [[ $(readlink "/proc/$pid/exe") == "$driver" ]]; do :; done
        [[ $moment == 0 ]] || nap "$moment"
        kill -s "$signal" "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
        code=$?
        # Before it has its handlers a signal ends it as it ends any program.
        check "$signal after $moment s: $code" test "$code" -eq 130 -o "$code" -eq $((128 + $(kill -l $signal)))
        none_left "$signal after $moment s"
    done
done
"$driver" -- sh -c "$hard" "$program" >"$out" 2>&1 &
pid=$!
nap 0.4
pkill -KILL -P "$pid"
wait "$pid" 2>/dev/null
is "when its keeper is killed" $? 3
has "it says so" "$out" 'kept a command was killed'
none_left "when its keeper is killed"
sh -c 'sleep 600 & echo $! >"$0"; exec "$@"' "$tmp/stranger" "$driver" -- sh -c "$hard" "$program" >"$out" 2>&1 &
pid=$!
until keeper=$(pgrep -P "$pid" exec-keeper); do nap 0.05; done
nap 0.4
kill -KILL "$keeper"
wait "$pid" 2>/dev/null
is "when its keeper is killed beside a child of its starter's" $? 3
none_left "when its keeper is killed beside a child of its starter's"
check "that child lives on" kill "$(cat "$tmp/stranger")"
# All of it stands still for 3 s, as in a frozen container: no time-out counts that, and it is said.
"$driver" --timeout 2 -- sh -c 'sleep 0.8; echo done' "$program" >"$out" 2>&1 &
pid=$!
until keeper=$(pgrep -P "$pid" exec-keeper) && command=$(pgrep -P "$keeper"); do nap 0.02; done
stopped=("$pid" "$keeper" "$command")
kill -STOP "${stopped[@]}"
nap 3
kill -CONT "${stopped[@]}"
wait "$pid"
is "paused: it ends well" "$(fact end)" exited
within "paused: how long" "$(fact paused_s)" 2.4 600
"$driver" --timeout 60 -- sleep 1 >"$out" 2>&1
is "not paused" "$(fact paused_s)" 0.000
"$driver" -- sh -c "$program deep 150 & sleep 60" >"$out" 2>&1 &
pid=$!
until [[ $(alive) -ge 151 ]]; do nap 0.05; done
pkill -KILL -P "$pid"
wait "$pid" 2>/dev/null
is "who lost its parents one by one" "$(alive)" 0

echo "--- servers"
serve='import socket, sys, time
s = socket.socket(socket.AF_UNIX if sys.argv[1][0] == "/" else socket.AF_INET)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1) # the port of the server before is in TIME_WAIT
s.bind(sys.argv[1] if sys.argv[1][0] == "/" else ("127.0.0.1", int(sys.argv[1])))
s.listen(); print("now serving", flush=True)
while True: s.accept()'
port=$((20000 + $$ % 20000))
for ready in tcp:$port "output:^now serving$" "unix:$tmp/socket"; do
    where=$port
    [[ $ready != unix:* ]] || where=$tmp/socket
    drive --keep 1000 --grace 5 --ready "$ready" -- "$(command -v python3)" -c "$serve" "$where"
    is "$ready" "$(fact taken) $(fact ready) $(fact end)" "0 up ended"
    has "its memory at a named moment" "$out" '^now [0-9.]+ [0-9]{6,} [1-9]'
done
drive --ready "tcp:$port" -- sh -c 'echo no >&2; exit 1'
is "one that dies" "$(fact ready) $(fact end) $(fact status)" "died exited 1"
drive --keep 10 --grace 0.3 --ready output:up -- sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done'
is "one that ignores SIGTERM" "$(fact ready) $(fact end) $(fact signal)" "up ended 9"
has "and it says so" "$out" 'reason did not end within 0.3 s of SIGTERM'
none_left "servers"
finish
