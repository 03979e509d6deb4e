"""Sessions of known truth, made from a real one: derive.py FROM TO [KEY=VALUE]...

  scale:LABEL=F   throughput of this allocator times F ("all": of every one), slices dropped
  claim:LABEL=F   its throughput times F, in no less time than before: a lie
  seed=N          other noise of 0.4 % (and the session's seed); 0 keeps what was measured
  date=TEXT       when it started
  cpu=TEXT        another CPU, and so another class of host
  kernel=TEXT     another kernel
  sha:LABEL=TEXT  other bytes of this allocator's library
  syscalls:LABEL=N  memory system calls of the measured phase
  runs=N          only the first N blocks
  workload=TEXT   another workload"""
import hashlib
import json
import random
import sys


def scale(session, factors, noise, rng):
    for job in session["jobs"]:
        if job["kind"] != "timed":
            continue
        factor = factors.get(job["allocator"], 1) * factors.get("all", 1)
        factor *= 1 + rng.gauss(0, noise)
        metrics = job["metrics"]
        metrics["throughput_ops_per_s"] *= factor
        metrics["ns_per_op"] /= factor
        metrics["elapsed_ns"] /= factor
        job["wall_s"] /= factor
        job["slices"].update(ns=None)


def main():
    session = json.load(open(sys.argv[1], encoding="utf-8"))
    given = dict(word.split("=", 1) for word in sys.argv[3:])
    seed = int(given.get("seed", 1))
    factors = {k[6:]: float(v) for k, v in given.items() if k.startswith("scale:")}
    scale(session, factors, 0.004 if seed else 0, random.Random(seed))
    for job in session["jobs"]:
        if job["kind"] == "timed":
            job["metrics"]["throughput_ops_per_s"] *= float(given.get("claim:" + job["allocator"], 1))
    session["seed"] = seed
    session["started_at"] = given.get("date", f"2026-11-24T10:00:{seed % 60:02d}Z")
    session["workload"] = given.get("workload", session["workload"])
    if "cpu" in given:
        session["host"]["cpu_model"] = given["cpu"]
        session["host"]["class_key"] = hashlib.sha256(given["cpu"].encode()).hexdigest()
    session["host"]["kernel"] = given.get("kernel", session["host"]["kernel"])
    for key, value in given.items():
        if key.startswith("sha:"):
            for entry in session["allocators"]:
                if entry["label"] == key[4:]:
                    entry["library_sha256"] = hashlib.sha256(value.encode()).hexdigest()
        if key.startswith("syscalls:"):
            for job in session["jobs"]:
                if job["kind"] == "counted" and job["allocator"] == key[9:]:
                    job["metrics"]["memory_syscalls_measured"] = int(value)
                    job["metrics"]["memory_syscalls_per_op"] = int(value) / 20e6
    if "runs" in given:
        session["blocks"] = int(given["runs"])
        session["jobs"] = [job for job in session["jobs"] if job["block"] < session["blocks"]]
    json.dump(session, open(sys.argv[2], "w", encoding="utf-8"))


main()
