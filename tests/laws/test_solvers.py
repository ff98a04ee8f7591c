"""Two solvers that share no code find the same value."""

from __future__ import annotations

import pytest
from hypothesis import given

from optimizer.lp.certificate import certify
from optimizer.solve import highs, pulp_bridge
from tests.laws.markets import Market, few, markets
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
