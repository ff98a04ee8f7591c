"""Where a campaign would spend by itself at a plan's prices, and what finer steps around it are worth."""

from __future__ import annotations

import math

import numpy as np
import pytest

from optimizer import api
from optimizer.model.families import state
from optimizer.model.setting import Setting, established, planning, refined
from optimizer.plan.outcome import planned_spend
from optimizer.plan.solving import FINE_SHARE
from optimizer.plan.spend_at_prices import spend_at_prices
from optimizer.scenario.match import Floats
from optimizer.scenario.read import Scenario
from optimizer.solve import highs
from tests.small import campaign, small

HALF_AT_THOUSAND = {"form": "michaelis_menten", "max_leads": 100, "half_spend": 1000}


def one(steps: int, **curve: object) -> Scenario:
    """One campaign whose leads are worth 100 each, with money and slots for everything."""
    row = {"campaign": "a", "observed_max_weekly_spend": 3000.0, **(curve or HALF_AT_THOUSAND)}
    return small([campaign("a")], [row], policies={"curve_steps": steps})


def solved(scenario: Scenario) -> tuple[Setting, Floats, Floats]:
    """The setting on coarse steps, its spend, and the spend at its prices."""
    setting = planning(established(scenario))
    program = state(setting)
    solution = highs.solve(program)
    spend = planned_spend(program, solution, setting.facts.floor.shape)
    return setting, spend, spend_at_prices(setting, solution, spend)


@pytest.mark.parametrize("steps", [2, 3, 7])
def test_hand_worked(steps: int) -> None:
    """A further dollar brings 100 * 100 * 1000 / (1000 + s)^2 dollars: just 1 where 1000 + s is the root of 10^7.

    However coarse the steps are, and though the plan on them lies at the end of one.
    """
    _, spend, free = solved(one(steps))
    assert free == pytest.approx(np.array([[math.sqrt(1e7) - 1000]]), abs=0.01)
    assert abs(float(spend[0, 0] - free[0, 0])) > 1


def test_s_shaped_curves_stay_where_the_plan_is() -> None:
    _, spend, free = solved(one(6, form="hill", max_leads=100, half_spend=1000, slope=2.5))
    assert free.tolist() == spend.tolist()


def two(budget: float, slots: float) -> Scenario:
    campaigns = [campaign("a", channel="A"), campaign("b", channel="B")]
    curves = [
        {"campaign": "a", "observed_max_weekly_spend": 3000.0, **HALF_AT_THOUSAND},
        {
            "campaign": "b",
            "observed_max_weekly_spend": 3000.0,
            "form": "power",
            "scale_leads": 20.0,
            "scale_spend": 500.0,
            "exponent": 0.5,
        },
    ]
    return small(campaigns, curves, budget=budget, slots=slots, weeks=2, policies={"curve_steps": 3})


@pytest.mark.parametrize(("budget", "slots"), [(2000.0, 1e6), (9000.0, 40.0), (3000.0, 55.0)])
@pytest.mark.parametrize("turn", [0, 1])
def test_finer_steps_never_lose_value(budget: float, slots: float, turn: int) -> None:
    setting, spend, free = solved(two(budget, slots))
    coarse = highs.solve(state(setting)).objective
    assert highs.solve(state(refined(setting, spend, free, turn))).objective >= coarse - 1e-9 * abs(coarse)


@pytest.mark.parametrize(("budget", "slots"), [(2000.0, 1e6), (9000.0, 40.0), (3000.0, 55.0)])
def test_small_plans_are_proven_to_a_millionth(budget: float, slots: float) -> None:
    """Up to the cents to which budgets are rounded."""
    plan = api.plan(two(budget, slots))
    assert plan.curve_gap.gap <= FINE_SHARE * plan.value + 0.1
