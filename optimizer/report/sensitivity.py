"""How a plan hangs on the worth of patients, on a terminal."""

from __future__ import annotations

import math

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from optimizer.plan.words import Words, percent
from optimizer.study.sensitivity import ALL_LINES, Case, Sensitivity


def sensitivity_facts(found: Sensitivity) -> dict[str, object]:
    """The study as plain values; money in the scenario's currency, ``None`` where limits leave nothing to compare."""
    return {
        "scenario": found.plan.facts.definition.name,
        "currency": found.plan.facts.definition.currency,
        "value": found.plan.value,
        "spend": found.plan.spend,
        "cases": [
            {
                "service_line": case.line or None,
                "worth": case.share,
                "best_plan": case.best,
                "this_plan": case.kept,
                "cost_of_holding_on": case.cost,
                "money_moved": case.moved,
            }
            for case in found.cases
        ],
        "sentence": sentence(found),
    }


def sensitivity_screen(found: Sensitivity) -> RenderableType:
    """A table with a row per case, and what it comes to in a sentence."""
    definition = found.plan.facts.definition
    words = Words.of(definition)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for position, header in enumerate(("Patients of", "Worth", "Best plan then", "This plan then", "Costs", "Moves")):
        table.add_column(Text(header), justify="right" if position else "left", no_wrap=True)
    for case in found.cases:
        table.add_row(Text(case.line or "all lines"), percent(case.share), *_amounts(case, words))
    explained = (
        "Costs: what holding on to this plan would cost. Moves: money that the best plan puts elsewhere. Each row is a"
        " plan of its own, proven and checked; '-' where no plan, or not this one, meets every limit then."
    )
    title = f"{definition.title or definition.name}: how the plan hangs on what patients are worth"
    note = Padding(Text(explained, style="dim"), (1, 0, 1, 0), expand=False)
    return Group(Text(title, style="bold"), Text(""), table, note, Text(sentence(found)))


def _amounts(case: Case, words: Words) -> list[str]:
    worth = ["-" if amount is None else words.money(amount) for amount in (case.best, case.kept, case.cost)]
    return [*worth, "-" if case.best is None else words.money(case.moved)]


def sentence(found: Sensitivity) -> str:
    """What the cases of all lines together come to."""
    words = Words.of(found.plan.facts.definition)
    together = [case for case in found.cases if case.line == ALL_LINES and case.share != 1]
    return " ".join(_sentence(case, words) for case in together)


def _sentence(case: Case, words: Words) -> str:
    change = f"{percent(abs(case.share - 1))} {'less' if case.share < 1 else 'more'}"
    if case.best is None:
        return f"If patients were worth {change}, no plan would meet every limit."
    if case.kept is None or case.cost is None:
        return f"If patients were worth {change}, this plan would break a limit."
    if case.best <= 0:
        both = f"{words.money(case.kept)} and the best plan {words.money(case.best)}"
        return f"If patients were worth {change}, this plan would be worth {both}."
    if case.cost <= _NOTHING * case.best:
        return f"If patients were worth {change}, this plan would still be the best."
    share = percent(math.ceil(case.cost / case.best * 1000) / 1000)
    return f"If patients were worth {change}, this plan would still be within {share} of the best."


_NOTHING = 1e-6
"""Share of the best plan's worth below which holding on costs nothing; above it, costs are rounded up."""
