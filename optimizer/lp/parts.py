"""The parts of a program that hang together by few rows only, such as markets that share one budget."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from optimizer.lp.blocks import ColumnBlock, Labels, Positions, RowLimits
from optimizer.lp.program import Program

SHARED = -1
"""Part of the rows that more than one part has columns in."""
WIDE = (0.02, 0.005, 0.001)
"""Shares of all columns above which a row is taken to be shared, until its columns turn out to be of one part; the next
one is tried where the one before leaves no parts."""
LEAST_COLUMNS = 6_000
"""Columns of a part, so that there are not many small ones."""
MOST_PARTS = 80
MOST_SHARED = 200
"""Rows that parts may share."""


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

    def columns_of(self) -> list[Positions]:
        """Columns of each part, in order."""
        return _grouped(self.column, self.count)

    def rows_of(self) -> list[Positions]:
        """Rows of each part, in order, without those that are shared."""
        return _grouped(self.row, self.count)


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


def part_of(program: Program, columns: Positions, rows: Positions) -> Program:
    """Some columns and rows of a program as a program of their own.

    Args:
        program: The program.
        columns: Its columns, ascending.
        rows: Its rows, ascending; coefficients in other columns are left out.
    """
    kept = [_some_columns(block, _inside(columns, program.column_slice(block.name))) for block in program.columns]
    limits = [_some_rows(block, _inside(rows, program.row_slice(block.name))) for block in program.rows]
    matrix = program.matrix[rows][:, columns]
    return Program(tuple(kept), tuple(block for block in limits if len(block)), matrix, 0.0, program.value_scale)


def _inside(positions: Positions, block: slice) -> Positions:
    first, last = np.searchsorted(positions, [block.start, block.stop])
    return np.asarray(positions[first:last] - block.start)


def _some_columns(block: ColumnBlock, at: Positions) -> ColumnBlock:
    lower, upper, worth = (part[at] for part in (block.lower, block.upper, block.worth))
    return replace(block, labels=_some_labels(block.labels, at), lower=lower, upper=upper, worth=worth)


def _some_rows(block: RowLimits, at: Positions) -> RowLimits:
    lower, upper, standing = (part[at] for part in (block.lower, block.upper, block.standing))
    return replace(block, labels=_some_labels(block.labels, at), lower=lower, upper=upper, standing=standing)


def _some_labels(labels: Labels, at: Positions) -> Labels:
    """Labels of some positions; the only position of a block without sets is known by its number."""
    codes = labels.codes or (np.zeros(1, dtype=np.int64),)
    levels = labels.levels or {"position": ["0"]}
    return Labels(levels, tuple(each[at] for each in codes))


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


def _grouped(number: Positions, count: int) -> list[Positions]:
    """Positions of each number from 0, ascending; those of other numbers are left out."""
    order = np.argsort(number, kind="stable")
    ends = np.searchsorted(number[order], np.arange(count + 1))
    return [order[ends[part] : ends[part + 1]] for part in range(count)]
