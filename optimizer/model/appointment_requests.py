"""Appointments are booked by patients who ask for one and accept the wait."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Meaning, RowBlock, Term, at_most, term
from optimizer.model.columns import Columns
from optimizer.model.setting import Setting


def appointment_requests(setting: Setting, columns: Columns) -> RowBlock:
    r"""Patients booked with any wait, and those who decline it, are not more than ask; late and lost leads ask less.

    .. math:: \sum_{r \in u} \sum_d \frac{booked_{r,t,d}}{a_r\, k_{u,d}} + r^{late}_{u,t}\, late_{u,t}
              + r^{lost}_{u,t}\, lost_{u,t} + r^{least}_{u,t}\, unlikely_{u,t} - requests_{u,t}
              \le waitlist_u\,[t = 0]

    ===============  ====  =====================================================================
    booked_{r,t,d}   V     patients of week t booked into week t + d, at the unit itself or by a redirect r
    a_r              P     share of patients offered the other clinic who accept (redirects: acceptance_rate); 1 at home
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
    split = (columns.limited[:, None] * weeks + np.arange(weeks)).ravel()
    position = np.arange(len(split))
    waiting = np.zeros((len(facts.units), weeks))
    waiting[:, 0] = facts.waitlist
    return at_most(
        "appointment_requests",
        columns.requests.labels,
        waiting.ravel(),
        [
            requests_of_bookings(setting, columns),
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


def requests_of_bookings(setting: Setting, columns: Columns) -> Term:
    """Patients who must ask for each one booked, in rows of all units and lead weeks: who declines is gone."""
    facts = setting.facts
    origin = facts.route_from[columns.booked_route]
    accepted = facts.kept[origin, columns.booked_wait] * facts.acceptance[columns.booked_route]
    return term("booked", origin * facts.lead_weeks + columns.booked_week, np.arange(len(origin)), 1 / accepted)
