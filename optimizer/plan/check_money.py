"""Money of a plan: the budget, each campaign's own range, and moves from week to week. Counted in whole cents."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import at_least, at_most, broken, one_row
from optimizer.plan.recompute import Replay
from optimizer.plan.recompute_ground import Floats, Ground

ALL_WEEKS = "all weeks together"
"""Name of the place where weeks are not looked at one by one."""
CENT_ROUNDING = 0.03
"""Money by which a week-to-week move may pass its limit because both weeks are in whole cents."""

_FLOAT_NOISE = 1e-8
"""Money by which an amount in whole cents may miss them because it is a binary fraction."""


def money(ground: Ground, plan: Replay) -> list[Finding]:
    """Findings where the plan spends more or less than it may."""
    return [*_budget(ground, plan), *_campaign_spend(ground, plan), *_change_limit(ground, plan)]


def whole_cents(amount: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Whole cents at or below, and at or above, amounts of money."""
    cents = np.asarray(amount, dtype=np.float64) * 100
    nearest = np.rint(cents)
    whole = np.isclose(cents, nearest, rtol=1e-14, atol=1e-6)
    return np.where(whole, nearest, np.floor(cents)), np.where(whole, nearest, np.ceil(cents))


def _budget(ground: Ground, plan: Replay) -> list[Finding]:
    budget = ground.definition.budget
    weekly = plan.cents.sum()
    monthly = weekly.groupby([week[:7] for week in ground.planned]).sum()
    periods = {month: (monthly.get(month, 0.0), limit) for month, limit in budget.per_month.items()}
    if budget.per_week is not None:
        periods |= {week: (weekly[week], budget.per_week) for week in ground.planned}
    used = {name: cents / 100 for name, (cents, _) in periods.items()}
    limit = {name: float(whole_cents(most)[0]) / 100 for name, (_, most) in periods.items()}
    total = one_row("all campaigns", {ALL_WEEKS: weekly.sum() / 100})
    most = one_row("all campaigns", {ALL_WEEKS: float(whole_cents(budget.total)[0]) / 100})
    findings = at_most("budget_total", "spend", total, most, 0.0)
    return findings + at_most(
        "budget_period", "spend", one_row("all campaigns", used), one_row("all campaigns", limit), 0.0
    )


def _campaign_spend(ground: Ground, plan: Replay) -> list[Finding]:
    floor, ceiling = spend_range(ground)
    spend, check = plan.cents / 100, "campaign_spend"
    off = (plan.spend - spend).abs().to_numpy()
    return [
        *broken(check, "spend is {0}, which in whole cents is {1}", plan.spend, spend, off, _FLOAT_NOISE),
        *at_most(check, "spend", spend, ceiling, 0.0),
        *at_least(check, "spend", spend, floor, 0.0),
    ]


def spend_range(ground: Ground) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Least and most money of each campaign and planned week, in whole cents."""
    flying, rows = ground.in_flight().to_numpy(), ground.campaigns
    known = rows["observed_max_weekly_spend"] * ground.definition.policies.extrapolation
    most = np.fmin(whole_cents(rows["max_weekly_spend"])[0], whole_cents(known)[0]) / 100
    asked, active = (whole_cents(rows[name])[1] / 100 for name in ("min_weekly_spend", "min_if_active"))
    least = np.where(asked > 0, np.maximum(asked, active), asked)
    ceiling = np.minimum(np.where(flying, most[:, None], 0.0), ground.gates.ceiling.to_numpy())
    lowest = np.minimum.accumulate(np.where(ceiling > 0, ceiling, np.inf), axis=1)
    floor = np.maximum(np.where(flying, least[:, None], 0.0), ground.gates.hold.to_numpy())
    floor = np.minimum(np.minimum(floor, ceiling), lowest)
    return ground.by_campaign(floor), ground.by_campaign(ceiling)


def _change_limit(ground: Ground, plan: Replay) -> list[Finding]:
    policy = ground.definition.policies.change_limit
    if policy is None:
        return []
    spend, (above, below, counted) = plan.cents / 100, _moves_from(ground, plan)
    most = ((1 + policy.share) * above + policy.amount).where(counted, np.inf)
    least = ((1 - policy.share) * below - policy.amount).where(counted, -np.inf)
    return [
        *at_most("change_limit", "spend", spend, most, CENT_ROUNDING),
        *at_least("change_limit", "spend", spend, least, CENT_ROUNDING),
    ]


def cost_of_moves(ground: Ground, plan: Replay) -> float:
    """What the moves of spend from week to week count, in the objective's unit; 0 where they count nothing."""
    per_money = ground.definition.policies.change_cost
    spend, (above, below, counted) = plan.cents / 100, _moves_from(ground, plan)
    up, down = (spend - above).where(counted, 0.0), (below - spend).where(counted, 0.0)
    unit = 1.0 if ground.definition.objective.in_money else _PRICE_OF_MONEY
    return per_money * unit * float(np.maximum(np.maximum(up.to_numpy(), down.to_numpy()), 0.0).sum())


_PRICE_OF_MONEY = 1e-6
"""Visits or bookings that a unit of money counts where value is counted in them."""


def _moves_from(ground: Ground, plan: Replay) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Spend from which each campaign's week moves up, and down, and whether its move counts.

    The first week moves from today's spend, down from no more than a gate allows. A week that a gate closes, and the
    week after one, is no move.
    """
    first, today, spend = ground.planned[0], ground.campaigns["current_weekly_spend"], plan.cents / 100
    runs = ground.in_flight() & (ground.gates.ceiling > 0)
    counted = runs & runs.shift(1, axis=1, fill_value=True)
    above, below = spend.shift(1, axis=1), spend.shift(1, axis=1)
    above[first], below[first] = today, np.minimum(today, ground.gates.ceiling[first])
    return above, below, counted
