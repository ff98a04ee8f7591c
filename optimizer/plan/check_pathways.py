"""Follow-on visits of a plan: none without a visit before it, and every number of them is found again."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import at_most, equal
from optimizer.plan.recompute import Replay
from optimizer.plan.recompute_ground import UNIT, Ground, week_after

_WAY = [*UNIT, "to_line"]
_SHOWN = ["wanted", "served", "leaked", "leaked_value", "value"]


def follow_on_visits(ground: Ground, plan: Replay, tables: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Findings where more follow-on visits are seen than needed, or a number of them is not what it is again."""
    again = _again(ground, plan)
    key = [*_WAY, "seen_at", "week"]
    shown, computed = (rows.set_index(key)[["value"]] for rows in (tables["follow_on"], plan.follow_on))
    pathways = tables["pathways"].set_index([*_WAY, "week"])[_SHOWN]
    pathways = pathways.reindex(again.index.union(pathways.index), fill_value=0.0)
    return [
        *at_most("care_pathway", "follow-on visits", again[["served"]], again[["wanted"]].set_axis(["served"], axis=1)),
        *equal("follow_on", shown, computed),
        *equal("pathways", pathways, again[_SHOWN].reindex(pathways.index, fill_value=0.0)),
    ]


def lost_totals(ground: Ground, plan: Replay) -> dict[str, float]:
    """Follow-on visits of the whole plan that find no slot, and what they would have been worth."""
    again = _again(ground, plan)
    return {
        f"leaked_{name}": float(again[column].sum())
        for name, column in (("visits", "leaked"), ("value", "leaked_value"))
    }


def _again(ground: Ground, plan: Replay) -> pd.DataFrame:
    """By pathway out of a unit and week: follow-on visits wanted, served and leaked, with what they are worth."""
    visits = (plan.visits + plan.follow_on_seen).reset_index()
    before = visits.melt(UNIT, var_name="week", value_name="before")
    rows = before.merge(ground.onward.ways, on=UNIT)
    later = [week_after(week, int(lag)) for week, lag in zip(rows["week"], rows["lag_weeks"], strict=True)]
    rows = rows.assign(week=later, wanted=rows["before"] * rows["share"]).set_index([*_WAY, "week"])
    seen = plan.follow_on.groupby([*_WAY, "week"])[["visits", "value"]].sum()
    every = rows.index.union(seen.index)
    rows, seen = rows.reindex(every), seen.reindex(every, fill_value=0.0)
    wanted = rows["wanted"].fillna(0.0)
    leaked = (wanted - seen["visits"]).clip(lower=0.0)
    return pd.DataFrame({
        "wanted": wanted,
        "served": seen["visits"],
        "leaked": leaked,
        "leaked_value": leaked * rows["lost_worth"].fillna(0.0),
        "value": seen["value"],
    }, dtype=float)  # fmt: skip
