"""A plan worked out by hand passes; each kind of mistake in it is found, under the right name and at the right place.

Clinic North has the team Desk and runs search (no lag) and social (half of the leads come a week later); clinic South
has no team and runs south. Two weeks are planned, so leads come in three weeks and visits in four.

* Leads for a unit of money: search 0.1, social 0.05 of which half are valid, south 0.1. In the second week demand is
  1.5, and at South 1.5 * 2 = 3 at twice the price of media. Social spent 200 a week before the plan: 10 leads, 5 valid,
  2.5 of them still to come.
* Requests per lead 0.8 * 0.5 * 0.5 = 0.2, 0.1 and 0.5, half of that when answered late; hours per lead 0.5, 1 and 0.5.
* One of two agents is on contacts at a time. With a level of 10 % answered at once, Erlang C for one agent is
  1 - load = 0.1: 90 % of its time. First week: 45 in time and 50 in all, less 10 for other contacts.
* North, first week: 37.5 hours of 67.5 leads, 35 in time, so 4.5 average leads are late; they ask 4.5/67.5 * 12.75 / 2
  = 0.425 times less: 12.75 - 0.425 + 2 waiting = 14.325 ask. Ten fit into (12 * 0.9 - 1 - 0.8) / 0.9 slots; of the
  4.325 others 80 % wait a week: 3.46.
* North, second week: 38.75 hours of 68.75 leads, 23.25 in time, 32.55 paid: 16.5 late, 11 lost. They ask
  12.875 * (16.5 / 2 + 11) / 68.75 = 3.605 times less: 9.27. 6.54 fit, 2.73 * 0.8 = 2.184 wait.
"""

from __future__ import annotations

import ast
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer.errors import Finding
from optimizer.plan import check, recompute
from optimizer.plan.check import check_plan
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
    East North Care 2026-01-05 67.5  63    4.5   0 12.75  2 13.46  11.595
    East North Care 2026-01-12 68.75 41.25 16.5 11 12.875 0  8.724  7.524
    East North Care 2026-01-19  3.75  3.75 0     0  0.375 0  0.375  0.3375
    West South Care 2026-01-05 30    30    0     0 15     0 15     13.5
    West South Care 2026-01-12 30    30    0     0 15     0 15     13.5
    West South Care 2026-01-19  0     0    0     0  0     0  0      0
    """,
    "bookings": """
    market location service_line week weeks_waited visit_week booked visits
    East North Care 2026-01-05 0 2026-01-05 10    9
    East North Care 2026-01-05 1 2026-01-12  3.46 2.595
    East North Care 2026-01-12 0 2026-01-12  6.54 5.886
    East North Care 2026-01-12 1 2026-01-19  2.184 1.638
    East North Care 2026-01-19 0 2026-01-19  0.375 0.3375
    West South Care 2026-01-05 0 2026-01-05 15    13.5
    West South Care 2026-01-12 0 2026-01-12 15    13.5
    """,
    "capacity": """
    market location service_line week \
        new_patient_slots already_booked expected_baseline_bookings open_slots booked slots_used open_slots_left \
        visits third_next_available_days
    East North Care 2026-01-05 12 1 0.8  9 10     9      0       9     4
    East North Care 2026-01-12 10 0 0    9 10     9      0       8.481 4
    East North Care 2026-01-19 10 0 0    9  2.559 2.3031 6.6969 1.9755 4
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

CAPACITY = INPUTS["appointment_capacity"]
TOTALS = {"spend": 2100, "leads": 200, "bookings": 52.559, "visits": 46.4565, "gross": 7345.65, "value": 5245.65}


def scenario(definition: dict[str, Any] | None = None, **changed: list[dict[str, Any]]) -> Scenario:
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


def tables() -> dict[str, pd.DataFrame]:
    return {name: pd.read_csv(StringIO(text), sep=r"\s+") for name, text in TABLES.items()}


def corrupted(name: str, row: int, **values: Any) -> dict[str, pd.DataFrame]:
    made = tables()
    for column, value in values.items():
        if isinstance(value, float):
            made[name][column] = made[name][column].astype(float)
        made[name].loc[row, column] = value
    return made


def findings(made: dict[str, pd.DataFrame] | None = None, given: Scenario | None = None) -> list[Finding]:
    return check_plan(given or as_given(), made or tables(), TOTALS)


def said(found: list[Finding], check_name: str) -> str:
    return "\n".join(finding.message for finding in found if finding.check == check_name)


def names(found: list[Finding]) -> set[str]:
    return {finding.check for finding in found}


# What passes


def test_the_plan_worked_out_by_hand_passes() -> None:
    assert findings() == []


def test_rows_in_any_order_pass() -> None:
    shuffled = {name: table.sample(frac=1, random_state=3) for name, table in tables().items()}
    inputs = {name: list(reversed(rows)) for name, rows in INPUTS.items()}
    assert findings(shuffled, scenario(**inputs)) == []


@pytest.mark.parametrize(
    ("objective", "gross", "value"),
    [
        ("first_visit_margin", 10 * 19.4565 + 20 * 27, 10 * 19.4565 + 20 * 27 - 2100),
        ("visits", 46.4565, 46.4565),
        ("bookings", 52.559, 52.559),
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
    frames["campaigns"] = frames["campaigns"][lambda rows: rows["campaign"] == "south"]
    frames["response_curves"] = frames["response_curves"].iloc[2:]
    given = scenario_from_frames({**DEFINITION, "policies": {"extrapolation": 1.5}}, frames)
    made = {name: table[table["location"] == "South"] for name, table in tables().items() if name != "intake"}
    made = {name: table[table["week"] <= SECOND].assign(market="all") for name, table in made.items()}
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
    found = findings(given=scenario({"budget": budget}))
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
    found = findings(given=scenario(campaigns=campaigns(name, **changed)))
    assert names(found) == {"campaign_spend"}
    assert said(found, "campaign_spend") == said_here


def test_spend_beyond_what_the_curve_knows() -> None:
    found = findings(given=scenario(policies(extrapolation=1.49999)))
    assert [finding.message for finding in found] == ["south, 2026-01-05: spend is 300, more than 299.99"]


def test_spend_that_is_no_whole_number_of_cents() -> None:
    found = findings(corrupted("plan", 2, recommended_spend=399.995))
    assert said(found, "campaign_spend") == "social, 2026-01-05: spend is 399.995, which in whole cents is 400"


@pytest.mark.parametrize(("spend", "holds"), [(400.03, True), (400.04, False)])
def test_change_limit_leaves_room_for_cents_only(spend: float, holds: bool) -> None:
    message = said(findings(corrupted("plan", 2, recommended_spend=spend)), "change_limit")
    assert message == ("" if holds else "social, 2026-01-05: spend is 400.04, more than 400")


@pytest.mark.parametrize(("share", "amount"), [(0.3, 300), (0.25, 150), (0.1, 180)])
def test_change_limit_adds_share_and_amount(share: float, amount: float) -> None:
    assert findings(given=scenario(policies(change_limit={"share": share, "amount": amount}))) == []


def test_change_limit_works_both_ways() -> None:
    found = findings(given=scenario(policies(change_limit={"share": 0.0, "amount": 199})))
    assert names(found) == {"change_limit"}
    assert said(found, "change_limit").splitlines() == [
        "social, 2026-01-05: spend is 400, more than 399",
        "search, 2026-01-12: spend is 400, less than 401",
        "social, 2026-01-12: spend is 200, less than 201",
    ]
    found = findings(given=scenario(policies(change_limit={"share": 0.25, "amount": 140})))
    assert said(found, "change_limit") == "social, 2026-01-05: spend is 400, more than 390"
    found = findings(given=scenario(policies(change_limit={"share": 0.9, "amount": 0})))
    assert said(found, "change_limit") == "social, 2026-01-05: spend is 400, more than 380"


def test_change_limit_spares_the_first_week_of_a_later_flight() -> None:
    strict = policies(change_limit={"share": 0.0, "amount": 0.0})
    assert "south, 2026-01-12" in said(findings(given=scenario(strict)), "change_limit")
    late_start = scenario(strict, campaigns=campaigns("south", first_week=SECOND))
    assert "south" not in said(findings(given=late_start), "change_limit")


def test_a_ceiling_of_zero_is_a_pause_that_the_change_limit_spares() -> None:
    found = findings(corrupted("plan", 5, recommended_spend=0.0))
    assert "south, 2026-01-12: spend is 0, less than 50" in said(found, "change_limit")
    paused = scenario(campaigns=campaigns("south", max_weekly_spend=0))
    found = findings(given=paused)
    assert said(found, "campaign_spend").splitlines() == [
        "south, 2026-01-05: spend is 300, more than 0",
        "south, 2026-01-12: spend is 200, more than 0",
    ]
    assert "south" not in said(findings(corrupted("plan", 5, recommended_spend=0.0), paused), "change_limit")


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
    found = findings(corrupted("leads", 3, late=1.0))
    assert said(found, "lead_split") == "South Care, 2026-01-05: late and lost leads is 1, more than 0"


def test_more_late_and_lost_leads_than_leads() -> None:
    found = findings(corrupted("leads", 2, late=2.0, lost=2.0))
    assert said(found, "lead_split") == "North Care, 2026-01-19: late and lost leads is 4, more than 3.75"


def test_too_many_leads_answered_in_time() -> None:
    found = findings(corrupted("leads", 0, late=4.5 - 0.09))
    assert said(found, "intake_sla").startswith(
        "Desk, 2026-01-05: hours of leads answered in time is 35.05, more than 35"
    )
    assert found[0].amount == pytest.approx(0.05)


def test_too_many_leads_answered_at_all() -> None:
    found = findings(corrupted("leads", 1, late=17.5, lost=10.0))
    assert "intake_sla" not in names(found)
    assert said(found, "intake_total").startswith("Desk, 2026-01-12: hours of leads answered is 33.1136")


def test_weeks_after_a_teams_last_row_repeat_it() -> None:
    found = findings(given=scenario(intake_teams=INPUTS["intake_teams"][:1]))
    assert "Desk, 2026-01-19: intake.hours_paid says 32.55, computed again it is 40" in said(found, "intake.hours_paid")


# Appointments


@pytest.mark.parametrize(("row", "column"), [(0, "late"), (1, "late"), (1, "lost")])
def test_late_and_lost_leads_ask_for_less(row: int, column: str) -> None:
    value = float(tables()["leads"].loc[row, column])
    found = findings(corrupted("leads", row, **{column: value + 0.01}))
    place = f"North Care, {(FIRST, SECOND)[row]}"
    assert said(found, "appointment_requests").startswith(place)


@pytest.mark.parametrize(
    ("row", "place"), [(1, "North Care, 2026-01-05"), (3, "North Care, 2026-01-12"), (5, "South Care, 2026-01-05")]
)
def test_more_bookings_than_ask(row: int, place: str) -> None:
    booked = float(tables()["bookings"].loc[row, "booked"])
    found = findings(corrupted("bookings", row, booked=booked + 0.001))
    assert said(found, "appointment_requests").startswith(place)


def test_a_waitlist_counts_in_the_first_week_only() -> None:
    shorter = [{**row, **({"waitlist": 1.99} if "waitlist" in row else {})} for row in CAPACITY]
    found = findings(given=scenario(appointment_capacity=shorter))
    assert names(found) == {"appointment_requests", "leads.waitlist"}
    assert said(found, "appointment_requests").startswith("North Care, 2026-01-05")


@pytest.mark.parametrize(("row", "week"), [(0, FIRST), (2, SECOND)])
def test_more_bookings_than_slots(row: int, week: str) -> None:
    booked = float(tables()["bookings"].loc[row, "booked"])
    found = findings(corrupted("bookings", row, booked=booked + 0.001))
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
    found = findings(given=scenario(appointment_capacity=closed))
    assert "North Care, 2026-01-19: slots used is 2.3031, more than 0" in said(found, "appointment_capacity")


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
        "North Care 2026-01-05 1: a wait of so many weeks may not be offered",
        "North Care 2026-01-12 1: a wait of so many weeks may not be offered",
    ]


def test_a_short_wait_that_may_not_be_offered() -> None:
    lines = [{**INPUTS["service_lines"][0], "min_weeks_to_visit": 1}]
    found = said(findings(given=scenario(service_lines=lines)), "waits")
    assert "South Care 2026-01-12 0" in found
    assert "North Care 2026-01-05 1" not in found


def test_a_visit_week_that_is_not_what_the_wait_says() -> None:
    found = findings(corrupted("bookings", 1, visit_week=THIRD))
    assert said(found, "waits") == "North Care 2026-01-05 1: visit_week is not so many weeks after the week"


# Named limits


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ({"quantity": "spend", "location": "North", "per": "week", "max": 1000}, ""),
        ({"quantity": "spend", "location": "North", "per": "week", "max": 999.99},
         "limit 'rule', 2026-01-05: spend is 1,000, more than 999.99"),
        ({"quantity": "spend", "campaign": "social", "min": 600}, ""),
        ({"quantity": "spend", "campaign": "social", "min": 600.01},
         "limit 'rule', all weeks together: spend is 600, less than 600.01"),
        ({"quantity": "spend", "channel": "Search", "first_week": SECOND, "max": 599.99},
         "limit 'rule', all weeks together: spend is 600, more than 599.99"),
        ({"quantity": "spend", "channel": "Search", "last_week": FIRST, "max": 900}, ""),
        ({"quantity": "spend_share", "market": "West", "max": 500 / 2100}, ""),
        ({"quantity": "spend_share", "market": "West", "max": 0.238},
         "limit 'rule', all weeks together: spend_share is 500, more than 499.8"),
        ({"quantity": "spend_share", "market": "West", "per": "week", "min": 0.24},
         "limit 'rule', 2026-01-05: spend_share is 300, less than 312"),
        ({"quantity": "leads", "channel": "Social", "min": 20, "max": 20}, ""),
        ({"quantity": "leads", "channel": "Social", "min": 20.001},
         "limit 'rule', all weeks together: leads is 20, less than 20.001"),
        ({"quantity": "leads", "location": "North", "per": "week", "max": 68.7},
         "limit 'rule', 2026-01-12: leads is 68.75, more than 68.7"),
        ({"quantity": "bookings", "location": "North", "per": "week", "max": 10}, ""),
        ({"quantity": "bookings", "market": "East", "per": "week", "last_week": FIRST, "max": 9.99},
         "limit 'rule', 2026-01-05: bookings is 10, more than 9.99"),
        ({"quantity": "bookings", "first_week": THIRD, "max": 2.5},
         "limit 'rule', all weeks together: bookings is 2.559, more than 2.5"),
        ({"quantity": "visits", "service_line": "Care", "min": 46.46},
         "limit 'rule', all weeks together: visits is 46.4565, less than 46.46"),
        ({"quantity": "visits", "location": "South", "min": 27, "max": 27}, ""),
    ],
)  # fmt: skip
def test_named_limits(limit: dict[str, Any], message: str) -> None:
    found = findings(given=scenario(limits=[{"limit": "rule", **limit}]))
    assert names(found) <= {"limits"}
    assert said(found, "limits") == message


# Numbers that are shown


@pytest.mark.parametrize("name", list(TOTALS))
def test_a_total_that_is_not_the_sum(name: str) -> None:
    wrong = check_plan(as_given(), tables(), {**TOTALS, name: TOTALS[name] + 0.01})
    assert [finding.check for finding in wrong] == ["totals"]
    assert wrong[0].message.startswith(f"whole plan, {name}:")
    assert wrong[0].amount == pytest.approx(0.01)
    lacking = check_plan(as_given(), tables(), {key: value for key, value in TOTALS.items() if key != name})
    assert [finding.check for finding in lacking] == ["totals"]


CHECKED = {
    **{("plan", column): f"plan.{column}" for column in ("change", "leads")},
    **{("plan", column): "plan.shares" for column in ("bookings", "visits", "value")},
    ("bookings", "visits"): "bookings.visits",
    **{
        (table, column): f"{table}.{column}"
        for table in ("leads", "capacity", "intake")
        for column in check._NUMBERS[table]
        if (table, column) not in {("leads", "late"), ("leads", "lost")}
    },
}


@pytest.mark.parametrize(("table", "column"), CHECKED)
def test_every_shown_number_is_found_again(table: str, column: str) -> None:
    value = float(tables()[table].loc[0, column])
    raised = 0.001 if CHECKED[table, column] != "plan.shares" else 5000.0
    found = findings(corrupted(table, 0, **{column: value + raised}))
    assert names(found) == {CHECKED[table, column]}
    place = {"intake": "Desk", "plan": "search"}.get(table, "North Care")
    assert ("North Care" if raised > 1 else place) in found[0].message


def test_every_number_of_the_plan_depends_on_its_spend() -> None:
    found = findings(corrupted("plan", 5, recommended_spend=199.0))
    assert {"plan.leads", "leads.leads", "leads.requests", "appointment_requests", "totals"} <= names(found)


# Rows and columns


@pytest.mark.parametrize("table", list(TABLES))
@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_what_is_no_number_is_named(table: str, number: float) -> None:
    columns = check._NUMBERS[table]
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
    found = check._at_most("slots", "slots used", used, used - 1)
    assert len(found) == check.MOST_NAMED + 1
    assert found[-1].message == "and in 10 more places: slots used is ..., more than ..."


# Independence

FORBIDDEN = (
    "optimizer.model", "optimizer.solve", "optimizer.lp", "optimizer.scenario.facts", "optimizer.scenario.match",
    "optimizer.response.forecast", "optimizer.response.steps", "optimizer.intake.capacity", "optimizer.plan.outcome",
    "optimizer.plan.tables",
)  # fmt: skip


@pytest.mark.parametrize("module", [check, recompute])
def test_the_checker_shares_no_code_with_the_model_or_the_solver(module: Any) -> None:
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    assert any(name.startswith("optimizer.") for name in imported)
    assert [name for name in imported if name.startswith(FORBIDDEN)] == []
