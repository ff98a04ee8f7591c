"""Any solver that PuLP knows as a second opinion, and programs as ``.lp`` and ``.mps`` files.

PuLP runs in a process of its own (:mod:`optimizer.solve.pulp_child`): a solver that crashes, hangs or leaves files
behind takes nothing with it. What it returns is as unproven as any solver's answer and has to be certified.

A program with whole columns is solved again as the linear program in which these are fixed, for values and prices.

Files lose digits: CBC writes eight of them, so its values are put back between their bounds. PuLP's files carry
twelve.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from optimizer.errors import ExitCode, OptimizerError, SolverLimit, StorageError, UsageError
from optimizer.lp.blocks import ColumnBlock, Floats, Positions, RowLimits
from optimizer.lp.program import Program
from optimizer.lp.solution import Solution
from optimizer.solve.highs import ProvenInfeasible, UnboundedProgram

GRACE = 30.0
"""Seconds that stating a program in PuLP may take on top of the solver's own time."""
WRITING = 600.0
"""Seconds that writing a file may take."""
LONGEST_NAME = 255
MINIMISE, MAXIMISE = 1, -1
FORMATS = (".lp", ".mps")
EXTRAS = ("cbc", "copt", "cplex", "gurobi", "highs", "mosek", "scip", "xpress")
"""Solvers that PuLP can install beside itself."""
_CHILD = Path(__file__).with_name("pulp_child.py")
_FAILURES = ("Undefined", "NumericalError")
_FORBIDDEN = re.compile(r"[^A-Za-z0-9_.,()]")

Arrays = Mapping[str, Any]


class SolverMissing(OptimizerError):
    """The solver that was asked for is not installed, or PuLP does not know it."""

    exit_code = ExitCode.USAGE
    code = "solver_missing"


class SolverFailure(OptimizerError):
    """The solver died or returned nothing that a plan could be made of."""

    exit_code = ExitCode.LIMIT
    code = "solver_failure"


def available_solvers() -> tuple[str, ...]:
    """Names of the solvers that PuLP can run here, as :func:`solve_with` takes them.

    Raises:
        SolverFailure: if PuLP itself does not start.
    """
    with tempfile.TemporaryDirectory(prefix="optimizer-") as folder:
        return tuple(str(name) for name in _ask(Path(folder), 2 * GRACE, "list")["names"])


def solve_with(program: Program, solver: str, *, time_limit: float = 600.0) -> Solution:
    """Solve a program with a solver of PuLP's; the solution is of the program with the whole columns fixed.

    The number of iterations stays 0: PuLP does not tell it. Reduced prices follow from the prices.

    Args:
        program: What to solve.
        solver: Name of the solver: ``cbc``, ``highs``, ``gurobi``, or PuLP's own name of it; case does not matter.
        time_limit: Seconds the solver may take. It is killed when it takes much longer.

    Raises:
        ProvenInfeasible: the solver says that no values meet every row.
        SolverLimit: the time was not enough.
        SolverMissing: the solver is not installed.
        SolverFailure: the solver died, or returned no values or no prices.
    """
    _refuse_impossible(program)
    if program.whole.any():
        answer, _ = _answered(program, solver, time_limit)
        if np.isnan(answer["values"][program.whole]).any():
            raise SolverFailure(f"'{solver}' returned no value for some columns; try another solver")
        fixed = program.with_whole_at(answer["values"])
        return replace(solve_with(fixed.relaxed(), solver, time_limit=time_limit), program=fixed)
    answer, row = _answered(program, solver, time_limit)
    return _solution(program, solver, answer, row)


def _answered(program: Program, solver: str, time_limit: float) -> tuple[Arrays, Positions]:
    """The child's answer to a program, and the row of each of its constraints."""
    stated, row = _scaled(program)
    with tempfile.TemporaryDirectory(prefix="optimizer-") as folder:
        np.savez(Path(folder, "program.npz"), **stated)
        answer = _ask(Path(folder), time_limit + GRACE, "solve", solver, str(time_limit))
    _raise_unless_optimal(solver, str(answer["ending"]))
    return answer, row


def export(program: Program, path: Path) -> None:
    """Write a program as a file for other solvers, in real units and with the names of its labels.

    Characters that the formats forbid become underscores; a row with two limits becomes two rows. A constant in the
    objective is the worth of a column that is fixed at 1.

    Args:
        program: What to write.
        path: File to write; its ending, ``.lp`` or ``.mps``, says the format. It is replaced in one step.

    Raises:
        UsageError: if the ending is another.
        StorageError: if the file cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise UsageError(f"'{path.name}' cannot be written: name the file with the ending {' or '.join(FORMATS)}")
    try:
        with tempfile.TemporaryDirectory(prefix=".optimizer-", dir=path.parent) as folder:
            np.savez(Path(folder, "program.npz"), **_named(program))
            _ask(Path(folder), WRITING, "write", "program" + ending)
            Path(folder, "program" + ending).replace(path)
    except OSError as error:
        raise StorageError(f"'{path}' cannot be written: {error.strerror}; choose another place") from error


def _refuse_impossible(program: Program) -> None:
    """Rows without a coefficient are judged here; solvers and file formats leave them out."""
    empty = np.diff(program.matrix.indptr) == 0
    if (empty & ((program.row_lower > 0) | (program.row_upper < 0))).any():
        raise ProvenInfeasible


def _one_sided(lower: Floats, upper: Floats) -> tuple[npt.NDArray[np.int8], Floats, Positions]:
    """Every limit as a row of its own: -1 at most, 0 equal, 1 at least; the limit; and the row it came from."""
    parts = (
        (0, upper, (lower == upper) & np.isfinite(upper)),
        (-1, upper, (lower < upper) & np.isfinite(upper)),
        (1, lower, (lower < upper) & np.isfinite(lower)),
    )
    row = np.concatenate([np.flatnonzero(chosen) for _, _, chosen in parts])
    side = np.concatenate([np.full(chosen.sum(), sign, dtype=np.int8) for sign, _, chosen in parts])
    limit = np.concatenate([value[chosen] for _, value, chosen in parts])
    order = np.argsort(row, kind="stable")
    return side[order], limit[order], row[order].astype(np.int64)


def _scaled(program: Program) -> tuple[dict[str, Any], Positions]:
    """The program as a minimisation in the solver's units, as the child reads it; and the row of each constraint."""
    value, rows, columns = program.value_scale, program.row_scale, program.column_scale
    side, limit, row = _one_sided(program.row_lower / rows, program.row_upper / rows)
    matrix = sp.csr_array(sp.diags_array(1.0 / rows) @ program.matrix @ sp.diags_array(columns))
    stated = {
        "sense": MINIMISE,
        "worth": -program.worth * columns / value,
        "lower": program.lower / columns,
        "upper": program.upper / columns,
        "whole": program.whole,
        "side": side,
        "limit": limit,
        "column_names": _packed(f"x{position}" for position in range(len(columns))),
        "row_names": _packed(f"r{position}" for position in range(len(row))),
        **_chosen(matrix, row),
    }
    return stated, row


def _chosen(matrix: sp.csr_array, row: Positions) -> dict[str, Any]:
    rows = sp.csr_array(matrix[row])
    return {"start": rows.indptr, "index": rows.indices, "value": rows.data}


def _packed(names: Iterable[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(names).encode("ascii"), dtype=np.uint8)


def _named(program: Program) -> dict[str, Any]:
    """The program in real units with business names, as the child reads it."""
    side, limit, row = _one_sided(program.row_lower, program.row_upper)
    paired = np.bincount(row, minlength=len(program.row_lower))[row] > 1
    ending = np.where(paired, np.where(side < 0, "_upper", "_lower"), "")
    row_names = _safe(program.rows)
    column_names, worth, lower, upper = _safe(program.columns), program.worth, program.lower, program.upper
    matrix, whole = program.matrix, program.whole
    if program.offset:
        column_names = [*column_names, "objective_constant"]
        worth, lower, upper = np.append(worth, program.offset), np.append(lower, 1.0), np.append(upper, 1.0)
        matrix, whole = sp.csr_array(sp.hstack([matrix, sp.csr_array((matrix.shape[0], 1))])), np.append(whole, False)
    return {
        "sense": MAXIMISE,
        "worth": worth,
        "lower": lower,
        "upper": upper,
        "whole": whole,
        "column_names": _packed(column_names),
        "side": side,
        "limit": limit,
        **_chosen(matrix, row),
        "row_names": _packed(row_names[at] + end for at, end in zip(row.tolist(), ending.tolist(), strict=True)),
    }


def _safe(blocks: Sequence[ColumnBlock] | Sequence[RowLimits]) -> list[str]:
    """Names of all positions: unique, short enough, and without characters that ``.lp`` or ``.mps`` forbid."""
    longest = LONGEST_NAME - len("_1000000") - len("_upper")
    taken: dict[str, int] = {}
    for block in blocks:
        frame = block.labels.frame()
        for label in frame.itertuples(index=False, name=None):
            written = f"{block.name}({','.join(map(str, label))})"
            name = short = _FORBIDDEN.sub("_", written)[:longest]
            while name in taken:
                taken[short] += 1
                name = f"{short}_{taken[short]}"
            taken[name] = 1
    return list(taken)


def _ask(folder: Path, seconds: float, *request: str) -> Arrays:
    """Run the child in a folder and read its answer."""
    command = [sys.executable, "-P", "-W", "ignore", str(_CHILD), *request]
    places = {name: str(folder) for name in ("TMPDIR", "TMP", "TEMP")}
    with Path(folder, "words.txt").open("wb") as words:
        child = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **places},
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            start_new_session=True,
        )
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise SolverLimit(f"the solver was killed after {seconds:,.0f} seconds; allow more time") from None
        finally:
            _kill(child)
    answer = folder / "answer.npz"
    if child.returncode != 0 or not answer.exists():
        raise SolverFailure(_last_words(child.returncode, folder / "words.txt"))
    with np.load(answer) as arrays:
        return dict(arrays)


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End the child with every process it started."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    child.wait()


def _last_words(returned: int, words: Path) -> str:
    how = f"died of {signal.Signals(-returned).name}" if returned < 0 else f"ended with code {returned}"
    lines = words.read_text(errors="replace").strip().splitlines()
    said = f", saying '{lines[-1]}'" if lines else ""
    return f"the solver {how} before it answered{said}; try another solver"


def _raise_unless_optimal(solver: str, ending: str) -> None:
    if ending in ("Optimal", "Incumbent"):
        return
    if ending == "Missing":
        raise SolverMissing(_missing(solver))
    if ending == "Infeasible":
        raise ProvenInfeasible
    if ending == "Unbounded":
        raise UnboundedProgram(f"'{solver}' finds no finite optimum")
    if ending in _FAILURES:
        raise SolverFailure(f"'{solver}' ended with '{ending}'; try another solver")
    raise SolverLimit(f"'{solver}' stopped ({ending}) before an optimum was proven; allow more time")


def _missing(solver: str) -> str:
    name = solver.lower()
    hint = f"pip install 'pulp[{name}]'" if name in EXTRAS else "install it where PuLP finds it"
    return f"there is no solver '{solver}' here; choose of {', '.join(available_solvers())}, or {hint}"


def _solution(program: Program, solver: str, answer: Arrays, row: Positions) -> Solution:
    values = answer["values"] * program.column_scale
    used = (program.worth != 0) | (np.bincount(program.matrix.indices, minlength=len(values)) > 0)
    values = np.where(used, values, program.lower)
    per_row = np.bincount(row, weights=answer["duals"], minlength=len(program.row_lower))
    prices = -per_row * program.value_scale / program.row_scale
    if np.isnan(values).any():
        raise SolverFailure(f"'{solver}' returned no value for some columns; try another solver")
    if np.isnan(prices).any():
        raise SolverFailure(f"'{solver}' returns no prices through PuLP, so nothing can be proven; try cbc or highs")
    return Solution(
        program,
        values=np.clip(values, program.lower, program.upper),
        prices=prices,
        reduced=program.worth - program.matrix.T @ prices,
        iterations=0,
        seconds=float(answer["seconds"]),
        solver=str(answer["solver"]),
    )
