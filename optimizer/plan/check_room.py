"""What a plan says of the room for more money: every campaign's week is told once, its amounts found again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import row_by_row
from optimizer.plan.check_money import spend_range, whole_cents
from optimizer.plan.recompute import Replay
from optimizer.plan.recompute_ground import Ground

_KEY = ["campaign", "week"]


def shown_room(ground: Ground, plan: Replay, tables: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Findings where a campaign's week lacks, or an amount is not the one computed again."""
    again = _again(ground, plan)
    return row_by_row("room", tables.get("room", again), again, _KEY, "the scenario has not")


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
