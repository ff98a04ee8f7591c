"""Nobody books whose lead is not answered."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Floats, Meaning, Positions, RowBlock, Term, at_most, term
from optimizer.model.appointment_requests import requests_of_bookings
from optimizer.model.arrivals import arrivals, by_row
from optimizer.model.columns import Columns, unit_labels
from optimizer.model.intake_hours import lead_hours, missed_hours
from optimizer.model.setting import Setting


def answered_requests(setting: Setting, columns: Columns) -> RowBlock:
    r"""The patients booked are not more than the hours of answered leads could bring at best.

    .. math:: \sum_{r \in u} \sum_d \frac{booked_{r,t,d}}{a_r\, k_{u,d}}
              - r^{most}_u \left( \sum_{i \in u} h_i\, leads_{i,t} - lost_{u,t} - unlikely_{u,t} \right)
              - \sum_{i \in u,\ h_i = 0} b_i\, leads_{i,t} \le waitlist_u\,[t = 0]

    ===============  ====  =====================================================================
    booked, a, k           as in appointment_requests
    lost, unlikely   V     hours of leads that are never answered
    h_i, b_i         P     hours and requests per lead of campaign i (funnel)
    r^{most}_u       P     most requests per hour that a campaign of the unit brings (funnel)
    waitlist_u       P     patients waiting at the start (appointment_capacity: waitlist)
    price            dual  worth of one more patient whose lead is answered
    ===============  ====  =====================================================================

    Lost leads cost the requests of today's average lead; where the plan's leads ask for more than that, this keeps
    leads that nobody answers from booking all the same. Where all campaigns of a unit bring the same requests an hour
    it follows from appointment_requests, and there is no row.
    """
    facts, mix = setting.facts, setting.mix
    units = np.flatnonzero((facts.team >= 0) & (mix.most_requests > mix.least_requests.min(axis=1) * (1 + 1e-12)))
    row, count = _rows(setting, units), len(units) * facts.lead_weeks
    best = np.repeat(mix.most_requests[units], facts.lead_weeks)
    hours, standing = lead_hours(setting, row, count)
    instant, carried = _without_hours(setting, row, count)
    missed = [missed_hours(columns, row, block, 1.0) for block in ("lost", "lost_unlikely")]
    waiting = np.zeros((len(units), facts.lead_weeks))
    waiting[:, 0] = facts.waitlist[units]
    terms = [
        _only(requests_of_bookings(setting, columns), row),
        *(_times(part, -best) for part in hours),
        *(_times(_only(part, None), best) for part in missed),
        instant,
    ]
    week = np.tile(np.arange(facts.lead_weeks), len(units))
    return at_most(
        "answered_requests",
        unit_labels(facts, np.repeat(units, facts.lead_weeks), {"week": (list(facts.weeks[: facts.lead_weeks]), week)}),
        waiting.ravel(),
        terms,
        Meaning(
            limit="patients of {location} {service_line} whose leads are answered in the week of {week}",
            price="one more patient of {location} {service_line} whose lead is answered in the week of {week}",
            unit="patient",
        ),
        standing=-(best * standing + carried),
    )


def _rows(setting: Setting, units: Positions) -> Positions:
    """(U, L) row of each unit and lead week; -1 for units without one."""
    weeks = setting.facts.lead_weeks
    row = np.full((len(setting.facts.units), weeks), -1)
    row[units] = np.arange(len(units) * weeks).reshape(-1, weeks)
    return row


def _without_hours(setting: Setting, row: Positions, count: int) -> tuple[Term, Floats]:
    """Requests of campaigns whose leads take no time: the term, and those still arriving from before the plan."""
    facts = setting.facts
    weight = np.where(facts.minutes > 0, 0.0, facts.booking)[:, None] * np.ones(facts.lead_weeks)
    own = row[facts.unit]
    return arrivals(setting, own, -weight), by_row(own, setting.carried * weight, count)


def _times(part: Term, factor: Floats) -> Term:
    return Term(part.block, part.rows, part.columns, part.values * factor[part.rows])


def _only(part: Term, row: Positions | None) -> Term:
    """Coefficients whose row is kept; rows of all units are renamed to those of ``row``."""
    rows = part.rows if row is None else row.ravel()[part.rows]
    kept = np.flatnonzero(rows >= 0)
    return term(part.block, rows[kept], part.columns[kept], part.values[kept])
