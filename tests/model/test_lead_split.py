from __future__ import annotations

from typing import Any

import pytest

from optimizer.model.lead_split import lead_split
from optimizer.scenario.read import Scenario
from tests.model.certified import price, program_of, row_of, slopes_of_row, solve_certified, spend_of, values
from tests.model.desk import desk, hours_in_time
from tests.model.render import golden, rendered
from tests.small import WEEKS, campaign, line_curve, small

LATE_RATES = {"Care": 0.8, "Scan": 0.5}
CARE = {"location": "North", "service_line": "Care"}


def two_lines(agents: float = 2) -> Scenario:
    """Two lines share a desk; a lead takes half an hour; late, Care books 0.8 times as often, Scan 0.5 times.

    Each line's 1000 of money bring 100 leads. A visit is worth 100, a lead costs 10.
    """
    funnel: list[dict[str, Any]] = [
        {
            "service_line": line,
            "channel": "Search",
            "booking_rate": 1.0,
            "booking_rate_late": late,
            "handling_minutes": 30,
        }
        for line, late in LATE_RATES.items()
    ]
    team = {"intake_team": "Desk", "week": WEEKS[0], "agents": agents, "paid_hours": 120, "handling_minutes": 30}
    return small(
        [campaign(line, line=line) for line in LATE_RATES],
        [line_curve(line, 0.1, 1000) for line in LATE_RATES],
        policies={"curve_steps": 1},
        tables={
            "locations": [{"location": "North", "intake_team": "Desk"}],
            "funnel": funnel,
            "intake_teams": [team],
        },
    )


def test_hand_worked() -> None:
    """The desk lets those wait who mind least, but no more of them than there are.

    100 leads of each line take 50 + 50 hours, below the 120 paid, but only H < 50 are in time. A late hour, two leads,
    loses 2 * 0.2 * 100 = 40 of Care and 2 * 0.5 * 100 = 100 of Scan: all 50 hours of Care are late, and 50 - H of Scan.
    Even a late lead of Scan earns 50 - 10, so all money is spent. Value: 100 * 200 - 2000 - 40 * 50 - 100 * (50 - H).
    If one hour more of Care's leads could be late, one less of Scan's were: 100 - 40 = 60, the price.
    """
    scenario = two_lines()
    hours = hours_in_time(scenario)
    assert 0 < hours < 50
    solution = solve_certified(scenario)
    assert spend_of(solution) == {"Care": pytest.approx([1000]), "Scan": pytest.approx([1000])}
    late = values(solution, "late")
    assert late["North", "Care", WEEKS[0]] == pytest.approx(50)
    assert late["North", "Scan", WEEKS[0]] == pytest.approx(50 - hours)
    assert solution.objective == pytest.approx(20_000 - 2000 - 40 * 50 - 100 * (50 - hours))
    assert price(solution, "lead_split", **CARE) == pytest.approx(60)


def test_golden_rows() -> None:
    assert rendered(desk(), lead_split) == golden("lead_split")


def test_slack() -> None:
    """Three seats answer all 50 hours of Scan in time and some of Care's, whose other hours can all be late."""
    solution = solve_certified(two_lines(agents=3))
    late = values(solution, "late")
    assert late["North", "Scan", WEEKS[0]] == pytest.approx(0, abs=1e-9)
    assert 0 < late["North", "Care", WEEKS[0]] < 50
    assert solution.price_of("lead_split") == pytest.approx([0, 0], abs=1e-9)


def test_price_is_finite_difference() -> None:
    program = program_of(two_lines())
    assert slopes_of_row(program, "lead_split", row_of(program, "lead_split", **CARE), 1.0) == pytest.approx((60, 60))
