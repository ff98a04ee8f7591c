"""What the named limits ask for and what the plan reaches: the table ``limits``."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.lp.solution import Solution
from optimizer.model.change_cost import cost_of_moves
from optimizer.model.scope import Side
from optimizer.plan.outcome import Outcome
from optimizer.scenario.match import Floats

COLUMNS = ("name", "quantity", "side", "weeks", "asked", "achieved", "shortfall", "price_cap", "penalty", "price",
           "meaning", "owner", "reason", "source")  # fmt: skip
FAMILIES = ("limits", "ratio_limits", "soft_limits")
"""Families that the rows of limits.csv become."""

_NOISE = 1e-6
"""Part of a limit, plus as much absolutely, by which it may be missed for rounding."""


def limit_table(outcome: Outcome, solution: Solution) -> pd.DataFrame:
    """Every side of every named limit in each of its windows.

    Args:
        outcome: The recommended plan, its leads taken from the curves.
        solution: The certified solution with the prices.

    Returns:
        Columns name, quantity, side, weeks, asked, achieved (NaN for a ratio to nothing), shortfall (of a soft limit; a
        hard one holds), price_cap (NaN for a hard limit), penalty (shortfall times price_cap, in the objective's
        unit; not part of the plan's value), price (what one more unit of ``asked`` would add; for a ratio, one more
        unit of money of room), meaning of the price, owner, reason, source (file:line).
    """
    prices = _prices(solution)
    rows = outcome.facts.limits.set_index("limit")
    records = []
    for side in outcome.setting.sides:
        labels, row = tuple(side.labels.values()), rows.loc[side.scope.name]
        source = f"{row['file']}:{row['line']}"
        records.append((
            *labels, side.asked, achieved(outcome, side), shortfall(outcome, side), side.scope.price_cap,
            penalty(outcome, side), *prices[labels], row["owner"], row["reason"], source,
        ))  # fmt: skip
    return pd.DataFrame(records, columns=list(COLUMNS))


def penalties(outcome: Outcome) -> float:
    """What missed soft limits and moves count, in the objective's unit: no money spent, and not part of the value."""
    missed = sum(penalty(outcome, side) for side in outcome.setting.sides)
    return missed + cost_of_moves(outcome.facts, outcome.spend)


def penalty(outcome: Outcome, side: Side) -> float:
    """What missing a side costs in the objective's unit; 0 for a hard limit."""
    return shortfall(outcome, side) * side.scope.price_cap if side.scope.is_soft else 0.0


def shortfall(outcome: Outcome, side: Side) -> float:
    """Units by which a soft limit is missed; 0 for a hard one, which holds."""
    if not side.scope.is_soft:
        return 0.0
    over = achieved(outcome, side) - side.asked
    short = over if side.side == "max" else -over
    return short if short > _NOISE * (1 + abs(side.asked)) else 0.0


def achieved(outcome: Outcome, side: Side) -> float:
    """What a plan reaches of a limited quantity over the scope and window of a side; NaN for a ratio to nothing."""
    facts, scope = outcome.facts, side.scope
    planned = side.window[: facts.planned]
    spend = outcome.spend[scope.campaigns][:, planned].sum()
    match scope.quantity:
        case "spend":
            reached = spend
        case "spend_share":
            reached = _ratio(spend, outcome.spend[:, planned].sum())
        case "leads":
            reached = outcome.arriving[scope.campaigns][:, side.window[: facts.lead_weeks]].sum()
        case "bookings":
            reached = _by_unit(outcome, outcome.booked, side).sum()
        case "visits":
            reached = _by_unit(outcome, outcome.visits, side).sum()
        case "cac":
            reached = _ratio(spend, _by_unit(outcome, outcome.visits, side).sum())
        case "ltv_to_cac":
            worth = facts.ltv_margin[scope.units] * _by_unit(outcome, outcome.visits, side)
            reached = _ratio(worth.sum(), spend)
        case _:
            raise ValueError(f"no such quantity: {scope.quantity}")
    return float(reached)


def _by_unit(outcome: Outcome, amount: Floats, side: Side) -> Floats:
    """An amount of the covered units, summed over the weeks of the visit that are covered."""
    return np.asarray(outcome.by_visit_week(amount)[side.scope.units][:, side.window].sum(axis=1))


def _ratio(amount: float, other: float) -> float:
    return amount / other if other else np.nan


def _prices(solution: Solution) -> dict[tuple[str, ...], tuple[float, str]]:
    """Price of each side by its labels, and what it is the price of."""
    found = {}
    for family in FAMILIES:
        if solution.program.has_rows(family):
            block = solution.program.row_block(family)
            for position, price in enumerate(solution.price_of(family)):
                labels = block.labels.at(position)
                found[tuple(labels.values())] = (float(price), block.meaning.price.format(**labels))
    return found
