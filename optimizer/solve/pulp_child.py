"""The process in which PuLP runs; every PuLP call of the package is in here.

It is a script of its own, started by :mod:`optimizer.solve.pulp_bridge`, because a foreign solver may crash or hang,
and because PuLP 4 must be the first to load the HiGHS library, or the process dies. So it imports nothing of this
package. It reads ``program.npz`` in the folder where it runs and writes ``answer.npz`` there; PuLP 3.3 and 4 both do.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt
import pulp

LONGEST_NAME = 255
SAME_SOLVER = {"coin": "cbc", "pyglpk": "glpk"}
"""Names under which PuLP knows a solver that people know under another."""
_CBC = {"options": ["primalTolerance 1e-9", "dualTolerance 1e-9"]}
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "PULP_CBC_CMD": _CBC,
    "COIN_CMD": _CBC,
    "HiGHS": {
        "threads": 1,
        "primal_feasibility_tolerance": 1e-9,
        "dual_feasibility_tolerance": 1e-9,
        "small_matrix_value": 1e-12,
    },
}
"""Options by PuLP's name of the solver: as strict as the in-process solver, where the solver lets itself be told."""


@dataclass(frozen=True)
class Statement:
    """A program stated in PuLP, with its columns and constraints in the order of the arrays."""

    problem: Any
    columns: list[Any]
    constraints: list[Any]


def friendly(name: str) -> str:
    """The name people use for a solver that PuLP knows in several forms: ``GUROBI_CMD`` is ``gurobi``."""
    short = re.sub(r"^pulp_|_(cmd|py|dll)$", "", name.lower())
    return SAME_SOLVER.get(short, short)


def installed() -> list[str]:
    """Friendly names of the solvers that can run here."""
    return list(dict.fromkeys(friendly(name) for name in pulp.listSolvers(onlyAvailable=True)))


def _solver(wanted: str, time_limit: float) -> Any | None:
    """The first form of the wanted solver that can run here."""
    for name in dict.fromkeys(pulp.listSolvers()):
        if wanted.lower() in (name.lower(), friendly(name)):
            solver = pulp.getSolver(name, msg=False, timeLimit=time_limit, **OPTIONS.get(name, {}))
            if solver.available():
                return solver
    return None


def _sum(columns: Iterable[Any], coefficients: Iterable[float]) -> Any:
    """A weighted sum, by the fast way that each version has."""
    pairs = zip(columns, coefficients, strict=True)
    return pulp.lpSum_vars_coefs(pairs) if hasattr(pulp, "lpSum_vars_coefs") else pulp.LpAffineExpression(pairs)


def _names(packed: npt.NDArray[np.uint8]) -> list[str]:
    return packed.tobytes().decode("ascii").split("\n") if packed.size else []


def state(program: Mapping[str, npt.NDArray[Any]]) -> Statement:
    """State the arrays of ``program.npz`` in PuLP."""
    problem = pulp.LpProblem("plan", int(program["sense"]))
    kinds = np.where(program["whole"], pulp.LpInteger, pulp.LpContinuous).tolist()
    bounds = zip(
        _names(program["column_names"]), program["lower"].tolist(), program["upper"].tolist(), kinds, strict=True
    )
    columns = [problem.add_variable(*bound) for bound in bounds]
    worth = program["worth"]
    counted = np.flatnonzero(worth)
    problem += _sum([columns[at] for at in counted], worth[counted].tolist()), "value"
    start, index, value = program["start"].tolist(), program["index"].tolist(), program["value"].tolist()
    row_names = _names(program["row_names"])
    rows = zip(row_names, program["side"].tolist(), program["limit"].tolist(), strict=True)
    for row, (name, side, limit) in enumerate(rows):
        part = slice(start[row], start[row + 1])
        total = _sum([columns[at] for at in index[part]], value[part])
        problem += (total == limit if side == 0 else total <= limit if side < 0 else total >= limit), name
    return Statement(problem, columns, [problem.get_constraint_by_name(name) for name in row_names])


def _ending(problem: Any, returned: Any) -> str:
    """How the solve ended in PuLP 4's words; PuLP 3 calls a plan optimal that a limit cut short.

    ``Incumbent`` is a search for whole numbers that was cut short with some in hand.
    """
    if hasattr(returned, "has_solution"):
        return str(returned.status.name)
    if problem.sol_status == pulp.LpSolutionIntegerFeasible and problem.isMIP():
        return "Incumbent"
    if problem.status == pulp.LpStatusOptimal and problem.sol_status != pulp.LpSolutionOptimal:
        return "Stopped"
    return str(pulp.LpStatus[problem.status]).replace(" ", "")


def _numbers(found: Iterable[float | None]) -> npt.NDArray[np.float64]:
    """What a solver returned, NaN where it returned nothing."""
    return np.array([np.nan if number is None else number for number in found], dtype=np.float64)


def solve(wanted: str, time_limit: float) -> dict[str, Any]:
    """Solve ``program.npz``; the answer holds the ending and, at an optimum, values and prices per constraint."""
    solver = _solver(wanted, time_limit)
    if solver is None:
        return {"ending": "Missing"}
    with np.load("program.npz") as program:
        stated = state(program)
    began = time.perf_counter()
    ending = _ending(stated.problem, stated.problem.solve(solver))
    return {
        "ending": ending,
        "seconds": time.perf_counter() - began,
        "solver": f"{solver.name} through PuLP {version('pulp')}",
        "values": _numbers(column.varValue for column in stated.columns),
        "duals": _numbers(constraint.pi for constraint in stated.constraints),
    }


def write(file: str) -> dict[str, Any]:
    """Write ``program.npz`` as a file whose ending is its format."""
    with np.load("program.npz") as program:
        problem = state(program).problem
    if file.endswith(".mps"):
        problem.writeMPS(file, with_objsense=True)
    else:
        problem.writeLP(file, max_length=LONGEST_NAME)
    return {"ending": "Written"}


def main(request: str, *arguments: str) -> None:
    """Answer one request: ``list``, ``solve SOLVER SECONDS`` or ``write FILE``."""
    if request == "list":
        answer: dict[str, Any] = {"names": np.array(installed(), dtype=np.str_)}
    elif request == "solve":
        answer = solve(arguments[0], float(arguments[1]))
    else:
        answer = write(arguments[0])
    np.savez("answer.npz", **answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
