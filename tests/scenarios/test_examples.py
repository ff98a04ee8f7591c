"""Every shipped scenario: planned from the command line, checked, compared with what it says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from optimizer import api
from optimizer.cli.main import main
from optimizer.plan.planner import Plan
from optimizer.plan.runs import Run
from optimizer.plan.why import campaign_weeks, unspent
from optimizer.report.explain import STOPS
from tests.demo import three_markets

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FOLDERS = sorted(path.parent for path in SCENARIOS.glob("*/scenario.yaml"))
SOLVER_NOISE = 1e-6
"""Share of a limit that the solver's rounding may take."""


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


@pytest.fixture(scope="module")
def run(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    runs = tmp_path_factory.mktemp("runs")
    assert main(["plan", "-q", str(folder), "--runs", str(runs)]) == 0
    return api.open_run("latest", runs)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return three_markets()


def test_there_are_scenarios() -> None:
    assert {folder.name for folder in FOLDERS} == {"new_market", "one_clinic", "three_markets", "vision_chain"}


def test_a_scenario_says_what_it_is_for(folder: Path) -> None:
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "The decision." in readme
    assert "own" in readme
    assert "made up" in readme


def test_the_plan_is_what_the_scenario_expects(folder: Path, run: Run) -> None:
    expected = yaml.safe_load((folder / "expected.yaml").read_text(encoding="utf-8"))
    summary: Mapping[str, Any] = run.summary
    for name in ("today", "plan"):
        assert summary[name]["spend"] == pytest.approx(expected[name]["spend"], abs=0.5)
        assert summary[name]["visits"] == pytest.approx(expected[name]["visits"], abs=0.06)
        assert summary[name]["value"] == pytest.approx(expected[name]["value"], abs=1.0)
    assert set(expected["full"]) <= {place["place"] for place in summary["tight"]}


def test_the_plan_is_certified_and_better_than_today(run: Run) -> None:
    manifest: Mapping[str, Any] = run.manifest
    certificate = manifest["certificate"]
    assert manifest["status"] == "optimal_certified"
    assert abs(certificate["gap"]) <= 1e-6 * abs(certificate["objective"])
    summary: Mapping[str, Any] = run.summary
    assert summary["plan"]["value"] > summary["today"]["value"]


def test_the_plan_is_proven_close_to_the_best_on_the_curves(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Within 0.1 %, and the first screen says how close."""
    gap: Mapping[str, Any] = run.manifest["curve_gap"]  # type: ignore[assignment]
    assert 0 <= gap["share"] <= 1e-3
    assert gap["bound"] >= run.summary["plan"]["value"] - 0.01  # type: ignore[index]
    assert main(["show", str(run.folder)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert ("is worth $0.01 more" if gap["gap"] < 0.01 else f"({gap['share'] * 100:.3f} %) more") in shown


def test_every_campaign_week_has_a_reason_and_what_would_change_it(run: Run) -> None:
    for campaign in sorted(set(run.table("explain")["campaign"])):
        for week in campaign_weeks(run, campaign):
            assert week.row["reason"]
            assert all(week.would_change)
            assert week.would_change


def test_what_is_unspent_is_explained(run: Run) -> None:
    """What stops money adds up to the room there is, to the cent; some is named wherever money is left."""
    told = unspent(run)
    assert sum(stop["money"] for stop in told["stops"]) == pytest.approx(told["room"], abs=0.005)
    assert {stop["code"] for stop in told["stops"]} <= set(STOPS)
    summary: Mapping[str, Any] = run.summary
    if summary["plan"]["spend"] < summary["budget"] - 0.005:
        assert told["stops"]
        assert told["amount"] == pytest.approx(summary["budget"] - summary["plan"]["spend"], abs=0.005)
        assert summary["unspent"]["reason"]


def test_money_ties_out_to_the_cent(run: Run) -> None:
    summary: Mapping[str, Any] = run.summary
    manifest: Mapping[str, Any] = run.manifest
    plan = run.table("plan")
    cents = (plan["recommended_spend"] * 100).round().astype(np.int64)
    assert cents.sum() == round(summary["plan"]["spend"] * 100)
    assert (plan["current_spend"] * 100).round().sum() + (plan["change"] * 100).round().sum() == cents.sum()
    budget = manifest["definition"]["budget"]
    assert cents.sum() <= round(budget["total"] * 100)
    if budget["per_week"] is not None:
        assert cents.groupby(plan["week"]).sum().max() <= round(budget["per_week"] * 100)
    for month, most in budget["per_month"].items():
        assert cents[plan["week"].str.startswith(month)].sum() <= round(most * 100)


def test_no_clinic_and_no_team_passes_its_limit(run: Run) -> None:
    capacity, intake = run.table("capacity"), run.table("intake")
    assert (capacity["slots_used"] <= capacity["open_slots"] * (1 + SOLVER_NOISE) + SOLVER_NOISE).all()
    assert (intake["hours_used_in_time"] <= intake["hours_in_time"] * (1 + SOLVER_NOISE) + SOLVER_NOISE).all()


def test_every_campaign_and_week_has_a_reason(run: Run) -> None:
    plan = run.table("plan")
    assert (plan["reason"].str.len() > 20).all()
    assert not plan["reason"].str.contains("dual|shadow|nan|inf", regex=True).any()


def test_a_second_run_is_the_same_to_the_byte(folder: Path, run: Run, tmp_path: Path) -> None:
    assert main(["plan", "-q", str(folder), "--runs", str(tmp_path)]) == 0
    again = api.open_run("latest", tmp_path)
    for name in json.loads((run.folder / "run.json").read_text())["outputs"]:
        assert (run.folder / name).read_bytes() == (again.folder / name).read_bytes(), name


def spend_by(plan: Plan, column: str) -> pd.DataFrame:
    return plan.frame().groupby(column)[["current_spend", "recommended_spend"]].sum()


def test_story_of_the_full_clinic(market: Plan) -> None:
    spend = spend_by(market, "location")
    assert spend["current_spend"].idxmax() == "Northside"
    assert spend.loc["Northside", "recommended_spend"] < 0.5 * spend.loc["Northside", "current_spend"]
    capacity = market.frame("capacity").query("location == 'Northside' and service_line == 'Orthopaedics'")
    assert (capacity["open_slots_left"].iloc[:13] < 1e-6).all()
    assert capacity["price"].iloc[:13].min() > 1000


def test_story_of_the_starved_clinic(market: Plan) -> None:
    spend = spend_by(market, "location")
    assert spend.loc["Oakfield", "recommended_spend"] > 1.5 * spend.loc["Oakfield", "current_spend"]


def test_story_of_the_staffing_dip(market: Plan) -> None:
    lakeside = (
        market.frame("capacity")
        .query("location == 'Lakeside'")
        .groupby("week")[["open_slots", "open_slots_left"]]
        .sum()
    )
    assert lakeside["open_slots"].iloc[4:6].max() < 0.6 * lakeside["open_slots"].iloc[3]
    assert (lakeside["open_slots_left"].iloc[4:6] < 1e-6).all()
    assert (lakeside["open_slots_left"].iloc[[1, 2, 3, 6, 7]] > 1).all()


def test_story_of_the_intake_shortage(market: Plan) -> None:
    central = market.frame("intake").query("intake_team == 'Central intake'").set_index("week")
    assert central["late"].idxmax() == "2026-11-09"
    assert central["price"].idxmax() == "2026-11-09"
    assert (central["late"].drop("2026-11-09") < 1e-6).all()


def test_story_of_the_line_that_is_not_live(market: Plan) -> None:
    spend = spend_by(market, "campaign")
    closed = spend[spend.index.str.startswith("bayport-physical-therapy")]
    assert len(closed) == 3
    assert closed["current_spend"].min() > 0
    assert not closed["recommended_spend"].any()
    gates = market.frame("gates").query("code == 'go_live'")
    assert set(gates["campaign"]) == set(closed.index)
    assert gates["reason"].str.contains("Bayport Physical therapy has 3.75 open new-patient slots, fewer than 4").all()
    assert gates["source"].str.fullmatch(r"service_lines.csv:\d+").all()


def test_story_of_the_missing_sign_off(market: Plan) -> None:
    spend = spend_by(market, "campaign").loc["downtown-behavioural-health-paid-social"]
    assert spend.tolist() == [10_660, 0]
    rows = market.frame().query("campaign == 'downtown-behavioural-health-paid-social'")
    assert set(rows["reason_code"]) == {"not_ready"}
    assert rows["reason"].str.endswith("The compliance sign-off is missing.".lower()).all()


def test_story_of_the_dated_events(market: Plan) -> None:
    imaging = market.frame("capacity").query("location == 'Harbour View' and service_line == 'Imaging'")
    slots = imaging.set_index("week")["new_patient_slots"]
    assert slots["2026-10-12"] == slots["2026-10-19"] == slots["2026-10-05"] / 2
    rest = market.frame().query("market == 'Valley' and channel == 'Paid social' and week == '2026-12-21'")
    assert not rest["recommended_spend"].any()
    assert set(rest["reason_code"]) == {"blackout"}


def test_gates_hold_value_back(market: Plan) -> None:
    held = {item["code"]: item for item in market.summary["held_back"]}  # type: ignore[attr-defined]
    assert {code: item["campaigns"] for code, item in held.items()} == {"go_live": 3, "not_ready": 1, "blackout": 12}
    assert all(item["blocked"] > 0 for item in held.values())


def test_story_of_the_goal_that_may_be_missed(market: Plan) -> None:
    """A few imaging visits short: one more would cost more than the 25 dollars that a missing one counts."""
    limits = market.frame("limits").set_index("name")
    goal, ceiling = limits.loc["westgate-imaging"], limits.loc["spend-per-visit"]
    capacity = market.frame("capacity").query("location == 'Westgate' and service_line == 'Imaging'")
    assert goal["achieved"] == pytest.approx(capacity["visits"].sum())
    assert 0 < goal["shortfall"] == pytest.approx(180 - goal["achieved"])
    assert goal["shortfall"] < 10
    assert goal["penalty"] == pytest.approx(25 * goal["shortfall"])
    assert goal["price"] == pytest.approx(-25)
    assert ceiling["achieved"] == pytest.approx(market.spend / market.outcome.visits.sum())
    assert ceiling["achieved"] < 170


def test_story_of_the_care_that_goes_on(market: Plan) -> None:
    """Coast has no imaging; everywhere else nobody from an ad has a slot that a patient who is sent on needs."""
    pathways = market.frame("pathways")
    scans = pathways[pathways["to_line"] == "Imaging"]
    coast = scans["market"] == "Coast"
    assert scans.loc[coast, "served"].sum() == 0
    assert scans.loc[coast, "leaked"].sum() == pytest.approx(scans.loc[coast, "wanted"].sum())
    assert scans.loc[~coast, "leaked"].sum() < 0.001 * scans.loc[~coast, "wanted"].sum()
    visits = market.frame("capacity").groupby("service_line")[["visits", "follow_on_visits"]].sum()
    assert scans["wanted"].sum() == pytest.approx(0.35 * visits.loc["Orthopaedics", "visits"])
    therapies = pathways[pathways["to_line"] == "Physical therapy"]
    assert therapies["wanted"].sum() == pytest.approx(0.2 * visits.loc["Imaging"].sum())


def test_story_of_the_scarce_scanner(market: Plan) -> None:
    scanner = market.frame("resources").set_index("week")
    left = scanner["minutes_available"] - scanner["minutes_baseline"] - scanner["minutes_used"]
    held = scanner.index[3:13]
    assert (left.loc[held].abs() < 1e-6).all()
    assert scanner.loc[held, "price"].min() > 1
    imaging = market.frame("capacity").query("location == 'Northside' and service_line == 'Imaging'").set_index("week")
    assert imaging.loc[held, "open_slots_left"].min() > 0.1
    rows = market.frame().query("location == 'Northside' and service_line == 'Imaging'")
    assert rows["reason"].str.contains("Northside scanner has no minutes left").any()


def test_story_of_the_telephones_that_failed(market: Plan) -> None:
    """1,400 contacts of 6.5 minutes are 151.7 hours, done in the first week; what is left of it is bought."""
    regional = market.frame("intake").query("intake_team == 'Regional intake'").reset_index(drop=True)
    first = regional.iloc[0]
    assert regional["backlog_hours"].tolist() == pytest.approx([1400 * 6.5 / 60, *[0] * (len(regional) - 1)])
    assert first["hours_in_time"] == 0
    assert first["late"] + first["lost"] == pytest.approx(first["leads"])
    assert 10 < first["overflow_hours"] <= 20
    assert first["overflow_cost"] == pytest.approx(48 * first["overflow_hours"])
    assert market.value == pytest.approx(market.outcome.gross - market.spend - market.outcome.overflow_cost)
    assert market.outcome.overflow_cost > 0


def test_story_of_the_channel_that_brings_other_patients(market: Plan) -> None:
    """A request of paid social is charged 0.15 of what its line's patients are worth at best."""
    facts, social = market.facts, (market.facts.campaigns["channel"] == "Paid social").to_numpy()
    assert set(facts.multiplier[social]) == {0.85}
    assert set(facts.multiplier[~social]) == {1.0}
    assert market.outcome.own_discount[social].sum() > 0
    assert not market.outcome.own_discount[~social].any()


def test_story_of_the_value_with_its_parts(market: Plan) -> None:
    therapy = (market.facts.units["service_line"] == "Physical therapy").to_numpy()
    assert market.facts.ltv_margin[therapy] == pytest.approx(899, abs=0.5)
    assert market.scenario.tables["patient_value"].frame["ltv_margin"].isna().sum() == 1


def test_story_of_the_new_market(market: Plan) -> None:
    spend = spend_by(market, "market")
    assert spend.loc["Coast", "current_spend"] < 80_000 <= round(spend.loc["Coast", "recommended_spend"], 2) < 80_001
    prices = market.prices
    floor = prices[prices["row"].str.startswith("coast-launch")].iloc[0]
    assert floor["side"] == "least"
    assert floor["price"] < 0


def test_today_and_the_changes_of_the_plan_are_the_plan_to_the_cent(folder: Path, run: Run) -> None:
    """Today evaluated, plus what the run says changes, is the plan; and the plan's own spend evaluated is it too."""
    before, after = api.evaluate(folder), api.evaluate(folder, run.folder / "plan.csv")
    change = run.summary["change"]
    assert isinstance(change, dict)
    for total in ("spend", "value", "gross", "overflow_cost"):
        assert round(before.totals[total] + change[total], 2) == round(after.totals[total], 2)
    for total in ("leads", "bookings", "visits", "follow_on_visits"):
        assert before.totals[total] + change[total] == pytest.approx(after.totals[total], rel=1e-6)
    plan = run.table("plan")
    cents = (plan[["current_spend", "change", "recommended_spend"]] * 100).round()
    assert (cents["current_spend"] + cents["change"] == cents["recommended_spend"]).all()
    for found in (before, after):
        money = (found.tables["money"].drop(columns="spend").select_dtypes("number") * 100).round().sum(axis=1)
        assert (money == (found.tables["money"]["spend"] * 100).round()).all()
        assert sum(found.money.values()) == pytest.approx(found.totals["spend"], abs=0.005)
