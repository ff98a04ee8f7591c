"""The best plans over one number, worked out by hand, and the laws that they obey."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from optimizer import api
from optimizer.cli.main import main
from optimizer.errors import ExitCode, ScenarioError, VerificationError
from optimizer.scenario.read import Scenario
from optimizer.study import frontier as study
from tests.small import campaign, line_curve, small

CLINIC = Path(__file__).parents[2] / "scenarios" / "one_clinic"


def two_clinics(**more: object) -> Scenario:
    """A dollar brings 0.1 patients at North, which has 6 slots, and 0.05 at South; a visit is worth 100."""
    return small(
        [campaign("a"), campaign("b", location="South")],
        [line_curve("a", 0.1, 100), line_curve("b", 0.05, 200)],
        budget=200.0,
        slots={("North", "Care", 0): 6.0},
        **more,  # type: ignore[arg-type]
    )


def test_over_the_budget_by_hand() -> None:
    """50 go to North: 50 * 10 - 50. From 60 on North is full and a dollar brings 5 at South, up to its 200 dollars."""
    found = api.frontier(two_clinics(), shares=(0.0, 0.25, 0.5, 1.0, 1.5))
    seen = [(p.amount, p.outcome.value, p.outcome.total_spend, p.next_unit) for p in found.points if p.outcome]
    assert seen == [
        (0.0, pytest.approx(0), 0.0, pytest.approx(9)),
        (50.0, pytest.approx(450), 50.0, pytest.approx(9)),
        (100.0, pytest.approx(700), 100.0, pytest.approx(4)),
        (200.0, pytest.approx(1100), 200.0, pytest.approx(4)),
        (300.0, pytest.approx(1340), 260.0, 0.0),
    ]
    assert [point.begins for point in found.points] == [(), (), ("North Care is full",), (), ()]
    assert found.enough == 260.0


def test_over_slots_by_hand() -> None:
    """North's slots: 0, 3, 6 and 12, of which ten can be filled, by 100 dollars."""
    found = api.frontier(two_clinics(), "appointment_capacity[location=North] new_patient_slots", (0.0, 0.5, 1.0, 2.0))
    values = [point.outcome.value if point.outcome else None for point in found.points]
    assert values == pytest.approx([1000 - 200, 300 + 850 - 200, 600 + 700 - 200, 1000 + 500 - 200])
    assert [point.amount for point in found.points] == [0.0, None, None, None], "the other weeks have other slots"
    one_week = "appointment_capacity[location=North,week=2026-01-05] new_patient_slots"
    assert [point.amount for point in api.frontier(two_clinics(), one_week, (0.5, 1.0)).points] == [3.0, 6.0]


def test_where_no_plan_meets_the_limits_it_is_told() -> None:
    floors = small([campaign("a", min_weekly_spend=50.0)], [line_curve("a", 0.1, 100)], budget=100.0)
    found = api.frontier(floors, shares=(0.2, 0.5, 1.0))
    assert [point.refusal for point in found.points] == [study.NO_PLAN, "", ""]
    assert found.points[1].outcome is not None


def test_a_value_that_may_not_be_is_told() -> None:
    found = api.frontier(two_clinics(), "policies.fill_cap", (1.0, 1.5))
    assert found.points[0].outcome is not None
    assert found.points[1].outcome is None
    assert "fill_cap" in found.points[1].refusal or "1" in found.points[1].refusal


def test_a_goal_that_only_the_line_above_a_curve_reaches_is_told() -> None:
    """45 x^3 / (1 + x^3) with x = 400 / 800 brings 5 leads; the line up to 1008, where it brings 30, says 11.9."""
    curve = {"form": "hill", "max_leads": 45.0, "half_spend": 800.0, "slope": 3.0, "observed_max_weekly_spend": 2000.0}
    goal = {"limit": "some", "quantity": "visits", "min": 8.0}
    scenario = small([campaign("a")], [{"campaign": "a", **curve}], budget=400.0, tables={"limits": [goal]})
    found = api.frontier(scenario, shares=(0.2, 1.0, 2.5))
    assert [point.refusal for point in found.points] == [study.NO_PLAN, study.ENVELOPES, ""]
    last = found.points[-1].outcome
    assert last is not None
    assert last.visits.sum() == pytest.approx(45 * 1.25**3 / (1 + 1.25**3), rel=1e-3)


def test_whole_numbers_are_chosen_anew_at_every_point() -> None:
    """North runs at 60 dollars or not at all: with 50, all goes to South; with 100, 60 go to North."""
    scenario = small(
        [campaign("a", min_if_active=60.0), campaign("b", location="South")],
        [line_curve("a", 0.1, 100), line_curve("b", 0.05, 200)],
        budget=100.0,
    )
    found = api.frontier(scenario, shares=(0.5, 1.0))
    spends = [point.outcome.spend.ravel().tolist() for point in found.points if point.outcome]
    assert spends == [[0.0, 50.0], [100.0, 0.0]]


def test_more_money_is_never_worth_less_and_each_further_dollar_brings_less() -> None:
    found = api.frontier(CLINIC, shares=tuple(np.linspace(0.2, 2, 10)))
    points = [point for point in found.points if point.outcome]
    value = np.array([point.outcome.value for point in points if point.outcome])
    gap = max(point.gap for point in points)
    amount = np.array([point.amount for point in points], dtype=float)
    price = np.array([point.next_unit for point in points], dtype=float)
    assert (np.diff(value) >= -gap).all()
    assert (np.diff(price) <= 1e-9).all()
    rise = np.diff(value) / np.diff(amount)
    room = 2 * gap / np.diff(amount) + 1e-9
    assert (rise <= price[:-1] + room).all()
    assert (rise >= price[1:] - room).all()


def test_every_point_is_what_planning_anew_finds() -> None:
    found = api.frontier(CLINIC, shares=(0.3, 0.7, 1.0))
    for point in found.points:
        anew = api.plan(api.load(CLINIC, sets=[f"budget.total*={point.share}"]))
        assert point.outcome is not None
        assert point.outcome.value <= anew.curve_gap.bound + 1e-6
        assert point.outcome.value + point.gap >= anew.value - 1e-6


def test_a_point_whose_numbers_are_not_found_again_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    real = study.evaluate_recommended

    def wrong(*arguments: object) -> object:
        outcome = real(*arguments)  # type: ignore[arg-type]
        outcome.booked[:] *= 1.01
        return outcome

    monkeypatch.setattr(study, "evaluate_recommended", wrong)
    with pytest.raises(VerificationError):
        api.frontier(two_clinics(), shares=(1.0,))


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ("budget.totl", "did you mean 'total'?"),
        ("appointment_capacity[location=Nort] new_patient_slots", "North"),
        ("appointment_capacity new_slots", "new_patient_slots"),
        ("name", "nothing to multiply"),
        ("appointment_capacity[ new_patient_slots", "TABLE[COLUMN=LABEL,...]"),
    ],
)
def test_what_is_no_number_of_the_scenario_is_refused(over: str, told: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(told)):
        api.frontier(two_clinics(), over, (1.0,))


def test_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["frontier", "-q", str(CLINIC), "--points", "5"]) == 0
    screen = capsys.readouterr().out
    assert "Next dollar adds" in screen
    assert "is full" in screen
    assert main(["frontier", "-q", "--json", str(CLINIC), "--points", "3", "--from", "0.5", "--to", "1.5"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert [point["share"] for point in data["points"]] == [0.5, 1.0, 1.5]
    assert main(["frontier", "-q", str(CLINIC), "--from", "2", "--to", "1"]) == ExitCode.USAGE
    assert main(["frontier", "-q", str(CLINIC), "--over", "budget.nothing"]) == ExitCode.BAD_INPUT
