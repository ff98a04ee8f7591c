"""A week's money of campaigns becomes daily budgets on platforms, and tells what must be paused or resumed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from optimizer.scenario.currencies import minor_units
from optimizer.scenario.match import Floats
from optimizer.scenario.tables import Table

DAYS = 7
CHANGED, PAUSED, RESUMED = "changed", "paused", "resumed"
_NOISE = 1e-6
"""Part of the smallest amount that is the arithmetic's rounding."""
_SETTLED = 0.005
"""Money by which a campaign's week must move to count as changed: half a cent."""


_BUDGET = ["kind", "budget"]


@dataclass(frozen=True)
class Week:
    """What platforms must be told for one week. Money is of the week unless it says a day.

    Attributes:
        monday: The week.
        currency: ISO 4217 code.
        budgets: One row per budget: platform, account, kind (campaign, ad_set, shared), budget (id of the shared
            budget, or of the campaign or ad set that has its own), name, before, after, day (daily budget after; 0
            where it does not run), action ('', changed, paused, resumed).
        carriers: One row per platform campaign, or ad set where the budget sits there: platform, account, level,
            platform_campaign, platform_campaign_id, ad_set, ad_set_id, kind, budget, before, after, action ('', paused,
            resumed).
        unmapped: Campaigns whose money moves and that no platform carries: campaign, current, recommended.
        unchanged_unmapped: How many campaigns no platform carries although nothing moves.
    """

    monday: str
    currency: str
    budgets: pd.DataFrame
    carriers: pd.DataFrame
    unmapped: pd.DataFrame
    unchanged_unmapped: int

    def of(self, platforms: Collection[str]) -> Week:
        """The same of some platforms only."""
        return self._where(lambda frame: frame["platform"].isin(list(platforms)))

    def at(self, platform: str, account: str) -> Week:
        """The same of one account."""
        return self._where(lambda frame: (frame["platform"] == platform) & (frame["account"] == account))

    def _where(self, kept: Callable[[pd.DataFrame], pd.Series]) -> Week:
        return replace(self, budgets=self.budgets[kept(self.budgets)], carriers=self.carriers[kept(self.carriers)])

    @property
    def is_quiet(self) -> bool:
        """Whether no platform needs to be told anything."""
        return bool((self.budgets["action"] == "").all() and (self.carriers["action"] == "").all())


def platform_week(table: Table, spend: pd.DataFrame, currency: str, monday: str) -> Week:
    r"""Daily budgets of a week.

    .. math:: d_b = \lfloor w_b / 7 \rfloor + e_b, \quad \sum_b d_b = \lfloor \textstyle\sum_b w_b / 7 \rfloor

    =====  =======================================================================================================
    w_b    money of the week on budget b, in the smallest unit: share times spend, summed over the campaigns it carries
    d_b    daily budget in the smallest unit (a cent, or a unit of a currency without cents)
    e_b    0 or 1: the units that rounding down left over go to the largest remainders
    =====  =======================================================================================================

    The second sum runs over the budgets of an account that change: seven days of them never come to more than the
    week's money, and to less by under 7 units for each account. One budget alone may get up to 6 units a week more
    than its money.

    Args:
        table: platform_budgets, checked.
        spend: campaign, current, recommended: money of the week before and of this one, a row for every campaign.
        currency: ISO 4217 code.
        monday: The week.
    """
    units = minor_units(currency)
    rows = table.frame.reset_index(drop=True)
    rows["level"] = rows["level"].replace("", "campaign")
    shared, in_set = rows["budget_id"] != "", rows["level"] == "ad_set"
    own_id = rows["ad_set_id"].where(in_set, rows["platform_campaign_id"])
    rows["kind"] = rows["level"].where(~shared, "shared")
    rows["budget"] = rows["budget_id"].where(shared, own_id)
    rows["name"] = rows["budget_name"].where(shared, rows["ad_set"].where(in_set, rows["platform_campaign"]))
    money = spend.set_index("campaign").loc[rows["campaign"], ["current", "recommended"]].to_numpy(float)
    rows[["before", "after"]] = money * rows["share"].to_numpy(float)[:, None]
    budgets = _summed(rows, ["platform", "account", "kind", "budget", "name"])
    budgets = _with_days(budgets, units)
    carriers = _summed(
        rows,
        ["platform", "account", "level", "platform_campaign", "platform_campaign_id", "ad_set", "ad_set_id", *_BUDGET],
    )
    unmapped = spend[~spend["campaign"].isin(rows["campaign"])]
    moves = (unmapped["recommended"] - unmapped["current"]).abs() >= _SETTLED
    return Week(
        monday,
        currency,
        budgets,
        _with_status(carriers, budgets, units),
        unmapped.loc[moves, ["campaign", "current", "recommended"]].reset_index(drop=True),
        int((~moves).sum()),
    )


def _summed(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Money before and after of each key, in the order of the table."""
    return rows.groupby(key, sort=False)[["before", "after"]].sum().reset_index()


def _with_days(budgets: pd.DataFrame, units: int) -> pd.DataFrame:
    """Budgets with their daily budget after, and what happens to them."""
    before, after = (budgets[name].to_numpy(float) * units for name in ("before", "after"))
    runs = (before >= DAYS - _NOISE, after >= DAYS - _NOISE)
    moves = np.abs(after - before) >= DAYS - _NOISE
    action = np.select(
        [runs[0] & ~runs[1], ~runs[0] & runs[1], runs[1] & moves], [PAUSED, RESUMED, CHANGED], default=""
    )
    days = np.where(runs[1], np.floor(after / DAYS + _NOISE), 0.0)
    told = np.isin(action, [CHANGED, RESUMED])
    for rows in budgets.groupby(["platform", "account"], sort=False).indices.values():
        mine = rows[told[rows]]
        days[mine] += _left_over(after[mine])
    return budgets.assign(day=days / units, action=action)


def _left_over(week: Floats) -> Floats:
    """(n,) one more unit a day for as many budgets as the total has room for, largest remainders first."""
    exact = week / DAYS
    whole = np.floor(exact + _NOISE)
    missing = int(np.floor(exact.sum() + _NOISE) - whole.sum())
    more = np.zeros(len(week))
    more[np.argsort(whole - exact, kind="stable")[: max(missing, 0)]] = 1.0
    return more


def _with_status(carriers: pd.DataFrame, budgets: pd.DataFrame, units: int) -> pd.DataFrame:
    """Carriers with what happens to their status: one runs if it has money and its budget runs."""
    key = ["platform", "account", *_BUDGET]
    feeding = carriers[key].merge(budgets, on=key, how="left", validate="many_to_one")
    ran, runs = (
        (carriers[name].to_numpy(float) > _NOISE) & (feeding[name].to_numpy(float) * units >= DAYS - _NOISE)
        for name in ("before", "after")
    )
    action = np.select([ran & ~runs, ~ran & runs], [PAUSED, RESUMED], default="")
    return carriers.assign(action=action)
