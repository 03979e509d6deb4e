#!/usr/bin/env bash
# --wait-quiet beside somebody who never rests: who it is is said, the wait ends, and --strict measures nothing.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
neighbours=()
for ((i = 0; i <= $(nproc); i++)); do # nobody is busier
    bash -c 'while :; do :; done' &
    neighbours+=($!)
    disown
done
at_end() { kill "${neighbours[@]}"; }
one=("${tiny[@]}" --allocators system --no-pin)

hb_is "a machine that does not come to rest" 0 rebase "${one[@]}" --wait-quiet=1 --results "$tmp/all-the-same"
has "what disturbs is said at the beginning" "$err" \
    '^hakbench: waiting up to 1.0s until the machine is quiet: [0-9.]+ of [0-9]+ CPUs busy \(.*bash [0-9.]+'
has "and at the end" "$err" '^hakbench: the machine was not quiet within 1.0s: .*load [0-9.]+; measuring all the same$'
check "it is measured" test -n "$(one "$tmp/all-the-same" json)"
hb_is "under --strict" 4 rebase "${one[@]}" --wait-quiet=1 --strict --results "$tmp/strict"
has "is the end" "$err" '; --strict: nothing is measured$'
check_not "and leaves nothing" test -e "$tmp/strict"
hb_is "before a soak" 4 soak -q --runs 1 --seconds 0.05 --allocators system --wait-quiet=1 --strict --results "$tmp/strict"
hb_is "what is wrong is said before the wait" 2 rebase --wait-quiet=600 --set nonsense=1
for wrong in 0 -1 x 1e9 ''; do
    hb_is "'$wrong' is no time" 2 rebase --wait-quiet="$wrong"
    has "that is said" "$err" '^hakbench: --wait-quiet.*: expected (1 to 86400 seconds|SECONDS)$'
done
"${started[@]}" rebase "${one[@]}" --wait-quiet=600 --results "$tmp/interrupted" >"$out" 2>"$err" &
waiting=$!
check "it waits" wait_for 20 grep -q 'until the machine is quiet' "$err"
kill -INT $waiting
wait $waiting
is "and is interrupted" $? 130
finish
