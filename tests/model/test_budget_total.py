from __future__ import annotations

import pytest

from optimizer.model.budget_total import budget_total
from optimizer.scenario.read import Scenario
from tests.model.certified import price, slopes, solve_certified, spend_of, value_of
from tests.model.render import golden, rendered
from tests.small import campaign, line_curve, points_curve, small


def scenario(budget: float = 1500) -> Scenario:
    """A brings 0.05 visits of 100 per unit of money and B 0.02, 1000 each; C nothing that pays."""
    return small(
        [campaign("A", current_weekly_spend=1000), campaign("B", current_weekly_spend=1000), campaign("C")],
        [line_curve("A", 0.05, 1000), line_curve("B", 0.02, 1000), points_curve("C", "0:0 400:2 1000:2", 1000)],
        budget=budget,
        policies={"curve_steps": 1},
    )


def test_hand_worked() -> None:
    """1500 buy A's 1000 at a gain of 5 - 1 = 4 each, then 500 of B at 2 - 1 = 1, the price: 4000 + 500 = 4500."""
    solution = solve_certified(scenario())
    assert spend_of(solution) == {"A": [pytest.approx(1000)], "B": [pytest.approx(500)], "C": [pytest.approx(0)]}
    assert solution.objective == pytest.approx(4500)
    assert price(solution, "budget_total") == pytest.approx(1)


def test_golden_rows() -> None:
    assert rendered(scenario(), budget_total) == golden("budget_total")


def test_slack() -> None:
    """Of 3000 only 2000 find a use: money may stay unspent, and more of it is worth nothing."""
    solution = solve_certified(scenario(budget=3000))
    assert solution.objective == pytest.approx(5000)
    assert price(solution, "budget_total") == pytest.approx(0, abs=1e-9)


def test_price_is_finite_difference() -> None:
    assert slopes(lambda budget: value_of(scenario(budget)), 1500, 100) == pytest.approx((1, 1))


def test_price_lies_between_the_differences_at_a_kink() -> None:
    """At 1000, A is full and B has nothing: the last unit brought 4, the next brings 1."""
    lower, higher = slopes(lambda budget: value_of(scenario(budget)), 1000, 100)
    assert (lower, higher) == pytest.approx((4, 1))
    assert 1 - 1e-9 <= price(solve_certified(scenario(budget=1000)), "budget_total") <= 4 + 1e-9
