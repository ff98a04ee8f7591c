"""Solving with proof: the only way in which tests of the model come by an optimum, its values and its prices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from optimizer.lp.blocks import Floats
from optimizer.lp.certificate import certify
from optimizer.lp.program import Program
from optimizer.lp.solution import Solution
from optimizer.model.families import state
from optimizer.model.setting import established, planning
from optimizer.plan.outcome import planned_spend
from optimizer.scenario.read import Scenario
from optimizer.solve import highs

PROVEN = 1e-6
"""Gap that a small program may leave unproven, relative to its value; a plan of millions may leave a whole unit."""


def program_of(scenario: Scenario) -> Program:
    return state(planning(established(scenario)))


def solve_certified(scenario: Scenario) -> Solution:
    return certified(program_of(scenario))


def certified(program: Program) -> Solution:
    solution = highs.solve(program)
    proof = certify(solution)
    assert abs(proof.gap) <= PROVEN * (1 + abs(proof.objective))
    return solution


def value_of(scenario: Scenario) -> float:
    return solve_certified(scenario).objective


def spend_of(solution: Solution) -> dict[str, list[float]]:
    """Money per planned week of every campaign."""
    levels = solution.program.column_block("spend").labels.levels
    campaigns, weeks = levels["campaign"], levels["week"]
    spend = planned_spend(solution.program, solution, (len(campaigns), len(weeks)))
    return dict(zip(campaigns, spend.tolist(), strict=True))


def row_of(program: Program, family: str, **labels: str) -> int:
    """Position, in the block of a family, of the one row with these labels."""
    frame = program.row_block(family).labels.frame()
    fits = np.ones(len(frame), dtype=bool)
    for name, wanted in labels.items():
        fits &= (frame[name] == wanted).to_numpy()
    (position,) = np.flatnonzero(fits)
    return int(position)


def price(solution: Solution, family: str, **labels: str) -> float:
    return float(solution.price_of(family)[row_of(solution.program, family, **labels)])


def values(solution: Solution, block: str) -> dict[tuple[str, ...], float]:
    """Values of a block of columns by their labels."""
    labels = solution.program.column_block(block).labels.frame().itertuples(index=False, name=None)
    return dict(zip(labels, solution.of(block).tolist(), strict=True))


def shifted(program: Program, family: str, position: int, amount: float) -> Program:
    """The same program with the limits of one row higher by an amount."""

    def moved(limits: Floats) -> Floats:
        return limits + np.where(np.arange(len(limits)) == position, amount, 0.0)

    rows = tuple(
        replace(block, lower=moved(block.lower), upper=moved(block.upper)) if block.name == family else block
        for block in program.rows
    )
    return replace(program, rows=rows)


def slopes(value: Callable[[float], float], at: float, step: float) -> tuple[float, float]:
    """Change of a value per unit of a limit: when the limit falls by a step, and when it rises by one."""
    here = value(at)
    return (here - value(at - step)) / step, (value(at + step) - here) / step


def slopes_of_row(program: Program, family: str, position: int, step: float) -> tuple[float, float]:
    """The same for one row of a program."""
    return slopes(lambda amount: certified(shifted(program, family, position, amount)).objective, 0.0, step)
