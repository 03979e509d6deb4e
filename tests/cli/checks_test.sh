#!/usr/bin/env bash
# docs/checks.md against the tests: the promises are numbered through, each file that one names is
# there, and has the words that it is said to have.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
is "the promises are numbered through" "$(sed -nE 's/^\| ([0-9]+) \|.*/\1/p' docs/checks.md | xargs)" "$(seq 47 | xargs)"
is "every one has a test" "$(grep -cE '^\| [0-9]+ \|.*`[a-z_]+[a-z_*]*`|^\| 33 ' docs/checks.md)" 47
# "file<tab>words" of each test that the table names; a file without words is named for all of it
python3 - >"$tmp/named" <<'PY'
import re
for line in open("docs/checks.md", encoding="utf-8"):
    if not re.match(r"\| \d+ \|", line):
        continue
    cell = line.replace("\\|", "\0").split("|")[3]
    for part in cell.split(";"):
        for name in re.findall(r"`((?:test_)?[a-z_]+|[a-z_]+_test)`", part):
            words = re.findall(r"\*([^*`]+)\*", part) or [""]
            for w in words:
                print(name, w.replace("\0", "|"), sep="\t")
PY
check "there are enough of them" test "$(wc -l <"$tmp/named")" -gt 45
while IFS=$'\t' read -r name words; do
    file=$(find tests -name "$name.sh" -o -name "$name.c" | head -n 1)
    check "$name is there" test -n "$file"
    words=${words// N / } # "files of N KiB": a number of the test's
    pattern=$(sed 's/^N //; s/ N .*//; s/files of KiB at most/files of/' <<<"$words")
    [[ -z $words || -z $file ]] || check "$name has \"$words\"" grep -qF -- "$pattern" "$file"
done <"$tmp/named"
finish
