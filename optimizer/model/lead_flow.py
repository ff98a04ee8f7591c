"""Leads arrive from spend."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Meaning, RowBlock, equal, term
from optimizer.model.arrivals import arrivals, by_row, unit_rows
from optimizer.model.columns import Columns
from optimizer.model.setting import Setting


def lead_flow(setting: Setting, columns: Columns) -> RowBlock:
    r"""The leads of a clinic's service line in a week are those its campaigns bring, this week's and earlier spend's.

    .. math:: leads_{u,t} - \sum_{i \in u} \sum_{\tau \le t} \sum_k q_{i,t-\tau}\, v_i\, s_{i,\tau,k}\, spend_{i,\tau,k}
              = carried_{u,t}

    ===============  ====  =====================================================================
    leads_{u,t}      V     valid leads of unit u in week t
    spend_{i,τ,k}    V     money of campaign i in week τ on step k of its curve
    q_{i,l}          P     share of leads that arrives l weeks later (channels: lead_share_week_l)
    v_i              P     valid leads per captured lead (funnel: valid_rate)
    s_{i,τ,k}        P     captured leads per money on the step (response_curves, seasonality)
    carried_{u,t}    P     valid leads still arriving from spend before the plan
    price            dual  worth of one more lead to answer, before any appointment it asks for
    ===============  ====  =====================================================================
    """
    row = unit_rows(setting)
    arriving = arrivals(setting, row, -np.ones(row.shape))
    each = np.arange(len(columns.leads))
    return equal(
        "lead_flow",
        columns.leads.labels,
        by_row(row, setting.carried, len(columns.leads)),
        [term("leads", each, each, 1.0), arriving],
        Meaning(
            limit="leads of {location} {service_line} arriving in the week of {week}",
            price="one more lead for {location} {service_line} to answer in the week of {week}",
            unit="lead",
        ),
    )
