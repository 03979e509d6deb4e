#!/usr/bin/env bash
# --sweep: one session over several points; a planted pair that crosses is named where it does; files
# are read, compared, exported and gone on with point by point.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"

plant=$tmp/libsteps.so
gcc -O2 -shared -fPIC -o "$plant" tests/cli/planted_steps.c || exit 2
sweep=(rebase --set operations=20k --quiet --no-pin)

# --- what is typed ----------------------------------------------------------------------------

while IFS='|' read -r text says; do
    hb_is "--sweep $text" 2 "${sweep[@]}" --results "$tmp/none" --sweep "$text"
    has "says why" "$err" "$says"
done <<'END'
working_set|expected NAME=VALUE
working_set=400|2 to 16 values
working_set=400,|2 to 16 values
working_set=400,x|not a count
working_set=400,0|must be 1 to
working_set=400,0.4k|
working_set=4k,4000|is there twice
speed=1,2|no parameter
seed=1,2|seed is no parameter
max_size=8,64|below min_size
END
hb_is "two sweeps" 2 "${sweep[@]}" --sweep threads=1,2 --sweep working_set=1,2
has "one is swept" "$err" 'one parameter is swept'
hb_is "a dry run" 0 "${sweep[@]}" --runs 2 --sweep working_set=400,4k --dry-run
has "names the points" "$out" '^working_set +400, 4k$'
has "has each allocator at each" "$out" 'hakmem@4k'
check "nothing was measured" test ! -e "$tmp/none"

# --- a loop's own parameters ------------------------------------------------------------------------

profile() { # LOOP: $json is a profile of it
    json=$tmp/$1.json
    printf '{"schema": "hakbench.profile/1", "workload": "%s", "allocators": ["system"], "reference": "system"}\n' \
        "$1" >"$json"
}
# All rows behind "sizes", which a session without a size profile does not have: the default and an end.
declare -A beside=([aligned]="--set min_alignment=8 --set max_alignment=2MiB" [handoff]="--set threads=64")
hb_is "list" 0 list workloads
rows=$(awk '/^[a-z_]+: /{loop = $1; behind = 0} $1 == "sizes"{behind = 1; next} /^[a-z_]+ /{ if (behind) print loop, $1, $2, $3 }' "$out")
check "there are such rows" test "$(wc -l <<<"$rows")" -ge 12
while read -r loop name value range; do
    loop=${loop%:}
    other=${range%%[.|]*}
    [[ $other != "$value" ]] || other=${range##*[.|]}
    read -ra settings <<<"${beside[$loop]:-}"
    profile "$loop"
    hb_is "$loop: --sweep $name" 0 rebase --profile "$json" "${settings[@]}" --runs 1 --sweep "$name=$other,$value" --dry-run
    has "$loop: $name is what is swept" "$out" "^$name +$other, $value\$"
done <<<"$rows"
profile handoff
hb_is "what does not go together" 2 rebase --profile "$json" --set threads=4 --sweep producers=2,9 --dry-run
has "says why" "$err" '9 producers of 4 threads'
profile drain
hb_is "a choice" 0 "${sweep[@]}" --profile "$json" --runs 1 --sweep order=lifo,fifo --results "$tmp/choice" --json "$tmp/choice.json"
json_true "by its number" "$tmp/choice.json" 'd["sweep"]["parameter"] == "order"
    and [p["value"] for p in d["sweep"]["points"]] == [0, 1] and all(j["status"] == "ok" for j in jobs)'

# --- a pair that crosses --------------------------------------------------------------------------

# 600 steps always, against one for each 10 live blocks: 20 at 400 slots, 200 at 4k, some 900 at 40k.
pair=(--allocators system --reference system --allocator "flat=$plant;PLANT_STEPS=600"
    --allocator "rising=$plant;PLANT_LIVE=10")
points=(--sweep working_set=400,4k,40k)
count=()
command -v valgrind >/dev/null && count=(--count callgrind)
hb_is "a sweep" 0 "${sweep[@]}" "${pair[@]}" "${points[@]}" "${count[@]}" --runs 12 --seed 7 --results "$tmp/r" \
    --json "$tmp/a.json" --csv "$tmp/a.csv"
has "a section for each figure" "$out" '^throughput over working_set'
has "a curve" "$out" '^ +400 +4k +40k +working_set$'
has "its letters" "$out" '. flat, . rising'
has "a table" "$out" '^rising .*(~|±)'
has "what is best is marked" "$out" '^(system|flat|rising) .* \*[0-9.,]+'
turns() { # FILE FIGURE
    python3 -c 'import json, sys
for curve in json.load(open(sys.argv[1]))["sweep_summary"]["curves"]:
    for t in curve["turns"] if curve["figure"] == sys.argv[2] else []:
        if {t["better_before"], t["better_after"]} == {"flat", "rising"}:
            print(t["better_before"], t["last_before"], t["better_after"], t["first_after"], t["decided"])' "$1" "$2"
}
# What a neighbour hides is not decided, wherever the medians cross; what is decided is right.
times=$(turns "$tmp/a.json" throughput_ops_per_s)
case $times in
"rising 4k flat 40k True" | "rising 400 flat 40k True")
    ok
    has "in words" "$out" 'rising is faster than flat (up to|at) (400|4k), flat from 40k on' ;;
*True*) is "the crossing of the times" "$times" "rising 4k flat 40k True" ;;
*) skip "the crossing of the times" "the machine is too busy to decide: make sweep-crossing shows it on a quiet one" ;;
esac
if ((${#count[@]})); then
    is "the crossing of the counts" "$(turns "$tmp/a.json" instructions_per_op)" "rising 4k flat 40k True"
    has "in words" "$out" 'rising has fewer than flat up to 4k, flat from 40k on'
else
    skip "the crossing of the counts" "valgrind is not installed"
fi
check "each allocator has every point in every block" python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
jobs = [j for j in d["jobs"] if j["kind"] == "timed" and j["status"] != "invalid"]
places = {(j["allocator"], j["block"], j["point"]) for j in jobs}
assert len(places) == 5 * 12 * 3, len(places)
order = [j["point"] for j in d["jobs"] if j["kind"] == "timed" and j["block"] == 0]
assert order != sorted(order), order
assert [p["text"] for p in d["sweep"]["points"]] == ["400", "4k", "40k"] and "summaries" not in d
assert [p["at"] for p in d["sweep_summary"]["points"]] == ["400", "4k", "40k"]' "$tmp/a.json"
find_schema_python
if [[ $schema_python ]]; then
    check "fits the schema" valid docs/result.schema.json "$tmp/a.json"
else
    skip "fits the schema" "no Python has jsonschema"
fi
has "a row says its point" "$tmp/a.csv" ',2,"working_set","40k",40000$'
hb_is "is never pinned" 0 rebase --set operations=20k --quiet --runs 1 --allocators system --sweep working_set=400,4k \
    --force --results "$tmp/pin"
has "says so" "$err" 'not pinned: a sweep is of many points'
check "no baseline" test ! -e "$tmp/pin/baseline.json"

# --- read again ------------------------------------------------------------------------------------

hb_is "the page" 0 report "$tmp/a.json" -o "$tmp/a.html"
has "has the curve" "$tmp/a.html" 'throughput over working_set'
check "as a picture" grep -q '<svg' "$tmp/a.html"
has "marks what is best" "$tmp/a.html" '>\*[0-9.,]+ '
hb_is "Markdown" 0 report --format markdown "$tmp/a.json" -o "$tmp/a.md"
has "has the table" "$tmp/a.md" '^\| rising '
has "marks what is best" "$tmp/a.md" '^\| [a-z]+ .*\| \*[0-9]'
hb_is "with another session" 0 report "$tmp/a.json" results/reference/2026-11-24T09-03-08Z-mixed.json -o "$tmp/both.html"
hb_is "of its CSV" 0 report --format markdown "$tmp/a.csv" -o "$tmp/csv.md"
has "the same points" "$tmp/csv.md" 'throughput over working_set'
hb_is "the same again" 0 "${sweep[@]}" "${pair[@]}" "${points[@]}" --runs 6 --results "$tmp/r" --json "$tmp/b.json"
hb_is "compare" 0 compare "$tmp/a.json" "$tmp/b.json"
is "point by point" "$(grep -oE 'working_set [0-9k]+,' "$out" | sort -u | xargs)" "working_set 400, working_set 40k, working_set 4k,"
hb_is "compare with a plain session" 0 "${sweep[@]}" "${pair[@]}" --set working_set=4k --runs 6 --results "$tmp/r" \
    --json "$tmp/plain.json"
hb_is "of one point" 0 compare "$tmp/a.json" "$tmp/plain.json" --all
is "is with that point" "$(grep -A1 -E 'working_set 4k,' "$out" | grep -c 'what else differs\|environment:\|base')" 1
hb_is "export" 0 export -f benchstat "$tmp/a.json"
is "each point" "$(grep -oE 'flat/ws=[0-9]+' "$out" | sort -u | xargs)" "flat/ws=400 flat/ws=4000 flat/ws=40000"

# --- cut off and gone on with ---------------------------------------------------------------------------

"$hakbench" "${sweep[@]}" "${pair[@]}" --sweep working_set=400,4k --runs 40 --seed 3 --results "$tmp/cut" 2>"$err" &
cut=$!
for _ in $(seq 600); do
    journal=$(echo "$tmp"/cut/*.jsonl)
    [[ -e $journal && $(wc -l <"$journal") -gt 30 ]] && break
    nap 0.1
done
kill -TERM "$cut"
wait "$cut"
check "interrupted" test $? -ge 130
had=$(wc -l <"$journal")
hb_is "a sweep cannot change" 2 rebase --resume "$journal" --sweep working_set=1,2
hb_is "gone on with" 0 rebase --quiet --no-pin --resume "$journal"
result=$(echo "$tmp"/cut/*.json)
check "each place once" python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
jobs = [j for j in d["jobs"] if j["status"] != "invalid"]
places = {(j["kind"], j["allocator"], j["block"], j["point"]) for j in jobs}
assert len(places) == len(jobs) == 2 * 4 + 40 * 2 * 5, (len(places), len(jobs))
assert d["partial"] is False and int(sys.argv[2]) < len(jobs)' "$result" "$had"

# --- threads, and programs ------------------------------------------------------------------------------

over=$(($(nproc) * 2))
hb_is "threads" 0 "${sweep[@]}" --runs 1 --allocators system --sweep "threads=1,$over" --results "$tmp/t"
has "more of them than CPUs are no scaling" "$out" "from $over threads on .* oversubscription"
read -ra cpus < <(taskset -pc $$ | sed 's/.*: //; s/[,-]/ /g')
kept() { timeout 300 taskset -c "${cpus[0]}" "$hakbench" "$@" --runs 1 --allocators system --results "$tmp/t" >"$out" 2>"$err"; }
kept "${sweep[@]}" --sweep threads=4,2,1
has "than CPUs that it may use, from the least such point on" "$out" 'from 2 threads on .* the 1 CPU that .* oversubscription'
kept exec -q --sweep threads=4,2,all,1 -- /bin/echo '{threads}'
has "programs as well" "$out" 'from 2 threads on .* the 1 CPU that .* oversubscription'
hb_is "words are no number of threads" 0 exec -q --runs 1 --allocators system --results "$tmp/t" \
    --sweep "threads=$(seq -s, -f 'w%g' 16)" -- /bin/echo '{threads}'
[[ $(nproc) -gt 14 ]] || has_not "words are no number of threads" "$out" oversubscription
hb_is "a program" 0 exec --runs 1 -q --allocators system,hakmem --results "$tmp/x" --json "$tmp/x.json" \
    --sweep size=10,1000,x -- /bin/echo 'the {size}'
check "is one for each point" python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
assert [p["name"] for p in d["programs"]] == ["echo-size-10", "echo-size-1000", "echo-size-x"], d["programs"]
assert [p["command"][1] for p in d["profile"]["programs"]] == ["the 10", "the 1000", "the x"]
assert d["sweep"]["parameter"] == "size" and len(d["sweep_summary"]["curves"]) >= 2' "$tmp/x.json"
has "has a curve" "$out" 'time over size'
if ((${#count[@]})); then
    hb_is "its instructions" 0 exec --runs 1 -q --allocators system,hakmem --results "$tmp/x" "${count[@]}" \
        --sweep size=10,1000 -- /bin/echo 'the {size}'
    has "have a curve as well" "$out" 'instructions over size \(counted;'
else
    skip "a curve of a program's instructions" "valgrind is not installed"
fi
hb_is "words that look alike" 0 exec --runs 1 -q --allocators system,hakmem --results "$tmp/x" --json "$tmp/alike.json" \
    --sweep of=a/b,a.b,a-b -- /bin/echo '{of}'
hb_is "are read again" 0 report "$tmp/alike.json"
hb_is "a word that is there twice" 2 exec --runs 1 -q --results "$tmp/x" --sweep t=a,b,a -- /bin/echo '{t}'
has "says which" "$err" 't: a is there twice'
hb_is "a word beside the number of its place" 0 exec --runs 1 -q --allocators system --results "$tmp/x" \
    --sweep t=1,auto,01 -- /bin/echo '{t}'
hb_is "without its brace" 2 exec --runs 1 -q --results "$tmp/x" --sweep size=1,2 -- /bin/echo
has "says which" "$err" '\{size\} stands nowhere'
hb_is "compare of programs" 0 compare "$tmp/x.json" 

# --- what is not to be believed -------------------------------------------------------------------------

# As if the reference had been faster than itself at one point, and like itself at the others.
mkdir "$tmp/doubt" "$tmp/faith"
for _ in doubt faith; do
    python3 tests/cli/derive.py "$tmp/a.json" "$tmp/$_/it.jsonl" seed=7 set:all=26000000
done
python3 - "$tmp/doubt/it.jsonl" <<'END'
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
for job in records[1:]:
    if job["allocator"].endswith("(A/A)") and job["point"] == 1 and job["kind"] == "timed":
        m = job["metrics"]
        m.update(throughput_ops_per_s=m["throughput_ops_per_s"] / 1.3, ns_per_op=m["ns_per_op"] * 1.3,
                 elapsed_ns=m["elapsed_ns"] * 1.3)
        job["wall_s"] *= 1.3
with open(sys.argv[1], "w") as file:
    for record in records:
        print(json.dumps(record, separators=(",", ":")), file=file)
END
hb_is "a point in doubt, strictly" 4 rebase --strict --resume "$tmp/doubt/it.jsonl" --quiet
has "its point says so" "$out" 'at working_set 4k: NOT TO BE BELIEVED'
has "says why" "$err" 'strict: 1 of 3 points are not to be believed'
hb_is "no point in doubt" 0 rebase --strict --resume "$tmp/faith/it.jsonl" --quiet
finish
