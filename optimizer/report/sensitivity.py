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
    " planning anew is worth. Moves: money that it puts elsewhere. Each row is a plan of its own, proven and checked."
    " At a cost per lead of +20 % the same money brings 1/1.2 of the leads."
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
            "this_plan": row["kept"],
            "limits_it_breaks": [name for name in row["broken"].split("; ") if name],
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
    """What planning anew is worth in a case; never below zero, as the best plan is only proven close to best.

    NaN where the two do not compare, as there is no best plan or this one breaks a limit.
    """
    return math.nan if row["broken"] or math.isnan(row["best"]) else float(max(row["best"] - row["kept"], 0.0))


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
    kept = (f"{words.value(row['kept'])}{'*' if row['broken'] else ''}", signed(words.value, row["kept"] - planned))
    if math.isnan(row["best"]):
        return (*kept, "no plan", "-", "-")
    gained = "-" if row["broken"] else words.value(round(gain(row), 2))
    return (*kept, words.value(row["best"]), gained, words.money(row["moved"]))


def variant_of(row: Row) -> Variant:
    """What is otherwise in a case."""
    return Variant(Input(row["input"]), float(row["share"]), str(row["service_line"]))


def both_sides(table: pd.DataFrame, planned: float) -> pd.DataFrame:
    """Both sides of each input on one row, the input that moves the plan most first.

    Args:
        table: The study.
        planned: What the plan is worth as everything is.

    Returns:
        Columns ``label``, and by how much the plan is worth more: ``kept_lower``, ``kept_higher``, and planned anew
        ``best_lower``, ``best_higher``; NaN where there is nothing to compare.
    """
    found: dict[str, dict[str, float]] = {}
    for row in table.to_dict("records"):
        variant = variant_of(row)
        side = "lower" if variant.share < 1 else "higher"
        label = f"{variant.name} ±{percent(abs(variant.share - 1))}"
        found.setdefault(label, {}).update({f"{name}_{side}": row[name] - planned for name in ("kept", "best")})
    columns = [f"{name}_{side}" for name in ("kept", "best") for side in ("lower", "higher")]
    pairs = pd.DataFrame.from_dict(found, orient="index", columns=columns, dtype=float)
    most = pairs[["kept_lower", "kept_higher"]].abs().max(axis=1)
    return pairs.loc[most.sort_values(ascending=False, kind="stable").index].rename_axis("label").reset_index()


def remarks(table: pd.DataFrame, words: Words) -> list[str]:
    """What could not be tried as it was meant."""
    told = []
    broken = sorted({name for listed in table["broken"] for name in listed.split("; ") if name})
    if broken:
        told.append(f"* Where it is kept, this plan would break {', '.join(broken)}; a plan made anew does not.")
    for row in table[table["capped"] > 0].to_dict("records"):
        told.append(f"With {variant_of(row).words}, {int(row['capped'])} rates would pass 100 % and stay there.")
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
    if row["broken"]:
        return f"{supposed}, this plan would break {row['broken'].replace('; ', ', ')}."
    if row["best"] <= 0:
        both = f"{words.value(row['kept'])} and the best plan {words.value(row['best'])}"
        return f"{supposed}, this plan would be worth {both}."
    cost = gain(row)
    if cost <= _NOTHING * row["best"]:
        return f"{supposed}, this plan would still be the best."
    share = percent(math.ceil(cost / row["best"] * 1000) / 1000)
    return f"{supposed}, this plan would still be within {share} of the best."
