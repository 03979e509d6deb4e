"""Sessions of known truth, made from a real one: derive.py FROM TO [KEY=VALUE]...

  scale:LABEL=F   throughput of this allocator times F ("all": of every one), slices dropped
  set:LABEL=NS    its runs take NS, and a microsecond more from block to block ("all": the others)
  claim:LABEL=F   its throughput times F, in no less time than before: a lie
  seed=N          other noise of 0.4 % (and the session's seed); 0 keeps what was measured
  noise=F         noise of F percent
  fail:LABEL=TEXT each of its jobs ended so: "crashed"
  null=METRIC     nobody has measured it
  date=TEXT       when it started
  cpu=TEXT        another CPU, and so another class of host
  host=TEXT       another machine, with an id of its own
  kernel=TEXT     another kernel
  sha:LABEL=TEXT  other bytes of this allocator's library
  syscalls:LABEL=N  memory system calls of the measured phase
  runs=N          only the first N blocks
  only:LABEL=N    only the first N of this allocator
  profile=JSON    keys of the profile as used, over what is there
  name=TEXT       the profile's name
  workload=TEXT   another workload

TO that ends in .jsonl becomes the journal of a session that was cut off at its last job, for
`rebase --resume` to judge, print and pin: no run is made."""
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


def set_times(session, times, noise, rng):
    for job in session["jobs"]:
        ns = times.get(job["allocator"], times.get("all"))
        if ns is None or job["kind"] != "timed":
            continue
        ns = round(ns * rng.gauss(1, noise)) + 1000 * job["block"]
        operations = job["metrics"]["operations"]
        job["metrics"].update(elapsed_ns=ns, throughput_ops_per_s=operations * 1e9 / ns,
                              ns_per_op=ns / operations)
        job["wall_s"] = 2 * ns / 1e9
        job["slices"].update(ns=None)


def spoil(session, given):
    for job in session["jobs"]:
        if given.get("null") in job["metrics"]:
            job["metrics"][given["null"]] = None
        if "fail:" + job["allocator"] in given:
            job.update(status=given["fail:" + job["allocator"]], reason="ended by signal 11")


def write_journal(session, file):
    jobs = session.pop("jobs")
    for key in ("aa_noise", "comparisons", "summaries", "budgets", "drift", "sweep_summary"):
        session.pop(key, None)
    session.update(partial=True, ended_at=None)
    for record, body in [("session", session)] + [("job", job) for job in jobs]:
        print(json.dumps({"record": record, **body}, separators=(",", ":")), file=file)


def main():
    session = json.load(open(sys.argv[1], encoding="utf-8"))
    given = dict(word.split("=", 1) for word in sys.argv[3:])
    seed = int(given.get("seed", 1))
    factors = {k[6:]: float(v) for k, v in given.items() if k.startswith("scale:")}
    noise = float(given.get("noise", 0.4 if seed else 0)) / 100
    scale(session, factors, noise, random.Random(seed))
    set_times(session, {k[4:]: float(v) for k, v in given.items() if k.startswith("set:")},
              float(given.get("noise", 0)) / 100, random.Random(seed))
    spoil(session, given)
    session["profile"].update(json.loads(given.get("profile", "{}")))
    session["profile_name"] = given.get("name", session["profile_name"])
    for job in session["jobs"]:
        if job["kind"] == "timed":
            job["metrics"]["throughput_ops_per_s"] *= float(given.get("claim:" + job["allocator"], 1))
    session["seed"] = seed
    session["started_at"] = given.get("date", f"2026-11-24T10:00:{seed % 60:02d}Z")
    session["workload"] = given.get("workload", session["workload"])
    if "cpu" in given:
        session["host"]["cpu_model"] = given["cpu"]
        session["host"]["class_key"] = hashlib.sha256(given["cpu"].encode()).hexdigest()
    if "host" in given:
        session["host"]["hostname"] = given["host"]
        session["host"]["machine_id_hash"] = hashlib.sha256(given["host"].encode()).hexdigest()[:16]
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
    session["jobs"] = [job for job in session["jobs"]
                       if job["block"] < int(given.get("only:" + job["allocator"], session["blocks"]))]
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        if sys.argv[2].endswith(".jsonl"):
            write_journal(session, file)
        else:
            json.dump(session, file)


main()
