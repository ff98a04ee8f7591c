from __future__ import annotations

import numpy as np
import pytest

from optimizer import api
from optimizer.model.change_cost import change_cost, cost_of_moves
from optimizer.model.setting import established
from optimizer.plan.check import check_plan
from optimizer.plan.summary import totals
from optimizer.scenario.read import Scenario
from tests.model.certified import price, program_of, row_of, slopes_of_row, solve_certified, spend_of
from tests.model.render import golden, rendered
from tests.small import WEEKS, campaign, line_curve, small


def scenario(cost: float = 0.5) -> Scenario:
    """Two weeks. Per unit of money A brings visits worth 1.4, B 1.8 and C 0.4; A and C spend 100 today, B 20.

    C ends with the first week.
    """
    return small(
        [
            campaign("A", current_weekly_spend=100),
            campaign("B", current_weekly_spend=20),
            campaign("C", current_weekly_spend=100, last_week=WEEKS[0]),
        ],
        [line_curve("A", 0.014, 300), line_curve("B", 0.018, 120), line_curve("C", 0.004, 100)],
        weeks=2,
        budget={"total": 1000},
        policies={"curve_steps": 1, "change_cost": cost},
    )


def test_hand_worked() -> None:
    """A unit gains 0.4 at A in each of two weeks, 0.8 for one move that counts 0.5: A rises to 300 at once and stays.

    B gains 0.8 a unit and week and rises to 120. A unit at C loses 0.6 in its one week; a move away counts 0.5: it is
    worth it, and the end of its flight is no move. Gains: 2 * 0.4 * 300 = 240, 2 * 0.8 * 120 = 192; moves of
    200 + 100 + 100 = 400 count 0.5 * 400 = 200. Objective: 240 + 192 - 200 = 232.

    A free unit of move up in week 1 saves 0.5; up to the second week nothing moves, and a free move there is worth
    nothing, for both campaigns are at their curves' ends.
    """
    solution = solve_certified(scenario())
    assert spend_of(solution) == {"A": [300.0, 300.0], "B": [120.0, 120.0], "C": [0.0, 0.0]}
    assert solution.objective == pytest.approx(232)
    assert price(solution, "change_cost", campaign="A", week=WEEKS[0], direction="up") == pytest.approx(0.5)
    assert price(solution, "change_cost", campaign="C", week=WEEKS[0], direction="down") == pytest.approx(0.5)
    assert price(solution, "change_cost", campaign="A", week=WEEKS[0], direction="down") == pytest.approx(0)


def test_small_gains_move_nothing() -> None:
    """At 0.9 for a move, A's gain of 2 * 0.4 = 0.8 and C's of 0.6 are not worth it; B's of 2 * 0.8 = 1.6 is."""
    assert spend_of(solve_certified(scenario(0.9))) == {"A": [100.0, 100.0], "B": [120.0, 120.0], "C": [100.0, 0.0]}


def test_golden_rows() -> None:
    assert rendered(scenario(), change_cost) == golden("change_cost")


def test_slack() -> None:
    """Where nobody would move anything, moves count nothing and a free move is worth nothing."""
    still = small(
        [campaign("A", current_weekly_spend=300)],
        [line_curve("A", 0.014, 300)],
        weeks=2,
        policies={"curve_steps": 1, "change_cost": 0.5},
    )
    solution = solve_certified(still)
    assert spend_of(solution) == {"A": [300.0, 300.0]}
    assert solution.of("moved") == pytest.approx([0, 0], abs=1e-9)
    assert solution.objective == pytest.approx(2 * 0.4 * 300)


def test_moves_count_nothing_without_the_policy() -> None:
    program = program_of(scenario(0.0))
    assert not program.has_rows("change_cost")
    assert len(program.column_block("moved")) == 0


def test_price_is_finite_difference() -> None:
    program = program_of(scenario())
    row = row_of(program, "change_cost", campaign="A", week=WEEKS[0], direction="up")
    assert slopes_of_row(program, "change_cost", row, 1) == pytest.approx((0.5, 0.5))


def test_the_plan_tells_its_moves_and_counts_them_apart_from_its_value() -> None:
    plan = api.plan(scenario())
    assert plan.value == pytest.approx(432, abs=0.05)
    assert plan.summary["plan"]["change_cost"] == pytest.approx(200, abs=0.05)  # type: ignore[index]
    assert plan.curve_gap.gap <= 0.5


def test_a_wrong_count_of_moves_is_found() -> None:
    plan = api.plan(scenario())
    told = totals(plan.outcome)
    assert check_plan(plan.scenario, plan.tables, told) == []
    found = check_plan(plan.scenario, plan.tables, {**told, "change_cost": told["change_cost"] - 1})
    assert [finding.check for finding in found] == ["totals"]


def test_cost_of_moves_by_hand() -> None:
    """Up 50, down 20 and back; C's end is no move: 0.5 * (50 + 20 + 0 + 0 + 40) = 55."""
    spend = np.array([[150.0, 130.0], [20.0, 20.0], [60.0, 0.0]])
    assert cost_of_moves(established(scenario()), spend) == pytest.approx(0.5 * (50 + 20 + 40))
