"""Recipes of the docs, exactly as written: recipe.py FILE TEXT prints the one code block of FILE that
has TEXT in it; of a block of YAML the one `run: |` step. Fails when there is none, or more."""
import re
import sys


def steps(yaml):
    """The `run: |` texts of a block of YAML, less their indent."""
    lines = yaml.splitlines()
    for i, line in enumerate(lines):
        if not re.fullmatch(r"\s*(- )?run: \|", line):
            continue
        step = []
        indent = len(lines[i + 1]) - len(lines[i + 1].lstrip())
        for own in lines[i + 1:]:
            if own.strip() and len(own) - len(own.lstrip()) < indent:
                break
            step.append(own[indent:])
        yield "\n".join(step) + "\n"


def main():
    page = open(sys.argv[1], encoding="utf-8").read()
    found = []
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", page, re.M | re.S):
        parts = steps(block) if language == "yaml" else [block]
        found += [part for part in parts if sys.argv[2] in part]
    if len(found) != 1:
        sys.exit(f"{sys.argv[1]} has {len(found)} recipes with {sys.argv[2]!r}")
    sys.stdout.write(found[0])


main()
