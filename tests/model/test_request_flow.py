from __future__ import annotations

import pytest

from optimizer.model.request_flow import request_flow
from optimizer.scenario.read import Scenario
from tests.model.certified import price, program_of, slopes_of_row, solve_certified, spend_of, values
from tests.model.render import golden, rendered
from tests.small import WEEKS, campaign, line_curve, small


def scenario(slots: float = 1e6) -> Scenario:
    """Two channels with rates of their own; half of the patients keep to the wait, and four in five of them come."""
    return small(
        [campaign("A", current_weekly_spend=1000), campaign("B", channel="Social", current_weekly_spend=1000)],
        [line_curve("A", 0.1, 1000), line_curve("B", 0.3, 1000)],
        slots=slots,
        policies={"curve_steps": 1},
        tables={
            "channels": [
                {"channel": "Search", "lead_share_week_0": 0.75, "lead_share_week_1": 0.25},
                {"channel": "Social", "lead_share_week_0": 1.0},
            ],
            "funnel": [
                {
                    "service_line": "Care",
                    "channel": channel,
                    "valid_rate": valid,
                    "contactable_rate": contactable,
                    "qualified_rate": 0.5,
                    "booking_rate": booking,
                }
                for channel, valid, contactable, booking in (("Search", 1.0, 0.8, 0.5), ("Social", 0.5, 0.9, 0.2))
            ],
            "show_rates": [{"service_line": "Care", "weeks_waited": 0, "kept_share": 0.5, "show_rate": 0.8}],
            "patient_value": [{"service_line": "Care", "first_visit_margin": 250, "ltv_margin": 250}],
        },
    )


def test_hand_worked() -> None:
    """Requests per valid lead: Search 0.8 * 0.5 * 0.5 = 0.2, Social 0.9 * 0.5 * 0.2 = 0.09.

    A request is worth 0.5 booked * 0.8 come * 250 = 100; that is its price, as slots abound. A unit of money brings
    0.1 * 0.2 = 0.02 requests, worth 2, on Search, and 0.3 * 0.5 * 0.09 = 0.0135, worth 1.35, on Social: both pay, and
    both spend all 1000. The requests: Search 20, of which 15 at once and 5 a week later; Social 13.5 at once. The 1000
    of Search before the plan bring another 5 in the first week. Value: 100 * (20 + 13.5 + 5) - 2000 = 1850.
    """
    solution = solve_certified(scenario())
    assert spend_of(solution) == {"A": pytest.approx([1000]), "B": pytest.approx([1000])}
    assert list(values(solution, "requests").values()) == pytest.approx([33.5, 5])
    assert solution.objective == pytest.approx(1850)
    assert price(solution, "request_flow", week=WEEKS[0]) == pytest.approx(100)
    assert price(solution, "request_flow", week=WEEKS[1]) == pytest.approx(100)


def test_golden_rows() -> None:
    assert rendered(scenario(), request_flow) == golden("request_flow")


def test_slack() -> None:
    """Five ask in the first week from before the plan, and one slot takes two of them: a sixth is worth nothing."""
    solution = solve_certified(scenario(slots=1))
    assert next(iter(values(solution, "requests").values())) >= 5
    assert price(solution, "request_flow", week=WEEKS[0]) == pytest.approx(0, abs=1e-9)


def test_price_is_finite_difference() -> None:
    program = program_of(scenario())
    assert slopes_of_row(program, "request_flow", 1, 0.5) == pytest.approx((100, 100))
