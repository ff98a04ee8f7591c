"""Rules of a plan that are kept or broken as a whole: on or off, changed or not, on a hollow of its curve or not."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import at_least, at_most, named, one_row
from optimizer.plan.check_money import ALL_WEEKS, spend_range, whole_cents
from optimizer.plan.recompute import Replay
from optimizer.plan.recompute_ground import Floats, Ground

_SHORT = 1e-6
"""Leads, plus the same part of the curve's own, that lie between a curve and its envelope at least."""
_UNSURE = 1e-8
"""The same, by which two computations of it may differ."""


def whole(ground: Ground, plan: Replay) -> list[Finding]:
    """Findings where a campaign runs below its least, or too many campaigns change."""
    return [*_minimum_if_active(ground, plan), *_changed_campaigns(ground, plan)]


def _minimum_if_active(ground: Ground, plan: Replay) -> list[Finding]:
    """Every week's cents are none, or the least at which the campaign runs; but not where it is held as it is."""
    spend = plan.cents / 100
    least = pd.Series(whole_cents(ground.campaigns["min_if_active"])[1] / 100, spend.index)
    asked = pd.DataFrame(dict.fromkeys(spend.columns, least)).where((spend > 0) & (ground.gates.hold <= 0), 0.0)
    return at_least("minimum_if_active", "spend of a running campaign", spend, asked, 0.0)


def _changed_campaigns(ground: Ground, plan: Replay) -> list[Finding]:
    """Campaigns that spend over a cent more or less than today, in weeks in which today's spend is allowed."""
    most = ground.definition.policies.max_changed_campaigns
    if most is None:
        return []
    floor, ceiling = spend_range(ground)
    current = ground.campaigns["current_weekly_spend"]
    today = pd.DataFrame(dict.fromkeys(ground.planned, current)).where(ground.in_flight(), 0.0)
    least = ground.campaigns["min_if_active"]
    too_little = today.lt(least, axis=0) & (today > 0) & (floor <= 0) & (ground.gates.hold <= 0)
    forced = (today < floor) | (today > ceiling) | too_little
    moved = ((plan.spend - today).abs() > 0.01 + 1e-6) & ~forced
    count = float(moved.any(axis=1).sum())
    name = "campaigns that change"
    limit = one_row("all campaigns", {ALL_WEEKS: float(most)})
    return at_most("changed_campaigns", name, one_row("all campaigns", {ALL_WEEKS: count}), limit, 0.0)


def shown_hollows(ground: Ground, tables: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Rows of the plan whose ``on_envelope`` is not what the curve says, computed again from its hull."""
    table = tables["plan"]
    labels = table[["campaign", "week"]]
    row = ground.campaigns.index.get_indexer(pd.Index(table["campaign"]))
    week = pd.Index(ground.planned).get_indexer(pd.Index(table["week"]))
    cost = ground.cost.to_numpy()[row, week]
    known = ground.campaigns["observed_max_weekly_spend"].to_numpy(float) * ground.definition.policies.extrapolation
    cap = np.floor(known * 100 + 1e-6)[row] / 100 / cost
    spend = table["recommended_spend"].to_numpy(float) / cost
    short = np.zeros(len(table))
    may_bend = ground.curves.has_points | (np.nan_to_num(ground.curves.parameters[:, 2]) > 1)
    for place in np.flatnonzero((spend > 0) & may_bend[row]):
        short[place] = _below_hull(ground, int(row[place]), float(spend[place]), float(cap[place]))
    said = (table["on_envelope"] == "yes").to_numpy()
    wrong = np.where(said, short < _SHORT - _UNSURE, short > _SHORT + _UNSURE)
    return named("on_envelope", labels, wrong, "plan.on_envelope is not what the curve says", short)


def _below_hull(ground: Ground, row: int, spend: float, cap: float) -> float:
    """By what part of its leads a curve lies below the best straight line over a spend."""
    curve = ground.curves.take(np.array([row]))
    before = _ends(curve.point_spend[0], 0.0, spend)
    after = _ends(np.append(curve.point_spend[0], _best_ratio(curve.parameters[0])), spend, max(cap, spend))
    here = float(curve.leads(np.array([spend]))[0])
    low, high = (curve.leads(ends[None, :])[0] for ends in (before, after))
    share = (spend - before[:, None]) / np.maximum(after[None, :] - before[:, None], 1e-300)
    line = low[:, None] + np.minimum(share, 1.0) * (high[None, :] - low[:, None])
    return float(line.max() - here) / (1 + here)


def _ends(points: Floats, least: float, most: float) -> Floats:
    """Spends at which a line over a spend may begin or end: the ends of the range, and the points inside."""
    return np.unique(np.concatenate([[least, most], points[(points > least) & (points < most)]]))


def _best_ratio(parameters: Floats) -> float:
    """Spend of most leads per money on a Hill curve, whose slope is the third parameter; 0 for other curves."""
    half, slope = parameters[1], parameters[2]
    return float(half * (slope - 1) ** (1 / slope)) if slope > 1 else 0.0
