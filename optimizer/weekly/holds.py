"""Holds: campaigns that stay at their budgets for a week, as events of the scenario."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from optimizer.scenario.cells import default_values
from optimizer.scenario.read import Scenario
from optimizer.scenario.tables import TABLES, Table

_EVENTS = TABLES["calendar_events"]


@dataclass(frozen=True)
class Hold:
    """What stays as it is for a week.

    Attributes:
        event: Name of the event.
        reason: Why, for people.
        labels: Scope columns of an event -> labels; nothing where every campaign stays.
    """

    event: str
    reason: str
    labels: Mapping[str, str] = field(default_factory=dict)


def with_holds(scenario: Scenario, holds: Iterable[Hold]) -> Scenario:
    """The scenario with an event of its first week for each hold."""
    week = scenario.definition.calendar.first_week.isoformat()
    owner = scenario.definition.weekly.owner
    rows = [
        {**hold.labels, "event": hold.event, "reason": hold.reason, "owner": owner, "hold": "yes",
         "first_week": week, "last_week": week}
        for hold in holds
    ]  # fmt: skip
    return (
        with_events(scenario, pd.concat([events_of(scenario), _events(rows)], ignore_index=True)) if rows else scenario
    )


def events_of(scenario: Scenario) -> pd.DataFrame:
    """calendar_events; no rows where the table is not there."""
    return scenario.tables["calendar_events"].frame if "calendar_events" in scenario.tables else _events([])


def with_events(scenario: Scenario, events: pd.DataFrame) -> Scenario:
    """The scenario with these events in place of its own; without the table where there are none."""
    tables = {name: table for name, table in scenario.tables.items() if name != "calendar_events"}
    if len(events):
        lines = np.arange(2, len(events) + 2, dtype=np.int64)
        tables["calendar_events"] = Table(_EVENTS, "calendar_events.csv", events, lines)
    return replace(scenario, tables={name: tables[name] for name in TABLES if name in tables})


def _events(rows: list[dict[str, str]]) -> pd.DataFrame:
    columns = {}
    for column in _EVENTS.columns:
        blank = default_values(column, len(rows))
        given = [row.get(column.name) for row in rows]
        cells = [default if cell is None else cell for cell, default in zip(given, blank, strict=True)]
        columns[column.name] = pd.Series(cells, dtype="str" if blank.dtype == object else np.float64)
    return pd.DataFrame(columns)
