"""Where patients and money are lost, as a plan that is played says: every number is found again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import equal
from optimizer.plan.check_operations import answered, asking, offered, waitlist
from optimizer.plan.recompute import Replay, summed_by_week
from optimizer.plan.recompute_ground import UNIT, Ground, by_week, week_after

_CENTS = 0.011
"""Money by which a part may differ because the parts of a week are whole cents."""


def shown_losses(ground: Ground, plan: Replay, tables: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Findings where the tables ``demand`` and ``money`` do not say what is computed again."""
    patients = _patients(ground, plan)
    demand, money = tables["demand"], tables["money"]
    findings = [
        finding
        for name, amount in patients.items()
        for finding in equal(f"demand.{name}", by_week(demand, UNIT, name), amount)
    ]
    for name, amount in _money(ground, plan, patients).items():
        findings += equal(f"money.{name}", by_week(money, ["campaign"], name), amount, _CENTS)
    return findings


def _patients(ground: Ground, plan: Replay) -> dict[str, pd.DataFrame]:
    """Patients who would ask, by where they end; by unit and lead week."""
    asked, there = plan.requests + waitlist(ground, plan), offered(plan)
    has_team = (ground.units["intake_team"] != "").to_numpy()[:, None]
    still = asking(ground, plan)
    still = still.where(~(has_team & (answered(ground, plan) < still)), answered(ground, plan))
    still = still.where(still >= there, there)
    still = still.where(still <= asked, asked)
    booked = summed_by_week(plan.bookings, "booked", "week", plan.leads)
    return {
        "asked": asked,
        "booked": booked,
        "declined_wait": (there - booked).clip(lower=0.0),
        "without_slot": (still - there).clip(lower=0.0),
        "missed_by_intake": (asked - still).clip(lower=0.0),
    }


def _money(ground: Ground, plan: Replay, patients: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """What became of each campaign's money, by planned week."""
    asked = patients["asked"]
    spend = plan.spend.where(plan.brought > 0, 0.0)
    found = {}
    for name in ("booked", "declined_wait", "without_slot", "missed_by_intake"):
        share = (patients[name] / asked).where(asked > 0, 0.0).reindex(pd.MultiIndex.from_frame(ground.campaigns[UNIT]))
        share.index = ground.campaigns.index
        found[name] = sum(
            (
                spend.mul(ground.lead_share[lag], axis=0) * _weeks_later(share, lag, spend)
                for lag in range(ground.lead_share.shape[1])
            ),
            spend * 0.0,
        )
    return {**found, "without_requests": plan.spend - sum(found.values(), plan.spend * 0.0), "spend": plan.spend}


def _weeks_later(share: pd.DataFrame, lag: int, like: pd.DataFrame) -> pd.DataFrame:
    """A share in the week so many weeks later, in the planned weeks."""
    later = share[[week_after(week, lag) for week in like.columns]]
    return pd.DataFrame(np.asarray(later, dtype=np.float64), like.index, like.columns)
