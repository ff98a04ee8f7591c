"""What the program is told: a scenario before the first week, and the feeds of each Monday.

Both hold what a group would know that day. Curves are wrong by some ten to twenty percent, booking rates by a few,
seasons are known in part, and a change of slots or staff stands in the feeds a week before or after it begins.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from scenarios.files import Cell, Row, write_scenario
from scenarios.world.group import (
    CHANNELS,
    CLINICS,
    CONTACTABLE,
    FILL_CAP,
    KEPT_BY_WAIT,
    LATE_SHARE,
    LINES,
    MICROSOFT,
    NO_SHOW_BY_WAIT,
    OPENING_HOURS,
    QUALIFIED,
    RUN_IN,
    SEARCH,
    SHRINKAGE,
    SOCIAL,
    TEAM_MINUTES,
    Floats,
    Group,
    Whole,
    monday,
)
from scenarios.world.operations import World

HORIZON = 6
FEED_WEEKS = HORIZON + 8
"""Weeks ahead that schedules tell of."""
SAMPLE = 400
"""Leads behind each booking rate that the program is given."""
TOLD_AGAIN = 6
"""Weeks over which counts are told again, for leads come to a visit later."""


def definition(group: Group) -> str:
    """Text of ``scenario.yaml``."""
    total = float(group.today.sum()) * group.course.weeks
    return f"""\
# Made-up data for a simulation; see scenarios/world.
schema_version: 1
name: half_year
title: Five clinics in two markets, simulated
synthetic: true
currency: USD
as_of: {_day_before(RUN_IN)}

calendar:
  first_week: {monday(RUN_IN)}
  weeks: {group.course.weeks}

budget:
  total: {total:.0f}

policies:
  fill_cap: {FILL_CAP}
  change_limit:
    share: 0.2
    amount: 100

weekly:
  horizon_weeks: {HORIZON}
  hold_band:
    share: 0.05
    amount: 25
  owner: Marketing operations
"""


def write_told(world: World, folder: Path) -> None:
    """Write the scenario as it is known on the first Monday."""
    write_scenario(folder, definition(world.group), {name: rows for name, rows in _tables(world).items() if rows})


def _tables(world: World) -> dict[str, Sequence[Row]]:
    group = world.group
    random = np.random.default_rng([group.seed, 99])
    return {
        "locations": [
            {"location": name, "market": clinic.market, "intake_team": clinic.team} for name, clinic in CLINICS.items()
        ],
        "channels": [
            {"channel": name, "platform": channel.platform}
            | {f"lead_share_week_{lag}": share for lag, share in enumerate(channel.lags)}
            for name, channel in CHANNELS.items()
        ],
        "campaigns": [
            {
                "campaign": name,
                "location": place,
                "service_line": line,
                "channel": channel,
                "current_weekly_spend": spend,
            }
            for name, place, line, channel, spend in zip(*_labels(group), group.today.tolist(), strict=True)
        ],
        "response_curves": _curves(group, random),
        "seasonality": _seasons(group),
        "funnel": _funnel(group, random),
        "appointment_capacity": capacity_rows(world, group.course.all_weeks),
        "show_rates": _waits(),
        "intake_teams": _with_minutes(intake_rows(world, group.course.all_weeks)),
        "patient_value": [
            {"service_line": name, "first_visit_margin": line.first_visit, "ltv_margin": line.ltv}
            for name, line in LINES.items()
        ],
        "platform_budgets": [
            _on_platform(number, *labels) for number, labels in enumerate(zip(*_labels(group), strict=True))
        ],
    }


def _labels(group: Group) -> list[list[str]]:
    """Campaign, location, service line and channel of the campaigns."""
    return [group.campaigns[name].tolist() for name in ("campaign", "location", "service_line", "channel")]


def _pairs(group: Group) -> list[tuple[str, str, Whole]]:
    """Service line, channel, and positions of the campaigns that have them."""
    _, _, lines, channels = _labels(group)
    mine = list(zip(lines, channels, strict=True))
    return [(*pair, np.array([at for at, other in enumerate(mine) if other == pair])) for pair in sorted(set(mine))]


def _curves(group: Group, random: np.random.Generator) -> list[Row]:
    """Curves of the true form through a wrong level at today's spend, with a wrong bend."""
    level = np.exp(random.normal(0.0, group.course.level_error, len(group.today)))
    half = group.half * np.exp(random.normal(0.0, group.course.bend_error, len(group.today)))
    today = group.most * group.today / (group.half + group.today) * level
    most = today * (1 + half / group.today)
    made = {"form": "michaelis_menten", "source": "simulated fit", "as_of": _day_before(RUN_IN)}
    return [
        {"campaign": name, "max_leads": round(a, 2), "half_spend": round(b, 1), "observed_max_weekly_spend": c, **made}
        for name, a, b, c in zip(
            group.campaigns["campaign"], most.tolist(), half.tolist(), group.observed.tolist(), strict=True
        )
    ]


def _seasons(group: Group) -> list[Row]:
    """Demand by line and week; a week like any other has no row."""
    rows: list[Row] = []
    for line in LINES:
        campaign = int(np.flatnonzero(group.campaigns["service_line"] == line)[0])
        season = group.season[campaign, RUN_IN : RUN_IN + group.course.weeks]
        rows += [
            {"service_line": line, "week": monday(RUN_IN + week), "demand_index": float(index)}
            for week, index in enumerate(season)
            if index != 1
        ]
    return rows


def _funnel(group: Group, random: np.random.Generator) -> list[Row]:
    """Rates by line and channel."""
    rows: list[Row] = []
    for line, channel, found in _pairs(group):
        wrong = float(np.exp(random.normal(0.0, group.course.rate_error)))
        booking = min(float(group.booking[found].mean()) * wrong, 0.98)
        rows.append(
            {
                "service_line": line,
                "channel": channel,
                "valid_rate": CHANNELS[channel].valid,
                "contactable_rate": CONTACTABLE,
                "qualified_rate": QUALIFIED,
                "booking_rate": round(booking, 3),
                "booking_rate_late": round(booking * LATE_SHARE, 3),
                "handling_minutes": LINES[line].minutes,
                "sample_size": SAMPLE,
                "as_of": _day_before(RUN_IN),
            }
        )
    return rows


def _on_platform(number: int, campaign: str, clinic: str, line: str, channel: str) -> Row:
    """A campaign's own budget on its platform, with a made-up id."""
    platform = {SEARCH: "google_ads", SOCIAL: "meta_ads", MICROSOFT: "microsoft_ads"}[channel]
    first = 23_850_000_000_000_000 if channel == SOCIAL else 100_000_000
    name = f"{clinic} | {line} | {channel}"
    carried = {"platform": platform, "platform_campaign": name, "platform_campaign_id": str(first + number)}
    return {"campaign": campaign, **carried}


def _waits() -> list[Row]:
    return [
        {
            "service_line": name,
            "weeks_waited": wait,
            "kept_share": kept,
            "show_rate": round(1 - line.no_show * share, 4),
        }
        for name, line in LINES.items()
        for wait, (kept, share) in enumerate(zip(KEPT_BY_WAIT, NO_SHOW_BY_WAIT, strict=True))
    ]


def _day_before(week: int) -> str:
    return (dt.date.fromisoformat(monday(week)) - dt.timedelta(days=1)).isoformat()


# Feeds


def write_feeds(world: World, folder: Path) -> None:
    """Write the feeds of the Monday of the week that comes next."""
    folder.mkdir(parents=True, exist_ok=True)
    until = world.week + FEED_WEEKS
    for name, rows in (
        ("capacity", capacity_rows(world, until)),
        ("intake", intake_rows(world, until)),
        ("spend", _spend_rows(world)),
        ("funnel", _funnel_rows(world)),
    ):
        as_of = {"as_of": _day_before(world.week)}
        frame = pd.DataFrame([{**row, **as_of} for row in rows])
        frame.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")


def capacity_rows(world: World, until: int) -> list[dict[str, Cell]]:
    """Slots as the feeds know them, what is booked, who is expected yet, and days to the third next open slot."""
    group, week = world.group, world.week
    slots, taken, coming = group.slots_known(week), world.taken(), world.still_to_come()
    days = _third_next(np.round(FILL_CAP * slots) - taken - np.round(coming), week)
    return [
        {
            "location": place,
            "service_line": line,
            "week": monday(when),
            "new_patient_slots": int(slots[unit, when]),
            "already_booked": int(taken[unit, when]),
            "expected_baseline_bookings": round(float(coming[unit, when]), 2),
            "third_next_available_days": int(days[unit]) if when == week else "",
            "as_of": _day_before(week),
        }
        for unit, (place, line) in enumerate(zip(group.units["location"], group.units["service_line"], strict=True))
        for when in range(week, until)
    ]


def _third_next(free: Floats, week: int) -> Floats:
    """(U,) days until the week in which the third slot is free, of those open to advertising's patients."""
    there = np.cumsum(np.maximum(free[:, week:], 0), axis=1) >= 3
    return np.asarray(7 * np.where(there.any(axis=1), np.argmax(there, axis=1), there.shape[1]) + 2)


def intake_rows(world: World, until: int) -> list[dict[str, Cell]]:
    """Staffing as it is expected, contacts from elsewhere, and those that wait."""
    group, week = world.group, world.week
    staffed = group.staffed(week)
    return [
        {
            "intake_team": name,
            "week": monday(when),
            "agents": round(float(group.agents[team] * staffed[team, when]), 2),
            "paid_hours": round(float(group.agents[team] * staffed[team, when] * OPENING_HOURS), 2),
            "baseline_contacts": float(group.contacts[team]),
            "opening_backlog": int(world.backlog[team]) if when == week else 0,
        }
        for team, name in enumerate(group.teams)
        for when in range(week, until)
    ]


def _with_minutes(rows: list[dict[str, Cell]]) -> list[Row]:
    return [{**row, "shrinkage": SHRINKAGE, "handling_minutes": TEAM_MINUTES} for row in rows]


def _spend_rows(world: World) -> list[dict[str, Cell]]:
    """Money and leads of the last two weeks."""
    return [
        {
            "campaign": name,
            "week": monday(when),
            "spend": round(float(world.spend[campaign, when]), 2),
            "leads": int(world.came["leads"][campaign, when]),
        }
        for campaign, name in enumerate(world.group.campaigns["campaign"])
        for when in (world.week - 2, world.week - 1)
    ]


def _funnel_rows(world: World) -> list[dict[str, Cell]]:
    """Counts by line and channel of the last weeks."""
    came = world.came
    rows: list[dict[str, Cell]] = []
    for line, channel, found in _pairs(world.group):
        for when in range(world.week - TOLD_AGAIN, world.week):
            count = {stage: int(amount[found, when].sum()) for stage, amount in came.items()}
            rows.append(
                {
                    "service_line": line,
                    "channel": channel,
                    "location": "",
                    "week": monday(when),
                    **{stage: count[stage] for stage in ("leads", "valid", "contacted", "qualified")},
                    "booked": count["asked"] - count["asked_late"],
                    "answered_late": count["late"],
                    "never_answered": count["unanswered"],
                    "booked_late": count["asked_late"],
                }
            )
    return rows
