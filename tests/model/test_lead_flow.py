from __future__ import annotations

import pytest

from optimizer.model.lead_flow import lead_flow
from optimizer.scenario.read import Scenario
from tests.model.certified import price, program_of, row_of, slopes_of_row, solve_certified, values
from tests.model.render import golden, rendered
from tests.small import WEEKS, campaign, line_curve, small

TEAM_HOURS = 12.0


def scenario(first_week_hours: float = TEAM_HOURS) -> Scenario:
    """One campaign with lags 0.6, 0.3 and 0.1, half its leads valid, a dear second week, 200 a week already spent.

    A lead takes half an hour of a team that has 12 hours in the first week and plenty later; a service level that any
    wait meets makes all its paid hours hours in time.
    """
    hours = [first_week_hours, 1000, 1000, 1000]
    return small(
        [campaign("A", current_weekly_spend=200)],
        [line_curve("A", 0.1, 1000)],
        weeks=2,
        policies={"curve_steps": 1, "service_level": {"share": 0.5, "seconds": 1e12}},
        tables={
            "locations": [{"location": "North", "intake_team": "Desk"}],
            "channels": [
                {"channel": "Search", "lead_share_week_0": 0.6, "lead_share_week_1": 0.3, "lead_share_week_2": 0.1}
            ],
            "seasonality": [{"week": WEEKS[1], "demand_index": 1.2, "cost_index": 1.5}],
            "funnel": [
                {
                    "service_line": "Care",
                    "channel": "Search",
                    "valid_rate": 0.5,
                    "booking_rate": 1.0,
                    "handling_minutes": 30,
                }
            ],
            "intake_teams": [
                {"intake_team": "Desk", "week": week, "agents": 4, "paid_hours": paid, "handling_minutes": 30}
                for week, paid in zip(WEEKS, hours, strict=False)
            ],
        },
    )


def test_hand_worked() -> None:
    """Leads of every week, and what a lead costs that only takes time.

    Captured: 0.1 * 1000 = 100 in week 1; in week 2 leads are 1.2 * f(s / 1.5), so 0.08 * 1000 = 80. Valid: 50 and 40.
    Under way: 200 a week bring 20 captured, 10 valid, so 10 * (0.3 + 0.1) = 4 arrive in week 1, 10 * 0.1 = 1 in week 2.

        week 1: 0.6 * 50 + 4             = 34
        week 2: 0.3 * 50 + 0.6 * 40 + 1  = 40
        week 3: 0.1 * 50 + 0.3 * 40      = 17
        week 4: 0.1 * 40                 =  4

    All spend pays: a unit of money brings at least 0.08 * 0.5 * 100 = 4. In week 1 the team answers 12 / 0.5 = 24 of
    34 leads and loses 10, which are 10 * 0.5 = 5 hours and worth 1000. (One lead less to answer by spending less would
    save 33 of money and cost 1.67 leads over all weeks: 133, more than the 100 of a lost lead.)
    Value: 100 * 95 - 1000 - 2000 = 6500.

    One more lead that asks for nothing makes the team lose one that is worth 100: the price in week 1 is -100.
    """
    solution = solve_certified(scenario())
    assert list(values(solution, "leads").values()) == pytest.approx([34, 40, 17, 4], abs=1e-6)
    lost = sum(values(solution, block)["North", "Care", WEEKS[0]] for block in ("lost", "lost_unlikely"))
    assert lost == pytest.approx(5, abs=1e-6)
    assert solution.objective == pytest.approx(6500, abs=1e-3)
    assert price(solution, "lead_flow", week=WEEKS[0]) == pytest.approx(-100, abs=1e-4)


def test_golden_rows() -> None:
    assert rendered(scenario(), lead_flow) == golden("lead_flow")


def test_slack() -> None:
    """With 20 hours the team answers 40 leads and has only 34: one more to answer costs nothing."""
    solution = solve_certified(scenario(first_week_hours=20))
    assert solution.objective == pytest.approx(7500, abs=1e-3)
    assert solution.price_of("lead_flow") == pytest.approx([0, 0, 0, 0], abs=1e-6)


def test_price_is_finite_difference() -> None:
    program = program_of(scenario())
    lower, higher = slopes_of_row(program, "lead_flow", row_of(program, "lead_flow", week=WEEKS[0]), 0.5)
    assert lower == pytest.approx(-100, abs=1e-3)
    assert higher == pytest.approx(-100, abs=1e-3)
