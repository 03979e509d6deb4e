"""Which tests reach which lines of the harness, so that a fault is tried on these alone, and one that
no test reaches is known at once. Built with the makefile's `cov` variant, each test run once; what
gcov says of it is kept until it or the tree changes. Workers, loops and hakmem are built without."""

import collections
import concurrent.futures
import json
import os
import shutil
import subprocess

BUILD = "build/cov"


class Coverage:
    def __init__(self, copy, folder):
        """copy: a copy of the tree of its own. folder: where data and the answer are kept."""
        self.copy, self.folder = copy, folder
        self.lines = {} # {file: {line: {test}}}
        self.known = {} # {test: its state when it was looked at}

    def look(self, tests, jobs):
        """Runs those tests that were not looked at yet."""
        kept = os.path.join(self.folder, "coverage.json")
        if os.path.exists(kept):
            with open(kept, encoding="utf-8") as file:
                state = json.load(file)
            if state["source"] == self.copy.source:
                self.known = state["known"]
                self.lines = {path: {int(line): set(names) for line, names in lines.items()}
                              for path, lines in state["lines"].items()}
        now = {test.name: test.state() for test in tests}
        new = [test for test in tests if self.known.get(test.name) != now[test.name]]
        if not new:
            return
        print(f"which lines {len(new)} tests reach", flush=True)
        if not self.copy.make(f"VARIANT={os.path.basename(BUILD)}", "all", "test-build"):
            raise SystemExit("mutants: the tree does not build for coverage")
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for test, reached in zip(new, pool.map(self.reached, new)):
                self.known[test.name] = now[test.name]
                self.forget(test.name)
                for path, numbers in reached.items():
                    lines = self.lines.setdefault(path, {})
                    for number, is_reached in numbers.items():
                        names = lines.setdefault(number, set())
                        if is_reached:
                            names.add(test.name)
        with open(kept, "w", encoding="utf-8") as file:
            lines = {path: {line: sorted(names) for line, names in numbers.items()}
                     for path, numbers in self.lines.items()}
            json.dump({"source": self.copy.source, "known": self.known, "lines": lines}, file)

    def forget(self, name):
        for lines in self.lines.values():
            for names in lines.values():
                names.discard(name)

    def reached(self, test):
        """{file: {line: whether this test reaches it}}"""
        data = os.path.join(self.folder, "coverage", test.name)
        shutil.rmtree(data, ignore_errors=True) # of an earlier state: gcov would add to it
        self.copy.run([word.replace("build/", BUILD + "/", 1) for word in test.words], 1800, to_end=True,
                      BUILD=BUILD, HAKBENCH=os.path.join(self.copy.folder, BUILD, "hakbench"),
                      GCOV_PREFIX=data)
        objects = os.path.join(self.copy.folder, BUILD, "obj")
        reached = collections.defaultdict(dict)
        for folder, _, names in os.walk(data + objects):
            counted = [name for name in names if name.endswith(".gcda")]
            for name in counted:
                notes = name[:-5] + ".gcno"
                if notes not in names:
                    os.symlink(os.path.join(objects, folder[len(data + objects) + 1:], notes),
                               os.path.join(folder, notes))
            if counted:
                for path, line, count in lines_of(folder, counted):
                    reached[path][line] = reached[path].get(line, False) or count > 0
        return reached

    def reaches(self, test, path, line):
        """Whether the test has to be run for a fault in this line; True where that is not known. A
        line without code of its own belongs to the one before it."""
        lines = self.lines.get(path)
        if not lines or test.name not in self.known:
            return True
        while line > 0 and line not in lines:
            line -= 1
        return line == 0 or test.name in lines[line]


def lines_of(folder, names):
    output = subprocess.run(["gcov", "--json-format", "--stdout", *names], cwd=folder, check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    for document in output.decode().splitlines():
        for file in json.loads(document)["files"]:
            for line in file["lines"]:
                yield file["file"], line["line_number"], line["count"]
