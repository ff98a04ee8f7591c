"""Writes the made-up scenario ``new_market``: a group of three clinics opens two more in a market that is new to it.

``python -m scenarios.new_market_generator [folder]`` writes ``scenario.yaml`` and every table. Nothing in it is
measured; the scenario's README says what the levels follow.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scenarios.files import Cell, Row, run, write_scenario

FOLDER = Path(__file__).parent / "new_market"
FIRST_WEEK = dt.date(2027, 3, 1)
PLANNED_WEEKS, TAIL_WEEKS = 16, 7
WEEKS = tuple(str(FIRST_WEEK + dt.timedelta(weeks=week)) for week in range(PLANNED_WEEKS + TAIL_WEEKS))
AS_OF = "2027-02-22"
PC, PAEDIATRICS = "Primary care", "Paediatrics"
SEARCH, SOCIAL = "Search", "Paid social"
HOME, NEW = "Harbor", "Ridge"
TEAM = "Patient access"
SCENARIO_YAML = f"""\
# Made-up data for a demonstration; see README.md.
schema_version: 1
name: new_market
title: A group opens two clinics in a new market, spring 2027
synthetic: true
currency: USD
as_of: {AS_OF}

calendar:
  first_week: {FIRST_WEEK}
  weeks: {PLANNED_WEEKS}

budget:
  owner: Finance
  since: 2027-01-15
  total: 330000         # sixteen weeks of today's 15,600, and 80,400 for the launch
  per_week: 24000

objective: ltv

policies:
  owner: Chief operating officer
  since: 2027-01-15
  fill_cap: 0.92
  max_drive_minutes: 25
  change_limit:
    share: 0.25
    amount: 300
  pilot:                # a campaign without a history starts small and grows
    weekly_cap: 500
    ramp_share: 0.2
"""


@dataclass(frozen=True)
class Clinic:
    """A clinic.

    Attributes:
        market: Market.
        opens: Planned week in which it sees its first patient.
        spend: Today's advertising in a week, for each of its lines.
        open_slots: New-patient slots per week, for each line, that others leave once it runs in full.
        others: Slots per week that others take.
        ramp: Weeks from opening until it runs in full.
    """

    market: str
    opens: int
    spend: float
    open_slots: float
    others: float
    ramp: int


CLINICS = {
    "Harbor Main": Clinic(HOME, 0, 3200, 16, 34, 0),
    "Harbor East": Clinic(HOME, 0, 2600, 24, 20, 0),
    "Harbor Park": Clinic(HOME, 0, 2000, 22, 18, 0),
    "Ridge Central": Clinic(NEW, 3, 0, 30, 4, 8),
    "Ridge North": Clinic(NEW, 8, 0, 24, 2, 6),
}
COST_PER_LEAD = {(PC, SEARCH): 46.0, (PC, SOCIAL): 33.0, (PAEDIATRICS, SEARCH): 52.0, (PAEDIATRICS, SOCIAL): 30.0}
BOOKING_RATE = {SEARCH: 0.52, SOCIAL: 0.4}
UNKNOWN_BRAND = 0.75
"""Leads of the new market that book, relative to those of the old one."""


def _campaigns() -> Iterator[tuple[str, str, str, str]]:
    for clinic in CLINICS:
        for line, channel in COST_PER_LEAD:
            yield f"{clinic} {line} {channel}".lower().replace(" ", "-"), clinic, line, channel


def _spend(clinic: str, channel: str) -> float:
    return CLINICS[clinic].spend * (0.65 if channel == SEARCH else 0.35)


def campaign_rows() -> list[Row]:
    """Campaigns of the new market are pilots that start before their clinic opens, once their pages are up."""
    return [_campaign_row(*labels) for labels in _campaigns()]


def _campaign_row(name: str, clinic: str, line: str, channel: str) -> Row:
    facts = CLINICS[clinic]
    row: dict[str, Cell] = {
        "campaign": name,
        "location": clinic,
        "service_line": line,
        "channel": channel,
        "current_weekly_spend": round(_spend(clinic, channel), -1),
        "owner": f"Marketing, {facts.market}",
    }
    if facts.market == NEW:
        row |= {"first_week": WEEKS[facts.opens - 2], "pilot": "yes"}
        if facts.opens > 4:
            row |= {"landing_page_ready": "no", "ready_week": WEEKS[facts.opens - 1]}
    return row


def response_curve_rows() -> list[Row]:
    """A curve for each campaign that has run; for the new market, the default of its line and channel."""
    rows: list[Row] = []
    for name, clinic, line, channel in _campaigns():
        if spend := _spend(clinic, channel):
            rows.append({"campaign": name} | _curve(spend, COST_PER_LEAD[line, channel], 1.2, 1.6))
    for (line, channel), cost in COST_PER_LEAD.items():
        rows.append({"service_line": line, "channel": channel} | _curve(1500, cost * 1.25, 1.0, 1.4))
    return rows


def _curve(spend: float, cost_per_lead: float, bend: float, tested: float) -> dict[str, Cell]:
    return {
        "form": "michaelis_menten",
        "max_leads": round(spend / cost_per_lead * (1 + bend), 2),
        "half_spend": round(spend * bend),
        "observed_max_weekly_spend": round(spend * tested, -1),
        "source": "synthetic",
        "as_of": AS_OF,
    }


def funnel_rows() -> list[Row]:
    """One row per line and channel, and the new clinics' own: people who do not know the name book less."""
    rows = [_funnel_row(line, channel, "", 1.0) for line, channel in COST_PER_LEAD]
    new = [clinic for clinic, facts in CLINICS.items() if facts.market == NEW]
    return [*rows, *(_funnel_row(*pair, clinic, UNKNOWN_BRAND) for clinic in new for pair in COST_PER_LEAD)]


def _funnel_row(line: str, channel: str, clinic: str, factor: float) -> Row:
    return {
        "service_line": line,
        "channel": channel,
        "location": clinic,
        "valid_rate": 0.88 if channel == SEARCH else 0.8,
        "contactable_rate": 0.92,
        "qualified_rate": 0.9,
        "booking_rate": round(BOOKING_RATE[channel] * factor, 3),
        "booking_rate_late": round(BOOKING_RATE[channel] * factor * 0.55, 3),
        "handling_minutes": 6,
        "sample_size": 60 if clinic else 900,
        "source": "synthetic; the new clinics' rates are a guess until their first month" if clinic else "synthetic",
        "as_of": AS_OF,
    }


def appointment_capacity_rows() -> list[Row]:
    """One row per clinic, line and week; a new clinic has no slots before it opens and fills its staff in steps."""
    return [
        _capacity_row(clinic, line, week)
        for clinic in CLINICS
        for line in (PC, PAEDIATRICS)
        for week in range(len(WEEKS))
    ]


def _capacity_row(clinic: str, line: str, week: int) -> Row:
    facts = CLINICS[clinic]
    staffed = min((week - facts.opens + 2) / (facts.ramp + 2), 1.0) if week >= facts.opens else 0.0
    known = math.exp(-(week - facts.opens + 0.5) / 2) if week >= facts.opens else 0.0
    slots = round((facts.open_slots + facts.others) * staffed)
    row: dict[str, Cell] = {
        "location": clinic,
        "service_line": line,
        "week": WEEKS[week],
        "new_patient_slots": slots,
        "already_booked": math.floor(facts.others * staffed * known),
        "expected_baseline_bookings": math.floor(facts.others * staffed * (1 - known)),
        "owner": f"Operations, {facts.market}",
        "as_of": AS_OF,
    }
    if week == 0 and facts.market == HOME:
        row["third_next_available_days"] = 9
    return row


def show_rate_rows() -> list[Row]:
    """Fewer book and fewer come the longer they wait."""
    kept, show = (0.97, 0.93, 0.87, 0.8, 0.72), (0.9, 0.88, 0.86, 0.84, 0.83)
    return [
        {"service_line": line, "weeks_waited": wait, "kept_share": kept[wait], "show_rate": show[wait]}
        for line in (PC, PAEDIATRICS)
        for wait in range(len(kept))
    ]


def intake_team_rows() -> list[Row]:
    """One team, which takes on two more people when the first new clinic opens."""
    return [
        {
            "intake_team": TEAM,
            "week": week,
            "agents": 10 if number < CLINICS["Ridge Central"].opens else 12,
            "paid_hours": 550 if number < CLINICS["Ridge Central"].opens else 660,
            "shrinkage": 0.3,
            "baseline_contacts": 1900,
            "handling_minutes": 6.5,
            "owner": "Patient access",
        }
        for number, week in enumerate(WEEKS)
    ]


def limit_rows() -> list[Row]:
    """The launch has money of its own, a goal that may be missed, and a first month of its own."""
    new = {"market": NEW, "since": "2027-01-15"}
    return [
        {
            "limit": "launch-money", "quantity": "spend", **new, "min": 60000, "owner": "Chief marketing officer",
            "reason": "A market that does not know the name needs to hear it before the doors open",
        },
        {
            "limit": "launch-patients", "quantity": "visits", **new, "min": 460, "price_cap": 150,
            "owner": "Chief operating officer", "reason": "Patients on whom the opening plan of both clinics counts",
        },
        {
            "limit": "opening-week", "quantity": "bookings", **new, "location": "Ridge Central", "min": 6,
            "first_week": WEEKS[3], "last_week": WEEKS[4], "owner": "Chief operating officer",
            "reason": "The first two weeks shall not be empty",
        },
    ]  # fmt: skip


def event_rows() -> list[Row]:
    """An open day without appointments."""
    return [
        {
            "event": "Open day", "location": "Ridge Central", "first_week": WEEKS[6], "last_week": WEEKS[6],
            "slot_multiplier": 0.6, "owner": "Chief operating officer", "since": "2027-02-01",
            "reason": "Two afternoons without appointments",
        }
    ]  # fmt: skip


def value_rows() -> list[Row]:
    """One row per line."""
    return [
        {
            "service_line": line, "first_visit_margin": first, "ltv_margin": lifetime, "horizon_months": 36,
            "discount_rate": 0.08, "owner": "Finance", "source": "synthetic, contribution margin over three years",
            "as_of": AS_OF,
        }
        for line, first, lifetime in ((PC, 95, 900), (PAEDIATRICS, 80, 760))
    ]  # fmt: skip


def redirect_rows() -> list[Row]:
    """The two new clinics send patients to each other once both are open."""
    return [
        {
            "from_location": here, "to_location": there, "acceptance_rate": 0.6, "drive_minutes": 18,
            "owner": "Chief operating officer", "source": "synthetic", "as_of": AS_OF,
        }
        for here, there in (("Ridge Central", "Ridge North"), ("Ridge North", "Ridge Central"))
    ]  # fmt: skip


def write(folder: Path) -> None:
    """Write the scenario into a folder."""
    shares = {SEARCH: (0.7, 0.3), SOCIAL: (0.45, 0.3, 0.25)}
    platforms = {SEARCH: "Google Ads", SOCIAL: "Meta Ads"}
    channels: list[Row] = [
        {"channel": name, "platform": platforms[name]}
        | {f"lead_share_week_{lag}": share for lag, share in enumerate(shares[name])}
        for name in shares
    ]
    lines: list[Row] = [{"service_line": line, "cancel_rate": 0.12, "backfill_rate": 0.6} for line in (PC, PAEDIATRICS)]
    write_scenario(folder, SCENARIO_YAML, {
        "locations": [
            {"location": name, "market": facts.market, "intake_team": TEAM} for name, facts in CLINICS.items()
        ],
        "service_lines": lines,
        "channels": channels,
        "campaigns": campaign_rows(),
        "response_curves": response_curve_rows(),
        "funnel": funnel_rows(),
        "appointment_capacity": appointment_capacity_rows(),
        "show_rates": show_rate_rows(),
        "intake_teams": intake_team_rows(),
        "patient_value": value_rows(),
        "redirects": redirect_rows(),
        "calendar_events": event_rows(),
        "limits": limit_rows(),
    })  # fmt: skip


if __name__ == "__main__":
    run("new_market", FOLDER, write)
