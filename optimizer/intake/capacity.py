"""What the intake teams can answer of advertising's leads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.intake.erlang import weekly_minutes
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats


@dataclass(frozen=True)
class IntakeHours:
    """Hours per week that are left for leads after the baseline contacts and the backlog, arrays of shape (G, L).

    Attributes:
        in_time: Hours of contacts that can be answered within the service level (Erlang C).
        paid: Hours of contacts that can be answered at all.
        baseline: Hours that the baseline contacts take.
        backlog: Hours in which contacts that waited at the start are worked off.
    """

    in_time: Floats
    paid: Floats
    baseline: Floats
    backlog: Floats


def intake_hours(facts: Facts) -> IntakeHours:
    """Hours left for leads, by team and lead week; never below zero."""
    team, level = facts.staffing, facts.definition.policies.service_level
    if not len(facts.teams):
        nothing = np.zeros((0, facts.lead_weeks))
        return IntakeHours(nothing, nothing, nothing, nothing)
    in_time, paid = weekly_minutes(
        team.agents, team.paid_hours, team.shrinkage, team.handling_minutes, level.share, level.seconds
    )
    baseline = team.baseline_contacts * team.handling_minutes
    left = np.maximum(paid - baseline, 0.0)
    backlog = worked_off(team.waiting, left / team.handling_minutes) * team.handling_minutes
    return IntakeHours(
        in_time=np.maximum(in_time - baseline - backlog, 0.0) / 60,
        paid=np.maximum(left - backlog, 0.0) / 60,
        baseline=baseline / 60,
        backlog=backlog / 60,
    )


def worked_off(waiting: Floats, room: Floats) -> Floats:
    """(G, L) contacts worked off week by week until none is left, each week as many as there is room for.

    Args:
        waiting: (G,) contacts at the start.
        room: (G, L) contacts for which there is time.
    """
    done = np.minimum(np.cumsum(room, axis=1), waiting[:, None])
    return np.diff(done, axis=1, prepend=0.0)


def backlog_notes(facts: Facts, hours: IntakeHours) -> list[str]:
    """What becomes of the contacts that wait at the start, for people."""
    waiting, done = facts.staffing.waiting, (hours.backlog * 60 / facts.staffing.handling_minutes).sum(axis=1)
    weeks = (hours.backlog > 0).sum(axis=1)
    notes = []
    for team in np.flatnonzero(waiting > 0):
        over = f", over {weeks[team]} weeks" if weeks[team] > 1 else ""
        left = waiting[team] - done[team]
        rest = f"; {left:,.0f} of them still wait at the end" if left >= _A_CONTACT else ""
        notes.append(
            f"{facts.teams[team]} works off {waiting[team]:,.0f} waiting contacts before any lead{over}{rest}; they"
            " count as no booking, because nobody knows what they ask for"
        )
    return notes


_A_CONTACT = 0.5
"""Contacts left that are told; less is none when rounded."""
