"""The weekly recommendation, its record and what people decide, on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd
from rich.console import Group, RenderableType
from rich.text import Text

from optimizer.plan.words import Words, day, percent, signed
from optimizer.report.sections import Grid
from optimizer.report.text import table
from optimizer.scenario.definition import Objective
from optimizer.weekly.book import LARGE, PROPOSED, REJECTED, STANDING, SUPERSEDED, Book, Decision, Entry
from optimizer.weekly.doubts import Doubt
from optimizer.weekly.recommend import Recommendation
from optimizer.weekly.rerun import Rerun

_SHOWN = 10
_STATES = {
    STANDING: "in effect",
    PROPOSED: "waits for approval; budgets stay as they are",
    LARGE: "waits, for the week's total moves more than allowed; budgets stay as they are",
    REJECTED: "rejected; budgets stay as they are",
    SUPERSEDED: "superseded by a later run of the week",
}


def recommendation_facts(made: Recommendation) -> dict[str, object]:
    """A recommendation as plain values."""
    return {
        "run": made.run.folder.name,
        "run_folder": str(made.run.folder),
        "week": made.week,
        "state": made.state,
        "again": made.again,
        "before": round(made.before, 2),
        "after": round(made.after, 2),
        "gain": made.gain,
        "value": made.value,
        "budgets": _records(made.table),
        "doubts": [{**asdict(doubt), "holds": doubt.holds} for doubt in made.doubts],
        "notes": list(made.notes),
    }


def recommendation_screen(made: Recommendation) -> RenderableType:
    """What changes this week and why, where paused money goes, what holds, and what people are asked."""
    summary: Any = made.run.summary
    words = Words(str(summary["currency"]), Objective(summary["objective"]))
    title = f"{summary['title'] or summary['scenario']}: budgets for the week of {day(made.week)}"
    return Group(
        Text(title + ("  Made-up data for demonstration." if summary["synthetic"] else ""), style="bold"),
        Text(f"State: {_STATES[made.state]}." + (" The same inputs were planned before." if made.again else "")),
        Text(""),
        *(Text(sentence) for sentence in _headline(made, words)),
        Text(""),
        *_moves(made.table, words),
        *_pauses(made.table, words),
        *_questions(made.doubts),
        *_listed("Assumed and done", made.notes),
    )


def _headline(made: Recommendation, words: Words) -> Iterable[str]:
    change = made.after - made.before
    share = f" ({signed(percent, change / made.before)})" if made.before else ""
    before, after = words.money(made.before), words.money(made.after)
    yield f"{before} a week before, {after} now: {signed(words.money, change)}{share}."
    counts = made.table["action"].value_counts()
    named = [f"{counts[action]} {words_}" for action, words_ in _ACTIONS.items() if action in counts]
    yield f"{', '.join(named)}, of {len(made.table)} campaigns."
    if made.gain is not None and (made.table["action"] != "hold").any():
        yield f"Moving this week is worth {words.value(made.gain)} more than moving a week later."


_ACTIONS = {"increase": "rise", "start": "start", "decrease": "fall", "pause": "pause", "hold": "stay"}


def _moves(budgets: pd.DataFrame, words: Words) -> Iterable[RenderableType]:
    moved = budgets[budgets["action"] != "hold"]
    if moved.empty:
        return
    order = moved["change"].abs().sort_values(ascending=False, kind="stable").index[:_SHOWN]
    rows = []
    for row in moved.loc[order].to_dict("records"):
        name = f"{row['location']} {row['service_line']}, {row['channel']}"
        money = (words.money(row["before"]), words.money(row["recommended"]), signed(words.money, row["change"]))
        rows.append((name, *money, str(row["reason"])))
    rest = len(moved) - len(order)
    yield Text("The biggest moves" + (f"; {rest} more are in recommendation.csv" if rest else ""), style="bold")
    yield table(Grid("", ("Campaign", "Before", "Now", "Change", "Why"), rows))
    yield Text("")


def _pauses(budgets: pd.DataFrame, words: Words) -> Iterable[RenderableType]:
    """Campaigns that pause, and where money goes this week instead; which dollar goes where is not told apart."""
    paused = budgets[budgets["action"] == "pause"]
    if paused.empty:
        return
    freed, risen = float(paused["before"].sum()), budgets[budgets["change"] > 0]
    more = risen.sort_values("change", ascending=False, kind="stable").head(5)
    to = ", ".join(f"{row['campaign']} {signed(words.money, row['change'])}" for row in more.to_dict("records"))
    fell = budgets[(budgets["change"] < 0) & (budgets["action"] != "pause")]["change"].sum()
    yield Text(f"Paused, freeing {words.money(freed)}: {', '.join(paused['campaign'])}.")
    if to:
        yield Text(
            f"With {words.money(-fell)} from campaigns that fall, {words.money(risen['change'].sum())} goes to others,"
            f" most to {to}."
        )
    unspent = freed - fell - float(risen["change"].sum())
    if unspent > 0.005:
        yield Text(f"{words.money(unspent)} a week of it is not spent.")
    yield Text("")


def _questions(found: Sequence[Doubt]) -> Iterable[RenderableType]:
    for heading, doubts in (
        ("Held until somebody looks", [doubt for doubt in found if doubt.holds]),
        ("Noted, and nothing held", [doubt for doubt in found if not doubt.holds and not doubt.answered_by]),
        ("Answered", [doubt for doubt in found if doubt.answered_by]),
    ):
        by = {True: "; {0} says that it is right", False: ""}
        texts = [
            f"{doubt.feed}: {doubt.place}: {doubt.text}{by[bool(doubt.answered_by)].format(doubt.answered_by)}"
            for doubt in doubts
        ]
        yield from _listed(heading, texts)


def _listed(heading: str, texts: Sequence[str]) -> Iterable[RenderableType]:
    if texts:
        more = [f"  and {len(texts) - 2 * _SHOWN} more"] if len(texts) > 2 * _SHOWN else []
        yield Text(heading, style="bold")
        yield from (Text(f"  - {text}") for text in texts[: 2 * _SHOWN])
        yield from map(Text, more)
        yield Text("")


def history_facts(book: Book) -> list[dict[str, object]]:
    """Every recorded week as plain values, decisions with it."""
    return [
        {**asdict(entry), "folder": str(entry.folder), "decisions": _records(book.decisions(entry.run))}
        for entry in book.entries()
    ]


def history_screen(book: Book) -> RenderableType:
    """Every recorded week: what it was, what it is, and who decided what."""
    entries = book.entries()
    if not entries:
        return Text(f"Nothing is recorded of {book.scenario} yet.")
    rows = []
    for entry in entries:
        budgets, words = book.recommendations(entry.run), Words(entry.currency, Objective.LTV)
        sums = [words.money(float(budgets[name].sum())) for name in ("before", "recommended", "in_effect")]
        sums[-1] = "" if entry.state == SUPERSEDED else sums[-1]
        state = _STATES[entry.state].partition(";")[0].partition(",")[0]
        rows.append((entry.week, entry.run, *sums, state))
    headers = ("Week", "Run", "Before", "Recommended", "In effect", "State")
    said = [line for entry in entries for line in _decisions(entry, book.decisions(entry.run))]
    return Group(
        Text(f"Weeks of {book.scenario}", style="bold"),
        table(Grid("", headers, rows)),
        Text(""),
        *_listed("Decisions", said),
    )


def _decisions(entry: Entry, decided: pd.DataFrame) -> Iterable[str]:
    words = Words(entry.currency, Objective(entry.objective))
    for row in decided.to_dict("records"):
        what = {"approve": "approved", "reject": "rejected"}.get(str(row["kind"]), "")
        if not what:
            amount = words.money(row["amount"], cents=True)
            what = f"set {row['campaign']} to {amount} a week, at a cost of about {words.value(row['cost'])}"
        why = f": {row['reason']}" if row["reason"] else ""
        yield f"{entry.week}: on {str(row['decided_at'])[:10]} {row['by']} {what}{why}"


def override_sentence(decision: Decision, entry: Entry) -> str:
    """What an override does, in a sentence."""
    words = Words(entry.currency, Objective(entry.objective))
    amount = words.money(decision.amount or 0.0, cents=True)
    return (
        f"{decision.campaign} is at {amount} in the week of {day(entry.week)}, by {decision.by}."
        f" It costs about {words.value(decision.cost or 0.0)}, weeks after it planned again."
    )


def rerun_sentences(found: Rerun) -> list[str]:
    """Whether a run made again is the same, and what may explain it where it is not."""
    name = found.run.folder.name
    if not found.differing:
        return [f"{name} made again is the same to the byte: {len(found.same)} files."]
    said = [f"{name} made again differs in {', '.join(found.differing)}; {len(found.same)} files are the same."]
    said += [f"It was made with {which} {then}; this is {now}." for which, (then, now) in found.versions.items()]
    return said


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): cell for name, cell in row.items()} for row in plain.to_dict("records")]
