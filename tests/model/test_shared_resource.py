from __future__ import annotations

import pytest

from optimizer.model.shared_resource import shared_resource
from optimizer.scenario.read import Scenario
from tests.care import SCANS, WORTH, care, slots
from tests.model.certified import price, program_of, row_of, slopes_of_row, solve_certified, spend_of, values
from tests.model.render import golden, rendered
from tests.small import WEEKS, campaign


def machine(minutes: float = 1020, *, week_two: float = 1e6) -> Scenario:
    """North's orthopaedics and imaging share a machine: 10 minutes for an orthopaedic visit, 30 for a scan.

    A fifth of the scans is cancelled and half of those slots are used again. 120 minutes a week go to others.
    """
    week = [{"week": WEEKS[0], "minutes_available": minutes}, {"week": WEEKS[1], "minutes_available": week_two}]
    return care(
        scans=1000,
        pathways=[SCANS],
        campaigns=[campaign("A", line="Ortho"), campaign("B", line="Scan", channel="Social")],
        tables={
            "service_lines": [
                {"service_line": "Ortho"},
                {"service_line": "Scan", "cancel_rate": 0.2, "backfill_rate": 0.5},
            ],
            "appointment_capacity": [*slots("Ortho", 1000), *slots("Scan", 1000)],
            "patient_value": [{"service_line": line, **WORTH} for line in ("Ortho", "Scan")],
            "shared_resources": [{"resource": "MRI", "minutes_baseline": 120, **row} for row in week],
            "resource_use": [
                {"resource": "MRI", "location": place, "service_line": line, "minutes_per_visit": minutes}
                for place, line, minutes in (("", "Ortho", 10), ("North", "Scan", 30), ("", "Scan", 99))
            ],
        },
    )


def test_hand_worked() -> None:
    """1,020 - 120 = 900 minutes in the first week. 100 orthopaedic visits take 10 * 100 = 1,000 of them.

    One is worth 100 and half a scan of 200 a week later, 200 less 10 of money for 10 minutes, so 19 a minute; a new
    patient's scan is worth 100 - 10 = 90 for 30 * 0.9 = 27 minutes. So 900 / 10 = 90 visits are bought for 900, 45
    scans follow, and no scan is advertised: 90 * 100 + 45 * 200 - 900 = 17,100. One more minute is 0.1 visits: 19.
    """
    solution = solve_certified(machine())
    assert spend_of(solution) == {"A": [pytest.approx(900)], "B": [pytest.approx(0, abs=1e-9)]}
    assert solution.objective == pytest.approx(17_100 + 1e-5 * 45 * 200)
    assert price(solution, "shared_resource", week=WEEKS[0]) == pytest.approx(19, rel=2e-5)


def test_follow_on_visits_take_minutes_in_their_own_week() -> None:
    """120 + 27 * 10 = 390 minutes in the second week do for 10 scans, though 50 are needed; a minute is 200 / 27."""
    solution = solve_certified(machine(minutes=1e6, week_two=390))
    assert values(solution, "downstream")["Ortho to Scan", "North", "North", WEEKS[1]] == pytest.approx(10)
    assert price(solution, "shared_resource", week=WEEKS[1]) == pytest.approx(200 / 27, rel=2e-5)


@pytest.mark.parametrize("minutes", [120, 60])
def test_minutes_that_others_take_leave_none(minutes: float) -> None:
    solution = solve_certified(machine(minutes))
    assert solution.objective == pytest.approx(0)


def test_golden_rows() -> None:
    assert rendered(machine(), shared_resource) == golden("shared_resource")


def test_slack() -> None:
    """A million minutes: everything is bought, and no further minute is worth anything."""
    solution = solve_certified(machine(1e6))
    assert spend_of(solution) == {"A": [pytest.approx(1000)], "B": [pytest.approx(1000)]}
    assert solution.price_of("shared_resource") == pytest.approx([0, 0], abs=1e-9)


def test_price_is_finite_difference() -> None:
    program = program_of(machine())
    row = row_of(program, "shared_resource", week=WEEKS[0])
    assert slopes_of_row(program, "shared_resource", row, 10) == pytest.approx((19, 19), rel=2e-5)
