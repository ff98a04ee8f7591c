from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from optimizer.model.ratio_limits import ratio_limits
from tests.model.certified import program_of, slopes_of_row, solve_certified, spend_of
from tests.model.render import golden, rendered
from tests.model.test_limits import UNLIMITED, scenario
from tests.small import WEEKS, campaign, line_curve, small


@dataclass(frozen=True)
class Case:
    """A binding ratio with its arithmetic.

    Attributes:
        limit: The row of limits without its name.
        spend: Money of A, B and C over both weeks.
        value: Value of the plan.
        price: Price of a unit of money of room in each of its windows.
    """

    limit: dict[str, Any]
    spend: tuple[float, float, float]
    value: float
    price: float

    @property
    def windows(self) -> int:
        return 2 if self.limit.get("per") == "week" else 1


CASES = {
    # A <= 0.4 of all. With B's 2000, A may spend 2/3 of (2000 + C), so each unit of C lets A gain 2/3 * 3.5, more than
    # the 0.55 it loses: C rises to 1000, where A has its 2000. 10,400 - 550. A unit of room spares 1 / 0.4 units of C.
    "spend_share_max": Case(
        {"quantity": "spend_share", "campaign": "A", "max": 0.4}, (2000, 2000, 1000), 9850, 0.55 / 0.4
    ),
    # C >= 0.1 of all: 0.9 C >= 0.1 * 4000, so C = 4000 / 9, lost at 0.55 each. A unit more asked: 1 / 0.9 units of C.
    "spend_share_min": Case(
        {"quantity": "spend_share", "location": "South", "min": 0.1},
        (2000, 2000, 4000 / 9),
        UNLIMITED - 0.55 * 4000 / 9,
        -0.55 / 0.9,
    ),
    # A unit of A brings 0.045 visits, which allow 25 * 0.045 = 1.125 units; one of B 0.027, which allow 0.675. A's 2000
    # leave 2000 * 0.125 = 250 of room, of which a unit of B takes 0.325: B = 250 / 0.325. It gains 1.7 a unit.
    "cac_max_of_a_clinic": Case(
        {"quantity": "cac", "location": "North", "max": 25},
        (2000, 250 / 0.325, 0),
        7000 + 1.7 * 250 / 0.325,
        1.7 / 0.325,
    ),
    # The same, as both weeks are alike: 125 / 0.325 of B in each.
    "cac_max_of_a_clinic_each_week": Case(
        {"quantity": "cac", "location": "North", "per": "week", "max": 25},
        (2000, 250 / 0.325, 0),
        7000 + 1.7 * 250 / 0.325,
        1.7 / 0.325,
    ),
    # A visit is worth 100 over a lifetime: a unit of A brings 4.5, 0.6 above 3.9, one of B 2.7, 1.2 below. 2000 * 0.6
    # allow B = 1200 / 1.2. A unit of lifetime value more that is asked for takes 1 / 1.2 of B.
    "ltv_to_cac_min_of_a_market": Case(
        {"quantity": "ltv_to_cac", "market": "Upper", "min": 3.9}, (2000, 1000, 0), 7000 + 1700, -1.7 / 1.2
    ),
}

cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@cases
def test_hand_worked(case: Case) -> None:
    """The arithmetic stands beside each case; the limit of a week has a row and a price in each week."""
    solution = solve_certified(scenario({"limit": "Rule", **case.limit}))
    assert [sum(weeks) for weeks in spend_of(solution).values()] == pytest.approx(list(case.spend), abs=1e-6)
    assert solution.objective == pytest.approx(case.value)
    assert solution.price_of("ratio_limits") == pytest.approx([case.price] * case.windows)


def test_golden_rows() -> None:
    rows = [{"limit": name, **case.limit} for name, case in CASES.items()]
    assert rendered(scenario(*rows), ratio_limits) == golden("ratio_limits")


@cases
def test_slack(case: Case) -> None:
    """A ratio far on its other side, most 1 of all money where it is a share, is worth nothing."""
    far = {"max": 1.0 if case.limit["quantity"] == "spend_share" else 1e6}
    loose = {side: far.get(side, 0.0) for side in ("min", "max") if side in case.limit}
    solution = solve_certified(scenario({"limit": "Rule", **case.limit, **loose}))
    assert solution.objective == pytest.approx(UNLIMITED)
    assert solution.price_of("ratio_limits") == pytest.approx([0] * case.windows, abs=1e-9)


@cases
def test_price_is_finite_difference(case: Case) -> None:
    """The price is that of a unit of money of room, in each window alone."""
    given = scenario({"limit": "Rule", **case.limit})
    prices = solve_certified(given).price_of("ratio_limits")
    for window, price in enumerate(prices):
        assert slopes_of_row(program_of(given), "ratio_limits", window, 10.0) == pytest.approx((price, price))


def late(limit: dict[str, Any]) -> list[str]:
    """One planned week; half of the leads come a week later. A patient is worth 300, the first visit 100."""
    return rendered(
        small(
            [campaign("A")],
            [line_curve("A", 0.05, 1000)],
            objective="visits",
            policies={"curve_steps": 1},
            tables={
                "channels": [{"channel": "Search", "lead_share_week_0": 0.5, "lead_share_week_1": 0.5}],
                "patient_value": [{"service_line": "Care", "first_visit_margin": 100.0, "ltv_margin": 300.0}],
                "limits": [{"limit": "Rule", **limit}],
            },
        ),
        ratio_limits,
    )


@pytest.mark.parametrize(
    ("limit", "counted"),
    [({}, WEEKS[:2]), ({"last_week": WEEKS[0]}, WEEKS[:1]), ({"per": "week"}, WEEKS[:1])],
    ids=["to the end", "a window that ends with the plan", "each week with money"],
)
def test_visits_after_the_window_do_not_count(limit: dict[str, Any], counted: list[str]) -> None:
    weeks = "the week of 2026-01-05" if "per" in limit else "all covered weeks"
    visits = " + ".join(f"-30 * booked[North, Care, {week}, 0]" for week in counted)
    assert late({"quantity": "cac", "max": 30, **limit}) == [
        f"ratio_limits[Rule, cac, max, {weeks}]: {visits} + 1 * spend[A, 2026-01-05, 1] <= 0"
    ]


def test_lifetime_value_counts_whatever_the_objective() -> None:
    """Visits are planned for, yet 300 of each count against twice the money."""
    assert late({"quantity": "ltv_to_cac", "min": 2, "last_week": WEEKS[0]}) == [
        "ratio_limits[Rule, ltv_to_cac, min, all covered weeks]: "
        "0 <= -2 * spend[A, 2026-01-05, 1] + 300 * booked[North, Care, 2026-01-05, 0]"
    ]


def test_waiting_patients_count() -> None:
    """Ten who wait are ten visits: at 10 a visit they allow 100 of money beyond what its own visits allow.

    A lead of A costs 20 and is worth 100: it uses 20 - 10 of the room, so 100 / 10 leads are bought for 200.
    """
    capacity = [
        {"location": "North", "service_line": "Care", "week": WEEKS[0], "new_patient_slots": 1000, "waitlist": 10}
    ]
    solution = solve_certified(
        small(
            [campaign("A")],
            [line_curve("A", 0.05, 1000)],
            tables={
                "appointment_capacity": capacity,
                "limits": [{"limit": "Rule", "quantity": "cac", "max": 10}],
            },
        )
    )
    assert spend_of(solution)["A"] == pytest.approx([200])
    assert solution.objective == pytest.approx(100 * 20 - 200)
