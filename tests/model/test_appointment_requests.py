from __future__ import annotations

import pytest

from optimizer.model.appointment_requests import appointment_requests
from optimizer.scenario.read import Scenario
from tests.model.certified import price, slopes, solve_certified, value_of, values
from tests.model.desk import desk
from tests.model.render import golden, rendered
from tests.small import WEEKS, campaign, line_curve, small

UNIT = ("North", "Care")


def scenario(*, waitlist: float = 10, slots: float = 60) -> Scenario:
    """100 leads at most, patients on a waitlist, ``slots`` in the first week and plenty in the second.

    At once every patient books and 0.9 come; a week later 0.8 still book and 0.8 of them come.
    """
    capacity = [
        {
            "location": "North",
            "service_line": "Care",
            "week": WEEKS[0],
            "new_patient_slots": slots,
            "waitlist": waitlist,
        },
        {"location": "North", "service_line": "Care", "week": WEEKS[1], "new_patient_slots": 1000},
    ]
    return small(
        [campaign("A")],
        [line_curve("A", 0.1, 1000)],
        tables={
            "appointment_capacity": capacity,
            "show_rates": [
                {"service_line": "Care", "weeks_waited": 0, "kept_share": 1.0, "show_rate": 0.9},
                {"service_line": "Care", "weeks_waited": 1, "kept_share": 0.8, "show_rate": 0.8},
            ],
        },
    )


def test_hand_worked() -> None:
    """110 patients ask: 100 of the campaign's leads and 10 who wait. 60 find a slot at once, 50 are offered next week.

    Of those, 50 * 0.8 = 40 book. Visits: 60 * 0.9 + 40 * 0.8 = 86. A unit of money brings 0.1 patients, who would come
    next week: 0.1 * 0.8 * 0.8 * 100 = 6.4, so all 1000 are spent. Value: 8600 - 1000 = 7600. One more patient who asks
    is worth 0.8 * 0.8 * 100 = 64, the price.
    """
    solution = solve_certified(scenario())
    booked = values(solution, "booked")
    assert booked[*UNIT, WEEKS[0], "0"] == pytest.approx(60)
    assert booked[*UNIT, WEEKS[0], "1"] == pytest.approx(40)
    assert solution.objective == pytest.approx(7600)
    assert price(solution, "appointment_requests") == pytest.approx(64)


def test_golden_rows() -> None:
    """At a clinic with an intake desk, so that late and lost leads count."""
    assert rendered(desk(), appointment_requests) == golden("appointment_requests")


def test_golden_rows_of_waits() -> None:
    """A booking with a wait that 0.8 accept takes 1 / 0.8 = 1.25 patients who ask."""
    assert rendered(scenario(), appointment_requests) == [
        "appointment_requests[North, Care, 2026-01-05]: -1 * requests[North, Care, 2026-01-05]"
        " + 1 * booked[North, Care, 2026-01-05, 0] + 1.25 * booked[North, Care, 2026-01-05, 1] <= 10"
    ]


def test_slack() -> None:
    """2000 patients wait for 60 slots now and 1000 next week; one more who asks finds none."""
    solution = solve_certified(scenario(waitlist=2000))
    assert solution.objective == pytest.approx(60 * 90 + 1000 * 80)
    assert price(solution, "appointment_requests") == pytest.approx(0, abs=1e-9)


def test_price_is_finite_difference() -> None:
    assert slopes(lambda waitlist: value_of(scenario(waitlist=waitlist)), 10, 1) == pytest.approx((64, 64))
