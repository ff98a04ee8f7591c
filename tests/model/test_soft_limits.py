from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from optimizer.model.soft_limits import soft_limits
from tests.model.certified import program_of, slopes_of_row, solve_certified, spend_of, value_of
from tests.model.render import golden, rendered
from tests.model.test_limits import UNLIMITED, scenario
from tests.small import campaign, line_curve, small


@dataclass(frozen=True)
class Case:
    """A limit that binds at its price_cap or is missed, with its arithmetic.

    Attributes:
        limit: The row of limits without its name.
        spend: Money of A, B and C over both weeks.
        objective: Value less what is missed.
        price: Price of the limit in each of its windows.
        short: Units by which each window is missed.
    """

    limit: dict[str, Any]
    spend: tuple[float, float, float]
    objective: float
    price: float
    short: float

    @property
    def windows(self) -> int:
        return 2 if self.limit.get("per") == "week" else 1


VISITS = {"quantity": "visits", "location": "South", "min": 1.8}
SPEND = {"quantity": "spend", "campaign": "A", "max": 1500}
LEADS = {"quantity": "leads", "location": "North", "max": 120}
BOOKINGS = {"quantity": "bookings", "market": "Lower", "per": "week", "min": 1}
CASES = {
    # A visit of South is 1 / 0.0045 units of C, each a loss of 0.55: 122.22. At 130 it is worth that: 400 of C.
    "visits_min_worth_it": Case({**VISITS, "price_cap": 130}, (2000, 2000, 400), UNLIMITED - 220, -0.55 / 0.0045, 0),
    # At 120 it is not: 1.8 * 120.
    "visits_min_not_worth_it": Case({**VISITS, "price_cap": 120}, (2000, 2000, 0), UNLIMITED - 216, -120, 1.8),
    # A gains 3.5 a unit. At 4 it keeps to 1500: 500 * 3.5.
    "spend_max_worth_it": Case({**SPEND, "price_cap": 4}, (1500, 2000, 0), UNLIMITED - 1750, 3.5, 0),
    # At 3 it does not: 500 * 3.
    "spend_max_not_worth_it": Case({**SPEND, "price_cap": 3}, (2000, 2000, 0), UNLIMITED - 1500, 3, 500),
    # A lead of B earns 90 - 33.33 = 56.67; 40 too many. At 60 B gives them up.
    "leads_max_worth_it": Case(
        {**LEADS, "price_cap": 60}, (2000, 2000 - 40 / 0.03, 0), UNLIMITED - 40 * (90 - 100 / 3), 90 - 100 / 3, 0
    ),
    # At 50 they are paid for: 40 * 50.
    "leads_max_not_worth_it": Case({**LEADS, "price_cap": 50}, (2000, 2000, 0), UNLIMITED - 2000, 50, 40),
    # A booking of South costs 200 and is worth 90, in each week alone: 2 * 110.
    "bookings_min_each_week_worth_it": Case(
        {**BOOKINGS, "price_cap": 111}, (2000, 2000, 400), UNLIMITED - 220, -110, 0
    ),
    # 2 * 109.
    "bookings_min_each_week_not_worth_it": Case(
        {**BOOKINGS, "price_cap": 109}, (2000, 2000, 0), UNLIMITED - 218, -109, 1
    ),
}

cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@cases
def test_hand_worked(case: Case) -> None:
    """The arithmetic stands beside each case; where a side is missed, its price is the price_cap."""
    solution = solve_certified(scenario({"limit": "Rule", **case.limit}))
    assert [sum(weeks) for weeks in spend_of(solution).values()] == pytest.approx(list(case.spend), abs=1e-6)
    assert solution.objective == pytest.approx(case.objective)
    assert solution.price_of("soft_limits") == pytest.approx([case.price] * case.windows)
    assert solution.of("shortfall") == pytest.approx([case.short] * case.windows, abs=1e-9)


def test_golden_rows() -> None:
    rows = [{"limit": name, **case.limit} for name, case in CASES.items() if name.endswith("not_worth_it")]
    assert rendered(scenario(*rows), soft_limits) == golden("soft_limits")


@cases
def test_slack(case: Case) -> None:
    """A limit far on its other side is not missed and worth nothing."""
    loose = {side: far for side, far in (("max", 1e6), ("min", 0.0)) if side in case.limit}
    solution = solve_certified(scenario({"limit": "Rule", **case.limit, **loose}))
    assert solution.objective == pytest.approx(UNLIMITED)
    assert solution.price_of("soft_limits") == pytest.approx([0] * case.windows, abs=1e-9)
    assert solution.of("shortfall") == pytest.approx([0] * case.windows, abs=1e-9)


@cases
def test_price_is_finite_difference(case: Case) -> None:
    given = scenario({"limit": "Rule", **case.limit})
    prices = solve_certified(given).price_of("soft_limits")
    for window, price in enumerate(prices):
        assert slopes_of_row(program_of(given), "soft_limits", window, 0.1) == pytest.approx((price, price), rel=1e-5)


def test_both_sides_of_one_limit() -> None:
    """North's 160 leads are 10 fewer than the least, or 40 more than the most, at 20 each; one side is missed."""
    row = {"limit": "Rule", "quantity": "leads", "location": "North", "price_cap": 20}
    low = solve_certified(scenario({**row, "min": 170, "max": 180}))
    assert low.of("shortfall") == pytest.approx([10, 0], abs=1e-9)
    assert low.objective == pytest.approx(UNLIMITED - 200)
    high = solve_certified(scenario({**row, "min": 100, "max": 120}))
    assert high.of("shortfall") == pytest.approx([0, 40], abs=1e-9)
    assert high.objective == pytest.approx(UNLIMITED - 800)


def test_a_soft_limit_never_breaks_a_hard_one() -> None:
    """However dear: C may spend 100, and the 400 that the visits need stay 300 short, 1.35 visits at a million."""
    dear = {"limit": "Goal", **VISITS, "price_cap": 1e6}
    hard = {"limit": "Rule", "quantity": "spend", "campaign": "C", "max": 100}
    solution = solve_certified(scenario(dear, hard))
    assert sum(spend_of(solution)["C"]) == pytest.approx(100)
    assert solution.of("shortfall") == pytest.approx([1.35])


@pytest.mark.parametrize(("cap", "north", "south"), [(8.0, 1000, 0), (8.2, 600, 400)])
def test_a_price_counts_in_visits_where_value_does(cap: float, north: float, south: float) -> None:
    """Of 1000 in all, a booking of South costs 200, which would be ten bookings of North: 9 visits less 0.9 = 8.1."""
    given = small(
        [campaign("A"), campaign("C", location="South")],
        [line_curve("A", 0.05, 1000), line_curve("C", 0.005, 1000)],
        budget=1000,
        objective="visits",
        tables={
            "show_rates": [{"service_line": "Care", "weeks_waited": 0, "kept_share": 1, "show_rate": 0.9}],
            "limits": [{"limit": "Goal", "quantity": "bookings", "location": "South", "min": 2, "price_cap": cap}],
        },
    )
    assert spend_of(solve_certified(given)) == {"A": pytest.approx([north]), "C": pytest.approx([south], abs=1e-6)}


def test_a_price_of_nothing_asks_for_nothing() -> None:
    assert value_of(scenario({"limit": "Rule", **VISITS, "price_cap": 0})) == pytest.approx(UNLIMITED)
