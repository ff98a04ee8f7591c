"""Forecast leads against those that came, by campaign and week; what chance explains; how far simple forecasts miss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from optimizer.calibration.counts import SCATTERS, interval, scatter_profile
from optimizer.weekly.past import PastWeek

CHANCE = 0.99
"""Probability with which a count lies within the limits of chance."""
OFTEN = 2
"""Weeks in which a campaign must miss beyond chance, in the same direction, to be named: of 8 weeks, chance alone does
that to one campaign in 700."""
_ENOUGH = 3
"""Weeks from which on the scatter of counts can be told from the level of a campaign."""


def campaign_errors(past: Sequence[PastWeek]) -> tuple[pd.DataFrame, float]:
    """Forecast and actual leads of every campaign and week, and the scatter that chance is taken to have.

    Returns:
        Rows with week, campaign, location, service_line, channel, budget (in effect), spent, expected (leads at the
        budget), at_spend (leads at what was spent), leads, low and high (limits of chance around at_spend), beyond
        (-1 fewer leads than chance explains, 1 more, 0 within; NaN where not told), last_week and same_cpl (simple
        forecasts: last week's leads; what was spent, at last week's cost per lead).
    """
    table = pd.concat([_errors(week) for week in past], ignore_index=True)
    scatter = _scatter(table)
    at_spend = np.maximum(table["at_spend"].to_numpy(float), 1e-9)
    low, high = interval(np.nan_to_num(at_spend, nan=1.0), np.full(len(table), scatter), CHANCE)
    leads, told = table["leads"].to_numpy(float), np.isfinite(at_spend) & table["leads"].notna().to_numpy()
    beyond = np.where(told, (leads > high).astype(float) - (leads < low), np.nan)
    limits = {"low": np.where(told, low, np.nan), "high": np.where(told, high, np.nan), "beyond": beyond}
    return table.assign(**limits), scatter


def _errors(week: PastWeek) -> pd.DataFrame:
    had = week.spent_before > 0
    same_cpl = np.where(had, week.leads_before * week.spent / np.where(had, week.spent_before, 1.0), np.nan)
    return week.recorded.facts.campaigns[["campaign", "location", "service_line", "channel"]].assign(
        week=week.week,
        budget=week.recorded.in_effect,
        spent=week.spent,
        expected=week.expected,
        at_spend=week.at_spend,
        leads=week.leads,
        last_week=week.leads_before,
        same_cpl=same_cpl,
    )


def _scatter(table: pd.DataFrame) -> float:
    """Scatter of counts beyond Poisson: the likeliest one, the same for all, each campaign at its own level.

    Where campaigns were told in fewer than three weeks each, level and scatter cannot be told apart, and chance is
    that of Poisson counts.
    """
    told = table.dropna(subset=["at_spend", "leads"])
    sums = told.groupby("campaign")[["at_spend", "leads"]].transform("sum")
    many = told.groupby("campaign")["leads"].transform("size") >= _ENOUGH
    mine = told[many & (sums["leads"] > 0) & (sums["at_spend"] > 0) & (told["at_spend"] > 0)]
    if mine.empty:
        return float(SCATTERS[0])
    level = (sums["leads"] / sums["at_spend"]).loc[mine.index]
    expected = (mine["at_spend"] * level).to_numpy(float)[:, None]
    profile = scatter_profile(mine["leads"].to_numpy(float)[:, None], expected, np.ones_like(expected))
    return float(SCATTERS[int(np.argmax(profile.sum(axis=0)))])


_FORECASTS = {
    "expected": "Forecast, at the budgets in effect",
    "at_spend": "The curves, at what was spent",
    "last_week": "Last week's leads",
    "same_cpl": "Last week's cost per lead, at what was spent",
}


def accuracy(errors: pd.DataFrame) -> pd.DataFrame:
    """How far each forecast was off, over the campaign weeks that all of them know.

    Returns:
        name, title, campaign_weeks, leads (that came in them), mean_error (leads per campaign week, either way),
        bias (forecast less actual, per campaign week).
    """
    told = errors.dropna(subset=["leads", *_FORECASTS])
    rows = []
    for name, title in _FORECASTS.items():
        off = (told[name] - told["leads"]).to_numpy(float)
        mean = (float(np.abs(off).mean()), float(off.mean())) if len(off) else (np.nan, np.nan)
        rows.append((name, title, len(told), float(told["leads"].sum()), *mean))
    return pd.DataFrame(rows, columns=["name", "title", "campaign_weeks", "leads", "mean_error", "bias"])


def missed_too_often(errors: pd.DataFrame) -> pd.DataFrame:
    """Campaigns that missed beyond chance in the same direction in at least ``OFTEN`` weeks, the farthest off first."""
    told = errors.dropna(subset=["beyond"])
    keys = ["campaign", "location", "service_line", "channel"]
    sums = told.assign(fewer=told["beyond"] < 0, more=told["beyond"] > 0).groupby(keys, sort=True).agg(
        fewer=("fewer", "sum"), more=("more", "sum"), told=("week", "size"), expected=("at_spend", "sum"),
        leads=("leads", "sum"),
    )  # fmt: skip
    sums = sums.assign(weeks=sums[["fewer", "more"]].max(axis=1))
    found = sums[sums["weeks"] >= OFTEN].drop(columns=["fewer", "more"])
    order = (found["expected"] - found["leads"]).abs().sort_values(ascending=False, kind="stable").index
    return found.loc[order].reset_index()
