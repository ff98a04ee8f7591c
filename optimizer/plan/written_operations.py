"""Slots, minutes of shared resources and intake hours as people wrote them, week by week."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.lp.blocks import Positions
from optimizer.plan.written_rows import HOURS, MINUTES, QUARTER, SLOTS, WHOLE, Rows, Written, slots_key, weekly_place
from optimizer.scenario.events import multipliers
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats


def appointment_capacity(rows: Rows) -> Written:
    """A clinic's slots, week by week; a written slot counts as much as the fill cap and events leave of it."""
    facts = rows.facts
    weeks = len(facts.weeks)
    schedule = _schedule(facts)
    number = _number(facts, "appointment_capacity", facts.units[["location", "service_line"]])
    fill = facts.definition.policies.fill_cap
    lacks = np.maximum(facts.already_booked + facts.baseline - facts.slots * fill, 0.0)
    for unit, row in enumerate(facts.units[["location", "service_line"]].to_numpy(dtype=str)):
        place, line = str(row[0]), str(row[1])
        each = fill * schedule[unit]
        gives = each > 0
        yield rows.limit(
            unit * weeks + np.arange(weeks),
            lower=False,
            says=f"open new-patient slots of {place} {line}",
            name=f"new_patient_slots of {place} {line}",
            key=slots_key(place, line),
            kind="clinics and lines with no more open new-patient slots (new_patient_slots)",
            unit=SLOTS,
            step=WHOLE,
            place=weekly_place(facts, "appointment_capacity", "new_patient_slots", place, line),
            number=number[unit],
            each=np.where(gives, each, 1.0),
            idle=lacks[unit] / np.where(gives, each, 1.0),
            most=np.where(gives, np.inf, 0.0),
            week=np.arange(weeks),
            left=facts.open_slots[unit],
        )


def _schedule(facts: Facts) -> Floats:
    """(U, H) what calendar events leave of a slot."""
    events = facts.sources.tables.get("calendar_events")
    if events is None:
        return np.ones(facts.slots.shape)
    return multipliers(events, "slot_multiplier", facts.units, facts.weeks)


def _number(facts: Facts, table: str, members: pd.DataFrame) -> Positions:
    """(n, H) week whose row holds the number of each member and week: the last row known where it has none of its own.

    Args:
        facts: The facts.
        table: Table with a row for each member and week.
        members: (n rows) labels of the members, in columns of the table.
    """
    frame = facts.sources.tables[table].frame
    names = list(members.columns)
    member = pd.MultiIndex.from_frame(members).get_indexer(pd.MultiIndex.from_frame(frame[names]))
    week = pd.Index(facts.weeks).get_indexer(pd.Index(frame["week"]))
    known = np.zeros((len(members), len(facts.weeks)), dtype=bool)
    used = (member >= 0) & (week >= 0)
    known[member[used], week[used]] = True
    return np.maximum.accumulate(np.where(known, np.arange(len(facts.weeks)), 0), axis=1)


def _of_teams(rows: Rows, says: str, name: str, amounts: Floats, column: str, step: float) -> Written:
    facts, team, week = rows.facts, rows.codes("intake_team"), rows.codes("week")
    number = _number(facts, "intake_teams", pd.DataFrame({"intake_team": facts.teams}))
    for g in np.unique(team):
        mine = np.flatnonzero(team == g)
        who = str(facts.teams[g])
        yield rows.limit(
            mine,
            lower=False,
            says=says.format(team=who),
            name=name.format(team=who),
            unit=HOURS,
            step=step,
            place=weekly_place(facts, "intake_teams", column, who),
            number=number[g, week[mine]],
            week=week[mine],
            left=amounts[mine],
        )


def intake_sla(rows: Rows) -> Written:
    """Hours in which teams answer in time."""
    left = rows.block.upper + rows.block.standing
    says = "hours in which {team} can answer leads in time"
    yield from _of_teams(rows, says, "the hours in which {team} answers leads in time", left, "paid_hours", QUARTER)


def intake_total(rows: Rows) -> Written:
    """Hours that teams have for leads at all."""
    left = rows.block.upper + rows.block.standing
    says = "hours that {team} has for leads at all"
    yield from _of_teams(rows, says, "the hours that {team} has for leads at all", left, "paid_hours", QUARTER)


def intake_overflow(rows: Rows) -> Written:
    """Hours that teams can buy."""
    says = "hours that {team} can buy beyond its paid ones"
    yield from _of_teams(rows, says, "overflow_hours of {team}", rows.block.upper, "overflow_hours", QUARTER)


def shared_resource(rows: Rows) -> Written:
    """Minutes of shared resources."""
    facts, shared = rows.facts, rows.facts.resources
    if not len(shared.names):
        return
    weeks = len(facts.weeks)
    number = _number(facts, "shared_resources", pd.DataFrame({"resource": shared.names}))
    for resource, name in enumerate(map(str, shared.names)):
        yield rows.limit(
            resource * weeks + np.arange(weeks),
            lower=False,
            says=f"minutes of {name} that are left",
            name=f"minutes_available of {name}",
            unit=MINUTES,
            step=WHOLE,
            place=weekly_place(facts, "shared_resources", "minutes_available", name),
            number=number[resource],
            idle=np.maximum(shared.baseline - shared.available, 0.0)[resource],
            week=np.arange(weeks),
            left=shared.left[resource],
        )
