"""Small scenarios for tests: one clinic and line unless told otherwise, every rate 1, plenty of room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from optimizer.scenario.read import Scenario, scenario_from_frames

WEEKS = ["2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26", "2026-02-02", "2026-02-09", "2026-02-16", "2026-02-23"]


def campaign(
    name: str, *, location: str = "North", line: str = "Care", channel: str = "Search", **more: Any
) -> dict[str, Any]:
    """A row of campaigns."""
    row = {"campaign": name, "location": location, "service_line": line, "channel": channel}
    return {**row, "current_weekly_spend": 0.0, **more}


def points_curve(name: str, points: str, observed: float) -> dict[str, Any]:
    """A row of response_curves through points."""
    return {"campaign": name, "form": "points", "points": points, "observed_max_weekly_spend": observed}


def line_curve(name: str, leads_per_money: float, observed: float) -> dict[str, Any]:
    """A straight curve: the same leads for every unit of money up to the observed maximum."""
    return points_curve(name, f"0:0 {observed:g}:{observed * leads_per_money:.12g}", observed)


def small(
    campaigns: Sequence[Mapping[str, Any]],
    curves: Sequence[Mapping[str, Any]],
    *,
    budget: Mapping[str, Any] | float = 1e6,
    weeks: int = 1,
    objective: str = "ltv",
    policies: Mapping[str, Any] | None = None,
    slots: float | Mapping[tuple[str, str, int], float] = 1e6,
    tables: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> Scenario:
    """A scenario in which every rate is 1, a visit is worth 100 and slots abound, unless ``tables`` says otherwise.

    ``slots`` may give slots of (location, line, week number) that differ from plenty.
    """
    units = sorted({(row["location"], row["service_line"]) for row in campaigns})
    pairs = sorted({(row["service_line"], row["channel"]) for row in campaigns})
    given = slots if isinstance(slots, Mapping) else {}
    plenty = 1e6 if isinstance(slots, Mapping) else slots
    frames: dict[str, Sequence[Mapping[str, Any]]] = {
        "campaigns": campaigns,
        "response_curves": curves,
        "funnel": [{"service_line": line, "channel": channel, "booking_rate": 1.0} for line, channel in pairs],
        "appointment_capacity": [
            {
                "location": location,
                "service_line": line,
                "week": WEEKS[week],
                "new_patient_slots": given.get((location, line, week), plenty),
            }
            for location, line in units
            for week in range(len(WEEKS))
        ],
        "patient_value": [
            {"service_line": line, "first_visit_margin": 100.0, "ltv_margin": 100.0}
            for line in sorted({unit[1] for unit in units})
        ],
        **(tables or {}),
    }
    definition = {
        "schema_version": 1,
        "name": "small",
        "as_of": "2026-01-01",
        "calendar": {"first_week": WEEKS[0], "weeks": weeks},
        "budget": budget if isinstance(budget, Mapping) else {"total": budget},
        "objective": objective,
        "policies": {"extrapolation": 1.0, **(policies or {})},
    }
    return scenario_from_frames(definition, {name: pd.DataFrame(list(rows)) for name, rows in frames.items() if rows})
