"""The few values that `hakbench selftest` checks where it runs: src/stats/selfcheck_values.h."""
import math
import statistics

import numpy as np
from scipy import stats

from bootstrap_values import bca, mean
from changepoint_values import optimal_partitioning
from common import STATS, Header, Rng
from location_values import pairs_interval, shift_interval
from order_values import median_rank
from rank_values import a12, holm, shift, signed_rank_by_enumeration, walsh_median

# Operations a second of three allocators, runs of the same blocks.
HAKMEM = [59684554, 58880328, 59690908, 58495824, 58259601, 58774789, 59610982, 60019364, 58121109,
          59972820]
MIMALLOC = [122686212, 121523154, 119555988, 121274983, 121823390, 119737669, 118624338, 121572269,
            120727011, 122599103]
JEMALLOC = [97455130, 96590190, 96707985, 98665518, 99086144, 91259911, 93851442, 91658437, 97294171,
            97999230]
TIED = [2.0, -1.0, 2.0, 3.0, -2.0, 1.0, 4.0, 0.0, 3.0]
A, B = [1.1, 2.2, 3.3, 4.4, 5.0], [2.5, 3.1, 4.8, 6.0, 7.0, 8.0]
P = [0.01, 0.04, 0.03, 0.005]
SLICES, STEP, RESAMPLES = 120, 40, 1000


def slices():
    """A step of 10 % after a third, and a ripple that repeats on every machine."""
    return [(110.0 if i < STEP else 100.0) + 0.125 * ((i * 37) % 11 - 5) for i in range(SLICES)]


def main():
    d = [math.log(j / m) for j, m in zip(JEMALLOC, MIMALLOC)]
    rng = Rng(42)
    draw = [rng.next() >> 32 for _ in range(3)][2]
    a_interval = bca(HAKMEM, mean, 1, RESAMPLES)
    d_interval, two = pairs_interval(d), shift_interval(A, B)
    assert optimal_partitioning(slices()) == [STEP, SLICES]
    out = Header("selfcheck_values.h", "selfcheck_values.py",
                 "What selfcheck.c computes and what it must get.", folder=STATS)
    for name, x in (("hakmem", HAKMEM), ("mimalloc", MIMALLOC), ("jemalloc", JEMALLOC),
                    ("tied", TIED), ("apart_a", A), ("apart_b", B), ("p_values", P), ("slices", slices())):
        out.array(f"check_{name}", [float(v) for v in x])
    out.line(f"enum {{ CHECK_RESAMPLES = {RESAMPLES}, CHECK_SEED = 1 }};")
    out.line()
    for name, value in (
            ("draw", float(draw)),
            ("mean", statistics.fmean(HAKMEM)), ("median", statistics.median(HAKMEM)),
            ("sd", statistics.stdev(HAKMEM)), ("cv", stats.variation(JEMALLOC, ddof=1)),
            ("mad", stats.median_abs_deviation(HAKMEM)),
            ("robust_cv", 1.4826 * stats.median_abs_deviation(HAKMEM) / np.median(HAKMEM)),
            ("p25", np.quantile(HAKMEM, 0.25)), ("p95", np.quantile(HAKMEM, 0.95)),
            ("mean_lo", a_interval[0]), ("mean_hi", a_interval[1]),
            ("median_lo", sorted(HAKMEM)[median_rank(10) - 1]),
            ("median_hi", sorted(HAKMEM)[10 - median_rank(10)]),
            ("geometric_mean", statistics.geometric_mean(JEMALLOC)),
            ("hodges_lehmann", walsh_median(d)),
            ("hodges_lehmann_lo", d_interval[0]), ("hodges_lehmann_hi", d_interval[1]),
            ("wilcoxon", stats.wilcoxon(d, mode="exact").pvalue),
            ("wilcoxon_tied", signed_rank_by_enumeration(TIED)),
            ("holm_smallest", holm(P)[3]), ("holm_largest", holm(P)[1]),
            ("mann_whitney_apart", stats.mannwhitneyu(JEMALLOC, MIMALLOC, method="exact").pvalue),
            ("mann_whitney", stats.mannwhitneyu(A, B, method="exact").pvalue),
            ("mann_whitney_tied", stats.mannwhitneyu(TIED, A, method="asymptotic").pvalue),
            ("a12", a12(A, B)), ("shift", shift(A, B)), ("shift_lo", two[0]), ("shift_hi", two[1]),
            ("quantile_0975", stats.norm.ppf(0.975)), ("quantile_1e6", stats.norm.ppf(1e-6)),
            ("normal_minus_15", stats.norm.cdf(-1.5)), ("step", float(STEP))):
        out.value(f"expected_{name}", value)
    out.write()


if __name__ == "__main__":
    main()
