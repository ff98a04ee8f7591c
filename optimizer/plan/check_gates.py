"""What a plan says of its gates: every campaign and week that one limits is told, with its ceilings found again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import equal, named
from optimizer.plan.recompute_ground import Ground

_KEY = ["campaign", "week"]
_MONEY = ["ceiling_before", "ceiling_after"]


def shown_gates(ground: Ground, tables: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Findings where a gate that limits a campaign's week is not told, or a ceiling is not the one computed again."""
    again = _limited(ground)
    shown = tables.get("gates", again.iloc[:0])[[*_KEY, *_MONEY]]
    doubled = named("gates", shown[_KEY], shown.duplicated(_KEY).to_numpy(), "the table 'gates' has this row twice")
    if doubled:
        return doubled
    both = shown.merge(again, on=_KEY, how="outer", suffixes=("", "_again"), indicator="place", validate="one_to_one")
    untold, unknown = ((both["place"] == side).to_numpy() for side in ("right_only", "left_only"))
    rows = both[both["place"] == "both"].set_index(_KEY)
    computed = rows[[f"{name}_again" for name in _MONEY]].set_axis(_MONEY, axis=1)
    return [
        *named("gates", both[_KEY], untold, "the table 'gates' lacks this row"),
        *named("gates", both[_KEY], unknown, "the table 'gates' has a row that no gate limits"),
        *equal("gates", rows[_MONEY], computed),
    ]


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
