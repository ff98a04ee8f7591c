"""Leads that are answered in time ask for appointments."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Meaning, RowBlock, equal, term
from optimizer.model.arrivals import arrivals, by_row, unit_rows
from optimizer.model.columns import Columns
from optimizer.model.setting import Setting


def request_flow(setting: Setting, columns: Columns) -> RowBlock:
    r"""If every lead were answered in time, a unit's leads of a week would ask for this many appointments.

    .. math:: requests_{u,t} - \sum_{i \in u} \sum_{\tau \le t} \sum_k b_i\, q_{i,t-\tau}\, v_i\, s_{i,\tau,k}\,
              spend_{i,\tau,k} = \sum_{i \in u} b_i\, carried_{i,t}

    ===============  ====  =====================================================================
    requests_{u,t}   V     appointment requests of unit u in week t
    b_i              P     requests per valid lead (funnel: contactable * qualified * booking rate)
    others                 as in lead_flow
    price            dual  worth of one more patient who asks for an appointment
    ===============  ====  =====================================================================
    """
    row = unit_rows(setting)
    booking = np.broadcast_to(setting.facts.booking[:, None], row.shape)
    each = np.arange(len(columns.requests))
    return equal(
        "request_flow",
        columns.requests.labels,
        by_row(row, setting.carried * booking, len(columns.requests)),
        [term("requests", each, each, 1.0), arrivals(setting, row, -booking)],
        Meaning(
            limit="patients asking for {location} {service_line} in the week of {week}",
            price="one more patient asking for {location} {service_line} in the week of {week}",
            unit="patient",
        ),
    )
