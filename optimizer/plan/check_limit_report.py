"""What a plan says of its named limits: each soft one is told, and every number that is told is found again."""

from __future__ import annotations

from collections.abc import Mapping

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


def shown_limits(ground: Ground, plan: Replay, tables: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Findings where a soft limit is not told, or a number told of any limit is not the one computed again."""
    again = pd.DataFrame(
        [record for row in limit_rows(ground) for record in _records(ground, plan, row)], columns=[*_KEY, *_NUMBERS]
    )
    shown = tables.get("limits", again.iloc[:0])
    doubled = named("limits", shown[_KEY], shown.duplicated(_KEY).to_numpy(), "the table 'limits' has this row twice")
    if doubled:
        return doubled
    both = shown[[*_KEY, *_NUMBERS]].merge(
        again, on=_KEY, how="outer", suffixes=("", "_again"), indicator="place", validate="one_to_one"
    )
    untold = (both["place"] == "right_only") & both["price_cap_again"].notna()
    unknown = both["place"] == "left_only"
    return [
        *named("limits", both[_KEY], untold.to_numpy(), "the table 'limits' lacks this row, which may be missed"),
        *named("limits", both[_KEY], unknown.to_numpy(), "the table 'limits' has a row that the scenario has not"),
        *_numbers(both[both["place"] == "both"]),
    ]


def _numbers(both: pd.DataFrame) -> list[Finding]:
    """Numbers that differ by more than rounding, measured by the size of what is asked and of the number itself."""
    rows = both.set_index(_KEY)
    shown = rows[_NUMBERS].astype(np.float64)
    again = rows[[f"{name}_again" for name in _NUMBERS]].set_axis(_NUMBERS, axis=1).astype(np.float64)
    apart = (shown - again).abs().mask(shown.isna() & again.isna(), 0.0)
    size = again.abs().fillna(0.0).add(1 + again["asked"].abs(), axis=0)
    size["penalty"] += again["asked"].abs() * again["price_cap"].fillna(0.0)
    text = "limits says {0}, computed again it is {1}"
    return broken("limits", text, shown, again, (apart / size).to_numpy(dtype=np.float64), 2 * TOLERANCE)


def _records(ground: Ground, plan: Replay, row: Row) -> list[tuple[object, ...]]:
    """What should be told of a limit: one record per side and window."""
    reached, cap = _reached(ground, plan, row), float(row["price_cap"])
    records: list[tuple[object, ...]] = []
    for side, sign in (("min", 1), ("max", -1)):
        if np.isnan(row[side]):
            continue
        for window, amount in reached.items():
            weeks = "all covered weeks" if window == ALL_WEEKS else f"the week of {window}"
            short = 0.0 if np.isnan(cap) else max(sign * (row[side] - amount), 0.0)
            penalty = 0.0 if np.isnan(cap) else short * cap
            records.append((row["limit"], side, weeks, row[side], amount, short, cap, penalty))
    return records


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
