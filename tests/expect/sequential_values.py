"""Group-sequential boundaries by the joint normal distribution of all looks (SciPy), and one whole
comparison, look by look, with the signed ranks enumerated."""
import math

import numpy as np
from scipy import optimize, stats

from common import Header, Rng, number
from location_values import largest_rank, signed_rank_probabilities

ALPHA = 0.05
Z95 = stats.norm.ppf(0.975)

# Five equal looks, O'Brien-Fleming spending of 5 %, two-sided (Lan and DeMets 1983; R's ldbounds).
LAN_DEMETS = [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]


def inside(times, zs):
    """P(|Z_k| < z_k at every look)."""
    times, zs = np.array(times, float), np.array(zs, float)
    if len(zs) == 1:
        return float(1 - 2 * stats.norm.sf(zs[0]))
    covariance = np.sqrt(np.minimum.outer(times, times) / np.maximum.outer(times, times))
    return float(stats.multivariate_normal.cdf(zs, cov=covariance, lower_limit=-zs, maxpts=300_000,
                                               abseps=1e-7, releps=1e-7))


def boundary(times, zs, spend):
    """The next z, so that all looks together find a difference with this probability."""
    return optimize.brentq(lambda z: 1 - inside(times, zs + [z]) - spend, 0.5, 7.5, xtol=1e-6)


def boundaries(times, spends):
    zs = []
    for k, spend in enumerate(spends):
        zs.append(boundary(times[:k + 1], zs, spend))
    return zs


def spending(t):
    planned = 0.95 * ALPHA
    return planned * t if t <= 1 else planned + (ALPHA - planned) * (1 - 1 / t)


def interval(d, z):
    walsh = sorted((d[i] + d[j]) / 2 for i in range(len(d)) for j in range(i, len(d)))
    k = largest_rank(signed_rank_probabilities(len(d)), stats.norm.sf(z))
    return (float(np.median(walsh)),) + (
        (walsh[k - 1], walsh[len(walsh) - k]) if k else (math.nan, math.nan))


def comparison(d, margin, most):
    """(pairs, planned, z, estimate, lo, hi, word) of each look, until one decides."""
    delta, looks, times, zs, spent = math.log1p(margin), [], [], [], 0.0
    n = 8
    while True:
        _, lo, hi = interval([abs(x) for x in d[:n]], Z95)
        planned = min(most, math.ceil((2 * 2.1 * 1.5 * (hi - lo) / (2 * Z95) / delta) ** 2 * n))
        spend = spending(math.inf if n == most else n / planned)
        assert spend > spent + 1e-6
        times.append(n)
        zs.append(boundary(times, zs, spend))
        spent = spend
        estimate, lo, hi = interval(d[:n], zs[-1])
        word = ("open" if math.isnan(lo) else "same" if -delta <= lo and hi <= delta else
                "faster" if lo > 0 else "slower" if hi < 0 else "open")
        looks.append((n, planned, zs[-1], estimate, lo, hi, word))
        if word != "open" or n == most:
            return looks
        n = min(most, n + -(-n // 10))


def main():
    np.random.seed(1)
    obf = [4 * stats.norm.sf(stats.norm.ppf(1 - ALPHA / 4) / math.sqrt(t)) for t in (0.2, 0.4, 0.6, 0.8, 1)]
    for ours, published in zip(boundaries([1, 2, 3, 4, 5], obf), LAN_DEMETS):
        assert abs(ours - published) < 2e-4, (ours, published)
    header = Header("sequential_values.h", "sequential_values.py",
                    "Expected values of stats/sequential.h.")
    cases = [("O'Brien-Fleming, five equal looks", [1, 2, 3, 4, 5], obf),
             ("linear", [8, 9, 10, 11], [0.02, 0.025, 0.03, 0.035]),
             ("uneven, one that spends little", [8, 30, 31, 100], [0.001, 0.02, 0.0201, 0.05])]
    header.lines.append("static const struct { const char *name; size_t looks; double time[5], "
                        "spend[5], z[5]; } boundary_cases[] = {")
    for name, times, spends in cases:
        zs = boundaries(times, spends)
        row = ["{" + ", ".join(number(float(v)) for v in values) + "}" for values in (times, spends)]
        row.append("{" + ", ".join(f"{z:.4f}" for z in zs) + "}")
        header.lines.append(f'    {{"{name}", {len(times)}, {", ".join(row)}}},')
    header.lines += ["};", ""]

    rng = Rng(27)
    uniforms = [(rng.next() >> 11) / 2 ** 53 for _ in range(200)]
    d = [0.006 + 0.03 * (sum(uniforms[10 * i:10 * i + 10]) - 5) / 3 for i in range(16)]
    header.array("compared", d)
    header.lines.append("static const struct { size_t pairs, planned; double z, estimate, lo, hi; "
                        "const char *word; } compared_looks[] = {")
    for n, planned, z, estimate, lo, hi, word in comparison(d, 0.01, 16):
        header.lines.append(f'    {{{n}, {planned}, {z:.4f}, {number(estimate)}, {number(lo)}, '
                            f'{number(hi)}, "{word}"}},')
    header.lines += ["};", ""]
    header.write()


if __name__ == "__main__":
    main()
