"""HiGHS, in process, on the program's arrays.

The program is scaled here, by powers of two, and nowhere else; what comes back is in real units again.

A program with whole columns is solved twice: by branch and bound, which finds the whole numbers, and then as the linear
program in which these are fixed. Values and prices are those of the second, so prices hold with the whole columns as
they are. How good the whole numbers are is for others to prove; the solver's word for it is not used.
"""

from __future__ import annotations

import ctypes
import itertools
import sys
import time
from dataclasses import dataclass, replace

import highspy
import numpy as np
import numpy.typing as npt

from optimizer.errors import Clash, InfeasiblePlan, OptimizerError, SolverLimit
from optimizer.lp.blocks import Floats
from optimizer.lp.program import Program
from optimizer.lp.solution import Solution

OLDEST_VERSION = (1, 15, 1)
"""HiGHS 1.14.0 returned a wrong optimum for some programs with whole numbers."""

TOLERANCE = 1e-9
WHOLE_GAP = 1e-4
"""Part of the objective by which the search for whole numbers may stop short of its own bound."""
WHOLE_GAP_OF_MANY = 1e-3
"""The same for many whole columns: at 1,400 of them and 31,000 columns the first plans found are this close after 3
seconds, and another minute brings none that is closer."""
FEW_WHOLE = 300
"""Whole columns up to which they are few."""
SMALLEST_COEFFICIENT = 1e-12
"""HiGHS silently drops coefficients up to 1e-9 unless told otherwise."""

_WHOLE = 1e-6
"""Part of one above a whole number that still counts as it."""

_STATUS = highspy.HighsModelStatus
_KIND = highspy.HighsVarType
_LIMITS = (_STATUS.kTimeLimit, _STATUS.kIterationLimit, _STATUS.kInterrupt)
_STUCK = (_STATUS.kSolveError, _STATUS.kUnknown, _STATUS.kNotset)
"""How runs end that met no limit and prove nothing. From a good basis of 320,000 rows that happened once."""
_STATES = [highspy.HighsBasisStatus(state) for state in range(5)]


AT_LOWER, BASIC, AT_UPPER = 0, 1, 2
"""Where a column or row stands in a basis: at its lower end, between its ends, at its upper end."""


@dataclass(frozen=True)
class Basis:
    """Where the solver stands: the state of every column and row, as codes of the solver.

    Attributes:
        columns: (columns,) states.
        rows: (rows,) states.
    """

    columns: npt.NDArray[np.int8]
    rows: npt.NDArray[np.int8]


class ProvenInfeasible(InfeasiblePlan):
    """The solver proved that no plan meets every row; which rows are in conflict is not known yet."""

    def __init__(self) -> None:
        super().__init__([Clash("the limits of the scenario contradict each other")])


class UnboundedProgram(OptimizerError):
    """The solver found no end to the value. A program with finite bounds cannot be so: this is a bug."""


def version() -> str:
    """Version of the solver library, and a refusal of versions known to be wrong."""
    found = str(highspy.Highs().version())
    if tuple(int(part) for part in found.split(".")[:3]) < OLDEST_VERSION:
        needed = ".".join(str(part) for part in OLDEST_VERSION)
        raise OptimizerError(
            f"HiGHS {found} is installed; at least {needed} is needed: pip install 'highspy>={needed}'"
        )
    return found


class Session:
    """A program held in the solver, so that a changed limit is solved again from the last basis.

    Args:
        program: What to solve. Once it is solved, :attr:`program` is the one with the whole columns fixed.
        time_limit: Seconds after which a solve gives up. A search for whole numbers that has found some by then ends
            with the best of them.
    """

    def __init__(self, program: Program, *, time_limit: float = 600.0) -> None:
        self.program = self._stated = program
        self.time_limit = time_limit
        self._solver = "HiGHS " + version()
        self._awake: highspy.Highs | None = None
        self._slept_at: Basis | None = None

    @property
    def _highs(self) -> highspy.Highs:
        """The solver with the program, at the basis at which it was put to sleep if it was."""
        if self._awake is None:
            self._awake = _new_solver()
            gap = WHOLE_GAP if self.program.whole.sum() <= FEW_WHOLE else WHOLE_GAP_OF_MANY
            self._awake.setOptionValue("mip_rel_gap", gap)
            _pass(self._awake, self.program)
            if self._slept_at:
                self.begin_at(self._slept_at)
        return self._awake

    def sleep(self) -> Basis:
        """Give the solver's memory back, several times that of the program, until it is asked again; where it stood."""
        self._slept_at = self.basis()
        self._awake = None
        give_memory_back()
        return self._slept_at

    def solve(self, *, start: Solution | None = None) -> Solution:
        """Solve from scratch or from the basis of the solve before.

        Args:
            start: A solution of a like program, whose whole numbers are tried first: those of blocks of the same name
                and size.

        Returns:
            The solution of :attr:`program`, in which whole columns are fixed.

        Raises:
            ProvenInfeasible: no values meet every row.
            SolverLimit: the time was not enough.
            OptimizerError: any other ending.
        """
        began = time.perf_counter()
        if self._stated.whole.any():
            self._find_whole(start)
        found = self.again()
        return replace(found, seconds=time.perf_counter() - began)

    def _find_whole(self, start: Solution | None) -> None:
        """Search for the best whole numbers and fix their columns there."""
        chosen = np.flatnonzero(self._stated.whole).astype(np.int32)
        known = self._rounded(chosen, start)
        self._set_whole(chosen, _KIND.kInteger, self._stated.lower[chosen], self._stated.upper[chosen])
        if known is not None:
            self._highs.setSolution(known)
        self._highs.setOptionValue("presolve", "on")
        self._run()
        self._highs.setOptionValue("presolve", "off")
        found = self._highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        if not (found and self._highs.getModelStatus() in _LIMITS):
            self._raise_unless_optimal()
        values = np.asarray(self._highs.getSolution().col_value)
        self.program = self._stated.with_whole_at(values)
        self._set_whole(chosen, _KIND.kContinuous, self.program.lower[chosen], self.program.upper[chosen])

    def _rounded(self, chosen: npt.NDArray[np.int32], start: Solution | None) -> highspy.HighsSolution | None:
        """Some solution in whole numbers to begin with, if one of a few simple ones is possible.

        Tried are the whole numbers of the start, those above the best values that need not be whole, and every block
        at its greatest or least, where rows of whole columns alone allow it.
        """
        lower, upper = self._stated.lower[chosen], self._stated.upper[chosen]
        self._set_whole(chosen, _KIND.kContinuous, lower, upper)
        self.again()
        relaxed = np.asarray(self._highs.getSolution().col_value)[chosen]
        tried = [np.clip(np.ceil(relaxed - _WHOLE), lower, upper), *_ends(self._stated)]
        if start is not None:
            tried.insert(0, _like(self._stated, start)[chosen])
        for wanted in tried:
            values = _allowed(self._stated, wanted, relaxed)
            self._set_whole(chosen, _KIND.kContinuous, values, values)
            self._run()
            if self._highs.getModelStatus() == _STATUS.kOptimal:
                return self._highs.getSolution()
        return None

    def _set_whole(
        self, chosen: npt.NDArray[np.int32], kind: highspy.HighsVarType, lower: Floats, upper: Floats
    ) -> None:
        count = len(chosen)
        self._highs.changeColsIntegrality(count, chosen, np.full(count, int(kind), dtype=np.uint8))
        self._highs.changeColsBounds(count, chosen, lower, upper)

    def _run(self) -> None:
        """Run the solver with its time limit counted from now; the solver counts from its first run.

        A basis from which it finds no way is left, and the run begins at none.
        """
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + self.time_limit)
        self._highs.run()
        if self._highs.getModelStatus() in _STUCK:
            self._highs.clearSolver()
            self._highs.run()

    def again(self) -> Solution:
        """Solve once more from the last basis, with whole columns as they are. Raises as :meth:`solve`."""
        began = time.perf_counter()
        self._run()
        seconds = time.perf_counter() - began
        self._raise_unless_optimal()
        program, found = self.program, self._highs.getSolution()
        value, row, column = program.value_scale, program.row_scale, program.column_scale
        return Solution(
            program,
            values=np.asarray(found.col_value) * column,
            prices=-np.asarray(found.row_dual) * value / row,
            reduced=-np.asarray(found.col_dual) * value / column,
            iterations=int(self._highs.getInfo().simplex_iteration_count),
            seconds=seconds,
            solver=self._solver,
        )

    def basis(self) -> Basis:
        """Where the last solve ended."""
        found = self._highs.getBasis()
        return Basis(*(np.fromiter(map(int, part), dtype=np.int8) for part in (found.col_status, found.row_status)))

    def begin_at(self, basis: Basis) -> None:
        """Let the next solve begin at a basis; one that does not fit exactly is mended by the solver."""
        start = highspy.HighsBasis()
        start.col_status = [_STATES[state] for state in basis.columns.tolist()]
        start.row_status = [_STATES[state] for state in basis.rows.tolist()]
        start.valid, start.alien = True, True
        self._highs.setBasis(start)

    def preferring(self, solution: Solution, worth: np.ndarray) -> Solution:
        """The last solution with other values: those that a slightly different worth prefers. The prices stay.

        Args:
            solution: What :meth:`solve` found.
            worth: (columns,) worth, in real units, so close to the program's that its best values are as good as best.
        """
        try:
            self._set_worth(worth)
            found = self.again()
        finally:
            self._set_worth(self.program.worth)
        used = (solution.iterations + found.iterations, solution.seconds + found.seconds)
        return replace(solution, values=found.values, iterations=used[0], seconds=used[1])

    def with_limits(self, lower: np.ndarray, upper: np.ndarray) -> Solution:
        """Solve again from the last basis with other limits of the rows, which stay until others are set.

        Whole columns stay as the last solve left them.

        Args:
            lower: (rows,) least values in real units.
            upper: (rows,) greatest values.

        Returns:
            The solution of the program with these limits, which is :attr:`program` from now on.

        Raises:
            As :meth:`solve`.
        """
        changed = np.flatnonzero((lower != self.program.row_lower) | (upper != self.program.row_upper))
        self.program = self.program.with_limits(lower, upper)
        self._set_limits(changed, self.program.row_upper[changed])
        return self.again()

    def objective_with_limits(self, rows: np.ndarray, upper: np.ndarray) -> float:
        """Objective when the upper limits of some rows are others; the limits are put back afterwards.

        Whole columns stay as the last solve left them.

        Args:
            rows: Rows of the program.
            upper: Their other upper limits, in real units.
        """
        program = self.program
        try:
            self._set_limits(rows, upper)
            self._run()
            self._raise_unless_optimal()
            return program.offset - float(self._highs.getInfo().objective_function_value) * program.value_scale
        finally:
            self._set_limits(rows, program.row_upper[rows])

    def _set_worth(self, worth: np.ndarray) -> None:
        cost = -worth * self.program.column_scale / self.program.value_scale
        self._highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)

    def _set_limits(self, rows: np.ndarray, upper: np.ndarray) -> None:
        """Tell the solver limits of some rows: the program's least values, and greatest ones in real units."""
        scale = self.program.row_scale[rows]
        lower, upper = self.program.row_lower[rows] / scale, upper / scale
        for row, least, most in zip(rows, lower, upper, strict=True):
            self._highs.changeRowBounds(int(row), float(least), float(most))

    def _raise_unless_optimal(self) -> None:
        status = self._highs.getModelStatus()
        if status == _STATUS.kOptimal:
            return
        if status in (_STATUS.kInfeasible, _STATUS.kUnboundedOrInfeasible):
            raise ProvenInfeasible
        if status == _STATUS.kUnbounded:
            raise UnboundedProgram("the program has no finite optimum")
        name = self._highs.modelStatusToString(status)
        if status in _LIMITS:
            raise SolverLimit(f"the solver stopped ({name}) before an optimum was proven; allow more time")
        raise OptimizerError(f"the solver ended with '{name}'")


def _like(program: Program, start: Solution) -> Floats:
    """(columns,) values of another program's blocks where this one has blocks of the same name and size, else upper."""
    sizes = {block.name: len(block) for block in start.program.columns}
    return np.concatenate(
        [start.of(block.name) if sizes.get(block.name) == len(block) else block.upper for block in program.columns]
    )


def _ends(program: Program) -> list[Floats]:
    """(whole columns,) each: every way to have all columns of a block at their greatest, or all at their least."""
    pairs = [(block.upper, block.lower) for block in program.columns if block.whole and len(block)]
    return [np.concatenate(parts) for parts in itertools.product(*pairs)]


def _allowed(program: Program, wanted: Floats, relaxed: Floats) -> Floats:
    """Whole numbers (whole columns,) lowered until rows of whole columns alone allow them, the least relaxed first.

    Columns of rows that limit them from above by positive coefficients are lowered; others stay.
    """
    values, lower = wanted.copy(), program.lower[program.whole]
    alone = np.diff(program.matrix[:, ~program.whole].indptr) == 0
    for row in np.flatnonzero(alone & np.isfinite(program.row_upper)):
        weight = program.matrix[[row]][:, program.whole].toarray().ravel()
        for column in np.argsort(relaxed, kind="stable"):
            if weight @ values <= program.row_upper[row]:
                break
            values[column] = lower[column] if weight[column] > 0 else values[column]
    return values


def solve(program: Program, *, time_limit: float = 600.0) -> Solution:
    """Solve a program once. Raises as :meth:`Session.solve`."""
    return Session(program, time_limit=time_limit).solve()


def give_memory_back() -> None:
    """Let the system have the memory of what is no longer there, of which the C library keeps as much again.

    Before the second solve of a plan of 1.8 million columns that is 0.9 of 2 GB.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim:
        trim(0)


def _new_solver() -> highspy.Highs:
    """A silent solver with the options that suit these programs."""
    solver = highspy.Highs()
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("presolve", "off"),  # 0.2 s instead of 0.7 to 0.9 s at 9,000 x 46,000: the blocks leave little to remove
        ("simplex_scale_strategy", 0),  # scaled already: 0.55 s instead of 0.86 s, hot 0.11 s instead of 0.27
        ("primal_feasibility_tolerance", TOLERANCE),
        ("dual_feasibility_tolerance", TOLERANCE),
        ("small_matrix_value", SMALLEST_COEFFICIENT),
        ("mip_feasibility_tolerance", TOLERANCE),
    ):
        solver.setOptionValue(option, value)
    return solver


def _pass(solver: highspy.Highs, program: Program) -> None:
    """Give the solver the program as a minimisation in its units.

    It takes arrays as they are; a model object would make a list of every coefficient first.
    """
    value, row, column = program.value_scale, program.row_scale, program.column_scale
    matrix = program.matrix.tocsc()
    matrix.data *= (1.0 / row)[matrix.indices]
    matrix.data *= np.repeat(column, np.diff(matrix.indptr))
    solver.passModel(
        len(column),
        len(row),
        matrix.nnz,
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize),
        0.0,
        -program.worth * column / value,
        program.lower / column,
        program.upper / column,
        program.row_lower / row,
        program.row_upper / row,
        matrix.indptr,
        matrix.indices,
        matrix.data,
        np.full(len(column), int(_KIND.kContinuous), dtype=np.int32),
    )
