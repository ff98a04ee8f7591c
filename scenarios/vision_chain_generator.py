"""Writes the made-up scenario ``vision_chain``: forty like eye clinics, one service line, three channels, eight weeks.

``python -m scenarios.vision_chain_generator [folder]`` writes ``scenario.yaml`` and every table. Nothing in it is
measured; the scenario's README says what the levels follow.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scenarios.files import Row, run, write_scenario

SEED = 20270104
FOLDER = Path(__file__).parent / "vision_chain"
FIRST_WEEK = dt.date(2027, 1, 4)
PLANNED_WEEKS, TAIL_WEEKS = 8, 5
WEEKS = tuple(str(FIRST_WEEK + dt.timedelta(weeks=week)) for week in range(PLANNED_WEEKS + TAIL_WEEKS))
AS_OF = "2026-12-28"
LINE = "Eye exam"
FILL_CAP = 0.92
MARKETS = ("Lake", "Plains", "River", "Hills")
TOWNS = ("Ashford", "Birchwood", "Cedar", "Dover", "Elmhurst", "Fairview", "Glenwood", "Hartley", "Ivy", "Juniper")
BRAND, NON_BRAND, SOCIAL = "Brand search", "Non-brand search", "Paid social"
LEAD_SHARES = {BRAND: (0.9, 0.1), NON_BRAND: (0.75, 0.25), SOCIAL: (0.5, 0.3, 0.2)}
PLATFORMS = {BRAND: "Google Ads", NON_BRAND: "Google Ads", SOCIAL: "Meta Ads"}
COST_PER_LEAD = {BRAND: 14.0, NON_BRAND: 26.0, SOCIAL: 19.0}
SPEND_SHARE = {BRAND: 0.2, NON_BRAND: 0.5, SOCIAL: 0.3}
BOOKING_RATE = {BRAND: 0.62, NON_BRAND: 0.5, SOCIAL: 0.36}
VALID_RATE = {BRAND: 0.95, NON_BRAND: 0.9, SOCIAL: 0.82}
TEAM, SEATS, OPENING_HOURS = "Booking desk", 26, 60.0

SCENARIO_YAML = f"""\
# Made-up data for a demonstration; see README.md.
schema_version: 1
name: vision_chain
title: Forty eye clinics, first eight weeks of 2027
synthetic: true
currency: USD
as_of: {AS_OF}

calendar:
  first_week: {FIRST_WEEK}
  weeks: {PLANNED_WEEKS}

budget:
  owner: Finance
  since: 2026-12-01
  total: 400000         # a little less than eight weeks of today's 50,920
  per_week: 56000

objective: ltv

policies:
  owner: Chief operating officer
  since: 2026-10-01
  fill_cap: {FILL_CAP}
  max_drive_minutes: 20
  change_limit:
    share: 0.3
    amount: 150
  tiers:                # days to the third next open slot, and the share of its own most that a campaign may spend
    - {{max_days: 7, share: 1}}
    - {{max_days: 14, share: 0.7}}
    - {{max_days: 28, share: 0.4}}
    - {{share: 0}}
"""


@dataclass(frozen=True)
class Clinic:
    """An eye clinic.

    Attributes:
        name: Name.
        market: Market.
        spend: Today's advertising in a week.
        room: Free new-patient slots per week for each request that today's advertising brings.
        days: Days to the third next open slot.
    """

    name: str
    market: str
    spend: float
    room: float
    days: int


def clinics(random: np.random.Generator) -> list[Clinic]:
    """Forty clinics: the tighter the schedule, the longer the wait; a tenth is full, a third has room to spare."""
    found = []
    for market in MARKETS:
        for town in TOWNS:
            room = float(random.choice([0.25, 0.6, 1.2, 2.4], p=[0.1, 0.3, 0.3, 0.3]) * random.uniform(0.85, 1.2))
            days = max(round(8 * room**-1.2 * random.uniform(0.8, 1.2)), 1)
            found.append(Clinic(f"{town} {market}", market, round(random.uniform(900, 1600), -1), room, days))
    return found


def _name(clinic: Clinic, channel: str) -> str:
    return f"{clinic.name} {channel}".lower().replace(" ", "-")


def _spend(clinic: Clinic, channel: str) -> float:
    return float(round(clinic.spend * SPEND_SHARE[channel], -1))


def _requests(clinic: Clinic) -> float:
    """Appointment requests a week that today's advertising brings."""
    return sum(
        _spend(clinic, channel) / COST_PER_LEAD[channel] * VALID_RATE[channel] * BOOKING_RATE[channel]
        for channel in COST_PER_LEAD
    )


def campaign_rows(found: Sequence[Clinic]) -> list[Row]:
    """Three campaigns per clinic; brand search keeps a floor, and everyone has a ceiling that the tiers scale."""
    return [
        {
            "campaign": _name(clinic, channel),
            "location": clinic.name,
            "service_line": LINE,
            "channel": channel,
            "current_weekly_spend": _spend(clinic, channel),
            "min_weekly_spend": 40 if channel == BRAND else 0,
            "max_weekly_spend": round(2.5 * _spend(clinic, channel), -1),
            "owner": f"Marketing, {clinic.market}",
        }
        for clinic in found
        for channel in COST_PER_LEAD
    ]


def response_curve_rows(found: Sequence[Clinic], random: np.random.Generator) -> list[Row]:
    """One curve per campaign, through today's spend and leads."""
    rows: list[Row] = []
    for clinic in found:
        for channel, price in COST_PER_LEAD.items():
            spend = _spend(clinic, channel)
            half = spend * random.uniform(0.8, 1.8)
            leads = spend / (price * random.uniform(0.92, 1.08))
            rows.append({
                "campaign": _name(clinic, channel),
                "form": "michaelis_menten",
                "max_leads": round(leads * (1 + half / spend), 2),
                "half_spend": float(round(half)),
                "observed_max_weekly_spend": float(round(spend * random.uniform(1.5, 1.9), -1)),
                "source": "synthetic",
                "as_of": AS_OF,
            })  # fmt: skip
    return rows


def funnel_rows() -> list[Row]:
    """One row per channel: many book online, so a lead takes little of the desk's time."""
    return [
        {
            "service_line": LINE,
            "channel": channel,
            "valid_rate": VALID_RATE[channel],
            "contactable_rate": 0.95,
            "qualified_rate": 0.95,
            "booking_rate": BOOKING_RATE[channel],
            "booking_rate_late": round(BOOKING_RATE[channel] * 0.7, 3),
            "handling_minutes": 3.5,
            "sample_size": 4000,
            "source": "synthetic",
            "as_of": AS_OF,
        }
        for channel in COST_PER_LEAD
    ]


def appointment_capacity_rows(found: Sequence[Clinic]) -> list[Row]:
    """One row per clinic and week, the tail included."""
    return [_capacity_row(clinic, number) for clinic in found for number in range(len(WEEKS))]


def _capacity_row(clinic: Clinic, number: int) -> Row:
    known = math.exp(-(number + 0.5) / 2)  # how much of a week is in the books already
    others = 60.0
    slots = max(round((others + clinic.room * _requests(clinic)) / FILL_CAP), 8)
    return {
        "location": clinic.name,
        "service_line": LINE,
        "week": WEEKS[number],
        "new_patient_slots": slots,
        "already_booked": math.floor(others * known),
        "expected_baseline_bookings": math.floor(others * (1 - known)),
        "third_next_available_days": clinic.days if number == 0 else "",
        "owner": f"Operations, {clinic.market}",
        "as_of": AS_OF,
    }


def show_rate_rows() -> list[Row]:
    """People do not wait long for an eye exam: each week of waiting loses many."""
    kept, show = (0.96, 0.86, 0.72, 0.58), (0.9, 0.87, 0.84, 0.82)
    return [
        {"service_line": LINE, "weeks_waited": wait, "kept_share": kept[wait], "show_rate": show[wait]}
        for wait in range(len(kept))
    ]


def redirect_rows(found: Sequence[Clinic]) -> list[Row]:
    """Each clinic sends patients to the next one of its market, a quarter of an hour away."""
    rows: list[Row] = []
    for market in MARKETS:
        mine = [clinic for clinic in found if clinic.market == market]
        for here, there in zip(mine, mine[1:] + mine[:1], strict=True):
            rows.append({
                "from_location": here.name, "to_location": there.name, "acceptance_rate": 0.5, "drive_minutes": 15,
                "owner": "Chief operating officer", "source": "synthetic", "as_of": AS_OF,
            })  # fmt: skip
    return rows


def intake_team_rows() -> list[Row]:
    """One desk for all clinics."""
    return [
        {
            "intake_team": TEAM,
            "week": week,
            "agents": SEATS,
            "paid_hours": SEATS * OPENING_HOURS,
            "shrinkage": 0.3,
            "baseline_contacts": 8500,
            "handling_minutes": 4.5,
            "owner": "Patient access",
        }
        for week in WEEKS
    ]


def limit_rows() -> list[Row]:
    """A promise to one market, and a ceiling on what a visit may cost."""
    return [
        {
            "limit": "hills-visits", "quantity": "visits", "market": "Hills", "min": 1900, "price_cap": 40,
            "owner": "Chief operating officer", "since": "2026-11-15", "reason": "Two optometrists joined in autumn",
        },
        {
            "limit": "spend-per-visit", "quantity": "cac", "max": 75, "owner": "Finance", "since": "2026-10-01",
            "reason": "Most that a completed visit may cost on average",
        },
    ]  # fmt: skip


def write(folder: Path) -> None:
    """Write the scenario into a folder."""
    random = np.random.default_rng(SEED)
    found = clinics(random)
    value: Row = {
        "service_line": LINE, "first_visit_margin": 70, "ltv_margin": 310, "horizon_months": 36, "discount_rate": 0.08,
        "owner": "Finance", "source": "synthetic, contribution margin over three years", "as_of": AS_OF,
    }  # fmt: skip
    shares = {
        channel: {f"lead_share_week_{lag}": share for lag, share in enumerate(LEAD_SHARES[channel])}
        for channel in LEAD_SHARES
    }
    line: Row = {"service_line": LINE, "cancel_rate": 0.14, "backfill_rate": 0.5}
    write_scenario(folder, SCENARIO_YAML, {
        "locations": [{"location": c.name, "market": c.market, "intake_team": TEAM} for c in found],
        "service_lines": [line],
        "channels": [{"channel": channel, "platform": PLATFORMS[channel], **shares[channel]} for channel in shares],
        "campaigns": campaign_rows(found),
        "response_curves": response_curve_rows(found, random),
        "funnel": funnel_rows(),
        "appointment_capacity": appointment_capacity_rows(found),
        "show_rates": show_rate_rows(),
        "intake_teams": intake_team_rows(),
        "patient_value": [value],
        "redirects": redirect_rows(found),
        "limits": limit_rows(),
    })  # fmt: skip


if __name__ == "__main__":
    run("vision_chain", FOLDER, write)
