"""A plan worked out by hand passes; each kind of mistake in it is found, under the right name and at the right place.

Clinic North has the team Desk and runs search (no lag) and social (half of the leads come a week later); clinic South
has no team and runs south. Two weeks are planned, so leads come in three weeks and visits in four.

* Leads for a unit of money: search 0.1, social 0.05 of which half are valid, south 0.1. In the second week demand is
  1.5, and at South 1.5 * 2 = 3 at twice the price of media. Social spent 200 a week before the plan: 10 leads, 5 valid,
  2.5 of them still to come.
* Requests per lead 0.8 * 0.5 * 0.5 = 0.2, 0.1 and 0.5, half of that when answered late; hours per lead 0.5, 1 and 0.5.
* One of two agents is on contacts at a time. With a level of 10 % answered at once, Erlang C for one agent is
  1 - load = 0.1: 90 % of its time. First week: 45 in time and 50 in all, less 10 for other contacts.
* Today North gets 50 leads of search and 5 of social in the first week: 30 hours that bring 10.5 requests, 0.35 an
  hour. (The 2.5 leads of social under way bring 0.1 an hour, which is less and would count for lost leads.)
  In the second week none are under way, and it gets 75 and 6.25: 43.75 hours and 15.625 requests, 5/14 an hour.
  Late leads lose half of that.
* North, first week: 37.5 hours of 67.5 leads (60 of search, 7.5 of social), 35 in time, so 2.5 hours are late: 4.5
  leads. They cost 2.5 * 0.175 = 0.4375 requests: 12.75 - 0.4375 + 2 waiting = 14.3125 ask. Ten fit into
  (12 * 0.9 - 1 - 0.8) / 0.9 slots; of the 4.3125 others 80 % wait a week: 3.45.
* North, second week: 38.75 hours of 68.75 leads (60 and 8.75), 23.25 in time, 32.55 paid: 9.3 hours late and 6.2 lost,
  16.5 and 11 leads. They cost (9.3 / 2 + 6.2) * 5/14 = 3.875 of 12.875 requests, which leaves 9. The slots hold ten, of
  which 3.45 are taken, so 6.55 come at once and 2.45 * 0.8 = 1.96 wait.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer.errors import Finding
from optimizer.plan import check_comparison, check_rows
from optimizer.plan.check import check_on, check_plan
from optimizer.plan.check_money import money
from optimizer.plan.check_operations import operations
from optimizer.plan.recompute import Replay, replay
from optimizer.plan.recompute_ground import Ground
from optimizer.plan.recompute_tables import ground_of
from optimizer.scenario.read import Scenario, scenario_from_frames

FIRST, SECOND, THIRD, FOURTH = "2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26"

DEFINITION: dict[str, Any] = {
    "schema_version": 1,
    "name": "by-hand",
    "as_of": "2026-01-01",
    "calendar": {"first_week": FIRST, "weeks": 2},
    "budget": {"total": 2100, "per_week": 1300, "per_month": {"2026-01": 2100}},
    "policies": {
        "fill_cap": 0.9,
        "max_weeks_waited": 1,
        "extrapolation": 1.5,
        "change_limit": {"share": 0.5, "amount": 100},
        "service_level": {"share": 0.1, "seconds": 0},
    },
}

HALF = {"booking_rate": 0.5, "booking_rate_late": 0.25}
TENTH = {"booking_rate": 0.1, "booking_rate_late": 0.05}

INPUTS: dict[str, list[dict[str, Any]]] = {
    "locations": [
        {"location": "North", "market": "East", "intake_team": "Desk"},
        {"location": "South", "market": "West", "intake_team": ""},
    ],
    "service_lines": [{"service_line": "Care", "cancel_rate": 0.2, "backfill_rate": 0.5}],
    "channels": [
        {"channel": "Search"},
        {"channel": "Social", "lead_share_week_0": 0.5, "lead_share_week_1": 0.5},
    ],
    "campaigns": [
        {"campaign": name, "location": location, "service_line": "Care", "channel": channel, **money}
        for name, location, channel, money in (
            ("search", "North", "Search", {"current_weekly_spend": 500, "max_weekly_spend": 600}),
            ("social", "North", "Social", {"current_weekly_spend": 200, "min_weekly_spend": 200}),
            ("south", "South", "Search", {"current_weekly_spend": 250}),
        )
    ],
    "response_curves": [
        {"service_line": "Care", "channel": "Search", "points": "0:0 1000:100", "observed_max_weekly_spend": 1000},
        {"campaign": "social", "points": "0:0 1000:50", "observed_max_weekly_spend": 1000},
        {"campaign": "south", "points": "0:0 200:20 300:30", "observed_max_weekly_spend": 200},
    ],
    "seasonality": [
        {"week": SECOND, "demand_index": 1.5},
        {"location": "South", "week": SECOND, "demand_index": 2.0, "cost_index": 2.0},
        {"location": "South", "week": "2025-12-29", "demand_index": 9.0},
    ],
    "funnel": [
        {"channel": "Search", "contactable_rate": 0.8, "qualified_rate": 0.5, **HALF},
        {"channel": "Search", "location": "South", **HALF},
        {"channel": "Social", "valid_rate": 0.5, "handling_minutes": 60, **TENTH},
    ],
    "appointment_capacity": [
        {"location": location, "service_line": "Care", "week": week, "new_patient_slots": slots, **more}
        for location, week, slots, more in (
            ("North", FIRST, 12, {"already_booked": 1, "expected_baseline_bookings": 0.8, "waitlist": 2}),
            ("North", SECOND, 10, {}),
            ("South", FIRST, 20, {}),
            ("South", SECOND, 20, {}),
        )
    ],
    "show_rates": [
        {"service_line": "Care", "weeks_waited": 0, "kept_share": 1.0, "show_rate": 0.9},
        {"service_line": "Care", "weeks_waited": 1, "kept_share": 0.8, "show_rate": 0.75},
        {"service_line": "Care", "weeks_waited": 2, "kept_share": 0.5, "show_rate": 0.5},
    ],
    "intake_teams": [
        {"intake_team": "Desk", "week": FIRST, "paid_hours": 100, "baseline_contacts": 10},
        {"intake_team": "Desk", "week": SECOND, "paid_hours": 186, "baseline_contacts": 60.45},
    ],
    "patient_value": [
        {"service_line": "Care", "first_visit_margin": 10, "ltv_margin": 100},
        {"service_line": "Care", "location": "South", "first_visit_margin": 20, "ltv_margin": 200},
    ],
}
COMMON: dict[str, dict[str, Any]] = {
    "response_curves": {"form": "points"},
    "funnel": {"service_line": "Care", "handling_minutes": 30},
    "intake_teams": {"agents": 2, "shrinkage": 0.5, "handling_minutes": 60},
}

TABLES = {
    "plan": """
    campaign market location service_line channel week \
        current_spend recommended_spend change leads bookings visits value
    search East North Care Search 2026-01-05 500 600  100 60  10 9   900
    search East North Care Search 2026-01-12 500 400 -100 60   8 7   700
    social East North Care Social 2026-01-05 200 400  200 10   1 0.9  90
    social East North Care Social 2026-01-12 200 200    0 7.5  1 0.8  80
    south  West South Care Search 2026-01-05 250 300   50 30  15 13.5 2700
    south  West South Care Search 2026-01-12 250 200  -50 30  15 13.5 2700
    """,
    "leads": """
    market location service_line week leads answered_in_time late lost requests waitlist booked visits
    East North Care 2026-01-05 67.5  63    4.5   0 12.75  2 13.45  11.5875
    East North Care 2026-01-12 68.75 41.25 16.5 11 12.875 0  8.51   7.365
    East North Care 2026-01-19  3.75  3.75 0     0  0.375 0  0.375  0.3375
    West South Care 2026-01-05 30    30    0     0 15     0 15     13.5
    West South Care 2026-01-12 30    30    0     0 15     0 15     13.5
    West South Care 2026-01-19  0     0    0     0  0     0  0      0
    """,
    "bookings": """
    market location service_line week weeks_waited visit_week booked visits
    East North Care 2026-01-05 0 2026-01-05 10    9
    East North Care 2026-01-05 1 2026-01-12  3.45 2.5875
    East North Care 2026-01-12 0 2026-01-12  6.55 5.895
    East North Care 2026-01-12 1 2026-01-19  1.96 1.47
    East North Care 2026-01-19 0 2026-01-19  0.375 0.3375
    West South Care 2026-01-05 0 2026-01-05 15    13.5
    West South Care 2026-01-12 0 2026-01-12 15    13.5
    """,
    "capacity": """
    market location service_line week \
        new_patient_slots already_booked expected_baseline_bookings open_slots booked slots_used open_slots_left \
        visits third_next_available_days
    East North Care 2026-01-05 12 1 0.8  9 10     9      0       9     4
    East North Care 2026-01-12 10 0 0    9 10     9      0       8.4825 4
    East North Care 2026-01-19 10 0 0    9  2.335 2.1015 6.8985 1.8075 4
    East North Care 2026-01-26 10 0 0    9  0     0      9       0     4
    West South Care 2026-01-05 20 0 0   18 15    13.5    4.5    13.5   nan
    West South Care 2026-01-12 20 0 0   18 15    13.5    4.5    13.5   nan
    West South Care 2026-01-19 20 0 0   18  0     0     18       0     nan
    West South Care 2026-01-26 20 0 0   18  0     0     18       0     nan
    """,
    "intake": """
    intake_team week hours_in_time hours_paid baseline_hours lead_hours leads answered_in_time late lost
    Desk 2026-01-05 35    40    10    37.5  67.5  63     4.5  0
    Desk 2026-01-12 23.25 32.55 60.45 38.75 68.75 41.25 16.5 11
    Desk 2026-01-19 23.25 32.55 60.45  3.75  3.75  3.75  0    0
    """,
}
"""The plan as it is shown; what is a campaign's own of bookings, visits and value is not more than its unit has."""

NO_CARE = {
    name: pd.DataFrame(columns=[*check_rows.LABELS[name], *check_rows.NUMBERS[name]])
    for name in ("pathways", "follow_on", "resources")
}
"""Tables of follow-on visits and of shared resources where there are none."""
CAPACITY = INPUTS["appointment_capacity"]
FOLLOW_ON = {"follow_on_visits": 0, "follow_on_value": 0, "leaked_visits": 0, "leaked_value": 0}
BOUGHT = {"overflow_hours": 0, "overflow_cost": 0}
TOTALS = {"spend": 2100, "leads": 200, "bookings": 52.335, "visits": 46.29, **BOUGHT, "gross": 7329, "value": 5229,
          **FOLLOW_ON}  # fmt: skip


def scenario(definition: dict[str, Any] | None = None, /, **changed: list[dict[str, Any]]) -> Scenario:
    frames = {
        name: pd.DataFrame([{**COMMON.get(name, {}), **row} for row in rows])
        for name, rows in {**INPUTS, **changed}.items()
    }
    return scenario_from_frames({**DEFINITION, **(definition or {})}, frames)


@cache
def as_given() -> Scenario:
    return scenario()


def policies(**changed: Any) -> dict[str, Any]:
    return {"policies": {**DEFINITION["policies"], **changed}}


def campaigns(name: str, **changed: Any) -> list[dict[str, Any]]:
    return [{**row, **(changed if row["campaign"] == name else {})} for row in INPUTS["campaigns"]]


@cache
def ground() -> Ground:
    return ground_of(as_given())


@cache
def read_tables() -> dict[str, pd.DataFrame]:
    made = {name: pd.read_csv(StringIO(text), sep=r"\s+") for name, text in TABLES.items()}
    made["plan"]["on_envelope"] = "no"
    made["bookings"]["seen_at"] = made["bookings"]["location"]
    made["capacity"][["routed_in", "routed_out", "follow_on_visits"]] = 0.0
    made["plan"][["follow_on_visits", "follow_on_value"]] = 0.0
    made["intake"][["backlog_hours", "overflow_hours", "overflow_cost"]] = 0.0
    return made | NO_CARE


def tables() -> dict[str, pd.DataFrame]:
    return {name: table.copy() for name, table in read_tables().items()}


def corrupted(name: str, row: int, **values: Any) -> dict[str, pd.DataFrame]:
    made = tables()
    for column, value in values.items():
        if isinstance(value, float):
            made[name][column] = made[name][column].astype(float)
        made[name].loc[row, column] = value
    return made


def findings(made: dict[str, pd.DataFrame] | None = None, given: Scenario | None = None) -> list[Finding]:
    return check_on(ground_of(given) if given else ground(), made or tables(), TOTALS)


def findings_of(
    stage: Callable[[Ground, Replay], list[Finding]],
    made: dict[str, pd.DataFrame] | None = None,
    given: Scenario | None = None,
) -> list[Finding]:
    """What one stage of the check finds in tables whose rows are known to be complete."""
    base = ground_of(given) if given else ground()
    return stage(base, replay(base, made or tables()))


def said(found: list[Finding], check_name: str) -> str:
    return "\n".join(finding.message for finding in found if finding.check == check_name)


def names(found: list[Finding]) -> set[str]:
    return {finding.check for finding in found}


# What passes


def test_the_plan_worked_out_by_hand_passes() -> None:
    assert check_plan(as_given(), tables(), TOTALS) == []


def test_rows_in_any_order_pass() -> None:
    shuffled = {name: table.sample(frac=1, random_state=3) for name, table in tables().items()}
    inputs = {name: list(reversed(rows)) for name, rows in INPUTS.items()}
    assert findings(shuffled, scenario(**inputs)) == []


@pytest.mark.parametrize(
    ("objective", "gross", "value"),
    [
        ("first_visit_margin", 10 * 19.29 + 20 * 27, 10 * 19.29 + 20 * 27 - 2100),
        ("visits", 46.29, 46.29),
        ("bookings", 52.335, 52.335),
    ],
)
def test_value_is_counted_in_the_objectives_unit(objective: str, gross: float, value: float) -> None:
    made = tables()
    made["plan"]["value"] = 0.0
    totals = {**TOTALS, "gross": gross, "value": value}
    assert check_plan(scenario({"objective": objective}), made, totals) == []


def test_a_blank_market_is_named_all() -> None:
    made = {name: table.replace("West", "all") for name, table in tables().items()}
    places = [INPUTS["locations"][0], {**INPUTS["locations"][1], "market": ""}]
    assert findings(made, scenario(locations=places)) == []


def test_without_optional_tables_patients_come_at_once() -> None:
    bare = {name: rows for name, rows in INPUTS.items() if name in
            ("campaigns", "response_curves", "funnel", "appointment_capacity", "patient_value")}  # fmt: skip
    frames = {name: pd.DataFrame([{**COMMON.get(name, {}), **row} for row in rows]) for name, rows in bare.items()}
    frames["campaigns"] = frames["campaigns"].iloc[2:]
    frames["response_curves"] = frames["response_curves"].iloc[2:]
    given = scenario_from_frames({**DEFINITION, "policies": {"extrapolation": 1.5}}, frames)
    made = {name: table for name, table in tables().items() if name not in ("intake", *NO_CARE)}
    made = {name: table[table["location"] == "South"] for name, table in made.items()}
    made = {name: table[table["week"] <= SECOND].assign(market="all") for name, table in made.items()}
    made |= NO_CARE
    made["plan"] = made["plan"].assign(leads=[30.0, 20.0])
    made["leads"] = made["leads"].assign(leads=[30.0, 20.0], answered_in_time=[30.0, 20.0], requests=[15.0, 10.0])
    seen = {"booked": [15.0, 10.0], "visits": [15.0, 10.0]}
    made["leads"], made["bookings"] = made["leads"].assign(**seen), made["bookings"].assign(**seen)
    made["plan"] = made["plan"].assign(bookings=[15.0, 10.0], visits=[15.0, 10.0], value=[3000.0, 2000.0])
    made["capacity"] = made["capacity"].assign(
        **seen, open_slots=20.0, slots_used=seen["booked"], open_slots_left=[5.0, 10.0]
    )
    made["intake"] = tables()["intake"].iloc[:0]
    totals = {"spend": 500, "leads": 50, "bookings": 25, "visits": 25, "gross": 5000, "value": 4500}
    totals |= {**BOUGHT, **FOLLOW_ON}
    assert check_plan(given, made, totals) == []


# Money


@pytest.mark.parametrize(
    ("budget", "check_name", "place"),
    [
        ({"total": 2099.99}, "budget_total", "all weeks together: spend is 2,100, more than 2,099.99"),
        ({"total": 3000, "per_week": 1299.99}, "budget_period", "2026-01-05: spend is 1,300, more than 1,299.99"),
        ({"total": 3000, "per_month": {"2026-01": 2099.99}}, "budget_period", "2026-01: spend is 2,100"),
    ],
)
def test_a_budget_is_passed_by_a_cent(budget: dict[str, Any], check_name: str, place: str) -> None:
    found = findings_of(money, given=scenario({"budget": budget}))
    assert names(found) == {check_name}
    assert place in said(found, check_name)
    assert found[0].amount == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("name", "changed", "said_here"),
    [
        ("search", {"max_weekly_spend": 599.99}, "search, 2026-01-05: spend is 600, more than 599.99"),
        ("social", {"min_weekly_spend": 200.01}, "social, 2026-01-12: spend is 200, less than 200.01"),
        ("south", {"last_week": FIRST}, "south, 2026-01-12: spend is 200, more than 0"),
        ("south", {"first_week": SECOND}, "south, 2026-01-05: spend is 300, more than 0"),
    ],
)
def test_spend_outside_a_campaigns_own_range(name: str, changed: dict[str, Any], said_here: str) -> None:
    found = findings_of(money, given=scenario(campaigns=campaigns(name, **changed)))
    assert names(found) == {"campaign_spend"}
    assert said(found, "campaign_spend") == said_here


def test_spend_beyond_what_the_curve_knows() -> None:
    found = findings_of(money, given=scenario(policies(extrapolation=1.49999)))
    assert [finding.message for finding in found] == ["south, 2026-01-05: spend is 300, more than 299.99"]


def test_spend_that_is_no_whole_number_of_cents() -> None:
    found = findings_of(money, corrupted("plan", 2, recommended_spend=399.995))
    assert said(found, "campaign_spend") == "social, 2026-01-05: spend is 399.995, which in whole cents is 400"


@pytest.mark.parametrize(("spend", "holds"), [(400.03, True), (400.04, False)])
def test_change_limit_leaves_room_for_cents_only(spend: float, holds: bool) -> None:
    message = said(findings_of(money, corrupted("plan", 2, recommended_spend=spend)), "change_limit")
    assert message == ("" if holds else "social, 2026-01-05: spend is 400.04, more than 400")


@pytest.mark.parametrize(("share", "amount"), [(0.3, 300), (0.25, 150), (0.1, 180)])
def test_change_limit_adds_share_and_amount(share: float, amount: float) -> None:
    assert findings_of(money, given=scenario(policies(change_limit={"share": share, "amount": amount}))) == []


def test_change_limit_works_both_ways() -> None:
    found = findings_of(money, given=scenario(policies(change_limit={"share": 0.0, "amount": 199})))
    assert names(found) == {"change_limit"}
    assert said(found, "change_limit").splitlines() == [
        "social, 2026-01-05: spend is 400, more than 399",
        "search, 2026-01-12: spend is 400, less than 401",
        "social, 2026-01-12: spend is 200, less than 201",
    ]
    found = findings_of(money, given=scenario(policies(change_limit={"share": 0.25, "amount": 140})))
    assert said(found, "change_limit") == "social, 2026-01-05: spend is 400, more than 390"
    found = findings_of(money, given=scenario(policies(change_limit={"share": 0.9, "amount": 0})))
    assert said(found, "change_limit") == "social, 2026-01-05: spend is 400, more than 380"


def test_change_limit_spares_the_first_week_of_a_later_flight() -> None:
    strict = policies(change_limit={"share": 0.0, "amount": 0.0})
    assert "south, 2026-01-12" in said(findings_of(money, given=scenario(strict)), "change_limit")
    late_start = scenario(strict, campaigns=campaigns("south", first_week=SECOND))
    assert "south" not in said(findings_of(money, given=late_start), "change_limit")


def test_a_ceiling_of_zero_is_a_pause_that_the_change_limit_spares() -> None:
    found = findings_of(money, corrupted("plan", 5, recommended_spend=0.0))
    assert "south, 2026-01-12: spend is 0, less than 50" in said(found, "change_limit")
    paused = scenario(campaigns=campaigns("south", max_weekly_spend=0))
    found = findings_of(money, given=paused)
    assert said(found, "campaign_spend").splitlines() == [
        "south, 2026-01-05: spend is 300, more than 0",
        "south, 2026-01-12: spend is 200, more than 0",
    ]
    assert "south" not in said(findings_of(money, corrupted("plan", 5, recommended_spend=0.0), paused), "change_limit")


# Leads


def test_a_swapped_pair_of_campaigns_is_found_though_every_sum_of_money_holds() -> None:
    made = tables()
    made["plan"].loc[[1, 3], "recommended_spend"] = [200, 400]
    found = findings(made)
    assert "search, 2026-01-12: plan.leads says 60, computed again it is 30" in said(found, "plan.leads")
    assert "social, 2026-01-12: plan.leads says 7.5, computed again it is 15" in said(found, "plan.leads")
    assert not names(found) & {"budget_total", "budget_period"}


def test_labels_of_two_campaigns_swapped() -> None:
    made = tables()
    made["plan"]["campaign"] = made["plan"]["campaign"].replace({"search": "south", "south": "search"})
    found = findings(made)
    assert names(found) == {"rows"}
    assert "search West South Care Search 2026-01-05: table 'plan' has a row that" in said(found, "rows")


@pytest.mark.parametrize(
    ("table", "changed"),
    [
        ("channels", [{"channel": "Search", "lead_share_week_0": 1.0},
                      {"channel": "Social", "lead_share_week_0": 0.4, "lead_share_week_1": 0.6}]),
        ("campaigns", campaigns("social", current_weekly_spend=200.1)),
    ],
)  # fmt: skip
def test_lag_and_spend_before_the_plan_count(table: str, changed: list[dict[str, Any]]) -> None:
    found = findings(given=scenario(**{table: changed}))
    assert "North Care, 2026-01-05" in said(found, "leads.leads")
    assert said(found, "plan.leads") == ""


def test_demand_and_price_of_overlapping_seasons_multiply() -> None:
    seasons = [*INPUTS["seasonality"], {"market": "West", "channel": "Search", "week": SECOND, "demand_index": 0.5}]
    found = findings(given=scenario(seasonality=seasons))
    assert said(found, "plan.leads") == "south, 2026-01-12: plan.leads says 30, computed again it is 15"


# Intake


def test_a_unit_without_a_team_has_no_late_leads() -> None:
    found = findings_of(operations, corrupted("leads", 3, late=1.0))
    assert said(found, "lead_split") == "South Care, 2026-01-05: late and lost leads is 1, more than 0"


def test_more_late_and_lost_leads_than_leads() -> None:
    found = findings_of(operations, corrupted("leads", 2, late=2.0, lost=2.0))
    assert said(found, "lead_split") == "North Care, 2026-01-19: late and lost leads is 4, more than 3.75"


def test_too_many_leads_answered_in_time() -> None:
    found = findings_of(operations, corrupted("leads", 0, late=4.5 - 0.09))
    assert said(found, "intake_sla").startswith(
        "Desk, 2026-01-05: hours of leads answered in time is 35.05, more than 35"
    )
    assert found[0].amount == pytest.approx(0.05)


def test_too_many_leads_answered_at_all() -> None:
    found = findings_of(operations, corrupted("leads", 1, late=17.5, lost=10.0))
    assert "intake_sla" not in names(found)
    assert said(found, "intake_total").startswith("Desk, 2026-01-12: hours of leads answered is 33.1136")


def test_weeks_after_a_teams_last_row_repeat_it() -> None:
    found = findings(given=scenario(intake_teams=INPUTS["intake_teams"][:1]))
    assert "Desk, 2026-01-19: intake.hours_paid says 32.55, computed again it is 40" in said(found, "intake.hours_paid")


# Appointments


@pytest.mark.parametrize(("row", "column"), [(0, "late"), (1, "late"), (1, "lost")])
def test_late_and_lost_leads_ask_for_less(row: int, column: str) -> None:
    value = tables()["leads"][column].astype(float)[row]
    found = findings_of(operations, corrupted("leads", row, **{column: value + 0.01}))
    place = f"North Care, {(FIRST, SECOND)[row]}"
    assert said(found, "appointment_requests").startswith(place)


@pytest.mark.parametrize(
    ("today", "asking"),
    [(0, 12.875 - 10.85 * 0.1), (250, 12.875 - 10.85 * 8.125 / 25), (1000, 12.875 - 10.85 * 30.625 / 81.25)],
)
def test_what_missed_leads_cost_is_the_average_of_the_leads_of_today(today: float, asking: float) -> None:
    """In the second week no lead is under way from before the plan; 9.3 / 2 + 6.2 = 10.85 hours count in full.

    Search brings 0.15 * today leads of half an hour and 0.2 requests, social 6.25 of an hour and 0.1 requests. At 0
    that is 0.625 requests in 6.25 hours, at 250 it is 8.125 in 25, at 1,000 it is 30.625 in 81.25. The plan's own mix
    is the same in all of them.
    """
    changed = ground_of(scenario(campaigns=campaigns("search", current_weekly_spend=today)))
    for room, holds in ((-0.0001, True), (0.0001, False)):
        made = corrupted("bookings", 3, booked=(asking + room - 6.55) * 0.8)
        message = said(operations(changed, replay(changed, made)), "appointment_requests")
        assert ("North Care, 2026-01-12: patients offered an appointment is" in message) is not holds


@pytest.mark.parametrize(("today", "per_hour"), [(0, 0.5 / 5), (250, 5.5 / 17.5), (1000, 20.5 / 55)])
def test_late_leads_cost_the_average_of_today_whatever_is_under_way(today: float, per_hour: float) -> None:
    """First week: today's leads are 0.5 requests in 5 hours at 0, 5.5 in 17.5 at 250 and 20.5 in 55 at 1,000.

    2.5 late hours lose half of that: 14.75 - 1.25 * per_hour ask.
    """
    changed = ground_of(scenario(campaigns=campaigns("search", current_weekly_spend=today)))
    for room, holds in ((-0.0001, True), (0.0001, False)):
        made = corrupted("bookings", 1, booked=(14.75 - 1.25 * per_hour + room - 10) * 0.8)
        message = said(operations(changed, replay(changed, made)), "appointment_requests")
        assert ("North Care, 2026-01-05: patients offered an appointment is" in message) is not holds


def test_leads_of_today_that_ask_for_less_than_those_under_way_are_the_average() -> None:
    """Half of social's leads ask: 0.5 an hour under way. Today's are 50 * 0.2 + 5 * 0.5 = 12.5 requests in 30 hours.

    The plan's are 60 * 0.2 + 7.5 * 0.5 = 15.75, and two wait; 2.5 late hours lose half of 2.5 * 12.5 / 30.
    """
    search, south, social = INPUTS["funnel"]
    changed = ground_of(scenario(funnel=[search, south, {**social, **HALF}]))
    asking = 15.75 + 2 - 2.5 / 2 * 12.5 / 30
    for room, holds in ((-0.0001, True), (0.0001, False)):
        made = corrupted("bookings", 1, booked=(asking + room - 10) * 0.8)
        message = said(operations(changed, replay(changed, made)), "appointment_requests")
        assert message.startswith("North Care, 2026-01-05: patients offered an appointment is") is not holds


def desk(today: tuple[float, float] = (100, 0), **minutes: float) -> Ground:
    """A desk that is closed, for rich and poor: leads of 0.5 and 0.1 requests, half of that when late.

    A unit of money brings 0.1 leads. ``today`` is the spend of rich and poor; handling takes 60 minutes if not said.
    """
    names, channels = ("rich", "poor"), ("Search", "Social")
    given = scenario(
        {"calendar": {"first_week": FIRST, "weeks": 1}},
        channels=[{"channel": channel} for channel in channels],
        campaigns=[
            {"campaign": name, "location": "North", "service_line": "Care", "channel": channel,
             "current_weekly_spend": spend}
            for name, channel, spend in zip(names, channels, today, strict=True)
        ],
        response_curves=[{"campaign": name, "points": "0:0 1000:100", "observed_max_weekly_spend": 1000}
                         for name in names],
        funnel=[
            {"channel": channel, "handling_minutes": minutes.get(name, 60), **rates}
            for name, channel, rates in zip(names, channels, (HALF, TENTH), strict=True)
        ],
        appointment_capacity=[{"location": "North", "service_line": "Care", "week": FIRST, "new_patient_slots": 99}],
        show_rates=INPUTS["show_rates"][:1],
        intake_teams=[{"intake_team": "Desk", "week": FIRST, "paid_hours": 0}],
    )  # fmt: skip
    return ground_of(given)


def found_at(at: Ground, spend: tuple[float, float], booked: float, *, late: float, lost: float) -> list[Finding]:
    """What is found of late and lost leads and of bookings where so much is spent on rich and on poor."""
    made = {
        "plan": pd.DataFrame({"campaign": ["rich", "poor"], "week": FIRST, "recommended_spend": spend}),
        "leads": tables()["leads"].iloc[:1].assign(late=late, lost=lost),
        "bookings": tables()["bookings"].iloc[:1].assign(booked=booked),
        "intake": tables()["intake"].iloc[:1],
        **NO_CARE,
    }
    found = operations(at, replay(at, made))
    assert names(found) <= {"lead_split", "intake_sla", "intake_total", "appointment_requests", "answered_requests"}
    return found


def said_of_poor(at: Ground, booked: float, *, late: float = 0.0, lost: float = 0.0) -> str:
    """What is said where 100 is spent on poor alone: 10 leads, 1 request."""
    found = found_at(at, (0.0, 100.0), booked, late=late, lost=lost)
    return said(found, "lead_split") + said(found, "appointment_requests")


OFFERED = "North Care, 2026-01-05: patients offered an appointment is"


def test_lost_leads_cost_all_requests_but_never_more_than_there_are() -> None:
    """Ten hours of today's leads would ask 5 times, the plan's ask once: nobody is left, and nobody owes four."""
    closed = desk()
    assert said_of_poor(closed, 0.0, lost=10.0) == ""
    assert said_of_poor(closed, 0.001, lost=10.0) == f"{OFFERED} 0.001, more than 0"


def test_late_leads_cost_all_requests_but_never_more_than_there_are() -> None:
    """Ten late hours of today's leads lose 2.5 requests; three lose 0.75, which leaves 0.25."""
    closed = desk()
    assert said_of_poor(closed, 0.0, late=10.0) == ""
    assert said_of_poor(closed, 0.001, late=10.0) == f"{OFFERED} 0.001, more than 0"
    assert said_of_poor(closed, 0.25, late=3.0) == ""
    assert said_of_poor(closed, 0.251, late=3.0) == f"{OFFERED} 0.251, more than 0.25"


def test_campaigns_count_alike_where_the_unit_gets_no_leads_today() -> None:
    """A lead of each is two hours and 0.6 requests, 0.3 an hour: three lost leads lose 0.9."""
    idle = desk(today=(0, 0))
    assert said_of_poor(idle, 0.1, lost=3.0) == ""
    assert said_of_poor(idle, 0.101, lost=3.0) == f"{OFFERED} 0.101, more than 0.1"


def test_a_paused_campaign_brings_no_leads_today() -> None:
    """Poor's leads alone lose 0.1 an hour; with rich's they would lose 0.3."""
    both = desk(today=(100, 100))
    paused = replace(both, campaigns=both.campaigns.assign(max_weekly_spend=[0.0, np.nan]))
    assert said_of_poor(paused, 0.7, lost=3.0) == ""
    assert said_of_poor(paused, 0.701, lost=3.0) == f"{OFFERED} 0.701, more than 0.7"
    assert said_of_poor(both, 0.101, lost=3.0) == f"{OFFERED} 0.101, more than 0.1"


@pytest.mark.parametrize("rich", [0.0, 60.0])
def test_leads_that_take_no_time_are_neither_late_nor_lost(rich: float) -> None:
    instant = desk(rich=rich, poor=0.0)
    assert said_of_poor(instant, 1.0) == ""
    told = "North Care, 2026-01-05: late and lost leads is 0.001, more than 0"
    assert said_of_poor(instant, 1.0, late=0.001) == said_of_poor(instant, 1.0, lost=0.001) == told


def test_requests_of_leads_that_take_no_time_count_among_those_of_an_hour() -> None:
    """Today 100 on each brings 6 requests in the 10 hours of poor's leads, 0.6 an hour: one lost hour leaves 0.4."""
    closed = desk(today=(100, 100), rich=0.0)
    assert said_of_poor(closed, 0.4, lost=1.0) == ""
    assert said_of_poor(closed, 0.401, lost=1.0) == f"{OFFERED} 0.401, more than 0.4"


def test_lost_leads_are_never_free_though_the_leads_of_today_take_no_time() -> None:
    """Campaigns count alike: a lead of each is 0.6 requests in one hour, so one lost hour leaves 0.4."""
    closed = desk(rich=0.0)
    assert said_of_poor(closed, 0.4, lost=1.0) == ""
    assert said_of_poor(closed, 0.401, lost=1.0) == f"{OFFERED} 0.401, more than 0.4"


@pytest.mark.parametrize(("lost", "answered"), [(10.0, 0.0), (4.0, 3.0)])
def test_more_bookings_than_the_answered_hours_bring(lost: float, answered: float) -> None:
    """100 on rich brings 10 leads, 10 hours and 5 requests. Today's leads are poor's, 0.1 requests an hour.

    Ten lost hours would leave 5 - 10 * 0.1 = 4 requests, four 5 - 4 * 0.1 = 4.6; but of rich's leads an hour brings 0.5
    at most: 0.5 * (10 - 10) = 0 and 0.5 * (10 - 4) = 3.
    """
    closed = desk(today=(0, 100))
    allowed = found_at(closed, (100.0, 0.0), answered, late=0.0, lost=lost)
    assert not names(allowed) & {"appointment_requests", "answered_requests"}
    refused = found_at(closed, (100.0, 0.0), answered + 0.001, late=0.0, lost=lost)
    assert said(refused, "appointment_requests") == ""
    assert said(refused, "answered_requests") == f"{OFFERED} {answered + 0.001:g}, more than {answered:g}"


# Redirects


ONE_MARKET = [{**place, "market": "East"} for place in INPUTS["locations"]]
TO_SOUTH = [{"from_location": "North", "to_location": "South", "acceptance_rate": 0.5}]
"""Half of North's patients who are offered South accept it."""


@cache
def with_redirect() -> Scenario:
    return scenario(locations=ONE_MARKET, redirects=TO_SOUTH)


def redirected(booked: float, *, asked: str = "North", seen: str = "South") -> dict[str, pd.DataFrame]:
    """The plan in which those who would wait in the first week are offered another clinic at once."""
    sent = {"location": asked, "seen_at": seen, "weeks_waited": 0, "visit_week": FIRST, "booked": booked}
    return {name: table.replace("West", "East") for name, table in corrupted("bookings", 1, **sent).items()}


def test_a_redirect_that_is_not_in_the_table() -> None:
    """The table sends North's patients to South, not South's to North, and without the table nobody is sent."""
    unknown = "table 'bookings' has a row that the scenario has not"
    assert "rows" not in names(findings(redirected(2.3), with_redirect()))
    back = redirected(2.3, asked="South", seen="North")
    assert said(findings(back, with_redirect()), "rows") == f"East South Care 2026-01-05 North: {unknown}"
    found = findings(redirected(2.3), scenario(locations=ONE_MARKET))
    assert said(found, "rows") == f"East North Care 2026-01-05 South: {unknown}"


def test_more_redirected_patients_than_accept() -> None:
    """14.3125 patients ask and 10 are seen at home: of the 4.3125 others half accept, 2.15625."""
    assert findings_of(operations, redirected(2.15625), with_redirect()) == []
    found = findings_of(operations, redirected(2.1563), with_redirect())
    assert said(found, "appointment_requests") == f"{OFFERED} 14.3126, more than 14.3125"


def test_redirected_patients_take_slots_where_they_are_seen() -> None:
    """15 and 2.3 patients take 17.3 * 0.9 = 15.57 slots at South, which has 18 * 0.9 - 0.7 = 15.5 of them."""
    fewer = [
        {**row, **({"new_patient_slots": 18, "already_booked": 0.7} if row["location"] == "South" else {})}
        for row in CAPACITY
    ]
    given = scenario(locations=ONE_MARKET, redirects=TO_SOUTH, appointment_capacity=fewer)
    found = findings_of(operations, redirected(2.3), given)
    assert said(found, "appointment_capacity") == "South Care, 2026-01-05: slots used is 15.57, more than 15.5"


# Bookings


@pytest.mark.parametrize(
    ("row", "place"), [(1, "North Care, 2026-01-05"), (3, "North Care, 2026-01-12"), (5, "South Care, 2026-01-05")]
)
def test_more_bookings_than_ask(row: int, place: str) -> None:
    booked = tables()["bookings"]["booked"].astype(float)[row]
    found = findings_of(operations, corrupted("bookings", row, booked=booked + 0.001))
    assert said(found, "appointment_requests").startswith(place)


def test_a_waitlist_counts_in_the_first_week_only() -> None:
    shorter = [{**row, **({"waitlist": 1.99} if "waitlist" in row else {})} for row in CAPACITY]
    found = findings(given=scenario(appointment_capacity=shorter))
    assert names(found) == {"appointment_requests", "leads.waitlist"}
    assert said(found, "appointment_requests").startswith("North Care, 2026-01-05")


@pytest.mark.parametrize(("row", "week"), [(0, FIRST), (2, SECOND)])
def test_more_bookings_than_slots(row: int, week: str) -> None:
    booked = tables()["bookings"]["booked"].astype(float)[row]
    found = findings_of(operations, corrupted("bookings", row, booked=booked + 0.001))
    assert said(found, "appointment_capacity").startswith(f"North Care, {week}: slots used is 9.0009, more than 9")


def test_a_week_that_others_fill_has_no_open_slots() -> None:
    full = [{**row, **({"already_booked": 25} if row["location"] == "South" else {})} for row in CAPACITY]
    found = findings(given=scenario(appointment_capacity=full))
    assert "South Care, 2026-01-05: slots used is 13.5, more than 0" in said(found, "appointment_capacity")
    assert "South Care, 2026-01-26: capacity.open_slots says 18, computed again it is 0" in said(
        found, "capacity.open_slots"
    )


def test_slots_of_weeks_after_the_last_row_repeat_it() -> None:
    closed = [{**row, **({"new_patient_slots": 0} if row["week"] == SECOND else {})} for row in CAPACITY]
    found = findings_of(operations, given=scenario(appointment_capacity=closed))
    assert "North Care, 2026-01-19: slots used is 2.1015, more than 0" in said(found, "appointment_capacity")


@pytest.mark.parametrize(
    "changed",
    [
        {"policies": {**DEFINITION["policies"], "max_weeks_waited": 0}},
        {"show_rates": [INPUTS["show_rates"][0], {**INPUTS["show_rates"][1], "kept_share": 0.0}]},
        {"show_rates": INPUTS["show_rates"][:1]},
    ],
)
def test_a_long_wait_that_may_not_be_offered(changed: dict[str, Any]) -> None:
    given = scenario(changed) if "policies" in changed else scenario(**changed)
    found = said(findings(given=given), "waits").splitlines()
    assert found == [
        "North Care North 2026-01-05 1: a wait of so many weeks may not be offered",
        "North Care North 2026-01-12 1: a wait of so many weeks may not be offered",
    ]


def test_a_short_wait_that_may_not_be_offered() -> None:
    lines = [{**INPUTS["service_lines"][0], "min_weeks_to_visit": 1}]
    found = said(findings(given=scenario(service_lines=lines)), "waits")
    assert "South Care South 2026-01-12 0" in found
    assert "North Care 2026-01-05 1" not in found


def test_a_visit_week_that_is_not_what_the_wait_says() -> None:
    found = findings(corrupted("bookings", 1, visit_week=THIRD))
    assert said(found, "waits") == "North Care North 2026-01-05 1: visit_week is not so many weeks after the week"


# Named limits


LIMITS: list[tuple[dict[str, Any], str]] = [
    ({"quantity": "spend", "location": "North", "per": "week", "max": 1000}, ""),
    ({"quantity": "spend", "location": "North", "per": "week", "max": 999.99},
     "2026-01-05: spend is 1,000, more than 999.99"),
    ({"quantity": "spend", "campaign": "social", "min": 600}, ""),
    ({"quantity": "spend", "campaign": "social", "min": 600.01}, "all weeks together: spend is 600, less than 600.01"),
    ({"quantity": "spend", "channel": "Search", "first_week": SECOND, "max": 599.99},
     "all weeks together: spend is 600, more than 599.99"),
    ({"quantity": "spend", "channel": "Search", "last_week": FIRST, "max": 900}, ""),
    ({"quantity": "spend_share", "market": "West", "max": 500 / 2100}, ""),
    ({"quantity": "spend_share", "market": "West", "max": 0.238},
     "all weeks together: spend_share is 500, more than 499.8"),
    ({"quantity": "spend_share", "market": "West", "per": "week", "min": 0.24},
     "2026-01-05: spend_share is 300, less than 312"),
    ({"quantity": "leads", "channel": "Social", "min": 20, "max": 20}, ""),
    ({"quantity": "leads", "channel": "Social", "min": 20.001}, "all weeks together: leads is 20, less than 20.001"),
    ({"quantity": "leads", "location": "North", "per": "week", "max": 68.7},
     "2026-01-12: leads is 68.75, more than 68.7"),
    ({"quantity": "bookings", "location": "North", "per": "week", "max": 10}, ""),
    ({"quantity": "bookings", "market": "East", "per": "week", "last_week": FIRST, "max": 9.99},
     "2026-01-05: bookings is 10, more than 9.99"),
    ({"quantity": "bookings", "first_week": THIRD, "max": 2.3},
     "all weeks together: bookings is 2.335, more than 2.3"),
    ({"quantity": "visits", "service_line": "Care", "min": 46.3},
     "all weeks together: visits is 46.29, less than 46.3"),
    ({"quantity": "visits", "location": "South", "min": 27, "max": 27}, ""),
]  # fmt: skip


def test_named_limits_are_found_where_they_do_not_hold_and_only_there() -> None:
    rows = [{"limit": f"rule {number}", **limit} for number, (limit, _) in enumerate(LIMITS)]
    found = findings(given=scenario(limits=rows))
    assert names(found) == {"limits"}
    broken = [f"limit 'rule {number}', {message}" for number, (_, message) in enumerate(LIMITS) if message]
    assert said(found, "limits").splitlines() == broken


# Numbers that are shown


def test_a_total_that_is_not_the_sum() -> None:
    raised = {name: value + 0.01 for name, value in TOTALS.items()}
    wrong = check_on(ground(), tables(), raised)
    assert names(wrong) == {"totals"}
    assert [finding.message.split(":")[0] for finding in wrong] == [f"whole plan, {name}" for name in TOTALS]
    assert [finding.amount for finding in wrong] == pytest.approx([0.01] * len(TOTALS))


def test_a_total_that_is_lacking() -> None:
    lacking = check_on(ground(), tables(), {})
    assert names(lacking) == {"totals"}
    assert [finding.message.split(":")[0] for finding in lacking] == [f"whole plan, {name}" for name in TOTALS]


@pytest.mark.parametrize(
    ("table", "decided"), [("leads", {"late", "lost"}), ("capacity", set()), ("intake", {"overflow_hours"})]
)
def test_every_shown_number_is_found_again(table: str, decided: set[str]) -> None:
    made = tables()
    columns = [column for column in check_rows.NUMBERS[table] if column not in decided]
    made[table] = made[table].astype(dict.fromkeys(columns, float))
    made[table].loc[0, columns] += 0.001
    found = findings(made)
    assert sorted(finding.check for finding in found) == sorted(f"{table}.{column}" for column in columns)
    place = "Desk" if table == "intake" else "North Care"
    assert all(finding.message.startswith(f"{place}, {FIRST}: ") for finding in found)
    assert [finding.amount for finding in found] == pytest.approx([0.001] * len(columns))


def test_visits_of_a_booking_are_found_again() -> None:
    found = findings(corrupted("bookings", 0, visits=9.001))
    assert [finding.check for finding in found] == ["bookings.visits"]
    assert found[0].message.startswith("North Care North 0, 2026-01-05: ")


def test_what_a_campaign_brings_is_found_again() -> None:
    found = findings(corrupted("plan", 0, change=100.001, leads=60.001))
    assert [finding.check for finding in found] == ["plan.change", "plan.leads"]
    assert all(finding.message.startswith("search, 2026-01-05: ") for finding in found)


@pytest.mark.parametrize(
    ("column", "most", "left"),
    [("bookings", 22.335, 12.335), ("visits", 19.29, 10.59), ("value", 1929, 1059)],
)
def test_campaigns_share_no_more_than_their_unit_has(column: str, most: float, left: float) -> None:
    assert findings(corrupted("plan", 0, **{column: left})) == []
    found = findings(corrupted("plan", 0, **{column: left + 0.01}))
    assert [finding.check for finding in found] == ["plan.shares"]
    assert found[0].message.startswith(f"North Care, {column}: ")
    assert found[0].message.endswith(f"more than {most:,.10g}")


def test_every_number_of_the_plan_depends_on_its_spend() -> None:
    found = findings(corrupted("plan", 5, recommended_spend=199.0))
    assert {"plan.leads", "leads.leads", "leads.requests", "appointment_requests", "totals"} <= names(found)


# Rows and columns


@pytest.mark.parametrize("table", list(TABLES))
@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_what_is_no_number_is_named(table: str, number: float) -> None:
    columns = check_rows.NUMBERS[table]
    found = findings(corrupted(table, 1, **dict.fromkeys(columns, number)))
    assert names(found) == {"numbers"}
    assert [message.split(": ")[1] for message in said(found, "numbers").splitlines()] == [
        f"{table}.{column} is not a finite number" for column in tables()[table].columns if column in columns
    ]


def test_further_columns_must_be_numbers_too() -> None:
    made = tables()
    made["capacity"]["price"] = [0.0] * 7 + [np.nan]
    assert said(findings(made), "numbers") == "South Care 2026-01-26: capacity.price is not a finite number"


@pytest.mark.parametrize(
    ("table", "column"),
    [("plan", "recommended_spend"), ("leads", "late"), ("leads", "lost"), ("bookings", "booked")],
)
def test_decisions_are_not_negative(table: str, column: str) -> None:
    found = findings(corrupted(table, 1, **{column: -0.5}))
    assert [finding.check for finding in found] == ["numbers"]
    assert found[0].message.endswith(f"{table}.{column} is below zero")
    assert found[0].amount == 0.5


@pytest.mark.parametrize("table", ["plan", "leads", "capacity", "intake"])
def test_a_missing_row_is_named(table: str) -> None:
    made = tables()
    made[table] = made[table].drop(index=1)
    found = findings(made)
    assert names(found) == {"rows"}
    assert f"2026-01-12: table '{table}' lacks this row" in found[0].message


def test_a_booking_that_is_not_there_is_missed_in_the_sums() -> None:
    made = tables()
    made["bookings"] = made["bookings"].drop(index=3)
    assert {"leads.booked", "capacity.booked", "totals"} <= names(findings(made))


def test_a_plan_without_any_booking_is_judged_like_all_others() -> None:
    made = tables()
    made["bookings"] = made["bookings"].iloc[:0]
    assert {"leads.booked", "capacity.booked", "plan.shares", "totals"} <= names(findings(made))
    made["leads"] = made["leads"].assign(booked=0.0, visits=0.0)
    opened = made["capacity"]["open_slots"]
    made["capacity"] = made["capacity"].assign(booked=0.0, slots_used=0.0, visits=0.0, open_slots_left=opened)
    made["plan"] = made["plan"].assign(bookings=0.0, visits=0.0, value=0.0)
    assert check_on(ground(), made, {**TOTALS, "bookings": 0, "visits": 0, "gross": 0, "value": -2100}) == []


@pytest.mark.parametrize("table", list(TABLES))
def test_a_row_that_is_there_twice_is_named(table: str) -> None:
    made = tables()
    made[table] = pd.concat([made[table], made[table].iloc[[1]]])
    found = findings(made)
    assert names(found) == {"rows"}
    assert f"table '{table}' has this row twice" in found[0].message


@pytest.mark.parametrize("table", list(TABLES))
@pytest.mark.parametrize("label", ["2026-01-06", None])
def test_an_unknown_or_missing_week_is_named(table: str, label: str | None) -> None:
    found = findings(corrupted(table, 1, week=label))
    assert f"table '{table}' has a row that the scenario has not" in said(found, "rows")


@pytest.mark.parametrize("label", ["market", "location", "service_line"])
def test_an_unknown_place_is_named(label: str) -> None:
    for table in ("plan", "leads", "bookings", "capacity"):
        found = findings(corrupted(table, 0, **{label: "Nowhere"}))
        assert "Nowhere" in said(found, "rows")


def test_tables_and_columns_must_be_there() -> None:
    made = tables()
    del made["leads"]
    made["intake"] = made["intake"].drop(columns="lost")
    made["plan"]["leads"] = made["plan"]["leads"].astype(str)
    made["plan"]["week"] = pd.to_datetime(made["plan"]["week"])
    assert {finding.message for finding in findings(made)} == {
        "the table 'leads' is not there",
        "table 'intake' has no column 'lost'",
        "plan.leads does not hold numbers",
        "plan.week does not hold text",
    }


def test_no_more_places_are_named_than_a_person_reads() -> None:
    weeks = pd.date_range("2026-01-05", periods=30, freq="7D").strftime("%Y-%m-%d")
    used = pd.DataFrame([np.full(30, 2.0)], index=["here"], columns=list(weeks))
    found = check_comparison.at_most("slots", "slots used", used, used - 1)
    assert len(found) == check_comparison.MOST_NAMED + 1
    assert found[-1].message == "and in 10 more places: slots used is ..., more than ..."


# Independence

FORBIDDEN = (
    "optimizer.model", "optimizer.solve", "optimizer.lp", "optimizer.scenario.facts", "optimizer.scenario.layout",
    "optimizer.scenario.match", "optimizer.response.envelope", "optimizer.response.forecast",
    "optimizer.response.steps", "optimizer.intake.capacity", "optimizer.plan.outcome",
    "optimizer.plan.tables",
)  # fmt: skip


CHECKER = sorted(
    path for start in ("check", "recompute") for path in Path(check_rows.__file__).parent.glob(f"{start}*.py")
)


def test_every_module_of_the_checker_is_looked_at() -> None:
    assert {path.stem for path in CHECKER} == {
        "check", "check_comparison", "check_gates", "check_limit_report", "check_limits", "check_losses",
        "check_money", "check_operations", "check_pathways", "check_resources", "check_room", "check_rows",
        "check_tables", "check_whole", "recompute", "recompute_channels", "recompute_directory", "recompute_gates",
        "recompute_ground", "recompute_pathways", "recompute_register", "recompute_sheets", "recompute_tables",
    }  # fmt: skip


@pytest.mark.parametrize("path", CHECKER, ids=lambda path: path.stem)
def test_the_checker_shares_no_code_with_the_model_or_the_solver(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    assert any(name.startswith("optimizer.") for name in imported)
    assert [name for name in imported if name.startswith(FORBIDDEN)] == []
