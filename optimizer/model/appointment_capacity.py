"""Bookings and follow-on visits fit into the open new-patient slots of the week of the visit."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Meaning, RowBlock, at_most, term
from optimizer.model.columns import Columns, unit_week_labels
from optimizer.model.setting import Setting


def appointment_capacity(setting: Setting, columns: Columns) -> RowBlock:
    r"""The slots that bookings and follow-on visits use in a week are not more than are open for them.

    .. math:: (1 - c_u r_u) \left( \sum_{t + d = w} booked_{u,t,d} + \sum_{v} downstream_{v,u,w} \right)
              \le \max(0,\ f\, S_{u,w} - B_{u,w} - E_{u,w})

    ===============  ====  =====================================================================
    booked_{u,t,d}   V     patients of week t booked into week w = t + d
    downstream       V     follow-on visits that unit u sees in week w, from any unit v
    c_u, r_u         P     cancelled bookings, and those of them whose slot is used again (service_lines)
    S_{u,w}          P     new-patient slots (appointment_capacity: new_patient_slots)
    f                P     share of slots that may be filled (policies.fill_cap)
    B_{u,w}          P     slots taken already (appointment_capacity: already_booked)
    E_{u,w}          P     organic, referral and recall patients (expected_baseline_bookings)
    price            dual  worth of one more open slot
    ===============  ====  =====================================================================
    """
    facts = setting.facts
    weeks = len(facts.weeks)
    units = np.arange(len(facts.units))
    visit = columns.booked_unit * weeks + columns.booked_week + columns.booked_wait
    place = facts.pathways.place[columns.downstream_way]
    follow_on = place * weeks + columns.downstream_week
    return at_most(
        "appointment_capacity",
        unit_week_labels(facts, units, weeks),
        facts.open_slots.ravel(),
        [
            term("booked", visit, np.arange(len(visit)), facts.slots_per_booking[columns.booked_unit]),
            term("downstream", follow_on, np.arange(len(follow_on)), facts.slots_per_booking[place]),
        ],
        Meaning(
            limit="open new-patient slots of {location} {service_line} in the week of {week}",
            price="one more open slot at {location} {service_line} in the week of {week}",
            unit="slot",
            soft_cost=100.0,
        ),
    )
