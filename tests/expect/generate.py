#!/usr/bin/env python3
"""Makes every header of expected values anew, and src/stats/selfcheck_values.h:

    /usr/bin/python3 tests/expect/generate.py

Needs SciPy and NumPy (Debian: python3-scipy). Deterministic: a run without changes leaves no diff.
Each script also checks itself against published examples and fails if they do not come out."""
import sys

sys.dont_write_bytecode = True

import bootstrap_values
import changepoint_values
import effects_values
import hist_values
import location_values
import order_values
import random_values
import rank_values
import selfcheck_values
import sequential_values
import standing_values
import trend_values

for script in (random_values, order_values, rank_values, bootstrap_values, changepoint_values,
               hist_values, location_values, trend_values, sequential_values, standing_values,
               effects_values, selfcheck_values):
    script.main()
