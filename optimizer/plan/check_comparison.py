"""Findings of the independent check: places where frames labelled by row and by week differ, or rows are wrong."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Finding

Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-6
"""Part of a number, plus as much absolutely, by which two computations of it may differ."""
MOST_NAMED = 20
"""Places that are named where one check fails in more."""


def named(
    check: str, labels: pd.DataFrame, bad: npt.NDArray[np.bool_], text: str, amount: Floats | None = None
) -> list[Finding]:
    """A finding for each bad row, named by its labels."""
    rows = np.flatnonzero(bad)
    findings = [
        Finding(check, text, 0.0 if amount is None else float(amount[row]), _place(tuple(labels.iloc[row])))
        for row in rows[:MOST_NAMED]
    ]
    return findings + _uncounted(check, text, len(rows))


def row_by_row(check: str, shown: pd.DataFrame, again: pd.DataFrame, key: list[str], unknown: str) -> list[Finding]:
    """Findings where a table lacks a row, has one twice or too many, or shows a number that is not found again.

    Args:
        check: Name of the table.
        shown: The table.
        again: The same columns, computed again.
        key: Columns that name a row.
        unknown: What is wrong with a row that is not found again.
    """
    numbers = [name for name in again.columns if name not in key]
    shown = shown[[*key, *numbers]]
    doubled = named(check, shown[key], shown.duplicated(key).to_numpy(), f"the table '{check}' has this row twice")
    if doubled:
        return doubled
    both = shown.merge(again, on=key, how="outer", suffixes=("", "_again"), indicator="place", validate="one_to_one")
    untold, extra = ((both["place"] == side).to_numpy() for side in ("right_only", "left_only"))
    rows = both[both["place"] == "both"].set_index(key)
    computed = rows[[f"{name}_again" for name in numbers]].set_axis(numbers, axis=1)
    return [
        *named(check, both[key], untold, f"the table '{check}' lacks this row"),
        *named(check, both[key], extra, f"the table '{check}' has a row that {unknown}"),
        *equal(check, rows[numbers], computed),
    ]


def at_most(check: str, what: str, used: pd.DataFrame, limit: pd.DataFrame, room: float | None = None) -> list[Finding]:
    """Findings where ``used`` is above ``limit`` by more than the room for rounding; what is not a number fails."""
    used, limit = used.align(limit)
    over = (used - limit).to_numpy()
    return broken(check, f"{what} is {{0}}, more than {{1}}", used, limit, over, room)


def at_least(
    check: str, what: str, used: pd.DataFrame, limit: pd.DataFrame, room: float | None = None
) -> list[Finding]:
    """Findings where ``used`` is below ``limit``, as in ``at_most``."""
    used, limit = used.align(limit)
    under = (limit - used).to_numpy()
    return broken(check, f"{what} is {{0}}, less than {{1}}", used, limit, under, room)


def equal(check: str, shown: pd.DataFrame, again: pd.DataFrame, room: float | None = None) -> list[Finding]:
    """Findings where a number that is shown is not the one that is found when it is computed again."""
    shown, again = shown.align(again)
    apart = (shown - again).abs().to_numpy()
    return broken(check, f"{check} says {{0}}, computed again it is {{1}}", shown, again, apart, room)


def broken(
    check: str, text: str, used: pd.DataFrame, limit: pd.DataFrame, excess: Floats, room: float | None
) -> list[Finding]:
    """A finding for each cell in which ``excess`` is not within the room; without one, within the tolerance."""
    left, right = used.to_numpy(dtype=np.float64), limit.to_numpy(dtype=np.float64)
    allowed = TOLERANCE * (1 + np.maximum(np.abs(left), np.abs(right))) if room is None else np.full(left.shape, room)
    rows, columns = np.nonzero(~(excess <= allowed))
    findings = [
        Finding(
            check,
            text.format(f"{left[row, column]:,.10g}", f"{right[row, column]:,.10g}"),
            float(excess[row, column]),
            _place(used.index[row]),
            str(used.columns[column]),
        )
        for row, column in zip(rows[:MOST_NAMED], columns[:MOST_NAMED], strict=True)
    ]
    return findings + _uncounted(check, text.format("...", "..."), len(rows))


def _uncounted(check: str, text: str, count: int) -> list[Finding]:
    return [Finding(check, f"and in {count - MOST_NAMED} more places: {text}")] if count > MOST_NAMED else []


def _place(label: object) -> str:
    return " ".join(map(str, label)) if isinstance(label, tuple) else str(label)


def one_row(name: str, values: Mapping[str, float]) -> pd.DataFrame:
    """Numbers as a frame of one row, so that they are compared like all others."""
    return pd.DataFrame([values], index=[name], dtype=np.float64)
