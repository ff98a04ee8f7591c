"""The least spend that reaches stated goals, and what one more of each would cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.errors import UsageError
from optimizer.model.setting import established
from optimizer.plan.planner import Plan, make_plan
from optimizer.plan.solving import Progress, silent
from optimizer.response.forecast import spend_limit
from optimizer.scenario.changes import Change, apply
from optimizer.scenario.definition import Objective
from optimizer.scenario.read import Scenario
from optimizer.scenario.what_if import parse_goal
from optimizer.solve.highs import ProvenInfeasible, Session

_ASKED = "target"
"""Where changes come from that a target makes."""


@dataclass(frozen=True)
class Goal:
    """One goal.

    Attributes:
        name: As it was asked for; its name among the limits of the plan.
        quantity: ``visits``, ``bookings`` or ``leads``.
        asked: How many at least.
        reached: How many the plan reaches.
        one_more: Money that one more would cost, by solving again; ``None`` where one more is out of reach.
    """

    name: str
    quantity: str
    asked: float
    reached: float
    one_more: float | None


@dataclass(frozen=True)
class Target:
    """The cheapest plan that reaches the goals.

    Attributes:
        plan: The plan.
        goals: The goals, in the order in which they were asked for.
        budget: What the scenario would have allowed.
    """

    plan: Plan
    goals: tuple[Goal, ...]
    budget: float


def target(
    scenario: Scenario,
    goals: Sequence[str],
    *,
    within_budget: bool = False,
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> Target:
    """The least spend that reaches goals; every other limit of the scenario holds as well.

    Args:
        scenario: The scenario.
        goals: ``visits >= 9000``, ``bookings[location=Northside,service_line=Orthopaedics] >= 120``.
        within_budget: Whether the budgets hold too; else the least spend may be more than them.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence as each phase begins.

    Raises:
        UsageError: if there is no goal. ScenarioError: a goal that cannot be read or covers nothing.
        InfeasiblePlan: the goals are out of reach; names what stands in the way.
        SolverLimit, VerificationError: as for any plan.
    """
    if not goals:
        raise UsageError("there is no goal; give one such as 'visits >= 9000'")
    asked = [parse_goal(text) for text in goals]
    changes = [_set("objective", Objective.MIN_SPEND.value), *asked]
    changes += [] if within_budget else _any_budget(scenario)
    plan = make_plan(apply(scenario, changes), time_limit=time_limit, progress=progress)
    progress("Finding what one more would cost")
    return Target(plan, tuple(_goal(plan, change) for change in asked), scenario.definition.budget.total)


def _set(key: str, value: object) -> Change:
    return Change(_ASKED, 0, "", {}, "set", key, value)


def _any_budget(scenario: Scenario) -> list[Change]:
    """Budgets as high as all campaigns together may go."""
    facts = established(scenario)
    most = np.minimum(facts.ceiling, spend_limit(facts)[:, None]).sum()
    highest = max(float(math.ceil(most)), scenario.definition.budget.total)
    periods: dict[str, object] = {"budget.per_week": None, "budget.per_month": {}}
    given = scenario.definition.budget.model_dump()
    lifted = [_set(key, empty) for key, empty in periods.items() if given[key.removeprefix("budget.")] != empty]
    return [_set("budget.total", highest), *lifted]


def _goal(plan: Plan, asked: Change) -> Goal:
    row = asked.value
    assert isinstance(row, dict)
    name = str(row["limit"])
    shown = plan.frame("limits").query("name == @name").iloc[0]
    return Goal(name, str(row["quantity"]), float(shown["asked"]), float(shown["achieved"]), _one_more(plan, name))


def _one_more(plan: Plan, name: str) -> float | None:
    """Money that one more unit of a goal costs."""
    session, program = plan.answer.session, plan.answer.session.program
    labels = program.row_block("limits").labels.frame()
    row = program.row_start["limits"] + int(np.flatnonzero((labels["limit"] == name) & (labels["side"] == "min"))[0])
    lower = program.row_lower.copy()
    lower[row] += 1.0
    try:
        return plan.solution.objective - session.with_limits(lower, program.row_upper).objective
    except ProvenInfeasible:
        return None
    finally:
        _put_back(session, plan)


def _put_back(session: Session, plan: Plan) -> None:
    program = plan.solution.program
    session.with_limits(program.row_lower, program.row_upper)
