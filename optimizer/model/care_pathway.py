"""Completed visits lead to follow-on visits in other service lines."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Floats, Labels, Meaning, Positions, RowBlock, Term, at_most, term
from optimizer.model.columns import Columns, unit_labels
from optimizer.model.setting import Setting


def care_pathway(setting: Setting, columns: Columns) -> RowBlock:
    r"""The follow-on visits that are seen are not more than the visits some weeks earlier lead to.

    .. math:: \sum_v downstream_{p,u,v,w} - q_p \left( \sum_{t + d = w - l_p} s_{u,d}\, booked_{u,t,d}
              + \sum_{p',v} downstream_{p',v,u,w-l_p} \right) \le 0

    ================  ====  ====================================================================
    downstream        V     follow-on visits of pathway p from unit u that unit v sees in week w
    booked_{u,t,d}    V     patients of week t booked into week t + d and seen at unit u, wherever they asked
    s_{u,d}           P     share of booked patients who come (show_rates: show_rate)
    q_p               P     completed visits that lead to a follow-on visit (care_pathways: share)
    l_p               P     weeks from the visit to the follow-on visit (care_pathways: lag_weeks)
    price             dual  worth of one more patient who needs the follow-on visit, after slots are paid for
    ================  ====  ====================================================================

    A follow-on visit leads on in its turn, so care can go from orthopaedics to imaging to physical therapy. It does not
    wait: who finds no slot in that week is lost to the group, and told. Visits of patients who waited before the plan
    lead on like all others.
    """
    facts, found = setting.facts, setting.facts.pathways
    weeks = len(facts.weeks)
    each = np.arange(len(columns.downstream))
    way = columns.downstream_way
    seen = term("downstream", found.leaving[way] * weeks + columns.downstream_week, each, 1.0)
    visit_week = columns.booked_week + columns.booked_wait
    show = facts.show[columns.booked_unit, columns.booked_wait]
    leads_on = [
        _led_on(setting, "booked", columns.booked_unit, visit_week, show),
        _led_on(setting, "downstream", found.place[way], columns.downstream_week, np.ones(len(each))),
    ]
    return at_most(
        "care_pathway",
        _labels(setting),
        np.zeros(len(found.origin) * weeks),
        [seen, *leads_on],
        Meaning(
            limit="follow-on visits of {pathway} from {location} in the week of {week}",
            price="one more patient of {location} who needs the follow-on visit {pathway} in the week of {week}",
            unit="patient",
        ),
    )


def _led_on(setting: Setting, block: str, unit: Positions, week: Positions, visits: Floats) -> Term:
    """What columns of completed visits lead to, in rows of all pathways out of units and weeks."""
    found, weeks = setting.facts.pathways, len(setting.facts.weeks)
    way, column = _by_unit(found.origin, unit)
    later = week[column] + found.lag[way]
    inside = np.flatnonzero(later < weeks)
    way, column = way[inside], column[inside]
    return term(block, way * weeks + later[inside], column, -found.share[way] * visits[column])


def _by_unit(wanted: Positions, unit: Positions) -> tuple[Positions, Positions]:
    """Every position in ``wanted`` with every position in ``unit`` of the same unit."""
    order = np.argsort(unit, kind="stable")
    first, last = (np.searchsorted(unit[order], wanted, side) for side in ("left", "right"))
    count = last - first
    start = np.repeat(first - (np.cumsum(count) - count), count)
    return np.repeat(np.arange(len(wanted)), count), order[start + np.arange(count.sum())]


def _labels(setting: Setting) -> Labels:
    facts, found = setting.facts, setting.facts.pathways
    weeks = len(facts.weeks)
    names, pathway = np.unique(found.name, return_inverse=True)
    extra = {
        "pathway": ([str(name) for name in names], np.repeat(pathway.astype(np.int64), weeks)),
        "week": (list(facts.weeks), np.tile(np.arange(weeks), len(found.origin))),
    }
    return unit_labels(facts, np.repeat(found.origin, weeks), extra)
