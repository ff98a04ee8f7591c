"""What the intake teams can answer of advertising's leads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.intake.erlang import weekly_minutes
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats


@dataclass(frozen=True)
class IntakeHours:
    """Hours per week that are left for leads after the baseline contacts, arrays of shape (G, L).

    Attributes:
        in_time: Hours of contacts that can be answered within the service level (Erlang C).
        paid: Hours of contacts that can be answered at all.
        baseline: Hours that the baseline contacts take.
    """

    in_time: Floats
    paid: Floats
    baseline: Floats


def intake_hours(facts: Facts) -> IntakeHours:
    """Hours left for leads, by team and lead week; never below zero."""
    team, level = facts.staffing, facts.definition.policies.service_level
    if not len(facts.teams):
        nothing = np.zeros((0, facts.lead_weeks))
        return IntakeHours(nothing, nothing, nothing)
    in_time, paid = weekly_minutes(
        team.agents, team.paid_hours, team.shrinkage, team.handling_minutes, level.share, level.seconds
    )
    baseline = team.baseline_contacts * team.handling_minutes
    return IntakeHours(
        in_time=np.maximum(in_time - baseline, 0.0) / 60,
        paid=np.maximum(paid - baseline, 0.0) / 60,
        baseline=baseline / 60,
    )
