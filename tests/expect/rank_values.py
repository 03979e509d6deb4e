"""Wilcoxon, Mann-Whitney, Hodges-Lehmann, A12, Holm: SciPy where it has them, all permutations where
it does not (exact p with ties), the definitions written out for the rest."""
import itertools
import statistics
from fractions import Fraction

import numpy as np
from scipy import stats

from common import Header, number

# Hollander and Wolfe 1999: example 3.1, depression scale before and after (paired), and 4.1,
# permeability of the human chorioamnion (two samples). R's manual prints the same results.
DEPRESSION = ([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30],
              [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
PERMEABILITY = ([0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
                [1.15, 0.88, 0.90, 0.74, 1.21])


def walsh_median(d):
    return statistics.median((d[i] + d[j]) / 2 for i in range(len(d)) for j in range(i, len(d)))


def shift(a, b):
    return statistics.median(x - y for x in a for y in b)


def a12(a, b):
    return float(Fraction(sum(2 * (x > y) + (x == y) for x in a for y in b), 2 * len(a) * len(b)))


def signed_rank_by_enumeration(d):
    """Two-sided p over all 2^n signs of the midranks of the non-zero |d|."""
    d = [v for v in d if v != 0]
    ranks = (2 * stats.rankdata([abs(v) for v in d])).astype(int)
    observed = sum(r for r, v in zip(ranks, d) if v > 0)
    signs = (np.arange(1 << len(d))[:, None] >> np.arange(len(d))) & 1
    sums = signs @ ranks
    tail = min((sums <= observed).sum(), (sums >= observed).sum())
    return min(1.0, 2 * int(tail) / (1 << len(d)))


def rank_sum_by_enumeration(a, b):
    """Two-sided p over all ways of dealing the values to the two groups."""
    every = a + b
    ranks = stats.rankdata(every)
    observed, sums = ranks[:len(a)].sum(), []
    for chosen in itertools.combinations(range(len(every)), len(a)):
        sums.append(ranks[list(chosen)].sum())
    sums = np.array(sums)
    tail = min((sums <= observed + 1e-9).sum(), (sums >= observed - 1e-9).sum())
    return min(1.0, 2 * int(tail) / len(sums))


def holm(p):
    order = sorted(range(len(p)), key=lambda i: p[i])
    out, so_far = [0.0] * len(p), 0.0
    for k, i in enumerate(order):
        so_far = max(so_far, min(1.0, (len(p) - k) * p[i]))
        out[i] = so_far
    return out


def check_published():
    d = [y - x for x, y in zip(*DEPRESSION)]
    assert abs(walsh_median(d) + 0.46) < 1e-9
    assert abs(stats.wilcoxon(d, mode="exact").pvalue - 0.0390625) < 1e-12
    a, b = PERMEABILITY
    assert stats.mannwhitneyu(a, b, method="exact").statistic == 35
    assert abs(stats.mannwhitneyu(a, b, method="exact", alternative="greater").pvalue - 0.1272) < 5e-5
    assert abs(shift(a, b) - 0.305) < 1e-9
    assert np.allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])  # R's p.adjust


def wilcoxon_cases(rng):
    """(name, d, p): exact without ties, exact with, normal beyond 50."""
    cases = [("depression", [y - x for x, y in zip(*DEPRESSION)], None)]
    for n in (1, 2, 5, 6, 10, 20, 33, 49, 50):
        cases.append((f"exact_{n}", list(rng.normal(0.3, 1, n).round(9)), None))
    for n in (4, 9, 12, 15):
        cases.append((f"ties_{n}", list(rng.randint(-3, 5, n).astype(float)), "enumerate"))
    cases.append(("all_equal", [2.0] * 8, "enumerate"))
    for n in (51, 80, 400):
        cases.append((f"normal_{n}", list(rng.normal(0.1, 1, n).round(9)), "approx"))
    cases.append(("normal_ties", list(rng.randint(-4, 6, 90).astype(float)), "approx"))
    for name, d, how in cases:
        if how == "enumerate":
            yield name, d, signed_rank_by_enumeration(d)
        elif how == "approx":
            yield name, d, stats.wilcoxon(d, mode="approx", correction=True).pvalue
        else:
            p = stats.wilcoxon(d, mode="exact").pvalue
            assert len(d) > 15 or np.isclose(p, signed_rank_by_enumeration(d), rtol=1e-12)
            yield name, d, p


def two_sample_cases(rng):
    a, b = PERMEABILITY
    yield "permeability", a, b, "exact"
    for n, m in ((1, 1), (2, 3), (6, 6), (10, 10), (10, 20), (50, 50), (3, 50)):
        yield (f"exact_{n}_{m}", list(rng.normal(0.4, 1, n).round(9)),
               list(rng.normal(0, 1, m).round(9)), "exact")
    yield "apart", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [11.0, 12.0, 13.0, 14.0, 15.0, 16.0], "exact"
    yield ("ties", list(rng.randint(0, 6, 10).astype(float)),
           list(rng.randint(1, 8, 9).astype(float)), "asymptotic")
    yield ("large", list(rng.normal(0.2, 1, 51).round(9)), list(rng.normal(0, 1, 60).round(9)),
           "asymptotic")


def main():
    check_published()
    rng = np.random.RandomState(20240229)
    out = Header("rank_values.h", "rank_values.py", "Rank statistics by SciPy and by enumeration.")
    out.line("struct one_sample { const char *name; const double *d; size_t n; double p, estimate; };")
    out.line("struct two_samples { const char *name; const double *a; size_t n; const double *b; size_t m;")
    out.line("                     double p, shift, a12; };")
    rows = []
    for name, d, p in wilcoxon_cases(rng):
        out.array(f"d_{name}", d)
        rows.append(f'    {{"{name}", d_{name}, {len(d)}, {number(p)}, {number(walsh_median(d))}}},')
    out.line("static const struct one_sample one_sample_cases[] = {")
    out.lines += rows
    out.line("};")
    rows = []
    for name, a, b, method in two_sample_cases(rng):
        p = stats.mannwhitneyu(a, b, method=method).pvalue
        if method == "exact" and len(a) + len(b) <= 16:
            assert np.isclose(p, rank_sum_by_enumeration(a, b), rtol=1e-12)
        out.array(f"a_{name}", a)
        out.array(f"b_{name}", b)
        rows.append(f'    {{"{name}", a_{name}, {len(a)}, b_{name}, {len(b)}, {number(p)},'
                    f' {number(shift(a, b))}, {number(a12(a, b))}}},')
    out.line("static const struct two_samples two_sample_cases[] = {")
    out.lines += rows
    out.line("};")
    p = [0.01, 0.04, 0.03, 0.005, 0.2, 0.03, 0.9, 0.0001, 1.0, 0.049]
    out.array("holm_p", p)
    out.array("holm_adjusted", holm(p))
    out.write()


if __name__ == "__main__":
    main()
