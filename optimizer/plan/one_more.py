"""What one more changed campaign would bring: a whole number has no price, so the plan is made again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.errors import SolverLimit
from optimizer.lp.solution import Solution
from optimizer.model.families import state
from optimizer.model.setting import Setting
from optimizer.solve import highs


def gain_of_one_more(setting: Setting, solution: Solution, *, time_limit: float) -> float:
    """What the plan would gain if one more campaign might change, on the same steps; never below zero.

    Args:
        setting: The planning setting that was solved, with policies.max_changed_campaigns.
        solution: Its solution, from which the search begins.
        time_limit: Seconds that the solve may take.

    Returns:
        The gain in the objective's unit; NaN where there was no time to find it.
    """
    definition = setting.facts.definition
    most = definition.policies.max_changed_campaigns
    policies = definition.policies.model_copy(update={"max_changed_campaigns": (most or 0) + 1})
    facts = replace(setting.facts, definition=definition.model_copy(update={"policies": policies}))
    session = highs.Session(state(replace(setting, facts=facts)), time_limit=time_limit)
    try:
        return max(session.solve(start=solution).objective - solution.objective, 0.0)
    except SolverLimit:
        return float(np.nan)
