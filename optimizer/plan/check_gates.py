"""What a plan says of its gates: every campaign and week that one limits is told, with its ceilings found again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import Bools, same_cells, told_rows
from optimizer.plan.recompute_ground import Floats, Ground
from optimizer.plan.recompute_sheets import sheet_of

_NONE = pd.DataFrame({"campaign": [], "week": [], "ceiling_before": [], "ceiling_after": []})


def shown_gates(ground: Ground, tables: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Findings where a gate that limits a campaign's week is not told, or a ceiling is not the one computed again."""
    sheet = sheet_of(ground, "gates", tables.get("gates", _NONE))
    limited, ceilings = _limited(ground)
    return told_rows("gates", sheet, limited, ground.planned, "no gate limits") or same_cells("gates", sheet, ceilings)


def _limited(ground: Ground) -> tuple[Bools, dict[str, Floats]]:
    """Where a gate leaves less than the campaign's own most, or holds it, and both ceilings; by campaign and week."""
    rows, gates = ground.campaigns, ground.gates
    known = (rows["observed_max_weekly_spend"] * ground.definition.policies.extrapolation * 100 + 1e-6) // 1 / 100
    most = np.fmin(known.to_numpy(), rows["max_weekly_spend"].to_numpy())
    ceiling, hold = gates.ceiling.to_numpy(), gates.hold.to_numpy()
    before = np.repeat(most[:, None], ceiling.shape[1], axis=1)
    held = (hold > 0) & (ceiling == hold) & (hold <= before)
    return (ceiling < before) | held, {"ceiling_before": before, "ceiling_after": ceiling}
