from __future__ import annotations

import pytest

from optimizer.model.minimum_if_active import always_on, minimum_if_active
from optimizer.model.setting import established
from optimizer.scenario.read import Scenario
from tests.model.certified import price, row_of, slopes_of_row, solve_certified, spend_of, value_of
from tests.model.render import golden, rendered
from tests.small import WEEKS, campaign, line_curve, points_curve, small


def scenario(*, least: float = 300, budget: float = 500, **more: object) -> Scenario:
    """A unit of A brings visits worth 10 up to 200 and 2 up to 1000 and runs at ``least`` or not at all; one of B 5."""
    return small(
        [campaign("A", min_if_active=least), campaign("B", channel="Social", current_weekly_spend=0)],
        [points_curve("A", "0:0 200:20 1000:36", 1000), line_curve("B", 0.05, 1000)],
        budget=budget,
        policies={"curve_steps": 1, **more},
    )


def test_hand_worked() -> None:
    """Free, A would take 200 and B 300 of 500. A at its 300 brings 20 + 100 * 0.02 = 22 leads and B 200 * 0.05 = 10.

    Value: 100 * (22 + 10) - 500 = 2700. Without A it is 100 * 500 * 0.05 - 500 = 2000. With A running, one more unit of
    budget goes to B: 5 - 1 = 4; A's line from zero, at 22 / 300 leads a unit, is worth more than B's: it has no price.
    """
    solution = solve_certified(scenario())
    assert spend_of(solution) == {"A": [pytest.approx(300)], "B": [pytest.approx(200)]}
    assert solution.objective == pytest.approx(2700)
    assert price(solution, "minimum_if_active", campaign="A", side="least") == pytest.approx(0)
    assert price(solution, "budget_total") == pytest.approx(4)


def test_a_minimum_that_is_too_dear_stops_the_campaign() -> None:
    """At 480 A brings 20 + 280 * 0.02 = 25.6 and 20 go to B: 100 * (25.6 + 1) - 500 = 2160, still above 2000.

    At 500 with B worth 5.5 a unit: A alone 100 * (20 + 6) - 500 = 2100; B alone is 2000 at 5, but 2250 at 5.5.
    """
    assert solve_certified(scenario(least=480)).objective == pytest.approx(2160)
    dearer = small(
        [campaign("A", min_if_active=500), campaign("B", channel="Social")],
        [points_curve("A", "0:0 200:20 1000:36", 1000), line_curve("B", 0.055, 1000)],
        budget=500,
    )
    solution = solve_certified(dearer)
    assert spend_of(solution) == {"A": [0.0], "B": [pytest.approx(500)]}
    assert solution.objective == pytest.approx(100 * 500 * 0.055 - 500)


def test_golden_rows() -> None:
    assert rendered(scenario(), minimum_if_active) == golden("minimum_if_active")


def test_slack() -> None:
    """A budget of 2000 takes both to their ends; a minimum of 300 costs nothing."""
    solution = solve_certified(scenario(budget=2000))
    assert spend_of(solution) == {"A": [pytest.approx(1000)], "B": [pytest.approx(1000)]}
    assert price(solution, "minimum_if_active", campaign="A", side="least") == pytest.approx(0)


def test_price_is_finite_difference() -> None:
    """A loses 1 - 0.1 a unit and cannot stop: 0.5 * 400 - 50 and 0.5 * 300 - 50 are above 0. Its curve is a line, so
    the price of the least is that of the minimum: 2 weeks * -0.9 where it is raised by one.
    """
    solution = solve_certified(worthless())
    for week in WEEKS[:2]:
        row = row_of(solution.program, "minimum_if_active", campaign="A", week=week, side="least")
        assert solution.price_of("minimum_if_active")[row] == pytest.approx(-0.9)
        assert slopes_of_row(solution.program, "minimum_if_active", row, 1.0) == pytest.approx((-0.9, -0.9))
    assert value_of(worthless(301)) - value_of(worthless(300)) == pytest.approx(-1.8)


def worthless(least: float = 300, amount: float = 50) -> Scenario:
    return small(
        [campaign("A", min_if_active=least, current_weekly_spend=400)],
        [line_curve("A", 0.001, 1000)],
        weeks=2,
        policies={"change_limit": {"share": 0.5, "amount": amount}},
    )


def test_there_is_no_row_without_a_minimum() -> None:
    assert rendered(scenario(least=0), minimum_if_active) == []


def test_a_floor_means_that_it_always_runs() -> None:
    """A floor of 50 is a floor of 300, and no row of this family."""
    floored = small([campaign("A", min_if_active=300, min_weekly_spend=50)], [line_curve("A", 0.001, 1000)])
    assert rendered(floored, minimum_if_active) == []
    assert spend_of(solve_certified(floored)) == {"A": [pytest.approx(300)]}


def test_the_change_limit_stays_hard() -> None:
    """From 0 a limit of 200 does not let A reach 300; from 400 half and 50 do not let it stop: it falls to 300."""
    limit = {"change_limit": {"share": 0.5, "amount": 200}}
    assert spend_of(solve_certified(scenario(**limit)))["A"] == [0.0]
    assert always_on(established(worthless())).all()
    assert spend_of(solve_certified(worthless())) == {"A": [pytest.approx(300), pytest.approx(300)]}


def test_a_campaign_that_can_stop_is_not_held_on() -> None:
    """0.5 * 400 - 250 is below 0 in the first week, and 0.5 * 300 - 250 in the second."""
    assert not always_on(established(worthless(amount=250))).any()
    assert spend_of(solve_certified(worthless(amount=250))) == {"A": [0.0, 0.0]}


def test_each_week_is_on_or_off_by_itself() -> None:
    """Demand of a tenth in the second week is not worth 300."""
    seasonal = small(
        [campaign("A", min_if_active=300)],
        [line_curve("A", 0.02, 1000)],
        weeks=2,
        tables={"seasonality": [{"week": WEEKS[1], "demand_index": 0.1}]},
    )
    assert spend_of(solve_certified(seasonal)) == {"A": [pytest.approx(1000), 0.0]}
