from __future__ import annotations

from collections.abc import Mapping

import pytest

from optimizer.model.budget_period import budget_period
from optimizer.scenario.read import Scenario
from tests.model.certified import price, slopes, solve_certified, spend_of, value_of
from tests.model.render import golden, rendered
from tests.small import WEEKS, campaign, line_curve, small

JANUARY, FEBRUARY = "2026-01", "2026-02"


def scenario(
    *, per_week: float = 800, january: float = 2000, february: float = 500, campaigns: tuple[str, ...] = ("A",)
) -> Scenario:
    """0.05 visits of 100 per unit of money, up to 1000 a week, over five weeks of which the last begins in February.

    In the second week the same money brings half as many leads again.
    """
    budget: Mapping[str, object] = {
        "total": 1e6,
        "per_week": per_week,
        "per_month": {FEBRUARY: february, JANUARY: january},
    }
    return small(
        [campaign(name, current_weekly_spend=1000) for name in campaigns],
        [line_curve(name, 0.05, 1000) for name in campaigns],
        budget=budget,
        weeks=5,
        policies={"curve_steps": 1},
        tables={"seasonality": [{"week": WEEKS[1], "demand_index": 1.5}]},
    )


def test_hand_worked() -> None:
    """January's 2000 go to the second week first, up to the week's 800, and 1200 to its other weeks; February gets 500.

    A unit of money gains 0.075 * 100 - 1 = 6.5 in the second week and 4 elsewhere: 800 * 6.5 + 1200 * 4 + 500 * 4 =
    12,000. Prices: a month's money gains 4; the second week's gains 6.5 - 4 = 2.5 as it is taken from the rest of
    January; the other weeks of January and the one of February would gain nothing, as the month is what binds.
    """
    solution = solve_certified(scenario())
    spend = spend_of(solution)["A"]
    assert spend[1] == pytest.approx(800)
    assert sum(spend[:4]) == pytest.approx(2000)
    assert spend[4] == pytest.approx(500)
    assert solution.objective == pytest.approx(12_000)
    months = [price(solution, "budget_period", period=f"month {month}") for month in (JANUARY, FEBRUARY)]
    weeks = [price(solution, "budget_period", period=f"week of {week}") for week in WEEKS[:5]]
    assert months == pytest.approx([4, 4])
    assert weeks == pytest.approx([0, 2.5, 0, 0, 0], abs=1e-9)


def test_golden_rows() -> None:
    assert rendered(scenario(campaigns=("A", "B")), budget_period) == golden("budget_period")


def test_slack() -> None:
    """Periods with more money than the campaign can use."""
    solution = solve_certified(scenario(per_week=2000, january=9000, february=9000))
    assert solution.objective == pytest.approx(4 * 1000 * 4 + 1000 * 6.5)
    assert solution.price_of("budget_period") == pytest.approx([0] * 7, abs=1e-9)


def test_no_period_is_limited_unless_given() -> None:
    assert rendered(small([campaign("A")], [line_curve("A", 0.05, 1000)]), budget_period) == []


def test_price_is_finite_difference() -> None:
    """A month alone; and all weeks together, of which only the second gains."""
    assert slopes(lambda january: value_of(scenario(january=january)), 2000, 100) == pytest.approx((4, 4))
    assert slopes(lambda per_week: value_of(scenario(per_week=per_week)), 800, 50) == pytest.approx((2.5, 2.5))
