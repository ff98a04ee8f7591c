"""A solve that begins where a like program ended finds the same optimum, in fewer steps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer import api
from optimizer.lp.certificate import certify
from optimizer.lp.program import Program
from optimizer.lp.solution import Solution
from optimizer.model.families import state
from optimizer.model.setting import Setting, established, planning, refined
from optimizer.plan.outcome import evaluate, planned_spend
from optimizer.plan.warm_start import Solved, carried_over, spend_there
from optimizer.response.forecast import todays_spend
from optimizer.scenario.facts import Facts
from optimizer.solve.highs import AT_LOWER, BASIC, Session
from tests.laws.markets import Market, few, markets

MARKETS = Path(__file__).parents[2] / "scenarios" / "three_markets"


@pytest.fixture(scope="module")
def facts() -> Facts:
    return established(api.load(MARKETS))


def cold(setting: Setting) -> tuple[Solution, Solved]:
    return _solved(setting, Session(state(setting)))


def warm(setting: Setting, start: Solved) -> tuple[Solution, Solved]:
    program = state(setting)
    session = Session(program)
    session.begin_at(carried_over(start, setting, program))
    return _solved(setting, session)


def _solved(setting: Setting, session: Session) -> tuple[Solution, Solved]:
    solution = session.solve()
    certify(solution)
    spend = planned_spend(solution.program, solution, setting.facts.floor.shape)
    return solution, Solved(solution.program, session.basis(), spend)


def test_the_same_program_is_solved_at_once(facts: Facts) -> None:
    setting = planning(facts)
    first, start = cold(setting)
    again, _ = warm(setting, start)
    assert again.iterations <= first.iterations / 50
    assert again.objective == pytest.approx(first.objective, rel=1e-9)


def test_finer_steps_take_a_part_of_the_iterations(facts: Facts) -> None:
    setting = planning(facts)
    _, start = cold(setting)
    finer = refined(setting, start.spend, start.spend, 0)
    one, _ = cold(finer)
    other, _ = warm(finer, start)
    assert other.objective == pytest.approx(one.objective, rel=1e-9)
    assert other.iterations < one.iterations / 3


def test_without_a_gate_there_are_new_columns_and_rows(facts: Facts) -> None:
    _, start = cold(planning(facts))
    gates = facts.gates.without("go_live")
    floor, ceiling = gates.bounds()
    lifted = planning(replace(facts, gates=gates, floor=floor, ceiling=ceiling))
    program: Program = state(lifted)
    assert len(program.worth) > len(start.program.worth)
    one, _ = cold(lifted)
    other, _ = warm(lifted, start)
    assert other.objective == pytest.approx(one.objective, rel=1e-9)
    assert other.iterations < one.iterations / 3


def test_what_is_new_begins_at_nothing(facts: Facts) -> None:
    """Columns that were not there begin at their lower ends, and rows that were not there do not bind."""
    gates = facts.gates.without("go_live")
    floor, ceiling = gates.bounds()
    lifted = planning(replace(facts, gates=gates, floor=floor, ceiling=ceiling))
    _, start = cold(planning(facts))
    program = state(lifted)
    basis = carried_over(start, lifted, program)
    fresh = np.flatnonzero(np.isin(lifted.steps.campaign, np.flatnonzero((start.spend == 0).all(axis=1))))
    assert set(basis.columns[program.column_slice("spend")][fresh].tolist()) <= {AT_LOWER}
    labels = program.row_block("change_limit").labels.frame().apply(tuple, axis=1)
    before = set(start.program.row_block("change_limit").labels.frame().apply(tuple, axis=1))
    new = ~labels.isin(before).to_numpy()
    assert new.any()
    assert set(basis.rows[program.row_slice("change_limit")][new].tolist()) == {BASIC}


@few
@given(markets(), markets(), st.integers(0, 2))
def test_any_other_scenario_is_a_start_that_changes_nothing(market: Market, other: Market, turn: int) -> None:
    """Even from a program that has little to do with it, the optimum is the same."""
    setting, start = planning(established(market.scenario())), planning(established(other.scenario()))
    one, _ = cold(setting)
    _, from_there = cold(start)
    again, solved = warm(setting, replace(from_there, spend=np.zeros_like(from_there.spend)))
    assert again.objective == pytest.approx(one.objective, rel=1e-7, abs=1e-6)
    finer = refined(setting, solved.spend, solved.spend, turn)
    assert warm(finer, solved)[0].objective == pytest.approx(cold(finer)[0].objective, rel=1e-7, abs=1e-6)


def test_a_play_from_where_a_like_scenario_was_played_is_the_same(facts: Facts) -> None:
    """With a tenth fewer slots to fill: the same appointments, and the same leads answered late."""
    fewer = established(api.load(MARKETS, sets=["policies.fill_cap*=0.9"]))
    spend = todays_spend(facts)
    begun = evaluate(fewer, spend, evaluate(facts, spend).solved)
    fresh = evaluate(fewer, spend)
    assert begun.booked == pytest.approx(fresh.booked, abs=1e-9)
    assert begun.late_hours == pytest.approx(fresh.late_hours, abs=1e-9)
    assert begun.downstream == pytest.approx(fresh.downstream, abs=1e-9)


def test_money_of_a_like_program_finds_its_campaigns_by_name(facts: Facts) -> None:
    """Half of the campaigns in another order, and one week less."""
    setting = planning(facts)
    program, spend = state(setting), np.arange(facts.floor.size, dtype=float).reshape(facts.floor.shape) + 1
    chosen = np.arange(len(facts.campaigns))[::-2]
    other = replace(facts, campaigns=facts.campaigns.iloc[chosen].reset_index(drop=True), planned=facts.planned - 1)
    assert np.array_equal(spend_there(program, spend, other), spend[chosen][:, :-1])
    renamed = other.campaigns.assign(campaign="new-" + other.campaigns["campaign"])
    assert not spend_there(program, spend, replace(other, campaigns=renamed)).any()
