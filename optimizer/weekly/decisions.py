"""What people decide about a recommendation: approve it, reject it, or set a campaign's budget themselves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.errors import UsageError
from optimizer.lp.certificate import allowed_gap
from optimizer.model.setting import established
from optimizer.plan.cents import whole_cents
from optimizer.plan.limit_report import penalties
from optimizer.plan.outcome import evaluate_recommended
from optimizer.plan.runs import read_run
from optimizer.plan.solving import Answer, Clock, Progress, Solving, silent
from optimizer.scenario.changes import Change, apply
from optimizer.scenario.match import did_you_mean
from optimizer.scenario.read import Scenario
from optimizer.solve.highs import ProvenInfeasible
from optimizer.weekly.book import REJECTED, STANDING, SUPERSEDED, Book, Decision, Entry
from optimizer.weekly.holds import events_of, with_events
from optimizer.weekly.run_inputs import planned_scenario

_SOURCE = "override"
_ROUNDED = 0.01
"""Money by which a budget in whole cents may lie beyond a limit that the plan behind it met."""


def approve(book: Book, run: str, *, by: str, reason: str = "") -> Entry:
    """Put a recommendation into effect.

    Raises:
        UsageError: if it is in effect already, or a later run took its place.
    """
    entry = _open(book, run)
    if entry.state == STANDING:
        raise UsageError(f"{run} is in effect already")
    book.decide(run, Decision("approve", _named(by), reason))
    return book.entry(run)


def reject(book: Book, run: str, *, by: str, reason: str) -> Entry:
    """Leave budgets as they were before a recommendation.

    Raises:
        UsageError: if it is rejected already, or a later run took its place; or if no reason is given.
    """
    entry = _open(book, run)
    if entry.state == REJECTED:
        raise UsageError(f"{run} is rejected already")
    book.decide(run, Decision("reject", _named(by), _given(reason)))
    return book.entry(run)


def override(
    book: Book,
    run: str,
    campaign: str,
    amount: float,
    *,
    by: str,
    reason: str,
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> Decision:
    """Set a campaign's budget of the week; what that costs is found by planning the weeks after it again.

    Every other budget of the week stays as it is in effect. The program's own holds give way to people; limits do not.

    Raises:
        UsageError: if the run is not in effect, or has no such campaign. InfeasiblePlan: if the budget breaks a limit;
            it names the limits.
    """
    entry = _open(book, run)
    if entry.state != STANDING:
        raise UsageError(f"{run} is {entry.state}, not in effect; approve it first: optimizer approve {run} --by NAME")
    budgets = book.recommendations(run).set_index("campaign")["in_effect"]
    if campaign not in budgets.index:
        raise UsageError(f"{run} has no campaign '{campaign}'; {did_you_mean(campaign, list(budgets.index))}")
    if not np.isfinite(amount) or amount < 0 or round(amount, 2) != amount:
        raise UsageError(f"{amount} is no budget; give money in whole cents, 0 to pause")
    cost = _cost(planned_scenario(read_run(entry.folder)), budgets, campaign, amount, time_limit, progress)
    decision = Decision("override", _named(by), _given(reason), campaign, amount, cost)
    book.decide(run, decision)
    return decision


def _open(book: Book, run: str) -> Entry:
    entry = book.entry(run)
    if entry.state == SUPERSEDED:
        raise UsageError(f"{run} was superseded by a later run of the week of {entry.week}; decide about that one")
    return entry


def _named(by: str) -> str:
    if not by.strip():
        raise UsageError("say who decides: --by NAME")
    return by.strip()


def _given(reason: str) -> str:
    if not reason.strip():
        raise UsageError("say why: --reason TEXT")
    return reason.strip()


def _cost(
    scenario: Scenario, budgets: pd.Series, campaign: str, amount: float, time_limit: float, progress: Progress
) -> float:
    """Value of the best plan with the week's budgets as they are, less that with one of them changed."""
    solving = Solving("highs", time_limit, allowed_gap(0.0), Clock(progress))
    progress("Planning the weeks after it with the budgets in effect")
    before, value = _value(_pinned(scenario, dict(budgets), ""), solving, None)
    progress("Planning them with the budget that is set")
    _, changed = _value(_pinned(scenario, {**budgets, campaign: amount}, campaign), solving, before)
    return max(value - changed, 0.0)


def _pinned(scenario: Scenario, budgets: Mapping[str, float], exact: str) -> Scenario:
    """The scenario with the first week's budgets as limits, in place of the holds of that week.

    Budgets in effect were rounded to cents, so each may move by one, but for what is set and what pauses.
    """
    week = scenario.definition.calendar.first_week.isoformat()
    events = events_of(scenario)
    own = (events["hold"] == "yes") & (events["first_week"] == week) & (events["last_week"] == week)
    rows = [
        {"limit": f"budget of {name}", "quantity": "spend", "campaign": name, "first_week": week, "last_week": week,
         "min": max(round(money - free, 2), 0.0), "max": round(money + free, 2)}
        for name, money in budgets.items()
        for free in [0.0 if name == exact or money == 0 else _ROUNDED]
    ]  # fmt: skip
    return apply(
        with_events(scenario, events[~own]), [Change(_SOURCE, 0, "limits", {}, "append", "", row) for row in rows]
    )


def _value(scenario: Scenario, solving: Solving, near: Answer | None) -> tuple[Answer, float]:
    facts = established(scenario)
    try:
        answer = solving.best_near(facts, near) if near else solving.best(facts)
    except ProvenInfeasible:
        answer = solving.best(facts)  # which tells the limits in conflict
    outcome = evaluate_recommended(facts, whole_cents(answer.solution, answer.spend))
    return answer, outcome.value - penalties(outcome)
