"""How far the number of a limit on a ratio must move: least spend share, spend per visit, or lifetime value per spend.

The best ratio that the other limits allow is found by W. Dinkelbach's method (On nonlinear fractional programming,
Management Science 13, 1967): keep what is best at a ratio, take the ratio that it reaches, and so on until it stays.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.errors import SolverLimit
from optimizer.lp.program import Program
from optimizer.model.columns import columns
from optimizer.model.families import state
from optimizer.model.limit_rows import count
from optimizer.model.scope import Side
from optimizer.model.setting import Setting
from optimizer.scenario.match import Floats
from optimizer.solve.highs import ProvenInfeasible, Session, solve
from optimizer.solve.levers import Lever, Limits
from optimizer.solve.ways_out import TRIAL_SECONDS

MOST_ROUNDS = 8


def best_ratio(setting: Setting, program: Program, lever: Lever, side: Side) -> float | None:
    """The best ratio that every other limit allows; ``None`` where they allow no plan, or nothing that it counts.

    Args:
        setting: What the program was stated from.
        program: The program.
        lever: The sides of rows that the limit holds.
        side: The limit, of one window.
    """
    limits = Limits.of(program)
    limits.give(lever, np.full(len(lever.rows), np.inf))
    session = Session(limits.within(program).relaxed(), time_limit=TRIAL_SECONDS)
    try:
        solution = session.solve()
        ratio = np.nan
        for _ in range(MOST_ROUNDS):
            before, ratio = ratio, _reached(setting, program, side, solution.values)
            if np.isnan(ratio) or abs(ratio - before) <= 1e-9 * (1 + abs(ratio)):
                break
            towards = _terms(setting, program, side, ratio)
            solution = session.preferring(solution, -towards if side.side == "max" else towards)
    except (ProvenInfeasible, SolverLimit):
        return None
    return None if np.isnan(ratio) else ratio


def with_ratio(setting: Setting, side: Side, ratio: float) -> bool:
    """Whether a plan exists once the limit's number is another one."""
    frame = setting.facts.limits.copy()
    frame.loc[frame["limit"] == side.scope.name, side.side] = ratio
    try:
        solve(state(replace(setting, facts=replace(setting.facts, limits=frame))), time_limit=TRIAL_SECONDS)
    except (ProvenInfeasible, SolverLimit):
        return False
    return True


def _reached(setting: Setting, program: Program, side: Side, values: Floats) -> float:
    """The ratio that values reach; NaN where it is one to nothing."""
    one, other = (float(_terms(setting, program, side, asked) @ values) for asked in (0.0, 1.0))
    return one / (one - other) if abs(one - other) > 1e-9 else float(np.nan)


def _terms(setting: Setting, program: Program, side: Side, asked: float) -> Floats:
    """(columns,) the one amount of a ratio less so many of the other."""
    scope = replace(side.scope, least=asked) if side.side == "min" else replace(side.scope, most=asked)
    terms = np.zeros(len(program.worth))
    for part in count(setting, columns(setting), replace(side, scope=scope, asked=asked)).terms:
        np.add.at(terms, program.column_start[part.block] + part.columns, part.values)
    return terms
