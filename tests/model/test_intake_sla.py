from __future__ import annotations

import pytest

from optimizer.model.intake_sla import intake_sla
from tests.model.certified import price, program_of, slopes_of_row, solve_certified, spend_of, values
from tests.model.desk import LATE_REQUESTS, desk, hours_in_time
from tests.model.render import golden, rendered

LATE_HOUR = 100 * LATE_REQUESTS
"""What an hour of late leads loses."""


def test_hand_worked() -> None:
    """The desk can answer all leads, but not all in time.

    All money spent brings 100 leads of Search at 0.5 hours and 200 of Social at 0.25: 100 hours, below the 120 paid.
    With H hours in time, 100 - H hours of leads are late. An hour of today's leads has 100 / 35 = 2.857 of them; late
    they ask half as often, which loses 1.4286 requests worth 100: 142.86 an hour. Spending less is no way out: an hour
    spared on Search loses 2 leads that earn 100 - 10 each, 180, and on Social 4 that earn 95, 380. So 142.86 is the
    price of an hour in time. Value: 100 * 300 - 2000 - 142.86 * late.
    """
    scenario = desk()
    hours = hours_in_time(scenario)
    late = 100 - hours
    assert 0 < late < 100
    solution = solve_certified(scenario)
    assert spend_of(solution) == {"A": pytest.approx([1000]), "B": pytest.approx([1000])}
    assert list(values(solution, "late").values()) == pytest.approx([late])
    assert solution.objective == pytest.approx(28_000 - LATE_HOUR * late)
    assert price(solution, "intake_sla") == pytest.approx(LATE_HOUR)


def test_baseline_contacts_come_first() -> None:
    """30 baseline contacts of 20 minutes take 10 hours from the leads: 10 * 142.86 less value."""
    before, after = desk(), desk(baseline_contacts=30)
    assert hours_in_time(after) == pytest.approx(hours_in_time(before) - 10)
    lost = solve_certified(before).objective - solve_certified(after).objective
    assert lost == pytest.approx(10 * LATE_HOUR)


def test_golden_rows() -> None:
    """No seat is staffed in this one, so that the hours in time are a plain 0."""
    assert rendered(desk(agents=0, paid_hours=80), intake_sla) == golden("intake_sla")


def test_slack() -> None:
    """Forty agents with 1600 hours answer 100 hours of leads in time."""
    solution = solve_certified(desk(agents=40, paid_hours=1600))
    assert solution.objective == pytest.approx(28_000)
    assert price(solution, "intake_sla") == pytest.approx(0, abs=1e-9)


def test_price_is_finite_difference() -> None:
    program = program_of(desk())
    assert slopes_of_row(program, "intake_sla", 0, 1.0) == pytest.approx((LATE_HOUR, LATE_HOUR))
