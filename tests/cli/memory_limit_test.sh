#!/usr/bin/env bash
# --memory-limit: a worker that grows past it is ended, and that is a result; the others go on. The limit is
# part of what was measured.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
growing="growing=$build/tests/soak/plugins/growing.so;HB_PLANT_OPERATIONS=10000"
check "the growing plugin is built" test -e "$build/tests/soak/plugins/growing.so"
one=(--allocators system --no-pin --quiet --runs 1)

hb_is "one that does not fit" 3 rebase "${one[@]}" --allocator "$growing" --set operations=2M \
    --memory-limit 64MiB --results "$tmp/long"
has "is said at once" "$err" '^hakbench: growing: killed: grew to [0-9.]+ MiB, past the memory limit of 64.0 MiB: ended$'
has "its row says so" "$out" '^growing .* killed$'
has "and the notes" "$out" '^  growing: killed, 0 of 1 runs ok: grew to '
has "what was measured says the limit" "$out" '^  random_mixed: .* memory limit 64.0 MiB$'
session=$(one "$tmp/long" json)
json_true "the others went on" "$session" 'all(j["status"] == "ok" for j in jobs if j["allocator"] != "growing")'
json_true "it is a result" "$session" 'all(j["status"] == "killed" for j in timed if j["allocator"] == "growing")'
json_is "the limit is in the profile" "$session" 'd["profile"]["memory_limit_bytes"]' 67108864

# 40 MiB in some milliseconds: it has ended before anybody looks at it.
hb_is "one that has ended before the look" 3 rebase "${one[@]}" --allocator "$growing" --set operations=100k \
    --memory-limit 16MiB --results "$tmp/short"
json_true "does not fit either" "$(one "$tmp/short" json)" \
    'all(j["status"] == "killed" and "past the memory limit of 16.0 MiB" in j["reason"] for j in timed if j["allocator"] == "growing")'
hb_is "who fits is measured" 0 rebase "${one[@]}" --set operations=100k --memory-limit 1GiB --results "$tmp/fits"
hb_is "a count has it, too" 3 syscalls -q --allocators system --allocator "$growing" --set operations=20M --memory-limit 64MiB
has "and says who does not fit" "$err" '^hakbench: growing: killed: grew to '

hb_is "a plan says it" 0 rebase --dry-run --memory-limit 1GiB
has "beside the parameters" "$out" '^memory limit +1.00 GiB$'
for wrong in 0 x 1Q -1; do
    hb_is "$wrong is no size" 2 rebase --dry-run --memory-limit "$wrong"
    has "that is said" "$err" '^hakbench: --memory-limit .*: expected a size such as 4GiB$'
done

real=results/reference/2026-11-24T09-03-08Z-mixed.json
python3 - $real "$tmp" <<'PY'
import json, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
for name, seed, limit in [("none", 1, None), ("small", 2, 1 << 26), ("large", 3, 1 << 30)]:
    profile = dict(d["profile"], **({"memory_limit_bytes": limit} if limit else {}))
    json.dump(dict(d, seed=seed, profile=profile), open(f"{sys.argv[2]}/{name}.json", "w", encoding="utf-8"))
PY
hb_is "with another limit it is another measurement" 0 compare "$tmp/none.json" "$tmp/small.json" "$tmp/large.json" --format json
json_is "each is compared within itself" "$out" '[g["parameters"].split(", ")[-1] for g in d["groups"]]' \
    "['touch first', 'memory limit 64.0 MiB', 'memory limit 1.00 GiB']"
finish
