"""The split of the next dollar and the reasons: hand-worked, and in line with solving again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optimizer import api
from optimizer.plan.planner import Plan
from tests.care import SCANS, care
from tests.demo import three_markets
from tests.small import WEEKS, campaign, line_curve, points_curve, small

THREE = Path(__file__).parents[2] / "scenarios" / "three_markets"


def row(plan: Plan, name: str, week: int = 0) -> dict[str, object]:
    frame = plan.frame("explain")
    return frame[(frame["campaign"] == name) & (frame["week"] == WEEKS[week])].iloc[0].to_dict()


def test_a_full_clinic_by_hand() -> None:
    """20 slots, 0.05 leads per dollar, a visit worth 100: 400 dollars fill the clinic.

    The next dollar would bring 0.05 patients worth 5 dollars, who would need 0.05 slots. A slot is worth what it saves,
    a patient of 100 less the 20 dollars that brought one: 80, so the slots cost 4 dollars and 5 - 4 - 1 = 0 is left.
    """
    plan = api.plan(small([campaign("a", current_weekly_spend=1000.0)], [line_curve("a", 0.05, 1000)], slots=20.0))
    found = row(plan, "a")
    assert plan.spend == 400
    assert found["visit_value"] == pytest.approx(5.0)
    assert found["slot_price"] == pytest.approx(4.0)
    assert found["reason_code"] == "appointment_capacity"
    assert found["reason"] == (
        "Lowered from $1,000 to $400: North Care has no open new-patient slots left in the week of Jan 5; each further"
        " slot would be worth $80."
    )


def test_full_clinics_further_on_by_hand() -> None:
    """A dollar brings 0.009 patients worth 100 and half a scan of 200: 1.8. 30 scans find a slot, so 60 patients come.

    One more would find no scan: it is worth 100 and costs 1 / 0.009 = 111.11, so a scan's slot is worth what it saves,
    200 less 2 * 11.11 = 177.78. The next dollar's patients take 0.009 * 0.5 of them, 0.8.
    """
    plan = api.plan(care(leads_per_money=0.009, most=20_000, pathways=[SCANS]))
    found = row(plan, "A")
    assert plan.spend == pytest.approx(60 / 0.009, abs=0.01)
    assert found["visit_value"] == pytest.approx(1.8)
    assert found["slot_price"] == pytest.approx(0.8, rel=1e-4)
    assert found["resource_price"] == 0
    assert str(found["reason"]).endswith(
        "its patients go on to follow-on visits, but North Scan has no open new-patient slots left in the week of"
        " Jan 12; each further slot would be worth $178."
    )


def test_a_machine_without_minutes_by_hand() -> None:
    """The same where 600 minutes do for 30 scans of 20: a minute is worth 177.78 / 20 = 8.89, and 0.09 are needed."""
    minutes = [{"resource": "MRI", "week": WEEKS[0], "minutes_available": 600.0}]
    use = [{"resource": "MRI", "service_line": "Scan", "minutes_per_visit": 20.0}]
    tables = {"shared_resources": minutes, "resource_use": use}
    plan = api.plan(care(scans=1000, leads_per_money=0.009, most=20_000, pathways=[SCANS], tables=tables))
    found = row(plan, "A")
    assert plan.spend == pytest.approx(60 / 0.009, abs=0.01)
    assert found["resource_price"] == pytest.approx(0.8, rel=1e-4)
    assert found["slot_price"] == pytest.approx(0, abs=1e-4)
    assert found["reason_code"] == "shared_resource"
    assert str(found["reason"]).endswith(
        "MRI has no minutes left in the week of Jan 12; each further minute would be worth $8.89."
    )
    place = plan.summary["tight"][0]  # type: ignore[index]
    assert (place["kind"], place["place"]) == ("shared_resource", "MRI")
    assert place["gain"] == pytest.approx(60 * 177.78 / 20, rel=1e-3)


def test_a_budget_by_hand() -> None:
    """10 and 4 dollars per dollar, budget for the first only: the second waits because money brings 10 elsewhere."""
    curves = [line_curve("a", 0.1, 1000), line_curve("b", 0.04, 1000)]
    plan = api.plan(small([campaign("a", channel="A"), campaign("b", channel="B")], curves, budget=900.0))
    found = row(plan, "b")
    assert found["budget_price"] == pytest.approx(9.0)
    assert found["reason_code"] == "budget"
    assert found["reason"] == (
        "Stays at zero: the budget brings more elsewhere: $10.00; here the next dollar would bring $4.00."
    )


def test_a_lesser_channel_by_hand() -> None:
    """Thirty slots for ten leads of a at 100 and twenty of b at half of that, 0.1 leads for a dollar.

    The next dollar of b would bring 0.1 * 50 = 5. Its slot would cost what it saves, another lead of b at 50 less the
    10 that brought it: 0.1 * 40 = 4, and 5 - 4 - 1 = 0 is left. The next dollar of a would bring 10, and 10 - 4 - 1 = 5
    are what its own ceiling costs. The proof on the curves is as tight as without channels.
    """
    channels = [{"channel": "A"}, {"channel": "B", "value_multiplier": 0.5}]
    campaigns = [campaign("a", channel="A", max_weekly_spend=100.0), campaign("b", channel="B")]
    curves = [line_curve("a", 0.1, 1000), line_curve("b", 0.1, 1000)]
    plan = api.plan(small(campaigns, curves, slots=30.0, tables={"channels": channels}))
    assert plan.spend == pytest.approx(300)
    found = {name: row(plan, name) for name in ("a", "b")}
    assert [found[name]["visit_value"] for name in ("a", "b")] == pytest.approx([10, 5])
    assert [found[name]["slot_price"] for name in ("a", "b")] == pytest.approx([4, 4])
    assert [found[name]["range_price"] for name in ("a", "b")] == pytest.approx([5, 0])
    assert found["b"]["reason_code"] == "appointment_capacity"
    assert plan.curve_gap.bound == pytest.approx(plan.value)


def test_a_lead_that_is_not_worth_its_cost_stays_unspent() -> None:
    plan = api.plan(small([campaign("a", current_weekly_spend=500.0)], [line_curve("a", 0.009, 1000)], budget=700.0))
    assert plan.spend == 0
    assert row(plan, "a")["reason"] == "Paused, from $500: the next dollar would bring $0.90, no more than it costs."
    unspent = plan.summary["unspent"]
    assert isinstance(unspent, dict)
    assert unspent["amount"] == 700
    assert "would bring $0.90" in unspent["reason"]


def test_what_stops_a_campaign_is_named() -> None:
    campaigns = [
        campaign("ceiling", channel="A", max_weekly_spend=300.0),
        campaign("curve", channel="B"),
        campaign("floor", channel="C", min_weekly_spend=50.0),
        campaign("limit", channel="D"),
        campaign("flight", channel="E", first_week=WEEKS[1]),
    ]
    curves = [
        line_curve(name, 0.001 if name == "floor" else 0.1, 500)
        for name in ("ceiling", "curve", "floor", "limit", "flight")
    ]
    limits = [{"limit": "D cap", "quantity": "spend", "channel": "D", "max": 70.0, "owner": "CFO", "reason": "test"}]
    plan = api.plan(small(campaigns, curves, tables={"limits": limits}))
    codes = {name: row(plan, name)["reason_code"] for name in ("ceiling", "curve", "floor", "limit", "flight")}
    assert codes == {"ceiling": "ceiling", "curve": "curve_end", "floor": "floor", "limit": "limit", "flight": "flight"}
    assert "limit 'D cap' allows no more" in str(row(plan, "limit")["reason"])


def test_change_limits_hold_both_ways() -> None:
    campaigns = [
        campaign("up", channel="A", current_weekly_spend=100.0),
        campaign("down", channel="B", current_weekly_spend=100.0),
    ]
    curves = [line_curve("up", 0.1, 500), line_curve("down", 0.001, 500)]
    plan = api.plan(small(campaigns, curves, policies={"change_limit": {"share": 0.2, "amount": 5.0}}))
    assert row(plan, "up")["recommended_spend"] == pytest.approx(125.0)
    assert row(plan, "down")["recommended_spend"] == pytest.approx(75.0)
    assert (row(plan, "up")["reason_code"], row(plan, "down")["reason_code"]) == (
        "change_limit_up",
        "change_limit_down",
    )


def test_the_parts_cancel_where_a_campaign_is_free_to_move() -> None:
    """Where neither floor nor ceiling nor curve end holds a campaign, what its next dollar earns equals what it takes.

    The dollar is taken on the curve itself and the prices on its steps. Around the answer a step is 1/384 of the curve
    wide, over which a slope falls by up to about one per cent; where the answer moved, 1/96.
    """
    plan = three_markets()
    frame = plan.frame("explain")
    taken = frame[
        [
            "slot_price",
            "resource_price",
            "intake_price",
            "money",
            "budget_price",
            "limit_price",
            "change_price",
            "range_price",
        ]
    ].sum(axis=1)
    free = frame["reason_code"].isin(["budget", "appointment_capacity", "limit_floor"]) & (
        frame["recommended_spend"] > 100
    )
    assert free.sum() > 500
    left = np.abs(frame["visit_value"] - taken)[free] / frame["visit_value"][free]
    assert left.median() < 0.01
    assert left.quantile(0.99) < 0.05


def test_one_more_slot_brings_what_was_said() -> None:
    """A slot more in each of 13 weeks, by editing the table and planning anew."""
    plan = three_markets()
    place = plan.summary["tight"][0]  # type: ignore[index]
    scenario = api.load(THREE)
    table = scenario.tables["appointment_capacity"].frame
    mine = (table["location"] + " " + table["service_line"]) == place["place"]
    frames = {name: read.frame.copy() for name, read in scenario.tables.items()}
    frames["appointment_capacity"].loc[mine, "new_patient_slots"] += 1 / scenario.definition.policies.fill_cap
    definition = scenario.definition.model_dump(mode="json", exclude_none=True)
    more = api.plan(api.from_frames(definition, frames))
    assert more.value - plan.value == pytest.approx(place["gain"], rel=0.02)


def test_a_concave_curve_is_met_where_the_plan_lands() -> None:
    """Refined steps: what the program counts and what the curve gives differ by less than a thousandth."""
    curve = {
        "campaign": "a",
        "form": "michaelis_menten",
        "max_leads": 40.0,
        "half_spend": 900.0,
        "observed_max_weekly_spend": 3000.0,
    }
    plan = api.plan(small([campaign("a")], [curve, points_curve("b", "0:0 10:1", 10.0)][:1]))
    assert plan.solution.objective == pytest.approx(plan.value, rel=1e-3)
    best = np.sqrt(40.0 * 900.0 * 100.0) - 900.0  # 100 * 40 * 900 / (900 + s)^2 = 1
    assert plan.spend == pytest.approx(best, rel=0.02)
