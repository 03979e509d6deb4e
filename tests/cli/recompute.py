"""Computes a session's figures anew from its samples, by Python's own means, and compares them with
those of the JSON; printed.py compares the JSON with what is printed.
usage: recompute.py RESULT.json; prints "N figures" or what differs."""
import bisect
import itertools
import json
import math
import statistics
import sys

session = json.load(open(sys.argv[1], encoding="utf-8"))
reference = next(a["label"] for a in session["allocators"] if a["role"] == "reference")
figures, wrong = 0, []


def same(what, mine, theirs):
    """Equal but for the order of additions."""
    global figures
    figures += 1
    if not math.isclose(mine, theirs, rel_tol=1e-12, abs_tol=1e-12):
        wrong.append(f"{what}: {theirs!r}, recomputed {mine!r}")


def hodges_lehmann(d):
    return statistics.median((d[i] + d[j]) / 2 for i in range(len(d)) for j in range(i, len(d)))


def timed(label):
    return [j for j in session["jobs"]
            if j["allocator"] == label and j["kind"] == "timed" and j["status"] == "ok"]


def numbers(durations):
    """Of a text since version 2, of an array before."""
    return durations if isinstance(durations, list) else [int(word) for word in durations.split()]


def threads_of(job):
    """When each thread began, and the durations of its slices."""
    slices = job["slices"]
    starts = numbers(slices.get("start_ns") or [0])
    return [(start, numbers(ns)) for start, ns in zip(starts, slices["ns"])]


def course(job):
    """When each slice of the run was over, ns: all threads' operations on one clock, those within a
    thread's slice evenly spread."""
    slices, times, dones = job["slices"], [], []
    operations, threads = job["metrics"]["operations"], len(slices["ns"])
    for start, ns in threads_of(job):
        times.append([start, *(start + t for t in itertools.accumulate(ns))])
        dones.append([*(i * slices["operations"] for i in range(len(ns))), operations / threads])

    def done_at(moment):
        total = 0
        for time, done in zip(times, dones):
            i = bisect.bisect_right(time, moment)
            if 0 < i < len(time):
                total += done[i - 1] + (done[i] - done[i - 1]) * (moment - time[i - 1]) / (
                    time[i] - time[i - 1])
            elif i:
                total += done[-1]
        return total

    moments = sorted({moment for time in times for moment in time})
    totals = [done_at(moment) for moment in moments]
    ends = []
    for i in range(1, slices["count"]):
        wanted = i * slices["operations"] * threads
        at = max(bisect.bisect_left(totals, wanted), 1)
        share = (wanted - totals[at - 1]) / (totals[at] - totals[at - 1])
        ends.append((wanted, moments[at - 1] + share * (moments[at] - moments[at - 1])))
    return ends, moments[-1]


def after_some_cut(job, sample):
    """A warm-up is left out: then the sample is that of the slices after one of them."""
    ends, last = course(job)
    return any(math.isclose((job["metrics"]["operations"] - done) / (last - at) * 1e9, sample,
                            rel_tol=1e-9) for done, at in ends)


def check_samples(label, summary):
    differing = 0
    jobs, samples = timed(label), summary.get("throughput_ops_per_s", {}).get("samples", [])
    same(f"{label}: number of samples", len(jobs), len(samples))
    for job, sample in zip(jobs, samples):
        metrics = job["metrics"]
        whole = metrics["operations"] / metrics["elapsed_ns"] * 1e9
        same(f"{label}: throughput of a run", whole, metrics["throughput_ops_per_s"])
        same(f"{label}: ns per op",
             job["slices"]["threads"] * metrics["elapsed_ns"] / metrics["operations"],
             metrics["ns_per_op"])
        same(f"{label}: slices make up the run",
             max(start + sum(ns) for start, ns in threads_of(job)), metrics["elapsed_ns"])
        if not math.isclose(whole, sample, rel_tol=1e-12):
            differing += 1
            if not after_some_cut(job, sample):
                wrong.append(f"{label}: sample {sample} is of no part of the run")
    if differing > summary["steady_state_runs"]["warm_up"]:
        wrong.append(f"{label}: {differing} samples differ from their runs, "
                     f"{summary['steady_state_runs']['warm_up']} warmed up")
    return samples


def check_summary(label, samples, theirs):
    mean, median, sd = (f(samples) for f in (statistics.mean, statistics.median, statistics.stdev))
    mad = statistics.median(abs(x - median) for x in samples)
    for key, value in (("mean", mean), ("median", median), ("sd", sd), ("cv", sd / mean),
                       ("min", min(samples)), ("max", max(samples)),
                       ("robust_cv", 1.4826 * mad / median)):
        same(f"{label}: {key}", value, theirs[key])


def check_ns(label, of, summaries):
    """One operation of one thread, and by how much it is above the floor's."""
    threads = session["parameters"].get("threads", {"value": 1})["value"]
    ns = {name: statistics.median(threads * 1e9 / x for x in samples)
          for name, samples in of.items() if samples}
    same(f"{label}: ns per op, median", ns[label], summaries[label]["ns_per_op"]["median"])
    for floor in (a["label"] for a in session["allocators"] if a["role"] == "floor"):
        if floor in ns:
            same(f"{label}: above the floor", ns[label] - ns[floor],
                 summaries[label]["above_floor_ns"])


def check_ratio(label, of, summaries):
    theirs = summaries[label].get("ratio_to_reference")
    if theirs is None or label == reference:
        return
    blocks = {j["block"]: x for j, x in zip(timed(reference), of[reference])}
    d = [math.log(x / blocks[j["block"]]) for j, x in zip(timed(label), of[label])
         if j["block"] in blocks]
    estimate = math.exp(hodges_lehmann(d))
    same(f"{label}: pairs", len(d), theirs["pairs"])
    same(f"{label}: ratio", estimate, theirs["estimate"])
    if not theirs["ci95_lo"] <= estimate <= theirs["ci95_hi"]:
        wrong.append(f"{label}: the estimate lies outside its interval")


def main():
    summaries, of = session["summaries"], {}
    for label, summary in summaries.items():
        of[label] = check_samples(label, summary)
        if of[label]:
            check_summary(label, of[label], summary["throughput_ops_per_s"])
    for label in filter(of.get, summaries):
        check_ns(label, of, summaries)
        check_ratio(label, of, summaries)
    for line in wrong:
        print(line)
    if not wrong:
        print(f"{figures} figures")
    return 1 if wrong or not figures else 0


sys.exit(main())
