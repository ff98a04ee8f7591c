"""Named blocks: a group of columns or rows of one kind, with a label for each position.

A block of columns is stated once, with its bounds and its worth. A block of rows refers to columns by their block's
name and their position in it, so every block can be built, read and tested alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
"""Positions of coefficients, of which there are tens of millions."""
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Labels:
    """The label of each position of a block: one level per set, stored as codes into the set's names.

    Attributes:
        levels: Name of each set and its members' names.
        codes: For each set, the member at every position; all of the same length.
    """

    levels: Mapping[str, Sequence[str]]
    codes: tuple[Positions, ...]

    def __len__(self) -> int:
        return len(self.codes[0]) if self.codes else 1

    def names(self) -> dict[str, npt.NDArray[np.object_]]:
        """Of each set, the name of its member at every position."""
        return {
            name: np.asarray(members, dtype=object)[codes]
            for (name, members), codes in zip(self.levels.items(), self.codes, strict=True)
        }

    def frame(self) -> pd.DataFrame:
        """One row per position, one column of names per set."""
        return pd.DataFrame(self.names(), index=range(len(self)))

    def at(self, position: int) -> dict[str, str]:
        """Names of one position."""
        return {
            name: str(members[codes[position]])
            for (name, members), codes in zip(self.levels.items(), self.codes, strict=True)
        }


def grid(levels: Mapping[str, Sequence[str]]) -> Labels:
    """Labels of the full product of the sets, last set fastest."""
    sizes = [len(members) for members in levels.values()]
    codes = np.indices(sizes).reshape(len(sizes), math.prod(sizes))
    return Labels(levels, tuple(codes[axis].astype(np.int64) for axis in range(len(sizes))))


def _checked(block: str, name: str, values: npt.ArrayLike, size: int) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    array = array if array.shape == (size,) else np.broadcast_to(array, (size,))
    if np.isnan(array).any():
        raise ValueError(f"block {block}: {name} is NaN at position {int(np.flatnonzero(np.isnan(array))[0])}")
    return array


@dataclass(frozen=True)
class ColumnBlock:
    """Columns of one kind.

    Attributes:
        name: Noun of the block.
        labels: Label of each column.
        lower: (n,) least value.
        upper: (n,) greatest value; finite, so that every program has a rigorous bound.
        worth: (n,) what one unit adds to the objective.
        scale: Real units that make one unit of the solver; a power of two, so that scaling loses no digit.
        most: What the upper ends of the columns are in words, where people set them.
        whole: Whether the columns take whole numbers only; their bounds are then whole as well.
    """

    name: str
    labels: Labels
    lower: Floats
    upper: Floats
    worth: Floats
    scale: float = 1.0
    most: str = ""
    whole: bool = False

    def __post_init__(self) -> None:
        for part in ("lower", "upper", "worth"):
            object.__setattr__(self, part, _checked(self.name, part, getattr(self, part), len(self.labels)))
        if not (np.isfinite(self.lower).all() and np.isfinite(self.upper).all()):
            raise ValueError(f"block {self.name}: every column needs finite bounds")
        if (self.lower > self.upper).any():
            at = int(np.flatnonzero(self.lower > self.upper)[0])
            raise ValueError(f"block {self.name}: lower bound above upper bound at {self.labels.at(at)}")
        if self.whole and (self.scale != 1.0 or (np.rint([self.lower, self.upper]) != [self.lower, self.upper]).any()):
            raise ValueError(f"block {self.name}: whole columns need whole bounds and no scale")

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Term:
    """Coefficients of one block of columns in one block of rows, as triples.

    Attributes:
        block: Name of the block of columns.
        rows: Row of each coefficient, a position in the block of rows.
        columns: Column of each coefficient, a position in the block of columns.
        values: The coefficients; triples with the same row and column add up.
    """

    block: str
    rows: Places
    columns: Places
    values: Floats

    def times(self, factor: float) -> Term:
        """The same term with every coefficient multiplied."""
        return Term(self.block, self.rows, self.columns, factor * self.values)


def term(block: str, rows: npt.ArrayLike, columns: npt.ArrayLike, values: npt.ArrayLike) -> Term:
    """A term from arrays that broadcast against each other."""
    row, column, value = np.asarray(rows), np.asarray(columns), np.asarray(values, dtype=np.float64)
    if not row.shape == column.shape == value.shape:
        row, column, value = np.broadcast_arrays(row, column, value)
    return Term(block, row.ravel().astype(np.int32), column.ravel().astype(np.int32), value.ravel())


@dataclass(frozen=True)
class Meaning:
    """What the price of a row says to people.

    Attributes:
        limit: The limit in words, with the label names in braces.
        price: What one more unit of the limit is, with the label names in braces.
        unit: Unit of the limit's number.
        soft_cost: Cost of one unit of breach in the search for the cheapest way out of a conflict; 0 where the row
            is arithmetic and not a limit that anybody could move.
    """

    limit: str
    price: str
    unit: str
    soft_cost: float = 0.0


@dataclass(frozen=True)
class RowLimits:
    """The limits of rows of one kind, without their coefficients.

    Attributes:
        name: Noun of the block.
        labels: Label of each row.
        lower: (m,) least value, minus infinity where there is none.
        upper: (m,) greatest value, infinity where there is none.
        meaning: What the rows and their prices mean.
        scale: Real units that make one unit of the solver; a power of two.
        standing: (m,) what is there of the limited quantity whatever is decided. It is taken off the limits already;
            people are shown limits and uses with it.
    """

    name: str
    labels: Labels
    lower: Floats
    upper: Floats
    meaning: Meaning
    scale: float = 1.0
    standing: Floats = field(default_factory=lambda: np.zeros(()))

    def __post_init__(self) -> None:
        for part in ("lower", "upper", "standing"):
            object.__setattr__(self, part, _checked(self.name, part, getattr(self, part), len(self.labels)))
        if (self.lower > self.upper).any():
            at = int(np.flatnonzero(self.lower > self.upper)[0])
            raise ValueError(f"block {self.name}: lower limit above upper limit at {self.labels.at(at)}")

    def __len__(self) -> int:
        return len(self.labels)

    def of(self, terms: Sequence[Term]) -> RowBlock:
        """These limits on the sum of some terms."""
        return RowBlock(**vars(self), terms=tuple(terms))


@dataclass(frozen=True)
class RowBlock(RowLimits):
    """Rows of one kind as they are stated: ``lower <= sum of terms <= upper``.

    Attributes:
        terms: Coefficients.
    """

    terms: tuple[Term, ...] = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        for part_term in self.terms:
            _checked(self.name, f"a coefficient of {part_term.block}", part_term.values, len(part_term.values))
            if len(part_term.rows) and not 0 <= part_term.rows.min() <= part_term.rows.max() < len(self.labels):
                raise ValueError(f"block {self.name}: a coefficient of {part_term.block} names no row")

    @property
    def limits(self) -> RowLimits:
        """The rows without their coefficients."""
        return RowLimits(**{each.name: getattr(self, each.name) for each in fields(RowLimits)})


def between(
    name: str,
    labels: Labels,
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    terms: Sequence[Term],
    meaning: Meaning,
    scale: float = 1.0,
    *,
    standing: npt.ArrayLike = 0.0,
) -> RowBlock:
    """Rows whose terms lie between two limits, from which what stands already is taken off."""
    least, most, there = (np.asarray(limit, dtype=np.float64) for limit in (lower, upper, standing))
    return RowBlock(name, labels, least, most, meaning, scale, there, terms=tuple(terms))


def at_most(
    name: str,
    labels: Labels,
    upper: npt.ArrayLike,
    terms: Sequence[Term],
    meaning: Meaning,
    scale: float = 1.0,
    *,
    standing: npt.ArrayLike = 0.0,
) -> RowBlock:
    """Rows whose terms and what stands already may not pass ``upper``."""
    there = np.asarray(standing, dtype=np.float64)
    return between(name, labels, -np.inf, np.asarray(upper) - there, terms, meaning, scale, standing=there)


def equal(
    name: str, labels: Labels, value: npt.ArrayLike, terms: Sequence[Term], meaning: Meaning, scale: float = 1.0
) -> RowBlock:
    """Rows that must equal ``value``."""
    return between(name, labels, value, value, terms, meaning, scale)
