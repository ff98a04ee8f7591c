"""Cells of one column: what is accepted, what each mistake is called, and where."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.errors import Problem
from optimizer.scenario.cells import MAX_PROBLEMS, Reading, read_cells
from optimizer.scenario.tables import Column, Kind

MONEY = Column("spend", Kind.NUMBER, "Money spent", default=7.0)
SHARE = Column("rate", Kind.NUMBER, "A share", maximum=1.0)
ANY = Column("margin", Kind.NUMBER, "A margin", minimum=None)
WAIT = Column("weeks", Kind.INTEGER, "Weeks waited", maximum=52)
NAME = Column("location", Kind.LABEL, "Name of the clinic", required=True)
FORM = Column("form", Kind.LABEL, "Form", required=True, choices=("hill", "log", "power"))
NOTE = Column("source", Kind.TEXT, "Where it comes from")
WEEK = Column("week", Kind.WEEK, "Week", required=True)
DATE = Column("as_of", Kind.DATE, "Date")


def read(cells: list[object], column: Column) -> Reading:
    return read_cells(cells, column, np.arange(2, len(cells) + 2), "f.csv")


def values(cells: list[object], column: Column) -> list[object]:
    reading = read(cells, column)
    assert reading.problems == ()
    assert not reading.bad.any()
    return list(reading.values.tolist())


def problem(cell: object, column: Column) -> Problem:
    (found,) = read([cell], column).problems
    assert found.line == 2
    assert found.column == column.name
    assert found.hint
    return found


def test_numbers_from_text() -> None:
    assert values(["1", " 2.5 ", "1e3", "+4", ".5", "6.", "-0.0", "1e-310"], MONEY) == [1, 2.5, 1000, 4, 0.5, 6, 0, 0]


def test_minus_zero_loses_its_sign() -> None:
    assert str(values(["-0.0"], MONEY)[0]) == "0.0"
    assert str(values([-0.0], ANY)[0]) == "0.0"


def test_numbers_of_a_workbook_or_frame() -> None:
    assert values([1, 2.5, Decimal("3.25"), np.int64(4), np.float32(0.5), "6"], MONEY) == [1, 2.5, 3.25, 4, 0.5, 6]


def test_blank_cells_take_the_default() -> None:
    assert values(["", None, "  ", "3"], MONEY) == [7, 7, 7, 3]
    assert math.isnan(float(str(values([""], SHARE)[0])))


def test_a_required_cell_must_not_be_blank() -> None:
    reading = read(["a", " ", None], NAME)
    assert [(found.line, found.code) for found in reading.problems] == [(3, "blank"), (4, "blank")]
    assert reading.bad.tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("nan", "not a plain number"),
        ("Infinity", "not a plain number"),
        (float("nan"), "not a number"),
        (float("inf"), "not a finite number"),
        ("1e400", "not a finite number"),
        (10**400, "more than 18 digits"),
        ("1_000", "not a plain number"),
        ("٣", "not a plain number"),
        ("１２", "not a plain number"),
        ("0x1F", "not a plain number"),
        ("twelve", "not a plain number"),
        ("1 200", "not a plain number"),
        (True, "True is not a number"),
        (dt.date(2026, 1, 5), "not a number"),
        ("-5", "-5 is below the least allowed, 0"),
        (-5, "-5 is below the least allowed, 0"),
    ],
)
def test_what_is_no_number(cell: object, words: str) -> None:
    assert words in problem(cell, MONEY).message


@pytest.mark.parametrize(
    ("cell", "column", "hint"),
    [
        ("$1,200", MONEY, "without the currency sign"),
        ("1200 €", MONEY, "without the currency sign"),
        ("(500)", MONEY, "minus sign"),
        ("12%", SHARE, "write 0.12"),
        ("12 %", MONEY, "write 12, without the percent sign"),
        ("1.234,56", MONEY, "decimal point"),
        ("1,200", MONEY, "no thousands separator"),
        ("47", SHARE, "did you mean 0.47?"),
        (47, SHARE, "did you mean 0.47?"),
        ("1.5", WAIT, "whole number"),
    ],
)
def test_hints_for_numbers(cell: object, column: Column, hint: str) -> None:
    assert hint in problem(cell, column).hint


def test_integers_must_be_whole_and_in_range() -> None:
    assert values(["0", "52", "4.0"], WAIT) == [0, 52, 4]
    assert "1.5 is not a whole number" in problem("1.5", WAIT).message
    assert "above the most allowed, 52" in problem("53", WAIT).message


def test_good_cells_stay_beside_bad_ones() -> None:
    reading = read(["1", "x", "-3", "4"], MONEY)
    assert reading.bad.tolist() == [False, True, True, False]
    assert reading.values[[0, 3]].tolist() == [1, 4]
    assert [found.line for found in reading.problems] == [3, 4]


def test_a_million_bad_cells_give_fifty_problems() -> None:
    for column in (MONEY, WEEK, FORM):
        reading = read(["x"] * 1_000_000, column)
        assert len(reading.problems) == MAX_PROBLEMS
        assert reading.bad.all()


def test_labels_are_kept_to_the_letter() -> None:
    cells: list[object] = ["NA", "None", "null", " Maple Street ", "Nord-Süd", "010"]
    assert values(cells, NAME) == ["NA", "None", "null", "Maple Street", "Nord-Süd", "010"]


def test_whole_numbers_of_a_workbook_are_labels() -> None:
    assert values([1001.0, 7, "7"], NAME) == ["1001", "7", "7"]
    for cell in (1.5, True, dt.date(2026, 3, 4)):
        assert "is not text" in problem(cell, NAME).message


@pytest.mark.parametrize("cell", ["a\nb", "a\x07b", "a\u202eb", "a\u200bb", "a\ud800b", "x" * 201])
def test_labels_with_invisible_characters_or_without_end(cell: str) -> None:
    assert problem(cell, NAME).message.isprintable()


def test_choices_suggest_the_nearest() -> None:
    assert values(["hill", "log"], FORM) == ["hill", "log"]
    assert problem("hil", FORM).hint == "did you mean 'hill'?"


@pytest.mark.parametrize(
    "cell",
    ["ask jane.doe@example.org", "call (555) 123-4567", "555-123-4567", "+1 555.123.4567", "id 123-45-6789"],
)
def test_text_that_points_at_a_person_is_refused_and_never_shown(cell: str) -> None:
    found = problem(cell, NOTE)
    assert found.code == "patient_data"
    assert not any(part in str(found) for part in cell.split() if any(sign.isdigit() or sign == "@" for sign in part))


def test_personal_values_in_other_columns_are_not_shown_either() -> None:
    for column in (MONEY, WEEK, FORM):
        assert "123-45-6789" not in str(problem("123-45-6789", column))


@pytest.mark.parametrize(
    "cell",
    ["0:0 1000:22 2000:36", "CRM export 2026-09-21", "39.9 % of 1,200 leads", "a\tb", "100:200 300:400 5000:6000"],
)
def test_plain_text_is_kept(cell: str) -> None:
    assert values([cell], NOTE) == [cell]


def test_long_text_is_searched_in_linear_time() -> None:
    cell = "a" * 130_000 + "@" * 1_000
    assert values([cell], NOTE) == [cell]


def test_weeks_and_dates() -> None:
    monday = dt.datetime(2026, 9, 28)
    cells: list[object] = ["2026-09-28", monday, monday.date(), pd.Timestamp(monday)]
    assert values(cells, WEEK) == ["2026-09-28"] * 4
    assert values(["2026-09-30", None], DATE) == ["2026-09-30", ""]


@pytest.mark.parametrize(
    ("cell", "message", "hint"),
    [
        ("2026-09-30", "2026-09-30 is a Wednesday", "here 2026-09-28"),
        ("2026-10-04", "2026-10-04 is a Sunday", "here 2026-09-28"),
        ("01/02/2026", "ambiguous", "2026-09-28"),
        ("1.2.2026", "ambiguous", "2026-09-28"),
        ("44927", "day number", "would mean 2023-01-01 (2027-01-02 in the 1904 system)"),
        (44927.0, "day number", "would mean 2023-01-01 (2027-01-02 in the 1904 system)"),
        ("2026-02-30", "not a day of the calendar", "2026-09-28"),
        ("20260928", "not a date", "2026-09-28"),
        ("2026-W40", "is a week number", "here 2026-09-28"),
        ("2026-W54", "2026 has no week 54", "2026-09-28"),
        (dt.datetime(2026, 9, 28, 14), "has a time of day", "2026-09-28"),
        ("soon", "not a date", "2026-09-28"),
        (True, "not a date", "2026-09-28"),
        ("２０２６-09-28", "not a date", "2026-09-28"),
    ],
)
def test_what_is_no_week(cell: object, message: str, hint: str) -> None:
    found = problem(cell, WEEK)
    assert message in found.message
    assert hint in found.hint


@given(st.lists(st.floats(min_value=0, max_value=1e12, allow_subnormal=False)))
def test_written_numbers_come_back(numbers: list[float]) -> None:
    expected = [0.0 if number < 1e-300 else number for number in numbers]
    assert values([repr(number) for number in numbers], MONEY) == expected
    assert values(list(numbers), MONEY) == expected


anything = st.one_of(
    st.none(), st.text(max_size=30), st.integers(), st.floats(), st.booleans(), st.dates(), st.datetimes(), st.times()
)


@given(st.lists(anything), st.sampled_from([MONEY, SHARE, WAIT, NAME, FORM, NOTE, WEEK, DATE]))
def test_any_cell_is_read_or_named(cells: list[object], column: Column) -> None:
    reading = read(cells, column)
    assert len(reading.problems) == min(int(reading.bad.sum()), MAX_PROBLEMS)
    if column.kind in (Kind.NUMBER, Kind.INTEGER):
        good = reading.values[~reading.bad]
        assert not np.isinf(good.astype(float)).any()
    else:
        assert all(isinstance(value, str) for value in reading.values)
