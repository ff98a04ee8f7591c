"""Large programs solved part by part: the simplex method takes time that grows faster than size.

Where the parts share no rows that bind, as when a spend plan is played through the clinics, the parts together are the
whole.

Where they share some, such as a budget, what a change in one part brings is found in that part alone: it keeps to what
the plan uses there of the shared rows, so the whole gains at least as much. What it could gain beyond that would come
from money moved between parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.lp.blocks import Floats, Positions
from optimizer.lp.parts import SHARED, Parts, part_of, parts_of
from optimizer.lp.program import Program
from optimizer.lp.solution import Solution
from optimizer.solve.highs import BASIC, TOLERANCE, Basis, Session

MANY_COLUMNS = 50_000
"""Columns from which parts that share no row are solved sooner, each by itself."""
VERY_MANY_COLUMNS = 500_000
"""Columns from which a change in one part is found sooner in that part: at 320,000 in four parts it takes as long."""
_SLIGHT = 1e-7
"""Part of its use by which a part may pass what it is given, so that rounding leaves it possible."""


def solve_in_parts(program: Program, start: Basis | None = None) -> tuple[Solution, Basis]:
    """Solve a program without whole columns, of a large one part by part.

    Rows that parts share are left out first. Where they hold all the same, what is best without them is best.

    Args:
        program: The program.
        start: Where to begin, if that is known.

    Raises:
        As :meth:`Session.solve`.
    """
    parts = parts_of(program.matrix) if len(program.worth) >= MANY_COLUMNS else None
    if parts is None:
        return _solved(program, start)
    cut = list(zip(parts.columns_of(), parts.rows_of(), strict=True))
    each = [_solved(part_of(program, *place), _inside(start, *place)) for place in cut]
    found, basis = _together(program, cut, each)
    return (found, basis) if _holds(program, parts.shared, found.values) else _solved(program, basis)


def _inside(basis: Basis | None, columns: Positions, rows: Positions) -> Basis | None:
    return Basis(basis.columns[columns], basis.rows[rows]) if basis else None


def _holds(program: Program, rows: Positions, values: Floats) -> bool:
    used, slight = program.matrix[rows] @ values, TOLERANCE * program.row_scale[rows]
    return bool(np.all((program.row_lower[rows] - slight <= used) & (used <= program.row_upper[rows] + slight)))


def _solved(program: Program, start: Basis | None) -> tuple[Solution, Basis]:
    session = Session(program)
    if start:
        session.begin_at(start)
    return session.solve(), session.basis()


def _together(
    program: Program, cut: Sequence[tuple[Positions, Positions]], found: Sequence[tuple[Solution, Basis]]
) -> tuple[Solution, Basis]:
    """The solutions of parts as that of the whole; rows that they share do not bind."""
    height, width = program.matrix.shape
    values, reduced, prices = np.zeros(width), np.zeros(width), np.zeros(height)
    basis = Basis(np.zeros(width, dtype=np.int8), np.full(height, BASIC, dtype=np.int8))
    for (columns, rows), (solution, own) in zip(cut, found, strict=True):
        values[columns], reduced[columns], prices[rows] = solution.values, solution.reduced, solution.prices
        basis.columns[columns], basis.rows[rows] = own.columns, own.rows
    told = [solution for solution, _ in found]
    iterations, seconds = sum(each.iterations for each in told), sum(each.seconds for each in told)
    return Solution(program, values, prices, reduced, iterations, seconds, told[0].solver), basis


@dataclass(frozen=True)
class _Alone:
    """A part with what is used there of the shared rows: its rows, the session that solved it, and its objective."""

    rows: Positions
    session: Session
    objective: float


class MoreRoom:
    """What more room at a few rows of a solved program brings: of a large one, to the part that these rows belong to.

    Args:
        session: The session that solved it, from whose basis it is solved again.
    """

    def __init__(self, session: Session) -> None:
        self.solution, self._session = session.again(), session
        is_large = len(session.program.worth) >= VERY_MANY_COLUMNS
        self._basis = session.sleep() if is_large else None
        self._parts = parts_of(session.program.matrix) if is_large else None
        self._last: tuple[int, _Alone] | None = None

    def gain(self, rows: Positions, more: float) -> float:
        """What so many more units in each of these rows bring to the objective, whole columns as they are."""
        upper = self.solution.program.row_upper[rows] + more
        owner = self._parts.row[rows] if self._parts else np.full(len(rows), SHARED)
        if (owner == SHARED).any():
            return self._session.objective_with_limits(rows, upper) - self.solution.objective
        return sum(self._gain_in(int(part), rows[owner == part], upper[owner == part]) for part in np.unique(owner))

    def _gain_in(self, part: int, rows: Positions, upper: Floats) -> float:
        if self._last is None or self._last[0] != part:
            self._last = None  # its memory goes first
            self._last = part, self._apart(part)
        alone = self._last[1]
        return alone.session.objective_with_limits(np.searchsorted(alone.rows, rows), upper) - alone.objective

    def _apart(self, part: int) -> _Alone:
        assert self._parts
        columns = np.flatnonzero(self._parts.column == part)
        rows = np.flatnonzero((self._parts.row == part) | (self._parts.row == SHARED))
        program = _at_its_use(self.solution, columns, rows, self._parts)
        session = Session(program, time_limit=self._session.time_limit)
        if start := _inside(self._basis, columns, rows):
            session.begin_at(start)
        return _Alone(rows, session, session.solve().objective)


def _at_its_use(solution: Solution, columns: Positions, rows: Positions, parts: Parts) -> Program:
    """A part whose use of the shared rows is what the solution uses there, or what these allow anyway."""
    part = part_of(solution.program, columns, rows)
    used, shared = part.matrix @ solution.values[columns], parts.row[rows] == SHARED
    slight = _SLIGHT * (1 + np.abs(used))
    lower = np.where(shared & np.isfinite(part.row_lower), used - slight, part.row_lower)
    upper = np.where(shared & np.isfinite(part.row_upper), used + slight, part.row_upper)
    return part.with_limits(lower, upper)
