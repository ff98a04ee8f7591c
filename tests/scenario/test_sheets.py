"""CSV, Excel, Parquet and frames as raw columns: shape, lines, and files that cannot be trusted."""

from __future__ import annotations

import datetime as dt
import io
import sys
import zipfile
from collections.abc import Callable

import numpy as np
import openpyxl
import pandas as pd
import pytest

from optimizer.errors import Problem, ScenarioError
from optimizer.scenario import sheets
from optimizer.scenario.sheets import Sheet, read_csv, read_excel, read_parquet, sheet_of_frame


def refusal(read: Callable[[], Sheet]) -> Problem:
    with pytest.raises(ScenarioError) as caught:
        read()
    problem = caught.value.problems[0]
    assert problem.hint
    return problem


def csv_refusal(text: str | bytes) -> Problem:
    return refusal(lambda: read_csv(text.encode() if isinstance(text, str) else text, "f.csv"))


# CSV


def test_columns_and_lines_of_a_csv() -> None:
    sheet = read_csv(b'a,b\n1,"x, y"\n\n2,"two\nlines"\n3,"say ""hi"""\n', "f.csv")
    assert sheet.header == ("a", "b")
    assert [list(column) for column in sheet.columns] == [["1", "2", "3"], ["x, y", "two\nlines", 'say "hi"']]
    assert sheet.lines.tolist() == [2, 4, 6]
    assert sheet.problems == ()
    assert sheet.notes == ()


def test_blank_lines_and_blank_rows_are_skipped() -> None:
    sheet = read_csv(b"\n\na,b\n1,2\n\n,\n  \n3,4\n", "f.csv")
    assert sheet.header_line == 3
    assert sheet.lines.tolist() == [4, 8]
    assert sheet.problems == ()


@pytest.mark.parametrize("raw", [b"\xef\xbb\xbfa,b\r\n1,2\r\n", b"a,b\r1,2\r", b"a,b\n1,2"])
def test_byte_order_mark_and_line_ends_make_no_difference(raw: bytes) -> None:
    sheet = read_csv(raw, "f.csv")
    assert (sheet.header, [list(column) for column in sheet.columns]) == (("a", "b"), [["1"], ["2"]])
    assert sheet.lines.tolist() == [2]


def test_header_case_and_spaces_are_normalised_with_a_note() -> None:
    sheet = read_csv(b"Location , week\n1,2\n", "f.csv")
    assert sheet.header == ("location", "week")
    (note,) = sheet.notes
    assert "'Location ' as 'location'" in note


def test_a_trailing_comma_is_dropped_but_nameless_values_are_not() -> None:
    assert read_csv(b"a,\n1,\n2,\n", "f.csv").header == ("a",)
    (problem,) = read_csv(b"a,\n1,\n2,9\n", "f.csv").problems
    assert problem.message == "column 2 has values but no name"


@pytest.mark.parametrize("header", [b"a,b,a", b"a,b,A ", b" a,b,a"])
def test_duplicate_header(header: bytes) -> None:
    (problem,) = read_csv(header + b"\n1,2,3\n", "f.csv").problems
    assert (problem.line, problem.column, problem.code) == (1, "a", "duplicate_column")


def test_rows_of_another_length_are_named_and_left_out() -> None:
    sheet = read_csv(b"a,b\n1,2\n3\n4,5,6\n7,8\n", "f.csv")
    assert [(problem.line, problem.message) for problem in sheet.problems] == [
        (3, "has 1 values where the header has 2"),
        (4, "has 3 values where the header has 2"),
    ]
    assert sheet.lines.tolist() == [2, 5]
    assert list(sheet.columns[0]) == ["1", "7"]


def test_a_million_ragged_rows_give_fifty_problems() -> None:
    sheet = read_csv(b"a,b\n" + b"1\n" * 1_000_000, "f.csv")
    assert len(sheet.problems) == sheets.MAX_PROBLEMS


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 0, "is empty"),
        ("\n\n", 0, "is empty"),
        ("a,b\n", 1, "header but no rows"),
        ("a;b\n1;2\n", 1, "separated by ';'"),
        ("a\tb\n1\t2\n", 1, "separated by tabs"),
        ('a,b\n1,2\n3,"open\n4,5\n', 3, "quote is opened on this line and never closed"),
        ('a,b\n1,"x"y\n', 2, "cannot be read"),
        (b"a,b\n1,caf\xe9\n", 2, "not UTF-8: byte 0xe9 at byte offset 9"),
        ("a,b\n1,2\n".encode("utf-16"), 1, "UTF-16"),
        (b"a,b\n1,2\n3,\0\n", 3, "NUL byte at byte offset 10"),
    ],
)
def test_csv_that_cannot_be_read(text: str | bytes, line: int, words: str) -> None:
    problem = csv_refusal(text)
    assert problem.line == line
    assert words in problem.message


def test_an_open_quote_over_a_long_rest_is_named_by_its_start() -> None:
    problem = csv_refusal('a,b\n1,2\n3,"open\n' + "x,y\n" * 100_000)
    assert (problem.line, problem.message) == (3, "a quote is opened on this line and never closed")


def test_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 1000)
    assert len(read_csv(b"a\n" + b"1\n" * 1000, "f.csv").lines) == 1000
    assert "more than 1,000 rows" in csv_refusal("a\n" + "1\n" * 1001).message


# Excel


def workbook(rows: list[list[object]], title: str = "campaigns", change: Callable[..., None] | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def excel_refusal(raw: bytes, sheet: str = "") -> Problem:
    return refusal(lambda: read_excel(raw, "f.xlsx", "campaigns", sheet))


def test_values_of_a_workbook_keep_their_kind() -> None:
    day = dt.date(2026, 9, 28)
    raw = workbook([["a", "B ", "c", "d"], [1, "x", day, True], [], [None, 2.5, None, 1]])
    sheet = read_excel(raw, "f.xlsx", "campaigns")
    assert sheet.header == ("a", "b", "c", "d")
    assert [list(column) for column in sheet.columns] == [[1, None], ["x", 2.5], [day, None], [True, 1]]
    assert sheet.columns[3][0] is True
    assert sheet.lines.tolist() == [2, 4]


def test_a_header_below_blank_rows() -> None:
    sheet = read_excel(workbook([[], [], ["a"], [1]]), "f.xlsx", "campaigns")
    assert (sheet.header_line, sheet.lines.tolist()) == (3, [4])


def test_the_only_sheet_is_taken_whatever_its_name() -> None:
    assert read_excel(workbook([["a"], [1]], "Sheet1"), "f.xlsx", "campaigns").header == ("a",)


def test_a_missing_sheet_names_the_sheets_there_are() -> None:
    def add(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
        sheet.parent.create_sheet("other")

    raw = workbook([["a"], [1]], "first", add)
    assert "has no sheet 'campaigns'; its sheets are 'first', 'other'" in excel_refusal(raw).message
    assert "has no sheet 'nope'" in excel_refusal(raw, "nope").message
    assert read_excel(raw, "f.xlsx", "campaigns", "first").header == ("a",)


def test_error_cells_formulas_merged_cells_and_hidden_rows_are_named() -> None:
    def spoil(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
        sheet["B2"] = "#REF!"
        sheet["A3"] = "=1+1"
        sheet["A4"] = "#N/A"
        sheet.merge_cells("A5:B6")
        sheet.row_dimensions[7].hidden = True

    raw = workbook([["a", "b"], *([i, i] for i in range(6))], change=spoil)
    with pytest.raises(ScenarioError) as caught:
        read_excel(raw, "f.xlsx", "campaigns")
    assert [(problem.line, problem.message) for problem in caught.value.problems] == [
        (0, "cells A5:B6 are merged"),
        (2, "cell B2 holds the error #REF!"),
        (3, "cell A3 holds a formula without a stored result"),
        (4, "cell A4 holds the error #N/A"),
        (7, "row 7 is hidden"),
    ]


def test_old_broken_and_foreign_files_are_refused() -> None:
    sound = workbook([["a"], [1]])
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("hello.txt", "x")
    assert ".xls workbook or is protected" in excel_refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600).message
    for raw in (b"", b"PK\x03\x04", sound[:-40], sound[: len(sound) // 2], b"a,b\n1,2\n"):
        assert "not a readable .xlsx" in excel_refusal(raw).message
    assert "not a workbook" in excel_refusal(zipped.getvalue()).message


def rewritten(raw: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            content = source.read(part)
            target.writestr(part, change(content) if part == name else content)
    return stream.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = rewritten(workbook([["a"], [1]]), "xl/worksheets/sheet1.xml", lambda content: b" " * (201 * 1024**2))
    assert len(bomb) < 1024**2
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("unpacked"))
    assert "more than 200 MB" in excel_refusal(bomb).message


def test_a_directory_that_understates_sizes_is_refused() -> None:
    raw = workbook([["a"], [1]])
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    forged = raw.replace(size.to_bytes(4, "little"), (size - 50).to_bytes(4, "little"))
    assert forged != raw
    assert "workbook" in excel_refusal(forged).message


def test_document_types_and_stray_far_cells_are_refused() -> None:
    part = "xl/worksheets/sheet1.xml"
    raw = workbook([["a"], [1]])
    typed = rewritten(raw, part, lambda content: b'<!DOCTYPE x [<!ENTITY y "z">]>' + content)
    assert "document type" in excel_refusal(typed).message
    far = rewritten(raw, part, lambda content: content.replace(b'r="A2"', b'r="XFD1048576"'))
    assert "spans 1,048,576 rows and 16,384 columns" in excel_refusal(far).message


@pytest.mark.parametrize(("library", "extra"), [("python_calamine", "excel"), ("pyarrow.parquet", "parquet")])
def test_a_missing_library_gives_an_install_line(library: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    read = (
        (lambda: read_excel(workbook([["a"], [1]]), "f.xlsx", "campaigns"))
        if extra == "excel"
        else (lambda: read_parquet(b"", "f.parquet"))
    )
    assert f'pip install "capacity-budget-optimizer[{extra}]"' in refusal(read).hint


# Parquet and frames


def parquet(frame: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.to_parquet(stream, index=False)
    return stream.getvalue()


def test_parquet_rows_are_numbered_from_one() -> None:
    frame = pd.DataFrame({"a": ["x", None], "b": [1.5, 2.0], "c": [1, 2]})
    sheet = read_parquet(parquet(frame), "f.parquet")
    assert sheet.header == ("a", "b", "c")
    assert [list(column) for column in sheet.columns] == [["x", None], [1.5, 2.0], [1, 2]]
    assert sheet.lines.tolist() == [1, 2]


def test_parquet_that_cannot_be_read() -> None:
    good = parquet(pd.DataFrame({"a": [1, 2]}))
    for raw in (b"", b"PAR1", good[:-10], good[:20] + b"\xff" * 30 + good[50:]):
        assert refusal(lambda raw=raw: read_parquet(raw, "f")).code == "unreadable"
    wide = parquet(pd.DataFrame(np.zeros((20_000, 1_600)), columns=[f"c{at}" for at in range(1_600)]))
    assert "spans 20,000 rows and 1,600 columns" in refusal(lambda: read_parquet(wide, "f")).message
    nested = parquet(pd.DataFrame({"a": [[1], [2]]}))
    assert "columns a hold lists" in refusal(lambda: read_parquet(nested, "f")).message


def test_frames_count_from_line_two_and_are_not_changed() -> None:
    frame = pd.DataFrame({"A": [1.0, float("nan")], "b": ["x", None], "c": [[1], {}]}, index=[7, 7])
    before = frame.copy(deep=True)
    sheet = sheet_of_frame(frame, "campaigns")
    assert sheet.header == ("a", "b", "c")
    assert [list(column) for column in sheet.columns] == [[1.0, None], ["x", None], ["a list", "a dict"]]
    assert sheet.lines.tolist() == [2, 3]
    pd.testing.assert_frame_equal(frame, before)


def test_a_frame_without_rows_is_a_problem() -> None:
    (problem,) = sheet_of_frame(pd.DataFrame({"a": []}), "campaigns").problems
    assert "no rows" in problem.message
