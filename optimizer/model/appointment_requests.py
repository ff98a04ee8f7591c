"""Appointments are booked by patients who ask for one and accept the wait."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Meaning, RowBlock, at_most, term
from optimizer.model.columns import Columns
from optimizer.model.setting import Setting


def appointment_requests(setting: Setting, columns: Columns) -> RowBlock:
    r"""Patients booked with any wait, and those who decline it, are not more than ask; late and lost leads ask less.

    .. math:: \sum_d \frac{booked_{u,t,d}}{k_{u,d}} + r^{late}_{u,t}\, late_{u,t} + r^{lost}_{u,t}\, lost_{u,t}
              + r^{least}_{u,t}\, unlikely_{u,t} - requests_{u,t} \le waitlist_u\,[t = 0]

    ===============  ====  =====================================================================
    booked_{u,t,d}   V     patients of week t booked into week t + d
    k_{u,d}          P     share of patients offered this wait who book (show_rates: kept_share)
    late, lost       V     hours of leads answered late, of leads never answered
    unlikely         V     hours of leads never answered, counted as those least likely to ask (r^{least}, funnel)
    r^{late}_{u,t}   P     requests lost with an hour of today's leads answered late (funnel: booking_rate less
                           booking_rate_late, by handling_minutes)
    r^{lost}_{u,t}   P     requests lost with an hour of today's leads never answered (funnel)
    waitlist_u       P     patients waiting at the start (appointment_capacity: waitlist)
    price            dual  worth of one more patient who asks, after the slot is paid for
    ===============  ====  =====================================================================
    """
    facts, mix = setting.facts, setting.mix
    weeks = facts.lead_weeks
    each = np.arange(len(columns.requests))
    booked = columns.booked_unit * weeks + columns.booked_week
    split = (columns.limited[:, None] * weeks + np.arange(weeks)).ravel()
    position = np.arange(len(split))
    waiting = np.zeros((len(facts.units), weeks))
    waiting[:, 0] = facts.waitlist
    return at_most(
        "appointment_requests",
        columns.requests.labels,
        waiting.ravel(),
        [
            term("booked", booked, np.arange(len(booked)), 1 / facts.kept[columns.booked_unit, columns.booked_wait]),
            term("late", split, position, mix.late_requests[columns.limited].ravel()),
            term("lost", split, position, mix.lost_requests[columns.limited].ravel()),
            term("lost_unlikely", split, position, mix.least_requests[columns.limited].ravel()),
            term("requests", each, each, -1.0),
        ],
        Meaning(
            limit="patients asking for {location} {service_line} in the week of {week}",
            price="one more patient asking for {location} {service_line} in the week of {week}",
            unit="patient",
        ),
    )
