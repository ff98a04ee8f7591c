"""Where worth is the same, money stays where it is today."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer import api
from optimizer.model.families import state
from optimizer.model.setting import established, planning
from optimizer.model.tie_break import SHARE_OF_TOLERANCE, towards_today
from optimizer.plan.planner import Plan
from optimizer.scenario.read import Scenario
from tests.small import campaign, line_curve, small

CURVES = [line_curve(name, 0.1, 1000.0) for name in ("a", "b")]


def twins(a: float, b: float, *, weeks: int = 1, slots: float = 40.0) -> Scenario:
    """Two campaigns alike in everything but today's spend; ten slots take 100 of money, so 40 take 400."""
    campaigns = [
        campaign("a", channel="A", current_weekly_spend=a),
        campaign("b", channel="B", current_weekly_spend=b),
    ]
    return small(campaigns, CURVES, weeks=weeks, slots=slots)


def spend(plan: Plan) -> list[list[float]]:
    frame = plan.frame().pivot(index="campaign", columns="week", values="recommended_spend")
    return [[float(amount) for amount in row] for row in frame.to_numpy()]


@pytest.mark.parametrize(("a", "b"), [(400.0, 0.0), (0.0, 400.0), (150.0, 250.0), (400.0 / 3, 800.0 / 3)])
def test_twins_keep_what_they_have(a: float, b: float) -> None:
    assert spend(api.plan(twins(a, b))) == [[pytest.approx(a, abs=0.01)], [pytest.approx(b, abs=0.01)]]


def test_only_what_must_move_moves() -> None:
    """Today's 600 bring 60 patients for 40 slots: 200 must go, and no campaign rises."""
    (a,), (b,) = spend(api.plan(twins(350.0, 250.0)))
    assert a + b == pytest.approx(400.0, abs=0.01)
    assert a <= 350.0
    assert b <= 250.0


def test_a_plan_that_is_taken_over_is_kept() -> None:
    """Planned again from its own spend, in weeks that are all alike, a plan moves no money."""
    first = spend(api.plan(twins(700.0, 10.0, weeks=3)))
    again = spend(api.plan(twins(first[0][0], first[1][0], weeks=3)))
    assert again == [pytest.approx([row[0]] * 3, abs=0.01) for row in first]


def test_the_preference_stays_within_its_share_of_the_tolerance() -> None:
    setting = planning(established(twins(300.0, 50.0, weeks=2)))
    program = state(setting)
    apart = np.abs(towards_today(setting, program, 1.0) - program.worth)
    assert float(apart @ program.upper) == pytest.approx(SHARE_OF_TOLERANCE)


def test_prices_are_those_of_the_worth_itself() -> None:
    """A slot is worth 100 less the 10 that its lead costs."""
    prices = api.plan(twins(400.0, 0.0)).prices
    assert prices.loc[prices["family"] == "appointment_capacity", "price"].iloc[0] == pytest.approx(90.0, abs=1e-9)
