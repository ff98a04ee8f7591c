"""What channels do to the worth of patients, worked out a second time for the independent check.

A booking counts as one of the best channel of the unit that was asked and of those it shares patients with; every
request of another channel is charged what it is worth less, at the most that a request of the unit can be worth.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.plan.recompute_ground import UNIT, Ground
from optimizer.scenario.definition import Objective


def best_multiplier(ground: Ground) -> pd.Series:
    """Greatest multiplier of the campaigns of each unit and of those that see each other's patients; 1 of none.

    Patients waiting count 1.
    """
    if not ground.definition.objective.values_patients:
        return pd.Series(1.0, index=ground.units.index)
    best = ground.campaigns["multiplier"].groupby(ground.unit_labels()).max().reindex(ground.units.index)
    best = best.where(~((ground.units["waitlist"] > 0) & ~(best > 1)), 1.0)
    asked = pd.MultiIndex.from_frame(ground.routes[UNIT])
    seen = pd.MultiIndex.from_frame(ground.routes[["seen_at", "service_line"]], names=UNIT)
    while True:
        shared = ground.routes.assign(best=np.fmax(best.reindex(asked).to_numpy(), best.reindex(seen).to_numpy()))
        places = [shared.set_index(index)["best"] for index in (asked, seen)]
        after = pd.concat(places).groupby(level=UNIT).max().reindex(best.index).combine_first(best)
        if after.equals(best):
            return best.fillna(1.0)
        best = after


def charge_of_lead(ground: Ground) -> pd.Series:
    """Money that each valid lead of a campaign is charged for being of its channel."""
    own = ground.campaigns["multiplier"] if ground.definition.objective.values_patients else 1.0
    places = pd.MultiIndex.from_frame(ground.campaigns[UNIT])
    best, worth = (of_unit.reindex(places).to_numpy() for of_unit in (best_multiplier(ground), _request_worth(ground)))
    charge: pd.Series = ground.campaigns["booking"] * (best - own) * worth
    return charge


def charge_of_waitlist(ground: Ground) -> float:
    """Money that patients waiting at the start are charged for not being of their unit's best channel."""
    waiting = ground.units["waitlist"].fillna(0.0)
    return float((waiting * (best_multiplier(ground) - 1) * _request_worth(ground)).sum())


def _request_worth(ground: Ground) -> pd.Series:
    """The most that a request of each unit can be worth, at any clinic and after any wait that it may be offered."""
    ways = ground.routes.merge(ground.waits, on="service_line")
    place = pd.MultiIndex.from_frame(ways[["seen_at", "service_line"]], names=UNIT)
    comes = 1.0 if ground.definition.objective is Objective.BOOKINGS else ways["show_rate"]
    ways["worth"] = ways["acceptance_rate"] * ways["kept_share"] * comes * ground.margin().reindex(place).to_numpy()
    return ways.groupby(UNIT)["worth"].max().clip(lower=0.0).reindex(ground.units.index, fill_value=0.0)
