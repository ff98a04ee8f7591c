"""What the gates hold back: the campaign-weeks that they limit, and what the plan would gain without each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from optimizer.errors import SolverLimit
from optimizer.model.families import state
from optimizer.model.setting import planning
from optimizer.plan.warm_start import Solved, carried_over
from optimizer.scenario.bounds import FLIGHT
from optimizer.scenario.facts import Facts
from optimizer.solve import highs

MOST_LIFTED = 4
"""Gates that are lifted, one at a time, to see what they hold back."""
MOST_COLUMNS = 100_000
"""Size of a program above which no gate is lifted: at 250,000 columns four gates took as long as the plan itself."""

NOT_WORKED_OUT = (
    f"What a rule holds back is worked out for {MOST_LIFTED} rules at most, not for very large groups, and not where"
    " no plan exists without the rule. A what-if without it tells."
)


@dataclass(frozen=True)
class HeldBack:
    """What one gate holds back.

    Attributes:
        code: Its code.
        campaigns: Campaigns that it limits.
        weeks: Campaign-weeks that it limits.
        blocked: About what the plan would gain without it, never below zero; ``None`` where there was no time to work
            it out, or where floors and limits leave no plan without the gate.
    """

    code: str
    campaigns: int
    weeks: int
    blocked: float | None


def gate_table(facts: Facts) -> pd.DataFrame:
    """One row per campaign and planned week that a gate limits.

    Returns:
        Columns campaign, week, code, ceiling_before and ceiling_after (money; before is the campaign's own most, by its
        max_weekly_spend and by what its curve has seen), reason, source (file and line of the rule and its figures).
    """
    gates = facts.gates
    campaign, week = np.nonzero(gates.code != "")
    return pd.DataFrame(
        {
            "campaign": facts.campaigns["campaign"].to_numpy(dtype=object)[campaign],
            "week": facts.weeks[week].astype(object),
            "code": gates.code[campaign, week].astype(object),
            "ceiling_before": gates.most[campaign, week],
            "ceiling_after": facts.ceiling[campaign, week],
            "reason": [text[:1].upper() + text[1:] for text in gates.sentence[campaign, week]],
            "source": gates.source[campaign, week],
        }
    )


def held_back(
    facts: Facts, coarse: float, start: Solved | None, *, time_limit: float, tell: Callable[[str], None]
) -> list[HeldBack]:
    """What each gate holds back, most campaign-weeks first. A campaign's own flight is no gate that holds it back.

    The plan is made once more without the gate, on the coarse steps of the curves alone and with whole numbers free to
    take any number, so gains are rough. Of large programs no gain is worked out. Floors that gave way to the gate count
    again, and so does the change limit.

    Args:
        facts: The facts.
        coarse: Objective of the plan on the same coarse steps and with whole numbers as free, with every gate.
        start: Where the solver stood at that plan, if it is known.
        time_limit: Seconds that a single solve may take.
        tell: Called with a sentence before each solve.
    """
    code = facts.gates.code
    weeks = {name: int((code == name).sum()) for name in facts.gates.verdicts if name != FLIGHT}
    lifted = 0 if start and len(start.program.worth) > MOST_COLUMNS else MOST_LIFTED
    found = []
    for place, name in enumerate(sorted((name for name in weeks if weeks[name]), key=lambda name: -weeks[name])):
        blocked = None
        if place < lifted:
            tell(f"Planning without the rule '{name}'")
            blocked = _gain_without(facts, name, coarse, start, time_limit)
        found.append(HeldBack(name, int((code == name).any(axis=1).sum()), weeks[name], blocked))
    return found


def _gain_without(facts: Facts, code: str, coarse: float, start: Solved | None, time_limit: float) -> float | None:
    gates = facts.gates.without(code)
    floor, ceiling = gates.bounds()
    lifted = replace(facts, gates=gates, floor=floor, ceiling=ceiling)
    setting = planning(lifted)
    program = state(setting).relaxed()
    session = highs.Session(program, time_limit=time_limit)
    if start is not None:
        session.begin_at(carried_over(start, setting, program))
    try:
        solution = session.solve()
    except (SolverLimit, highs.ProvenInfeasible):
        return None
    return max(solution.objective - coarse, 0.0)
