"""What the scripts here share: the tool's random generator written anew, and writing headers.

The generator is SplitMix64 (Steele, Lea, Flood 2014) and xoshiro256** (Blackman, Vigna 2018) with
Lemire's bounded draw (2019), from the papers: with the same draws a bootstrap interval can be
compared to the last digits, not only "within Monte Carlo error"."""
import math
from pathlib import Path

HERE = Path(__file__).resolve().parent
STATS = HERE.parent.parent / "src" / "stats"
M64 = (1 << 64) - 1


def splitmix64(state):
    while True:
        state = (state + 0x9E3779B97F4A7C15) & M64
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & M64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M64
        yield z ^ (z >> 31)


def rotate(x, k):
    return ((x << k) | (x >> (64 - k))) & M64


class Rng:
    def __init__(self, seed=None, state=None):
        source = splitmix64(seed or 0)
        self.s = list(state) if state else [next(source) for _ in range(4)]

    def next(self):
        s = self.s
        result = (rotate((s[1] * 5) & M64, 7) * 9) & M64
        t = (s[1] << 17) & M64
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
        return result

    def below(self, n):
        threshold = (1 << 64) % n
        while True:
            product = self.next() * n
            if (product & M64) >= threshold:
                return product >> 64

    def shuffled(self, n):
        index = list(range(n))
        for i in range(n, 1, -1):
            j = self.below(i)
            index[i - 1], index[j] = index[j], index[i - 1]
        return index


def number(value):
    if isinstance(value, int):
        return str(value)
    value = float(value)
    if math.isnan(value):
        return "(double)NAN"
    if math.isinf(value):
        return "(double)INFINITY" if value > 0 else "-(double)INFINITY"
    return repr(value)


class Header:
    """A C header of constants. Not for clang-format: its shape is this script's."""

    def __init__(self, name, made_by, what, folder=HERE):
        self.path = folder / name
        room = "HB_STATS_" if folder == STATS else "HB_TESTS_EXPECT_"
        guard = room + name.upper().replace(".", "_")
        self.lines = [f"/* {what}",
                      f" * Made by tests/expect/{made_by}: never edit, run tests/expect/generate.py.",
                      " * Read next: that script. */",
                      "/* clang-format off */", f"#ifndef {guard}", f"#define {guard}", "",
                      "#include <math.h>", "#include <stddef.h>", "#include <stdint.h>", ""]

    def line(self, text=""):
        self.lines.append(text)

    def array(self, name, values, kind="double"):
        if kind == "uint64_t":
            cells = [f"UINT64_C({int(v)})" for v in values]
        elif kind == "size_t":
            cells = [str(int(v)) for v in values]
        else:
            cells = [number(v) for v in values]
        rows, row = [], ""
        for cell in cells:
            if len(row) + len(cell) > 94:
                rows.append(row.rstrip())
                row = ""
            row += cell + ", "
        rows.append(row.rstrip().rstrip(","))
        self.lines.append(f"static const {kind} {name}[{len(cells)}] = {{")
        self.lines += ["    " + r for r in rows]
        self.lines.append("};")

    def value(self, name, value, kind="double"):
        text = str(int(value)) if kind == "size_t" else number(value)
        self.lines.append(f"static const {kind} {name} = {text};")

    def write(self):
        self.lines += ["", "#endif", ""]
        self.path.write_text("\n".join(self.lines), encoding="ascii")
        print(f"{self.path.name}: {len(self.lines)} lines")
