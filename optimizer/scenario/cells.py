"""From the raw cells of one column to one array, with the mistakes worded.

Values are converted for the whole column, or once per distinct cell; a cell is looked at by itself only to say what is
wrong with it. Messages name at most :data:`MAX_PROBLEMS` bad cells of a column.
"""

from __future__ import annotations

import datetime as dt
import math
import numbers
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.errors import Problem
from optimizer.scenario.documents import TINY, printable
from optimizer.scenario.match import did_you_mean
from optimizer.scenario.tables import Column, Kind

MAX_PROBLEMS = 50
"""Bad cells of one column that are worded; a column with more is wrong as a whole."""
MAX_LABEL = 200
"""Longest label, in characters."""

_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISO_WEEK = re.compile(r"([0-9]{4})-?[Ww]([0-9]{1,2})")
_OTHER_DATE = re.compile(r"[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_CONTROL_IN_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PERSONAL = re.compile(
    r"[\w.+-]@[\w-]+\.\w"  # e-mail address
    r"|(?<![\w:.-])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![\w-])"  # social security number
    r"|(?<![\w:.-])(?:\+?1[-. ]?)?(?:\([0-9]{3}\) ?|[0-9]{3}[-. ])[0-9]{3}[-. ][0-9]{4}(?![\w:-])"  # phone number
)


class Words(NamedTuple):
    """What is wrong with a cell, and how to mend it."""

    message: str
    hint: str
    code: str = "bad_value"


@dataclass(frozen=True)
class Reading:
    """One column as read.

    Attributes:
        values: One value per cell: ``float64`` for numbers, ``str`` objects for everything else; "" where text is bad.
        bad: Whether the cell is at fault.
        problems: The first bad cells in words.
    """

    values: npt.NDArray[Any]
    bad: npt.NDArray[np.bool_]
    problems: tuple[Problem, ...]


def read_cells(cells: Sequence[object], column: Column, lines: npt.NDArray[np.int64], file: str) -> Reading:
    """Convert the cells of one column.

    Args:
        cells: Text (CSV), or text, numbers, booleans, dates and ``None`` (workbook, Parquet, DataFrame).
        column: Declaration to read them by.
        lines: Line of each cell, same length.
        file: Name for messages.

    Returns:
        Values, faults and problems. Blank cells take the column's default (NaN, or "" for text) unless it is required.
    """
    trimmed = [cell.strip() if isinstance(cell, str) else cell for cell in cells]
    blank = np.fromiter((cell is None or cell == "" for cell in trimmed), dtype=np.bool_, count=len(trimmed))
    filled = trimmed if not blank.any() else [cell for cell, empty in zip(trimmed, blank, strict=True) if not empty]
    values = default_values(column, len(trimmed))
    explain: Callable[[object], Words]
    if column.kind in (Kind.NUMBER, Kind.INTEGER):
        values[~blank] = _numbers(filled)
        bad = ~blank & _out_of_range(values, column)
        explain = partial(_explain_number, column=column)
    else:
        value, explain = _text_reader(column)
        values[~blank] = _texts(filled, value)
        bad = ~blank & (values == "")
    bad |= blank & column.required
    first = np.flatnonzero(bad)[:MAX_PROBLEMS]
    problems = [_problem(trimmed[row], column, int(lines[row]), file, explain) for row in first]
    return Reading(values, bad, tuple(problems))


def default_values(column: Column, count: int) -> npt.NDArray[Any]:
    """``count`` blank cells of a column that may be blank: its default, NaN where it has none, or "" for text."""
    if column.kind in (Kind.NUMBER, Kind.INTEGER):
        return np.full(count, np.nan if column.default is None else column.default, dtype=np.float64)
    return np.full(count, "", dtype=object)


def shown(cell: object) -> str:
    """A cell as messages may show it: shortened, escaped, and without anything that points at a person."""
    if isinstance(cell, int) and abs(cell) >= 10**18:
        return "a whole number of more than 18 digits"
    if not isinstance(cell, str):
        return printable(str(cell))
    if _PERSONAL.search(cell):
        return "a value (not shown, it looks like a personal identifier)"
    return repr(cell if len(cell) <= 40 else f"{cell[:37]}...")


def _problem(cell: object, column: Column, line: int, file: str, explain: Callable[[object], Words]) -> Problem:
    blank = cell is None or cell == ""
    words = Words("is blank", f"fill it in: {column.meaning}", "blank") if blank else explain(cell)
    return Problem(file, line, f"{column.name}: {words.message}", words.hint, column.name, words.code)


# Numbers


def _numbers(cells: Sequence[object]) -> npt.NDArray[np.float64]:
    """Each cell as a number, NaN where it is not written as a plain one."""
    kinds = set(map(type, cells))
    if kinds <= {int, float} or (kinds == {str} and _only_plain_characters(cells)):
        try:
            return _without_residue(np.array(cells, dtype=np.float64))
        except (ValueError, OverflowError):
            pass  # at least one cell is not a number: convert one by one
    return _without_residue(np.fromiter(map(_number, cells), dtype=np.float64, count=len(cells)))


def _only_plain_characters(cells: Sequence[object]) -> bool:
    """Whether ``float`` takes no more than the plain notation: it would allow ``1_000`` and digits of any script."""
    text = "".join(map(str, cells))
    return text.isascii() and "_" not in text


def _number(cell: object) -> float:
    if isinstance(cell, str):
        return float(cell) if _PLAIN.fullmatch(cell) else math.nan
    if isinstance(cell, numbers.Number) and not isinstance(cell, bool | complex):
        try:
            return float(cell)  # type: ignore[arg-type]  # every real number, also Decimal, converts
        except (OverflowError, TypeError, ValueError):
            return math.nan
    return math.nan


def _without_residue(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    values[np.abs(values) < TINY] = 0.0
    return values


def _out_of_range(values: npt.NDArray[np.float64], column: Column) -> npt.NDArray[np.bool_]:
    out = ~np.isfinite(values)
    if column.minimum is not None:
        out |= values < column.minimum
    if column.maximum is not None:
        out |= values > column.maximum
    if column.kind is Kind.INTEGER:
        out |= values != np.rint(values)
    return out


def _explain_number(cell: object, column: Column) -> Words:
    number = _number(cell)
    if not math.isnan(number):
        return _explain_size(number, cell, column)
    if isinstance(cell, str):
        return _explain_notation(cell, column)
    return Words(f"{shown(cell)} is not a number", f"write a number: {column.meaning}")


def _explain_size(number: float, cell: object, column: Column) -> Words:
    if math.isinf(number):
        return Words(f"{shown(cell)} is not a finite number", "write a number below 1e300")
    if column.minimum is not None and number < column.minimum:
        return Words(f"{number:g} is below the least allowed, {column.minimum:g}", f"check it: {column.meaning}")
    if column.maximum is not None and number > column.maximum:
        percent = column.maximum == 1.0 and number <= 100
        hint = f"did you mean {number / 100:g}? a share is written as 0 to 1" if percent else ""
        message = f"{number:g} is above the most allowed, {column.maximum:g}"
        return Words(message, hint or f"check it: {column.meaning}")
    return Words(f"{number:g} is not a whole number", f"write a whole number: {column.meaning}")


_NOTATIONS: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE), "write a number, or remove the row"),
    (re.compile(r"[+-]?[$€£¥].*|.*[$€£¥]"), "write the number alone, without the currency sign"),
    (re.compile(r"\(.*\)"), "write a negative number with a minus sign, as in -500"),
    (re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+"), "write the decimal point as '.', no thousands separator"),
    (re.compile(r"[+-]?[0-9,' ]+(?:\.[0-9]*)?"), "write a decimal point and no thousands separator, as in 1234.56"),
    (re.compile(r"[+-]?[0-9_.]+"), "write the digits alone, as in 1000 or 1234.56"),
)


def _explain_notation(text: str, column: Column) -> Words:
    message = f"{shown(text)} is not a plain number"
    body = text.removesuffix("%").strip()
    if text.endswith("%") and _PLAIN.fullmatch(body):
        share = f"write {float(body) / 100:g}" if column.maximum == 1.0 else f"write {body}, without the percent sign"
        return Words(message, share)
    for notation, hint in _NOTATIONS:
        if notation.fullmatch(text):
            return Words(message, hint)
    return Words(message, f"write a number with ASCII digits, as in 1234.56: {column.meaning}")


# Labels, text, weeks and dates


def _text_reader(column: Column) -> tuple[Callable[[object], str | None], Callable[[object], Words]]:
    """How a cell of this column becomes text, and how its faults are worded."""
    choices = column.choices
    readers: dict[Kind, tuple[Callable[[object], str | None], Callable[[object], Words]]] = {
        Kind.LABEL: (partial(_label, choices=choices), partial(_explain_label, choices=choices)),
        Kind.TEXT: (_text, _explain_text),
        Kind.WEEK: (_week, _explain_date),
        Kind.DATE: (_date, _explain_date),
    }
    return readers[column.kind]


def _texts(cells: Sequence[object], value: Callable[[object], str | None]) -> npt.NDArray[np.object_]:
    """Each cell as text, "" where it is at fault; equal texts are judged once."""
    if set(map(type, cells)) == {str}:
        known = {cell: value(cell) or "" for cell in set(cells)}
        return np.fromiter(map(known.__getitem__, cells), dtype=np.object_, count=len(cells))
    return np.fromiter((value(cell) or "" for cell in cells), dtype=np.object_, count=len(cells))


def _as_label(cell: object) -> str | None:
    """A label, or a whole number that a spreadsheet made of one (1001 is stored as 1001.0)."""
    if isinstance(cell, str):
        return cell
    number = _number(cell)
    return str(int(number)) if abs(number) < 1e15 and number == int(number) else None


def _label(cell: object, choices: Sequence[str]) -> str | None:
    label = _as_label(cell)
    if label is None or len(label) > MAX_LABEL or _CONTROL.search(label):
        return None
    return label if not choices or label in choices else None


def _explain_label(cell: object, choices: Sequence[str]) -> Words:
    label = _as_label(cell)
    if label is None:
        return Words(f"{shown(cell)} is not text", "format the cell as text and write the name again")
    if len(label) > MAX_LABEL:
        return Words(f"name has {len(label):,} characters, the limit is {MAX_LABEL}", "shorten it")
    if _CONTROL.search(label):
        return Words(f"{shown(label)} holds a line break or an invisible character", "type the name again by hand")
    known = ", ".join(f"'{choice}'" for choice in choices)
    return Words(f"{shown(label)} is none of {known}", did_you_mean(label, choices))


def _text(cell: object) -> str | None:
    text = _as_label(cell) or shown(cell)
    return None if _PERSONAL.search(text) or _CONTROL_IN_TEXT.search(text) else text


def _explain_text(cell: object) -> Words:
    if _PERSONAL.search(str(cell)):
        return Words(
            "a cell looks like an e-mail address, a phone number or a social security number (not shown)",
            "remove it: the tables hold totals, and name teams or roles instead of people",
            "patient_data",
        )
    return Words("a cell holds a control character", "type the text again by hand")


def _as_date(cell: object) -> dt.date | None:
    if isinstance(cell, dt.datetime):
        return cell.date() if cell.time() == dt.time.min else None
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, str) and _ISO_DATE.fullmatch(cell):
        try:
            return dt.date.fromisoformat(cell)
        except ValueError:
            return None
    return None


def _date(cell: object) -> str | None:
    day = _as_date(cell)
    return None if day is None else day.isoformat()


def _week(cell: object) -> str | None:
    day = _as_date(cell)
    return None if day is None or day.weekday() != 0 else day.isoformat()


def _explain_date(cell: object) -> Words:
    day = _as_date(cell)
    if day is not None:
        monday = day - dt.timedelta(days=day.weekday())
        return Words(f"{day} is a {day:%A}", f"a week is named by its Monday, here {monday}")
    if isinstance(cell, dt.datetime):
        return Words(f"{cell} has a time of day", f"write the date alone: {cell.date()}")
    number = _number(cell)
    if 20_000 <= number <= 80_000:
        return _explain_serial(number)
    if isinstance(cell, str):
        return _explain_written_date(cell)
    return Words(f"{shown(cell)} is not a date", _USE_ISO)


_USE_ISO = "write dates as year-month-day, as in 2026-09-28"


def _explain_serial(number: float) -> Words:
    """A day number of a spreadsheet: days since 1899-12-30, or since 1904-01-01 in the older system of Macs."""
    day = dt.date(1899, 12, 30) + dt.timedelta(days=int(number))
    mac = dt.date(1904, 1, 1) + dt.timedelta(days=int(number))
    hint = f"it would mean {day} ({mac} in the 1904 system); write the date that is meant"
    return Words(f"{number:g} is a spreadsheet's day number, not a date", hint)


def _explain_written_date(text: str) -> Words:
    if week := _ISO_WEEK.fullmatch(text):
        try:
            monday = dt.date.fromisocalendar(int(week[1]), int(week[2]), 1)
        except ValueError:
            return Words(f"{shown(text)}: {week[1]} has no week {week[2]}", _USE_ISO)
        return Words(f"{shown(text)} is a week number", f"a week is named by its Monday, here {monday}")
    if _ISO_DATE.fullmatch(text):
        return Words(f"{text} is not a day of the calendar", _USE_ISO)
    if _OTHER_DATE.fullmatch(text):
        return Words(f"{shown(text)} is ambiguous: day and month can be told apart only in ISO dates", _USE_ISO)
    return Words(f"{shown(text)} is not a date", _USE_ISO)
