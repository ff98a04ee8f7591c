"""Guardrails: which campaigns stay as they are this week, because moving them is not worth it.

Holds are events of the scenario that is planned in the end, so that the checker and every reason know them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from optimizer.errors import InfeasiblePlan
from optimizer.lp.certificate import allowed_gap
from optimizer.model.setting import established
from optimizer.plan.cents import whole_cents
from optimizer.plan.limit_report import penalties
from optimizer.plan.outcome import evaluate_recommended
from optimizer.plan.solving import Answer, Clock, Progress, Solving
from optimizer.plan.words import Words
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats
from optimizer.scenario.read import Scenario
from optimizer.weekly.holds import Hold, with_holds

_EVENT = "Guardrails"
_CENT = 0.005


@dataclass(frozen=True)
class Guarded:
    """A scenario with the holds of the guardrails.

    Attributes:
        scenario: The scenario; its events hold what does not move.
        gain: What the moves that are left gain over moving a week later, in the unit of the objective; ``None`` where
            budgets cannot stay as they are.
        notes: What the guardrails did, for people.
    """

    scenario: Scenario
    gain: float | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Week:
    """A plan of which only the first week counts.

    Attributes:
        facts: What was planned.
        answer: Its answer.
        spend: (I,) money of the first week.
        value: What the whole plan is worth, missed soft limits taken off.
    """

    facts: Facts
    answer: Answer
    spend: Floats
    value: float

    @property
    def moves(self) -> Floats:
        """(I,) what each campaign moves, free of what its gates force."""
        kept: Floats = np.clip(self.facts.current, self.facts.floor[:, 0], self.facts.ceiling[:, 0])
        return self.spend - kept


def guarded(scenario: Scenario, *, time_limit: float, progress: Progress) -> Guarded:
    """Decide what stays as it is this week.

    First the best plan is made, and the best in which every campaign stays as it is this week and is free afterwards.
    Where the first gains too little over the second, everything stays. Else moves within the hold band stay, and the
    smallest beyond the most that may change; the rest is planned again each time, until no small move is left.

    Raises:
        InfeasiblePlan, SolverLimit: as planning.
    """
    solving = Solving("highs", time_limit, allowed_gap(0.0), Clock(progress))
    policy, words = scenario.definition.weekly, Words.of(scenario.definition)
    progress("Planning what may move")
    free = _plan(scenario, solving)
    progress("Planning what waiting a week would cost")
    waiting = _or_none(with_holds(scenario, [Hold(_EVENT, "nothing may move")]), solving, free)
    if waiting is None:
        return _banded(scenario, free, None, solving, ["budgets cannot stay as they are this week: limits force moves"])
    gain = max(free.value - waiting.value, 0.0)
    unsure = max(free.answer.bound - free.value, 0.0)
    if np.abs(free.moves).max(initial=0.0) >= _CENT and gain <= max(policy.least_gain, unsure):
        said = f"moving this week gains {words.value(gain)} over moving a week later"
        asked = f"weekly.least_gain asks for more than {words.value(policy.least_gain)}"
        proof = f"the plan is only known within {words.value(unsure)}"
        why = asked if policy.least_gain >= unsure else proof
        hold = Hold(_EVENT, f"{said}; {why}")
        return Guarded(with_holds(scenario, [hold]), 0.0, (f"nothing moves: {said}, and {why}",))
    return _banded(scenario, free, waiting, solving, [])


def _banded(scenario: Scenario, free: _Week, waiting: _Week | None, solving: Solving, notes: list[str]) -> Guarded:
    """Hold the small moves and those beyond the most that may change, until there are none.

    What is gained is told of the moves that are left, not of those that were held.
    """
    stays: dict[str, str] = {}
    week, held = free, scenario
    while added := _to_hold(week, stays):
        stays |= added
        tried = with_holds(scenario, [Hold(_EVENT, why, {"campaign": name}) for name, why in sorted(stays.items())])
        found = _or_none(tried, solving, week)
        if found is None:
            notes.append(f"{len(added)} moves are made although the guardrails would hold them: limits force them")
            break
        week, held = found, tried
    return Guarded(held, max(week.value - waiting.value, 0.0) if waiting else None, tuple(notes))


def _to_hold(week: _Week, stays: Mapping[str, str]) -> dict[str, str]:
    """Campaigns that should stay as well, each with its reason."""
    policy, words = week.facts.definition.weekly, Words.of(week.facts.definition)
    names = week.facts.campaigns["campaign"].to_numpy(dtype=object)
    band = np.maximum(policy.hold_band.share * week.facts.current, policy.hold_band.amount)
    size = np.abs(week.moves)
    small = (size >= _CENT) & (size < band - _CENT)
    if small.any():
        return {
            str(names[row]): f"a move of {words.money(size[row])} is within the hold band of {words.money(band[row])}"
            for row in np.flatnonzero(small)
            if names[row] not in stays
        }
    most = policy.max_changed_campaigns
    changed = np.flatnonzero(size >= _CENT)
    if most is None or len(changed) <= most:
        return {}
    least = changed[np.argsort(-size[changed], kind="stable")][most:]
    return {str(names[row]): f"at most {most} campaigns may change in a week" for row in least}


def _plan(scenario: Scenario, solving: Solving, near: Answer | None = None) -> _Week:
    facts = established(scenario)
    answer = solving.best_near(facts, near) if near else solving.best(facts)
    outcome = evaluate_recommended(facts, whole_cents(answer.solution, answer.spend))
    return _Week(facts, answer, outcome.spend[:, 0], outcome.value - penalties(outcome))


def _or_none(scenario: Scenario, solving: Solving, near: _Week) -> _Week | None:
    try:
        return _plan(scenario, solving, near.answer)
    except InfeasiblePlan:
        return None
