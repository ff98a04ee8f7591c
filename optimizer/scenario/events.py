"""Dated events of ``calendar_events.csv``: which weeks, clinics, teams and campaigns each one touches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Problem
from optimizer.scenario.match import Floats
from optimizer.scenario.tables import Table

Flags = npt.NDArray[np.bool_]
Weeks = npt.NDArray[np.str_]

_SCOPE = ("market", "location", "service_line", "channel", "campaign", "intake_team")


def multipliers(table: Table, column: str, members: pd.DataFrame, weeks: Weeks) -> Floats:
    """(n, W) product of a multiplier over the events that cover each member and week; 1 where there is none.

    Args:
        table: calendar_events.
        column: ``slot_multiplier`` or ``intake_multiplier``.
        members: (n rows) labels of units or teams, in columns named like the scope.
        weeks: (W,) Mondays.
    """
    factor = np.ones((len(members), len(weeks)))
    for event, _ in events(table):
        factor[np.ix_(covered(event, members), spanned(event, weeks))] *= event[column]
    return factor


def events(table: Table) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Each event with the place where it stands, in the order of the table."""
    names = [str(name) for name in table.frame.columns]
    for row, line in zip(table.frame.itertuples(index=False, name=None), table.lines, strict=True):
        yield dict(zip(names, row, strict=True)), f"{table.file}:{line}"


def covered(event: Mapping[str, Any], members: pd.DataFrame) -> Flags:
    """(n,) members in the scope of an event; a blank scope column covers all."""
    inside = np.ones(len(members), dtype=bool)
    for name in _SCOPE:
        if event[name] and name in members:
            inside &= (members[name] == event[name]).to_numpy()
    return inside


def spanned(event: Mapping[str, Any], weeks: Weeks) -> Flags:
    """(W,) weeks that an event lasts."""
    return np.asarray((weeks >= event["first_week"]) & (weeks <= event["last_week"]))


def event_problems(
    table: Table,
    *,
    units: tuple[pd.DataFrame, Weeks],
    teams: tuple[pd.DataFrame, Weeks],
    campaigns: tuple[pd.DataFrame, Weeks],
) -> list[Problem]:
    """Events that end before they begin, do nothing, or touch nothing of the scenario.

    Args:
        table: calendar_events.
        units: Labels of the units, and the weeks of visits.
        teams: Labels of the intake teams, and the weeks of leads.
        campaigns: Labels of the campaigns, and the planned weeks.
    """
    problems: list[Problem] = []
    for (event, _), line in zip(events(table), table.lines, strict=True):
        faults = _faults(event, units, teams, campaigns)
        problems += [
            Problem(table.file, int(line), f"event '{event['event']}' {message}", hint, column, "event")
            for message, hint, column in faults
        ]
    return problems


Touched = tuple[pd.DataFrame, Weeks]


def _faults(event: Mapping[str, Any], units: Touched, teams: Touched, campaigns: Touched) -> list[tuple[str, str, str]]:
    """Message, hint and column of everything wrong with one event."""
    if event["last_week"] < event["first_week"]:
        message = f"ends {event['last_week']}, before it begins {event['first_week']}"
        return [(message, "swap first_week and last_week", "last_week")]
    slots, hours = event["slot_multiplier"] != 1, event["intake_multiplier"] != 1
    closes, holds = event["blackout"] == "yes", event["hold"] == "yes"
    if not (slots or hours or closes or holds):
        return [("changes nothing", "give slot_multiplier, intake_multiplier, blackout or hold", "slot_multiplier")]
    if closes and holds:
        return [("closes campaigns and holds them at today's spend", "say yes to blackout or hold, not both", "hold")]
    for name in ("channel", "campaign"):
        if slots and event[name]:
            return [(f"changes slots of a {name}", f"leave {name} blank: a clinic's {name}s share its slots", name)]
    if hours and any(event[name] for name in _SCOPE[:-1]):
        hint = "give intake_team alone, in a row of its own: a team's hours are shared by all that it serves"
        return [("changes intake hours of a part of what a team serves", hint, "intake_multiplier")]
    touched = [
        (slots, units, "slot_multiplier", "clinic and service line"),
        (hours, teams, "intake_multiplier", "intake team"),
        (closes, campaigns, "blackout", "campaign"),
        (holds, campaigns, "hold", "campaign"),
    ]
    found = []
    for applies, (members, weeks), column, noun in touched:
        if applies and not covered(event, members).any():
            hint = "correct its market, location, service_line, channel, campaign or intake_team"
            found.append((f"covers no {noun} of the plan", hint, column))
        if applies and not spanned(event, weeks).any():
            hint = f"correct its weeks; those it can touch are {weeks[0]} to {weeks[-1]}"
            found.append((f"covers no week of the plan ({column})", hint, "first_week"))
    return found
