#!/usr/bin/env python3
"""How far two sessions rank the allocators alike.

    scripts/rank-agreement.py A.json B.json

Prints Spearman's rank correlation of throughput and of peak resident memory over the allocators that
both sessions have, by their medians, and both orders. See docs/traces.md.
"""

import json
import statistics
import sys

FIGURES = {"throughput_ops_per_s": True, "rss_peak_bytes": False}  # is more better?


def medians(path, figure):
    """Median of the figure over an allocator's timed runs, by label; the floor is no allocator."""
    with open(path, encoding="utf-8") as file:
        session = json.load(file)
    labels = [a["label"] for a in session["allocators"]]
    roles = {a["label"]: a["role"] for a in session["allocators"]}
    values = {}
    for job in session["jobs"]:
        label = job["allocator"] if isinstance(job["allocator"], str) else labels[job["allocator"]]
        value = job["metrics"].get(figure)
        if job["status"] == "ok" and job["kind"] == "timed" and value is not None and roles[label] not in ("floor", "twin"):
            values.setdefault(label, []).append(value)
    return {label: statistics.median(of) for label, of in values.items()}


def ranks(values):
    """Midranks."""
    order = sorted(values)
    return [(order.index(v) + 1 + len(order) - order[::-1].index(v)) / 2 for v in values]


def correlation(a, b):
    """Of two lists; None where one of them is all equal."""
    mean_a, mean_b = statistics.fmean(a), statistics.fmean(b)
    spread = sum((x - mean_a) ** 2 for x in a) * sum((y - mean_b) ** 2 for y in b)
    return sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b)) / spread**0.5 if spread else None


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    for figure, more_is_better in FIGURES.items():
        left, right = (medians(path, figure) for path in sys.argv[1:])
        both = [label for label in left if label in right]
        if len(both) < 3:
            sys.exit(f"{figure}: {len(both)} allocators are in both; ranks need 3")
        rho = correlation(ranks([left[x] for x in both]), ranks([right[x] for x in both]))
        print(f"{figure}: {'no order' if rho is None else f'{rho:.2f}'} over {len(both)} allocators")
        for path, values in ((sys.argv[1], left), (sys.argv[2], right)):
            print(f"  {path}: {', '.join(sorted(both, key=values.get, reverse=more_is_better))}")


if __name__ == "__main__":
    main()
