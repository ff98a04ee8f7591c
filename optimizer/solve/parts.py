"""The parts of a program that hang together by few rows only, such as markets that share one budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from optimizer.lp.blocks import Positions

SHARED = -1
"""Part of the rows that more than one part has columns in."""
WIDE = (0.02, 0.005, 0.001)
"""Shares of all columns above which a row is taken to be shared, until its columns turn out to be of one part; the next
one is tried where the one before leaves no parts."""
LEAST_COLUMNS = 6_000
"""Columns of a part, so that there are not many small ones."""
MOST_PARTS = 80
MOST_SHARED = 200
"""Rows that parts may share; the prices of more are too many to agree on."""


@dataclass(frozen=True)
class Parts:
    """Which part every column and row belongs to.

    Attributes:
        column: (columns,) part.
        row: (rows,) part, or ``SHARED``.
        count: Number of parts.
    """

    column: Positions
    row: Positions
    count: int

    @property
    def shared(self) -> Positions:
        """Rows that parts share."""
        return np.flatnonzero(self.row == SHARED)


def parts_of(matrix: sp.csr_array) -> Parts | None:
    """The parts of a program, or ``None`` where it is not made of several that share few rows.

    Args:
        matrix: (rows, columns) coefficients.
    """
    for wide in WIDE:
        column = _in_groups(_connected(matrix, wide))
        parts = Parts(column, _of_rows(matrix, column), int(column.max(initial=-1)) + 1)
        largest = np.bincount(column).max(initial=0)
        if parts.count > 2 and 2 * largest <= len(column) and len(parts.shared) <= MOST_SHARED:
            return parts
    return None


def _connected(matrix: sp.csr_array, wide: float) -> Positions:
    """(columns,) columns that hang together by rows that are not wide have the same number."""
    columns = matrix.shape[1]
    thin = matrix[np.flatnonzero(np.diff(matrix.indptr) <= wide * columns)]
    reached = np.concatenate([thin.indptr, np.full(columns, thin.nnz)])  # rows come first, columns lead nowhere
    edges = (np.ones(thin.nnz, dtype=np.int8), thin.indices + thin.shape[0], reached)
    both = sp.csr_array(edges, shape=(thin.shape[0] + columns, thin.shape[0] + columns))
    _, number = connected_components(both, directed=False)
    return np.asarray(np.unique(number[thin.shape[0] :], return_inverse=True)[1], dtype=np.int64)


def _in_groups(number: Positions) -> Positions:
    """Neighbours put together until each group has columns enough, in their order."""
    size = np.bincount(number)
    least = max(LEAST_COLUMNS, len(number) // MOST_PARTS)
    before = np.cumsum(size) - size
    group = before // least
    return np.asarray(np.unique(group, return_inverse=True)[1][number], dtype=np.int64)


def _of_rows(matrix: sp.csr_array, column: Positions) -> Positions:
    """(rows,) part of the columns of each row; an empty row is in the first."""
    found = np.zeros(matrix.shape[0], dtype=np.int64)
    filled = np.flatnonzero(np.diff(matrix.indptr))
    if len(filled):
        part, first = column[matrix.indices], matrix.indptr[filled]
        least, most = np.minimum.reduceat(part, first), np.maximum.reduceat(part, first)
        found[filled] = np.where(least == most, least, SHARED)
    return found


def grouped(number: Positions, count: int) -> list[npt.NDArray[np.int64]]:
    """Positions of each number from 0, in order; those of other numbers are left out."""
    order = np.argsort(number, kind="stable")
    ends = np.searchsorted(number[order], np.arange(count + 1))
    return [order[ends[part] : ends[part + 1]] for part in range(count)]
