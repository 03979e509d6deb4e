"""Percentiles of latencies by NumPy (inverted_cdf is the nearest rank), and the log-linear buckets
counted out one octave after the other."""
import numpy as np

from common import Header

QUANTILES = [0, 0.001, 0.07, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 1]
VALUES = [0, 1, 2047, 2048, 2049, 2050, 4095, 4096, 4099, 4100, 8191, 8192, 123456789,
          2**39 - 1, 2**39, 2**40 - 1, 2**40, 2**63]


def bucket(value):
    """2,048 exact ones, then 1,024 equal ones for each octave."""
    value = min(value, 2**40 - 1)
    if value < 2048:
        return value
    before, least = 2048, 2048
    while value >= 2 * least:
        before, least = before + 1024, 2 * least
    return before + (value - least) * 1024 // least


def main():
    rng = np.random.RandomState(2014)
    samples = np.sort(np.floor(rng.lognormal(5, 2, 1000)).astype(np.int64))
    out = Header("hist_values.h", "hist_values.py", "Percentiles of latencies by NumPy.")
    out.array("latency_ns", samples, "uint64_t")
    out.array("latency_q", QUANTILES)
    out.array("latency_expected", np.quantile(samples, QUANTILES, method="inverted_cdf"))
    out.array("bucket_values", VALUES, "uint64_t")
    out.array("bucket_expected", [bucket(v) for v in VALUES], "size_t")
    out.write()


if __name__ == "__main__":
    main()
