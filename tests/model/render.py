"""Rows of a family as text with the names of the business, and the golden files that they are compared with.

A line is ``row: coefficient * column + coefficient * column <= limit``; a name is the noun of the block and the labels
of its position. Order is of no meaning, neither of lines nor of terms, so both sides are sorted.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from optimizer.lp.blocks import ColumnBlock, RowBlock
from optimizer.model.change_cost import moved
from optimizer.model.columns import columns
from optimizer.model.families import WHOLE, Family
from optimizer.model.setting import established, planning
from optimizer.model.soft_limits import shortfall
from optimizer.scenario.read import Scenario

GOLDEN = Path(__file__).with_name("golden")


def rendered(scenario: Scenario, family: Family) -> list[str]:
    """The rows of a family, sorted."""
    setting = planning(established(scenario))
    stated = columns(setting)
    whole = [block(setting) for block in WHOLE.values()]
    given = (*stated.blocks(), moved(setting), shortfall(setting, stated), *whole)
    blocks = {block.name: block for block in given}
    return lines(family(setting, stated), blocks)


def golden(family: str) -> list[str]:
    """The rows that a family must have, sorted; lines that begin with ``#`` say why they are right."""
    text = (GOLDEN / f"{family}.txt").read_text(encoding="utf-8")
    return sorted(_sorted_terms(line) for line in text.splitlines() if line.strip() and not line.startswith("#"))


def lines(block: RowBlock, columns_by_name: dict[str, ColumnBlock]) -> list[str]:
    """One line per row of a block, sorted; coefficients of the same column are added, zeros left out."""
    coefficients: list[dict[str, float]] = [{} for _ in range(len(block))]
    for part in block.terms:
        for row, column, value in zip(part.rows, part.columns, part.values, strict=True):
            name = _name(columns_by_name[part.block], int(column))
            coefficients[row][name] = coefficients[row].get(name, 0.0) + float(value)
    return sorted(_line(block, row, terms) for row, terms in enumerate(coefficients))


def _line(block: RowBlock, row: int, terms: dict[str, float]) -> str:
    total = " + ".join(f"{value:.9g} * {name}" for name, value in terms.items() if value != 0) or "0"
    lower, upper = float(block.lower[row]) + 0.0, float(block.upper[row]) + 0.0  # no minus zero
    if lower == upper:
        sides = f"{total} = {upper:.9g}"
    else:
        least = f"{lower:.9g} <= " if np.isfinite(lower) else ""
        most = f" <= {upper:.9g}" if np.isfinite(upper) else ""
        sides = f"{least}{total}{most}"
    return _sorted_terms(f"{_name(block, row)}: {sides}")


def _name(block: RowBlock | ColumnBlock, position: int) -> str:
    return f"{block.name}[{', '.join(block.labels.at(position).values())}]"


def _sorted_terms(line: str) -> str:
    name, _, sides = line.partition(": ")
    parts = re.split("( <= | = )", sides)
    return name + ": " + "".join(" + ".join(sorted(part.split(" + "))) for part in parts)
