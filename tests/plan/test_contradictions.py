"""Contradictions that arithmetic finds: each by hand, none where a plan exists, and no plan wherever one is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from optimizer.model.families import state
from optimizer.model.setting import established, planning
from optimizer.plan.contradictions import contradictions
from optimizer.scenario.read import Scenario
from optimizer.solve.infeasible import is_impossible
from tests.small import campaign, line_curve, small


def scenario(
    campaigns: Sequence[Mapping[str, Any]] = (), limits: Sequence[Mapping[str, Any]] = (), **more: Any
) -> Scenario:
    """Campaigns that may spend 1000 a week, two weeks, and named limits."""
    given = campaigns or [campaign("a"), campaign("b")]
    named = [{"owner": "x", "reason": "y", **limit} for limit in limits]
    curves = [line_curve(row["campaign"], 0.1, 1000) for row in given]
    return small(given, curves, weeks=2, tables={"limits": named} if named else {}, **more)


def said(given: Scenario) -> list[str]:
    """What arithmetic says; wherever it says something, the program has no plan."""
    facts = established(given)
    found = [contradiction.says for contradiction in contradictions(facts)]
    if found:
        assert is_impossible(state(planning(facts)))
    return found


FLOORED = [campaign("a", min_weekly_spend=60.0), campaign("b", min_weekly_spend=50.0)]


@pytest.mark.parametrize(
    ("budget", "wanted"),
    [
        ({"total": 219.0}, "the floors of 2 campaigns ask for $220.00, $1.00 more than the $219.00 of budget.total"),
        (
            {"total": 900.0, "per_week": 100.0},
            "the floors of 2 campaigns ask for $110.00, $10.00 more than the $100.00 of budget.per_week in the week of"
            " Jan 5",
        ),
        (
            {"total": 900.0, "per_month": {"2026-01": 119.5}},
            "the floor of a campaign asks for $120.00, $0.50 more than the $119.50 of budget.per_month.2026-01",
        ),
    ],
)
def test_floors_above_a_budget(budget: Mapping[str, Any], wanted: str) -> None:
    assert said(scenario(FLOORED, budget=budget)) == [wanted]


def test_floors_that_just_fit() -> None:
    assert said(scenario(FLOORED, budget={"total": 220.0, "per_week": 110.0})) == []


def test_only_as_many_floors_as_are_needed_are_told() -> None:
    """Two weeks of 60 are 120, above 110 alone: the floor of 50 is no part of it."""
    (found,) = contradictions(established(scenario(FLOORED, budget={"total": 110.0})))
    assert found.limits == ("campaigns/min_weekly_spend/a", "budget.total")


def test_a_named_least_and_the_floors_beside_it() -> None:
    """300 are wanted of a; b's floor of 50 in two weeks makes 400, above 390. The floor of a is within the 300."""
    limits = [{"limit": "launch", "quantity": "spend", "campaign": "a", "min": 300.0}]
    assert said(scenario(FLOORED, limits, budget=390)) == [
        "limit 'launch' and the floor of a campaign ask for $400.00, $10.00 more than the $390.00 of budget.total"
    ]
    assert said(scenario(FLOORED, limits, budget=400)) == []


def test_two_named_leasts_count_together_only_where_they_share_nothing() -> None:
    apart = [{"limit": name, "quantity": "spend", "campaign": name, "min": 300.0} for name in ("a", "b")]
    assert said(scenario(limits=apart, budget=500)) == [
        "limit 'a' and limit 'b' ask for $600.00, $100.00 more than the $500.00 of budget.total"
    ]
    shared = [*apart[:1], {"limit": "all", "quantity": "spend", "min": 300.0}]
    assert said(scenario(limits=shared, budget=500)) == []


def test_floors_above_a_named_most() -> None:
    limits = [{"limit": "cap", "quantity": "spend", "campaign": "a", "max": 55.0, "per": "week"}]
    assert said(scenario(FLOORED, limits)) == [
        "the floor of a campaign asks for $60.00, $5.00 more than the $55.00 of limit 'cap' in the week of 2026-01-05"
    ]


def test_a_least_above_a_most_that_counts_all_of_it() -> None:
    low = {"limit": "low", "quantity": "leads", "campaign": "a", "min": 30.0}
    high = {"limit": "high", "quantity": "leads", "max": 20.0}
    assert said(scenario(limits=[low, high])) == [
        "limit 'low' asks for at least 30 leads, limit 'high' allows at most 20"
    ]
    assert said(scenario(limits=[low, {**high, "campaign": "b"}])) == []
    assert said(scenario(limits=[low, {**high, "price_cap": 5.0}])) == []


@pytest.mark.parametrize(("quantity", "asked"), [("bookings", 21.0), ("visits", 21.0)])
def test_a_target_above_the_open_slots(quantity: str, asked: float) -> None:
    """8 weeks of capacity are given; visits without a wait fall into the two planned ones, 10 each."""
    limits = [{"limit": "goal", "quantity": quantity, "min": asked}]
    assert said(scenario(limits=limits, slots=10)) == [
        f"limit 'goal' asks for at least 21 {quantity}, but the 20 open new-patient slots of North Care hold at most 20"
    ]
    assert said(scenario(limits=[{**limits[0], "min": 20.0}], slots=10)) == []


def moving(share: float, **more: float) -> Scenario:
    policies = {"change_limit": {"share": share, "amount": 0.0}}
    return scenario([campaign("a", current_weekly_spend=100.0, **more), campaign("b")], policies=policies)


def test_a_floor_that_spend_cannot_reach() -> None:
    """From 100, 20 % more is 120."""
    (found,) = said(moving(0.2, min_weekly_spend=130.0))
    assert "must spend at least $130.00 in the week of Jan 5" in found
    assert "lets it come up to $120.00" in found
    assert said(moving(0.3, min_weekly_spend=130.0)) == []


def test_a_ceiling_that_spend_cannot_come_down_to() -> None:
    (found,) = said(moving(0.2, max_weekly_spend=70.0))
    assert "must spend at most $70.00 in the week of Jan 5" in found
    assert "lets it come down to $80.00" in found
    assert said(moving(0.3, max_weekly_spend=70.0)) == []


def test_a_change_limit_that_allows_everything_is_none() -> None:
    assert said(moving(1.0, max_weekly_spend=0.01)) == []
