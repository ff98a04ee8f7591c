"""How the sides of named limits become rows: what of each quantity the columns bring, and what is there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.lp.blocks import Floats, Labels, Meaning, RowBlock, Term, between, term
from optimizer.model.arrivals import arrivals, by_row
from optimizer.model.columns import Columns
from optimizer.model.scope import Side
from optimizer.model.setting import Setting


@dataclass(frozen=True)
class Counted:
    """The quantity of a side, as one row.

    Attributes:
        terms: What each column brings of it.
        standing: What is there of it whatever is decided.
    """

    terms: tuple[Term, ...]
    standing: float = 0.0


def side_labels(sides: Sequence[Side]) -> Labels:
    """Labels of sides: name, quantity, side and weeks."""
    names = ("limit", "quantity", "side", "weeks")
    each = np.arange(len(sides))
    return Labels({name: [side.labels[name] for side in sides] for name in names}, tuple(each for _ in names))


def side_rows(
    name: str, setting: Setting, columns: Columns, sides: Sequence[Side], meaning: Meaning, *more: Term
) -> RowBlock:
    """One row per side, which keeps its quantity at or on the right side of what is asked.

    A ratio is kept in its linear form: the one amount less so many of the other is on the right side of 0.

    Args:
        name: Name of the block.
        setting: The setting.
        columns: The columns.
        sides: What is asked.
        meaning: What the rows and their prices mean.
        more: Further terms of the block.
    """
    counted = [count(setting, columns, side) for side in sides]
    is_max = np.array([side.side == "max" for side in sides], dtype=bool)
    standing = np.array([part.standing for part in counted], dtype=float)
    asked = np.array([0.0 if side.scope.is_ratio else side.asked for side in sides], dtype=float)
    terms = [
        term(part.block, np.full(len(part.columns), row), part.columns, part.values)
        for row, each in enumerate(counted)
        for part in each.terms
    ]
    return between(
        name,
        side_labels(sides),
        np.where(is_max, -np.inf, asked - standing),
        np.where(is_max, asked - standing, np.inf),
        (*terms, *more),
        meaning,
        standing=standing,
    )


def count(setting: Setting, columns: Columns, side: Side) -> Counted:
    """The quantity of a side; of a ratio, the amount less the asked number of the other."""
    scope, facts = side.scope, setting.facts
    inside = scope.campaigns.astype(float)
    match scope.quantity:
        case "leads":
            return _leads(setting, side)
        case "spend":
            terms: tuple[Term, ...] = (_spend(setting, side, inside),)
        case "spend_share":
            terms = (_spend(setting, side, inside - side.asked),)
        case "bookings":
            terms = (_booked(columns, side, np.ones_like(facts.show)),)
        case "visits":
            terms = (_booked(columns, side, facts.show),)
        case "cac":
            terms = (_spend(setting, side, inside), _booked(columns, side, -side.asked * facts.show))
        case "ltv_to_cac":
            worth = facts.show * facts.ltv_margin[:, None]
            terms = (_spend(setting, side, -side.asked * inside), _booked(columns, side, worth))
        case _:
            raise ValueError(f"no such quantity: {scope.quantity}")
    return Counted(terms)


def _spend(setting: Setting, side: Side, weight: Floats) -> Term:
    steps = setting.steps
    counted = np.flatnonzero(side.window[steps.week] & (weight != 0)[steps.campaign])
    return term("spend", 0, counted, weight[steps.campaign[counted]])


def _leads(setting: Setting, side: Side) -> Counted:
    counts = side.scope.campaigns[:, None] & side.window[None, : setting.facts.lead_weeks]
    row = np.where(counts, 0, -1)
    carried = float(by_row(row, setting.carried, 1)[0])
    return Counted((arrivals(setting, row, np.ones(row.shape)),), carried)


def _booked(columns: Columns, side: Side, weight: Floats) -> Term:
    """Booked appointments at the covered clinics in the week of the visit, each with the weight of its wait."""
    inside = side.scope.units[columns.booked_unit]
    counted = np.flatnonzero(inside & side.window[columns.booked_week + columns.booked_wait])
    values = weight[columns.booked_unit[counted], columns.booked_wait[counted]]
    return term("booked", 0, counted, values)
