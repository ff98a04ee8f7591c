"""Counts of the funnel and of waits: strict tables of totals, and their sums over weeks.

A lead is counted in the week in which it came, at every stage that it ever reached: only then can no stage count more
than the one before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.calibration.files import joined, read_rows
from optimizer.calibration.history_checks import LIST_OF_PEOPLE
from optimizer.errors import InputFileError, Problem, UsageError
from optimizer.scenario.cells import MAX_PROBLEMS
from optimizer.scenario.tables import Column, Kind, Table, TableSpec


def _count(name: str, meaning: str, unit: str = "leads") -> Column:
    return Column(name, Kind.INTEGER, meaning, unit, required=True)


_LATE = (
    Column("answered_late", Kind.INTEGER, "Qualified leads that were answered late", "leads"),
    Column("booked_late", Kind.INTEGER, "Of these, leads that asked for an appointment", "leads"),
)
FUNNEL_COUNTS = TableSpec(
    "funnel_counts",
    "a service line and channel (and clinic, and week)",
    (
        Column("service_line", Kind.LABEL, "Service line", required=True),
        Column("channel", Kind.LABEL, "Channel", required=True),
        Column("location", Kind.LABEL, "Clinic; in every row or in none"),
        Column("week", Kind.WEEK, "Week in which the leads came; in every row or in none"),
        _count("leads", "Leads captured"),
        _count("valid", "Leads that were real and complete"),
        _count("contacted", "Valid leads that were reached"),
        _count("qualified", "Contacted leads that fit the service"),
        _count("booked", "Qualified leads, answered in time, that asked for an appointment"),
        *_LATE,
    ),
    ("service_line", "channel", "location", "week"),
)
WAIT_COUNTS = TableSpec(
    "wait_counts",
    "a service line and number of weeks waited (and week)",
    (
        Column("service_line", Kind.LABEL, "Service line", required=True),
        Column("weeks_waited", Kind.INTEGER, "Weeks from request to visit", "weeks", required=True, maximum=52),
        Column("week", Kind.WEEK, "Week of the request; in every row or in none"),
        _count("offered", "Patients offered this wait", "patients"),
        _count("kept", "Of these, patients who booked", "patients"),
        _count("shown", "Booked patients who came", "patients"),
    ),
    ("service_line", "weeks_waited", "week"),
)


@dataclass(frozen=True)
class Summed:
    """Counts added up over weeks.

    Attributes:
        frame: One row per group with its counts, sorted by group.
        file: File they come from.
        span: What they cover, in words.
        as_of: Last day of the last week; blank where no weeks are given.
    """

    frame: pd.DataFrame
    file: str
    span: str
    as_of: str


def read_funnel_counts(path: Path, as_of: str) -> Summed:
    """Counts per service line, channel and clinic (blank where none is given).

    Args:
        path: CSV, .xlsx or .parquet.
        as_of: Last day of the counts, where the file does not give weeks.

    Raises:
        UsageError: if neither tells how old the counts are.
        InputFileError: with every problem of the file.
    """
    table, wrong = read_rows(path, FUNNEL_COUNTS)
    problems = [*in_all_or_none(table, ("location", "week")), *stage_problems(table)]
    in_time = table.frame["qualified"] - table.frame["answered_late"].fillna(0.0)
    stages = table.frame[["leads", "valid", "contacted"]].items()
    for name, counts in (*stages, ("qualified and answered in time", in_time)):
        problems += _nothing(table, str(name), counts)
    problems = joined(wrong, problems)
    if problems:
        raise InputFileError(table.file, problems)
    return _summed(table, ["service_line", "channel", "location"], as_of)


def stage_problems(table: Table) -> list[Problem]:
    """Rows of funnel counts in which a stage counts more than the one before, and tables that list people."""
    frame, problems = table.frame, _people(table, "leads")
    for before, after in (("leads", "valid"), ("valid", "contacted"), ("contacted", "qualified")):
        problems += rising(table, frame[before], before, after)
    late = _late(table, problems)
    in_time = "qualified and not answered_late" if late.any() else "qualified"
    return problems + rising(table, frame["qualified"] - late, in_time, "booked")


def read_wait_counts(path: Path, as_of: str) -> Summed:
    """Counts per service line and weeks waited; as :func:`read_funnel_counts`."""
    table, wrong = read_rows(path, WAIT_COUNTS)
    problems = [*in_all_or_none(table, ("week",)), *_people(table, "offered")]
    for before, after in (("offered", "kept"), ("kept", "shown")):
        problems += [*rising(table, table.frame[before], before, after), *_nothing(table, before, table.frame[before])]
    problems = joined(wrong, problems)
    if problems:
        raise InputFileError(table.file, problems)
    return _summed(table, ["service_line", "weeks_waited"], as_of)


def _nothing(table: Table, name: str, counts: pd.Series) -> list[Problem]:
    """A stage that nobody reached in any row, so that nothing is known of what comes after it."""
    if counts.sum() > 0:
        return []
    hint = "look at the column; a rate is made of those who could have gone on"
    return [Problem(table.file, 0, f"nobody is counted as {name} in any row", hint, name, "no_counts")]


def _late(table: Table, problems: list[Problem]) -> pd.Series:
    """Leads answered late, 0 where the columns are not there."""
    frame = table.frame
    given = frame[["answered_late", "booked_late"]].notna()
    if not given.to_numpy().any():
        return pd.Series(0.0, index=frame.index)
    hint = "give answered_late and booked_late in every row, or leave both columns out"
    problems += [
        table.problem(row, f"{column}: is blank", hint, column, "blank")
        for column in ("answered_late", "booked_late")
        for row in np.flatnonzero(~given[column].to_numpy())[:MAX_PROBLEMS]
    ]
    problems += rising(table, frame["qualified"], "qualified", "answered_late")
    problems += rising(table, frame["answered_late"], "answered_late", "booked_late")
    return frame["answered_late"].fillna(0.0)


def rising(table: Table, most: pd.Series, before: str, after: str) -> list[Problem]:
    """Rows in which a stage counts more than the one before it."""
    wrong = np.flatnonzero((table.frame[after] > most).to_numpy())
    hint = "count every stage by the week in which the leads came, each lead once"
    return [
        table.problem(
            row,
            f"{after} {table.frame[after].iloc[row]:g} is more than {before} {most.iloc[row]:g}",
            hint,
            after,
            "rising_counts",
        )
        for row in wrong[:MAX_PROBLEMS]
    ]


def in_all_or_none(table: Table, columns: Sequence[str]) -> list[Problem]:
    """Blank cells of columns that other rows fill: they could mean all, or the rest."""
    problems = []
    for column in columns:
        blank = (table.frame[column] == "").to_numpy()
        if blank.any() and not blank.all():
            hint = "fill it in for every row, or for none"
            problems += [
                table.problem(row, f"{column}: is blank here and given elsewhere", hint, column)
                for row in np.flatnonzero(blank)[:MAX_PROBLEMS]
            ]
    return problems


def _people(table: Table, column: str) -> list[Problem]:
    """A table in which no row counts more than one is a list of people."""
    if len(table.frame) < LIST_OF_PEOPLE or table.frame[column].max() > 1:
        return []
    message = f"no row counts more than one of {column}: this looks like a list of people, which must not come in"
    return [Problem(table.file, 0, message, "add the rows up to totals", column, "patient_data")]


def _summed(table: Table, group: list[str], as_of: str) -> Summed:
    frame = table.frame
    counts = [column.name for column in table.spec.columns if column.kind is Kind.INTEGER and column.name not in group]
    sums = frame.groupby(group, sort=True)[counts].sum(min_count=1).reset_index()
    weeks = sorted(set(frame["week"]) - {""})
    if weeks:
        last = dt.date.fromisoformat(weeks[-1]) + dt.timedelta(days=6)
        return Summed(sums, table.file, f"weeks of {weeks[0]} to {weeks[-1]}", as_of or last.isoformat())
    if not as_of:
        raise UsageError(f"{table.file} has no weeks, so it does not say how old its counts are; give --as-of")
    return Summed(sums, table.file, "", as_of)
