"""Leads answered at all."""

from __future__ import annotations

from optimizer.lp.blocks import Meaning, RowBlock, at_most
from optimizer.model.columns import Columns
from optimizer.model.intake_hours import lead_hours, spared_hours, team_labels
from optimizer.model.setting import Setting


def intake_total(setting: Setting, columns: Columns) -> RowBlock:
    r"""The leads that an intake team answers, in time or late, fit into its paid hours.

    .. math:: \sum_{u \in g} h_{u,t}\,(leads_{u,t} - lost_{u,t}) \le H^{paid}_{g,t}

    ===============  ====  =====================================================================
    lost_{u,t}       V     leads never answered
    h_{u,t}          P     hours per lead, exact for every campaign's own (funnel: handling_minutes)
    H^{paid}_{g,t}   P     paid hours less shrinkage and baseline contacts (intake_teams)
    price            dual  worth of one more paid hour
    ===============  ====  =====================================================================
    """
    hours, standing = lead_hours(setting, columns)
    return at_most(
        "intake_total",
        team_labels(setting),
        setting.intake.paid.ravel(),
        [*hours, spared_hours(setting, columns, "lost")],
        Meaning(
            limit="paid hours of {intake_team} left for leads in the week of {week}",
            price="one more paid hour at {intake_team} in the week of {week}",
            unit="hour",
            soft_cost=50.0,
        ),
        standing=standing,
    )
