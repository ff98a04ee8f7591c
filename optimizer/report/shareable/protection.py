r"""Which rows must be withheld so that nobody can tell that a count is 1 to 10.

Who reads the tables knows, of every published row r and count m, that

.. math:: |\sum_{i \in r} x_{m,i} - v_{m,r}| \le \tfrac12, \qquad
          0 \le x_{visits,i} \le x_{bookings,i} \le x_{leads,i}

========  ==================================================================
x_{m,i}   count m of the smallest cell i (a campaign's month), unknown
v_{m,r}   the published number, in whole people
========  ==================================================================

A cell c with a small count is safe if these allow :math:`\sum_{i \in c} x_{m,i} \ge 10.5`, which is 11 in whole people:
then nobody can say that it is small. A row with a small count is withheld with all its counts (they hang together by
rates that people know), and further rows are withheld, the smallest that helps first, until every cell is safe. All
withheld rows carry the same sign.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy
from scipy.sparse import block_diag, coo_array, csr_array, eye_array, hstack, vstack

from optimizer.report.shareable.cells import Cells, Flags, Floats, Row
from optimizer.weekly.webhook import SMALL

_SAFE = SMALL + 0.5
"""Count from which on a cell is more than 10 when rounded."""
_NOISE = 1e-6
_UNBOUNDED = 3
"""How the solver says that nothing bounds a goal."""


def is_small(counts: Floats) -> Flags:
    """Whether counts, in whole people, are 1 to 10."""
    shown = np.round(counts)
    return np.asarray((shown >= 1) & (shown <= SMALL))


def withheld_rows(cells: Cells) -> Flags:
    """(R,) whether each row of the cells is withheld."""
    rows = cells.rows
    sums = np.array([cells.counts[:, row.members].sum(axis=1) for row in rows])
    withheld: Flags = np.asarray(is_small(sums).any(axis=1))
    targets = [(members, count) for members in cells.delicate for count in _small_counts(cells, members)]
    while targets := _Reader(cells, rows, withheld).given_away(targets):
        withheld[_helping(cells, rows, withheld, targets[0])] = True
    return withheld


Target = tuple[Flags, int]


def _small_counts(cells: Cells, members: Flags) -> list[int]:
    """Counts of a cell that are small."""
    return [int(count) for count in np.flatnonzero(is_small(cells.counts[:, members].sum(axis=1)))]


def _helping(cells: Cells, rows: Sequence[Row], withheld: Flags, target: Target) -> int:
    """The row with fewest visits whose withholding lets the cell be larger; the one with fewest where none does."""
    sums = np.array([cells.counts[-1, row.members].sum() for row in rows])
    order = [int(row) for row in np.argsort(sums, kind="stable") if not withheld[row]]
    now = _Reader(cells, rows, withheld).most(target)
    for row in order:
        tried = withheld.copy()
        tried[row] = True
        if _Reader(cells, rows, tried).most(target) > now + _NOISE:
            return row
    return order[0]


class _Reader:
    """What somebody knows who reads the published rows."""

    def __init__(self, cells: Cells, rows: Sequence[Row], withheld: Flags) -> None:
        size = cells.counts.shape[1]
        told = [row for row, hidden in zip(rows, withheld, strict=True) if not hidden]
        sums = np.array([row.members for row in told], dtype=float).reshape(len(told), size)
        shown = np.round(cells.counts @ sums.T).ravel()
        each = block_diag([csr_array(sums)] * len(cells.counts), format="csr")
        self.size = size
        self.left = vstack([each, -each, _nested(size)], format="csr")
        self.right = np.concatenate([shown + 0.5, 0.5 - shown, np.zeros(self.left.shape[0] - 2 * len(shown))])

    def given_away(self, targets: Sequence[Target]) -> list[Target]:
        """The small counts that cannot be more than 10, as far as a reader knows."""
        unsure = list(targets)
        while unsure:
            together = self._together(unsure)
            left = [target for target, most in zip(unsure, together, strict=True) if most < _SAFE - _NOISE]
            if len(left) == len(unsure):
                return [target for target in unsure if self.most(target) < _SAFE - _NOISE]
            unsure = left
        return []

    def _together(self, targets: Sequence[Target]) -> Floats:
        """How large each count is where as many as possible are more than 10 at once: a proof for those that are."""
        counted = csr_array(np.array([self._goal(target) for target in targets]))
        capped = hstack([-counted, eye_array(len(targets))])
        known = hstack([self.left, coo_array((self.left.shape[0], len(targets)))])
        ceilings = [(0, None)] * self.left.shape[1] + [(0, _SAFE)] * len(targets)
        goal = np.concatenate([np.zeros(self.left.shape[1]), -np.ones(len(targets))])
        right = np.concatenate([self.right, np.zeros(len(targets))])
        found = scipy.optimize.linprog(
            goal, A_ub=vstack([known, capped], format="csr"), b_ub=right, bounds=ceilings, method="highs"
        )
        return np.zeros(len(targets)) if found.x is None else np.asarray(found.x[self.left.shape[1] :])

    def most(self, target: Target) -> float:
        """The most that a count of a cell can be; infinite where nothing bounds it, nothing where that is not known."""
        found = scipy.optimize.linprog(
            -self._goal(target), A_ub=self.left, b_ub=self.right, bounds=(0, None), method="highs"
        )
        if found.fun is not None and found.status == 0:
            return float(-found.fun)
        return np.inf if found.status == _UNBOUNDED else 0.0

    def _goal(self, target: Target) -> Floats:
        members, count = target
        goal = np.zeros(self.left.shape[1])
        goal[count * self.size : (count + 1) * self.size] = members
        return goal


def _nested(size: int) -> csr_array:
    """Rows that say: visits are no more than bookings, and bookings of campaigns no more than leads."""
    same, none = eye_array(size, format="csr"), coo_array((size, size)).tocsr()
    visits = hstack([none, -same, same], format="csr")
    bookings = hstack([-same, same, none], format="csr")[: size - 1]
    return csr_array(vstack([visits, bookings], format="csr"))
