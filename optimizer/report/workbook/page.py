"""A sheet that is filled from the top: titles, notes, tables and charts, with how it prints."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from optimizer.errors import StorageError
from optimizer.report.workbook.cells import Cell, Column, number
from optimizer.report.workbook.styles import Styles

_LONGEST = 32_767
"""Characters that a cell holds."""


@dataclass(frozen=True)
class Block:
    """A table as it stands on a sheet.

    Attributes:
        sheet: Name of the sheet.
        letters: Column letter of each key.
        first: Number of the first row.
        last: Number of the last row; below ``first`` where there is none.
        cells: What each row of a column shows.
        totals: What the row of totals shows.
    """

    sheet: str
    letters: Mapping[str, str]
    first: int
    last: int
    cells: Mapping[str, Sequence[Cell]]
    totals: Mapping[str, Cell]

    def of(self, key: str) -> str:
        """Address of a column's rows, for formulas on any sheet."""
        letter = self.letters[key]
        return f"'{self.sheet}'!${letter}${self.first}:${letter}${max(self.last, self.first)}"

    def total(self, key: str) -> str:
        """Address of a column's total."""
        return f"'{self.sheet}'!${self.letters[key]}${self.last + 1}"

    def cell(self, key: str, label: str) -> str:
        """Address of a column's cell in the row whose first cell is ``label``."""
        row = list(next(iter(self.cells.values()))).index(label)
        return f"'{self.sheet}'!${self.letters[key]}${self.first + row}"


class Page:
    """One sheet.

    Attributes:
        name: Its name.
        sheet: The sheet of XlsxWriter.
        row: Number of the next free row, from 1.
        prose: Last column over which prose runs, from 0, and the characters that a line of it holds.
    """

    def __init__(self, book: Workbook, sheet: Worksheet, styles: Styles) -> None:
        self.book, self.sheet, self.styles = book, sheet, styles
        self.name = str(sheet.get_name())
        self.row = 1
        self.prose = (7, 110)
        self._widths: dict[int, float] = {}

    def title(self, text: str, *notes: str) -> None:
        """The sheet's title, and below it what a reader must know."""
        self.write(self.row, 0, text, "title")
        self.sheet.set_row(self.row - 1, 22)
        self.row += 1
        for note in notes:
            self.note(note)
        self.skip()

    def heading(self, text: str) -> None:
        """What the next table shows."""
        self.write(self.row, 0, text, "heading")
        self.row += 1

    def note(self, text: str, style: str = "note") -> None:
        """Prose over several columns."""
        self._prose(0, text, style)
        self.row += 1

    def paragraph(self, label: str, text: str) -> None:
        """A label, and prose over several columns beside it."""
        self.write(self.row, 0, label, "label")
        self._prose(1, text, "wrapped")
        self.row += 1

    def _prose(self, first: int, text: str, style: str) -> None:
        last, characters = self.prose
        self.sheet.merge_range(self.row - 1, first, self.row - 1, last, "", self.styles[style])
        self.write(self.row, first, text, style)
        lines = sum(-(-max(len(line), 1) // characters) for line in text.split("\n"))
        self.sheet.set_row(self.row - 1, _LINE * lines + 1.5)

    def skip(self) -> None:
        """Leave a row free."""
        self.row += 1

    def write(self, row: int, column: int, cell: Cell, style: str, formula: str = "") -> None:
        """Write a cell; text stays text whatever it begins with.

        Raises:
            StorageError: if the text is longer than a cell holds.
        """
        look = self.styles[style]
        if formula:
            self.sheet.write_formula(row - 1, column, formula, look, "" if cell is None else cell)
        elif cell is None:
            self.sheet.write_blank(row - 1, column, None, look)
        elif isinstance(cell, str):
            if len(cell) > _LONGEST:
                raise StorageError(f"a text of {len(cell):,} characters does not fit in a cell of a workbook")
            self.sheet.write_string(row - 1, column, cell, look)
        else:
            self.sheet.write_number(row - 1, column, cell, look)

    def table(self, columns: Sequence[Column], *, totals: str = "") -> Block:
        """A table from the first column on.

        Args:
            columns: Its columns, of equally many rows; one without cells is computed from those before it.
            totals: What the row of totals is called; no such row if blank.
        """
        rows = next(len(column.cells) for column in columns if column.cells is not None)
        letters = {column.key: xl_col_to_name(place) for place, column in enumerate(columns)}
        shown = _shown(columns, rows)
        first = self.row + 1
        below = first + rows
        summed = {} if not totals else _totals(columns, shown)
        self._heights(columns, shown, first)
        for place, column in enumerate(columns):
            self._width(place, column.width)
            self.write(self.row, place, column.header, "header" if column.style in _PROSE else "header_right")
            for row in range(rows):
                style = column.styles[row] if column.styles else column.style
                formula = column.formulas[row] if column.formulas else ""
                if column.formula:
                    formula = column.formula({key: f"{letter}{first + row}" for key, letter in letters.items()})
                self.write(first + row, place, shown[column.key][row], style, formula)
            if totals:
                formula = _total_formula(column, letters, first, below)
                self.write(below, place, totals if not place else summed[column.key], f"total_{column.style}", formula)
        self.row = below + bool(totals)
        return Block(self.name, letters, first, below - 1, shown, summed)

    def _heights(self, columns: Sequence[Column], shown: Mapping[str, Sequence[Cell]], first: int) -> None:
        """Room for headers and sentences that take more than one line."""
        self.sheet.set_row(first - 2, _LINE * max(_lines(column.header, column.width) for column in columns) + 2)
        wrapped = [column for column in columns if column.style == "wrapped"]
        rows = len(shown[wrapped[0].key]) if wrapped else 0
        for row in range(rows):
            lines = max(_lines(str(shown[column.key][row]), column.width) for column in wrapped)
            if lines > 1:
                self.sheet.set_row(first - 1 + row, _LINE * lines + 1.5)

    def freeze_title(self, columns: int) -> None:
        """Keep the title and the first columns in view, where several tables stand below each other."""
        self.sheet.freeze_panes(1, columns)

    def freeze(self, row: int, columns: int) -> None:
        """Keep the rows above and the columns left of a cell in view, and repeat the row above it on paper."""
        self.sheet.freeze_panes(row - 1, columns)
        self.sheet.repeat_rows(row - 2)

    def widths(self, *widths: float) -> None:
        """Widths of the first columns."""
        for place, width in enumerate(widths):
            self._width(place, width)

    def chart(self, kind: str, title: str, labels: str, series: Sequence[tuple[str, str]], at: tuple[int, int],
              **options: Any) -> None:  # fmt: skip
        """A chart with its upper left corner in a row and column.

        Args:
            kind: ``bar``, ``column`` or ``line``.
            title: What it shows.
            labels: Range of the labels.
            series: Name and range of each series.
            at: Row, and column from 0.
            options: ``num_format`` of the values, ``height`` and ``width`` in pixels, ``overlap`` of bars in per cent.
        """
        chart = self.book.add_chart({"type": kind})
        for place, (name, values) in enumerate(series):
            colour = _COLOURS[(place if len(series) > 1 else 1) % len(_COLOURS)]
            look: dict[str, Any] = {"fill": {"color": colour}, "gap": 60, "overlap": options.get("overlap", 0)}
            if kind == "line":
                look = {"line": {"color": colour, "width": 2}}
            chart.add_series({"name": name, "categories": f"={labels}", "values": f"={values}", **look})
        chart.set_title({"name": title, "name_font": {"size": 11, "bold": True}, "overlay": False})
        chart.set_legend({"position": "bottom"} if len(series) > 1 else {"none": True})
        amounts = {
            "num_format": options.get("num_format", "#,##0"),
            "major_gridlines": {"visible": True, "line": _GRID},
        }
        names = {"num_font": {"size": 9}, "label_position": "low"}
        chart.set_x_axis(amounts if kind == "bar" else names | options.get("names", {}))
        chart.set_y_axis({**names, "reverse": True} if kind == "bar" else amounts)
        chart.set_size({"width": options.get("width", 620), "height": options.get("height", 320)})
        self.sheet.insert_chart(at[0] - 1, at[1], chart, {"object_position": 2})

    def scatter(self, titles: tuple[str, str, str], formats: tuple[str, str], across: str,
                series: Sequence[tuple[str, str]], lowest: float, row: int) -> None:  # fmt: skip
        """A line over numbers, and points on it.

        Args:
            titles: Of the chart and of the axes, across and up.
            formats: Of the numbers of both axes.
            across: Range of the numbers across.
            series: Name and range of the line, then of the points.
            lowest: Where the axis up begins.
            row: Row of its upper left corner.
        """
        chart = self.book.add_chart({"type": "scatter", "subtype": "straight"})
        point = {"type": "circle", "size": 9, "fill": {"color": _COLOURS[2]}, "border": {"none": True}}
        looks = [
            {"line": {"color": _COLOURS[1], "width": 2}, "marker": {"type": "none"}},
            {"line": {"none": True}, "marker": point},
        ]
        for (name, values), look in zip(series, looks, strict=True):
            chart.add_series({"name": name, "categories": f"={across}", "values": f"={values}", **look})
        chart.set_title({"name": titles[0], "name_font": {"size": 11, "bold": True}, "overlay": False})
        chart.set_legend({"position": "bottom"})
        axis = {"num_font": {"size": 9}, "label_position": "low", "major_gridlines": {"visible": True, "line": _GRID}}
        chart.set_x_axis({"name": titles[1], "num_format": formats[0], **axis})
        chart.set_y_axis({"name": titles[2], "num_format": formats[1], "min": lowest, **axis})
        chart.set_size({"width": 820, "height": 360})
        self.sheet.insert_chart(row - 1, 0, chart, {"object_position": 2})

    def _width(self, place: int, width: float) -> None:
        wider = max(width, self._widths.get(place, 0.0))
        self._widths[place] = wider
        self.sheet.set_column(place, place, wider)


_LINE = 13.5
"""Height of a line."""
_PER_WIDTH = 1.12
"""Characters of prose that a unit of width holds."""
_PROSE = {"text", "wrapped", "date", "month"}
_COLOURS = ("#9AA5B1", "#1F6F8B", "#E07A3F")
_GRID = {"color": "#E3E6EA"}


def _lines(text: str, width: float) -> int:
    """Lines that a text takes in a column."""
    return max(len(textwrap.wrap(text, max(int(width * _PER_WIDTH), 1))), 1)


def _shown(columns: Sequence[Column], rows: int) -> dict[str, Sequence[Cell]]:
    shown: dict[str, Sequence[Cell]] = {}
    for column in columns:
        if column.cells is not None:
            shown[column.key] = column.cells
        elif column.gives is not None:
            shown[column.key] = [column.gives({key: cells[row] for key, cells in shown.items()}) for row in range(rows)]
    return shown


def _totals(columns: Sequence[Column], shown: Mapping[str, Sequence[Cell]]) -> dict[str, Cell]:
    summed: dict[str, Cell] = {}
    for column in columns:
        if column.total == "sum":
            summed[column.key] = sum(number(cell) for cell in shown[column.key])
        elif column.total == "same" and column.gives is not None:
            summed[column.key] = column.gives(summed)
        else:
            summed[column.key] = None
    return summed


def _total_formula(column: Column, letters: Mapping[str, str], first: int, below: int) -> str:
    if column.total == "sum":
        letter = letters[column.key]
        return f"=SUM({letter}{first}:{letter}{max(below - 1, first)})"
    if column.total == "same" and column.formula is not None:
        return column.formula({key: f"{letter}{below}" for key, letter in letters.items()})
    return ""
