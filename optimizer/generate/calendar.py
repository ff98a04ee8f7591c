"""Weeks that are unlike others: holidays, and the seasons of demand and of media prices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Weeks = npt.NDArray[np.str_]
Floats = npt.NDArray[np.float64]

_DAYS = {"New Year": (1, 1), "Independence Day": (7, 4), "Christmas": (12, 25)}
_OPEN = {"New Year": 0.75, "Independence Day": 0.85, "Thanksgiving": 0.8, "Christmas": 0.7}
"""Share of a normal week's opening hours."""


def holidays(weeks: Weeks) -> dict[str, str]:
    """Short weeks among these: Monday -> holiday in them; the first where two fall into one week."""
    found: dict[str, str] = {}
    for name, day in sorted(_holidays(weeks), key=lambda holiday: holiday[1]):
        found.setdefault((day - dt.timedelta(days=day.weekday())).isoformat(), name)
    known = set(weeks.tolist())
    return {week: name for week, name in found.items() if week in known}


def _holidays(weeks: Weeks) -> Iterator[tuple[str, dt.date]]:
    for year in range(int(weeks[0][:4]), int(weeks[-1][:4]) + 2):
        yield from ((name, dt.date(year, month, day)) for name, (month, day) in _DAYS.items())
        first = dt.date(year, 11, 1)
        yield "Thanksgiving", first + dt.timedelta(days=(3 - first.weekday()) % 7 + 21)


def open_share(holiday: str) -> float:
    """Share of a normal week's opening hours in the week of a holiday."""
    return _OPEN[holiday]


def open_shares(weeks: Weeks) -> Floats:
    """(W,) share of a normal week's opening hours."""
    short = holidays(weeks)
    return np.array([_OPEN[short[week]] if week in short else 1.0 for week in weeks.tolist()])


def demand(weeks: Weeks) -> Floats:
    """(W,) leads relative to a normal week: most in late winter, fewest in late summer and in short weeks."""
    year = np.array([dt.date.fromisoformat(week).timetuple().tm_yday for week in weeks.tolist()]) / 365.25
    return np.round((1 + 0.05 * np.cos(2 * np.pi * (year - 0.1))) * (1 + open_shares(weeks)) / 2, 3)


def is_dear(weeks: Weeks) -> npt.NDArray[np.bool_]:
    """(W,) weeks before the holidays, in which media are dear."""
    return np.array(["11-08" <= week[5:] <= "12-20" for week in weeks.tolist()])
