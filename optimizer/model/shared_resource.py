"""Visits fit into the minutes of the machines, rooms and providers that they share."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from optimizer.lp.blocks import Labels, Meaning, Positions, RowBlock, Term, at_most, grid, term
from optimizer.model.columns import Columns
from optimizer.model.setting import Setting


def shared_resource(setting: Setting, columns: Columns) -> RowBlock:
    r"""The minutes that visits take of a shared resource in a week are not more than it has left.

    .. math:: \sum_u m_{s,u} (1 - c_u r_u) \left( \sum_{t + d = w} booked_{u,t,d} + \sum_v downstream_{v,u,w} \right)
              \le \max(0,\ M_{s,w} - B_{s,w})

    ================  ====  ====================================================================
    booked_{u,t,d}    V     patients of week t booked into week w = t + d
    downstream        V     follow-on visits that unit u sees in week w
    m_{s,u}           P     minutes of resource s that a visit to unit u takes (resource_use: minutes_per_visit)
    c_u, r_u          P     cancelled bookings, and those of them whose slot is used again (service_lines)
    M_{s,w}           P     minutes there are (shared_resources: minutes_available)
    B_{s,w}           P     minutes that others take (shared_resources: minutes_baseline)
    price             dual  worth of one more minute
    ================  ====  ====================================================================
    """
    facts = setting.facts
    place = facts.pathways.place[columns.downstream_way]
    terms = [
        _minutes(setting, "booked", columns.booked_unit, columns.booked_week + columns.booked_wait),
        _minutes(setting, "downstream", place, columns.downstream_week),
    ]
    return at_most(
        "shared_resource",
        _labels(setting),
        facts.resources.left.ravel(),
        terms,
        Meaning(
            limit="minutes of {resource} in the week of {week} (shared_resources)",
            price="one more minute of {resource} in the week of {week}",
            unit="minute",
            soft_cost=10.0,
        ),
    )


def _minutes(setting: Setting, block: str, unit: Positions, week: Positions) -> Term:
    """Minutes of columns that are seen at units in weeks, in rows of all resources and weeks."""
    facts = setting.facts
    each = np.arange(len(unit))
    seen_at = sp.csr_array((np.ones(len(unit)), (unit, each)), shape=(len(facts.units), len(unit)))
    minutes = (sp.csr_array(facts.resources.minutes * facts.slots_per_booking) @ seen_at).tocoo()
    row = minutes.row.astype(np.int64) * len(facts.weeks) + week[minutes.col]
    return term(block, row, minutes.col, minutes.data)


def _labels(setting: Setting) -> Labels:
    facts = setting.facts
    return grid({"resource": [str(name) for name in facts.resources.names], "week": list(facts.weeks)})
