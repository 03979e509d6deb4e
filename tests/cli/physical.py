"""Every metric of a session once, for what it must be physically: not null, at least, at most, equal
to what the session says elsewhere. A metric that is no longer measured, or is another one, is found;
so is one that no rule is there for.
  physical.py HAKBENCH RESULT.json      a rebase or a soak; HAKBENCH tells which metrics there are
Prints "N values", or what is wrong."""
import json
import math
import subprocess
import sys

PAGE, MIB = 4096, 1 << 20
wrong, held = [], 0


def near(a, b, part=1e-9):
    return math.isclose(a, b, rel_tol=part, abs_tol=1e-12)


def numbers(text):
    return [int(word) for word in text.split()]


def slices_end(job):
    """When the last thread ended, after the first began, by the slices of each."""
    s = job["slices"]
    return max(start + sum(numbers(own)) for start, own in zip(numbers(s["start_ns"]), s["ns"]))


def operations(session):
    return session["parameters"]["operations"]["value"]


def threads(session):
    return session["parameters"]["threads"]["value"]


def cpus(session):
    return sum(1 + int(part.split("-")[-1]) - int(part.split("-")[0])
               for part in session["host"]["cpus_used"].split(","))


# Of a timed run. m: its metrics, j: the job, s: the session.
TIMED = {
    "operations": lambda m, j, s: m["operations"] == operations(s),
    "elapsed_ns": lambda m, j, s: m["elapsed_ns"] == slices_end(j) <= j["wall_s"] * 1e9,
    "throughput_ops_per_s":
        lambda m, j, s: near(m["throughput_ops_per_s"], m["operations"] / m["elapsed_ns"] * 1e9),
    "ns_per_op":
        lambda m, j, s: near(m["ns_per_op"], m["elapsed_ns"] * threads(s) / m["operations"]),
    "timer_ns": lambda m, j, s: 1 <= m["timer_ns"] <= 1e5,
    "rss_base_bytes": lambda m, j, s: MIB / 4 < m["rss_base_bytes"] < m["rss_start_bytes"],
    "rss_start_bytes": lambda m, j, s: m["rss_start_bytes"] <= m["rss_peak_bytes"],
    "rss_peak_bytes":
        lambda m, j, s: max(m["rss_end_bytes"], m["rss_start_bytes"]) <= m["rss_peak_bytes"] < 64 * MIB,
    "rss_end_bytes": lambda m, j, s: m["rss_base_bytes"] < m["rss_end_bytes"] <= m["rss_peak_bytes"],
    "rss_drained_bytes":
        lambda m, j, s: m["rss_base_bytes"] < m["rss_drained_bytes"] <= m["rss_end_bytes"] + MIB,
    "anon_huge_end_bytes": lambda m, j, s: 0 <= m["anon_huge_end_bytes"] <= m["rss_end_bytes"],
    # The pages that came: anonymous ones one by one, or as huge ones.
    "faults_minor": lambda m, j, s: 50 < m["faults_minor"] >= m["faults_minor_measured"] + 50,
    "faults_minor_measured": lambda m, j, s:
        (m["faults_minor_measured"] + 64) * PAGE + m["anon_huge_end_bytes"]
        >= m["rss_end_bytes"] - m["rss_start_bytes"]
        and (j["allocator"] != "floor" or m["faults_minor_measured"] < m["faults_minor"] / 2),
    "faults_major": lambda m, j, s: 0 <= m["faults_major"] < 1000,
    "switches_voluntary": lambda m, j, s: 0 <= m["switches_voluntary"] < 1000,
    "switches_involuntary": lambda m, j, s: 0 <= m["switches_involuntary"] <= 1e4 * j["wall_s"],
    "steal_ns": lambda m, j, s: 0 <= m["steal_ns"] <= (m["elapsed_ns"] + 2e7) * cpus(s),
    "cpu_ns": lambda m, j, s: 0 < m["cpu_ns"] <= 1.05 * m["elapsed_ns"] * threads(s) + 2e5,
    "run_delay_ns": lambda m, j, s: 0 <= m["run_delay_ns"] <= 1e9 * j["wall_s"] * threads(s)
        and m["cpu_ns"] + m["run_delay_ns"] + m["steal_ns"] > m["elapsed_ns"] / 4,
}
# Where the machine has counters.
HARDWARE = {
    "cycles": lambda m, j, s: m["cycles"] > m["operations"],
    "instructions": lambda m, j, s: m["instructions"] > 5 * m["operations"],
    "branch_misses": lambda m, j, s: 0 < m["branch_misses"] < m["instructions"],
    "cache_misses": lambda m, j, s: 0 <= m["cache_misses"] < m["instructions"],
}
# Of a counting pass.
COUNTED = {
    "operations": lambda m, j, s: m["operations"] == operations(s),
    "memory_syscalls_startup":
        lambda m, j, s: m["memory_syscalls_startup"] == sum(j["syscalls"]["startup"].values()) > 5,
    "memory_syscalls_warmup":
        lambda m, j, s: m["memory_syscalls_warmup"] == sum(j["syscalls"]["warmup"].values()),
    "memory_syscalls_measured":
        lambda m, j, s: m["memory_syscalls_measured"] == sum(j["syscalls"]["measured"].values()),
    "memory_syscalls_per_op": lambda m, j, s:
        near(m["memory_syscalls_per_op"], m["memory_syscalls_measured"] / m["operations"]),
}
# Of a pass that counts instructions (--count): of each operation.
TALLIED = {
    "operations": lambda m, j, s: m["operations"] == operations(s),
    "instructions_per_op": lambda m, j, s: 1 < m["instructions_per_op"] < 1e5,
    "branches_per_op": lambda m, j, s: 0 < m["branches_per_op"] < m["instructions_per_op"],
    "l1_misses_per_op": lambda m, j, s: 0 <= m["l1_misses_per_op"] < 2 * m["instructions_per_op"],
    "ll_misses_per_op": lambda m, j, s: 0 <= m["ll_misses_per_op"] <= m["l1_misses_per_op"],
}

LADDER = [f"latency_{p}_ns" for p in ("p50", "p90", "p99", "p999", "p9999", "max")]


def rung(key):
    """At least what is below it; the largest is exact, what is below it to its bucket."""
    before = LADDER[max(0, LADDER.index(key) - 1)]
    return lambda m, e, s: 0 < m[before] <= m[key] * 1.001


# Of an epoch of a soak. e["before"]: the one before of the same process, or None.
EPOCH = {
    "operations": lambda m, e, s: m["operations"] == s["soak"]["epoch_operations"] > 0,
    "elapsed_ns": lambda m, e, s: 0 < m["elapsed_ns"] <= 1e9 * s["workers_s"],
    "throughput_ops_per_s":
        lambda m, e, s: near(m["throughput_ops_per_s"], m["operations"] / m["elapsed_ns"] * 1e9, 1e-6),
    "latency_samples":
        lambda m, e, s: abs(m["latency_samples"] * 1024.5 / m["operations"] - 1)
        < 0.05 + 1 / math.sqrt(m["latency_samples"]),
    **{key: rung(key) for key in LADDER},
    "rss_bytes": lambda m, e, s: MIB / 2 < m["rss_bytes"] < 64 * MIB,
    "pss_bytes": lambda m, e, s: m["heap_bytes"] <= m["pss_bytes"] <= m["rss_bytes"],
    "heap_bytes": lambda m, e, s: 0 < m["heap_bytes"] < m["rss_bytes"],
    "heap_growth_bytes": lambda m, e, s:
        not e["before"] or m["heap_growth_bytes"] == m["heap_bytes"] - e["before"]["metrics"]["heap_bytes"],
    "anon_huge_bytes": lambda m, e, s: 0 <= m["anon_huge_bytes"] <= m["heap_bytes"],
    "live_bytes": lambda m, e, s: 0 < m["live_bytes"] <= m["heap_bytes"] or e["allocator"] == "floor",
    # Once it runs, the floor asks for nothing: whoever counts from the start says else.
    "faults_minor": lambda m, e, s: 0 <= m["faults_minor"] and
        (e["allocator"] != "floor" or not e["before"] or m["faults_minor"] < 100),
    "faults_major": lambda m, e, s: 0 <= m["faults_major"] < 1000,
    "memory_syscalls": lambda m, e, s: m["memory_syscalls"] == sum(e["calls"].values()) and
        (e["allocator"] != "floor" or not e["before"] or m["memory_syscalls"] == 0),
    "memory_syscall_bytes":
        lambda m, e, s: m["memory_syscall_bytes"] == sum(e["call_bytes"].values()),
    "switches_voluntary": lambda m, e, s: 0 <= m["switches_voluntary"] < 1000,
    "switches_involuntary": lambda m, e, s: 0 <= m["switches_involuntary"] < 1e4,
    "steal_ns": lambda m, e, s: 0 <= m["steal_ns"] <= (m["elapsed_ns"] + 2e7) * cpus(s),
}
LOOKS = [f"rss_drained_{after}_bytes" for after in ("100ms", "1s", "5s")]


def look(key):
    """A later one is there only with those before it. Light use goes on meanwhile."""
    before = LOOKS[max(0, LOOKS.index(key) - 1)]
    return lambda m, e, s: MIB / 2 < m[key] <= m["rss_bytes"] + MIB and m[before] is not None


# Of the looks after a drain.
DRAIN = {key: look(key) for key in LOOKS}


def planted(epochs, session):
    """tests/soak/plugins/mapping.c: at every 1,024th free, which every other operation is, one mmap
    and one munmap of 64 KiB, and four page faults."""
    expected = session["soak"]["epoch_operations"] / 2048
    if len(epochs) < 3:
        wrong.append(f"mapping: {len(epochs)} epochs are none to judge by")
    for e in epochs:
        m, calls, name = e["metrics"], e["calls"], f"mapping, round {e['round']}"
        if not 0.9 * expected - 2 <= calls["mmap"] <= 1.1 * expected + 2 or abs(calls["mmap"] - calls["munmap"]) > 1:
            wrong.append(f"{name}: {calls}, not about {expected} mmaps")
        if e["own_calls"] != calls:
            wrong.append(f"{name}: calls {calls}, own calls {e['own_calls']}")
        if m["memory_syscall_bytes"] != 65536 * m["memory_syscalls"]:
            wrong.append(f"{name}: {m['memory_syscall_bytes']} bytes in {m['memory_syscalls']} calls")
        if not 4 * calls["mmap"] <= m["faults_minor"] <= 4 * calls["mmap"] + 200:
            wrong.append(f"{name}: {m['faults_minor']} faults, and {calls['mmap']} times 4 pages")


def hold_soak(session):
    """An epoch has what happened in it, not since the start."""
    last, steady = {}, {}
    for epoch in session["epochs"]:
        process = (epoch["allocator"], epoch["process"])
        epoch["before"], last[process] = last.get(process), epoch
        if epoch["phase"] != "drain":
            steady.setdefault(epoch["allocator"], []).append(epoch)
            hold(EPOCH, epoch, session, ([] if epoch["calls"] else ["memory_syscalls", "memory_syscall_bytes"])
                 + ([] if epoch["before"] else ["heap_growth_bytes"]))
            continue
        hold(DRAIN, epoch, session, LOOKS[1:])
        if epoch["own_calls"] is not None:
            wrong.append(f"{epoch['allocator']}: own calls of a drain, though nobody asked")
    if min((e["metrics"]["switches_voluntary"] for e in steady.get("floor", [])), default=0) != 0:
        wrong.append("floor sleeps in every epoch: the sleep between two turns is no switch of it")
    if "mapping" in steady:
        planted(steady["mapping"], session)


def hold(rules, what, session, optional=()):
    global held
    where = f"{what['allocator']} {what.get('kind', what.get('phase'))} {what['index']}"
    metrics = what["metrics"]
    for key, rule in rules.items():
        held += 1
        if metrics[key] is None and key in optional:
            if "null_reasons" in what and not what["null_reasons"].get(optional[key]):
                wrong.append(f"{where}: {key} is null without a reason")
            continue
        try:
            fine = rule(metrics, what, session)
        except (AttributeError, TypeError): # it, or what it is held against, is null
            fine = False
        if not fine:
            wrong.append(f"{where}: {key} cannot be {metrics[key]}: {metrics}")
    for key in metrics.keys() - rules.keys():
        if metrics[key] is not None and key not in EPOCH:
            wrong.append(f"{where}: {key} is {metrics[key]}, which nobody can know there")


def main(hakbench, path):
    with open(path, encoding="utf-8") as file:
        session = json.load(file)
    names = subprocess.run([hakbench, "list", "--names", "metrics"], check=True, capture_output=True,
                           text=True).stdout.split()
    ruled = TIMED | HARDWARE | COUNTED | TALLIED | EPOCH | DRAIN
    wrong.extend(f"{key}: no rule" for key in sorted(set(names) - ruled.keys()))
    wrong.extend(f"{key}: no metric" for key in sorted(ruled.keys() - set(names)))
    refused = {key: "syscalls" for key in COUNTED if key != "operations"}
    for job in session["jobs"] if session["kind"] == "rebase" else []:
        if job["status"] != "ok":
            wrong.append(f"{job['allocator']}: {job['status']}: {job['reason']}")
        elif job["kind"] == "timed":
            hold(TIMED | HARDWARE, job, session, {key: "hardware" for key in HARDWARE})
        elif job["kind"] == "instructions":
            hold(TALLIED, job, session)
        else:
            hold(COUNTED, job, session, refused)
    if session["kind"] == "soak":
        hold_soak(session)
    print("\n".join(wrong[:20]) if wrong else f"{held} values")
    return 1 if wrong or not held else 0


sys.exit(main(*sys.argv[1:]))
