#!/usr/bin/env bash
# history, report --since and the exports of series: sessions by date, what changed, what was only noise.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"

# A year of weeks made of one session: a change of 6 % at week 30, a noisy month from week 12 on.
hb_is "a session" 0 rebase "${small[@]}" --runs 8 --no-pin --name weekly --allocators hakmem,mimalloc,jemalloc,tcmalloc,system --results "$tmp/one"
mkdir -p "$tmp/year/inner-suite"
python3 - "$(echo "$tmp"/one/*-mixed.json)" "$tmp/year" <<'END'
import copy, datetime, json, random, sys
base = json.load(open(sys.argv[1]))
for key in ("summaries", "aa_noise", "comparisons", "budgets", "drift"):
    base.pop(key, None)
rng = random.Random(5)
level = {a["label"]: 100 + 10 * i for i, a in enumerate(base["allocators"])}
for week in range(40):
    session = copy.deepcopy(base)
    start = datetime.datetime(2026, 1, 4, 2) + datetime.timedelta(weeks=week)
    session["started_at"] = start.strftime("%Y-%m-%dT%H:%M:%SZ")
    session["seed"] = week + 1
    session["tool_commit"] = "aaaaaaaaaaaa" if week < 30 else "bbbbbbbbbbbb"
    labels = [a["label"] for a in session["allocators"]]
    for job in session["jobs"]:
        if job["kind"] != "timed" or job["status"] != "ok":
            continue
        label = job["allocator"] if isinstance(job["allocator"], str) else labels[job["allocator"]]
        twin = label.split(" ")[0]
        speed = level.get(twin, 100) * 1e6 * (1 + 0.005 * rng.gauss(0, 1) * (6 if 12 <= week < 16 else 1))
        if twin == "hakmem" and week >= 30:
            speed *= 1.06
        metrics, operations = job["metrics"], job["metrics"]["operations"]
        metrics["throughput_ops_per_s"], metrics["ns_per_op"] = speed, 1e9 / speed
        metrics["elapsed_ns"] = operations / speed * 1e9
        job["wall_s"] = operations / speed + 1
        job["slices"]["ns"] = None
        job["slices"].pop("start_ns", None)
    for entry in session["allocators"]:
        if entry["label"] == "hakmem" and week >= 30:
            entry["plugin_sha256"] = "b" * 64
            entry["library_sha256"] = "b" * 64
    folder = sys.argv[2] + ("/inner-suite" if week == 39 else "")
    json.dump(session, open(f"{folder}/week{week:02d}.json", "w"))
END

hb_is "the history of a year" 0 history "$tmp/year"
has "counts all, and those of folders in it" "$out" '^Sessions \(40, '
has "the newest first" "$out" '^2026-10-04T02:00:00Z +mixed +rebase +weekly'
has "opens with the change" "$out" '^Changed: hakmem throughput by \+[56]\.[0-9] % from 2026-08-02'
has "and with the noise" "$out" 'noisy from 2026-03-29 to 2026-04-19: [3-9]\.[0-9] times'
is "and nothing else has changed" "$(grep -cE '^Changed: .*(mimalloc|jemalloc|tcmalloc|system)' "$out")" 0
has "between which commits" "$out" 'aaaaaaaaaaaa\.\.bbbbbbbbbbbb'
has "noisy sessions are marked" "$out" '^2026-04-05T02:00:00Z .* times'
COLUMNS=80 hb_is "on a usual screen" 0 history "$tmp/year"
has_not "no line of its tables is wider" "$out" '^2026.{77}'
hb_is "all of it as a trend" 0 compare --trend "$tmp/year"/week*.json
has "opens with the change as well" "$out" '^Changed: hakmem throughput by \+[56]'
has_not "and not with what a noisy machine did to spreads" "$out" '^Changed: .* CV by'
# The newest session alone is odd: told at its own date, and as that.
mkdir "$tmp/odd"
cp "$tmp/year"/week*.json "$tmp/odd/"
python3 - "$tmp/year/inner-suite/week39.json" "$tmp/odd/week39.json" <<'END'
import json, sys
session = json.load(open(sys.argv[1]))
labels = [a["label"] for a in session["allocators"]]
for job in session["jobs"]:
    label = job["allocator"] if isinstance(job["allocator"], str) else labels[job["allocator"]]
    if job["kind"] == "timed" and job["status"] == "ok" and label == "jemalloc":
        metrics = job["metrics"]
        metrics["throughput_ops_per_s"] *= 0.95
        metrics["ns_per_op"] /= 0.95
        metrics["elapsed_ns"] /= 0.95
        job["wall_s"] = metrics["elapsed_ns"] / 1e9 + 1
for entry in session["allocators"]:
    if entry["label"] == "jemalloc":
        entry["plugin_sha256"] = "c" * 64
json.dump(session, open(sys.argv[2], "w"))
END
hb_is "the newest session is odd" 0 report --since 2026-10-01 --format markdown --brief "$tmp/odd"
has "and is told as that" "$out" '^Changed: jemalloc throughput by -[45]\.[0-9] % from 2026-10-04 \(the newest session alone\)\. '
is "once" "$(grep -c 'The newest, weekly' "$out")" 1

hb_is "since a date" 0 history --since 2026-09-01 "$tmp/year"
has "has what is newer" "$out" '^Sessions \(5, '
has "and no older change" "$out" '^No level changed since 2026-09-01'
hb_is "since before the change" 0 history --since 2026-07-01 "$tmp/year"
has "the change is told" "$out" '^Changed: hakmem'
has_not "the old noise is not" "$out" 'noisy from'
hb_is "since nonsense" 2 history --since yesterday "$tmp/year"
has "says what is expected" "$err" 'expected a time such as 7d'
mkdir -p "$tmp/suites/2026-01-04T02-00-00Z-suite" "$tmp/suites/other"
cp "$tmp"/year/week{00,01,13}.json "$tmp/suites/2026-01-04T02-00-00Z-suite/"
cp "$tmp/year/week02.json" "$tmp/suites/other/"
hb_is "of suites" 0 history "$tmp/suites"
has "all are counted" "$out" '^Sessions \(4, '
has "each has one line" "$out" '^2026-01-04T02:00:00Z +3 of a suite +suite +weekly'
is "and no other" "$(grep -c '^2026-.* weekly ' "$out")" 2
hb_is "brief" 0 history --format markdown --brief "$tmp/year"
check "is short before the fold" test "$(sed '/<details>/,$d' "$out" | wc -l)" -le 20
hb_is "as a page" 0 history --format html -o "$tmp/history.html" "$tmp/year"
check "which is one" grep -q '</html>' "$tmp/history.html"
hb_is "of nothing" 2 history "$tmp/nowhere"
hb_is "of one session" 0 history "$tmp/one"
has "which has no trend" "$out" 'Fewer than three sessions'
mkdir "$tmp/copied"
cp "$tmp/year/week00.json" "$tmp/copied/a.json"
cp "$tmp/year/week00.json" "$tmp/copied/b.json"
ln -s . "$tmp/copied/loop"
hb_is "of a session and its copy" 0 history "$tmp/copied"
has "lists it once" "$out" '^Sessions \(1,'
has "and says so" "$out" 'cop(y|ies) of .* left out'
hb_is "of no file" 2 history

hb_is "a report since a date" 0 report --since 2026-09-01 --format markdown "$tmp/year"
has "opens with what changed" "$out" '^No level changed since 2026-09-01\. 4 sessions since 2026-09-01\. The newest, '
hb_is "a report since the change" 0 report --since 2026-07-20 --format markdown --brief "$tmp/year"
has "tells it" "$out" 'Changed: hakmem throughput by'
check "in at most 20 lines" test "$(sed '/<details>/,$d' "$out" | wc -l)" -le 20
hb_is "a report since tomorrow" 2 report --since 2030-01-01 --format markdown "$tmp/year"
has "has none" "$err" 'none is so new'

# ---- exports of series ----

hb_is "for bencher.dev" 0 export --format bencher -o "$tmp/bmf.json" "$tmp/year/week00.json"
check "in its format" python3 -c "
import json
root = json.load(open('$tmp/bmf.json'))
assert root
for name, measures in root.items():
    assert name.startswith('random_mixed/') and measures
    for measure, metric in measures.items():
        assert set(metric) <= {'value', 'lower_value', 'upper_value'} and 'value' in metric
        assert all(isinstance(v, (int, float)) for v in metric.values())
        assert metric.get('lower_value', metric['value']) <= metric['value'] <= metric.get('upper_value', metric['value'])
assert 95e6 < root['random_mixed/hakmem']['throughput']['value'] < 105e6
assert abs(root['random_mixed/hakmem']['latency']['value'] - 10) < 0.5
"
hb_is "for otava" 0 export --format otava -o "$tmp/otava.csv" "$tmp/year"
check "a row a session, a column a series" python3 -c "
import csv
rows = list(csv.DictReader(open('$tmp/otava.csv')))
assert len(rows) == 39
assert [r['time'] for r in rows] == sorted(r['time'] for r in rows)
series = [float(r['hakmem.seconds_per_op']) for r in rows]
assert series[25] / series[35] > 1.04 and rows[0]['commit'] == 'aaaaaaaaaaaa'
"
sed 's/"profile_name": *"mixed"/"profile_name":"other"/' "$tmp/year/week01.json" >"$tmp/other.json"
hb_is "of two profiles" 2 export --format otava "$tmp/year/week00.json" "$tmp/other.json"
has "says so" "$err" 'otava takes sessions of one profile'

finish
