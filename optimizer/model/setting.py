"""What the families are stated from: the facts, the curves as steps, the intake hours, and the mix of leads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from optimizer.errors import Problem, ScenarioError
from optimizer.intake.capacity import IntakeHours, intake_hours
from optimizer.model.scope import Side, sides
from optimizer.model.spend_steps import SpendSteps, is_enveloped, planned_edges, weekly_steps
from optimizer.response.curves import Curves, curve_problems
from optimizer.response.forecast import (
    arriving_leads,
    campaign_curves,
    captured_leads,
    carried_leads,
    spend_limit,
    todays_spend,
)
from optimizer.scenario.facts import Facts
from optimizer.scenario.layout import establish
from optimizer.scenario.match import Floats
from optimizer.scenario.read import Scenario


@dataclass(frozen=True)
class LeadMix:
    """Average lead that each unit gets today, arrays of shape (U, L), for leads that are answered late or lost.

    Which leads of a unit are late is nobody's choice, so an hour of late or lost leads is an hour of the leads that the
    unit gets today (lost ones, of those under way where these ask for less). The mix is an input: were it the plan's
    own, a plan could change what a late lead costs.

    Attributes:
        hours: Intake hours per lead.
        lost_requests: Appointment requests lost with an hour of leads that are never answered.
        late_requests: Appointment requests lost with an hour of leads that are answered late.
        least_requests: Appointment requests per hour of the unit's leads least likely to ask.
        most_requests: (U,) the same of those most likely to ask; 0 where no lead takes time.
    """

    hours: Floats
    lost_requests: Floats
    late_requests: Floats
    least_requests: Floats
    most_requests: Floats


@dataclass(frozen=True)
class Setting:
    """Everything the families need.

    Attributes:
        facts: The facts.
        curves: Curve of each campaign.
        steps: Curves as steps.
        carried: (I, L) valid leads still arriving from before the plan.
        intake: Intake hours left for leads.
        mix: Average leads of today.
    """

    facts: Facts
    curves: Curves
    steps: SpendSteps
    carried: Floats
    intake: IntakeHours
    mix: LeadMix

    @cached_property
    def sides(self) -> list[Side]:
        """Every side of every limit in each of its windows, in the order of the limits' names."""
        return sides(self.facts)


def established(scenario: Scenario) -> Facts:
    """Facts of a scenario whose curves hold as well: everything that can be wrong with the input, in one report.

    Raises:
        ScenarioError: with every problem found.
    """
    table = scenario.tables["response_curves"]
    problems = [
        Problem(table.file, int(table.lines[found.row]), found.message, found.hint, found.column, "curve")
        for found in curve_problems(table.frame)
    ]
    try:
        facts = establish(scenario)
    except ScenarioError as error:
        raise ScenarioError(scenario.definition.name, [*problems, *error.problems]) from None
    problems = problems or _out_of_reach(facts)
    if problems:
        raise ScenarioError(scenario.definition.name, problems)
    return replace(facts, notes=(*facts.notes, *_curve_notes(facts)))


def _curve_notes(facts: Facts) -> list[str]:
    """Campaigns that are planned on the envelope of their curve."""
    names = list(facts.campaigns["campaign"][is_enveloped(facts, campaign_curves(facts))])
    if not names:
        return []
    told = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    return [
        f"S-shaped curves planned on the straight line above their hollow, and forecast as they are: {told};"
        " exact = yes in response_curves plans them as they are"
    ]


_NAMED = 5
"""Campaigns that a note names."""


def exactly(facts: Facts) -> Facts:
    """The same facts with every S-shaped curve planned as it is."""
    note = "the line above the hollow of S-shaped curves led to a worse or broken plan, so they are planned as they are"
    kept = tuple(told for told in facts.notes if told not in _curve_notes(facts))
    return replace(facts, curves=facts.curves.assign(exact="yes"), notes=(*kept, note))


def planning(facts: Facts, *, times_finer: int = 1) -> Setting:
    """The setting in which spend is free; steps follow the shape of the curves and touch them at today's spend.

    Args:
        facts: The facts.
        times_finer: Steps for each one that policies.curve_steps asks for.
    """
    curves = campaign_curves(facts)
    count = times_finer * facts.definition.policies.curve_steps
    edges = planned_edges(facts, curves, todays_spend(facts)[:, :, None], count)
    return _setting(facts, curves, weekly_steps(facts, curves, edges))


def refined(setting: Setting, spend: Floats, around: Floats, turn: int) -> Setting:
    """The same setting with steps that are fine where they matter and long elsewhere.

    On steps that the plan does not reach neither the plan nor its bound gains by finer ones. So the refined program is
    about as large as the first one. The spend that is known stays possible, so the plan cannot get worse.

    Args:
        setting: A planning setting.
        spend: (I, T) money per campaign and week that is known to be possible.
        around: (I, T) money around which steps are fine.
        turn: How often it was refined before; each turn adds closer steps.
    """
    facts, curves = setting.facts, setting.curves
    near = around[:, :, None] + spend_limit(facts)[:, None, None] * _distances(turn)
    touched = np.concatenate([near, np.stack([spend, todays_spend(facts)], axis=2)], axis=2)
    return _setting(facts, curves, weekly_steps(facts, curves, planned_edges(facts, curves, touched, 1)))


_REACH = 0.08
"""Farthest that fine steps lie from where they are fine, as a share of the most a campaign may spend."""
_CLOSER = 4.0
"""How many times closer each of them lies than the one before."""
_SCALES = 3
"""Steps on either side in the first turn."""


def _distances(turn: int) -> Floats:
    """Distances of fine steps, as a share of the most a campaign may spend."""
    scales = _REACH / _CLOSER ** np.arange(_SCALES + turn)
    return np.concatenate([-scales, [0.0], scales])


def fixed(facts: Facts, spend: Floats) -> Setting:
    """The setting in which a spend plan is given: one step per campaign and week that ends at its spend.

    Args:
        facts: The facts.
        spend: (I, T) money per campaign and week, not above what the curves know.
    """
    curves = campaign_curves(facts)
    edges = np.stack([np.zeros_like(spend), spend], axis=2)
    return _setting(facts, curves, weekly_steps(facts, curves, edges, least=1.0))


def _setting(facts: Facts, curves: Curves, steps: SpendSteps) -> Setting:
    carried = carried_leads(facts, curves)
    today = carried + arriving_leads(facts, captured_leads(facts, curves, todays_spend(facts)))
    return Setting(facts, curves, steps, carried, intake_hours(facts), _mix(facts, today, carried))


def _mix(facts: Facts, today: Floats, carried: Floats) -> LeadMix:
    """Averages over today's leads; for lost leads over those under way where these ask for less.

    With the lower of the two, a plan that spends nothing loses no more requests than there are.
    """
    weight = _weight(facts, today)
    count = of_unit(facts, weight)
    hours = of_unit(facts, weight * (facts.minutes / 60)[:, None])
    lost, late = (_per_hour(facts, weight, rate) for rate in (facts.booking, facts.booking - facts.booking_late))
    under_way = of_unit(facts, carried * facts.minutes[:, None]) > 0
    np.minimum(lost, _per_hour(facts, carried, facts.booking), out=lost, where=under_way)
    each = np.divide(facts.booking, facts.minutes / 60, out=np.zeros_like(facts.booking), where=facts.minutes > 0)
    least, most = np.full(len(facts.units), np.inf), np.zeros(len(facts.units))
    np.minimum.at(least, facts.unit, np.where(facts.minutes > 0, each, np.inf))
    np.maximum.at(most, facts.unit, each)
    return LeadMix(
        hours=np.divide(hours, count, out=np.zeros_like(hours), where=count > 0),
        lost_requests=lost,
        late_requests=late,
        least_requests=np.minimum(least[:, None], lost),
        most_requests=most,
    )


def _weight(facts: Facts, leads: Floats) -> Floats:
    """(I, L) leads, or all campaigns alike in units and weeks whose leads take no time."""
    busy = of_unit(facts, leads * facts.minutes[:, None]) > 0
    return np.where(busy[facts.unit], leads, 1.0)


def _per_hour(facts: Facts, leads: Floats, rate: Floats) -> Floats:
    """(U, L) requests per intake hour of some leads; zero where they take no time."""
    hours = of_unit(facts, leads * (facts.minutes / 60)[:, None])
    return np.divide(of_unit(facts, leads * rate[:, None]), hours, out=np.zeros_like(hours), where=hours > 0)


def of_unit(facts: Facts, amount: Floats) -> Floats:
    """(U, L) sum of an amount (I, L) over the campaigns of each unit."""
    summed = np.zeros((len(facts.units), amount.shape[1]))
    np.add.at(summed, facts.unit, amount)
    return summed


def _out_of_reach(facts: Facts) -> list[Problem]:
    """Campaigns whose floor, or whose slowest way down from today's spend, lies above what their curve knows."""
    limit, policy = spend_limit(facts), facts.definition.policies.change_limit
    slowest = facts.start * (1 - policy.share) - policy.amount if policy else np.zeros_like(limit)
    slowest = np.where(facts.in_flight[:, 0], slowest, 0.0)
    problems = []
    for least, what in (
        (facts.floor.max(axis=1), "must spend {:,.2f} a week (campaigns: min_weekly_spend)"),
        (facts.gates.least_active[:, 0], "runs at no less than {:,.2f} a week (campaigns: min_if_active)"),
        (slowest, "cannot be lowered below {:,.2f} in the first week (policies.change_limit)"),
    ):
        for row in np.flatnonzero(least > limit):
            name = facts.campaigns["campaign"].iloc[row]
            message = (
                f"campaign '{name}' {what.format(least[row])}, but its curve is known only up to {limit[row]:,.2f}"
            )
            curve = facts.curves.iloc[row]
            hint = "give a curve that has seen more spend, lower the spend, or raise policies.extrapolation"
            column = "observed_max_weekly_spend"
            problems.append(Problem(str(curve["file"]), int(curve["line"]), message, hint, column, "out_of_reach"))
    return problems
