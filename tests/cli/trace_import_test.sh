#!/usr/bin/env bash
# `hakbench trace import` and `trace export`: what others recorded, and back to text.
#   HAKBENCH_TRACES=folder  where others' recordings are: systemui.zip of AOSP's memory_replay, and those
#                           of heaptrack's tests; skipped without
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
samples=${HAKBENCH_TRACES:-}
trace=$tmp/out.hbt

# --- each format -------------------------------------------------------------------------------
cat >"$tmp/replay.txt" <<'END'
100: malloc 0x1000 48
200: calloc 0x2000 32 8
100: realloc 0x3000 0x1000 150
200: memalign 0x4000 64 100
100: free 0x2000
100: thread_done 0x0
END
hb_is "Android's text" 0 trace import "$tmp/replay.txt" -o "$trace"
has "says what it is" "$out" 'out.hbt: Android memory_replay, no times$'
has "its lines" "$out" '^  lines +6$'
has "its events" "$out" '^  events +6$'
has "its threads" "$out" '^  threads +2$'
has "its blocks" "$out" '^  blocks made +4$'
has "its peak: 256 + 150 + 100" "$out" '^  peak of live bytes 506 B$'
has "what it has not" "$out" '^  not in this format: '
is_empty "no word more" "$err"
hb_is "it is a trace" 0 trace info "$trace"
cat >"$tmp/log" <<'END'
7 7 malloc(32)=0x10
8 8 malloc(5)=0x10
7 9 realloc(0x10,64)=0x20
7 7 jemalloc_stats()
7 7 free(0x99)
7 7 free(0x20)
END
hb_is "Firefox's log" 0 trace import --force "$tmp/log" -o "$trace"
has "has the first process's calls" "$out" '^  events +3$'
has "says that there is another" "$out" 'other processes, left out; --process takes another: 1$'
has "and a block from before" "$out" 'nobody saw made: .*: 1$'
hb_is "the other process" 0 trace import --force --process 8 "$tmp/log" -o "$trace"
has "has a call" "$out" '^  events +1$'
hb_is "strictly" 2 trace import --force --strict "$tmp/log" -o "$trace"
has "the free of nothing is told" "$err" 'log:5: free of 0x99: expected one with a live block$'
printf 'v 10550 3\nX ./app\n+ 10 1 1000\nc a\n+ 20 1 2000\n- 1000\n' | gzip >"$tmp/raw.gz"
hb_is "heaptrack's raw file, packed" 0 trace import --force "$tmp/raw.gz" -o "$trace"
has "is known by its content" "$out" 'heaptrack; times of 10 ms'
has "has its peak" "$out" '^  peak of live bytes 48 B$'
printf 'v 10000 2\na 10 1\n+ 0\n+ 0\n- 0\n' >"$tmp/interpreted"
hb_is "an interpreted one" 0 trace import --force "$tmp/interpreted" -o "$trace"
has "is told from it" "$out" 'heaptrack, interpreted'
python3 - "$tmp" <<'PY'
import struct, sys, zipfile
ops = [(0, 0, 0, 0, 16), (3, 1, 6, 5, 32), (2, 0, 0, 0, 48), (1, 1, 0, 0, 0)]
with open(f"{sys.argv[1]}/x.ops", "wb") as file:
    file.write(b"".join(struct.pack("<IHHQQ", *op) for op in ops))
with zipfile.ZipFile(f"{sys.argv[1]}/x.zip", "w", zipfile.ZIP_DEFLATED) as file:
    file.write(f"{sys.argv[1]}/replay.txt", "replay.txt")
PY
hb_is "WebKit's ops" 0 trace import --force "$tmp/x.ops" -o "$trace"
has "are records" "$out" '^  records +4$'
hb_is "a zip" 0 trace import --force "$tmp/x.zip" -o "$trace"
has "is read" "$out" '^  events +6$'
hb_is "a pipe" 0 trace import --force - -o "$trace" <"$tmp/replay.txt"
has "is read as well" "$out" '^  events +6$'
for narrow in 60 80; do
    COLUMNS=$narrow hb_is "in $narrow columns" 0 trace import --force "$tmp/x.ops" -o "$trace"
    has_not "no line is wider than $narrow" "$out" "^[^/].{$narrow}"
done

# --- back to text ------------------------------------------------------------------------------
hb_is "import" 0 trace import --force "$tmp/replay.txt" -o "$trace"
hb_is "export" 0 trace export "$trace" -o "$tmp/back.txt"
is_empty "says nothing where nothing is lost" "$err"
is "the text" "$(paste -sd, "$tmp/back.txt")" \
    "1: malloc 0x10 48,2: calloc 0x20 1 256,1: realloc 0x30 0x10 150,2: memalign 0x40 64 100,1: free 0x20,1: thread_done 0x0"
hb_is "and again" 0 trace import "$tmp/back.txt" -o "$tmp/again.hbt"
hb_is "to standard output" 0 trace export "$tmp/again.hbt"
check "it is the same text" cmp "$out" "$tmp/back.txt"
printf '1: malloc 0x10 8 500 510\n1: malloc 0x0 9 600 601\n1: free 0x10 700 701\n' >"$tmp/times.txt"
hb_is "text with times" 0 trace import "$tmp/times.txt" -o "$tmp/times.hbt"
has "has them" "$out" 'Android memory_replay$'
hb_is "they come back" 0 trace export "$tmp/times.hbt"
is "from the first event on" "$(paste -sd, "$out")" "1: malloc 0x10 8 1 1,1: free 0x10 201 201"
has "a call that failed does not" "$err" '^hakbench: 1 calls that failed are left out'
hb_is "or without" 0 trace export --no-times "$tmp/times.hbt"
is "as older readers want it" "$(paste -sd, "$out")" "1: malloc 0x10 8,1: free 0x10"
hb_is "over a file" 2 trace export "$tmp/times.hbt" -o "$tmp/back.txt"
hb_is "of no trace" 2 trace export "$tmp/times.txt"
hb_is "to a full disk" 3 trace export "$tmp/times.hbt" -o /dev/full
check "which stays" test -c /dev/full

# --- many events -------------------------------------------------------------------------------
maker=$tmp/trace_maker
if "${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -Isrc -o "$maker" tests/cli/trace_maker.c -L"$build/tests" -lrooms \
    -Wl,-rpath,"$build/tests" >"$err" 2>&1; then
    check "a large trace is made" "$maker" 500000 16 5000 "$tmp/large.hbt"
    hb_is "as text" 0 trace export "$tmp/large.hbt" -o "$tmp/large.txt"
    hb_is "and back" 0 trace import "$tmp/large.txt" -o "$tmp/large2.hbt"
    has "all of it" "$out" '^  events +500,000$'
    has "with its threads" "$out" '^  threads +16$'
    hb_is "as text again" 0 trace export "$tmp/large2.hbt" -o "$tmp/large2.txt"
    # Times begin with the first event: each is as much less as that one.
    is "nothing has changed but the clock" "$(awk '{ $NF = $(NF - 1) = "" } 1' "$tmp/large.txt" | md5sum)" \
        "$(awk '{ $NF = $(NF - 1) = "" } 1' "$tmp/large2.txt" | md5sum)"
    rm -f "$tmp"/large*
else
    bad "trace_maker.c" "$(cat "$err")"
fi

# --- what is refused ---------------------------------------------------------------------------
rm -f "$trace"
refused() { # name text pattern [option...]
    printf '%b' "$2" >"$tmp/bad"
    hb_is "$1" 2 trace import "${@:4}" "$tmp/bad" -o "$trace"
    has "$1 is told" "$err" "$3"
    is "$1: in one line" "$(wc -l <"$err")" 1
    check_not "$1: nothing is left" test -e "$trace"
}
refused "a size beyond 64 bits" '1: malloc 0x10 5\n1: malloc 0x20 18446744073709551616\n' 'bad:2: expected TID: malloc POINTER SIZE'
refused "a product beyond it" '1: calloc 0x20 4294967296 4294967296\n' 'bad:1: expected COUNT times SIZE below 2.64'
refused "a block beyond all memory" '1: malloc 0x20 9223372036854775808\n' 'bad:1: a block of 9223372036854775808 bytes; expected at most'
refused "a negative thread" '1: free 0x0\n-1: free 0x0\n' 'bad:2: expected TID: .* TID from 0 to 2147483647'
refused "a free of an unknown block" '1: malloc 0x10 5\n1: free 0x10\n1: free 0x10\n' 'bad:3: free of 0x10: expected one with a live block'
refused "a NUL" '1: malloc 0x10 5\n1: malloc\0 0x20 5\n' 'bad:2: expected TID: malloc POINTER SIZE'
refused "controls" '1: malloc 0x10 5\n\033[31m1: x\n' 'bad:2: .*found "\?\[31m1: x"'
refused "half a record" "$(printf 'x%.0s' {1..30})" 'is no trace that is read' --from auto
refused "no format" 'hello\n' 'bad is no trace that is read: those are heaptrack.s .*, Android.s .*, Firefox.s .*, WebKit.s'
refused "no calls" 'v 10550 3\nX ./app\n' 'bad: expected calls of malloc.s family, found none'
refused "an empty file" '' 'bad is empty'
refused "another format than said" '1: malloc 0x10 5\n' 'bad:1: expected "v HEAPTRACK_VERSION' --from heaptrack
head -c 30 "$tmp/raw.gz" >"$tmp/torn.gz"
hb_is "a torn file" 2 trace import "$tmp/torn.gz" -o "$trace"
has "is told" "$err" 'torn.gz: the file ends inside its gzip data'
check_not "nothing is left of it" test -e "$trace"
hb_is "an endless line" 2 trace import --from memory_replay - -o "$trace" < <(head -c 1G /dev/zero | tr '\0' 1)
has "is no reason to read all of it" "$err" '/dev/stdin:1: the line is longer than 1048576 bytes'
hb_is "no file" 2 trace import -o "$trace"
hb_is "two files" 2 trace import "$tmp/log" "$tmp/raw.gz" -o "$trace"
hb_is "no output" 2 trace import "$tmp/log"
has "asks where to" "$err" 'where to\? -o FILE.hbt'
hb_is "a format that is none" 2 trace import --from heaptrak "$tmp/log" -o "$trace"
has "has a nearest" "$err" 'did you mean "heaptrack"'
cp "$tmp/log" "$trace"
hb_is "over a file" 2 trace import "$tmp/log" -o "$trace"
hb_is "over the input" 2 trace import --force "$tmp/log" -o "$tmp/log"
check "nothing was written" cmp "$tmp/log" "$trace"
hb_is "a full disk" 3 trace import "$tmp/replay.txt" -o /dev/full
check "it is still there" test -c /dev/full
hb_is "a folder" 2 trace import "$tmp" -o "$tmp/folder.hbt"
seq 1 4000000 | awk '{ printf "1: malloc 0x%x0 5\n", $1 }' >"$tmp/many"
if (ulimit -v 300000; "$hakbench" trace import "$tmp/many" -o "$tmp/many.hbt") >"$out" 2>"$err"; then
    bad "4 million live blocks in 300 MB: no memory was wanted"
else
    is "without memory" "$?" 3
    has "it is told" "$err" 'out of memory'
    check_not "nothing is left of it" test -e "$tmp/many.hbt"
fi
rm -f "$tmp/many"

# --- what others have recorded -----------------------------------------------------------------
# counted FILE: events, threads, blocks, live at the end, peak, by a program of its own
counted_replay() {
    unzip -p "$1" 2>/dev/null || python3 -c 'import sys, zipfile
z = zipfile.ZipFile(sys.argv[1]); sys.stdout.write(z.read(z.namelist()[0]).decode())' "$1"
}
if [[ -e $samples/systemui.zip ]]; then
    hb_is "the recording of a phone" 0 trace import --strict --force "$samples/systemui.zip" -o "$trace"
    wanted=$(counted_replay "$samples/systemui.zip" | awk '
        function gone(p) { if (p != "0x0") { now -= size[p]; delete size[p]; live-- } }
        function here(p, s) { size[p] = s; now += s; live++; made++; if (now > peak) peak = now }
        { tids[$1] = 1 }
        $2 == "malloc" { here($3, $4) }
        $2 == "calloc" { here($3, $4 * $5) }
        $2 == "memalign" { here($3, $5) }
        $2 == "realloc" { gone($4); here($3, $5) }
        $2 == "free" { gone($3) }
        END { printf "%d %d %d %d %d", NR, length(tids), made, live, peak }')
    is "counted by another program" "$wanted" "786454 393 421234 53645 10441709"
    has "its events" "$out" '^  events +786,454$'
    has "its threads" "$out" '^  threads +393$'
    has "its blocks" "$out" '^  blocks made +421,234$'
    has "its end" "$out" '^  live at the end +53,645$'
    has "its peak" "$out" '^  peak of live bytes 9.96 MiB$'
    hb_is "as text" 0 trace export "$trace" -o "$tmp/phone.txt"
    is "has as many lines" "$(wc -l <"$tmp/phone.txt")" 786454
    is "sizes and functions are the same" "$(counted_replay "$samples/systemui.zip" |
        awk '{ print $2, $2 == "calloc" ? $4 * $5 : $2 == "malloc" ? $4 : $5 }' | md5sum)" \
        "$(awk '{ print $2, $2 == "calloc" ? $4 * $5 : $2 == "malloc" ? $4 : $5 }' "$tmp/phone.txt" | md5sum)"
else
    skip "the recording of a phone" "HAKBENCH_TRACES names no folder that has systemui.zip"
fi
if [[ -e $samples/heaptrack.david.18594.gz ]]; then
    hb_is "heaptrack's own sample" 0 trace import --strict --force "$samples/heaptrack.david.18594.gz" -o "$trace"
    read -r events made live peak < <(python3 -c '
import gzip, sys
sizes, live, now, peak, made, events = [], 0, 0, 0, 0, 0
for line in gzip.open(sys.argv[1]):
    words = line.split()
    if not words: continue
    if words[0] == b"a": sizes.append(int(words[1], 16))
    if words[0] in (b"+", b"-"):
        sign = 1 if words[0] == b"+" else -1
        events, live, now, made = events + 1, live + sign, now + sign * sizes[int(words[1], 16)], made + (sign > 0)
        peak = max(peak, now)
print(events, made, live, peak)' "$samples/heaptrack.david.18594.gz")
    is "is known" "$events $made $live" "5755 2896 37"
    has "its events" "$out" "^  events +5,755\$"
    has "its blocks" "$out" '^  blocks made +2,896$'
    has "its end" "$out" '^  live at the end +37$'
    hb_is "its end as text" 0 trace export "$trace"
    is "has the peak" "$(awk '$2 == "malloc" { now += $4; size[$3] = $4; if (now > peak) peak = now }
        $2 == "free" { now -= size[$3] } END { print peak }' "$out")" "$peak"
    for file in heaptrack.embedded.zst heaptrack.sysroot.raw android_test.zip; do
        hb_is "$file" 0 trace import --force "$samples/$file" -o "$trace"
    done
else
    skip "heaptrack's own samples" "HAKBENCH_TRACES names no folder that has heaptrack.david.18594.gz"
fi
finish
