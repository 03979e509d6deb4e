"""What a trace says, in the words of trace_counter.c: trace_counts.py FILE.json [COUNTS].
With COUNTS, its line of the same process is compared, and each difference is a line."""
import json
import sys

KINDS = {
    "malloc": ["malloc"], "calloc": ["calloc"], "realloc": ["realloc", "reallocarray"],
    "aligned": ["posix_memalign", "aligned_alloc", "memalign"], "free": ["free"],
}
trace = json.load(open(sys.argv[1], encoding="utf-8"))
calls = {call["function"]: call["count"] for call in trace["calls"]}
found = {kind: sum(calls.get(name, 0) for name in names) for kind, names in KINDS.items()}
found["free"] -= trace["frees_of_null"]
found |= {
    "null": trace["frees_of_null"], "failed": sum(call["failed"] for call in trace["calls"]),
    "remote": trace["cross_frees"], "live": trace["live_bytes"], "peak": trace["peak_live_bytes"],
    "blocks": trace["made"], "pid": trace["pid"],
}
for line in open(sys.argv[2], encoding="utf-8"):
    counted = json.loads(line)
    if counted["pid"] != found["pid"]:
        continue
    # Which of two threads was first is the lock's to say, and the recorder's by its own numbers.
    skipped = ["peak"] if trace["threads"] > 2 else []
    for key, value in counted.items():
        if found[key] != value and key not in skipped:
            print(f"{key}: {found[key]} in the trace, {value} counted")
    print("compared")
