"""Feeds: this week's figures from operations, marketing and intake, one small file each.

A feed is read as strictly as a table of the scenario. What is in it may still be late or hard to believe: that is
asked in :mod:`optimizer.weekly.doubts`, and the places concerned hold meanwhile.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.calibration.files import read_table
from optimizer.calibration.funnel_counts import FUNNEL_COUNTS, in_all_or_none, rising, stage_problems
from optimizer.errors import InputFileError, Problem, ScenarioError, StorageError
from optimizer.scenario.cells import MAX_PROBLEMS
from optimizer.scenario.documents import printable
from optimizer.scenario.match import did_you_mean, unknown_labels
from optimizer.scenario.read import Scenario
from optimizer.scenario.tables import TABLES, Column, Kind, Table, TableSpec

CAPACITY, SPEND, INTAKE, FUNNEL, ANSWERS = "capacity", "spend", "intake", "funnel", "answers"
_AS_OF = Column("as_of", Kind.DATE, "Day on which the figures were taken", required=True)
_LEAD_WEEK = Column("week", Kind.WEEK, "Week in which the leads came", required=True)


def _number(name: str, meaning: str, unit: str, *, required: bool = True) -> Column:
    return Column(name, Kind.NUMBER, meaning, unit, required=required)


def _label(name: str, meaning: str) -> Column:
    return Column(name, Kind.LABEL, meaning, required=True)


def _of_scenario(table: str, *columns: str) -> tuple[Column, ...]:
    return tuple(TABLES[table].column(name) for name in columns)


_CAPACITY_FIGURES = ("new_patient_slots", "already_booked", "expected_baseline_bookings", "waitlist",
                     "third_next_available_days")  # fmt: skip
_INTAKE_FIGURES = ("agents", "paid_hours", "baseline_contacts", "opening_backlog")

_SPECS = (
    TableSpec(
        CAPACITY,
        "a clinic, service line and week from this one on",
        (*_of_scenario("appointment_capacity", "location", "service_line", "week", *_CAPACITY_FIGURES), _AS_OF),
        ("location", "service_line", "week"),
    ),
    TableSpec(
        SPEND,
        "a campaign and week that is over",
        (
            _label("campaign", "Campaign"),
            Column("week", Kind.WEEK, "Week that is over", required=True),
            _number("spend", "Money spent", "money/week"),
            Column("leads", Kind.INTEGER, "Leads that came in the week", "leads/week", required=True),
            _AS_OF,
        ),
        ("campaign", "week"),
    ),
    TableSpec(
        INTAKE,
        "an intake team and week from this one on",
        (*_of_scenario("intake_teams", "intake_team", "week", *_INTAKE_FIGURES), _AS_OF),
        ("intake_team", "week"),
    ),
    TableSpec(
        FUNNEL,
        "a service line, channel (and clinic) and week in which leads came",
        (
            *(_LEAD_WEEK if column.name == "week" else column for column in FUNNEL_COUNTS.columns),
            Column("never_answered", Kind.INTEGER, "Valid leads that nobody had time to answer", "leads"),
            Column("routed_in_target", Kind.INTEGER, "Leads that reached the right team in the target time", "leads"),
            Column("complete_fields", Kind.INTEGER, "Booked leads with all intake fields filled in", "leads"),
            Column("completed", Kind.INTEGER, "Booked leads who have come so far", "patients"),
            _AS_OF,
        ),
        FUNNEL_COUNTS.key,
    ),
    TableSpec(
        ANSWERS,
        "a question about a feed that somebody has answered: the figures are right",
        (
            _label("feed", "Feed that was asked about"),
            _label("place", "Clinic and line, team or campaign as the question names it"),
            _label("answered_by", "Who looked at it"),
            Column("reason", Kind.TEXT, "Why the figures are right"),
        ),
        ("feed", "place"),
    ),
)
FEEDS: Mapping[str, TableSpec] = {spec.name: spec for spec in _SPECS}
"""The feeds, declared as tables of a scenario are."""

_ENDINGS = (".csv", ".xlsx", ".parquet")


@dataclass(frozen=True)
class Feeds:
    """The feeds of one week.

    Attributes:
        week: The Monday.
        tables: The feeds that are there.
        files: Name of each file -> SHA-256 of its bytes.
    """

    week: str
    tables: Mapping[str, Table]
    files: Mapping[str, str]

    def frame(self, name: str) -> pd.DataFrame:
        """One feed's rows; none where it is not there."""
        if name in self.tables:
            return self.tables[name].frame
        return pd.DataFrame({column.name: pd.Series(dtype=object) for column in FEEDS[name].columns})


def read_feeds(folder: Path, week: dt.date, scenario: Scenario) -> Feeds:
    """Read the feeds of a week.

    Args:
        folder: Where the files lie, named like the feeds.
        week: The Monday.
        scenario: What the feeds are about.

    Raises:
        ScenarioError: with every problem of every file.
        StorageError: if a file is there but cannot be read.
    """
    problems: list[Problem] = []
    tables: dict[str, Table] = {}
    files: dict[str, str] = {}
    for name, path in _paths(folder, problems).items():
        try:
            tables[name] = read_table(path, FEEDS[name])
            files[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        except InputFileError as error:
            problems += error.problems
        except OSError as error:
            raise StorageError(f"{path} cannot be read: {error.strerror}") from error
    for name, table in tables.items():
        problems += _problems(name, table, week, scenario)
    if problems:
        raise BrokenFeeds(printable(str(folder)), problems)
    return Feeds(week.isoformat(), tables, files)


class BrokenFeeds(ScenarioError):
    """Feeds that cannot be used as they stand, so that the budgets of the week before stay."""

    code = "broken_feeds"
    of_what = "folder of feeds"

    def _text(self) -> str:
        return f"{super()._text()}\nThe budgets of the week before stay as they are."


def _paths(folder: Path, problems: list[Problem]) -> dict[str, Path]:
    """The file of each feed that is there; files of other names are problems, for a misspelt feed would be missed."""
    try:
        there = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "~$")))
    except FileNotFoundError:
        hint = "give the folder of this week's feeds; `optimizer feeds` writes templates"
        raise BrokenFeeds(printable(str(folder)), [Problem(printable(str(folder)), 0, "is no folder", hint)]) from None
    except OSError as error:
        raise StorageError(f"{folder} cannot be listed: {error.strerror}") from error
    found: dict[str, Path] = {}
    for path in there:
        if path.stem not in FEEDS or path.suffix not in _ENDINGS:
            hint = f"{did_you_mean(path.stem[:80], list(FEEDS))} Feeds are .csv, .xlsx or .parquet files"
            problems.append(Problem(printable(path.name), 0, "is not a feed", hint, code="stray_file"))
        elif path.stem in found:
            message = f"stands beside {found[path.stem].name}"
            problems.append(Problem(path.name, 0, message, "keep one of the two files", code="two_files"))
        else:
            found[path.stem] = path
    return found


def _problems(name: str, table: Table, week: dt.date, scenario: Scenario) -> list[Problem]:
    """What is wrong with one feed beside its cells: unknown labels, weeks, dates to come, counts that rise."""
    problems = [*_unknown(table, scenario), *_wrong_weeks(name, table, week), *_from_the_future(table, week)]
    if name == FUNNEL:
        problems += [*in_all_or_none(table, ("location",)), *stage_problems(table)]
        unreached = table.frame["valid"] - table.frame["contacted"]
        problems += rising(table, unreached, "valid and not contacted", "never_answered")
        problems += rising(table, table.frame["leads"], "leads", "routed_in_target")
        booked = table.frame["booked"] + table.frame["booked_late"].fillna(0.0)
        for after in ("complete_fields", "completed"):
            problems += rising(table, booked, "booked and booked_late", after)
    if name == ANSWERS:
        known = pd.Index([CAPACITY, SPEND, INTAKE, FUNNEL])
        problems += unknown_labels(table, "feed", known, "a feed that is asked about")
    return problems


_OF_WHAT = {
    "campaign": ("campaigns", "a campaign"),
    "location": ("campaigns", "a clinic of the campaigns"),
    "service_line": ("campaigns", "a service line of the campaigns"),
    "channel": ("campaigns", "a channel of the campaigns"),
    "intake_team": ("intake_teams", "an intake team"),
}


def _unknown(table: Table, scenario: Scenario) -> list[Problem]:
    problems: list[Problem] = []
    for column, (of, of_what) in _OF_WHAT.items():
        if column in table.frame:
            names = scenario.tables[of].frame[column] if of in scenario.tables else pd.Series(dtype=str)
            problems += unknown_labels(table, column, pd.Index(sorted(set(names)), dtype=str), of_what)
    return problems


def _wrong_weeks(name: str, table: Table, week: dt.date) -> list[Problem]:
    """Weeks that a feed of what is over, or of what is to come, cannot know."""
    if name in (SPEND, FUNNEL):
        wrong, hint = table.frame["week"] >= week.isoformat(), f"give weeks before {week} only: those that are over"
    elif name in (CAPACITY, INTAKE):
        wrong, hint = table.frame["week"] < week.isoformat(), f"give weeks from {week} on only"
    else:
        return []
    return [
        table.problem(row, f"week {table.frame['week'].iloc[row]} does not belong here", hint, "week", "wrong_week")
        for row in np.flatnonzero(wrong.to_numpy())[:MAX_PROBLEMS]
    ]


def _from_the_future(table: Table, week: dt.date) -> list[Problem]:
    """Figures taken after the week for which they are asked has ended."""
    if "as_of" not in table.frame:
        return []
    last = (week + dt.timedelta(days=6)).isoformat()
    return [
        table.problem(row, f"as_of {table.frame['as_of'].iloc[row]} lies after the week of {week}",
                      "correct the day, or recommend a later week", "as_of", "future")
        for row in np.flatnonzero((table.frame["as_of"] > last).to_numpy())[:MAX_PROBLEMS]
    ]  # fmt: skip
