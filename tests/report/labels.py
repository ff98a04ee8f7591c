"""Headings under which numbers stand, and those that the dictionary of measures defines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from optimizer.report.measures.dictionary import GROUPS
from optimizer.report.workbook.page import Page

MEASURES = [measure for group in GROUPS.values() for measure in group]
_NO_NUMBERS = ("text", "wrapped", "date", "month")


def defined(output: str) -> set[str]:
    """Headings of an output that the dictionary knows."""
    return {label for measure in MEASURES for label in measure.shown.get(output, ())}


def workbook_labels(monkeypatch: pytest.MonkeyPatch, write: Callable[[], object]) -> set[str]:
    """Headers of columns of numbers, and names of totals, of every table of a workbook while it is written."""
    labels: set[str] = set()
    table = Page.table

    def heard(page: Page, columns: Any, **more: Any) -> Any:
        for column in columns:
            if column.style not in _NO_NUMBERS and not column.key[:1].isdigit():
                labels.add(column.header)
        if columns[0].key in ("total", "name") and columns[0].header in ("", "Total"):
            labels.update(cell.strip() for cell in columns[0].cells)
        return table(page, columns, **more)

    monkeypatch.setattr(Page, "table", heard)
    write()
    return labels
