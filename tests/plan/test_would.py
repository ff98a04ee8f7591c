"""What would change a campaign's week: each statement is tried by making the change and planning again.

One clinic, one week, straight curves unless told otherwise: a dollar at a brings 0.1 leads of 100, which is 10.
"""

from __future__ import annotations

from typing import Any

import pytest

from optimizer import api
from optimizer.plan import reasons
from optimizer.plan.planner import Plan
from optimizer.plan.words import Words
from optimizer.plan.would import would_change
from optimizer.scenario.read import Scenario
from tests.small import campaign, line_curve, points_curve, small


def said(plan: Plan, name: str, week: int = 0) -> list[str]:
    """What is said of a campaign's week."""
    row, room = (plan.frame(table) for table in ("explain", "room"))
    mine = (row["campaign"] == name).to_numpy().nonzero()[0][week]
    return would_change(row.iloc[mine].to_dict(), room.iloc[mine].to_dict(), Words.of(plan.facts.definition))


def code(plan: Plan, name: str, week: int = 0) -> str:
    rows = plan.frame("explain")
    return str(rows.loc[rows["campaign"] == name, "reason_code"].iloc[week])


def spends(plan: Plan, name: str) -> float:
    rows = plan.frame("plan")
    return float(rows.loc[rows["campaign"] == name, "recommended_spend"].sum())


def two(budget: float = 700, leads: float = 0.05, **more: Any) -> Scenario:
    """a brings 10 for a dollar and may spend what ``more`` says; b brings 100 times its leads."""
    curves = [line_curve("a", 0.1, 1000), line_curve("b", leads, 1000)]
    return small([campaign("a", **more), campaign("b")], curves, budget=budget)


def test_a_ceiling() -> None:
    """At its ceiling of 300 a dollar more is worth 10 less the 5 that it would bring at b."""
    plan = api.plan(two(max_weekly_spend=300.0))
    assert said(plan, "a") == [
        "It would rise with a higher max_weekly_spend: each further dollar there is worth $5.00 after all that it"
        " costs."
    ]
    assert spends(api.plan(two(max_weekly_spend=310.0)), "a") == pytest.approx(310)


def test_the_end_of_a_curve() -> None:
    plan = api.plan(two(budget=1500))
    assert said(plan, "a") == [
        "It would rise if its curve were known further (policies.extrapolation, response_curves) and brought more than"
        " $5.00 for each dollar there."
    ]
    further = small(
        [campaign("a"), campaign("b")], [line_curve("a", 0.1, 1100), line_curve("b", 0.05, 1000)], budget=1500
    )
    assert spends(api.plan(further), "a") == pytest.approx(1100)


def test_a_cost_per_lead() -> None:
    """b brings 5 for a dollar where the budget brings 10 at a: 20 a lead must fall below 10, as at 9.9, not at 10.1."""
    plan = api.plan(two())
    assert said(plan, "b") == [
        "It would rise at a cost per further lead below $10.00, now $20.00: its next dollar brings $5.00 and would have"
        " to bring $10.00."
    ]
    assert spends(plan, "b") == 0
    assert spends(api.plan(two(leads=1 / 9.9)), "b") > 0
    assert spends(api.plan(two(leads=1 / 10.1)), "b") == 0


def test_a_cost_per_lead_where_nothing_else_wants_the_money() -> None:
    """A lead is worth 100 and costs 200: it must fall below 100."""
    plan = api.plan(small([campaign("a")], [line_curve("a", 0.005, 1000)]))
    assert said(plan, "a")[0].startswith("It would rise at a cost per further lead below $100.00, now $200.00")
    assert spends(api.plan(small([campaign("a")], [line_curve("a", 0.0101, 1000)])), "a") > 0
    assert spends(api.plan(small([campaign("a")], [line_curve("a", 0.0099, 1000)])), "a") == 0


def curved(budget: float = 600, slots: float = 1e6) -> Scenario:
    """Two equal campaigns: 10 a dollar up to 200, 7 up to 400, 4 up to 600."""
    points = "0:0 200:20 400:34 600:42"
    return small(
        [campaign("a"), campaign("b")], [points_curve(name, points, 600) for name in "ab"], budget=budget, slots=slots
    )


def test_more_budget() -> None:
    """600 are 200 each at 10 and 200 more at 7; with 100 more, one of the two rises."""
    plan = api.plan(curved())
    stopped = [name for name in "ab" if spends(plan, name) < 400]
    assert stopped
    name = stopped[0]
    assert code(plan, name) == reasons.BUDGET
    assert said(plan, name)[0].startswith("It would rise with more budget: each further dollar brings $7.00 here")
    assert spends(api.plan(curved(budget=800)), name) == pytest.approx(400)


def test_more_slots() -> None:
    """40 slots take 40 leads of 54 that both could bring; with 10 more slots, both together rise."""
    plan = api.plan(curved(budget=1200, slots=40))
    assert {code(plan, name) for name in "ab"} == {reasons.SLOTS}
    assert said(plan, "a")[0].startswith("It would rise with more open slots at North Care when it is full: slots take")
    more = api.plan(curved(budget=1200, slots=68))
    assert spends(more, "a") > spends(plan, "a")
    assert spends(more, "b") > spends(plan, "b")


def change(share: float, current: float = 100.0, floor: float = 0.0) -> Scenario:
    return small(
        [campaign("a", current_weekly_spend=current, min_weekly_spend=floor)],
        [line_curve("a", 0.1, 1000)],
        policies={"change_limit": {"share": share, "amount": 0}},
    )


def test_the_change_limit_up() -> None:
    plan = api.plan(change(0.2))
    assert said(plan, "a") == [
        "It would rise with a larger change limit (policies.change_limit): each further dollar of move is worth $9.00."
    ]
    assert spends(api.plan(change(0.25)), "a") == pytest.approx(125)


def falling(share: float) -> Scenario:
    return small(
        [campaign("a", current_weekly_spend=100.0)],
        [line_curve("a", 0.005, 1000)],
        policies={"change_limit": {"share": share, "amount": 0}},
    )


def test_the_change_limit_down() -> None:
    """A dollar brings 0.5: 100 may fall to 80, and with 25 % to 75."""
    plan = api.plan(falling(0.2))
    assert spends(plan, "a") == pytest.approx(80)
    assert said(plan, "a") == [
        "It would fall further with a larger change limit (policies.change_limit): each further dollar of move is worth"
        " $0.50."
    ]
    assert spends(api.plan(falling(0.25)), "a") == pytest.approx(75)


def test_a_floor() -> None:
    def floored(floor: float) -> Scenario:
        return small([campaign("a", min_weekly_spend=floor)], [line_curve("a", 0.005, 1000)])

    plan = api.plan(floored(100.0))
    assert said(plan, "a") == ["It would fall with a lower floor: its last dollar costs $0.50 more than it earns."]
    assert spends(api.plan(floored(90.0)), "a") == pytest.approx(90)


def limited(**row: Any) -> Scenario:
    tables = {"limits": [{"limit": "named", "quantity": "spend", "owner": "x", "reason": "y", **row}]}
    leads = 0.1 if "max" in row else 0.005
    return small([campaign("a")], [line_curve("a", leads, 1000)], tables=tables)


def test_a_named_most() -> None:
    plan = api.plan(limited(max=200.0))
    assert said(plan, "a") == ["It would rise if the limit 'named' allowed more."]
    assert spends(api.plan(limited(max=210.0)), "a") == pytest.approx(210)


def test_a_named_least() -> None:
    plan = api.plan(limited(min=200.0))
    assert said(plan, "a") == [
        "It would fall if the limit 'named' asked for less: of what its next dollar costs, limits pay $0.50."
    ]
    assert spends(api.plan(limited(min=190.0)), "a") == pytest.approx(190)


def test_a_gate() -> None:
    plan = api.plan(two(tracking_ready="no"))
    assert said(plan, "a") == [
        "It would be free to spend more without the rule 'not_ready'; its reason tells where it stands."
    ]
    assert spends(api.plan(two()), "a") > 0


def intake(hours: float) -> Scenario:
    """Leads take an hour each; the desk has so many paid hours, late leads do not book."""
    team = {"intake_team": "Desk", "agents": 30, "shrinkage": 0.0, "baseline_contacts": 0.0, "handling_minutes": 60.0}
    tables = {
        "locations": [{"location": "North", "intake_team": "Desk"}],
        "intake_teams": [{**team, "week": "2026-01-05", "paid_hours": hours}],
        "funnel": [
            {"service_line": "Care", "channel": "Search", "booking_rate": 1.0, "booking_rate_late": 0.0,
             "handling_minutes": 60.0}
        ],
    }  # fmt: skip
    points = [points_curve("a", "0:0 200:20 400:34 600:42", 600)]
    return small([campaign("a")], points, tables=tables)


def test_intake() -> None:
    plan = api.plan(intake(30.0))
    assert code(plan, "a") == reasons.INTAKE
    assert said(plan, "a")[0].startswith("It would rise with more answering hours at Desk: they take ")
    assert spends(api.plan(intake(36.0)), "a") > spends(plan, "a")


def scanner(minutes: float) -> Scenario:
    tables = {
        "shared_resources": [{"resource": "Scanner", "week": "2026-01-05", "minutes_available": minutes}],
        "resource_use": [{"resource": "Scanner", "service_line": "Care", "minutes_per_visit": 10.0}],
    }
    return small([campaign("a")], [line_curve("a", 0.1, 1000)], tables=tables)


def test_a_shared_resource() -> None:
    """300 minutes are 30 visits, 300 dollars."""
    plan = api.plan(scanner(300.0))
    assert said(plan, "a")[0].startswith("It would rise with more minutes of Scanner when it is full: they take $9.00")
    assert spends(api.plan(scanner(310.0)), "a") == pytest.approx(310)


def test_a_whole_number_is_not_told_by_prices() -> None:
    """A dollar brings 0.5, so a does not run at its least of 200; whether it would at another, prices cannot tell."""
    plan = api.plan(small([campaign("a", min_if_active=200.0)], [line_curve("a", 0.005, 1000)]))
    assert code(plan, "a") == reasons.MINIMUM
    assert "only planning again tells" in said(plan, "a")[0]
