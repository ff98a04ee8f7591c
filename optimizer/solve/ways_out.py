"""Ways out of a conflict: by how much the numbers that people set must move until a plan exists.

The sides of every lever may give, as far as its numbers move (an elastic program); all other rows hold, and nothing
has worth but that little moves. One lever moves alone, or all together at the least cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from optimizer.errors import OptimizerError, SolverLimit
from optimizer.lp.blocks import ColumnBlock, Flags, Floats, Labels, Meaning, Positions, RowBlock, Term, at_most, term
from optimizer.lp.program import Program, assemble
from optimizer.lp.solution import Solution
from optimizer.solve.highs import TOLERANCE, Basis, ProvenInfeasible, Session, solve
from optimizer.solve.levers import Lever, Limits, moved

TRIAL_SECONDS = 20.0
"""Seconds that one solve may take."""
_SLIGHT = 1e-4
"""Cost of what a side gives, as a part of the cost of the number that moves: nothing gives that need not."""
_UNPRICED = 1e-9
"""Share of the greatest price below which a price is rounding."""
_NOTHING = 1e2 * TOLERANCE
"""What a side gives is rounding below this part of its limit and of the unit in which its row is solved."""


class WaysOut:
    """A program without a plan, and by how much its levers must move.

    Args:
        program: The program.
        levers: Its levers.
    """

    def __init__(self, program: Program, levers: Sequence[Lever]) -> None:
        self.program, self.levers = program, levers
        self._sides = _Sides.of(program, levers)
        self._elastic = _elastic(program, levers, self._sides)
        self._session = Session(self._elastic.relaxed(), time_limit=TRIAL_SECONDS)
        self._basis: Basis | None = None

    def together(self) -> dict[int, Floats] | None:
        """Levers that must move and their amounts (numbers,), at the least cost; ``None`` where none are enough."""
        if self.program.whole.any():
            return self._amounts(range(len(self.levers)))
        return self._written(self.eased) if self.eased else None

    def alone(self, lever: int) -> Floats | None:
        """Least amounts (numbers,) of one lever that are enough; ``None`` where it alone is not enough."""
        found = self._amounts([lever])
        return None if found is None else found.get(lever)

    def suspects(self) -> list[int]:
        """Levers with a price in the proof of one conflict: all but the one that gives most have given way.

        There may be many conflicts side by side, one in every week; all the others are resolved by giving way, and a
        step more, so that they are not as tight as can be.
        """
        every = list(range(len(self.levers)))
        amounts = self._written(self.eased) if self.eased else {}
        if not amounts:
            return every
        worst = max(amounts, key=lambda place: self.levers[place].cost * float(amounts[place].sum()))
        room = {place: np.where(each > 0, each + self.levers[place].step, 0.0) for place, each in amounts.items()}
        room.pop(worst)
        priced = self.proof(moved(self.program, self.levers, room))
        return every if priced is None else [place for place in every if priced[self.levers[place].rows].any()]

    def proof(self, limits: Limits) -> Flags | None:
        """(rows,) rows with a price in the proof that no plan meets other limits; ``None`` where one does.

        Whole columns may take any number. Where not even moving every lever helps, all rows count as having a price.
        """
        opened, rows = self._opened(range(len(self.levers))), len(self.program.row_lower)
        opened.lower[:rows], opened.upper[:rows] = limits.lower, limits.upper
        try:
            solution = self._under(opened)
        except ProvenInfeasible:
            return np.ones(rows, dtype=bool)
        except SolverLimit:
            return None
        prices = np.abs(solution.prices[:rows])
        return np.asarray(prices > _UNPRICED * prices.max()) if self._written(solution) else None

    def confirms(self, moves: Mapping[int, Floats]) -> bool:
        """Whether a plan exists after some levers moved by so much each (numbers,)."""
        limits = moved(self.program, self.levers, moves)
        try:
            if self.program.whole.any():
                solve(limits.within(self.program), time_limit=TRIAL_SECONDS)
            else:
                self._plain.with_limits(limits.lower, limits.upper)
        except (ProvenInfeasible, SolverLimit):
            return False
        return True

    @cached_property
    def _plain(self) -> Session:
        return Session(self.program, time_limit=TRIAL_SECONDS)

    @cached_property
    def eased(self) -> Solution | None:
        """The least that all levers together must give, where whole columns may take any number; ``None`` for none."""
        try:
            return self._under(self._opened(range(len(self.levers))))
        except (ProvenInfeasible, SolverLimit):
            return None

    def _amounts(self, free: Iterable[int]) -> dict[int, Floats] | None:
        limits = self._opened(free)
        try:
            if self.program.whole.any():
                solution = solve(limits.within(self._elastic), time_limit=TRIAL_SECONDS)
            else:
                solution = self._under(limits)
        except (ProvenInfeasible, SolverLimit):
            return None
        return self._written(solution)

    def _under(self, limits: Limits) -> Solution:
        """The elastic program under other limits, from the last basis, or afresh where that is a bad start."""
        if self._basis is not None:
            self._session.begin_at(self._basis)
        try:
            solution = self._session.with_limits(limits.lower, limits.upper)
            self._basis = self._basis or self._session.basis()
            return solution
        except (ProvenInfeasible, SolverLimit):
            raise
        except OptimizerError:
            return solve(limits.within(self._elastic.relaxed()), time_limit=TRIAL_SECONDS)

    def _opened(self, free: Iterable[int]) -> Limits:
        """Limits of the elastic program in which some levers move and all others do not."""
        limits = Limits.of(self._elastic)
        closed = np.ones(len(self.levers), dtype=bool)
        closed[list(free)] = False
        limits.upper[self._elastic.row_slice("opened")][closed] = 0.0
        return limits

    def _written(self, solution: Solution) -> dict[int, Floats]:
        """Levers that give, with the least amounts of their numbers, in whole steps."""
        sides = self._sides
        unit = np.ones(int(_first_numbers(self.levers)[-1]))
        np.maximum.at(unit, sides.number, sides.unit)
        given = (solution.of("number") * unit)[sides.number] * sides.each
        given[~sides.direct] = solution.of("given") * sides.unit[~sides.direct]
        given[given <= _NOTHING * sides.size] = 0.0
        found = {}
        for place in np.unique(sides.lever[given > 0]).tolist():
            lever, mine = self.levers[place], sides.lever == place
            amounts = np.zeros(len(lever.rows))
            amounts[sides.side[mine]] = given[mine]
            found[place] = lever.written(amounts)
        return found


class _Sides:
    """The sides of all levers that may give, one after the other.

    Attributes:
        lever: (n,) lever of each.
        side: (n,) position of the side in its lever.
        row: (n,) row of the program.
        lower: (n,) whether it is the row's lower side.
        number: (n,) number that holds it, counted over all levers.
        each: (n,) as of the lever.
        most: (n,) most that it can give, and could need to.
        unit: (n,) unit in which its row is solved.
        size: (n,) size of its limit and of the unit of its row.
        direct: (n,) whether it may always give all that its number allows: the row has no other side, and it gives as
            far as any side of the number.
    """

    def __init__(self, lever: Positions, side: Positions, parts: Mapping[str, np.ndarray]) -> None:
        self.lever, self.side = lever, side
        self.row, self.number = parts["rows"].astype(np.int64), parts["number"].astype(np.int64)
        self.lower, self.each, self.most = parts["lower"].astype(bool), parts["each"], parts["most"]
        self.direct = np.zeros(len(lever), dtype=bool)
        self.unit, self.size = np.ones(len(lever)), np.ones(len(lever))

    @classmethod
    def of(cls, program: Program, levers: Sequence[Lever]) -> _Sides:
        """The sides of levers."""
        movable = [np.flatnonzero(lever.most > 0) for lever in levers]
        owner = np.repeat(np.arange(len(levers)), [len(part) for part in movable])
        parts = {
            name: np.concatenate([getattr(lever, name)[part] for lever, part in zip(levers, movable, strict=True)])
            for name in ("rows", "lower", "number", "each", "most")
        }
        parts["number"] = parts["number"] + _first_numbers(levers)[owner]
        found = cls(owner, np.concatenate(movable), parts)
        farthest = np.zeros(int(_first_numbers(levers)[-1]))
        np.maximum.at(farthest, found.number, found.most / found.each)
        limit = np.where(found.lower, program.row_lower[found.row], program.row_upper[found.row])
        found.unit = program.row_scale[found.row]
        found.size = found.unit + np.abs(limit)
        other = np.where(found.lower, program.row_upper[found.row], -program.row_lower[found.row])
        is_first = np.concatenate([lever.idle[part] for lever, part in zip(levers, movable, strict=True)]) == 0
        found.direct = np.isinf(other) & is_first & (found.most / found.each >= farthest[found.number])
        found.most = np.minimum(found.most, _greatest_breach(program, found.row, found.lower))
        return found


def _first_numbers(levers: Sequence[Lever]) -> Positions:
    """(levers + 1,) position of each lever's first number, counted over all of them."""
    return np.cumsum([0, *(lever.numbers for lever in levers)])


def _greatest_breach(program: Program, rows: Positions, lower: Flags) -> Floats:
    """By how much sides can be passed within the columns' bounds."""
    matrix = program.matrix[rows]
    gain, loss = matrix.maximum(0), matrix.minimum(0)
    above = gain @ program.upper + loss @ program.lower - program.row_upper[rows]
    below = program.row_lower[rows] - gain @ program.lower - loss @ program.upper
    return np.asarray(np.maximum(np.where(lower, below, above), 0.0))


def _elastic(program: Program, levers: Sequence[Lever], sides: _Sides) -> Program:
    """The program whose sides give as far as the numbers of their levers move; only moves have worth, below zero.

    What is given and moved is counted in the units in which the rows are solved.
    """
    first, count = _first_numbers(levers), np.bincount(sides.number, minlength=int(_first_numbers(levers)[-1]))
    owner = np.repeat(np.arange(len(levers)), np.diff(first))
    unit = np.ones(len(owner))
    np.maximum.at(unit, sides.number, sides.unit)
    cost = np.array([lever.cost for lever in levers])[owner] * unit
    most = np.zeros(len(owner))
    np.maximum.at(most, sides.number, sides.most / sides.each / unit[sides.number])
    every, apart = np.arange(len(owner)), np.flatnonzero(~sides.direct)
    each, of_number, scale = np.arange(len(apart)), sides.number[apart], sides.unit[apart]
    gives = sides.each[apart] * unit[of_number] / scale
    room = np.ones(len(levers))
    np.add.at(room, owner, most)
    slight = -_SLIGHT * (cost / count.clip(1))[of_number] / gives
    given = ColumnBlock("given", _numbered(each), np.array(0.0), sides.most[apart] / scale, slight)
    number = ColumnBlock("number", _numbered(every), np.array(0.0), most, -cost)
    as_far = [term("given", each, each, 1.0), term("number", each, of_number, -gives)]
    held = at_most("held", _numbered(each), 0.0, as_far, _SILENT)
    opened = at_most("opened", _numbered(np.arange(len(levers))), room, [term("number", owner, every, 1.0)], _SILENT)
    columns = [replace(block, worth=np.zeros(len(block))) for block in program.columns]
    stated = [program.stated(block.name) for block in program.rows]
    rows = [replace(block, terms=(*block.terms, *_help(program, block, sides, unit))) for block in stated]
    return assemble([*columns, given, number], [*rows, held, opened], value_scale=_VALUE)


_VALUE = 1024.0
_SILENT = Meaning("", "", "")


def _help(program: Program, block: RowBlock, sides: _Sides, unit: Floats) -> tuple[Term, Term]:
    """What the sides of a block give, of numbers in these units."""
    start = program.row_start[block.name]
    inside = (sides.row >= start) & (sides.row < start + len(block))
    place = np.cumsum(~sides.direct) - 1
    sign = np.where(sides.lower, 1.0, -1.0)
    apart, direct = np.flatnonzero(inside & ~sides.direct), np.flatnonzero(inside & sides.direct)
    return (
        term("given", sides.row[apart] - start, place[apart], sign[apart] * sides.unit[apart]),
        term(
            "number",
            sides.row[direct] - start,
            sides.number[direct],
            sign[direct] * (sides.each * unit[sides.number])[direct],
        ),
    )


def _numbered(every: Positions) -> Labels:
    return Labels({"position": [str(position) for position in every]}, (every,))
