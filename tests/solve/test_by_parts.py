"""A start from the parts of a program: the same optimum, in a part of the iterations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.lp.blocks import ColumnBlock, Labels, Meaning, at_most, term
from optimizer.lp.certificate import certify
from optimizer.lp.program import Program, assemble
from optimizer.solve import parts
from optimizer.solve.by_parts import start_by_parts
from optimizer.solve.highs import ProvenInfeasible, Session, solve

MEANING = Meaning("the limit", "one more", "units")
CLINICS, CAMPAIGNS = 6, 40


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LEAST_COLUMNS", 30)
    monkeypatch.setattr(parts, "WIDE", (0.3,))


def labels(name: str, count: int) -> Labels:
    return Labels({name: [f"{name} {number}" for number in range(count)]}, (np.arange(count),))


def group(seed: int, *, budget: float = 0.4, cap: float = np.inf) -> Program:
    """Clinics with a few limits each on all their campaigns, one budget over all, and a cap on every third campaign."""
    draw = np.random.default_rng(seed)
    many = CLINICS * CAMPAIGNS
    spend = ColumnBlock(
        "spend", labels("campaign", many), 0.0, draw.uniform(1.0, 5.0, many), draw.uniform(0.0, 3.0, many)
    )
    rows = CLINICS * 4
    row, column = np.meshgrid(np.arange(rows), np.arange(CAMPAIGNS), indexing="ij")
    column = column + row // 4 * CAMPAIGNS
    weight = draw.uniform(0.0, 2.0, row.shape)
    slots = at_most(
        "slots", labels("slot", rows), 0.3 * weight.sum(axis=1) * 3, [term("spend", row, column, weight)], MEANING
    )
    total = float(spend.upper.sum())
    money = at_most("budget", labels("budget", 1), budget * total, [term("spend", 0, np.arange(many), 1.0)], MEANING)
    third = np.arange(0, many, 3)
    capped = at_most("cap", labels("cap", 1), cap * total, [term("spend", 0, third, 1.0)], MEANING)
    return assemble([spend], [slots, money, capped])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("cap", [np.inf, 0.05])
def test_the_optimum_is_the_same_and_near(seed: int, cap: float) -> None:
    program = group(seed, cap=cap)
    cold = solve(program)
    basis = start_by_parts(program, None, None)
    assert basis is not None
    session = Session(program)
    session.begin_at(basis)
    warm = session.solve()
    certify(warm)
    assert warm.objective == pytest.approx(cold.objective, rel=1e-9)
    assert warm.iterations < cold.iterations / 2


def test_known_prices_and_a_known_basis_are_a_start_as_well() -> None:
    program, other = group(1), group(1, budget=0.41)
    session = Session(other)
    known = session.solve()
    basis = start_by_parts(program, session.basis(), known.prices)
    assert basis is not None
    again = Session(program)
    again.begin_at(basis)
    assert again.solve().objective == pytest.approx(solve(program).objective, rel=1e-9)


def test_no_parts_no_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LEAST_COLUMNS", 1000)
    assert start_by_parts(group(2), None, None) is None


def test_whole_numbers_are_left_to_the_search() -> None:
    program = group(3)
    whole = replace(program.columns[0], upper=np.floor(program.columns[0].upper), whole=True)
    assert start_by_parts(replace(program, columns=(whole,)), None, None) is None


def test_a_part_without_a_plan_is_left_to_the_whole() -> None:
    """One clinic's limit cannot hold: the parts have no answer, and the whole says so."""
    program = group(4)
    lower = program.row_lower.copy()
    lower[0] = program.row_upper[0] = program.row_upper[0] * 1e6
    upper = np.maximum(program.row_upper, lower)
    broken = program.with_limits(lower, upper)
    assert start_by_parts(broken, None, None) is None
    with pytest.raises(ProvenInfeasible):
        solve(broken)
