"""Where patients and money are lost, as a plan that is played says: every number is found again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import same_numbers, told_rows
from optimizer.plan.check_operations import answered, asked_for, asking, offered, waitlist
from optimizer.plan.recompute import Replay, share_of
from optimizer.plan.recompute_ground import Ground
from optimizer.plan.recompute_sheets import sheet_of

_CENTS = 0.011
"""Money by which a part may differ because the parts of a week are whole cents."""


def shown_losses(ground: Ground, plan: Replay, tables: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Findings where the tables ``demand`` and ``money`` do not say what is computed again."""
    patients = _patients(ground, plan)
    demand, money = (sheet_of(ground, name, tables[name]) for name in ("demand", "money"))
    wrong = [
        finding
        for name, sheet in (("demand", demand), ("money", money))
        for finding in told_rows(name, sheet, sheet.every_row, ground.lead_weeks, "the scenario has not")
    ]
    return wrong or [
        *same_numbers("demand", demand, patients),
        *same_numbers("money", money, _money(ground, plan, patients), _CENTS),
    ]


def _patients(ground: Ground, plan: Replay) -> dict[str, pd.DataFrame]:
    """Patients who would ask, by where they end; by unit and lead week."""
    asked, there = plan.requests + waitlist(ground, plan), offered(ground, plan)
    has_team = (ground.units["intake_team"] != "").to_numpy()[:, None]
    still = asking(ground, plan)
    still = still.where(~(has_team & (answered(ground, plan) < still)), answered(ground, plan))
    still = still.where(still >= there, there)
    still = still.where(still <= asked, asked)
    booked = asked_for(ground, plan.bookings, plan.bookings.booked)
    return {
        "asked": asked,
        "booked": booked,
        "declined_wait": (there - booked).clip(lower=0.0),
        "without_slot": (still - there).clip(lower=0.0),
        "missed_by_intake": (asked - still).clip(lower=0.0),
    }


def _money(ground: Ground, plan: Replay, patients: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """What became of each campaign's money, by planned week."""
    asked, spend = patients["asked"].to_numpy(), np.where(plan.brought > 0, plan.spend, 0.0)
    weeks, shares = spend.shape[1], ground.lead_share.to_numpy()
    found = {}
    for name in ("booked", "declined_wait", "without_slot", "missed_by_intake"):
        share = share_of(patients[name].to_numpy(), asked)[ground.directory.unit]
        met = sum(share[:, lag : lag + weeks] * shares[:, lag, None] for lag in range(shares.shape[1]))
        found[name] = ground.by_campaign(spend * met)
    return {**found, "without_requests": plan.spend - sum(found.values()), "spend": plan.spend}
