"""Leads answered at all."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Meaning, RowBlock, at_most, term
from optimizer.model.columns import Columns
from optimizer.model.intake_hours import lead_hours, missed_hours, team_labels, team_rows
from optimizer.model.setting import Setting


def intake_total(setting: Setting, columns: Columns) -> RowBlock:
    r"""The leads that an intake team answers, in time or late, fit into its paid hours and those that are bought.

    .. math:: \sum_{u \in g} \left( \sum_{i \in u} h_i\, leads_{i,t} - lost_{u,t} \right) - overflow_{g,t}
              \le H^{paid}_{g,t}

    ===============  ====  =====================================================================
    lost_{u,t}       V     hours of leads never answered
    overflow_{g,t}   V     hours bought; as H^{sla} of intake_sla knows nothing of them, they answer late
    h_i              P     hours per lead of campaign i (funnel: handling_minutes)
    H^{paid}_{g,t}   P     paid hours less shrinkage, baseline contacts and opening backlog (intake_teams)
    price            dual  worth of one more paid hour
    ===============  ====  =====================================================================
    """
    labels, row = team_labels(setting), team_rows(setting)
    hours, standing = lead_hours(setting, row, len(labels))
    lost = [missed_hours(columns, row, block, -1.0) for block in ("lost", "lost_unlikely")]
    bought_in = columns.overflow_team * setting.facts.lead_weeks + columns.overflow_week
    bought = term("overflow", bought_in, np.arange(len(bought_in)), -1.0)
    return at_most(
        "intake_total",
        labels,
        setting.intake.paid.ravel(),
        [*hours, *lost, bought],
        Meaning(
            limit="paid hours of {intake_team} left for leads in the week of {week}",
            price="one more paid hour at {intake_team} in the week of {week}",
            unit="hour",
            soft_cost=50.0,
        ),
        standing=standing,
    )
