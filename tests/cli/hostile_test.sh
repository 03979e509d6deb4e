#!/usr/bin/env bash
# Files that are broken, hostile or of others: each is named with its place and the reason, exit 2,
# and with --keep-going the good ones are compared all the same.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
real=results/reference/2026-11-24T09-03-08Z-mixed.json
python3 tests/cli/derive.py $real "$tmp/good.json" seed=1
python3 tests/cli/derive.py $real "$tmp/better.json" seed=2 scale:hakmem=1.1 sha:hakmem=fast

# hostile NAME FILE PATTERN: refused alone, and left out with --keep-going. PATTERN follows the path.
hostile() {
    hb_is "$1" 2 compare "$tmp/good.json" "$2" "$tmp/better.json"
    has "$1: the message" "$err" "$(basename "$2")$3"
    is "$1: one line" "$(wc -l <"$err")" 1
    is_empty "$1: nothing else is said" "$out"
    hb_is "$1: the others" 2 compare --keep-going "$tmp/good.json" "$2" "$tmp/better.json"
    has "$1: are compared" "$out" '^hakmem +throughput .* faster'
}
# edited FILE PYTHON: the good session with one thing changed
edited() {
    python3 - "$tmp/good.json" "$tmp/$1" "$2" <<'PY'
import json, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
exec(sys.argv[3])
json.dump(d, open(sys.argv[2], "w", encoding="utf-8"))
PY
}

head -c 20000 "$tmp/good.json" >"$tmp/torn.json"
hostile "a truncated file" "$tmp/torn.json" ':[0-9]+:[0-9]+: '
: >"$tmp/empty.json"
hostile "an empty file" "$tmp/empty.json" ''
head -c 300000 /dev/urandom >"$tmp/noise.json"
hostile "noise" "$tmp/noise.json" ''
truncate -s 300M "$tmp/huge.json"
hostile "a huge file" "$tmp/huge.json" '.*(longer|larger|too)'
python3 -c "print('[' * 100000 + ']' * 100000)" >"$tmp/deep.json"
hostile "a deep one" "$tmp/deep.json" ':1:[0-9]+: .*levels'
sed 's/"seed": 1,/"seed": 1, "seed": 2,/' "$tmp/good.json" >"$tmp/twice.json"
hostile "a key given twice" "$tmp/twice.json" ':[0-9]+:[0-9]+: .*"?seed"?.* twice'
sed 's/"wall_s": [0-9.]*/"wall_s": NaN/' "$tmp/good.json" >"$tmp/nan.json"
hostile "NaN" "$tmp/nan.json" ':[0-9]+:[0-9]+: '
sed 's/"wall_s": [0-9.]*/"wall_s": 1e999/' "$tmp/good.json" >"$tmp/infinite.json"
hostile "a number beyond all" "$tmp/infinite.json" ':[0-9]+:[0-9]+: '
edited next.json 'd["schema"] = "hakbench.result/3"'
hostile "a later schema" "$tmp/next.json" ':[0-9]+:[0-9]+: .*hakbench.result/3.*hakbench.result/1'
edited nobody.json 'd["jobs"][0]["allocator"] = "nobody"'
hostile "a job of no allocator" "$tmp/nobody.json" ':[0-9]+:[0-9]+: .*allocator'
edited negative.json 'd["jobs"][-1]["metrics"]["operations"] = -1'
hostile "a negative count" "$tmp/negative.json" ':[0-9]+:[0-9]+: .*operations'
edited text.json 'd["jobs"][-1]["metrics"]["ns_per_op"] = "fast"'
hostile "text for a number" "$tmp/text.json" ':[0-9]+:[0-9]+: .*ns_per_op'
edited array.json 'd["host"] = []'
hostile "an array for an object" "$tmp/array.json" ':[0-9]+:[0-9]+: .*host'
edited missing.json 'del d["allocators"]'
hostile "a part that is missing" "$tmp/missing.json" '.*allocators'
# A file may say what it likes of itself, but not more operations than its own clock has room for.
python3 tests/cli/derive.py $real "$tmp/liar.json" seed=3 claim:hakmem=3
liar="invalid.*M/s is above what its own clock allows: 20,000,000 operations in [0-9.]*ms are"
hb_is "a throughput beyond the clock" 0 report --format markdown "$tmp/liar.json"
has "it is named" "$out" "hakmem: $liar"
has "it has no speed" "$out" '^\| hakmem \| - .*\| invalid \|$'
has_not "and no rank" "$out" '^ +[0-9]+\. hakmem'
hb_is "it is not compared" 0 compare "$tmp/good.json" "$tmp/liar.json"
has "it is named there too" "$out" "hakmem in .*liar.json: .*$liar"
has_not "without a row" "$out" '^hakmem +throughput'
printf '{"results": [{"command": "ls", "mean": 1.0, "times": [1.0]}]}' >"$tmp/hyperfine.json"
hostile "hyperfine's JSON" "$tmp/hyperfine.json" ':1:1: .*schema'
printf 'a,b\n1\n' >"$tmp/short.csv"
hostile "a CSV of another shape" "$tmp/short.csv" ''
printf 'PK\003\004zip' >"$tmp/archive.json"
hostile "an archive" "$tmp/archive.json" ''
mkdir "$tmp/folder.json"
hostile "a folder without results" "$tmp/folder.json" ''
hostile "a file that is not there" "$tmp/none.json" ''
ln -s loop.json "$tmp/loop.json"
hostile "a link to itself" "$tmp/loop.json" ''
if [[ $(id -u) -ne 0 ]]; then
    cp "$tmp/good.json" "$tmp/secret.json" && chmod 000 "$tmp/secret.json"
    hostile "a file that may not be read" "$tmp/secret.json" ''
fi

# A label from a file is a word like any other, on the terminal and in Markdown.
edited label.json 'label = "a|b\x1b[31m\nc"
for e in d["allocators"]:
    if e["label"] == "hakmem": e["label"] = label
for j in d["jobs"]:
    if j["allocator"] == "hakmem": j["allocator"] = label'
hb_is "a label of control characters" 0 compare "$tmp/label.json"
has_not "no escape reaches the terminal" "$out" $'\033'

finish
