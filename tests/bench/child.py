"""One measurement in a process of its own, ``python -m tests.bench.child MEASURE ARGUMENTS``: JSON, a line per result.

The plan is measured by the calls that ``optimizer plan`` makes, and by the phases that its runs keep (``timings`` of
``run.json``). What a measure needs is imported in it, so that starting counts as it does for the command.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.errors import SolverLimit

if TYPE_CHECKING:
    from tests.bench.free_money import Floats, Instance

Result = dict[str, Any]
SIX = ("policies.curve_steps=6", "policies.refine_curves=false")


def peak_megabytes() -> float:
    """The most memory that this process has held.

    Where Linux tells it, it is the process's own; ``getrusage`` begins with what the process that started it held.
    """
    status = Path("/proc/self/status")
    if status.exists():
        told = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(told.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def plan(folder: str, studies: list[str], budgets: list[float], began: float) -> Iterator[Result]:
    """The whole command, then questions asked of its plan."""
    from optimizer import api
    from optimizer.report.text import first_screen
    from tests.bench.probe import solver_seconds

    seconds = {"start": time.perf_counter() - began}
    with tempfile.TemporaryDirectory() as runs, solver_seconds() as solver:
        scenario = _timed(seconds, "read", lambda: api.load(folder))
        made = api.plan(scenario)
        run = _timed(seconds, "write", lambda: api.save(made, runs))
        _timed(seconds, "show", lambda: first_screen(run))
    seconds |= made.timings
    seconds["command"] = time.perf_counter() - began
    seconds["solver"] = sum(solver.values())
    seconds["without_solver"] = seconds["command"] - seconds["solver"]
    program = made.solution.program
    yield {
        "seconds": seconds,
        "solver_by_phase": dict(solver),
        "peak_mb": peak_megabytes(),
        "status": made.status.value,
        "value": made.value,
        "gap_share": made.curve_gap.share,
        "rows": len(program.row_lower),
        "columns": len(program.lower),
        "coefficients": int(program.matrix.nnz),
    }
    asked: Mapping[str, Callable[[], object]] = {
        "what_if": lambda: api.plan(api.load(folder, sets=["budget.total*=0.9"]), after=made),
        "frontier": lambda: api.frontier(made, shares=budgets),
    }
    for name in studies:
        took: dict[str, float] = {}
        _timed(took, name, asked[name])
        yield {"seconds": took}


def _timed(seconds: dict[str, float], name: str, work: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    made = work()
    seconds[name] = time.perf_counter() - began
    return made


def comparator(name: str, folder: str, limit: float) -> Iterator[Result]:
    """One other way to the optimum of the plan's program, or one that is like it."""
    result = _COMPARED[name](name, folder, limit)
    yield {**result, "peak_mb": peak_megabytes()}


def _direct(name: str, folder: str, limit: float) -> Result:
    """As a plan solves its first program: from where today's spend was played, which is counted."""
    from optimizer import api
    from optimizer.model.families import state
    from optimizer.model.setting import established, planning
    from optimizer.plan.outcome import evaluate
    from optimizer.plan.warm_start import carried_over
    from optimizer.response.forecast import todays_spend
    from optimizer.solve.highs import Session

    facts = established(api.load(folder))
    began = time.perf_counter()
    played, setting = evaluate(facts, todays_spend(facts)), planning(facts)
    program = state(setting)
    session = Session(program, time_limit=limit)
    session.begin_at(carried_over(played.solved, setting, program))
    solution = session.solve()
    return {"seconds": {name: time.perf_counter() - began}, "value": solution.objective}


def _through_pulp(name: str, folder: str, limit: float) -> Result:
    from optimizer.solve.pulp_bridge import solve_with

    seconds, program = _stated(folder)
    began = time.perf_counter()
    try:
        solution = solve_with(program, name.removeprefix("pulp_"), time_limit=limit)
    except SolverLimit:
        return {"more_than": {name: seconds + time.perf_counter() - began}}
    return {"seconds": {name: seconds + time.perf_counter() - began}, "value": solution.objective}


def _alone(name: str, folder: str, limit: float) -> Result:
    """HiGHS with its own defaults on the matrix in real units; stating it is not counted."""
    import highspy
    import scipy.sparse as sp

    _, program = _stated(folder, SIX if name == "highs_six" else ())
    matrix = sp.csc_array(program.matrix)
    began = time.perf_counter()
    highs, lp = highspy.Highs(), highspy.HighsLp()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("time_limit", limit)
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.sense_, lp.offset_ = highspy.ObjSense.kMaximize, program.offset
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.worth, program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    highs.passModel(lp)
    highs.run()
    seconds = {name: time.perf_counter() - began}
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return {"more_than": seconds}
    return {"seconds": seconds, "value": highs.getObjectiveValue()}


def _six_steps(name: str, folder: str, limit: float) -> Result:
    from optimizer import api

    made = api.plan(api.load(folder, sets=SIX), time_limit=limit)
    seconds = {name: made.timings["state"] + made.timings["solve"]}
    return {"seconds": seconds, "gap_share": made.curve_gap.share, "value": made.value}


_COMPARED: Mapping[str, Callable[[str, str, float], Result]] = {
    "direct": _direct,
    "pulp_highs": _through_pulp,
    "pulp_cbc": _through_pulp,
    "highs_alone": _alone,
    "highs_six": _alone,
    "six_steps": _six_steps,
}


def _stated(folder: str, sets: tuple[str, ...] = ()) -> tuple[float, Any]:
    """Seconds to state the first program of a plan, and the program; reading is not counted."""
    from optimizer import api
    from optimizer.model.families import state
    from optimizer.model.setting import established, planning

    facts = established(api.load(folder, sets=sets))
    began = time.perf_counter()
    program = state(planning(facts))
    return time.perf_counter() - began, program


def free(name: str, campaigns: int, seed: int, limit: float) -> Iterator[Result]:
    """One way to spread a budget over concave curves; its worth is counted on the curves themselves."""
    from tests.bench import free_money

    instance = free_money.instance(campaigns, seed)
    if name == "plan":
        yield _free_plan(instance)
        return
    began = time.perf_counter()
    try:
        spend = _spread(name, instance, limit)
    except free_money.OutOfTime:
        yield {"more_than": {name: time.perf_counter() - began}}
    else:
        seconds = {name: time.perf_counter() - began}
        yield {"seconds": seconds, "value": instance.value(spend), "spend": float(spend.sum())}


def _free_plan(instance: Instance) -> Result:
    from optimizer import api
    from tests.bench.free_money import scenario

    told, seconds = scenario(instance), dict[str, float]()
    made = _timed(seconds, "plan", lambda: api.plan(told))
    seconds["solved"] = made.timings["state"] + made.timings["solve"]
    spend = made.outcome.spend[:, 0]
    return {
        "seconds": seconds,
        "value": instance.value(spend),
        "spend": float(spend.sum()),
        "planned_value": made.value,
        "bound": made.curve_gap.bound,
    }


def _spread(name: str, instance: Instance, limit: float) -> Floats:
    from tests.bench.free_money import by_scipy, hill_climb

    if name == "hill_climb":
        return hill_climb(instance)
    method = "trust-constr" if name == "trust_constr" else "SLSQP"
    return by_scipy(instance, method, 100 if name == "slsqp" else 1000, limit)


MEASURES: Mapping[str, Callable[..., Iterator[Result]]] = {"plan": plan, "comparator": comparator, "free": free}


if __name__ == "__main__":
    for line in MEASURES[sys.argv[1]](**json.loads(sys.argv[2])):
        print(json.dumps(line), flush=True)
