"""Student's t, means over rows with Welch and Satterthwaite's interval, half-widths: SciPy and NumPy."""
import math

import numpy as np
from scipy import stats

from common import Header, number


def walsh_median(d):
    return float(np.median([(d[i] + d[j]) / 2 for i in range(len(d)) for j in range(i, len(d))]))


def row_mean(rows):
    """(estimate, lo, hi) by the formulas of docs/statistics.md."""
    count = len(rows)
    estimate = sum(walsh_median(r) for r in rows) / count
    variances = [np.var(r, ddof=1) / len(r) for r in rows]
    total = sum(variances)
    freedom = total ** 2 / sum(v ** 2 / (len(r) - 1) for v, r in zip(variances, rows))
    half = stats.t.ppf(0.975, freedom) * math.sqrt(total) / count
    return estimate, estimate - half, estimate + half


def main():
    # Two groups: SciPy's own Welch interval of a difference of means has the same freedom.
    a, b = [5.1, 4.9, 5.6, 5.8, 6.0], [4.1, 5.5, 3.9]
    va, vb = np.var(a, ddof=1) / 5, np.var(b, ddof=1) / 3
    freedom = (va + vb) ** 2 / (va ** 2 / 4 + vb ** 2 / 2)
    welch = stats.ttest_ind(a, b, equal_var=False)
    assert abs(2 * stats.t.sf(abs(welch.statistic), freedom) - welch.pvalue) < 1e-12

    header = Header("standing_values.h", "standing_values.py", "Expected values of stats/standing.h.")
    header.lines.append("static const struct { double p, df, t; } student_cases[] = {")
    for df in (1, 2, 2.5, 4, 9, 30.7, 199, 1e5):
        for p in (0.975, 0.995, 0.6, 0.025, 0.0001):
            header.lines.append(f"    {{{number(p)}, {number(float(df))}, {number(float(stats.t.ppf(p, df)))}}},")
    header.lines += ["};", ""]

    rng = np.random.default_rng(19)
    cases = [("three rows", [rng.normal(0.3, 0.02, 2), rng.normal(-0.1, 0.1, 7), rng.normal(0.05, 0.01, 12)]),
             ("one row", [rng.normal(0.01, 0.02, 10)]),
             ("a wild block", [np.append(rng.normal(0.2, 0.01, 9), 3.0), rng.normal(0.1, 0.01, 6)])]
    header.lines.append("static const struct row_case { const char *name; size_t count, blocks[3]; "
                        "double logs[3][12], estimate, lo, hi; } row_cases[] = {")
    for name, rows in cases:
        cells = ", ".join("{" + ", ".join(number(float(x)) for x in r) + "}" for r in rows)
        sizes = ", ".join(str(len(r)) for r in rows)
        ends = ", ".join(number(float(x)) for x in row_mean(rows))
        header.lines.append(f'    {{"{name}", {len(rows)}, {{{sizes}}}, {{{cells}}}, {ends}}},')
    header.lines += ["};", ""]

    # How often the first of three is first: their means are normal, drawn by NumPy a million times.
    gaps, errors = [0.0, 0.01, 0.02], [0.01, 0.01, 0.01]
    draws = rng.normal(gaps, errors, (1000000, 3))
    first = np.bincount(np.argmax(draws, axis=1), minlength=3) / 1e6
    header.array("first_of_three", [float(x) for x in first])
    header.write()


if __name__ == "__main__":
    main()
