"""Files from which tables of a scenario are made: read as strictly as these, written whole or not at all."""

from __future__ import annotations

import csv
import io
import math
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from optimizer.errors import InputFileError, Problem, ScenarioError, StorageError, UsageError
from optimizer.scenario.documents import printable
from optimizer.scenario.read import MAX_TABLE_BYTES, table_of_sheet
from optimizer.scenario.sheets import Sheet, read_csv, read_excel, read_parquet
from optimizer.scenario.tables import Table, TableSpec


def file_name(path: Path) -> str:
    """Name of a file as messages and sources may show it."""
    return printable(path.name)


def read_table(path: Path, spec: TableSpec) -> Table:
    """Read one CSV, .xlsx or .parquet file by the declaration of its table.

    Raises:
        InputFileError: with every problem of the file.
        StorageError: if the system refuses to read it.
    """
    table, problems = read_rows(path, spec)
    if problems:
        raise InputFileError(table.file, problems)
    return table


def read_rows(path: Path, spec: TableSpec) -> tuple[Table, list[Problem]]:
    """As :func:`read_table`, with problems of single cells and rows handed over, so that further checks can add theirs.

    Raises:
        InputFileError: if the file has other columns than its table, or cannot be read at all.
        StorageError: if the system refuses to read it.
    """
    name = file_name(path)
    raw = read_bytes(path, MAX_TABLE_BYTES)
    return rows_of_sheet(spec, lambda: _sheet(raw, path.suffix.lower(), spec, name), name)


def rows_of_sheet(spec: TableSpec, sheet: Callable[[], Sheet], name: str) -> tuple[Table, list[Problem]]:
    """As :func:`read_rows`, from a sheet that is still to be made."""
    try:
        table, problems = table_of_sheet(spec, sheet(), name)
    except ScenarioError as error:
        raise InputFileError(name, error.problems) from None
    if any(problem.code in _OF_COLUMNS for problem in problems):
        raise InputFileError(name, problems)
    return table, problems


_OF_COLUMNS = {"missing_column", "unknown_column", "patient_data", "header", "duplicate_column", "ragged_row"}
"""Problems that leave it open which cell is which."""


def joined(problems: Sequence[Problem], further: Sequence[Problem]) -> list[Problem]:
    """Problems of cells, and further ones but for those of the same cells: one mistake is told once."""
    told = {(problem.line, problem.column) for problem in problems}
    return [*problems, *(problem for problem in further if (problem.line, problem.column) not in told)]


def read_bytes(path: Path, limit: int) -> bytes:
    """The bytes of a file.

    Raises:
        InputFileError: if there is no such file, or it is larger than the limit.
        StorageError: if the system refuses to read it.
    """
    name = file_name(path)
    if not path.is_file():
        raise InputFileError(name, [Problem(name, 0, "is no file", "check the path", code="path")])
    try:
        with path.open("rb") as stream:
            raw = stream.read(limit + 1)
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}; check its permissions") from None
    if len(raw) > limit:
        message = f"is larger than the limit of {limit // 1024**2} MB"
        raise InputFileError(name, [Problem(name, 0, message, "leave out rows that are not needed", code="unreadable")])
    return raw


def _sheet(raw: bytes, ending: str, spec: TableSpec, name: str) -> Sheet:
    match ending:
        case ".xlsx":
            return read_excel(raw, name, spec.name)
        case ".parquet":
            return read_parquet(raw, name)
        case _:
            return read_csv(raw, name)


def csv_text(frame: pd.DataFrame) -> str:
    """A frame as CSV with every digit of its numbers; blanks for NaN."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows([_cell(cell) for cell in row] for row in frame.itertuples(index=False))
    return written.getvalue()


def _cell(cell: object) -> str:
    if not isinstance(cell, float):
        return str(cell)
    return "" if math.isnan(cell) else repr(float(cell)).removesuffix(".0")


def inert(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy whose text no spreadsheet takes for a formula; not for tables of a scenario, whose labels must match."""
    texts = [name for name in frame.columns if frame[name].dtype.kind not in "ifb"]
    return frame.assign(**{name: [_quoted(str(text)) for text in frame[name]] for name in texts})


def _quoted(text: str) -> str:
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r", "＝"} else text


def new_file(path: Path, content: str | bytes) -> None:
    """Write a file that is not there yet, under a temporary name first, so that there is never half of it.

    Raises:
        UsageError: if it is there already.
        StorageError: if it cannot be written.
    """
    require_new(path)
    unfinished = path.with_name(f".unfinished-{path.name}-{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(unfinished, content)
        unfinished.rename(path)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def new_folder(folder: Path, texts: Mapping[str, str] | Mapping[str, bytes]) -> None:
    """Write files into a folder that is not there yet, whole or not at all; as :func:`new_file`."""
    with unfinished_folder(folder) as unfinished:
        for name, text in texts.items():
            _write(unfinished / name, text)


@contextmanager
def unfinished_folder(folder: Path) -> Iterator[Path]:
    """A folder under a temporary name, which gets its own when all is well and is removed when anything is not.

    Raises:
        UsageError: if it is there already.
        StorageError: if it cannot be written.
    """
    require_new(folder)
    unfinished = folder.with_name(f".unfinished-{folder.name}-{secrets.token_hex(4)}")
    try:
        unfinished.mkdir(parents=True)
        yield unfinished
        unfinished.rename(folder)
    except OSError as error:
        raise StorageError(f"cannot write {folder}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def require_new(path: Path) -> None:
    """Refuse a file or folder that is there already.

    Raises:
        UsageError: if it is.
    """
    if path.exists():
        raise UsageError(f"{path} is there already; choose a name that is not")


def _write(path: Path, content: str | bytes) -> None:
    with path.open("wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())
