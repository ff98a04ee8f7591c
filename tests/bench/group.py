"""A made-up group of any size: clinics x service lines x channels, each campaign with its own curve.

Seeded, so that it is the same on every machine. Clinics have between half and twice the slots that today's advertising
fills, one clinic of the market takes redirected patients, waits go up to four weeks and campaigns move by a quarter a
week at most.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from optimizer.scenario.read import Scenario, scenario_from_frames

SEED = 20261122
FIRST = dt.date(2026, 9, 28)
LAGS = ((1.0,), (0.7, 0.3), (0.5, 0.3, 0.2))
"""Share of a channel's leads by weeks after the spend."""
MARKET = 10
"""Clinics of a market."""
TAIL = 6
"""Weeks after the plan in which leads arrive and patients come."""


@cache
def group(clinics: int = 40, lines: int = 8, channels: int = 5, weeks: int = 13) -> Scenario:
    """The scenario; the money is a twentieth more than today's."""
    campaigns, curves = _campaigns(np.random.default_rng(SEED), clinics, lines, channels)
    tables = {
        "locations": _locations(clinics),
        "channels": _channels(channels),
        "campaigns": campaigns,
        "response_curves": curves,
        "funnel": _funnel(lines, channels),
        "appointment_capacity": _capacity(np.random.default_rng(SEED + 1), campaigns, curves, weeks),
        "show_rates": _waits(lines),
        "intake_teams": _teams(clinics, weeks, curves),
        "patient_value": _value(lines),
        "redirects": _redirects(clinics),
    }
    definition: Mapping[str, Any] = {
        "schema_version": 1,
        "name": f"group-{clinics}x{lines}x{channels}x{weeks}",
        "as_of": "2026-09-21",
        "calendar": {"first_week": FIRST.isoformat(), "weeks": weeks},
        "budget": {"total": float(round(1.05 * weeks * campaigns["current_weekly_spend"].sum()))},
        "policies": {"fill_cap": 0.95, "max_weeks_waited": 4, "change_limit": {"share": 0.25, "amount": 200}},
    }
    return scenario_from_frames(definition, tables)


def _names(what: str, count: int) -> list[str]:
    return [f"{what} {number + 1:02d}" for number in range(count)]


def _weeks(count: int) -> list[str]:
    return [(FIRST + dt.timedelta(weeks=week)).isoformat() for week in range(count)]


def _locations(clinics: int) -> pd.DataFrame:
    number = np.arange(clinics)
    return pd.DataFrame({
        "location": _names("Clinic", clinics),
        "market": [f"Market {market + 1}" for market in number // MARKET],
        "intake_team": [f"Desk {desk + 1}" for desk in number // (MARKET // 2)],
    })  # fmt: skip


def _channels(channels: int) -> pd.DataFrame:
    rows = [
        {"channel": name, **{f"lead_share_week_{lag}": share for lag, share in enumerate(LAGS[number % len(LAGS)])}}
        for number, name in enumerate(_names("Channel", channels))
    ]
    return pd.DataFrame(rows)


def _campaigns(draw: np.random.Generator, clinics: int, lines: int, channels: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Campaigns of every clinic, line and channel with today's spend, and their curves."""
    where = pd.MultiIndex.from_product(
        [_names("Clinic", clinics), _names("Line", lines), _names("Channel", channels)],
        names=["location", "service_line", "channel"],
    ).to_frame(index=False)
    names = (where["location"] + "-" + where["service_line"] + "-" + where["channel"]).str.lower().str.replace(" ", "")
    spend = np.round(draw.lognormal(6.3, 0.6, len(where)), -1) + 100
    cost_per_lead = draw.lognormal(4.2, 0.35, len(where))
    half = spend * draw.uniform(0.8, 2.5, len(where))
    campaigns = where.assign(campaign=names, current_weekly_spend=spend)
    curves = pd.DataFrame({
        "campaign": names,
        "form": "michaelis_menten",
        "max_leads": spend / cost_per_lead * (half + spend) / spend,
        "half_spend": half,
        "observed_max_weekly_spend": np.round(spend * draw.uniform(1.2, 2.2, len(where)), 2),
    })  # fmt: skip
    return campaigns, curves


def _funnel(lines: int, channels: int) -> pd.DataFrame:
    rows = [
        {
            "service_line": line,
            "channel": channel,
            "booking_rate": 0.45 - 0.03 * number,
            "booking_rate_late": 0.25 - 0.02 * number,
            "handling_minutes": 8.0 + number,
        }
        for line in _names("Line", lines)
        for number, channel in enumerate(_names("Channel", channels))
    ]
    return pd.DataFrame(rows)


def _capacity(draw: np.random.Generator, campaigns: pd.DataFrame, curves: pd.DataFrame, weeks: int) -> pd.DataFrame:
    """Slots of each unit and week: today's requests times between a half and two."""
    leads = (
        curves["max_leads"]
        * campaigns["current_weekly_spend"]
        / (curves["half_spend"] + campaigns["current_weekly_spend"])
    )
    asked = (0.38 * leads).groupby([campaigns["location"], campaigns["service_line"]]).sum()
    every = _weeks(weeks + TAIL)
    room = np.repeat(draw.uniform(0.5, 2.0, len(asked)), len(every)) * draw.uniform(0.9, 1.1, len(asked) * len(every))
    rows = asked.index.to_frame(index=False).merge(pd.DataFrame({"week": every}), how="cross")
    return rows.assign(new_patient_slots=np.round(np.repeat(asked.to_numpy(), len(every)) * room, 1))


def _waits(lines: int) -> pd.DataFrame:
    rows = [
        {"service_line": line, "weeks_waited": wait, "kept_share": 0.95 * 0.9**wait, "show_rate": 0.9 - 0.03 * wait}
        for line in _names("Line", lines)
        for wait in range(5)
    ]
    return pd.DataFrame(rows)


def _teams(clinics: int, weeks: int, curves: pd.DataFrame) -> pd.DataFrame:
    """Desks with about as many hours as today's leads take."""
    desks = -(-clinics // (MARKET // 2))
    hours = float(curves["max_leads"].sum()) * 0.5 * 10 / 60 / desks
    rows = [
        {
            "intake_team": f"Desk {desk + 1}",
            "week": week,
            "agents": max(round(hours / 25), 2),
            "paid_hours": round(1.5 * hours + 40),
            "handling_minutes": 10.0,
        }
        for desk in range(desks)
        for week in _weeks(weeks + TAIL)
    ]
    return pd.DataFrame(rows)


def _value(lines: int) -> pd.DataFrame:
    margin = [300.0 + 150.0 * number for number in range(lines)]
    return pd.DataFrame({"service_line": _names("Line", lines), "first_visit_margin": 120.0, "ltv_margin": margin})


def _redirects(clinics: int) -> pd.DataFrame:
    """Every clinic sends patients to the next one of its market."""
    names = _names("Clinic", clinics)
    last = [min(number // MARKET * MARKET + MARKET, clinics) for number in range(clinics)]
    onward = [number + 1 if number + 1 < end else end - MARKET for number, end in enumerate(last)]
    rows = [
        {"from_location": names[number], "to_location": names[to], "acceptance_rate": 0.5, "drive_minutes": 15}
        for number, to in enumerate(onward)
        if 0 <= to != number
    ]
    return pd.DataFrame(rows)
