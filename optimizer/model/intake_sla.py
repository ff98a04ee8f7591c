"""Leads answered in time."""

from __future__ import annotations

from optimizer.lp.blocks import Meaning, RowBlock, at_most
from optimizer.model.columns import Columns
from optimizer.model.intake_hours import lead_hours, missed_hours, team_labels, team_rows
from optimizer.model.setting import Setting


def intake_sla(setting: Setting, columns: Columns) -> RowBlock:
    r"""The leads that an intake team answers in time fit into the hours in which it can answer in time.

    .. math:: \sum_{u \in g} \left( \sum_{i \in u} h_i\, leads_{i,t} - late_{u,t} - lost_{u,t} \right) \le H^{sla}_{g,t}

    ===============  ====  =====================================================================
    late, lost       V     hours of leads answered late, of leads never answered
    h_i              P     hours per lead of campaign i (funnel: handling_minutes)
    H^{sla}_{g,t}    P     hours of contacts within the service level after baseline contacts and opening backlog:
                           Erlang C on intake_teams, policies.service_level
    price            dual  worth of one more hour in which leads are answered in time
    ===============  ====  =====================================================================
    """
    labels, row = team_labels(setting), team_rows(setting)
    hours, standing = lead_hours(setting, row, len(labels))
    missed = [missed_hours(columns, row, block, -1.0) for block in ("late", "lost", "lost_unlikely")]
    return at_most(
        "intake_sla",
        labels,
        setting.intake.in_time.ravel(),
        [*hours, *missed],
        Meaning(
            limit="hours in which {intake_team} can answer leads in time in the week of {week}",
            price="one more hour of answering in time at {intake_team} in the week of {week}",
            unit="hour",
            soft_cost=50.0,
        ),
        standing=standing,
    )
