"""Which campaigns, units and weeks a row of limits.csv covers, and what it asks there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Problem, ScenarioError
from optimizer.scenario.facts import Facts, Flags

RATIOS = ("spend_share", "cac", "ltv_to_cac")
"""Quantities that are one amount per another."""
PER_VISIT = ("cac", "ltv_to_cac")
"""Ratios of money and visits."""
ALL_WEEKS = "all covered weeks"
"""Window of a limit that counts once."""
_POOLED = ("bookings", "visits", *PER_VISIT)
"""Quantities that count units, whose slots are shared by all their channels."""
_OF_UNIT = ("market", "location", "service_line")
_OF_CAMPAIGN = (*_OF_UNIT, "channel", "campaign")
"""Labels by which a row names what it covers."""


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
        price_cap: What a unit may cost by which the limit is missed, in the objective's unit; NaN where it is hard.
    """

    name: str
    quantity: str
    least: float
    most: float
    campaigns: Flags
    units: Flags
    weeks: Flags
    alone: bool
    price_cap: float

    @property
    def is_ratio(self) -> bool:
        """Whether one amount is limited per another."""
        return self.quantity in RATIOS

    @property
    def is_soft(self) -> bool:
        """Whether the limit may be missed at a price."""
        return not np.isnan(self.price_cap)


@dataclass(frozen=True)
class Side:
    """One side of a limit in one window.

    Attributes:
        scope: The limit.
        side: ``min`` or ``max``.
        asked: Least or most of the quantity, as its owner wrote it.
        weeks: The window in words.
        window: (H,) weeks counted.
    """

    scope: Scope
    side: str
    asked: float
    weeks: str
    window: Flags

    @property
    def labels(self) -> dict[str, str]:
        """Name, quantity, side and weeks."""
        return {"limit": self.scope.name, "quantity": self.scope.quantity, "side": self.side, "weeks": self.weeks}


def sides(facts: Facts) -> list[Side]:
    """Every side of every limit in each of its windows, in the order of the limits' names."""
    return [
        Side(scope, side, asked, weeks, window)
        for scope in scopes(facts)
        for weeks, window in _windows(facts, scope)
        for side, asked in (("min", scope.least), ("max", scope.most))
        if not np.isnan(asked)
    ]


def _windows(facts: Facts, scope: Scope) -> Iterator[tuple[str, Flags]]:
    """The windows of a limit, each with its name.

    Money is spent in planned weeks and leads arrive in lead weeks. A ratio of each week has a window in each planned
    week, as there is no money to compare visits with in any other.
    """
    last = {"spend": facts.planned, "spend_share": facts.planned, "leads": facts.lead_weeks}
    if scope.alone and scope.is_ratio:
        last = dict.fromkeys(RATIOS, facts.planned)
    occurs = np.arange(len(facts.weeks)) < last.get(scope.quantity, len(facts.weeks))
    for week, window in windows(scope, occurs):
        yield ALL_WEEKS if week < 0 else f"the week of {facts.weeks[week]}", window


def scopes(facts: Facts) -> list[Scope]:
    """The scope of every limit, in the order of the limits' names.

    Raises:
        ScenarioError: for every limit that covers no campaign or unit.
    """
    rows = facts.limit_rows
    if not rows:
        return []
    campaigns, units = _texts(facts.campaigns, _OF_CAMPAIGN), _texts(facts.units, _OF_UNIT)
    found = [_scope(facts, row, _members(campaigns, row), _members(units, row)) for row in rows]
    problems = [
        Problem(
            row["file"],
            row["line"],
            f"limit '{scope.name}' covers no {'unit' if _pooled(scope) else 'campaign'} of the scenario",
            "correct its market, location, service_line, channel or campaign",
            code="empty_scope",
        )
        for scope, row in zip(found, rows, strict=True)
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
    return scope.quantity in _POOLED


def _scope(facts: Facts, row: Mapping[Any, Any], campaigns: Flags, units: Flags) -> Scope:
    last = row["last_week"] or facts.weeks[-1]
    return Scope(
        name=row["limit"],
        quantity=row["quantity"],
        least=row["min"],
        most=row["max"],
        campaigns=campaigns,
        units=units,
        weeks=(facts.weeks >= row["first_week"]) & (facts.weeks <= last),
        alone=row["per"] == "week",
        price_cap=row["price_cap"],
    )


def _texts(frame: pd.DataFrame, names: Sequence[str]) -> dict[str, npt.NDArray[np.object_]]:
    return {name: frame[name].to_numpy(dtype=object) for name in names}


def _members(labels: Mapping[str, npt.NDArray[np.object_]], row: Mapping[Any, Any]) -> Flags:
    inside = np.ones(len(labels["location"]), dtype=bool)
    for name, texts in labels.items():
        if row[name]:
            inside &= texts == row[name]
    return inside
