from __future__ import annotations

import pytest

from optimizer.model.appointment_capacity import appointment_capacity
from optimizer.model.setting import established
from optimizer.scenario.read import Scenario
from tests.model.certified import price, slopes, solve_certified, spend_of, value_of, values
from tests.model.render import golden, rendered
from tests.small import WEEKS, campaign, line_curve, small

PRICE_EARLY, PRICE_LATE = 100 / 0.9, 75 / 0.9


def scenario(*, slots: float = 60, booked_late: float = 9, weeks_given: int = 3) -> Scenario:
    """100 leads of a week, 60 at once and 40 a week later, each seen a week after the request at the earliest.

    Nine tenths of the slots may be filled; 9 are booked and 18 are kept for other patients. A fifth of the bookings is
    cancelled, half of those slots are used again.
    """
    capacity = [
        {
            "location": "North",
            "service_line": "Care",
            "week": WEEKS[week],
            "new_patient_slots": slots,
            "already_booked": booked_late if week == 2 else 9,
            "expected_baseline_bookings": 18,
        }
        for week in range(weeks_given)
    ]
    return small(
        [campaign("A")],
        [line_curve("A", 0.1, 1000)],
        policies={"fill_cap": 0.9},
        tables={
            "appointment_capacity": capacity,
            "channels": [{"channel": "Search", "lead_share_week_0": 0.6, "lead_share_week_1": 0.4}],
            "service_lines": [
                {"service_line": "Care", "min_weeks_to_visit": 1, "cancel_rate": 0.2, "backfill_rate": 0.5}
            ],
        },
    )


def test_hand_worked() -> None:
    """Open slots: 0.9 * 60 - 9 - 18 = 27 a week; a booking uses 1 - 0.2 * 0.5 = 0.9, so 30 bookings fit.

    Leads of the spend week fill the visits of the second week with 500 of money (0.06 * 500 = 30), those a week later
    fill the third with 750 (0.04 * 750 = 30). Beyond 500 a unit of money still brings 0.04 * 100 = 4, so 750 are spent:
    value 100 * 60 - 750 = 5250. In the second week 15 patients find no slot, so a slot there is worth 100 / 0.9. In the
    third a patient costs 1 / 0.04 = 25, so a slot is worth (100 - 25) / 0.9. Nobody can come in the first week.
    """
    solution = solve_certified(scenario())
    assert spend_of(solution) == {"A": [pytest.approx(750)]}
    assert list(values(solution, "booked").values()) == pytest.approx([30, 30])
    assert solution.objective == pytest.approx(5250)
    prices = [price(solution, "appointment_capacity", week=week) for week in WEEKS[:3]]
    assert prices == pytest.approx([0, PRICE_EARLY, PRICE_LATE], abs=1e-9)


def test_weeks_after_the_table_repeat_its_last() -> None:
    """The table may end with the planned week: the two weeks after it are the same again, and it is noted."""
    short = scenario(weeks_given=1)
    assert rendered(short, appointment_capacity) == rendered(scenario(), appointment_capacity)
    assert any("the last known week is repeated" in note for note in established(short).notes)


def test_full_clinic_has_no_slots_below_zero() -> None:
    """0.9 * 20 - 9 - 18 is below zero: nothing is open, nothing is spent, and that is a plan."""
    solution = solve_certified(scenario(slots=20))
    assert solution.objective == 0
    assert spend_of(solution) == {"A": [0.0]}


def test_golden_rows() -> None:
    assert rendered(scenario(), appointment_capacity) == golden("appointment_capacity")


def test_slack() -> None:
    """0.9 * 200 - 27 = 153 open slots for 60 and 40 bookings."""
    solution = solve_certified(scenario(slots=200))
    assert solution.objective == pytest.approx(9000)
    assert solution.price_of("appointment_capacity") == pytest.approx([0, 0, 0], abs=1e-9)


def test_price_is_finite_difference() -> None:
    """A slot that is booked already is one open slot less."""
    lower, higher = slopes(lambda more_open: value_of(scenario(booked_late=9 - more_open)), 0, 1)
    assert (lower, higher) == pytest.approx((PRICE_LATE, PRICE_LATE))
