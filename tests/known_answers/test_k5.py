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
    assert sum("budget.total" in clash.limit and clash.file == "scenario.yaml" for clash in conflict) == 1
    for line, name in enumerate(FLOORS, start=2):
        assert (
            sum(f"floor of ${FLOORS[name]:.2f} a week of campaign '{name}'" in clash.limit for clash in conflict) == 1
        )
        assert sum((clash.file, clash.line) == ("campaigns", line) for clash in conflict) == 1


def test_each_of_the_four_can_give_the_thirty_alone() -> None:
    """By arithmetic 50 + 60 + 70 = 180; each floor is above 30, so each may give all of it, and so may the budget."""
    with pytest.raises(InfeasiblePlan) as caught:
        api.plan(scenario())
    assert [gift.amount for gift in caught.value.alone] == pytest.approx([30] * 4)
    assert not caught.value.not_alone
    assert "ask for $180.00, $30.00 more than the $150.00 of budget.total" in caught.value.because[0]


def test_cheapest_way_out_is_thirty() -> None:
    with pytest.raises(InfeasiblePlan) as caught:
        api.plan(scenario())
    assert min(gift.amount for gift in caught.value.alone) == pytest.approx(30)
    assert not caught.value.together  # nothing is gained by moving two
    assert {gift.unit for gift in caught.value.alone} == {"money"}


def test_exit_code() -> None:
    with pytest.raises(InfeasiblePlan) as caught:
        api.plan(scenario())
    assert caught.value.exit_code is ExitCode.INFEASIBLE


@pytest.mark.parametrize(
    "changed", [scenario(180), scenario(a=20), scenario(b=30), scenario(c=40)], ids=["budget", "a", "b", "c"]
)
def test_thirty_is_enough_wherever_it_is_given(changed: Scenario) -> None:
    assert api.plan(changed).spend <= changed.definition.budget.total
