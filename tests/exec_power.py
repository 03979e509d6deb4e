#!/usr/bin/env python3
"""What `hakbench exec` finds in three real programs: an allocator that costs 5 % more CPU time, one
that keeps 30 % more memory, and one that is the reference once more, which must never be called
better or worse. The reference wraps the C library's malloc as the planted ones do, so that 5 % are
5 %. Outside the suite: it wants a quiet machine, and takes 30 minutes to two hours.
  exec_power.py [REPEATS [RUNS [MOST]]]   20 sessions of each, of 20 runs and while a verdict is open of at
                                          most 80. MOST = RUNS: no more. BUILD: where libraries go"""
import json
import os
import pathlib
import subprocess
import sys

repeats, runs, most = (int(word) for word in (sys.argv[1:] + ["20", "20", "80"][len(sys.argv) - 1:])[:3])
here = pathlib.Path(__file__).resolve().parent
build = pathlib.Path(os.environ.get("BUILD", here.parent / "build")).resolve() / "tests" / "exec_power"
hakbench = os.environ.get("HAKBENCH", str(here.parent / "hakbench"))

# A fifth of a second each: 20 runs of one take some 25 s. A session each, so that one that is decided ends.
PROGRAMS = [
    {"name": "python3", "command": ["python3", "-S", "-c",
     "s = {str(i) for i in range(60000)}; t = [str(i) * 120 for i in range(30000)]; "
     "print(sum(len(str(i) * 3) for i in range(1300000)), len(s), len(t))"]},
    {"name": "perl", "command": ["perl", "-e",
     "for $i (1 .. 500000) { push @{$t{$i % 5000}}, 'x' x ($i % 60) } print scalar(keys %t)"]},
    {"name": "sqlite3", "command": ["sqlite3", ":memory:",
     "CREATE TABLE t (i INTEGER PRIMARY KEY, s TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
     "FROM n WHERE i < 160000) INSERT INTO t SELECT i, 'item ' || (i * 7919 % 100003) FROM n; "
     "CREATE INDEX s ON t (s); SELECT count(*), max(s) FROM t WHERE s LIKE '%9%';"]},
]
PLANTS = {"plain": 12, "again": 12, "costs": 10, "keeps": 11}
# allocator, figure, verdict of a ratio that is to be found
WANTED = [("costs", "cpu", "slower"), ("keeps", "memory", "slower")]


def prepare():
    build.mkdir(parents=True, exist_ok=True)
    libraries = {name: build / f"{name}.so" for name in PLANTS}
    for name, plant in PLANTS.items():
        subprocess.run([os.environ.get("CC", "cc"), "-O1", "-fPIC", "-shared", "-fno-builtin", f"-DPLANT={plant}",
                        "-D_GNU_SOURCE", "-o", libraries[name], here / "cli" / "planted.c"], check=True)
    for program in PROGRAMS:
        (build / f"power-{program['name']}.json").write_text(json.dumps({
            "schema": "hakbench.profile/1", "kind": "exec", "programs": [program], "runs": runs, "max_runs": most,
            "weigh": {"cpu": 1, "memory": 0.5}, "environment": {"PATH": "/usr/bin:/bin"}}))
    return [f"--allocator={name}={path}" for name, path in libraries.items()]


def session(number, name, allocators):
    result = build / f"{number}-{name}.json"
    status = subprocess.run([hakbench, "exec", "--quiet", "--suite", build / f"power-{name}.json", "--seed",
                             str(number), "--allocators", ",".join(PLANTS), "--reference", "plain", *allocators,
                             "--results", build, "--json", result, "--force"],
                            stdout=subprocess.DEVNULL, check=False).returncode
    if status:
        sys.exit(f"session {number} of {name}: exit status {status}")
    with open(result, encoding="utf-8") as file:
        whole = json.load(file)
    return whole["blocks"], whole["exec_summary"]["programs"][0]


def verdict(program, allocator, figure):
    return program["allocators"][allocator]["figures"][figure]["ratio_to_reference"]["verdict"]


def main():
    allocators = prepare()
    found, wrong, blocks = {}, [], {}
    for number in range(1, repeats + 1):
        for name in (program["name"] for program in PROGRAMS):
            made, program = session(number, name, allocators)
            blocks.setdefault(name, []).append(made)
            for allocator, figure, word in WANTED:
                key = program["program"], allocator, figure
                found[key] = found.get(key, 0) + (verdict(program, allocator, figure) == word)
            wrong += [f"session {number}, {program['program']}: {figure} is {verdict(program, 'again', figure)}"
                      for figure in ("time", "cpu", "memory")
                      if verdict(program, "again", figure) in ("faster", "slower")]
        print(f"{number} of {repeats} sessions", file=sys.stderr, flush=True)
    for (program, allocator, figure), count in found.items():
        print(f"{program}: the one that {allocator} more is found by {figure} {count} of {repeats} times")
    for name, made in blocks.items():
        print(f"{name}: runs of each session: {' '.join(str(count) for count in made)}")
    print(f"the reference against itself: {len(wrong)} differences in {9 * repeats} verdicts", *wrong, sep="\n  ")
    if wrong or any(10 * count < 9 * repeats for count in found.values()):
        sys.exit("not as it should")


main()
