"""Puts known times into a session: planted_times.py FILE. Every run does 100 M/s, give or take 0.4 %
from block to block; of an allocator whose library has the word SLOW in it, half of that. What a test
says of it then depends on no machine."""
import json
import sys


def is_slow(entry):
    path = entry.get("library_path") or entry.get("plugin_path")
    return bool(path) and b"SLOW" in open(path, "rb").read()


def main():
    session = json.load(open(sys.argv[1], encoding="utf-8"))
    slow = {entry["label"] for entry in session["allocators"] if is_slow(entry)}
    for i, job in enumerate(session["jobs"]):
        if job["kind"] != "timed":
            continue
        speed = 100e6 * (1 + 0.001 * ((7 * i) % 5)) * (0.5 if job["allocator"] in slow else 1)
        elapsed_ns = job["metrics"]["operations"] * 1e9 / speed
        job["metrics"].update(throughput_ops_per_s=speed, ns_per_op=1e9 / speed,
                              elapsed_ns=elapsed_ns)
        job["wall_s"] = max(job["wall_s"], elapsed_ns / 1e9)
        job["slices"].update(ns=None)
    json.dump(session, open(sys.argv[1], "w", encoding="utf-8"))


main()
