"""Quantiles, spreads, intervals of the median, outliers: NumPy, SciPy and Python's statistics."""
import statistics

import numpy as np
from scipy import stats

from common import Header

# Throughputs, operations a second; round numbers with ties; one value far off; and extremes.
SAMPLES = {
    "throughput": [25311234.5, 25298871.25, 25340112.0, 25287003.75, 25322950.5, 25305111.0,
                   25119002.25, 25333333.0, 25291818.5, 25318765.0],
    "ties": [3.0, 1.0, 2.0, 2.0, 3.0, 3.0, 7.0],
    "far": [10.1, 10.2, 9.9, 10.0, 10.3, 9.8, 10.1, 17.5, 10.0, 9.9, 10.2, 2.0],
    "two": [4.0, 9.0],
    "one": [6.5],
    "wide": [1e-300, 1.0, 1e300, 2.5, 1e150],
    "negative": [-3.5, -1.25, -8.0, -2.0, -2.5, -4.75, -0.5],
}
LEVELS = [0.0, 0.05, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.9, 0.95, 0.975, 1.0]


def median_rank(n):
    """The largest r with P(Binomial(n, 1/2) <= r - 1) <= 0.025."""
    r = 0
    while r + 1 <= n // 2 and stats.binom.cdf(r, n, 0.5) <= 0.025:
        r += 1
    return r


def main():
    out = Header("order_values.h", "order_values.py", "Order statistics by NumPy and SciPy.")
    out.array("levels", LEVELS)
    for name, x in SAMPLES.items():
        out.line()
        out.array(f"x_{name}", x)
        quantiles = np.quantile(x, LEVELS, method="linear")
        if len(x) > 2 and name != "wide":
            assert np.allclose(statistics.quantiles(x, n=4, method="inclusive"),
                               np.quantile(x, [0.25, 0.5, 0.75]), rtol=1e-14)
        out.array(f"quantiles_{name}", quantiles)
        out.value(f"median_{name}", statistics.median(x))
        out.value(f"mad_{name}", stats.median_abs_deviation(x))
        if name != "wide":
            out.value(f"mean_{name}", statistics.fmean(x))
        if len(x) > 1 and name != "wide":
            out.value(f"sd_{name}", statistics.stdev(x))
            out.value(f"cv_{name}", abs(stats.variation(x, ddof=1)))
            robust_cv = 1.4826 * stats.median_abs_deviation(x) / np.median(x)
            out.value(f"robust_cv_{name}", abs(robust_cv))
        if min(x) > 0 and name != "wide":
            out.value(f"geometric_mean_{name}", statistics.geometric_mean(x))
            assert np.isclose(stats.gmean(x), statistics.geometric_mean(x), rtol=1e-14)

    out.line()
    out.line("/* rank of the order statistics about the median, 95 %, for n of 0 to 200 */")
    ranks = [median_rank(n) for n in range(201)]
    assert (ranks[5], ranks[6], ranks[8], ranks[9], ranks[25]) == (0, 1, 1, 2, 8)  # Conover 1999
    out.array("median_ranks", ranks, "size_t")
    large = [500, 1000, 1074, 1075, 2000, 10000]
    out.array("median_rank_large_n", large, "size_t")
    out.array("median_rank_large", [median_rank(n) for n in large], "size_t")

    out.line()
    x = np.array(SAMPLES["far"])
    z = 0.6745 * (x - np.median(x)) / stats.median_abs_deviation(x)
    out.array("modified_z_far", z)
    out.value("outliers_far", int((abs(z) > 3.5).sum()), "size_t")

    out.line()
    z = [-38.0, -10.0, -5.5, -3.0, -1.96, -1.0, -0.3, 0.0, 1e-8, 0.5, 1.0, 1.644853, 2.5, 6.0, 9.0]
    out.array("normal_z", z)
    out.array("normal_cdf", stats.norm.cdf(z))
    p = [1e-300, 1e-100, 1e-20, 1e-9, 1e-4, 0.0013, 0.02424, 0.02425, 0.02426, 0.1, 0.25, 0.4999,
         0.5, 0.7, 0.95, 0.975, 0.97575, 0.999, 1 - 1e-9, 1 - 1e-15]
    out.array("normal_p", p)
    out.array("normal_quantile", stats.norm.ppf(p))
    out.write()


if __name__ == "__main__":
    main()
