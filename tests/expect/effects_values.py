"""Means over machines (random effects): SciPy, by another way to the root (Brent's), and metafor in R, whose
values stand below as it printed them."""
import math

import numpy as np
from scipy import optimize, stats

from common import Header, number

CASES = [
    ("three that lie apart", [0.30, 0.10, 0.45], [0.0004, 0.0009, 0.0001]),
    ("three that agree", [0.101, 0.099, 0.100], [0.0004, 0.0009, 0.0001]),
    ("two", [0.2, 0.3], [0.001, 0.004]),
    ("identical, with noise", [0.25, 0.25, 0.25, 0.25], [0.01, 0.02, 0.01, 0.04]),
    ("twelve", [0.02, 0.13, -0.07, 0.21, 0.05, 0.11, 0.08, -0.01, 0.30, 0.12, 0.09, 0.04],
     [0.002, 0.001, 0.004, 0.010, 0.001, 0.002, 0.0005, 0.003, 0.02, 0.001, 0.002, 0.004]),
    ("one is far away", [0.10, 0.11, 0.09, 0.10, 2.0], [1e-6, 1e-5, 1e-6, 1e-4, 1e-3]),
    ("one is hardly known", [0.10, 0.12, 0.50], [1e-4, 1e-4, 1.0]),
    ("far from 0", [1000.0, 1000.1, 1000.3], [1e-4, 1e-4, 1e-4]),
]

# metafor 3.8-1: rma(y, v, method="PM", test="adhoc", control=list(tol=1e-12, maxiter=1000)):
# name: estimate, standard error, lo, hi, tau.
METAFOR = {
    "three that lie apart": (0.284864186606812, 0.101259888405508, -0.150821948655271, 0.720550321868895, 0.174061933830523),
    "three that agree": (0.100102040816327, 0.00857142857142857, 0.0632221602756168, 0.136981921357036, 0),
    "two": (0.23500000000008, 0.0476969600709993, -0.371047339955187, 0.841047339955347, 0.050000000000266),
    "identical, with noise": (0.25, 0.0603022689155527, 0.0580912670894745, 0.441908732910525, 0),
    "twelve": (0.0748409311949045, 0.0202166486545478, 0.0303443875194581, 0.119337474870351, 0.0504141104088528),
    "one is far away": (0.479590739246683, 0.379859623642794, -0.575068653478628, 1.53425013197199, 0.849261137494598),
    "one is hardly known": (0.110021103614151, 0.00735610471099431, 0.0783703395990685, 0.141671867629234, 0.00286886904264988),
    "far from 0": (1000.13333333333, 0.0881917103688068, 999.753875029974, 1000.51279163669, 0.15242484486896),
}


def effect(y, v):
    y, v = np.array(y), np.array(v)
    df = len(y) - 1

    def rest(tau2):
        w = 1 / (v + tau2)
        return np.sum(w * (y - np.sum(w * y) / np.sum(w)) ** 2) - df

    tau2 = optimize.brentq(rest, 0, 1e3, xtol=1e-18, rtol=1e-15) if rest(0) > 0 else 0.0
    w = 1 / (v + tau2)
    mean = np.sum(w * y) / np.sum(w)
    error = math.sqrt(max(1, np.sum(w * (y - mean) ** 2) / df) / np.sum(w))
    half = stats.t.ppf(0.975, df) * error
    return mean, error, mean - half, mean + half, math.sqrt(tau2), 2 * stats.t.sf(abs(mean) / error, df)


def main():
    header = Header("effects_values.h", "effects_values.py", "Expected values of stats/effects.h.")
    header.lines.append("static const struct effect_case { const char *name; size_t n; double y[12], v[12], "
                        "estimate, error, lo, hi, spread, p; } effect_cases[] = {")
    for name, y, v in CASES:
        own = effect(y, v)
        for mine, theirs in zip(own, METAFOR[name]):
            assert abs(mine - theirs) < 1e-7 * max(1, abs(theirs)), (name, own, METAFOR[name])
        cells = ", ".join(number(float(x)) for x in own)
        header.lines.append(f'    {{"{name}", {len(y)}, {{{", ".join(number(x) for x in y)}}}, '
                            f'{{{", ".join(number(x) for x in v)}}},\n     {cells}}},')
    header.lines += ["};", ""]
    header.write()


if __name__ == "__main__":
    main()
