from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from optimizer import api
from optimizer.model.channel_value import channel_value
from optimizer.model.setting import established
from optimizer.plan.outcome import evaluate
from optimizer.scenario.read import Scenario
from tests.model.certified import price, program_of, slopes_of_row, solve_certified, spend_of, value_of
from tests.model.render import golden, rendered
from tests.small import WEEKS, campaign, line_curve, small

LESSER = {"Search": 1.0, "Social": 0.5}


def clinic(
    multipliers: Mapping[str, float] = LESSER,
    *,
    slots: float = 30.0,
    worth: float = 100.0,
    least: float = 0.0,
    tables: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    **more: Any,
) -> Scenario:
    """A on Search spends up to 100 and B on Social up to 1000, of which ``least`` it must; a lead costs 10 and asks."""
    channels = [{"channel": name, "value_multiplier": number} for name, number in multipliers.items()]
    value = [{"service_line": "Care", "first_visit_margin": worth, "ltv_margin": worth}]
    return small(
        [campaign("A"), campaign("B", channel="Social", min_weekly_spend=least)],
        [line_curve("A", 0.1, 100), line_curve("B", 0.1, 1000)],
        slots=slots,
        tables={"channels": channels, "patient_value": value, **(tables or {})},
        **more,
    )


def test_hand_worked() -> None:
    """Thirty slots: ten for the leads of Search at 100 each, twenty for those of Social at 0.5 * 100 = 50.

    30 * 100 - 20 * (1 - 0.5) * 100 - 300 = 1700 = 10 * 100 + 20 * 50 - 300. One more slot takes a lead of Social, worth
    50 - 10 = 40; one more request at the line's figures is worth the 100 that a lesser one is charged by the whole.
    """
    solution = solve_certified(clinic())
    assert spend_of(solution) == {"A": pytest.approx([100]), "B": pytest.approx([200])}
    assert solution.objective == pytest.approx(1700)
    assert solution.of("channel_discount")[0] == pytest.approx(20 * 0.5)
    week = {"location": "North", "service_line": "Care", "week": WEEKS[0]}
    assert price(solution, "channel_value", **week) == pytest.approx(100)
    assert price(solution, "appointment_capacity", **week) == pytest.approx(40)


def test_a_channel_that_is_worth_more() -> None:
    """Search at 2 and Social at 1: 10 * 200 + 20 * 100 - 300 = 3700 = 30 * 200 - 20 * (2 - 1) * 100 - 300."""
    assert value_of(clinic({"Search": 2.0, "Social": 1.0})) == pytest.approx(3700)


def test_channels_alike_need_no_row() -> None:
    """All at 0.5: 30 * 50 - 300 = 1200, as if the line's figures were half as high."""
    alike = clinic({"Search": 0.5, "Social": 0.5})
    assert rendered(alike, channel_value) == []
    assert value_of(alike) == pytest.approx(1200) == value_of(clinic({"Search": 1, "Social": 1}, worth=50))


def test_a_request_without_a_slot_never_earns() -> None:
    """B must spend 500: fifty requests for thirty slots. 30 * 100 - 50 * 50 - 500 = 0, too low by the 20 * 50 of those
    without a slot, who are charged all the same. A's leads would find no slot, so A spends nothing."""
    solution = solve_certified(clinic(least=500.0))
    assert spend_of(solution) == {"A": pytest.approx([0]), "B": pytest.approx([500])}
    assert solution.objective == pytest.approx(0, abs=1e-6)


def test_a_channel_that_is_not_worth_its_cost_is_not_bought() -> None:
    """At 0.05 a lead of Social earns 5 and costs 10, though there are slots."""
    solution = solve_certified(clinic({"Search": 1.0, "Social": 0.05}))
    assert spend_of(solution) == {"A": pytest.approx([100]), "B": pytest.approx([0])}
    assert solution.objective == pytest.approx(10 * 100 - 100)


@pytest.mark.parametrize(("search", "social", "value"), [(2, 2, 5340), (0.5, 0.5, 1440), (2, 0.5, 2940)])
def test_patients_who_wait_count_as_the_line_says(search: float, social: float, value: float) -> None:
    """Four wait, and 26 slots are left for ten leads of Search and sixteen of Social; 260 are spent.

    At 2 and 2: 4 * 100 + 26 * 200 - 260 = 5340. At 0.5 and 0.5: 400 + 26 * 50 - 260 = 1440. At 2 and 0.5:
    400 + 10 * 200 + 16 * 50 - 260 = 2940.
    """
    capacity = [{"location": "North", "service_line": "Care", "week": WEEKS[0], "new_patient_slots": 30, "waitlist": 4}]
    waiting = clinic({"Search": search, "Social": social}, tables={"appointment_capacity": capacity})
    assert value_of(waiting) == pytest.approx(value)


def test_a_request_sent_elsewhere_is_worth_what_it_is_there() -> None:
    """North has no slots. Half of those asked go to South, where a visit is worth 300: a request is worth 150.

    A lead of Search earns 150, one of Social 0.5 * 150 = 75. All 110 are sent: 10 * 150 + 100 * 75 - 1100 = 7900.
    """
    scenario = clinic(
        tables={
            "redirects": [{"from_location": "North", "to_location": "South", "acceptance_rate": 0.5}],
            "appointment_capacity": [
                {"location": place, "service_line": "Care", "week": WEEKS[0], "new_patient_slots": slots}
                for place, slots in (("North", 0), ("South", 99))
            ],
            "locations": [{"location": place, "market": "East"} for place in ("North", "South")],
            "patient_value": [
                {"service_line": "Care", "first_visit_margin": 100, "ltv_margin": 100},
                {"service_line": "Care", "location": "South", "first_visit_margin": 300, "ltv_margin": 300},
            ],
        },
    )
    assert value_of(scenario) == pytest.approx(7900)
    assert api.plan(scenario).value == pytest.approx(7900)


@pytest.mark.parametrize("objective", ["visits", "bookings"])
def test_visits_count_alike(objective: str) -> None:
    scenario = clinic(objective=objective)
    assert rendered(scenario, channel_value) == []
    assert api.plan(scenario).value == pytest.approx(30)


def test_golden_rows() -> None:
    tables = {
        "funnel": [
            {"service_line": "Care", "channel": "Search", "booking_rate": 1.0},
            {"service_line": "Care", "channel": "Social", "booking_rate": 0.4},
        ],
        "channels": [
            {"channel": "Search", "lead_share_week_0": 1.0, "value_multiplier": 1.5},
            {"channel": "Social", "lead_share_week_0": 0.5, "lead_share_week_1": 0.5, "value_multiplier": 0.75},
        ],
        "appointment_capacity": [
            {"location": "North", "service_line": "Care", "week": WEEKS[0], "new_patient_slots": 9, "waitlist": 3}
        ],
    }
    campaigns = [campaign("A"), campaign("B", channel="Social", current_weekly_spend=200.0)]
    curves = [line_curve("A", 0.1, 1000), line_curve("B", 0.1, 1000)]
    scenario = small(campaigns, curves, policies={"curve_steps": 1}, tables=tables)
    assert rendered(scenario, channel_value) == golden("channel_value")


def test_slack() -> None:
    """Patients who are worth nothing lose nothing by their channel."""
    solution = solve_certified(clinic(worth=0.0))
    assert solution.price_of("channel_value") == pytest.approx(0, abs=1e-9)


def test_price_is_finite_difference() -> None:
    assert slopes_of_row(program_of(clinic()), "channel_value", 0, 1.0) == pytest.approx((100, 100))


@pytest.mark.parametrize("spend", [(0, 0), (100, 200), (100, 1000), (50, 900)])
def test_any_plan_is_valued_as_it_is_or_too_low(spend: tuple[float, float]) -> None:
    """At best the slots go to the leads of Search first; nothing is valued above that, and exactly where all fit."""
    facts = established(clinic())
    rich, poor = (amount / 10 for amount in spend)
    first = min(rich, 30)
    best = 100 * first + 50 * min(poor, 30 - first) - sum(spend)
    value = evaluate(facts, np.array(spend, dtype=float)[:, None]).value
    assert value <= best + 1e-9
    if rich + poor <= 30:
        assert value == pytest.approx(best)
