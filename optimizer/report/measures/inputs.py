"""What formulas of the dictionary name: columns of tables and keys of ``scenario.yaml``, with a scenario's values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from optimizer.scenario.definition import Definition
from optimizer.scenario.read import Scenario
from optimizer.scenario.schema import setting_at
from optimizer.scenario.tables import TABLES, Kind


@dataclass(frozen=True)
class Input:
    """One input of a formula.

    Attributes:
        name: ``funnel.booking_rate`` or ``policies.fill_cap``.
        meaning: One line for people, as it is declared.
        unit: Unit of a number; empty for labels, and where the meaning says it.
        says: What the scenario gives; empty where none is asked about.
        owners: Who answers for it in the scenario; empty where nobody is named.
    """

    name: str
    meaning: str
    unit: str
    says: str = ""
    owners: tuple[str, ...] = ()


def input_named(name: str, scenario: Scenario | None) -> Input:
    """An input by its name; ``KeyError`` if neither a table nor ``scenario.yaml`` declares it."""
    table, _, column = name.partition(".")
    return _of_table(table, column, scenario) if table in TABLES else _of_definition(name, scenario)


def _of_table(table: str, column: str, scenario: Scenario | None) -> Input:
    declared = TABLES[table].column(column)
    name = f"{table}.{column}"
    if scenario is None:
        return Input(name, declared.meaning, declared.unit)
    if table not in scenario.tables:
        return Input(name, declared.meaning, declared.unit, f"no table: {TABLES[table].absent}")
    frame = scenario.tables[table].frame
    is_number = declared.kind in (Kind.NUMBER, Kind.INTEGER)
    says = _numbers(frame[column], declared.unit) if is_number else _labels(frame[column])
    owners = tuple(sorted(set(frame["owner"]) - {""})) if "owner" in frame else ()
    return Input(name, declared.meaning, declared.unit, says, owners)


def _numbers(column: pd.Series, unit: str) -> str:
    """``0.36 to 0.62 in 24 rows``; one number where all are the same; no amounts where these count people."""
    given = column.dropna()
    if given.empty:
        return "not given"
    if unit and not unit.startswith(_NO_PEOPLE):
        return f"given in {len(given):,} row{'s' if len(given) > 1 else ''}"
    least, most = float(given.min()), float(given.max())
    span = f"{least:,.6g}" if least == most else f"{least:,.6g} to {most:,.6g}"
    return f"{span} in {len(given):,} row{'s' if len(given) > 1 else ''}"


def _labels(column: pd.Series) -> str:
    """``hill, log``; how many where there are many."""
    given = sorted(set(column) - {""})
    return ", ".join(given) if 0 < len(given) <= _FEW else f"{len(given):,} different" if given else "not given"


_FEW = 6
_NO_PEOPLE = ("share", "money", "days", "weeks", "minutes", "months", "hours", "people")
"""How units begin that count no patients, appointments or leads; staff is told."""


def _of_definition(name: str, scenario: Scenario | None) -> Input:
    declared = setting_at(name.split("."))
    if declared is None:
        raise KeyError(name)
    says = "" if scenario is None else _said(scenario.definition, name)
    group = name.partition(".")[0]
    owner = getattr(getattr(scenario.definition, group), "owner", "") if scenario else ""
    return Input(name, declared.description or "", "", says, (owner,) if owner else ())


def _said(definition: Definition, name: str) -> str:
    value: Any = definition.model_dump(mode="json", exclude_none=True)
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return "not given" if value in (None, {}, []) else _plain(value)


def _plain(value: object) -> str:
    """A value as people write it: ``1,330,000``, ``2026-10: 430,000``."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_plain(part)}" for key, part in value.items())
    if isinstance(value, list):
        return "; ".join(_plain(part) for part in value)
    return f"{value:,.10g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
