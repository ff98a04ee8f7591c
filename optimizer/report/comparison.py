"""Plans side by side on a terminal: totals, what was asked differently, and where money moved."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from optimizer.model.scope import ALL_WEEKS
from optimizer.plan.runs import Run
from optimizer.plan.words import Words, count, signed
from optimizer.scenario.definition import Objective
from optimizer.study.compare import Comparison, NoPlan

MOST_INPUTS, MOST_MOVES, MOST_LIMITS = 6, 8, 6
"""Changed inputs, moves and limits of a comparison that are shown; all are in the JSON."""

_LABELS = {
    "spend": "Spend",
    "visits": "Completed visits",
    "bookings": "Bookings",
    "leads": "Leads",
    "late": "  answered late",
    "lost": "  never answered",
    "value": "Value",
}


def side_by_side(base: Run, others: Sequence[Run | NoPlan]) -> RenderableType:
    """Today's spend, the base plan and other plans: one column each, each value in its own plan's unit."""
    words, grid = _words(base), _grid("", "Today", str(base.summary["scenario"]))
    for other in others:
        name = other.name if isinstance(other, NoPlan) else str(other.summary["scenario"])
        name = "as changed" if name == base.summary["scenario"] else name
        grid.add_column(Text(name), justify="right", overflow="fold")
    for name, label in _LABELS.items():
        plans = (_planned(other, name) for other in (base, *others))
        grid.add_row(label, _written(name, words)(_total(base, "today", name)), *plans)
    grid.add_row("Value against the base", "", "", *(_against(base, other) for other in others))
    return grid


def _planned(run: Run | NoPlan, name: str) -> str:
    """A total of a plan, as its own plan writes it."""
    return "no plan" if isinstance(run, NoPlan) else _written(name, _words(run))(_total(run, "plan", name))


def _against(base: Run, run: Run | NoPlan) -> str:
    """What a plan is worth more than the base; nothing where the two count value differently."""
    if isinstance(run, NoPlan):
        return ""
    words = _words(run)
    if words.objective is not _words(base).objective:
        return "counted differently"
    return signed(words.value, _total(run, "plan", "value") - _total(base, "plan", "value"))


def comparison_screen(found: Comparison) -> RenderableType:
    """What two runs differ in."""
    words = _words(found.after)
    before, after = (str(run.summary["scenario"]) for run in (found.before, found.after))
    names = (found.before.folder.name, found.after.folder.name) if before == after else (before, after)
    return Group(
        Text(f"From {names[0]} to {names[1]}", style="bold"),
        *_inputs(found.inputs),
        _totals(found.totals, words),
        *_moves(found.moves, words),
        *_limits(found.limits, words),
        *_tight(found.tight),
    )


def comparison_facts(found: Comparison) -> dict[str, object]:
    """The same as plain values."""
    frames = {name: getattr(found, name) for name in ("inputs", "totals", "moves", "limits", "tight")}
    records = {
        name: frame.astype(object).where(frame.notna(), None).to_dict("records") for name, frame in frames.items()
    }
    return {"before": found.before.folder.name, "after": found.after.folder.name, **records}


def _inputs(inputs: pd.DataFrame) -> Iterator[RenderableType]:
    if inputs.empty:
        yield Text("Nothing was asked differently.")
        yield Text("")
        return
    grid = _grid("Asked differently", "Before", "After")
    for row in inputs.head(MOST_INPUTS).to_dict("records"):
        grid.add_row(Text(f"{row['where']}: {row['what']}"), Text(_cell(row["before"])), Text(_cell(row["after"])))
    yield grid
    if len(inputs) > MOST_INPUTS:
        yield Text(f"and {len(inputs) - MOST_INPUTS:,} more values (--json lists all)", style="dim")
    yield Text("")


def _totals(totals: pd.DataFrame, words: Words) -> RenderableType:
    grid = _grid("", "Before", "Change", "After")
    for row in totals.to_dict("records"):
        written = _written(str(row["total"]), words)
        amounts = (written(row["before"]), signed(written, row["change"]), written(row["after"]))
        grid.add_row(_LABELS[str(row["total"])], *amounts)
    return Group(grid, Text(""))


def _moves(moves: pd.DataFrame, words: Words) -> Iterator[RenderableType]:
    if moves.empty:
        yield Text("No money moved.")
        return
    grid = _grid("Where money moved", "Before", "Change", "After", "Why")
    grid.columns[4].justify = "left"
    for row in moves.head(MOST_MOVES).to_dict("records"):
        name = f"{row['location']} {row['service_line']}, {row['channel']}"
        amounts = (words.money(row["before"]), signed(words.money, row["change"]), words.money(row["after"]))
        grid.add_row(Text(name), *amounts, Text(str(row["reason"])))
    yield grid
    rest = moves["change"].iloc[MOST_MOVES:]
    if len(rest):
        text = f"and {len(rest)} more campaigns: {signed(words.money, rest[rest > 0].sum())} in all where it rises,"
        yield Text(f"{text} {words.money(rest[rest < 0].sum())} where it falls", style="dim")
    yield Text("")


def _limits(limits: pd.DataFrame, words: Words) -> Iterator[RenderableType]:
    """Goals and limits of which other amounts are asked or reached; of many weeks the one that differs most."""
    if limits.empty:
        return
    apart = (limits["achieved_after"] - limits["achieved_before"]).abs().fillna(np.inf)
    limits = limits.loc[apart.groupby([limits["name"], limits["side"]], sort=False).idxmax()]
    grid = _grid("Goals and limits", "Asked before", "Reached", "Asked after", "Reached")
    for row in limits.head(MOST_LIMITS).to_dict("records"):
        columns = ("asked_before", "achieved_before", "asked_after", "achieved_after")
        amounts = ("-" if math.isnan(row[at]) else words.quantity(str(row["quantity"]), row[at]) for at in columns)
        least = "at least" if row["side"] == "min" else "at most"
        week = "" if row["weeks"] == ALL_WEEKS else f", {row['weeks']}"
        grid.add_row(Text(f"{row['name']}, {least}{week}"), *amounts)
    yield grid
    if len(limits) > MOST_LIMITS:
        yield Text(f"and {len(limits) - MOST_LIMITS:,} more (--json lists all)", style="dim")
    yield Text("")


def _tight(tight: pd.DataFrame) -> Iterator[RenderableType]:
    """Places that are tight in one of the two only."""
    new, gone = (tight.loc[tight[here].notna() & tight[there].isna(), "place"] for here, there in _SIDES)
    if len(new):
        yield Text(f"Now among the tightest: {', '.join(new)}.")
    if len(gone):
        yield Text(f"No longer among the tightest: {', '.join(gone)}.")


_SIDES = (("after", "before"), ("before", "after"))


def _words(run: Run) -> Words:
    return Words(str(run.summary["currency"]), Objective(str(run.summary["objective"])))


def _total(run: Run, plan: str, name: str) -> float:
    return float(run.summary[plan][name])  # type: ignore[index]


def _written(name: str, words: Words) -> Callable[[float], str]:
    return {"spend": words.money, "value": words.value}.get(name, count)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e5 else f"{value:,.0f}"
    return "not given" if value is None else str(value)


def _grid(*headers: str) -> Grid:
    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for position, header in enumerate(headers):
        grid.add_column(Text(header), justify="right" if position else "left", overflow="fold")
    return grid
