"""Why: what is asked about is found by its name, and what is told of it is what the run's tables hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optimizer import api
from optimizer.cli.main import main
from optimizer.errors import ExitCode, UsageError
from optimizer.plan.runs import Run
from optimizer.plan.subjects import Subject, subject
from optimizer.plan.why import answer, campaign_weeks, unspent
from tests.small import campaign, line_curve, small


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Three clinics, one week, 30 slots at North and plenty at South and West.

    A dollar at a brings 0.1 leads of 100, at b 0.08. a fills North's 30 slots for 300. b may spend 400 by the limit.
    c has no landing page. The scanner is for South and has minutes to spare. 2000 of the budget stay.
    """
    tables = {
        "limits": [
            {"limit": "Cap", "quantity": "spend", "campaign": "b", "max": 400.0, "owner": "CFO", "reason": "agreed"},
            {"limit": "Loose", "quantity": "leads", "max": 5000.0, "owner": "COO", "reason": "never reached"},
        ],
        "shared_resources": [{"resource": "Scanner", "week": "2026-01-05", "minutes_available": 5000.0}],
        "resource_use": [
            {"resource": "Scanner", "location": "South", "service_line": "Care", "minutes_per_visit": 10.0}
        ],
    }
    scenario = small(
        [
            campaign("a", current_weekly_spend=300.0),
            campaign("b", location="South"),
            campaign("c", location="West", landing_page_ready="no"),
        ],
        [line_curve("a", 0.1, 1000), line_curve("b", 0.08, 1000), line_curve("c", 0.1, 500)],
        budget=2700,
        slots={("North", "Care", week): 30 for week in range(8)},
        tables=tables,
    )
    return api.save(api.plan(scenario), tmp_path_factory.mktemp("runs"))


@pytest.mark.parametrize(
    ("thing", "wanted"),
    [
        ("a", Subject("campaign", "a")),
        ("North Care", Subject("unit", "North Care")),
        ("north/care", Subject("unit", "North Care")),
        ("scanner", Subject("resource", "Scanner")),
        ("Cap", Subject("limit", "Cap")),
        ("limit:cap", Subject("limit", "Cap")),
        ("budget", Subject("budget", "")),
        ("unspent", Subject("budget", "")),
        ("not_ready", Subject("rule", "not_ready")),
        ("plan", Subject("plan", "plan")),
    ],
)
def test_a_name_is_found(run: Run, thing: str, wanted: Subject) -> None:
    assert subject(run, thing) == wanted


@pytest.mark.parametrize(
    ("thing", "near"), [("Nort Care", "North Care"), ("Capp", "Cap"), ("not_redy", "not_ready"), ("budgte", "budget")]
)
def test_an_unknown_name_brings_the_nearest(run: Run, thing: str, near: str) -> None:
    with pytest.raises(UsageError, match=f"did you mean '{near}'"):
        subject(run, thing)


def test_a_name_of_two_things_is_refused(tmp_path: Path) -> None:
    tables = {"limits": [{"limit": "a", "quantity": "spend", "max": 10.0, "owner": "x", "reason": "y"}]}
    made = api.save(api.plan(small([campaign("a")], [line_curve("a", 0.1, 1000)], tables=tables)), tmp_path)
    with pytest.raises(UsageError, match=r"several things.*'campaign:a', 'limit:a'"):
        subject(made, "a")
    assert subject(made, "limit:a") == Subject("limit", "a")


def test_a_full_clinic(run: Run) -> None:
    """A slot brings 100 for 10 dollars: 90 each, and just that when the plan is made again with one more."""
    told = answer(run, subject(run, "North Care"))
    (full,) = told.bindings
    assert (full.when, full.limit, full.used) == ("2026-01-05", 30, pytest.approx(30))
    assert full.price == pytest.approx(90)
    assert told.gain == pytest.approx(90)
    assert [pull.campaign for pull in told.pulls] == ["a"]
    assert told.would_change[0] == "One more open slot in the week of 2026-01-05 would add at most $90 to the plan."


def test_a_clinic_with_room(run: Run) -> None:
    told = answer(run, subject(run, "South Care"))
    assert told.bindings == ()
    assert told.would_change == (
        "More would add nothing: no campaign of this plan gains by one more open slot at South Care.",
    )


def test_a_resource_with_room(run: Run) -> None:
    assert answer(run, subject(run, "Scanner")).bindings == ()


def test_a_limit_that_binds(run: Run) -> None:
    """A dollar more at b brings 8 and costs 1."""
    told = answer(run, subject(run, "Cap"))
    (side,) = told.bindings
    assert (side.limit, side.used, side.price) == (400, pytest.approx(400), pytest.approx(7))
    assert [pull.campaign for pull in told.pulls] == ["b"]
    assert told.would_change == ("A max that is higher by $1.00 would add at most $7.00.", "It is what stops b.")
    assert told.facts["source"] == "limits:2"


def test_a_limit_that_does_not_bind(run: Run) -> None:
    told = answer(run, subject(run, "Loose"))
    assert told.bindings == ()
    assert told.would_change == ("Nothing of the plan changes if it moves a little: it does not bind.",)


def test_a_gate(run: Run) -> None:
    """c could spend 500 and bring 50 patients: 5000 for 500."""
    told = answer(run, subject(run, "not_ready"))
    (held,) = told.facts["campaigns"]
    assert (held["campaign"], held["money_held"]) == ("c", 500)
    assert told.facts["blocked"] == pytest.approx(4500)


def test_what_is_unspent(run: Run) -> None:
    """2700 less 300 and 400. Room: 700 at a (full clinic), 600 at b (the limit), 500 at c (not ready)."""
    told = unspent(run)
    assert told["amount"] == pytest.approx(2000)
    stops = {stop["code"]: stop["money"] for stop in told["stops"]}
    assert stops == {"appointment_capacity": 700, "limit": 600, "not_ready": 500}
    assert told["room"] == pytest.approx(sum(stops.values()))


def test_the_budget_says_that_the_rest_has_nowhere_to_go(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """1800 could go somewhere if nothing stopped it, so 200 of the 2000 have nowhere to go."""
    assert main(["explain", "budget", "--run", str(run.folder)]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "$200 of what is unspent has nowhere to go at all" in shown
    assert "More budget would add nothing." in shown


def test_an_unchanged_campaign_says_why(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "a", "--run", str(run.folder)]) == ExitCode.OK
    assert "Unchanged because North Care has no open new-patient slots left" in " ".join(
        capsys.readouterr().out.split()
    )


def test_the_plan_tells_what_stays(run: Run) -> None:
    told = answer(run, subject(run, "plan"))
    assert told.facts["changed"] == 1
    assert {why["code"]: why["weeks"] for why in told.facts["unchanged"]} == {"appointment_capacity": 1, "not_ready": 1}


@pytest.mark.parametrize("thing", ["a", "North Care", "Scanner", "Cap", "budget", "not_ready", "plan"])
def test_every_kind_is_told_in_words_and_in_json(run: Run, thing: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", thing, "--run", str(run.folder)]) == ExitCode.OK
    assert len(capsys.readouterr().out.splitlines()) > 2
    assert main(["explain", thing, "--run", str(run.folder), "--json"]) == ExitCode.OK
    data = json.loads(capsys.readouterr().out)["data"]
    assert data["kind"] == subject(run, thing).kind


def test_an_unknown_name_is_exit_2(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "Nort Care", "--run", str(run.folder)]) == ExitCode.USAGE
    assert "did you mean 'North Care'?" in capsys.readouterr().err
    assert main(["explain", "North Care", "2026-01-05", "--run", str(run.folder)]) == ExitCode.USAGE
    assert "a week is asked for of campaigns alone" in capsys.readouterr().err
    with pytest.raises(UsageError, match="no week '2027-01-05'"):
        campaign_weeks(run, "a", "2027-01-05")


def test_a_team(tmp_path: Path) -> None:
    """A desk of 30 paid hours cannot answer all of the 42 leads of an hour each."""
    from tests.plan.test_would import intake

    made = api.save(api.plan(intake(30.0)), tmp_path)
    told = answer(made, subject(made, "Desk"))
    assert told.bindings[0].when == "2026-01-05"
    assert told.bindings[0].price > 0
    assert [pull.campaign for pull in told.pulls] == ["a"]
