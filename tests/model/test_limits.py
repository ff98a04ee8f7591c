from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from optimizer.errors import ScenarioError
from optimizer.model.limits import limits
from optimizer.scenario.read import Scenario
from tests.model.certified import slopes, solve_certified, spend_of, value_of
from tests.model.render import golden, rendered
from tests.small import WEEKS, campaign, line_curve, small

UNLIMITED = 10_400.0
"""Value without a limit: 2000 of A at a gain of 3.5 and 2000 of B at 1.7."""


def scenario(*rows: dict[str, Any], weeks: int = 2) -> Scenario:
    """Two weeks; nine tenths of the patients come, a visit is worth 100, so a booking 90.

    North's A (Search) brings 0.05 leads per unit of money, worth 4.5; North's B (Social) 0.03, worth 2.7; South's C
    (Search) 0.005, worth 0.45, less than it costs. Each may spend 1000 a week.
    """
    return small(
        [
            campaign("A", current_weekly_spend=1000),
            campaign("B", channel="Social", current_weekly_spend=1000),
            campaign("C", location="South", current_weekly_spend=1000),
        ],
        [line_curve("A", 0.05, 1000), line_curve("B", 0.03, 1000), line_curve("C", 0.005, 1000)],
        weeks=weeks,
        policies={"curve_steps": 1},
        tables={
            "locations": [{"location": "North", "market": "Upper"}, {"location": "South", "market": "Lower"}],
            "show_rates": [{"service_line": "Care", "weeks_waited": 0, "kept_share": 1, "show_rate": 0.9}],
            "limits": rows,
        },
    )


@dataclass(frozen=True)
class Case:
    """A binding limit with its arithmetic.

    Attributes:
        limit: The row of limits without its name.
        spend: Money of A, B and C over both weeks.
        value: Value of the plan.
        price: Price of the limit in each of its windows.
        step: Change of the limit for the finite difference.
    """

    limit: dict[str, Any]
    spend: tuple[float, float, float]
    value: float
    price: float
    step: float

    @property
    def side(self) -> str:
        return "max" if "max" in self.limit else "min"

    @property
    def windows(self) -> int:
        return 2 if self.limit.get("per") == "week" else 1

    def scenario(self, change: float = 0.0) -> Scenario:
        row = {"limit": "Rule", **self.limit}
        row[self.side] += change
        return scenario(row)


CASES = {
    # A gives up 500 at 3.5 each: 10,400 - 1750. One more unit is worth 3.5.
    "spend_max_of_a_campaign": Case(
        {"quantity": "spend", "campaign": "A", "max": 1500}, (1500, 2000, 0), 8650, 3.5, 100
    ),
    # 800 a week for Search: A gives up 200 a week; C would not spend anyway. 10,400 - 2 * 700.
    "spend_max_of_a_channel_each_week": Case(
        {"quantity": "spend", "channel": "Search", "per": "week", "max": 800}, (1600, 2000, 0), 9000, 3.5, 100
    ),
    # C must spend 300 at a loss of 0.55: -165.
    "spend_min_of_a_market": Case(
        {"quantity": "spend", "market": "Lower", "min": 300}, (2000, 2000, 300), 10_235, -0.55, 100
    ),
    # 160 leads of North come down to 120. A lead of A earns 90 - 20 = 70, one of B 90 - 33.33 = 56.67: B gives up 40.
    "leads_max_of_a_clinic": Case(
        {"quantity": "leads", "location": "North", "max": 120},
        (2000, 2000 - 40 / 0.03, 0),
        UNLIMITED - 40 * (90 - 100 / 3),
        90 - 100 / 3,
        1,
    ),
    # 2 leads a week of C cost 400 and bring 180: -220 a week. A lead more: 90 - 200 = -110.
    "leads_min_of_a_campaign_each_week": Case(
        {"quantity": "leads", "campaign": "C", "per": "week", "min": 2}, (2000, 2000, 800), 9960, -110, 0.1
    ),
    # 80 bookings of North in the second week come down to 60, at the cost of B's 20 leads.
    "bookings_max_of_a_week": Case(
        {"quantity": "bookings", "location": "North", "first_week": WEEKS[1], "last_week": WEEKS[1], "max": 60},
        (2000, 2000 - 20 / 0.03, 0),
        UNLIMITED - 20 * (90 - 100 / 3),
        90 - 100 / 3,
        1,
    ),
    # 3 bookings of South are 600 of C.
    "bookings_min_of_a_market": Case(
        {"quantity": "bookings", "market": "Lower", "min": 3}, (2000, 2000, 600), UNLIMITED - 330, -110, 0.1
    ),
    # 144 visits of North come down to 126: 20 bookings fewer of B. A visit more is 1 / 0.9 bookings.
    "visits_max_of_a_clinic": Case(
        {"quantity": "visits", "location": "North", "max": 126},
        (2000, 2000 - 20 / 0.03, 0),
        UNLIMITED - 20 * (90 - 100 / 3),
        (90 - 100 / 3) / 0.9,
        1,
    ),
    # 1.8 visits of South in each week are 2 bookings, 400 of C.
    "visits_min_of_a_clinic_each_week": Case(
        {"quantity": "visits", "location": "South", "per": "week", "min": 1.8},
        (2000, 2000, 800),
        9960,
        -110 / 0.9,
        0.09,
    ),
}

cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@cases
def test_hand_worked(case: Case) -> None:
    """The arithmetic stands beside each case; the limit of a week has a row and a price in each week."""
    solution = solve_certified(case.scenario())
    spend = [sum(weeks) for weeks in spend_of(solution).values()]
    assert spend == pytest.approx(list(case.spend), abs=1e-6)
    assert solution.objective == pytest.approx(case.value)
    assert solution.price_of("limits") == pytest.approx([case.price] * case.windows)


def test_golden_rows() -> None:
    rows = [{"limit": name, **case.limit} for name, case in CASES.items()]
    assert rendered(scenario(*rows), limits) == golden("limits")


def test_leads_under_way_count() -> None:
    """A brings 50 leads a week before the plan, of which half, 25, arrive in its first week; a limit of 40 leaves 15.

    One row has both sides, and so two rows, one for each.
    """
    late = small(
        [campaign("A", current_weekly_spend=1000)],
        [line_curve("A", 0.05, 1000)],
        policies={"curve_steps": 1},
        tables={
            "channels": [{"channel": "Search", "lead_share_week_0": 0.5, "lead_share_week_1": 0.5}],
            "limits": [{"limit": "Rule", "quantity": "leads", "last_week": WEEKS[0], "min": 30, "max": 40}],
        },
    )
    assert rendered(late, limits) == [
        "limits[Rule, leads, max, all covered weeks]: 0.025 * spend[A, 2026-01-05, 1] <= 15",
        "limits[Rule, leads, min, all covered weeks]: 5 <= 0.025 * spend[A, 2026-01-05, 1]",
    ]


@cases
def test_slack(case: Case) -> None:
    """A limit far on its other side is worth nothing."""
    far = {"max": 1e6, "min": 0.0}
    solution = solve_certified(scenario({"limit": "Rule", **case.limit, case.side: far[case.side]}))
    assert solution.objective == pytest.approx(UNLIMITED)
    assert solution.price_of("limits") == pytest.approx([0] * case.windows, abs=1e-9)


@cases
def test_price_is_finite_difference(case: Case) -> None:
    """A limit of each week moves in both."""
    here = solve_certified(case.scenario())
    expected = here.price_of("limits").sum()
    lower, higher = slopes(lambda change: value_of(case.scenario(change)), 0.0, case.step)
    assert (lower, higher) == pytest.approx((expected, expected), rel=1e-6)


def test_scope_that_covers_nothing_is_refused() -> None:
    """Social runs in North alone: a limit on Social in the market of South limits nothing."""
    row = {"limit": "Rule", "quantity": "spend", "market": "Lower", "channel": "Social", "max": 10}
    with pytest.raises(ScenarioError, match="limit 'Rule' covers no campaign of the scenario"):
        rendered(scenario(row), limits)
