"""Rounding to cents: every amount is within a cent, budgets hold exactly, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer import api
from optimizer.model.families import state
from optimizer.model.setting import established, planning
from optimizer.plan.cents import whole_cents
from optimizer.plan.outcome import planned_spend
from optimizer.scenario.read import Scenario
from optimizer.solve import highs
from tests.small import WEEKS, campaign, line_curve, small


def three(budget: object) -> Scenario:
    names = ["a", "b", "c"]
    campaigns = [campaign(name, channel=name.upper()) for name in names]
    return small(campaigns, [line_curve(name, 0.05, 1000) for name in names], budget=budget, weeks=2)  # type: ignore[arg-type]


def rounded(scenario: Scenario, spend: np.ndarray) -> np.ndarray:
    facts = established(scenario)
    solution = highs.solve(state(planning(facts)))
    assert planned_spend(solution.program, solution, spend.shape).shape == spend.shape
    cents = whole_cents(solution, spend) * 100
    np.testing.assert_allclose(cents, np.rint(cents), atol=1e-6)
    return np.rint(cents)


def test_thirds_of_a_hundred_add_up_to_a_hundred() -> None:
    spend = np.full((3, 2), 100 / 6)
    cents = rounded(three({"total": 100.0}), spend)
    assert cents.sum() == 10_000
    assert set(cents.ravel()) <= {1666.0, 1667.0}


def test_no_week_passes_its_budget_by_a_cent() -> None:
    """Each week may spend 50.00; 3 x 16.6666 is 49.9998, so one cent of each week finds no largest remainder above."""
    spend = np.full((3, 2), 50 / 3)
    cents = rounded(three({"total": 1000.0, "per_week": 50.0}), spend)
    assert cents.sum(axis=0).tolist() == [5000, 5000]


def test_a_budget_with_a_broken_cent_is_rounded_down() -> None:
    cents = rounded(three({"total": 100.009}), np.full((3, 2), 100.009 / 6))
    assert cents.sum() == 10_000


def test_a_floor_is_not_undercut() -> None:
    floor = [campaign("a", channel="A", min_weekly_spend=33.34), campaign("b", channel="B")]
    scenario = small(floor, [line_curve("a", 0.001, 1000), line_curve("b", 0.05, 1000)], budget=66.68)
    cents = rounded(scenario, np.array([[33.34 - 1e-9], [33.34 + 1e-9]]))
    assert cents.ravel().tolist() == [3334, 3334]


def test_a_named_spend_limit_holds_exactly() -> None:
    limit = {"limit": "cap", "quantity": "spend", "channel": "A", "max": 33.33, "owner": "CFO", "reason": "test"}
    scenario = small(
        [campaign("a", channel="A"), campaign("b", channel="B")],
        [line_curve("a", 0.05, 1000), line_curve("b", 0.04, 1000)],
        budget=100.0,
        tables={"limits": [limit]},
    )
    plan = api.plan(scenario)
    spend = plan.frame("plan").groupby("campaign")["recommended_spend"].sum()
    assert spend["a"] == pytest.approx(33.33, abs=1e-9)
    assert spend.sum() == pytest.approx(100.0, abs=1e-9)
    assert len(WEEKS) > 1


def test_a_solver_s_rounding_below_zero_is_no_spend() -> None:
    """Curves know no spend below zero, so a step of minus a trillionth of a dollar must not reach them."""
    scenario = three(1000.0)
    solution = highs.solve(state(planning(established(scenario))))
    values = solution.values.copy()
    steps = solution.program.column_slice("spend")
    values[steps] = np.where(values[steps] == 0, -1e-12, values[steps])
    below = replace(solution, values=values)
    assert (below.of("spend") < 0).any()
    np.testing.assert_allclose(
        planned_spend(below.program, below, (3, 2)), planned_spend(solution.program, solution, (3, 2)), atol=1e-9
    )
    assert (planned_spend(below.program, below, (3, 2)) >= 0).all()
