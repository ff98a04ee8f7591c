"""Where to open access, worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from optimizer import api
from optimizer.cli.main import main
from optimizer.errors import ExitCode
from tests.small import WEEKS, campaign, line_curve, small
from tests.study.test_frontier import two_clinics

CLINIC = Path(__file__).parents[2] / "scenarios" / "one_clinic"


def test_slots_by_hand() -> None:
    """A slot at North takes 10 dollars from South: 100 - 50. North's campaign can fill 4 more, no fifth."""
    (north,) = api.access(two_clinics())
    assert (north.kind, north.name, north.unit) == ("appointment_capacity", "North Care", "slot")
    assert north.weeks == (WEEKS[0],)
    assert [(pledge.more, pledge.gain, pledge.funded, pledge.spend) for pledge in north.pledges] == [
        (1.0, pytest.approx(50), pytest.approx(10), pytest.approx(0, abs=1e-9)),
        (5.0, pytest.approx(200), pytest.approx(40), pytest.approx(0, abs=1e-9)),
        (10.0, pytest.approx(200), pytest.approx(40), pytest.approx(0, abs=1e-9)),
    ]


def test_money_that_was_left_funds_what_opens() -> None:
    """South is not there and 140 of the budget are left: a slot takes 10 of them and brings 100 - 10."""
    scenario = small([campaign("a")], [line_curve("a", 0.1, 100)], budget=200.0, slots={("North", "Care", 0): 6.0})
    (north,) = api.access(scenario, [1.0])
    assert north.pledges[0].gain == pytest.approx(90)
    assert north.pledges[0].funded == pytest.approx(10)
    assert north.pledges[0].spend == pytest.approx(10)


def test_gains_are_those_of_planning_anew_with_the_slots_opened() -> None:
    plan = api.plan(CLINIC)
    for place in api.access(plan, [1.0, 5.0]):
        assert place.kind == "appointment_capacity"
        for pledge in place.pledges:
            more = f"appointment_capacity new_patient_slots += {pledge.more / plan.facts.definition.policies.fill_cap}"
            anew = api.plan(api.load(CLINIC, changes=[more]))
            room = anew.curve_gap.gap + plan.curve_gap.gap + 1e-3 * pledge.gain
            assert pledge.gain == pytest.approx(anew.value - plan.value, abs=room)


def test_the_plan_is_as_it_was_afterwards() -> None:
    plan = api.plan(CLINIC)
    first, again = api.access(plan), api.access(plan)
    assert first == again
    session = plan.answer.session
    assert np.array_equal(session.program.row_upper, plan.solution.program.row_upper)
    assert session.again().objective == pytest.approx(plan.solution.objective, rel=1e-9)


def test_more_is_never_worse_and_each_further_slot_brings_less() -> None:
    for place in api.access(CLINIC, [1.0, 2.0, 3.0]):
        gains = np.array([0.0, *(pledge.gain for pledge in place.pledges)])
        assert (np.diff(gains) >= -1e-6).all()
        assert (np.diff(gains, n=2) <= 1e-6).all()


def test_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["access", "-q", str(CLINIC)]) == 0
    assert "operations opens" in capsys.readouterr().out
    assert main(["access", "-q", "--json", "--more", "2", str(CLINIC)]) == 0
    places = json.loads(capsys.readouterr().out)["data"]["places"]
    assert [pledge["more"] for pledge in places[0]["pledges"]] == [2.0]
    for wrong in ("0", "-1", "much", "1,,2", "inf", ""):
        assert main(["access", "-q", str(CLINIC), "--more", wrong]) == ExitCode.USAGE
