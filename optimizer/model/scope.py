"""Which campaigns, units and weeks a row of limits.csv covers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.errors import Problem, ScenarioError
from optimizer.scenario.facts import Facts, Flags


@dataclass(frozen=True)
class Scope:
    """What one row of limits.csv covers.

    Attributes:
        name: Name of the limit.
        quantity: What is limited.
        least: Least allowed, NaN where not limited.
        most: Most allowed, NaN where not limited.
        campaigns: (I,) campaigns covered.
        units: (U,) units covered.
        weeks: (H,) weeks covered.
        alone: Whether each week is limited alone.
    """

    name: str
    quantity: str
    least: float
    most: float
    campaigns: Flags
    units: Flags
    weeks: Flags
    alone: bool


def scopes(facts: Facts) -> list[Scope]:
    """The scope of every limit, in the order of the limits' names.

    Raises:
        ScenarioError: for every limit that covers no campaign or unit.
    """
    found = [_scope(facts, row) for _, row in facts.limits.iterrows()]
    problems = [
        Problem(
            str(row["file"]),
            int(row["line"]),
            f"limit '{scope.name}' covers no {'unit' if _pooled(scope) else 'campaign'} of the scenario",
            "correct its market, location, service_line, channel or campaign",
            code="empty_scope",
        )
        for scope, (_, row) in zip(found, facts.limits.iterrows(), strict=True)
        if not (scope.units if _pooled(scope) else scope.campaigns).any()
    ]
    if problems:
        raise ScenarioError(facts.definition.name, problems)
    return found


def windows(scope: Scope, weeks: Flags) -> Iterator[tuple[int, Flags]]:
    """The windows that a limit counts: all covered weeks together (named -1), or each alone (named by its week).

    Args:
        scope: The limit.
        weeks: (H,) weeks in which the limited quantity can occur.
    """
    covered = scope.weeks & weeks
    if not scope.alone:
        yield -1, covered
        return
    for week in np.flatnonzero(covered):
        alone = np.zeros_like(covered)
        alone[week] = True
        yield int(week), alone


def _pooled(scope: Scope) -> bool:
    return scope.quantity in ("bookings", "visits")


def _scope(facts: Facts, row: pd.Series) -> Scope:
    last = row["last_week"] or facts.weeks[-1]
    return Scope(
        name=row["limit"],
        quantity=row["quantity"],
        least=row["min"],
        most=row["max"],
        campaigns=_members(facts.campaigns, row, ("market", "location", "service_line", "channel", "campaign")),
        units=_members(facts.units, row, ("market", "location", "service_line")),
        weeks=(facts.weeks >= row["first_week"]) & (facts.weeks <= last),
        alone=row["per"] == "week",
    )


def _members(frame: pd.DataFrame, row: pd.Series, names: tuple[str, ...]) -> Flags:
    inside = np.ones(len(frame), dtype=bool)
    for name in names:
        if row[name]:
            inside &= (frame[name] == row[name]).to_numpy()
    return inside
