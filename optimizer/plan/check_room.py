"""What a plan says of the room for more money: every campaign's week is told once, its amounts found again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import equal, named
from optimizer.plan.check_money import spend_range, whole_cents
from optimizer.plan.recompute import Replay
from optimizer.plan.recompute_ground import Ground

_KEY = ["campaign", "week"]
_MONEY = ["may_spend", "curve_end", "room", "held_room"]


def shown_room(ground: Ground, plan: Replay, tables: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Findings where a campaign's week lacks, or an amount is not the one computed again."""
    again = _again(ground, plan)
    shown = tables.get("room", again)[[*_KEY, *_MONEY]]
    doubled = named("room", shown[_KEY], shown.duplicated(_KEY).to_numpy(), "the table 'room' has this row twice")
    if doubled:
        return doubled
    both = shown.merge(again, on=_KEY, how="outer", suffixes=("", "_again"), indicator="place", validate="one_to_one")
    untold, unknown = ((both["place"] == side).to_numpy() for side in ("right_only", "left_only"))
    rows = both[both["place"] == "both"].set_index(_KEY)
    computed = rows[[f"{name}_again" for name in _MONEY]].set_axis(_MONEY, axis=1)
    return [
        *named("room", both[_KEY], untold, "the table 'room' lacks this row"),
        *named("room", both[_KEY], unknown, "the table 'room' has a row that the scenario has not"),
        *equal("room", rows[_MONEY], computed),
    ]


def _again(ground: Ground, plan: Replay) -> pd.DataFrame:
    """Campaign, week and the four amounts."""
    _, ceiling = spend_range(ground)
    known = ground.campaigns["observed_max_weekly_spend"] * ground.definition.policies.extrapolation
    end = pd.Series(whole_cents(known)[0] / 100, index=ceiling.index)
    campaign, week = np.indices(ceiling.shape).reshape(2, -1)
    most, curve = ceiling.to_numpy().ravel(), end.to_numpy()[campaign]
    spend = (plan.cents / 100).reindex(index=ceiling.index, columns=ceiling.columns).to_numpy().ravel()
    return pd.DataFrame({
        "campaign": ceiling.index.to_numpy(dtype=object)[campaign],
        "week": ceiling.columns.to_numpy(dtype=object)[week],
        "may_spend": most,
        "curve_end": curve,
        "room": most - spend,
        "held_room": curve - most,
    })  # fmt: skip
