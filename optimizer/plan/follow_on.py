"""Follow-on visits of a spend plan: how many are needed, seen and lost, and what a completed visit leads to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimizer.model.downstream import earlier, later
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats


@dataclass(frozen=True)
class FollowOn:
    """Follow-on visits, F pathways out of units and A of these with a unit that sees the patients.

    Attributes:
        facts: The facts.
        visits: (U, H) completed visits of new patients at the unit that sees them.
        seen: (A, H) follow-on visits.
    """

    facts: Facts
    visits: Floats
    seen: Floats

    @cached_property
    def at_unit(self) -> Floats:
        """(U, H) follow-on visits at the unit that sees them."""
        total = np.zeros_like(self.visits)
        np.add.at(total, self.facts.pathways.place, self.seen)
        return total

    @cached_property
    def wanted(self) -> Floats:
        """(F, H) follow-on visits that completed visits lead to, in the week in which they are needed."""
        found = self.facts.pathways
        return np.asarray(found.share[:, None] * later((self.visits + self.at_unit)[found.origin], found.lag))

    @cached_property
    def served(self) -> Floats:
        """(F, H) those of them that find a slot."""
        return self._by_way(self.seen)

    @cached_property
    def lost(self) -> Floats:
        """(F, H) those that find none."""
        left = self.wanted - self.served
        return np.where(left > _NOISE * (1 + self.wanted), left, 0.0)

    @cached_property
    def value(self) -> Floats:
        """(F, H) what the follow-on visits are worth in the objective's unit."""
        return self._by_way(self.seen * self._worth[:, None])

    @cached_property
    def lost_value(self) -> Floats:
        """(F, H) what the lost ones would have been worth, without what they would have led to."""
        return np.asarray(self.lost * self.facts.pathways.lost_worth(self.facts.visit_worth)[:, None])

    @cached_property
    def per_visit(self) -> Floats:
        """(2, U, H) follow-on visits, and their worth, that an average completed visit leads to, however far on."""
        found = self.facts.pathways
        leads_to = np.zeros((2, *self.visits.shape))
        each = np.stack([np.ones_like(self._worth), self._worth])
        all_visits = (self.visits + self.at_unit)[found.origin]
        for _ in range(found.used):
            brought = self.seen * (each[:, :, None] + leads_to[:, found.place])
            by_way = np.stack([self._by_way(amount) for amount in brought])
            needed = np.stack([earlier(amount, found.lag) for amount in by_way])
            share = np.divide(needed, all_visits, out=np.zeros_like(needed), where=all_visits > 0)
            leads_to = np.zeros_like(leads_to)
            for amount, total in zip(share, leads_to, strict=True):
                np.add.at(total, found.origin, amount)
        return leads_to

    @property
    def _worth(self) -> Floats:
        return self.facts.pathways.worth(self.facts.visit_worth)

    def _by_way(self, amount: Floats) -> Floats:
        """(F, H) sum of an amount (A, H) over the units that see the patients of a pathway out of a unit."""
        total = np.zeros((len(self.facts.pathways.origin), amount.shape[1]))
        np.add.at(total, self.facts.pathways.leaving, amount)
        return total


_NOISE = 1e-7
"""Lost visits below this part of the wanted ones are the solver's rounding."""
