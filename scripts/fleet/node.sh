#!/usr/bin/env bash
# One task of submit.sh's array: the suite on this node. After a requeue, or sent again, it goes on with the
# one that was cut off; a suite that is whole stays as it is. FLEET and HAKBENCH are submit.sh's.
set -eu -o pipefail
node=${SLURMD_NODENAME:?this is a job of Slurm; submit.sh sends it}
own=$FLEET/$node
read -ra hakbench <<<"${HAKBENCH:?}"
export HAKBENCH_HOST=$node # the machine's name in every result
mkdir -p "$own"
note() { printf '%s\t%s\n' "$(date -u +%FT%TZ)" "$*" >>"$own/course"; }

suite=$(find "$own" -mindepth 1 -maxdepth 1 -name '*-suite*' ! -name '.*' | sort | tail -n 1)
if [ -e "$own/whole" ]; then
    note "is whole: nothing to do"
    exit 0
fi
job="job ${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}_${SLURM_ARRAY_TASK_ID:-0}, restart ${SLURM_RESTART_COUNT:-0}"
if [ -n "$suite" ]; then # its plan is its own, but for who else is on the machine
    note "begins, $job, goes on"
    [[ " $* " != *" --share-machine "* ]] || export HAKBENCH_SHARE_MACHINE=1
    set -- suite --resume "$suite" --quiet
else
    note "begins, $job"
    set -- suite --results "$own" --quiet "$@"
fi

# Slurm ends a job with TERM to this shell; hakbench then writes what it has.
"${hakbench[@]}" "$@" &
pid=$!
trap 'kill -TERM "$pid"' TERM INT
status=0
while :; do # a signal ends the wait, not hakbench
    wait "$pid" && status=0 || status=$?
    kill -0 "$pid" 2>/dev/null || break
done
[ "$status" != 0 ] || touch "$own/whole"
note "ended with $status"
exit "$status"
