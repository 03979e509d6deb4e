"""Holds what a report prints, on a terminal or as Markdown, against the JSON of the same figures:
every cell of every table, and every line that has figures.
  printed.py rebase|soak|calls|exec|compare REPORT.txt SESSION.json
--older: a rebase whose JSON was judged by an earlier version: intervals and verdicts are not held.
--all: a comparison that shows every row. Prints "N cells", or what differs."""
import itertools
import json
import re
import statistics
import sys

sys.dont_write_bytecode = True
from figures import count, duration, ns, percent, rate, read, size, tiny  # noqa: E402

CALLS = ("mmap", "munmap", "mremap", "madvise", "mprotect", "brk")
wrong, cells = [], 0


def same(what, printed, expected):
    global cells
    cells += 1
    if printed != expected:
        wrong.append(f"{what}: printed {printed!r}, the JSON says {expected!r}")


class Report:
    """Sections are taken off as they are held: a table that nobody expected is left over."""

    def __init__(self, path):
        self.sections = read(path)

    def section(self, title):
        found = [s for s in self.sections if s[0] == title]
        same(f"sections \"{title}\"", len(found), 1)
        return found[0] if found else (title, [], [])

    def table(self, title, headings, rows):
        """The next table of the section; columns without a word are left out."""
        tables = self.section(title)[2]
        full = [i for i in range(len(headings)) if any(row[i] for row in rows)]
        wanted = [[row[i] for i in full] for row in [headings] + rows]
        if not rows:
            return same(f"{title}: tables", len(tables), 0)
        if not tables:
            return same(title, "no table", wanted[0])
        printed = tables.pop(0)
        same(f"{title}: rows", [row[0] for row in printed], [row[0] for row in wanted])
        with_units(printed, wanted)
        for mine, theirs in zip(printed, wanted):
            same(f"{title}: columns", len(mine), len(theirs))
            for column, (a, b) in zip(wanted[0], zip(mine, theirs)):
                same(f"{title}: {theirs[0]}: {column}", a, b)

    def lines(self, title, pattern, wanted):
        """Of the section's lines, or of all (None), those that match are these, in this order."""
        text = [line for name, lines, _ in self.sections if title in (None, name) for line in lines]
        found = [line for line in text if re.search(pattern, line)]
        same(f"{title}: lines", len(found), len(wanted))
        for a, b in itertools.zip_longest(found, wanted):
            same(f"{title}: line", a, b)

    def finish(self):
        for title, _, tables in self.sections:
            same(f"{title}: tables that no rule is there for", tables, [])


def with_units(printed, wanted):
    """A unit that all of a column have stands in its heading: back to the cells with it."""
    for c, (heading, plain) in enumerate(zip(printed[0], wanted[0])):
        unit = heading.removeprefix(plain)
        if unit == heading or not unit or not plain:
            continue
        printed[0][c] = plain
        for mine, theirs in zip(printed[1:], wanted[1:]):
            if mine[c] + unit == theirs[c] or mine[c] == "0" == theirs[c].split(" ")[0]:
                mine[c] = theirs[c]


def signed(value, digits=2):
    return f"{value:+.{digits}f}"


def interval(lo, hi):
    return f"[{lo:.3f}, {hi:.3f}]"


# ---- a rebase ----

MEMORY = (("start", "rss_start_bytes", size), ("peak", "rss_peak_bytes", size),
          ("end", "rss_end_bytes", size), ("drained", "rss_drained_bytes", size),
          ("faults", "faults_minor", count), ("of them measured", "faults_minor_measured", count),
          ("start-up calls", "memory_syscalls_startup", count),
          ("warm-up calls", "memory_syscalls_warmup", count),
          ("calls", "memory_syscalls_measured", count),
          ("calls/op", "memory_syscalls_per_op", tiny))


def speed_row(a, s, reference):
    x, ratio, role = s["throughput_ops_per_s"], s["ratio_to_reference"], a["role"]
    above = s["above_floor_ns"]
    row = [a["label"], rate(x["mean"]), rate(x["median"]), rate(x["min"]), rate(x["max"]),
           percent(None if x["cv"] is None else 100 * x["cv"]), f"{s['ns_per_op']['median']:.2f}",
           "-" if role == "floor" or above is None else signed(above)]
    if not reference:
        return row + ["-", ""]
    if role == "reference":
        return row + ["1", "reference"]
    estimate, lo, hi = (ratio[key] for key in ("estimate", "ci95_lo", "ci95_hi"))
    row.append("-" if estimate is None else
               f"{estimate:.3f} " + ("[-]" if lo is None else interval(lo, hi)))
    if role == "floor":
        return row + ["the loop itself"]
    runs = f" ({ratio['runs_needed']} runs?)" if ratio["runs_needed"] else ""
    return row + [ratio["verdict"] + runs]


def memory_row(session, label, s):
    row = [label] + ["null" if s.get(key) is None else text(s[key]["median"])
                     for _, key, text in MEMORY]
    counted = [j for j in session["jobs"]
               if j["allocator"] == label and j["kind"] == "counted" and j["status"] == "ok"]
    own, seen = (counted[0][key] if counted else None for key in ("own_counters", "syscalls"))
    agree = own and all(own[phase] == seen[phase] for phase in ("warmup", "measured"))
    return row + ["" if not own or not seen else "agrees" if agree else "differs"]


def ranking(report, ranked, summaries):
    best = before = None
    lines = []
    for place, label in enumerate(ranked, 1):
        median = summaries[label]["throughput_ops_per_s"]["median"]
        text = f"{place}. {label:<16} {rate(median):>10}"
        if before:
            text += f"  {percent(100 * (median / before - 1)):>7}  {percent(100 * median / best)} of the best"
        best, before = best or median, median
        lines.append(text)
    report.lines("Ranking (by median; gap to the one before, share of the best)", r"^\d+\. ", lines)


def milestones(report, session, subjects, summaries):
    marks = (session["profile"] or {}).get("milestones_percent", [])
    lines = []
    for label in subjects if marks else []:
        ratio = 100 * summaries[label]["ratio_to_reference"]["estimate"]
        lines.append(f"{label:<16} {percent(ratio):>8}  " + "".join(
            f" {'[x]' if ratio >= mark else '[ ]'} {mark:.4g}" for mark in marks))
    report.lines("Milestones (percent of the reference)", r"\[[x ]\] ", lines)


def limit(budget, text):
    return ", ".join(f"{sign} {text(budget[key])}" for sign, key in ((">=", "min"), ("<=", "max"))
                     if budget[key] is not None)


OUTCOMES = {"pass": "pass", "fail": "FAIL", "unknown": "not known"}


def drift(report, section):
    title = "Environment drift (against the last baseline)"
    if not section:
        return
    machine = 100 * (section["machine_ratio"] - 1)
    report.lines(title, "", [f"baseline of {section['baseline_started_at']}; the machine as a whole: "
                             f"{machine:+.2f} %, {section['machine']}"])
    report.table(title, ["allocator", "then", "now", "change", "without the machine's", "word"],
                 [[label, rate(d["median_then"]), rate(d["median_now"]),
                   f"{d['ratio']:.3f} {interval(d['ci95_lo'], d['ci95_hi'])}",
                   f"{d['ratio_without_machine']:.3f}", d["word"]]
                  for label, d in section["allocators"].items()])


def stability(label, s):
    steady, cv = s["steady_state_runs"], s["throughput_ops_per_s"]["cv"]
    if cv is not None and cv > 0.05:
        words = "unstable: do not trust it" if cv > 0.10 else "high: look at the runs"
        yield f"{label}: CV {percent(100 * cv)}, {words}"
    if s["outliers"]:
        yield (f"{label}: {s['outliers']} of {s['runs_ok']} runs lie far out (modified z > 3.5); "
               "kept")
    if steady["flat"] != s["runs_ok"]:
        yield (f"{label}: over its slices {steady['flat']} of {s['runs_ok']} runs were flat, "
               f"{steady['warm_up']} warmed up, {steady['slowdown']} slowed down, "
               f"{steady['no_steady_state']} had no steady state")


def rebase(report, session):
    summaries, of = session["summaries"], {a["label"]: a for a in session["allocators"]}
    role = {label: a["role"] for label, a in of.items()}
    reference = next((a for a in of if role[a] == "reference"), None)
    ranked = sorted((a for a in of if summaries[a]["runs_ok"]), reverse=True,
                    key=lambda a: summaries[a]["throughput_ops_per_s"]["median"])
    failed = [a for a in of if not summaries[a]["runs_ok"]]
    noise = session["aa_noise"]
    margin = percent(100 * noise["margin"])
    report.lines(None, "^A/A" if "--older" not in sys.argv else "^$", [] if "--older" in sys.argv else [
        f"A/A noise floor not measured: no verdict below a margin of {margin}"
        if noise["fraction"] is None else
        f"A/A noise floor {percent(100 * noise['fraction'])}, so a difference counts from {margin} on"])
    speed = f"Speed (operations a second; ratio to {reference or 'no reference'} with 95 % interval)"
    rows = [speed_row(of[a], summaries[a], reference) for a in ranked]
    for row in rows if "--older" in sys.argv else []:
        row[8:] = next(([*r[8:]] for r in report.section(speed)[2][0] if r[0] == row[0]), row[8:])
    for label in failed:
        first = next((j for j in session["jobs"] if j["allocator"] == label and j["status"] != "ok"),
                     {"status": "not run"})
        rows.append([label] + ["-"] * 8 + [first["status"]])
    report.table(speed, ["allocator", "mean", "median", "min", "max", "CV", "ns/op", "above floor, ns",
                         "ratio", "verdict"], rows)
    report.table("Memory (resident set, page faults, memory system calls)",
                 ["allocator"] + [heading for heading, _, _ in MEMORY] + ["own count"],
                 [memory_row(session, a, summaries[a]) for a in ranked if role[a] != "twin"])
    if any(s[0].startswith("Ranking") for s in report.sections): # a scorecard has none
        ranking(report, [a for a in ranked if role[a] in ("subject", "reference")], summaries)
    milestones(report, session, [a for a in ranked if role[a] == "subject" and reference], summaries)
    if session["budgets"]:
        report.table("Budgets", ["allocator", "budget", "limit", "value", "outcome"],
                     [[b["allocator"], b["key"], limit(b, tiny), tiny(b["value"]),
                       OUTCOMES[b["outcome"]]] for b in session["budgets"]])
    drift(report, session.get("drift"))
    report.lines("How far to believe it", r": CV |lie far out|over its slices",
                 [line for a in ranked for line in stability(a, summaries[a])])


# ---- a soak ----


def soak_percent(value):
    size_of = abs(value)
    return f"{value:+.{2 if size_of < 99.95 else 0}f}" if size_of < 1e5 else f"{value:+.1e}"


def is_too_short(d):
    lo, hi = d["ci95_lo"], d["ci95_hi"]
    return lo is not None and hi is not None and lo <= 0 <= hi and hi - lo > 100


def change(d):
    if d["percent"] is None:
        return ""
    if is_too_short(d):
        return "too short to say"
    return "{} [{}, {}] %".format(*map(soak_percent, (d["percent"], d["ci95_lo"], d["ci95_hi"])))


def known(text, value):
    return "" if value is None else text(value)


def soak_speed(report, allocators, control):
    rows = []
    for label, a in allocators.items():
        s = a["throughput_ops_per_s"]
        own, against = s["drift"], s["drift_against_control"]
        word = (against if against["n"] >= 8 else own)
        last = own["first_to_last_percent"]
        rows.append([label, str(s["n"]), known(rate, s["mean"]), known(rate, s["median"]),
                     known(percent, s["cv_percent"]), known(percent, s["cv_against_control_percent"]),
                     change(own), change(against), "" if last is None else soak_percent(last) + " %",
                     f"the machine: {own['word']}" if label == control else
                     "" if word["percent"] is None else word["word"]])
    report.table("Speed (operations a second, after warm-up)",
                 ["allocator", "epochs", "mean", "median", "CV", "CV to control", "drift",
                  "against control", "first to last", "word"], rows)


def soak_latency(report, allocators):
    rows = []
    for label, a in allocators.items():
        l = a["latency_ns"]
        rows.append([label, known(count, l["samples"])]
                    + [known(ns, l[key]) for key in ("p50", "p90", "p99", "p999", "p9999", "max")]
                    + [change(l["p999_drift"]),
                       "" if l["p999_drift"]["percent"] is None else l["p999_drift"]["word"]])
    if any(a["latency_ns"]["p50"] is not None for a in allocators.values()):
        report.table("Latency of one operation (one in about 1,024 timed)",
                     ["allocator", "samples", "p50", "p90", "p99", "p99.9", "p99.99", "max",
                      "p99.9 drift", "word"], rows)


def soak_memory(report, allocators):
    rows = []
    for label, a in allocators.items():
        m = a["memory"]
        rows.append([label] + [known(size, m[key]) for key in (
            "rss_first_bytes", "rss_last_bytes", "rss_peak_bytes", "live_bytes")]
            + [known(tiny, m["heap_to_live"]), change(m["rss_drift"]),
               "" if m["rss_drift"]["percent"] is None else m["rss_drift"]["word"]]
            + [known(size, m[f"rss_drained_{when}_bytes"]) for when in ("100ms", "1s", "5s")])
    report.table("Resident memory", ["allocator", "first", "last", "peak", "live", "heap/live",
                                     "drift", "word", "drained 0.1 s", "drained 1 s", "drained 5 s"], rows)


def added(phases, key):
    return {call: sum(p[key][call] for p in phases) for call in CALLS}


def soak_calls(report, allocators):
    rows = []
    for label, a in allocators.items():
        m = a["memory_syscalls"]
        of_pass = any(p["epochs"] == 0 for p in m["phases"])
        judged = [p for p in m["phases"] if (p["phase"] == "measured" if of_pass else
                                             p["phase"] not in ("warm-up", "drain"))]
        row = [label, "not counted" if m["per_op"] is None else tiny(m["per_op"])]
        if not judged:
            rows.append(row + [""] * 8)
            continue
        calls = added(judged, "calls")
        row += [count(calls[call]) for call in CALLS]
        row.append(size(sum(added(judged, "bytes").values())) if all("bytes" in p for p in judged)
                   else "")
        own = all("own_calls" in p for p in judged) and added(judged, "own_calls")
        rows.append(row + ["" if not own else "agree" if own == calls else "DIFFER"])
    report.table("Memory system calls after warm-up",
                 ["allocator", "calls/op", *CALLS, "bytes", "own counters"], rows)


def by_unit(key):
    return percent if "percent" in key else size if "bytes" in key else tiny


def budget_value(b):
    text = by_unit(b["key"])
    if b["ci95_lo"] is None or b["ci95_hi"] is None:
        return text(b["value"])
    if is_too_short(b):
        return "too short to say"
    return f"{text(b['value'])} [{text(b['ci95_lo'])}, {text(b['ci95_hi'])}]"


def is_plain_pass(b):
    beyond = b["value"] is not None and (b["max"] is not None and b["value"] > b["max"]
                                         or b["min"] is not None and b["value"] < b["min"])
    return b["outcome"] == "pass" and not beyond


def soak_budgets(report, budgets, allocators):
    if not budgets:
        return
    few = len(budgets) <= 12
    held = [b for b in budgets if allocators[b["allocator"]]["epochs_judged"]]
    report.table("Budgets", ["allocator", "budget", "limit", "value", "outcome"],
                 [[b["allocator"], b["key"], limit(b, by_unit(b["key"])), budget_value(b),
                   OUTCOMES[b["outcome"]]] for b in held if few or b["outcome"] != "pass"])
    lines = []
    for label in allocators if not few else []:
        own = [b["outcome"] == "pass" for b in held if b["allocator"] == label]
        if own:
            lines.append(f"{label}: {sum(own)} of {len(own)} within the limit")
    lines += [f"{b['allocator']}, {b['key']}: {b['why']}" for b in held if not is_plain_pass(b)]
    report.lines("Budgets", "", lines)


def soak_notes(label, a):
    changes = a["change_points"]
    for c in changes[:4]:
        yield f"{label}: throughput changed by {c['percent']:+.1f} % at {duration(c['at_s'])}"
    if len(changes) > 4:
        yield f"{label}: and {len(changes) - 4} more changes"
    if a["memory_syscalls"]["of_counting_pass"]:
        yield f"{label}: memory system calls are from the counting pass"
    if a["epochs"] and a["epochs_judged"] < 8:
        yield f"{label}: too few epochs after warm-up for a trend: {a['epochs_judged']} of 8"


def soak(report, session):
    summary = session["soak_summary"]
    allocators = summary["allocators"]
    report.lines(None, "^drifts", [
        f"drifts are over {duration(summary['drift_scale_s'])}, with 95 % intervals; flat: wholly "
        f"within {percent(summary['flat_within_percent'])}"])
    course = report.section("Course (lowest to highest, at least 5 % of the level)")[2]
    same("the course of each", [row[0] for row in course.pop(0)], ["allocator", *allocators])
    soak_speed(report, allocators, summary.get("control"))
    soak_latency(report, allocators)
    soak_memory(report, allocators)
    soak_calls(report, allocators)
    soak_budgets(report, summary["budgets"], allocators)
    report.lines("How far to believe it", ": throughput changed|more changes|counting pass|too few epochs",
                 [line for label, a in allocators.items() for line in soak_notes(label, a)])


def calls(report, session):
    for label, a in session["soak_summary"]["allocators"].items():
        rows, phases = [], a["memory_syscalls"]["phases"]
        of_pass = phases and phases[0]["epochs"] == 0
        for p in phases:
            own, n = p.get("own_calls"), p["operations"]
            for call in (*(c for c in CALLS if p["calls"][c] or own and own[c]), "all"):
                k, b, o = (sum(x.values()) if x and call == "all" else x and x[call]
                           for x in (p["calls"], p.get("bytes"), own))
                rows.append([p["phase"], known(count, n), call, count(k),
                             tiny(1e6 * k / n) if n else "", known(size, b), known(count, o),
                             "" if o is None else "agree" if o == k else "DIFFER"])
        report.table(label + (" (from the counting pass)" if of_pass else ""),
                     ["phase", "operations", "call", "calls", "per million op", "bytes", "own count",
                      "own counters"], rows)


# ---- programs ----

# figure: section, what faster and slower are called
EXEC_FIGURES = {"time": ("Time", "faster", "slower"), "cpu": ("CPU time", "less", "more"),
                "memory": ("Memory", "smaller", "larger")}
EXEC_MEMORY_IS = {"memory_peak_cgroup_bytes": "peak of all processes, by the kernel",
                  "memory_peak_pss_bytes": "peak of all processes, sampled",
                  "memory_peak_rss_bytes": "peak of the largest process"}


def exec_verdict(figure, words):
    """The ratio, and the word with how many runs would decide it."""
    ratio = figure.get("ratio_to_reference")
    if not ratio:
        return ["1", "reference"]
    value, lo, hi = ratio["estimate"], ratio["ci95_lo"], ratio["ci95_hi"]
    word = dict(zip(("faster", "slower"), words)).get(ratio["verdict"], ratio["verdict"])
    runs = f" ({ratio['runs_needed']} runs?)" if ratio["runs_needed"] else ""
    if value is None:
        return ["-", ""]
    return [f"{value:.3f} " + ("[-]" if lo is None else interval(lo, hi)), word + runs]


def exec_finding(session, target, label):
    """What it did that the C library's malloc does not, by the runs themselves."""
    entry = next(a for a in session["allocators"] if a["label"] == label)
    own = [r for r in session["runs"] if r["program"] == target["program"] and r["allocator"] == label]
    timed = [r for r in own if r["kind"] == "timed"]
    failed = [r for r in timed if r["status"] != "ok"]
    row, parts = target["allocators"][label], []
    if failed:
        parts.append(f"{failed[0]['status']} {len(failed)} of {len(timed)}")
    if row["other_status"] is not None:
        parts.append(f"exit status {row['other_status']}")
    if row["other_outputs"]:
        parts.append("another output")
    counting = [r for r in session["runs"] if r["program"] == target["program"] and r["status"] == "ok"
                and r["kind"] == "counted" and r["allocator"] == label]
    seen = max(counting or own, key=lambda r: r["metrics"]["processes"] or 0)["metrics"]
    if entry["preload_path"] and seen["processes_in_effect"] < seen["processes"]:
        sure = counting and not seen["processes_effect_unknown"]
        parts.append(f"not {'' if sure else 'seen '}in effect in "
                     f"{seen['processes'] - seen['processes_in_effect']} of {seen['processes']} processes")
    if any(r["left"] for r in own):
        parts.append("left processes behind")
    return "; ".join(parts)


def exec_program(report, session, target, loading, reference):
    prefix = "" if len(session["programs"]) == 1 else target["program"] + ": "
    rows, twin = target["allocators"], reference + " (A/A)"
    runs = [r for r in session["runs"] if r["program"] == target["program"]]
    described = next(p for p in session["profile"]["programs"] if p["name"] == target["program"])

    def ordered(figure, better=1):
        def place(label):
            value = rows[label]["figures"][figure]["value"]["median"]
            return (value is None, better * (value or 0))
        return sorted(rows, key=place)

    def median(label, key, kind="timed"):
        values = [r["metrics"][key] for r in runs if r["allocator"] == label and r["kind"] == kind
                  and r["status"] == "ok" and r["metrics"][key] is not None]
        return statistics.median(values) if values else None

    def table(figure, more, headings, cells, with_failed=False):
        section = EXEC_FIGURES[figure][0]
        report.table(f"{prefix}{section} ({more})", headings,
                     [cells(label, rows[label]["figures"]) for label in ordered(figure)
                      if with_failed or rows[label]["runs_ok"]])

    def verdict(figures, figure):
        return exec_verdict(figures[figure], EXEC_FIGURES[figure][1:])

    def cv(figure):
        return percent(None if figure["value"]["cv"] is None else 100 * figure["value"]["cv"])

    table("time", f"ratio to {reference} with 95 % interval, below 1 is faster",
          ["allocator", "wall", "CV", "ratio", "verdict", "load", "finding"],
          lambda label, f: [label, ns(f["time"]["value"]["median"]), cv(f["time"]),
                            *verdict(f, "time"), ns(loading[label]), exec_finding(session, target, label)],
          with_failed=True)
    table("cpu", "user and system time of all processes; below 1 is less",
          ["allocator", "CPU", "user", "system", "ratio", "verdict"],
          lambda label, f: [label, *(ns(f[key]["value"]["median"]) for key in ("cpu", "user", "system")),
                            *verdict(f, "cpu")])
    server = [(f"{after}memory_{key}_bytes", f"{name}") for after, key, name in (
        ("", "loaded", "loaded"), ("", "after_100ms", "0.1 s after"), ("", "after_1s", "1 s after"),
        ("", "after_5s", "5 s after"), ("", "after_10s", "10 s after"))] if "server" in described else []
    report.table(f"{prefix}Memory ({EXEC_MEMORY_IS[target['memory_is']]}; below 1 is smaller)",
                 ["allocator", "peak", "ratio", "verdict", *(name for _, name in server), "faults", "calls"],
                 [[label, size(rows[label]["figures"]["memory"]["value"]["median"]),
                   *verdict(rows[label]["figures"], "memory"),
                   *(size(median(label, key)) for key, _ in server), count(median(label, "faults_minor")),
                   count(median(label, "memory_syscalls", "counted"))]
                  for label in ordered("memory") if rows[label]["runs_ok"] and label != twin])
    for name, metric in described.get("metrics", {}).items():
        more = metric.get("higher_is_better", False)
        report.table(f"{prefix}{name} (by the program's own word; {'more' if more else 'less'} is better)",
                     ["allocator", "median", "CV", "ratio", "verdict"],
                     [[label, tiny(f["value"]["median"]), cv(f), *exec_verdict(f, ("better", "worse"))]
                      for label, f in ((label, rows[label]["figures"][name])
                                       for label in ordered(name, -1 if more else 1))
                      if rows[label]["runs_ok"]])


def exec_suite(report, suite, loading):
    rows = suite["allocators"]

    def place(label):
        ratio = rows[label]["figures"]["time"].get("ratio_to_reference", {"estimate": 1})["estimate"]
        return (ratio is None, ratio or 0)
    report.table("All programs (geometric means of their ratios, with 95 % intervals)",
                 ["allocator", "time", "verdict", "memory", "verdict", "load", "finding"],
                 [[label, *(cell for figure in ("time", "memory") for cell in exec_verdict(
                     rows[label]["figures"][figure], EXEC_FIGURES[figure][1:])), ns(loading[label]),
                   "" if rows[label]["is_sound"] else "not as it should in some program"]
                  for label in sorted(rows, key=place) if rows[label]["runs_ok"]])


def exec_margins(target, name):
    time, memory = (target["comparisons"][key] for key in ("time", "memory"))
    if time["aa_noise"] is None:
        return f"{name}: the noise floor was not measured"
    return (f"{name}: A/A noise floor of time {percent(100 * time['aa_noise'])}, of memory "
            f"{percent(None if memory['aa_noise'] is None else 100 * memory['aa_noise'])}; a difference "
            f"counts from {percent(100 * time['margin'])} and {percent(100 * memory['margin'])} on")


def exec_(report, session):
    summary = session["exec_summary"]
    targets, loading = summary["programs"], summary["loading_ns"]
    missing = {p["name"] for p in session["programs"] if p["missing_reason"]}
    reference = next(a["label"] for a in session["allocators"] if a["role"] == "reference")
    told = [t for t in targets if t["program"] not in missing]
    for target in told:
        if target["program"]:
            exec_program(report, session, target, loading, reference)
        else:
            exec_suite(report, target, loading)
    report.lines("How far to believe it", "noise floor", [
        exec_margins(t, t["program"] or "all programs") for t in told])


# ---- a comparison ----

# key: heading, format
FIGURES = {
    "throughput_ops_per_s": ("throughput", rate), "ns_above_floor": ("above floor", ns),
    "cv_percent": ("CV", percent), "rss_peak_bytes": ("peak", size), "rss_end_bytes": ("end", size),
    "memory_syscalls_per_op": ("syscalls/op", tiny), "latency_p50_ns": ("p50", ns),
    "faults_minor_measured": ("faults, measured", count), "latency_p99_ns": ("p99", ns),
    "latency_p999_ns": ("p99.9", ns), "rss_bytes": ("resident", size),
    "throughput_drift_percent": ("speed drift", percent), "rss_drift_percent": ("memory drift", percent),
}


def with_sign(text, value):
    return "-" if value is None else ("-" if value < 0 else "+" if value > 0 else "") + text(abs(value))


def estimate(d, text):
    value, lo, hi = d["estimate"], d["ci95_lo"], d["ci95_hi"]
    if value is None:
        return "-"
    if d["kind"] == "ratio":
        return f"{value:.3f} " + ("[-]" if lo is None else interval(lo, hi))
    if d["metric"] == "memory_syscalls_per_op" or lo is None:
        return with_sign(text, value)
    return f"{with_sign(text, value)} [{with_sign(text, lo)}, {with_sign(text, hi)}]"


def effect(a12):
    if a12 is None:
        return ""
    away = abs(a12 - 0.5) + 1e-12
    return ("large" if away >= 0.21 else "medium" if away >= 0.14 else
            "small" if away >= 0.06 else "negligible")


def difference_row(d, several):
    heading, text = FIGURES[d["metric"]]
    value = (lambda x: "-" if x is None else f"{x:.3f} x") if d["relative"] else text
    runs = f" ({d['runs_needed']} runs?)" if d["verdict"] == "inconclusive" and d["runs_needed"] else ""
    role = "unchanged" if d["unchanged"] else ("the loop itself" if d["allocator"] == "floor" else
                                               "A/A" if d["allocator"].endswith("(A/A)") else "")
    return [d["allocator"], heading, d["side"] if several else "", value(d["base_value"]),
            value(d["value"]), estimate(d, text), d["word"] + runs, effect(d["a12"]), role]


def two_digits(value, unit):
    return "-" if value is None else f"{value:.2f} {unit}"


def group(report, g, shows_all):
    title = (g["workload"] or "runs") + (", soak" if g["base_path"].find("soak") >= 0 else "")
    title += f" ({g['parameters'][:380]})" if g["parameters"] else ""
    rows, several = g["differences"], len({s["side"] for s in g["sides"]}) > 1
    for s in g.get("throughputs", [])[:1]:
        report.table(title, ["allocator", "runs", "mean", "median", "CV", "of base's mean"],
                     [[s["allocator"], str(s["runs"]), two_digits(s["mean"] / 1e6, "M/s"),
                       two_digits(s["median"] / 1e6, "M/s"), two_digits(s["cv_percent"], "%"),
                       two_digits(s["mean_of_base_percent"], "%")]
                      for s in g["throughputs"] if s["runs"]])
    changes = [[c["what"], c["base"][:90], c["side"][:90], s["side"] if several else ""]
               for s in g["sides"] for c in s["environment"]]
    if changes:
        report.table(title, ["", "base", "now", "in"], changes)
    adjusted = {d["side"] for d in rows if d["machine"] != 1}
    report.lines(title, "^the machine itself", [
        f"the machine itself{' in ' + s['side'] if several else ''}: {100 * (s['ratio'] - 1):+.2f} % "
        f"[{100 * (s['ci95_lo'] - 1):+.2f}, {100 * (s['ci95_hi'] - 1):+.2f}] by {s['controls']} "
        f"unchanged allocators, which lie {100 * s['spread']:.2f} % apart"
        + ("; taken out of times below" if s["side"] in adjusted else "")
        for s in g["sides"] if s["ratio"] is not None])
    shown = [d for d in rows if shows_all or not d["unchanged"]
             or d["verdict"] in ("better", "worse", "machine")]
    base = rows[0]["base_allocator"] if g["within_one_session"] and rows else g["base"]
    now = rows[0]["side"] if rows and not several and not g["within_one_session"] else "now"
    report.table(title, ["allocator", "metric", "in", base, now, "change", "verdict", "effect", ""],
                 [difference_row(d, several) for d in shown])
    hidden = len(rows) - len(shown)
    report.lines(title, "more figures of unchanged", [
        f"{hidden} more figures of unchanged libraries show no change (--all shows them)"] if hidden else [])


def summary(report, differences):
    own = [d for d in differences if not d["unchanged"] and d["allocator"] != "floor"
           and not d["allocator"].endswith("(A/A)")]
    n = {verdict: sum(d["verdict"] == verdict for d in own)
         for verdict in ("better", "worse", "same", "inconclusive", "none", "withheld")}
    report.lines(None, r"^\d+ comparisons:", [
        f"{len(own)} comparisons: {n['better']} better, {n['worse']} worse, {n['same']} the same, "
        f"{n['inconclusive']} inconclusive, {n['none']} with too few runs"
        + (f", {n['withheld']} withheld" if n["withheld"] else "")])


def gate_value(g, differences):
    value, lo, hi = g["value"], g["ci95_lo"], g["ci95_hi"]
    text = next((text for key, (_, text) in FIGURES.items()
                 if re.split("[<>]", g["gate"].split(":")[-1])[0] in
                 (key, re.sub("^memory_|_ops_per_s$|_bytes$|_ns$|_percent$", "", key))), None)
    if g["from_zero"]: # an infinite change is null
        rises = any(d["allocator"] == g["allocator"] and d["side"] == g["side"]
                    and FIGURES[d["metric"]][1] is text and d["value"] > d["base_value"]
                    for d in differences)
        return "more, from 0" if rises else "less, from 0"
    if value is None:
        return "-"
    if g["of"] == "change_percent":
        return f"{value:+.2f} %" + ("" if lo is None else f" [{lo:+.2f}, {hi:+.2f}]")
    return f"{value:.6g}" if lo is None else f"{text(value)} [{text(lo)}, {text(hi)}]"


def gates(report, comparison):
    rows = comparison["gates"]
    differences = [d for g in comparison.get("groups", []) for d in g["differences"]]
    if rows:
        # A gate across sessions is told with its session; within one there is none to tell.
        report.table("Gates", ["gate", "allocator", "workload", "in", "value", "outcome", "why"],
                     [[g["gate"], g["allocator"], g["workload"],
                       "" if comparison["groups"][0]["within_one_session"] else g["side"],
                       gate_value(g, differences), g["outcome"], g["why"]] for g in rows])


def timelines(report, lines):
    for key in dict.fromkeys((line["workload"], line["parameters"]) for line in lines):
        own = [line for line in lines if (line["workload"], line["parameters"]) == key]
        dates = [point["started_at"] for point in own[0]["points"]]
        title = f"{own[0]['profile'] or key[0]} ({key[1][:300]}: {len(dates)} sessions, {dates[0]} to {dates[-1]})"
        rows, steps = [], []
        for line in own:
            heading, text = FIGURES[line["metric"]]
            levels = [point["level"] for point in line["points"]]
            def moved(a, b):
                return "-" if not a or not a > 0 or b is None else f"{100 * (b / a - 1):+.2f} %"
            rows.append([line["allocator"], heading, str(len(levels)), text(levels[0]),
                         text(levels[-1]), moved(levels[0], levels[-1]),
                         two_digits(None if line["noise"] is None else 100 * line["noise"], "%"),
                         None, str(len(line["steps"]))])
            for s in line["steps"]:
                at = line["points"][s["at"]]
                words = {rate: ("faster", "slower"), ns: ("faster", "slower"),
                         size: ("smaller", "larger"), tiny: ("fewer", "more"),
                         count: ("fewer", "more")}.get(text, ("better", "worse"))
                if line["metric"] == "cv_percent":
                    words = ("steadier", "noisier")
                steps.append([at["started_at"], line["allocator"], heading, text(s["before"]),
                              text(s["after"]), moved(s["before"], s["after"]),
                              words[0 if s["better"] else 1], at["path"][:80]])
        for printed, row in zip(report.section(title)[2][0][1:], rows):
            row[7] = printed[7] # little bars
        report.table(title, ["allocator", "metric", "sessions", "first", "last", "change", "noise",
                             "over time", "steps"], rows)
        report.table(title, ["from", "allocator", "metric", "before", "after", "change", "", "file"],
                     steps)


def compare(report, comparison):
    groups = comparison.get("groups", [])
    if groups:
        summary(report, [d for g in groups for d in g["differences"]])
    for g in groups:
        group(report, g, "--all" in sys.argv)
    means = comparison.get("geometric_means", [])
    if means:
        report.table("Geometric mean over workloads", ["allocator", "in", "throughput", "workloads"],
                     [[m["allocator"], m["side"], f"{m['ratio']:.3f}", str(m["workloads"])]
                      for m in means])
    timelines(report, comparison.get("timelines", []))
    gates(report, comparison)
    told = [line for line in comparison.get("notes", "").split("\n") if line]
    refused = comparison["refused_files"]
    if refused:
        told = [f"{refused} files could not be read and are left out:"] + comparison["refusals"].splitlines() + told
    report.lines("How far to believe it", r"^(?!\d+ comparisons:)", told)


def main():
    report = Report(sys.argv[2])
    with open(sys.argv[3], encoding="utf-8") as file:
        session = json.load(file)
    {"rebase": rebase, "soak": soak, "calls": calls, "exec": exec_, "compare": compare}[sys.argv[1]](report, session)
    report.finish()
    for line in wrong[:40]:
        print(line)
    if not wrong:
        print(f"{cells} cells")
    return 1 if wrong else 0


sys.exit(main())
