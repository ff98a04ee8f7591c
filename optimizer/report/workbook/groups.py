"""Rows of a data sheet, summed by what they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from optimizer.report.workbook.cells import At, Cell, Column, Condition, is_literal, less, number, ratio, sum_where
from optimizer.report.workbook.page import Block

Label = tuple[Cell, ...]


@dataclass(frozen=True)
class Groups:
    """Groups of rows.

    Attributes:
        data: The sheet that is summed.
        by: Its columns by which rows are told apart.
        labels: What each group has in these columns.
    """

    data: Block
    by: tuple[str, ...]
    labels: Sequence[Label]

    @classmethod
    def of(cls, data: Block, *by: str) -> Groups:
        """All groups of some columns, in their order."""
        found = set(zip(*(data.cells[name] for name in by), strict=True))
        return cls(data, by, sorted(found, key=lambda label: [(str(part), number(part)) for part in label]))

    @cached_property
    def _kinds(self) -> dict[str, tuple[bool, bool]]:
        """Of each column whether SUMIFS tells its labels apart, and whether they are numbers."""
        kinds = {}
        for name in self.by:
            cells = set(self.data.cells[name])
            are_numbers = not any(isinstance(cell, str) for cell in cells)
            kinds[name] = (are_numbers or is_literal(cells), are_numbers)
        return kinds

    def column(self, name: str, header: str, style: str, width: float) -> Column:
        """The labels of one of the columns."""
        place = self.by.index(name)
        return Column(name, header, style, [label[place] for label in self.labels], width=width)

    def sum(self, key: str, header: str, style: str, width: float = 14) -> Column:
        """Live sums of a column of the data."""
        totals = dict.fromkeys(self.labels, 0.0)
        rows = zip(*(self.data.cells[name] for name in self.by), strict=True)
        for label, cell in zip(rows, self.data.cells[key], strict=True):
            if label in totals:
                totals[label] += number(cell)

        def formula(at: At) -> str:
            asked = [Condition(self.data.of(name), at[name], *self._kinds[name]) for name in self.by]
            return "=" + sum_where(self.data.of(key), *asked)

        return Column(key, header, style, list(totals.values()), formula, total="sum", width=width)

    def spend(self) -> list[Column]:
        """Spend today and in the plan, and the change."""
        return [
            self.sum("today", "Today's spend", "cents"),
            self.sum("plan", "Planned spend", "cents"),
            less("change", "Change", "cents", "plan", "today", width=13),
            ratio("share", "Change, %", "percent", "change", "today", width=9),
        ]

    def measures(self, value: str) -> list[Column]:
        """Spend, what it brings, and what a visit costs; ``value`` is how value looks."""
        return [
            *self.spend(),
            self.sum("leads", "Leads", "count"),
            self.sum("bookings", "Bookings", "count"),
            self.sum("visits", "Completed visits", "count"),
            self.sum("value", "Value before spend", value),
            ratio("cac", "Spend per visit (CAC)", "cents", "plan", "visits", width=11),
        ]
