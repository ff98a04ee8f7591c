"""Answers to the five questions that leadership asks before a campaign starts, each with where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.plan.words import Words, day, percent
from optimizer.report.papers.edition import Edition
from optimizer.scenario.campaign_flags import flags
from optimizer.scenario.events import covered, events
from optimizer.weekly.decision_rights import NO_SOURCE, rights
from optimizer.weekly.pre_launch import Launch


@dataclass(frozen=True)
class Answer:
    """One line of the sheet.

    Attributes:
        about: What it answers.
        says: The answer.
        source: Where it stands; blank where it is computed from more than one place.
        table: Where it is to be written, if nobody stated it: the table.
        column: And its column; blank where the whole table is missing.
        is_average: Whether it is an average over patients, of however few.
    """

    about: str
    says: str
    source: str = ""
    table: str = ""
    column: str = ""
    is_average: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether nobody stated it."""
        return bool(self.table)


def _stated(about: str, says: str, source: str, table: str, column: str) -> Answer:
    """What somebody wrote, or where it is to be written."""
    return Answer(about, says, source) if says else Answer(about, "not stated", "", table, column)


# 1. Which service lines and locations?


def lines_and_locations(launch: Launch) -> Iterator[Answer]:
    """What is advertised where, and where else its patients may be offered an appointment."""
    labels, (row, source) = launch.labels, launch.written
    words = Words.of(launch.scenario.definition)
    market = "" if labels["market"] == "all" else f", market {labels['market']}"
    channel = launch.find("channels", channel=labels["channel"])
    platform = f" ({channel[0]['platform']})" if channel and channel[0]["platform"] else ""
    yield Answer("Service line", labels["service_line"], source)
    yield Answer("Location", labels["location"] + market, source)
    yield Answer("Channel", labels["channel"] + platform, channel[1] if channel else source)
    yield Answer("Also offered", _elsewhere(launch) or "no other clinic", "")
    today = f"{words.money(row['current_weekly_spend'])} a week today"
    yield Answer("Spend", today + _planned_spend(launch, words), source)


def _elsewhere(launch: Launch) -> str:
    """Other clinics that its patients may be offered."""
    facts = launch.facts
    routes = np.flatnonzero((facts.route_from == launch.unit) & (facts.route_to != launch.unit))
    places = [str(facts.units["location"].iloc[facts.route_to[route]]) for route in routes]
    return ", ".join(sorted(places))


def _planned_spend(launch: Launch, words: Words) -> str:
    plan = launch.planned("plan")
    if plan.empty:
        return ""
    first = plan[plan["recommended_spend"] > 0].head(1)
    if first.empty:
        return "; the plan gives it nothing"
    money, total = float(first["recommended_spend"].iloc[0]), float(plan["recommended_spend"].sum())
    return (
        f"; planned {words.money(money)} in the week of {day(first['week'].iloc[0])}, {words.money(total)} in all weeks"
    )


# 2. What capacity is planned, and what lead time?


def capacity_and_lead_time(launch: Launch) -> Iterator[Answer]:
    """Days to an appointment against target and promise, and when leads and visits follow the spend."""
    labels, (row, source) = launch.labels, launch.written
    line = launch.find("service_lines", service_line=labels["service_line"])
    days = float(launch.facts.next_available[launch.unit])
    told = "" if np.isnan(days) else f"in {days:g} days{_against(row['promised_days'], line)}"
    yield _stated(
        "Third next open slot", told, "appointment_capacity", "appointment_capacity", "third_next_available_days"
    )
    promised = "no promise" if np.isnan(row["promised_days"]) else f"{row['promised_days']:g} days"
    yield Answer("Message promises", promised, source)
    yield Answer("From spend to lead", _arrival(launch), "")
    least = int(line[0]["min_weeks_to_visit"]) if line else 0
    visit = f"{least} week{'s' if least > 1 else ''} or more" if least else "the same week at the earliest"
    yield Answer("From lead to visit", visit, line[1] if line else "")
    if waited := _planned_wait(launch):
        yield Answer("Planned wait", waited, "bookings.csv of the run", is_average=True)


def _arrival(launch: Launch) -> str:
    """When leads come, by the share of each week."""
    shares = np.trim_zeros(launch.facts.lead_share[launch.row], "b")
    told = " / ".join(f"{share * 100:.3g}" for share in shares)
    return (
        f"{told} % of leads in the weeks from the spend on" if len(shares) > 1 else "all leads in the week of the spend"
    )


def _against(promised: float, line: tuple[Mapping[str, float], str] | None) -> str:
    """A wait against the line's target and the message."""
    target = line[0]["go_live_max_days"] if line else np.nan
    parts = [] if np.isnan(target) else [f"target at most {target:g}"]
    parts += [] if np.isnan(promised) else [f"promised {promised:g}"]
    return f" ({', '.join(parts) or 'no target: service_lines has no go_live_max_days'})"


def _planned_wait(launch: Launch) -> str:
    """What patients who ask for this clinic and line wait in the plan, on average."""
    made = launch.planned("bookings")
    if made.empty or not made["booked"].sum():
        return ""
    return f"{7 * float((made['booked'] * made['weeks_waited']).sum() / made['booked'].sum()):,.0f} days on average"


# 3. What are the intake steps?


def intake_steps(launch: Launch) -> Iterator[Answer]:
    """How leads come in, who answers them, how many in time, and what becomes of them."""
    row, source = launch.written
    yield _stated("Leads come in by", row["lead_capture"], source, "campaigns", "lead_capture")
    if launch.team < 0:
        yield _stated("Intake team", "", "", "locations", "intake_team")
    else:
        yield from _team(launch)
    funnel = _funnel(launch)
    yield Answer(
        "Qualified leads that ask",
        f"{percent(funnel[0]['booking_rate'])} for an appointment if answered in time,"
        f" {percent(funnel[0]['booking_rate_late'])} if late",
        funnel[1],
    )
    yield Answer(
        "Before that",
        f"{percent(funnel[0]['valid_rate'])} of leads are valid, {percent(funnel[0]['contactable_rate'])} of these are"
        f" reached, {percent(funnel[0]['qualified_rate'])} of these fit",
        funnel[1],
    )


def _team(launch: Launch) -> Iterator[Answer]:
    facts, level = launch.facts, launch.scenario.definition.policies.service_level
    name, first = str(facts.teams[launch.team]), int(launch.weeks[0]) if len(launch.weeks) else 0
    staffing, minutes = facts.staffing, float(facts.minutes[launch.row])
    found = launch.find("intake_teams", intake_team=name, week=str(facts.weeks[first]))
    source = found[1] if found else "intake_teams"
    hours = float(launch.hours[first])
    agents, paid = staffing.agents[launch.team, first], staffing.paid_hours[launch.team, first]
    week = day(str(facts.weeks[first]))
    yield Answer("Intake team", f"{name}: {agents:,.4g} agents, {paid:,.4g} paid hours in the week of {week}", source)
    yield Answer("Hours for leads", f"{hours:,.0f} of these answer leads in time, for all campaigns of the team", "")
    target = f"{percent(level.share)} within {level.seconds:g} seconds"
    leads = f"about {hours * 60 / minutes:,.0f} leads a week, of {minutes:g} minutes each ({target})" if minutes else ""
    yield _stated("Answered in time", leads, "", "funnel", "handling_minutes")


def _funnel(launch: Launch) -> tuple[Mapping[str, float], str]:
    """The row of funnel that it uses: its clinic's own before the general one."""
    labels = {name: launch.labels[name] for name in ("service_line", "channel")}
    own = launch.find("funnel", **labels, location=launch.labels["location"])
    return own or launch.find("funnel", **labels, location="") or ({}, "")


# 4. Who owns it, and who decides when something goes wrong?


_ESCALATIONS = {
    "promise": "Waits beyond the promise",
    "leads_over_intake": "More leads than intake",
    "filled_up": "Clinic fills up",
    "eligibility_changed": "Eligibility changes",
    "claims_review": "Claims need review",
    "scheduling_conflict": "Scheduling conflicts",
}


def owners(launch: Launch) -> Iterator[Answer]:
    """Who answers for the campaign, its slots, its leads and its value, and who decides on alerts."""
    labels, (row, source) = launch.labels, launch.written
    yield _stated("Campaign", row["owner"], source, "campaigns", "owner")
    clinic = launch.find("appointment_capacity", location=labels["location"], service_line=labels["service_line"])
    yield _stated("Slots", clinic[0]["owner"] if clinic else "", clinic[1] if clinic else "",
                  "appointment_capacity", "owner")  # fmt: skip
    if launch.team >= 0:
        team = launch.find("intake_teams", intake_team=str(launch.facts.teams[launch.team]))
        yield _stated("Intake", team[0]["owner"] if team else "", team[1] if team else "", "intake_teams", "owner")
    decided = rights(launch.scenario.tables.get("decision_rights"))
    for kind, about in _ESCALATIONS.items():
        right = decided[kind]
        hours = "" if right.hours is None else f" within {right.hours:g} hours"
        then = f", then {right.escalate_to}" if right.escalate_to else ""
        role = " (by default)" if right.source == NO_SOURCE else ""
        yield Answer(about, f"{right.owner}{hours}{then}{role}", "" if role else right.source)
    if all(decided[kind].source == NO_SOURCE for kind in _ESCALATIONS):
        yield _stated("Escalation", "", "", "decision_rights", "")


# 5. What is the compliance timeline?


_SIGN_OFFS = {
    "tracking_ready": "Tracking",
    "landing_page_ready": "Landing page",
    "clinical_ready": "Clinical sign-off",
    "compliance_ready": "Compliance sign-off",
}


def compliance(launch: Launch) -> Iterator[Answer]:
    """What is signed off, and what happens when."""
    row, source = launch.written
    until = f", counts as ready from the week of {row['ready_week']}" if row["ready_week"] else ""
    for column, about in _SIGN_OFFS.items():
        says = {"yes": "done", "no": f"missing{until}"}.get(row[column], "")
        yield _stated(about, says, source, "campaigns", column)
    for when, what, where in sorted(_timeline(launch)):
        yield Answer(when or "no date", what, where)


def _timeline(launch: Launch) -> Iterator[tuple[str, str, str]]:
    """Date, what happens, and where that stands."""
    (row, source), campaigns = launch.written, launch.facts.campaigns.iloc[[launch.row]]
    yield row["first_week"] or str(launch.facts.weeks[0]), "the first week in which it may spend", source
    if row["last_week"]:
        yield row["last_week"], "the last week in which it may spend", source
    tables = launch.scenario.tables
    if "campaign_flags" in tables:
        for flag, where, mine in flags(tables["campaign_flags"], campaigns):
            if mine.any():
                yield flag["since"], f"open since then: {flag_in_words(flag)}", where
    if "calendar_events" in tables:
        units = launch.facts.units.iloc[[launch.unit]]
        for event, where in events(tables["calendar_events"]):
            if covered(event, campaigns).all() and covered(event, units).all() and event["intake_multiplier"] == 1:
                yield event["first_week"], f"{event['event']} to {event['last_week']}: {_effect(event)}", where


def _effect(event: Mapping[str, Any]) -> str:
    """What an event does to the campaign or its clinic."""
    if event["blackout"] == "yes":
        return "it may not spend"
    if event["hold"] == "yes":
        return "it stays as today"
    return f"{percent(event['slot_multiplier'])} of the clinic's slots"


def flag_in_words(flag: Mapping[str, str]) -> str:
    """What an open flag says, with its reason."""
    said = {
        "eligibility_changed": "who is eligible has changed",
        "claims_review": "new claims need a review",
        "scheduling_conflict": "scheduling rules contradict the message",
    }[flag["flag"]]
    return f"{said} ({flag['reason']})" if flag["reason"] else said


Question = Callable[[Launch], Iterator[Answer]]
QUESTIONS: Mapping[str, Question] = {
    "1. Which service lines and locations?": lines_and_locations,
    "2. What capacity is planned, and what lead time?": capacity_and_lead_time,
    "3. What are the intake steps?": intake_steps,
    "4. Who owns it, and who decides when something goes wrong?": owners,
    "5. What is the compliance timeline?": compliance,
}
"""The five questions."""


def answers(launch: Launch, edition: Edition) -> dict[str, list[Answer]]:
    """Every answer that an edition tells, by question."""
    return {
        question: [each for each in answer(launch) if edition.tells_averages or not each.is_average]
        for question, answer in QUESTIONS.items()
    }
