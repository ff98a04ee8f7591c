"""No more leads are late or lost than there are."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Meaning, RowBlock, at_most, term
from optimizer.model.columns import Columns
from optimizer.model.setting import Setting


def lead_split(setting: Setting, columns: Columns) -> RowBlock:
    r"""Late and lost leads are part of a unit's leads.

    .. math:: late_{u,t} + lost_{u,t} - leads_{u,t} \le 0

    ===============  ====  =====================================================================
    late, lost       V     leads answered late, leads never answered
    price            dual  worth of one more lead that could be late or lost
    ===============  ====  =====================================================================
    """
    weeks = setting.facts.lead_weeks
    each = np.arange(len(columns.late))
    leads = (columns.limited[:, None] * weeks + np.arange(weeks)).ravel()
    return at_most(
        "lead_split",
        columns.late.labels,
        0.0,
        [term("late", each, each, 1.0), term("lost", each, each, 1.0), term("leads", each, leads, -1.0)],
        Meaning(
            limit="late and lost leads of {location} {service_line} in the week of {week}",
            price="one more lead of {location} {service_line} that may be late or lost in the week of {week}",
            unit="lead",
        ),
    )
