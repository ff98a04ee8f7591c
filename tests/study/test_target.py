"""The least spend that reaches goals, worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optimizer import api
from optimizer.cli.main import main
from optimizer.errors import ExitCode, InfeasiblePlan, ScenarioError, UsageError
from optimizer.scenario.read import Scenario
from tests.small import campaign, line_curve, small

CLINIC = Path(__file__).parents[2] / "scenarios" / "one_clinic"


def two_clinics(budget: float = 1e6) -> Scenario:
    """A visit costs 10 at North, up to 30 visits, and 20 at South, up to 50."""
    campaigns = [campaign("A"), campaign("B", location="South", channel="Social")]
    return small(campaigns, [line_curve("A", 0.1, 300), line_curve("B", 0.05, 1000)], budget=budget)


def test_by_hand() -> None:
    """40 visits: 30 at 10 and 10 at 20; the next costs 20."""
    found = api.target(two_clinics(), ["visits >= 40"])
    assert found.plan.spend == pytest.approx(500, abs=0.02)
    (goal,) = found.goals
    assert (goal.asked, goal.quantity) == (40.0, "visits")
    assert goal.reached == pytest.approx(40, abs=1e-3)
    assert goal.one_more == pytest.approx(20)


def test_one_more_is_solved_for_and_not_read_off_a_price() -> None:
    """29.5 visits cost 10 each; half of one more still does, the other half costs 20."""
    found = api.target(two_clinics(), ["visits >= 29.5"])
    assert found.goals[0].one_more == pytest.approx(5 + 10)


def test_goals_of_parts_add_up_and_have_their_own_price() -> None:
    found = api.target(two_clinics(), ["visits[location=South] >= 10", "bookings >= 25"])
    assert found.plan.spend == pytest.approx(200 + 150, abs=0.02)
    assert [goal.one_more for goal in found.goals] == pytest.approx([20 - 10, 10])


def test_one_more_that_is_out_of_reach_is_told() -> None:
    assert api.target(two_clinics(), ["visits >= 80"]).goals[0].one_more is None


def test_the_budget_holds_only_where_it_is_asked_for() -> None:
    found = api.target(two_clinics(budget=100), ["visits >= 40"])
    assert found.plan.spend == pytest.approx(500, abs=0.02)
    assert found.budget == 100
    with pytest.raises(InfeasiblePlan):
        api.target(two_clinics(budget=100), ["visits >= 40"], within_budget=True)


def test_no_plan_of_the_same_spend_reaches_more() -> None:
    """The least spend for what the plan of a budget reaches is that budget, within the proven gap."""
    plan = api.plan(api.load(CLINIC, sets=["objective=visits"]))
    reached = float(plan.outcome.visits.sum())
    found = api.target(CLINIC, [f"visits >= {reached:.6f}"])
    assert found.plan.spend <= plan.spend + 1.0
    assert found.plan.spend + found.plan.curve_gap.gap >= plan.spend * (1 - 2e-3)


@pytest.mark.parametrize(
    ("goal", "told"),
    [
        ("visits", "is no goal"),
        ("visits <= 4", "is no goal"),
        ("patients >= 4", "is no goal"),
        ("visits[location=Nort] >= 4", "did you mean 'North'"),
        ("visits[locaton=North] >= 4", "did you mean 'location'"),
    ],
)
def test_what_is_no_goal_is_refused(goal: str, told: str) -> None:
    with pytest.raises(ScenarioError, match=told):
        api.target(two_clinics(), [goal])


def test_a_target_has_goals() -> None:
    with pytest.raises(UsageError):
        api.target(two_clinics(), [])


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["target", "-q", str(CLINIC), "--runs", str(tmp_path), "--goal", "visits >= 40"]
    assert main(asked) == 0
    screen = capsys.readouterr().out
    assert "One more costs" in screen
    assert "against the budget of $7,200" in screen
    assert main([*asked, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert data["goals"][0]["reached"] == pytest.approx(40, abs=0.01)
    assert main(["explain", "maple-street-physical-therapy", "--runs", str(tmp_path)]) in (0, ExitCode.USAGE)
    assert main(["target", "-q", str(CLINIC), "--runs", str(tmp_path)]) == ExitCode.USAGE
