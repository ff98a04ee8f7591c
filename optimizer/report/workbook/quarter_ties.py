"""What must tie out of a quarter: its plans side by side, and what their own sheets say."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.report.workbook.cells import number
from optimizer.report.workbook.comparison import TOTALS
from optimizer.report.workbook.page import Block
from optimizer.report.workbook.quarter_sheets import OWN
from optimizer.report.workbook.source import Source
from optimizer.report.workbook.ties import Blocks, Tie


def budget_ties(source: Source, blocks: Blocks, compared: Sequence[tuple[Block, Block]]) -> list[Tie]:
    """The plans of a quarter side by side: the base as the run says, the others as the comparison with them does.

    Args:
        source: The run.
        blocks: Tables of the workbook by name; no ties without those of a quarter.
        compared: Totals and moves of each comparison with a run, the other budgets first.
    """
    if "budgets" not in blocks:
        return []
    budgets, totals = blocks["budgets"], blocks["totals"]
    rows = [row for row, spend in enumerate(budgets.cells["spend"]) if spend is not None]
    own = list(budgets.cells["plan"]).index(OWN)
    stated = {0: [("today", totals.cell("today", name)) for name in _COMPARED]}
    stated[own] = [("plan", totals.cell("plan", name)) for name in _COMPARED]
    found = [
        _as_stated(budgets, row, name, float(source.summary[plan][name]), cell)
        for row, cells in stated.items()
        for name, (plan, cell) in zip(_COMPARED, cells, strict=True)
    ]
    for row, (others, _) in zip([row for row in rows if row not in stated], compared, strict=False):
        labels = {_COMPARED_AS[name]: name for name in _COMPARED}
        for label, before in zip(others.cells["total"], others.cells["before"], strict=True):
            if label in labels:
                cell = others.cell("before", str(label))
                found.append(_as_stated(budgets, row, labels[str(label)], number(before), cell))
    return found


_COMPARED = ("spend", "visits", "value")
_COMPARED_AS = {name: TOTALS[name][0] for name in _COMPARED}


def _as_stated(budgets: Block, row: int, name: str, stated: float, cell: str) -> Tie:
    """One number of the plans side by side."""
    address = f"'{budgets.sheet}'!${budgets.letters[name]}${budgets.first + row}"
    amount = budgets.cells["budget"][row]
    at = "today" if amount is None else f"at a budget of {number(amount):,.2f}"
    style = "cents" if name == "spend" else "exact"
    return Tie(
        f"{TOTALS[name][0]} {at}",
        budgets.sheet,
        address,
        number(budgets.cells[name][row]),
        stated,
        0.0,
        style,
        total=cell,
    )
