#!/usr/bin/env bash
# A disk that tells of its failure late: every write, fsync, close, rename, unlink and ftruncate that
# hakbench makes for a file of its own fails once, by plugins/disk.c. Each time: told, a status other
# than 0, the old file or the whole new one, no half-made file, and every job that was kept is there
# when the session is gone on with. What is synced, and in which order, is looked at as well.
# Prints "N passed, N failed[, N skipped]".
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"
mixed=results/reference/2026-11-24T09-03-08Z-mixed.json
soak=results/reference/2026-11-24-soak/soak.json
calls=$tmp/calls

# disk "CALL N HOW" PATHS ARGUMENTS...: hakbench on a disk whose N-th such call on such a path fails
disk() {
    local fail=$1 paths=$2
    shift 2
    : >"$calls"
    LD_PRELOAD=$broken/disk.so HB_DISK_FAIL=$fail HB_DISK_PATH=$paths HB_DISK_LOG=$calls \
        ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 \
        "$hakbench" "$@" >"$out" 2>"$err"
    status=$?
    read_calls
}
# What failed first ($failed_path; nothing: no call did), and the files renamed before.
read_calls() {
    local line lines
    failed_path='' renamed=()
    mapfile -t lines <"$calls"
    for line in "${lines[@]}"; do
        [[ $line != "rename "* ]] || renamed+=("${line#rename }")
        [[ $line =~ ^"! "[a-z]*" "(.+) ]] && failed_path=${BASH_REMATCH[1]} && return
    done
}
met() { [[ -n $failed_path ]]; }
was_renamed() { [[ " ${renamed[*]} " == *" $1 "* ]]; } # FILE, before the failure
shopt -s globstar
no_new() { # name folder
    local left=("$2"/**/.*.new)
    if [[ -e ${left[0]} ]]; then bad "$1: nothing half-made" "${left[@]}"; else ok; fi
}
told() { # name
    local file=${failed_path##*/}
    [[ $file != .hakbench-* ]] || file=
    is "$1: exit status" "$status" 3
    has "$1: is told, and of which file" "$err" "^hakbench: .*$file.*: Input/output error"
}
# each_call ONE PATHS CALLS ARGUMENTS...: "ONE CALL N" for every one of these calls that the last run,
# which none failed, has made, after the same has been run with that one failing
each_call() {
    local one=$1 paths=$2 names=$3 call n count
    shift 3
    cp "$calls" "$tmp/undisturbed"
    for call in $names; do
        count=$(grep -cE "^$call ($paths)" "$tmp/undisturbed")
        check "$call is called" test "$count" -gt 0
        for ((n = 1; n <= count; n++)); do
            "$one" before
            disk "$call $n EIO" "$paths" "$@"
            if met; then "$one" "$call $n"; else bad "$one, $call $n: never came so far" "$(cat "$err")"; fi
        done
    done
}

echo "--- whole files"
after_replace() { # CALL N
    [[ $1 != before ]] || { echo old >"$file"; return; }
    told "$name, $1"
    no_new "$name, $1" "$folder"
    if was_renamed "$file"; then
        check "$name, $1: the whole new file" cmp "$file" "$tmp/good"
    else
        is "$name, $1: the old file" "$(cat "$file")" old
    fi
}
# replaced NAME CALLS FILE ARGUMENTS...: the command writes over FILE; each of these calls fails
replaced() {
    local names=$2
    name=$1 file=$3 folder=$(dirname "$3")
    shift 3
    mkdir -p "$folder"
    rm -f "$file"
    disk "none 0 EIO" "^$folder(/|\$)" "$@"
    check "$name: is written" test -s "$file"
    is "$name: written, synced, closed, put there, the folder synced" \
        "$(sed -E 's|/\.hakbench-[0-9-]+\.new|/NEW|' "$calls" | uniq | tr '\n' ' ')" \
        "write $folder/NEW fsync $folder/NEW close $folder/NEW rename $file fsync $folder "
    cp "$file" "$tmp/good"
    each_call after_replace "$folder(/|\$)" "$names" "$@"
}
replaced "a page" fsync "$tmp/o/page.html" report --no-charts --force $mixed -o "$tmp/o/page.html"
replaced "a comparison" fsync "$tmp/o/compare.json" compare --force --format json tests/golden/result-1.json $mixed \
    --allow-cross-host -o "$tmp/o/compare.json"
replaced "a judged soak" fsync "$tmp/o/soak.json" analyze --force tests/golden/soak-1.json --json "$tmp/o/soak.json"
replaced "an export" fsync "$tmp/o/export.json" export --force --format hyperfine $mixed -o "$tmp/o/export.json"
replaced "an import" "write fsync close rename" "$tmp/o/import.json" import --force --workload lab tests/cli/import/lab.log \
    -o "$tmp/o/import.json"
for what in "write 1 EINTR" "write 1 short" "fsync 1 EINTR" "fsync 1 EINVAL"; do
    disk "$what" "^$folder(/|\$)" import --force --workload lab tests/cli/import/lab.log -o "$file"
    check "$what: was met" met
    check "$what: is no failure" cmp "$file" "$tmp/good"
done
for what in "write 1+" "fsync 1+"; do
    echo old >"$file"
    disk "$what EIO" "^$folder(/|\$)" import --force --workload lab tests/cli/import/lab.log -o "$file"
    told "for good, $what"
    is "for good, $what: the old file" "$(cat "$file")" old
    no_new "for good, $what" "$folder"
done
if command -v rsvg-convert >/dev/null; then
    mkdir "$tmp/plot"
    disk "rename 2 EIO" "^$tmp/plot" analyze $soak --plot "$tmp/plot"
    told "the second picture"
    is "the first picture is there" "$(find "$tmp/plot" -type f | wc -l)" 1
else
    skip "pictures" "no rsvg-convert"
fi
disk "close 1 EIO" "^$out\$" list
is "standard output that fails at close: exit status" "$status" 3
has "standard output that fails at close: is told" "$err" 'cannot write to standard output: Input/output error'

echo "--- traces"
printf '1: malloc 0x10 5 10 11\n1: free 0x10 20 21\n1: malloc 0x20 7 30 31\n' >"$tmp/calls.txt"
hb_is "a trace" 0 trace import "$tmp/calls.txt" -o "$tmp/whole.hbt"
every="write fsync close rename"
replaced "an imported trace" "$every" "$tmp/o/import.hbt" trace import --force "$tmp/calls.txt" -o "$tmp/o/import.hbt"
replaced "a cut trace" "$every" "$tmp/o/cut.hbt" trace cut --force --events 1:2 "$tmp/whole.hbt" -o "$tmp/o/cut.hbt"
replaced "an anonymised trace" "$every" "$tmp/o/nobody.hbt" trace anonymise --force "$tmp/whole.hbt" -o "$tmp/o/nobody.hbt"
# What is on disk of a recording is a trace.
after_trace() { # CALL N
    [[ $1 != before ]] || { rm -f "$file"; return; }
    told "record, $1"
    [[ ! -e $file ]] || hb_is "record, $1: what is left is a trace" 0 trace info "$file"
}
mkdir -p "$tmp/t"
file=$tmp/t/record.hbt
disk "none 0 EIO" "^$file\$" trace record -o "$file" -- true
is "record: written, synced, closed" "$(uniq "$calls" | tr '\n' ' ')" "write $file fsync $file close $file "
each_call after_trace "$file\$" "write fsync close" trace record -o "$file" -- true

echo "--- a session"
printf '{"schema": "hakbench.profile/1", "workload": "random_mixed", "runs": 1, "allocators": ["system"],
 "reference": "system", "floor": null, "parameters": {"operations": "2k"}, "slices": 100,
 "noise_floor_limit_percent": 100}' >"$tmp/tiny.json"
session=(rebase --profile "$tmp/tiny.json" --quiet --force --seed 7)
r=$tmp/r
rows="$r/20.*\.(jsonl|csv)\$"
ours="$r(/([^.]|\.hakbench).*)?\$" # all but the lock
jobs_in() { grep -c '"record":"job"' "$1"; }
no_files_of() { is "$1: no file of it" "$(find "$r" -name '20*' ! -path '*/history/*' | wc -l)" 0; }

# synced: what was written to a journal, or a row, was synced before the next call on any file
synced() {
    awk '$1 == "write" && /\.(jsonl|csv)$/ { if (dirty && dirty != $2) bad = bad " " $2; dirty = $2; count++; next }
         dirty { if ($1 != "fsync" || $2 != dirty) bad = bad " " dirty; dirty = "" }
         END { if (bad || dirty || count < 8) { print count, "writes; not synced:", bad, dirty; exit 1 } }' "$calls"
}
# What a pinning replaces is made by a session before it.
mkdir "$r" "$tmp/pinned" "$tmp/kept"
hb_is "the session before" 0 "${session[@]}" --results "$r"
cp "$r/baseline-tiny.json" "$r/SCORECARD.md" "$tmp/pinned/"
reset() {
    rm -rf "$r"
    cp -r "$tmp/pinned" "$r"
}

# What any failure leaves of a session. Its files are looked into at the end, all at once.
after_session() { # CALL N
    local file journal name jobs
    [[ $1 != before ]] || { reset; return; }
    name="$part, $1: ${failed_path##*/}"
    told "$name"
    no_new "$name" "$r"
    for file in baseline-tiny.json SCORECARD.md; do
        was_renamed "$r/$file" || check "$name: $file is the old one" cmp "$tmp/pinned/$file" "$r/$file"
    done
    find_one "$r" jsonl
    journal=$found
    find_one "$r" json
    cases=$((cases + 1))
    mkdir "$tmp/kept/$cases"
    if [[ -z $found && -n $journal ]]; then
        jobs=$(jobs_in "$journal")
        has "$name: as many jobs are kept as are told" "$err" \
            "(: $jobs of 3 jobs are kept; go on with: hakbench rebase --resume $journal|$jobs jobs of $journal are there already|cannot cut off the torn last line)"
        [[ $1 != write* ]] || return # as with fsync
        cp "$journal" "$tmp/kept/$cases/before"
        hb_is "$name: goes on" 0 rebase --resume "$journal" --quiet --force
        cp "${journal%l}" "$tmp/kept/$cases/"
    elif [[ -n $found ]]; then
        cp "$found" "$tmp/kept/$cases/"
    else # it never began
        no_files_of "$name"
        is "$name: and no job" "$(grep -c 'kept' "$err")" 0
    fi
    cp "$r"/baseline-*.json "$tmp/kept/$cases/"
}
cases=0
part="a session"
reset
disk "none 0 EIO" "^$ours" "${session[@]}" --results "$r"
is "undisturbed: exit status" "$status" 0
check "a line of the journal and a row are synced before anything else is done" synced
is "the row follows its line" "$(grep -E "^write $rows" "$calls" | tail -n 6 | sed 's/.*\.//' | tr '\n' ' ')" \
    "jsonl csv jsonl csv jsonl csv "
each_call after_session "$rows" "write fsync close unlink" "${session[@]}" --results "$r"
for n in 1 2; do # once for the journal, once for the rows
    reset
    disk "fsync $n EIO" "^$r\$" "${session[@]}" --results "$r"
    after_session "fsync $n"
    no_files_of "the folder, fsync $n"
done

reset
disk "fsync 6+ EIO" "^$rows" "${session[@]}" --results "$r"
after_session "fsync 6 and all later ones"

# All jobs are there, and everything else is still to be done.
part="at the end"
reset
disk "unlink 1 EIO" "\.jsonl\$" "${session[@]}" --results "$r" --no-pin
journal=$(one "$r" jsonl)
is "a journal of all jobs" "$(jobs_in "$journal")" 3
cp "$journal" "$tmp/pinned/"
reset
again=(rebase --resume "$journal" --quiet --force)
disk "none 0 EIO" "^$ours" "${again[@]}"
each_call after_session "$ours" "write fsync close rename ftruncate unlink" "${again[@]}"
check "whole JSON, every job once, those that were kept unchanged" python3 - "$tmp/kept" "$cases" <<'PY'
import glob, json, sys
resumed = results = 0
for case in glob.glob(sys.argv[1] + "/*"):
    for path in glob.glob(case + "/baseline-*.json"):
        json.load(open(path))
    for path in glob.glob(case + "/20*.json"):
        jobs = json.load(open(path))["jobs"]
        results += 1
        assert sorted((j["kind"], j["allocator"]) for j in jobs) == [
            ("counted", "system"), ("timed", "system"), ("timed", "system (A/A)")], path
        for before in glob.glob(case + "/before"):
            resumed += 1
            kept = [line for line in map(json.loads, open(before)) if line["record"] == "job"]
            for line, job in zip(kept, jobs):
                for key in ("seed", "started_at", "metrics", "syscalls"):
                    assert line[key] == job[key], (before, key)
assert results > resumed > 10, (results, resumed)
PY
reset
cp "$journal" "$journal.other"
disk "flock 1 swap" '\.jsonl$' rebase --resume "$journal" --quiet
is "a journal that another has taken the place of: exit status" "$status" 2
has "a journal that another has taken the place of: is told" "$err" '\.jsonl: its run has just finished'
check "it is as it was" cmp "$journal" "$tmp/pinned/$(basename "$journal")"
rm -f "$tmp"/pinned/20*

echo "--- new folders, and rows elsewhere"
disk "fsync 1 EIO" "^$tmp/new\$" "${session[@]}" --results "$tmp/new/r"
told "a folder that its own folder may forget"
echo mine >"$tmp/mine.csv"
for row in "write 1:heading 0" "fsync 3:row 1" "close 1:end 3"; do
    reset
    disk "${row%%:*} EIO" "^$tmp/mine.csv\$" "${session[@]}" --results "$r" --csv "$tmp/mine.csv"
    told "--csv, ${row#*:}"
    is "--csv, ${row#*:}: rows" "$(grep -c 'tiny' "$tmp/mine.csv")" "${row##* }"
done
reset
disk "fsync 1 EIO" "^$out\$" "${session[@]}" --results "$r" --csv -
is "--csv - that cannot be synced: exit status" "$status" 3
has "--csv - that cannot be synced: is told" "$err" "standard output: cannot sync: Input/output error"
no_files_of "--csv - that cannot be synced"

echo "--- a soak"
after_soak() { # CALL N
    local name="a soak, $1 of its $kind" journal kept rows
    [[ $1 != before ]] || { rm -rf "$r"; return; }
    told "$name"
    journal=$(one "$r" jsonl)
    [[ $1 != *" 1" ]] || { no_files_of "$name"; return; }
    kept=$(grep -c '"record":"epoch"' "$journal")
    rows=$(grep -c 'random_mixed' "$(one "$r" csv)")
    has "$name: as many epochs are kept as are told" "$err" "^hakbench: $kept epochs are kept; go on with"
    is "$name: an epoch is told when its line and its row are synced" "$(grep -cE 'round [0-9]+ system: ' "$err")" "$rows"
    is "$name: a row for each line, but for the one that failed" "$rows" \
        "$([[ $kind == csv ]] && echo $((kept - 1)) || echo "$kept")"
}
short=(soak --allocators system --control none --runs 2 --seconds 0.01 --set operations=2k --results "$r")
for kind in jsonl csv; do
    rm -rf "$r"
    disk "none 0 EIO" "^$r/" "${short[@]}"
    each_call after_soak "$r/20.*\.$kind\$" "fsync" "${short[@]}"
done
rm -rf "$r"
disk "rename 1 EIO" "^$r/20.*\.json\$" "${short[@]}" --runs 11
check "a soak whose result fails on the way goes on" test "$status" -le 1
has "and says so" "$err" "\.json: cannot put the new file there: Input/output error"
json_true "and is whole at the end" "$(one "$r" json)" 'len(d["epochs"]) == 11 and not d["partial"]'

finish
