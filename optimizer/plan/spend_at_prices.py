"""What each campaign's week would spend by itself at the prices of a plan: where finer steps are worth having.

A plan on coarse steps lies at the ends of steps, half a step from where it would lie on the curves. Its prices are much
closer to the final ones than its spend is. So the spend at which the next unit of money brings just what it costs at
these prices tells better where steps must be fine: with as many steps, the plan is proven ten times closer than with
steps around the spend of the coarse plan.
"""

from __future__ import annotations

import numpy as np

from optimizer.lp.solution import Solution
from optimizer.model.setting import Setting
from optimizer.plan.curve_bound import prices_of_campaigns
from optimizer.response.envelope import is_s_shaped
from optimizer.response.forecast import spend_limit
from optimizer.scenario.match import Floats

_HALVINGS = 30
"""Of the range of spend; ten million then shrink to a cent."""


def spend_at_prices(setting: Setting, solution: Solution, spend: Floats) -> Floats:
    """(I, T) money at which a campaign's week earns most: where lead price times marginal leads is the price of money.

    Args:
        setting: The planning setting that was solved.
        solution: Its solution.
        spend: (I, T) its spend, which stands for S-shaped curves: their marginal leads fall and rise.
    """
    facts = setting.facts
    cost, lead = prices_of_campaigns(setting, solution)
    low, high = np.zeros_like(cost), np.broadcast_to(spend_limit(facts)[:, None], cost.shape).copy()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        gains = lead * setting.curves.marginal(middle / facts.cost) * facts.demand / facts.cost > cost
        low, high = np.where(gains, middle, low), np.where(gains, high, middle)
    return np.where(is_s_shaped(setting.curves)[:, None], spend, (low + high) / 2)
