#!/usr/bin/env bash
# A suite on every node of a Slurm cluster, each node exclusively and once: a job array for each type of node
# (nodes with the same features), a task for each node of it, held until it is bound to that node.
#   scripts/fleet/submit.sh FOLDER [OPTION-OF-SUITE...]      e.g. ... /scratch/me/fleet --budget 2h
# FOLDER lies where all nodes see it. What each node has measured lands in FOLDER/NODE, as it comes;
# gather.sh reads it at any time. Again with the same FOLDER: nodes that are whole do nothing, others go on.
#   NODES=LIST     only these ("n[1-8],big3")    HAKBENCH=COMMAND  how nodes start it (default: hakbench), also
#   several words: "apptainer exec --bind /scratch hakbench.sif hakbench"
# sbatch's own variables hold as well: SBATCH_PARTITION, SBATCH_ACCOUNT, SBATCH_TIMELIMIT.
set -eu -o pipefail
[ $# -ge 1 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2; }
mkdir -p "$1/logs"
folder=$(realpath "$1")
shift
node_script=$(realpath "$(dirname "$0")/node.sh")
export HAKBENCH=${HAKBENCH:-hakbench} FLEET=$folder

# Features as the name of a type: "icelake,ib"; a node of two partitions is listed twice.
nodes=$(sinfo -h -N ${NODES:+-n "$NODES"} -o '%N %f' | sort -u)
[ -n "$nodes" ] || { echo "submit: Slurm knows no such node" >&2; exit 2; }
if [ -s "$folder/options" ] && [ "$*" != "$(cat "$folder/options")" ]; then
    echo "submit: $folder was begun with other options: $(cat "$folder/options")" >&2
    exit 2
fi
printf '%s' "$*" >"$folder/options"
while read -r type; do
    mapfile -t names < <(awk -v type="$type" '$2 == type {print $1}' <<<"$nodes")
    # --mem=0 and --exclusive: all of the node; --signal: a minute to write down what there is.
    job=$(sbatch --parsable --hold --array=1-${#names[@]} --nodes=1 --exclusive --mem=0 --requeue \
        --open-mode=append --signal=B:TERM@60 --job-name=hakbench-fleet --output="$folder/logs/%A_%a" \
        --export=ALL "$node_script" "$@")
    job=${job%%;*} # of several clusters their name stands behind it
    for i in "${!names[@]}"; do
        scontrol update JobId="${job}_$((i + 1))" ReqNodeList="${names[i]}"
        printf '%s\t%s\t%s\n' "${names[i]}" "$type" "${job}_$((i + 1))" >>"$folder/nodes.tsv"
        mkdir -p "$folder/${names[i]}"
    done
    scontrol release "$job"
    echo "job $job: ${#names[@]} nodes of type $type: ${names[*]}"
done < <(awk '{print $2}' <<<"$nodes" | sort -u)
echo "gather with: $(dirname "$0")/gather.sh $folder"
