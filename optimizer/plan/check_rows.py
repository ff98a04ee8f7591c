"""The rows of the plan's tables: everything is there once, and is a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import named
from optimizer.plan.recompute_directory import UNIT
from optimizer.plan.recompute_ground import Ground
from optimizer.plan.recompute_sheets import Sheet, layout_of, sheet_of

Tables = Mapping[str, pd.DataFrame]

_UNIT_LABELS = ["market", *UNIT]
LABELS = {
    "plan": ["campaign", "market", *UNIT, "channel", "week"],
    "leads": [*_UNIT_LABELS, "week"],
    "bookings": [*_UNIT_LABELS, "week", "seen_at", "visit_week"],
    "capacity": [*_UNIT_LABELS, "week"],
    "intake": ["intake_team", "week"],
    "pathways": [*_UNIT_LABELS, "to_line", "week"],
    "follow_on": [*_UNIT_LABELS, "to_line", "seen_at", "week"],
    "resources": ["resource", "week"],
}
"""Columns of each table that say what a row is about."""
NUMBERS = {
    "plan": [
        "current_spend",
        "recommended_spend",
        "change",
        "leads",
        "bookings",
        "visits",
        "value",
        "follow_on_visits",
        "follow_on_value",
    ],
    "leads": ["leads", "answered_in_time", "late", "lost", "requests", "waitlist", "booked", "visits"],
    "bookings": ["weeks_waited", "booked", "visits"],
    "capacity": [
        "new_patient_slots",
        "already_booked",
        "expected_baseline_bookings",
        "open_slots",
        "booked",
        "routed_in",
        "routed_out",
        "follow_on_visits",
        "slots_used",
        "open_slots_left",
        "visits",
    ],
    "intake": [
        "hours_in_time",
        "hours_paid",
        "baseline_hours",
        "backlog_hours",
        "overflow_hours",
        "overflow_cost",
        "lead_hours",
        "leads",
        "answered_in_time",
        "late",
        "lost",
    ],
    "pathways": ["wanted", "served", "leaked", "leaked_value", "value"],
    "follow_on": ["visits", "value"],
    "resources": ["minutes_available", "minutes_baseline", "minutes_used", "utilisation"],
}
"""Numbers of each table that are found again."""
_ANSWERS = {"plan": ["on_envelope"]}
"""Columns of each table that say yes or no."""
_NEVER_NEGATIVE = {
    "plan": ["recommended_spend"],
    "leads": ["late", "lost"],
    "bookings": ["booked"],
    "intake": ["overflow_hours"],
    "follow_on": ["visits"],
}
"""What a plan decides; everything else follows from it."""
_MAY_LACK = ("bookings", "pathways", "follow_on")
"""Tables whose rows are only those with something in them; what lacks is missed in the sums."""
_MAY_BE_UNKNOWN = "third_next_available_days"


def rows(ground: Ground, tables: Tables) -> list[Finding]:
    """Findings where tables, columns or rows are missing, unknown, doubled or not numbers.

    Each kind is looked for only where the one before it found nothing.
    """
    return _columns(tables) or _all_numbers(ground, tables) or _row_findings(ground, tables)


def _columns(tables: Tables) -> list[Finding]:
    """Tables and columns that are not there, or hold something else than numbers."""
    findings = []
    for name, numbers in NUMBERS.items():
        if name not in tables:
            findings.append(Finding("columns", f"the table '{name}' is not there"))
            continue
        table = tables[name]
        needed = [*LABELS[name], *numbers, *_ANSWERS.get(name, [])]
        lacking = [column for column in needed if column not in table]
        findings += [Finding("columns", f"table '{name}' has no column '{column}'") for column in lacking]
        findings += [
            Finding("columns", f"{name}.{column} does not hold {kind}")
            for columns, kind, holds in (
                (numbers, "numbers", pd.api.types.is_numeric_dtype),
                (LABELS[name], "text", pd.api.types.is_string_dtype),
            )
            for column in columns
            if len(table) and column in table and not holds(table[column])
        ]
    return findings


def _all_numbers(ground: Ground, tables: Tables) -> list[Finding]:
    return [finding for name in NUMBERS for finding in _numbers(name, tables[name], layout_of(ground, name).key)]


def _row_findings(ground: Ground, tables: Tables) -> list[Finding]:
    findings = [finding for name in NUMBERS for finding in _rows(ground, name, tables[name])]
    return findings + _waits(ground, tables["bookings"])


def _numbers(name: str, table: pd.DataFrame, key: list[str]) -> list[Finding]:
    """Numbers that are none, and decisions below zero."""
    findings = []
    for column in table.columns:
        if column != _MAY_BE_UNKNOWN and pd.api.types.is_numeric_dtype(table[column]):
            wrong = ~np.isfinite(table[column].to_numpy(dtype=np.float64))
            findings += named("numbers", table, key, wrong, f"{name}.{column} is not a finite number")
    for column in _NEVER_NEGATIVE.get(name, []):
        values = table[column].to_numpy(dtype=np.float64)
        text = f"{name}.{column} is below zero"
        findings += named("numbers", table, key, values < 0, text, np.abs(values))
    return findings


def _rows(ground: Ground, name: str, table: pd.DataFrame) -> list[Finding]:
    """Rows that are doubled, that the scenario does not know, or that are missing."""
    further = _further_labels(ground, name)
    sheet = _labelled(sheet_of(ground, name, table), further)
    labels = [label for label in LABELS[name] if label != "visit_week"]
    findings = named("rows", table, sheet.layout.key, sheet.doubled, f"table '{name}' has this row twice")
    findings += named("rows", table, labels, ~sheet.known, f"table '{name}' has a row that the scenario has not")
    thing, week = np.nonzero(~sheet.shown)
    if name in _MAY_LACK or not len(thing):
        return findings
    rows = sheet.layout.things.names_of(thing, week, ground.visit_weeks)
    rows = rows.assign(**{label: further[label].to_numpy()[thing] for label in further.columns})
    every = np.ones(len(rows), dtype=np.bool_)
    return findings + named("rows", rows, labels, every, f"table '{name}' lacks this row")


def _further_labels(ground: Ground, name: str) -> pd.DataFrame:
    """Labels that the things of a table have beside those that name them; a row per thing."""
    directory, market = ground.directory, ground.units[["market"]]
    match name:
        case "plan":
            return ground.campaigns[["market", *UNIT, "channel"]]
        case "leads" | "capacity":
            return market
        case "bookings":
            return market.iloc[directory.asked]
        case "pathways":
            return market.iloc[directory.origin]
        case "follow_on":
            return market.iloc[directory.origin[directory.way]]
    return market.iloc[:0, :0]


def _labelled(sheet: Sheet, further: pd.DataFrame) -> Sheet:
    """The sheet, where a row that has not the further labels of its thing is of no thing that is known."""
    thing = sheet.thing.copy()
    for name in further.columns:
        known, label = thing >= 0, further[name].to_numpy(dtype=object)
        told = sheet.table[name].to_numpy(dtype=object, na_value=np.nan)
        right = told[known] == label[thing[known]]
        thing[known] = np.where(right, thing[known], -1)
    return replace(sheet, thing=thing)


def _waits(ground: Ground, bookings: pd.DataFrame) -> list[Finding]:
    """Bookings with a wait that may not be offered, or whose visit is in another week than the wait says."""
    labels, named_weeks = layout_of(ground, "bookings").key, ground.directory.weeks
    not_offered = ground.directory.waits.find(bookings, ["service_line", "weeks_waited"]) < 0
    findings = named("waits", bookings, labels, not_offered, "a wait of so many weeks may not be offered")
    visit, lead = (named_weeks.find(bookings, [name]) for name in ("visit_week", "week"))
    waited = visit - lead == bookings["weeks_waited"].to_numpy(dtype=np.float64)
    wrong = ~(waited & (visit >= 0) & (lead >= 0)) & ~not_offered
    return findings + named("waits", bookings, labels, wrong, "visit_week is not so many weeks after the week")
