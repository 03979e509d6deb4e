#!/usr/bin/env bash
# What submit.sh's nodes have measured so far, as one comparison: who is whole, cut off, lost or still at it,
# then `hakbench compare --allow-cross-host` of all that is there.
#   scripts/fleet/gather.sh FOLDER [OPTION-OF-COMPARE...]    e.g. ... --format markdown -o fleet.md
# Nothing is averaged away: a node without a result is named, in the comparison as well.
# Exit status: 0 all nodes are whole; 3 some are not; else what compare ended with.
set -eu -o pipefail
if [ $# = 0 ] || [ ! -s "$1/nodes.tsv" ]; then
    sed -n '2,6s/^# \{0,1\}//p' "$0"
    exit 2
fi
folder=$1
shift
read -ra hakbench <<<"${HAKBENCH:-hakbench}"
not_whole=0 folders=()

# What the queue says of a task; nothing when it is not in it any more, or there is no Slurm here.
in_queue() { squeue -h -j "$1" -o %T 2>/dev/null | head -n 1 || true; }
count() { { grep -c "$1" "$2" || true; } 2>/dev/null; }

{
    printf '%-16s %-16s %-12s %-10s %s\n' node type job state course
    while IFS=$'\t' read -r node type job; do
        own=$folder/$node
        suite=$(find "$own" -mindepth 1 -maxdepth 1 -name '*-suite*' ! -name '.*' | sort | tail -n 1)
        begun=$(count ' *begins' "$own/course") queue=$(in_queue "$job") course=''
        if [ -n "$suite" ] && [ -e "$own/whole" ]; then
            state=whole
        elif [ -n "$queue" ]; then
            state=$(tr '[:upper:]' '[:lower:]' <<<"$queue")
        elif [ -n "$suite" ]; then
            state='cut off'
        else
            state=lost
        fi
        [ "$state" = whole ] || not_whole=1
        [ "${begun:-0}" -le 1 ] || course="begun $begun times; "
        [ ! -s "$own/course" ] || course+=$(tail -n 1 "$own/course" | cut -f 2)
        printf '%-16s %-16s %-12s %-10s %s\n' "$node" "$type" "$job" "$state" "$course"
        folders+=("${suite:-$own}")
    done < <(tac "$folder/nodes.tsv" | awk -F '\t' '!seen[$1]++' | tac)
} >"$folder/state"
cat "$folder/state" >&2
status=0
"${hakbench[@]}" compare --allow-cross-host --keep-going "$@" "${folders[@]}" || status=$?
[ "$status" = 0 ] || [ "$status" = 2 ] || exit "$status"
[ "$not_whole" = 0 ] || exit 3
exit "$status"
