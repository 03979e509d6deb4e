"""Theil-Sen, Mann-Kendall, Hamed-Rao: SciPy for the slopes and Kendall's tau, the papers' formulas
written out with NumPy for the rest."""
import math

import numpy as np
from scipy import stats

from common import Header, number

Z = stats.norm.ppf(0.975)


def pairwise_slopes(x, y):
    i, j = np.triu_indices(len(x), 1)
    return np.sort((y[j] - y[i]) / (x[j] - x[i]))


def mann_kendall(y):
    """S and its variance with ties (Kendall 1975)."""
    i, j = np.triu_indices(len(y), 1)
    n, groups = len(y), np.unique(y, return_counts=True)[1]
    ties = sum(t * (t - 1) * (2 * t + 5) for t in groups.tolist())
    return float(np.sign(y[j] - y[i]).sum()), (n * (n - 1) * (2 * n + 5) - ties) / 18


def hamed_rao(x, y, slope):
    """n/n* of Hamed and Rao 1998 over the initial positive lags; src/stats/trend.h says why those."""
    n, left = len(x), y - slope * x
    grain = 8 * np.finfo(float).eps * (np.abs(y) + np.abs(slope * x)).max()
    steps = np.concatenate([[0], np.cumsum(np.diff(np.sort(left)) > grain)])  # rounding makes ties
    level = np.empty(n)
    level[np.argsort(left, kind="stable")] = steps
    ranks = stats.rankdata(level) - (n + 1) / 2
    if not ranks.any():
        return 1.0
    rho = np.correlate(ranks, ranks, "full")[n:] / (ranks @ ranks)  # rho[0] is lag 1
    if rho[0] < Z / math.sqrt(n):
        return 1.0
    rho = np.minimum(1, rho + (2 + 4 * rho[0]) / n)
    negative = np.flatnonzero(rho < 0)
    k = np.arange(1, 1 + (negative[0] if len(negative) else n))
    k = k[k < n - 2]
    return 1 + 2 * float(((n - k) * (n - k - 1) * (n - k - 2) * rho[k - 1]).sum()) / (n * (n - 1) * (n - 2))


def p_of(s, variance):
    z = np.sign(s) * (abs(s) - 1) / math.sqrt(variance) if s and variance > 0 else 0.0
    return float(z), min(1.0, float(2 * stats.norm.sf(abs(z))))


def trend(x, y):
    slopes, (s, variance) = pairwise_slopes(x, y), mann_kendall(y)
    slope, count = float(np.median(slopes)), len(slopes)
    ratio = hamed_rao(x, y, slope)
    rank = math.floor((count - Z * math.sqrt(variance * ratio)) / 2)  # from 1: Sen's M1
    lo, hi = (slopes[rank - 1], slopes[count - rank]) if rank >= 1 else (
        min(0, slopes[0]), max(0, slopes[-1]))
    tau = 0.0 if variance == 0 else stats.kendalltau(x, y).correlation
    z, p = p_of(s, variance * ratio)
    tenth = max(3, len(y) // 10)
    return [slope, lo, hi, np.median(y - slope * x), tau, z, p, p_of(s, variance)[1], ratio,
            np.median(y[:tenth]), np.median(y[-tenth:])]


def check(x, y):
    """Against what SciPy has: the slope, and Kendall's p, which knows no continuity correction."""
    assert np.isclose(trend(x, y)[0], stats.theilslopes(y, x)[0], rtol=1e-12, atol=1e-300)
    s, variance = mann_kendall(y)
    if variance > 0 and len(np.unique(y)) > 1:
        p = stats.kendalltau(x, y, method="asymptotic").pvalue
        assert np.isclose(p, 2 * stats.norm.sf(abs(s) / math.sqrt(variance)), rtol=1e-9)


def autoregressive(rng, n, rho):
    y = [rng.normal()]
    while len(y) < n:
        y.append(rho * y[-1] + math.sqrt(1 - rho * rho) * rng.normal())
    return 100 + np.array(y)


def cases(rng):
    for n in (8, 9, 15, 60, 201):
        x = np.arange(n) * 1.0
        yield f"white_{n}", x, rng.normal(100, 1, n)
        yield f"rising_{n}", x, 100 + 5 * x / n + rng.normal(0, 1, n)
        yield f"memory_{n}", np.cumsum(rng.uniform(0.5, 60, n)), autoregressive(rng, n, 0.8)
    x = np.arange(60) * 30.0
    yield "sawtooth", x, 100 + (5.3 * x / 1800 + 0.4) % 1 * 50 + rng.normal(0, 1, 60)
    yield "falling_curve", x, 200 - 20 * np.log1p(x)
    yield "many_ties", x, np.floor(rng.uniform(0, 3, 60)) + np.floor(x / 600)
    yield "jumps", x, np.where(rng.uniform(0, 1, 60) < 0.1, 4096.0 * 27, 4096.0 * 25)
    yield "step", x, np.where(x < 210, 1e8, 1.5e8)
    yield "line", x, 3 + 0.1 * x
    yield "constant", x, np.full(60, 7.0)


def main():
    rng = np.random.RandomState(19980130)
    out = Header("trend_values.h", "trend_values.py", "Trends by SciPy and by the papers' formulas.")
    out.line("struct trend_case { const char *name; const double *x, *y; size_t n; double slope, lo, hi,")
    out.line("                    intercept, tau, z, p, p_plain, ratio, first, last; };")
    rows = []
    for name, x, y in cases(rng):
        x, y = np.round(x, 6), np.round(y, 6)
        check(x, y)
        out.array(f"x_{name}", x)
        out.array(f"y_{name}", y)
        values = ", ".join(number(v) for v in trend(x, y))
        rows.append(f'    {{"{name}", x_{name}, y_{name}, {len(x)}, {values}}},')
    out.line("static const struct trend_case trend_cases[] = {")
    out.lines += rows
    out.line("};")
    out.write()


if __name__ == "__main__":
    main()
