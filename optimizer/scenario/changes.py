"""Changes to a scenario: what somebody asks to be different, applied to its tables and its definition.

Every change names what it changes, and must find it. A value may be changed once per layer (a file, or the command
line); labels are looked for in what stood before the layer, and a later layer works on what the one before left. Each
changed value is logged, old and new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Problem, ScenarioError
from optimizer.scenario.definition import Definition
from optimizer.scenario.documents import Document, printable
from optimizer.scenario.match import did_you_mean
from optimizer.scenario.read import SCENARIO_FILE, Changed, Scenario, table_of_sheet
from optimizer.scenario.schema import parse_definition
from optimizer.scenario.sheets import sheet_of_frame
from optimizer.scenario.tables import TABLES, Kind, Table

OPERATIONS = ("set", "add", "multiply")


@dataclass(frozen=True)
class Change:
    """One change as it was written.

    Attributes:
        file: Where it stands, for messages: a file, or ``command line``.
        line: Line of the file; 0 where it has none.
        table: Table that it changes; empty for a key of ``scenario.yaml``.
        where: Column -> what its cell must be: a label, several with ``|`` between them, or ``first..last`` for weeks
            and numbers.
        operation: ``set``, ``add``, ``multiply``, or ``append`` for a whole new row.
        column: Column that changes, or the dotted key of ``scenario.yaml``; empty for a new row.
        value: What is set, added or multiplied by; for a new row its cells by column.
    """

    file: str
    line: int
    table: str
    where: Mapping[str, str]
    operation: str
    column: str
    value: object

    def problem(self, message: str, hint: str, code: str = "change") -> Problem:
        """A mistake in this change."""
        return Problem(self.file, self.line, message, hint, self.column, code)


def apply(scenario: Scenario, changes: Sequence[Change]) -> Scenario:
    """A scenario with one layer of changes.

    Args:
        scenario: The scenario; it is not touched.
        changes: All changes of a file, or of the command line.

    Returns:
        The changed scenario, with the log of changed values added to its ``changes``.

    Raises:
        ScenarioError: For every change that matches nothing, changes a value twice, or leaves a value that is not
            allowed.
    """
    work = _Work(scenario)
    for change in changes:
        work.take(change)
    return work.done()


class _Work:
    """A scenario on its way from one state to the next."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.data: dict[str, object] = scenario.definition.model_dump(mode="json")
        self.frames = {name: table.frame.copy() for name, table in scenario.tables.items()}
        self.log: list[Changed] = []
        self.problems: list[Problem] = []
        self.touched: dict[tuple[str, int, str], Change] = {}
        self.added: dict[str, list[Change]] = {}

    def take(self, change: Change) -> None:
        """Apply one change, or note what is wrong with it."""
        try:
            if not change.table:
                self._key(change)
            elif change.table not in TABLES:
                hint = did_you_mean(change.table, list(TABLES))
                raise _WrongError(change.problem(f"there is no table '{printable(change.table)}'", hint))
            elif change.operation == "append":
                self._append(change)
            else:
                self._cells(change)
        except _WrongError as wrong:
            self.problems.append(wrong.problem)

    def done(self) -> Scenario:
        """The changed scenario.

        Raises:
            ScenarioError: With everything that is wrong with the changes, and with what they leave.
        """
        changed = {entry.table for entry in self.log}
        tables = {**self.scenario.tables, **{name: self._table(name) for name in TABLES if name in changed}}
        definition = self._definition() if SCENARIO_FILE in changed else self.scenario.definition
        if self.problems:
            raise ScenarioError(self.scenario.definition.name, self.problems)
        ordered = {name: tables[name] for name in TABLES if name in tables}
        there = [note for note in self.scenario.notes if not self._was_absent(note, ordered)]
        return replace(
            self.scenario,
            definition=definition,
            tables=ordered,
            notes=tuple(there),
            changes=(*self.scenario.changes, *self.log),
        )

    @staticmethod
    def _was_absent(note: str, tables: Mapping[str, Table]) -> bool:
        return any(note.startswith(f"no table {name}:") for name in tables)

    def _key(self, change: Change) -> None:
        parents, last = self._reached(change)
        if last not in parents and change.operation != "set":
            message = f"scenario.yaml has no key '{printable(change.column)}'"
            raise _WrongError(change.problem(message, did_you_mean(last, list(parents))))
        old = parents.get(last)
        for (table, _, key), other in self.touched.items():
            if not table and (f"{key}.".startswith(f"{change.column}.") or f"{change.column}.".startswith(f"{key}.")):
                raise _WrongError(_twice(change, other, change.column))
        self.touched["", 0, change.column] = change
        parents[last] = change.value if change.operation == "set" else _computed(change, old, change.column)
        self.log.append(Changed(SCENARIO_FILE, "", change.column, old, parents[last], _source(change)))

    def _reached(self, change: Change) -> tuple[dict[str, object], str]:
        """The mapping that holds a dotted key, made where a part of it was not given, and the key's last name."""
        here: object = self.data
        *above, last = change.column.split(".")
        for name in above:
            if isinstance(here, list) and name.isdigit() and int(name) < len(here):
                here = here[int(name)]
            elif isinstance(here, dict):
                if here.get(name) is None:
                    here[name] = {}
                here = here[name]
        if not isinstance(here, dict):
            message = f"scenario.yaml has no key '{printable(change.column)}'"
            raise _WrongError(change.problem(message, "optimizer schema lists the keys"))
        return here, last

    def _cells(self, change: Change) -> None:
        frame, spec = self._frame(change), TABLES[change.table]
        if change.column not in frame:
            hint = did_you_mean(change.column, list(frame.columns))
            raise _WrongError(change.problem(f"{change.table} has no column '{printable(change.column)}'", hint))
        if change.column in spec.key:
            message = f"{change.column} names the rows of {change.table} and cannot be changed"
            raise _WrongError(change.problem(message, "append a new row, or change another column"))
        before = self.scenario.tables[change.table].frame if change.table in self.scenario.tables else frame
        rows = np.flatnonzero(_matches(change, before)).tolist()
        if not rows:
            raise _WrongError(_no_match(change, before))
        cells = frame[change.column].astype(object).tolist()
        for row in rows:
            place = place_of(spec.key, frame, row)
            self._touch(change, row, place)
            old = plain(cells[row])
            cells[row] = change.value if change.operation == "set" else _computed(change, old, place)
            self.log.append(Changed(change.table, place, change.column, old, plain(cells[row]), _source(change)))
        frame[change.column] = pd.Series(cells, dtype=object, index=frame.index)

    def _touch(self, change: Change, row: int, place: str) -> None:
        if other := self.touched.get((change.table, row, change.column)):
            raise _WrongError(_twice(change, other, f"{change.column} of {place}"))
        self.touched[change.table, row, change.column] = change

    def _frame(self, change: Change) -> pd.DataFrame:
        if change.table not in self.frames:
            message = f"the scenario has no table {change.table}"
            raise _WrongError(change.problem(message, "append rows to it, or change a table that is there"))
        return self.frames[change.table]

    def _append(self, change: Change) -> None:
        cells, spec = dict(change.value), TABLES[change.table]  # type: ignore[call-overload]
        known = [column.name for column in spec.columns]
        if unknown := [name for name in cells if name not in known]:
            message = f"{change.table} has no column '{printable(str(unknown[0]))}'"
            raise _WrongError(change.problem(message, did_you_mean(str(unknown[0]), known)))
        row = pd.DataFrame([{name: cells.get(name) for name in known}], dtype=object)
        there = self.frames.get(change.table)
        self.frames[change.table] = row if there is None else pd.concat([there.astype(object), row], ignore_index=True)
        self.added.setdefault(change.table, []).append(change)
        place = ", ".join(str(cells[name]) for name in spec.key if cells.get(name))
        self.log += [
            Changed(change.table, place, name, None, plain(value), _source(change)) for name, value in cells.items()
        ]

    def _table(self, name: str) -> Table:
        """The changed table, checked like one that was read; lines stay those of its file, and of the new rows."""
        before = self.scenario.tables.get(name)
        file = before.file if before else f"{name}.csv"
        sheet = sheet_of_frame(self.frames[name], file)
        table, problems = table_of_sheet(TABLES[name], sheet, file)
        old = before.lines if before else np.empty(0, dtype=np.int64)
        lines = np.concatenate([old, [change.line for change in self.added.get(name, [])]]).astype(np.int64)
        self.problems += [self._at(problem, name, lines) for problem in problems]
        return replace(table, lines=lines)

    def _at(self, problem: Problem, name: str, lines: npt.NDArray[np.int64]) -> Problem:
        """A problem of a changed table: in its file's own line, with the change that brought it."""
        row = problem.line - 2
        if not 0 <= row < len(lines):
            return problem
        change = self.touched.get((name, row, problem.column))
        new = row - (len(lines) - len(self.added.get(name, [])))
        change = self.added[name][new] if new >= 0 else change
        brought = f" (changed by {_source(change)})" if change else ""
        return replace(problem, line=int(lines[row]), message=f"{problem.message}{brought}")

    def _definition(self) -> Definition:
        try:
            return parse_definition(Document(self.data, self.scenario.lines, ()), SCENARIO_FILE)
        except ScenarioError as error:
            self.problems += [self._of_key(problem) for problem in error.problems]
            return self.scenario.definition

    def _of_key(self, problem: Problem) -> Problem:
        """A problem of a changed key, in the place of the change."""
        change = self.touched.get(("", 0, problem.column))
        return replace(problem, file=change.file, line=change.line) if change else problem


class _WrongError(Exception):
    """A change that cannot be applied."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _twice(change: Change, other: Change, what: str) -> Problem:
    message = f"{what} is changed twice, first in {_source(other)}"
    return change.problem(message, "keep one of the two changes", "changed_twice")


def _computed(change: Change, old: object, place: str) -> float:
    """What a number becomes by adding or multiplying."""
    by = change.value
    numbers = (int, float)
    if isinstance(by, bool) or not isinstance(by, numbers):
        raise _WrongError(change.problem(f"'{by}' is not a number to {change.operation}", "write a number"))
    if isinstance(old, bool) or not isinstance(old, numbers):
        message = f"{place} is {'not given' if old in (None, '') else repr(old)}"
        raise _WrongError(change.problem(f"{message}: there is nothing to {change.operation}", "set it instead"))
    result = old + by if change.operation == "add" else old * by
    return int(result) if isinstance(old, int) and float(result).is_integer() else float(result)


def _matches(change: Change, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    inside = np.ones(len(frame), dtype=bool)
    for name, wanted in change.where.items():
        if name not in frame:
            hint = did_you_mean(name, list(frame.columns))
            raise _WrongError(change.problem(f"{change.table} has no column '{printable(name)}'", hint))
        inside &= _fits(change, name, frame[name], wanted)
    return inside


def _fits(change: Change, name: str, cells: pd.Series, wanted: str) -> npt.NDArray[np.bool_]:
    """Rows whose cell is the label, one of the labels, or lies from first to last."""
    is_number = TABLES[change.table].column(name).kind in (Kind.NUMBER, Kind.INTEGER)
    try:
        if ".." in wanted:
            first, _, last = wanted.partition("..")
            ends = (float(first), float(last)) if is_number else (first, last)
            return ((cells >= ends[0]) & (cells <= ends[1])).to_numpy()
        choices = wanted.split("|")
        return cells.isin([float(choice) for choice in choices] if is_number else choices).to_numpy()
    except ValueError:
        raise _WrongError(change.problem(f"'{printable(wanted)}' is not a number", f"{name} holds numbers")) from None


def _no_match(change: Change, frame: pd.DataFrame) -> Problem:
    """Which part of ``where`` finds nothing by itself, with the nearest label; else that only together they do not."""
    for name, wanted in change.where.items():
        if not _fits(change, name, frame[name], wanted).any():
            known = sorted({str(plain(cell)) for cell in frame[name] if cell != ""})
            message = f"no row of {change.table} has {name} '{printable(wanted)}'"
            return change.problem(message, did_you_mean(wanted, known), "no_match")
    listed = ", ".join(f"{name} '{printable(wanted)}'" for name, wanted in change.where.items())
    return change.problem(f"no row of {change.table} has {listed} together", "correct the labels", "no_match")


def place_of(key: Sequence[str], frame: pd.DataFrame, row: int) -> str:
    """The labels of a row that its key names, as the log of changes calls it."""
    cells = [plain(frame[name].iloc[row]) for name in key]
    return ", ".join(f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in cells if cell not in ("", None))


def plain(value: object) -> object:
    """A cell as plain Python: numbers as numbers, a missing one as ``None``."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and np.isnan(value) else value


def _source(change: Change) -> str:
    return f"{change.file}:{change.line}" if change.line else change.file
