"""Leads of spend steps in the weeks in which they arrive: the one path from money to leads."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Positions, Term, term
from optimizer.model.setting import Setting
from optimizer.model.spend_steps import SpendSteps
from optimizer.scenario.match import Floats


def arrivals(setting: Setting, row: Positions, weight: Floats) -> Term:
    """Coefficients of spend in rows that count leads.

    Args:
        setting: The setting.
        row: (I, L) row that counts the leads of a campaign arriving in a week; -1 where none does.
        weight: (I, L) what a lead counts there.

    Returns:
        The term: lead share * valid rate * step slope * weight for every step and lag.
    """
    facts, steps = setting.facts, setting.steps
    counted = _steps_of(steps, np.flatnonzero((row >= 0).any(axis=1)))
    campaign, week = steps.campaign[counted], steps.week[counted]
    per_money = steps.slope[counted] * facts.valid[campaign]
    rows, columns, values = [], [], []
    for lag in range(facts.lead_share.shape[1]):
        target = row[campaign, week + lag]
        value = per_money * facts.lead_share[campaign, lag] * weight[campaign, week + lag]
        kept = np.flatnonzero((target >= 0) & (value != 0))
        rows.append(target[kept])
        columns.append(counted[kept])
        values.append(value[kept])
    return term("spend", np.concatenate(rows), np.concatenate(columns), np.concatenate(values))


def _steps_of(steps: SpendSteps, campaigns: Positions) -> Positions:
    """Steps of some campaigns, which are few where a limit on leads is stated; steps stand by campaign."""
    first, end = np.searchsorted(steps.campaign, [campaigns, campaigns + 1])
    count = end - first
    before = np.cumsum(count) - count
    return np.repeat(first - before, count) + np.arange(count.sum())


def by_row(row: Positions, amount: Floats, count: int) -> Floats:
    """Sum of ``amount`` (I, L) over the ``row`` (I, L) that counts it; -1 counts nowhere."""
    counted = row >= 0
    return np.bincount(row[counted], weights=amount[counted], minlength=count).astype(np.float64)


def unit_rows(setting: Setting) -> Positions:
    """(I, L) position of each campaign's unit and each lead week in a block of all units and weeks."""
    facts = setting.facts
    return facts.unit[:, None] * facts.lead_weeks + np.arange(facts.lead_weeks)[None, :]
