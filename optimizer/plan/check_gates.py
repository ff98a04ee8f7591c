"""What a plan says of its gates: every campaign and week that one limits is told, with its ceilings found again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import row_by_row
from optimizer.plan.recompute_ground import Ground

_KEY = ["campaign", "week"]


def shown_gates(ground: Ground, tables: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Findings where a gate that limits a campaign's week is not told, or a ceiling is not the one computed again."""
    again = _limited(ground)
    return row_by_row("gates", tables.get("gates", again.iloc[:0]), again, _KEY, "no gate limits")


def _limited(ground: Ground) -> pd.DataFrame:
    """Campaign, week and both ceilings wherever a gate leaves less than the campaign's own most, or holds it."""
    rows, gates = ground.campaigns, ground.gates
    known = (rows["observed_max_weekly_spend"] * ground.definition.policies.extrapolation * 100 + 1e-6) // 1 / 100
    most = known.combine(rows["max_weekly_spend"], np.fmin)
    before = pd.DataFrame(dict.fromkeys(ground.planned, most), index=rows.index)
    held = (gates.hold > 0) & (gates.ceiling == gates.hold) & (gates.hold <= before)
    limited = (gates.ceiling < before) | held
    campaign, week = np.nonzero(limited.to_numpy())
    return pd.DataFrame({
        "campaign": rows.index.to_numpy(dtype=object)[campaign],
        "week": np.array(ground.planned, dtype=object)[week],
        "ceiling_before": before.to_numpy()[campaign, week],
        "ceiling_after": gates.ceiling.to_numpy()[campaign, week],
    })  # fmt: skip
