"""A scenario folder, or a definition and DataFrames, becomes one :class:`Scenario`, or all its mistakes are told.

Single files and single tables are checked here; what must agree between tables is checked on the result.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path, PureWindowsPath

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Problem, ScenarioError, StorageError
from optimizer.scenario.cells import MAX_PROBLEMS, default_values, read_cells, shown
from optimizer.scenario.definition import Definition
from optimizer.scenario.documents import MAX_BYTES, Document, printable, read_document
from optimizer.scenario.match import did_you_mean
from optimizer.scenario.schema import parse_definition
from optimizer.scenario.sheets import Sheet, read_csv, read_excel, read_parquet, sheet_of_frame
from optimizer.scenario.tables import TABLES, Table, TableSpec

SCENARIO_FILE = "scenario.yaml"
"""Name of the definition in a scenario folder."""
ENDINGS = (".csv", ".xlsx", ".parquet")
"""Endings of the files that a table may be in."""
MAX_TABLE_BYTES = 500 * 1024 * 1024
"""Largest accepted table file."""

_TABLE_LIKE = (*ENDINGS, ".xls", ".xlsm", ".xlsb", ".ods", ".tsv")


@dataclass(frozen=True)
class Changed:
    """One value that is no longer what it was when it was read.

    Attributes:
        table: Table, or ``scenario.yaml``.
        place: Labels of the row in words; empty for a key.
        column: Column, or the dotted key.
        old: What it was; ``None`` where it was not given.
        new: What it is.
        source: File and line of the change, or ``command line``.
    """

    table: str
    place: str
    column: str
    old: object
    new: object
    source: str


@dataclass(frozen=True)
class Scenario:
    """A scenario as read: every file and every table is sound by itself.

    Attributes:
        definition: What ``scenario.yaml`` says.
        tables: The tables that are there, in the order of ``TABLES``.
        files: Name of each input file -> SHA-256 of its bytes, sorted by name; empty when built from frames.
        lines: Dotted key of ``scenario.yaml`` -> line; empty when built from frames.
        notes: What the absence of a table means, and what was normalised, for people.
        folder: Where it was read from; ``None`` when built from frames.
        changes: Values that what-ifs changed after reading, in order.
    """

    definition: Definition
    tables: Mapping[str, Table]
    files: Mapping[str, str]
    lines: Mapping[str, int]
    notes: tuple[str, ...]
    folder: Path | None
    changes: tuple[Changed, ...] = ()


def read_scenario(folder: str | os.PathLike[str]) -> Scenario:
    """Read a scenario folder.

    Args:
        folder: The folder, or the path of the ``scenario.yaml`` in it.

    Returns:
        The definition and the tables, each checked by itself.

    Raises:
        ScenarioError: With every problem of every file.
        StorageError: If a file is there but the system refuses to read it.
    """
    files = _Files(_existing_folder(Path(folder)))
    found = _Findings()
    try:
        document = read_document(files.read(SCENARIO_FILE, MAX_BYTES), SCENARIO_FILE)
    except ScenarioError as error:
        document = Document({}, {}, error.problems)
    found.add_definition(document)
    sources = _default_sources(files.folder)
    if document.data:  # else nobody knows which files the scenario names
        sources = _sources(files.folder, document, found.problems)
        found.add_absences([*sources, *_overrides(document)])
    for name, source in sources.items():
        try:
            found.add_table(TABLES[name], source.label, _read_sheet(files, name, source))
        except ScenarioError as error:
            found.problems += error.problems
    return found.scenario(printable(files.folder.name), files, document)


def scenario_from_frames(definition: Mapping[str, object], tables: Mapping[str, pd.DataFrame]) -> Scenario:
    """Build a scenario from data in memory, checked like a folder.

    Args:
        definition: What ``scenario.yaml`` would say; dates may be ``datetime.date``. Its ``tables`` are not used.
        tables: Table name -> frame with the columns of that table. Missing values are blanks, the index is ignored,
            and messages count the first row as line 2 of a file named like the table. The frames are not changed.

    Returns:
        The scenario, without files, lines and folder.

    Raises:
        ScenarioError: With every problem of the definition and of every frame.
    """
    found = _Findings()
    found.add_definition(Document(dict(definition), {}, ()))
    found.add_absences(tables)
    found.problems += [_unknown_table(str(name), printable(str(name)), 0, "") for name in tables if name not in TABLES]
    for name, spec in TABLES.items():
        if name in tables:
            try:
                found.add_table(spec, name, sheet_of_frame(tables[name], name))
            except ScenarioError as error:
                found.problems += error.problems
    return found.scenario(printable(str(definition.get("name", "in memory"))), None, None)


class _Findings:
    """What was read so far, and everything found wrong with it."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._definition: Definition | None = None
        self._tables: dict[str, Table] = {}
        self._notes: list[str] = []

    def add_definition(self, document: Document) -> None:
        try:
            self._definition = parse_definition(document, SCENARIO_FILE)
        except ScenarioError as error:
            self.problems += error.problems

    def add_table(self, spec: TableSpec, file: str, sheet: Sheet) -> None:
        table, problems = table_of_sheet(spec, sheet, file)
        self._tables[spec.name] = table
        self.problems += problems
        self._notes += sheet.notes

    def add_absences(self, there: Collection[str]) -> None:
        """Say what it means that tables are not there; that is a problem where the plan cannot do without them."""
        for name, spec in TABLES.items():
            if name not in there and spec.required:
                hint = f"add it: each row is {spec.row_is}; columns {', '.join(_needed(spec))}"
                self.problems.append(Problem(f"{name}.csv", 0, "is missing", hint, code="missing_table"))
            elif name not in there:
                self._notes.append(f"no table {name}: {spec.absent}")

    def scenario(self, name: str, files: _Files | None, document: Document | None) -> Scenario:
        """The scenario, if nothing is wrong with it; without files and document it was built in memory."""
        if self.problems or self._definition is None:
            raise ScenarioError(name, self.problems)
        return Scenario(
            self._definition,
            self._tables,
            dict(sorted(files.digests.items())) if files else {},
            document.lines if document else {},
            tuple(self._notes),
            files.folder if files else None,
        )


# Finding and reading files


class _Files:
    """The input files of one folder: each is read once, and the bytes that are parsed are the bytes that are hashed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.digests: dict[str, str] = {}
        self._workbooks: dict[str, bytes] = {}

    def read(self, name: str, limit: int) -> bytes:
        """Bytes of a file of the folder, one more than the limit at most.

        Raises:
            ScenarioError: If there is no such file in the folder.
            StorageError: If the system refuses to read it.
        """
        if name in self._workbooks:
            return self._workbooks[name]
        path = _inside(self.folder, name, Problem(name, 0, ""))
        try:
            with path.open("rb") as stream:
                raw = stream.read(limit + 1)
        except OSError as error:
            raise StorageError(f"{path} cannot be read: {error.strerror}; check its permissions") from None
        self.digests[name] = hashlib.sha256(raw).hexdigest()
        if path.suffix.lower() == ".xlsx":
            self._workbooks[name] = raw
        return raw


@dataclass(frozen=True)
class _Source:
    """Where a table lies: a path relative to the folder, and a sheet where the scenario names one."""

    name: str
    sheet: str = ""

    @property
    def label(self) -> str:
        """Name for messages."""
        return printable(f"{self.name}#{self.sheet}" if self.sheet else self.name)


def _existing_folder(given: Path) -> Path:
    try:
        folder = given.parent if given.name == SCENARIO_FILE and given.is_file() else given
        if folder.is_dir():
            return folder.resolve()
        message = "is a file, not a scenario folder" if folder.exists() else "does not exist"
    except (OSError, ValueError):  # names that no folder can have
        message = "cannot be followed"
    hint = f"give the folder that holds {SCENARIO_FILE}; `optimizer new` makes one"
    name = printable(str(given))
    raise ScenarioError(name, [Problem(name, 0, message, hint, code="no_folder")])


def _inside(folder: Path, name: str, at: Problem) -> Path:
    """The file of that name, which must lie in the folder once links are followed.

    Args:
        folder: Resolved path of the scenario folder.
        name: Path as the scenario gives it.
        at: Place to report, completed with what is wrong.

    Raises:
        ScenarioError: If it lies outside or is no file.
    """
    outside = _refused(
        at,
        f"path {shown(name)} leads outside the scenario folder",
        "copy the file into the folder and write its path with '/'",
    )
    if "\\" in name or PureWindowsPath(name).drive or Path(name).is_absolute() or ".." in Path(name).parts:
        raise outside
    try:
        path = (folder / name).resolve()
        is_file = path.is_file()
    except (OSError, RuntimeError, ValueError):  # names that no file can have, and links in a circle
        raise _refused(at, f"path {shown(name)} cannot be followed", "write the path of a file in the folder") from None
    if not path.is_relative_to(folder):
        raise outside
    if not is_file:
        raise _refused(at, f"there is no file {shown(name)}", "add the file, or correct the path")
    return path


def _refused(at: Problem, message: str, hint: str) -> ScenarioError:
    return ScenarioError(at.file, [replace(at, message=message, hint=hint, code="path")])


def _read_sheet(files: _Files, table: str, source: _Source) -> Sheet:
    raw = files.read(source.name, MAX_TABLE_BYTES)
    if len(raw) > MAX_TABLE_BYTES:
        message = f"is larger than the limit of {MAX_TABLE_BYTES // 1024**2} MB"
        raise ScenarioError(
            source.name, [Problem(source.label, 0, message, "leave out rows that the plan does not need")]
        )
    ending = Path(source.name).suffix.lower()
    if ending == ".csv":
        return read_csv(raw, source.label)
    if ending == ".parquet":
        return read_parquet(raw, source.label)
    return read_excel(raw, source.label, table, source.sheet)


def _default_sources(folder: Path) -> dict[str, _Source]:
    """Tables in files named after them."""
    names = [f"{table}{ending}" for table in TABLES for ending in ENDINGS]
    return {Path(name).stem: _Source(name) for name in names if os.path.lexists(folder / name)}


def _sources(folder: Path, document: Document, problems: list[Problem]) -> dict[str, _Source]:
    """Where each table lies, in the order of ``TABLES``; files that are no table of the scenario become problems."""
    named: dict[str, _Source] = {}
    overrides = _overrides(document)
    for table, text in overrides.items():
        try:
            named[table] = _named_source(folder, table, text, document.lines.get(f"tables.{table}", 0))
        except ScenarioError as error:
            problems += error.problems
    found = {table: source for table, source in _default_sources(folder).items() if table not in overrides} | named
    problems += _stray_files(folder, found)
    return {table: found[table] for table in TABLES if table in found}


def _overrides(document: Document) -> dict[str, str]:
    """The ``tables`` of the definition, as far as they are text; anything else is reported with the definition."""
    tables = document.data.get("tables")
    return {name: text for name, text in tables.items() if isinstance(text, str)} if isinstance(tables, dict) else {}


def _named_source(folder: Path, table: str, text: str, line: int) -> _Source:
    key = f"tables.{table}"
    at = Problem(SCENARIO_FILE, line, "", column=key)
    if table not in TABLES:
        raise ScenarioError(SCENARIO_FILE, [_unknown_table(table, SCENARIO_FILE, line, key)])
    path, _, sheet = text.partition("#")
    _inside(folder, path, at)
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        raise _refused(at, f"file {shown(path)} is no table", f"use a file that ends in {', '.join(ENDINGS)}")
    if sheet and ending != ".xlsx":
        raise _refused(at, f"file {shown(path)} has no sheets", "name a sheet with # only in a workbook (.xlsx)")
    return _Source(Path(path).as_posix(), sheet)


def _unknown_table(table: str, file: str, line: int, key: str) -> Problem:
    message = f"'{printable(table)}' is not a table of a scenario"
    return Problem(file, line, message, did_you_mean(table[:80], list(TABLES)), key, "unknown_table")


def _stray_files(folder: Path, sources: Mapping[str, _Source]) -> list[Problem]:
    """Files that look like tables and are not read: a misspelt table must not be ignored in silence."""
    used = {source.name for source in sources.values()}
    try:
        names = sorted(entry.name for entry in folder.iterdir() if entry.suffix.lower() in _TABLE_LIKE)
    except OSError as error:
        raise StorageError(f"{folder} cannot be listed: {error.strerror}; check its permissions") from None
    stray = [name for name in names if name not in used and not name.startswith((".", "~$"))]
    return [_stray_file(printable(name), sources) for name in stray]


def _stray_file(name: str, sources: Mapping[str, _Source]) -> Problem:
    stem, ending = Path(name).stem, Path(name).suffix
    if stem in TABLES and ending in ENDINGS:
        other = sources[stem].label if stem in sources else f"the file that {SCENARIO_FILE} names"
        message = f"is not read: table {stem} comes from {other}"
        return Problem(name, 0, message, "keep one of the two files", code="two_files")
    if stem.lower() in TABLES and ending.lower() in ENDINGS:
        return Problem(name, 0, "is not read", f"rename it to {name.lower()}", code="stray_file")
    if stem.lower() in TABLES:
        hint = f"save it as {stem.lower()}.csv or {stem.lower()}.xlsx"
        return Problem(name, 0, f"is not read: {ending} files are not supported", hint, code="stray_file")
    hint = f"{did_you_mean(stem[:80], list(TABLES))} A file that is not part of the scenario belongs in another folder"
    return Problem(name, 0, "is not a table of the scenario", hint, code="stray_file")


# From a sheet to a table


def table_of_sheet(spec: TableSpec, sheet: Sheet, file: str) -> tuple[Table, list[Problem]]:
    """Type the columns of a sheet and check the table by itself.

    Args:
        spec: Declaration of the table.
        sheet: Its raw columns.
        file: Name for messages.

    Returns:
        The table, in the row order of the sheet and sound only if there are no problems, and the problems.
    """
    problems = [*sheet.problems, *_column_problems(spec, sheet, file)]
    positions = {name: position for position, name in reversed(list(enumerate(sheet.header)))}
    values: dict[str, npt.NDArray[np.float64] | pd.api.extensions.ExtensionArray] = {}
    bad = np.zeros(len(sheet.lines), dtype=np.bool_)
    for column in spec.columns:
        if column.name not in positions:
            cells = default_values(column, len(sheet.lines))
        else:
            reading = read_cells(sheet.columns[positions[column.name]], column, sheet.lines, file)
            problems += reading.problems
            bad |= reading.bad
            cells = reading.values
        values[column.name] = pd.array(cells, dtype="str") if cells.dtype == object else cells
    table = Table(spec, file, pd.DataFrame(values), sheet.lines)
    return table, problems + _repeated_rows(table, bad)


def _needed(spec: TableSpec) -> list[str]:
    return [column.name for column in spec.columns if column.required]


def _column_problems(spec: TableSpec, sheet: Sheet, file: str) -> list[Problem]:
    """Columns that are not declared, and declared columns that are not there."""
    known = [column.name for column in spec.columns]
    problems = [_unknown_column(name, known, sheet, file) for name in sheet.header if name and name not in known]
    for name in _needed(spec):
        if name not in sheet.header:
            column = spec.column(name)
            hint = f"add it: {column.meaning}{f' ({column.unit})' if column.unit else ''}"
            message = f"column '{name}' is missing"
            problems.append(Problem(file, sheet.header_line, message, hint, name, "missing_column"))
    return problems


def _unknown_column(name: str, known: Sequence[str], sheet: Sheet, file: str) -> Problem:
    line = sheet.header_line
    if not get_close_matches(name[:80], _ALL_COLUMNS, n=1, cutoff=0.85) and _is_personal(name, sheet.header):
        message = f"column '{printable(name)}' looks like data about single patients, which must not be in a scenario"
        return Problem(file, line, message, "remove the column: tables hold totals only", name, "patient_data")
    message = f"unknown column '{printable(name)}'"
    return Problem(file, line, message, did_you_mean(name[:80], known), name, "unknown_column")


_ALL_COLUMNS = sorted({column.name for spec in TABLES.values() for column in spec.columns})
_PERSONAL = re.compile(
    r"patient|birth|e_?mail|phone|^names?$|(?:first|last|full|middle|given|family|maiden|sur|person|member)_?name"
    r"|(?:^|_)(?:dob|mrn|ssn|fax|mobile|tel|address|street)(?:_|$)"
)
_ZIP = re.compile(r"(?:^|_)(?:zip|postal|postcode)")
_DATED = re.compile(r"date|day|week|visit|as_of")


def _is_personal(name: str, header: Sequence[str]) -> bool:
    """Whether a column name points at single people; a ZIP code does together with a date."""
    words = re.sub(r"[^a-z0-9]+", "_", name)
    return bool(_PERSONAL.search(words)) or (bool(_ZIP.search(words)) and any(map(_DATED.search, header)))


def _repeated_rows(table: Table, bad: npt.NDArray[np.bool_]) -> list[Problem]:
    """Rows whose key stands in an earlier row; rows with a bad cell are left out, since their key is not known."""
    key = list(table.spec.key)
    keys = table.frame.loc[~bad, key]
    if not keys.duplicated().any():
        return []
    repeated = keys.assign(line=table.lines[~bad])[keys.duplicated(keep=False)]
    first = repeated.groupby(key, sort=False)["line"].transform("first")
    again = repeated.assign(first=first)[repeated.duplicated(key)].head(MAX_PROBLEMS)
    return [_repeated_row(table, row) for row in again.to_dict("records")]


def _repeated_row(table: Table, row: Mapping[Hashable, object]) -> Problem:
    names = [f"{name} {shown(row[name])}" for name in table.spec.key if row[name] != ""]
    message = f"{', '.join(names) or 'a row with a blank key'} stands twice, first on line {row['first']}"
    hint = f"keep one row for {table.spec.row_is.partition(';')[0]}"
    return Problem(table.file, int(str(row["line"])), message, hint, code="duplicate_row")
