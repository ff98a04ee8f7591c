"""Follow-on visits of a plan: none without a visit before it, and every number of them is found again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import at_most, equal, same_rows
from optimizer.plan.recompute import Replay, summed_by_week
from optimizer.plan.recompute_ground import Ground, weeks_from
from optimizer.plan.recompute_sheets import Sheet


def follow_on_visits(ground: Ground, plan: Replay) -> list[Finding]:
    """Findings where more follow-on visits are seen than needed, or a number of them is not what it is again."""
    again = _again(ground, plan)
    wanted = again[["wanted"]].set_axis(["served"], axis=1)
    return [
        *at_most("care_pathway", "follow-on visits", again[["served"]], wanted),
        *same_rows("follow_on", plan.sheets["follow_on"], "value", plan.follow_on.value),
        *equal("pathways", _shown(plan.sheets["pathways"], again), again),
    ]


def lost_totals(ground: Ground, plan: Replay) -> dict[str, float]:
    """Follow-on visits of the whole plan that find no slot, and what they would have been worth."""
    again = _again(ground, plan)
    return {
        f"leaked_{name}": float(again[column].sum())
        for name, column in (("visits", "leaked"), ("value", "leaked_value"))
    }


def _again(ground: Ground, plan: Replay) -> pd.DataFrame:
    """By pathway out of a unit and week: follow-on visits wanted, served and leaked, with what they are worth.

    There are weeks for all that the visits of the last visit week lead to.
    """
    ways, seen = ground.onward.ways, plan.follow_on
    lag, share = ways["lag_weeks"].to_numpy(dtype=np.int64), ways["share"].to_numpy(dtype=np.float64)
    before = (plan.visits + plan.follow_on_seen).to_numpy()[ground.directory.origin] * share[:, None]
    weeks = weeks_from(ground.planned[0], before.shape[1] + int(lag.max(initial=0)))
    wanted = np.zeros((len(ways), len(weeks)))
    wanted[np.arange(len(ways))[:, None], lag[:, None] + np.arange(before.shape[1])] = before
    served, value = (summed_by_week(seen.way, seen.week, amount, wanted.shape) for amount in (seen.visits, seen.value))
    leaked = np.maximum(wanted - served, 0.0)
    amounts = {
        "wanted": wanted,
        "served": served,
        "leaked": leaked,
        "leaked_value": leaked * ways["lost_worth"].to_numpy(dtype=np.float64)[:, None],
        "value": value,
    }
    columns = {name: amount.ravel() for name, amount in amounts.items()}
    return pd.DataFrame(columns, index=ground.directory.ways.in_weeks(weeks))


def _shown(sheet: Sheet, again: pd.DataFrame) -> pd.DataFrame:
    """The same numbers as the table says; none where it has no row."""
    place = sheet.thing * (len(again) // max(sheet.layout.things.count, 1)) + sheet.week
    shown = np.zeros(again.shape)
    shown[place] = sheet.table[list(again.columns)].to_numpy(dtype=np.float64)
    return pd.DataFrame(shown, index=again.index, columns=again.columns)
