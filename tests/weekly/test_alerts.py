"""When an alert is raised, by hand, and who decides on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pytest

from optimizer.errors import ScenarioError
from optimizer.model.setting import established
from optimizer.scenario.read import Scenario
from optimizer.scenario.tables import ALERTS
from optimizer.weekly import alert_rules
from optimizer.weekly.alert_rules import Ground, Raised
from optimizer.weekly.decision_rights import DEFAULTS, NO_SOURCE, rights
from tests.small import WEEKS, campaign, line_curve, small


def scenario(
    *campaigns: Mapping[str, Any], policies: Mapping[str, Any] | None = None, **tables: Sequence[Mapping[str, Any]]
) -> Scenario:
    rows = campaigns or (campaign("a"),)
    curves = [line_curve(row["campaign"], 0.05, 1000) for row in rows]
    return small(rows, curves, weeks=2, policies=policies, tables=tables)


def ground(
    made: Scenario,
    *,
    spend: Mapping[str, Sequence[float]] | None = None,
    open_slots: Mapping[tuple[str, int], float] | None = None,
    before: Mapping[tuple[str, int], float] | None = None,
    intake: Sequence[Mapping[str, Any]] = (),
    bookings: Sequence[Mapping[str, Any]] = (),
    days: float = float("nan"),
) -> Ground:
    """What the rules look at: two planned weeks, and clinics of the service line Care."""
    given = spend or {"a": (100.0, 100.0)}
    labels = made.tables["campaigns"].frame.set_index("campaign")[["location", "service_line", "channel"]]
    plan = [
        {"campaign": name, "market": "all", **labels.loc[name], "week": WEEKS[week], "recommended_spend": amount}
        for name, amounts in given.items()
        for week, amount in enumerate(amounts)
    ]
    return Ground(
        scenario=made,
        plan=pd.DataFrame(plan),
        capacity=capacity(open_slots or {("North", 0): 5.0, ("North", 1): 5.0}, days),
        intake=pd.DataFrame(intake, columns=["intake_team", "week", "leads", "answered_in_time", "late", "lost"]),
        bookings=pd.DataFrame(bookings, columns=["location", "service_line", "week", "weeks_waited", "booked"]),
        capacity_before=capacity(before, days) if before else None,
    )


def capacity(slots: Mapping[tuple[str, int], float], days: float) -> pd.DataFrame:
    rows = [
        {
            "location": location,
            "service_line": "Care",
            "week": WEEKS[week],
            "open_slots": open_slots,
            "third_next_available_days": days,
        }
        for (location, week), open_slots in slots.items()
    ]
    return pd.DataFrame(rows)


def told(raised: Raised) -> tuple[str, str, float, float, str]:
    return raised.severity, raised.place, raised.number, raised.threshold, raised.since


def desk(week: int, leads: float, late: float, lost: float) -> dict[str, Any]:
    in_time = leads - late - lost
    row = {"intake_team": "Desk", "week": WEEKS[week], "leads": leads, "answered_in_time": in_time}
    return {**row, "late": late, "lost": lost}


def test_leads_over_intake_tells_the_worst_week_and_the_first() -> None:
    late = ground(scenario(), intake=[desk(0, 100, 20, 0), desk(1, 130, 45, 0)])
    (raised,) = alert_rules.leads_over_intake(late)
    assert told(raised) == ("warning", "Desk", 130.0, 85.0, WEEKS[0])
    lost = ground(scenario(), intake=[desk(0, 100, 0, 0), desk(1, 130, 45, 6)])
    (raised,) = alert_rules.leads_over_intake(lost)
    assert told(raised) == ("critical", "Desk", 130.0, 79.0, WEEKS[1])
    assert "some are never answered" in raised.headline
    assert not list(alert_rules.leads_over_intake(ground(scenario(), intake=[desk(0, 100, 0.3, 0)])))


def test_backlog_against_its_threshold() -> None:
    row = {"intake_team": "Desk", "agents": 4.0, "paid_hours": 100.0, "handling_minutes": 6.0}
    team = [{**row, "week": week, "opening_backlog": 90.0 if week == WEEKS[0] else 0.0} for week in WEEKS]
    over = scenario(policies={"max_backlog": 80.0}, intake_teams=team)
    (raised,) = alert_rules.backlog(ground(over))
    assert told(raised) == ("critical", "Desk", 90.0, 80.0, WEEKS[0])
    assert raised.source == "intake_teams:2, scenario.yaml"
    assert not list(alert_rules.backlog(ground(scenario(policies={"max_backlog": 90.0}, intake_teams=team))))
    assert not list(alert_rules.backlog(ground(scenario(intake_teams=team))))


def wait(week: int, weeks_waited: int, booked: float) -> dict[str, Any]:
    place = {"location": "North", "service_line": "Care", "week": WEEKS[week]}
    return {**place, "weeks_waited": weeks_waited, "booked": booked}


def test_a_promise_is_held_against_today_and_against_the_plans_average_wait() -> None:
    """Three patients at once and one after four weeks wait 7 days on average; today's third next slot is 9 days off."""
    made = scenario(campaign("a", promised_days=8.0), campaign("b", promised_days=5.0), campaign("c"))
    spend = dict.fromkeys("abc", (10.0, 10.0))
    waits = [wait(1, 0, 3.0), wait(1, 4, 1.0)]
    (raised,) = alert_rules.promise(ground(made, spend=spend, bookings=waits, days=9.0))
    assert told(raised) == ("warning", "North Care", 9.0, 5.0, WEEKS[0])
    assert "2 campaigns there promise" in raised.headline
    (raised,) = alert_rules.promise(ground(made, spend=spend, bookings=waits))
    assert told(raised) == ("warning", "North Care", 7.0, 5.0, WEEKS[1])
    assert "1 campaign there promises" in raised.headline
    (raised,) = alert_rules.promise(ground(made, spend=spend, days=11.0))
    assert raised.severity == "critical"
    assert not list(alert_rules.promise(ground(made, spend={"a": (10, 10), "b": (0, 0), "c": (9, 9)}, bookings=waits)))


def test_clinics_that_filled_up_or_opened() -> None:
    now = {("North", 0): 0.2, ("North", 1): 0.2, ("South", 0): 0.0, ("South", 1): 12.0, ("East", 0): 3.0}
    before = {("North", 0): 6.0, ("North", 1): 8.0, ("South", 0): 0.0, ("South", 1): 0.0, ("East", 0): 9.0}
    found = ground(scenario(), open_slots=now, before=before)
    (raised,) = alert_rules.filled_up(found)
    assert told(raised) == ("warning", "North Care", 0.4, 14.0, WEEKS[0])
    (raised,) = alert_rules.opened(found)
    assert told(raised) == ("info", "South Care", 12.0, 0.0, WEEKS[0])
    alone = ground(scenario(), open_slots=now)
    assert not [*alert_rules.filled_up(alone), *alert_rules.opened(alone)]


def test_old_figures_by_table_and_clinic() -> None:
    """The scenario is of January 1st; 14 days are allowed."""
    slots = [
        {"location": place, "service_line": "Care", "week": week, "new_patient_slots": 9.0, "as_of": day}
        for place, day in (("North", "2025-12-10"), ("South", "2025-12-20"))
        for week in WEEKS
    ]
    funnel = [{"service_line": "Care", "channel": "Search", "booking_rate": 1.0, "as_of": "2025-11-02"}]
    rows = (campaign("a"), campaign("b", location="South"))
    made = scenario(*rows, policies={"stale_days": 14}, appointment_capacity=slots, funnel=funnel)
    found = list(alert_rules.stale(ground(made)))
    assert [told(raised) for raised in found] == [
        ("warning", "funnel", 60.0, 14.0, "2025-11-02"),
        ("warning", "appointment_capacity, North", 22.0, 14.0, "2025-12-10"),
    ]
    assert not list(alert_rules.stale(ground(scenario(*rows, appointment_capacity=slots, funnel=funnel))))


@pytest.mark.parametrize(
    ("planned", "severity"), [((150.0, 100.0), "critical"), ((100.0, 100.0), "warning"), ((0.0, 0.0), "info")]
)
def test_a_flag_is_critical_where_the_plan_moves_the_money(planned: tuple[float, float], severity: str) -> None:
    flag = {"flag": "claims_review", "channel": "Search", "since": "2025-12-01", "reason": "New copy"}
    made = scenario(campaign("a", current_weekly_spend=100.0), campaign("b", channel="Social"), campaign_flags=[flag])
    (raised,) = alert_rules.flagged(ground(made, spend={"a": planned, "b": (70.0, 70.0)}))
    assert told(raised) == (severity, "Search", planned[0], 0.0, "2025-12-01")
    assert raised.headline.startswith("New claims need a review (New copy).")


def test_a_flag_about_no_campaign_is_refused() -> None:
    row = {"flag": "claims_review", "campaign": "a", "channel": "Social"}
    made = scenario(campaign("a"), campaign("b", channel="Social"), campaign_flags=[row])
    with pytest.raises(ScenarioError, match="flag 'claims_review' is about no campaign"):
        established(made)


def test_decision_rights_of_the_scenario_go_before_the_defaults() -> None:
    row = {"alert": "promise", "owner": "CMO", "decision": "move the money", "hours": 12.0}
    found = rights(scenario(decision_rights=[row]).tables["decision_rights"])
    mine = found["promise"]
    assert (mine.owner, mine.escalate_to, mine.hours, mine.source) == ("CMO", "", 12.0, "decision_rights:2")
    assert found["backlog"] == DEFAULTS["backlog"]
    assert rights(None) == DEFAULTS
    assert {right.source for right in DEFAULTS.values()} == {NO_SOURCE}


def test_every_kind_has_a_right_and_every_rule_is_listed() -> None:
    assert set(DEFAULTS) == set(ALERTS)
    ruled = {rule.__name__ for rule in alert_rules.RULES}
    assert ruled == {kind for kind in ALERTS if hasattr(alert_rules, kind)} | {"flagged"}
