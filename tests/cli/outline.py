"""A page of `hakbench report`, or pictures by themselves, without what is long: short enough to be
read, kept and compared line by line. Of long tables the first rows, the others as a sum; of pictures
their words, how many of each kind of thing there are, and the sum of all numbers in it.
  outline.py FILE      its HTML without the style and who made it"""
import collections
import hashlib
import re
import sys


def table(match):
    rows = match[2].strip().split("\n")
    digest = hashlib.sha256("\n".join(rows[3:]).encode()).hexdigest()[:16]
    kept = rows if len(rows) < 6 else rows[:3] + [f"{len(rows) - 3} rows more: {digest}"]
    return "\n".join([match[1]] + kept) + "\n</tbody>"


def sum_of(inside):
    """Of where things are: a mark that moves by a pixel is another sum."""
    places = re.findall(r' (?:d|x|y|width|height|transform)="([^"]*)"', inside)
    numbers = [float(n) for place in places for n in re.findall(r"-?[0-9]+(?:[.][0-9]+)?", place)]
    return f"{len(numbers)} numbers, {sum(numbers):.0f} together"


def picture(match):
    """Its words, how many of each kind of thing there are, and where."""
    inside = re.sub("<style>.*?</style>|<defs>.*?</defs>", "", match[2], flags=re.S)
    words = re.findall("<(?:title|desc) id[^>]*>([^<]*)", inside)
    words += re.findall("<text[^>]*>([^<]*)", inside)
    marks = re.findall("<title>([^<]*)", inside)
    kinds = collections.Counter(tag + "".join(re.findall(r' class="[^"]*"| href="[^"]*"', rest))
                                for tag, rest in re.findall(r"<(\w+)([^>]*)>", inside))
    lines = [" | ".join(words), f"{len(marks)} marks: " + " | ".join(marks[:2] + marks[-1:]),
             ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())), sum_of(inside)]
    return match[1] + "\n  ".join(lines) if inside else match[1]


def page(text):
    text = re.sub(r'(<table class="numbers">.*?<tbody>)(.*?)</tbody>', table, text, flags=re.S)
    text = re.sub(r"<svg[^>]*>\s*<defs>.*?</svg>", "<defs/>", text, flags=re.S)
    text = re.sub(r"(<svg[^>]*(?:role=|xmlns=)[^>]*>)(.*?)</svg>", picture, text, flags=re.S)
    text = re.sub(r"<style>.*?</style>", "<style/>", text, flags=re.S)
    return re.sub(r"hakbench [0-9.]+(, commit [0-9a-f]+)?", "hakbench VERSION", text)


with open(sys.argv[1], encoding="utf-8") as file:
    sys.stdout.write(page(file.read()))
