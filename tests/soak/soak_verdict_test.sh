#!/usr/bin/env bash
# Faults that are known, in compressed time: a leak is found; a sawtooth and the C library as it is
# are not called a drift of memory. What is said of speed is shown, and judged where SPEED=1 asks for
# it (make soak-verdicts): in a quarter of a minute on a busy machine speed tells little either way, and a
# test may not hang on that; unit tests have the same verdicts on series that are made.
# A short soak may be wrong by chance, oftener on a busy machine (docs/statistics.md): each verdict is
# right once in three soaks, or in 9 of 10 where SEEDS asks for ten and more.
#   SEEDS=n    how many soaks (default: 1 to 3, the later ones three times as long)     KEEP=dir  where their results are kept
#   MINUTES=n  of each (default 0.25); the slow-down is so steep that it comes to 20 % in that time
#   PERCENT=n  a minute of it     PERIOD_S=n  of the sawtooth     EPOCH=time  of the soaks
# Prints "N passed, N failed[, N skipped]".
# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"
plants=$build/tests/soak/plugins
epoch=${EPOCH:-30ms}
be_long() { # MINUTES: so long the soaks are from now on
    local percent period
    minutes=$1
    percent=${PERCENT:-$(python3 -c "print(20 / $minutes)")}
    period=${PERIOD_S:-$(python3 -c "print($minutes * 60 / 9.7)")}
    cat >"$tmp/plants.json" <<JSON
{"schema": "hakbench.profile/1", "workload": "random_mixed", "allocators": ["system"],
 "parameters": {"operations": "200k"},
 "environment": {"HB_PLANT_PERCENT": "$percent", "HB_PLANT_PERIOD_S": "$period"}}
JSON
}
be_long "${MINUTES:-0.25}"
# verdict FILE ALLOCATOR BUDGET: pass, fail or unknown, with what was said
verdict() {
    python3 - "$@" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
for b in d["soak_summary"]["budgets"]:
    if b["allocator"] == sys.argv[2] and b["key"] == sys.argv[3]:
        print(b["outcome"], b["value"], b["ci95_lo"], b["ci95_hi"], b["why"])
PY
}
declare -A right=() wrong=() seen=()
judged() { # name file allocator budget wanted-words
    local said
    said=$(verdict "$2" "$3" "$4")
    if [[ $4 == throughput* && ${SPEED:-0} -eq 0 ]]; then
        said="(not judged) $said"
    elif [[ $said =~ ^($5) ]]; then
        right[$3 $4]=$((${right[$3 $4]:-0} + 1))
    else
        wrong[$3 $4]=$((${wrong[$3 $4]:-0} + 1))
        said="WRONG $said"
    fi
    printf '    %-10s %-26s %s\n' "$3" "$4" "$said"
}
one_soak() { # seed
    local json
    rm -rf "$tmp/r"
    echo "seed $1"
    hb soak --profile "$tmp/plants.json" --minutes "$minutes" --epoch "$epoch" --seed "$1" --quiet \
        --allocator leaky="$plants/leaky.so" --allocator slowing="$plants/slowing.so" \
        --allocator sawtooth="$plants/sawtooth.so" --results "$tmp/r"
    is "seed $1: a budget failed" "$status" 1
    json=$(one "$tmp/r" json)
    [[ -z ${KEEP:-} ]] || cp "$tmp"/r/20* "$KEEP/"
    judged "$1" "$json" leaky rss_drift_percent fail
    judged "$1" "$json" slowing throughput_drift_percent fail
    judged "$1" "$json" sawtooth rss_drift_percent "pass|unknown"
    judged "$1" "$json" sawtooth throughput_drift_percent "pass|unknown"
    judged "$1" "$json" system rss_drift_percent "pass|unknown"
    judged "$1" "$json" system throughput_drift_percent "pass|unknown"
}
is_one_wrong() { # a verdict that no soak had right yet
    local what
    for what in "${!wrong[@]}"; do
        [[ -n ${right[$what]:-} ]] || return 0
    done
    return 1
}
soaks=0
while [[ $soaks -lt ${SEEDS:-1} ]] || { [[ $soaks -lt 3 ]] && is_one_wrong; }; do
    [[ $soaks -lt ${SEEDS:-1} ]] || be_long "$(python3 -c "print(3 * $minutes)")"
    soaks=$((soaks + 1))
    one_soak $soaks
done
for what in "${!right[@]}" "${!wrong[@]}"; do
    [[ -n ${seen[$what]:-} ]] && continue
    seen[$what]=1
    echo "$what: right in ${right[$what]:-0} of $soaks"
    if [[ $soaks -ge 10 ]]; then
        check "$what" test "$((${wrong[$what]:-0} * 10))" -le "$soaks"
    else
        check "$what" test "${right[$what]:-0}" -gt 0
    fi
done

finish
