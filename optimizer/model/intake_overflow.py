"""Hours bought beyond the paid ones."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Meaning, RowBlock, at_most, term
from optimizer.model.columns import Columns
from optimizer.model.setting import Setting


def intake_overflow(setting: Setting, columns: Columns) -> RowBlock:
    r"""An intake team buys no more overflow hours in a week than can be bought.

    .. math:: overflow_{g,t} \le O_{g,t}

    ===============  ====  =====================================================================
    overflow_{g,t}   V     hours bought of team g in week t, each at its price (intake_teams:
                           overflow_cost_per_hour), which lowers the value but is not the budget's money
    O_{g,t}          P     most that can be bought (intake_teams: overflow_hours)
    price            dual  worth of one more hour that may be bought, after it is paid for
    ===============  ====  =====================================================================

    Where visits or bookings are counted, or the least spend is sought, an hour costs next to nothing.
    """
    each = np.arange(len(columns.overflow))
    return at_most(
        "intake_overflow",
        columns.overflow.labels,
        setting.facts.staffing.overflow_hours[columns.overflow_team, columns.overflow_week],
        [term("overflow", each, each, 1.0)],
        Meaning(
            limit="hours that {intake_team} can buy beyond its paid hours in the week of {week}",
            price="one more hour of overflow that may be bought at {intake_team} in the week of {week}",
            unit="hour",
            soft_cost=50.0,
        ),
    )
