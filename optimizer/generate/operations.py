"""Tables that operations own: clinics and their slots, waits, intake teams, redirects, pathways and scanners."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.generate.calendar import open_shares
from optimizer.generate.catalogue import (
    BACKFILL_RATE,
    IMAGING,
    KEPT_BY_WAIT,
    NO_SHOW_BY_WAIT,
    OPENING_HOURS,
    ORTHO,
    PT,
    SCANNER_USE,
    SHRINKAGE,
    TEAM_HANDLING_MINUTES,
    pathways_between,
)
from optimizer.generate.group import AS_OF, FILL_CAP, Floats, Group, every
from optimizer.generate.places import MARKET

MADE_UP = "made up"
OPERATIONS, INTAKE = "Chief operating officer", "Intake manager"
OTHER_CONTACTS_PER_LEAD = 2.6
"""Contacts that do not come from advertising, for each lead of it."""
OVERFLOW_SHARE, OVERFLOW_COST = 0.04, 48.0
BACKLOG_SHARE, MAX_BACKLOG_SHARE, LONG_BACKLOG = 0.04, 0.06, 8
"""Contacts waiting at the start as a share of a week's, the share above which campaigns pause, and the one team of so
many that is above it."""


def team_names(group: Group) -> list[str]:
    """One intake team for each market."""
    return [f"{market} intake" for market in group.markets]


def locations(group: Group) -> pd.DataFrame:
    """One row per clinic."""
    teams = np.array(team_names(group))
    return pd.DataFrame(
        {
            "location": group.locations,
            "market": group.markets[group.market],
            "intake_team": teams[group.market],
        }
    )


def service_lines(group: Group) -> pd.DataFrame:
    """One row per line; no clinic advertises a line whose patients wait for eight weeks."""
    return pd.DataFrame(
        {
            "service_line": list(group.lines),
            "min_weeks_to_visit": group.of_lines("min_weeks_to_visit"),
            "cancel_rate": group.of_lines("cancel_rate"),
            "backfill_rate": BACKFILL_RATE,
            "go_live_min_open_slots": [2.0 if name == PT else np.nan for name in group.lines],
            "go_live_max_days": 56,
            "owner": OPERATIONS,
        }
    )


def free_slots(group: Group) -> Floats:
    """(L, S) slots per week that are left for patients of advertising."""
    return np.asarray(np.maximum(group.requests * group.room, 2.0))


def appointment_capacity(group: Group) -> pd.DataFrame:
    """One row per clinic, line and week; full schedules are booked further ahead, and have patients waiting."""
    random, shape = group.chance("capacity"), group.room.shape
    baseline_share = np.clip(0.74 - 0.2 * np.log(group.room), 0.45, 0.82)
    slots = np.maximum(np.round(free_slots(group) / (FILL_CAP - baseline_share)), 4.0)
    known = np.exp(-(np.arange(len(group.weeks)) + 0.5) / 3)  # how much of a week is in the books already
    weekly = slots[..., None] * random.uniform(0.95, 1.05, (*shape, len(known)))
    weekly = np.maximum(np.round(weekly), 4.0)
    expected = weekly * open_shares(group.weeks)  # nobody comes to a clinic that is closed
    waiting = np.where(
        group.room < 0.8, np.round(group.requests * (1 - group.room) * random.uniform(0.3, 0.8, shape)), 0
    )
    days = np.clip(np.round(16 / group.room * random.uniform(0.8, 1.2, shape)), 2, 60)
    stale = every(group.room.size, 90).reshape(shape)
    first = np.arange(len(known)) == 0
    frame = _units(group).merge(pd.DataFrame({"week": group.weeks}), how="cross")
    return frame.assign(
        new_patient_slots=weekly.ravel(),
        already_booked=np.floor(expected * baseline_share[..., None] * known).ravel(),
        expected_baseline_bookings=np.floor(expected * baseline_share[..., None] * (1 - known)).ravel(),
        waitlist=np.where(first, waiting[..., None], 0.0).ravel(),
        third_next_available_days=np.where(first, days[..., None], np.nan).ravel(),
        as_of=np.repeat(np.where(stale, "2026-07-13", AS_OF.isoformat()), len(known)),
    )


def _units(group: Group) -> pd.DataFrame:
    """Clinic and line of each unit."""
    return pd.DataFrame(
        {
            "location": np.repeat(group.locations, len(group.lines)),
            "service_line": np.tile(list(group.lines), len(group.locations)),
        }
    )


def show_rates(group: Group) -> pd.DataFrame:
    """One row per line and weeks waited: fewer book and fewer come the longer they wait."""
    waits = len(KEPT_BY_WAIT)
    return pd.DataFrame(
        {
            "service_line": np.repeat(list(group.lines), waits),
            "weeks_waited": np.tile(np.arange(waits), len(group.lines)),
            "kept_share": np.tile(KEPT_BY_WAIT, len(group.lines)),
            "show_rate": np.round(1 - np.outer(group.of_lines("no_show"), NO_SHOW_BY_WAIT), 3).ravel(),
        }
    )


def weekly_contacts(group: Group) -> tuple[Floats, Floats]:
    """(G,) contacts per week that come from advertising today, and those that do not."""
    leads = group.leads * group.of_channels("valid_rate")
    ours = np.bincount(group.market, weights=leads.sum(axis=(1, 2))).astype(float)
    return ours, np.round(ours * OTHER_CONTACTS_PER_LEAD, -1)


def intake_teams(group: Group) -> pd.DataFrame:
    """One row per team and week.

    A team has about the seats that today's contacts need: the work that arrives, in seats, and a reserve of its square
    root (square-root staffing; S. Halfin and W. Whitt, Operations Research 29, 1981).
    """
    ours, others = weekly_contacts(group)
    load = (ours + others) * TEAM_HANDLING_MINUTES / 60 / OPENING_HOURS
    slack = group.chance("teams").uniform(0.95, 1.15, len(load))
    seats = np.maximum(np.ceil(slack * (load + np.sqrt(load)) / (1 - SHRINKAGE)), 2.0)
    paid = np.round(seats * OPENING_HOURS)
    backlog = np.where(every(len(load), LONG_BACKLOG), 2 * MAX_BACKLOG_SHARE * others.max(), BACKLOG_SHARE * others)
    weeks = len(group.weeks)
    first = np.tile(np.arange(weeks) == 0, len(load))
    open_share = np.tile(open_shares(group.weeks), len(load))
    return pd.DataFrame(
        {
            "intake_team": np.repeat(team_names(group), weeks),
            "week": np.tile(group.weeks, len(load)),
            "agents": np.repeat(seats, weeks),
            "paid_hours": np.repeat(paid, weeks),
            "shrinkage": SHRINKAGE,
            "baseline_contacts": np.round(np.repeat(others, weeks) * open_share),
            "handling_minutes": TEAM_HANDLING_MINUTES,
            "overflow_hours": np.repeat(np.round(OVERFLOW_SHARE * paid), weeks),
            "overflow_cost_per_hour": OVERFLOW_COST,
            "opening_backlog": np.where(first, np.round(np.repeat(backlog, weeks)), 0.0),
            "owner": INTAKE,
        }
    )


def redirects(group: Group) -> pd.DataFrame:
    """Every clinic sends patients to the next one of its market, the last to the first."""
    random, count = group.chance("redirects"), len(group.locations)
    number = np.arange(count)
    first = number // MARKET * MARKET
    onward = np.where((number + 1 < count) & (number + 1 < first + MARKET), number + 1, first)
    acceptance, minutes = np.round(random.uniform(0.4, 0.6, count), 2), np.round(random.uniform(8, 28, count))
    frame = pd.DataFrame(
        {
            "from_location": group.locations,
            "to_location": group.locations[onward],
            "acceptance_rate": acceptance,
            "drive_minutes": minutes,
            "owner": OPERATIONS,
            "source": MADE_UP,
            "as_of": AS_OF.isoformat(),
        }
    )
    found: pd.DataFrame = frame[onward != number]
    return found


def care_pathways(group: Group) -> pd.DataFrame:
    """One row per pathway between lines that the group has."""
    frame = pd.DataFrame([vars(way) for way in pathways_between(group.lines)])
    return frame.assign(owner="Chief medical officer", source=MADE_UP, as_of=AS_OF.isoformat())


def scanner_names(group: Group) -> list[str]:
    """One scanner at the first clinic of each market, in a group that scans."""
    return [f"{market} scanner" for market in group.markets] if IMAGING in group.lines else []


def shared_resources(group: Group) -> pd.DataFrame:
    """One row per scanner and week, with about the minutes that today's visits take."""
    names, weeks = scanner_names(group), len(group.weeks)
    needed = _scanner_minutes(group)[: len(names)]
    left = np.round(needed * group.chance("scanners").uniform(0.9, 1.5, len(needed)))
    others = np.round(3.0 * left)
    open_share = np.tile(open_shares(group.weeks), len(names))
    return pd.DataFrame(
        {
            "resource": np.repeat(np.array(names, dtype=object), weeks),
            "week": np.tile(group.weeks, len(names)),
            "minutes_available": np.round(np.repeat(left + others, weeks) * open_share),
            "minutes_baseline": np.round(np.repeat(others, weeks) * open_share),
            "owner": OPERATIONS,
            "as_of": AS_OF.isoformat(),
        }
    )


def _scanner_minutes(group: Group) -> Floats:
    """(markets,) minutes a week that visits at the first clinic of each market take today."""
    visits = np.minimum(group.requests, free_slots(group))[::MARKET]
    lines = list(group.lines)
    minutes = np.array([SCANNER_USE.get(name, 0.0) for name in lines])
    if IMAGING in lines and ORTHO in lines:  # follow-on scans
        minutes[lines.index(ORTHO)] += 0.35 * SCANNER_USE[IMAGING]
    return np.asarray(visits @ minutes)


def resource_use(group: Group) -> pd.DataFrame:
    """Minutes of its clinic's scanner that visits take."""
    lines = [name for name in SCANNER_USE if name in group.lines]
    names = scanner_names(group)
    return pd.DataFrame(
        {
            "resource": np.repeat(np.array(names, dtype=object), len(lines)),
            "location": np.repeat(group.locations[::MARKET][: len(names)], len(lines)),
            "service_line": np.tile(np.array(lines, dtype=object), len(names)),
            "minutes_per_visit": np.tile([SCANNER_USE[name] for name in lines], len(names)),
            "source": MADE_UP,
        }
    )
