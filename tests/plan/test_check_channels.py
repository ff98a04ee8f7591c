"""Worth by channel: a plan's value is found again with it, and what leaves it out is found."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer import api
from optimizer.errors import Finding
from optimizer.model.multipliers import best_of_units
from optimizer.model.setting import established
from optimizer.plan.check import check_plan
from optimizer.plan.planner import Plan
from optimizer.plan.recompute_channels import best_multiplier, charge_of_lead, charge_of_waitlist
from optimizer.plan.recompute_tables import ground_of
from optimizer.plan.summary import totals
from tests.model.test_channel_value import clinic
from tests.small import WEEKS, campaign, line_curve, small

WAITING = [{"location": "North", "service_line": "Care", "week": WEEKS[0], "new_patient_slots": 30, "waitlist": 4}]


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Ten leads of Search at 2 * 100 and sixteen of Social at 50 beside four patients who wait, at 100."""
    return api.plan(clinic({"Search": 2.0, "Social": 0.5}, tables={"appointment_capacity": WAITING}))


def findings(plan: Plan, **changed: float) -> list[Finding]:
    return check_plan(plan.scenario, plan.tables, {**totals(plan.outcome), **changed})


def test_the_charges_by_hand(plan: Plan) -> None:
    """A booking counts 200. A lead of Search is charged nothing, one of Social (2 - 0.5) * 100, who waits 100."""
    ground = ground_of(plan.scenario)
    assert best_multiplier(ground).tolist() == [2.0]
    assert charge_of_lead(ground).to_dict() == {"A": 0.0, "B": 150.0}
    assert charge_of_waitlist(ground) == 400.0


def test_the_plan_passes(plan: Plan) -> None:
    """10 * 200 + 16 * 50 + 4 * 100 = 3200, less 260 of spend."""
    assert findings(plan) == []
    assert totals(plan.outcome)["gross"] == pytest.approx(3200)
    assert plan.value == pytest.approx(2940)


def test_each_campaign_has_its_own_value(plan: Plan) -> None:
    """Thirty bookings for thirty who ask: 10 * 200 of Search, 16 * (200 - 150) of Social."""
    assert plan.frame("plan").set_index("campaign")["value"].to_dict() == pytest.approx({"A": 2000, "B": 800})


@pytest.mark.parametrize("name", ["gross", "value"])
@pytest.mark.parametrize("worth", [3200 + 2400 + 400, 3200 + 400, 3199.9])
def test_a_total_without_the_charges_is_found(plan: Plan, name: str, worth: float) -> None:
    """As if all were of the best channel, as if those who wait were, or ten cents off."""
    found = findings(plan, **{name: worth - (260 if name == "value" else 0)})
    assert [finding.check for finding in found] == ["totals"]


def test_clinics_that_share_patients_share_the_best_channel() -> None:
    """North sends to South and South to East, so a booking counts 2 in all three; West, apart, has Social alone.

    A lead of Social at North is charged (2 - 0.5) * 100, at West nothing. Nobody asks at East, where four wait: they
    are charged 4 * (2 - 1) * 100.
    """
    places = {"North": "Social", "South": "Search", "West": "Social"}
    campaigns = [campaign(place, location=place, channel=channel) for place, channel in places.items()]
    capacity = [
        {"location": place, "service_line": "Care", "week": WEEKS[0], "new_patient_slots": 20, "waitlist": waiting}
        for place, waiting in (("East", 4), ("North", 0), ("South", 0), ("West", 0))
    ]
    scenario = small(
        campaigns,
        [line_curve(place, 0.1, 100) for place in places],
        tables={
            "appointment_capacity": capacity,
            "locations": [{"location": place, "market": "M"} for place in ("East", *places)],
            "channels": [{"channel": "Search", "value_multiplier": 2}, {"channel": "Social", "value_multiplier": 0.5}],
            "redirects": [
                {"from_location": here, "to_location": there, "acceptance_rate": 1}
                for here, there in (("North", "South"), ("South", "East"))
            ],
        },
    )
    ground, facts = ground_of(scenario), established(scenario)
    assert best_multiplier(ground).tolist() == [2, 2, 2, 0.5] == best_of_units(facts).tolist()
    assert charge_of_lead(ground).to_dict() == pytest.approx({"North": 150, "South": 0, "West": 0})
    assert charge_of_waitlist(ground) == pytest.approx(400)
    assert api.plan(scenario).value == pytest.approx(10 * 50 + 10 * 200 + 10 * 50 + 4 * 100 - 300)


def test_a_campaign_that_claims_the_best_channels_worth_is_found(plan: Plan) -> None:
    table = plan.frame("plan")
    table["value"] += np.where(table["campaign"] == "B", 16 * 150.0, 0.0)
    found = check_plan(plan.scenario, {**plan.tables, "plan": table}, totals(plan.outcome))
    assert [finding.check for finding in found] == ["plan.shares"]
