"""A page of `hakbench report`, or the scripts that its charts were drawn from, without what is another
program's or is long: short enough to be read, kept and compared line by line.
  outline.py page FILE      its HTML without the style, the lines that gnuplot drew, and who made it;
                            of long tables the first rows, the others as a sum
  outline.py charts FILE    gnuplot's scripts, of the data the number of rows and the sums"""
import collections
import hashlib
import re
import sys


def table(match):
    rows = match[2].strip().split("\n")
    digest = hashlib.sha256("\n".join(rows[3:]).encode()).hexdigest()[:16]
    kept = rows if len(rows) < 6 else rows[:3] + [f"{len(rows) - 3} rows more: {digest}"]
    return "\n".join([match[1]] + kept) + "\n</tbody>"


def picture(match):
    """Its title, its words, and how many of each kind of thing there are."""
    inside = match[2]
    words = re.findall("<(?:title|desc)[^>]*>[^<]*", inside)
    words += [re.sub("<[^>]*>", "", t).strip() for t in re.findall("<text[^>]*>.*?</text>", inside, re.S)]
    kinds = collections.Counter(tag + "".join(re.findall(r' class="[^"]*"| href="[^"]*"', rest))
                                for tag, rest in re.findall(r"<(\w+)([^>]*)>", inside))
    return match[1] + " | ".join(words) + " " + ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))


def page(text):
    text = re.sub(r'(<table class="numbers">.*?<tbody>)(.*?)</tbody>', table, text, flags=re.S)
    text = re.sub(r"<style>.*?</style>", "<style/>", text, flags=re.S)
    text = re.sub(r"(<svg[^>]*>)(.*?)</svg>", picture, text, flags=re.S)
    return re.sub(r"hakbench [0-9.]+(, commit [0-9a-f]+)?", "hakbench VERSION", text)


def data(match):
    rows = [re.findall(r'"[^"]*"|\S+', row) for row in match[2].strip().split("\n") if row.strip()]
    sums = []
    for column in zip(*rows):
        try:
            sums.append(f"{sum(map(float, column)):.9g}")
        except ValueError:
            sums.append(" ".join(dict.fromkeys(column)))
    return f"{match[1]}: {len(rows)} rows, {', '.join(sums)}\n"


def charts(text):
    return re.sub(r"^(\$\w+) << EOD\n(.*?)^EOD\n", data, text, flags=re.S | re.M)


with open(sys.argv[2], encoding="utf-8") as file:
    sys.stdout.write({"page": page, "charts": charts}[sys.argv[1]](file.read()))
