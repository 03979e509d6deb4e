#!/usr/bin/env python3
"""Sets small faults into the code, one at a time, and says which of them no test catches.

    mutants.py --room compare             40 faults in src/compare
    mutants.py --rev HEAD~3               in the lines that a change touched
    mutants.py --room judge --list        what would be tried, and nothing else

Works on copies of the tree under build/mutants, two at a time. A fault is tried on the tests that
reach its line (coverage.py): the first call looks which these are, and takes a quarter of an hour.
Every result is written at once to build/mutants/ROOM-SEED.jsonl, and a second call goes on where the
first was cut off. Faults that change nothing anybody could see stand in equivalent.tsv with the
reason, and are not tried again.
Exit status: 0 all killed, 1 some survived, 2 it could not run.
"""

import argparse
import collections
import concurrent.futures
import filecmp
import functools
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

from coverage import Coverage

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
EQUIVALENT = os.path.join(HERE, "equivalent.tsv")
LIBROOMS = "build/tests/librooms.so" # all of the harness, as unit tests and drivers link it

# The scripts that look at a room's work, after all unit tests. hakmem's rooms have their own.
SCRIPTS = {
    "base": ["cli/commands", "cli/bad_input", "cli/hostile", "cli/compare", "cli/import", "cli/files", "cli/view"],
    "stats": ["cli/compare", "cli/analyze", "cli/rebase", "cli/ab"],
    "host": ["cli/commands", "cli/rebase", "cli/wait_quiet", "fault/machine"],
    "result": ["fault/sync", "cli/compare", "cli/import", "cli/bad_input", "cli/rebase", "cli/sweep", "cli/naming",
               "fault/interruption", "cli/check", "cli/exec"],
    "trace": ["cli/trace", "cli/replay", "cli/trace_import"],
    "traceio": ["cli/trace_import"],
    "plan": ["cli/commands", "cli/bad_input", "cli/sweep", "cli/rebase", "cli/loops"],
    "export": ["cli/export", "cli/history"],
    "judge": ["cli/compare", "cli/analyze", "cli/rebase", "cli/ab", "cli/sweep", "soak/soak_verdict",
              "fault/interruption", "cli/check", "cli/exec"],
    "compare": ["cli/compare", "cli/suite", "cli/history"],
    "report": ["cli/printed", "cli/report", "cli/view", "cli/strip", "cli/export", "cli/compare", "cli/analyze",
               "cli/ab", "cli/sweep", "cli/suite", "cli/history", "soak/soak", "cli/check", "cli/trace", "cli/exec"],
    "program": ["cli/engine", "cli/count", "cli/exec"],
    "run": ["cli/rebase", "cli/syscalls", "cli/memory_limit", "cli/sweep", "cli/count", "fault/allocator_faults",
            "fault/interruption", "soak/soak", "fault/machine", "soak/soak_fault", "cli/check", "cli/exec"],
    "worker": ["cli/worker", "cli/workloads", "cli/loops", "fault/allocator_faults", "soak/phases", "soak/soak"],
    "preload": ["cli/count", "cli/trace"],
    "suite": ["cli/suite", "cli/history"],
    "commands": ["cli/commands", "cli/printed", "cli/files", "cli/analyze", "cli/export", "cli/import",
                 "cli/report", "cli/compare", "cli/bad_input", "cli/allocators", "cli/ab", "cli/syscalls",
                 "cli/naming", "cli/sweep", "cli/suite", "cli/history", "cli/trace_import", "cli/trace",
                 "cli/rebase", "soak/soak", "fault/machine", "fault/interruption", "soak/soak_fault",
                 "cli/check", "cli/exec"],
    "workloads": ["cli/loops", "cli/workloads", "cli/replay", "soak/phases", "cli/worker"],
}
SCRIPTS["session"] = SCRIPTS["commands"] # which is all that the commands share
# What runs in other processes than the harness: unit tests reach those parts alone that they name, and
# no coverage is known.
OUTSIDE = {"hakmem", "worker", "workloads", "preload"}

# Of tests/alloc those that are quick and see much, before all of it; the debug build checks itself.
QUICK_ALLOC = ("tuning_calls double_frees_are_found every_alignment calloc_is_zero realloc_ usable_"
               " linear_overflow success_keeps_errno frees_cross hardened_second hardened_underflow")
QUICK_ALLOC_DEBUG = "model_stress frees_cross blocks_outlive fork_while_large misuse"

# --- the faults ---------------------------------------------------------------------------------

SWAPS = [
    (r"(?<![<>=!\-+*/&|^%])<(?![<=])", "<", ["<=", ">"]),
    (r"(?<![<>\-])>(?![>=])", ">", [">=", "<"]),
    (r"(?<![<>])<=", "<=", ["<"]),
    (r"(?<![<>])>=", ">=", [">"]),
    (r"==", "==", ["!="]),
    (r"!=", "!=", ["=="]),
    (r"&&", "&&", ["||"]),
    (r"\|\|", "||", ["&&"]),
    (r"(?<=[\w)\]] )\+(?= [\w(])", "+", ["-"]),
    (r"(?<=[\w)\]] )-(?= [\w(])", "-", ["+"]),
    (r"(?<=[\w)\]] )\*(?= [\w(])", "*", ["/"]),
    (r"(?<=[\w)\]] )/(?= [\w(])", "/", ["*"]),
    (r"(?<=[\w)\]] )\+=(?= )", "+=", ["-=", "="]),
    (r"(?<=[\w)\]] )-=(?= )", "-=", ["+="]),
    (r"(?<=[(\s!&|])!(?=[\w(])", "!", [""]),
    (r"\btrue\b", "true", ["false"]),
    (r"\bfalse\b", "false", ["true"]),
    (r"\bcontinue;", "continue;", ["break;"]),
    (r"\bbreak;", "break;", [";"]),
]
NUMBER = re.compile(r"(?<![\w.\"'%])(?<!\de[-+])(\d+)(?![\w.\"'])") # nor an exponent
ROOM = re.compile(r"^\s*(?!return|else)(?:static )?(?:(?:struct|unsigned) )?\w+ [^=(]*\[[^\]]*$")
CALL = re.compile(r"^\s+(\(void\))?[a-z_]\w*(->\w+|\.\w+)*\(.*\);\s*$")
FREE = re.compile(r"^\s+(\w+_)?([Ff]ree|Delete|va_end)\(") # a leak is seen by sanitizers only
ASSIGNMENT = re.compile(r"^\s+[*\w][\w.>\[\]\-]* [-+|&]?= [^=].*;\s*$")
SKIPPED = re.compile(r"^\s*(#|//|/\*|\*|case |default:|static |static_assert|extern |__attribute|typedef |enum |struct |assert|[A-Z_]+\()")

Mutant = collections.namedtuple("Mutant", "file line old new rule")


def blanked(line):
    """The line with strings, characters and comments as spaces, so that no rule finds them."""
    def hide(match):
        return " " * len(match.group())
    line = re.sub(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])+\'', hide, line)
    return re.sub(r"/\*.*?(\*/|$)|//.*", hide, line)


def neighbours(value):
    """One more and one less; of a large number, which is seldom exact, the double and the half."""
    if value >= 1000:
        return {2 * value, value // 2}
    return {value + 1, value - 1 if value > 0 else 1}


def mutants_of_line(path, number, line):
    code = blanked(line)
    if SKIPPED.match(line) and not re.match(r"^\s*(static )?(const )?\w+ \w+ = ", line):
        return
    for pattern, old, news in SWAPS:
        for match in re.finditer(pattern, code):
            for new in news if not ROOM.match(code[:match.start()]) else []:
                yield Mutant(path, number, line, line[:match.start()] + new + line[match.end():],
                             f"{old} -> {new or 'nothing'}")
    for match in [] if re.match(r"^\s+return -\d+;$", code) else NUMBER.finditer(code):
        if ROOM.match(code[:match.start()]): # more or less of it is seen by sanitizers only
            continue
        value = int(match.group(1))
        for new in neighbours(value):
            yield Mutant(path, number, line, line[:match.start()] + str(new) + line[match.end():],
                         f"{value} -> {new}")
    if (CALL.match(code) and not FREE.match(code)) or ASSIGNMENT.match(code):
        indent = line[:len(line) - len(line.lstrip())]
        yield Mutant(path, number, line, indent + ";", "statement left out")
    match = re.match(r"^(\s+(?:\} else )?(?:if|while) \()(.*)(\)( \{)?)$", code)
    if match and code.count("(") == code.count(")"):
        start, end = match.span(2)
        yield Mutant(path, number, line, f"{line[:start]}!({line[start:end]}){line[end:]}",
                     "condition turned round")
    match = re.match(r"^(\s+return )([^;]+);$", code)
    if match and match.group(2).strip() not in ("0", "NULL", "false"):
        yield Mutant(path, number, line, line[:match.start(2)] + "0;", "return 0")


def mutants_of_file(path, only_lines=None):
    """Comments and macros, which may go on for lines, are left alone."""
    in_comment = in_macro = False
    with open(os.path.join(ROOT, path), encoding="utf-8") as source:
        for number, line in enumerate(source.read().split("\n"), 1):
            is_code = not in_comment and not in_macro and not line.endswith("\\")
            if is_code and (only_lines is None or number in only_lines):
                yield from mutants_of_line(path, number, line)
            in_macro = line.endswith("\\")
            text = "/*" + line if in_comment else re.sub(r'"(\\.|[^"\\])*"|//.*', "", line)
            in_comment = bool(re.search(r"/\*((?!\*/).)*$", text))


def changed_lines(rev):
    """{path: lines} of all files in C that differ from rev."""
    text = subprocess.run(["git", "diff", "-U0", rev, "--", "*.c", "*.h"], cwd=ROOT, check=True,
                          capture_output=True, text=True).stdout
    lines, path = {}, None
    for line in text.split("\n"):
        if line.startswith("+++ "):
            path = line[6:] if line.startswith("+++ b/") else None
        match = re.match(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", line)
        if match and path and path.startswith(("src/", "allocators/hakmem/", "workloads/")):
            first, count = int(match.group(1)), int(match.group(2) or 1)
            lines.setdefault(path, set()).update(range(first, first + count))
    return lines


def equivalents():
    """{(file, line's text, new text)} that are known to change nothing."""
    known = set()
    if os.path.exists(EQUIVALENT):
        with open(EQUIVALENT, encoding="utf-8") as table:
            for row in table:
                if row.strip() and not row.startswith("#"):
                    known.add(tuple(row.rstrip("\n").split("\t")[:3]))
    return known


def is_equivalent(mutant, known):
    return (mutant.file, mutant.old.strip(), mutant.new.strip()) in known


def chosen(arguments):
    """Spread over lines: a line is taken twice only when all have been taken once."""
    if arguments.rev:
        files = changed_lines(arguments.rev)
    else:
        folder = folder_of(arguments.room) + "/"
        files = {name: None for name in files_of_tree()
                 if name.startswith(folder) and name.endswith((".c", ".h"))}
    known, by_line = equivalents(), collections.defaultdict(list)
    for path in sorted(files):
        if os.path.exists(os.path.join(ROOT, path)):
            for mutant in mutants_of_file(path, files[path]):
                if not is_equivalent(mutant, known):
                    by_line[(path, mutant.line)].append(mutant)
    dice = random.Random(arguments.seed)
    lines = sorted(by_line)
    dice.shuffle(lines)
    for place in lines:
        dice.shuffle(by_line[place])
    rounds = max((len(group) for group in by_line.values()), default=0)
    ordered = [by_line[place][i] for i in range(rounds) for place in lines if i < len(by_line[place])]
    return ordered[:arguments.count]


# --- a copy of the tree, and its tests ----------------------------------------------------------

def files_of_tree():
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
                           check=True, capture_output=True, text=True).stdout.split("\0")
    return [name for name in names if name and os.path.lexists(os.path.join(ROOT, name))]


def end_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Copy:
    """One copy of the tree, built without warnings: an unused variable is no catch."""

    def __init__(self, folder):
        self.folder = folder
        self.made = set() # targets of make that are up to date
        self.environment = dict(os.environ, HAKBENCH=os.path.join(folder, "hakbench"),
                                BUILD="build", CI="true")
        for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "T"):
            self.environment.pop(name, None)

    def lay(self):
        """The tree's files, and its build if there is one: make then has little to do. A file
        that is the same is left alone, and one that is not, like a fault that was cut off, gets
        a new time, so that make sees it."""
        if not os.path.isdir(self.folder):
            os.makedirs(self.folder)
            subprocess.run("tar -c --exclude=build/mutants --exclude=build/tests/logs"
                           f" $(ls -d build hakbench 2>/dev/null) | tar -x -C '{self.folder}'",
                           shell=True, cwd=ROOT, check=False, stderr=subprocess.DEVNULL)
        names = files_of_tree()
        for name in names:
            source, target = os.path.join(ROOT, name), os.path.join(self.folder, name)
            if os.path.islink(source) or not os.path.exists(target):
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy2(source, target, follow_symlinks=False)
            elif not filecmp.cmp(source, target, shallow=False):
                shutil.copy(source, target)
        laid = f"{self.folder}.laid"
        if os.path.exists(laid):
            with open(laid, encoding="utf-8") as listing:
                for name in set(listing.read().split("\0")) - set(names) - {""}:
                    os.remove(os.path.join(self.folder, name))
        with open(laid, "w", encoding="utf-8") as listing:
            listing.write("\0".join(names))
        if not os.path.isdir(os.path.join(self.folder, ".git")):
            for words in (["init", "-q"], ["add", "-A"],
                          ["-c", "user.name=m", "-c", "user.email=m@m", "commit", "-qm", "copy"]):
                subprocess.run(["git"] + words, cwd=self.folder, check=True)

    def run(self, words, seconds, to_end=False, **environment):
        """None: it passed. Else what failed: the first check that a script says has failed, which
        ends it unless it runs to_end, or how it ended."""
        process = subprocess.Popen(words, cwd=self.folder, env=self.environment | environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, start_new_session=True)
        clock = threading.Timer(seconds, end_group, [process])
        clock.start()
        try:
            for line in process.stdout:
                if re.match(rb" *FAIL ", line) and not to_end:
                    return line.decode(errors="replace").split("FAIL", 1)[1].strip()
            status = process.wait()
            if status == 0:
                return None
            return f"exit status {status}" if clock.is_alive() else f"not done after {seconds:.0f} s"
        finally:
            clock.cancel()
            end_group(process)
            process.stdout.close()
            process.wait()

    def make(self, *targets, seconds=900):
        if self.made.issuperset(targets):
            return True
        good = self.run(["make", "-s", "-j2", "WARN=-w", "Q=@", *targets], seconds) is None
        self.made.update(targets if good else ())
        return good

    @functools.cached_property
    def source(self):
        """A digest of all that is built into the programs, as it was laid."""
        digest = hashlib.sha256()
        for top in ("src", "workloads", "allocators"):
            for folder, folders, names in os.walk(os.path.join(self.folder, top)):
                folders.sort()
                for name in sorted(names):
                    with open(os.path.join(folder, name), "rb") as file:
                        digest.update(name.encode() + b"\0" + file.read())
        return digest.hexdigest()

    def set(self, mutant, text):
        self.made.clear()
        path = os.path.join(self.folder, mutant.file)
        with open(path, encoding="utf-8") as source:
            lines = source.read().split("\n")
        lines[mutant.line - 1] = text
        with open(path, "w", encoding="utf-8") as source:
            source.write("\n".join(lines))


class Test:
    """words: what is run. targets: what make has to build for it. text: where it names headers."""

    def __init__(self, name, words, targets=("all", LIBROOMS), text=""):
        self.name, self.words, self.targets, self.text = name, words, targets, text
        self.lock, self.seconds = threading.Lock(), None # that it may take; 0: it says nothing
        self.kills = 0

    def state(self):
        """A digest of the test itself: while it is the same, and what it tests, so are its lines."""
        digest = hashlib.sha256(self.text.encode())
        for word in self.words:
            if word.startswith("tests/") and word.endswith(".sh"):
                with open(os.path.join(ROOT, word), "rb") as script:
                    digest.update(script.read())
        return digest.hexdigest()

    def failure(self, copy, seconds):
        """None: it passes."""
        if not copy.make(*self.targets):
            return "it does not build"
        return copy.run(self.words, seconds)

    def look(self, copy):
        """Whether it passes without a fault, and in what time; kept, until it or the tree changes."""
        kept = os.path.join(os.path.dirname(copy.folder), "seconds", self.name.replace("/", "-"))
        state = f"{copy.source}{self.state()}"
        if os.path.exists(kept):
            with open(kept, encoding="utf-8") as file:
                earlier, seconds = file.read().split()
            if earlier == state:
                self.seconds = float(seconds)
                return
        start = time.monotonic()
        failure = self.failure(copy, 900)
        self.seconds = 0 if failure else 30 + 5 * (time.monotonic() - start)
        if failure:
            print(f"left out, fails without a fault: {self.name}: {failure}", flush=True)
            return
        os.makedirs(os.path.dirname(kept), exist_ok=True)
        with open(kept, "w", encoding="utf-8") as file:
            file.write(f"{state} {self.seconds}")

    def is_good(self, copy, mutant):
        with self.lock:
            if self.seconds is None: # a script, needed for the first time
                copy.set(mutant, mutant.old)
                self.look(copy)
                copy.set(mutant, mutant.new)
        return self.seconds > 0

    def sees(self, copy, mutant):
        """None, or the check that fails. What no fault of this room failed yet, seldom will."""
        failure = self.failure(copy, self.seconds) if self.is_good(copy, mutant) else None
        self.kills += failure is not None
        return failure

    def is_of(self, path):
        """A file's own unit test is tried even where it reaches a line in a child alone, which ends
        by _exit() and counts nothing."""
        return f'"{path[4:-2]}.h"' in self.text

    def turn(self, mutant):
        """The file's own unit tests, quick ones first; its room's; scripts, those first that caught
        most in their time; all others."""
        if not self.text:
            return 2, -self.kills / (self.seconds or 1)
        if self.is_of(mutant.file):
            return 0, self.seconds or 0
        return (1 if f'"{room_of(mutant.file)}/' in self.text else 3), self.seconds or 0


def unit_tests():
    """All but the slow simulations, and the fuzzers' corpora. They share one library of all rooms."""
    tests = []
    folder = os.path.join(ROOT, "tests", "unit")
    for name in sorted(os.listdir(folder)):
        if not re.match(r"^test_.*\.c$", name) or "power" in name:
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as source:
            text = source.read()
        binary = f"build/tests/unit/{name[:-2]}"
        tests.append(Test(name[:-2], [binary], [LIBROOMS, binary], text))
    for corpus in sorted(os.listdir(os.path.join(ROOT, "tests", "fuzz", "corpus"))):
        words = f"exec build/tests/replay/fuzz_{corpus} tests/fuzz/corpus/{corpus}/*"
        tests.append(Test(f"fuzz_{corpus}", ["sh", "-c", words], [LIBROOMS], "a unit test in its speed"))
    return tests


def alloc_test(name, library, words=""):
    """Programs of tests/alloc: those whose names have one of these words in them, or all."""
    return Test(name, ["env", f"T={words}", "bash", "tests/alloc/run.sh", library], [library])


def room_of(path):
    return path.split("/")[0 if path.startswith("workloads/") else 1]


def folder_of(room):
    return {"hakmem": "allocators/hakmem", "workloads": "workloads"}.get(room, f"src/{room}")


def tests_for(room):
    if room == "hakmem":
        release, debug = "build/libhakmem.so", "build/debug/libhakmem.so"
        return [alloc_test("a few", release, QUICK_ALLOC),
                alloc_test("a few, debug", debug, QUICK_ALLOC_DEBUG),
                alloc_test("alloc", release),
                Test("steps", ["bash", "tests/alloc/steps.sh", debug], [debug])]
    scripts = [Test(name, ["bash", f"tests/{name}_test.sh"]) for name in SCRIPTS.get(room, [])
               if os.path.exists(os.path.join(ROOT, "tests", f"{name}_test.sh"))]
    units = [test for test in unit_tests() if room not in OUTSIDE or f'"{room}/' in test.text]
    return units + scripts


def suites_for(rooms):
    """{room: its tests in order}; a test of several rooms is one and the same."""
    made = {}
    return {room: [made.setdefault(test.name, test) for test in tests_for(room)] for room in rooms}


def prepared(arguments, suites):
    """Copies that are built, which tests reach which lines, and the unit tests looked at: scripts
    take long, and wait until they are needed."""
    copies = [Copy(os.path.join(arguments.folder, f"tree-{i}")) for i in range(arguments.jobs)]
    covered = Copy(os.path.join(arguments.folder, "tree-coverage"))
    for copy in copies + [covered]:
        copy.lay()
        assert copy.source # before any fault is set
    with concurrent.futures.ThreadPoolExecutor(len(copies)) as pool:
        if not all(pool.map(lambda copy: copy.make("all", "test-build"), copies)):
            sys.exit("mutants: the tree does not build")
    tests = {test.name: test for suite in suites.values() for test in suite}.values()
    coverage = Coverage(covered, arguments.folder)
    if not OUTSIDE.issuperset(suites):
        coverage.look(tests, arguments.jobs)
    for test in tests:
        if test.text:
            test.look(copies[0])
    return copies, coverage


def object_of(path):
    """What shows soonest whether it compiles: of a header all that may include it."""
    if path.endswith(".h"):
        return "build/libhakmem.so" if "/hakmem/" in path else "all"
    if path.startswith("src/preload/"):
        return "build/hakbench-clock.so" if "clock" in path else "build/libhbtrace.so"
    return f"build/{path[:-2]}.so" if path.startswith("workloads/") else f"build/obj/{path[:-2]}.o"


def tried(mutant, copy, coverage, tests, seconds):
    """What no test catches in its seconds counts as survived, with how many were tried."""
    start = time.monotonic()
    copy.set(mutant, mutant.new)
    tests = [test for test in tests
             if test.is_of(mutant.file) or coverage.reaches(test, mutant.file, mutant.line)]
    outcome, by, check = "survived", None, None if tests else "no test reaches it"
    if not copy.make(object_of(mutant.file)):
        outcome = "does not compile"
    else:
        for done, test in enumerate(sorted(tests, key=lambda test: test.turn(mutant))):
            if time.monotonic() - start > seconds:
                outcome, by, check = "survived", None, f"{done} of {len(tests)} tests in {seconds} s"
                break
            check = test.sees(copy, mutant)
            if check:
                outcome, by = "killed", test.name
                break
    copy.set(mutant, mutant.old)
    return dict(mutant._asdict(), outcome=outcome, by=by, check=check,
                seconds=round(time.monotonic() - start))


# --- the run ------------------------------------------------------------------------------------

def key_of(fault):
    """Of a file many a line is like another: "return -1;"."""
    return fault["file"], fault["line"], fault["old"], fault["new"]


def read_results(path):
    results = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as journal:
            for row in journal:
                try:
                    result = json.loads(row)
                except json.JSONDecodeError:
                    continue # cut off while it was written
                results[key_of(result)] = result
    return results


def print_summary(results):
    counts = collections.Counter(result["outcome"] for result in results)
    killers = collections.Counter(result["by"] for result in results if result["by"])
    of = counts["killed"] + counts["survived"]
    for result in results:
        if result["outcome"] == "survived":
            print(f"\nsurvived: {result['file']}:{result['line']}  ({result['rule']})")
            print(f"  - {result['old'].strip()}\n  + {result['new'].strip()}")
    print("\nkilled by: " + ", ".join(f"{name} {n}" for name, n in killers.most_common()))
    print(f"{counts['killed']} of {of} killed"
          f" ({100 * counts['killed'] / of if of else 0:.0f} %), "
          f"{counts['does not compile']} did not compile")
    return 1 if counts["survived"] else 0


def run(arguments):
    mutants = chosen(arguments)
    if arguments.list:
        for mutant in mutants:
            new = mutant.new.strip() if mutant.new.strip() != ";" else mutant.old.strip()
            print(f"{mutant.file}:{mutant.line}\t{mutant.rule}\t{new}")
        return 0
    if not mutants:
        sys.exit("mutants: nothing to try there")
    path = os.path.join(arguments.folder, f"{arguments.room or 'change'}-{arguments.seed}.jsonl")
    os.makedirs(arguments.folder, exist_ok=True)
    results = read_results(path)
    left = [m for m in mutants if key_of(m._asdict()) not in results]
    if left:
        suites = suites_for(sorted({room_of(mutant.file) for mutant in left}))
        copies, coverage = prepared(arguments, suites)
        free = collections.deque(copies)
        with concurrent.futures.ThreadPoolExecutor(len(copies)) as pool, \
                open(path, "a", encoding="utf-8") as journal:
            def work(mutant):
                copy = free.popleft()
                try:
                    return tried(mutant, copy, coverage, suites[room_of(mutant.file)], arguments.seconds)
                finally:
                    free.append(copy)
            for n, result in enumerate(pool.map(work, left), 1):
                journal.write(json.dumps(result) + "\n")
                journal.flush()
                results[key_of(result)] = result
                print(f"{n}/{len(left)} {result['outcome']:9} {result['file']}:{result['line']} "
                      f"({result['rule']}) {result['by'] or ''} {result['seconds']} s: "
                      f"{result['check'] or ''}", flush=True)
    wanted = [results[key_of(m._asdict())] for m in mutants if key_of(m._asdict()) in results]
    return print_summary(wanted)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--room", help="a folder of src, hakmem, or workloads")
    parser.add_argument("--rev", help="only lines that differ from this commit")
    parser.add_argument("--count", type=int, default=40, help="how many faults (40)")
    parser.add_argument("--seed", type=int, default=1, help="which of them (1)")
    parser.add_argument("--jobs", type=int, default=2, help="copies of the tree (2)")
    parser.add_argument("--seconds", type=int, default=180, help="for one fault, at most (180)")
    parser.add_argument("--folder", default=os.path.join(ROOT, "build", "mutants"))
    parser.add_argument("--list", action="store_true", help="say what would be tried")
    arguments = parser.parse_args()
    if bool(arguments.room) == bool(arguments.rev):
        parser.error("one of --room and --rev")
    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
