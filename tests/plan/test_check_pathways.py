"""Follow-on visits and shared minutes of a plan, worked out by hand; a wrong number in any place of them is found.

Orthopaedics, imaging and physical therapy at North as in :mod:`tests.care`: 100 visits, 50 scans needed and 30 seen a
week later, 12 therapies needed and 10 seen two weeks after that. A scan takes 20 minutes of a machine that has 700, 60
of them for others.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer import api
from optimizer.errors import Finding
from optimizer.plan.check import check_plan
from optimizer.plan.planner import Plan
from optimizer.plan.summary import totals
from tests.care import SCANS, WORTH, care
from tests.small import WEEKS, campaign

MACHINE = [{"resource": "MRI", "week": WEEKS[0], "minutes_available": 700, "minutes_baseline": 60}]
USE = [{"resource": "MRI", "service_line": "Scan", "minutes_per_visit": 20}]


@cache
def plan() -> Plan:
    return api.plan(care(tables={"shared_resources": MACHINE, "resource_use": USE}))


def corrupted(name: str, row: int, column: str, value: Any) -> list[Finding]:
    tables = {table: frame.copy() for table, frame in plan().tables.items()}
    tables[name].loc[tables[name].index[row], column] = value
    return check_plan(plan().scenario, tables, totals(plan().outcome))


def names(found: list[Finding]) -> set[str]:
    return {finding.check for finding in found}


def test_what_follows_from_the_visits_by_hand() -> None:
    """20 scans and 2 therapies are lost: 20 * 200 and 2 * 50. All is worth 10,000 + 6,000 + 500 less 1,000."""
    rows = plan().frame("pathways").set_index(["service_line", "to_line", "week"]).round(6)
    numbers = ["wanted", "served", "leaked", "leaked_value", "value"]
    assert rows.loc[("Ortho", "Scan", WEEKS[1]), numbers].tolist() == [50, 30, 20, 4000, 6000]
    assert rows.loc[("Scan", "Therapy", WEEKS[3]), numbers].tolist() == [12, 10, 2, 100, 500]
    assert len(rows) == 2
    found = totals(plan().outcome)
    assert found["visits"] == pytest.approx(100)
    assert found["follow_on_visits"] == pytest.approx(40)
    assert found["follow_on_value"] == pytest.approx(6500)
    assert found["leaked_visits"] == pytest.approx(22)
    assert found["leaked_value"] == pytest.approx(4100)
    assert plan().value == pytest.approx(15_500)


def test_a_campaign_is_worth_what_its_patients_lead_to() -> None:
    """Each of the 100 visits leads to 0.3 scans and 0.1 therapies: 60 and 5 beside its own 100."""
    row = plan().frame().iloc[0]
    assert row["visits"] == pytest.approx(100)
    assert row["follow_on_visits"] == pytest.approx(40)
    assert row["follow_on_value"] == pytest.approx(6500)
    assert row["value"] == pytest.approx(16_500)


def test_slots_and_minutes_by_hand() -> None:
    """30 scans use 30 slots and 30 * 20 = 600 of 640 minutes in their week: (600 + 60) / 700 of the machine."""
    capacity = plan().frame("capacity").set_index(["service_line", "week"])
    assert capacity.loc[("Scan", WEEKS[1]), ["follow_on_visits", "slots_used", "open_slots_left"]].tolist() == (
        pytest.approx([30, 30, 0], abs=1e-6)
    )
    assert capacity["booked"].sum() == pytest.approx(100)
    minutes = plan().frame("resources").set_index("week").loc[WEEKS[1]]
    assert minutes["minutes_used"] == pytest.approx(600)
    assert minutes["utilisation"] == pytest.approx(660 / 700)
    assert minutes["price"] == pytest.approx(0, abs=1e-9)


def test_the_plan_passes_its_checks() -> None:
    assert check_plan(plan().scenario, plan().tables, totals(plan().outcome)) == []


@pytest.mark.parametrize("column", ["wanted", "served", "leaked", "leaked_value", "value"])
@pytest.mark.parametrize("row", [0, 1])
def test_every_number_of_a_pathway_is_found_again(row: int, column: str) -> None:
    found = corrupted("pathways", row, column, float(plan().tables["pathways"][column].iloc[row]) + 0.01)
    assert names(found) == {"pathways"}
    assert found[0].message.startswith(("North Ortho Scan", "North Scan Therapy")[row])


def test_the_worth_of_follow_on_visits_is_found_again() -> None:
    assert names(corrupted("follow_on", 0, "value", 6000.1)) == {"follow_on"}


def test_more_follow_on_visits_than_follow() -> None:
    """51 scans of 50 that are needed: too many by one, and too many for 30 slots and 640 minutes as well."""
    found = corrupted("follow_on", 0, "visits", 51.0)
    assert {"care_pathway", "appointment_capacity", "shared_resource", "totals"} <= names(found)
    (message,) = [finding.message for finding in found if finding.check == "care_pathway"]
    assert message == f"North Ortho Scan {WEEKS[1]}, served: follow-on visits is 51, more than 50"


def test_therapies_without_scans() -> None:
    """Ten scans instead of 30 need 4 therapies, and ten are seen."""
    found = [
        finding.message for finding in corrupted("follow_on", 0, "visits", 10.0) if finding.check == "care_pathway"
    ]
    assert found == [f"North Scan Therapy {WEEKS[3]}, served: follow-on visits is 10, more than 4"]


@pytest.mark.parametrize("column", ["minutes_available", "minutes_baseline", "minutes_used", "utilisation"])
def test_every_number_of_a_resource_is_found_again(column: str) -> None:
    value = float(plan().tables["resources"][column].iloc[1])
    assert names(corrupted("resources", 1, column, value + 0.01)) == {f"resources.{column}"}


@pytest.mark.parametrize("column", ["follow_on_visits", "follow_on_value", "value"])
def test_campaigns_claim_no_more_than_follows(column: str) -> None:
    value = float(plan().tables["plan"][column].iloc[0])
    assert names(corrupted("plan", 0, column, value + 0.1)) == {"plan.shares"}


def test_follow_on_visits_of_a_clinic_are_found_again() -> None:
    assert names(corrupted("capacity", 0, "follow_on_visits", 1.0)) == {"capacity.follow_on_visits"}


@pytest.mark.parametrize("name", ["follow_on_visits", "follow_on_value", "leaked_visits", "leaked_value", "gross"])
def test_totals_are_found_again(name: str) -> None:
    wrong = {**totals(plan().outcome)}
    wrong[name] += 0.1
    (found,) = check_plan(plan().scenario, plan().tables, wrong)
    assert found.message.startswith(f"whole plan, {name}: ")


@pytest.mark.parametrize("table", ["pathways", "follow_on", "resources"])
def test_rows_that_are_unknown_doubled_or_no_numbers(table: str) -> None:
    number = {"pathways": "served", "follow_on": "visits", "resources": "minutes_used"}[table]
    assert names(corrupted(table, 0, "week", "2031-01-06")) == {"rows"}
    assert names(corrupted(table, 0, number, np.nan)) == {"numbers"}
    twice = {**plan().tables, table: pd.concat([plan().tables[table], plan().tables[table].iloc[:1]])}
    assert names(check_plan(plan().scenario, twice, totals(plan().outcome))) == {"rows"}


@pytest.mark.parametrize(
    ("table", "check"), [("pathways", "pathways"), ("follow_on", "pathways"), ("resources", "rows")]
)
def test_a_row_that_lacks_is_missed(table: str, check: str) -> None:
    fewer = {**plan().tables, table: plan().tables[table].iloc[1:]}
    assert check in names(check_plan(plan().scenario, fewer, totals(plan().outcome)))


def test_a_clinic_that_may_not_see_the_patients() -> None:
    assert names(corrupted("follow_on", 0, "seen_at", "South")) == {"rows"}


def test_the_least_spend_leads_on_but_counts_nothing() -> None:
    """40 visits for 400; 20 scans and 8 therapies follow, and the plan is worth the money that it costs, no more."""
    goal = {"limit": "visits", "quantity": "visits", "min": 40}
    made = api.plan(care(objective="min_spend", tables={"limits": [goal]}))
    found = totals(made.outcome)
    assert made.value == pytest.approx(-400, abs=0.02)
    assert found["follow_on_visits"] == pytest.approx(28, rel=1e-3)
    assert found["follow_on_value"] == 0
    assert check_plan(made.scenario, made.tables, found) == []


def test_lost_leads_book_nobody_however_much_a_visit_leads_to() -> None:
    """Social must spend 800, far more of its poor leads than today's mix has, and the desk cannot answer them all.

    By that mix more requests are lost than there are, and a request is worth 10 here and 50 for the scan that follows.
    """
    funnel = [
        {"service_line": "Ortho", "channel": channel, "booking_rate": rate, "handling_minutes": 30}
        for channel, rate in (("Search", 1.0), ("Social", 0.1))
    ]
    desk = [
        {"intake_team": "Desk", "week": week, "agents": 2, "paid_hours": 30, "handling_minutes": 20} for week in WEEKS
    ]
    scenario = care(
        campaigns=[
            campaign("rich", line="Ortho", current_weekly_spend=1000, max_weekly_spend=1000),
            campaign("poor", line="Ortho", channel="Social", current_weekly_spend=10, min_weekly_spend=800),
        ],
        pathways=[{**SCANS, "share": 1.0, "margin": 50.0}],
        tables={
            "funnel": funnel,
            "locations": [{"location": "North", "intake_team": "Desk"}],
            "intake_teams": desk,
            "patient_value": [{"service_line": "Ortho", **WORTH, "first_visit_margin": 10, "ltv_margin": 10}],
        },
    )
    plan = api.plan(scenario)
    assert plan.solution.of("lost_unlikely").sum() > 1
    assert check_plan(scenario, plan.tables, totals(plan.outcome)) == []
