#!/usr/bin/env bash
# Files: what is read is never written over, what is there only with --force; a lock is a lock and
# nothing else; a pipe in a folder is not waited for; other encodings are named; and no name that a
# file brings along tells a terminal, a page, a picture or a shell what to do.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
mixed=results/reference/2026-11-24T09-03-08Z-mixed.json
soak=tests/golden/soak-1.json
log=tests/cli/import/lab.log
short=(--no-pin --quiet --runs 1 --set operations=100k --allocators system)
folder() { mkdir "$tmp/$1" && cp "$mixed" "$tmp/$1/a.json" && cp "$soak" "$tmp/$1/soak.json" && cp "$log" "$tmp/$1/a.log"; }

# --- an input as output --------------------------------------------------------------------------

# Each line: a command with %s for the output, an input of its own named a.json, soak.json or a.log.
outputs=(
    "a.json report --no-charts a.json -o %s"
    "a.json report --format markdown a.json --output %s"
    "a.json compare a.json -o %s"
    "a.json compare x=a.json --format json -o %s"
    "a.json export --format pyperf a.json -o %s"
    "a.json export --format prometheus a.json -o %s"
    "a.log import --workload x a.log -o %s"
    "soak.json analyze soak.json --json %s"
    "profile.json analyze --profile ./profile.json soak.json --json %s"
    "profile.json syscalls --quiet --set operations=100k --allocators system --profile ./profile.json --json %s"
    "profile.json rebase ${short[*]} --profile ./profile.json --json %s"
    "profile.json rebase ${short[*]} --profile ./profile.json --csv %s"
    "profile.json soak --quiet --minutes 1 --allocators system --profile ./profile.json --csv %s"
)
folder inputs
cp profiles/soak.json "$tmp/inputs/profile.json"
cd "$tmp/inputs" || exit 2
for line in "${outputs[@]}"; do
    input=${line%% *} arguments=${line#* }
    ln -s "$input" "link-$input" 2>/dev/null
    ln "$input" "hard-$input" 2>/dev/null
    cp "$input" ../before
    names=("link-$input" "hard-$input")
    [[ $line != "${outputs[0]}" ]] || names+=("$input" "./$input" "../inputs/$input")
    for name in "${names[@]}"; do
        # shellcheck disable=SC2059,SC2086 # words are meant
        hb_is "an input as output: $arguments" 2 $(printf "$arguments" "$name") --force
        has "is refused even with --force: $name" "$err" 'is an input .*inputs are never written over'
        check "and left: $name" cmp "$input" ../before
    done
    rm -f "link-$input" "hard-$input"
done
hb_is "the -o that takes a file name away" 2 report --no-charts -o a.json soak.json
has "is told" "$err" '^hakbench: a\.json: is there already; --force writes over it, or choose another$'

# --- another file that is there ------------------------------------------------------------------

for line in "${outputs[@]:0:8}"; do
    arguments=${line#* }
    echo mine >there
    # shellcheck disable=SC2059,SC2086
    hb_is "over another file: $arguments" 2 $(printf "$arguments" there)
    has "is refused" "$err" 'there: is there already; --force writes over it'
    is "and left" "$(cat there)" mine
    # shellcheck disable=SC2059,SC2086
    hb $(printf "$arguments" there) --force
    check_not "--force writes it: $arguments" grep -qx mine there
    : >there
    # shellcheck disable=SC2059,SC2086
    hb $(printf "$arguments" there)
    check "an empty one is as good as none: $arguments" test -s there
done
mkdir bench
printf mine >bench/cfrac.json
bench=$OLDPWD/tests/cli/import/benchres.csv
hb_is "a file of an import's folder" 2 import "$bench" -o bench/
is "is left" "$(cat bench/cfrac.json)" mine
hb_is "but with --force" 0 import "$bench" -o bench/ --force
check "is written" python3 -m json.tool bench/cfrac.json /dev/null
mkdir pictures
printf mine >pictures/throughput.png
hb_is "a picture that is there" 2 analyze --plot pictures soak.json
is "is left, too" "$(cat pictures/throughput.png)" mine
ln -sf ../soak.json pictures/throughput.png
cp soak.json ../before
hb_is "a picture's name that leads to the soak" 2 analyze --plot pictures soak.json --force
check "spares it" cmp soak.json ../before
rm pictures/throughput.png
hb_is "else --force draws" 1 analyze --plot pictures soak.json --force
hb_is "into a folder whose name is a command to a shell" 1 analyze --plot '|touch hit;' soak.json
check "draws there" test -s '|touch hit;/throughput.png'
hb_is "of a rebase as well" 0 report --png '|touch hit;' -o page.html a.json
check "draws there, too" test -s "$(ls '|touch hit;'/1-mixed-ranking.png)"
check_not "and runs nothing" test -e hit
cd - >/dev/null || exit 2

# rebase: --force is for --json and --csv as well, and a resumed session is no other file.
echo mine >"$tmp/named.json"
hb_is "--json over another file" 2 rebase "${short[@]}" --results "$tmp/r" --json "$tmp/named.json"
hb_is "with --force" 0 rebase "${short[@]}" --results "$tmp/r" --json "$tmp/named.json" --force
check "is the session" python3 -m json.tool "$tmp/named.json" /dev/null
hb_is "--json and --csv of one name" 2 rebase "${short[@]}" --results "$tmp/r" --json "$tmp/x" --csv "$tmp/x"
cp tests/golden/journal-1.jsonl "$tmp/r/cut.jsonl"
echo mine >"$tmp/mine.csv"
hb rebase --resume "$tmp/r/cut.jsonl" --csv "$tmp/mine.csv"
is "a resumed session writes over no other's rows" "$(cat "$tmp/mine.csv")" mine

# --- the lock --------------------------------------------------------------------------------------

lock() { mkdir "$tmp/$1"; results=$tmp/$1; }
lock link
printf 'precious\n' >"$tmp/victim"
ln -s "$tmp/victim" "$results/.lock"
hb_is "a lock that is a link" 2 rebase "${short[@]}" --results "$results"
has "is told" "$err" '\.lock: is not a lock of hakbench'
is "what it leads to is left" "$(cat "$tmp/victim")" precious
lock hard
ln "$tmp/victim" "$results/.lock"
hb_is "a lock that is somebody's file" 2 rebase "${short[@]}" --results "$results"
is "is left" "$(cat "$tmp/victim")" precious
lock pid
echo 1 >"$tmp/other.pid"
ln "$tmp/other.pid" "$results/.lock"
hb_is "a lock of another name elsewhere" 0 rebase "${short[@]}" --results "$results"
is "is held, not written" "$(cat "$tmp/other.pid")" 1
lock fifo
mkfifo "$results/.lock"
timeout 300 "$hakbench" rebase "${short[@]}" --results "$results" >"$out" 2>"$err"
is "a lock that is a pipe" $? 2
lock left
printf '%s\n' 4194304 >"$results/.lock"
hb_is "a lock left over" 0 rebase "${short[@]}" --results "$results"
has "has the number of who had it last" "$results/.lock" '^[0-9]+$'
check_not "which is not the one before" grep -qx 4194304 "$results/.lock"
flock "$results/.lock" "$hakbench" rebase "${short[@]}" --results "$results" >"$out" 2>"$err"
is "a lock that is held" $? 2
has "says by whom" "$err" 'another hakbench \(process [0-9]+\) is measuring into'

# sudo once, and then not (HB is of root, who left .lock behind).
if [[ $(id -u) -eq 0 ]] && command -v setpriv >/dev/null; then
    chmod 755 "$tmp"
    nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
    if nobody test -x "$hakbench" -a -x "$worker"; then
        for mode in 644 600; do
            lock "sudo-$mode"
            chmod 777 "$results"
            hb_is "once as root" 0 rebase "${short[@]}" --results "$results"
            chmod $mode "$results/.lock"
            nobody "$hakbench" rebase "${short[@]}" --results "$results" >"$out" 2>"$err"
            is "then as another user, root's .lock of mode $mode there" $? 0
            is "both are there" "$(find "$results" -name '20*.json' | wc -l)" 2
        done
        has "a lock that cannot be read is told" "$err" 'cannot be locked \(Permission denied\)'
        flock "$tmp/sudo-644/.lock" setpriv --reuid=65534 --regid=65534 --clear-groups "$hakbench" \
            rebase "${short[@]}" --results "$tmp/sudo-644" >"$out" 2>"$err"
        is "but what root holds is held" $? 2
        has "and told" "$err" 'another hakbench'
    else
        skip "another user's lock" "the program is not readable for others"
    fi
else
    skip "another user's lock" "needs root and setpriv"
fi

# A file system without locks is not another hakbench.
if strace -o /dev/null -e trace=flock true 2>/dev/null; then
    for why in ENOLCK EOPNOTSUPP; do
        lock "no-$why"
        strace -o /dev/null -e trace=flock -e inject=flock:error=$why \
            "$hakbench" rebase "${short[@]}" --results "$results" >"$out" 2>"$err"
        is "flock fails with $why" $? 0
        has "that is told" "$err" 'cannot be locked \('
        has_not "and nobody is suspected" "$err" 'process'
    done
else
    skip "a file system without locks" "strace cannot trace here"
fi

# --- pipes ----------------------------------------------------------------------------------------

folder pipes
mkfifo "$tmp/pipes/p.json"
timeout 300 "$hakbench" compare "$tmp/pipes" >"$out" 2>"$err"
is "a pipe in a folder" $? 2
has "is named" "$err" 'p\.json: is a pipe; expected a file'
timeout 300 "$hakbench" export --keep-going -f pyperf "$tmp/pipes" >"$out" 2>"$err"
has "is left out" "$err" 'left out: .*p\.json: is a pipe'
rm "$tmp/pipes/a.json" "$tmp/pipes/soak.json"
mkfifo "$tmp/r/baseline.json" "$tmp/pipes/so.so"
timeout 300 "$hakbench" rebase "${short[@]}" --results "$tmp/r" >"$out" 2>"$err"
is "a pipe for a baseline" $? 0
has "is named" "$err" 'the baseline is left out: .*is a pipe'
mkdir "$tmp/data"
cp -r profiles "$tmp/data/"
mkfifo "$tmp/data/profiles/p.json"
HAKBENCH_DATADIR=$tmp/data timeout 300 "$hakbench" list profiles >"$out" 2>"$err"
is "a pipe among profiles" $? 0
has "is named" "$out" '^  p .*is a pipe'
timeout 300 "$hakbench" rebase "${short[@]}" --allocator x="$tmp/pipes/so.so" --results "$tmp/r" >"$out" 2>"$err"
is "a pipe for a library" $? 2
has "is named" "$err" 'so\.so: is a pipe'
hb_is "a pipe that is named is read" 0 compare <(cat "$mixed")
timeout 300 "$hakbench" compare - <"$mixed" >"$out" 2>"$err"
is "so is standard input" $? 0
(cat "$mixed" >"$tmp/pipes/p.json") &
timeout 300 "$hakbench" compare "$tmp/pipes/p.json" >"$out" 2>"$err"
is "and a named pipe" $? 0

# --- encodings --------------------------------------------------------------------------------------

mark=$'\xef\xbb\xbf'
{ printf %s "$mark" && cat "$mixed"; } >"$tmp/bom.json"
hb_is "JSON with a byte order mark" 0 compare "$tmp/bom.json"
{ printf %s "$mark" && cat profiles/mixed.json; } >"$tmp/bom-profile.json"
hb_is "a profile with one" 0 rebase --dry-run --profile "$tmp/bom-profile.json"
{ printf %s "$mark" && cat tests/cli/soak/flat.csv; } >"$tmp/bom.csv"
hb_is "a CSV with one" 0 analyze "$tmp/bom.csv"
encoded() { # NAME FILE PATTERN
    hb_is "$1" 2 compare "$2"
    has "$1 is named" "$err" "$3"
    is "$1: in one line" "$(wc -l <"$err")" 1
}
iconv -f UTF-8 -t UTF-16 "$mixed" >"$tmp/16.json"
encoded "UTF-16" "$tmp/16.json" 'is UTF-16; expected UTF-8 text: iconv -f UTF-16 -t UTF-8'
iconv -f UTF-8 -t UTF-16LE "$mixed" >"$tmp/16le.json"
encoded "UTF-16 without a mark" "$tmp/16le.json" 'looks like UTF-16; .*iconv -f UTF-16LE'
iconv -f UTF-8 -t UTF-16BE tests/cli/soak/flat.csv >"$tmp/16be.csv"
encoded "a CSV in UTF-16" "$tmp/16be.csv" 'looks like UTF-16; .*iconv -f UTF-16BE'
iconv -f UTF-8 -t UTF-32 "$mixed" >"$tmp/32.json"
encoded "UTF-32" "$tmp/32.json" 'is UTF-32'
gzip -c "$mixed" >"$tmp/a.json.gz"
encoded "gzip" "$tmp/a.json.gz" 'is compressed by gzip; .*<\(zcat FILE\)'
hb_is "which is read as told" 0 compare <(zcat "$tmp/a.json.gz")
for separator in ';' $'\t'; do
    sed "s/,/$separator/g" tests/cli/soak/flat.csv >"$tmp/other.csv"
    hb_is "a CSV with another separator" 2 analyze "$tmp/other.csv"
    has "is named" "$err" 'other\.csv:1: .*(";"|tabs).*expected commas'
done

# --- names that would do something ------------------------------------------------------------------

# hostile FROM TO: every name and word of the session with escapes, C1 controls, bidi and tags in it
python3 - "$mixed" "$tmp/bad-rebase.json" "$soak" "$tmp/bad-soak.json" <<'PY'
import json, sys
EVIL = "\x1b[31m\x07\u009b31m\u202e\u2066\u200f\u2028\x7f<script>&\r"
for source, target in ((1, 2), (3, 4)):
    d = json.load(open(sys.argv[source], encoding="utf-8"))
    names = {a["label"]: f"{i}{EVIL}" for i, a in enumerate(d["allocators"])}
    for a in d["allocators"]:
        a["label"], a["name"] = names[a["label"]], a["name"][:6] + EVIL
        for key in ("environment", "plugin_path", "library_path", "library_version", "licence"):
            a[key] = "x" + EVIL
    for j in d["jobs"] + d.get("epochs", []):
        j["allocator"] = names[j["allocator"]]
    for key in ("workload", "command_line", "profile_name"):
        d[key] = "w" + EVIL
    for key in ("hostname", "os", "kernel", "libc", "cpu_model"):
        d["host"][key] = "h" + EVIL
    for p in d["parameters"].values():
        p["text"] = "t" + EVIL
    if "soak" in d:
        d["soak"]["control"] = names.get(d["soak"].get("control"), None)
    json.dump(d, open(sys.argv[target], "w", encoding="utf-8"))
    for n in 2, 3: # of other days, for a trend
        d["started_at"], d["seed"] = f"2026-11-2{n}T09:03:08Z", n
        json.dump(d, open(sys.argv[target] + f".{n}", "w", encoding="utf-8"), ensure_ascii=False)
PY
# C0 but line feed and tab, DEL; C1; what turns the direction of writing or begins a line; a mark.
controls='[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]|\xef\xbb\xbf'
check "the pattern of controls finds them" grep -qaP "$controls" "$tmp/bad-rebase.json.2"
harmless() { # NAME FILE: UTF-8, and nothing in it that a terminal obeys
    is "$1: no control reaches the reader" "$(grep -aoP ".{0,20}($controls)" "$2" | head -n 3 | cat -v)" ""
    check "$1: is UTF-8" iconv -f UTF-8 -t UTF-8 -o /dev/null "$2"
}
evil=$'e\e[31m\xc2\x9b\xe2\x80\xae'
cp "$tmp/bad-rebase.json" "$tmp/$evil.json"
said() { # NAME ARGUMENTS...: ends well, and says nothing that does something
    hb "${@:2}"
    check "$1 says something" test -s "$out"
    harmless "$1" "$out"
    harmless "$1, messages" "$err"
}
bad=$tmp/bad-rebase.json
for format in table markdown csv json; do
    said "compare --format $format of two" compare --format $format --fail-on "throughput<-3%" "$tmp/$evil.json" "$bad.2"
    said "compare --format $format" compare --all --metrics all --format $format "$evil=$bad"
    said "compare --trend --format $format" compare --trend --format $format "$tmp/$evil.json" "$bad.2" "$bad.3"
done
for format in $("$hakbench" export --help | sed -n '/^Formats:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    said "export $format" export -f "$format" "$evil=$bad"
    said "export $format of a soak" export -f "$format" "$tmp/bad-soak.json"
done
for format in html markdown; do
    said "report $format" report --no-charts --format $format --title "$evil" "$bad" "$tmp/bad-soak.json" -o -
    has_not "report $format: no tag" "$out" '<script>&'
done
said "report with charts" report "$bad" "$tmp/bad-soak.json" -o -
said "analyze" analyze "$tmp/bad-soak.json"
said "analyze --syscalls" analyze --syscalls "$tmp/bad-soak.json"
said "analyze --markdown" analyze --markdown "$tmp/bad-soak.json"
has_not "analyze --markdown: no tag" "$out" '<script>'
said "analyze --json" analyze --json - "$tmp/bad-soak.json"
hb compare --format markdown "$bad"
has_not "compare --format markdown: no tag" "$out" '<script>'
for command in compare report export analyze import; do
    hb "$command" "$tmp/no-$evil.json"
    is "$command of no such file" "$status" 2
    harmless "$command of no such file" "$err"
done
hb_is "a command that there is not" 2 "$evil"
harmless "a command that there is not" "$err"
hb rebase "${short[@]}" --results "$tmp/r-$evil"
harmless "rebase into such a folder" "$err"
printf '%s\n' "$evil" >"$tmp/bad.json"
hb_is "a file of such words" 2 compare "$tmp/bad.json"
harmless "a file of such words" "$err"

# --- a small stack ------------------------------------------------------------------------------

small_stack() { # STATUSES ARGUMENTS...
    (ulimit -s 128 && exec "$hakbench" "${@:2}") >"$out" 2>"$err"
    status=$?
    check "a stack of 128 KiB: ${*:2:3} ends with $1, not $status" test "${1/$status/}" != "$1"
}
small_stack 0 list
small_stack 0 doctor
small_stack 0 rebase --dry-run
small_stack 0 compare "$mixed"
small_stack 0 report "$mixed" --png "$tmp/small" -o "$tmp/small.html"
small_stack 0 export -f pyperf "$mixed"
small_stack 01 analyze "$soak"
small_stack 0 selftest --statistics
small_stack 0 syscalls --quiet --set operations=100k --allocators system
small_stack 0 rebase "${short[@]}" --results "$tmp/small-r"
small_stack 013 soak --quiet --minutes 0.02 --epoch 0.05s --set operations=100k --allocators system --results "$tmp/small-r"
finish
