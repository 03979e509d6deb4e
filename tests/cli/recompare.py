"""The differences of `compare --no-adjust --format json` worked out anew from the two files:
recompare.py COMPARISON OLD NEW. Only the Python library; the U distribution by recursion."""
import functools
import json
import math
import statistics
import sys


@functools.lru_cache(maxsize=None)
def ways(n, m, u):
    if u < 0:
        return 0
    if n == 0 or m == 0:
        return int(u == 0)
    return ways(n - 1, m, u - m) + ways(n, m - 1, u)


def rank(n, m):
    below, k = 0, 0
    total = math.comb(n + m, n)
    while below + ways(n, m, k) <= 0.025 * total:
        below += ways(n, m, k)
        k += 1
    return k


def samples(path, metric):
    found = {}
    for job in json.load(open(path, encoding="utf-8"))["jobs"]:
        if job["kind"] == "timed" and job["status"] == "ok":
            found.setdefault(job["allocator"], []).append(job["metrics"][metric])
    return found


def lag1(x):
    order = sorted(x)
    ranks = [(2 * order.index(v) + order.count(v) + 1) / 2 for v in x]
    r = [v - (len(x) + 1) / 2 for v in ranks]
    rho = sum(a * b for a, b in zip(r, r[1:])) / sum(v * v for v in r)
    return min(max((len(x) * rho + 1) / (len(x) - 4), -1), 0.95)


def near(what, got, expected):
    if not math.isclose(got, expected, rel_tol=1e-9, abs_tol=1e-12):
        sys.exit(f"{what}: {got} is not {expected}")


def main():
    rows = [r for g in json.load(open(sys.argv[1], encoding="utf-8"))["groups"]
            for r in g["differences"]]
    speeds = [samples(path, "throughput_ops_per_s") for path in sys.argv[2:4]]
    rho = statistics.mean(statistics.mean(lag1(x) for x in side.values()) for side in speeds)
    wider = math.sqrt((1 + rho) / (1 - rho)) if rho > 0 else 1
    seen = 0
    for row in rows:
        if row["metric"] == "cv_percent":
            old, new = ([*side[row["allocator"]]] for side in speeds)
            ratio = (statistics.stdev(new) / statistics.mean(new)
                     / (statistics.stdev(old) / statistics.mean(old)))
            near("ratio of CVs", row["estimate"], ratio)
            continue
        old, new = (samples(path, row["metric"])[row["allocator"]] for path in sys.argv[2:4])
        factor = wider if row["metric"] == "throughput_ops_per_s" else 1
        logs = sorted(math.log(a) - math.log(b) for a in new for b in old)
        centre, k = statistics.median(logs), rank(len(new), len(old))
        near("ratio", row["estimate"], math.exp(centre))
        near("lo", row["ci95_lo"], math.exp(centre - factor * (centre - logs[k - 1])))
        near("hi", row["ci95_hi"], math.exp(centre + factor * (logs[-k] - centre)))
        near("a12", row["a12"], sum((a > b) + (a == b) / 2 for a in new for b in old)
             / len(new) / len(old))
        seen += 1
    if seen < 10:
        sys.exit(f"only {seen} rows")


main()
