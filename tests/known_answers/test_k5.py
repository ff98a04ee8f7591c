"""A conflict: floors of 50, 60 and 70 a week against a budget of 150.

The floors ask for 180. Budget and all three floors are needed for the conflict: without any one of them a plan exists.
The cheapest way out is 30 of money, from the budget or from the floors.
"""

from __future__ import annotations

import pytest

from optimizer import api
from optimizer.errors import ExitCode, InfeasiblePlan
from optimizer.scenario.read import Scenario
from tests.small import campaign, line_curve, small

FLOORS = {"a": 50.0, "b": 60.0, "c": 70.0}


def scenario(budget: float = 150, **floors: float) -> Scenario:
    given = {**FLOORS, **floors}
    return small(
        [campaign(name, min_weekly_spend=floor) for name, floor in given.items()],
        [line_curve(name, 0.1, 1000) for name in given],
        budget=budget,
    )


def test_names_the_budget_and_the_three_floors() -> None:
    with pytest.raises(InfeasiblePlan) as caught:
        api.plan(scenario())
    conflict = caught.value.conflict
    assert len(conflict) == 4
    assert sum("budget.total" in limit for limit in conflict) == 1
    for name in FLOORS:
        assert sum(f"floor or ceiling of {name} " in limit for limit in conflict) == 1


def test_cheapest_way_out_is_thirty() -> None:
    with pytest.raises(InfeasiblePlan) as caught:
        api.plan(scenario())
    assert sum(relaxation.amount for relaxation in caught.value.relaxations) == pytest.approx(30)
    assert {relaxation.unit for relaxation in caught.value.relaxations if relaxation.amount > 0} == {"money"}


def test_exit_code() -> None:
    with pytest.raises(InfeasiblePlan) as caught:
        api.plan(scenario())
    assert caught.value.exit_code is ExitCode.INFEASIBLE


@pytest.mark.parametrize(
    "changed", [scenario(180), scenario(a=20), scenario(b=30), scenario(c=40)], ids=["budget", "a", "b", "c"]
)
def test_thirty_is_enough_wherever_it_is_given(changed: Scenario) -> None:
    assert api.plan(changed).spend <= changed.definition.budget.total
