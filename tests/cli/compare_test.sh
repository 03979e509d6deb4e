#!/usr/bin/env bash
# `hakbench compare`: what changed between sessions of known truth, and whether it is believed.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
real=results/reference/2026-11-24T09-03-08Z-mixed.json
derive() { python3 tests/cli/derive.py "${@:2:1}" "$tmp/$1" "${@:3}" || exit 1; } # TO FROM WORD...
made() { derive "$1" "$real" "${@:2}"; }                                        # TO WORD...

made old.json seed=1
made same.json seed=2
made slow.json seed=3 scale:hakmem=0.95 sha:hakmem=slow
made day.json seed=4 scale:all=0.9 scale:hakmem=1.05 sha:hakmem=fast

# --- two sessions ------------------------------------------------------------------------------
hb_is "A/A" 0 compare "$tmp/old.json" "$tmp/same.json"
has "nothing changed" "$out" ' 0 better, 0 worse'
hb_is "A/A with every row" 0 compare --all "$tmp/old.json" "$tmp/same.json"
has "the same" "$out" '^hakmem +throughput +.* same '
has "as the bytes are" "$out" '^hakmem +throughput .*unchanged$'
hb_is "one that got slower" 0 compare old="$tmp/old.json" new="$tmp/slow.json"
has "labels" "$out" '^allocator +metric +old +new '
has "is slower" "$out" '^hakmem +throughput +[0-9.]+ M/s +[0-9.]+ M/s +0\.9[45][0-9] \[0\.[0-9]+, 0\.[0-9]+\] +slower +large'
has "its library differs" "$out" '^library of hakmem '
has "the machine is told" "$out" 'the machine itself: [+-][0-9.]+ % .*unchanged allocators'
has "unchanged ones are not in the way" "$out" 'more figures of unchanged libraries show no change'
hb_is "the other way round" 0 compare --base new old="$tmp/old.json" new="$tmp/slow.json"
has "is faster" "$out" '^hakmem +throughput .* faster '
hb_is "another day" 0 compare "$tmp/old.json" "$tmp/day.json"
has "is the machine's" "$out" 'the machine itself: -(9|10)\.[0-9]+ % '
has "and not the allocator's" "$out" '^hakmem +throughput .* 1\.0[45][0-9] .* faster'
hb_is "left in" 0 compare --no-adjust "$tmp/old.json" "$tmp/day.json"
has "is" "$out" '^hakmem +throughput .* 0\.9[345][0-9] .* slower'
made kernel.json seed=5 kernel=7.0.0
hb_is "another kernel" 0 compare "$tmp/old.json" "$tmp/kernel.json"
has "is told first" "$out" '^kernel .*7\.0\.0'

python3 - "$tmp/same.json" "$tmp/gaps.json" <<'PY'
import json, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
d["partial"] = True
job = next(j for j in d["jobs"] if j["kind"] == "timed" and j["allocator"] == "jemalloc")
job["status"], job["reason"] = "crashed", "ended by signal 11"
json.dump(d, open(sys.argv[2], "w", encoding="utf-8"))
PY
hb_is "one that is not whole" 0 compare "$tmp/old.json" "$tmp/gaps.json"
has "is told" "$out" 'gaps.json is partial'
has "with what failed" "$out" 'jemalloc in .*gaps.json: 1 runs failed, 11 did not; the first: crashed: ended by signal 11'

# --- one session -------------------------------------------------------------------------------
hb_is "allocators of one session" 0 compare "$tmp/old.json"
has "meet the reference" "$out" '^allocator +metric +mimalloc '
has "in pairs" "$out" 'allocators of one session, block by block'
hb_is "or any other" 0 compare --base-allocator system "$tmp/old.json"
has "with the share of its mean" "$out" '^system +12 .* 100\.00$'
hb_is "but one that is there" 2 compare --base-allocator nobody "$tmp/old.json"
has "is named" "$err" 'has no allocator "nobody"'

# --- a log of other days: its published figures come out --------------------------------------
hb_is "the lab log" 0 compare --base-allocator mimalloc tests/cli/import/lab.log
has "hakmem" "$out" '^hakmem +10 +59\.15 .* 1\.22 +48\.88$'
has "system" "$out" '^system +10 +85\.10 .* 1\.01 +70\.33$'
has "mimalloc" "$out" '^mimalloc +10 +121\.01 .* 1\.11 +100\.00$'
has "jemalloc" "$out" '^jemalloc +10 +96\.06 .* 2\.93 +79\.38$'
has_not "lists of runs are no pairs" "$out" 'block by block'

# --- several workloads -------------------------------------------------------------------------
made old2.json seed=6 workload=larson
made slow2.json seed=7 workload=larson scale:hakmem=0.9 sha:hakmem=slow
mkdir "$tmp/before" "$tmp/after"
cp "$tmp/old.json" "$tmp/old2.json" "$tmp/before/"
cp "$tmp/slow.json" "$tmp/slow2.json" "$tmp/after/"
hb_is "folders" 0 compare "$tmp/before" "$tmp/after"
has "a heading each" "$out" '^larson \('
has "a geometric mean" "$out" '^hakmem +after +0\.92[0-9] +2$'
hb_is "one label, two sessions of one workload" 2 compare a="$tmp/old.json" a="$tmp/same.json"
has "says which" "$err" 'old.json and .*same.json are both of'

# --- gates -------------------------------------------------------------------------------------
hb_is "a gate that fails" 1 compare --fail-on 'throughput<-3%' "$tmp/old.json" "$tmp/slow.json"
has "is told" "$out" '^throughput<-3% +hakmem +.* fail$'
hb_is "several" 1 compare --fail-on 'throughput<-9%,rss_peak>+5%,hakmem:throughput<-3%' \
    "$tmp/old.json" "$tmp/slow.json"
made open.json seed=3 scale:hakmem=0.9495 sha:hakmem=slow # throughput<-5%: inconclusive
made calls.json seed=8 syscalls:hakmem=3 sha:hakmem=slow
made nocalls.json seed=1 syscalls:hakmem=0
hb_is "a system call more" 1 compare --fail-on 'syscalls_per_op>1e-8' "$tmp/nocalls.json" "$tmp/calls.json"
hb_is "a gate on nothing" 2 compare --fail-on 'latency_p99>5%' "$tmp/old.json" "$tmp/slow.json"
hb_is "a metric that is none" 2 compare --fail-on 'throughptu<-3%' "$tmp/old.json" "$tmp/slow.json"
has "near" "$err" 'did you mean "throughput"'
made calls0.json seed=8 syscalls:system=0
made calls500.json seed=9 syscalls:system=500 sha:system=new
hb_is "from 0 to 500 is a change" 1 compare --allocators system --metrics syscalls_per_op \
    --fail-on 'syscalls_per_op>+5%' "$tmp/calls0.json" "$tmp/calls500.json"
has "and said as one" "$out" '^syscalls_per_op>\+5% +system +.* more, from 0 +fail$'
has_not "not as a number that is none" "$out" 'nan'
made half.json seed=10 scale:all=0.5
hb_is "unchanged libraries on half the machine" 0 compare --all "$tmp/old.json" "$tmp/half.json"
has "are not slower above the floor" "$out" '^system +above floor .* same .*unchanged$'
has_not "nor anywhere" "$out" ' (faster|slower) '
hb_is "nor do they fail a gate" 0 compare --allocators system --fail-on 'ns_above_floor>+10%' \
    "$tmp/old.json" "$tmp/half.json"
has "which says that they are unchanged" "$out" '^ns_above_floor>\+10% .* pass +the same bytes'
for gate in 'throughput<-3' 'throughput<3' 'throughput<3%' 'rss_peak>+5' 'rss_peak>5' 'cv>2'; do
    hb_is "a gate that could mean two things" 2 compare --fail-on "$gate" "$tmp/old.json" "$tmp/slow.json"
    has "is named" "$err" "gate \"${gate/+/\\+}\""
done
hb_is "a gate on what did not change" 0 compare --fail-on 'rss_peak>1MiB' "$tmp/old.json" "$tmp/same.json"
has "says so" "$out" '^rss_peak>1MiB .* unchanged +no library changed'
has "to everybody" "$err" 'gate rss_peak>1MiB is not decided in same: no library changed'
hb_is "and cannot be told" 4 compare --strict --fail-on 'rss_peak>1MiB' "$tmp/old.json" "$tmp/same.json"
made othercalls.json seed=11 syscalls:hakmem=2
made fewcalls.json seed=12 syscalls:hakmem=1
hb_is "one call more of the same bytes" 0 compare --allocators hakmem --fail-on 'syscalls_per_op>+5%' \
    "$tmp/fewcalls.json" "$tmp/othercalls.json"
hb_is "an allocator that is nowhere" 2 compare --allocators hakmem,nobody --fail-on 'throughput<-3%' \
    "$tmp/old.json" "$tmp/slow.json"
has "is named too" "$err" 'nobody'
made larson.json seed=13 workload=larson
hb_is "a gate on two workloads" 5 compare --fail-on 'throughput<-3%' "$tmp/old.json" "$tmp/larson.json"
has "which are no pair" "$err" 'no other session has the workload'
made second.json seed=1 scale:hakmem=0.9 sha:hakmem=slow
hb_is "two sessions of one second and one seed" 1 compare --fail-on 'throughput<-3%' \
    base="$tmp/old.json" head="$tmp/second.json"
has "are two" "$out" '^hakmem +throughput .* slower'
cp "$tmp/old.json" "$tmp/copy.json"
hb_is "one session named twice" 5 compare --fail-on 'throughput<-3%' "$tmp/old.json" "$tmp/copy.json"
has "is refused by name" "$err" 'copy.json holds the same session as .*old.json'
mkdir "$tmp/pinned" && cp "$tmp/slow.json" "$tmp/pinned/20-mixed.json"
cp "$tmp/old.json" "$tmp/pinned/10-mixed.json" && cp "$tmp/old.json" "$tmp/pinned/baseline.json"
hb_is "a pinned copy among a star's many" 0 compare "$tmp"/pinned/*.json
has "gives way" "$out" 'baseline.json is the same session as .*10-mixed.json: left out'
mkdir "$tmp/withcopy" && cp "$tmp/copy.json" "$tmp/slow.json" "$tmp/withcopy/"
hb_is "a copy in a folder" 0 compare "$tmp/old.json" "$tmp/withcopy"
has "gives way, and that is said" "$out" 'copy.json is the same session as .*old.json: left out'

# --- what counts, plain, with --strict, with --bisect: the worst of all gates and files ---------
# Of one run a gate is unknown; of the system's, as many as before, it is told.
made short.json seed=3 scale:hakmem=0.8 sha:hakmem=slow only:hakmem=1 sha:system=new
made short2.json seed=3 scale:hakmem=0.8 sha:hakmem=slow only:hakmem=1 sha:system=new scale:system=0.9
head -c 5000 "$tmp/old.json" >"$tmp/torn.json"
while IFS='|' read -r plain strict bisect what files gates; do
    cd "$tmp" || exit 1 # so that files are named alone
    # shellcheck disable=SC2086
    for how in "$plain" "$strict --strict" "$bisect --bisect"; do
        hb_is "$what" ${how%% *} compare ${how#"${how%% *}"} --fail-on "$gates" $files
    done
    cd "$OLDPWD" || exit 1
done <<'END'
0|0|0|a pass|old.json same.json|hakmem:throughput<-3%
1|1|1|a failure|old.json slow.json|throughput<-3%
0|4|125|one is inconclusive, the others pass|old.json open.json|throughput<-5%
1|1|1|one fails, one is inconclusive|old.json open.json|throughput<-5%,throughput<-3%
1|1|1|the same from behind|old.json open.json|throughput<-3%,throughput<-5%
0|4|125|one is unknown, the others pass|old.json short.json|throughput<-3%
4|4|125|a gate that is unknown of all it speaks of|old.json short.json|hakmem:throughput<-3%
1|1|1|one is unknown, another fails|old.json short2.json|throughput<-3%
0|4|0|no library changed|old.json same.json|rss_peak>1MiB
2|2|125|a file that is left out, and a pass|--keep-going old.json torn.json same.json|throughput<-3%
1|1|1|a file that is left out, and a failure|--keep-going old.json torn.json slow.json|throughput<-3%
2|2|125|a file that is left out, and one that is inconclusive|--keep-going old.json torn.json open.json|throughput<-5%
2|2|125|no such file|old.json none.json|throughput<-3%
5|5|125|no pair|old.json larson.json|throughput<-3%
END
hb_is "bad by more than 2 %" 1 compare --bisect --allocators hakmem "$tmp/old.json" "$tmp/slow.json"
hb_is "no file: cannot be told" 125 compare --bisect "$tmp/old.json" "$tmp/none.json"
has "and why" "$err" 'none.json'

# --- hosts -------------------------------------------------------------------------------------
made far.json seed=9 cpu='Another CPU' scale:all=2 scale:hakmem=0.9
hb_is "another CPU" 5 compare "$tmp/old.json" "$tmp/far.json"
has "says why" "$err" 'Another CPU'
hb_is "as ratios" 0 compare --allow-cross-host --pairs "$tmp/old.json" "$tmp/far.json"
has "to its own reference" "$out" '^hakmem +throughput +1\.[0-9]+ x +[01]\.[0-9]+ x +0\.(89|90)[0-9] .* slower'
has_not "no absolute times" "$out" '^hakmem +throughput .*M/s'
hb_is "or to the floor" 0 compare --allow-cross-host --base "$tmp/old.json" --relative-to floor "$tmp/old.json" "$tmp/far.json"
for whom in nobody hakmem; do
    hb_is "of one session to $whom" 2 compare --relative-to $whom "$tmp/old.json"
    has "is refused" "$err" "^hakbench: --relative-to"
done
hb_is "but not to nobody" 2 compare --relative-to nobody "$tmp/old.json" "$tmp/same.json"

# --- many --------------------------------------------------------------------------------------
mkdir "$tmp/history"
for i in $(seq 10 24); do
    made "history/s$i.json" seed="$i" date="2026-11-${i}T10:00:00Z" \
        scale:all="$(python3 -c "print(1 + 0.03 * ($i % 3))")" \
        scale:hakmem="$([[ $i -ge 18 ]] && echo 0.96 || echo 1)" runs=6
done
hb_is "many sessions are a trend" 0 compare "$tmp/history"
has "the step and its date" "$out" '^2026-11-18T10:00:00Z +hakmem +throughput .* -[34]\.[0-9]+ +slower'
is "one step" "$(grep -c '^2026-11-.*throughput' "$out")" 1
has_not "no doubt" "$out" 'NOT TO BE BELIEVED'
made "history/s17.json" seed=17 date="2026-11-17T10:00:00Z" scale:all=1.06 'scale:mimalloc (A/A)=0.9' runs=6
hb_is "with one that is unlike itself" 0 compare "$tmp/history"
has "it is named" "$out" 's17.json: NOT TO BE BELIEVED: mimalloc was judged'
hb_is "as JSON" 0 compare --format json "$tmp/history"
cp "$out" "$tmp/timelines.json"
json_true "which points are doubtful" "$out" 'all({p["path"][-8:] for p in t["points"] if p["doubtful"]} == {"s17.json"}
    for t in d["timelines"] if t["allocator"] == "hakmem")'
json_true "its timelines" "$out" 'any(t["allocator"] == "hakmem" and t["metric"] == "throughput_ops_per_s"
    and [s["at"] for s in t["steps"]] == [8] for t in d["timelines"])'
hb_is "as CSV" 0 compare --format csv "$tmp/history"
has "its points" "$out" '^"made"|"random_mixed",.*"hakmem","throughput_ops_per_s","2026-11-18T10:00:00Z"'
hb_is "or pairs" 0 compare --pairs --format csv "$tmp/history"
is "all of them" "$(grep -c '"hakmem","hakmem","throughput_ops_per_s"' "$out")" 14
hb_is "a trend of two" 2 compare --trend "$tmp/old.json" "$tmp/same.json"

# --- soaks -------------------------------------------------------------------------------------
soak=results/reference/2026-11-24-soak/soak.json
python3 - $soak "$tmp/soak2.json" <<'PY'
import json, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
d["started_at"], d["seed"] = "2026-11-25T10:00:00Z", 2
for i, e in enumerate(d["epochs"]):
    m = e["metrics"]
    if e["allocator"] == "hakmem" and m["throughput_ops_per_s"]:
        m["throughput_ops_per_s"] *= 0.9 * (1 + i * 1e-6)
        m["rss_bytes"] = int(m["rss_bytes"] * 1.5)
json.dump(d, open(sys.argv[2], "w", encoding="utf-8"))
PY
hb_is "two soaks" 0 compare --no-adjust $soak "$tmp/soak2.json" --all
has "throughput" "$out" '^hakmem +throughput .* slower'
has "memory" "$out" '^hakmem +resident .* larger'
has "latency" "$out" '^mimalloc +p99 .* same'
has "the drift of each" "$out" '^hakmem +speed drift '
hb_is "allocators of one soak" 0 compare --base-allocator mimalloc $soak
has "meet in percentiles" "$out" '^hakmem +p99\.9 .* faster'
hb_is "a soak and a rebase are two groups" 0 compare $soak "$tmp/old.json"
has "with a heading each" "$out" '^random_mixed, soak \('

# --- formats -----------------------------------------------------------------------------------
hb_is "JSON" 0 compare --format json old="$tmp/old.json" new="$tmp/slow.json"
check "is JSON" python3 -m json.tool "$out" /dev/null
json_value "$out" 'sum(len(g["differences"]) for g in d["groups"])'
differences=$value
json_true "its verdict" "$out" 'any(r["allocator"] == "hakmem" and r["word"] == "slower"
    for g in d["groups"] for r in g["differences"])'
hb_is "gates as JSON" 1 compare --format json --fail-on 'throughput<=-3%,rss_peak>64MiB' \
    "$tmp/old.json" "$tmp/slow.json"
cp "$out" "$tmp/gates.json"
# Of each object all members, by their types: one that is written no more, or is null now, is found.
check "every member is written" diff tests/golden/compare-members.txt - < <(
    python3 - "$tmp/timelines.json" "$tmp/gates.json" <<'PY'
import json, sys
found = {}
def walk(value, path):
    found.setdefault(path, set()).add(type(value).__name__.replace("int", "float"))
    for key, inner in value.items() if isinstance(value, dict) else []:
        walk(inner, f"{path}.{key}")
    for inner in value if isinstance(value, list) else []:
        walk(inner, path + "[]")
for path in sys.argv[1:]:
    walk(json.load(open(path, encoding="utf-8")), "")
print("\n".join(f"{path}: {' or '.join(sorted(types))}" for path, types in sorted(found.items())))
PY
)
json_true "each with what became of it" "$out" '[(g["gate"], g["allocator"], g["of"], g["outcome"])
    for g in d["gates"]] == [("throughput<=-3%", "hakmem", "change_percent", "fail"),
                             ("rss_peak>64MiB", "hakmem", "value", "pass")]'
json_true "the change is the difference in percent" "$out" 'all(
    abs(d["gates"][0][value] - 100 * (r[estimate] - 1)) < 1e-9
    for r in d["groups"][0]["differences"]
    if r["allocator"] == "hakmem" and r["metric"] == "throughput_ops_per_s"
    for value, estimate in (("value", "estimate"), ("ci95_lo", "ci95_lo"), ("ci95_hi", "ci95_hi")))'
hb_is "CSV" 0 compare --format csv old="$tmp/old.json" new="$tmp/slow.json"
is "as many differences as in JSON" "$(($(wc -l <"$out") - 1))" "$differences"
check "is CSV" python3 - "$out" <<'PY'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8")))
row = next(r for r in rows if r["allocator"] == "hakmem" and r["metric"] == "throughput_ops_per_s")
assert row["verdict"] == "worse" and 0.94 < float(row["estimate"]) < 0.96, row
assert float(row["lo"]) < float(row["estimate"]) < float(row["hi"])
PY
hb_is "Markdown" 0 compare --format markdown old="$tmp/old.json" new="$tmp/slow.json"
has "is Markdown" "$out" '^\| allocator \| metric '
hb_is "to a file" 0 compare -o "$tmp/told.md" --format markdown "$tmp/old.json" "$tmp/slow.json"
is_empty "and nothing else" "$out"
has "is there" "$tmp/told.md" '^\| hakmem '
hb_is "which cannot be written" 2 compare -o "$tmp/no/where.md" "$tmp/old.json" "$tmp/slow.json"
hb_is "no such format" 2 compare --format yaml "$tmp/old.json"

# --- the figures are those of another program --------------------------------------------------
hb_is "no adjustment" 0 compare --no-adjust --format json --metrics throughput,rss_peak,cv \
    old="$tmp/old.json" new="$tmp/slow.json"
check "Hodges-Lehmann, its interval, A12 agree" python3 tests/cli/recompare.py \
    "$out" "$tmp/old.json" "$tmp/slow.json"

# --- what cannot be read -----------------------------------------------------------------------
hb_is "a torn file" 2 compare "$tmp/old.json" "$tmp/torn.json" "$tmp/same.json"
has "has its place" "$err" 'torn.json:[0-9]+:[0-9]+: '
is_empty "and nothing is said" "$out"
hb_is "and the others go on" 2 compare --keep-going "$tmp/old.json" "$tmp/torn.json" "$tmp/slow.json"
has "named" "$err" 'left out: .*torn.json:[0-9]+:[0-9]+: '
has "compared" "$out" '^hakmem +throughput .* slower'
has "and counted" "$out" '1 files could not be read'
hb_is "a gate all the same" 1 compare --keep-going --fail-on 'throughput<-3%' \
    "$tmp/old.json" "$tmp/torn.json" "$tmp/slow.json"
hb_is "none that can" 2 compare --keep-going "$tmp/torn.json"
has "says so" "$err" 'none of the files could be read'
hb_is "an empty folder" 2 compare "$tmp/lib" "$tmp/old.json"
has "is named" "$err" "$tmp/lib: no .json in this folder"
hb_is "no file at all" 2 compare

made six.json seed=3 runs=6
hb_is "six runs, five comparisons" 0 compare "$tmp/six.json"
has "it says that they decide nothing" "$out" \
    '^  6 runs cannot decide 5 comparisons: at least 8 runs, or fewer allocators'
made eight.json seed=3 runs=8
hb_is "eight runs" 0 compare "$tmp/eight.json"
has_not "they can decide" "$out" 'cannot decide'
made six-b.json seed=4 runs=6
hb_is "six and six runs" 0 compare "$tmp/six.json" "$tmp/six-b.json"
has_not "two sessions of six can decide" "$out" 'cannot decide'
made four.json seed=5 runs=4 sha:hakmem=other
hb_is "four runs" 0 compare "$tmp/six.json" "$tmp/four.json"
has "four cannot" "$out" '^  4 runs cannot decide 1 comparison: at least 6 runs'
finish
