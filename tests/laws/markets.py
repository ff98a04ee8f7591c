"""Random small scenarios for the laws: clinics with lags, waits, intake desks, limits, a budget that binds at times.

Channels of a service line differ in rates and minutes, so a plan can make the mix of a clinic's leads richer or poorer
than today's. Desks are closed in some weeks, or busy with other contacts all week. Care leads on to scans, which have
campaigns of their own too, and scans to rehabilitation, which has none; care and scans share a machine.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from hypothesis import Phase, settings
from hypothesis import strategies as st

from optimizer.scenario.read import Scenario, scenario_from_frames

FIRST = dt.date(2026, 1, 5)
LATER_WEEKS = 6
"""Weeks after the plan in which leads arrive and patients come: two of lag, two of waiting, two of follow-on visits."""

Row = Mapping[str, Any]
LAGS: Sequence[Row] = (
    {"channel": "Search", "lead_share_week_0": 0.75, "lead_share_week_1": 0.25},
    {"channel": "Social", "lead_share_week_0": 0.5, "lead_share_week_1": 0.25, "lead_share_week_2": 0.25},
)
law = settings(max_examples=6, derandomize=True, deadline=None, database=None, phases=[Phase.generate])
"""The same examples on every run."""
few = settings(law, max_examples=3)
"""For laws that need whole plans."""


@dataclass(frozen=True)
class Market:
    """A scenario as plain data, so that a law can change one thing and plan again."""

    weeks: int
    budget: float
    tables: Mapping[str, Sequence[Row]]
    policies: Mapping[str, Any]
    objective: str = "ltv"
    first_week: dt.date = FIRST

    def scenario(self) -> Scenario:
        definition = {
            "schema_version": 1,
            "name": "law",
            "as_of": "2026-01-01",
            "calendar": {"first_week": self.first_week.isoformat(), "weeks": self.weeks},
            "budget": {"total": self.budget},
            "objective": self.objective,
            "policies": dict(self.policies),
        }
        frames = {name: pd.DataFrame([dict(row) for row in rows]) for name, rows in self.tables.items() if rows}
        return scenario_from_frames(definition, frames)

    def with_budget(self, budget: float) -> Market:
        return replace(self, budget=budget)

    def with_rows(self, table: str, rows: Sequence[Row]) -> Market:
        return replace(self, tables={**self.tables, table: rows})

    def with_column(self, table: str, column: str, change: Callable[[float], float]) -> Market:
        """Every number that is given in a column, changed."""
        rows = [{**row, column: change(row[column])} if column in row else row for row in self.tables[table]]
        return self.with_rows(table, rows)


def monday(week: int, first: dt.date = FIRST) -> str:
    return (first + dt.timedelta(weeks=week)).isoformat()


@st.composite
def markets(draw: st.DrawFn, *, clinics: Sequence[str] = ("North", "South"), most_campaigns: int = 5) -> Market:
    """A market of one to three clinic and service line pairs with two to ``most_campaigns`` campaigns."""
    weeks = draw(st.integers(1, 3))
    pairs = [(clinic, line) for clinic in clinics for line in ("Care", "Scan")]
    units = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=3, unique=True))
    count = draw(st.integers(max(2, len(units)), max(most_campaigns, len(units))))
    campaigns = [draw(_campaign(f"{units[n % len(units)][0]} {n}", *units[n % len(units)])) for n in range(count)]
    lines = sorted({line for _, line in units})
    tables: dict[str, list[Row]] = {
        "campaigns": campaigns,
        "response_curves": [draw(_curve(str(row["campaign"]))) for row in campaigns],
        "locations": [
            {
                "location": clinic,
                "market": f"{clinic} market",
                "intake_team": draw(st.sampled_from(["", f"{clinic} desk"])),
            }
            for clinic in clinics
        ],
        "channels": [{**lags, "value_multiplier": draw(st.sampled_from([0.4, 0.7, 1.0, 1.0]))} for lags in LAGS],
        "funnel": [row for line in lines for row in draw(_funnel(line))],
        "show_rates": [
            {"service_line": line, "weeks_waited": wait, "kept_share": 1 - 0.2 * wait, "show_rate": 0.9 - 0.1 * wait}
            for line in lines
            for wait in range(3)
        ],
        "service_lines": [{"service_line": line} for line in ("Care", "Scan", "Rehab")],
        "appointment_capacity": [
            row
            for unit in [*units, *((clinic, "Rehab") for clinic in sorted({clinic for clinic, _ in units}))]
            for row in draw(_slots(*unit, weeks + LATER_WEEKS))
        ],
        "intake_teams": [row for clinic in clinics for row in draw(_desk(f"{clinic} desk", weeks + LATER_WEEKS))],
        "patient_value": [
            {"service_line": line, "first_visit_margin": 50, "ltv_margin": worth, "includes_downstream": "no"}
            for line in lines
            for worth in [draw(st.integers(60, 400))]
        ],
        "limits": draw(
            st.lists(_limit(str(campaigns[0]["channel"])), max_size=2, unique_by=lambda row: str(row["limit"]))
        ),
        "care_pathways": [draw(_scans(own_value="Scan" in lines)), _rehab()],
        "shared_resources": draw(_machine(weeks + LATER_WEEKS)),
        "resource_use": [
            {"resource": "Scanner", "service_line": line, "minutes_per_visit": 20 if line == "Scan" else 5}
            for line in lines
        ],
    }
    return Market(
        weeks=weeks,
        budget=float(draw(st.integers(0, 4000))),
        tables=tables,
        policies={"fill_cap": draw(st.sampled_from([0.8, 1.0])), "curve_steps": 6},
    )


@st.composite
def _campaign(draw: st.DrawFn, name: str, clinic: str, line: str) -> Row:
    row: dict[str, Any] = {
        "campaign": name,
        "location": clinic,
        "service_line": line,
        "channel": draw(st.sampled_from(["Search", "Social"])),
        "current_weekly_spend": draw(st.sampled_from([0, 150, 400])),
    }
    ceiling = draw(st.sampled_from([None, 250, 500]))
    return row if ceiling is None else {**row, "max_weekly_spend": ceiling}


@st.composite
def _curve(draw: st.DrawFn, name: str) -> Row:
    row: dict[str, Any] = {"campaign": name, "observed_max_weekly_spend": 800}
    if draw(st.booleans()):
        first, more = draw(st.integers(11, 30)), draw(st.integers(1, 30))  # 11 / 200 is above 30 / 600: no upward bend
        return {**row, "form": "points", "points": f"0:0 200:{first} 800:{first + more}"}
    return {
        **row,
        "form": "michaelis_menten",
        "max_leads": draw(st.integers(20, 90)),
        "half_spend": draw(st.integers(100, 900)),
    }


@st.composite
def _funnel(draw: st.DrawFn, line: str) -> list[Row]:
    return [
        {
            "service_line": line,
            "channel": channel,
            "valid_rate": draw(st.sampled_from([0.8, 1.0])),
            "booking_rate": draw(st.sampled_from([0.3, 0.6])),
            "booking_rate_late": draw(st.sampled_from([0.0, 0.2])),
            "handling_minutes": draw(st.integers(5, 30)),
        }
        for channel in ("Search", "Social")
    ]


@st.composite
def _slots(draw: st.DrawFn, clinic: str, line: str, weeks: int) -> list[Row]:
    waiting = 0 if line == "Rehab" else draw(st.integers(0, 8))
    return [
        {
            "location": clinic,
            "service_line": line,
            "week": monday(week),
            "new_patient_slots": draw(st.integers(0, 40)),
            "already_booked": draw(st.integers(0, 5)),
            "waitlist": waiting if week == 0 else 0,
        }
        for week in range(weeks)
    ]


@st.composite
def _scans(draw: st.DrawFn, *, own_value: bool) -> Row:
    """Care leads on to scans, worth what new patients' scans are or more."""
    row: dict[str, Any] = {
        "from_line": "Care",
        "to_line": "Scan",
        "share": draw(st.sampled_from([0.3, 0.9])),
        "lag_weeks": draw(st.integers(0, 1)),
        "location_rule": draw(st.sampled_from(["same", "market"])),
    }
    return row if own_value and draw(st.booleans()) else {**row, "margin": 500}


def _rehab() -> Row:
    return {"from_line": "Scan", "to_line": "Rehab", "share": 0.5, "lag_weeks": 1, "margin": 80}


@st.composite
def _machine(draw: st.DrawFn, weeks: int) -> list[Row]:
    return [
        {
            "resource": "Scanner",
            "week": monday(week),
            "minutes_available": draw(st.sampled_from([0, 120, 100_000])),
            "minutes_baseline": draw(st.sampled_from([0, 30])),
        }
        for week in range(weeks)
    ]


@st.composite
def _desk(draw: st.DrawFn, team: str, weeks: int) -> list[Row]:
    agents = draw(st.integers(1, 3))
    price, waiting = draw(st.sampled_from([0, 20, 90])), draw(st.sampled_from([0, 10, 80]))  # 80 take 16 hours
    return [
        {
            "intake_team": team,
            "week": monday(week),
            "agents": agents,
            "paid_hours": draw(st.sampled_from([0, 5, 10, 20, 30])),  # 0: closed
            "handling_minutes": 12,
            "baseline_contacts": draw(st.sampled_from([0, 10, 20, 200])),  # 200 take 40 hours: no time for a lead
            "overflow_hours": draw(st.sampled_from([0, 3, 12])),
            "overflow_cost_per_hour": price,
            "opening_backlog": waiting if week == 0 else 0,
        }
        for week in range(weeks)
    ]


@st.composite
def _limit(draw: st.DrawFn, channel: str) -> Row:
    """A most, so that spending nothing always keeps it."""
    quantity, most = draw(st.sampled_from([("spend", 600), ("spend_share", 0.5), ("bookings", 25), ("visits", 12)]))
    row: dict[str, Any] = {"limit": draw(st.sampled_from(["One", "Two"])), "quantity": quantity, "max": most}
    if quantity.startswith("spend") and draw(st.booleans()):
        row["channel"] = channel
    return {**row, "per": draw(st.sampled_from(["week", "window"]))}
