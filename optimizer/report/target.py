"""The least spend that reaches goals, on a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from optimizer.plan.words import Words, count, signed
from optimizer.study.target import Target


def target_facts(found: Target) -> dict[str, object]:
    """The target as plain values; ``one_more`` is ``None`` where one more is out of reach."""
    return {
        "scenario": found.plan.scenario.definition.name,
        "currency": found.plan.scenario.definition.currency,
        "spend": found.plan.spend,
        "today": found.plan.today.total_spend,
        "budget": found.budget,
        "goals": [
            {"goal": goal.name, "asked": goal.asked, "reached": goal.reached, "one_more": goal.one_more}
            for goal in found.goals
        ],
    }


def target_screen(found: Target) -> RenderableType:
    """What the goals cost, against today and the budget, and what one more of each would."""
    definition = found.plan.scenario.definition
    words = Words.of(definition)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for position, header in enumerate(("Goal", "At least", "Reached", "One more costs")):
        table.add_column(Text(header), justify="right" if position else "left")
    for goal in found.goals:
        more = "out of reach" if goal.one_more is None else words.money(goal.one_more)
        table.add_row(Text(goal.name), count(goal.asked), count(goal.reached), more)
    spend, today = found.plan.spend, found.plan.today.total_spend
    against = signed(words.money, spend - found.budget)
    return Group(
        Text(f"{definition.title or definition.name}: the least spend that reaches the goals", style="bold"),
        Text(""),
        Text(f"{words.money(spend, cents=True)}, {signed(words.money, spend - today)} against today's spend"),
        Text(f"and {against} against the budget of {words.money(found.budget)}."),
        Text(""),
        table,
        Padding(Text("What one more costs was solved for.", style="dim"), (1, 0, 1, 0), expand=False),
    )
