"""Rules of a plan that are kept or broken as a whole: on or off, changed or not, on a hollow of its curve or not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import at_least, at_most, named, one_row
from optimizer.plan.check_money import ALL_WEEKS, spend_range, whole_cents
from optimizer.plan.recompute import Replay
from optimizer.plan.recompute_ground import Floats, Ground
from optimizer.response.curves import Curves

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


def shown_hollows(ground: Ground, plan: Replay) -> list[Finding]:
    """Rows of the plan whose ``on_envelope`` is not what the curve says, computed again from its hull."""
    sheet = plan.sheets["plan"]
    table, row, week = sheet.table, sheet.thing, sheet.week
    cost = ground.cost.to_numpy()[row, week]
    known = ground.campaigns["observed_max_weekly_spend"].to_numpy(float) * ground.definition.policies.extrapolation
    cap = np.floor(known * 100 + 1e-6)[row] / 100 / cost
    spend = table["recommended_spend"].to_numpy(float) / cost
    short = np.zeros(len(table))
    may_bend = ground.curves.has_points | (np.nan_to_num(ground.curves.parameters[:, 2]) > 1)
    bent = np.flatnonzero((spend > 0) & may_bend[row])
    short[bent] = _below_hull(ground.curves.take(row[bent]), spend[bent], cap[bent])
    said = (table["on_envelope"] == "yes").to_numpy()
    wrong = np.where(said, short < _SHORT - _UNSURE, short > _SHORT + _UNSURE)
    text = "plan.on_envelope is not what the curve says"
    return named("on_envelope", table, sheet.layout.key, wrong, text, short)


def _below_hull(curves: Curves, spend: Floats, cap: Floats) -> Floats:
    """By what part of its leads each curve lies below the best straight line over its spend.

    Such a line begins at nothing, at the spend itself or at a point of the curve below it, and ends at the spend, at
    the cap, at a point between them, or where a Hill curve's leads per money are best.
    """
    most, here = np.maximum(cap, spend), curves.leads(spend)
    before = np.column_stack([np.zeros_like(spend), spend, _inside(curves.point_spend, np.zeros_like(spend), spend)])
    turns = np.column_stack([curves.point_spend, _best_ratio(curves.parameters)])
    after = np.column_stack([spend, most, _inside(turns, spend, most)])
    line, high = here.copy(), curves.leads(after)
    for start, low in zip(before.T, curves.leads(before).T, strict=True):
        share = (spend - start)[:, None] / np.maximum(after - start[:, None], 1e-300)
        over = low[:, None] + np.minimum(share, 1.0) * (high - low[:, None])
        line = np.maximum(line, over.max(axis=1))
    below: Floats = (line - here) / (1 + here)
    return below


def _inside(points: Floats, least: Floats, most: Floats) -> Floats:
    """The points between two spends, and the first of the spends in place of those that are not."""
    return np.where((points > least[:, None]) & (points < most[:, None]), points, least[:, None])


def _best_ratio(parameters: Floats) -> Floats:
    """Spend of most leads per money on Hill curves, whose slope is the third parameter; 0 for other curves."""
    slope = np.nan_to_num(parameters[:, 2], nan=0.0)
    hill = slope > 1
    beyond = np.where(hill, slope - 1, 1.0) ** (1 / np.where(hill, slope, 1.0))
    return np.where(hill, parameters[:, 1] * beyond, 0.0)
