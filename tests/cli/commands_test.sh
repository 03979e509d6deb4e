#!/usr/bin/env bash
# The commands that do not run a session of the user's: help, list, doctor, selftest.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"

hb_is "help" 0 --help
for command in rebase analyze list doctor selftest; do
    has "help names $command" "$out" "^  $command "
done
COLUMNS=60 hb_is "help on a narrow screen" 0 --help
has_not "no line of it is wider" "$out" '.{61}'
# A file with a _ in its name is a part of a command.
commands=$(find src/commands -name '*.c' ! -name '*_*' -printf '%f\n' | sed 's/\.c$//' | sort)
for command in $commands; do
    hb_is "help of $command" 0 "$command" --help
    has "$command has an example" "$out" "hakbench $command"
    is "and the same by -h" "$("$hakbench" "$command" -h)" "$(cat "$out")"
    is "and the same by help $command" "$("$hakbench" help "$command")" "$(cat "$out")"
done
hb_is "version" 0 --version
has "version tells" "$out" '^hakbench [0-9]+\.[0-9]+\.[0-9]+'
hb_is "no command" 2

hb_is "list" 0 list
for name in floor hakmem jemalloc mimalloc slow3 system tbbmalloc tcmalloc; do
    has "list has $name" "$out" "^$name +found"
done
has "list tells variants" "$out" 'hakmem:lean .*HAKMEM_SS_MEM_LEAN=1'
has "list tells parameters" "$out" '^working_set +400'
has "list tells profiles" "$out" '^  mixed-10k '
has_not "no colour in a file" "$out" $'\033'
hb_is "list of one kind" 0 list profiles
has_not "only that kind" "$out" '^Allocators'
hb_is "list of nonsense" 2 list nonsense
has "names what there is" "$err" 'allocators, workloads, profiles'
while read -r kind first last count; do # of those that the source alone says how many there are
    hb_is "names of $kind" 0 list --names "$kind"
    is "names of $kind: the first and the last" "$(sed -n '1p;$p' "$out" | xargs)" "$first $last"
    is "names of $kind: each once" "$(sort -u "$out" | wc -l)" "$(wc -l <"$out")"
    [[ $count == - ]] || is "names of $kind: all" "$(wc -l <"$out")" "$count"
done <<END
allocators floor tcmalloc $(ls allocators/*.c allocators/hakmem/plugin.c | wc -l)
commands ab trace $(wc -w <<<"$commands")
figures throughput rss_drift -
metrics throughput_ops_per_s rss_drained_5s_bytes -
parameters operations life -
promises sizes own_malloc_is_kept_to -
profiles aligned thread-churn $(ls profiles/*.json | wc -l)
variants hakmem:speed tcmalloc:lean -
workloads aligned thread_churn $(ls workloads/*.c | wc -l)
END
hb_is "names of nonsense" 2 list --names nonsense
has "names the kinds" "$err" 'expected one of allocators, commands, .*, workloads'
hb_is "names beside a kind" 2 list --names metrics allocators
mkdir -p "$tmp/broken/allocators"
ln -s "$build/hakbench-worker" "$build/workloads" "$tmp/broken/"
ln -s "$broken/missing_library.so" "$broken/abi7.so" "$tmp/broken/allocators/"
HAKBENCH_LIBDIR=$tmp/broken hb_is "list with broken plugins" 0 list allocators
has "a missing library has its reason" "$out" 'missing_library is missing: .*cannot load'
has "another ABI has both versions" "$out" 'abi7 is missing: .*ABI 7.* 1'

hb_is "doctor" 0 doctor
for key in cpu_governor huge_pages load steal aslr seccomp ptrace hardware_counters; do
    has "doctor tells $key" "$out" "^$key +(ok|note|warn|bad) "
done
hb_is "doctor as Markdown" 0 doctor --markdown
has "has the table" "$out" '^\| seccomp \| (ok|note|warn|bad) \| '
has "and what it means" "$out" '^- [a-z_]+: [A-Z]'

# What is longer is broken by argp, from the first column on: an example could not be pasted.
for command in $commands; do
    hb_is "help of $command" 0 help "$command"
    is "lists and examples of $command keep their margin" \
        "$(awk '/^(Examples|Metrics|Formats)\>.*:$/ { p = 1; next } /^(Exit status|$)/ { p = 0 } p && !/^  /' "$out")" ""
done

for option in --runs=3 --rigorous --reference=system --csv="$tmp/calls.csv"; do
    hb_is "syscalls $option" 2 syscalls "$option"
    has "syscalls has no $option" "$err" "unrecognized option ${option%%=*}"
done
hb_is "the help of trace" 0 trace --help
for option in --allocator --process --no-times --strict; do has "has its parts' $option" "$out" "^ .*$option"; done
hb_is "a dry run without a baseline" 0 rebase --dry-run --allocators system --results "$tmp/none"
has "guesses" "$out" '\(a guess: 20 ns an operation\)$'
hb_is "a dry run of syscalls" 0 syscalls --dry-run
has "prints the plan" "$out" '^jobs +of, in this order$'
has_not "counts nothing" "$out" 'per million'
hb_is "syscalls as JSON" 0 syscalls --quiet --allocators system --set operations=20k --json -
json_is "on standard output" "$out" '[j["status"] for j in counted]' "['ok', 'ok']"
has "and the table on the other" "$err" '^measured +20,000 +all '

hb_is "the statistics agree" 0 selftest --statistics
has "says how many" "$out" '[0-9]+ stored values of other programs, 0 differ'
hb_is "selftest of too few runs" 2 selftest --runs 5
# The plant on a clock that is made up: 3 % of the loop's time, to a hundredth, with malloc and free untouched.
if "${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -Iallocators -rdynamic -o "$tmp/slow3_driver" tests/cli/slow3_driver.c -ldl; then
    has "slow3 is 3 %" <("$tmp/slow3_driver" "$build/allocators/slow3.so") '^(299|300|301) pure$'
else
    bad "slow3_driver.c compiles"
fi
# On a machine as noisy as it likes to be the answer may be "cannot tell", but never a wrong one. Of runs
# a quarter as long as a user's.
mkdir -p "$tmp/data/profiles"
python3 - profiles/mixed.json "$tmp/data/profiles/mixed.json" <<'PY'
import json, sys
profile = json.load(open(sys.argv[1]))
profile["parameters"]["operations"] = "2M"
json.dump(profile, open(sys.argv[2], "w"))
PY
HAKBENCH_DATADIR=$tmp/data hb selftest --runs 6 --quiet
case $status in
    0 | 4) ok ;;
    *) bad "selftest said something wrong: status $status" "$(cat "$out" "$err")" ;;
esac
has "and shows every run" "$out" '^system \(A/A\) +[.o@|]'
finish
