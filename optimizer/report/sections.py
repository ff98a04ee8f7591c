"""What a run says on its first page, as plain text: headings, tables and paragraphs that any report lays out.

Everything here is written from the run folder, so all reports show the same plan in the same words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from optimizer.lp.solution import Status
from optimizer.plan.held_back import NOT_WORKED_OUT
from optimizer.plan.runs import Run
from optimizer.plan.words import Words, count, percent, signed, weeks_in_words
from optimizer.scenario.definition import Objective

_CENT = 0.01

MEASURE = {
    Objective.LTV: "patients' lifetime margin less spend",
    Objective.FIRST_VISIT_MARGIN: "margin of first visits less spend",
    Objective.VISITS: "completed visits",
    Objective.BOOKINGS: "booked appointments",
    Objective.MIN_SPEND: "money not spent, once the goals are reached",
}
"""What value is counted in."""


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes:
        heading: What it is about; blank where nothing need be said.
        headers: Header of each column.
        rows: Cells as people read them.
        note: What must be known to read it.
    """

    heading: str
    headers: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A sentence or a few, with what they are about before them."""

    label: str
    text: str


@dataclass(frozen=True)
class Listing:
    """A heading and points."""

    heading: str
    points: Sequence[str]


Section = Grid | Paragraph | Listing

PROSE = (
    "Why", "For", "What it says", "How it is computed", "Unit", "Who answers for it", "Where it is found", "Meaning",
    "Here", "Who decides", "Within", "Run", "State",
)  # fmt: skip
"""Headers of columns that hold words rather than numbers."""


def words_of(run: Run) -> Words:
    """How a run's numbers are written."""
    return Words(str(run.summary["currency"]), Objective(str(run.summary["objective"])))


def title(run: Run) -> tuple[str, str]:
    """The title of a run, and what it covers."""
    summary: Mapping[str, Any] = run.summary
    first = dt.date.fromisoformat(summary["first_week"])
    span = f"{summary['weeks']} weeks from {first:%b} {first.day}, {first.year}"
    measure = MEASURE[words_of(run).objective]
    return (
        str(summary["title"] or summary["scenario"]),
        f"{span}; value is {measure}; inputs as of {summary['as_of']}",
    )


def made_up(run: Run) -> str:
    """What must be said of data that was made up; blank where it was not."""
    return "Made-up data for demonstration." if run.summary["synthetic"] else ""


def sections(run: Run) -> Iterator[Section]:
    """Headline, biggest moves, tightest places, goals, unspent money, rules and assumptions of one run."""
    summary: Mapping[str, Any] = run.summary
    words = words_of(run)
    yield _headline(summary, words)
    yield _moves(summary, words)
    yield _tight(summary, words)
    yield from _overflow(summary, words)
    yield from _follow_on(summary, words)
    yield from _limits(summary, words)
    yield from _moving(summary, words)
    yield Paragraph("Unspent", unspent(summary, words))
    yield from _held_back(summary, words)
    yield from _extrapolated(summary, words)
    if summary["notes"]:
        yield Listing("Assumed where the tables say nothing", summary["notes"])


def _headline(summary: Mapping[str, Any], words: Words) -> Grid:
    plan, today = summary["plan"], summary["today"]
    money, visits = words.money, count
    lines: list[tuple[str, str, Callable[[float], str]]] = [
        ("Spend", "spend", money),
        ("Completed visits", "visits", visits),
        ("Value", "value", words.value),
        ("Leads", "leads", visits),
        ("  answered late", "late", visits),
        ("  never answered", "lost", visits),
    ]
    rows: list[tuple[str, ...]] = []
    for label, name, written in lines:
        if name in ("late", "lost") and not round(plan[name] + today[name], 1):
            continue
        if name == "value" and words.objective is Objective.MIN_SPEND:
            continue
        change = plan[name] - today[name]
        share = (
            f"({signed(percent, change / today[name])})" if today[name] and name in ("spend", "visits", "value") else ""
        )
        rows.append((label, written(today[name]), written(plan[name]), signed(written, change), share))
    per_visit = [part["spend"] / part["visits"] if part["visits"] else 0.0 for part in (today, plan)]
    rows.append(("Spend per visit", *map(money, per_visit), signed(money, per_visit[1] - per_visit[0]), ""))
    under_way = summary["under_way"]["visits"]
    note = (
        f"{count(under_way)} of the plan's visits come from patients already waiting and leads already under way."
        f" {how_sure(summary)} Figures are expected values."
    )
    return Grid("", ("", "Today's spend", "Plan", "Change", ""), rows, note)


def how_sure(summary: Mapping[str, Any]) -> str:
    """What can be said of the gain; where channels differ, both values err on the same side but not by the same."""
    shown = "Today's spend is shown with leads and slots handled as well as they can be"
    if not summary["channels_differ"]:
        return f"{shown}, so the gain is a lower bound."
    return (
        f"{shown}. Requests of channels whose patients are worth less are charged for that whether they find a slot or"
        " not, so both values are too low rather than too high."
    )


def _moves(summary: Mapping[str, Any], words: Words) -> Section:
    if not summary["moves"]:
        return Paragraph("Moves", "none; the plan is today's spend")
    rows = []
    for move in summary["moves"]:
        name = f"{move['location']} {move['service_line']}, {move['channel']}"
        spends = (words.money(move["current_spend"]), words.money(move["recommended_spend"]))
        rows.append((name, *spends, signed(words.money, move["change"]), _sentence(move["reason"])))
    weeks = summary["weeks"]
    heading = f"The biggest moves, over all {weeks} weeks" if weeks > 1 else "The biggest moves"
    return Grid(heading, ("Campaign", "Today", "Plan", "Change", "Why"), rows)


def _tight(summary: Mapping[str, Any], words: Words) -> Section:
    if not summary["tight"]:
        return Paragraph("Tight clinics and teams", "none; no clinic and no intake team limits the plan")
    rows = [
        (place["place"], words.value(place["gain"]), f"{place['more']}; full {weeks_in_words(place['weeks'])}")
        for place in summary["tight"]
    ]
    return Grid("The tightest clinics and teams", ("Clinic or team", "Worth", "For"), rows)


def _follow_on(summary: Mapping[str, Any], words: Words) -> Iterator[Section]:
    """Follow-on visits that care leads to, and those that find no slot."""
    plan = summary["plan"]
    if plan["follow_on_visits"] or plan["leaked_visits"]:
        seen = f"{count(plan['follow_on_visits'])} visits follow from the plan's visits, worth"
        text = f"{seen} {words.value(plan['follow_on_value'])}, part of the value above"
        if plan["leaked_visits"]:
            text += (
                f"; {count(plan['leaked_visits'])} more find no slot when they are needed"
                f" ({words.value(plan['leaked_value'])})"
            )
        yield Paragraph("Follow-on visits", f"{text}.")


def _overflow(summary: Mapping[str, Any], words: Words) -> Iterator[Section]:
    """Intake hours bought beyond the paid ones."""
    plan = summary["plan"]
    if round(plan["overflow_hours"], 1):
        bought = f"{count(plan['overflow_hours'])} intake hours bought for {words.money(plan['overflow_cost'])}"
        taken = "taken off the value" if words.objective.values_patients else "not part of the value"
        yield Paragraph("Overflow", f"{bought}, {taken}, not from the advertising budget.")


def _limits(summary: Mapping[str, Any], words: Words) -> Iterator[Section]:
    """The named limits; of one that counts every week alone, the tightest week."""
    rows = []
    for limit in summary["limits"]:
        written = partial(words.quantity, limit["quantity"])
        reached = "-" if limit["reached"] is None else written(limit["reached"])
        weekly = " a week" if limit["windows"] > 1 else ""
        asked = f"{SIDES[limit['side']]} {written(limit['asked'])}{weekly}"
        short = written(limit["short_by"]) if limit["short_by"] else ""
        rows.append((limit["name"], asked, reached, short, _penalty(limit, words)))
    if rows:
        yield Grid("Goals and limits", ("Goal or limit", "Asked", "Reached", "Short by", ""), rows)


SIDES = {"min": "at least", "max": "at most"}
"""Sides of a named limit."""


def _penalty(limit: Mapping[str, Any], words: Words) -> str:
    """What it costs to miss a goal that may be missed; it would cost more to reach it."""
    return f"(counts as {words.value(limit['penalty'])})" if limit["penalty"] else ""


def unspent(summary: Mapping[str, Any], words: Words) -> str:
    """What is left of the budget, and why."""
    left = summary["unspent"]
    amount = words.money(left["amount"], cents=True)
    return (
        f"{amount} of {words.money(summary['budget'])}: {left['reason']}."
        if left["amount"]
        else "nothing; the whole budget is planned."
    )


def _moving(summary: Mapping[str, Any], words: Words) -> Iterator[Section]:
    """What moves count against the plan, where they do."""
    if amount := summary["plan"]["change_cost"]:
        text = f"from week to week, they count {words.value(amount)} against the plan; no money is spent on them."
        yield Paragraph("Moves", text)


RULES = {
    "blackout": "Blackouts",
    "not_ready": "Not ready",
    "go_live": "Below the go-live threshold",
    "backlog": "Intake backlog",
    "tier": "Long waits (tiers)",
    "stale": "Old figures",
    "held": "Held as today",
    "pilot": "Pilots",
}
"""Gates by their codes."""


def _held_back(summary: Mapping[str, Any], words: Words) -> Iterator[Section]:
    rows = []
    for held in summary["held_back"]:
        gain = "not worked out" if held["blocked"] is None else f"+{words.value(held['blocked'])}"
        rows.append((RULES[held["code"]], f"{held['campaigns']:,}", f"{held['weeks']:,}", gain))
    note = NOT_WORKED_OUT if any(held["blocked"] is None for held in summary["held_back"]) else ""
    if rows:
        yield Grid("Held back by rules", ("Rule", "Campaigns", "Campaign weeks", "Without it, about"), rows, note)


def _extrapolated(summary: Mapping[str, Any], words: Words) -> Iterator[Section]:
    amount = summary["extrapolated_spend"]
    if amount:
        share = percent(amount / summary["plan"]["spend"])
        text = f"{words.money(amount)} ({share} of the plan) lies above the highest spend that the curves have seen."
        yield Paragraph("Beyond experience", text)


def proof(run: Run) -> str:
    """What is proven of a run."""
    manifest: Mapping[str, Any] = run.manifest
    words, gap = words_of(run), manifest["curve_gap"]
    amount = f"{words.value(gap['gap'])} ({gap['share'] * 100:.3f} %)"
    if words.objective.in_money and gap["gap"] < _CENT:
        amount = words.money(_CENT, cents=True)
    better = f"is worth {amount} more"
    if words.objective is Objective.MIN_SPEND:
        better = f"reaches the goals for {amount} less"
    proven = f"Proven: no plan on the response curves {better}."
    if manifest["status"] == Status.FEASIBLE_GAP:
        proven = f"Not proven best: a plan that {better} may exist, but none that gains more than that."
    return f"{proven} Every limit and total was checked again apart from the solver."


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
