#!/usr/bin/env bash
# `hakbench report`: a page that stands alone, whatever the results are called, and Markdown.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
rebase=results/reference/2026-11-24T09-03-08Z-mixed.json
soak=results/reference/2026-11-24-soak/soak.json
page=$tmp/page.html
sound() { check "$1: the page is sound" python3 tests/cli/page.py check "$page" "${@:2}"; }
text() { python3 tests/cli/page.py text "$page" >"$tmp/text"; }
outline() { python3 tests/cli/page.py outline "$page" >"$tmp/outline"; }

# --- a rebase ----------------------------------------------------------------------------------
hb_is "a rebase" 0 report "$rebase" -o "$page"
is_empty "nothing on standard output" "$out"
sound "a rebase" --charts 14 # ranking, runs, memory, each wide and narrow; eight courses
outline
for heading in Speed "Every run" "Over the time of a run" Memory "Memory system calls" \
    Ranking Milestones Budgets "Environment drift" "How far to believe it" Environment "How to reproduce it"; do
    has "a rebase has a section" "$tmp/outline" "^  $heading\$"
done
text
has "the verdict is a sentence" "$tmp/text" 'Against mimalloc, hakmem \(×1\.18\) is faster; .* are slower\.'
has "the ranking is there" "$tmp/text" 'hakmem ▲ faster 1\.183 \[1\.159, 1\.189\] 151 M/s 152 M/s 144 M/s 153 M/s 1\.97 % 6\.58 \+0\.05'
has "every run is in the numbers" "$tmp/text" 'run 12'
has "libraries with their sums" "$tmp/text" '6be283f8dd7676fa9a27654845c28c6ae84fbb0d3ae43b07324c5352343e3925'
has "how to do it again" "$tmp/text" 'hakbench rebase --profile ./profile.json --seed 707329412993837'
has "the profile" "$tmp/text" '"schema": "hakbench.profile/1"'
has "a mark says its value" "$page" '<title>hakmem, ratio: 1\.183 \[1\.159, 1\.189\]</title>'
has_not "no colour but the page's" "$page" '(stroke|fill|color)="(rgb|black|white|#)'
hb_is "the same again" 0 report "$rebase" -o "$tmp/again.html"
check "is the same page" cmp "$page" "$tmp/again.html"
hb_is "on standard output" 0 report "$rebase" -o -
check "is the same page" cmp "$page" "$out"
python3 tests/cli/page.py figures "$page" | sort -u >"$tmp/figures"
is "each picture has its own title" "$(wc -l <"$tmp/figures")" 11

# --- a soak ------------------------------------------------------------------------------------
hb_is "a soak" 0 report "hour=$soak" --force -o "$page" --title 'An hour & more'
sound "a soak" --charts 8
outline
has "the title" "$tmp/outline" '^An hour & more$'
for heading in Speed "Resident memory" \
    "Latency of one operation" "Memory system calls after warm-up" Budgets "How far to believe it" Environment; do
    has "a soak has a section" "$tmp/outline" "^  $heading\$"
done
text
has "its verdict" "$tmp/text" 'Over 59m 49s no allocator slowed down or grew measurably(;[^.]*)?\. 1 of 30 budgets failed: memory_syscalls_per_op \(1\)\.'
has "a failed budget" "$tmp/text" 'memory_syscalls_per_op <= 1\.0e-08 2\.9e-08 ✗ FAIL'
has "percentiles" "$tmp/text" '99\.90 % '
# The curve of latencies goes through what the table says.
check "curves and percentiles agree" python3 - "$tmp/text" <<'PY'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
row = re.search(r"99\.90 % ([0-9.]+) ns", text).group(1)
table = re.search(r"70,434,880 30\.0 ns 31\.0 ns 40\.0 ns ([0-9.]+) ns", text).group(1)
assert row == table, (row, table)
PY

# --- several -----------------------------------------------------------------------------------
older=$tmp/older.json
python3 - "$rebase" "$older" <<'PY'
import json, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
d["started_at"] = "2026-10-01T08:00:00Z"
for job in d["jobs"]:
    if job["allocator"] == "jemalloc" and job["metrics"]["throughput_ops_per_s"]:
        job["slices"]["ns"] = None
        job["metrics"]["throughput_ops_per_s"] *= 0.9
json.dump(d, open(sys.argv[2], "w", encoding="utf-8"))
PY
hb_is "several sessions" 0 report now="$rebase" "$older" "$soak" --force -o "$page"
sound "several sessions"
outline
has "a section over time" "$tmp/outline" '^  Over time: mixed$'
has "a section a session" "$tmp/outline" '^  mixed, 2026-10-01$'
has "with sections of its own" "$tmp/outline" '^    Ranking$'
text
has "in the order of their dates" "$tmp/text" '2026-10-01 08:00:00 .* 2026-11-24 09:03:08'
has "drift against the one before" "$tmp/text" 'baseline of 2026-10-01T08:00:00Z; the machine as a whole: '
has "an allocator that changed alone" "$tmp/text" 'jemalloc [0-9.]+ M/s [0-9.]+ M/s 1\.11.* ⚠ this allocator changed'
mkdir "$tmp/folder"
cp "$rebase" "$older" "$tmp/folder"
hb_is "a folder" 0 report --no-charts "$tmp/folder" --force -o "$page"
text
has "its files are told apart" "$tmp/text" 'folder: older\.json'

# --- many ----------------------------------------------------------------------------------------
mkdir "$tmp/many"
for i in 10 11 12 13 14 15 16 17; do
    python3 tests/cli/derive.py "$rebase" "$tmp/many/s$i.json" seed="$i" date="2026-11-${i}T10:00:00Z" runs=6 \
        scale:hakmem="$([[ $i -ge 14 ]] && echo 0.9 || echo 1)"
done
cp "$tmp/many/s17.json" "$tmp/many/baseline.json"
hb_is "many sessions" 0 report --no-charts "$tmp/many" --force -o "$page"
sound "many sessions" --charts 0
has "the pinned copy is no session more" "$err" '1 copy of a session is left out'
text
has "what changed is first" "$tmp/text" 'Changed: hakmem throughput by -[0-9.]+ % from 2026-11-14\. 8 sessions\.'
has "each has a line" "$tmp/text" 'many: s10\.json 2026-11-10T10:00:00Z 6 '
folded() { is "$1" "$(grep -c '<details class="session">' "$page")" "$2"; }
folded "the newest is there in full, folded" 1
outline
has "by its date" "$tmp/outline" '^  mixed, 2026-11-17$'
hb_is "three of them" 0 report --no-charts --details 3 "$tmp/many" --force -o "$page"
folded "are there in full" 3
hb_is "none of them" 0 report --no-charts --details 0 "$tmp/many" --force -o "$page"
folded "is there in full" 0
hb_is "one named twice" 0 report --no-charts "$rebase" again="$rebase" --force -o "$page"
has_not "is there twice" "$err" 'left out'

# --- cut off, failed ---------------------------------------------------------------------------
python3 - "$rebase" "$tmp/partial.json" <<'PY'
import json, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
d["partial"] = True
d["ended_at"] = None
d["jobs"] = d["jobs"][:50]
for job in d["jobs"]:
    if job["allocator"] == "tbbmalloc":
        job.update(status="crashed", reason="ended by signal 11")
        job["slices"]["ns"] = None
        job["metrics"] = {key: None for key in job["metrics"]}
json.dump(d, open(sys.argv[2], "w", encoding="utf-8"))
PY
hb_is "a partial session" 0 report "$tmp/partial.json" --force -o "$page"
sound "a partial session"
text
has "is marked" "$tmp/text" 'Partial: the session was interrupted'
has "what crashed is a row" "$tmp/text" 'tbbmalloc ✗ crashed - -'
has "and a note" "$tmp/text" 'tbbmalloc: crashed, 0 of 12 runs ok: ended by signal 11'
hb_is "a journal" 0 report tests/golden/soak-journal-1.jsonl --force -o "$page" --no-charts
sound "a journal" --charts 0
text
has "is partial" "$tmp/text" 'Partial: '
for file in tests/golden/soak-1.json tests/golden/soak-journal-1.jsonl tests/golden/soak-fields-1.csv \
    tests/cli/soak/*.csv; do
    hb_is "$file" 0 report "$file" --force -o "$page"
    sound "$file"
done

# --- hostile words -----------------------------------------------------------------------------
python3 - "$rebase" "$soak" "$tmp/bad-rebase.json" "$tmp/bad-soak.json" <<'PY'
import json, sys
WORDS = ["<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "]]></style><b>&amp;",
         "%s%n%d $x `y`", "a'b\"c; system('id')", "ウサギ Ünïcode 𝒳", "-->", "</title><g>"]
for source, target in ((1, 3), (2, 4)):
    d = json.load(open(sys.argv[source], encoding="utf-8"))
    names = {a["label"]: WORDS[i] for i, a in enumerate(d["allocators"])}
    for a in d["allocators"]:
        a["label"] = names[a["label"]]
        a["library_version"] = a["licence"] = "<i>1</i>"
        a["library_path"] = "/x/<script>\"'.so"
    for entry in d["jobs"] + d.get("epochs", []):
        entry["allocator"] = names[entry["allocator"]]
        entry["reason"] = "<script>reason</script>"
    if "soak" in d and d["soak"]:
        d["soak"]["control"] = names[d["soak"]["control"]]
    d["command_line"] = "hakbench <script>'\"]]>&lt;\n-->\u0007"
    d["workload"] = d["profile_name"] = "</title><script>"
    d["host"]["cpu_model"] = "<svg onload=alert(1)>"
    d["profile"]["summary"] = "</code></pre><script>"
    json.dump(d, open(sys.argv[target], "w", encoding="utf-8"))
PY
for kind in rebase soak; do
    hb_is "hostile words in a $kind" 0 report "$tmp/bad-$kind.json" --force -o "$page" --png "$tmp/png-$kind"
    sound "hostile words in a $kind"
    text
    for words in '<script>alert(1)</script>' "\"'><img src=x onerror=alert(1)>" ']]></style><b>&amp;' \
        '%s%n%d $x `y`' "a'b\"c; system('id')" 'ウサギ Ünïcode 𝒳' '<svg onload=alert(1)>' '&lt; -->'; do
        if grep -qF -- "$words" "$tmp/text"; then ok; else bad "$kind: \"$words\" is not text"; fi
    done
    check_not "no tag of theirs" grep -aqiE '<(script|img|b|i|svg onload)[ >]' "$page"
done
hb_is "a hostile title" 0 report --no-charts "$rebase" --title '</title><script>x</script>' --force -o "$page"
sound "a hostile title" --charts 0
hb_is "a hostile label" 0 report --no-charts '<b>]]>&"x"='"$rebase" "$soak" --force -o "$page"
sound "a hostile label" --charts 0
hb_is "hostile words in Markdown" 0 report --format markdown "$tmp/bad-rebase.json"
has_not "no tag in Markdown" "$out" '<'
printf '{"schema": "hakbench.result/1", "kind": "\xff' >"$tmp/latin.json"
hb_is "bytes that are no text" 2 report "$tmp/latin.json" -o "$tmp/none.html"
check_not "no page of what cannot be read" test -e "$tmp/none.html"

# --- pictures ----------------------------------------------------------------------------------
mkdir "$tmp/bin" # an rsvg-convert that keeps what it is to draw
printf '#!/bin/sh\ntee -a %q | %q "$@"\n' "$tmp/drawn" "$(command -v rsvg-convert)" >"$tmp/bin/rsvg-convert"
chmod +x "$tmp/bin/rsvg-convert"
PATH=$tmp/bin:$PATH hb_is "single pictures" 0 report "$rebase" "$older" "$soak" --force -o "$page" --png "$tmp/pictures"
# Whoever means to change the page or a chart looks at what comes out, and writes it down anew:
# GOLDEN=update tests/cli/report_test.sh
unchanged() { # PART FILE
    python3 tests/cli/outline.py "$2" >"$tmp/outline.$1"
    [[ ${GOLDEN:-} != update ]] || cp "$tmp/outline.$1" "tests/golden/report-$1.txt"
    check "the $1 as in tests/golden" diff "tests/golden/report-$1.txt" "$tmp/outline.$1"
}
unchanged page "$page"
unchanged pictures "$tmp/drawn"
for picture in 1-mixed-ranking 1-mixed-runs 1-mixed-slices-1 1-mixed-memory 3-soak-throughput \
    3-soak-resident 3-soak-memory 3-soak-latency 4-mixed-history; do
    check "$picture is a PNG" grep -aq '^.PNG' "$tmp/pictures/$picture.png"
done
mkdir "$tmp/empty"
PATH=$tmp/empty hb_is "a page needs no other program" 0 report "$rebase" --force -o "$page"
sound "a page by itself" --charts 14
hb_is "a folder for pictures that is none" 2 report "$rebase" --force -o "$page" --png /dev/null
is "names no option that is not there" "$(cat "$err")" "hakbench: /dev/null is not a folder"
PATH=$tmp/empty hb_is "pictures do" 3 report "$rebase" --force -o "$page" --png "$tmp/none"
has "says what is missing" "$err" 'rsvg-convert.*is not there.*install librsvg2-bin'
hb_is "without pictures" 0 report "$rebase" --no-charts --force -o "$page"
sound "without pictures" --charts 0
text
has "the numbers are there all the same" "$tmp/text" 'Numbers: Throughput of every run'

# --- Markdown ----------------------------------------------------------------------------------
hb_is "Markdown" 0 report --format markdown "$rebase" "hour=$soak" --title 'Two of them'
has "has the title" "$out" '^# Two of them$'
has "has a heading a session" "$out" '^## hour$'
has "has the table" "$out" '^\| hakmem \| 151 \| 152 \|'
has "has the soak" "$out" '^### Budgets$'
hb_is "Markdown into a file" 0 report --format markdown "$rebase" -o "$tmp/report.md"
has "is there" "$tmp/report.md" '^### Speed'

# --- what cannot be done -----------------------------------------------------------------------
printf '{"schema":"hakbench.result/1"' >"$tmp/torn.json"
hb_is "torn JSON" 2 report "$tmp/torn.json" -o "$tmp/none.html"
has "is told with its place" "$err" 'torn\.json:1'
hb_is "the others all the same" 2 report --keep-going --no-charts "$tmp/torn.json" "$rebase" --force -o "$page"
has "the torn one is named" "$err" 'left out: .*torn\.json:1'
sound "the others"
sed 's/"schema": "hakbench.profile\/1"/"schema": "hakbench.profile\/9"/' "$rebase" >"$tmp/future.json"
hb_is "a profile of another version" 2 report --no-charts "$tmp/future.json" -o "$tmp/none.html"
has "is told with the file" "$err" 'future.json:[0-9]+:[0-9]+: profile.schema: .*hakbench\.profile/9'
hb_is "is left out" 2 report --keep-going --no-charts "$tmp/future.json" "$rebase" --force -o "$page"
sound "without it" --charts 0
hb_is "none of them" 2 report --keep-going "$tmp/torn.json" -o "$tmp/none.html"
hb_is "no file" 2 report
hb_is "no such file" 2 report "$tmp/nosuch.json" --force -o "$page"
hb_is "another format" 2 report --format pdf "$rebase"
hb_is "no such folder" 2 report "$rebase" -o "$tmp/nosuch/page.html"
hb_is "help" 0 report --help
finish
