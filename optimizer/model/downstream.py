"""The columns of follow-on visits."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import ColumnBlock, Labels, Positions
from optimizer.scenario.definition import Objective
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats

FIRST_IN_TIES = 1e-5
"""Part of a visit's worth that a follow-on visit counts on top: where a new patient is worth the same, the patient whom
a clinic sent on comes first."""
SEEN_FOR_NOTHING = 0.01
"""What a follow-on visit counts that is worth nothing, so that it is seen wherever there is a slot."""


def downstream(facts: Facts, visits: Floats, room: float) -> tuple[ColumnBlock, Positions, Positions]:
    """Follow-on visits by pathway out of a unit, unit that sees them and week.

    Args:
        facts: The facts.
        visits: (U, H) most completed visits of new patients.
        room: Multiple of the most they can be at which the columns are bounded.

    Returns:
        The columns; (n,) positions in ``facts.pathways.leaving``; (n,) weeks of the visit.
    """
    found = facts.pathways
    weeks = np.arange(len(facts.weeks))
    way, week = np.nonzero(weeks[None, :] >= found.lag[found.leaving][:, None])
    most = most_wanted(facts, visits)[found.leaving[way], week]
    worth = found.worth(facts.visit_worth) + first_in_ties(facts)
    block = ColumnBlock("downstream", _labels(facts, way, week), np.array(0.0), room * most + 1, worth[way])
    return block, way, week


def first_in_ties(facts: Facts) -> Floats:
    """(A,) what a follow-on visit counts on top of its worth; no part of any value that is told."""
    found, own = facts.pathways, facts.visit_worth
    if facts.definition.objective is Objective.MIN_SPEND:
        return np.zeros(len(found.place))
    larger = np.maximum(np.abs(own[found.place]), np.abs(found.worth(own)))
    return np.where(larger > 0, FIRST_IN_TIES * larger, SEEN_FOR_NOTHING)


def most_wanted(facts: Facts, visits: Floats) -> Floats:
    """(F, H) most follow-on visits by pathway out of a unit and week, if every one before them finds its place.

    Args:
        facts: The facts.
        visits: (U, H) most completed visits of new patients.
    """
    found = facts.pathways
    wanted = np.zeros((len(found.origin), visits.shape[1]))
    for _ in range(found.used):
        seen = visits.copy()
        np.add.at(seen, found.place, wanted[found.leaving])
        wanted = found.share[:, None] * later(seen[found.origin], found.lag)
    return wanted


def worth_ahead(facts: Facts) -> Floats:
    """(U,) what a completed visit leads to in the objective's unit, if every follow-on visit finds the best place."""
    found = facts.pathways
    worth, ahead = found.worth(facts.visit_worth), np.zeros(len(facts.units))
    for _ in range(found.used):
        best = np.zeros(len(found.origin))
        np.maximum.at(best, found.leaving, worth + ahead[found.place])
        ahead = np.zeros_like(ahead)
        np.add.at(ahead, found.origin, found.share * best)
    return ahead


def later(amount: Floats, lag: Positions) -> Floats:
    """(n, H) amounts by week, each row moved so many weeks later; what falls after the last week is left out."""
    moved = np.zeros_like(amount)
    for row, weeks in enumerate(lag):
        moved[row, weeks:] = amount[row, : amount.shape[1] - weeks]
    return moved


def earlier(amount: Floats, lag: Positions) -> Floats:
    """(n, H) amounts by week, each row moved so many weeks earlier; what falls before the first week is left out."""
    return later(amount[:, ::-1], lag)[:, ::-1]


def _labels(facts: Facts, way: Positions, week: Positions) -> Labels:
    found = facts.pathways
    pathways, pathway = np.unique(found.name, return_inverse=True)
    clinics, clinic = facts.unit_names["location"]
    leaving = found.leaving[way]
    levels = {
        "pathway": [str(name) for name in pathways],
        "from_location": clinics,
        "location": clinics,
        "week": list(facts.weeks),
    }
    codes = (pathway[leaving], clinic[found.origin[leaving]], clinic[found.place[way]], week)
    return Labels(levels, tuple(code.astype(np.int64) for code in codes))
