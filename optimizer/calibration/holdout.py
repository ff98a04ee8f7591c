"""Forecasts of weeks that the fit did not see, held against what came and against two simple forecasts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from optimizer.calibration.counts import interval, mean_miss
from optimizer.calibration.estimate import Estimate
from optimizer.calibration.expectation import expect
from optimizer.calibration.history import History
from optimizer.calibration.prepare import finds_seasons, weeks_of
from optimizer.calibration.seasons import demand_of, waves
from optimizer.calibration.uncertainty import COVERAGE
from optimizer.scenario.match import Codes, Floats

RECENT = 4
"""Weeks of the first simple forecast: what a lead cost of late."""
_BY_CHANCE = 3.0
"""Standard errors by which a forecast must do worse than another before that is more than chance."""
FORECASTS = ("forecast", "by_recent_cost", "by_flat_cost")


@dataclass(frozen=True)
class Scores:
    """Forecasts of campaigns and weeks that had not been seen.

    Attributes:
        frame: A row per campaign and week: campaign, week, leads, forecast, low, high, by_recent_cost, by_flat_cost,
            by_chance (what a forecast that knows the expectation still misses by).
        unscored: Campaigns that had no week with spend before.
    """

    frame: pd.DataFrame
    unscored: int

    def error(self, column: str = "forecast") -> float:
        """Misses of all campaigns and weeks together relative to the leads that came; NaN where none came."""
        return _relative(self.frame, column)

    @property
    def chance(self) -> float:
        """Error that is left to a forecast that knows every expectation; NaN where no lead came."""
        leads = float(self.frame["leads"].sum())
        return float(self.frame["by_chance"].sum() / leads) if leads else float("nan")

    @property
    def coverage(self) -> float:
        """Share of weeks whose leads lay between low and high."""
        return float(self.frame["leads"].between(self.frame["low"], self.frame["high"]).mean())

    def by_campaign(self) -> pd.DataFrame:
        """Errors of each forecast, coverage, and whether a flat cost did better by more than chance, by campaign."""
        frame = self.frame
        missed = {column: (frame["leads"] - frame[column]).abs() for column in FORECASTS}
        facts = pd.DataFrame(
            {"leads": frame["leads"], **missed, "further": missed["forecast"] - missed["by_flat_cost"]}
        )
        groups = facts.assign(inside=frame["leads"].between(frame["low"], frame["high"])).groupby(frame["campaign"])
        sums, further = groups.sum(), groups["further"]
        errors = sums[list(FORECASTS)].div(sums["leads"].where(sums["leads"] > 0), axis=0)
        worse = further.mean() > _BY_CHANCE * further.std() / np.sqrt(groups.size())  # one week alone has no spread
        return errors.assign(coverage=groups["inside"].mean(), is_worse=worse & (sums["leads"] > 0))


def _relative(rows: pd.DataFrame, column: str) -> float:
    leads = float(rows["leads"].sum())
    return float((rows["leads"] - rows[column]).abs().sum() / leads) if leads else float("nan")


def score(history: History, estimate: Estimate, share: Floats, first: int, count: int) -> Scores:
    """Forecast ``count`` weeks from week ``first`` on, which the estimate has not seen.

    Args:
        history: The whole history; of the weeks forecast, spend and given seasons are used, and leads to score.
        estimate: Fitted on the weeks before.
        share: (I, 1 + longest lag) lag profile of each campaign.
        first: Number of weeks that the estimate has seen.
        count: Weeks to forecast.
    """
    seen = history.until(first)
    rows, weeks = np.nonzero(history.known[:, first : first + count] & _has_spent(seen)[:, None])
    weeks = weeks + first
    expected, doubt = _forecast(history, estimate, share, first)
    scatter = estimate.scatter[rows] + doubt[rows, weeks]
    low, high = interval(expected[rows, weeks], scatter, COVERAGE)
    recent, flat = _simple(seen)
    frame = pd.DataFrame(
        {
            "campaign": history.campaigns["campaign"].to_numpy()[rows],
            "week": history.weeks[weeks],
            "leads": history.leads[rows, weeks],
            "forecast": expected[rows, weeks],
            "low": low,
            "high": high,
            "by_recent_cost": history.spend[rows, weeks] * recent[rows],
            "by_flat_cost": history.spend[rows, weeks] * flat[rows],
            "by_chance": mean_miss(expected[rows, weeks], estimate.scatter[rows]),
        }
    )
    return Scores(frame, int((history.known[:, first : first + count].any(axis=1) & ~_has_spent(seen)).sum()))


def _has_spent(seen: History) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray(((seen.spend > 0) & seen.known).any(axis=1))


def _forecast(history: History, estimate: Estimate, share: Floats, first: int) -> tuple[Floats, Floats]:
    """(I, T) expected leads, growth held where the estimate left it, and variance of their log."""
    weeks = weeks_of(history, share)
    years, earlier = np.zeros_like(weeks.years), np.zeros_like(weeks.earlier)
    years[:, :first], earlier[:, :first] = estimate.weeks.years, estimate.weeks.earlier
    demand = weeks.demand
    if finds_seasons(history) and estimate.size.shape[1]:
        demand = demand_of(estimate.size, waves(list(history.weeks)))[_lines(history)]
    changed = replace(weeks, years=years, earlier=earlier, demand=demand, usual=estimate.weeks.usual)
    expected = expect(estimate.form, estimate.fitted.theta, changed)
    slopes = expected.slopes / expected.leads[:, :, None]
    doubt = ((slopes @ estimate.fitted.covariance) * slopes).sum(axis=2)
    return expected.leads, doubt


def _lines(history: History) -> Codes:
    return np.asarray(pd.Categorical(history.campaigns["service_line"]).codes, dtype=np.int64)


def _simple(seen: History) -> tuple[Floats, Floats]:
    """(I,) leads per money of each campaign's last weeks, and of all its weeks.

    Where the last weeks had no spend, the first is the second.
    """
    last = seen.known.shape[1] - 1 - seen.known[:, ::-1].argmax(axis=1)
    recent = seen.known & (np.arange(seen.known.shape[1]) > last[:, None] - RECENT)
    flat = _per_money(seen.leads.sum(axis=1), seen.spend.sum(axis=1), np.zeros(len(last)))
    late = _per_money((seen.leads * recent).sum(axis=1), (seen.spend * recent).sum(axis=1), flat)
    return late, flat


def _per_money(leads: Floats, spend: Floats, otherwise: Floats) -> Floats:
    return np.divide(leads, spend, out=otherwise.copy(), where=spend > 0)
