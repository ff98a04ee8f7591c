"""A scenario of four weeks for tests of the weekly recommendation, and feeds that say what it says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.calibration.files import csv_text
from optimizer.scenario.read import Scenario
from optimizer.weekly.feeds import CAPACITY, INTAKE, SPEND
from tests.small import WEEKS, campaign, line_curve, small

NORTH, SOUTH = "North", "South"
MONDAYS = [dt.date.fromisoformat(week) for week in WEEKS]
LAST = "2025-12-29"
"""The week before the calendar."""
NAMES = ("a", "b", "c")


def scenario(
    *,
    weekly: Mapping[str, Any] | None = None,
    tables: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    **more: Any,
) -> Scenario:
    """Campaigns a and b at North, c at South, 400 a week each, at most 20 % more or less from week to week.

    A unit of money brings 5, 4 and a half up to 1000 a week, and budget is no concern: a and b rise, c falls. North's
    leads are answered by Desk with hours to spare. A clinic has 100 slots a week, of which 20 are booked.
    """
    rows = [
        campaign(name, location=place, current_weekly_spend=400.0)
        for name, place in zip(NAMES, (NORTH, NORTH, SOUTH), strict=True)
    ]
    curves = [line_curve(name, leads, 1000) for name, leads in zip(NAMES, (0.05, 0.04, 0.005), strict=True)]
    made = {
        "locations": [{"location": NORTH, "intake_team": "Desk"}, {"location": SOUTH, "intake_team": ""}],
        "intake_teams": [
            {"intake_team": "Desk", "week": week, "agents": 5.0, "paid_hours": 200.0, "baseline_contacts": 50.0,
             "handling_minutes": 6.0}
            for week in WEEKS
        ],
        "appointment_capacity": [
            {"location": place, "service_line": "Care", "week": week, "new_patient_slots": 100.0,
             "already_booked": 20.0, "as_of": "2025-12-30"}
            for place in (NORTH, SOUTH)
            for week in WEEKS
        ],
    }  # fmt: skip
    base = small(
        rows,
        curves,
        budget=more.pop("budget", 10000.0),
        weeks=more.pop("weeks", 4),
        policies={"change_limit": {"share": 0.2}, **more.pop("policies", {})},
        tables={**made, **(tables or {})},
        **more,
    )
    rules = base.definition.weekly.model_validate(weekly or {})
    return replace(base, definition=base.definition.model_copy(update={"weekly": rules}))


def feed_rows(made: Scenario, week: int = 0, **spend: float) -> dict[str, list[dict[str, Any]]]:
    """Feeds that say what the scenario says; each campaign spent 400, or what ``spend`` says, and had 20 leads."""
    monday, day = WEEKS[week], (MONDAYS[week] - dt.timedelta(days=2)).isoformat()
    capacity = made.tables["appointment_capacity"].frame
    teams = made.tables["intake_teams"].frame
    figures = ["new_patient_slots", "already_booked", "expected_baseline_bookings", "waitlist"]
    slots = capacity.loc[capacity["week"] >= monday, ["location", "service_line", "week", *figures]]
    hours = teams.loc[teams["week"] >= monday, ["intake_team", "week", "agents", "paid_hours", "baseline_contacts"]]
    last = (MONDAYS[week] - dt.timedelta(weeks=1)).isoformat()
    return {
        CAPACITY: slots.assign(as_of=day).to_dict("records"),
        INTAKE: hours.assign(opening_backlog=0.0, as_of=day).to_dict("records"),
        SPEND: [
            {"campaign": name, "week": last, "spend": spend.get(name, 400.0), "leads": 20, "as_of": day}
            for name in NAMES
        ],
    }


def write_feeds(folder: Path, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Path:
    """Feeds as files; a feed without rows is not written."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, listed in rows.items():
        if listed:
            (folder / f"{name}.csv").write_text(csv_text(pd.DataFrame(listed).fillna("")), encoding="utf-8")
    return folder
