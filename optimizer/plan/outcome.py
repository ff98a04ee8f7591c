"""What a spend plan leads to: leads, answered leads, bookings and visits as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from optimizer.errors import Finding, VerificationError
from optimizer.lp.certificate import Certificate, certify
from optimizer.lp.program import Program
from optimizer.lp.solution import Solution
from optimizer.model.columns import booking_worth, columns, request_worth
from optimizer.model.families import OPERATIONS, Family, state
from optimizer.model.limits import outcome_limits
from optimizer.model.multipliers import below_best, best_of_units, requests_below_best
from optimizer.model.ratio_limits import outcome_ratio_limits
from optimizer.model.setting import Setting, fixed, of_unit
from optimizer.model.soft_limits import soft_limits
from optimizer.plan.follow_on import FollowOn
from optimizer.plan.warm_start import Solved, carried_over
from optimizer.response.forecast import arriving_leads, captured_leads, spend_limit
from optimizer.scenario.definition import Objective
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Codes, Floats
from optimizer.solve import highs
from optimizer.solve.in_parts import solve_in_parts


@dataclass(frozen=True)
class Outcome:
    """A spend plan played through the model, its leads taken from the curves themselves.

    Attributes:
        setting: The setting in which spend is fixed.
        spend: (I, T) money.
        captured: (I, T) valid leads that the spend of a week brings, whenever they arrive.
        arriving: (I, L) valid leads by the week they arrive, with those from before the plan.
        late_hours: (U, L) intake hours of leads answered late.
        lost_hours: (U, L) intake hours of leads never answered.
        overflow: (G, L) intake hours bought beyond the paid ones.
        booked: (R, L, D) booked appointments by route, lead week and weeks waited.
        downstream: (A, H) follow-on visits by pathway out of a unit with a unit that sees them, and week.
        certificate: Proof that leads and slots are handled as well as they can be.
        solved: Where the solver stood: a start for plans of the same facts.
    """

    setting: Setting
    spend: Floats
    captured: Floats
    arriving: Floats
    late_hours: Floats
    lost_hours: Floats
    overflow: Floats
    booked: Floats
    downstream: Floats
    certificate: Certificate
    solved: Solved

    @property
    def facts(self) -> Facts:
        """The facts."""
        return self.setting.facts

    @property
    def visits(self) -> Floats:
        """(R, L, D) completed visits of new patients by route, lead week and weeks waited."""
        return self.booked * self.facts.show[self.facts.route_to][:, None, :]

    @property
    def worth(self) -> Floats:
        """(R, L, D) what the bookings are worth in the objective's unit, each as of the best channel asked through.

        Follow-on visits are not among it.
        """
        each = booking_worth(self.facts)[self.facts.route_to] * best_of_units(self.facts)[self.facts.route_from, None]
        return self.booked * each[:, None, :]

    @property
    def channel_discount(self) -> Floats:
        """(U, L) what requests of other channels are worth less, booked or not (:mod:`optimizer.model.multipliers`)."""
        return requests_below_best(self.facts, self.arriving) * request_worth(self.facts)[:, None]

    @property
    def own_discount(self) -> Floats:
        """(I, T) the same for the requests that the spend of a campaign's week brings, whenever they come."""
        facts = self.facts
        each = facts.booking * below_best(facts) * request_worth(facts)[facts.unit]
        return self.captured * each[:, None]

    @cached_property
    def follow_on(self) -> FollowOn:
        """Follow-on visits that the completed visits lead to."""
        return FollowOn(self.facts, self.by_visit_week(self.visits), self.downstream)

    @property
    def led_to(self) -> Floats:
        """(2, R, L, D) follow-on visits, and their worth, that the bookings lead to; an average visit's each."""
        facts = self.facts
        week = np.arange(facts.lead_weeks)[:, None] + np.arange(facts.kept.shape[1])
        return np.asarray(self.visits * self.follow_on.per_visit[:, facts.route_to[:, None, None], week])

    @cached_property
    def slots_used(self) -> Floats:
        """(U, H) slots that bookings and follow-on visits use, cancelled slots that are used again taken off."""
        seen = self.by_visit_week(self.booked) + self.follow_on.at_unit
        return np.asarray(seen * self.facts.slots_per_booking[:, None])

    @property
    def unit_leads(self) -> Floats:
        """(U, L) valid leads."""
        return of_unit(self.facts, self.arriving)

    @property
    def hours(self) -> Floats:
        """(U, L) intake hours of all valid leads."""
        return of_unit(self.facts, self.arriving * (self.facts.minutes / 60)[:, None])

    @property
    def late(self) -> Floats:
        """(U, L) leads answered late: average leads of their unit and week."""
        return self._leads_of(self.late_hours)

    @property
    def lost(self) -> Floats:
        """(U, L) leads never answered: average leads of their unit and week."""
        return self._leads_of(self.lost_hours)

    def _leads_of(self, hours: Floats) -> Floats:
        all_hours = self.hours
        return self.unit_leads * np.divide(hours, all_hours, out=np.zeros_like(hours), where=all_hours > 0)

    @property
    def requests(self) -> Floats:
        """(U, L) appointment requests if every lead were answered in time, without the waitlist."""
        return of_unit(self.facts, self.arriving * self.facts.booking[:, None])

    def by_visit_week(self, amount: Floats, unit: Codes | None = None) -> Floats:
        """(U, H) an amount of shape (R, L, D) in the week of the visit, at the unit that sees the patient.

        Args:
            amount: The amount.
            unit: (R,) unit at which to count each route instead.
        """
        counted = np.zeros((amount.shape[0], len(self.facts.weeks)))
        for wait in range(amount.shape[2]):
            counted[:, wait : wait + amount.shape[1]] += amount[:, :, wait]
        return self._summed(counted, self.facts.route_to if unit is None else unit)

    def by_lead_week(self, amount: Floats) -> Floats:
        """(U, L) an amount of shape (R, L, D) counted at the unit that was asked for and in the week of the lead."""
        return self._summed(amount.sum(axis=2), self.facts.route_from)

    def _summed(self, by_route: Floats, unit: Codes) -> Floats:
        total = np.zeros((len(self.facts.units), by_route.shape[1]))
        np.add.at(total, unit, by_route)
        return total

    @property
    def total_spend(self) -> float:
        """Money over all planned weeks, to the cent."""
        return round(float(self.spend.sum()), 2)

    @property
    def overflow_cost(self) -> float:
        """Money for the intake hours bought; operations' own, no part of the spend."""
        return float((self.overflow * self.facts.staffing.overflow_cost).sum())

    @property
    def gross(self) -> float:
        """What the completed visits, follow-on visits too, are worth in the objective's unit, before spend."""
        return float(self.worth.sum() - self.channel_discount.sum() + self.follow_on.value.sum())

    @property
    def value(self) -> float:
        """Worth of the visits less spend and hours bought where it is money; else visits or bookings.

        Where the least spend is sought, visits are worth nothing in themselves, and hours bought are no spend: value is
        what is not spent.
        """
        objective = self.facts.definition.objective
        bought = self.overflow_cost if objective.values_patients else 0.0
        return self.gross - bought - (self.total_spend if objective.in_money else 0.0)


KEPT = (*OPERATIONS, outcome_limits, outcome_ratio_limits, soft_limits)
"""Families of a plan that keeps the named limits on what comes of its spend."""


def evaluate(facts: Facts, spend: Floats, start: Solved | None = None) -> Outcome:
    """Play any spend plan through the model: leads and slots are handled as well as they can be.

    Limits on spend do not apply to a plan that is given, and named limits on leads, bookings and visits are goals of
    the plan to be made, so neither is kept.

    Args:
        facts: The facts.
        spend: (I, T) money per campaign and planned week.
        start: Where the solver stood at a like one; the outcome is the same, only sooner.

    Raises:
        VerificationError: if the answer fails its certificate.
    """
    return _played(facts, spend, OPERATIONS, start)


def evaluate_recommended(facts: Facts, spend: Floats, start: Solved | None = None) -> Outcome:
    """Play the plan's own spend, with the named limits on what comes of it kept, and soft ones missed at their price.

    Args:
        facts: The facts.
        spend: (I, T) money per campaign and planned week.
        start: Where the solver stood at the plan; the outcome is the same, only sooner.

    Raises:
        VerificationError: if the limits cannot be kept with the leads of the curves themselves.
    """
    try:
        return _played(facts, spend, KEPT, start)
    except highs.ProvenInfeasible as error:
        what = "bookings, visits, cac or ltv_to_cac"
        finding = Finding("limits", f"a limit on {what} does not hold on the curves themselves")
        raise VerificationError([finding]) from error


def evaluate_given(facts: Facts, spend: Floats) -> Outcome:
    """Play a spend plan that is given with the named limits on what comes of it kept, where it can keep them.

    Raises:
        VerificationError: if the answer fails its certificate.
    """
    try:
        return _played(facts, spend, KEPT)
    except highs.ProvenInfeasible:
        return evaluate(facts, spend)


def is_allowed(facts: Facts, spend: Floats) -> bool:
    """Whether a spend plan meets every limit of the scenario."""
    if (spend > np.minimum(spend_limit(facts)[:, None], facts.ceiling) + 1e-9).any():
        return False
    try:
        highs.solve(state(fixed(facts, spend)))
    except highs.ProvenInfeasible:
        return False
    return True


def _played(facts: Facts, spend: Floats, families: tuple[Family, ...], start: Solved | None = None) -> Outcome:
    setting = fixed(facts, spend)
    program = state(replace(setting, facts=_handled(facts)), families)
    begin = carried_over(start, setting, program) if start else None
    solution, basis = solve_in_parts(program, begin)
    solved = Solved(program.outline, basis, spend)
    return _outcome(setting, solved, solution, certify(solution))


def _handled(facts: Facts) -> Facts:
    """The same facts with what leads and slots are handled for: where the least spend is sought, as many visits."""
    definition = facts.definition
    if definition.objective is not Objective.MIN_SPEND:
        return facts
    counted = replace(facts.pathways, margin=np.ones_like(facts.pathways.margin))
    return replace(facts, definition=definition.model_copy(update={"objective": Objective.VISITS}), pathways=counted)


def _outcome(setting: Setting, solved: Solved, solution: Solution, certificate: Certificate) -> Outcome:
    facts, stated, spend = setting.facts, columns(setting), solved.spend
    captured = captured_leads(facts, setting.curves, spend)
    late, lost = (np.zeros((len(facts.units), facts.lead_weeks)) for _ in range(2))
    late[stated.limited] = _clean(solution.of("late")).reshape(-1, facts.lead_weeks)
    never = solution.of("lost") + solution.of("lost_unlikely")
    lost[stated.limited] = _clean(never).reshape(-1, facts.lead_weeks)
    overflow = np.zeros((len(facts.teams), facts.lead_weeks))
    overflow[stated.overflow_team, stated.overflow_week] = _clean(solution.of("overflow"))
    booked = np.zeros((len(facts.route_from), facts.lead_weeks, facts.kept.shape[1]))
    booked[stated.booked_route, stated.booked_week, stated.booked_wait] = _clean(solution.of("booked"))
    downstream = np.zeros((len(facts.pathways.leaving), len(facts.weeks)))
    downstream[stated.downstream_way, stated.downstream_week] = _clean(solution.of("downstream"))
    return Outcome(
        setting=setting,
        spend=spend,
        captured=captured * facts.valid[:, None],
        arriving=setting.carried + arriving_leads(facts, captured),
        late_hours=late,
        lost_hours=lost,
        overflow=overflow,
        booked=booked,
        downstream=downstream,
        certificate=certificate,
        solved=solved,
    )


_NOISE = 1e-9
"""Values below this are the solver's rounding, not patients."""


def _clean(values: Floats) -> Floats:
    return np.where(values < _NOISE, 0.0, values)


def planned_spend(program: Program, solution: Solution, shape: tuple[int, int]) -> Floats:
    """(I, T) money that a solution spends, summed over the steps; a solver's rounding below zero is nothing."""
    campaign, week, _ = program.column_block("spend").labels.codes
    spend = np.zeros(shape)
    np.add.at(spend, (campaign, week), solution.of("spend"))
    return np.maximum(spend, 0.0)
