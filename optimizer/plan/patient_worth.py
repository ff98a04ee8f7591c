"""What one more patient who asks is worth, follow-on visits included, and what shared minutes take of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.lp.solution import Solution
from optimizer.model.columns import booking_worth
from optimizer.model.downstream import earlier
from optimizer.model.multipliers import best_of_units
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Codes, Floats


@dataclass(frozen=True)
class PatientWorth:
    """One more patient who asks, in the objective's unit.

    Attributes:
        free: (U,) worth of a patient of the unit if slots and minutes were free.
        minutes: (U, L) what the shared minutes that the patient needs, later visits included, would bring to others.
    """

    free: Floats
    minutes: Floats


@dataclass(frozen=True)
class _Ahead:
    """What a completed visit leads to.

    Attributes:
        free: (U,) its worth if slots and minutes were free.
        net: (U, H) its worth after both are paid for, by the week of the visit before.
        minutes: (U, H) what the minutes take of it.
    """

    free: Floats
    net: Floats
    minutes: Floats


def patient_worth(facts: Facts, solution: Solution) -> PatientWorth:
    """Worth of one more patient of the unit's best channel by unit asked for, at the prices of a solution.

    The patient takes the way that is worth most at these prices: a wait, and a clinic.
    """
    slot, minute = _visit_prices(facts, solution)
    ahead = _ahead(facts, solution, slot, minute)
    week = np.arange(facts.lead_weeks)[:, None] + np.arange(facts.kept.shape[1])
    asked, seen = facts.route_from, facts.route_to[:, None, None]
    kept = (facts.kept[asked] * facts.acceptance[:, None])[:, None, :]
    best = best_of_units(facts)[:, None]
    show, own = facts.show[facts.route_to][:, None, :], (booking_worth(facts)[facts.route_to] * best[asked])[:, None, :]
    net = kept * (own + show * ahead.net[seen, week] - slot[seen, week] - minute[seen, week])
    taken = kept * (minute[seen, week] + show * ahead.minutes[seen, week])
    free = (facts.kept * (best * booking_worth(facts) + facts.show * ahead.free[:, None])).max(axis=1, initial=0.0)
    offered = np.broadcast_to(kept > 0, net.shape)
    by_way = (
        np.moveaxis(part, 2, 1).reshape(-1, facts.lead_weeks) for part in (np.where(offered, net, -np.inf), taken)
    )
    ways = np.repeat(asked, facts.kept.shape[1])
    return PatientWorth(free, _share_of_loss(ways, free[:, None], *by_way))


def _visit_prices(facts: Facts, solution: Solution) -> tuple[Floats, Floats]:
    """(U, H) what the slots, and the shared minutes, of a visit would bring to others."""
    shape = (len(facts.units), len(facts.weeks))
    uses = facts.slots_per_booking[:, None]
    slot = uses * solution.price_of("appointment_capacity").reshape(shape)
    if not len(facts.resources.names):
        return slot, np.zeros(shape)
    price = solution.price_of("shared_resource").reshape(-1, shape[1])
    return slot, uses * (facts.resources.minutes.T @ price)


def _ahead(facts: Facts, solution: Solution, slot: Floats, minute: Floats) -> _Ahead:
    found = facts.pathways
    free, minutes, net = np.zeros(len(facts.units)), np.zeros_like(slot), np.zeros_like(slot)
    if not len(found.leaving):
        return _Ahead(free, net, minutes)
    worth = found.worth(facts.visit_worth)
    price = solution.price_of("care_pathway").reshape(len(found.origin), -1)
    np.add.at(net, found.origin, earlier(found.share[:, None] * price, found.lag))
    net_of_way = worth[:, None] + (net - slot - minute)[found.place]
    for _ in range(found.used):
        best = np.zeros(len(found.origin))
        np.maximum.at(best, found.leaving, worth + free[found.place])
        taken = _share_of_loss(found.leaving, best[:, None], net_of_way, (minute + minutes)[found.place])
        free, minutes = np.zeros_like(free), np.zeros_like(minutes)
        np.add.at(free, found.origin, found.share * best)
        np.add.at(minutes, found.origin, earlier(found.share[:, None] * taken, found.lag))
    return _Ahead(free, net, minutes)


def _share_of_loss(chooser: Codes, free: Floats, net: Floats, taken: Floats) -> Floats:
    """What minutes take of the worth of those who choose among ways.

    Where even the best way is worth nothing the patient is lost, and no more is lost than there was: minutes have the
    part of the loss that they have of what the way would cost.

    Args:
        chooser: (n,) who may choose each way.
        free: (m, 1) worth of each who chooses, if slots and minutes were free.
        net: (n, W) worth of each way at the prices, minus infinity where it is not offered.
        taken: (n, W) what the minutes of each way cost.
    """
    best = np.full((len(free), net.shape[1]), -np.inf)
    np.maximum.at(best, chooser, net)
    chosen = np.isfinite(net) & (net >= best[chooser])
    total, count = np.zeros_like(best), np.zeros_like(best)
    np.add.at(total, chooser, np.where(chosen, taken, 0.0))
    np.add.at(count, chooser, chosen)
    mean = np.divide(total, count, out=np.zeros_like(best), where=count > 0)
    loss, cost = free - np.maximum(best, 0.0), free - best
    return np.asarray(mean * np.divide(loss, cost, out=np.zeros_like(best), where=np.isfinite(cost) & (cost > 0)))
