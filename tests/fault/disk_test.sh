#!/usr/bin/env bash
# The machine runs out: of disk, of file size, of descriptors, of processes. A status other than 0,
# a message that says what, earlier data intact, never half a JSON.
# Prints "N passed, N failed[, N skipped]".
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"
two=(--allocators "mimalloc,system")

# Every .json is whole JSON, every whole line of a journal too.
whole() { # folder
    python3 - "$1" <<'PY'
import glob, json, sys
results, journals = (glob.glob(sys.argv[1] + "/**/*." + end, recursive=True) for end in ("json", "jsonl"))
for path in results:
    json.load(open(path))
for path in journals:
    for line in open(path, "rb").read().split(b"\n")[:-1]:
        json.loads(line)
PY
}
# wrong NAME STATUS PATTERN: what the last run, its status in $status, has to show
wrong() {
    is "$1: exit status" "$status" "$2"
    has "$1: the message" "$err" "^hakbench: .*($3)"
    is "$1: no worker is left" "$(workers_left)" 0
}

echo "--- disk full"
disk=$tmp/disk
mkdir "$disk"
mounted=false
at_end() { [[ $mounted == false ]] || umount "$disk"; }
if mount -t tmpfs -o size=400k hakbench-test "$disk" 2>/dev/null; then
    mounted=true
    mkdir "$disk/r"
    printf '{"schema": "hakbench.profile/1", "workload": "random_mixed", "runs": 6, "allocators": ["system"],
     "reference": "system", "parameters": {"operations": "200k"}, "slices": 100,
     "noise_floor_limit_percent": 100}' >"$tmp/tiny.json" # --force: noise is no matter here
    hb_is "it fits" 0 rebase --profile "$tmp/tiny.json" --quiet --results "$disk/r" --force
    rm -f "$disk"/r/20* # the journal and the rows
    check "it fits: pinned" test -s "$disk/r/baseline-tiny.json"
    cp "$disk/r/baseline-tiny.json" "$disk/r/SCORECARD.md" "$tmp/"
    earlier() {
        cmp "$disk/r/baseline-tiny.json" "$tmp/baseline-tiny.json" && cmp "$disk/r/SCORECARD.md" "$tmp/SCORECARD.md"
    }
    # Full at every stage: before the first byte, in the journal, at the result, at the baseline.
    for room in 0 4 8 16 32 64 96 128 160 192 224; do
        rm -f "$disk/ballast"
        free=$(df --output=avail -k "$disk" | tail -1)
        [[ $room -lt $free ]] || continue
        dd if=/dev/zero of="$disk/ballast" bs=1k count=$((free - room)) status=none
        hb rebase --profile "$tmp/tiny.json" --quiet --results "$disk/r" --force
        check "disk full, $room KiB left: whole JSON" whole "$disk/r"
        if [[ $status -eq 0 ]]; then
            check "disk full, $room KiB left: done is done" test -s "$(one "$disk/r" json)"
            cp "$disk/r/baseline-tiny.json" "$disk/r/SCORECARD.md" "$tmp/"
        else
            is "disk full, $room KiB left: exit status" "$((status == 2 || status == 3))" 1
            has "disk full, $room KiB left: the message" "$err" '^hakbench: .*No space left'
            if grep -q pinned "$err"; then :; else
                check "disk full, $room KiB left: the baseline is whole" python3 -m json.tool \
                    "$disk/r/baseline-tiny.json" /dev/null
            fi
            [[ -n $(one "$disk/r" json) ]] || check "disk full, $room KiB left: earlier data" earlier
        fi
        is "disk full, $room KiB left: nothing half-written is left" \
            "$(find "$disk/r" -name '*.tmp*' -o -name '*.new*' -o -name '.*.json*' | wc -l)" 0
        journal=$(one "$disk/r" jsonl)
        if [[ $status -ne 0 && -s $journal && $(grep -c '"record":"job"' "$journal") -gt 0 && $room -eq 16 ]]; then
            rm -f "$disk/ballast"
            hb_is "disk full: resumed when there is room" 0 rebase --resume "$journal" --quiet
        fi
        rm -rf "$disk"/r/20* "$disk/r/history"
        cp "$tmp/baseline-tiny.json" "$tmp/SCORECARD.md" "$disk/r/"
    done
    rm -f "$disk/ballast"
else
    skip "disk full" "no right to mount a tmpfs"
fi

echo "--- outputs that cannot be written"
hb rebase "${two[@]}" "${tiny[@]}" --results "$tmp/full" --csv /dev/full
wrong "--csv /dev/full" 3 'No space left'
is "--csv /dev/full: it does not begin" "$(find "$tmp/full" -name "*.json*")" ""
hb rebase "${two[@]}" "${tiny[@]}" --results "$tmp/fulljson" --json /dev/full
wrong "--json /dev/full" 3 'No space left'
check "--json /dev/full: the journal is kept" test -s "$(one "$tmp/fulljson" jsonl)"
for what in "" "--json -" "--csv -"; do
    folder=$tmp/stdout$what
    # shellcheck disable=SC2086
    "$hakbench" rebase "${two[@]}" "${tiny[@]}" --results "$folder" $what >/dev/full 2>"$err"
    status=$?
    wrong "standard output is full${what:+ ($what)}" 3 'standard output'
done
is "standard output is full (--csv -): it does not begin" "$(find "$tmp/stdout--csv -" -name "*.json*")" ""
# What is on standard output alone may be lost there: the journal has it until it was written.
journal=$(one "$tmp/stdout--json -" jsonl)
check "standard output is full (--json -): the journal is kept" test -s "$journal"
hb_is "standard output is full (--json -): gone on with" 0 rebase --resume "$journal" --quiet
check "standard output is full (--json -): whole JSON" python3 -m json.tool "$(one "$tmp/stdout--json -" json)" /dev/null
is "standard output is full (--json -): no journal then" "$(one "$tmp/stdout--json -" jsonl)" ""
(set +o pipefail; "$hakbench" rebase "${two[@]}" "${tiny[@]}" --results "$tmp/reader" --json - 2>"$err" | true)
check "the reader of --json - is gone: the journal is kept" test -s "$(one "$tmp/reader" jsonl)"
check "standard output is full: the result is there" test -s "$(one "$tmp/stdout" json)"

echo "--- somebody's file at a named output, while it ran"
"$hakbench" rebase "${two[@]}" "${tiny[@]}" --results "$tmp/late" --json "$tmp/late.json" --quiet >"$out" 2>"$err" &
pid=$!
wait_for 20 compgen -G "$tmp/late/*.jsonl" >/dev/null
echo "somebody's" >"$tmp/late.json"
wait $pid
status=$?
wrong "somebody's file came" 2 'late.json: another file came there meanwhile'
is "somebody's file came: it is as it was" "$(<"$tmp/late.json")" "somebody's"
journal=$(one "$tmp/late" jsonl)
hb_is "somebody's file came: it is refused at once" 2 rebase --resume "$journal" --json "$tmp/late.json" --quiet
hb_is "somebody's file came: another name" 0 rebase --resume "$journal" --json "$tmp/other.json" --quiet
check "somebody's file came: whole JSON" python3 -m json.tool "$tmp/other.json" /dev/null

"$hakbench" list >/dev/full 2>"$err"
status=$?
wrong "list into a full disk" 3 'standard output: No space left'

echo "--- limits"
limited() { # limits command...: with ulimits
    # shellcheck disable=SC2086
    (ulimit $1 && shift && "$@")
}
for blocks in 1 8 32 64 100; do
    folder=$tmp/limit-$blocks
    { limited "-f $blocks" "$hakbench" rebase "${two[@]}" "${small[@]}" --results "$folder" 2>&1 >/dev/null
        echo "status $?"; } | cat >"$tmp/said"
    status=$(sed -n 's/^status //p' "$tmp/said")
    cp "$tmp/said" "$err"
    wrong "files of $blocks KiB at most" 3 'File too large'
    check "files of $blocks KiB at most: whole JSON" whole "$folder"
    is "files of $blocks KiB at most: no result" "$(one "$folder" json)" ""
done
mkdir "$tmp/later"
cp "$tmp"/limit-64/20*.jsonl "$tmp"/limit-64/20*.csv "$tmp/later/"
hb_is "files of 64 KiB: resumed without a limit" 0 rebase --resume "$(one "$tmp/later" jsonl)" --quiet
jobs_once "files of 64 KiB: resumed" "$(one "$tmp/later" json)"

for count in 4 12 19; do
    folder=$tmp/files-$count
    for words in "rebase ${two[*]} ${tiny[*]} --results $folder" "exec --quiet --results $folder -- true" \
        "check --only align" "suite --results $folder"; do
        # shellcheck disable=SC2086
        limited "-n $count" "$hakbench" $words >"$out" 2>"$err"
        is "$count descriptors, ${words%% *}: exit status" $? 3
        is "no allocator is to blame" "$(cat "$err")" \
            "hakbench: too few file descriptors: $count, and 20 are needed; raise ulimit -n"
        check "and nothing is made" test ! -e "$folder"
    done
done
(ulimit -n 20 && exec "$hakbench" rebase "${two[@]}" "${small[@]}" --results "$tmp/files-20" >"$out" 2>"$err")
is "20 descriptors are enough for 27 jobs" $? 0
is "no worker is left" "$(workers_left)" 0

if [[ $(id -u) -eq 0 ]] && command -v setpriv >/dev/null; then
    mkdir -m 777 "$tmp/nobody"
    chmod 755 "$tmp"
    if setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$hakbench" -a -x "$worker"; then
        as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
        as_nobody "$hakbench" rebase "${two[@]}" "${tiny[@]}" --results "$tmp/nobody/r" >"$out" 2>"$err"
        is "not root: exit status" $? 0
        json_true "not root: measured and counted" "$(one "$tmp/nobody/r" json)" \
            'all(j["status"] == "ok" for j in jobs) and all(j["syscalls"] for j in counted)'
        mkdir -m 555 "$tmp/readonly"
        as_nobody "$hakbench" rebase "${two[@]}" "${tiny[@]}" --results "$tmp/readonly" >"$out" 2>"$err"
        is "a folder that is read-only: exit status" $? 2
        has "a folder that is read-only: the message" "$err" 'cannot write to the results folder'
        # A user of its own, who has no other process that would count.
        (ulimit -u 1 && setpriv --reuid=64322 --regid=64322 --clear-groups "$hakbench" rebase "${two[@]}" "${tiny[@]}" --results "$tmp/nobody/fork" \
            >"$out" 2>"$err")
        status=$?
        is "fork refused: exit status" "$((status == 2 || status == 3))" 1
        has "fork refused: the message" "$err" 'Resource temporarily unavailable'
        [[ ! -e $tmp/nobody/fork ]] || check "fork refused: whole JSON" whole "$tmp/nobody/fork"
        is "fork refused: no figures" "$(one "$tmp/nobody/fork" json)" ""
    else
        skip "another user" "the program is not readable for others"
    fi
else
    skip "another user" "needs root and setpriv"
fi

echo "--- memory"
for mib in 8 16 24 40; do
    folder=$tmp/memory-$mib
    limited "-v $((mib * 1024))" "$hakbench" rebase "${two[@]}" "${tiny[@]}" --results "$folder" >"$out" 2>"$err"
    status=$?
    check "$mib MiB of addresses: no crash" test "$status" -lt 128
    check "$mib MiB of addresses: told when not done" test "$status" -eq 0 -o -s "$err"
    [[ ! -e $folder ]] || check "$mib MiB of addresses: whole JSON" whole "$folder"
done
finish
