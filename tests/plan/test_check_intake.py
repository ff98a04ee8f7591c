"""Hours bought and an opening backlog: what is told of them is found again, and what is wrong is found."""

from __future__ import annotations

import pytest

from optimizer import api
from optimizer.errors import Finding
from optimizer.plan.check import check_plan
from optimizer.plan.planner import Plan
from optimizer.plan.summary import totals
from tests.model.desk import desk

BACKLOG = {"opening_backlog": 30}
"""Thirty contacts of 20 minutes: 10 of 90 paid hours."""


@pytest.fixture(scope="module")
def plan() -> Plan:
    """80 hours left for leads of up to 100; twelve more are bought at 20."""
    return api.plan(desk(paid_hours=90, overflow_hours=12, overflow_cost_per_hour=20, **BACKLOG))


def findings(plan: Plan, **changed: float) -> list[Finding]:
    """What is found where columns of the one row of intake say something else."""
    intake = plan.frame("intake").assign(**changed)
    return check_plan(plan.scenario, {**plan.tables, "intake": intake}, totals(plan.outcome))


def names(found: list[Finding]) -> set[str]:
    return {finding.check for finding in found}


def test_the_plan_passes_and_says_what_it_buys(plan: Plan) -> None:
    """Twelve hours at 20 are 240 of operations' money; the backlog takes 10 hours."""
    assert findings(plan) == []
    row = plan.frame("intake").iloc[0]
    assert row[["backlog_hours", "hours_paid", "overflow_hours", "overflow_cost"]].tolist() == pytest.approx(
        [10, 80, 12, 240]
    )
    assert plan.value == pytest.approx(plan.outcome.gross - plan.spend - 240)


def test_more_is_bought_than_can_be(plan: Plan) -> None:
    found = findings(plan, overflow_hours=12.5, overflow_cost=250.0)
    assert names(found) == {"intake_overflow", "totals"}


def test_less_is_bought_than_is_worked(plan: Plan) -> None:
    found = findings(plan, overflow_hours=11.0, overflow_cost=220.0)
    assert names(found) == {"intake_total", "totals"}


@pytest.mark.parametrize("column", ["backlog_hours", "overflow_cost", "hours_paid", "hours_in_time"])
def test_a_number_that_is_told_is_found_again(plan: Plan, column: str) -> None:
    found = findings(plan, **{column: float(plan.frame("intake")[column].iloc[0]) + 0.01})
    assert names(found) == {f"intake.{column}"}


def test_hours_below_zero_are_no_numbers(plan: Plan) -> None:
    assert names(findings(plan, overflow_hours=-1.0)) == {"numbers"}


@pytest.mark.parametrize("name", ["overflow_hours", "overflow_cost", "value"])
def test_a_total_that_is_told_is_found_again(plan: Plan, name: str) -> None:
    said = totals(plan.outcome)
    found = check_plan(plan.scenario, plan.tables, {**said, name: said[name] + 1})
    assert [finding.check for finding in found] == ["totals"]
    assert name in found[0].message


def test_hours_bought_are_not_the_budgets_money() -> None:
    """A budget that is spent to the last cent buys overflow all the same."""
    given = desk(paid_hours=80, overflow_hours=12, overflow_cost_per_hour=20)
    definition = {**given.definition.model_dump(mode="json", exclude_none=True), "budget": {"total": 1840}}
    plan = api.plan(api.from_frames(definition, {name: table.frame for name, table in given.tables.items()}))
    assert plan.spend == 1840
    assert plan.outcome.overflow_cost == pytest.approx(240)
