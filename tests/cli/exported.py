"""Reads what `hakbench export` wrote by the rules of the format, written down here a second time, and
compares its samples with the session's own.
  exported.py FORMAT EXPORT SESSION.json     each sample of the session is there, and no other
  exported.py FORMAT EXPORT                  the format alone
Prints what it found; exits with 1 and a reason when something is wrong."""
import json
import math
import re
import statistics
import sys


def fail(reason):
    sys.exit(reason)


def close(a, b):
    if not math.isclose(a, b, rel_tol=1e-9):
        fail(f"{a} is not {b}")


def strict_json(path):
    def refuse(word):
        fail(f"{word} is no JSON")

    def once(pairs):
        if len({key for key, _ in pairs}) != len(pairs):
            fail("a key twice")
        return dict(pairs)

    with open(path, encoding="utf-8") as file:
        return json.load(file, parse_constant=refuse, object_pairs_hook=once)


# ---- each reader gives {allocator: [(seconds an operation or None, seconds a run or None)]} ----


def hyperfine(path):
    found = {}
    for result in strict_json(path)["results"]:
        times = result["times"]
        assert result["command"] and "\n" not in result["command"]
        assert all(code == 0 for code in result["exit_codes"])
        assert len(result["exit_codes"]) == len(times) > 0
        close(result["mean"], statistics.mean(times))
        close(result["median"], statistics.median(times))
        close(result["min"], min(times))
        close(result["max"], max(times))
        if len(times) > 1:
            close(result["stddev"], statistics.stdev(times))
        assert all(isinstance(value, str) for value in result["parameters"].values())
        runs = result["parameters"]["time_of"] != "1000000 operations"
        found[result["parameters"]["allocator"]] = [
            (None, time) if runs else (time / 1e6, None) for time in times
        ]
    return found


BENCH = re.compile(r"^(Benchmark[^a-z\s]\S*)\s+([0-9]+)((?:\s+\S+ [^\s]+)+)$")
CONFIG = re.compile(r"^([a-z][^\sA-Z:]*):( .*)?$")
UNIT = re.compile(r"^Unit (\S+)( \S+=\S+)+$")


def benchstat(path):
    found = {}
    with open(path, encoding="utf-8", newline="\n") as file:
        text = file.read()
    assert text.endswith("\n") and "\r" not in text
    for line in text.splitlines():
        match = BENCH.match(line)
        if not match:
            if line and not CONFIG.match(line) and not UNIT.match(line):
                fail(f"neither result nor configuration: {line!r}")
            continue
        name, iterations, rest = match.groups()
        assert int(iterations) > 0 and re.search(r"-[0-9]+$", name)
        words = rest.split()
        units = dict(zip(words[1::2], map(float, words[0::2])))
        assert len(units) * 2 == len(words) and all(map(math.isfinite, units.values()))
        parts = dict(part.split("=", 1) for part in name.split("/")[1:] if "=" in part)
        sample = (
            units["ns/op"] / 1e9 if "ns/op" in units else None,
            units["ns/run"] / 1e9 if "ns/run" in units else None,
        )
        found.setdefault(re.sub(r"-[0-9]+$", "", parts["allocator"]), []).append(sample)
    return found


def pyperf(path):
    suite = strict_json(path)
    assert suite["version"] == "1.0" and suite["benchmarks"]
    found = {}
    names = set()
    for benchmark in suite["benchmarks"]:
        metadata = benchmark["metadata"]
        assert metadata["name"] not in names and metadata["unit"] == "second"
        names.add(metadata["name"])
        values = []
        for run in benchmark["runs"]:
            for text in (metadata | run["metadata"]).values():
                assert not isinstance(text, str) or (text.strip() and "\n" not in text), text
            assert isinstance(run["metadata"]["loops"], int) and run["metadata"]["loops"] >= 1
            for loops, value in run.get("warmups", []):
                assert isinstance(loops, int) and loops >= 1 and value >= 0
            assert run["values"] and all(value > 0 for value in run["values"])
            values += run["values"]
        whole = metadata["value_of"] != "an operation"
        found[metadata["allocator"]] = [
            (None, value) if whole else (value, None) for value in values
        ]
    return found


def googlebench(path):
    root = strict_json(path)
    assert isinstance(root["context"], dict)
    found = {}
    times = {}
    for entry in root["benchmarks"]:
        assert entry["time_unit"] == "ns" and entry["iterations"] >= 1
        if entry["run_type"] == "iteration":
            assert entry["name"] == entry["run_name"]
            assert entry["repetition_index"] == len(times.setdefault(entry["name"], []))
            times[entry["name"]].append(entry["real_time"])
            allocator = re.search(r"/allocator:(.*?)(/working_set:|/threads:)", entry["name"])[1]
            found.setdefault(allocator, []).append((entry["real_time"] / 1e9, None))
            continue
        own = times[entry["run_name"]]
        assert entry["name"] == entry["run_name"] + "_" + entry["aggregate_name"]
        assert entry["repetitions"] == len(own)
        expected = {
            "mean": statistics.mean,
            "median": statistics.median,
            "stddev": statistics.stdev,
            "cv": lambda x: statistics.stdev(x) / statistics.mean(x),
        }[entry["aggregate_name"]](own)
        close(entry["real_time"], expected)
    return found


METRIC = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)')
LINE = re.compile(rf"^({METRIC})\{{(.*)\}} (\S+)$")


def labels_of(text):
    labels, at = {}, 0
    while at < len(text):
        match = LABEL.match(text, at)
        if not match or match[1] in labels:
            fail(f"labels: {text!r}")
        labels[match[1]] = re.sub(
            r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], match[2]
        )
        at = match.end()
    return labels


def prometheus(path):
    """The rules of the exposition format and of promtool's linter that can be broken here."""
    with open(path, encoding="utf-8", newline="\n") as file:
        text = file.read()
    assert text.endswith("\n")
    helped, typed, done, seen = set(), set(), set(), set()
    current, medians = None, {}
    for line in text[:-1].split("\n"):
        comment = re.match(rf"^# (HELP|TYPE) ({METRIC}) (.+)$", line)
        if comment:
            kind, name, rest = comment.groups()
            group = helped if kind == "HELP" else typed
            if name in group or name in done:
                fail(f"{kind} of {name} twice, or its lines are apart")
            group.add(name)
            assert kind == "HELP" or rest == "gauge"
            if name != current:
                done.add(current)
            current = name
            continue
        match = LINE.match(line)
        if not match:
            fail(f"no line of a metric: {line!r}")
        name, labels, value = match[1], labels_of(match[2]), float(match[3])
        if name != current or name not in helped or name not in typed:
            fail(f"{name} is not below its HELP and TYPE")
        assert math.isfinite(value)
        key = (name, tuple(sorted(labels.items())))
        if key in seen:
            fail(f"twice: {line}")
        seen.add(key)
        if re.search(r"_(total|count|sum|bucket)$", name) or re.search("[A-Z:]", name):
            fail(f"no name of a gauge: {name}")
        if re.search(r"_(ns|us|ms|s|sec|kib|kb|mb|nanoseconds|milliseconds)(_|$)", name):
            fail(f"no base unit: {name}")
        if labels.get("statistic") == "median":
            medians.setdefault(labels["allocator"], {})[name] = value
    return medians


# ---- the session's own samples ----


def operations(session):
    for job in session["jobs"]:
        if job["metrics"]["operations"]:
            return job["metrics"]["operations"]
    return None


def in_base_units(key):
    """A metric's name and scale there."""
    for end, word, scale in (
        ("throughput_ops_per_s", "throughput_operations_per_second", 1),
        ("ns_per_op", "operation_seconds", 1e-9),
        ("_ns", "_seconds", 1e-9),
        ("_per_op", "_per_operation", 1),
    ):
        if key.endswith(end):
            return f"hakbench_{key.removesuffix(end)}{word}", scale
    return f"hakbench_{key}", 1


def compare_medians(own, label, samples, session):
    """Throughput after warm-up is that of the samples; every other metric that of the runs."""
    expected = {"hakbench_throughput_operations_per_second": statistics.median(samples)}
    jobs = [j for j in session["jobs"] if j["allocator"] == label and j["status"] == "ok"]
    for key in jobs[0]["metrics"]:
        kind = "counted" if key.startswith("memory_syscalls") else "timed"
        values = [j["metrics"][key] for j in jobs if j["kind"] == kind and j["metrics"][key] is not None]
        family, scale = in_base_units(key)
        if values and key != "ns_per_op":  # after warm-up as well, and not told by the session
            expected.setdefault(family, statistics.median(values) * scale)
    for family, value in expected.items():
        close(own[family], value)
    if own.keys() != expected.keys() | {"hakbench_operation_seconds"}:
        fail(f"{label}: {sorted(own)}, not {sorted(expected)}")
    return len(expected)


def compare(found, session, name):
    threads = session["parameters"].get("threads", {"value": 1})["value"]
    expected = {
        label: summary["throughput_ops_per_s"]["samples"]
        for label, summary in session["summaries"].items()
        if summary["throughput_ops_per_s"]["samples"]
    }
    label_of = (lambda x: re.sub(r"[\s/]", "_", x)) if name == "benchstat" else (lambda x: x)
    if set(found) != {label_of(label) for label in expected}:
        fail(f"allocators {sorted(found)}, not {sorted(expected)}")
    count = 0
    for label, samples in expected.items():
        own = found[label_of(label)]
        if name == "prometheus":
            count += compare_medians(own, label, samples, session)
            continue
        # A block's place in the order is the run's, so that the values are to be sorted.
        per_op = sorted(threads / sample for sample in samples)
        per_run = sorted((operations(session) or math.nan) / sample for sample in samples)
        assert len(own) == len(samples), (label, len(own), len(samples))
        for i, sample in enumerate(sorted(own, key=lambda s: s[0] or s[1])):
            close(sample[0] or sample[1], per_op[i] if sample[0] else per_run[i])
            count += 1
    print(f"{count} samples agree")


name, path = sys.argv[1:3]
found = globals()[name](path)
if len(sys.argv) > 3:
    compare(found, strict_json(sys.argv[3]), name)
print(json.dumps(found)[:2000])
