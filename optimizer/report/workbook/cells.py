"""Columns of a table on a sheet: what their cells show, and the formulas behind those that are computed there.

A formula always comes with what it gives, so that readers who do not compute show the same number as those who do.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

At = Mapping[str, str]
"""Address of each column's cell in a row, by the column's key."""
Cell = str | float | None
"""What a cell shows; ``None`` is blank."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        key: Name by which formulas refer to it.
        header: What stands above it.
        style: How its cells look: ``text``, ``wrapped``, ``money``, ``cents``, ``value``, ``count``, ``whole``,
            ``percent``, ``ratio``, ``date``.
        cells: What each row shows; found by ``gives`` where there are none.
        formula: The formula of a cell, from the addresses in its row; a plain cell where there is none.
        gives: What the formula gives, from the numbers in its row.
        total: ``sum`` of the rows, the ``same`` formula over the totals, or nothing.
        width: Width in characters.
        styles: How the cell of each row looks, where rows differ.
        formulas: The formula of each row, where rows differ.
    """

    key: str
    header: str
    style: str
    cells: Sequence[Cell] | None = None
    formula: Callable[[At], str] | None = None
    gives: Callable[[Mapping[str, Cell]], Cell] | None = None
    total: str = ""
    width: float = 12
    styles: Sequence[str] | None = None
    formulas: Sequence[str] | None = None


def numbers(values: Sequence[float] | np.ndarray | pd.Series) -> list[Cell]:
    """Numbers as cells; blank where there is none."""
    return [None if np.isnan(number) else float(number) for number in np.asarray(values, dtype=float)]


def texts(values: Iterable[object]) -> list[Cell]:
    """Labels and sentences as cells."""
    return [str(value) for value in values]


def less(key: str, header: str, style: str, left: str, right: str, **more: Any) -> Column:
    """One column less another."""
    return Column(
        key,
        header,
        style,
        formula=lambda at: f"={at[left]}-{at[right]}",
        gives=lambda row: number(row[left]) - number(row[right]),
        total="same",
        **more,
    )


def ratio(key: str, header: str, style: str, above: str, below: str, **more: Any) -> Column:
    """One column over another; blank where the other is nothing."""
    return Column(
        key,
        header,
        style,
        formula=lambda at: f'=IF({at[below]}=0,"",{at[above]}/{at[below]})',
        gives=lambda row: number(row[above]) / number(row[below]) if number(row[below]) else "",
        total="same",
        **more,
    )


def product(key: str, header: str, style: str, left: str, right: str, **more: Any) -> Column:
    """One column times another, summed below."""
    return Column(
        key,
        header,
        style,
        formula=lambda at: f"={at[left]}*{at[right]}",
        gives=lambda row: number(row[left]) * number(row[right]),
        total="sum",
        **more,
    )


def number(cell: Cell) -> float:
    """A cell as a formula counts it: blank and text are nothing."""
    return float(cell) if isinstance(cell, (int, float)) else 0.0


def serial(date: dt.date) -> float:
    """A date as a spreadsheet counts it."""
    return float((date - dt.date(1899, 12, 30)).days)


def date_of(cell: Cell) -> dt.date:
    """The date that a spreadsheet counts so."""
    return dt.date(1899, 12, 30) + dt.timedelta(days=number(cell))


_LITERAL = re.compile(r"[^\W\d_][^\d*?~<>=]{0,200}")
_SPOKEN = {"true", "false"}


def is_literal(labels: Iterable[object]) -> bool:
    """Whether SUMIFS matches each label with itself alone: no wildcard, no sign, no number, no two that differ in case.

    It takes a label as a condition: ``>5`` asks for numbers above five, ``*`` for anything, and case does not count.
    """
    found = {str(label) for label in labels}
    folded = {label.casefold() for label in found}
    return len(folded) == len(found) and not _SPOKEN & folded and all(_LITERAL.fullmatch(label) for label in found)


@dataclass(frozen=True)
class Condition:
    """Rows of a data sheet that count: those whose label is that of a cell.

    Attributes:
        labels: Range of the labels.
        cell: Address of the cell.
        literal: Whether SUMIFS matches every label with itself alone.
        is_number: Whether the labels are numbers, as dates are.
    """

    labels: str
    cell: str
    literal: bool
    is_number: bool = False

    @property
    def exact(self) -> str:
        """The condition to the letter, for each row."""
        return f"({self.labels}={self.cell})" if self.is_number else f"EXACT({self.labels},{self.cell})"


def sum_where(values: str, *conditions: Condition) -> str:
    """The formula of a sum over the rows of a data sheet that meet all conditions, label by label to the letter."""
    if all(condition.literal for condition in conditions):
        asked = ",".join(f"{condition.labels},{condition.cell}" for condition in conditions)
        return f"SUMIFS({values},{asked})"
    exact = "*".join(condition.exact for condition in conditions)
    return f"SUMPRODUCT({exact}*{values})"
