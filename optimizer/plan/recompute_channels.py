"""What channels do to the worth of patients, worked out a second time for the independent check.

A booking counts as one of the best channel of the unit that was asked and of those it shares patients with; every
request of another channel is charged what it is worth less, at the most that a request of the unit can be worth.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.plan.recompute_ground import Floats, Ground
from optimizer.scenario.definition import Objective


def best_multiplier(ground: Ground) -> pd.Series:
    """Greatest multiplier of the campaigns of each unit and of those that see each other's patients; 1 of none.

    Patients waiting count 1.
    """
    units = ground.units.index
    if not ground.definition.objective.values_patients:
        return pd.Series(1.0, index=units)
    named, best = ground.directory, np.full(len(units), np.nan)
    np.fmax.at(best, named.unit, ground.campaigns["multiplier"].to_numpy(dtype=np.float64))
    best[(ground.units["waitlist"].to_numpy() > 0) & ~(best > 1)] = 1.0
    while True:
        shared, after = np.fmax(best[named.asked], best[named.seen]), best.copy()
        for place in (named.asked, named.seen):
            np.fmax.at(after, place, shared)
        if np.array_equal(after, best, equal_nan=True):
            return pd.Series(np.where(np.isnan(best), 1.0, best), index=units)
        best = after


def charge_of_lead(ground: Ground) -> pd.Series:
    """Money that each valid lead of a campaign is charged for being of its channel."""
    own = ground.campaigns["multiplier"] if ground.definition.objective.values_patients else 1.0
    unit, best, worth = ground.directory.unit, best_multiplier(ground).to_numpy(), _request_worth(ground)
    charge: pd.Series = ground.campaigns["booking"] * (best[unit] - own) * worth[unit]
    return charge


def charge_of_waitlist(ground: Ground) -> float:
    """Money that patients waiting at the start are charged for not being of their unit's best channel."""
    waiting = ground.units["waitlist"].fillna(0.0).to_numpy()
    return float((waiting * (best_multiplier(ground).to_numpy() - 1) * _request_worth(ground)).sum())


def _request_worth(ground: Ground) -> Floats:
    """The most that a request of each unit can be worth, at any clinic and after any wait that it may be offered.

    A wait takes its part of the worth at every clinic alike, so the wait that takes least is the best at all of them.
    """
    named, waits, worth = ground.directory, ground.waits, np.zeros(len(ground.units))
    comes = 1.0 if ground.definition.objective is Objective.BOOKINGS else waits["show_rate"].to_numpy()
    left = np.zeros(named.lines.count)
    np.fmax.at(left, named.wait_line, waits["kept_share"].to_numpy() * comes)
    each = ground.routes["acceptance_rate"].to_numpy() * ground.margin().to_numpy()[named.seen]
    np.fmax.at(worth, named.asked, each * left[named.line[named.seen]])
    return worth
