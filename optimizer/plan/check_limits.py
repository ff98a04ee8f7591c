"""Named limits of a scenario: the rows of its table of limits, each counted on the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import TOLERANCE, at_least, at_most
from optimizer.plan.check_money import ALL_WEEKS, whole_cents
from optimizer.plan.recompute import Replay, leads_of_a_cent
from optimizer.plan.recompute_ground import Ground

Row = Mapping[str, Any]


def limits(ground: Ground, plan: Replay) -> list[Finding]:
    """Findings where a named limit that may not be missed does not hold, named by the limit."""
    amounts = {
        "spend": plan.cents,
        "spend_share": plan.cents,
        "leads": plan.arriving,
        "bookings": plan.booked,
        "visits": plan.visits,
    }
    findings = []
    for row in limit_rows(ground):
        if row["quantity"] in ("cac", "ltv_to_cac"):
            findings += _ratio(ground, plan, row)
        elif np.isnan(row["price_cap"]):
            findings += _limit(ground, row, amounts[row["quantity"]])
    return findings


def limit_rows(ground: Ground) -> list[Row]:
    """The rows of the table of limits."""
    return [{str(name): value for name, value in row.items()} for row in ground.limits.to_dict("records")]


def inside(ground: Ground, row: Row, amount: pd.DataFrame) -> pd.DataFrame:
    """The rows of an amount, by campaign or by unit, that a limit covers."""
    members = ground.campaigns if amount.index.equals(ground.campaigns.index) else ground.units
    covered = np.ones(len(members), dtype=np.bool_)
    for name in ("market", "location", "service_line", "channel", "campaign"):
        if row[name]:
            labels = members.index.get_level_values(name) if name in members.index.names else members[name]
            covered &= np.asarray(labels == row[name])
    return amount[covered]


def money_and_visits(ground: Ground, plan: Replay, row: Row) -> tuple[pd.Series, pd.Series]:
    """Money of a ratio of money and visits in each window, and its visits, or what they are worth over a lifetime.

    A ratio of each week is kept in the weeks in which money can be spent.
    """
    visits = inside(ground, row, plan.visits)
    if row["quantity"] == "ltv_to_cac":
        visits = visits.mul(ground.units.loc[visits.index, "ltv_margin"], axis=0)
    spend = counted(row, inside(ground, row, plan.cents).sum() / 100)
    return spend, counted(row, visits.sum()).reindex(spend.index)


def _ratio(ground: Ground, plan: Replay, row: Row) -> list[Finding]:
    """Findings of a ratio of money and visits, in money; every week of every campaign was rounded to a cent."""
    spend, visits = money_and_visits(ground, plan, row)
    leads = inside(ground, row, leads_of_a_cent(ground, plan))
    cents = 0.01 * _cells(row, inside(ground, row, plan.cents))
    if row["quantity"] == "cac":
        allowed, room = visits * row["max"], cents + row["max"] * leads.to_numpy().sum()
        what, compare, used = "cac: spend", at_most, spend
    else:
        unit = ground.directory.unit[ground.campaigns.index.get_indexer(leads.index)]
        worth = ground.units["ltv_margin"].abs().to_numpy()[unit] @ leads.to_numpy().sum(axis=1)
        allowed, room = spend * row["min"], cents * row["min"] + float(worth)
        what, compare, used = "ltv_to_cac: lifetime value", at_least, visits
    room += TOLERANCE * (1 + float(allowed.abs().max()))
    return compare("limits", what, _named(row, used), _named(row, allowed), room)


def _named(row: Row, values: pd.Series) -> pd.DataFrame:
    return values.to_frame(f"limit '{row['limit']}'").T


def _limit(ground: Ground, row: Row, amount: pd.DataFrame) -> list[Finding]:
    """Findings of one row of limits; amounts of money are in cents until they are shown."""
    used = counted(row, inside(ground, row, amount).sum())
    shown = 100.0 if row["quantity"] in ("spend", "spend_share") else 1.0
    rounding = {"spend": 0.0, "spend_share": 0.01 * _cells(row, amount)}
    what, findings = str(row["quantity"]), []

    for side, compare in (("min", at_least), ("max", at_most)):
        if not np.isnan(row[side]):
            allowed = pd.Series(_allowed(row, side, amount), index=used.index)
            there, asked = _named(row, used / shown), _named(row, allowed / shown)
            findings += compare("limits", what, there, asked, rounding.get(what))
    return findings


def _covered(row: Row, weeks: pd.Index) -> npt.NDArray[np.bool_]:
    return np.asarray((weeks >= row["first_week"]) & ((weeks <= row["last_week"]) | (row["last_week"] == "")))


def counted(row: Row, weekly: pd.Series) -> pd.Series:
    """The weeks that a limit covers, each alone or all together."""
    window = weekly[_covered(row, weekly.index)]
    return window if row["per"] == "week" else pd.Series({ALL_WEEKS: window.sum()})


def _cells(row: Row, amount: pd.DataFrame) -> int:
    """Amounts that are added up where a limit counts once, each of which was rounded."""
    return len(amount) * (1 if row["per"] == "week" else int(_covered(row, amount.columns).sum()))


def _allowed(row: Row, side: str, amount: pd.DataFrame) -> pd.Series | float:
    """What a side of a limit allows; for a share, of the amounts of all campaigns in the weeks counted."""
    match row["quantity"]:
        case "spend":
            below, above = whole_cents(row[side])
            return float(below if side == "max" else above)
        case "spend_share":
            return counted(row, amount.sum()) * float(row[side])
    return float(row[side])
