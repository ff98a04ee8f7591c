"""A second solver on a real scenario: HiGHS and CBC agree on the value and on the sign of every price."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optimizer.lp.certificate import certify
from optimizer.model.families import state
from optimizer.model.setting import established, planning
from optimizer.scenario.read import read_scenario
from optimizer.solve import highs, pulp_bridge

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.mark.parametrize("name", ["one_clinic", "three_markets"])
def test_cbc_agrees(name: str) -> None:
    if "cbc" not in pulp_bridge.available_solvers():
        pytest.skip("PuLP finds no CBC here")
    program = state(planning(established(read_scenario(SCENARIOS / name))))
    ours, theirs = highs.solve(program), pulp_bridge.solve_with(program, "cbc")
    bound = min(certify(ours).bound, certify(theirs).bound)
    assert theirs.objective == pytest.approx(ours.objective, rel=1e-7)
    assert max(ours.objective, theirs.objective) <= bound + 1e-6 * abs(bound)
    noise = 1e-6 * np.abs(ours.prices).max()
    for solution in (ours, theirs):
        assert (solution.prices[np.isinf(program.row_lower)] >= -noise).all()
        assert (solution.prices[np.isinf(program.row_upper)] <= noise).all()
    both = (np.abs(ours.prices) > noise) & (np.abs(theirs.prices) > noise)
    assert both.any()
    assert (np.sign(ours.prices[both]) == np.sign(theirs.prices[both])).mean() == 1.0
