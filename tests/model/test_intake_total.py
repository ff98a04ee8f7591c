from __future__ import annotations

import pytest

from optimizer.model.intake_total import intake_total
from tests.model.certified import price, program_of, slopes_of_row, solve_certified, spend_of, values
from tests.model.desk import LATE_REQUESTS, desk, hours_in_time
from tests.model.render import golden, rendered

PAID = 80.0
LATE_HOUR = 100 * LATE_REQUESTS
PAID_HOUR = 180 - LATE_HOUR


def test_hand_worked() -> None:
    """The desk cannot answer all leads: 80 paid hours for leads of up to 100 hours, H of them in time.

    Social takes 200 * 0.25 = 50 hours; the other 30 hours answer 60 leads of Search, for 600 of money. Of these 80
    hours, 80 - H are late and lose 1.4286 requests of 100 each, so an hour in time is worth 142.86.
    The last lead of Search earns 100 - 10 = 90 on half an hour in time and paid: both prices together are 180, and the
    paid hour alone is worth 180 - 142.86 = 37.14. An hour of lost leads would lose 100 / 35 = 2.857 requests, 285.71,
    to save 180, so none is lost. Value: 100 * 260 - 1600 - 142.86 * late.
    """
    scenario = desk(paid_hours=PAID)
    late = PAID - hours_in_time(scenario)
    assert 0 < late < PAID
    solution = solve_certified(scenario)
    assert spend_of(solution) == {"A": pytest.approx([600]), "B": pytest.approx([1000])}
    assert list(values(solution, "late").values()) == pytest.approx([late])
    assert list(values(solution, "lost").values()) == pytest.approx([0], abs=1e-9)
    assert solution.objective == pytest.approx(24_400 - LATE_HOUR * late)
    assert price(solution, "intake_total") == pytest.approx(PAID_HOUR)


def test_shrinkage_takes_paid_hours() -> None:
    """A fifth of 100 paid hours is not for contacts; 80 are left, and the spend is the same as with 80."""
    solution = solve_certified(desk(paid_hours=100, shrinkage=0.2))
    assert spend_of(solution) == {"A": pytest.approx([600]), "B": pytest.approx([1000])}


def test_golden_rows() -> None:
    given = desk(paid_hours=PAID, baseline_contacts=30, overflow_hours=12, overflow_cost_per_hour=20)
    assert rendered(given, intake_total) == golden("intake_total")


def test_slack() -> None:
    """120 paid hours are more than the 100 that all leads take."""
    assert price(solve_certified(desk(paid_hours=120)), "intake_total") == pytest.approx(0, abs=1e-9)


def test_price_is_finite_difference() -> None:
    program = program_of(desk(paid_hours=PAID))
    assert slopes_of_row(program, "intake_total", 0, 1.0) == pytest.approx((PAID_HOUR, PAID_HOUR))
