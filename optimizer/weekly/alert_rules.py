"""When an alert is raised: one rule per kind, each from the tables of a run and its scenario."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.plan.words import weeks_in_words
from optimizer.scenario.campaign_flags import flags
from optimizer.scenario.read import Scenario

CRITICAL, WARNING, INFO = "critical", "warning", "info"
SEVERITIES = (CRITICAL, WARNING, INFO)
SOME = 0.5
"""Leads or slots below which there are none: half of one."""
ROOM_WEEKS = 4
"""Weeks whose open slots tell whether a clinic is full: the first of the plan. No public source."""
FAR_BEYOND = 2.0
"""Multiple of a promised wait from which a longer one is critical. No public source."""
LEADS, CONTACTS, APPOINTMENTS, DAYS, MONEY = "leads", "contacts", "appointments", "days", "money a week"
OF_PEOPLE = (LEADS, CONTACTS, APPOINTMENTS)
"""Units that count people or their appointments."""
_SETTLED = 0.005


@dataclass(frozen=True)
class Raised:
    """What is wrong, where, and since when.

    Attributes:
        kind: One of ``ALERTS``.
        severity: critical, warning or info.
        place: Clinic and line, team, table or campaigns that it is about.
        headline: What is wrong, in a sentence without counts of people.
        number: What was found, in ``unit``.
        threshold: What it is held against, in the same unit.
        unit: leads, contacts, appointments, days or money a week.
        since: ISO date from which on; empty where it is not known.
        source: Where the threshold or the flag stands.
    """

    kind: str
    severity: str
    place: str
    headline: str
    number: float
    threshold: float
    unit: str
    since: str
    source: str


@dataclass(frozen=True)
class Ground:
    """What the rules look at.

    Attributes:
        scenario: The scenario as it was planned.
        plan: Table plan of the run.
        capacity: Table capacity.
        intake: Table intake.
        bookings: Table bookings.
        capacity_before: Table capacity of an earlier run, or none.
    """

    scenario: Scenario
    plan: pd.DataFrame
    capacity: pd.DataFrame
    intake: pd.DataFrame
    bookings: pd.DataFrame
    capacity_before: pd.DataFrame | None

    @property
    def weeks(self) -> list[str]:
        """Planned weeks."""
        return sorted(set(self.plan["week"]))

    def policy_place(self, name: str) -> str:
        """File and line of a policy."""
        line = self.scenario.lines.get(f"policies.{name}", 0)
        return f"scenario.yaml:{line}" if line else "scenario.yaml"


def leads_over_intake(ground: Ground) -> Iterator[Raised]:
    """More leads of a week than a team can answer in time; critical where some are never answered. The worst week."""
    over = ground.intake[ground.intake["late"] + ground.intake["lost"] >= SOME]
    for team, weeks in over.groupby("intake_team", sort=True):
        excess = (weeks["late"] + weeks["lost"]).to_numpy()
        worst = weeks.iloc[int(np.argmax(excess))]
        lost = bool((weeks["lost"] >= SOME).any())
        rest = "some are never answered" if lost else "the rest is answered late"
        when = weeks_in_words(sorted(weeks["week"]))
        yield Raised(
            "leads_over_intake",
            CRITICAL if lost else WARNING,
            str(team),
            f"More leads than {team} can answer in time {when}; {rest}. The numbers are of the worst week.",
            float(worst["leads"]),
            float(worst["answered_in_time"]),
            LEADS,
            str(min(weeks["week"])),
            "intake_teams",
        )


def backlog(ground: Ground) -> Iterator[Raised]:
    """Contacts that wait above policies.max_backlog: the team's campaigns pause."""
    most = ground.scenario.definition.policies.max_backlog
    if most is None or "intake_teams" not in ground.scenario.tables:
        return
    table = ground.scenario.tables["intake_teams"]
    waiting = table.frame.assign(line=table.lines)
    for row in waiting[waiting["opening_backlog"] > most].sort_values("intake_team").to_dict("records"):
        yield Raised(
            "backlog",
            CRITICAL,
            str(row["intake_team"]),
            f"More contacts wait for {row['intake_team']} than policies.max_backlog allows; its campaigns pause.",
            float(row["opening_backlog"]),
            most,
            CONTACTS,
            str(row["week"]),
            f"{table.file}:{row['line']}, {ground.policy_place('max_backlog')}",
        )


def promise(ground: Ground) -> Iterator[Raised]:
    """A wait longer than what campaigns that spend promise, per clinic and line, against the shortest promise.

    The wait is the days to the third next open slot in the first week, and what patients of the plan wait on average in
    any week, whichever is longer.
    """
    table = ground.scenario.tables["campaigns"]
    spending = ground.plan.groupby("campaign")["recommended_spend"].max()
    promised = table.frame.assign(line=table.lines, most=table.frame["campaign"].map(spending))
    promised = promised[promised["promised_days"].notna() & (promised["most"] > 0)]
    waits = _waits(ground)
    for (location, line), rows in promised.groupby(["location", "service_line"], sort=True):
        shortest = rows.sort_values(["promised_days", "line"]).iloc[0]
        days = waits.get((str(location), str(line)), pd.Series(dtype=float))
        longer = days[days > shortest["promised_days"]]
        if longer.empty:
            continue
        place, worst = f"{location} {line}", float(longer.max())
        count = int((rows["promised_days"] < worst).sum())
        yield Raised(
            "promise",
            CRITICAL if worst > FAR_BEYOND * shortest["promised_days"] else WARNING,
            place,
            f"Patients of {place} who ask {weeks_in_words(sorted(longer.index))} wait longer than {count}"
            f" campaign{'s' if count != 1 else ''} there promise{'s' if count == 1 else ''}.",
            worst,
            float(shortest["promised_days"]),
            DAYS,
            str(min(longer.index)),
            f"{table.file}:{shortest['line']}",
        )


def _waits(ground: Ground) -> dict[tuple[str, str], pd.Series]:
    """Days waited by planned week, for each clinic and line asked for."""
    booked = ground.bookings.assign(days=7 * ground.bookings["weeks_waited"] * ground.bookings["booked"])
    sums = booked.groupby(["location", "service_line", "week"])[["days", "booked"]].sum().reset_index()
    sums = sums[(sums["booked"] >= SOME) & sums["week"].isin(ground.weeks)]
    planned = sums.assign(wait=sums["days"] / sums["booked"])
    today = ground.capacity[ground.capacity["week"] == ground.weeks[0]].dropna(subset=["third_next_available_days"])
    today = today.assign(wait=today["third_next_available_days"])
    columns = ["location", "service_line", "week", "wait"]
    both = pd.concat([planned[columns], today[columns]]).groupby(columns[:3])["wait"].max().reset_index()
    return {
        (str(location), str(line)): rows.set_index("week")["wait"]
        for (location, line), rows in both.groupby(["location", "service_line"])
    }


def filled_up(ground: Ground) -> Iterator[Raised]:
    """Clinics and lines without an open slot in the next weeks that had some when the run before was made."""
    for row in _room(ground, lambda before, after: before >= SOME > after):
        headline = f"{row.place} filled up: it has no open new-patient slot left {row.when}, before any advertising."
        yield _access("filled_up", WARNING, headline, row)


def opened(ground: Ground) -> Iterator[Raised]:
    """Clinics and lines with open slots in the next weeks that had none when the run before was made."""
    for row in _room(ground, lambda before, after: before < SOME <= after):
        yield _access("opened", INFO, f"{row.place} has open new-patient slots again {row.when}.", row)


@dataclass(frozen=True)
class _Room:
    """Open slots of a clinic and line before and after, summed over the weeks that both runs know."""

    place: str
    when: str
    since: str
    before: float
    after: float


def _room(ground: Ground, wanted: Callable[[float, float], bool]) -> list[_Room]:
    if ground.capacity_before is None:
        return []
    key = ["location", "service_line", "week"]
    near = ground.capacity[ground.capacity["week"].isin(ground.weeks[:ROOM_WEEKS])]
    both = near.merge(ground.capacity_before, on=key, suffixes=("", "_before"))
    found = []
    for (location, line), rows in both.groupby(key[:2], sort=True):
        before, after = float(rows["open_slots_before"].sum()), float(rows["open_slots"].sum())
        if wanted(before, after):
            weeks = sorted(rows["week"])
            found.append(_Room(f"{location} {line}", weeks_in_words(weeks), weeks[0], before, after))
    return found


def _access(kind: str, severity: str, headline: str, row: _Room) -> Raised:
    source = "appointment_capacity"
    return Raised(kind, severity, row.place, headline, row.after, row.before, APPOINTMENTS, row.since, source)


def stale(ground: Ground) -> Iterator[Raised]:
    """Figures older than policies.stale_days, per table, and clinic where the table names one: the oldest."""
    definition = ground.scenario.definition
    most = definition.policies.stale_days
    for name, table in ground.scenario.tables.items() if most is not None else ():
        if "as_of" not in table.frame:
            continue
        dated = table.frame.assign(line=table.lines, place=_place_of(table.frame))
        dated = dated[dated["as_of"] != ""]
        age = [(definition.as_of - dt.date.fromisoformat(day)).days for day in dated["as_of"]]
        old = dated.assign(age=age).sort_values("age", ascending=False, kind="stable")
        for row in old[old["age"] > most].drop_duplicates("place").sort_values("place").to_dict("records"):
            where = f"{name}, {row['place']}" if row["place"] else name
            headline = f"Figures of {where} are older than policies.stale_days allows."
            source = f"{table.file}:{row['line']}, {ground.policy_place('stale_days')}"
            yield Raised(
                "stale", WARNING, where, headline, float(row["age"]), float(str(most)), DAYS, str(row["as_of"]), source
            )


def _place_of(frame: pd.DataFrame) -> Sequence[str]:
    return frame["location"].tolist() if "location" in frame else [""] * len(frame)


def flagged(ground: Ground) -> Iterator[Raised]:
    """Flags that are not settled: critical where the plan gives their campaigns other money than today and not none."""
    if "campaign_flags" not in ground.scenario.tables:
        return
    first = ground.plan[ground.plan["week"] == ground.weeks[0]].reset_index(drop=True)
    table = ground.scenario.tables["campaigns"].frame.set_index("campaign")
    today = table["current_weekly_spend"].reindex(first["campaign"]).to_numpy(float)
    money = first["recommended_spend"].to_numpy(float)
    moved = (money >= _SETTLED) & (np.abs(money - today) >= _SETTLED)
    for flag, place, mine in flags(ground.scenario.tables["campaign_flags"], first):
        names = [flag[name] for name in ("market", "location", "service_line", "channel", "campaign") if flag[name]]
        total = float(money[mine].sum())
        severity = CRITICAL if moved[mine].any() else WARNING if total else INFO
        done = {
            CRITICAL: "The plan moves their money all the same: add an event with hold or blackout to calendar_events.",
            WARNING: "They run on as today.",
            INFO: "They do not spend.",
        }[severity]
        why = f" ({flag['reason']})" if flag["reason"] else ""
        headline = f"{_SAID[flag['flag']]}{why}. {done}"
        yield Raised(
            flag["flag"],
            severity,
            " ".join(names) or "all campaigns",
            headline,
            total,
            0.0,
            MONEY,
            flag["since"],
            place,
        )


_SAID = {
    "eligibility_changed": "Who is eligible has changed",
    "claims_review": "New claims need a review",
    "scheduling_conflict": "Scheduling rules contradict the message",
}

RULES: tuple[Callable[[Ground], Iterator[Raised]], ...] = (
    leads_over_intake,
    backlog,
    promise,
    filled_up,
    opened,
    stale,
    flagged,
)
"""The table of contents."""
