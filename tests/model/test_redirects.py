"""Redirects: demand moves to another clinic of the market at an acceptance rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from optimizer import api
from optimizer.errors import ScenarioError
from optimizer.model.setting import established
from optimizer.scenario.read import Scenario
from tests.small import WEEKS, campaign, line_curve, small

MARKET = [{"location": place, "market": "M"} for place in ("North", "South")]
WAY = {"from_location": "North", "to_location": "South", "acceptance_rate": 0.5, "drive_minutes": 15.0}


def pair(slots_north: float, slots_south: float, redirects: Sequence[Mapping[str, Any]], **more: Any) -> Scenario:
    """North advertises at 0.1 leads a dollar up to 1,000 dollars; South has slots and no campaign."""
    capacity = [
        {"location": place, "service_line": "Care", "week": WEEKS[0], "new_patient_slots": slots}
        for place, slots in (("North", slots_north), ("South", slots_south))
    ]
    tables = {"locations": MARKET, "redirects": redirects, "appointment_capacity": capacity, **more.pop("tables", {})}
    return small([campaign("n")], [line_curve("n", 0.1, 1000)], tables=tables, **more)


def test_half_of_those_sent_on_are_seen() -> None:
    """1,000 dollars bring 100 patients; North sees 40, the other 60 are offered South and 30 accept: 70 visits.

    A patient is worth 100: 7,000 less 1,000 spent. Without the redirect only 400 dollars make sense: 4,000 - 400.
    """
    plan = api.plan(pair(40, 50, [WAY]))
    assert plan.spend == 1000
    assert plan.value == pytest.approx(6000.0)
    capacity = plan.frame("capacity").set_index("location")
    assert capacity["booked"].to_dict() == pytest.approx({"North": 40, "South": 30})
    assert capacity["routed_in"].to_dict() == pytest.approx({"North": 0, "South": 30})
    assert capacity["routed_out"].to_dict() == pytest.approx({"North": 30, "South": 0})
    assert api.plan(pair(40, 50, [])).value == pytest.approx(3600.0)


def test_the_price_of_a_slot_counts_the_way_out() -> None:
    """One more slot at North turns a request that brings half a visit at South into a whole one: 100 - 50 = 50.

    At South, which is not full, a slot is worth nothing.
    """
    prices = api.plan(pair(40, 50, [WAY])).prices
    slots = prices[prices["family"] == "appointment_capacity"].set_index("row")["price"]
    assert slots[f"North, Care, {WEEKS[0]}"] == pytest.approx(50.0)
    assert slots[f"South, Care, {WEEKS[0]}"] == pytest.approx(0.0)


def test_a_full_neighbour_takes_no_one() -> None:
    plan = api.plan(pair(40, 10, [WAY]))
    capacity = plan.frame("capacity").set_index("location")
    assert capacity["booked"].to_dict() == pytest.approx({"North": 40, "South": 10})
    assert plan.spend == pytest.approx(600.0)


def test_a_drive_that_is_too_long_is_not_offered() -> None:
    assert api.plan(pair(40, 50, [WAY], policies={"max_drive_minutes": 10})).value == pytest.approx(3600.0)
    assert api.plan(pair(40, 50, [WAY], policies={"max_drive_minutes": 15})).value == pytest.approx(6000.0)


def test_a_row_for_one_line_goes_before_the_row_for_all() -> None:
    rows = [WAY, {**WAY, "service_line": "Care", "acceptance_rate": 0.25}]
    assert established(pair(40, 50, rows)).acceptance.tolist() == [1.0, 1.0, 0.25]


def test_the_row_order_of_redirects_changes_nothing() -> None:
    back = {**WAY, "from_location": "South", "to_location": "North"}
    first, second = (api.plan(pair(40, 50, rows)) for rows in ([WAY, back], [back, WAY]))
    for name in first.tables:
        assert first.frame(name).equals(second.frame(name)), name


def test_worth_is_that_of_the_clinic_that_sees_the_patient() -> None:
    """South's margin of 300 beats North's 100 even at half acceptance: 50 of 100 are seen at South, 15,000 - 1,000."""
    value = [
        {"service_line": "Care", "location": place, "first_visit_margin": margin, "ltv_margin": margin}
        for place, margin in (("North", 100.0), ("South", 300.0))
    ]
    plan = api.plan(pair(1000, 50, [WAY], tables={"patient_value": value}))
    assert plan.value == pytest.approx(14000.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"to_location": "North"}, "redirects to itself"),
        ({"to_location": "East"}, "'East' is not a clinic"),
        ({"to_location": "West"}, "is in market 'M', 'West' in 'Other'"),
        ({"service_line": "Care", "to_location": "Far"}, "'Far' has no appointments for 'Care'"),
    ],
)
def test_redirects_that_make_no_sense(change: Mapping[str, Any], message: str) -> None:
    places = [*MARKET, {"location": "West", "market": "Other"}, {"location": "Far", "market": "M"}]
    capacity = [
        {"location": place, "service_line": "Care", "week": WEEKS[0], "new_patient_slots": 9.0}
        for place in ("North", "South", "West")
    ]
    tables = {"locations": places, "redirects": [{**WAY, **change}], "appointment_capacity": capacity}
    with pytest.raises(ScenarioError, match=message):
        established(small([campaign("n")], [line_curve("n", 0.1, 1000)], tables=tables))
