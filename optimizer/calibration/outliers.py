"""Weeks that do not fit: named, and counted for less, never dropped."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.calibration.estimate import Estimate
from optimizer.calibration.expectation import expect
from optimizer.calibration.history import History

NAMED = 0.999
"""Weight below which a week is named."""


def outlier_table(history: History, estimate: Estimate) -> pd.DataFrame:
    """A row per campaign and week whose leads lie far from what was to be expected: leads, expected, weight."""
    weeks = estimate.weeks
    expected = expect(estimate.form, estimate.fitted.theta, weeks).leads
    rows, at = np.nonzero((weeks.weight > 0) & (weeks.weight < NAMED))
    return pd.DataFrame(
        {
            "campaign": history.campaigns["campaign"].to_numpy()[rows],
            "week": history.weeks[at],
            "spend": history.spend[rows, at],
            "leads": history.leads[rows, at],
            "expected_leads": expected[rows, at],
            "weight": weeks.weight[rows, at],
        }
    )
