"""What a plan says of its named limits: each soft one is told, and every number that is told is found again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import TOLERANCE, broken, named
from optimizer.plan.check_limits import Row, counted, inside, limit_rows, money_and_visits
from optimizer.plan.check_money import ALL_WEEKS
from optimizer.plan.recompute import Replay
from optimizer.plan.recompute_ground import Ground

_KEY = ["name", "side", "weeks"]
_NUMBERS = ["asked", "achieved", "shortfall", "price_cap", "penalty"]
_NONE = pd.DataFrame(columns=[*_KEY, *_NUMBERS])

Name = tuple[str, str, str]
"""Of a limit: its name, its side and its weeks."""
Numbers = tuple[float, float, float, float, float]
"""What is told of it: asked, achieved, shortfall, price_cap and penalty."""


def shown_limits(ground: Ground, plan: Replay, tables: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Findings where a soft limit is not told, or a number told of any limit is not the one computed again."""
    again = dict(record for row in limit_rows(ground) for record in _records(ground, plan, row))
    shown = tables.get("limits", _NONE)
    told = list(shown[_KEY].itertuples(index=False, name=None))
    untold = [name for name, (*_, cap, _) in again.items() if not np.isnan(cap) and name not in told]
    lacks, all_of_them = pd.DataFrame(untold, columns=_KEY), np.ones(len(untold), dtype=np.bool_)
    untold_text = "the table 'limits' lacks this row, which may be missed"
    unknown = np.array([name not in again for name in told], dtype=np.bool_)
    doubled = shown.duplicated(_KEY).to_numpy()
    return named("limits", shown, _KEY, doubled, "the table 'limits' has this row twice") or [
        *named("limits", lacks, _KEY, all_of_them, untold_text),
        *named("limits", shown, _KEY, unknown, "the table 'limits' has a row that the scenario has not"),
        *_numbers(shown[~unknown], again),
    ]


def _numbers(told: pd.DataFrame, again: Mapping[Name, Numbers]) -> list[Finding]:
    """Numbers that differ by more than rounding, measured by the size of what is asked and of the number itself."""
    names = list(told[_KEY].itertuples(index=False, name=None))
    shown = told[_NUMBERS].to_numpy(dtype=np.float64)
    computed = np.array([again[name] for name in names]).reshape(shown.shape)
    asked, cap = np.abs(computed[:, _NUMBERS.index("asked")]), computed[:, _NUMBERS.index("price_cap")]
    apart = np.where(np.isnan(shown) & np.isnan(computed), 0.0, np.abs(shown - computed))
    size = np.nan_to_num(np.abs(computed)) + 1 + asked[:, None]
    size[:, _NUMBERS.index("penalty")] += asked * np.nan_to_num(cap)
    index = pd.Index([" ".join(map(str, name)) for name in names], dtype=object)
    left, right = (pd.DataFrame(numbers, index=index, columns=_NUMBERS) for numbers in (shown, computed))
    return broken("limits", "limits says {0}, computed again it is {1}", left, right, apart / size, 2 * TOLERANCE)


def _records(ground: Ground, plan: Replay, row: Row) -> Iterator[tuple[Name, Numbers]]:
    """What should be told of a limit, by its name: one record per side and window."""
    reached, cap = _reached(ground, plan, row), float(row["price_cap"])
    for side, sign in (("min", 1), ("max", -1)):
        if np.isnan(row[side]):
            continue
        for window, amount in reached.items():
            weeks = "all covered weeks" if window == ALL_WEEKS else f"the week of {window}"
            short = 0.0 if np.isnan(cap) else max(sign * (row[side] - amount), 0.0)
            penalty = 0.0 if np.isnan(cap) else short * cap
            yield (row["limit"], side, weeks), (float(row[side]), float(amount), float(short), cap, float(penalty))


def _reached(ground: Ground, plan: Replay, row: Row) -> pd.Series:
    """The limited quantity in each window; not a number for a ratio to nothing."""
    match row["quantity"]:
        case "spend":
            return counted(row, inside(ground, row, plan.cents).sum()) / 100
        case "spend_share":
            of_all = counted(row, plan.cents.sum())
            return (counted(row, inside(ground, row, plan.cents).sum()) / of_all).where(of_all > 0)
        case "leads":
            return counted(row, inside(ground, row, plan.arriving).sum())
        case "bookings":
            return counted(row, inside(ground, row, plan.booked).sum())
        case "visits":
            return counted(row, inside(ground, row, plan.visits).sum())
    spend, visits = money_and_visits(ground, plan, row)
    top, bottom = (spend, visits) if row["quantity"] == "cac" else (visits, spend)
    return (top / bottom).where(bottom != 0)
