"""Computes a session's figures anew from its samples, by Python's own means, and compares them with
those of the JSON; printed.py compares the JSON with what is printed.
usage: recompute.py RESULT.json; prints "N figures" or what differs."""
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


def after_some_cut(job, sample):
    """A warm-up is left out: then the sample is that of the slices after one of them."""
    [slices] = job["slices"]["ns"]
    total, rest = job["metrics"]["operations"], sum(slices)
    for i, ns in enumerate(slices):
        done = i * job["slices"]["operations"]
        if math.isclose((total - done) / rest * 1e9, sample, rel_tol=1e-9):
            return True
        rest -= ns
    return False


def check_samples(label, summary):
    differing = 0
    jobs, samples = timed(label), summary.get("throughput_ops_per_s", {}).get("samples", [])
    same(f"{label}: number of samples", len(jobs), len(samples))
    for job, sample in zip(jobs, samples):
        metrics = job["metrics"]
        whole = metrics["operations"] / metrics["elapsed_ns"] * 1e9
        same(f"{label}: throughput of a run", whole, metrics["throughput_ops_per_s"])
        same(f"{label}: ns per op", metrics["elapsed_ns"] / metrics["operations"],
             metrics["ns_per_op"])
        [slices] = job["slices"]["ns"]
        same(f"{label}: slices make up the run", sum(slices), metrics["elapsed_ns"])
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
        check_ratio(label, of, summaries)
    for line in wrong:
        print(line)
    if not wrong:
        print(f"{figures} figures")
    return 1 if wrong or not figures else 0


sys.exit(main())
