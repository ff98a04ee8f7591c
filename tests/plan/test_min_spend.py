"""The least spend that reaches the goals."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer import api
from optimizer.errors import InfeasiblePlan, ScenarioError
from optimizer.plan.planner import Plan
from optimizer.scenario.read import Scenario
from tests.small import WEEKS, campaign, line_curve, small


def scenario(*goals: dict[str, Any], slots: Any = 1e6, weeks: int = 1, today: float = 0.0, **more: Any) -> Scenario:
    """A brings a visit for 10 up to 30 visits, B one for 20 up to 50; B is in another clinic."""
    campaigns = [campaign("A", current_weekly_spend=today), campaign("B", location="South", channel="Social")]
    curves = [line_curve("A", 0.1, 300), line_curve("B", 0.05, 1000)]
    tables = {"limits": list(goals), **more.pop("tables", {})}
    return small(campaigns, curves, objective="min_spend", slots=slots, weeks=weeks, tables=tables, **more)


def visits(least: float, **more: Any) -> dict[str, Any]:
    return {"limit": f"visits {more.get('location', '')}", "quantity": "visits", "min": least, **more}


def spend(plan: Plan) -> dict[str, float]:
    return {
        str(name): float(sum_) for name, sum_ in plan.frame().groupby("campaign")["recommended_spend"].sum().items()
    }


def test_the_cheapest_campaign_goes_first() -> None:
    """40 visits: 30 at 10 = 300 and 10 at 20 = 200, together 500; the next visit costs 20."""
    plan = api.plan(scenario(visits(40)))
    assert spend(plan) == pytest.approx({"A": 300.0, "B": 200.0}, abs=0.01)
    assert plan.value == pytest.approx(-500.0, abs=0.02)
    assert plan.summary["plan"]["visits"] == pytest.approx(40.0, abs=1e-3)  # type: ignore[index]
    assert plan.frame("limits")["price"].tolist() == [pytest.approx(-20.0)]


def test_a_full_clinic_sends_the_goal_to_the_dearer_one() -> None:
    """North has 12 slots: 12 at 10 = 120 and 28 at 20 = 560. One more slot there saves 20 - 10 = 10."""
    plan = api.plan(scenario(visits(40), slots={("North", "Care", 0): 12.0}))
    assert spend(plan) == pytest.approx({"A": 120.0, "B": 560.0}, abs=0.01)
    prices = plan.prices.query("family == 'appointment_capacity'")
    assert prices[prices["limit_text"].str.contains("North")]["price"].max() == pytest.approx(10.0)


def test_goals_of_clinics_add_up() -> None:
    plan = api.plan(scenario(visits(5, location="North"), visits(8, location="South")))
    assert spend(plan) == pytest.approx({"A": 50.0, "B": 160.0}, abs=0.01)


def test_a_soft_goal_is_reached_only_below_its_price() -> None:
    """At 15 a visit, A's at 10 are bought and B's at 20 are not."""
    plan = api.plan(scenario(visits(40, price_cap=15.0)))
    assert spend(plan) == pytest.approx({"A": 300.0, "B": 0.0}, abs=0.01)
    assert plan.frame("limits")["shortfall"].tolist() == pytest.approx([10.0], abs=1e-3)


def test_curves_reach_the_goal_within_the_proven_gap() -> None:
    """40 * s / (400 + s) = 20 visits cost just 400."""
    curve = {
        "campaign": "A", "form": "michaelis_menten", "max_leads": 40.0, "half_spend": 400.0,
        "observed_max_weekly_spend": 1000.0,
    }  # fmt: skip
    made = small([campaign("A")], [curve], objective="min_spend", tables={"limits": [visits(20)]})
    plan = api.plan(made)
    assert 400.0 <= plan.spend <= 400.0 * 1.001
    assert plan.summary["plan"]["visits"] >= 20.0 - 1e-6  # type: ignore[index]
    assert plan.curve_gap.bound >= -400.0
    assert plan.curve_gap.share <= 1e-3


def test_today_is_played_with_as_many_visits_as_it_brings() -> None:
    plan = api.plan(scenario(visits(10), today=200.0))
    assert plan.today.visits.sum() == pytest.approx(20.0)
    assert spend(plan) == pytest.approx({"A": 100.0, "B": 0.0}, abs=0.01)


def test_money_stays_where_it_is_if_the_goal_does_not_care() -> None:
    """Three weeks alike, 30 visits for 300 of money in all: today's 100 a week does it and nothing moves."""
    plan = api.plan(scenario(visits(30), weeks=3, today=100.0))
    frame = plan.frame().query("campaign == 'A'")
    assert frame["recommended_spend"].tolist() == pytest.approx([100.0] * 3, abs=0.01)


def test_more_than_there_is_names_the_goal() -> None:
    with pytest.raises(InfeasiblePlan, match="visits"):
        api.plan(scenario(visits(81)))


@pytest.mark.parametrize("limits", [[], [{"limit": "cap", "quantity": "visits", "max": 5.0}]])
def test_without_a_goal_it_is_refused(limits: list[dict[str, Any]]) -> None:
    tables = {"limits": limits} if limits else {}
    with pytest.raises(ScenarioError, match="least spend that reaches the goals"):
        api.plan(small([campaign("A")], [line_curve("A", 0.1, 300)], objective="min_spend", tables=tables))


def test_a_goal_of_a_week_is_reached_in_that_week() -> None:
    goal = visits(6, first_week=WEEKS[1], last_week=WEEKS[1])
    frame = api.plan(scenario(goal, weeks=2)).frame().query("campaign == 'A'")
    assert frame["recommended_spend"].tolist() == pytest.approx([0.0, 60.0], abs=0.01)


def test_a_goal_that_the_first_steps_fall_short_of_is_met_on_the_curve() -> None:
    """20 leads cost 400 on the curve; on four straight steps up to 1000 they cost more than the 401 that there are."""
    curve = {
        "campaign": "A", "form": "michaelis_menten", "max_leads": 40.0, "half_spend": 400.0,
        "observed_max_weekly_spend": 1000.0,
    }  # fmt: skip
    goal = {"limit": "goal", "quantity": "visits", "min": 20.0}
    cap = {"limit": "cap", "quantity": "spend", "max": 401.0}
    made = small(
        [campaign("A")], [curve], objective="min_spend", policies={"curve_steps": 4}, tables={"limits": [goal, cap]}
    )
    assert 400.0 <= api.plan(made).spend <= 401.0
