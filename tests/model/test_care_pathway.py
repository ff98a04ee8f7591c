from __future__ import annotations

import pytest

from optimizer.model.care_pathway import care_pathway
from optimizer.model.setting import established
from tests.care import SCANS, THERAPY, WORTH, care, slots
from tests.model.certified import price, program_of, row_of, slopes_of_row, solve_certified, spend_of, values
from tests.model.render import golden, rendered
from tests.small import WEEKS, campaign

FIRST_IN_TIES = 1e-5
"""Part of its worth that a follow-on visit counts on top, so that it comes before a new patient worth as much."""


def test_hand_worked() -> None:
    """1,000 of money bring 100 visits worth 100 each. A week later 0.5 * 100 = 50 scans are needed; 30 find a slot.

    Two weeks after that 0.4 * 30 = 12 therapies are needed, and 10 find a slot: 100 * 100 + 30 * 200 + 10 * 50 = 16,500
    less 1,000. One more patient who needs a scan finds none, and the scans are the limit, so that is worth 0; so it is
    for the therapies.
    """
    solution = solve_certified(care())
    assert spend_of(solution) == {"A": [pytest.approx(1000)]}
    seen = {place: visits for place, visits in values(solution, "downstream").items() if visits > 1e-9}
    assert seen == {
        ("Ortho to Scan", "North", "North", WEEKS[1]): pytest.approx(30),
        ("Scan to Therapy", "North", "North", WEEKS[3]): pytest.approx(10),
    }
    assert solution.objective == pytest.approx(15_500 + FIRST_IN_TIES * (30 * 200 + 10 * 50))
    assert price(solution, "care_pathway", pathway="Ortho to Scan", week=WEEKS[1]) == pytest.approx(0, abs=1e-9)
    assert price(solution, "appointment_capacity", service_line="Scan", week=WEEKS[1]) == pytest.approx(200, rel=2e-5)
    assert price(solution, "appointment_capacity", service_line="Therapy", week=WEEKS[3]) == pytest.approx(50, rel=2e-5)


def test_visits_are_counted_until_the_last_follow_on_visit() -> None:
    """One planned week, no lead lag, no wait: the chain takes 1 + 2 weeks more."""
    assert established(care()).weeks.tolist() == WEEKS[:4]


@pytest.mark.parametrize("objective", ["ltv", "visits", "bookings"])
def test_who_is_sent_on_comes_before_a_new_patient_who_is_worth_the_same(objective: str) -> None:
    """30 patients wait for a scan, 30 slots, and 50 patients of orthopaedics need one in the same week: 30 of these."""
    waiting = [{**row, "waitlist": 30.0 if row["week"] == WEEKS[0] else 0.0} for row in slots("Scan", 30)]
    same = {**SCANS, "lag_weeks": 0, "margin": float("nan")}
    given = care(
        pathways=[same],
        campaigns=[campaign("A", line="Ortho"), campaign("B", line="Scan", channel="Social")],
        objective=objective,
        tables={
            "appointment_capacity": [*slots("Ortho", 1000), *waiting],
            "patient_value": [{"service_line": line, **WORTH} for line in ("Ortho", "Scan")],
        },
    )
    solution = solve_certified(given)
    assert values(solution, "downstream")["Ortho to Scan", "North", "North", WEEKS[0]] == pytest.approx(30)
    assert values(solution, "booked")["North", "Scan", WEEKS[0], "0"] == pytest.approx(0, abs=1e-9)


def test_golden_rows() -> None:
    assert rendered(care(), care_pathway) == golden("care_pathway")


def test_slack() -> None:
    """Therapy is worth nothing and its slots are taken by no one else: 5 of the 12 patients are seen, 7 are lost."""
    free = care(therapies=5, pathways=[SCANS, {**THERAPY, "margin": 0.0}])
    solution = solve_certified(free)
    assert values(solution, "downstream")["Scan to Therapy", "North", "North", WEEKS[3]] == pytest.approx(5)
    assert price(solution, "care_pathway", pathway="Scan to Therapy", week=WEEKS[3]) == pytest.approx(0, abs=1e-9)


def test_price_is_finite_difference() -> None:
    """With slots for all, one more who needs a scan is worth 200, and 0.4 therapies of 50: 220."""
    program = program_of(care(scans=1000, therapies=1000))
    row = row_of(program, "care_pathway", pathway="Ortho to Scan", week=WEEKS[1])
    expected = 220 * (1 + FIRST_IN_TIES)
    assert slopes_of_row(program, "care_pathway", row, 1) == pytest.approx((expected, expected))
    assert price(
        solve_certified(care(scans=1000, therapies=1000)), "care_pathway", pathway="Ortho to Scan", week=WEEKS[1]
    ) == pytest.approx(expected)
