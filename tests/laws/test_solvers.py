"""Every way to the optimum finds the same value: other solvers, other methods, other starts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.lp.certificate import certify
from optimizer.solve import highs, pulp_bridge
from tests.laws.markets import Market, few, law, markets
from tests.model.certified import program_of


@pytest.mark.skipif("cbc" not in pulp_bridge.available_solvers(), reason="PuLP has no CBC here")
@few
@given(markets())
def test_cbc_agrees_with_highs(market: Market) -> None:
    """CBC returns its values through a file of eight digits."""
    program = program_of(market.scenario())
    one, other = highs.solve(program), pulp_bridge.solve_with(program, "cbc")
    certify(one)
    certify(other)
    assert other.objective == pytest.approx(one.objective, rel=1e-6, abs=1e-3)


@pytest.mark.parametrize(("option", "setting"), [("presolve", "on"), ("solver", "ipm"), ("simplex_strategy", 4)])
@law
@given(market=markets())
def test_other_methods_agree(market: Market, option: str, setting: str | int) -> None:
    """Presolve, the interior point method, and the primal simplex method (strategy 4 of HiGHS)."""
    program = program_of(market.scenario())
    session = highs.Session(program)
    session._highs.setOptionValue(option, setting)
    other = session.solve()
    certify(other)
    assert other.objective == pytest.approx(highs.solve(program).objective, rel=1e-7, abs=1e-6)


@law
@given(markets(), st.integers(0, 2000))
def test_a_warm_start_agrees_with_a_cold_one(market: Market, other_budget: int) -> None:
    """Solved again from the basis of another budget, and back again."""
    program, there = program_of(market.scenario()), program_of(market.with_budget(other_budget).scenario())
    session = highs.Session(program)
    here = session.solve().objective
    row = np.array([program.row_slice("budget_total").start])
    warm = session.objective_with_limits(row, np.array([float(other_budget)]))
    assert warm == pytest.approx(highs.solve(there).objective, rel=1e-7, abs=1e-6)
    assert session.solve().objective == pytest.approx(here, rel=1e-7, abs=1e-6)
