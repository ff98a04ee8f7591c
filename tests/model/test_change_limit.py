from __future__ import annotations

import pytest

from optimizer.model.change_limit import change_limit
from optimizer.scenario.read import Scenario
from tests.model.certified import (
    price,
    program_of,
    row_of,
    slopes,
    slopes_of_row,
    solve_certified,
    spend_of,
    value_of,
)
from tests.model.render import golden, rendered
from tests.small import WEEKS, campaign, line_curve, small


def scenario(*, share: float = 0.2, amount: float = 10) -> Scenario:
    """Two weeks. Per unit of money A brings visits worth 5, B 0.5, C 3 and D 0.5; A, B and D spend 100 today.

    C begins in the second week, D ends with the first.
    """
    return small(
        [
            campaign("A", current_weekly_spend=100),
            campaign("B", current_weekly_spend=100),
            campaign("C", current_weekly_spend=1000, first_week=WEEKS[1]),
            campaign("D", current_weekly_spend=100, last_week=WEEKS[0]),
        ],
        [
            line_curve("A", 0.05, 1000),
            line_curve("B", 0.005, 1000),
            line_curve("C", 0.03, 1000),
            line_curve("D", 0.005, 1000),
        ],
        weeks=2,
        policies={"curve_steps": 1, "change_limit": {"share": share, "amount": amount}},
    )


def test_hand_worked() -> None:
    """A climbs as fast as it may: 1.2 * 100 + 10 = 130, then 1.2 * 130 + 10 = 166. B falls: 80 - 10 = 70, 56 - 10 = 46.

    C starts in week 2 and goes straight to 1000. D falls to 70 and then stops, which is no move that a limit knows.
    Value: 4 * (130 + 166) - 0.5 * (70 + 46) + 2 * 1000 - 0.5 * 70 = 1184 - 58 + 2000 - 35 = 3091.

    One more unit of room up in week 2 gains 4; in week 1 it gains 4, and 1.2 * 4 more a week later: 8.8. One more unit
    of room down saves 0.5 in week 2, and 0.5 + 0.8 * 0.5 = 0.9 in week 1 for B; 0.5 for D.
    """
    solution = solve_certified(scenario())
    expected = {"A": [130.0, 166.0], "B": [70.0, 46.0], "C": [0.0, 1000.0], "D": [70.0, 0.0]}
    assert spend_of(solution) == {name: pytest.approx(spend) for name, spend in expected.items()}
    assert solution.objective == pytest.approx(3091)
    prices = {
        (name, direction): [
            price(solution, "change_limit", campaign=name, week=week, direction=direction) for week in WEEKS[:2]
        ]
        for name in ("A", "B")
        for direction in ("up", "down")
    }
    assert prices["A", "up"] == pytest.approx([8.8, 4])
    assert prices["A", "down"] == pytest.approx([0, 0], abs=1e-9)
    assert prices["B", "up"] == pytest.approx([0, 0], abs=1e-9)
    assert prices["B", "down"] == pytest.approx([0.9, 0.5])
    assert price(solution, "change_limit", campaign="D", direction="down") == pytest.approx(0.5)


def test_golden_rows() -> None:
    assert rendered(scenario(), change_limit) == golden("change_limit")


def test_slack() -> None:
    """Moves of 1000 reach every spend that the curves know."""
    solution = solve_certified(scenario(amount=1000))
    assert solution.objective == pytest.approx(2 * 4000 + 2000)
    assert solution.price_of("change_limit") == pytest.approx([0] * 10, abs=1e-9)


def test_no_move_is_limited_without_the_policy() -> None:
    assert rendered(small([campaign("A")], [line_curve("A", 0.05, 1000)], weeks=2), change_limit) == []


def test_price_is_finite_difference() -> None:
    """One row; and the amount, which is room in every row: all prices together, 8.8 + 4 + 0.9 + 0.5 + 0.5."""
    program = program_of(scenario())
    first = row_of(program, "change_limit", campaign="A", week=WEEKS[0], direction="up")
    assert slopes_of_row(program, "change_limit", first, 1) == pytest.approx((8.8, 8.8))
    assert slopes(lambda amount: value_of(scenario(amount=amount)), 10, 1) == pytest.approx((14.7, 14.7))
