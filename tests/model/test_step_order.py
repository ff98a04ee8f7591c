from __future__ import annotations

import pytest

from optimizer.model.step_order import step_order
from optimizer.scenario.read import Scenario
from tests.model.certified import certified, price, row_of, shifted, solve_certified, spend_of, value_of
from tests.model.render import golden, rendered
from tests.small import campaign, line_curve, points_curve, small


def scenario(budget: float = 300, *, exact: str = "yes", other: float = 0.04) -> Scenario:
    """A brings 1 lead per 100 up to 100, then 9 for the next 100, then 2 for 200; a unit of B brings ``other``."""
    return small(
        [campaign("A"), campaign("B", channel="Social")],
        [{**points_curve("A", "0:0 100:1 200:10 400:12", 400), "exact": exact}, line_curve("B", other, 1000)],
        budget=budget,
        policies={"curve_steps": 1},
    )


def test_hand_worked() -> None:
    """200 on A bring 1 + 9 = 10 leads, more than the 200 * 0.04 = 8 of B; its next 100 bring 1, those of B 4.

    Value: 100 * (10 + 4) - 300 = 1100. With a budget of 150, A would bring 1 + 4.5 = 5.5 leads and B 150 * 0.04 = 6:
    100 * 6 - 150 = 450.
    """
    solution = solve_certified(scenario())
    assert spend_of(solution) == {"A": [pytest.approx(200)], "B": [pytest.approx(100)]}
    assert solution.objective == pytest.approx(1100)
    solution = solve_certified(scenario(150))
    assert spend_of(solution) == {"A": [0.0], "B": [pytest.approx(150)]}
    assert solution.objective == pytest.approx(450)


def test_golden_rows() -> None:
    assert rendered(scenario(), step_order) == golden("step_order")


def test_slack() -> None:
    """Where the money reaches the end of both curves the order costs nothing."""
    solution = solve_certified(scenario(2000))
    assert solution.objective == pytest.approx(100 * (10 + 40) - 200 - 1000)
    assert price(solution, "step_order", campaign="A", step="1", side="full") == pytest.approx(0, abs=1e-9)


def test_price_is_finite_difference() -> None:
    """The second step in use: one unit of the first may be left out and goes to B instead, worth 4 and not 1."""
    solution = solve_certified(scenario())
    row = row_of(solution.program, "step_order", campaign="A", step="1", side="full")
    assert price(solution, "step_order", campaign="A", step="1", side="full") == pytest.approx(1 - 4)
    moved = shifted(solution.program, "step_order", row, -1.0)
    assert certified(moved).objective - solution.objective == pytest.approx(4 - 1)


def test_an_envelope_needs_no_order_and_promises_more() -> None:
    """The line from 0 to 200 brings 0.05 a unit; 150 on it promise 7.5 leads where the curve brings 5.5."""
    assert rendered(scenario(exact="no"), step_order) == []
    assert value_of(scenario(150, exact="no")) == pytest.approx(100 * 7.5 - 150)


def test_concave_curves_need_no_order() -> None:
    assert rendered(small([campaign("A")], [line_curve("A", 0.05, 100)]), step_order) == []
