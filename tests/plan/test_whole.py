"""Plans with whole numbers and S-shaped curves: no plan on a grid beats them by more than the gap that they tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from optimizer import api
from optimizer.errors import Finding
from optimizer.lp.solution import Status
from optimizer.model.families import state
from optimizer.model.setting import established, planning
from optimizer.plan.check import check_plan
from optimizer.plan.outcome import evaluate
from optimizer.plan.planner import Plan
from optimizer.plan.summary import totals
from optimizer.scenario.read import Scenario
from optimizer.solve import highs, pulp_bridge
from tests.small import WEEKS, campaign, line_curve, points_curve, small

CURVES: list[dict[str, Any]] = [
    {"form": "hill", "max_leads": 40.0, "half_spend": 900.0, "slope": 1.0},
    {"form": "hill", "max_leads": 45.0, "half_spend": 800.0, "slope": 3.0},
    {"form": "points", "points": "0:0 400:2 900:25 1500:27 2000:36"},
]


def market(
    shapes: Sequence[int],
    *,
    budget: float,
    exact: str = "no",
    least: float = 0.0,
    today: float = 300.0,
    slots: float = 1e6,
    **policies: Any,
) -> Scenario:
    names = [f"c{number}" for number in range(len(shapes))]
    rows = [
        campaign(name, channel=name, min_if_active=least, current_weekly_spend=today + 100 * number)
        for number, name in enumerate(names)
    ]
    curves = [
        {"campaign": name, "observed_max_weekly_spend": 2000.0, "exact": exact, **CURVES[shape]}
        for name, shape in zip(names, shapes, strict=True)
    ]
    return small(rows, curves, budget=budget, slots=slots, policies=policies)


def best_on_a_grid(scenario: Scenario, step: float) -> float:
    """The best of all plans on a grid that the rules allow, each played by itself."""
    facts = established(scenario)
    definition = facts.definition
    least = facts.gates.least_active[:, 0]
    amounts = [np.unique(np.append(np.arange(0.0, 2000.0 + step, step), [today, low])) for today, low in
               zip(facts.current, least, strict=True)]  # fmt: skip
    best = -np.inf
    for spend in product(*amounts):
        money = np.array(spend)
        if money.sum() > definition.budget.total or ((money > 0) & (money < least)).any():
            continue
        most = definition.policies.max_changed_campaigns
        free = (facts.current >= least) | (facts.current == 0)
        if most is not None and (free & (money != facts.current)).sum() > most:
            continue
        best = max(best, evaluate(facts, money[:, None]).value)
    return best


CASES = [
    {"shapes": [0, 0], "budget": 1500.0},
    {"shapes": [1, 2], "budget": 1500.0},
    {"shapes": [1, 2], "budget": 1500.0, "exact": "yes"},
    {"shapes": [1, 1], "budget": 1300.0, "exact": "yes"},
    {"shapes": [1, 1], "budget": 1300.0},
    {"shapes": [0, 0], "budget": 1000.0, "least": 700.0},
    {"shapes": [0, 1], "budget": 1000.0, "least": 600.0, "exact": "yes"},
    {"shapes": [0, 1, 2], "budget": 2400.0, "max_changed_campaigns": 1, "exact": "yes"},
    {"shapes": [0, 0], "budget": 2000.0, "max_changed_campaigns": 1, "slots": 40.0},
    {"shapes": [2, 2], "budget": 900.0, "exact": "yes", "slots": 12.0},
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_brute_force_never_beats_the_plan_by_more_than_its_gap(case: dict[str, Any]) -> None:
    scenario = market(**case)
    plan = api.plan(scenario)
    best = best_on_a_grid(scenario, 200.0 if len(case["shapes"]) == 3 else 100.0)
    assert best <= plan.curve_gap.bound + 1e-6
    assert best <= plan.value + plan.curve_gap.gap + 1e-6
    close = plan.curve_gap.share <= 1e-3 or plan.curve_gap.gap <= 1.0
    assert plan.status is (Status.OPTIMAL_CERTIFIED if close or (case["shapes"] == [0, 0] and "least" not in case
                           and "max_changed_campaigns" not in case) else Status.FEASIBLE_GAP)  # fmt: skip


def test_min_if_active_by_hand() -> None:
    """Both concave, at 700 or not at all, 1000 in all: one alone with 997 brings 100 * 40 * 997 / 1897 - 997 = 1105."""
    plan = api.plan(market([0, 0], budget=1000.0, least=700.0))
    spend = np.sort(plan.outcome.spend.ravel())
    assert spend[0] == 0.0
    assert spend[1] == pytest.approx(997, abs=20)
    assert plan.value == pytest.approx(1105.27, abs=0.5)
    assert "minimum_if_active" in set(plan.frame()["reason_code"])


def test_cents_keep_zero_or_the_minimum() -> None:
    plan = api.plan(market([0, 0, 0], budget=1000.01, least=333.335))
    cents = np.rint(plan.outcome.spend * 100)
    assert ((cents == 0) | (cents >= 33334)).all()
    assert cents.sum() <= 100001


def test_an_envelope_is_told_and_its_spend_marked() -> None:
    """650 each lies in the hollows; the line promises more than the curves bring."""
    plan = api.plan(market([1], budget=600.0))
    assert plan.frame()["on_envelope"].tolist() == ["yes"]
    assert plan.status is Status.FEASIBLE_GAP
    assert plan.curve_gap.bound > plan.value
    assert any("S-shaped" in note and "c0" in note for note in plan.facts.notes)
    assert api.plan(market([0], budget=600.0)).frame()["on_envelope"].tolist() == ["no"]


def test_an_envelope_that_misleads_is_left_for_the_curve_itself() -> None:
    """Two like hollows: a line says that any split of 1000 is as good, but a limit on leads holds only on the curve.

    200 leads a unit of 0.02 are promised at 500 on one curve, where it brings 2 + 100 * 0.046 = 6.6 of the 10 asked.
    """
    rows = [campaign("a", current_weekly_spend=900.0), campaign("b", channel="B")]
    curves = [points_curve("a", "0:0 400:2 900:25", 900.0), line_curve("b", 0.026, 900.0)]
    limits = [{"limit": "goal", "quantity": "leads", "campaign": "a", "min": 20.0}]
    plan = api.plan(small(rows, curves, budget=1000.0, tables={"limits": limits}))
    assert plan.frame("limits")["achieved"].tolist() == [pytest.approx(25.0, abs=5.1)]
    assert plan.frame("limits")["achieved"].iloc[0] >= 20.0 - 1e-6


def test_no_refining_tells_the_gap_as_it_is() -> None:
    plan = api.plan(market([0, 0], budget=1500.0, refine_curves=False, curve_steps=2))
    finer = api.plan(market([0, 0], budget=1500.0, curve_steps=2))
    assert plan.curve_gap.share > 1e-3 > finer.curve_gap.share
    assert plan.status is Status.OPTIMAL_CERTIFIED
    assert best_on_a_grid(market([0, 0], budget=1500.0), 100.0) <= plan.curve_gap.bound


def test_one_more_changed_campaign_is_found_by_solving_again() -> None:
    rows = [campaign(name, channel=name, current_weekly_spend=100.0) for name in "AB"]
    curves = [line_curve("A", 0.05, 1000.0), line_curve("B", 0.03, 1000.0)]
    plan = api.plan(small(rows, curves, policies={"max_changed_campaigns": 1}))
    prices = plan.prices.set_index("family").loc["changed_campaigns"]
    assert prices["price"] == pytest.approx(900 * 2)
    assert prices["used"] == 1
    assert plan.frame().set_index("campaign")["reason_code"]["B"] == "changed_campaigns"
    assert plan.outcome.spend.ravel().tolist() == [1000.0, 100.0]


@pytest.mark.skipif("cbc" not in pulp_bridge.available_solvers(), reason="PuLP has no CBC here")
@pytest.mark.parametrize("case", CASES[2:8], ids=str)
def test_cbc_finds_the_same_value(case: dict[str, Any]) -> None:
    program = state(planning(established(market(**case))))
    other = pulp_bridge.solve_with(program, "cbc")
    assert other.objective == pytest.approx(highs.solve(program).objective, rel=2e-4, abs=1e-3)


def test_a_gate_below_the_minimum_closes_the_week_and_a_hold_wins() -> None:
    tiers = [{"max_days": 10, "share": 1}, {"share": 0.25}]
    rows = [campaign("A", min_if_active=300.0, current_weekly_spend=0.0)]
    slots = [
        {"location": "North", "service_line": "Care", "week": week, "new_patient_slots": 1000.0,
         "third_next_available_days": 20.0, "as_of": "2025-01-01"}
        for week in WEEKS
    ]  # fmt: skip
    shut = small(
        rows, [line_curve("A", 0.05, 1000.0)], policies={"tiers": tiers}, tables={"appointment_capacity": slots}
    )
    plan = api.plan(shut)
    assert plan.spend == 0.0
    assert plan.frame("gates")["ceiling_after"].tolist() == [0.0]
    assert any("min_if_active" in note for note in plan.facts.notes)
    rows = [campaign("A", min_if_active=300.0, current_weekly_spend=120.0)]
    held = small(rows, [line_curve("A", 0.05, 1000.0)], policies={"stale_days": 30},
                 tables={"appointment_capacity": slots})  # fmt: skip
    assert api.plan(held).spend == 120.0


# What the independent check finds


def corrupted(plan: Plan, spend: Sequence[float], **columns: Any) -> list[Finding]:
    table = plan.frame().assign(recommended_spend=list(spend), **columns)
    return check_plan(plan.scenario, {**plan.tables, "plan": table}, totals(plan.outcome))


@pytest.mark.parametrize("amount", [0.01, 299.99])
def test_spend_below_the_minimum_is_found(amount: float) -> None:
    plan = api.plan(market([0], budget=1000.0, least=300.0))
    assert "minimum_if_active" in {finding.check for finding in corrupted(plan, [amount])}
    for allowed in (0.0, 300.0):
        assert "minimum_if_active" not in {finding.check for finding in corrupted(plan, [allowed])}


def test_one_change_too_many_is_found() -> None:
    plan = api.plan(market([0, 0], budget=2000.0, max_changed_campaigns=1))
    today = plan.facts.current
    assert "changed_campaigns" in {finding.check for finding in corrupted(plan, today + 0.02)}
    for moved in (today, today + 0.01, today + np.array([0.0, 5.0])):
        assert "changed_campaigns" not in {finding.check for finding in corrupted(plan, moved)}


@pytest.mark.parametrize("shape", [1, 2])
def test_a_hollow_that_is_not_told_is_found(shape: int) -> None:
    plan = api.plan(market([shape], budget=500.0))
    said = plan.frame()["on_envelope"]
    assert said.tolist() == ["yes"]
    wrong = corrupted(plan, plan.outcome.spend.ravel(), on_envelope="no")
    assert "on_envelope" in {finding.check for finding in wrong}
    concave = api.plan(market([0], budget=500.0))
    wrong = corrupted(concave, concave.outcome.spend.ravel(), on_envelope="yes")
    assert "on_envelope" in {finding.check for finding in wrong}


def test_bounds_of_relaxed_and_fixed_prices_both_hold() -> None:
    from optimizer.plan.curve_bound import curve_bound

    scenario = market([0, 1], budget=1000.0, least=600.0, exact="yes")
    setting = planning(established(scenario))
    program = state(setting)
    best = best_on_a_grid(scenario, 50.0)
    for solution in (highs.solve(program), highs.solve(program.relaxed())):
        assert curve_bound(setting, solution) >= best - 1e-6
        random = np.random.default_rng(1)
        prices = solution.prices * random.uniform(0.5, 1.5, len(solution.prices))
        assert curve_bound(setting, replace(solution, prices=prices)) >= best - 1e-6
