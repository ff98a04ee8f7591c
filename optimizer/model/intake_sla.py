"""Leads answered in time."""

from __future__ import annotations

from optimizer.lp.blocks import Meaning, RowBlock, at_most
from optimizer.model.columns import Columns
from optimizer.model.intake_hours import lead_hours, spared_hours, team_labels
from optimizer.model.setting import Setting


def intake_sla(setting: Setting, columns: Columns) -> RowBlock:
    r"""The leads that an intake team answers in time fit into the hours in which it can answer in time.

    .. math:: \sum_{u \in g} h_{u,t}\,(leads_{u,t} - late_{u,t} - lost_{u,t}) \le H^{sla}_{g,t}

    ===============  ====  =====================================================================
    late, lost       V     leads answered late, leads never answered
    h_{u,t}          P     hours per lead, exact for every campaign's own (funnel: handling_minutes)
    H^{sla}_{g,t}    P     hours of contacts within the service level after baseline contacts: Erlang C on
                           intake_teams, policies.service_level
    price            dual  worth of one more hour in which leads are answered in time
    ===============  ====  =====================================================================
    """
    hours, standing = lead_hours(setting, columns)
    terms = [*hours, spared_hours(setting, columns, "late"), spared_hours(setting, columns, "lost")]
    return at_most(
        "intake_sla",
        team_labels(setting),
        setting.intake.in_time.ravel(),
        terms,
        Meaning(
            limit="hours in which {intake_team} can answer leads in time in the week of {week}",
            price="one more hour of answering in time at {intake_team} in the week of {week}",
            unit="hour",
            soft_cost=50.0,
        ),
        standing=standing,
    )
