#!/usr/bin/env bash
# suite and table: everything in one folder, in a given time; cut off anywhere and gone on with.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"

# counted FOLDER: jobs and runs of the folder's sessions that are there twice, or not where a block is whole
counted='
import glob, json, sys
twice = lost = whole = 0
for path in sorted(glob.glob(sys.argv[1] + "/*.json")):
    session = json.load(open(path))
    jobs = session.get("jobs") or session.get("runs") or []
    seen = {}
    for job in jobs:
        key = (job["kind"], job["block"], job["allocator"], job.get("point"), job.get("program"), job.get("attempt", 0))
        seen[key] = seen.get(key, 0) + 1
    twice += sum(n - 1 for n in seen.values())
    timed = [k for k in seen if k[0] == "timed"]
    for block in range(session.get("blocks") or 0):
        n = len({k[2:5] for k in timed if k[1] == block})
        lost += len({k[2:5] for k in timed}) - n
        whole += 1
print(twice, lost, whole)
'
few=(--quick --only "mixed,batch,handoff" --skip sweep --allocators hakmem,mimalloc --quiet)

# A server sleeps most of its time: beside the rest, and looked at in the end.
server=
if command -v memcached >/dev/null; then
    "$hakbench" suite --only server-memcached --allocators hakmem --runs 2 --quiet --results "$tmp/server" >"$tmp/server.said" 2>&1 &
    server=$!
fi

# ---- beforehand ----

hb_is "a dry run" 0 suite --dry-run --quick --budget 20m --allocators hakmem,mimalloc
has "lists loops" "$out" '^ *loop +mixed-10k '
has "sweeps" "$out" '^ *sweep +mixed-threads '
has "soak and check" "$out" '^ *(soak|check) '
has "and says how long" "$out" '^expected time: 20m'
mkdir "$tmp/dry"
hb_is "and one of this folder" 0 suite --dry-run "${few[@]}" --runs 3 --results "$tmp/dry"
is "makes nothing in it" "$(ls -A "$tmp/dry")" ""
hb_is "a dry run of runs" 0 suite --dry-run "${few[@]}" --runs 3
has "three members" "$out" '^3 sessions'
has "guesses their time" "$out" 'about .* \(a guess\)'
# order_by SEED: the loops in the order in which they begin, as $order
order_by() {
    hb_is "a dry run by seed $1" 0 suite --dry-run --quick --only loop --allocators hakmem --runs 1 --seed "$1"
    order=$(sed -nE 's/^ *loop +([^ ]+) .*/\1/p' "$out")
}
order_by 1
first=$order
order_by 1
is "a seed has one order" "$order" "$first"
order_by 2
check_not "and another seed another" test "$order" = "$first"
is "of the same" "$(sort <<<"$order")" "$(sort <<<"$first")"
for wrong in --budget=0s --budget=soon --runs=0 --only=nonsense --skip=nonsense; do
    hb_is "suite $wrong" 2 suite --dry-run "$wrong"
done
has "names what was wrong" "$err" 'nonsense: no loop, sweep, program'
hb_is "no time for any block" 2 suite --budget 2s --quick --only mixed --results "$tmp/short"
has "says how long one takes" "$err" '^hakbench: --budget 2.0s is too short: the shortest block here takes .*\(mixed'
check "and makes no folder" test ! -e "$tmp/short"
hb_is "a suite of nothing" 2 suite --dry-run --only mixed --skip mixed
hb_is "an allocator nobody knows" 2 suite --dry-run --only batch --allocators nobody
hb_is "a folder that is none" 2 suite --resume "$tmp/nowhere"
mkdir "$tmp/empty"
hb_is "a folder without a suite" 2 suite --resume "$tmp/empty"
printf '{"record":"round"}\n' >"$tmp/empty/suite.log"
hb_is "a journal of something else" 2 suite --resume "$tmp/empty"
has "says so" "$err" 'does not begin as a suite'
printf '{"record":"suite","budget_s":0,"soak_s":1,"runs":2,"arguments":[],"members":[{"kind":"loop","name":"../x","profile":"mixed","first_s":1,"block_s":1}]}\n' >"$tmp/empty/suite.log"
hb_is "a name that leads out of it" 2 suite --resume "$tmp/empty"
has "is refused" "$err" "its name is no file's"

# ---- one of two blocks ----

mkdir -p "$tmp/r/.suite.new" # a folder of somebody's, as an earlier version called its own
echo mine >"$tmp/r/.suite.new/notes"

hb_is "a suite" 0 suite "${few[@]}" --runs 2 --seed 5 --results "$tmp/r"
folder=$(echo "$tmp"/r/*-suite)
is "takes nobody's folder, and leaves none" "$(find "$tmp/r" -mindepth 1 -maxdepth 1 -name '.*' ! -name .lock -printf '%f\n')" ".suite.new"
is "nor what is in it" "$(cat "$tmp/r/.suite.new/notes")" mine
has "its table has all three" "$out" '^Over 3 kinds'
has "and each kind" "$out" '^handoff .* 2$'
for file in mixed.json batch.json handoff.csv suite.log table.html; do
    check "$file is there" test -s "$folder/$file"
done
check_not "no journal is left" compgen -G "$folder/mixed.jsonl"
is "nothing twice, nothing lost" "$(python3 -c "$counted" "$folder")" "0 0 6"
hb_is "its sessions are sessions" 0 report "$folder/mixed.json" -o "$tmp/mixed.html"
hb_is "and can be compared" 0 compare "$folder/mixed.json"
hb_is "a finished suite has nothing to go on with" 0 suite --resume "$folder" --budget 1h --quiet
has "and says so" "$err" 'is finished: there is nothing left to measure'
is "and stays as it is" "$(python3 -c "$counted" "$folder")" "0 0 6"
hb_is "another plan" 2 suite --resume "$folder" --runs 9
has "is refused" "$err" 'only --budget may change it'

mkdir -p "$tmp/costs/2026-01-01T00-00-00Z-suite" # what it took is what it will take
sed -E '/"member":"batch"/s/"seconds":[0-9.]+/"seconds":77/' "$folder/suite.log" >"$tmp/costs/2026-01-01T00-00-00Z-suite/suite.log"
hb_is "a dry run after another suite" 0 suite --dry-run "${few[@]}" --results "$tmp/costs"
has "knows what a block cost" "$out" '^ *loop +batch +1m 17s, then +1m 17s a block'
printf 'torn' >"$tmp/costs/2026-01-01T00-00-00Z-suite/suite.log"
hb_is "a broken one is no hindrance" 0 suite --dry-run "${few[@]}" --results "$tmp/costs"

# ---- the table ----

hb_is "as text" 0 table "$folder"
cp "$out" "$tmp/first"
hb_is "again" 0 table "$folder"
check "the same" cmp -s "$out" "$tmp/first"
COLUMNS=60 hb_is "on a narrow screen" 0 table "$folder"
has_not "no table is wider" "$out" '^(allocator|kind|hakmem|mixed|batch).{61}'
hb_is "as Markdown" 0 table --format markdown "$folder"
has "with intervals" "$out" '^\| *allocator '
hb_is "brief" 0 table --format markdown --brief "$folder"
check "is short before the fold" test "$(sed '/<details>/,$d' "$out" | wc -l)" -le 20
hb_is "as a page" 0 table --format html -o "$tmp/table.html" "$folder"
check "which is one" grep -q '</html>' "$tmp/table.html"
hb_is "as CSV" 0 table --format csv -o "$tmp/table.csv" "$folder"
check "of which every row is whole" python3 -c "
import csv
rows = list(csv.DictReader(open('$tmp/table.csv')))
assert len(rows) == 3 * 3 + 2 * 3, len(rows)
assert {r['kind'] for r in rows} == {'mixed', 'batch', 'handoff', ''}
for r in rows:
    assert r['allocator'] != 'system' or float(r['speed']) == 1
"
# What it says is in the samples: the median of the Walsh averages of each block's log-ratios.
check "as the samples have it" python3 -c "
import csv, json, math, statistics
rows = {(r['kind'], r['allocator']): r for r in csv.DictReader(open('$tmp/table.csv'))}
means = []
for kind in ('mixed', 'batch', 'handoff'):
    session = json.load(open('$folder/' + kind + '.json'))
    labels = [a['label'] for a in session['allocators']]
    peak = {}
    for j in session['jobs']:
        if j['kind'] == 'timed' and j['status'] == 'ok':
            name = j['allocator'] if isinstance(j['allocator'], str) else labels[j['allocator']]
            peak[name, j['block']] = j['metrics']['rss_peak_bytes']
    d = [math.log(peak['system', b] / peak['hakmem', b]) for b in range(2)]
    walsh = statistics.median([d[0], d[1], sum(d) / 2])
    means.append(walsh)
    assert abs(math.log(float(rows[kind, 'hakmem']['memory'])) - walsh) < 1e-9, kind
whole = [r for r in csv.DictReader(open('$tmp/table.csv')) if r['group'] == 'all' and r['allocator'] == 'hakmem'][0]
assert abs(math.log(float(whole['memory'])) - sum(means) / 3) < 1e-9
"
hb_is "against another" 0 table --format csv --reference mimalloc "$folder"
has "which is 1" "$out" '^"mixed","loops","mimalloc",2,1,'
hb_is "against one that is not there" 2 table --reference nobody "$folder"
hb_is "of an allocator that is not there" 2 table --allocators nobody "$folder"
has "names it" "$err" '^hakbench: --allocators: none of the files has an allocator "nobody"'
hb_is "of the reference alone" 0 table --allocators system "$folder/mixed.json"
has "has no winner" "$out" '^Nobody is compared with system here'
hb_is "of one kind" 0 table "$folder/mixed.json"
has "has one" "$out" '^Over 1 kind [a-z]'
hb_is "of one allocator" 0 table --format csv --allocators hakmem "$folder"
has_not "and no other" "$out" 'mimalloc'
hb_is "the worst first" 0 table --worst-first --allocators hakmem "$folder"
hb_is "of no file" 2 table
hb_is "of a soak alone" 2 table tests/cli/asked.c
hb_is "without resamples" 0 table --resamples 0 "$folder"
has "there are places by the estimates" "$out" '^Over 3 kinds [a-z]+ is fastest by the estimates'
hb_is "an older session of a kind" 0 table "$folder" "$folder/mixed.json"
has "gives way" "$out" '1 older sessions'

# ---- in a README ----

printf 'before\n<!-- suite -->\nof yesterday\n<!-- /suite -->\nafter\n' >"$tmp/README.md"
pasted() { README=$tmp/README.md HAKBENCH=$hakbench scripts/readme-table.sh "$@" >"$out" 2>"$err"; }
check "is pasted" pasted "$folder"
has "between its marks" "$tmp/README.md" '^\| hakmem \|'
has_not "in place of what was there" "$tmp/README.md" 'yesterday'
is "and the rest stays" "$(sed -n '1p;$p' "$tmp/README.md" | xargs)" "before after"
cp "$tmp/README.md" "$tmp/once"
check "a second time" pasted "$folder"
check "it is the same" cmp -s "$tmp/README.md" "$tmp/once"
sed -i '/^<!-- suite/d' "$tmp/README.md"
check_not "a page without a place for it is refused" pasted "$folder"
printf 'before\n<!-- /suite -->\nof yesterday\n<!-- suite -->\nafter\n' >"$tmp/README.md"
check_not "nor one with its marks the wrong way round" pasted "$folder"
has "which stays" "$tmp/README.md" '^after'
is "README.md has one" "$(grep -c '^<!-- /*suite -->$' README.md)" 2

# Measured for it: cut off it is gone on with, and the page is whole at any moment.
printf 'before\n<!-- suite -->\nof yesterday\n<!-- /suite -->\nafter\n' >"$tmp/README.md"
chmod 640 "$tmp/README.md"
cp "$tmp/README.md" "$tmp/once"
measured=(env --default-signal README="$tmp/README.md" HAKBENCH="$hakbench" RESULTS="$tmp/page"
    SUITE_OPTIONS="--quick --only mixed,batch --skip sweep --allocators hakmem --quiet" setsid scripts/readme-table.sh 9s)
mkdir -p "$tmp/page/2020-01-01T00-00-00Z-suite"
echo torn >"$tmp/page/2020-01-01T00-00-00Z-suite/suite.log"
echo torn >"$tmp/page/2020-01-01T00-00-00Z-suite/mixed.jsonl"
"${measured[@]}" >"$tmp/said" 2>&1 &
making=$!
for ((n = 0; n < 600; n++)); do
    grep -aqs '"record":"round"' "$tmp"/page/*-suite/suite.log && break
    nap 0.05
done
kill -INT -- "-$making" # as Ctrl-C does, to all of them
wait "$making"
is "one that is interrupted ends so" "$?" 130
has "one that cannot be gone on with is left" "$tmp/said" '2020-01-01T00-00-00Z-suite stays'
check "and the page is as it was" cmp -s "$tmp/README.md" "$tmp/once"
for cut in "$tmp"/page/*-suite; do [[ $cut == *2020-* ]] || cp -r "$cut" "$tmp/cut"; done
"${measured[@]}" >"$tmp/said" 2>&1
is "the next start" "$?" 0
has "goes on with it" "$tmp/said" '^readme-table: going on with .*, which was cut off'
is "and with no other" "$(compgen -G "$tmp/page/*-suite" | wc -l)" 2
has "the page has its table" "$tmp/README.md" '^\| hakmem \|'
is "and its mode" "$(stat -c %a "$tmp/README.md")" 640
is "nothing is left beside it" "$(compgen -G "$tmp/README.md.*")" ""
cp -r "$tmp/cut" "$tmp/page/2099-01-01T00-00-00Z-suite"
sed -i 's/"plugin_sha256": *"[0-9a-f]*"/"plugin_sha256":"'"$(printf '%064d' 0)"'"/g' "$tmp"/page/2099-*/*.jsonl
"${measured[@]}" >"$tmp/said" 2>&1
is "after a library has changed" "$?" 0
has "a new one is begun" "$tmp/said" '2099-01-01T00-00-00Z-suite stays$'
has "and shown" "$tmp/said" 'has the table of .*/page/20[^9]'

# ---- since ----

hb_is "since itself" 0 suite --since "$folder" "${few[@]}" --runs 1 --results "$tmp/since"
has "nothing has changed" "$err" 'no library has changed since'
check "and nothing is measured" test ! -e "$tmp/since"
# since NAME CHANGED [FILE LABEL KEY YEAR]...: of a folder with these sessions: as mixed.json, but that the
# allocator had another KEY ("-": the same) and the session began in that YEAR
since() {
    local name=$1 changed=$2
    shift 2
    python3 - "$folder/mixed.json" "$tmp/since" "$@" <<'END'
import json, os, shutil, sys
shutil.rmtree(sys.argv[2], ignore_errors=True)
os.makedirs(sys.argv[2])
for file, label, key, year in zip(*[iter(sys.argv[3:])] * 4):
    session = json.load(open(sys.argv[1]))
    session["started_at"] = year + session["started_at"][4:]
    for entry in session["allocators"]:
        if entry["label"] == label and key != "-":
            entry[key] = "A=1" if key == "environment" else "0" * 64
    json.dump(session, open(os.path.join(sys.argv[2], file + ".json"), "w"))
END
    hb_is "since $name" 0 suite --since "$tmp/since" "${few[@]}" --runs 1 --dry-run
    has "since $name" "$err" "changed since [^:]*$changed\$"
}
since "another library" ': mimalloc' a mimalloc library_sha256 2020
since "another plugin" ': hakmem' a hakmem plugin_sha256 2020
since "another environment" ': hakmem' a hakmem environment 2020
since "another reference, which all are measured against" ': (system|hakmem|mimalloc)(,(system|hakmem|mimalloc)){2}' \
    a system plugin_sha256 2020
since "an older one, read first" '' a mimalloc library_sha256 2020 b - - 2021
since "an older one, read last" '' a - - 2021 b mimalloc library_sha256 2020
since "a newer one, read first" ': mimalloc' a mimalloc library_sha256 2021 b - - 2020

# ---- cut off anywhere ----

rm -rf "$tmp/k"
started_suite() { # ARGUMENTS...
    "${started[@]}" suite "$@" --quiet >"$tmp/said" 2>&1 &
    suite=$!
}
jobs_of() { cat "$1"/*.jsonl "$1"/*.json 2>/dev/null | grep -ac '"record":"job"'; }
kills=${KILLS:-3} folder='' jobs=0
for ((i = 1; i <= kills; i++)); do
    if [[ -z $folder ]]; then
        started_suite "${few[@]}" --runs 3 --seed 9 --results "$tmp/k"
    else
        started_suite --resume "$folder"
    fi
    for ((n = 0; n < 900; n++)); do # until there is a job more, or all are there
        folder=$(compgen -G "$tmp/k/*-suite")
        [[ -n $folder && $(jobs_of "$folder") -gt $jobs ]] && break
        kill -0 "$suite" 2>/dev/null || break
        nap 0.05
    done
    nap "0.$((RANDOM % 5))$((RANDOM % 9))"
    kill -9 "$suite" 2>/dev/null
    wait "$suite" 2>/dev/null
    jobs=$(jobs_of "$folder")
    printf '    killed with %s jobs\n' "$jobs"
done
check "after $kills kills its folder is there" test -d "$folder"
hb_is "and it goes on" 0 suite --resume "$folder" --quiet
is "nothing twice, nothing lost" "$(python3 -c "$counted" "$folder")" "0 0 9"

# With one block there is no other that would make the jobs of the first that are missing.
started_suite "${few[@]}" --runs 1 --results "$tmp/f"
for ((n = 0; n < 900; n++)); do
    folder=$(compgen -G "$tmp/f/*-suite")
    [[ -n $folder && $(jobs_of "$folder") -gt 0 ]] && break
    nap 0.02
done
kill -9 "$suite"
wait "$suite" 2>/dev/null
jobs=$(jobs_of "$folder")
hb_is "too little time to go on" 2 suite --resume "$folder" --budget 1s --quiet
has "is told" "$err" '^hakbench: --budget 1.0s is too short'
is "and no job is lost" "$(jobs_of "$folder") $(compgen -G "$folder/*.json")" "$jobs "
hb_is "a block that was begun" 0 suite --resume "$folder" --quiet
is "is completed, be it the only one" "$(python3 -c "$counted" "$folder")" "0 0 3"

started_suite "${few[@]}" --runs 50 --results "$tmp/i"
for ((n = 0; n < 600; n++)); do
    folder=$(compgen -G "$tmp/i/*-suite")
    [[ -n $folder ]] && grep -aq '"record":"round"' "$folder/suite.log" && break
    nap 0.05
done
kill -INT "$suite"
wait "$suite"
is "an interrupted suite ends so" "$?" 130
has "and says how to go on" "$tmp/said" 'go on with: hakbench suite --resume'
has "with what there is" "$tmp/said" '^Over '
hb_is "what there is can be read" 0 table "$folder"
hb_is "and so can the journals alone" 0 table "$folder"/*.jsonl
(
    exec 9<>"$folder/suite.log"
    flock 9
    "$hakbench" suite --resume "$folder" --quiet
) >"$tmp/said" 2>&1
has "two at once are refused" "$tmp/said" 'another hakbench goes on with it'

# ---- a budget ----

hb_is "a budget that is too small for all" 0 suite --quick --only "mixed,batch,spike" --skip sweep \
    --allocators hakmem --quiet --budget 8s --results "$tmp/b"
folder=$(echo "$tmp"/b/*-suite)
for name in mixed batch spike; do
    [[ -s $folder/$name.json ]] && continue
    has "$name has a file, or is named" "$err" "^hakbench: $name is left out: there was no time"
    check "and keeps its journal for more time" test -s "$folder/$name.jsonl"
done
is "in which nothing is twice" "$(python3 -c "$counted" "$folder" | cut -d ' ' -f 1)" 0

# ---- traces are members that it is given ----

"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -Isrc -Iallocators -Iworkloads -pthread -o "$tmp/make_trace" tests/cli/make_trace.c \
    -L"$build/tests" -lrooms -Wl,-z,now -Wl,-rpath,"$build/tests" || exit 2
mkdir "$tmp/traces"
for name in web-app build; do
    "$tmp/make_trace" "$tmp/traces/$name.hbt" events=20000 seed=${#name} >"$out" || bad "make_trace $name" "$(cat "$out")"
done
echo "no trace" >"$tmp/traces/README"
traced=(--traces "$tmp/traces" --only trace --allocators hakmem,mimalloc --quick)
hb_is "a dry run with traces" 0 suite --dry-run "${traced[@]}" --budget 20m
has "lists each" "$out" '^ *trace +trace-build '
is "and no other" "$(grep -c ' trace-' "$out")" 2
(cd "$tmp" && "$hakbench" suite --traces traces "${traced[@]:2}" --runs 2 --quiet --results "$tmp/t") >"$out" 2>"$err"
is "a suite of traces" "$?" 0
has "each is a kind" "$out" '^web-app .* 2$'
folder=$(echo "$tmp"/t/*-suite)
is "nothing twice, nothing lost" "$(python3 -c "$counted" "$folder")" "0 0 4"
hb_is "its table" 0 table --format csv "$folder"
has "has a group of them" "$out" '^"build","traces","hakmem",2,'
has "and its mean" "$out" '^"","traces","hakmem",'
started_suite "${traced[@]}" --runs 40 --results "$tmp/tk"
for ((n = 0; n < 600; n++)); do
    folder=$(compgen -G "$tmp/tk/*-suite")
    [[ -n $folder && $(jobs_of "$folder") -gt 8 ]] && break
    nap 0.05
done
kill -9 "$suite"
wait "$suite" 2>/dev/null
jobs=$(jobs_of "$folder")
started_suite --resume "$folder" --budget 5s
wait "$suite"
is "one that was killed goes on" "$?" 0
is "nothing twice" "$(python3 -c "$counted" "$folder" | cut -d ' ' -f 1)" 0
mkdir "$tmp/others"
for wrong in "$tmp/nowhere" "$tmp/others"; do
    hb_is "traces of $(basename "$wrong")" 2 suite --dry-run --traces "$wrong"
    has "are told" "$err" "--traces $wrong: "
done
echo torn >"$tmp/others/torn.hbt"
hb_is "a trace that is none" 2 suite --dry-run --traces "$tmp/others" --only trace
has "is told by name" "$err" 'torn.hbt'
has_not "and not by an option that was not given" "$err" '[-]-set'
cp "$tmp/traces/build.hbt" "$tmp/others"
hb_is "beside one that is sound" 0 suite --dry-run --traces "$tmp/others" --only trace --allocators hakmem
has "it is left out" "$err" 'trace-torn is left out: /.*torn.hbt'
hb_is "another plan" 2 suite --resume "$folder" --traces "$tmp/traces"

# ---- soak and check are members ----

hb_is "a suite of a check" 0 suite --only check-align --allocators hakmem --runs 1 --quiet --results "$tmp/c"
cp "$(echo "$tmp"/c/*-suite)/check-align.json" "$(echo "$tmp"/r/*-suite)"
hb_is "beside others in a folder" 0 history "$tmp/r"
has "they have no figures" "$out" '^Sessions \(3,'
hb_is "and do not hinder" 0 compare "$(echo "$tmp"/r/*-suite)"
hb_is "and have a line" 0 table "$(echo "$tmp"/r/*-suite)"
has "of their own" "$out" '^ *check, align: '
check "has its answers" test -s "$(echo "$tmp"/c/*-suite)/check-align.json"

started_suite --only soak --allocators hakmem,mimalloc --runs 1 --results "$tmp/s"
has_epochs() { cat "$tmp"/s/*-suite/*-soak.jsonl 2>/dev/null | grep -aq '"record":"epoch"'; }
wait_for 60 has_epochs
kill -INT "$suite"
wait "$suite"
is "a suite that is interrupted in its soak" "$?" 130
check "ends it as well" wait_for 10 no_worker
check "which can be gone on with" compgen -G "$tmp/s/*-suite/*-soak.jsonl"
hb_is "a suite of a soak" 0 suite --resume "$tmp"/s/*-suite --quiet
check "which takes 20 s" grep -qE '"command_line": *"[^"]*--minutes 0\.3333 ' "$tmp"/s/*-suite/*-soak.json
check "has its epochs" compgen -G "$tmp/s/*-suite/*-soak.json"
check_not "and nothing is open" compgen -G "$tmp/s/*-suite/*-soak.jsonl"

# ---- a server is watched for ten seconds in its first block, then for one ----

if [[ -z $server ]]; then
    skip "a suite of a server" "memcached is not installed"
else
    wait "$server"
    is "a suite of a server" "$?" 0
    json_true "what it keeps is asked" "$(echo "$tmp"/server/*-suite/server-memcached.json)" \
        '{(r["block"], r["metrics"]["memory_after_1s_bytes"] is not None, r["metrics"]["memory_after_10s_bytes"] is not None)
          for r in d["runs"] if r["kind"] == "timed" and r["status"] == "ok"} == {(0, True, True), (1, True, False)}'
fi

finish
