#!/usr/bin/env bash
# What the tables print is what the JSON says, cell by cell, on a terminal and as Markdown; and what
# is pinned and which exit status a session earns. One session is measured; the others are made from
# it and only judged, printed and pinned (derive.py, rebase --resume).
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
real=results/reference/2026-11-24T09-03-08Z-mixed.json
printed() { check "$1: what is printed is what the JSON says" python3 tests/cli/printed.py "${@:2}"; } # NAME KIND TEXT JSON
derive() { python3 tests/cli/derive.py "$@" || exit 1; }                        # FROM TO WORD...

echo "--- a rebase"
mkdir -p "$tmp/data/profiles" # where a resumed session finds its profile again
made() { # NOISE_LIMIT
    echo '{"schema": "hakbench.profile/1", "workload": "random_mixed", "runs": 6, "parameters": {"operations": "200k"},
        "allocators": ["system", "hakmem"], "margin_percent": 100, "noise_floor_limit_percent": '"$1"'}'
}
made 5 >"$tmp/data/profiles/made.json"
export HAKBENCH_DATADIR=$tmp/data
hb_is "a session" 0 rebase --profile made --quiet --results "$tmp/real" --seed 7
base=$(one "$tmp/real" json)
printed "a session" rebase "$out" "$base"
# resumed NAME STATUS WORD...: a session made from the real one is judged, in $tmp/NAME
resumed() {
    mkdir -p "$tmp/$1"
    rm -f "$tmp/$1"/it.*
    result=$tmp/$1/it.json
    derive "$base" "${result}l" seed=7 set:all=26000000 "${@:3}"
    hb_is "$1" "$2" rebase --resume "${result}l" --quiet
}
both() { # NAME: on a terminal, and as Markdown
    printed "$1" rebase "$out" "$result"
    hb_is "$1 as Markdown" 0 report --format markdown "$result"
    printed "$1 as Markdown" rebase "$out" "$result"
}
budgets='"budgets": {"rss_peak_bytes": {"max": "1KiB"}, "ratio_percent": {"min": 99, "max": 1000}, "cpu_ns": {"min": 1}}'
resumed ties 1 profile="{$budgets, \"milestones_percent\": [99, 100, 100.5]}" # to the reference, exactly
both "ties, budgets, milestones"
has "a milestone that is reached exactly is ticked" "$out" '^- system +100 % +\[x\] 99 \[x\] 100 \[ \] 100\.5'
resumed apart 0 set:hakmem=20000000 set:system=31000000 noise=1 profile='{"margin_percent": 2}'
both "allocators that lie apart"
has "the gap is to the one before" "$out" '^- 3\. system .* -1[67]\.[0-9] % +6[0-9]\.[0-9] % of the best'
resumed unsteady 0 noise=8 profile='{"margin_percent": 2}'
both "unsteady runs"
has "are told" "$out" 'CV .*, high: look at the runs'
resumed unstable 0 noise=20
both "unstable runs"
has "are told" "$out" 'CV .*, unstable: do not trust it'
resumed crashed 3 fail:system=crashed
both "a crash"
has "is a row" "$out" '^\| system +\| .*\| crashed '
resumed nulls 0 null=rss_drained_bytes
both "what is not known"

hb_is "a reference result" 0 report --format markdown $real
printed "a reference result, older" rebase "$out" $real --older

echo "--- pinning"
resumed still 0 'set:mimalloc (A/A)=25500000'
has "a session within the limit is pinned" "$err" 'pinned .*/still/baseline-made\.json'
resumed noisy 0 'set:mimalloc (A/A)=23000000'
has "one above it is not" "$err" 'not pinned: the noise floor, 1[0-9]\.[0-9] %, is above the profile.s limit of 5\.00 %'
check_not "there is no baseline" test -e "$tmp/noisy/baseline-made.json"
for day in 23 25 24 26; do # of which 26 is the baseline
    resumed days 0 date="2026-11-${day}T10:00:00Z" set:system="${day}000000"
    [[ $day == 23 ]] || printed "the drift on day $day" rebase "$out" "$result"
done
is "history has the others" "$(ls "$tmp/days/history")" "$(printf '2026-11-%s-made.json\n' \
    {23,24,25}T10-00-00Z)"
has "the earlier baseline is the latest of them" "$tmp/days/SCORECARD.md" 'baseline of 2026-11-25T10:00:00Z'

echo "--- exit codes of a session, without and with --strict"
# shellcheck disable=SC2034 # they stand in the table
held='"rss_peak_bytes": {"max": "1GiB"}' broken='"rss_end_bytes": {"max": "1KiB"}' \
    open='"rss_drained_bytes": {"max": "1GiB"}' away='"rss_start_bytes": {"max": "1GiB", "allocators": ["nobody"]}'
while IFS='|' read -r code strict budgets words; do
    mkdir "$tmp/strict"
    # shellcheck disable=SC2086
    resumed exits "$code" null=rss_drained_bytes profile="{\"budgets\": {$(eval echo "$budgets")}}" $words
    derive "$result" "$tmp/strict/it.jsonl" seed=7
    hb_is "exits, $budgets $words" "$strict" rebase --strict --resume "$tmp/strict/it.jsonl" --quiet
    rm -r "$tmp/strict"
done <<'END'
0|4||
0|0|$held|
1|1|$broken|
4|4|$open|
0|4|$held, $open|
1|1|$held, $open, $broken|
0|4|$held, $away|
3|3|$broken|fail:system=crashed
3|3|$open|fail:system=crashed
END
doubt=('set:mimalloc (A/A)=20000000' profile="{\"margin_percent\": 2, \"budgets\": {$held}}")
resumed doubt 0 "${doubt[@]}"
derive "$base" "$tmp/doubt/strict.jsonl" seed=7 set:all=26000000 "${doubt[@]}"
hb_is "a session in doubt, strictly" 4 rebase --strict --resume "$tmp/doubt/strict.jsonl" --quiet
has "is not held" "$err" 'strict: the session is not to be believed'
unset HAKBENCH_DATADIR

echo "--- soaks"
for file in results/reference/2026-11-24-soak/soak.json tests/golden/soak-1.json tests/cli/soak/leak.csv; do
    name=$(basename "$file")
    hb analyze --force --json "$tmp/soak.json" "$file"
    printed "$name" soak "$out" "$tmp/soak.json"
    hb analyze --markdown "$file"
    printed "$name as Markdown" soak "$out" "$tmp/soak.json"
    hb analyze --syscalls "$file"
    printed "$name, system calls" calls "$out" "$tmp/soak.json"
    hb analyze --syscalls --markdown "$file"
    printed "$name, system calls as Markdown" calls "$out" "$tmp/soak.json"
done
hb_is "system calls" 0 syscalls --allocators hakmem,system --set operations=200k --json "$tmp/calls.json" --quiet
printed "system calls" calls "$out" "$tmp/calls.json"

echo "--- programs"
"${CC:-cc}" -O1 -fno-builtin -o "$tmp/program" tests/cli/exec_program.c || exit 2
"${CC:-cc}" -O1 -fPIC -shared -fno-builtin -DPLANT=2 -o "$tmp/fat.so" tests/cli/planted.c || exit 2
hb_is "a program" 0 exec --quiet --results "$tmp/exec" --json "$tmp/exec.json" --runs 7 --allocators system \
    --allocator "fat=$tmp/fat.so" --metric 'rate=rate ([0-9.]+)' --higher-is-better -- "$tmp/program"
printed "a program" exec "$out" "$tmp/exec.json"
hb_is "a program as Markdown" 0 report --format markdown "$tmp/exec.json"
printed "a program as Markdown" exec "$out" "$tmp/exec.json"
sed -i 's/| 30,000\.5 /| 30,000.6 /' "$out"
check_not "a wrong cell of it is found" python3 tests/cli/printed.py exec "$out" "$tmp/exec.json"

echo "--- comparisons"
derive $real "$tmp/old.json" seed=1
derive $real "$tmp/slow.json" seed=3 scale:hakmem=0.95 sha:hakmem=slow kernel=7.0.0
derive $real "$tmp/same.json" seed=2
derive $real "$tmp/few.json" seed=5 runs=4 sha:hakmem=other syscalls:hakmem=500
derive $real "$tmp/old2.json" seed=6 workload=larson
derive $real "$tmp/slow2.json" seed=7 workload=larson scale:hakmem=0.9 sha:hakmem=slow
mkdir "$tmp/history"
for i in $(seq 10 19); do
    derive $real "$tmp/history/s$i.json" seed="$i" date="2026-11-${i}T10:00:00Z" runs=6 \
        scale:hakmem="$([[ $i -ge 15 ]] && echo 0.9 || echo 1)"
done
compared() { # NAME ARGUMENT...
    local name=$1
    shift
    hb compare --format json "$@"
    cp "$out" "$tmp/compared.json"
    for format in table markdown; do
        hb compare --format $format "$@"
        printed "$name, $format" compare "$out" "$tmp/compared.json" \
            "$([[ " $* " == *" --all "* ]] && echo --all)"
    done
}
compared "two sessions" "$tmp/old.json" "$tmp/slow.json"
compared "every row" --all --no-adjust "$tmp/old.json" "$tmp/slow.json"
compared "three, and gates" --fail-on 'throughput<-3%,rss_peak>1MiB,hakmem:cv>2%,throughput<-50%' \
    "$tmp/old.json" "$tmp/slow.json" "$tmp/few.json"
compared "a call more" --fail-on 'syscalls_per_op>+5%' "$tmp/old.json" "$tmp/few.json"
compared "one session" "$tmp/old.json"
compared "two workloads" a="$tmp/old.json" a="$tmp/old2.json" b="$tmp/slow.json" b="$tmp/slow2.json"
compared "another reference" --relative-to floor --allow-cross-host "$tmp/old.json" "$tmp/slow.json"
compared "a lab log" tests/cli/import/lab.log
compared "a soak" --base-allocator system results/reference/2026-11-24-soak/soak.json
compared "a trend" "$tmp/history"
echo '{' >"$tmp/torn.json"
compared "a file that cannot be read" --keep-going "$tmp/old.json" "$tmp/slow.json" "$tmp/torn.json"

# A check that finds nothing proves nothing.
hb compare "$tmp/old.json"
sed -i '0,/M\/s/s//k\/s/' "$out"
hb compare --format json -o "$tmp/compared.json" --force "$tmp/old.json"
check_not "a wrong cell is found" python3 tests/cli/printed.py compare "$out" "$tmp/compared.json"
finish
