r"""Rates of the funnel whose counts are farther from the rate that was used than chance explains.

A rate r that rests on n leads predicts the successes k of m tries as a beta-binomial count with a = n r and
b = n (1 - r): what is not known of the rate widens what chance allows. A rate without a sample size is taken at its
word, and so is one of 0 or 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy

from optimizer.scenario.match import Floats
from optimizer.weekly.past import PastWeek
from optimizer.weekly.stages import GROUP

_COUNTED = ["leads", "valid", "contacted", "qualified", "booked", "answered_late", "booked_late"]
_COLUMNS = [*GROUP, "rate", "used", "sample_size", "tried", "went_on", "counted", "chance"]


def rates_beyond_chance(past: Sequence[PastWeek], level: float) -> pd.DataFrame:
    """Rates that the first reviewed week used, against the counts of all reviewed weeks.

    Args:
        past: The weeks.
        level: Probability below which a count is not chance; of both sides together.

    Returns:
        Columns service_line, channel, location (as in the table funnel), rate (its column), used, sample_size, tried,
        went_on, counted (went_on / tried), chance (probability of a count as far off or farther), least chance first.
    """
    told = [week.counts.reindex(columns=[*GROUP, *_COUNTED]) for week in past if len(week.counts)]
    if not told:
        return pd.DataFrame(columns=_COLUMNS)
    frame = past[0].recorded.scenario.tables["funnel"].frame
    counts = pd.concat(told, ignore_index=True)
    own = pd.MultiIndex.from_frame(counts[GROUP]).isin(pd.MultiIndex.from_frame(frame[GROUP]))
    sums = counts.assign(location=np.where(own, counts["location"], "")).groupby(GROUP)[_COUNTED].sum().reset_index()
    both = frame.merge(sums, on=GROUP, how="inner", validate="one_to_one")
    tests = pd.concat([_test(both, *rate) for rate in _RATES], ignore_index=True)
    return tests[tests["chance"] < level].sort_values("chance", kind="stable").reset_index(drop=True)


_RATES = (
    ("valid_rate", "leads", "valid", ()),
    ("contactable_rate", "valid", "contacted", ("valid_rate",)),
    ("qualified_rate", "contacted", "qualified", ("valid_rate", "contactable_rate")),
    ("booking_rate", "in_time", "booked", ("valid_rate", "contactable_rate", "qualified_rate")),
    ("booking_rate_late", "answered_late", "booked_late", ("valid_rate", "contactable_rate", "qualified_rate")),
)
"""Rate, those who tried, those who went on, and rates that lead to it, by which fewer leads are behind it."""


def _test(both: pd.DataFrame, rate: str, tried: str, went_on: str, before: Sequence[str]) -> pd.DataFrame:
    both = both.assign(in_time=both["qualified"] - both["answered_late"])
    used, size = both[rate].to_numpy(float), both["sample_size"].to_numpy(float)
    behind = size * both[list(before)].prod(axis=1).to_numpy(float)
    many, found = both[tried].to_numpy(float), both[went_on].to_numpy(float)
    made = both[GROUP].assign(rate=rate, used=used, sample_size=size, tried=many, went_on=found)
    made = made.assign(counted=found / np.where(many > 0, many, np.nan), chance=_chance(found, many, used, behind))
    return made[many > 0]


def _chance(found: Floats, many: Floats, used: Floats, behind: Floats) -> Floats:
    """Probability of a count at least as far off on its side, for both sides."""
    sure = ~(behind > 0) | (used <= 0) | (used >= 1)
    a, b = np.where(sure, 1.0, behind * used), np.where(sure, 1.0, behind * (1 - used))
    up_to = np.where(sure, scipy.stats.binom.cdf(found, many, used), scipy.stats.betabinom.cdf(found, many, a, b))
    below = np.where(
        sure, scipy.stats.binom.cdf(found - 1, many, used), scipy.stats.betabinom.cdf(found - 1, many, a, b)
    )
    return np.asarray(np.minimum(2 * np.minimum(up_to, 1 - below), 1.0))
