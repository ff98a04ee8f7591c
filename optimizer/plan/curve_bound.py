r"""How much better any plan on the curves themselves could be than a plan on their steps.

At the prices of a solved program, no plan on the curves is worth more than

.. math:: \sum_{rows} y\, r + \sum_{other\ columns} \max d\, x
          + \sum_{i,t} \max_{0 \le s \le cap} \left( g_{i,t}\, leads_{i,t}(s) - p_{i,t}\, s \right)

(weak Lagrangian duality), where p is what a unit of money costs at those prices and g what a captured lead is worth.
The last maximum is bounded on every step by the two tangents at its ends, which lie above a concave curve.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from optimizer.lp.certificate import bound_parts
from optimizer.lp.solution import Solution
from optimizer.model.families import money_rows
from optimizer.model.setting import Setting
from optimizer.scenario.match import Floats


@dataclass(frozen=True)
class CurveGap:
    """How far a plan is proven best on the continuous curves.

    Attributes:
        bound: No plan on the curves is worth more.
        gap: bound less the plan's value on the curves.
        share: gap as a share of the value.
    """

    bound: float
    gap: float
    share: float


def curve_gap(bound: float, value: float) -> CurveGap:
    """Gap of a plan worth ``value`` on the curves themselves; like the bound, less what missed soft limits cost."""
    gap = max(bound - value, 0.0)
    return CurveGap(bound, gap, gap / max(abs(value), 1.0))


def curve_bound(setting: Setting, solution: Solution) -> float:
    """A bound that no plan on the continuous curves can pass, in the objective's unit.

    Args:
        setting: The planning setting that was solved.
        solution: Its certified solution.
    """
    program = solution.program
    worth = program.worth.copy()
    worth[program.column_slice("lost_unlikely")] = 0.0  # its price keeps it out of plans; no one pays it
    rows, columns = bound_parts(program, solution.prices, worth)
    spend = program.column_slice("spend")
    others = np.concatenate([columns[: spend.start], columns[spend.stop :]])
    return math.fsum([*rows, *others, program.offset, *_best_of_campaigns(setting, solution).ravel()])


def _best_of_campaigns(setting: Setting, solution: Solution) -> Floats:
    """(I, T) the most that a campaign's week can add at the solution's prices."""
    steps = setting.steps
    cost = _cost_of_money(solution)
    lead = _worth_of_lead(setting, solution, cost)
    ends = np.stack([steps.start, steps.start + steps.width])
    gain = lead * _at(setting, ends) - cost * ends
    rise = np.where(lead > 0, lead, 0.0) * np.where(lead > 0, _slope_at(setting, ends), 0.0) - cost
    best = np.zeros((len(setting.facts.unit), setting.facts.planned))
    np.maximum.at(best, (steps.campaign, steps.week), _under_tangents(gain, rise, steps.width))
    return best


def _under_tangents(gain: Floats, rise: Floats, width: Floats) -> Floats:
    """(n,) greatest value under both tangents of a step; at its ends where leads are worth less than nothing.

    Args:
        gain: (2, n) value at the step's ends.
        rise: (2, n) slope at the step's ends; the first may be infinite.
        width: (n,) width of the step.
    """
    ends = gain.max(axis=0)
    peak = (rise[0] > 0) & (rise[1] < 0)
    finite = np.where(np.isfinite(rise[0]), rise[0], 0.0)
    apart = np.where(peak & (finite > rise[1]), finite - rise[1], 1.0)
    where = np.clip((gain[1] - gain[0] - rise[1] * width) / apart, 0.0, width)
    crossing = gain[0] + finite * where
    unbounded = gain[1] - rise[1] * width
    inside = np.where(np.isfinite(rise[0]), np.maximum(crossing, ends), unbounded)
    return np.asarray(np.where(peak, inside, ends))


def _cost_of_money(solution: Solution) -> Floats:
    """(n,) what a unit of money costs in each step, at the prices of the rows that count money."""
    program = solution.program
    spend = program.column_slice("spend")
    rows = money_rows(program)
    return np.asarray(program.matrix[rows][:, spend].T @ solution.prices[rows] - program.worth[spend])


def _worth_of_lead(setting: Setting, solution: Solution, cost: Floats) -> Floats:
    """(n,) what a captured lead is worth in each step's campaign and week: the rest of the reduced worth."""
    program = solution.program
    spend = program.column_slice("spend")
    reduced = program.worth[spend] - program.matrix[:, spend].T @ solution.prices
    steps = setting.steps
    total = np.zeros((len(setting.facts.unit), setting.facts.planned))
    slope = np.zeros_like(total)
    np.add.at(total, (steps.campaign, steps.week), reduced + cost)
    np.add.at(slope, (steps.campaign, steps.week), steps.slope)
    worth = np.divide(total, slope, out=np.zeros_like(total), where=slope > 0)
    return worth[steps.campaign, steps.week]


def _at(setting: Setting, spend: Floats) -> Floats:
    """(2, n) captured leads at amounts of money, by step."""
    facts, steps = setting.facts, setting.steps
    demand, cost = (season[steps.campaign, steps.week] for season in (facts.demand, facts.cost))
    return np.asarray(demand * setting.curves.take(steps.campaign).leads((spend / cost).T).T)


def _slope_at(setting: Setting, spend: Floats) -> Floats:
    """(2, n) captured leads per unit of money at amounts of money, by step."""
    facts, steps = setting.facts, setting.steps
    demand, cost = (season[steps.campaign, steps.week] for season in (facts.demand, facts.cost))
    return np.asarray(demand / cost * setting.curves.take(steps.campaign).marginal((spend / cost).T).T)
