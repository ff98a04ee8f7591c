"""What a changed number costs against solving from scratch, in process time, as ratios of one run.

    python -m pytest -m bench -n 0 -s tests/bench/test_hot_starts.py

Cold is the program of the plan, solved by a new session. Hot answers are those of a session that has just solved it.
Every hot answer passes its certificate, and is worth what a cold solve of the changed program finds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from optimizer import api
from optimizer.lp.certificate import certify
from optimizer.lp.program import Program
from optimizer.lp.solution import Solution
from optimizer.model.families import state
from optimizer.model.setting import established, planning
from optimizer.plan.planner import Plan
from optimizer.solve.highs import ProvenInfeasible, Session
from optimizer.study.frontier import SHARES, TIMES_FINER
from tests.bench.registry import SEED, SIZES

pytestmark = pytest.mark.bench

MARKETS = Path(__file__).parents[2] / "scenarios" / "three_markets"
SAMPLE = 9
"""Clinics whose capacity is changed."""
COLD_RUNS = HOT_RUNS = 3


@pytest.fixture(scope="module", params=["three_markets", "regional"])
def plan(request: pytest.FixtureRequest) -> Plan:
    return api.plan(MARKETS if request.param == "three_markets" else api.generate(**vars(SIZES["regional"]), seed=SEED))


@pytest.fixture(scope="module")
def program(plan: Plan) -> Program:
    return plan.solution.program


@pytest.fixture(scope="module")
def cold(program: Program) -> float:
    """Seconds of a cold solve: the least of a few, for noise only adds."""
    return min(_timed(lambda: Session(program).solve())[0] for _ in range(COLD_RUNS))


def _timed(work: Callable[[], Solution]) -> tuple[float, Solution]:
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def _changed(program: Program, rows: np.ndarray, times: float) -> np.ndarray:
    upper = program.row_upper.copy()
    upper[rows] *= times
    return upper


def _hot(program: Program, session: Session, upper: np.ndarray) -> tuple[float, Solution]:
    """Seconds of a changed solve from the plan's own basis: the least of a few, as for the cold one."""
    least = np.inf
    for _ in range(HOT_RUNS):
        session.with_limits(program.row_lower, program.row_upper)
        seconds, found = _timed(lambda: session.with_limits(program.row_lower, upper))
        least = min(least, seconds)
    certify(found)
    return least, found


def _agree(program: Program, upper: np.ndarray, hot: Solution) -> None:
    cold = Session(program.with_limits(program.row_lower, upper)).solve()
    assert hot.objective == pytest.approx(cold.objective, rel=1e-6)
    assert certify(cold).gap <= certify(cold).allowed_gap


@pytest.mark.parametrize(("what", "times", "more"), [("one slot more a week", 1.0, 1.0), ("a fifth fewer", 0.8, 0.0)])
def test_one_clinic_has_other_slots(
    plan: Plan, program: Program, cold: float, what: str, times: float, more: float
) -> None:
    """In every week at one clinic and line, for the clinics whose slots are worth most."""
    weeks = len(plan.facts.weeks)
    price = plan.solution.price_of("appointment_capacity").reshape(-1, weeks).sum(axis=1)
    start, session = program.row_start["appointment_capacity"], Session(program)
    session.solve()
    ratios = []
    for unit in np.argsort(-price)[:SAMPLE]:
        upper = program.row_upper.copy()
        mine = start + unit * weeks + np.arange(weeks)
        upper[mine] = times * upper[mine] + more
        seconds, found = _hot(program, session, upper)
        ratios.append(seconds / cold)
        if len(ratios) <= 2:
            _agree(program, upper, found)
    name, spread = plan.facts.definition.name, f"{min(ratios):.1%} to {max(ratios):.1%}"
    print(f"\n{name}: {what}: {np.median(ratios):.1%} of a cold solve ({spread}), which takes {cold:.2f} s")
    assert np.median(ratios) <= 0.05


@pytest.mark.parametrize("times", [0.9, 1.1])
def test_the_budget_is_a_tenth_other(plan: Plan, program: Program, cold: float, times: float) -> None:
    session = Session(program)
    session.solve()
    upper = _changed(program, np.array([program.row_start["budget_total"]]), times)
    seconds, found = _hot(program, session, upper)
    _agree(program, upper, found)
    print(f"\n{plan.facts.definition.name}: budget x {times}: {seconds / cold:.1%} of a cold solve")
    assert seconds <= 0.25 * cold


def test_the_frontier(plan: Plan) -> None:
    """All 25 points, the solve with the scenario's own budget included, against that solve alone."""
    program = state(planning(established(plan.scenario), times_finer=TIMES_FINER))
    cold = min(_timed(lambda: Session(program).solve())[0] for _ in range(2))
    runs = [list(_budgets(program)) for _ in range(2)]
    seconds = min(sum(seconds for seconds, _ in solved) for solved in runs)
    name, count = plan.facts.definition.name, len(runs[0]) - 1
    print(f"\n{name}: the frontier of {len(SHARES)} points, {count} solved for: {seconds / cold:.1f} cold solves")
    assert seconds <= 4 * cold


def _budgets(program: Program) -> Iterator[tuple[float, Solution | None]]:
    """What the frontier solves: its own budget, then from the top down; what leaves money is not solved again."""
    session, row, last = Session(program), np.array([program.row_start["budget_total"]]), None
    yield _timed(session.solve)
    for share in sorted(SHARES, reverse=True):
        upper = _changed(program, row, share)
        if last and last.of("spend").sum() <= upper[row[0]]:
            continue
        began = time.process_time()
        try:
            last = session.with_limits(program.row_lower, upper)
        except ProvenInfeasible:
            yield time.process_time() - began, None
            return
        yield time.process_time() - began, last
        certify(last)
