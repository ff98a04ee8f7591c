"""A small spreadsheet: computes the formulas of a workbook from its plain cells, by the rules of Excel."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import range_boundaries

_TOKEN = re.compile(
    r"""(?P<range>'[^']+'!\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?|\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]+\$?\d+)?)
    |(?P<name>[A-Z]+)\(|(?P<number>\d+(?:\.\d+)?)|(?P<text>"(?:[^"]|"")*")|(?P<sign><=|>=|<>|[-+*/^=<>(),])""",
    re.VERBOSE,
)
_ORDER = {"=": 1, "<": 1, ">": 1, "<=": 1, ">=": 1, "<>": 1, "+": 2, "-": 2, "*": 3, "/": 3, "^": 5}


def computed(book: Workbook) -> Iterator[tuple[str, str, Any]]:
    """Sheet, address and result of every formula of a workbook."""
    sheets = Sheets(book)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    yield sheet.title, cell.coordinate, sheets.value(sheet.title, cell.coordinate)


class Sheets:
    """The cells of a workbook, formulas computed when asked for."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.value = cache(self._value)
        self.area = cache(self._area)

    def _value(self, sheet: str, address: str) -> Any:
        cell = self.book[sheet][address]
        if cell.data_type != "f":
            return plain(cell.value)
        return Formula(self, sheet, str(cell.value)[1:]).result()

    def _area(self, sheet: str, area: str) -> tuple[Any, ...]:
        left, top, right, bottom = range_boundaries(area)
        rows = self.book[sheet].iter_rows(top, bottom, left, right)
        return tuple(self.value(sheet, cell.coordinate) for row in rows for cell in row)


def plain(value: Any) -> Any:
    """A cell's value as formulas see it: dates are days."""
    if isinstance(value, dt.datetime):
        return float((value - dt.datetime(1899, 12, 30)).days)
    return value


class Formula:
    """One formula, computed while it is read; what IF does not choose is read but not computed."""

    def __init__(self, sheets: Sheets, sheet: str, text: str) -> None:
        self.sheets, self.sheet = sheets, sheet
        self.tokens = [(found.lastgroup, found.group(found.lastgroup or 0)) for found in _TOKEN.finditer(text)]
        assert "".join(found.group() for found in _TOKEN.finditer(text)) == text, text
        self.place = 0

    def result(self) -> Any:
        made = self.expression(0)()
        assert self.place == len(self.tokens)
        return made

    def expression(self, least: int) -> Callable[[], Any]:
        left = self.part()
        while self.place < len(self.tokens):
            sign = str(self.tokens[self.place][1])
            if _ORDER.get(sign, 0) <= least:
                break
            self.place += 1
            left = self.joined(sign, left, self.expression(_ORDER[sign]))
        return left

    def part(self) -> Callable[[], Any]:
        kind, text = self.tokens[self.place]
        self.place += 1
        match kind:
            case "number":
                return lambda: float(text)
            case "text":
                return lambda: text[1:-1].replace('""', '"')
            case "name":
                return self.call(text)
            case "range":
                return self.reference(text)
        if text == "-":
            negative = self.expression(4)
            return lambda: -negative()
        assert text == "(", text
        inner = self.expression(0)
        self.place += 1
        return inner

    def reference(self, text: str) -> Callable[[], Any]:
        sheet, _, area = text.rpartition("!")
        area = area.replace("$", "")
        name = sheet.strip("'") or self.sheet
        return lambda: self.sheets.area(name, area) if ":" in area else self.sheets.value(name, area)

    def call(self, name: str) -> Callable[[], Any]:
        given: list[Callable[[], Any]] = []
        while self.tokens[self.place][1] != ")":
            given.append(self.expression(0))
            self.place += self.tokens[self.place][1] == ","
        self.place += 1
        if name == "IF":
            return lambda: given[1]() if given[0]() else given[2]()
        return lambda: FUNCTIONS[name](*(one() for one in given))

    def joined(self, sign: str, left: Callable[[], Any], right: Callable[[], Any]) -> Callable[[], Any]:
        return lambda: apply(sign, left(), right())


def apply(sign: str, left: Any, right: Any) -> Any:
    """An operator on numbers and texts, or row by row on ranges."""
    if isinstance(left, tuple) or isinstance(right, tuple):
        many = len(left) if isinstance(left, tuple) else len(right)
        lefts = left if isinstance(left, tuple) else (left,) * many
        rights = right if isinstance(right, tuple) else (right,) * many
        return tuple(apply(sign, one, other) for one, other in zip(lefts, rights, strict=True))
    if sign in ("=", "<>"):
        same = blank(left, right) == blank(right, left)
        return same if sign == "=" else not same
    one, other = number(left), number(right)
    return {
        "+": lambda: one + other, "-": lambda: one - other, "*": lambda: one * other, "/": lambda: one / other,
        "^": lambda: one**other, "<": lambda: one < other, ">": lambda: one > other,
        "<=": lambda: one <= other, ">=": lambda: one >= other,
    }[sign]()  # fmt: skip


def blank(value: Any, other: Any) -> Any:
    """A blank cell equals nothing and no text; text is compared without case."""
    if value is None:
        return "" if isinstance(other, str) else 0.0
    return value.casefold() if isinstance(value, str) else value


def number(value: Any) -> float:
    if isinstance(value, str):
        raise TypeError(f"#VALUE!: {value!r} is no number")
    return 0.0 if value is None else float(value)


def amounts(*given: Any) -> list[float]:
    """Numbers among cells; text and blanks do not count in sums."""
    listed = [one for part in given for one in (part if isinstance(part, tuple) else (part,))]
    return [float(one) for one in listed if isinstance(one, (int, float))]


def fits(cell: Any, asked: Any) -> bool:
    """Whether SUMIFS counts a cell: signs, wildcards and numbers in a text are conditions, and case does not count."""
    if not isinstance(asked, str):
        return bool(cell == asked)
    assert not re.search(r"[*?~<>=]|^\d", asked), f"SUMIFS would not take {asked!r} to the letter"
    return isinstance(cell, str) and cell.casefold() == asked.casefold()


def sumifs(values: tuple[Any, ...], *given: Any) -> float:
    pairs = list(zip(given[::2], given[1::2], strict=True))
    return sum(
        float(value)
        for row, value in enumerate(values)
        if isinstance(value, (int, float)) and all(fits(labels[row], asked) for labels, asked in pairs)
    )


def date(year: float, month: float, day: float) -> float:
    return float((dt.date(int(year), int(month), int(day)) - dt.date(1899, 12, 30)).days)


def day_of(serial: float) -> dt.date:
    return dt.date(1899, 12, 30) + dt.timedelta(days=serial)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "SUM": lambda *given: sum(amounts(*given)),
    "SUMIFS": sumifs,
    "SUMPRODUCT": lambda given: sum(float(one or 0) for one in given),
    "EXACT": lambda cells, asked: tuple((cell or "") == (asked or "") for cell in cells),
    "ABS": lambda given: tuple(abs(one) for one in given) if isinstance(given, tuple) else abs(given),
    "AND": lambda *given: all(given),
    "OR": lambda *given: any(given),
    "N": lambda given: given if isinstance(given, (int, float)) else 0.0,
    "ROUND": lambda given, digits: round(given, int(digits)),
    "ROUNDUP": lambda given, digits: float(math.ceil(given)),
    "LN": math.log,
    "INT": math.floor,
    "DATE": date,
    "YEAR": lambda serial: float(day_of(serial).year),
    "MONTH": lambda serial: float(day_of(serial).month),
    "COUNTIF": lambda cells, asked: float(sum(one < float(asked[1:]) for one in amounts(cells))),
}
