"""How many campaigns may change."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Labels, Meaning, RowBlock, at_most, term
from optimizer.model.columns import Columns
from optimizer.model.setting import Setting
from optimizer.model.unchanged_spend import changed


def changed_campaigns(setting: Setting, columns: Columns) -> RowBlock:
    r"""No more than so many campaigns spend something else than today.

    .. math:: \sum_i changed_i \le N

    ===============  ====  =====================================================================
    changed_i        V     1 where campaign i spends something else than today in any week, 0 where it does not
    N                P     policies.max_changed_campaigns
    price            dual  nothing: it is a whole number, and what one more campaign brings is found by solving again
    ===============  ====  =====================================================================

    A campaign-week in which today's spend is not allowed does not count: a gate or a floor changes it, not the plan.
    """
    most = setting.facts.definition.policies.max_changed_campaigns
    count = 0 if most is None else len(changed(setting))
    rows = 1 if count else 0
    return at_most(
        "changed_campaigns",
        Labels({"policy": ["max_changed_campaigns"]}, (np.zeros(rows, dtype=np.int64),)),
        np.full(rows, float(most or 0)),
        [term("changed", 0, np.arange(count), 1.0)] if rows else [],
        Meaning(
            limit="the most campaigns that may change (scenario.yaml: policies.max_changed_campaigns)",
            price="one more campaign that may change, found by solving again",
            unit="campaigns",
            soft_cost=1000.0,
        ),
    )
