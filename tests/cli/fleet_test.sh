#!/usr/bin/env bash
# Many machines, one comparison: `compare --allow-cross-host`, its figures worked out anew here; and
# scripts/fleet on a Slurm of three pretend nodes, one of which loses its power half-way.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
real=results/reference/2026-11-24T09-03-08Z-mixed.json
made() { python3 tests/cli/derive.py $real "$tmp/$1" "${@:2}" || exit 1; }

# ---- of known truth ----

factors=(1.00 1.06 0.93 1.02)
for i in 1 2 3 4; do
    cpu=()
    [[ $i -le 2 ]] || cpu=(cpu='Another CPU')
    made "n$i-mixed.json" seed="$i" host="n$i" scale:hakmem="${factors[i - 1]}" "${cpu[@]}"
    made "n$i-larson.json" seed="4$i" host="n$i" workload=larson name=larson "${cpu[@]}"
done
all=("$tmp"/n?-mixed.json "$tmp"/n?-larson.json)
hb_is "four machines" 0 compare --allow-cross-host "${all[@]}"
has "are of two classes" "$out" '^4 machines of 2 classes, 2 workloads'
has "each has a line" "$out" '^n3 +B +Another CPU '
has "over all" "$out" '^hakmem +throughput +all +4 '
has "by class" "$out" '^hakmem +throughput +B +2 '
has_not "no absolute times" "$out" 'M/s|[0-9] ns'
has_not "there is nothing to tell of whole ones" "$out" 'How far to believe'
hb compare --allow-cross-host --format csv "${all[@]}"
cp "$out" "$tmp/fleet.csv"
check "as worked out by hand" python3 - "$tmp/fleet.csv" "${all[@]}" <<'END'
# Paule and Mandel's tau by bisection, Student's t from a table; everything else from the samples.
import csv, json, math, statistics, sys
T = {1: 12.706204736174698, 2: 4.302652729911275, 3: 3.182446305284263}

def effect(pairs):
    df = len(pairs) - 1
    def at(tau2):
        w = [1 / (v + tau2) for _, v in pairs]
        mean = sum(wi * y for wi, (y, _) in zip(w, pairs)) / sum(w)
        return mean, sum(w), sum(wi * (y - mean) ** 2 for wi, (y, _) in zip(w, pairs))
    lo, hi = 0.0, 10.0
    if at(0)[2] <= df:
        hi = 0.0
    for _ in range(200):
        middle = (lo + hi) / 2
        lo, hi = (middle, hi) if at(middle)[2] > df else (lo, middle)
    mean, weights, squares = at(hi)
    half = T[df] * math.sqrt(max(1, squares / df) / weights)
    return mean, mean - half, mean + half, math.sqrt(hi)

known = {}
for path in sys.argv[2:]:
    session = json.load(open(path))
    labels = [a["label"] for a in session["allocators"]]
    value = {}
    for j in session["jobs"]:
        if j["kind"] == "timed" and j["status"] == "ok":
            name = j["allocator"] if isinstance(j["allocator"], str) else labels[j["allocator"]]
            for metric in ("throughput_ops_per_s", "rss_peak_bytes"):
                value[name, metric, j["block"]] = j["metrics"][metric]
    for label in ("hakmem", "jemalloc", "system"):
        for metric in ("throughput_ops_per_s", "rss_peak_bytes"):
            d = [math.log(value[label, metric, b] / value["mimalloc", metric, b])
                 for b in range(session["blocks"]) if (label, metric, b) in value]
            walsh = statistics.median([(d[i] + d[j]) / 2 for i in range(len(d)) for j in range(i, len(d))])
            key = session["host"]["hostname"], session["profile_name"], label, metric
            known[key] = walsh, statistics.variance(d) / len(d)
rows = list(csv.DictReader(open(sys.argv[1])))
seen = 0
for row in rows:
    if row["allocator"] not in ("hakmem", "jemalloc", "system"):
        continue
    hosts = {"": ["n1", "n2", "n3", "n4"], "Another CPU": ["n3", "n4"]}.get(row["class"], ["n1", "n2"])
    profiles = [row["profile"]] if row["profile"] else sorted({k[1] for k in known})
    pairs = []
    for host in hosts:
        own = [known[host, p, row["allocator"], row["metric"]] for p in profiles]
        pairs.append((sum(y for y, _ in own) / len(own), sum(v for _, v in own) / len(own) ** 2))
    mean, lo, hi, tau = effect(pairs)
    for key, wanted in (("ratio", math.exp(mean)), ("lo", math.exp(lo)), ("hi", math.exp(hi)), ("spread_log", tau)):
        assert abs(float(row[key]) - wanted) < 1e-6 * max(1, wanted), (row, key, wanted)
    assert int(row["machines"]) == len(hosts)
    assert abs(float(row["least"]) - min(math.exp(y) for y, _ in pairs)) < 1e-9
    seen += 1
assert seen == 3 * 2 * 3 * 3, seen
END
hb_is "as JSON" 0 compare --allow-cross-host --format json "${all[@]}"
check "which has the same" python3 -c "
import csv, json
rows = list(csv.DictReader(open('$tmp/fleet.csv')))
fleet = json.load(open('$out'))['fleet']
assert [m['machine'] for m in fleet['machines']] == ['n1', 'n2', 'n3', 'n4']
assert len(rows) == len(fleet['ratios'])
for a, b in zip(rows, fleet['ratios']):
    assert abs(float(a['ratio']) - b['ratio']) < 1e-12 and a['verdict'] == b['verdict']
"
hb_is "as Markdown" 0 compare --allow-cross-host --format markdown --brief "${all[@]}"
check "is short before the fold" test "$(sed '/<details>/,$d' "$out" | wc -l)" -le 20
COLUMNS=80 hb_is "on 80 columns" 0 compare --allow-cross-host "${all[@]}"
has_not "no table is wider" "$out" '^(allocator|machine|hakmem|n[1-4]).{81}'
hb_is "other metrics" 0 compare --allow-cross-host --metrics elapsed,syscalls_per_op "${all[@]}"
has "those that are ratios" "$out" '^hakmem +elapsed '
hb_is "one allocator" 0 compare --allow-cross-host --allocators system "${all[@]}"
has_not "and no other" "$out" '^hakmem '
hb_is "to another reference" 0 compare --allow-cross-host --relative-to system "${all[@]}"
has "is that" "$out" 'ratios to system'
hb_is "to nobody" 2 compare --allow-cross-host --relative-to nobody "${all[@]}"
hb_is "of nobody" 2 compare --allow-cross-host --allocators nobody "${all[@]}"
hb_is "without the word" 5 compare "${all[@]}"
hb_is "each against the base" 0 compare --allow-cross-host --pairs n1="$tmp/n1-mixed.json" n3="$tmp/n3-mixed.json"
has "as before" "$out" ' 1\.[0-9]+ x '

# ---- what is not there is told ----

hb_is "one machine" 0 compare --allow-cross-host "$tmp"/n1-*.json
has "has no interval" "$out" '^hakmem +throughput +1 +[0-9.]+ \[-\] .* one machine'
has "which is said" "$out" 'one machine: an interval over machines takes two'
mkdir "$tmp/f"
made f/n1-mixed.json seed=1 host=n1
made f/n2-mixed.json seed=2 host=n2
made f/n3-mixed.jsonl seed=3 host=n3 runs=3
made f/clone.json seed=4 host=n2
sed -i 's/"n2"/"n4"/' "$tmp/f/clone.json"
hb_is "a session that was cut off, a node without a result" 2 compare --allow-cross-host --keep-going \
    "$tmp"/f/n1-mixed.json "$tmp"/f/n2-mixed.json "$tmp/f/n3-mixed.jsonl" "$tmp/empty"
has "counts as far as it goes" "$out" '^hakmem +throughput +3 '
has "and is told" "$out" 'n3 was cut off: 1 of its 1 sessions'
has "so is who is lost" "$out" '/empty: '
hb_is "a clone" 0 compare --allow-cross-host "$tmp"/f/n1-mixed.json "$tmp/f/n2-mixed.json" "$tmp/f/clone.json"
has "is told" "$out" 'n2, n4 have the machine-id of another'
hb_is "one session twice" 5 compare --allow-cross-host "$tmp/f/n1-mixed.json" "$tmp/n3-mixed.json" "$tmp/n3-mixed.json"

# ---- a suite that was cut off ----

HAKBENCH_HOST=n7 hb_is "a suite" 0 suite --quick --only mixed,batch --skip sweep --runs 2 --allocators hakmem --quiet --results "$tmp/s"
suite=$(echo "$tmp"/s/*-suite)
has "knows its node" "$suite/mixed.json" '"hostname": "n7"'
"${started[@]}" suite --quick --only mixed,batch --skip sweep --runs 90 --allocators hakmem --quiet --results "$tmp/k" >"$out" 2>&1 &
pid=$!
for ((n = 0; n < 600; n++)); do
    folder=$(compgen -G "$tmp/k/*-suite")
    [[ -n $folder && $(cat "$folder"/*.jsonl | grep -ac '"kind":"timed"') -gt 5 ]] && break
    nap 0.05
done
kill -9 "$pid"
wait "$pid" 2>/dev/null
hb_is "of one that was killed the journals are read" 0 table "$folder"
has "with what they have" "$out" '^(mixed|batch) '
hb_is "by compare as well" 0 compare --allow-cross-host "$folder" "$suite"
has "and it is told" "$out" 'was cut off: 2 of its 2 sessions'
rm "$folder/suite.log"
hb_is "elsewhere a journal is somebody else's" 2 table "$folder"

# ---- gathering, without Slurm ----

fleet=$tmp/fleet
mkdir -p "$fleet"/n1 "$fleet"/n2 "$fleet"/n3
printf 'n1\told\t1_1\nn2\told\t1_2\nn3\tnew\t2_1\n' >"$fleet/nodes.tsv"
cp -r "$suite" "$fleet/n1/"
touch "$fleet/n1/whole"
mkdir "$fleet/n2/2026-11-28T00-00-00Z-suite"
HAKBENCH_HOST=n2 hb suite --quick --only mixed,batch --skip sweep --runs 1 --allocators hakmem --quiet --results "$tmp/s2"
mv "$(echo "$tmp"/s2/*-suite)"/* "$fleet/n2/2026-11-28T00-00-00Z-suite/"
printf 'T\tbegins, job 1_2, restart 0\nT\tbegins, job 1_2, restart 1, goes on\n' >"$fleet/n2/course"
export HAKBENCH=$hakbench SLURM_CONF=/dev/null
gather() { scripts/fleet/gather.sh "$fleet" "$@" >"$out" 2>"$err"; }
gather
is "not all are whole" "$?" 3
has "who is whole" "$err" '^n1 +old +1_1 +whole'
has "who was cut off, and begun again" "$err" '^n2 +old +1_2 +cut off +begun 2 times'
has "who is lost" "$err" '^n3 +new +2_1 +lost'
has "the comparison says so too" "$out" '/n3: no .json'
has "and is one" "$out" '^2 machines of 1 class'
touch "$fleet/n2/whole"
sed -i 3d "$fleet/nodes.tsv"
gather --format csv
is "all are whole" "$?" 0
has "options are compare's" "$out" '^"mixed",'
scripts/fleet/gather.sh "$tmp/empty" >"$out" 2>&1
is "a folder that is none" "$?" 2
unset SLURM_CONF

# ---- three pretend nodes, one loses its power ----

lacks=
for needed in slurmctld slurmd sbatch munged; do
    command -v "$needed" >/dev/null || lacks+=" $needed"
done
if [[ -n $lacks ]]; then
    skip "a Slurm of three nodes" "not installed:$lacks (slurmctld slurmd slurm-client munge)"
elif ! unshare --pid --fork --kill-child --mount-proc true 2>/dev/null; then
    skip "a Slurm of three nodes" "needs root, and leave to make namespaces"
else
    cat >"$tmp/inside" <<'END'
until_true() { for ((n = 0; n < 1200; n++)); do ! "$@" || return 0; sleep 0.1; done; return 1; }
timed_of() { [[ $(cat "$F/$1"/*-suite/*.json* 2>/dev/null | grep -ac '"kind":"timed"') -ge $2 ]]; }
whole() { for node in "$@"; do [[ -e $F/$node/whole ]] || return 1; done; }
is_down() { [[ $(sinfo -h -n n2 -o %t) == down* ]]; }
scripts/fleet/submit.sh "$F" --quick --only mixed,batch --skip sweep --runs 3 --allocators hakmem >"$F.sent" || exit 1
until_true timed_of n2 3
"$ONE_MACHINE" down n2
until_true whole n1 n3
until_true is_down
scripts/fleet/gather.sh "$F" --format json >"$F.first.json" 2>"$F.first"
echo $? >>"$F.first"
cp -r "$F/n2" "$F.n2"
"$ONE_MACHINE" up n2
until_true whole n2
scripts/fleet/gather.sh "$F" --format json >"$F.second.json" 2>"$F.second"
echo $? >>"$F.second"
cat "$F/n2/course" >"$F.course"
again() { [[ $(cat "$F"/n?/course | grep -c 'is whole: nothing to do') == 3 ]]; }
scripts/fleet/submit.sh "$F" --quick --only mixed,batch --skip sweep --runs 3 --allocators hakmem >"$F.again" || exit 1
until_true again || exit 1
scripts/fleet/submit.sh "$F" --quick >"$F.other" 2>&1
echo "$?" >>"$F.other"
NODES=n9 scripts/fleet/submit.sh "$F.nobody" >"$F.nobody.out" 2>&1
echo "$?" >>"$F.nobody.out"
END
    mkdir "$tmp/slurm"
    F=$tmp/cluster TMPDIR=$tmp/slurm HAKBENCH="$hakbench" scripts/fleet/one-machine.sh 3 bash "$tmp/inside" >"$out" 2>"$err"
    is "it ran" "$?" 0
    has "an array for each type" "$tmp/cluster.sent" '2 nodes of type old: n1 n2'
    has "n1 is whole" "$tmp/cluster.first" '^n1 .* whole'
    has_not "n2 is not" "$tmp/cluster.first" '^n2 .* whole'
    is "which the exit status says" "$(tail -n 1 "$tmp/cluster.first")" 3
    check "compared and told" python3 -c "
import json
root = json.load(open('$tmp/cluster.first.json'))
machines = {m['machine']: m for m in root['fleet']['machines']}
assert sorted(machines) == ['n1', 'n2', 'n3'], machines
assert machines['n2']['cut_off'] == 2 and machines['n1']['cut_off'] == machines['n3']['cut_off'] == 0
assert 'n2 was cut off' in root['notes']
assert max(r['machines'] for r in root['fleet']['ratios']) >= 2
"
    has "another plan in its folder is refused" "$tmp/cluster.other" 'was begun with other options'
    is "with 2" "$(tail -n 1 "$tmp/cluster.other")" 2
    is "so are nodes that nobody knows" "$(tail -n 1 "$tmp/cluster.nobody.out")" 2
    has "it came back and went on" "$tmp/cluster.course" 'restart 1, goes on'
    is "all are whole" "$(tail -n 1 "$tmp/cluster.second")" 0
    check "nothing is lost, nothing is twice" python3 -c "
import glob, json
before, after = set(), []
for path in glob.glob('$tmp/cluster.n2/*-suite/*.jsonl'):
    for line in open(path):
        if line.endswith('\n'):
            j = json.loads(line)
            if j['record'] == 'job':
                before.add((path.split('/')[-1][:-6], j['kind'], j['block'], j['allocator'], j.get('attempt', 0)))
for path in glob.glob('$tmp/cluster/n2/*-suite/*.json'):
    s = json.load(open(path))
    after += [(path.split('/')[-1][:-5], j['kind'], j['block'], j['allocator'], j.get('attempt', 0)) for j in s['jobs']]
assert before and before <= set(after), before - set(after)
assert len(after) == len(set(after))
"
    is "no daemon is left" "$(grep -lza "^SLURM_HOME=$tmp/" /proc/[0-9]*/environ 2>/dev/null)" ""
    is "nor a file of theirs" "$(compgen -G "$tmp/slurm/*")" ""
fi

finish
