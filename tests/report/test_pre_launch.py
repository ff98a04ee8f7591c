"""The pre-launch sheet: its numbers are those of the tables and the run, and it says what nobody stated."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimizer import api
from optimizer.cli.main import main
from optimizer.errors import ExitCode, UsageError
from optimizer.plan.runs import Run
from optimizer.report.measures.measure import PRE_LAUNCH
from optimizer.report.papers.answers import (
    QUESTIONS,
    Answer,
    capacity_and_lead_time,
    intake_steps,
)
from optimizer.report.papers.edition import INTERNAL
from optimizer.report.papers.paper import paper_page
from optimizer.report.papers.pre_launch import blockers, launch_paper, verdict
from optimizer.report.sections import Grid, Listing
from optimizer.scenario.read import Scenario
from tests.demo import THREE_MARKETS
from tests.report.browser import laid_out, needs_chromium, sheets
from tests.report.labels import defined
from tests.small import WEEKS
from tests.weekly.weeks import scenario

HOSTILE = "=2+2 </script><img src=x onerror=alert(1)> \"quoted\" 'שלום' 🏥 @x"
SIGNED = dict.fromkeys(("tracking_ready", "landing_page_ready", "compliance_ready", "clinical_ready"), "yes")

FUNNEL = [
    {"service_line": "Care", "channel": "Search", "booking_rate": 0.5, "booking_rate_late": 0.25,
     "handling_minutes": 12.0},
]  # fmt: skip


def with_campaign(tables: Mapping[str, Sequence[Mapping[str, Any]]] | None = None, **cells: Any) -> Scenario:
    """Campaigns a, b and c, with further cells of a."""
    rows = scenario().tables["campaigns"].frame.to_dict("records")
    mine = [{**row, **(cells if row["campaign"] == "a" else {})} for row in rows]
    return scenario(tables={"campaigns": mine, **(tables or {})})


@pytest.fixture(scope="module")
def ready() -> Scenario:
    """Everything stated: owners, capture, sign-offs, days to an appointment, who decides."""
    base = scenario()
    slots = [{**row, "owner": "Ada", "third_next_available_days": 5.0}
             for row in base.tables["appointment_capacity"].frame.to_dict("records")]  # fmt: skip
    teams = [{**row, "owner": "Ben"} for row in base.tables["intake_teams"].frame.to_dict("records")]
    decided = [{"alert": "promise", "owner": "Cy", "escalate_to": "Di", "hours": 12.0}]
    tables = {"appointment_capacity": slots, "intake_teams": teams, "decision_rights": decided, "funnel": FUNNEL}
    return with_campaign(tables, owner="Kim", lead_capture="calls, form", promised_days=7.0, **SIGNED)


def answers(made: Scenario, campaign: str, question: int) -> dict[str, Answer]:
    asked = list(QUESTIONS.values())[question - 1]
    return {answer.about: answer for answer in asked(api.pre_launch(made, campaign))}


def test_ready_where_all_is_stated(ready: Scenario) -> None:
    paper = launch_paper(api.pre_launch(ready, "a"), INTERNAL)
    assert paper.verdict == "READY: nothing stands in the way, and all five questions are answered."
    assert not [section for section in paper.sections if isinstance(section, Listing)]


def test_what_nobody_stated_is_named_and_not_guessed() -> None:
    paper = launch_paper(api.pre_launch(scenario(), "a"), INTERNAL)
    assert paper.verdict == "NOT READY: 11 answers are missing."
    (missing,) = [section for section in paper.sections if isinstance(section, Listing)]
    assert missing.points == [
        "appointment_capacity: third_next_available_days, owner",
        "campaigns: lead_capture, owner, tracking_ready, landing_page_ready, clinical_ready, compliance_ready",
        "funnel: handling_minutes",
        "intake_teams: owner",
        "decision_rights: the whole table",
    ]
    assert verdict([], [Answer("x", "not stated", "", "x", "y")]) == "NOT READY: 1 answer is missing."


def test_lead_time_against_promise_and_target(ready: Scenario) -> None:
    told = answers(ready, "a", 2)
    assert told["Third next open slot"].says == "in 5 days (promised 7)"
    assert told["From spend to lead"].says == "all leads in the week of the spend"
    late = replace(ready, tables={**ready.tables, "campaigns": with_campaign(promised_days=3.0).tables["campaigns"]})
    assert list(blockers(api.pre_launch(late, "a"))) == [
        "its message promises 3 days, and the third next open slot is in 5 (campaigns:2)"
    ]


def test_intake_by_hand() -> None:
    """Desk: 200 paid hours less 50 contacts of 6 minutes, as far as they answer in time; a lead takes 12 minutes."""
    made = with_campaign({"funnel": FUNNEL})
    told = answers(made, "a", 3)
    hours = float(api.pre_launch(made, "a").hours[0])
    assert 0 < hours < 200 - 50 * 6 / 60
    assert told["Intake team"].says == "Desk: 5 agents, 200 paid hours in the week of Jan 5"
    assert told["Hours for leads"].says.startswith(f"{hours:,.0f} of these")
    assert told["Answered in time"].says.startswith(
        f"about {hours * 60 / 12:,.0f} leads a week, of 12 minutes each (80 %"
    )
    assert told["Qualified leads that ask"].says == "50 % for an appointment if answered in time, 25 % if late"
    assert answers(made, "c", 3)["Intake team"].is_missing


def test_gates_flags_and_full_clinics_stand_in_the_way() -> None:
    full = scenario().tables["appointment_capacity"].frame.assign(already_booked=100.0).to_dict("records")
    flag = {"flag": "claims_review", "campaign": "a", "owner": "", "since": "2025-12-01", "reason": "no source"}
    event = {"event": "Rest", "campaign": "a", "first_week": WEEKS[0], "last_week": WEEKS[0], "blackout": "yes"}
    tables = {"appointment_capacity": full, "campaign_flags": [flag], "calendar_events": [event]}
    made = with_campaign(tables, compliance_ready="no", ready_week=WEEKS[1])
    assert list(blockers(api.pre_launch(made, "a"))) == [
        "blackout 'Rest' until the week of 2026-01-05 (calendar_events:2)",
        "the compliance sign-off is missing until the week of 2026-01-12 (campaigns:2)",
        "no open new-patient slot in the first 4 weeks of its flight (appointment_capacity)",
        "new claims need a review (no source) (campaign_flags:2)",
    ]
    timeline = answers(made, "a", 5)
    assert timeline["Compliance sign-off"].says == "missing, counts as ready from the week of 2026-01-12"
    assert timeline["2025-12-01"].says == "open since then: new claims need a review (no source)"
    assert timeline[WEEKS[0]].says == "the first week in which it may spend"
    told = [each.says for each in list(QUESTIONS.values())[4](api.pre_launch(made, "a"))]
    assert "Rest to 2026-01-05: it may not spend" in told


def test_owners_and_who_decides(ready: Scenario) -> None:
    told = answers(ready, "a", 4)
    assert [told[about].says for about in ("Campaign", "Slots", "Intake")] == ["Kim", "Ada", "Ben"]
    assert told["Waits beyond the promise"].says == "Cy within 12 hours, then Di"
    assert told["Clinic fills up"].says.endswith("(by default)")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return api.save(api.plan(with_campaign()), tmp_path_factory.mktemp("runs"))


def test_with_a_plan_its_slots_left_and_its_money(run: Run) -> None:
    found = api.pre_launch(with_campaign(), "a", run)
    paper = launch_paper(found, INTERNAL)
    capacity = run.table("capacity")
    north = capacity[capacity["location"] == "North"].set_index("week")
    (slots,) = [each for each in paper.sections if isinstance(each, Grid) and each.headers[0] == "Week of"]
    assert slots.rows[0][1:] == tuple(f"{math.floor(north.loc[week, 'open_slots'])}" for week in WEEKS[:4])
    assert slots.rows[1][1:] == tuple(f"{math.floor(north.loc[week, 'open_slots_left'])}" for week in WEEKS[:4])
    plan = run.table("plan")
    mine = plan[plan["campaign"] == "a"]["recommended_spend"]
    spend = next(
        answer for answer in QUESTIONS["1. Which service lines and locations?"](found) if answer.about == "Spend"
    )
    assert (
        spend.says
        == f"$400 a week today; planned ${mine.iloc[0]:,.0f} in the week of Jan 5, ${mine.sum():,.0f} in all weeks"
    )
    other = api.pre_launch(with_campaign(owner="Kim"), "a", run)
    assert launch_paper(found, INTERNAL).foot == launch_paper(other, INTERNAL).foot  # data in memory has no files


def test_every_number_is_in_the_dictionary(ready: Scenario, run: Run) -> None:
    found = api.pre_launch(ready, "a", run)
    asked = {answer.about for question in (capacity_and_lead_time, intake_steps) for answer in question(found)}
    (slots,) = [each for each in launch_paper(found, INTERNAL).sections if isinstance(each, Grid) and not each.heading]
    assert asked | {row[0] for row in slots.rows} == defined(PRE_LAUNCH) | {
        "Message promises", "From spend to lead", "From lead to visit", "Leads come in by", "Intake team",
        "Before that",
    }  # fmt: skip


def test_a_wrong_name_tells_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'northside-dermatology-brand-search'"):
        api.pre_launch(THREE_MARKETS, "northside-dermatolgy-brand-search")


@needs_chromium
def test_the_longest_names_are_inert_and_print_on_one_sheet(tmp_path: Path) -> None:
    long = f"{HOSTILE} {'long ' * 25}"
    flag = {"flag": "claims_review", "campaign": "a", "owner": "", "since": "2025-12-01", "reason": long}
    rests = [{"event": f"{long[:190]}{number}", "campaign": "a", "first_week": WEEKS[0], "last_week": WEEKS[3],
              "blackout": "yes", "reason": long} for number in range(9)]  # fmt: skip
    decided = [{"alert": kind, "owner": long[:190], "escalate_to": long[:190], "hours": 12.0}
               for kind in ("promise", "leads_over_intake", "filled_up")]  # fmt: skip
    tables = {"campaign_flags": [flag], "calendar_events": rests, "decision_rights": decided}
    made = with_campaign(tables, owner=long[:190], lead_capture=long, compliance_ready="no")
    paper = launch_paper(api.pre_launch(made, "a"), INTERNAL)
    page = tmp_path / "sheet.html"
    page.write_text(paper_page(paper, "one_page.css"), encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    assert "<img" not in text
    assert "<script" not in text
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in text
    assert sheets(page) == 1
    wrong, seen = laid_out({"sheet": text}, tmp_path)
    assert (wrong, seen.console, seen.asked) == ([], "", set())


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["pre-launch", str(THREE_MARKETS), "downtown-behavioural-health-paid-social", "-q"]
    assert main(asked) == ExitCode.OK
    assert "The compliance sign-off is missing (campaigns.csv:39)" in capsys.readouterr().out
    assert main([*asked, "--json"]) == ExitCode.OK
    data = json.loads(capsys.readouterr().out)["data"]
    assert data["ready"] is False
    assert list(data["questions"]) == list(QUESTIONS)
    line = pd.read_csv(THREE_MARKETS / "campaigns.csv").iloc[37]
    assert data["questions"]["1. Which service lines and locations?"][0]["says"] == line["service_line"]
    page = tmp_path / "sheet.html"
    assert main([*asked, "--html", str(page)]) == ExitCode.OK
    assert "NOT READY: 2 things stand in the way" in page.read_text(encoding="utf-8")
    assert main(["pre-launch", str(THREE_MARKETS), "nothing", "-q"]) == ExitCode.USAGE
