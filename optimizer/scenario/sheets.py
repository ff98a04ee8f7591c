"""CSV, Excel and Parquet files, and DataFrames, as raw columns with the line of each row.

Nothing is guessed and no value is converted here: a file that can be read in two ways is refused.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Problem, ScenarioError
from optimizer.scenario.documents import decode_text, printable

MAX_ROWS = 2_000_000
"""Most data rows of one table."""
MAX_UNPACKED = 200 * 1024 * 1024
"""Most bytes that a workbook may unpack to."""
MAX_CELLS = 30_000_000
"""Most cells that a worksheet or Parquet file may span, blank ones included."""
MAX_PROBLEMS = 50
"""Most rows of one file that are reported for their shape."""

_BLOCK = 128
"""Rows that are turned into columns at a time: few enough to die before the garbage collector walks through them."""


@dataclass(frozen=True)
class Sheet:
    """A table as it stands in its file.

    Attributes:
        header: Column names in lower case without surrounding spaces.
        columns: Cells of each column, as many as ``lines``: text, numbers, booleans, dates, ``None`` for a blank.
        lines: Line (CSV), sheet row (Excel) or row number (Parquet) of each row.
        header_line: Line of the header, 0 where the format has none.
        problems: Mistakes that did not keep the rest from being read.
        notes: What was normalised, for people.
    """

    header: tuple[str, ...]
    columns: tuple[Sequence[object], ...]
    lines: npt.NDArray[np.int64]
    header_line: int = 1
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def read_csv(raw: bytes, file: str) -> Sheet:
    """Read comma-separated UTF-8 text (RFC 4180), quoted with ``"``; blank lines are skipped.

    Raises:
        ScenarioError: If the file cannot be read as a whole: encoding, another delimiter, an open quote, no rows.
    """
    reader = csv.reader(io.StringIO(decode_text(raw, file), newline=""), strict=True)
    records = _records(reader, file)
    header_line, header = next(records, (0, []))
    if not header:
        raise _refusal(file, 0, "is empty", "write a header line and rows, or delete the file")
    _check_delimiter(header, file, header_line)
    return _sheet(header, header_line, records, file)


def read_excel(raw: bytes, file: str, table: str, sheet: str = "") -> Sheet:
    """Read one sheet of an ``.xlsx`` workbook.

    Args:
        raw: Bytes of the workbook.
        file: Name for messages.
        table: Table that is looked for: its sheet has the same name, or is the only one.
        sheet: Name of the sheet where the scenario gives it.

    Raises:
        ScenarioError: If the workbook is damaged, protected, too large or lacks the sheet, or if cells cannot be
            trusted: error values, formulas without a stored result, merged cells, hidden rows.
    """
    archive = _open_archive(raw, file)
    parts = _worksheets(archive, file)
    name = sheet or (table if table in parts or len(parts) != 1 else next(iter(parts)))
    if name not in parts:
        there = ", ".join(f"'{printable(part)}'" for part in parts)
        raise _refusal(
            file, 0, f"has no sheet '{printable(name)}'; its sheets are {there}", f"name one of them '{table}'"
        )
    if problems := _scan(archive, parts[name], file):
        raise ScenarioError(file, problems[:MAX_PROBLEMS])
    rows = enumerate(_sheet_rows(raw, file, name), start=1)
    records = ((line, row) for line, row in rows if any(cell is not None for cell in row))
    header_line, header = next(records, (0, []))
    if not header:
        raise _refusal(
            file, 0, f"sheet '{printable(name)}' is empty", "write a header row and rows, or delete the sheet"
        )
    return _sheet(["" if cell is None else str(cell) for cell in header], header_line, records, file)


def read_parquet(raw: bytes, file: str) -> Sheet:
    """Read a Parquet file; rows are numbered from 1.

    Raises:
        ScenarioError: If the file is damaged, too large, nested or empty.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise _missing_library(file, "parquet") from None
    try:
        source = pq.ParquetFile(io.BytesIO(raw))
        _check_rows(source.metadata.num_rows, file)
        _check_cells(source.metadata.num_rows, source.metadata.num_columns, file)
        table = source.read()
    except (pa.ArrowException, OSError) as error:
        raise _refusal(file, 0, f"is not a readable Parquet file: {_first_line(error)}", "write it again") from None
    nested = [
        printable(name) for name, kind in zip(table.schema.names, table.schema.types, strict=True) if kind.num_fields
    ]
    if nested:
        raise _refusal(file, 0, f"columns {', '.join(nested)} hold lists or records", "write one value per cell")
    columns = [column.to_pylist() for column in table.columns]
    return _with_header(table.schema.names, columns, np.arange(1, table.num_rows + 1), 0, [], file)


def sheet_of_frame(frame: pd.DataFrame, file: str) -> Sheet:
    """A DataFrame as raw columns; its index is ignored, missing values are blanks, row 0 counts as line 2.

    Raises:
        ScenarioError: If the frame has no rows or too many.
    """
    _check_rows(len(frame), file)
    columns = []
    for position in range(frame.shape[1]):
        cells = frame.iloc[:, position]
        columns.append([_scalar(cell) for cell in cells.astype(object).where(cells.notna(), None).tolist()])
    lines = np.arange(2, len(frame) + 2, dtype=np.int64)
    return _with_header([str(name) for name in frame.columns], columns, lines, 1, [], file)


# From records to columns


def _records(reader: Any, file: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, with the line each starts on."""
    start = 1
    try:
        for row in reader:
            if row and (row[0] or any(row)):
                yield start, row
            start = reader.line_num + 1
    except csv.Error as error:
        message, hint = f"cannot be read from this line on: {error}", "close the quotes; write a quote in text as two"
        if "unexpected end" in str(error) or "field larger" in str(error):
            message, hint = "a quote is opened on this line and never closed", 'close it with "'
        raise _refusal(file, start, message, hint) from None


def _sheet(header: Sequence[str], header_line: int, records: Iterator[tuple[int, Any]], file: str) -> Sheet:
    """Turn rows into columns, block by block.

    The blocks are arrays, since the garbage collector would walk through long lists again and again.
    """
    width = len(header)
    columns: list[list[npt.NDArray[np.object_]]] = [[np.empty(0, dtype=np.object_)] for _ in header]
    lines: list[npt.NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
    problems: list[Problem] = []
    count = 0
    while block := list(islice(records, _BLOCK)):
        count += len(block)
        _check_rows(count, file)
        at, rows = zip(*block, strict=True)
        if set(map(len, rows)) != {width}:
            problems += [_ragged(line, len(row), width, file) for line, row in block if _is_ragged(row, width)]
            del problems[MAX_PROBLEMS:]
            at, rows = _of_width(block, width)
        lines.append(np.array(at, dtype=np.int64))
        for column, cells in zip(columns, zip(*rows, strict=True), strict=False):
            column.append(np.fromiter(_shared(cells), dtype=np.object_, count=len(cells)))
    if not count:
        raise _refusal(file, header_line, "has a header but no rows", "add rows, or delete the file if it is optional")
    joined = [np.concatenate(column).tolist() for column in columns]
    return _with_header(header, joined, np.concatenate(lines), header_line, problems, file)


def _is_ragged(row: Sequence[object], width: int) -> bool:
    return len(row) != width and any(map(_is_filled, row))


def _of_width(block: Sequence[tuple[int, Any]], width: int) -> tuple[tuple[int, ...], tuple[Any, ...]]:
    """Lines and rows of the rows that have as many values as the header."""
    fitting = [(line, row) for line, row in block if len(row) == width]
    return tuple(line for line, _ in fitting), tuple(row for _, row in fitting)


def _shared(cells: Sequence[object]) -> Iterable[object]:
    """The same cells, with one object for equal texts, which keeps long tables small."""
    if set(map(type, cells)) != {str}:
        return cells  # in a workbook 1 and True are equal, and must not be mixed up
    known: dict[object, object] = {}
    return map(known.setdefault, cells, cells)


def _is_filled(cell: object) -> bool:
    return cell is not None and str(cell).strip() != ""


def _ragged(line: int, count: int, width: int, file: str) -> Problem:
    if count > width:
        hint = 'put a value that holds a comma between quotes ("Smith, North"); numbers take no thousands separator'
    else:
        hint = "add the missing commas; if this is the last line, the file may have been cut off while copying"
    return Problem(file, line, f"has {count} values where the header has {width}", hint, code="ragged_row")


def _with_header(
    names: Sequence[str],
    columns: Sequence[Sequence[object]],
    lines: npt.NDArray[np.int64],
    header_line: int,
    problems: Sequence[Problem],
    file: str,
) -> Sheet:
    """Normalise the header; a column without a name is dropped if it is blank, as spreadsheets leave them behind."""
    plain = [name.strip().lower() for name in names]
    kept = [at for at, name in enumerate(plain) if name or any(map(_is_filled, columns[at]))]
    found = [*problems, *_header_problems([(at, plain[at]) for at in kept], header_line, file)]
    changed = [f"'{printable(names[at])}' as '{printable(plain[at])}'" for at in kept if names[at] != plain[at]]
    notes = (f"{file}: column names were read as if written plainly: {', '.join(changed)}",) if changed else ()
    if not len(lines) and not found:
        found.append(Problem(file, header_line, "has a header but no rows", "add rows, or leave the table out"))
    return Sheet(
        tuple(plain[at] for at in kept),
        tuple(columns[at] for at in kept),
        lines.astype(np.int64),
        header_line,
        tuple(found),
        notes,
    )


def _header_problems(header: Sequence[tuple[int, str]], line: int, file: str) -> list[Problem]:
    problems = []
    seen: set[str] = set()
    for at, name in header:
        if not name:
            hint = "write its name in the header, or delete the column"
            problems.append(Problem(file, line, f"column {at + 1} has values but no name", hint, code="header"))
        elif name in seen:
            message = f"column '{printable(name)}' stands twice in the header"
            problems.append(Problem(file, line, message, "delete one of the two", name, "duplicate_column"))
        seen.add(name)
    return problems


def _check_delimiter(header: Sequence[str], file: str, line: int) -> None:
    if len(header) > 1:
        return
    for delimiter, name in ((";", "';'"), ("\t", "tabs"), ("|", "'|'")):
        if delimiter in header[0]:
            raise _refusal(file, line, f"is separated by {name}", "save it with commas between the values")


def _check_rows(count: int, file: str) -> None:
    if count > MAX_ROWS:
        raise _refusal(
            file, 0, f"has more than {MAX_ROWS:,} rows", "leave out weeks and clinics that the plan does not need"
        )


def _check_cells(rows: int, columns: int, file: str) -> None:
    if rows * columns > MAX_CELLS:
        hint = "delete columns that do not belong to the table, and stray cells far from it"
        raise _refusal(file, 0, f"spans {rows:,} rows and {columns:,} columns", hint)


def _scalar(cell: object) -> object:
    """The cell, or its description where it is a list, a record or another container."""
    return cell if pd.api.types.is_scalar(cell) else f"a {type(cell).__name__}"


def _refusal(file: str, line: int, message: str, hint: str) -> ScenarioError:
    return ScenarioError(file, [Problem(file, line, message, hint, code="unreadable")])


def _missing_library(file: str, extra: str) -> ScenarioError:
    hint = f'pip install "capacity-budget-optimizer[{extra}]", or save the table as CSV'
    return _refusal(file, 0, "needs a library that is not installed", hint)


def _first_line(error: BaseException) -> str:
    return printable(next(iter(str(error).splitlines()), type(error).__name__))


# Excel

_DAMAGED = "open it in Excel and save it again as .xlsx"
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def _open_archive(raw: bytes, file: str) -> zipfile.ZipFile:
    """The workbook's archive, once its sizes and checksums are known to be sound."""
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        message = "is an old .xls workbook or is protected by a password"
        raise _refusal(file, 0, message, "remove the password and save it as .xlsx")
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        if len(archive.infolist()) > 10_000 or sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
            message = f"unpacks to more than {MAX_UNPACKED // 1024**2} MB"
            raise _refusal(file, 0, message, "keep only the sheets of the scenario, or save the tables as CSV")
        damaged = archive.testzip()
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, RuntimeError, ValueError, zlib.error):
        raise _refusal(file, 0, "is not a readable .xlsx workbook", _DAMAGED) from None
    if damaged is not None:
        raise _refusal(file, 0, "is a damaged workbook: its checksums do not agree", _DAMAGED)
    return archive


def _part(archive: zipfile.ZipFile, name: str, file: str) -> bytes:
    try:
        part = archive.read(name)
    except KeyError:
        raise _refusal(file, 0, "is not a workbook: parts of it are missing", _DAMAGED) from None
    if b"<!DOCTYPE" in part[:4096]:
        raise _refusal(file, 0, "holds a document type declaration, which no spreadsheet writes", _DAMAGED)
    return part


def _worksheets(archive: zipfile.ZipFile, file: str) -> Mapping[str, str]:
    """Sheet name -> part of the archive, in the order of the workbook."""
    try:
        links = ET.fromstring(_part(archive, "xl/_rels/workbook.xml.rels", file))
        book = ET.fromstring(_part(archive, "xl/workbook.xml", file))
    except ET.ParseError:
        raise _refusal(file, 0, "is not a readable .xlsx workbook", _DAMAGED) from None
    targets = {link.get("Id", ""): link.get("Target", "") for link in links}
    parts = {}
    for sheet in (element for element in book.iter() if _local(element) == "sheet"):
        link = next((value for key, value in sheet.items() if key.endswith("}id")), "")
        target = targets.get(link, "")
        if "worksheets/" in target:
            parts[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    if not parts:
        raise _refusal(file, 0, "has no worksheets", _DAMAGED)
    return parts


def _local(element: ET.Element) -> str:
    """Name of an element without its namespace, which differs between the two variants of the format."""
    return element.tag.rpartition("}")[2]


def _scan(archive: zipfile.ZipFile, part: str, file: str) -> list[Problem]:
    """What stands in one worksheet that its values alone would not show.

    Raises:
        ScenarioError: If the sheet spans too many cells to be read.
    """
    problems: list[Problem] = []
    last_row = last_column = 0
    try:
        for _, element in ET.iterparse(io.BytesIO(_part(archive, part, file))):
            name = _local(element)
            if name == "c" and (address := _ADDRESS.fullmatch(element.get("r", ""))):
                last_row = max(last_row, int(address[2]))
                last_column = max(last_column, _column_number(address[1]))
            problems += _element_problems(name, element, file)
            if name in ("c", "row"):
                element.clear()
    except ET.ParseError:
        raise _refusal(file, 0, "is not a readable .xlsx workbook", _DAMAGED) from None
    _check_cells(last_row, last_column, file)
    return problems


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _element_problems(name: str, element: ET.Element, file: str) -> list[Problem]:
    if name == "c" and (words := _cell_fault(element)):
        address = printable(element.get("r", ""))
        place = _ADDRESS.fullmatch(address)
        return [Problem(file, int(place[2]) if place else 0, f"cell {address} {words[0]}", words[1], code="cell")]
    if name == "row" and element.get("hidden") in ("1", "true") and len(element):
        row = element.get("r", "")
        line = int(row) if row.isdecimal() else 0
        return [
            Problem(
                file, line, f"row {printable(row)} is hidden", "show all rows, or delete those not meant", code="cell"
            )
        ]
    if name == "mergeCell":
        message = f"cells {printable(element.get('ref', ''))} are merged"
        return [Problem(file, 0, message, "unmerge them and fill every cell", code="cell")]
    return []


def _cell_fault(cell: ET.Element) -> tuple[str, str] | None:
    """What is wrong with a cell, and how to mend it: an error value, or a formula that was never computed."""
    children = {_local(child): child.text or "" for child in cell}
    if cell.get("t") == "e":
        return f"holds the error {printable(children.get('v', ''))}", "mend the formula, or write the value"
    if "f" in children and not children.get("v") and cell.get("t") != "str":
        return "holds a formula without a stored result", "open the workbook in Excel and save it, or write the value"
    return None


def _sheet_rows(raw: bytes, file: str, name: str) -> list[list[object]]:
    """Every row of the sheet from row 1 on, blanks as ``None``."""
    try:
        import python_calamine
    except ImportError:
        raise _missing_library(file, "excel") from None
    try:
        with python_calamine.load_workbook(io.BytesIO(raw)) as workbook:
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise _refusal(file, 0, f"is not a readable .xlsx workbook: {_first_line(error)}", _DAMAGED) from None
    return [[None if cell == "" else cell for cell in row] for row in rows]
