"""Checks between tables: each has a case that triggers it and says file, line, value and mend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from optimizer.errors import Problem, ScenarioError
from optimizer.model.scope import scopes
from optimizer.model.setting import established
from tests.small import WEEKS, campaign, line_curve, points_curve, small

Rows = Sequence[Mapping[str, Any]]
TWO = [campaign("a", channel="S"), campaign("b", location="South", channel="S")]
CURVES = [line_curve("a", 0.05, 1000), line_curve("b", 0.05, 1000)]


def problems(campaigns: Rows = TWO, curves: Rows = CURVES, **more: Any) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as caught:
        scopes(established(small(campaigns, curves, **more)))
    return caught.value.problems


def only(found: tuple[Problem, ...]) -> Problem:
    assert len(found) == 1, [str(problem) for problem in found]
    assert found[0].hint
    return found[0]


def capacity(**change: Any) -> Rows:
    return [
        {
            "location": place,
            "service_line": "Care",
            "week": week,
            "new_patient_slots": 9.0,
            **(change if place == "South" else {}),
        }
        for place in ("North", "South")
        for week in WEEKS[:1]
    ]


def test_a_sound_scenario_has_no_problem() -> None:
    assert len(established(small(TWO, CURVES)).campaigns) == 2


def test_an_unknown_label_names_the_nearest() -> None:
    locations = [{"location": "North", "market": "M"}, {"location": "Sout", "market": "M"}]
    found = problems(tables={"locations": locations})
    assert {problem.message for problem in found} == {"location 'South' is not a clinic"}
    assert {problem.hint for problem in found} == {"did you mean 'Sout'?"}
    assert ("campaigns", 3) in {(problem.file, problem.line) for problem in found}


def desk(**more: Any) -> dict[str, Rows]:
    row = {"intake_team": "T", "week": WEEKS[0], "agents": 1, "paid_hours": 10, "handling_minutes": 10, **more}
    places = [{"location": place, "market": "M", "intake_team": "T"} for place in ("North", "South")]
    return {"locations": places, "intake_teams": [row]}


def test_overflow_needs_its_price() -> None:
    """A price of zero is a price."""
    found = only(problems(tables=desk(overflow_hours=5)))
    assert (found.file, found.line, found.column) == ("intake_teams", 2, "overflow_cost_per_hour")
    assert found.message == "5 overflow_hours have no overflow_cost_per_hour"
    free = established(small(TWO, CURVES, tables=desk(overflow_hours=5, overflow_cost_per_hour=0)))
    assert free.staffing.overflow_hours.tolist() == [[5]]
    assert free.staffing.overflow_cost.tolist() == [[0]]


def test_a_team_without_its_table() -> None:
    locations = [{"location": place, "market": "M", "intake_team": "T"} for place in ("North", "South")]
    found = problems(tables={"locations": locations})
    assert any("there is no intake_teams table" in problem.message for problem in found)


def test_lead_shares_that_do_not_add_up() -> None:
    channels = [{"channel": "S", "lead_share_week_0": 0.6, "lead_share_week_1": 0.3}]
    found = only(problems(tables={"channels": channels}))
    assert "add up to 0.9" in found.message
    assert (found.file, found.line) == ("channels", 2)


def test_a_line_without_a_usable_wait() -> None:
    show = [{"service_line": "Care", "weeks_waited": 2, "kept_share": 0.9, "show_rate": 0.9}]
    found = only(problems(tables={"show_rates": show}, policies={"max_weeks_waited": 1}))
    assert "'Care' has no wait that can be offered" in found.message


def test_a_missing_funnel_row() -> None:
    funnel = [{"service_line": "Care", "channel": "S", "location": "North", "booking_rate": 1.0}]
    found = only(problems(tables={"funnel": funnel}))
    assert "no row for location 'South', service_line 'Care', channel 'S'" in found.message


def test_late_leads_that_book_better() -> None:
    funnel = [{"service_line": "Care", "channel": "S", "booking_rate": 0.3, "booking_rate_late": 0.4}]
    found = only(problems(tables={"funnel": funnel}))
    assert "booking_rate_late 0.4 is above booking_rate 0.3" in found.message


def test_a_missing_curve_and_a_missing_value() -> None:
    found = only(problems(curves=CURVES[:1]))
    assert "campaign 'b'" in found.message
    values = [{"service_line": "Care", "location": "North", "first_visit_margin": 1.0, "ltv_margin": 1.0}]
    assert "location 'South'" in only(problems(tables={"patient_value": values})).message


def test_missing_planned_weeks_are_listed() -> None:
    found = problems(weeks=2, tables={"appointment_capacity": capacity()})
    assert [problem.message for problem in found] == [
        f"location '{place}', service_line 'Care' has no row for {WEEKS[1]}" for place in ("North", "South")
    ]


def test_weeks_after_the_plan_repeat_and_say_so() -> None:
    channels = [{"channel": "S", "lead_share_week_0": 0.5, "lead_share_week_2": 0.5}]
    facts = established(small(TWO, CURVES, tables={"channels": channels, "appointment_capacity": capacity()}))
    assert facts.slots.tolist() == [[9.0] * 3] * 2
    assert any("the last known week is repeated" in note for note in facts.notes)


def test_a_waitlist_in_a_later_week() -> None:
    rows = [
        *capacity(),
        {"location": "South", "service_line": "Care", "week": WEEKS[1], "new_patient_slots": 1.0, "waitlist": 4.0},
    ]
    found = only(problems(tables={"appointment_capacity": rows}))
    assert found.line == 4
    assert WEEKS[0] in found.hint


def test_a_flight_that_ends_before_it_begins_and_crossed_bounds() -> None:
    wrong = [campaign("a", channel="S", first_week=WEEKS[2], last_week=WEEKS[1]),
             campaign("b", location="South", channel="S", min_weekly_spend=9.0, max_weekly_spend=5.0)]  # fmt: skip
    found = problems(wrong)
    assert [problem.line for problem in found] == [2, 3]


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ({"quantity": "spend"}, "has no min and no max"),
        ({"quantity": "spend", "min": 5.0, "max": 4.0}, "min 5 is above max 4"),
        ({"quantity": "spend_share", "max": 45.0}, "between 0 and 1"),
        ({"quantity": "visits", "channel": "S", "min": 4.0}, "cannot be told apart"),
        ({"quantity": "cac", "channel": "S", "max": 4.0}, "cac cannot be told apart"),
        ({"quantity": "ltv_to_cac", "campaign": "a", "min": 4.0}, "ltv_to_cac cannot be told apart"),
        ({"quantity": "cac", "min": 4.0}, "has a min, but spend per visit has no least"),
        ({"quantity": "ltv_to_cac", "max": 4.0}, "has a max, but lifetime value per spend has no most"),
        ({"quantity": "spend_share", "max": 0.4, "price_cap": 9.0}, "has a price_cap, but a point of spend_share is"),
        ({"quantity": "cac", "max": 40.0, "price_cap": 9.0}, "has a price_cap, but a point of cac is no amount"),
        ({"quantity": "ltv_to_cac", "min": 4.0, "price_cap": 9.0}, "has a price_cap, but a point of ltv_to_cac is"),
        ({"quantity": "spend", "max": 4.0, "price_cap": -1.0}, "price_cap"),
        ({"quantity": "spend", "max": 4.0, "first_week": "2027-01-04"}, "covers no week of the plan"),
        ({"quantity": "spend", "max": 4.0, "location": "North", "campaign": "b"}, "covers no campaign"),
        ({"quantity": "spend", "max": 4.0, "first_week": WEEKS[0], "last_week": "2025-12-29"}, "covers no week"),
    ],
)
def test_limits_that_make_no_sense(limit: Mapping[str, Any], message: str) -> None:
    found = only(problems(tables={"limits": [{"limit": "cap", "owner": "CFO", "reason": "test", **limit}]}))
    assert message in found.message
    assert (found.file, found.line) == ("limits", 2)


LAGGING = {"channels": [{"channel": "S", "lead_share_week_0": 0.5, "lead_share_week_2": 0.5}]}


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ({"first_week": WEEKS[2], "last_week": WEEKS[1]}, f"last_week {WEEKS[1]} is before first_week {WEEKS[2]}"),
        ({"first_week": WEEKS[2]}, f"on spend begins {WEEKS[2]}, after the planned weeks"),
    ],
)
def test_limits_on_money_in_weeks_without_money(limit: Mapping[str, Any], message: str) -> None:
    row = {"limit": "cap", "quantity": "spend", "max": 4.0, "owner": "CFO", "reason": "test", **limit}
    found = problems(tables={**LAGGING, "limits": [row]})
    assert message in {problem.message.split(": ", 1)[-1].removeprefix("limit 'cap' ") for problem in found}


def test_a_budget_for_a_month_outside_the_plan() -> None:
    found = only(problems(budget={"total": 10.0, "per_month": {"2025-01": 5.0}}))
    assert "2025-01" in found.message
    assert found.file == "scenario.yaml"


def test_a_floor_above_what_the_curve_knows() -> None:
    rows = [campaign("a", channel="S", min_weekly_spend=2000.0), TWO[1]]
    assert "must spend 2,000.00 a week" in only(problems(rows)).message


def test_a_way_down_that_is_too_slow_for_the_curve() -> None:
    rows = [campaign("a", channel="S", current_weekly_spend=2000.0), TWO[1]]
    found = only(problems(rows, policies={"change_limit": {"share": 0.1}}))
    assert "cannot be lowered below 1,800.00 in the first week" in found.message


def test_curve_mistakes_and_missing_rows_come_in_one_report() -> None:
    curves = [points_curve("a", "0:0 10:5 20:4", 100)]
    found = problems(curves=curves)
    assert len(found) == 2
    assert {problem.code for problem in found} == {"curve", "missing_row"}


@pytest.mark.parametrize(
    "scope", [{"campaign": "a", "channel": "S"}, {"campaign": "", "channel": "S"}, {"campaign": ""}]
)
def test_a_curve_of_no_one(scope: Mapping[str, Any]) -> None:
    found = problems(curves=[*CURVES, {**CURVES[0], **scope}])
    assert [(problem.code, problem.line) for problem in found] == [("curve_scope", 4)]


def test_a_clinics_own_figures_go_before_the_general_ones() -> None:
    funnel = [
        {"service_line": "Care", "channel": "S", "booking_rate": 0.2},
        {"service_line": "Care", "channel": "S", "location": "South", "booking_rate": 0.5},
    ]
    facts = established(small(TWO, CURVES, tables={"funnel": funnel}))
    assert facts.booking.tolist() == [0.2, 0.5]
