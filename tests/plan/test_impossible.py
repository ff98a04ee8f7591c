"""Contradicting limits: what is named, with file and line, and ways out of which each lets a plan exist.

The scenarios are folders, as people write them, so that every line counts and the way out can be written down as told.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from optimizer import api
from optimizer.cli.main import main
from optimizer.errors import ExitCode, InfeasiblePlan, Relaxation
from optimizer.model.families import state
from optimizer.model.setting import established, planning
from optimizer.plan.contradictions import contradictions
from optimizer.plan.written import written_limits
from optimizer.scenario.read import Scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"

YAML = """schema_version: 1
name: clash
as_of: 2026-01-01
calendar:
  first_week: 2026-01-05
  weeks: {weeks}
budget:
  total: {budget}
{more}"""
WEEKS = [f"2026-{month:02d}-{day:02d}" for month, day in ((1, 5), (1, 12), (1, 19), (1, 26), (2, 2), (2, 9))]


def folder(
    path: Path,
    campaigns: str,
    *,
    budget: float = 100000,
    weeks: int = 2,
    slots: float = 1000,
    more: str = "",
    tables: dict[str, str] | None = None,
) -> Path:
    """One clinic, North Care; a tenth of a lead for every dollar, all of whom book and come; a visit is worth 100."""
    path.mkdir()
    names = [row.split(",")[0] for row in campaigns.strip().splitlines()[1:]]
    files = {
        "scenario.yaml": YAML.format(weeks=weeks, budget=budget, more=more),
        "campaigns.csv": campaigns,
        "response_curves.csv": "campaign,form,points,observed_max_weekly_spend\n"
        + "".join(f"{name},points,0:0 1000:100,1000\n" for name in names),
        "funnel.csv": "service_line,channel,booking_rate\nCare,Search,1\n",
        "appointment_capacity.csv": "location,service_line,week,new_patient_slots\n"
        + "".join(f"North,Care,{week},{slots:g}\n" for week in WEEKS),
        "patient_value.csv": "service_line,first_visit_margin,ltv_margin\nCare,100,100\n",
        **(tables or {}),
    }
    for name, text in files.items():
        (path / name).write_text(text, encoding="utf-8")
    return path


HEAD = "campaign,location,service_line,channel,current_weekly_spend,min_weekly_spend,max_weekly_spend,min_if_active\n"


def rows(*campaigns: str) -> str:
    """Rows of campaigns at North Care on Search: name, current spend, floor, ceiling, least if active."""
    placed = (campaign.split(",", 1) for campaign in campaigns)
    return HEAD + "".join(f"{name},North,Care,Search,{rest}\n" for name, rest in placed)


def clash(scenario: Path | Scenario, **changed: Any) -> InfeasiblePlan:
    with pytest.raises(InfeasiblePlan) as caught:
        api.plan(api.load(scenario, **changed) if isinstance(scenario, Path) else scenario)
    return caught.value


def places(found: InfeasiblePlan) -> list[tuple[str, int]]:
    return [(limit.file, limit.line) for limit in found.conflict]


def written_down(gift: Relaxation) -> dict[str, list[str]]:
    """A way out as the command line takes it, read from its words alone."""
    amount = float(re.search(r" by \$?([\d,.]+)", gift.change)[1].replace(",", ""))  # type: ignore[index]
    sign = "+=" if gift.change.startswith("raise") else "-="
    if found := re.fullmatch(r"(\w+) of campaign '(.*)'", gift.limit):
        return {"changes": [f"campaigns[campaign={found[2]}] {found[1]} {sign} {amount:.2f}"]}
    if found := re.fullmatch(r"(\w+) of limit '(.*)'", gift.limit):
        return {"changes": [f"limits[limit={found[2]}] {found[1]} {sign} {amount:.4f}"]}
    return {"sets": [f"{gift.limit}{sign}{amount:.2f}"]}


def assert_each_way_out_leads_to_a_plan(scenario: Path, found: InfeasiblePlan) -> None:
    """Every way out that is told lets the scenario be planned when it is written down; a cent less does not."""
    assert found.alone
    for gift in found.alone:
        made = api.plan(api.load(scenario, **written_down(gift)))
        assert made.certificate.gap <= 1.0


def cli(*arguments: object) -> int:
    return main([str(word) for word in arguments])


@pytest.fixture
def floors(tmp_path: Path) -> Path:
    """Floors of 50, 60 and 70 a week over two weeks, against 300 in all: 360 are asked for. The floor of 5 fits."""
    return folder(tmp_path / "floors", rows("a,0,50,,", "b,0,60,,", "c,0,70,,", "d,0,,900,"), budget=300)


def test_floors_over_the_budget(floors: Path) -> None:
    """360 asked, 300 there. A floor gives in both weeks, so 30 of it is 60; the free campaign d is no part of it."""
    found = clash(floors)
    assert places(found) == [("scenario.yaml", 8), ("campaigns.csv", 2), ("campaigns.csv", 3), ("campaigns.csv", 4)]
    assert [gift.amount for gift in found.alone] == pytest.approx([60, 30, 30, 30])
    assert [gift.change for gift in found.alone][:2] == [
        "raise budget.total by $60.00, to $360.00",
        "lower min_weekly_spend of campaign 'a' by $30.00, to $20.00",
    ]
    assert found.because == (
        "the floors of 3 campaigns ask for $360.00, $60.00 more than the $300.00 of budget.total"
        "  [campaigns.csv:2, campaigns.csv:3, campaigns.csv:4, scenario.yaml:8]",
    )
    assert_each_way_out_leads_to_a_plan(floors, found)


def test_a_cent_less_than_a_way_out_is_not_enough(floors: Path) -> None:
    assert clash(floors, sets=["budget.total=359.99"]).alone[0].amount == pytest.approx(0.01)


def test_floors_over_the_budget_end_to_end(floors: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("plan", "-q", floors, "--json") == ExitCode.INFEASIBLE
    made = json.loads(capsys.readouterr().out)
    whole, *limits = made["errors"]
    assert [(limit["file"], limit["line"]) for limit in limits] == [
        ("scenario.yaml", 8),
        ("campaigns.csv", 2),
        ("campaigns.csv", 3),
        ("campaigns.csv", 4),
    ]
    assert limits[0]["hint"] == "raise budget.total by $60.00, to $360.00"
    assert whole["alone"][0]["amount"] == pytest.approx(60)
    assert cli("plan", "-q", floors) == ExitCode.INFEASIBLE
    assert "[campaigns.csv:3]" in capsys.readouterr().err
    assert cli("plan", "-q", floors, "--set", "budget.total=360", "--runs", floors.parent / "runs") == ExitCode.OK


LIMITS = "limit,quantity,location,min,max,price_cap,owner,reason\n"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """40 visits are wanted of two weeks with 15 slots each; spend of 1000 could bring 100 a week."""
    limits = LIMITS + "goal,visits,North,40,,,COO,x\nbeside,leads,North,,900,,CMO,x\n"
    return folder(tmp_path / "target", rows("a,0,,,"), slots=15, more="", tables={"limits.csv": limits})


def test_a_target_over_capacity(target: Path) -> None:
    """Weeks after the plan take no visits without a wait, so 30 slots hold 30: 10 too few, in whole slots, any week."""
    found = clash(target)
    assert places(found) == [("limits.csv", 2), ("appointment_capacity.csv", 2)]
    goal, slots = found.alone
    assert goal.change == "lower min of limit 'goal' by 10 visits, to 30 visits"
    assert slots.amount == 10
    assert slots.unit == "slots"
    assert "limit 'goal' asks for at least 40 visits" in found.because[0]
    assert api.plan(api.load(target, **written_down(goal))).outcome.visits.sum() == pytest.approx(30)
    more = ["appointment_capacity[week=2026-01-05] new_patient_slots += 10"]
    assert api.plan(api.load(target, changes=more)).outcome.visits.sum() >= 40 - 1e-6


def test_a_target_over_capacity_end_to_end(target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("plan", "-q", target) == ExitCode.INFEASIBLE
    said = capsys.readouterr().err
    assert "[limits.csv:2]" in said
    assert "[appointment_capacity.csv:2]" in said
    assert "beside" not in said
    lower = ("--change", "limits[limit=goal] min -= 10")
    assert cli("plan", "-q", target, *lower, "--runs", target.parent / "runs") == ExitCode.OK


def test_slots_that_the_fill_cap_cuts_are_told_as_they_are_written(target: Path) -> None:
    """At a fill cap of 80 % a written slot is 0.8 open ones: 24 there, 16 too few, 20 written ones."""
    found = clash(target, sets=["policies.fill_cap=0.8"])
    slots = next(gift for gift in found.alone if gift.unit == "slots")
    assert slots.amount == 20
    more = ["appointment_capacity[week=2026-01-05] new_patient_slots += 20"]
    eased = api.load(target, sets=["policies.fill_cap=0.8"], changes=more)
    assert api.plan(eased).outcome.visits.sum() >= 40 - 1e-6


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """From 200 a week, 20 % and 10 more allow 250 in the first week; the floor asks for 400. Campaign b is free."""
    more = "policies:\n  change_limit:\n    share: 0.2\n    amount: 10\n"
    return folder(tmp_path / "slow", rows("a,200,400,,", "b,300,,,"), more=more)


def test_a_change_limit_against_a_floor(slow: Path) -> None:
    """150 too few in the first week: the floor gives 150, or 10 becomes 160."""
    found = clash(slow)
    assert places(found) == [("campaigns.csv", 2), ("scenario.yaml", 12)]
    assert [gift.change for gift in found.alone] == [
        "lower min_weekly_spend of campaign 'a' by $150.00, to $250.00",
        "raise policies.change_limit.amount by $150.00, to $160.00",
    ]
    assert "lets it come up to $250.00" in found.because[0]
    assert_each_way_out_leads_to_a_plan(slow, found)


def test_a_change_limit_against_a_floor_end_to_end(slow: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("plan", "-q", slow) == ExitCode.INFEASIBLE
    said = capsys.readouterr().err
    assert "[campaigns.csv:2]" in said
    assert "[scenario.yaml:12]" in said
    assert "'b'" not in said
    eased = ("--set", "policies.change_limit.amount=160")
    assert cli("plan", "-q", slow, *eased, "--runs", slow.parent / "runs") == ExitCode.OK


def test_a_ceiling_that_spend_cannot_come_down_to(slow: Path) -> None:
    """From 300, 20 % and 10 less is 230 in the first week, above a ceiling of 100."""
    (slow / "campaigns.csv").write_text(rows("a,200,,,", "b,300,,100,"))
    found = clash(slow)
    assert places(found) == [("campaigns.csv", 3), ("scenario.yaml", 12)]
    assert found.alone[0].change == "raise max_weekly_spend of campaign 'b' by $130.00, to $230.00"
    assert_each_way_out_leads_to_a_plan(slow, found)


def test_an_infeasible_what_if_names_the_what_if(floors: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (floors.parent / "less.yaml").write_text("base: floors\nname: less\n\nset:\n  budget.total: 100\n")
    (floors / "scenario.yaml").write_text(YAML.format(weeks=2, budget=900, more=""))
    found = clash(floors.parent / "less.yaml")
    assert ("less.yaml", 5) in places(found)
    assert cli("plan", "-q", floors.parent / "less.yaml") == ExitCode.INFEASIBLE
    assert "[less.yaml:5]" in capsys.readouterr().err
    assert places(clash(floors, sets=["budget.total=100"]))[0] == ("command line", 0)


def test_whole_numbers_in_conflict_with_the_budget(tmp_path: Path) -> None:
    """30 leads ask for 300 dollars. b spends 20 at most, so a must run, at 500 or more: 100 above the budget of 400."""
    limits = LIMITS + "goal,leads,North,30,,,COO,x\n"
    scenario = folder(
        tmp_path / "whole", rows("a,0,,,500", "b,0,,20,"), budget=400, weeks=1, tables={"limits.csv": limits}
    )
    found = clash(scenario)
    assert ("scenario.yaml", 8) in places(found)
    assert ("limits.csv", 2) in places(found)
    assert ("campaigns.csv", 2) in places(found)
    told = {gift.limit: gift.amount for gift in found.alone}
    assert told["budget.total"] == pytest.approx(100)
    assert_each_way_out_leads_to_a_plan(scenario, found)


def test_a_cost_per_visit_that_cannot_be_reached(tmp_path: Path) -> None:
    """10 dollars buy a visit, and a floor of 100 a week must be spent: a most of 8 per visit must rise to 10."""
    limits = LIMITS + "dear,cac,North,,8,,CFO,x\n"
    scenario = folder(tmp_path / "dear", rows("a,0,100,,"), tables={"limits.csv": limits})
    found = clash(scenario)
    assert ("limits.csv", 2) in places(found)
    told = next(gift for gift in found.alone if gift.limit == "max of limit 'dear'")
    assert told.change == "raise max of limit 'dear' by $2.00 per visit, to $10.00 per visit"
    assert api.plan(api.load(scenario, **written_down(told))).spend >= 200


def test_weeks_of_one_floor_are_told_in_one_line(tmp_path: Path) -> None:
    """Six weeks at 90 are 540, above 500: one line for the floor, with its weeks; 40 / 6 is 6.67 a week in cents."""
    found = clash(folder(tmp_path / "weeks", rows("a,0,90,,"), budget=500, weeks=6))
    assert len(found.conflict) == 2
    assert "in the weeks of Jan 5 to Feb 9" in found.conflict[1].limit
    assert [gift.amount for gift in found.alone] == pytest.approx([40, 6.67])


def test_many_floors_are_told_in_one_line(tmp_path: Path) -> None:
    found = clash(folder(tmp_path / "many", rows(*(f"c{place},0,10,," for place in range(9))), budget=170))
    assert len(found.conflict) == 10
    assert "9 floors of campaigns (min_weekly_spend)  [campaigns.csv:2-10]" in str(found)


def test_slots_of_several_weeks_are_told_with_their_range(target: Path) -> None:
    """100 a week by the curve: 170 visits of 200 at most want 70 or more slots in each week, 140 more in all."""
    (target / "limits.csv").write_text(LIMITS + "goal,visits,North,170,,,COO,x\n")
    slots = next(gift for gift in clash(target).alone if gift.unit == "slots")
    assert slots.amount == 140
    assert re.search(
        r"by 140 slots in all: [\d.]+ to [\d.]+ in each of 2 weeks, in the weeks of Jan 5 to", slots.change
    )


def test_nothing_alone_is_enough_where_two_conflicts_stand_side_by_side(tmp_path: Path) -> None:
    """Two floors, each above the ceiling that a named limit sets for its own campaign."""
    limits = "limit,quantity,campaign,max,owner,reason\none,spend,a,100,CFO,x\ntwo,spend,b,100,CFO,x\n"
    scenario = folder(tmp_path / "two", rows("a,0,60,,", "b,0,70,,"), tables={"limits.csv": limits})
    found = clash(scenario)
    assert len(found.because) == 2
    assert not found.alone
    assert found.together
    eased = [written_down(gift)["changes"][0] for gift in found.together]
    assert api.plan(api.load(scenario, changes=eased)).spend > 0


def test_a_gate_that_closes_what_a_limit_asks_for_is_named(tmp_path: Path) -> None:
    limits = LIMITS + "goal,leads,North,5,,,COO,x\n"
    campaigns = HEAD.replace("\n", ",tracking_ready\n") + "a,North,Care,Search,100,,,,no\n"
    found = clash(folder(tmp_path / "closed", campaigns, tables={"limits.csv": limits}))
    assert places(found) == [("limits.csv", 2), ("campaigns.csv", 2)]
    assert "the rule 'not_ready' closes campaign 'a'" in found.conflict[1].limit


CASES = {
    "budget": {"sets": ["budget.total=150000"]},
    "week": {"sets": ["budget.per_week=9000"]},
    "target": {"changes": ["limits[limit=orthopaedics-visits] min = 2500"]},
    "slots": {"changes": ["limits[limit=riverbend-therapy-bookings] min = 400"]},
}


LONG = ("week", "target")
"""Cases that take long, and are run only when asked for."""


@pytest.mark.parametrize(
    "case", [case if case not in LONG else pytest.param(case, marks=pytest.mark.bench) for case in CASES]
)
def test_conflicts_of_a_large_scenario_have_a_way_out(case: str) -> None:
    scenario = SCENARIOS / "three_markets"
    found = clash(scenario, **CASES[case])
    assert all(limit.file for limit in found.conflict)
    assert found.alone or found.together


@pytest.mark.parametrize("name", ["one_clinic", "three_markets", "vision_chain", "new_market"])
def test_every_limit_that_could_move_is_written_somewhere(name: str) -> None:
    """Each side of each row that people limit is held by one number, and its place is known."""
    setting = planning(established(api.load(SCENARIOS / name)))
    program = state(setting)
    held: dict[tuple[int, bool], int] = {}
    for limit in written_limits(setting, program):
        for row, lower in zip(limit.lever.rows.tolist(), limit.lever.lower.tolist(), strict=True):
            held[row, lower] = held.get((row, lower), 0) + 1
        assert limit.place(int(limit.lever.number[0])).line > 0, limit.name
    limited = {block.name: block.meaning.soft_cost > 0 for block in program.rows}
    wanted = {
        (row, lower)
        for row in range(len(program.row_lower))
        for lower, limit in ((True, program.row_lower[row]), (False, program.row_upper[row]))
        if limited[program.row_at(row)[0].name] and abs(limit) < float("inf")
    }
    spend = program.row_slice("campaign_spend") if program.has_rows("campaign_spend") else slice(0, 0)
    wanted -= {(row, True) for row in range(spend.start, spend.stop) if program.row_lower[row] == 0}  # no floor
    assert set(held) == wanted
    assert set(held.values()) == {1}


@pytest.mark.parametrize("name", ["one_clinic", "three_markets", "vision_chain", "new_market"])
def test_a_scenario_with_a_plan_has_no_contradiction(name: str) -> None:
    assert contradictions(established(api.load(SCENARIOS / name))) == []
