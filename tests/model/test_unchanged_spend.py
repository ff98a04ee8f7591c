from __future__ import annotations

import numpy as np
import pytest

from optimizer.model.setting import established
from optimizer.model.unchanged_spend import may_stay, unchanged_spend
from optimizer.scenario.read import Scenario
from tests.model.certified import certified, price, row_of, shifted, solve_certified, spend_of
from tests.model.render import golden, rendered
from tests.small import WEEKS, campaign, line_curve, small


def scenario(most: int | None = 1, **more: object) -> Scenario:
    """A unit of A, B and C brings visits worth 5, 3 and 0.5; each spends 100 today and may go to 1000."""
    policies = {"curve_steps": 1} if most is None else {"curve_steps": 1, "max_changed_campaigns": most}
    return small(
        [campaign(name, channel=name, current_weekly_spend=100) for name in "AB"]
        + [campaign("C", channel="C", current_weekly_spend=100, **more)],
        [line_curve("A", 0.05, 1000), line_curve("B", 0.03, 1000), line_curve("C", 0.005, 1000)],
        policies=policies,
    )


def test_hand_worked() -> None:
    """A gains most: 900 * (5 - 1) = 3600, B would gain 900 * 2 = 1800 and C 100 * 0.5 = 50.

    Value: 1000 * 4 + 100 * 2 - 100 * 0.5 = 4150. One more unit of today's spend of B is worth 2; of C -0.5.
    """
    solution = solve_certified(scenario())
    assert {name: spend[0] for name, spend in spend_of(solution).items()} == pytest.approx(
        {"A": 1000, "B": 100, "C": 100}
    )
    assert solution.objective == pytest.approx(4150)
    assert price(solution, "unchanged_spend", campaign="B", side="most") == pytest.approx(2)
    assert price(solution, "unchanged_spend", campaign="C", side="least") == pytest.approx(-0.5)


def test_golden_rows() -> None:
    assert rendered(scenario(), unchanged_spend) == golden("unchanged_spend")


def test_slack() -> None:
    """With three that may change, none is held: 4000 + 2000 + 0."""
    solution = solve_certified(scenario(3))
    assert solution.objective == pytest.approx(6000)
    assert price(solution, "unchanged_spend", campaign="B", side="least") == pytest.approx(0)


def test_price_is_finite_difference() -> None:
    solution = solve_certified(scenario())
    row = row_of(solution.program, "unchanged_spend", campaign="B", side="most")
    moved = shifted(solution.program, "unchanged_spend", row, 1.0)
    assert certified(moved).objective - solution.objective == pytest.approx(2)


def test_there_is_no_row_without_the_policy() -> None:
    assert rendered(scenario(None), unchanged_spend) == []


def test_what_gates_and_floors_force_does_not_count() -> None:
    """C must stop in a blackout: it is free there, and A still changes."""
    shut = small(
        [campaign("A", current_weekly_spend=100), campaign("C", channel="C", current_weekly_spend=100)],
        [line_curve("A", 0.05, 1000), line_curve("C", 0.005, 1000)],
        weeks=2,
        policies={"max_changed_campaigns": 1},
        tables={
            "calendar_events": [
                {"event": "Shut", "channel": "C", "first_week": WEEKS[0], "last_week": WEEKS[0], "blackout": "yes"}
            ]
        },
    )
    assert may_stay(established(shut)).tolist() == [[True, True], [False, True]]
    spend = spend_of(solve_certified(shut))
    assert spend == {"A": [pytest.approx(1000)] * 2, "C": [0.0, pytest.approx(100)]}


@pytest.mark.parametrize("forced", [{"min_weekly_spend": 150}, {"max_weekly_spend": 50}, {"min_if_active": 200}])
def test_todays_spend_that_is_not_allowed_is_no_choice(forced: dict[str, float]) -> None:
    assert np.flatnonzero(may_stay(established(scenario(**forced))).ravel()).tolist() == [0, 1]
