"""Bootstrap intervals: the definitions of Efron and Tibshirani 1993, chapter 14, with
SciPy's normal distribution and the tool's own draws (common.py), so that every digit counts.
The same code must come near SciPy's bootstrap with SciPy's draws, and near the book's example."""
import numpy as np
from scipy import stats

from common import Header, Rng
from order_values import SAMPLES

# Efron and Tibshirani 1993: table 14.1 (spatial test, A), table 2.1 (mice, treatment).
SPATIAL = [48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24,
           26, 30, 41]
MICE = [94.0, 197.0, 16.0, 38.0, 99.0, 141.0, 23.0]


def mean(x):
    return float(np.mean(x))


def variance(x):
    """Divided by n, as the book's example does."""
    return float(np.var(x))


def draws(n, seed, resamples):
    rng = Rng(seed)
    for _ in range(resamples):
        yield [rng.below(n) for _ in range(n)]


def bca(x, statistic, seed, resamples, level=0.95):
    x = np.asarray(x, dtype=float)
    n, estimate = len(x), statistic(x)
    thetas = np.array([statistic(x[index]) for index in draws(n, seed, resamples)])
    # Values that are equal but for the order of additions must be equal here too.
    scale = max(abs(thetas).max(), 1e-300)
    near = abs(thetas - estimate) <= 1e-13 * scale
    share = ((thetas < estimate) & ~near).mean() + 0.5 * near.mean()
    z0 = stats.norm.ppf(min(max(share, 0.5 / resamples), 1 - 0.5 / resamples))
    jackknife = np.array([statistic(np.delete(x, i)) for i in range(n)])
    d = jackknife.mean() - jackknife
    a = (d ** 3).sum() / (6 * (d ** 2).sum() ** 1.5)
    ends = []
    for tail in ((1 - level) / 2, (1 + level) / 2):
        z = z0 + stats.norm.ppf(tail)
        ends.append(float(np.quantile(thetas, stats.norm.cdf(z0 + z / (1 - a * z)))))
    return ends


def check_against_others():
    # Table 14.2: the 90 % BCa interval of the variance of the spatial test is (115.8, 259.6).
    low, high = bca(SPATIAL, variance, 1, 4000, level=0.90)
    assert abs(low - 115.8) < 5 and abs(high - 259.6) < 8, (low, high)
    # SciPy counts ties with the estimate as above it, the tool as half: samples with few ties only.
    for x, statistic in ((MICE, np.mean), (SAMPLES["throughput"], np.mean), (SPATIAL, np.var)):
        ours = bca(x, lambda v, f=statistic: float(f(v)), 2, 4000)
        theirs = stats.bootstrap((np.array(x, dtype=float),), statistic, method="BCa",
                                 n_resamples=20000, vectorized=True, axis=-1,
                                 random_state=np.random.RandomState(5)).confidence_interval
        width = theirs.high - theirs.low
        assert abs(ours[0] - theirs.low) < 0.06 * width, (ours, theirs)
        assert abs(ours[1] - theirs.high) < 0.06 * width, (ours, theirs)


def main():
    check_against_others()
    out = Header("bootstrap_values.h", "bootstrap_values.py",
                 "Bootstrap intervals with the tool's own draws.")
    resamples = 2000
    out.value("bootstrap_resamples", resamples, "size_t")
    cases = [("mice", MICE, "MEAN", mean, 1),
             ("throughput", SAMPLES["throughput"], "MEAN", mean, 2),
             ("far", SAMPLES["far"], "MEAN", mean, 3),
             ("spatial", SPATIAL, "VARIANCE", variance, 4)]
    out.line("enum { MEAN, VARIANCE };")
    out.line("struct bca_case { const char *name; const double *x; size_t n; int statistic;")
    out.line("                  uint64_t seed; double lo, hi; };")
    rows = []
    for name, x, kind, statistic, seed in cases:
        low, high = bca(x, statistic, seed, resamples)
        out.array(f"bca_{name}", [float(v) for v in x])
        rows.append(f'    {{"{name}", bca_{name}, {len(x)}, {kind}, {seed}, {low!r}, {high!r}}},')
    out.line("static const struct bca_case bca_cases[] = {")
    out.lines += rows
    out.line("};")
    out.write()


if __name__ == "__main__":
    main()
