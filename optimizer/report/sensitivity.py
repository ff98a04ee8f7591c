"""How a plan hangs on its softest inputs: a table, and what it comes to in sentences."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from rich.console import Group, RenderableType
from rich.text import Text

from optimizer.plan.words import Words, percent, signed
from optimizer.report.sections import Grid
from optimizer.report.text import laid_out
from optimizer.study.sensitivity import Sensitivity
from optimizer.study.variants import Input, Variant

HEADING = "If an input is not what the scenario says"
NOTE = (
    "This plan: what the plan of today's figures is worth if it is kept. Planned anew: the best plan then. Gain: what"
    " planning anew is worth. Moves: money that it puts elsewhere. Each row is a plan of its own, proven and checked;"
    " '-' where there is nothing to compare. At a cost per lead of +20 % the same money brings 1/1.2 of the leads."
)
_NOTHING = 1e-6
"""Share of the best plan's worth below which holding on costs nothing; above it, costs are rounded up."""

Row = Mapping[Hashable, Any]


def sensitivity_facts(found: Sensitivity) -> dict[str, object]:
    """The study as plain values; money in the scenario's currency, ``None`` where limits leave nothing to compare."""
    words = Words.of(found.plan.facts.definition)
    return {
        "scenario": found.plan.facts.definition.name,
        "currency": found.plan.facts.definition.currency,
        "value": found.plan.value,
        "value_less_missed_limits": found.planned,
        "spend": found.plan.spend,
        "cases": case_facts(found.table),
        "sentences": sentences(found.table, words),
    }


def case_facts(table: pd.DataFrame) -> list[dict[str, object]]:
    """The cases as plain values."""
    return [
        {
            "input": row["input"],
            "service_line": row["service_line"] or None,
            "share": row["share"],
            "this_plan": _plain(row["kept"]),
            "best_plan": _plain(row["best"]),
            "cost_of_holding_on": _plain(gain(row)),
            "money_moved": row["moved"],
            "rates_capped_at_1": int(row["capped"]),
        }
        for row in table.to_dict("records")
    ]


def _plain(amount: float) -> float | None:
    return None if math.isnan(amount) else amount


def gain(row: Row) -> float:
    """What planning anew is worth in a case; never below zero, as the best plan is only proven close to best."""
    return max(row["best"] - row["kept"], 0.0) if not math.isnan(row["best"] - row["kept"]) else math.nan


def sensitivity_screen(found: Sensitivity) -> RenderableType:
    """A table with a row per case, and what it comes to in sentences."""
    definition = found.plan.facts.definition
    words = Words.of(definition)
    title = f"{definition.title or definition.name}: how the plan hangs on its softest inputs"
    grid = laid_out(sensitivity_grid(found.table, found.planned, words))
    said = [Text(sentence) for sentence in sentences(found.table, words)]
    return Group(Text(title, style="bold"), Text(""), grid, *said)


def sensitivity_grid(table: pd.DataFrame, planned: float, words: Words) -> Grid:
    """One row per case.

    Args:
        table: The study (:attr:`optimizer.study.sensitivity.Sensitivity.table`).
        planned: What the plan is worth as everything is.
        words: How its numbers are written.
    """
    rows: list[tuple[str, ...]] = [("as the scenario says", words.value(planned), "", words.value(planned), "", "")]
    rows += [(variant_of(row).words, *_cells(row, planned, words)) for row in table.to_dict("records")]
    headers = ("If", "This plan", "Change", "Planned anew", "Gain", "Moves")
    return Grid(HEADING, headers, rows, " ".join([NOTE, *remarks(table, words)]))


def _cells(row: Row, planned: float, words: Words) -> tuple[str, ...]:
    if math.isnan(row["best"]):
        return ("-" if math.isnan(row["kept"]) else words.value(row["kept"]), "-", "no plan", "-", "-")
    moves = words.money(row["moved"])
    if math.isnan(row["kept"]):
        return "breaks a limit", "-", words.value(row["best"]), "-", moves
    change = signed(words.value, row["kept"] - planned)
    return words.value(row["kept"]), change, words.value(row["best"]), words.value(gain(row)), moves


def variant_of(row: Row) -> Variant:
    """What is otherwise in a case."""
    return Variant(Input(row["input"]), float(row["share"]), str(row["service_line"]))


def remarks(table: pd.DataFrame, words: Words) -> list[str]:
    """What could not be tried as it was meant."""
    told = []
    for row in table[table["capped"] > 0].to_dict("records"):
        told.append(f"{variant_of(row).words}: {int(row['capped'])} rates would pass 100 % and stay there.")
    if not words.objective.values_patients:
        told.append(f"What patients are worth is not tried: the objective '{words.objective.value}' does not count it.")
    return told


def sentences(table: pd.DataFrame, words: Words) -> list[str]:
    """What the cases of all lines together come to."""
    together = table[table["service_line"] == ""]
    return [_sentence(row, words) for row in together.to_dict("records")]


_IF = {
    Input.WORTH: ("patients were worth {share} less", "patients were worth {share} more"),
    Input.CONVERSION: ("{share} fewer leads booked", "{share} more leads booked"),
    Input.COST_PER_LEAD: ("leads cost {share} less", "leads cost {share} more"),
}
"""What is supposed, for a share below and above 1."""


def _sentence(row: Row, words: Words) -> str:
    variant = variant_of(row)
    supposed = f"If {_IF[variant.input][variant.share > 1].format(share=percent(abs(variant.share - 1)))}"
    if math.isnan(row["best"]):
        return f"{supposed}, no plan would meet every limit."
    if math.isnan(row["kept"]):
        return f"{supposed}, this plan would break a limit."
    if row["best"] <= 0:
        both = f"{words.value(row['kept'])} and the best plan {words.value(row['best'])}"
        return f"{supposed}, this plan would be worth {both}."
    cost = gain(row)
    if cost <= _NOTHING * row["best"]:
        return f"{supposed}, this plan would still be the best."
    share = percent(math.ceil(cost / row["best"] * 1000) / 1000)
    return f"{supposed}, this plan would still be within {share} of the best."
