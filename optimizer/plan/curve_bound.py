r"""How much better any plan on the curves themselves could be than a plan on their steps.

At the prices of a solved program, no plan on the curves is worth more than

.. math:: \sum_{rows} y\, r + \sum_{other\ columns} \max d\, x
          + \sum_{i,t} \max_{0 \le s \le cap} \left( g_{i,t}\, leads_{i,t}(s) - p_{i,t}\, s \right)

(weak Lagrangian duality), where p is what a unit of money costs at those prices and g what a captured lead is worth.
The bound holds for any prices, so the least of several is one.

The last maximum is taken over what a plan may really spend, so it bounds plans with whole numbers as well. Every such
plan spends nothing or at least min_if_active in a week that is on or off, and follows the curve itself. The rows that
state this with whole numbers (``minimum_if_active``, ``unchanged_spend``, ``changed_campaigns``, ``step_order``) are
left out by a price of zero, which can only raise the bound, and kept by the maximum instead:

- A step on which the curve bends upwards, or whose inside is not allowed, lies on or above all that is allowed there,
  so where leads are worth something the better of its ends bounds it. The same is true of the line of an envelope,
  whose ends lie on the curve. Where leads only cost, the leads of its start and the cheaper end bound it.
- On every other step the curve is concave, and the two tangents at its ends lie above it.
- Where at most N campaigns may change, a campaign adds what it adds at its best if it changes, and what today's spend
  adds if it does not (weeks that are forced: at their best either way). The N with the greatest difference change.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from optimizer.lp.certificate import bound_parts
from optimizer.lp.solution import Solution
from optimizer.model.changed_campaigns import changed_campaigns
from optimizer.model.families import WHOLE, money_rows, rows_of
from optimizer.model.minimum_if_active import always_on
from optimizer.model.setting import Setting
from optimizer.model.unchanged_spend import may_stay
from optimizer.response.forecast import captured_leads, todays_spend
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
        solution: Its solution, or that of the same program with its whole columns fixed or free to take any number.
    """
    solution = replace(solution, prices=_without_whole_rules(solution))
    program = solution.program
    worth = program.worth.copy()
    worth[program.column_slice("lost_unlikely")] = 0.0  # its price keeps it out of plans; no one pays it
    rows, columns = bound_parts(program, solution.prices, worth)
    spend = program.column_slice("spend")
    others = np.concatenate([columns[: spend.start], columns[spend.stop :]])
    return math.fsum([*rows, *others, program.offset, *_best_of_campaigns(setting, solution)])


def _without_whole_rules(solution: Solution) -> Floats:
    """(rows,) prices, zero for the rows that state whole numbers."""
    prices = solution.prices.copy()
    for family in (*WHOLE, changed_campaigns):
        prices[rows_of(solution.program, family.__name__)] = 0.0
    return prices


def _best_of_campaigns(setting: Setting, solution: Solution) -> Floats:
    """What campaigns can add at most at the solution's prices, all weeks together, as numbers to be summed up."""
    facts, most = setting.facts, setting.facts.definition.policies.max_changed_campaigns
    cost, lead = prices_of_campaigns(setting, solution)
    best = _best_of_weeks(setting, cost, lead)
    if most is None:
        return best.ravel()
    today = todays_spend(facts)
    as_today = lead * captured_leads(facts, setting.curves, today) - cost * today
    stay = np.where(may_stay(facts), as_today, best).sum(axis=1)
    gain = np.sort(np.maximum(best.sum(axis=1) - stay, 0.0))
    return np.concatenate([stay, gain[max(len(gain) - most, 0) :]])


def gap_of_weeks(setting: Setting, solution: Solution) -> Floats:
    """(I, T) what each campaign's week adds to the bound beyond what it adds to the plan on its steps.

    Together they are the gap of a plan without whole numbers.

    Args:
        setting: The planning setting that was solved.
        solution: Its solution.
    """
    cost, lead = prices_of_campaigns(setting, solution)
    steps, spent, leads = setting.steps, np.zeros_like(cost), np.zeros_like(cost)
    np.add.at(spent, (steps.campaign, steps.week), solution.of("spend"))
    np.add.at(leads, (steps.campaign, steps.week), steps.slope * solution.of("spend"))
    return _best_of_weeks(setting, cost, lead) - (lead * leads - cost * spent)


def _best_of_weeks(setting: Setting, cost: Floats, lead: Floats) -> Floats:
    """(I, T) the most that a campaign's week can add, whatever it does in other weeks.

    Args:
        setting: The planning setting.
        cost: (I, T) what a unit of money costs.
        lead: (I, T) what a captured lead is worth.
    """
    steps = setting.steps
    paid, worth = cost[steps.campaign, steps.week], lead[steps.campaign, steps.week]
    ends = np.stack([steps.start, steps.start + steps.width])
    leads = _at(setting, ends)
    gain = worth * leads - paid * ends
    rise = np.where(worth > 0, worth, 0.0) * np.where(worth > 0, _slope_at(setting, ends), 0.0) - paid
    at_ends = np.where(worth >= 0, gain.max(axis=0), worth * leads[0] + (-paid * ends).max(axis=0))
    on = always_on(setting.facts)
    at_ends = np.where(on[steps.campaign, steps.week] & (steps.step == 0), gain[1], at_ends)
    found = np.where(steps.straight, at_ends, _under_tangents(gain, rise, steps.width))
    best = np.where(on, -np.inf, 0.0)
    np.maximum.at(best, (steps.campaign, steps.week), found)
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


def prices_of_campaigns(setting: Setting, solution: Solution) -> tuple[Floats, Floats]:
    """(I, T) what a unit of money costs and what a captured lead is worth, at the prices of the rows.

    Rows that count money price every step of a campaign's week alike; the rest of a step's reduced worth is its leads'.

    Args:
        setting: The planning setting that was solved.
        solution: Its solution.
    """
    program, steps = solution.program, setting.steps
    spend, rows = program.column_slice("spend"), money_rows(program)
    of_money = np.zeros_like(solution.prices)
    of_money[rows] = solution.prices[rows]
    paid = (program.matrix.T @ of_money)[spend] - program.worth[spend]
    reduced = program.worth[spend] - (program.matrix.T @ solution.prices)[spend]
    cost, total, slope = (np.zeros((len(setting.facts.unit), setting.facts.planned)) for _ in range(3))
    cost[steps.campaign, steps.week] = paid
    np.add.at(total, (steps.campaign, steps.week), reduced + paid)
    np.add.at(slope, (steps.campaign, steps.week), steps.slope)
    return cost, np.divide(total, slope, out=np.zeros_like(total), where=slope > 0)


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
