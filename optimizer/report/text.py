"""A run on a terminal: the first screen and the answer to why a campaign spends what it spends.

Everything here is written from the run folder, so the terminal shows what every other report shows. Text from the
scenario is always plain text to the terminal, never markup.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from optimizer.lp.solution import Status
from optimizer.plan.runs import Run
from optimizer.plan.words import Words, count, percent, signed, weeks_in_words
from optimizer.scenario.definition import Objective

_MEASURE = {
    Objective.LTV: "patients' lifetime margin less spend",
    Objective.FIRST_VISIT_MARGIN: "margin of first visits less spend",
    Objective.VISITS: "completed visits",
    Objective.BOOKINGS: "booked appointments",
    Objective.MIN_SPEND: "money not spent, once the goals are reached",
}


def first_screen(run: Run) -> RenderableType:
    """Headline, biggest moves, tightest places, unspent money, assumptions and proof of one run."""
    summary: Mapping[str, Any] = run.summary
    words = Words(str(summary["currency"]), Objective(summary["objective"]))
    return Group(
        _title(summary, words),
        _headline(summary, words),
        _moves(summary, words),
        _tight(summary, words),
        *_overflow(summary, words),
        *_follow_on(summary, words),
        *_limits(summary, words),
        *_moving(summary, words),
        _paragraph("Unspent", _unspent(summary, words)),
        *_held_back(summary, words),
        *_extrapolated(summary, words),
        *_assumptions(summary),
        _proof(run, words),
    )


def _title(summary: Mapping[str, Any], words: Words) -> RenderableType:
    made_up = "  Made-up data for demonstration." if summary["synthetic"] else ""
    first = dt.date.fromisoformat(summary["first_week"])
    span = f"{summary['weeks']} weeks from {first:%b} {first.day}, {first.year}"
    return Group(
        Text(f"{summary['title'] or summary['scenario']}{made_up}", style="bold"),
        Text(f"{span}; value is {_MEASURE[words.objective]}; inputs as of {summary['as_of']}"),
        Text(""),
    )


def _headline(summary: Mapping[str, Any], words: Words) -> RenderableType:
    table = _table("", "Today's spend", "Plan", "Change", "")
    plan, today = summary["plan"], summary["today"]
    money, visits = words.money, count
    rows = [
        ("Spend", "spend", money),
        ("Completed visits", "visits", visits),
        ("Value", "value", words.value),
        ("Leads", "leads", visits),
        ("  answered late", "late", visits),
        ("  never answered", "lost", visits),
    ]
    for label, name, written in rows:
        if name in ("late", "lost") and not round(plan[name] + today[name], 1):
            continue
        if name == "value" and words.objective is Objective.MIN_SPEND:
            continue
        change = plan[name] - today[name]
        share = (
            f"({signed(percent, change / today[name])})" if today[name] and name in ("spend", "visits", "value") else ""
        )
        table.add_row(label, written(today[name]), written(plan[name]), signed(written, change), share)
    per_visit = [part["spend"] / part["visits"] if part["visits"] else 0.0 for part in (today, plan)]
    table.add_row("Spend per visit", *map(money, per_visit), signed(money, per_visit[1] - per_visit[0]), "")
    under_way = summary["under_way"]["visits"]
    notes = (
        f"{count(under_way)} of the plan's visits come from patients already waiting and leads already under way."
        f" Today's spend is shown with leads and slots handled as well as they can be{_how_sure(summary)}"
        " Figures are expected values."
    )
    return Group(table, Padding(Text(notes, style="dim"), (1, 0, 1, 0), expand=False))


def _how_sure(summary: Mapping[str, Any]) -> str:
    """What can be said of the gain; where channels differ, both values err on the same side but not by the same."""
    if not summary["channels_differ"]:
        return ", so the gain is a lower bound."
    return (
        ". Requests of channels whose patients are worth less are charged for that whether they find a slot or not, so"
        " both values are too low rather than too high."
    )


def _moves(summary: Mapping[str, Any], words: Words) -> RenderableType:
    if not summary["moves"]:
        return _paragraph("Moves", "none; the plan is today's spend")
    table = _table("Campaign", "Today", "Plan", "Change", "Why")
    for move in summary["moves"]:
        name = f"{move['location']} {move['service_line']}, {move['channel']}"
        change = signed(words.money, move["change"])
        spends = (words.money(move["current_spend"]), words.money(move["recommended_spend"]))
        table.add_row(Text(name), *spends, change, Text(_sentence(move["reason"])))
    weeks = summary["weeks"]
    return Group(
        _heading(f"The biggest moves, over all {weeks} weeks" if weeks > 1 else "The biggest moves"), table, Text("")
    )


def _tight(summary: Mapping[str, Any], words: Words) -> RenderableType:
    if not summary["tight"]:
        return _paragraph("Tight clinics and teams", "none; no clinic and no intake team limits the plan")
    table = _table("Clinic or team", "Worth", "Why")
    table.columns[2].header = Text("For")
    for place in summary["tight"]:
        more = f"{place['more']}; full {weeks_in_words(place['weeks'])}"
        table.add_row(Text(place["place"]), words.value(place["gain"]), Text(more))
    return Group(_heading("The tightest clinics and teams"), table, Text(""))


def _follow_on(summary: Mapping[str, Any], words: Words) -> Iterable[RenderableType]:
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
        yield _paragraph("Follow-on visits", f"{text}.")


def _overflow(summary: Mapping[str, Any], words: Words) -> Iterable[RenderableType]:
    """Intake hours bought beyond the paid ones."""
    plan = summary["plan"]
    if round(plan["overflow_hours"], 1):
        bought = f"{count(plan['overflow_hours'])} intake hours bought for {words.money(plan['overflow_cost'])}"
        taken = "taken off the value" if words.objective.values_patients else "not part of the value"
        yield _paragraph("Overflow", f"{bought}, {taken}, not from the advertising budget.")


def _limits(summary: Mapping[str, Any], words: Words) -> Iterable[RenderableType]:
    """The named limits; of one that counts every week alone, the tightest week."""
    if not summary["limits"]:
        return
    table = _table("Goal or limit", "Asked", "Reached", "Short by", "")
    for limit in summary["limits"]:
        written = partial(words.quantity, limit["quantity"])
        reached = "-" if limit["reached"] is None else written(limit["reached"])
        weekly = " a week" if limit["windows"] > 1 else ""
        asked = f"{_SIDES[limit['side']]} {written(limit['asked'])}{weekly}"
        short = written(limit["short_by"]) if limit["short_by"] else ""
        table.add_row(Text(limit["name"]), asked, reached, short, Text(_penalty(limit, words)))
    yield Group(_heading("Goals and limits"), table, Text(""))


_SIDES = {"min": "at least", "max": "at most"}


def _penalty(limit: Mapping[str, Any], words: Words) -> str:
    """What it costs to miss a goal that may be missed; it would cost more to reach it."""
    return f"(counts as {words.value(limit['penalty'])})" if limit["penalty"] else ""


def _unspent(summary: Mapping[str, Any], words: Words) -> str:
    unspent = summary["unspent"]
    amount = words.money(unspent["amount"], cents=True)
    return (
        f"{amount} of {words.money(summary['budget'])}: {unspent['reason']}."
        if unspent["amount"]
        else "nothing; the whole budget is planned."
    )


def _moving(summary: Mapping[str, Any], words: Words) -> Iterable[RenderableType]:
    """What moves count against the plan, where they do."""
    if amount := summary["plan"]["change_cost"]:
        text = f"from week to week, they count {words.value(amount)} against the plan; no money is spent on them."
        yield _paragraph("Moves", text)


_RULES = {
    "blackout": "Blackouts",
    "not_ready": "Not ready",
    "go_live": "Below the go-live threshold",
    "backlog": "Intake backlog",
    "tier": "Long waits (tiers)",
    "stale": "Old figures",
    "held": "Held as today",
    "pilot": "Pilots",
}


def _held_back(summary: Mapping[str, Any], words: Words) -> Iterable[RenderableType]:
    if summary["held_back"]:
        table = _table("Rule", "Campaigns", "Campaign weeks", "Without it, about")
        for held in summary["held_back"]:
            gain = "not worked out" if held["blocked"] is None else f"+{words.value(held['blocked'])}"
            table.add_row(_RULES[held["code"]], f"{held['campaigns']:,}", f"{held['weeks']:,}", gain)
        yield Group(_heading("Held back by rules"), table, Text(""))


def _extrapolated(summary: Mapping[str, Any], words: Words) -> Iterable[RenderableType]:
    amount = summary["extrapolated_spend"]
    if amount:
        share = percent(amount / summary["plan"]["spend"])
        text = f"{words.money(amount)} ({share} of the plan) lies above the highest spend that the curves have seen."
        yield _paragraph("Beyond experience", text)


def _assumptions(summary: Mapping[str, Any]) -> Iterable[RenderableType]:
    if summary["notes"]:
        yield _heading("Assumed where the tables say nothing")
        for note in summary["notes"]:
            yield Padding(Text(f"- {note}"), (0, 0, 0, 2), expand=False)
        yield Text("")


def _proof(run: Run, words: Words) -> RenderableType:
    manifest: Mapping[str, Any] = run.manifest
    gap = manifest["curve_gap"]
    amount = f"{words.value(gap['gap'])} ({_small_share(gap['share'])})"
    better = f"is worth {amount} more"
    if words.objective is Objective.MIN_SPEND:
        better = f"reaches the goals for {amount} less"
    proven = f"Proven: no plan on the response curves {better}."
    if manifest["status"] == Status.FEASIBLE_GAP:
        proven = f"Not proven best: a plan that {better} may exist, but none that gains more than that."
    return Text(f"{proven} Every limit and total was checked again apart from the solver.", style="dim")


def _small_share(share: float) -> str:
    return f"{share * 100:.3f} %"


def _table(*headers: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    last_is_prose = headers[-1] == "Why"
    for position, header in enumerate(headers):
        prose = position == 0 or (last_is_prose and position == len(headers) - 1)
        table.add_column(
            Text(header),
            justify="left" if prose else "right",
            no_wrap=not prose,
            overflow="fold",
            min_width=18 if position == 0 else None,
        )
    return table


def _heading(text: str) -> Text:
    return Text(text, style="bold")


def _paragraph(label: str, text: str) -> RenderableType:
    return Group(Text.assemble((f"{label}: ", "bold"), text), Text(""))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
