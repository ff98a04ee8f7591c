"""What channels do to the worth of a patient.

Slots are not given to patients by their worth, so a booking carries no channel: it counts as one of the best channel of
the unit and of those that redirects join to it, and every request of another channel is charged what it is worth less,
whether it is booked or not. A plan whose requests are all booked at the best wait is valued exactly, any other too low,
and none too high.
"""

from __future__ import annotations

import numpy as np

from optimizer.scenario.facts import Facts, best_multipliers
from optimizer.scenario.match import Codes, Floats


def of_campaigns(facts: Facts) -> Floats:
    """(I,) worth of a campaign's patients relative to their line's figures; 1 where worth does not count."""
    return facts.multiplier if facts.definition.objective.values_patients else np.ones_like(facts.multiplier)


def best_of_units(facts: Facts) -> Floats:
    """(U,) greatest of the campaigns of a unit and of those it shares patients with; patients waiting count 1."""
    return best_multipliers(of_campaigns(facts), facts.unit, facts.waitlist, facts.route_from, facts.route_to)


def below_best(facts: Facts) -> Floats:
    """(I,) what a campaign's patients are worth less than those of their unit's best channel."""
    return best_of_units(facts)[facts.unit] - of_campaigns(facts)


def requests_below_best(facts: Facts, leads: Floats) -> Floats:
    """(U, L) requests by what they are worth less than those of the best channel, those of patients waiting included.

    Args:
        facts: The facts.
        leads: (I, L) valid leads by the week they arrive.
    """
    below = np.zeros((len(facts.units), facts.lead_weeks))
    np.add.at(below, facts.unit, leads * (facts.booking * below_best(facts))[:, None])
    below[:, 0] += facts.waitlist * (best_of_units(facts) - 1)
    return below


def units_that_differ(facts: Facts) -> Codes:
    """Units some of whose requests are worth less than others."""
    each = requests_below_best(facts, np.ones((len(facts.unit), facts.lead_weeks)))
    return np.flatnonzero((each > 0).any(axis=1)).astype(np.int64)
