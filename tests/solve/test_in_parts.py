"""Programs solved part by part: the same optimum as of the whole, and no gain that the whole would not have."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.lp import parts
from optimizer.lp.blocks import ColumnBlock, Labels, Meaning, at_most, term
from optimizer.lp.certificate import certify
from optimizer.lp.program import Program, assemble
from optimizer.solve import in_parts
from optimizer.solve.highs import Session, solve
from optimizer.solve.in_parts import MoreRoom, solve_in_parts

MEANING = Meaning("the limit", "one more", "units")
CLINICS, CAMPAIGNS = 6, 40


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LEAST_COLUMNS", 30)
    monkeypatch.setattr(parts, "WIDE", (0.3,))
    monkeypatch.setattr(in_parts, "MANY_COLUMNS", 100)
    monkeypatch.setattr(in_parts, "VERY_MANY_COLUMNS", 100)


def labels(name: str, count: int) -> Labels:
    return Labels({name: [f"{name} {number}" for number in range(count)]}, (np.arange(count),))


def group(seed: int, *, budget: float = 0.2, cap: float = 0.05) -> Program:
    """Clinics with a few limits each on all their campaigns, one budget over all, and a cap on every third campaign."""
    alone = clinics(seed)
    spend, many = alone.columns[0], CLINICS * CAMPAIGNS
    total = float(spend.upper.sum())
    money = at_most("budget", labels("budget", 1), budget * total, [term("spend", 0, np.arange(many), 1.0)], MEANING)
    third = np.arange(0, many, 3)
    capped = at_most("cap", labels("cap", 1), cap * total, [term("spend", 0, third, 1.0)], MEANING)
    return assemble(alone.columns, [alone.stated("slots"), money, capped])


def clinics(seed: int) -> Program:
    """The same clinics, which share nothing."""
    draw = np.random.default_rng(seed)
    many, rows = CLINICS * CAMPAIGNS, CLINICS * 4
    most, worth = draw.uniform(1.0, 5.0, many), draw.uniform(0.0, 3.0, many)
    spend = ColumnBlock("spend", labels("campaign", many), np.zeros(many), most, worth)
    row, column = np.meshgrid(np.arange(rows), np.arange(CAMPAIGNS), indexing="ij")
    weight = draw.uniform(0.0, 2.0, row.shape)
    used = [term("spend", row, column + row // 4 * CAMPAIGNS, weight)]
    return assemble([spend], [at_most("slots", labels("slot", rows), 0.9 * weight.sum(axis=1), used, MEANING)])


@pytest.mark.parametrize("seed", range(3))
def test_parts_that_share_nothing_are_solved_each_by_itself(seed: int) -> None:
    program = clinics(seed)
    whole, (found, basis) = solve(program), solve_in_parts(program)
    certify(found)
    assert found.objective == pytest.approx(whole.objective, rel=1e-12)
    assert found.prices == pytest.approx(whole.prices, abs=1e-9)
    assert found.reduced == pytest.approx(whole.reduced, abs=1e-9)
    session = Session(program)
    session.begin_at(basis)
    assert session.solve().iterations == 0
    again, _ = solve_in_parts(program, basis)
    assert again.iterations == 0


def test_a_shared_row_that_holds_anyway_is_no_matter() -> None:
    program = group(1, budget=1.0, cap=1.0)
    whole = solve(program)
    found, basis = solve_in_parts(program)
    certify(found)
    assert found.program is program
    assert found.objective == pytest.approx(whole.objective, rel=1e-12)
    assert found.price_of("budget") == 0
    session = Session(program)
    session.begin_at(basis)
    assert session.solve().iterations == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_shared_row_that_binds_is_kept(seed: int) -> None:
    program = group(seed)
    found, _ = solve_in_parts(program)
    certify(found)
    assert found.objective == pytest.approx(solve(program).objective, rel=1e-12)
    assert found.price_of("budget")[0] > 0


def test_few_columns_are_solved_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_parts, "MANY_COLUMNS", 10_000)
    monkeypatch.setattr(in_parts, "parts_of", None)
    assert solve_in_parts(clinics(1))[0].objective == pytest.approx(solve(clinics(1)).objective, rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_more_room_in_a_part_brings_the_whole_at_least_as_much(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never more than in the whole, where money may move to the clinic as well, and at the price at most."""
    program = group(seed)
    session, other = Session(program), Session(program)
    found = session.solve()
    other.solve()
    in_part = MoreRoom(session)
    monkeypatch.setattr(in_parts, "VERY_MANY_COLUMNS", 10_000)
    whole = MoreRoom(other)
    tight = np.flatnonzero(found.price_of("slots") > 1e-6)
    assert len(tight)
    alone = np.array([in_part.gain(np.array([row]), 0.5) for row in tight])
    together = np.array([whole.gain(np.array([row]), 0.5) for row in tight])
    assert (alone <= together + 1e-5).all()
    assert (together <= 0.5 * found.price_of("slots")[tight] + 1e-5).all()
    assert alone.sum() > 0
    assert in_part.gain(tight, 0.5) <= whole.gain(tight, 0.5) + 1e-5


def test_more_of_what_parts_share_is_asked_of_the_whole() -> None:
    program = group(1)
    session = Session(program)
    before = session.solve().objective
    row = np.array([program.row_slice("budget").start])
    upper = program.row_upper.copy()
    upper[row] += 3.0
    gain = solve(program.with_limits(program.row_lower, upper)).objective - before
    assert MoreRoom(session).gain(row, 3.0) == pytest.approx(gain, abs=1e-6)
    assert gain > 0
