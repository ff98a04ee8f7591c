"""Labels as numbers: text is looked up once, and everything after that is arithmetic on arrays.

What is found by its label is found by the label alone, wherever it stands: a label that is unknown, missing or doubled
never takes another's place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Finding, VerificationError

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Column:
    """One of the labels that name things.

    Attributes:
        labels: The different labels.
        label: Position of each thing's label among them.
        pairs: Of all labels up to this one, those that things have, in the order in which they come first; as numbers
            that pair their position up to the label before with the position of this label.
    """

    labels: pd.Index
    label: Codes
    pairs: pd.Index


@dataclass(frozen=True)
class Register:
    """Things with a name of one or more labels each, which no two share: where each name stands among them.

    Attributes:
        columns: Name of each label -> the label of all things.
        count: How many things there are.
    """

    columns: dict[str, Column]
    count: int

    def find(self, rows: pd.DataFrame, names: Sequence[str] = ()) -> Codes:
        """Position of the thing that each row names; -1 where there is no such thing.

        Args:
            rows: A table with the labels.
            names: Columns of the table that hold them; the register's own names if empty.
        """
        found = np.zeros(len(rows), dtype=np.int64)
        for name, column in zip(names or self.columns, self.columns.values(), strict=True):
            label = column.labels.get_indexer(plain(rows[name]))
            pair = np.where((found < 0) | (label < 0), -1, found * len(column.labels) + label)
            found = column.pairs.get_indexer(pd.Index(pair))
        return found

    def place(self, rows: pd.DataFrame, names: Sequence[str] = ()) -> Codes:
        """Position of the thing that each row names.

        Raises:
            VerificationError: If there is no such thing.
        """
        found = self.find(rows, names)
        if (found < 0).any():
            named = rows[list(names or self.columns)].iloc[int(np.argmin(found))]
            place = " ".join(map(str, named))
            raise VerificationError([Finding("labels", "the scenario has nothing of this name", place=place)])
        return found

    def names_of(self, thing: Codes, week: Codes, weeks: Sequence[str]) -> pd.DataFrame:
        """Labels of things at these positions, each in the week at its position."""
        names = {name: column.labels[column.label[thing]] for name, column in self.columns.items()}
        return pd.DataFrame({**names, "week": np.array(weeks, dtype=object)[week]})

    def in_weeks(self, weeks: Sequence[str]) -> pd.MultiIndex:
        """Every thing in each of the weeks, week fastest."""
        levels = [*(column.labels for column in self.columns.values()), pd.Index(weeks)]
        codes = [np.repeat(column.label, len(weeks)) for column in self.columns.values()]
        codes.append(np.tile(np.arange(len(weeks)), self.count))
        names = [*self.columns, "week"]
        return pd.MultiIndex(levels=levels, codes=codes, names=names, verify_integrity=False)  # type: ignore[arg-type]


def register_of(things: pd.DataFrame, names: Sequence[str]) -> Register:
    """The things of a frame, one per row.

    Raises:
        ValueError: If a label is missing, or two things share a name.
    """
    found, columns = np.zeros(len(things), dtype=np.int64), {}
    for name in names:
        label, labels = pd.factorize(plain(things[name]))
        if (label < 0).any():
            raise ValueError(f"{name} is missing")
        found, pairs = pd.factorize(found * len(labels) + label)
        columns[name] = Column(labels, label, pd.Index(pairs, dtype=np.int64))
    if columns and len(columns[names[-1]].pairs) < len(things):
        raise ValueError(f"two rows have the same {' and '.join(names)}")
    return Register(columns, len(things))


def plain(column: pd.Series) -> pd.Index:
    """Labels as plain text, or plain numbers."""
    if pd.api.types.is_numeric_dtype(column):
        numbers: pd.Index = pd.Index(column.to_numpy(dtype=np.float64))
        return numbers
    labels: pd.Index = pd.Index(column.to_numpy(dtype=object), dtype="object")
    return labels
