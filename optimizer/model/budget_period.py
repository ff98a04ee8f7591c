"""Budgets of single weeks and months."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Labels, Meaning, RowBlock, at_most, term
from optimizer.model.columns import THOUSAND, Columns
from optimizer.model.setting import Setting


def budget_period(setting: Setting, columns: Columns) -> RowBlock:
    r"""The spend of a week or month is within its budget; a week belongs to the month of its Monday.

    .. math:: \sum_{i} \sum_{t \in p} \sum_k spend_{i,t,k} \le B_p

    ===============  ====  =====================================================================
    p                set   every planned week if budget.per_week is given, and each month of budget.per_month
    B_p              P     budget of the period (scenario.yaml: budget.per_week, budget.per_month)
    price            dual  what one more unit of the period's budget adds
    ===============  ====  =====================================================================
    """
    facts, week = setting.facts, setting.steps.week
    budget = facts.definition.budget
    planned = facts.weeks[: facts.planned]
    names, limits, rows, members = [], [], [], []
    if budget.per_week is not None:
        names += [f"week of {monday}" for monday in planned]
        limits += [budget.per_week] * facts.planned
        rows.append(week)
        members.append(np.arange(len(week)))
    month = np.array([monday[:7] for monday in planned])
    for name, limit in sorted(budget.per_month.items()):
        inside = np.flatnonzero((month == name)[week])
        rows.append(np.full(len(inside), len(names)))
        members.append(inside)
        names.append(f"month {name}")
        limits.append(limit)
    nothing = [np.empty(0, dtype=np.int64)]
    return at_most(
        "budget_period",
        Labels({"period": names}, (np.arange(len(names)),)),
        np.array(limits, dtype=np.float64),
        [term("spend", np.concatenate(rows or nothing), np.concatenate(members or nothing), 1.0)],
        Meaning(
            limit="the budget of the {period} (scenario.yaml: budget)",
            price="one more unit of budget in the {period}",
            unit="money",
            soft_cost=1.0,
        ),
        THOUSAND,
    )
