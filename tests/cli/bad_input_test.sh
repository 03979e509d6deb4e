#!/usr/bin/env bash
# What the command line refuses: exit 2 (5 for a changed plan), a message on stderr that names what
# is wrong, nothing on stdout, and nothing measured. Prints "N passed, N failed[, N skipped]".
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
results=$tmp/results

# refused NAME PATTERN ARGUMENTS...: as the head says; PATTERN is in the message
refused() {
    local name=$1 pattern=$2
    shift 2
    rm -rf "$results"
    hb_is "$name" 2 "$@"
    has "$name: the message" "$err" "$pattern"
    is_empty "$name: standard output" "$out"
    is "$name: nothing was measured" "$(count_files "$results")" 0
}
# bad_rebase NAME PATTERN ARGUMENTS...: of a small session
bad_rebase() {
    local name=$1 pattern=$2
    shift 2
    refused "$name" "$pattern" rebase --allocators system --reference system "${small[@]}" \
        --results "$results" "$@"
}

echo "--- commands and flags"
refused "no command" 'usage:'
refused "an unknown command" 'no command "rebsae" .did you mean "rebase"' rebsae
refused "help of an unknown command" 'no command "rebsae" .did you mean "rebase"' help rebsae
refused "an empty command" 'no command ""' ""
bad_rebase "an unknown flag" 'unrecognized option --runz .did you mean --runs' --runz 3
bad_rebase "a flag of another command" 'unrecognized option --minutes; --help lists them' --minutes=3
bad_rebase "an allocator mistyped" 'no allocator "jemaloc" .did you mean "jemalloc"' --allocators jemaloc
bad_rebase "a parameter mistyped" 'no parameter "thread" .did you mean "threads"' --set thread=3
bad_rebase "an unknown short flag" 'invalid option.*Z' -Z
bad_rebase "a flag without its value" 'requires an argument' --runs
bad_rebase "a word too many" 'unexpected argument "surplus"' surplus
bad_rebase "--quick and --rigorous" 'quick.*rigorous' --quick --rigorous
hb_is "--help" 0 rebase --help
has "--help tells the exit status" "$out" '130 interrupted'
hb_is "--version" 0 --version

hb_is "-?" 0 '-?'
has "is help" "$out" '^usage: hakbench COMMAND'
hb_is "help of a part of trace" 0 help trace record
has "is that part's" "$out" 'trace record .*COMMAND'
refused "an option in the place of a command" 'unrecognized option --nosuch' --nosuch
if [[ -c /dev/full ]]; then
    for words in --help 'rebase --help' 'rebase --usage' 'help rebase' 'trace record --help'; do
        # shellcheck disable=SC2086
        "$hakbench" $words >/dev/full 2>"$err"
        is "$words that nobody can read: exit status" $? 3
        has "$words that nobody can read" "$err" 'cannot write to standard output'
    done
fi

echo "--- names"
bad_rebase "the loop itself as the reference" '^hakbench: .*floor is the loop itself' --allocators mimalloc --reference floor
bad_rebase "an unknown allocator" 'no allocator "mimaloc".*mimalloc' --allocators mimaloc
bad_rebase "an allocator's path as its name" 'no/such|allocator' --allocators ../allocators/system
bad_rebase "an empty list of allocators" 'allocator' --allocators ''
bad_rebase "a hole in the list of allocators" 'allocator' --allocators system,,mimalloc
bad_rebase "an allocator twice" 'system' --allocators system,system
bad_rebase "an unknown variant" 'no variant "lean".*' --allocators system:lean
bad_rebase "an unknown reference" 'no allocator "nobody"' --reference nobody
bad_rebase "an unknown profile" 'mixd' --profile mixd
bad_rebase "a profile that is a folder" "$tmp" --profile "$tmp/"
bad_rebase "--via something" 'expected dlopen or preload' --via preloud
bad_rebase "--allocator without =" 'expected NAME=' --allocator mine
bad_rebase "--allocator without a name" 'expected NAME=' --allocator =/lib/x.so
bad_rebase "--allocator in the place of the loop itself" 'calls the loop itself floor; take another name' \
    --allocator "floor=$build/allocators/system.so"
bad_rebase "--allocator without a path" 'expected NAME=' --allocator mine=
bad_rebase "--allocator of a missing file" 'no file.*nowhere.so' --allocator mine=/nowhere.so
bad_rebase "--allocator with a bad name" 'colon' --allocator a:b=/etc/hosts

while read -r command option; do
    for nothing in '' ,; do
        refused "$command $option '$nothing'" "^hakbench: $option .*: expected" "$command" "$option" "$nothing"
    done
done <<'END'
check --only
check --skip
suite --only
suite --skip
END

echo "--- numbers"
bad_rebase "no runs" '--runs 0: expected 1 to 1000' --runs 0
bad_rebase "too many runs" 'expected 1 to 1000' --runs 1001
bad_rebase "negative runs" 'expected 1 to 1000' --runs -3
bad_rebase "runs that are no number" 'expected 1 to 1000' --runs many
bad_rebase "runs that overflow" 'expected 1 to 1000' --runs 18446744073709551617
for seed in nonsense -1 1.5 '' 0x10 9007199254740993 99999999999999999999 ' 7' +7; do
    bad_rebase "--seed '$seed'" "--seed ${seed/+/.}: expected 0 to 9007199254740991" --seed "$seed"
done
bad_rebase "an unknown parameter" 'workingset' --set workingset=5
bad_rebase "a parameter without =" 'expected KEY=VALUE' --set working_set
bad_rebase "a parameter without a name" 'expected KEY=VALUE' --set =5
bad_rebase "a parameter without a value" 'working_set' --set working_set=
bad_rebase "an empty working set" 'working_set' --set working_set=0
bad_rebase "a negative working set" 'working_set' --set working_set=-5
bad_rebase "too many threads" '^hakbench.*--set: parameter threads is 65, but must be 1 to 64 threads$' --set threads=65
bad_rebase "no operations" 'operations' --set operations=0
bad_rebase "sizes the wrong way round" 'min_size.*max_size|max_size.*min_size' --set min_size=64 --set max_size=16
bad_rebase "a size that overflows" 'max_size' --set max_size=99999999999999999999
bad_rebase "a size that overflows by its unit" 'max_size' --set max_size=99999999999TiB
bad_rebase "a bare K" 'max_size' --set max_size=1K
bad_rebase "a choice that there is not" 'touch' --set touch=everything
bad_rebase "a share out of range" 'warmup' --set warmup=100000%
bad_rebase "no threads" 'threads' --set threads=0
bad_rebase "65 threads" 'threads' --set threads=65
bad_rebase "a fraction of an operation" 'operations' --set operations=1.5
bad_rebase "letters in a number" 'operations' --set operations=20Mega

echo "--- profiles"
# profile NAME PATTERN TEXT: a profile with this text is refused, naming file, line and column
profile() {
    printf '%b' "$3" >"$tmp/bad.json"
    bad_rebase "$1" "bad\.json:$2" --profile "$tmp/bad.json"
}
head='{"schema": "hakbench.profile/1",\n "workload": "random_mixed"'
profile "an empty profile" '1:1' ''
profile "no JSON" '1:1: .*' 'hello\n'
profile "a profile that ends early" '2:.*expected' "$head"
profile "a comma too many" '3:.*' "$head,\n}"
profile "an array" '1:1.*expected' '[]'
profile "an unknown key" '3:.*rums.*unknown key.*did you mean "runs"' "$head,\n \"rums\": 3}"
profile "a key twice" '3:.*runs' "$head, \"runs\": 6,\n \"runs\": 7}"
profile "another version" '1:.*profile/1.*profile/9' '{"schema": "hakbench.profile/9", "workload": "random_mixed"}'
profile "no schema" 'schema|.*schema' '{"workload": "random_mixed"}'
profile "no workload" '.*workload' '{"schema": "hakbench.profile/1"}'
profile "runs as a list" '3:.*runs.*expected' "$head,\n \"runs\": [6]}"
profile "runs as zero" '3:.*runs' "$head,\n \"runs\": 0}"
profile "a number that no double holds" '3:' "$head,\n \"runs\": 1e999}"
profile "NaN" '3:' "$head,\n \"runs\": NaN}"
profile "a parameter out of range" '3:.*working_set' "$head,\n \"parameters\": {\"working_set\": 0}}"
profile "an unknown parameter" '4:.*sizes' "$head,\n \"parameters\": {\n \"sizes\": 1}}"
profile "a forbidden variable" '3:.*LD_PRELOAD' "$head,\n \"environment\": {\"LD_PRELOAD\": \"x.so\"}}"
profile "an unknown budget" '3:.*speed' "$head,\n \"budgets\": {\"speed\": {\"min\": 1}}}"
profile "bytes that are not UTF-8" '3:' "$head,\n \"summary\": \"\\\\xff\\\\xfe\"}"
profile "a NUL byte" '3:' "$head,\n \"summary\": \"a\\\\0b\"}"
printf '%s, "allocators": ["system"], "reference": "nobody"}' "$(printf '%b' "$head")" >"$tmp/who.json"
refused "a reference that nobody knows" 'nobody' rebase --profile "$tmp/who.json" --quiet --results "$results"
printf '{"schema": "hakbench.profile/1", "workload": "nothing"}' >"$tmp/workload.json"
bad_rebase "an unknown workload" 'no workload "nothing".*random_mixed' --profile "$tmp/workload.json"
printf '{"schema": "hakbench.profile/1", "workload": "../workloads/random_mixed"}' >"$tmp/workload.json"
bad_rebase "a workload's path" 'workload' --profile "$tmp/workload.json"
python3 -c 'print("[" * 100000)' >"$tmp/bad.json"
bad_rebase "a hundred thousand brackets" 'bad.json:1' --profile "$tmp/bad.json"
head -c 2000000 /dev/zero | tr '\0' ' ' >"$tmp/bad.json"
bad_rebase "two million spaces" 'bad.json' --profile "$tmp/bad.json"
bad_rebase "a device as a profile" '/dev/' --profile /dev/./null

echo "--- where results land"
echo 'not a folder' >"$tmp/file"
bad_rebase "a file in place of the folder" "$tmp/file" --results "$tmp/file"
bad_rebase "a file in place of a folder above" "$tmp/file/below" --results "$tmp/file/below"
bad_rebase "a folder nobody can write to" '/proc' --results /proc
bad_rebase "a folder nobody can make" '/proc/new' --results /proc/new
bad_rebase "no folder at all" 'folder' --results ''
bad_rebase "a path that is too long" 'folder|long' --results "$tmp/$(printf 'x%.0s' {1..2000})"
bad_rebase "--json into a folder" "$tmp" --json "$tmp"
bad_rebase "--json into nowhere" 'nowhere' --json "$tmp/nowhere/x.json"
bad_rebase "--csv into a folder" "$tmp" --csv "$tmp"
bad_rebase "--csv into nowhere" 'nowhere' --csv "$tmp/nowhere/x.csv"
ln -s "$tmp/nowhere/at/all" "$tmp/dangling"
bad_rebase "--json through a dangling link" 'dangling' --json "$tmp/dangling"
is "the file in place of the folder is as it was" "$(cat "$tmp/file")" 'not a folder'

while read -r options; do
    # shellcheck disable=SC2086
    bad_rebase "a dry run with $options" 'Not a directory|is not a folder|is a folder|No such file|can be -' --dry-run $options
done <<END
--results $tmp/file
--results $tmp/file/below/it
--json $tmp/nowhere/x.json
--csv $tmp
--json - --csv -
END
bad_rebase "an empty size profile" 'sizes: /dev/null:1: expected a heading' --set sizes=/dev/null
bad_rebase "no trace" '^hakbench: workload replay: no trace to replay' --profile replay
bad_rebase "--rigorous and --runs" 'rigorous and --runs exclude' --rigorous
mkdir "$tmp/not-a-program"
refused "a folder as a program" 'no program: ./' exec --dry-run -- ./docs
refused "a text as a program" 'not executable: ./README.md' exec --dry-run -- ./README.md
refused "a folder to import" 'not-a-program: is a folder; expected files' import "$tmp/not-a-program"
refused "traces without their folder" 'only trace: give --traces FOLDER' suite --dry-run --only trace

echo "--- resume"
resume() { # name status pattern arguments...
    local name=$1 wanted=$2 pattern=$3
    shift 3
    hb_is "$name" "$wanted" rebase "$@" --quiet
    has "$name: the message" "$err" "$pattern"
    is_empty "$name: standard output" "$out"
}
mkdir "$tmp/resume"
journal=$tmp/resume/garbage.jsonl
resume "of nothing" 2 'nothing.jsonl: cannot open: No such file' --resume "$tmp/resume/nothing.jsonl"
resume "of nothing by another name" 2 'nosuch: No such file' --resume nosuch
resume "of a file without .jsonl" 2 'expected the .jsonl' --resume "$tmp/file"
printf 'garbage\n' >"$journal"
resume "of garbage" 2 'garbage.jsonl' --resume "$journal"
: >"$journal"
resume "of an empty file" 2 'garbage.jsonl' --resume "$journal"
head -c 100000 /dev/urandom >"$journal"
cp "$journal" "$tmp/random"
resume "of random bytes" 2 'garbage.jsonl' --resume "$journal"
check "what cannot be resumed is left as it is" cmp "$journal" "$tmp/random"
printf '{"record":"session"}\n' >"$journal"
resume "of half a header" 2 'garbage.jsonl:1' --resume "$journal"
sed 's/result\/1/result\/9/' tests/golden/journal-1.jsonl >"$journal"
resume "of another version" 2 'result/9.*result/1' --resume "$journal"
cp tests/golden/journal-1.jsonl "$journal"
resume "of a journal of another machine" 5 'changed|no longer|not the same|not there' --resume "$journal"
check "a journal of another machine is left as it is" cmp "$journal" tests/golden/journal-1.jsonl
rm "$journal"
hb_is "a finished session" 0 rebase --allocators system --reference system "${small[@]}" --results "$tmp/done"
finished=$(one "$tmp/done" json)
cp "$finished" "$tmp/finished"
resume "of a finished result" 2 'expected the .jsonl' --resume "$finished"
cp "$finished" "$tmp/resume/finished.jsonl"
resume "of a finished result by another name" 2 'finished.jsonl: is no journal' --resume "$tmp/resume/finished.jsonl"
check "the finished result is as it was" cmp "$finished" "$tmp/finished"
for options in '--runs 7' '--seed 3' '--set operations=1M' '--allocators system' '--quick' \
    '--rigorous' '--via preload' '--reference system' '--dry-run' '--profile mixed-10k'; do
    # shellcheck disable=SC2086
    resume "with $options" 2 'takes its plan from the file' --resume "$tmp/resume/x.jsonl" $options
done
is "nothing was measured" "$(workers_left)" 0
finish
