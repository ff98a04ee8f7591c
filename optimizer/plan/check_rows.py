"""The rows of the plan's tables: everything is there once, and is a number."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import named
from optimizer.plan.recompute_ground import UNIT, Ground

Tables = Mapping[str, pd.DataFrame]

_UNIT_LABELS = ["market", *UNIT]
LABELS = {
    "plan": ["campaign", "market", *UNIT, "channel", "week"],
    "leads": [*_UNIT_LABELS, "week"],
    "bookings": [*_UNIT_LABELS, "seen_at", "week", "visit_week"],
    "capacity": [*_UNIT_LABELS, "week"],
    "intake": ["intake_team", "week"],
    "pathways": [*_UNIT_LABELS, "to_line", "week"],
    "follow_on": [*_UNIT_LABELS, "to_line", "seen_at", "week"],
    "resources": ["resource", "week"],
}
"""Columns of each table that say what a row is about."""
_KEYS = {
    "plan": ["campaign", "week"],
    "leads": [*UNIT, "week"],
    "bookings": [*UNIT, "seen_at", "week", "weeks_waited"],
    "capacity": [*UNIT, "week"],
    "intake": ["intake_team", "week"],
    "pathways": [*UNIT, "to_line", "week"],
    "follow_on": [*UNIT, "to_line", "seen_at", "week"],
    "resources": ["resource", "week"],
}
"""Labels that name a row of each table once."""
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
    return _columns(tables) or _all_numbers(tables) or _row_findings(ground, tables)


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


def _all_numbers(tables: Tables) -> list[Finding]:
    return [finding for name in NUMBERS for finding in _numbers(name, tables[name])]


def _row_findings(ground: Ground, tables: Tables) -> list[Finding]:
    expected = _expected_rows(ground)
    findings = [finding for name, rows in expected.items() for finding in _rows(name, tables[name], rows)]
    return findings + _waits(ground, tables["bookings"])


def _expected_rows(ground: Ground) -> dict[str, pd.DataFrame]:
    """Labels of the rows that each table must have; for those of ``_MAY_LACK``, may have."""
    campaigns = ground.campaigns.reset_index()[LABELS["plan"][:-1]]
    units = ground.units.reset_index()[_UNIT_LABELS]
    teams = ground.intake["hours_paid"].index.to_frame(index=False)
    resources = ground.shared.available.index.to_frame(index=False)
    in_visit_weeks = pd.DataFrame({"week": ground.visit_weeks})
    in_lead_weeks = units.merge(pd.DataFrame({"week": ground.lead_weeks}), how="cross")
    return {
        "plan": campaigns.merge(pd.DataFrame({"week": ground.planned}), how="cross"),
        "leads": in_lead_weeks,
        "bookings": in_lead_weeks.merge(ground.routes[[*UNIT, "seen_at"]], on=UNIT),
        "capacity": units.merge(in_visit_weeks, how="cross"),
        "intake": teams.merge(pd.DataFrame({"week": ground.lead_weeks}), how="cross"),
        "pathways": units.merge(ground.onward.ways[[*UNIT, "to_line"]], on=UNIT).merge(in_visit_weeks, how="cross"),
        "follow_on": units.merge(ground.onward.places[[*UNIT, "to_line", "seen_at"]], on=UNIT).merge(
            in_visit_weeks, how="cross"
        ),
        "resources": resources.merge(in_visit_weeks, how="cross"),
    }


def _numbers(name: str, table: pd.DataFrame) -> list[Finding]:
    """Numbers that are none, and decisions below zero."""
    findings, keys = [], table[_KEYS[name]]
    shown = table.select_dtypes("number").drop(columns=_MAY_BE_UNKNOWN, errors="ignore")
    broken = ~np.isfinite(shown.to_numpy(dtype=np.float64))
    for column, wrong in zip(shown.columns, broken.T, strict=True):
        findings += named("numbers", keys, wrong, f"{name}.{column} is not a finite number")
    for column in _NEVER_NEGATIVE.get(name, []):
        values = table[column].to_numpy(dtype=np.float64)
        text = f"{name}.{column} is below zero"
        findings += named("numbers", keys, values < 0, text, np.abs(values))
    return findings


def _rows(name: str, table: pd.DataFrame, expected: pd.DataFrame) -> list[Finding]:
    """Rows that are doubled, that the scenario does not know, or that are missing."""
    labels, keys = list(expected.columns), _KEYS[name]
    doubled = table.duplicated(keys).to_numpy()
    findings = named("rows", table[keys], doubled, f"table '{name}' has this row twice")
    both = table[labels].drop_duplicates().merge(expected, on=labels, how="outer", indicator="side")
    unknown, missing = (both["side"] == side for side in ("left_only", "right_only"))
    findings += named("rows", both[labels], unknown.to_numpy(), f"table '{name}' has a row that the scenario has not")
    if name in _MAY_LACK:
        return findings
    return findings + named("rows", both[labels], missing.to_numpy(), f"table '{name}' lacks this row")


def _waits(ground: Ground, bookings: pd.DataFrame) -> list[Finding]:
    """Bookings with a wait that may not be offered, or whose visit is in another week than the wait says."""
    labels, wait = bookings[_KEYS["bookings"]], ["service_line", "weeks_waited"]
    offered = labels.merge(ground.waits[wait], on=wait, how="left", indicator="side", validate="many_to_one")
    not_offered = (offered["side"] == "left_only").to_numpy()
    findings = named("waits", labels, not_offered, "a wait of so many weeks may not be offered")
    position = pd.Series(range(len(ground.visit_weeks)), index=ground.visit_weeks)
    visit, lead = (position.reindex(bookings[name]).to_numpy(dtype=np.float64) for name in ("visit_week", "week"))
    wrong = (visit - lead != bookings["weeks_waited"].to_numpy(dtype=np.float64)) & ~not_offered
    return findings + named("waits", labels, wrong, "visit_week is not so many weeks after the week")
