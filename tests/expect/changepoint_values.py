"""Change points by optimal partitioning (Jackson et al. 2005): every last change is tried, nothing
is pruned, each segment's variance is computed from its values alone. And Hampel's filter."""
import math

import numpy as np

from common import Header

SHORTEST = 5


def segment_cost(x, floor):
    v = float(np.mean((x - np.mean(x)) ** 2))
    s2 = max(v, floor)
    return len(x) * (math.log(s2) + v / s2)


def optimal_partitioning(x):
    x = np.asarray(x, dtype=float)
    n, floor = len(x), max((1e-4 * abs(float(np.median(x)))) ** 2, 1e-300)
    penalty = 15 * math.log(n)
    best, last = [math.inf] * (n + 1), [0] * (n + 1)
    best[0] = -penalty
    for to in range(SHORTEST, n + 1):
        for start in range(0, to - SHORTEST + 1):
            total = best[start] + segment_cost(x[start:to], floor) + penalty
            if total < best[to]:
                best[to], last[to] = total, start
    ends, at = [], n
    while at > 0:
        ends.append(at)
        at = last[at]
    return ends[::-1]


def hampel(x, half=5):
    out = []
    for i, value in enumerate(x):
        window = np.array(x[max(0, i - half):i + half + 1])
        median = np.median(window)
        mad = np.median(abs(window - median))
        out.append(float(median) if abs(value - median) > 3 * 1.4826 * mad else value)
    return out


def series(rng, *parts):
    """Parts of (length, mean, sd), in ns, to 1/1024 ns so that they print exactly."""
    x = np.concatenate([rng.normal(mean, sd, length) for length, mean, sd in parts])
    return [float(v) for v in np.round(x * 1024) / 1024]


def main():
    rng = np.random.RandomState(15)
    cases = {
        "none": series(rng, (60, 100, 1)),
        "mean": series(rng, (40, 120, 1), (80, 100, 1)),
        "variance": series(rng, (60, 100, 0.2), (60, 100, 8)),
        "three": series(rng, (30, 150, 2), (25, 110, 1), (65, 100, 1)),
        "short": series(rng, (50, 100, 0.5), (6, 140, 0.5), (44, 100, 0.5)),
        "equal": [100.0] * 30 + [101.0] * 30,
        "ramp": [200.0 - i for i in range(100)],
    }
    out = Header("changepoint_values.h", "changepoint_values.py",
                 "Change points by optimal partitioning.")
    out.line("struct segmentation { const char *name; const double *x; size_t n; const size_t *ends;")
    out.line("                      size_t segments; };")
    rows = []
    for name, x in cases.items():
        ends = optimal_partitioning(x)
        out.array(f"x_{name}", x)
        out.array(f"ends_{name}", ends, "size_t")
        rows.append(f'    {{"{name}", x_{name}, {len(x)}, ends_{name}, {len(ends)}}},')
    assert optimal_partitioning(cases["mean"]) == [40, 120]
    assert optimal_partitioning(cases["equal"]) == [30, 60]
    out.line("static const struct segmentation segmentations[] = {")
    out.lines += rows
    out.line("};")
    spiky = series(rng, (60, 100, 1))
    for i, height in ((0, 300), (17, 250), (18, 190), (19, 400), (41, 60), (59, 140)):
        spiky[i] = float(height)
    out.array("hampel_x", spiky)
    out.array("hampel_out", hampel(spiky))
    out.write()


if __name__ == "__main__":
    main()
