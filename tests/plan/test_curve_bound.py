"""The bound on the continuous curves: never below any plan on them, and close to the best."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from optimizer import api
from optimizer.lp.certificate import certify
from optimizer.model.families import state
from optimizer.model.setting import established, planning
from optimizer.plan.curve_bound import curve_bound, curve_gap, gap_of_weeks
from optimizer.plan.outcome import evaluate
from optimizer.scenario.read import Scenario
from optimizer.solve import highs
from tests.small import campaign, small

CURVES: list[dict[str, Any]] = [
    {"form": "michaelis_menten", "max_leads": 40.0, "half_spend": 900.0},
    {"form": "hill", "max_leads": 30.0, "half_spend": 400.0, "slope": 0.6},
    {"form": "log", "scale_leads": 12.0, "scale_spend": 300.0},
    {"form": "power", "scale_leads": 20.0, "scale_spend": 500.0, "exponent": 0.5},
    {"form": "exponential", "max_leads": 25.0, "scale_spend": 700.0},
    {"form": "logistic", "max_leads": 25.0, "scale_spend": 700.0},
    {"form": "points", "points": "0:0 500:12 1500:22 3000:25"},
]


def scenario(first: int, second: int, *, steps: int, slots: float = 1e6) -> Scenario:
    campaigns = [campaign("a", channel="A"), campaign("b", channel="B")]
    curves = [
        {"campaign": name, "observed_max_weekly_spend": 3000.0, **CURVES[form]}
        for name, form in (("a", first), ("b", second))
    ]
    return small(campaigns, curves, budget=2500.0, slots=slots, policies={"curve_steps": steps})


@pytest.mark.parametrize(
    ("forms", "steps", "slots"),
    [((0, 1), 1, 1e6), ((1, 3), 6, 25.0), ((2, 4), 1, 1e6), ((5, 6), 6, 25.0), ((3, 6), 1, 1e6), ((0, 5), 6, 25.0)],
)
def test_no_plan_on_a_fine_grid_passes_the_bound(forms: tuple[int, int], steps: int, slots: float) -> None:
    facts = established(scenario(*forms, steps=steps, slots=slots))
    setting = planning(facts)
    solution = highs.solve(state(setting))
    certify(solution)
    bound = curve_bound(setting, solution)
    amounts = np.linspace(0.0, 2500.0, 26)
    for spend in product(amounts, amounts):
        if sum(spend) <= 2500.0:
            assert evaluate(facts, np.array(spend)[:, None]).value <= bound + 1e-6


@pytest.mark.parametrize("forms", [(0, 1), (1, 3), (2, 4), (5, 6)])
def test_the_plan_is_proven_close(forms: tuple[int, int]) -> None:
    plan = api.plan(scenario(*forms, steps=12))
    assert 0 <= plan.curve_gap.share <= 1e-3
    assert plan.curve_gap.bound >= plan.value


def test_one_campaign_by_hand() -> None:
    """100 * 40 s / (900 + s) - s is greatest at s = sqrt(100 * 40 * 900) - 900 = 997.37, worth 1,105.27."""
    curve = {"campaign": "a", "observed_max_weekly_spend": 3000.0, **CURVES[0]}
    plan = api.plan(small([campaign("a")], [curve]))
    best = np.sqrt(100 * 40 * 900) - 900
    worth = 100 * 40 * best / (900 + best) - best
    assert worth == pytest.approx(1105.27, abs=0.005)
    assert plan.value <= worth <= plan.curve_gap.bound
    assert plan.spend == pytest.approx(best, abs=3000 / 384 * 2)


def test_leads_that_only_cost_are_bounded_at_the_ends() -> None:
    """A floor forces spend whose leads are worth nothing; the bound is the cost of the floor."""
    curve = {"campaign": "a", "observed_max_weekly_spend": 3000.0, **CURVES[0]}
    value = [{"service_line": "Care", "first_visit_margin": 0.0, "ltv_margin": 0.0}]
    plan = api.plan(small([campaign("a", min_weekly_spend=200.0)], [curve], tables={"patient_value": value}))
    assert plan.value == pytest.approx(-200.0)
    assert plan.curve_gap.bound == pytest.approx(-200.0, abs=1e-6)


@pytest.mark.parametrize("forms", [(0, 1), (2, 4), (5, 6)])
def test_the_gap_is_made_of_the_weeks_gaps(forms: tuple[int, int]) -> None:
    setting = planning(established(scenario(*forms, steps=3, slots=25.0)))
    solution = highs.solve(state(setting))
    gaps = gap_of_weeks(setting, solution)
    assert (gaps >= -1e-9).all()
    assert gaps.sum() == pytest.approx(curve_bound(setting, solution) - solution.objective, rel=1e-6)


def test_gap_is_never_negative() -> None:
    assert curve_gap(10.0, 11.0).gap == 0.0
    assert curve_gap(11.0, 10.0).share == pytest.approx(0.1)
