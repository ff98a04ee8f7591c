"""Findings of the independent check: places where frames labelled by row and by week differ, or rows are wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.recompute_ground import Floats
from optimizer.plan.recompute_sheets import Sheet

Bools = npt.NDArray[np.bool_]

TOLERANCE = 1e-6
"""Part of a number, plus as much absolutely, by which two computations of it may differ."""
MOST_NAMED = 20
"""Places that are named where one check fails in more."""
_OTHER = "{} says {{0}}, computed again it is {{1}}"
"""What is said of a number that is not found again."""


def named(
    check: str, table: pd.DataFrame, labels: list[str], bad: Bools, text: str, amount: Floats | None = None
) -> list[Finding]:
    """A finding for each bad row, named by these of its labels."""
    rows = np.flatnonzero(bad)
    if not len(rows):
        return []
    places = table[labels].iloc[rows[:MOST_NAMED]].itertuples(index=False, name=None)
    amounts = np.zeros(len(bad)) if amount is None else amount
    findings = [
        Finding(check, text, float(amounts[row]), _place(place)) for row, place in zip(rows, places, strict=False)
    ]
    return findings + _uncounted(check, text, len(rows))


def lacking(check: str, sheet: Sheet, missing: Bools, weeks: Sequence[str], text: str) -> list[Finding]:
    """A finding for each missing row, by thing and week."""
    thing, week = np.nonzero(missing)
    if not len(thing):
        return []
    rows = sheet.layout.things.names_of(thing, week, weeks)
    return named(check, rows, list(rows.columns), np.ones(len(rows), dtype=np.bool_), text)


def told_rows(check: str, sheet: Sheet, told: Bools, weeks: Sequence[str], unknown: str) -> list[Finding]:
    """Findings where a table lacks a row, or has one twice or too many.

    Args:
        check: Name of the table.
        sheet: The table.
        told: Rows that it must have, by thing and week.
        weeks: Names of the weeks.
        unknown: What is wrong with a row that is not among them.
    """
    table, labels, known = sheet.table, sheet.layout.key, sheet.known
    known[known] = told[sheet.thing[known], sheet.week[known]]
    return [
        *named(check, table, labels, sheet.doubled, f"the table '{check}' has this row twice"),
        *lacking(check, sheet, told & ~sheet.shown, weeks, f"the table '{check}' lacks this row"),
        *named(check, table, labels, ~known, f"the table '{check}' has a row that {unknown}"),
    ]


def same_cells(check: str, sheet: Sheet, again: Mapping[str, Floats]) -> list[Finding]:
    """Findings where a number of a table whose rows are known is not the one that is computed again.

    Args:
        check: Name of the table.
        sheet: The table.
        again: Its numbers computed again, by column; each by thing and week.
    """
    columns = list(again)
    shown = sheet.table[columns].to_numpy(dtype=np.float64)
    computed = np.column_stack([amount[sheet.thing, sheet.week] for amount in again.values()])

    def place(row: int, column: int) -> tuple[str, str]:
        return _place(tuple(sheet.table[sheet.layout.key].iloc[row])), columns[column]

    return _beyond(check, _OTHER.format(check), shown, computed, np.abs(shown - computed), None, place)


def same_numbers(
    check: str, sheet: Sheet, again: Mapping[str, pd.DataFrame], room: float | None = None
) -> list[Finding]:
    """Findings where columns of a table with a row per thing and week are not what they are when computed again."""
    return [
        finding
        for column, amount in again.items()
        for finding in equal(
            f"{check}.{column}", pd.DataFrame(sheet.column(column), amount.index, amount.columns), amount, room
        )
    ]


def same_rows(check: str, sheet: Sheet, column: str, again: Floats) -> list[Finding]:
    """Findings where a row's number is not the one computed again, a number for each row of the table."""
    shown, layout = sheet.table[column].to_numpy(dtype=np.float64), sheet.layout

    def place(row: int, _: int) -> tuple[str, str]:
        *names, week = sheet.table[[*layout.names, *layout.numbers, "week"]].iloc[row]
        return _place(tuple(names)), str(week)

    left, right = shown[:, None], again[:, None]
    return _beyond(check, _OTHER.format(check), left, right, np.abs(left - right), None, place)


def at_most(check: str, what: str, used: pd.DataFrame, limit: pd.DataFrame, room: float | None = None) -> list[Finding]:
    """Findings where ``used`` is above ``limit`` by more than the room for rounding; what is not a number fails."""
    used, limit = _aligned(used, limit)
    over = _numbers(used) - _numbers(limit)
    return broken(check, f"{what} is {{0}}, more than {{1}}", used, limit, over, room)


def at_least(
    check: str, what: str, used: pd.DataFrame, limit: pd.DataFrame, room: float | None = None
) -> list[Finding]:
    """Findings where ``used`` is below ``limit``, as in ``at_most``."""
    used, limit = _aligned(used, limit)
    under = _numbers(limit) - _numbers(used)
    return broken(check, f"{what} is {{0}}, less than {{1}}", used, limit, under, room)


def equal(check: str, shown: pd.DataFrame, again: pd.DataFrame, room: float | None = None) -> list[Finding]:
    """Findings where a number that is shown is not the one that is found when it is computed again."""
    shown, again = _aligned(shown, again)
    apart = np.abs(_numbers(shown) - _numbers(again))
    return broken(check, _OTHER.format(check), shown, again, apart, room)


def broken(
    check: str, text: str, used: pd.DataFrame, limit: pd.DataFrame, excess: Floats, room: float | None
) -> list[Finding]:
    """A finding for each cell in which ``excess`` is not within the room; without one, within the tolerance."""

    def place(row: int, column: int) -> tuple[str, str]:
        return _place(used.index[row]), str(used.columns[column])

    return _beyond(check, text, _numbers(used), _numbers(limit), excess, room, place)


def _beyond(
    check: str,
    text: str,
    left: Floats,
    right: Floats,
    excess: Floats,
    room: float | None,
    place: Callable[[int, int], tuple[str, str]],
) -> list[Finding]:
    """The same for arrays, where ``place`` names the place and week of a cell."""
    allowed = TOLERANCE * (1 + np.maximum(np.abs(left), np.abs(right))) if room is None else np.full(left.shape, room)
    rows, columns = np.nonzero(~(excess <= allowed))
    findings = [
        Finding(
            check,
            text.format(f"{left[row, column]:,.10g}", f"{right[row, column]:,.10g}"),
            float(excess[row, column]),
            *place(int(row), int(column)),
        )
        for row, column in zip(rows[:MOST_NAMED], columns[:MOST_NAMED], strict=True)
    ]
    return findings + _uncounted(check, text.format("...", "..."), len(rows))


def _aligned(left: pd.DataFrame, right: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both with all rows and columns of either, matched by name."""
    if left.index.equals(right.index) and left.columns.equals(right.columns):
        return left, right
    return left.align(right)


def _numbers(frame: pd.DataFrame) -> Floats:
    return frame.to_numpy(dtype=np.float64)


def _uncounted(check: str, text: str, count: int) -> list[Finding]:
    return [Finding(check, f"and in {count - MOST_NAMED} more places: {text}")] if count > MOST_NAMED else []


def _place(label: object) -> str:
    return " ".join(map(str, label)) if isinstance(label, tuple) else str(label)


def one_row(name: str, values: Mapping[str, float]) -> pd.DataFrame:
    """Numbers as a frame of one row, so that they are compared like all others."""
    return pd.DataFrame([values], index=[name], dtype=np.float64)
