"""Patients of some channels are worth less."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Meaning, RowBlock, at_most, term
from optimizer.model.arrivals import arrivals
from optimizer.model.columns import Columns, unit_week_labels
from optimizer.model.multipliers import below_best, requests_below_best
from optimizer.model.setting import Setting


def channel_value(setting: Setting, columns: Columns) -> RowBlock:
    r"""Every request of a channel below its unit's best is charged what it is worth less, whether it is booked or not.

    .. math:: \sum_{i \in u} (m_u - m_i)\, requests_{i,t} + (m_u - 1)\, waitlist_u\,[t = 0] \le discount_{u,t}

    ================  ====  =====================================================================
    requests_{i,t}    V     requests that campaign i's leads of week t bring if all are answered in time; a sum over
                            its spend as in request_flow
    discount_{u,t}    V     requests by what they are worth less; each costs the most that a request of u can be worth
    m_i               P     worth of a patient of campaign i relative to the line's figures (channels: value_multiplier)
    m_u               P     greatest m_i of unit u and the units that redirects join to it, and 1 where patients wait
                            there; what a booking of u counts
    waitlist_u        P     patients waiting at the start (appointment_capacity: waitlist)
    price             dual  what one more request at the line's figures would be worth
    ================  ====  =====================================================================

    Bookings carry no channel, because slots are not given to patients by their worth. So a plan whose requests are all
    booked at the best wait is valued exactly, and any other too low. There is no row where a unit's channels are alike
    or where what a patient is worth does not count.
    """
    facts, units = setting.facts, columns.discounted
    each = np.arange(len(columns.channel_discount))
    row = np.full((len(facts.units), facts.lead_weeks), -1)
    row[units] = each.reshape(-1, facts.lead_weeks)
    weight = np.broadcast_to((facts.booking * below_best(facts))[:, None], (len(facts.unit), facts.lead_weeks))
    return at_most(
        "channel_value",
        unit_week_labels(facts, units, facts.lead_weeks),
        np.zeros(len(each)),
        [arrivals(setting, row[facts.unit], weight), term("channel_discount", each, each, -1.0)],
        Meaning(
            limit="patients of lesser channels asking for {location} {service_line} in the week of {week}",
            price="one more patient of the best channel asking for {location} {service_line} in the week of {week}",
            unit="patient",
        ),
        standing=requests_below_best(facts, setting.carried)[units].ravel(),
    )
