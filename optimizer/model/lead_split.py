"""No more leads are late or lost than there are."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Meaning, RowBlock, at_most
from optimizer.model.columns import Columns
from optimizer.model.intake_hours import lead_hours, missed_hours
from optimizer.model.setting import Setting


def lead_split(setting: Setting, columns: Columns) -> RowBlock:
    r"""Late and lost leads are part of a unit's leads, counted in intake hours.

    .. math:: late_{u,t} + lost_{u,t} - \sum_{i \in u} h_i\, leads_{i,t} \le 0

    ===============  ====  =====================================================================
    late, lost       V     hours of leads answered late, of leads never answered
    h_i              P     hours per lead of campaign i (funnel: handling_minutes)
    price            dual  worth of one more hour of leads that could be late or lost
    ===============  ====  =====================================================================
    """
    weeks = setting.facts.lead_weeks
    row = np.full((len(setting.facts.units), weeks), -1)
    row[columns.limited] = np.arange(len(columns.late)).reshape(-1, weeks)
    hours, standing = lead_hours(setting, row, len(columns.late))
    missed = [missed_hours(columns, row, block, 1.0) for block in ("late", "lost", "lost_unlikely")]
    return at_most(
        "lead_split",
        columns.late.labels,
        0.0,
        [*missed, *(part.times(-1.0) for part in hours)],
        Meaning(
            limit="hours of late and lost leads of {location} {service_line} in the week of {week}",
            price="one more hour of leads of {location} {service_line} that may be late or lost in the week of {week}",
            unit="hour",
        ),
        standing=-standing,
    )
