"""The budget of the whole plan."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Meaning, RowBlock, at_most, grid, term
from optimizer.model.columns import THOUSAND, Columns
from optimizer.model.setting import Setting


def budget_total(setting: Setting, columns: Columns) -> RowBlock:
    r"""All spend of the plan is within the budget; money may stay unspent.

    .. math:: \sum_{i,t,k} spend_{i,t,k} \le B

    ===============  ====  =====================================================================
    B                P     budget (scenario.yaml: budget.total)
    price            dual  what one more unit of budget adds
    ===============  ====  =====================================================================
    """
    return at_most(
        "budget_total",
        grid({"budget": ["total"]}),
        setting.facts.definition.budget.total,
        [term("spend", 0, np.arange(len(columns.spend)), 1.0)],
        Meaning(
            limit="the budget (scenario.yaml: budget.total)",
            price="one more unit of budget",
            unit="money",
            soft_cost=1.0,
        ),
        THOUSAND,
    )
