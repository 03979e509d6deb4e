#!/usr/bin/env bash
# What a report looks like to who reads it: on screens of any width, with and without colour, in
# ASCII, and as Markdown that a renderer of GitHub's kind shows as it is meant.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
rebase=results/reference/2026-11-24T09-03-08Z-mixed.json
soak=results/reference/2026-11-24-soak/soak.json
derive() { python3 tests/cli/derive.py "$@" || exit 1; }
derive "$rebase" "$tmp/old.json" seed=1
derive "$rebase" "$tmp/slow.json" seed=3 scale:hakmem=0.9 sha:hakmem=slow

# --- widths ------------------------------------------------------------------------------------
# fits NAME WIDTH FILE: no line is longer, counted in characters
fits() {
    check "$1 fits $2 columns" python3 -c '
import re, sys
most = int(sys.argv[1])
for line in open(sys.argv[2], encoding="utf-8"):
    line = re.sub("\033[^m]*m", "", line.rstrip("\n"))
    assert len(line) <= most, (len(line), line)' "$2" "$3"
}
for width in 40 60 80 200; do
    export COLUMNS=$width
    for locale in C C.UTF-8; do
        LC_ALL=$locale hb analyze "$soak"
        fits "a soak in $locale" $width "$out"
        LC_ALL=$locale hb analyze --syscalls "$soak"
        fits "its system calls in $locale" $width "$out"
        LC_ALL=$locale hb compare "$tmp/old.json" "$tmp/slow.json" --fail-on 'throughput<-3%'
        fits "a comparison in $locale" $width "$out"
        LC_ALL=$locale hb compare "$tmp/old.json"
        fits "one session in $locale" $width "$out"
        hb list
        fits "a list" $width "$out"
        hb doctor
        fits "the doctor" $width "$out"
    done
done
COLUMNS=80 hb analyze "$soak"
has "the answer is first" <(head -1 "$out") '^Over 59m 49s no allocator slowed down'
has "the unit is in the heading" "$out" '^allocator +median M/s +CV %'
has "what is left out is told" "$out" '^[0-9]+ more columns: --wide$'
has "a strip shows every epoch" "$out" '^hakmem +.*@.*\|'
COLUMNS=40 hb analyze "$soak"
has "a narrow screen has lists" "$out" '^  word +flat$'
COLUMNS=40 hb analyze --wide "$soak"
has "--wide has all" "$out" '^allocator +epochs +mean M/s .* first to last % +word$'
unset COLUMNS
hb compare "$tmp/old.json" "$tmp/slow.json"
has "no terminal: 80 columns" "$out" 'more columns: --wide'
has "what changed is first" <(head -1 "$out") '^[0-9]+ worse: hakmem throughput slower \(x0\.[89]'
has "how far to believe it is last" "$out" '^-{80}$'

# --- colours and characters --------------------------------------------------------------------
hb analyze "$soak"
has_not "no colour in a file" "$out" $'\e'
check_not "ASCII where the locale is" grep -qP '[^\x00-\x7f]' "$out"
hb analyze --color=always "$soak"
has "colour when asked for" "$out" $'\e\\[1mOver'
NO_COLOR=1 hb analyze --color=always "$soak"
has "also against NO_COLOR" "$out" $'\e\\[1mOver'
LC_ALL=C.UTF-8 hb analyze "$soak"
has "bars in UTF-8" "$out" '▅'
hb_is "no such colour" 2 analyze --color=blue "$soak"
hb list --color=always
has "a list has colours" "$out" $'\e\\[1m'
run="env LC_ALL=C.UTF-8 $hakbench analyze $soak"
env TERM=xterm script -qec "stty cols 60; $run" /dev/null >"$tmp/terminal" </dev/null 2>&1
sed -i 's/\r$//' "$tmp/terminal"
fits "a terminal" 60 "$tmp/terminal"
has "a terminal has colours" "$tmp/terminal" $'\e\\[1mOver'
env TERM=xterm script -qec "stty cols 60; $run --color=never" /dev/null >"$tmp/terminal" </dev/null 2>&1
has_not "none when not wanted" "$tmp/terminal" $'\e'

# --- Markdown ----------------------------------------------------------------------------------
# tables NAME FILE: as many as there are begun, all rendered; no bar is left in the text
rendered() {
    local wanted
    wanted=$(grep -cE '^\|( --: \|| --- \|| ---\||[- :|])+$' "$2")
    cmark-gfm --unsafe -e table "$2" >"$tmp/rendered"
    is "$1: every table renders" "$(grep -c '<table>' "$tmp/rendered")" "$wanted"
    check "$1: there are tables" test "$wanted" -gt 0
    has_not "$1: no row is text" "$tmp/rendered" '^(<p>|<li>)?\| '
}
if command -v cmark-gfm >/dev/null; then
    hb report --format markdown "$rebase" "hour=$soak"
    rendered "a report" "$out"
    hb report --format markdown "$tmp/old.json" "$tmp/slow.json"
    rendered "a report of two" "$out"
    hb report --format markdown tests/cli/import/lab.log
    rendered "an import" "$out"
    hb analyze --markdown "$soak"
    rendered "a soak" "$out"
    hb analyze --markdown --syscalls "$soak"
    rendered "system calls" "$out"
    hb compare --format markdown "$tmp/old.json" "$tmp/slow.json" --fail-on 'throughput<-3%'
    rendered "a comparison" "$out"
    has "with a gate" "$tmp/rendered" '<td>throughput&lt;-3%</td>'
    hb compare --format markdown "$tmp/old.json"
    rendered "one session" "$out"
    for brief in "compare --format markdown --brief $tmp/old.json $tmp/slow.json" \
        "compare --format markdown --brief $tmp/old.json" "report --format markdown --brief $rebase"; do
        # shellcheck disable=SC2086
        hb $brief
        rendered "$brief" "$out"
        check "$brief: 20 lines are seen" test "$(sed '/^<details>/,$d' "$out" | wc -l)" -le 20
        has "$brief: the rest is folded" "$tmp/rendered" '^<details>'
    done
else
    skip "Markdown renders" "no cmark-gfm"
fi
COLUMNS=80 hb compare --brief "$tmp/old.json"
check "in brief: 20 lines" test "$(wc -l <"$out")" -le 20
finish
