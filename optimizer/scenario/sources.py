"""Where the numbers of a scenario stand: file and line of each row and key, or of the what-if that changed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.scenario.read import SCENARIO_FILE, Changed, Scenario
from optimizer.scenario.tables import Table


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands.

    Attributes:
        file: Name of the file; ``command line`` where it was changed there.
        line: Line of a text file, row of a sheet, or 0 where it is not known.
    """

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Sources:
    """Where the numbers of a scenario stand.

    Attributes:
        tables: The scenario's tables.
        lines: Dotted key of ``scenario.yaml`` -> line.
        changes: Values that what-ifs changed after reading.
    """

    tables: Mapping[str, Table]
    lines: Mapping[str, int]
    changes: Sequence[Changed]

    @classmethod
    def of(cls, scenario: Scenario) -> Sources:
        """The sources of a scenario."""
        return cls(scenario.tables, scenario.lines, scenario.changes)

    def key(self, key: str) -> Place:
        """Where a key of ``scenario.yaml`` stands; where one above it does if it is not written down itself."""
        for entry in reversed(self.changes):
            if entry.table == SCENARIO_FILE and f"{key}.".startswith(f"{entry.column}."):
                return _place(entry.source)
        while key and key not in self.lines:
            key = key.rpartition(".")[0]
        return Place(SCENARIO_FILE, self.lines.get(key, 0))

    def cell(self, table: str, column: str, *labels: str) -> Place:
        """Where a number of a table stands.

        Args:
            table: Name of the table.
            column: Column of the number.
            labels: The row's key. Of a week that the table does not know, the last row before it stands for it.
        """
        found = self.tables[table]
        key, frame = found.spec.key, found.frame
        fits = np.ones(len(frame), dtype=bool)
        for name, label in zip(key, labels, strict=True):
            cells = frame[name].to_numpy(dtype=str)
            fits &= cells <= label if name == "week" else cells == label
        rows = np.flatnonzero(fits)
        if not len(rows):
            return Place(found.file)
        row = int(max(rows, key=lambda row: str(frame[key[-1]].iloc[row])))
        place = ", ".join(str(frame[name].iloc[row]) for name in key if frame[name].iloc[row] != "")
        for entry in reversed(self.changes):
            if (entry.table, entry.place, entry.column) == (table, place, column):
                return _place(entry.source)
        return Place(found.file, int(found.lines[row]))


def _place(source: str) -> Place:
    file, _, line = source.rpartition(":")
    return Place(file, int(line)) if file and line.isdigit() else Place(source)
