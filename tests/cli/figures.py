"""What the scripts beside it share: numbers as people read them, written down here a second time
(docs/statistics.md; src/base/format.c is the other), and our tables as rows of cells."""
import math
import re


def three_digits(value):
    size = abs(value)
    return f"{value:.{2 if size < 9.995 else 1 if size < 99.95 else 0}f}"


def scaled(value, base, units):
    if value is None:
        return "-"
    for unit in units:
        if abs(value) < base - 0.5 or unit == units[-1]:
            return f"{three_digits(value)} {unit}"
        value /= base


def rate(value):
    return scaled(value, 1000, ("/s", "k/s", "M/s", "G/s", "T/s"))


def ns(value):
    return scaled(value, 1000, ("ns", "us", "ms", "s"))


def size(value):
    if value is not None and abs(value) < 1023.5 and value == math.floor(value):
        return f"{value:.0f} B"
    return scaled(value, 1024, ("B", "KiB", "MiB", "GiB", "TiB"))


def percent(value):
    return "-" if value is None else f"{three_digits(value)} %"


def count(value):
    return "-" if value is None else f"{value:,.{0 if value == math.floor(value) else 1}f}"


def tiny(value):
    if value is None:
        return "-"
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return count(value)
    return f"{value:.1e}" if abs(value) < 0.01 else f"{value:.3g}"


def duration(s):
    if s < 59.95:
        return f"{s:.1f}s" if s >= 0.9995 else scaled(s * 1e9, 1000, ("ns", "us", "ms")).replace(" ", "")
    for most, unit_s, larger, in_larger, smaller in (
            (3599.5, 1, "m", 60, "s"), (86370, 60, "h", 60, "m"), (math.inf, 3600, "d", 24, "h")):
        if s < most:
            units = math.floor(s / unit_s + 0.5)
            return f"{units // in_larger}{larger} {units % in_larger:02}{smaller}"


# ---- a report, back as what it says ----


def columns(lines):
    """Where the columns of an aligned table begin and end: apart by two blanks in every line."""
    width = max(map(len, lines))
    used = [any(i < len(line) and line[i] != " " for line in lines) for i in range(width)]
    spans, start, blanks = [], 0, 0
    for i, is_used in enumerate(used):
        if is_used and blanks >= 2:
            spans.append((start, i - blanks))
            start = i
        blanks = 0 if is_used else blanks + 1
    return spans + [(start, width)]


def aligned(lines):
    rows = [lines[0]] + lines[2:]
    spans = columns(rows)
    total = max(map(len, rows))
    assert set(lines[1]) == {"-"} and len(lines[1]) == total, f"a rule as wide: {lines[:3]}"
    return [[row[a:b].strip() for a, b in spans] for row in rows]


def unescaped(text):
    return text.replace("]\\(", "](").replace("\\|", "|").replace("&lt;", "<").replace("&amp;", "&")


def marked(lines):
    rows = [[unescaped(cell.strip()) for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    assert all(re.fullmatch("---|--:", cell) for cell in rows[1]), lines[1]
    return rows[:1] + rows[2:]


def read(path):
    """[(title, [lines of text], [tables])]: a table is a list of rows, the first its headings."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    sections, i = [("", [], [])], 0
    while i < len(lines):
        line, end = lines[i], i + 1
        if line.startswith("|"):
            while lines[end].startswith("|"):
                end += 1
            sections[-1][2].append(marked(lines[i:end]))
        elif re.fullmatch("-{80}", line):
            pass # what parts the answer from how far to believe it
        elif line and re.fullmatch("-{3,}", lines[end] if end < len(lines) else ""):
            while lines[end] and not lines[end].startswith("  "):
                end += 1
            sections[-1][2].append(aligned(lines[i:end]))
        elif line.startswith(("  ", "- ")):
            sections[-1][1].append(unescaped(line[2:].rstrip()))
        elif line.startswith("### ") or (line and i and re.fullmatch("(-{80})?", lines[i - 1])):
            sections.append((line.removeprefix("### "), [], []))
        elif line:
            sections[-1][1].append(unescaped(line))
        i = end
    return sections
