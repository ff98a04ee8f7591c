"""What a plan says of the room for more money: every campaign's week is told once, its amounts found again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import same_cells, told_rows
from optimizer.plan.check_money import spend_range, whole_cents
from optimizer.plan.recompute import Replay
from optimizer.plan.recompute_ground import Floats, Ground


def shown_room(ground: Ground, plan: Replay, tables: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Findings where a campaign's week lacks, or an amount is not the one computed again."""
    if "room" not in tables:
        return []
    sheet = plan.sheets["room"]
    wrong = told_rows("room", sheet, sheet.every_row, ground.planned, "the scenario has not")
    return wrong or same_cells("room", sheet, _again(ground, plan))


def _again(ground: Ground, plan: Replay) -> dict[str, Floats]:
    """The four amounts, by campaign and planned week."""
    most = spend_range(ground)[1].to_numpy()
    known = ground.campaigns["observed_max_weekly_spend"] * ground.definition.policies.extrapolation
    end = np.broadcast_to(whole_cents(known)[0][:, None] / 100, most.shape)
    return {"may_spend": most, "curve_end": end, "room": most - plan.cents.to_numpy() / 100, "held_room": end - most}
