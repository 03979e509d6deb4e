"""Every metric of a real session, once, for what it must be physically: so that one that is no longer
measured, or measured over something else, is found.
usage: truths.py RESULT.json; prints "N metrics of M runs" or what is not true."""
import collections
import json
import math
import sys

MIB = 1 << 20
session = json.load(open(sys.argv[1], encoding="utf-8"))
wrong, looked_at = [], collections.Counter()


class Metrics:
    """One run's: those that were asked for are counted; None is not true of anything."""

    def __init__(self, name, values):
        self.name, self.values = name, values

    def __getitem__(self, key):
        looked_at[key] += 1
        return self.values[key]

    def true(self, what, *keys):
        """what: a function of these metrics."""
        found = [self[key] for key in keys]
        if None in found or not what(*found):
            wrong.append(f"{self.name}: {', '.join(f'{k} {v}' for k, v in zip(keys, found))}")

    def null(self, *keys):
        for key in keys:
            if self[key] is not None:
                wrong.append(f"{self.name}: {key} is {self[key]}, not null")


def near(a, b):
    return math.isclose(a, b, rel_tol=1e-9)


def is_count(value):
    return value >= 0 and value == int(value)


def timed(job):
    m = Metrics(f"{job['allocator']}, block {job['block']}", job["metrics"])
    threads = session["parameters"]["threads"]["value"]
    slices = job["slices"]
    m.true(lambda n: n == session["parameters"]["operations"]["value"] // threads * threads, "operations")
    m.true(lambda ns: ns == max(start + sum(own) for start, own in zip(slices["start_ns"], slices["ns"])), "elapsed_ns")
    m.true(lambda n, ns, speed: near(speed, n * 1e9 / ns), "operations", "elapsed_ns", "throughput_ops_per_s")
    m.true(lambda n, ns, one: near(one, ns * threads / n), "operations", "elapsed_ns", "ns_per_op")
    m.true(lambda ns: 1 <= ns <= 1e5, "timer_ns")
    m.true(lambda base, start: 4096 <= base <= start, "rss_base_bytes", "rss_start_bytes")
    m.true(lambda start, end, peak: peak >= max(start, end) >= 4096, "rss_start_bytes", "rss_end_bytes", "rss_peak_bytes")
    m.true(lambda end, drained: 4096 <= drained <= end + MIB, "rss_end_bytes", "rss_drained_bytes")
    m.true(lambda end, huge: 0 <= huge <= end and huge % (2 * MIB) == 0, "rss_end_bytes", "anon_huge_end_bytes")
    # The measured phase goes on where the warm-up had touched it all.
    m.true(lambda n, own: is_count(own) and is_count(n) and own < n / 2 and n > 50, "faults_minor", "faults_minor_measured")
    m.true(lambda n: is_count(n) and n < 1000, "faults_major")
    m.true(lambda n: is_count(n) and n < 1000, "switches_voluntary")
    m.true(is_count, "switches_involuntary")
    m.true(lambda ns: ns >= 0, "steal_ns")
    # The kernel's tick may book a little more than there was.
    m.true(lambda cpu, ns: 0 < cpu <= ns * threads * 1.01 + 1e6, "cpu_ns", "elapsed_ns")
    if "scheduling" not in (job["null_reasons"] or {}):
        m.true(lambda delay: delay >= 0, "run_delay_ns")
    m.null("memory_syscalls_startup", "memory_syscalls_warmup", "memory_syscalls_measured", "memory_syscalls_per_op")
    for key in ("cycles", "instructions", "branch_misses", "cache_misses"):
        if job["null_reasons"].get("hardware"):
            m.null(key)
        else:
            m.true(is_count, key)


def counted(job):
    m = Metrics(f"{job['allocator']}, counting", job["metrics"])
    m.true(lambda n: n > 0, "operations")
    for phase in ("startup", "warmup", "measured"):
        m.true(lambda n: n == sum(job["syscalls"][phase].values()), f"memory_syscalls_{phase}")
    m.true(lambda n: n > 0, "memory_syscalls_startup") # somebody has loaded a library
    m.true(lambda n, each, own: near(each * n, own), "operations", "memory_syscalls_per_op", "memory_syscalls_measured")
    m.null(*(key for key in job["metrics"] if key != "operations" and not key.startswith("memory_syscalls")))


def epoch(e, before):
    m = Metrics(f"{e['allocator']}, round {e['round']}, {e['phase']}", e["metrics"])
    looks = ["rss_drained_100ms_bytes", "rss_drained_1s_bytes", "rss_drained_5s_bytes"]
    m.true(lambda rss, pss: 4096 <= pss <= rss, "rss_bytes", "pss_bytes")
    m.true(lambda rss, heap: 4096 <= heap <= rss, "rss_bytes", "heap_bytes")
    m.true(lambda rss, huge: 0 <= huge <= rss, "rss_bytes", "anon_huge_bytes")
    if before:
        m.true(lambda heap, growth: growth == heap - before["metrics"]["heap_bytes"], "heap_bytes", "heap_growth_bytes")
    elif session["soak"]["fresh"]: # else calibration came before
        m.null("heap_growth_bytes")
    for key in ("faults_minor", "faults_major", "switches_voluntary", "switches_involuntary"):
        m.true(is_count, key)
    m.true(lambda ns: ns >= 0, "steal_ns")
    if e["calls"]:
        m.true(lambda n: n == sum(e["calls"].values()), "memory_syscalls")
        m.true(lambda n, size: size >= 0 and (n > 0 or size == 0), "memory_syscalls", "memory_syscall_bytes")
    else:
        m.null("memory_syscalls", "memory_syscall_bytes")
    if e["phase"] == "drain":
        # Light use goes on: a little more than one look before is no wonder.
        had = [m[look] for look in looks if m[look] is not None]
        if not had or any(m[look] is None for look in looks[:len(had)]):
            wrong.append(f"{m.name}: looks {had}")
        for value in had:
            m.true(lambda rss: 4096 <= value <= rss + MIB, "rss_bytes")
        if e["own_calls"] is not None:
            wrong.append(f"{m.name}: own_calls {e['own_calls']}, though nobody asked")
        return
    m.null(*looks)
    m.true(lambda n: n == session["soak"]["epoch_operations"], "operations")
    m.true(lambda n, ns, speed: near(speed, n * 1e9 / ns), "operations", "elapsed_ns", "throughput_ops_per_s")
    m.true(lambda live, heap: 0 < live, "live_bytes", "heap_bytes")
    m.true(lambda n, samples: 0 < samples < n / 100, "operations", "latency_samples")
    ladder = [f"latency_{p}_ns" for p in ("p50", "p90", "p99", "p999", "p9999", "max")]
    m.true(lambda *values: 0 < values[0] and all(a <= b * 1.001 for a, b in zip(values, values[1:])), *ladder)


def soak():
    """An epoch has what happened in it, not since the start."""
    for allocator in sorted({e["allocator"] for e in session["epochs"]}):
        own = [e for e in session["epochs"] if e["allocator"] == allocator and e["status"] == "ok"]
        for e, before in zip(own, [None] + own):
            epoch(e, before if before and before["process"] == e["process"] else None)
        steady = [e for e in own if e["phase"] != "drain"]
        if allocator == "floor" and min(e["metrics"]["switches_voluntary"] for e in steady) != 0:
            wrong.append("floor sleeps in every epoch: the sleep between two turns is no switch of it")
        if allocator == "mapping":
            planted(steady)


def planted(epochs):
    """tests/soak/plugins/mapping.c: at every 1,024th free, which every other operation is, one mmap
    and one munmap of 64 KiB, and four page faults."""
    expected = session["soak"]["epoch_operations"] / 2048
    if len(epochs) < 3:
        wrong.append(f"mapping: {len(epochs)} epochs are none to judge by")
    for e in epochs:
        m, calls = e["metrics"], e["calls"]
        name = f"mapping, round {e['round']}"
        if not 0.9 * expected - 2 <= calls["mmap"] <= 1.1 * expected + 2 or abs(calls["mmap"] - calls["munmap"]) > 1:
            wrong.append(f"{name}: {calls}, not about {expected} mmaps")
        if e["own_calls"] != calls:
            wrong.append(f"{name}: calls {calls}, own calls {e['own_calls']}")
        if m["memory_syscall_bytes"] != 65536 * m["memory_syscalls"]:
            wrong.append(f"{name}: {m['memory_syscall_bytes']} bytes in {m['memory_syscalls']} calls")
        if not 4 * calls["mmap"] <= m["faults_minor"] <= 4 * calls["mmap"] + 200:
            wrong.append(f"{name}: {m['faults_minor']} faults, and {calls['mmap']} times 4 pages")


if session["kind"] == "soak":
    soak()
    runs = [e for e in session["epochs"]]
else:
    runs = [job for job in session["jobs"] if job["status"] == "ok"]
    for run in runs:
        (timed if run["kind"] == "timed" else counted)(run)
known = {key for run in runs for key in run["metrics"]}
if known != set(looked_at):
    wrong.append(f"not looked at: {', '.join(sorted(known - set(looked_at)))}")
if wrong or not runs:
    sys.exit("\n".join(wrong) or "no runs")
print(f"{len(known)} metrics of {len(runs)} runs")
