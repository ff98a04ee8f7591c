"""The sheets of a quarter: its plans side by side, the best plan over the budget, and what the plan hangs on."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from optimizer.plan.runs import Run
from optimizer.report.frontier import MOST_NAMED
from optimizer.report.quarter import limiting, missed_and_moves, next_unit, planned_worth, plans
from optimizer.report.sensitivity import NOTE, both_sides, remarks, variant_of
from optimizer.report.workbook.cells import At, Cell, Column, number, numbers, ratio, texts
from optimizer.report.workbook.page import Block, Page
from optimizer.report.workbook.source import Source
from optimizer.study.quarter_files import Quarter

BUDGETS, FRONTIER, SENSITIVITIES = "Budgets", "Frontier", "Sensitivities"
TODAY = "Today's spend"
OWN = "Plan, the scenario's own budget"


def fill(pages: Mapping[str, Page], source: Source, quarter: Quarter, totals: Block) -> dict[str, Block]:
    """Fill the sheets of a quarter; the tables that tie out by name."""
    sensitivities(pages[SENSITIVITIES], source, quarter, totals)
    frontier(pages[FRONTIER], source, quarter)
    return {"budgets": budgets(pages[BUDGETS], source, quarter)}


def budgets(page: Page, source: Source, quarter: Quarter) -> Block:
    """One row for today and one for each budget: what is spent, what it brings, and what the next money would."""
    page.prose = (9, 150)
    page.title(
        "Budgets: the plans of the quarter side by side",
        f"{plans(quarter).note} Each plan is a run of its own in the folder 'budgets' of the quarter, proven and"
        " checked; 'Comparison' shows campaign by campaign what they do differently. Figures are expected values.",
    )
    base: Mapping[str, Any] = quarter.base.summary
    runs = [budget.run for budget in quarter.budgets]
    totals = [base["today"], *(run.summary["plan"] if run else {} for run in runs)]
    value = "value" if source.is_money else "exact"
    amounts: list[Cell] = [None, *(budget.amount for budget in quarter.budgets)]
    columns = [
        Column("plan", "Plan", "text", [TODAY, *(_name(quarter, run) for run in runs)], width=34),
        Column("budget", "Budget", "cents", amounts, width=16),
        _total("spend", "Spend", "cents", totals),
        Column("left", "Not spent", "cents", formula=_left_formula, gives=_left, width=15),
        *(_total(name, label, "count", totals) for name, label in _COUNTS.items()),
        _total("value", "Value", value, totals),
        ratio("cost", "Spend per visit", "cents", "spend", "visits"),
        _next_unit(source, [None, *(next_unit(run) if run else None for run in runs)]),
    ]
    block = page.table(columns)
    page.skip()
    _steps(page, source, block)
    page.skip()
    page.heading("What limits them")
    for point in limiting(quarter).points:
        page.note(point)
    page.freeze_title(1)
    return block


_COUNTS = {"visits": "Completed visits", "bookings": "Bookings", "leads": "Leads"}


def _per_money(source: Source) -> str:
    """How value for a unit of money looks."""
    return "cents" if source.is_money else "ratio"


def _name(quarter: Quarter, run: Run | None) -> str:
    if run is None:
        return "No plan"
    return OWN if run.folder == quarter.base.folder else "Plan"


def _total(name: str, header: str, style: str, totals: Sequence[Mapping[str, float]]) -> Column:
    return Column(name, header, style, [total.get(name) for total in totals], width=16)


def _next_unit(source: Source, cells: Sequence[Cell]) -> Column:
    return Column("next", f"Next {source.words.next_money} adds", _per_money(source), cells)


def _left_formula(at: At) -> str:
    return f'=IF(OR({at["budget"]}="",{at["spend"]}=""),"",{at["budget"]}-{at["spend"]})'


def _left(row: Mapping[str, Cell]) -> Cell:
    return "" if row["budget"] is None or row["spend"] is None else number(row["budget"]) - number(row["spend"])


def _steps(page: Page, source: Source, block: Block) -> None:
    """From each plan to the next higher one: what the further money brings."""
    rows = [row for row, spend in enumerate(block.cells["spend"]) if row and spend is not None]
    if len(rows) < 2:
        return
    page.heading("From each budget to the next: what the further money brings")
    pairs = list(itertools.pairwise(rows))
    looks = {"spend": "cents", "visits": "count", "value": "value" if source.is_money else "exact"}
    names = [source.words.money(number(amount)) for amount in block.cells["budget"]]
    named = [f"from {names[low]} to {names[high]}" for low, high in pairs]
    differences = [_difference(block, name, look, pairs) for name, look in looks.items()]
    page.table([
        Column("step", "Step", "text", named, width=34),
        *differences,
        ratio("return", "Value for each further unit of money", _per_money(source), "value", "spend", width=16),
        ratio("cost", "Spend for each further visit", "cents", "spend", "visits", width=16),
    ])  # fmt: skip


def _difference(block: Block, name: str, style: str, pairs: Sequence[tuple[int, int]]) -> Column:
    """What a total rises by from one row of the plans to another."""
    cells, letter = block.cells[name], block.letters[name]
    rises: list[Cell] = [number(cells[high]) - number(cells[low]) for low, high in pairs]
    formulas = [f"={letter}{block.first + high}-{letter}{block.first + low}" for low, high in pairs]
    headers = {"spend": "Further spend", "visits": "Further visits", "value": "Further value"}
    return Column(name, headers[name], style, rises, formulas=formulas, width=16)


def frontier(page: Page, source: Source, quarter: Quarter) -> None:
    """The best plan at each budget, and the plans of the quarter on the same chart."""
    page.title(
        "Frontier: the best plan at each budget",
        "frontier.csv of the quarter. Each row is a plan of its own, proven and checked; a better one is worth at most"
        " what stands under 'At most better by'. Plans of the quarter are made on finer steps and may differ from the"
        " row of their budget by as much.",
    )
    table, value = quarter.frontier, "value" if source.is_money else "exact"
    planned = [_planned_at(quarter, float(amount)) for amount in table["budget"]]
    columns = [
        Column("budget", "Budget", "money", numbers(table["budget"]), width=16),
        Column("spend", "Spend", "cents", numbers(table["spend"]), width=16),
        Column("visits", "Completed visits", "count", numbers(table["visits"])),
        Column("value", "Value of the best plan", value, numbers(table["value"]), width=16),
        Column("planned", "Value of the plan of the quarter", value, planned, width=16),
        Column("gap", "At most better by", value, numbers(table["gap"])),
        _next_unit(source, numbers(table["next_unit"])),
        Column("begins", "What begins to limit the plan", "wrapped", _begins(table), width=70),
    ]
    header = page.row
    block = page.table(columns)
    page.freeze(header + 1, 1)
    page.skip()
    series = [("Best plan", block.of("value")), ("Plans of the quarter", block.of("planned"))]
    titles = ("Value of the best plan over the budget", "Budget", "Value")
    formats = (page.styles.thousands, page.styles.thousands if source.is_money else "#,##0")
    page.scatter(titles, formats, block.of("budget"), series, _round_below(table["value"].dropna()), page.row)


def _round_below(values: pd.Series) -> float:
    """A round number below all values, from which their differences can be seen."""
    span = float(values.max() - values.min()) if len(values) else 0.0
    if span <= 0:
        return 0.0
    unit = 10.0 ** math.floor(math.log10(span))
    return math.floor(float(values.min()) / unit) * unit


def _planned_at(quarter: Quarter, amount: float) -> Cell:
    """Value of the quarter's plan at a budget; blank where it has none."""
    found: list[Cell] = [
        float(budget.run.summary["plan"]["value"])  # type: ignore[index]
        for budget in quarter.budgets
        if budget.run and abs(budget.amount - amount) < 0.01
    ]
    return found[0] if found else None


def _begins(table: pd.DataFrame) -> list[Cell]:
    """What begins to limit each point, or why there is none."""
    told: list[Cell] = []
    for refusal, begins in zip(table["refusal"], table["begins"], strict=True):
        places = begins.split("; ")
        more = f" and {len(places) - MOST_NAMED} more" if len(places) > MOST_NAMED else ""
        told.append(refusal or ", ".join(places[:MOST_NAMED]) + more)
    return told


def sensitivities(page: Page, source: Source, quarter: Quarter, totals: Block) -> None:
    """What the plan brings if an input is not what the scenario says, kept and planned anew, largest loss drawn."""
    page.prose = (6, 150)
    page.title(
        "Sensitivities: what the plan hangs on",
        " ".join(["sensitivity.csv of the quarter.", NOTE, *remarks(quarter.sensitivity, source.words)]),
    )
    compared = _compared(page, source, quarter, totals)
    page.skip()
    _cases(page, source, quarter, compared)
    page.skip()
    _tornado(page, source, quarter)


def _compared(page: Page, source: Source, quarter: Quarter, totals: Block) -> str:
    """The worth by which plans are compared: value less what missed goals and moves count; its address."""
    value, missed = float(source.summary["plan"]["value"]), missed_and_moves(quarter.base)
    style = "value" if source.is_money else "exact"
    first = page.row
    for label, amount, formula in (
        ("Value of the plan", value, f"={totals.cell('plan', 'value')}"),
        ("less what missed goals and moves count", missed, ""),
        ("Worth as the scenario says", value - missed, f"=B{first}-B{first + 1}"),
    ):
        page.write(page.row, 0, label, "label")
        page.write(page.row, 1, amount, style, formula)
        page.row += 1
    return f"$B${first + 2}"


def _cases(page: Page, source: Source, quarter: Quarter, compared: str) -> None:
    table, planned = quarter.sensitivity, planned_worth(quarter.base)
    style = "value" if source.is_money else "exact"
    page.table([
        Column("if", "If", "text", [variant_of(row).words for row in table.to_dict("records")], width=44),
        Column("kept", "This plan", style, numbers(table["kept"]), width=16),
        Column("change", "Change", style, formula=lambda at: f"={at['kept']}-{compared}",
               gives=lambda row: number(row["kept"]) - planned, width=16),
        Column("broken", "Limits that it would break", "text", texts(table["broken"]), width=28),
        Column("best", "Planned anew", style, numbers(table["best"]), width=16),
        Column("gain", "Gain of planning anew", style, formula=_gain_formula, gives=_gain, width=16),
        Column("moved", "Money that moves", "cents", numbers(table["moved"]), width=16),
    ])  # fmt: skip


def _gain_formula(at: At) -> str:
    blank = f'OR({at["broken"]}<>"",{at["best"]}="")'
    return f'=IF({blank},"",IF({at["best"]}<{at["kept"]},0,{at["best"]}-{at["kept"]}))'


def _gain(row: Mapping[str, Cell]) -> Cell:
    if row["broken"] or row["best"] is None:
        return ""
    return max(number(row["best"]) - number(row["kept"]), 0.0)


def _tornado(page: Page, source: Source, quarter: Quarter) -> None:
    """Both sides of each input on one line, the one that moves the plan most first."""
    pairs = both_sides(quarter.sensitivity, planned_worth(quarter.base))
    if pairs.empty:
        return
    page.heading("Change of what the plan is worth if it is kept")
    style = "value" if source.is_money else "exact"
    block = page.table([
        Column("input", "Input", "text", texts(pairs["label"]), width=44),
        Column("lower", "Input lower", style, numbers(pairs["kept_lower"]), width=16),
        Column("higher", "Input higher", style, numbers(pairs["kept_higher"]), width=16),
    ])  # fmt: skip
    series = [("Input lower", block.of("lower")), ("Input higher", block.of("higher"))]
    page.chart(
        "bar",
        "Change of what the plan is worth if it is kept",
        block.of("input"),
        series,
        (block.first - 1, 4),
        num_format=page.styles.thousands if source.is_money else "#,##0",
        height=140 + 26 * len(pairs),
        width=620,
        overlap=100,
    )
