r"""Where a very large program may begin: at the bases of its parts, solved side by side at agreed prices.

A group of many markets is one program only because of a few rows that markets share: the budget, limits of the whole
group. At prices y of those rows each part is a small program of its own,

.. math:: \min_{x_p} c_p x_p + y L_p x_p,

and the simplex method takes time that grows faster than size, so all parts together take a fraction of the time of the
whole. The prices come from rounds of Dantzig and Wolfe's decomposition (Operations Research 8, 1960, 101-111): each
part proposes what it would do, a small program weighs all proposals so that the shared rows hold, and its prices, kept
within a box around the last ones, are asked next. The bases of the parts, put together, are then so close to the
optimum of the whole that it takes a few iterations from there. How close decides nothing but time: the whole program is
solved all the same, by its own rows and to its own proof.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import highspy
import numpy as np
import scipy.sparse as sp

from optimizer.lp.blocks import Floats, Positions
from optimizer.lp.program import Program
from optimizer.solve.highs import AT_LOWER, AT_UPPER, BASIC, Basis, basis_of, new_solver, scaled, set_basis
from optimizer.solve.parts import Parts, grouped, parts_of

MOST_ROUNDS = 6
CLOSE = 1e-6
"""Gap between proposals and bound, as a share of the value, at which prices are agreed."""
WORKERS = min(os.cpu_count() or 1, 8)
_BOX = 0.1
"""First half-width of the box around a price, as a share of the price."""
_LEAST_BOX = 0.005
"""The same as a share of what the whole brings per unit of the row."""


@dataclass(frozen=True)
class Prices:
    """Prices of the shared rows in the solver's units, and how far they may be off."""

    price: Floats
    box: Floats


@dataclass(frozen=True)
class Proposal:
    """What a part would do at some prices.

    Attributes:
        cost: Cost of it, in the solver's units.
        use: (shared,) what it uses of the shared rows.
        paid: cost and what the use costs at the prices.
    """

    cost: float
    use: Floats
    paid: float


class _NotSolved(Exception):
    """A part was not solved to its optimum."""


class _Part:
    """One part, held in the solver with the shared rows, which do not limit it unless it is told to keep its share."""

    def __init__(self, lp: highspy.HighsLp, matrix: sp.csc_array, columns: Positions, rows: Positions, shared: int):
        self.columns, self.rows = columns, rows
        self._shared = shared
        self._cost = np.asarray(lp.col_cost_)
        by_row = sp.csr_array(matrix)
        self.link = by_row[len(rows) :]
        self._touched = np.unique(self.link.indices).astype(np.int32)
        self._most = np.asarray(lp.col_upper_)
        self._highs = new_solver()
        self._highs.passModel(lp)

    @property
    def greatest_use(self) -> Floats:
        """(shared,) the most that it could use of each shared row."""
        return np.asarray(abs(self.link) @ np.abs(self._most))

    def begin_at(self, basis: Basis) -> None:
        rows = np.concatenate([basis.rows[self.rows], np.full(self._shared, BASIC, dtype=np.int8)])
        set_basis(self._highs, Basis(basis.columns[self.columns], rows))

    def keep(self, lower: Floats, upper: Floats) -> None:
        """Let the part keep to limits of its own in the shared rows."""
        for place, (least, most) in enumerate(zip(lower.tolist(), upper.tolist(), strict=True)):
            self._highs.changeRowBounds(len(self.rows) + place, least, most)

    def alone(self) -> tuple[Proposal, Floats] | None:
        """What it would do within its own limits, and its prices of them; ``None`` where it cannot keep them."""
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        values, price = self._values(), -np.asarray(self._highs.getSolution().row_dual)[len(self.rows) :]
        cost = float(self._cost @ values)
        return Proposal(cost, self.link @ values, cost), price

    def at(self, price: Floats) -> Proposal:
        """What it would do at prices of the shared rows."""
        cost = self._cost + self.link.T @ price
        self._highs.changeColsCost(len(self._touched), self._touched, cost[self._touched])
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise _NotSolved
        values = self._values()
        return Proposal(float(self._cost @ values), self.link @ values, float(cost @ values))

    def _values(self) -> Floats:
        return np.asarray(self._highs.getSolution().col_value)

    def basis(self) -> Basis:
        found = basis_of(self._highs)
        return Basis(found.columns, found.rows[: len(self.rows)])

    def reduced(self) -> Floats:
        """(columns,) reduced costs."""
        return np.asarray(self._highs.getSolution().col_dual)


def start_by_parts(program: Program, start: Basis | None, prices: Floats | None) -> Basis | None:
    """A basis close to the optimum, or ``None`` where the program has no parts that could be solved side by side.

    Args:
        program: What is to be solved.
        start: A basis at which the parts begin, if one is known.
        prices: (rows,) prices of the rows in real units that are known to be about right, if they are.
    """
    parts = parts_of(program.matrix)
    if parts is None or program.whole.any():
        return None
    pieces, limits = _pieces(program, parts)
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            if start is not None:
                list(pool.map(lambda piece: piece.begin_at(start), pieces))
            known: list[Proposal | None] = []
            if prices is None:
                first, known = _own_shares(pieces, limits, pool)
            else:
                shared = parts.shared
                price = prices[shared] * program.row_scale[shared] / program.value_scale
                first = Prices(price, _BOX / 4 * np.abs(price))
            agreed = _agree(pieces, limits, first, known, pool)
        except _NotSolved:
            return None
    return _together(program, parts, pieces, agreed)


def _pieces(program: Program, parts: Parts) -> tuple[list[_Part], tuple[Floats, Floats]]:
    """The parts as programs of their own, with the shared rows last, and the limits of the shared rows."""
    lp, matrix = scaled(program)
    shared, rows = parts.shared, grouped(parts.row, parts.count)
    place = np.zeros(len(parts.row), dtype=np.int64)
    for own in rows:
        place[own] = np.arange(len(own))
    place[shared] = np.arange(len(shared))
    pieces = [
        _piece(lp, matrix, place, parts, columns, own)
        for columns, own in zip(grouped(parts.column, parts.count), rows, strict=True)
    ]
    return pieces, (np.asarray(lp.row_lower_)[shared], np.asarray(lp.row_upper_)[shared])


def _piece(
    lp: highspy.HighsLp, matrix: sp.csc_array, place: Positions, parts: Parts, columns: Positions, rows: Positions
) -> _Part:
    here, shared = matrix[:, columns], len(parts.shared)
    row = place[here.indices] + np.where(parts.row[here.indices] < 0, len(rows), 0)
    own = sp.csc_array((here.data, row, here.indptr), shape=(len(rows) + shared, len(columns)))
    piece = highspy.HighsLp()
    piece.num_col_, piece.num_row_ = len(columns), len(rows) + shared
    piece.sense_ = highspy.ObjSense.kMinimize
    for name in ("col_cost_", "col_lower_", "col_upper_"):
        setattr(piece, name, np.asarray(getattr(lp, name))[columns])
    piece.row_lower_ = np.concatenate([np.asarray(lp.row_lower_)[rows], np.full(shared, -np.inf)])
    piece.row_upper_ = np.concatenate([np.asarray(lp.row_upper_)[rows], np.full(shared, np.inf)])
    piece.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    piece.a_matrix_.start_, piece.a_matrix_.index_, piece.a_matrix_.value_ = own.indptr, own.indices, own.data
    return _Part(piece, own, columns, rows, shared)


def _own_shares(
    pieces: Sequence[_Part], limits: tuple[Floats, Floats], pool: ThreadPoolExecutor
) -> tuple[Prices, list[Proposal | None]]:
    """First prices: the mean of what each part would pay if it had its share of every shared row to itself."""
    most = np.array([piece.greatest_use for piece in pieces])
    share = most / np.maximum(most.sum(axis=0), np.finfo(float).tiny)
    for piece, part in zip(pieces, share, strict=True):
        piece.keep(
            *(
                np.where(np.isfinite(limit), limit, 0.0) * part + np.where(np.isfinite(limit), 0.0, limit)
                for limit in limits
            )
        )
    found = list(pool.map(_Part.alone, pieces))
    for piece in pieces:
        piece.keep(np.full(share.shape[1], -np.inf), np.full(share.shape[1], np.inf))
    alone = [(answer[1], part) for answer, part in zip(found, share, strict=True) if answer]
    if not alone:
        raise _NotSolved
    price, weight = np.array([price for price, _ in alone]), np.array([part for _, part in alone])
    mean = (price * weight).sum(axis=0) / np.maximum(weight.sum(axis=0), np.finfo(float).tiny)
    proposals = [answer[0] if answer else None for answer in found]
    worth = abs(sum(proposal.cost for proposal in proposals if proposal))
    least = _LEAST_BOX * worth / np.maximum(most.sum(axis=0), np.finfo(float).tiny)
    return Prices(mean, np.maximum(_BOX * np.abs(mean), least)), proposals


def _agree(
    pieces: Sequence[_Part],
    limits: tuple[Floats, Floats],
    first: Prices,
    known: Sequence[Proposal | None],
    pool: ThreadPoolExecutor,
) -> Floats:
    """Prices of the shared rows at which the parts were asked last, when proposals and bound are close."""
    proposals = [(number, proposal) for number, proposal in enumerate(known) if proposal]
    prices, bound = first, -np.inf
    for turn in range(MOST_ROUNDS):
        asked = prices.price
        found = list(pool.map(lambda piece, asked=asked: piece.at(asked), pieces))
        side = np.where(asked > 0, limits[1], np.where(asked < 0, limits[0], 0.0))
        bound = max(bound, sum(proposal.paid for proposal in found) - float(asked @ np.where(asked != 0, side, 0.0)))
        proposals += list(enumerate(found))
        prices, cost = _weighed(proposals, len(pieces), limits, prices)
        if turn + 1 == MOST_ROUNDS or cost - bound <= CLOSE * abs(bound):
            break
    return asked


def _weighed(
    proposals: Sequence[tuple[int, Proposal]], count: int, limits: tuple[Floats, Floats], before: Prices
) -> tuple[Prices, float]:
    """Prices at which the best mix of proposals keeps the shared rows, within the box, and the cost of the mix."""
    shared, many = len(before.price), len(proposals)
    use = sp.csc_array(np.array([proposal.use for _, proposal in proposals]).reshape(many, shared).T)
    of_part = sp.csc_array((np.ones(many), ([part for part, _ in proposals], np.arange(many))), shape=(count, many))
    either = sp.vstack([sp.hstack([-sp.eye_array(shared), sp.eye_array(shared)]), sp.csc_array((count, 2 * shared))])
    matrix = sp.csc_array(sp.hstack([sp.vstack([use, of_part]), either]))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = many + 2 * shared, shared + count
    apart = [before.price + before.box, before.box - before.price]
    lp.col_cost_ = np.concatenate([[proposal.cost for _, proposal in proposals], *apart])
    lp.col_lower_, lp.col_upper_ = np.zeros(lp.num_col_), np.full(lp.num_col_, np.inf)
    lp.row_lower_ = np.concatenate([limits[0], np.ones(count)])
    lp.row_upper_ = np.concatenate([limits[1], np.ones(count)])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    highs = new_solver()
    highs.passModel(lp)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise _NotSolved
    price = -np.asarray(highs.getSolution().row_dual)[:shared]
    at_edge = np.abs(price - before.price) >= 0.999 * before.box
    box = np.where(at_edge, 2.0, 0.5) * before.box
    return Prices(price, box), float(highs.getInfo().objective_function_value)


def _together(program: Program, parts: Parts, pieces: Sequence[_Part], price: Floats) -> Basis:
    """The bases of the parts as one. A shared row with a price is full, and the column nearest to it is basic."""
    columns = np.zeros(len(program.worth), dtype=np.int8)
    rows = np.full(len(program.row_lower), BASIC, dtype=np.int8)
    reduced = np.zeros(len(columns))
    for piece in pieces:
        basis = piece.basis()
        columns[piece.columns], rows[piece.rows] = basis.columns, basis.rows
        reduced[piece.columns] = np.abs(piece.reduced())
    paid = parts.shared[price != 0]
    rows[paid] = np.where(price[price != 0] > 0, AT_UPPER, AT_LOWER)
    reduced[(program.upper <= program.lower) | (columns == BASIC)] = np.inf
    columns[_nearest(program.matrix[paid], reduced)] = BASIC
    return Basis(columns, rows)


def _nearest(rows: sp.csr_array, reduced: Floats) -> Positions:
    """One column for each row, of least reduced cost among those of which no narrower row has a part.

    Wide rows (a year's budget) contain narrow ones (a week's). With a column of its own for each, found in that order,
    the columns tell the prices apart.
    """
    narrow_first = np.argsort(np.diff(rows.indptr), kind="stable")
    left, chosen = reduced.copy(), []
    for row in narrow_first.tolist():
        column = rows.indices[rows.indptr[row] : rows.indptr[row + 1]]
        size = np.abs(rows.data[rows.indptr[row] : rows.indptr[row + 1]])
        chosen.append(column[np.argmin(left[column] / size)])
        left[column] = np.inf
    return np.array(chosen, dtype=np.int64)
