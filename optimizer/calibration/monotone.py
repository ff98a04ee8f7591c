"""Rates that do not rise with the weeks waited, where the counts do not say otherwise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy

from optimizer.calibration.pooling import Floats, Rates

AS_COUNTED, EVENED, RISING = "as counted", "evened out over waits", "rises with the wait"
_DOUBT = 0.05
"""Probability, if rates do not rise, below which a rise is believed."""


def falling(rates: Rates) -> tuple[Floats, npt.NDArray[np.str_]]:
    """Rates of one line by rising wait, neighbours that rise evened out (pool adjacent violators).

    A rise too great to be chance is left as it is.

    Returns:
        (W,) rates, and (W,) what was done with each: :data:`AS_COUNTED`, :data:`EVENED` or :data:`RISING`.
    """
    even = scipy.optimize.isotonic_regression(rates.mean, weights=1 / rates.variance, increasing=False)
    blocks = len(even.blocks) - 1
    moved = ~np.isclose(even.x, rates.mean, rtol=1e-9, atol=1e-12)
    if not moved.any():
        return rates.mean, np.full(len(rates.mean), AS_COUNTED)
    apart = float(((rates.mean - even.x) ** 2 / rates.variance).sum())
    if apart > scipy.stats.chi2.ppf(1 - _DOUBT, len(rates.mean) - blocks):
        return rates.mean, np.where(moved, RISING, AS_COUNTED)
    return np.asarray(even.x, dtype=np.float64), np.where(moved, EVENED, AS_COUNTED)
