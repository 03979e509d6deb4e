#!/usr/bin/env bash
# A Slurm of pretend nodes on this machine, to try the other scripts: runs COMMAND in it, and when that ends, or
# this script is killed in any way, nothing of it is left (it lives in a process namespace of its own).
#   scripts/fleet/one-machine.sh NODES COMMAND...      NODES: how many, n1 to nN
# In COMMAND:   $ONE_MACHINE down n2     takes the node's power: all its processes are gone at once
#               $ONE_MACHINE up n2       and gives it back
# Needs root and Debian's slurmctld, slurmd, slurm-client and munge; no systemd, no free port of theirs is used.
set -eu -o pipefail
self=$(realpath "$0")

# Each node has a process namespace: with its first process all others end, as with the power.
up() {
    unshare --pid --fork --kill-child --mount-proc slurmd -D -N "$1" >"$SLURM_HOME/$1.out" 2>&1 &
    echo $! >"$SLURM_HOME/$1.pid"
}

case ${1:-} in
up) up "$2"; exit ;;
down) kill -9 "$(cat "$SLURM_HOME/$2.pid")"; exit ;;
inside) shift ;;
[1-9]*)
    [ $# -ge 2 ] || exec "$self"
    home=$(mktemp -d)
    trap 'rm -rf "$home"' EXIT
    status=0
    SLURM_HOME=$home unshare --pid --fork --kill-child --mount-proc "$self" inside "$@" || status=$?
    exit "$status"
    ;;
*) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac

nodes=$1
shift
home=$SLURM_HOME
chmod 755 "$home"
mkdir -m 700 "$home/munge" "$home/state"
head -c 1024 /dev/urandom >"$home/munge/key"
chmod 400 "$home/munge/key"
# A port for each daemon that nobody listens on.
is_free() {
    local own
    for ((own = $1; own <= $1 + nodes; own++)); do
        ! (exec 3<>"/dev/tcp/127.0.0.1/$own") 2>/dev/null || return 1
    done
}
port=$((20000 + RANDOM % 10000))
until is_free "$port"; do port=$((20000 + RANDOM % 10000)); done
{
    cat <<CONF
ClusterName=one-machine
SlurmctldHost=localhost
SlurmctldPort=$port
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$home/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$home/state
SlurmdSpoolDir=$home/spool-%n
SlurmctldPidFile=$home/slurmctld.pid
SlurmdPidFile=$home/%n.slurmd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
SlurmdTimeout=10
KillWait=5
SchedulerParameters=sched_interval=2,requeue_delay=1
PartitionName=all Nodes=ALL Default=YES State=UP
CONF
    for ((i = 1; i <= nodes; i++)); do # the first two are of one type
        echo "NodeName=n$i NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((port + i)) CPUs=1" \
            "Feature=$([ "$i" -le 2 ] && echo old || echo new)"
    done
} >"$home/slurm.conf"
export SLURM_CONF=$home/slurm.conf SLURM_HOME=$home ONE_MACHINE=$self

munged --foreground --force --key-file="$home/munge/key" --socket="$home/munge/socket" --num-threads=2 \
    --pid-file="$home/munge/pid" --log-file="$home/munge/log" --seed-file="$home/munge/seed" >"$home/munge.out" 2>&1 &
for ((i = 0; i < 100; i++)); do
    [ ! -S "$home/munge/socket" ] || break
    sleep 0.1
done
slurmctld -D >"$home/slurmctld.out" 2>&1 &
for ((i = 1; i <= nodes; i++)); do
    mkdir "$home/spool-n$i"
    up "n$i"
done
for ((i = 0; i < 300; i++)); do # until all nodes wait for work
    [ "$(sinfo -h -N -t idle -o %N 2>/dev/null | sort -u | wc -l)" != "$nodes" ] || break
    sleep 0.1
done
if [ "$i" = 300 ]; then
    echo "one-machine: Slurm did not come up" >&2
    tail -n 5 "$home"/*.out >&2
    exit 1
fi
status=0
"$@" || status=$?
exit "$status"
