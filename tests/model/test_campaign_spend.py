from __future__ import annotations

import pytest

from optimizer.model.campaign_spend import campaign_spend
from optimizer.scenario.read import Scenario
from tests.model.certified import price, slopes, solve_certified, spend_of, value_of
from tests.model.render import golden, rendered
from tests.small import WEEKS, campaign, line_curve, small


def scenario(*, floor: float = 200, ceiling: float = 600, weeks: int = 1) -> Scenario:
    """Per unit of money A brings visits worth 5, B 0.5 and C 3; A has a ceiling, B a floor, C neither.

    D, worth 0.5, has both a floor and a ceiling and runs only from the second week on.
    """
    return small(
        [
            campaign("A", max_weekly_spend=ceiling),
            campaign("B", min_weekly_spend=floor),
            campaign("C", max_weekly_spend=5000),
            campaign("D", min_weekly_spend=50, max_weekly_spend=100, first_week=WEEKS[1]),
        ],
        [
            line_curve("A", 0.05, 1000),
            line_curve("B", 0.005, 1000),
            line_curve("C", 0.03, 1000),
            line_curve("D", 0.005, 1000),
        ],
        weeks=weeks,
        policies={"curve_steps": 1},
    )


def test_hand_worked() -> None:
    """A spends its ceiling of 600 at a gain of 4, B its floor of 200 at a loss of 0.5, C its curve's 1000 at 2.

    Value: 4 * 600 - 0.5 * 200 + 2 * 1000 = 4300. A's ceiling is worth 4 more per unit, a higher floor of B loses 0.5.
    C's ceiling of 5000 lies beyond the end of its curve: it has no row, and the end of its last step has the price 2.
    D does not run.
    """
    solution = solve_certified(scenario())
    expected = {"A": [600.0], "B": [200.0], "C": [1000.0], "D": [0.0]}
    assert spend_of(solution) == {name: pytest.approx(spend) for name, spend in expected.items()}
    assert solution.objective == pytest.approx(4300)
    assert price(solution, "campaign_spend", campaign="A") == pytest.approx(4)
    assert price(solution, "campaign_spend", campaign="B") == pytest.approx(-0.5)
    labels = solution.program.column_block("spend").labels.frame()
    assert solution.reduced_of("spend")[labels["campaign"] == "C"] == pytest.approx([2])


def test_golden_rows() -> None:
    assert rendered(scenario(weeks=2), campaign_spend) == golden("campaign_spend")


def test_slack() -> None:
    """A floor of a campaign that would spend more anyway, below a ceiling that it does not reach for want of budget."""
    rows = [campaign("A", min_weekly_spend=100, max_weekly_spend=900)]
    solution = solve_certified(small(rows, [line_curve("A", 0.05, 1000)], budget=500))
    assert solution.objective == pytest.approx(2000)
    assert solution.price_of("campaign_spend") == pytest.approx([0], abs=1e-9)


def test_price_is_finite_difference() -> None:
    assert slopes(lambda ceiling: value_of(scenario(ceiling=ceiling)), 600, 50) == pytest.approx((4, 4))
    assert slopes(lambda floor: value_of(scenario(floor=floor)), 200, 50) == pytest.approx((-0.5, -0.5))
