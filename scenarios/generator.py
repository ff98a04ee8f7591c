"""Writes the made-up scenario ``three_markets``: ten clinics, six service lines, four channels, thirteen weeks.

``python -m scenarios.generator [folder]`` writes ``scenario.yaml`` and every table, byte for byte the same each time.
Nothing in it is measured; the levels follow published ranges, which the scenario's README lists.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from optimizer.generate import catalogue
from optimizer.generate.catalogue import (
    BACKFILL_RATE,
    BH,
    BRAND,
    CONTACTABLE_RATE,
    DERM,
    IMAGING,
    KEPT_BY_WAIT,
    LATE_SHARE,
    MICROSOFT,
    NO_SHOW_BY_WAIT,
    NON_BRAND,
    OPENING_HOURS,
    ORTHO,
    PC,
    PT,
    QUALIFIED_RATE,
    SHRINKAGE,
    SOCIAL,
    TEAM_HANDLING_MINUTES,
)
from optimizer.intake.erlang import weekly_minutes
from scenarios.files import Cell, Row, run, write_scenario

SEED = 20260928
FOLDER = Path(__file__).parent / "three_markets"
FIRST_WEEK = dt.date(2026, 9, 28)
PLANNED_WEEKS = 13
TAIL_WEEKS = 10
WEEKS = tuple(str(FIRST_WEEK + dt.timedelta(weeks=week)) for week in range(PLANNED_WEEKS + TAIL_WEEKS))
AS_OF = "2026-09-21"
WEEKLY_SPEND = 102_000.0
FILL_CAP = 0.95


@dataclass(frozen=True)
class Clinic:
    """A clinic: its size in advertising, and how much room its schedule has.

    Attributes:
        market: Market.
        intake_team: Team that answers its leads.
        spend_weight: Today's advertising relative to an average clinic.
        room: Free new-patient slots per week for each booking that today's advertising brings.
        baseline_share: Share of slots that other patients take.
        booked_share: Share of the first week's slots that are booked already.
        next_available: Days to the third next open slot.
        tested: Highest past spend relative to today's.
        lines: Service lines it offers.
    """

    market: str
    intake_team: str
    spend_weight: float
    room: float
    baseline_share: float
    booked_share: float
    next_available: int
    tested: float
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Campaign:
    """A campaign as it runs today."""

    name: str
    clinic: str
    line: str
    channel: str
    spend: float
    cost_per_lead: float

    @property
    def leads(self) -> float:
        """Leads per week that today's spend brings."""
        return self.spend / self.cost_per_lead

    @property
    def bookings(self) -> float:
        """Appointment requests per week that today's spend brings."""
        return self.leads * LINES[self.line].lead_to_booking * CHANNELS[self.channel].booking_factor


LINES = {name: catalogue.LINES[name] for name in (PC, DERM, ORTHO, PT, BH, IMAGING)}
CHANNELS = {name: catalogue.CHANNELS[name] for name in (BRAND, NON_BRAND, SOCIAL, MICROSOFT)}
METRO, VALLEY, COAST = "Metro", "Valley", "Coast"
CENTRAL, REGIONAL = "Central intake", "Regional intake"
CLINICS = {
    "Northside": Clinic(METRO, CENTRAL, 2.0, 0.3, 0.80, 0.93, 33, 1.3, (PC, DERM, ORTHO, PT, BH, IMAGING)),
    "Downtown": Clinic(METRO, CENTRAL, 1.3, 1.1, 0.55, 0.75, 14, 1.4, (PC, DERM, ORTHO, BH, IMAGING)),
    "Westgate": Clinic(METRO, CENTRAL, 1.1, 1.2, 0.55, 0.70, 12, 1.4, (PC, DERM, PT, BH, IMAGING)),
    "Harbour View": Clinic(METRO, CENTRAL, 1.0, 1.0, 0.58, 0.75, 16, 1.4, (PC, ORTHO, PT, IMAGING)),
    "Lakeside": Clinic(METRO, CENTRAL, 1.1, 1.4, 0.52, 0.70, 11, 1.5, (PC, DERM, ORTHO, PT, BH)),
    "Riverbend": Clinic(VALLEY, REGIONAL, 1.0, 1.2, 0.55, 0.70, 12, 1.4, (PC, DERM, ORTHO, PT, IMAGING)),
    "Oakfield": Clinic(VALLEY, REGIONAL, 0.3, 5.0, 0.42, 0.45, 3, 3.5, (PC, ORTHO, PT, BH)),
    "Millbrook": Clinic(VALLEY, REGIONAL, 0.8, 1.0, 0.58, 0.75, 17, 1.4, (PC, DERM, PT, BH)),
    "Seaview": Clinic(COAST, REGIONAL, 0.3, 0.9, 0.40, 0.45, 6, 2.5, (PC, DERM, ORTHO, PT)),
    "Bayport": Clinic(COAST, REGIONAL, 0.2, 0.9, 0.40, 0.40, 6, 2.5, (PC, ORTHO, PT)),
}
NOT_YET_RUNNING = {("Bayport", PC, SOCIAL), ("Bayport", ORTHO, SOCIAL), ("Seaview", DERM, SOCIAL)}
"""Campaigns of the new market that start in the fourth week, on the default curve of their line and channel."""
WITHOUT_MICROSOFT = {"Oakfield", "Millbrook", "Bayport"}
HOLIDAYS = {"2026-11-23": 0.8, "2026-12-21": 0.7, "2026-12-28": 0.7}
"""Short weeks: the share of a normal week's opening hours."""
DIP_CLINIC, DIP_WEEKS, DIP_SHARE = "Lakeside", WEEKS[4:6], 0.5
SHORT_TEAM, SHORT_WEEK, SHORT_SHARE = CENTRAL, WEEKS[6], 0.8
WAITLISTS = {("Northside", ORTHO): 46, ("Northside", DERM): 28, ("Northside", BH): 19, ("Millbrook", BH): 11}
PATHWAYS: tuple[Row, ...] = (
    {"from_line": ORTHO, "to_line": IMAGING, "share": 0.35, "lag_weeks": 1, "location_rule": "market", "margin": 320},
    {"from_line": IMAGING, "to_line": PT, "share": 0.2, "lag_weeks": 1, "location_rule": "same"},
)
"""Care that follows: a scan anywhere in the market, then therapy at the clinic of the scan."""
SCANNER, SCANNER_CLINIC = "Northside scanner", "Northside"
SCANNER_MINUTES, SCANNER_OTHERS = 2100.0, 1860.0
"""Minutes a week of the scanner at the full clinic, and those that in-patients take."""
SCANNER_USE = {IMAGING: 40, ORTHO: 10}
"""Minutes of it that a visit takes."""
OVERFLOW_TEAM, OVERFLOW_HOURS, OVERFLOW_COST = REGIONAL, 20.0, 48.0
"""The team that can buy hours of an agency, and what an hour costs."""
OPENING_BACKLOG = 1400
"""Contacts that wait at that team after its telephones failed."""
PARTS: Mapping[str, Row] = {PT: {"margin_per_year": 540, "yearly_retention": 0.65}}
"""Lines whose lifetime margin is given by its parts; of physical therapy they make about 899 dollars."""
GO_LIVE_SLOTS: dict[str, Cell] = {PT: 4}
"""Open slots in the first week from which a line is advertised; Bayport has 3.75 for physical therapy."""
UNSIGNED = "downtown-behavioural-health-paid-social"
"""The campaign that compliance has not signed off."""
PROMISES = {("Northside", DERM): 14, ("Downtown", PC): 21}
"""Days to an appointment that the messages of all campaigns of a clinic and line promise."""
SPLIT_LINE, SPLIT = PC, (0.6, 0.4)
"""Non-brand search of this line runs as two campaigns on the platform, for two groups of keywords."""
OTHER_CONTACTS_PER_LEAD = 3.4

SCENARIO_YAML = f"""\
# Made-up data for a demonstration; see README.md.
schema_version: 1
name: three_markets
title: Ten clinics in three markets, last quarter of 2026
synthetic: true
currency: USD
as_of: {AS_OF}

calendar:
  first_week: {FIRST_WEEK}
  weeks: {PLANNED_WEEKS}

budget:
  total: 1330000        # about 13 weeks of today's 102,020
  per_week: 115000
  per_month:
    2026-10: 430000
    2026-12: 320000     # three weeks, two of them short

objective: ltv

policies:
  fill_cap: {FILL_CAP}
  change_limit:
    share: 0.2
    amount: 500
  service_level:
    share: 0.8
    seconds: 20
"""


def campaigns(random: np.random.Generator) -> list[Campaign]:
    """Today's campaigns: spend by the size of clinic, line and channel, price by line and channel, with some noise."""
    found = []
    for clinic, line, channel in _offers():
        line_facts, channel_facts = LINES[line], CHANNELS[channel]
        base = line_facts.social_cost_per_lead if channel == SOCIAL else line_facts.search_cost_per_lead
        cost_per_lead = base * channel_facts.cost_factor * random.uniform(0.93, 1.07)
        weight = CLINICS[clinic].spend_weight * line_facts.spend_weight * channel_facts.spend_share
        running = (clinic, line, channel) not in NOT_YET_RUNNING
        spend = weight * random.uniform(0.8, 1.2) * running
        found.append(Campaign(_name(clinic, line, channel), clinic, line, channel, spend, cost_per_lead))
    scale = WEEKLY_SPEND / sum(campaign.spend for campaign in found)
    return [
        Campaign(c.name, c.clinic, c.line, c.channel, float(round(c.spend * scale, -1)), c.cost_per_lead) for c in found
    ]


def _offers() -> Iterator[tuple[str, str, str]]:
    for clinic, facts in CLINICS.items():
        for line in facts.lines:
            for channel in CHANNELS:
                unused = (line == IMAGING and channel == SOCIAL) or (
                    channel == MICROSOFT and clinic in WITHOUT_MICROSOFT
                )
                if not unused:
                    yield clinic, line, channel


def _name(*labels: str) -> str:
    return "-".join(labels).lower().replace(" ", "-")


def location_rows() -> list[Row]:
    """One row per clinic."""
    return [
        {"location": name, "market": clinic.market, "intake_team": clinic.intake_team}
        for name, clinic in CLINICS.items()
    ]


def service_line_rows() -> list[Row]:
    """One row per service line."""
    return [
        {
            "service_line": name,
            "min_weeks_to_visit": line.min_weeks_to_visit,
            "cancel_rate": line.cancel_rate,
            "backfill_rate": BACKFILL_RATE,
            "go_live_min_open_slots": GO_LIVE_SLOTS.get(name, ""),
        }
        for name, line in LINES.items()
    ]


def channel_rows() -> list[Row]:
    """One row per channel, with the lag from spend to lead."""
    return [
        {
            "channel": name,
            "platform": channel.platform,
            "value_multiplier": channel.worth,
            **{f"lead_share_week_{lag}": share for lag, share in enumerate(channel.lead_shares)},
        }
        for name, channel in CHANNELS.items()
    ]


def campaign_rows(running: Sequence[Campaign]) -> list[Row]:
    """One row per campaign: brand search keeps a floor, new campaigns start late, one test ends early."""
    return [
        {
            "campaign": campaign.name,
            "location": campaign.clinic,
            "service_line": campaign.line,
            "channel": campaign.channel,
            "current_weekly_spend": campaign.spend,
            "min_weekly_spend": 50 if campaign.channel == BRAND else 0,
            "max_weekly_spend": 600 if campaign.spend == 0 else "",
            "first_week": WEEKS[3] if campaign.spend == 0 else "",
            "last_week": WEEKS[7] if campaign.name == "westgate-behavioural-health-paid-social" else "",
            "compliance_ready": "no" if campaign.name == UNSIGNED else "",
            "promised_days": PROMISES.get((campaign.clinic, campaign.line), ""),
        }
        for campaign in running
    ]


def response_curve_rows(running: Sequence[Campaign], random: np.random.Generator) -> list[Row]:
    """One curve through today's spend and leads of each running campaign, and a default for each new one."""
    rows: list[Row] = []
    for campaign in running:
        if campaign.spend == 0:
            default = {"service_line": campaign.line, "channel": campaign.channel}
            if not any(default.items() <= row.items() for row in rows):
                rows.append(default | _shape(400, 400 / campaign.cost_per_lead, "michaelis_menten", 1.0) | _tested(600))
            continue
        form = str(random.choice(["hill", "michaelis_menten", "log"], p=[0.45, 0.3, 0.25]))
        shape = _shape(campaign.spend, campaign.leads, form, random.uniform(0.7, 1.6))
        most = campaign.spend * CLINICS[campaign.clinic].tested * random.uniform(0.92, 1.08)
        rows.append({"campaign": campaign.name} | shape | _tested(round(most, -1)))
    return rows


def _shape(spend: float, leads: float, form: str, bend: float) -> dict[str, Cell]:
    """Parameters of a curve through (spend, leads); a larger bend saturates later."""
    if form == "log":
        scale = spend * bend * 0.6
        return {"form": form, "scale_leads": round(leads / math.log1p(spend / scale), 2), "scale_spend": round(scale)}
    slope = 0.9 if form == "hill" else 1.0
    half = spend * bend
    shape = {"form": form, "max_leads": round(leads * (1 + (half / spend) ** slope), 2), "half_spend": round(half)}
    return shape | {"slope": slope} if form == "hill" else shape


def _tested(most: float) -> dict[str, Cell]:
    source = "synthetic, after WordStream/LocaliQ cost per lead"
    return {"observed_max_weekly_spend": most, "source": source, "as_of": AS_OF}


def seasonality_rows() -> list[Row]:
    """Short weeks bring fewer leads, advertising is dear before the holidays, and orthopaedics peaks in December."""
    short: list[Row] = [{"week": week, "demand_index": share, "cost_index": 1} for week, share in HOLIDAYS.items()]
    dear: list[Row] = [{"channel": SOCIAL, "week": week, "demand_index": 1, "cost_index": 1.15} for week in WEEKS[7:12]]
    peak: list[Row] = [
        {"service_line": ORTHO, "week": week, "demand_index": 1.12, "cost_index": 1} for week in WEEKS[9:12]
    ]
    coast: list[Row] = [{"market": COAST, "week": week, "demand_index": 1.08, "cost_index": 1} for week in WEEKS[:3]]
    return [row for row in [*short, *dear, *peak, *coast] if str(row["week"]) in WEEKS[:PLANNED_WEEKS]]


def funnel_rows() -> list[Row]:
    """One row per line and channel, and Oakfield's own for orthopaedics, whose desk books better."""
    pairs = sorted({(line, channel) for _, line, channel in _offers()})
    rows = [_funnel_row(line, channel, "", 1.0) for line, channel in pairs]
    return [*rows, _funnel_row(ORTHO, NON_BRAND, "Oakfield", 1.08)]


def _funnel_row(line: str, channel: str, clinic: str, factor: float) -> Row:
    facts = CHANNELS[channel]
    to_booking = LINES[line].lead_to_booking * facts.booking_factor * factor
    in_time = to_booking / (facts.valid_rate * CONTACTABLE_RATE * QUALIFIED_RATE)
    return {
        "service_line": line,
        "channel": channel,
        "location": clinic,
        "valid_rate": facts.valid_rate,
        "contactable_rate": CONTACTABLE_RATE,
        "qualified_rate": QUALIFIED_RATE,
        "booking_rate": round(in_time, 3),
        "booking_rate_late": round(in_time * LATE_SHARE, 3),
        "handling_minutes": LINES[line].handling_minutes,
        "sample_size": 240 if clinic else 1800,
        "source": "synthetic, after Liine 2023: 39.9 % of leads book",
        "as_of": AS_OF,
    }


def appointment_capacity_rows(running: Sequence[Campaign], random: np.random.Generator) -> list[Row]:
    """One row per clinic, line and week, the tail included."""
    rows: list[Row] = []
    for clinic, facts in CLINICS.items():
        for line in facts.lines:
            bookings = sum(c.bookings for c in running if (c.clinic, c.line) == (clinic, line))
            free = max(bookings * facts.room * random.uniform(0.8, 1.25), 2.0)
            slots = free / (FILL_CAP - facts.baseline_share)
            rows += [_capacity_row(clinic, line, slots, number) for number in range(len(WEEKS))]
    return rows


def _capacity_row(clinic: str, line: str, slots: float, number: int) -> Row:
    facts, week = CLINICS[clinic], WEEKS[number]
    open_share = HOLIDAYS.get(week, 1.0) * (DIP_SHARE if clinic == DIP_CLINIC and week in DIP_WEEKS else 1.0)
    known = math.exp(-(number + 0.5) / 3)  # how much of a week is in the books already
    template = max(round(slots * open_share), 4)
    return {
        "location": clinic,
        "service_line": line,
        "week": week,
        "new_patient_slots": template,
        "already_booked": math.floor(template * facts.booked_share * known),
        "expected_baseline_bookings": math.floor(template * facts.baseline_share * (1 - known)),
        "waitlist": WAITLISTS.get((clinic, line), 0) if number == 0 else 0,
        "third_next_available_days": facts.next_available if number == 0 else "",
        "as_of": AS_OF,
    }


def show_rate_rows() -> list[Row]:
    """One row per line and weeks waited: fewer book and fewer come the longer they wait."""
    return [
        {
            "service_line": name,
            "weeks_waited": wait,
            "kept_share": KEPT_BY_WAIT[wait],
            "show_rate": round(1 - line.no_show * NO_SHOW_BY_WAIT[wait], 3),
        }
        for name, line in LINES.items()
        for wait in range(len(KEPT_BY_WAIT))
    ]


def intake_team_rows(running: Sequence[Campaign]) -> list[Row]:
    """One row per team and week; a team has just the seats that today's contacts need at 80 % in 20 seconds."""
    rows: list[Row] = []
    for team in (CENTRAL, REGIONAL):
        mine = [campaign for campaign in running if CLINICS[campaign.clinic].intake_team == team]
        leads = sum(campaign.leads * CHANNELS[campaign.channel].valid_rate for campaign in mine)
        other = round(leads * OTHER_CONTACTS_PER_LEAD, -1)
        seats = _seats((leads + other) * TEAM_HANDLING_MINUTES * 1.05)
        rows += [_intake_team_row(team, week, seats, other) for week in WEEKS]
    return rows


def _seats(minutes: float) -> int:
    """The fewest seats that answer this many minutes of contacts a week in time."""
    seats = np.arange(1.0, 101.0)
    same = np.ones_like(seats)
    in_time, _ = weekly_minutes(
        seats, seats * OPENING_HOURS, SHRINKAGE * same, TEAM_HANDLING_MINUTES * same, share=0.8, seconds=20
    )
    return int(seats[np.argmax(in_time >= minutes)])


def _intake_team_row(team: str, week: str, seats: int, other_contacts: float) -> Row:
    open_share = HOLIDAYS.get(week, 1.0)
    staffed = round(seats * SHORT_SHARE) if (team, week) == (SHORT_TEAM, SHORT_WEEK) else seats
    return {
        "intake_team": team,
        "week": week,
        "agents": staffed,
        "paid_hours": round(staffed * OPENING_HOURS * open_share),
        "shrinkage": SHRINKAGE,
        "baseline_contacts": round(other_contacts * open_share),
        "handling_minutes": TEAM_HANDLING_MINUTES,
        "overflow_hours": OVERFLOW_HOURS if team == OVERFLOW_TEAM else 0,
        "overflow_cost_per_hour": OVERFLOW_COST if team == OVERFLOW_TEAM else "",
        "opening_backlog": OPENING_BACKLOG if (team, week) == (OVERFLOW_TEAM, WEEKS[0]) else 0,
    }


def patient_value_rows() -> list[Row]:
    """One row per line, one of them by its parts, and Northside's own for orthopaedics with its surgery."""
    rows = [_patient_value_row(name, "", 1.0) for name in LINES]
    return [*rows, _patient_value_row(ORTHO, "Northside", 1.1)]


def _patient_value_row(line: str, clinic: str, factor: float) -> Row:
    return {
        "service_line": line,
        "location": clinic,
        "first_visit_margin": round(LINES[line].first_visit_margin * factor),
        "ltv_margin": "" if line in PARTS else round(LINES[line].ltv_margin * factor),
        **PARTS.get(line, {}),
        "horizon_months": 36,
        "discount_rate": 0.08,
        "includes_downstream": "no" if any(way["from_line"] == line for way in PATHWAYS) else "",
        "owner": "Finance",
        "source": "synthetic, contribution margin over three years",
        "as_of": AS_OF,
    }


def redirect_rows() -> list[Row]:
    """Northside and Downtown, a quarter of an hour apart, send patients to each other."""
    source = "synthetic, after MEPS 2018-21: half of specialty visits within 17 minutes"
    return [
        {
            "from_location": first,
            "to_location": second,
            "acceptance_rate": 0.55,
            "drive_minutes": 16,
            "owner": "Chief operating officer",
            "source": source,
            "as_of": AS_OF,
        }
        for first, second in (("Northside", "Downtown"), ("Downtown", "Northside"))
    ]


def care_pathway_rows() -> list[Row]:
    """What visits lead to: scans after orthopaedics, therapy after scans."""
    made = {"owner": "Chief medical officer", "source": "synthetic, no public source", "as_of": AS_OF}
    return [{**way, **made} for way in PATHWAYS]


def shared_resource_rows() -> list[Row]:
    """One row per week of the scanner at Northside, which stands still on holidays."""
    return [
        {
            "resource": SCANNER,
            "week": week,
            "minutes_available": round(SCANNER_MINUTES * HOLIDAYS.get(week, 1.0)),
            "minutes_baseline": round(SCANNER_OTHERS * HOLIDAYS.get(week, 1.0)),
            "owner": "Chief operating officer",
            "as_of": AS_OF,
        }
        for week in WEEKS
    ]


def resource_use_rows() -> list[Row]:
    """Minutes of the scanner that visits at Northside take."""
    return [
        {"resource": SCANNER, "location": SCANNER_CLINIC, "service_line": line, "minutes_per_visit": minutes}
        for line, minutes in SCANNER_USE.items()
    ]


def calendar_event_rows() -> list[Row]:
    """A room that is rebuilt, and a channel that rests over Christmas."""
    operations, marketing = "Chief operating officer", "Chief marketing officer"
    rebuilt = {"location": "Harbour View", "service_line": IMAGING, "first_week": WEEKS[2], "last_week": WEEKS[3]}
    rest = {"market": VALLEY, "channel": SOCIAL, "first_week": WEEKS[12], "last_week": WEEKS[12]}
    scanner: dict[str, Cell] = {"event": "Scanner replaced", **rebuilt, "slot_multiplier": 0.5, "owner": operations}
    christmas: dict[str, Cell] = {"event": "Christmas rest", **rest, "blackout": "yes", "owner": marketing}
    return [
        scanner | {"reason": "One of two rooms is closed"},
        christmas | {"reason": "Nobody answers comments between the years"},
    ]


def limit_rows() -> list[Row]:
    """Limits of several owners, one of each kind."""
    marketing, operations = "Chief marketing officer", "Chief operating officer"
    return [
        _limit("coast-launch", "spend", marketing, "New market: be known before it is staffed in full")
        | {"market": COAST, "min": 80000},
        _limit("primary-care-share", "spend_share", "Chief medical officer", "Primary care is the mission")
        | {"service_line": PC, "min": 0.15},
        _limit("brand-share", "spend_share", marketing, "Brand search finds few people who would not come anyway")
        | {"channel": BRAND, "max": 0.22},
        _limit("microsoft-week", "spend", "Finance", "Invoice limit agreed with the platform")
        | {"channel": MICROSOFT, "per": "week", "max": 14000},
        _limit("westgate-behavioural-leads", "leads", operations, "Clinicians call these leads back themselves")
        | {"location": "Westgate", "service_line": BH, "per": "week", "max": 40},
        _limit("orthopaedics-visits", "visits", operations, "Visits that the surgeons' plan for the quarter counts on")
        | {"service_line": ORTHO, "min": 1200},
        _limit("riverbend-therapy-bookings", "bookings", operations, "Two new therapists start in October")
        | {"location": "Riverbend", "service_line": PT, "first_week": WEEKS[2], "min": 150},
        _limit("westgate-imaging", "visits", "Chief medical officer", "Worth 25 dollars a visit beyond its margin")
        | {"location": "Westgate", "service_line": IMAGING, "min": 180, "price_cap": 25},
        _limit("spend-per-visit", "cac", "Finance", "Most that a completed visit may cost on average") | {"max": 170},
    ]


def _limit(name: str, quantity: str, owner: str, reason: str) -> dict[str, Cell]:
    return {"limit": name, "quantity": quantity, "owner": owner, "reason": reason}


def platform_budget_rows(running: Sequence[Campaign]) -> list[Row]:
    """Budgets on platforms of campaigns that run: one for each, two for some, one for all brand search of a market."""
    rows: list[Row] = []
    for number, campaign in enumerate(running):
        if campaign.spend:
            rows += _platform_rows(campaign, number)
    return rows


def _platform_rows(campaign: Campaign, number: int) -> list[Row]:
    """Made-up ids: 9 and 17 digits as platforms have, counted up."""
    name = f"{campaign.clinic} | {campaign.line} | {campaign.channel}"
    row: dict[str, Cell] = {"campaign": campaign.name, "owner": "Paid media"}
    if campaign.channel == MICROSOFT:
        return [row | _carried("microsoft_ads", name, 400_000_000 + number)]
    if campaign.channel == SOCIAL:
        clinic = 23_850_000_000_000_000 + list(CLINICS).index(campaign.clinic)
        ad_set = {"level": "ad_set", "ad_set": name, "ad_set_id": str(23_860_000_000_000_000 + number)}
        return [row | _carried("meta_ads", f"{campaign.clinic} | {SOCIAL}", clinic) | ad_set]
    if campaign.channel == BRAND:
        market = CLINICS[campaign.clinic].market
        budget_id = str(700_000_000 + [METRO, VALLEY, COAST].index(market))
        shared = {"budget_name": f"{market} brand", "budget_id": budget_id}
        return [row | _carried("google_ads", name, 100_000_000 + number) | shared]
    if campaign.line == SPLIT_LINE:
        return [
            row | _carried("google_ads", f"{name} {part}", 200_000_000 + 10 * number + part) | {"share": share}
            for part, share in enumerate(SPLIT, start=1)
        ]
    return [row | _carried("google_ads", name, 100_000_000 + number)]


def _carried(platform: str, name: str, identity: int) -> dict[str, Cell]:
    return {"platform": platform, "platform_campaign": name, "platform_campaign_id": str(identity)}


def campaign_flag_rows() -> list[Row]:
    """What is to be settled: claims that compliance reviews, and a message that the schedule contradicts."""
    claims: dict[str, Cell] = {"flag": "claims_review", "campaign": UNSIGNED, "owner": "Compliance"}
    desk: dict[str, Cell] = {"flag": "scheduling_conflict", "location": "Westgate", "service_line": DERM}
    reason = "Ads say walk in, the desk books by telephone only"
    return [
        claims | {"since": "2026-09-14", "reason": "Outcome figures without a source"},
        desk | {"since": "2026-09-18", "reason": reason, "owner": "Access lead"},
    ]


def decision_right_rows() -> list[Row]:
    """Who decides on two kinds of alert; the others go to the roles that are named by default."""
    operations, marketing = "Chief operating officer", "Chief marketing officer"
    hours: dict[str, Cell] = {"alert": "leads_over_intake", "owner": "Intake manager", "hours": 24}
    message: dict[str, Cell] = {"alert": "promise", "owner": marketing, "hours": 48}
    return [
        hours | {"decision": "add hours, or ask for less advertising", "escalate_to": operations},
        message | {"decision": "change the message, or move the money", "escalate_to": operations},
    ]


def tables() -> dict[str, list[Row]]:
    """Every table of the scenario by name."""
    random = np.random.default_rng(SEED)
    running = campaigns(random)
    return {
        "locations": location_rows(),
        "service_lines": service_line_rows(),
        "channels": channel_rows(),
        "campaigns": campaign_rows(running),
        "response_curves": response_curve_rows(running, random),
        "seasonality": seasonality_rows(),
        "funnel": funnel_rows(),
        "appointment_capacity": appointment_capacity_rows(running, random),
        "show_rates": show_rate_rows(),
        "intake_teams": intake_team_rows(running),
        "patient_value": patient_value_rows(),
        "redirects": redirect_rows(),
        "care_pathways": care_pathway_rows(),
        "shared_resources": shared_resource_rows(),
        "resource_use": resource_use_rows(),
        "calendar_events": calendar_event_rows(),
        "limits": limit_rows(),
        "platform_budgets": platform_budget_rows(running),
        "campaign_flags": campaign_flag_rows(),
        "decision_rights": decision_right_rows(),
    }


def write(folder: Path) -> None:
    """Write ``scenario.yaml`` and every table into a folder, which is made if it is not there."""
    write_scenario(folder, SCENARIO_YAML, tables())


if __name__ == "__main__":
    run("three_markets", FOLDER, write)
