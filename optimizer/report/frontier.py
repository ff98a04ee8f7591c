"""The best plans over one number, on a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from optimizer.plan.words import Words, count
from optimizer.scenario.definition import Objective
from optimizer.study.frontier import BUDGET, Frontier, Point

MOST_NAMED = 4
"""Places that are named where they begin to limit the plan; all are in the JSON."""


def frontier_facts(found: Frontier) -> dict[str, object]:
    """The frontier as plain values; ``None`` where there is no plan."""
    definition = found.scenario.definition
    return {
        "scenario": definition.name,
        "currency": definition.currency,
        "objective": definition.objective.value,
        "over": found.over,
        "enough": found.enough,
        "points": [_facts(point) for point in found.points],
    }


def _facts(point: Point) -> dict[str, object]:
    outcome = point.outcome
    return {
        "share": point.share,
        "amount": point.amount,
        "spend": outcome.total_spend if outcome else None,
        "value": outcome.value if outcome else None,
        "visits": float(outcome.visits.sum()) if outcome else None,
        "gap": point.gap if outcome else None,
        "next_unit_of_budget": point.next_unit,
        "binding": list(point.binding),
        "begins": list(point.begins),
        "refusal": point.refusal or None,
    }


def frontier_screen(found: Frontier) -> RenderableType:
    """A row per point, and from where on which places limit the plan."""
    definition = found.scenario.definition
    words = Words.of(definition)
    title = f"{definition.title or definition.name}: the best plan over {_over(found)}"
    return Group(
        Text(title, style="bold"),
        *([Text("Made-up data for demonstration.")] if definition.synthetic else []),
        Text(""),
        _table(found, words),
        Text(""),
        *_beginnings(found, words),
        *_enough(found, words),
        Padding(Text(_proof(found), style="dim"), (1, 0, 0, 0), expand=False),
    )


def _over(found: Frontier) -> str:
    return "the budget" if found.over == BUDGET else found.over


def _table(found: Frontier, words: Words) -> RenderableType:
    is_budget, valued = found.over == BUDGET, words.objective is not Objective.MIN_SPEND
    headers = ["Budget" if is_budget else "Value", "Spend", "Completed visits", *(["Value of plan"] if valued else [])]
    headers += [f"Next {words.next_money} adds"] if is_budget and valued else []
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for header in headers:
        table.add_column(Text(header), justify="right")
    for point in found.points:
        if point.outcome is None:
            table.add_row(_at(found, point, words), Text(point.refusal))
            continue
        cells = [words.money(point.outcome.total_spend), count(float(point.outcome.visits.sum()))]
        cells += [words.value(point.outcome.value)] if valued else []
        cells += [words.return_of(point.next_unit or 0.0)] if is_budget and valued else []
        table.add_row(_at(found, point, words), *cells)
    return table


def _at(found: Frontier, point: Point, words: Words) -> str:
    if point.amount is None:
        return f"{point.share:,.4g} times"
    if found.over.startswith("budget."):
        return words.money(point.amount)
    return f"{point.amount:,.6g}"


def _beginnings(found: Frontier, words: Words) -> Iterable[RenderableType]:
    """Points at which something begins to limit the plan."""
    planned = [point for point in found.points if point.outcome]
    told = [point for point in planned if point.begins]
    if not told:
        return
    yield Text("What limits the plan, and from where on", style="bold")
    for point in told:
        names = ", ".join(point.begins[:MOST_NAMED])
        more = f" and {len(point.begins) - MOST_NAMED} more" if len(point.begins) > MOST_NAMED else ""
        yield Text(f"  {'At' if point is planned[0] else 'From'} {_at(found, point, words)}: {names}{more}")


def _enough(found: Frontier, words: Words) -> Iterable[RenderableType]:
    if found.enough is not None:
        yield Text("")
        yield Text(f"More than {words.money(found.enough)} brings nothing: no campaign can use more of it at a gain.")


def _proof(found: Frontier) -> str:
    shares = [point.gap / max(abs(point.outcome.value), 1.0) for point in found.points if point.outcome]
    if not shares:
        return "There is no plan at any of these."
    return (
        f"Each row is a plan of its own, proven within {_up(max(shares)) * 100:.2f} % of the best and checked apart"
        " from the solver. A place is named at the first row at which it limits the plan; it may begin to between that"
        " row and the one before."
    )


def _up(share: float) -> float:
    """A share rounded up to hundredths of a per cent."""
    return math.ceil(share * 10_000) / 10_000
