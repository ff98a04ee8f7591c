"""A program: blocks stacked into one sparse matrix, with the way back from any position to its label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from optimizer.lp.blocks import ColumnBlock, Flags, Floats, RowBlock, RowLimits, Term, term


@dataclass(frozen=True)
class Outline:
    """What the columns and rows of a program stand for, and their limits, in real units; no coefficients.

    Attributes:
        columns: Column blocks in order.
        rows: Row blocks in order.
    """

    columns: tuple[ColumnBlock, ...]
    rows: tuple[RowLimits, ...]

    @cached_property
    def column_start(self) -> dict[str, int]:
        """First column of each block."""
        return _starts(self.columns)

    @cached_property
    def row_start(self) -> dict[str, int]:
        """First row of each block."""
        return _starts(self.rows)

    def column_slice(self, name: str) -> slice:
        """Columns of a block."""
        return _slice(self.columns, self.column_start, name)

    def row_slice(self, name: str) -> slice:
        """RowLimits of a block."""
        return _slice(self.rows, self.row_start, name)

    def row_block(self, name: str) -> RowLimits:
        """Block of rows by name."""
        return next(block for block in self.rows if block.name == name)

    def column_block(self, name: str) -> ColumnBlock:
        """Block of columns by name."""
        return next(block for block in self.columns if block.name == name)

    def has_rows(self, name: str) -> bool:
        """Whether there is a block of rows of that name."""
        return name in self.row_start

    def row_at(self, row: int) -> tuple[RowLimits, int]:
        """Block of a row and the row's position in it."""
        block = next(block for block in reversed(self.rows) if self.row_start[block.name] <= row and len(block))
        return block, row - self.row_start[block.name]

    @cached_property
    def worth(self) -> Floats:
        """(columns,) objective."""
        return _stacked(self.columns, "worth")

    @cached_property
    def lower(self) -> Floats:
        """(columns,) least values."""
        return _stacked(self.columns, "lower")

    @cached_property
    def upper(self) -> Floats:
        """(columns,) greatest values."""
        return _stacked(self.columns, "upper")

    @cached_property
    def whole(self) -> Flags:
        """(columns,) which columns take whole numbers only."""
        return np.concatenate([np.full(len(block), block.whole) for block in self.columns] or [np.empty(0, dtype=bool)])

    @cached_property
    def row_lower(self) -> Floats:
        """(rows,) least values."""
        return _stacked(self.rows, "lower")

    @cached_property
    def row_upper(self) -> Floats:
        """(rows,) greatest values."""
        return _stacked(self.rows, "upper")

    @cached_property
    def column_scale(self) -> Floats:
        """(columns,) real units per unit of the solver."""
        return np.concatenate([np.full(len(block), block.scale) for block in self.columns])

    @cached_property
    def row_scale(self) -> Floats:
        """(rows,) real units per unit of the solver."""
        return np.concatenate([np.full(len(block), block.scale) for block in self.rows] or [np.empty(0)])


@dataclass(frozen=True)
class Program(Outline):
    """Maximise ``offset + worth @ x`` subject to ``row_lower <= matrix @ x <= row_upper`` and the column bounds.

    Everything here is in real units (money in money, patients in patients).

    Attributes:
        matrix: (rows, columns) coefficients, explicit zeros removed.
        offset: Constant part of the objective.
        value_scale: Real units of the objective that make one unit of the solver; a power of two.
    """

    matrix: sp.csr_array
    offset: float = 0.0
    value_scale: float = 1.0

    @property
    def outline(self) -> Outline:
        """The program without its coefficients, which take most of the memory."""
        return Outline(self.columns, self.rows)

    def stated(self, name: str) -> RowBlock:
        """A block of rows with its coefficients, one term for each block of columns in it."""
        rows, columns = self.row_slice(name), self.column_start
        here = self.matrix[rows].tocoo()
        block = np.searchsorted(list(columns.values()), here.col, side="right") - 1
        terms = [
            term(column, here.row[among], here.col[among] - columns[column], here.data[among])
            for place, column in enumerate(columns)
            if len(among := np.flatnonzero(block == place))
        ]
        return self.row_block(name).of(terms)

    def relaxed(self) -> Program:
        """The same program with every column free to take any number between its bounds."""
        return replace(self, columns=tuple(replace(block, whole=False) for block in self.columns))

    def with_whole_at(self, values: Floats) -> Program:
        """The same program with the whole columns fixed: a linear program again.

        Args:
            values: (columns,) values; those of whole columns are rounded to the whole number they stand for.
        """
        columns = []
        for block in self.columns:
            here = np.rint(values[self.column_slice(block.name)]) + 0.0  # no minus zero
            columns.append(replace(block, lower=here, upper=here) if block.whole else block)
        return replace(self, columns=tuple(columns))

    def with_limits(self, lower: Floats, upper: Floats) -> Program:
        """The same program with other limits of its rows, (rows,) each."""
        slices = [self.row_slice(block.name) for block in self.rows]
        rows = [_limited(block, lower[at], upper[at]) for block, at in zip(self.rows, slices, strict=True)]
        return replace(self, rows=tuple(rows))


def _limited(block: RowLimits, lower: Floats, upper: Floats) -> RowLimits:
    """A block with other limits; itself where they are the same, for checking a block takes longer than comparing."""
    same = np.array_equal(block.lower, lower) and np.array_equal(block.upper, upper)
    return block if same else replace(block, lower=lower, upper=upper)


def _starts(blocks: Sequence[ColumnBlock] | Sequence[RowLimits]) -> dict[str, int]:
    starts: dict[str, int] = {}
    position = 0
    for block in blocks:
        if block.name in starts:
            raise ValueError(f"two blocks are named {block.name}")
        starts[block.name] = position
        position += len(block)
    return starts


def _slice(blocks: Sequence[ColumnBlock] | Sequence[RowLimits], starts: dict[str, int], name: str) -> slice:
    size = next(len(block) for block in blocks if block.name == name)
    return slice(starts[name], starts[name] + size)


def _stacked(blocks: Sequence[ColumnBlock] | Sequence[RowLimits], part: str) -> Floats:
    return np.concatenate([getattr(block, part) for block in blocks] or [np.empty(0)])


def assemble(
    columns: Sequence[ColumnBlock], rows: Sequence[RowBlock], *, offset: float = 0.0, value_scale: float = 1.0
) -> Program:
    """Stack blocks into a program. Blocks without a row are left out.

    Raises:
        ValueError: if a term names a column block that is not there, or a column that its block does not have.
    """
    kept = tuple(block for block in rows if len(block))
    width = {block.name: len(block) for block in columns}
    column_start, row_start = _starts(columns), _starts(kept)
    parts = [(block, part) for block in kept for part in block.terms]
    count = sum(len(part.values) for _, part in parts)
    row, column, value = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int32), np.empty(count)
    begin = 0
    for block, part in parts:
        _in_block(block, part, width[part.block])
        here = slice(begin, begin := begin + len(part.values))
        row[here] = part.rows + row_start[block.name]
        column[here] = part.columns + column_start[part.block]
        value[here] = part.values
    shape = (sum(len(block) for block in kept), sum(width.values()))
    matrix = sp.csr_array(sp.coo_array((value, (row, column)), shape=shape))
    matrix.eliminate_zeros()
    return Program(tuple(columns), tuple(block.limits for block in kept), matrix, offset, value_scale)


def _in_block(block: RowBlock, part: Term, width: int) -> None:
    if len(part.columns) and not 0 <= part.columns.min() <= part.columns.max() < width:
        raise ValueError(f"block {block.name} refers to a column that {part.block} does not have")
