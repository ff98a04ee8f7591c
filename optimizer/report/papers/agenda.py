"""The agenda of the weekly meeting of marketing and operations, on one page: the most important of everything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from optimizer.plan.words import Words, day, signed, weeks_in_words
from optimizer.report.papers.edition import Edition, whole
from optimizer.report.papers.paper import Paper
from optimizer.report.sections import Grid, Listing, Paragraph, Section, made_up, proof, words_of
from optimizer.scenario.events import events
from optimizer.weekly.agenda import AHEAD, Agenda
from optimizer.weekly.alert_rules import INFO
from optimizer.weekly.book import LARGE, PROPOSED, REJECTED, STANDING, SUPERSEDED
from optimizer.weekly.decision_rights import Right

MOVES, FULL, ROOMY, TEAMS, DECISIONS, WATCHED = 5, 5, 2, 3, 7, 3
"""Rows of each section; what is left out is counted below it."""
SENTENCE, REASON, NAME = 150, 120, 50
"""Characters of a sentence, of a reason and of a name; what is longer is cut, so that the page stays one."""
_OPENED = 2
"""Places whose opening is put to a decision."""

_STATES = {
    "": "a plan; no week's recommendation",
    STANDING: "in effect",
    PROPOSED: "waits for approval; budgets stay as they are until then",
    LARGE: "waits for approval, because the total moves more than allowed; budgets stay as they are until then",
    REJECTED: "rejected; budgets stay as they are",
    SUPERSEDED: "superseded by a later run of the week",
}


def agenda_paper(agenda: Agenda, edition: Edition) -> Paper:
    """The agenda as a paper."""
    summary: Mapping[str, Any] = agenda.run.summary
    covers = (
        f"Marketing and operations. Budgets: {_STATES[agenda.state]}. Figures are expected values."
        f" {made_up(agenda.run)}"
    )
    return Paper(
        title=f"Week of {day(agenda.week)}: {shortened(str(summary['title'] or summary['scenario']), NAME)}",
        covers=covers.rstrip(),
        mark=edition.mark,
        sections=list(_sections(agenda, edition)),
        foot=[f"{proof(agenda.run)} Run {agenda.run.folder.name}. 'optimizer kpis' says what each number means."],
    )


def _sections(agenda: Agenda, edition: Edition) -> Iterator[Section]:
    words = words_of(agenda.run)
    yield _freshness(agenda)
    yield from _moves(agenda, words, edition)
    yield _room(agenda, words, edition)
    yield from _hours(agenda, edition)
    yield _decisions(agenda, words, edition)
    yield from _watched(agenda, edition)


def shortened(text: str, most: int = SENTENCE) -> str:
    """A text of at most so many characters; a longer one is cut after a sentence, or a word where that is too early."""
    if len(text) <= most:
        return text
    room = text[: most - 2]
    sentence = max(room.rfind(". "), room.rfind("? ")) + 1
    return room[: sentence if sentence > most // 2 else room.rfind(" ")].rstrip(",;:") + " …"


def _more(there: int, shown: int, noun: str, where: str) -> str:
    """How many are not on the page, and where they are."""
    return f"{there - shown:,} more {noun}: {where}" if there > shown else ""


# What the figures are


FIGURES = {
    "appointment_capacity": "slots",
    "intake_teams": "intake hours",
    "funnel": "booking rates",
    "response_curves": "curves",
    "patient_value": "patient values",
}
"""Tables whose date the meeting should know, by what people call their figures."""


def _freshness(agenda: Agenda) -> Section:
    tables = agenda.scenario.tables
    dates = {called: _dates(tables[name].frame) for name, called in FIGURES.items() if name in tables}
    told = [f"{called} {when}" for called, when in dates.items() if when]
    undated = [called for called, when in dates.items() if not when]
    text = ", ".join(told) or "no figure is dated"
    text += f"; not dated: {', '.join(undated)}" if told and undated else ""
    return Paragraph("Figures as of", f"{text}. The plan's today is {agenda.scenario.definition.as_of}.")


def _dates(frame: pd.DataFrame) -> str:
    """The oldest and the newest date of a table; blank where no row is dated."""
    given = sorted(set(frame["as_of"]) - {""}) if "as_of" in frame else []
    return "" if not given else given[0] if given[0] == given[-1] else f"{given[0]} to {given[-1]}"


# What changed


def _moves(agenda: Agenda, words: Words, edition: Edition) -> Iterator[Section]:
    moves = agenda.moves
    if moves.empty:
        yield Paragraph("What changes this week", f"nothing; all {agenda.campaigns} campaigns stay as they are.")
        return
    now = "Now" if agenda.state == STANDING else "Proposed"
    rows = [_move(agenda, dict(row), words, edition) for _, row in moves.head(MOVES).iterrows()]
    change = float((moves["now"] - moves["before"]).sum())
    risen, fallen = (int((sign * (moves["now"] - moves["before"]) > 0).sum()) for sign in (1, -1))
    heading = (
        f"What changes this week: {signed(words.money, change)} in all; {risen} campaigns rise, {fallen} fall, of"
        f" {agenda.campaigns}"
    )
    source = "plan.csv of the run" if not agenda.state else "recommendation.csv of the run"
    yield Grid(heading, ("Campaign", "Before", now, "Change", "Why"), rows, _more(len(moves), MOVES, "moves", source))


def _move(agenda: Agenda, row: Mapping[Any, Any], words: Words, edition: Edition) -> tuple[str, ...]:
    change = signed(words.money, row["now"] - row["before"])
    left = float(agenda.room.loc[(row["location"], row["service_line"])].map(whole).sum())
    room = f"{edition.slots(left)} open slots" if left else "No open slot"
    why = edition.by(row["by"], row["reason"]) if row["by"] else f"{room} left in {AHEAD} weeks. {edition.reason(row)}"
    name = f"{row['location']} {row['service_line']}, {row['channel']}"
    return shortened(name, NAME), words.money(row["before"]), words.money(row["now"]), change, shortened(why, REASON)


# Why, in operations' words


def _room(agenda: Agenda, words: Words, edition: Edition) -> Section:
    """Open slots left: the places where one more is worth most, then those with most room."""
    room, days, worth = agenda.room, agenda.days, _worth(agenda)
    names = {f"{location} {line}": (location, line) for location, line in room.index}
    full = [names[name] for name in worth if name in names][:FULL]
    left = room.map(whole).sum(axis=1).sort_values(ascending=False, kind="stable")
    roomy = [place for place in left.index if place not in full and left[place] > 0][:ROOMY]
    rows = [
        (
            shortened(" ".join(place), NAME),
            *(edition.slots(float(room.loc[place, week])) for week in room.columns),
            "not given" if pd.isna(days[place]) else f"in {days[place]:,.0f} days",
            edition.value(words, worth[" ".join(place)]) if " ".join(place) in worth else "-",
        )
        for place in (*full, *roomy)
    ]
    headers = ("Clinic and line", *map(day, room.columns), "Third next open slot", "One more a week is worth")
    heading = "Open new-patient slots left, once the plan's patients are booked"
    return Grid(heading, headers, rows, _more(len(room), len(rows), "clinics and lines", "capacity.csv of the run"))


def _worth(agenda: Agenda) -> dict[str, float]:
    """What the plan gains from one more slot a week at a place, greatest first; the run planned again for it."""
    tight: Sequence[Mapping[str, Any]] = agenda.run.summary["tight"]  # type: ignore[assignment]
    return {str(place["place"]): float(place["gain"]) for place in tight}


def _hours(agenda: Agenda, edition: Edition) -> Iterator[Section]:
    """Answering hours left by team; nothing where intake is not limited."""
    left, table = agenda.hours, agenda.run.table("intake")
    if left.empty:
        return
    there = table.pivot(index="intake_team", columns="week", values="hours_in_time")
    tightest = left.min(axis=1).sort_values(kind="stable").index[:TEAMS]
    rows = [
        (
            shortened(str(team), NAME),
            *(edition.hours(float(left.loc[team, week]), float(there.loc[team, week])) for week in left.columns),
        )
        for team in tightest
    ]
    more = _more(len(left), TEAMS, "teams", "intake.csv of the run")
    yield Grid("Answering hours left for leads", ("Team", *map(day, left.columns)), rows, more)


# Decisions


def _decisions(agenda: Agenda, words: Words, edition: Edition) -> Section:
    found = [*_approval(agenda), *_held(agenda, edition), *_alerts(agenda), *_openings(agenda, words, edition)]
    if not found:
        return Paragraph("Decisions needed", "none.")
    rows = [(shortened(what), shortened(who, NAME), within) for what, who, within in found[:DECISIONS]]
    more = _more(len(found), DECISIONS, "decisions", f"optimizer alerts {agenda.run.folder.name}")
    return Grid(f"Decisions needed: {len(found)}", ("Decision", "Who decides", "Within"), rows, more)


_Decision = tuple[str, str, str]


def _approval(agenda: Agenda) -> Iterator[_Decision]:
    if agenda.state in (PROPOSED, LARGE):
        owner = agenda.scenario.definition.weekly.owner or "not named (weekly.owner in scenario.yaml)"
        yield f"Approve or reject the week's budgets: optimizer approve {agenda.run.folder.name}", owner, ""


def _held(agenda: Agenda, edition: Edition) -> Iterator[_Decision]:
    """Figures that hold campaigns until somebody answers for them."""
    for doubt in agenda.doubts:
        if doubt.holds:
            yield f"Is it right? {doubt.feed}, {doubt.place}: {edition.doubt(doubt)}", "who sends the feed", ""


def _alerts(agenda: Agenda) -> Iterator[_Decision]:
    for alert in agenda.alerts:
        if alert.raised.severity != INFO:
            asked = f"{_sentence(alert.right.decision)}? " if alert.right.decision else ""
            yield asked + alert.raised.headline, alert.right.owner, _hours_to(alert.right)


def _hours_to(right: Right) -> str:
    return "" if right.hours is None else f"{right.hours:g} h"


def _openings(agenda: Agenda, words: Words, edition: Edition) -> Iterator[_Decision]:
    """Places where more room would bring most."""
    right = agenda.right_to_open
    tight: Sequence[Mapping[str, Any]] = agenda.run.summary["tight"]  # type: ignore[assignment]
    for place in tight[:_OPENED]:
        worth, full = edition.value(words, float(place["gain"])), weeks_in_words(list(place["weeks"]))
        question = f"Open {place['more']} at {place['place']}? The plan would gain {worth}; it is full {full}."
        yield question, right.owner, _hours_to(right)


# What to watch


def _watched(agenda: Agenda, edition: Edition) -> Iterator[Section]:
    found = [*_filling(agenda), *_coming(agenda), *_noted(agenda, edition)]
    if found:
        more = _more(len(found), WATCHED, "points", f"optimizer alerts {agenda.run.folder.name}")
        yield Listing("What to watch", [*map(shortened, found[:WATCHED]), *([more] if more else [])])


def _filling(agenda: Agenda) -> Iterator[str]:
    """Places that have a slot left this week and none in one of the next."""
    room = agenda.room.map(whole)
    filling = [" ".join(place) for place in room.index if room.loc[place].iloc[0] > 0 and (room.loc[place] == 0).any()]
    if filling:
        more = f" and {len(filling) - 3} more" if len(filling) > 3 else ""
        yield f"Slots left this week, none left within {AHEAD} weeks: {', '.join(filling[:3])}{more}."


def _coming(agenda: Agenda) -> Iterator[str]:
    """Events that begin or last in the next weeks, but for those that the guardrails made."""
    if "calendar_events" not in agenda.scenario.tables:
        return
    last = (dt.date.fromisoformat(agenda.week) + dt.timedelta(weeks=AHEAD - 1)).isoformat()
    for event, _ in events(agenda.scenario.tables["calendar_events"]):
        if event["first_week"] <= last and event["last_week"] >= agenda.week and event["hold"] != "yes":
            where = " ".join(event[name] for name in _SCOPE if event[name])
            why = f": {event['reason']}" if event["reason"] else ""
            span = f"{day(event['first_week'])} to {day(event['last_week'])}"
            yield f"{event['event']}, {where or 'everywhere'}, weeks of {span}{why}."


_SCOPE = ("market", "location", "service_line", "intake_team")


def _noted(agenda: Agenda, edition: Edition) -> Iterator[str]:
    for alert in agenda.alerts:
        if alert.raised.severity == INFO:
            yield f"{alert.raised.place}: {alert.raised.headline}"
    for doubt in agenda.doubts:
        if not doubt.holds and not doubt.answered_by:
            yield f"{doubt.feed}, {doubt.place}: {edition.doubt(doubt)}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def agenda_facts(agenda: Agenda, paper: Paper) -> dict[str, object]:
    """The paper as plain values."""
    return {
        "run": agenda.run.folder.name,
        "week": agenda.week,
        "state": agenda.state or "plan",
        "mark": paper.mark,
        "title": paper.title,
        "covers": paper.covers,
        "sections": [vars(section) for section in paper.sections],
    }
