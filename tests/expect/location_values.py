"""Intervals of a shift, of paired differences and of coefficients of variation, autocorrelation of
ranks, and levels of a series: by enumeration, SciPy and NumPy, from the published definitions."""
import collections
import itertools
import math

import numpy as np
from scipy import stats

from common import Header, number
from rank_values import DEPRESSION, PERMEABILITY


def largest_rank(probabilities, tail=0.025):
    """Largest k with P(statistic < k) <= tail; probabilities[s] belongs to the value s."""
    below = 0.0
    for k, p in enumerate(probabilities):
        below += p
        if below > tail * (1 + 1e-12):
            return k
    return 0


def u_probabilities(n, m):
    """Distribution of U by dealing out ranks in every way."""
    counts = np.zeros(n * m + 1)
    for chosen in itertools.combinations(range(1, n + m + 1), n):
        counts[sum(chosen) - n * (n + 1) // 2] += 1
    return counts / counts.sum()


def signed_rank_probabilities(n):
    signs = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1
    return np.bincount(signs @ np.arange(1, n + 1), minlength=n * (n + 1) // 2 + 1) / (1 << n)


def shift_interval(a, b):
    differences = sorted(x - y for x in a for y in b)
    k = largest_rank(u_probabilities(len(a), len(b)))
    if k == 0:
        return math.nan, math.nan
    return differences[k - 1], differences[len(differences) - k]


def low_rank(a, b):
    """(estimate, lo, hi, p) of the rank test that scores min(2 r - 1, 2 floor(2 N / 3)): exact by
    counting in whole numbers every way to deal out the ranks, to 64 values and for p without ties,
    else normal. The interval: every gap between differences is tried."""
    n, total = len(a), len(a) + len(b)
    scores = [min(2 * r - 1, 2 * (2 * total // 3)) for r in range(1, total + 1)]
    mean, is_exact = n * sum(scores) / total, total <= 64

    def statistic(x, y):
        ranks, both = stats.rankdata(x + y), sorted(x + y)
        shared = {v: np.mean([scores[i] for i in range(total) if both[i] == v]) for v in set(both)}
        return sum(shared[v] for v in x), [shared[v] for v in both], len(set(ranks)) < total

    def spread(of):
        return math.sqrt(np.var(of) * n * (total - n) / (total - 1))

    ways = [collections.Counter({0: 1})] + [collections.Counter() for _ in range(n)]
    for own in scores if is_exact else []:
        for j in range(n, 0, -1):
            for t, count in ways[j - 1].items():
                ways[j][t + own] += count
    dealt = math.comb(total, n)
    t, of, has_ties = statistic(a, b)
    if is_exact and not has_ties:
        tails = [sum(c for v, c in ways[n].items() if ok(v)) for ok in (lambda v: v <= t, lambda v: v >= t)]
        p = min(1.0, 2 * min(tails) / dealt)
    else:
        p = min(1.0, 2 * stats.norm.sf(max(0, abs(t - mean) - 0.5) / (spread(of) or math.inf)))

    def is_held(t):
        if not is_exact:
            return abs(t - mean) < stats.norm.ppf(0.975) * spread(scores)
        return all(1000 * sum(c for v, c in ways[n].items() if ok(v)) > 25 * dealt
                   for ok in (lambda v: v <= t, lambda v: v >= t))

    cuts = sorted({x - y for x in a for y in b})
    if len(cuts) == 1:
        return cuts[0], cuts[0], cuts[0], p
    gaps = [-1e9, *[(u + v) / 2 for u, v in zip(cuts, cuts[1:])], 1e9]
    sums = [statistic([x - gap for x in a], b)[0] for gap in gaps]
    held = [i for i, t in enumerate(sums) if is_held(t)]
    ends = (cuts[held[0] - 1], cuts[held[-1]]) if 0 not in held and len(cuts) not in held else (math.nan,) * 2
    over = max(i for i, t in enumerate(sums) if t > mean + 1e-9)
    under = min(i for i, t in enumerate(sums) if t < mean - 1e-9)
    return (cuts[over] + cuts[under - 1]) / 2, *ends, p


def pairs_interval(d):
    walsh = sorted((d[i] + d[j]) / 2 for i in range(len(d)) for j in range(i, len(d)))
    k = largest_rank(signed_rank_probabilities(len(d)))
    if k == 0:
        return math.nan, math.nan
    return walsh[k - 1], walsh[len(walsh) - k]


def lag1(x):
    n, ranks = len(x), stats.rankdata(x)
    r = ranks - ranks.mean()
    return min(max((n * float(r[1:] @ r[:-1] / (r @ r)) + 1) / (n - 4), -1), 0.95)


def bonett_parts(x):
    x = np.sort(np.asarray(x) / np.mean(x))
    n = len(x)
    cut = min(int(n / (2 * math.sqrt(n - 4))), (n - 1) // 2)
    trimmed = x[cut:n - cut].mean()
    return n, x.var(ddof=1), ((x - x.mean()) ** 2).sum(), ((x - trimmed) ** 4).sum()


def cv_ratio(a, b):
    z = stats.norm.ppf(0.975)
    (n, va, sa, fa), (m, vb, sb, fb) = bonett_parts(a), bonett_parts(b)
    kurtosis = (n + m) * (fa + fb) / (sa + sb) ** 2
    se = math.sqrt((kurtosis - (n - 3) / n) / (n - 1) + (kurtosis - (m - 3) / m) / (m - 1))
    centre = math.log((n / (n - z)) / (m / (m - z)) * va / vb)
    return math.log(va / vb) / 2, (centre - z * se) / 2, (centre + z * se) / 2


def cv_interval(x):
    z = stats.norm.ppf(0.975)
    n, v, s, f = bonett_parts(x)
    c = n / (n - z)
    se = c * math.sqrt((n * f / s ** 2 - (n - 3) / n) / (n - 1))
    return tuple(math.exp((math.log(c * v) + sign * z * se) / 2) for sign in (-1, 1))


def best_levels(x, noise, shortest):
    """Ends of the cheapest levels, by trying every set of ends."""
    n, best, found = len(x), math.inf, None
    for count in range(n // shortest):
        for ends in itertools.combinations(range(1, n), count):
            bounds = (0, *ends, n)
            if any(b - a < shortest for a, b in zip(bounds, bounds[1:])):
                continue
            cost = sum(((np.array(x[a:b]) - np.mean(x[a:b])) ** 2).sum()
                       for a, b in zip(bounds, bounds[1:]))
            cost += count * 3 * math.log(n) * noise ** 2
            if cost < best - 1e-12:
                best, found = cost, (*ends, n)
    return found


def sample_pairs(rng):
    yield "permeability", *PERMEABILITY
    yield "ten", list(rng.normal(100, 1, 10).round(6)), list(rng.normal(101, 2, 10).round(6))
    yield "uneven", list(rng.normal(50, 3, 6).round(6)), list(rng.normal(48, 3, 9).round(6))
    yield "least", list(rng.normal(5, 1, 4).round(6)), list(rng.normal(5, 1, 4).round(6))
    yield "few", list(rng.normal(5, 1, 3).round(6)), list(rng.normal(5, 1, 3).round(6))


def low_rank_samples(rng):
    yield from sample_pairs(rng)
    yield "ties", [3.0, 5.0, 5.0, 8.0, 2.0], [1.0, 3.0, 3.0, 2.0, 7.0, 4.0, 1.0]
    yield "alike", [4.0] * 5, [4.0] * 6
    yield "twenty", list(rng.normal(0.05, 0.02, 20).round(6)), list(rng.normal(0, 0.02, 40).round(6))
    slow = list((rng.normal(0, 0.02, 40) + (rng.uniform(size=40) < 0.3) * rng.exponential(0.3, 40)).round(6))
    yield "slowed", slow, list(rng.normal(0.05, 0.02, 20).round(6))
    yield "most", list(rng.normal(0, 1, 44).round(6)), list(rng.normal(1, 1, 20).round(6))
    yield "beyond", list(rng.normal(0, 1, 33).round(6)), list(rng.normal(0.4, 1, 32).round(6))


def main():
    rng = np.random.RandomState(20261124)
    out = Header("location_values.h", "location_values.py",
                 "Intervals by enumeration and from the published definitions.")
    out.line("struct located_two { const char *name; const double *a; size_t n; const double *b; size_t m;")
    out.line("                     double lo, hi, cv_ratio, cv_lo, cv_hi; };")
    rows = []
    for name, a, b in sample_pairs(rng):
        lo, hi = shift_interval(a, b)
        ratio = cv_ratio(a, b) if min(len(a), len(b)) >= 6 else (math.nan,) * 3
        out.array(f"two_{name}_a", a)
        out.array(f"two_{name}_b", b)
        numbers = ", ".join(number(v) for v in (lo, hi, *ratio))
        rows.append(f'    {{"{name}", two_{name}_a, {len(a)}, two_{name}_b, {len(b)}, {numbers}}},')
    out.line("static const struct located_two located_two_cases[] = {")
    out.lines += rows
    out.line("};")

    out.line("struct low_rank_case { const char *name; const double *a; size_t n; const double *b; size_t m;")
    out.line("                       double estimate, lo, hi, p; };")
    rows = []
    for name, a, b in low_rank_samples(np.random.RandomState(20261128)):
        out.array(f"low_{name}_a", a)
        out.array(f"low_{name}_b", b)
        numbers = ", ".join(number(v) for v in low_rank(a, b))
        rows.append(f'    {{"{name}", low_{name}_a, {len(a)}, low_{name}_b, {len(b)}, {numbers}}},')
    out.line("static const struct low_rank_case low_rank_cases[] = {")
    out.lines += rows
    out.line("};")

    out.line("struct located_one { const char *name; const double *d; size_t n;")
    out.line("                     double lo, hi, lag1, cv_lo, cv_hi; };")
    rows = []
    series = [("depression", [y - x for x, y in zip(*DEPRESSION)]),
              ("six", list(rng.normal(1, 1, 6).round(6))), ("five", list(rng.normal(1, 1, 5).round(6))),
              ("walk", list((100 + rng.normal(0, 1, 12).cumsum()).round(6))),
              ("ties", [3.0, 3.0, 4.0, 5.0, 5.0, 5.0, 6.0, 2.0, 2.0, 7.0])]
    for name, d in series:
        lo, hi = pairs_interval(d)
        cv = cv_interval(d) if len(d) >= 6 and min(d) > 0 else (math.nan, math.nan)
        out.array(f"one_{name}", d)
        numbers = ", ".join(number(v) for v in (lo, hi, lag1(d) if len(d) >= 6 else 0.0, *cv))
        rows.append(f'    {{"{name}", one_{name}, {len(d)}, {numbers}}},')
    out.line("static const struct located_one located_one_cases[] = {")
    out.lines += rows
    out.line("};")

    out.line("struct levels_case { const char *name; const double *x; size_t n; double noise;")
    out.line("                     size_t shortest, count; const size_t *ends; };")
    rows = []
    steps = [("one_step", [0.0] * 6 + [5.0] * 6, 1.0, 2), ("flat", [0.0] * 12, 1.0, 2),
             ("two_steps", [0.0] * 5 + [6.0] * 4 + [2.0] * 5, 1.0, 2),
             ("short_last", [0.0] * 10 + [9.0], 1.0, 2), ("short_two", [0.0] * 10 + [9.0] * 2, 1.0, 2),
             ("ones", [0.0] * 4 + [9.0] + [0.0] * 4, 1.0, 1)]
    for name, level, noise, shortest in steps:
        x = list((np.array(level) + rng.normal(0, noise, len(level))).round(6))
        ends = best_levels(x, noise, shortest)
        out.array(f"levels_{name}", x)
        out.array(f"levels_{name}_ends", ends, "size_t")
        rows.append(f'    {{"{name}", levels_{name}, {len(x)}, {noise}, {shortest}, {len(ends)}, '
                    f'levels_{name}_ends}},')
    out.line("static const struct levels_case levels_cases[] = {")
    out.lines += rows
    out.line("};")
    out.write()


if __name__ == "__main__":
    main()
