"""A quarter for finance: the plan at several budgets, what more or less money would do, and what the plan hangs on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.errors import InfeasiblePlan, SolverLimit, UsageError
from optimizer.plan.planner import Plan, make_plan
from optimizer.plan.solving import Progress, silent
from optimizer.scenario.changes import Change, apply
from optimizer.scenario.read import Scenario
from optimizer.study.frontier import BUDGET, Frontier, frontier
from optimizer.study.sensitivity import Sensitivity, sensitivity

BUDGETS = (0.9, 1.0, 1.1)
"""Budgets that are planned, as multiples of the scenario's."""
MOST_TIMES = 10.0
"""Numbers up to this are multiples of the scenario's budget; greater ones are money."""
MOST_BUDGETS = 6
"""Budgets that can be read side by side."""
POINTS = 11
"""Points of the frontier beside the budgets themselves, from half of the scenario's budget to one and a half."""
_LOWEST, _HIGHEST = 0.5, 1.5


@dataclass(frozen=True)
class AtBudget:
    """The plan at one budget.

    Attributes:
        amount: The budget.
        plan: The plan; ``None`` where no plan meets every limit, or the time was not enough.
        refusal: The limits that stand in the way then and the ways out, or that more time is needed.
    """

    amount: float
    plan: Plan | None
    refusal: InfeasiblePlan | SolverLimit | None = None


@dataclass(frozen=True)
class QuarterStudy:
    """Everything that is planned for a quarter.

    Attributes:
        base: The plan at the scenario's own budget.
        budgets: Plans from the lowest budget to the highest; the base is one of them.
        step: The next money that is asked about: a power of ten, at most a tenth of the budget.
        frontier: The best plan over the budget, those budgets and the next money among them.
        sensitivity: What the base hangs on.
    """

    base: Plan
    budgets: tuple[AtBudget, ...]
    step: float
    frontier: Frontier
    sensitivity: Sensitivity


def amounts(scenario: Scenario, budgets: Sequence[float]) -> tuple[float, ...]:
    """Budgets in money, to the cent, from the lowest to the highest; the scenario's own is always one of them.

    Args:
        scenario: The scenario.
        budgets: Numbers up to ``MOST_TIMES`` are multiples of the scenario's budget, greater ones are money.

    Raises:
        UsageError: if a budget is not above zero, or there are too many of them.
    """
    own = scenario.definition.budget.total
    if own < 0.01:
        raise UsageError("the scenario's budget.total is 0, so there is nothing to compare budgets with")
    if not all(0 < number < math.inf for number in budgets):
        raise UsageError("a budget must be above zero: write multiples of budget.total (0.9), or money (1200000)")
    asked = {round(number * own if number <= MOST_TIMES else number, 2) for number in budgets}
    if min(asked, default=own) < 0.01:
        raise UsageError("a budget must be at least a cent")
    found = tuple(sorted({*asked, own}))
    if len(found) > MOST_BUDGETS:
        more = f"{len(found)} budgets, the scenario's own among them, cannot be read side by side"
        raise UsageError(f"{more}; give at most {MOST_BUDGETS - 1} others, and see optimizer frontier for many")
    return found


def quarter_study(
    scenario: Scenario,
    budgets: Sequence[float] = BUDGETS,
    *,
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> QuarterStudy:
    """Plan a scenario at several budgets, and ask what finance asks of such a plan.

    Only ``budget.total`` differs; budgets of single weeks and months stay as they are. Every further plan is begun
    where the first ended.

    Args:
        scenario: What to plan.
        budgets: As for :func:`amounts`.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence as each phase begins.

    Raises:
        UsageError: as :func:`amounts`. InfeasiblePlan, SolverLimit: no plan meets every limit at the scenario's own
            budget, or there was no time to find it; at another that is told, not raised. SolverLimit: no time for a
            point of the frontier or a case. ScenarioError, VerificationError: as for any plan.
    """
    asked, own = amounts(scenario, budgets), scenario.definition.budget.total
    progress(f"Planning with the scenario's own budget of {own:,.2f}")
    base = make_plan(scenario, time_limit=time_limit, progress=progress)
    planned = []
    for amount in asked:
        if amount != own:
            progress(f"Planning with a budget of {amount:,.2f}")
        planned.append(AtBudget(own, base) if amount == own else _at(base, amount, time_limit))
    step = next_money(own)
    shares = [number / own for number in {*asked, own + step}]
    around = [_LOWEST + (_HIGHEST - _LOWEST) * number / (POINTS - 1) for number in range(POINTS)]
    points = frontier(base, BUDGET, _apart([*shares, *around]), time_limit=time_limit, progress=progress)
    hangs_on = sensitivity(base, time_limit=time_limit, progress=progress)
    return QuarterStudy(base, tuple(planned), step, points, hangs_on)


def _at(base: Plan, amount: float, time_limit: float) -> AtBudget:
    """The plan with another budget and everything else as it is."""
    change = Change("budgets of the quarter", 0, "", {}, "set", BUDGET, amount)
    try:
        return AtBudget(amount, make_plan(apply(base.scenario, [change]), after=base, time_limit=time_limit))
    except (InfeasiblePlan, SolverLimit) as refusal:
        return AtBudget(amount, None, refusal)


def next_money(budget: float) -> float:
    """The greatest power of ten that is at most a tenth of a budget: 100,000 of 1,330,000; at least one."""
    return max(10.0 ** math.floor(math.log10(budget / 10) + 1e-9), 1.0)


def _apart(shares: Sequence[float]) -> list[float]:
    """Shares in their order; of those that are the same but for rounding the first alone."""
    kept: list[float] = []
    for share in shares:
        if all(abs(share - other) > 1e-9 for other in kept):
            kept.append(share)
    return sorted(kept)
