"""The history of campaigns: weekly spend and leads as a strict table, and as arrays whose positions are agreed on once.

Shapes: I campaigns sorted by name, T weeks without a gap from the first week of any campaign to the last.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.calibration.files import joined, read_rows, read_table, rows_of_sheet
from optimizer.calibration.history_checks import (
    CAMPAIGN_KEY,
    changes,
    day_numbers,
    doubled,
    gaps,
    half_given,
    is_named,
    moved,
    nameless,
    nothing,
    people,
    unknown,
)
from optimizer.errors import InputFileError, Problem
from optimizer.scenario.match import Floats, codes_of
from optimizer.scenario.sheets import sheet_of_frame
from optimizer.scenario.tables import TABLES, Column, Kind, Table, TableSpec

Flags = npt.NDArray[np.bool_]
Names = npt.NDArray[np.str_]

HISTORY = TableSpec(
    "history",
    "a campaign and week",
    (
        Column("week", Kind.WEEK, "Week of the spend and of the leads", required=True),
        Column("campaign", Kind.LABEL, "Campaign; blank where clinic, service line and channel are given"),
        Column("location", Kind.LABEL, "Clinic"),
        Column("service_line", Kind.LABEL, "Service line"),
        Column("channel", Kind.LABEL, "Channel"),
        Column("spend", Kind.NUMBER, "Money spent in the week; 0 where it rested", "money/week", required=True),
        Column("leads", Kind.INTEGER, "Leads that arrived in the week, whenever paid for", "leads/week", required=True),
        Column("clicks", Kind.INTEGER, "Clicks of the week; tells missing leads from missing tracking", "clicks/week"),
        Column("demand_index", Kind.NUMBER, "Leads relative to a normal week, where known", "", minimum=1e-3),
        Column("cost_index", Kind.NUMBER, "Price of media relative to a normal week", "", default=1.0, minimum=1e-3),
        Column(
            "tracking_change",
            Kind.LABEL,
            "'yes' in the week from which leads are counted in another way",
            choices=("yes", "no"),
        ),
    ),
    ("week", "campaign", *CAMPAIGN_KEY),
)
"""Declaration of the history; it is no table of a scenario."""


@dataclass(frozen=True)
class History:
    """Weekly spend and leads of I campaigns in T weeks. Arrays are never written to.

    Attributes:
        name: Name of the file.
        weeks: (T,) Mondays as ISO text.
        campaigns: (I rows) campaign, location, service_line, channel; blank where not given.
        spend: (I, T) money; 0 outside a campaign's run.
        leads: (I, T) leads that arrived; 0 outside a campaign's run.
        known: (I, T) weeks of each campaign's run.
        demand: (I, T) leads relative to a normal week as given, NaN where not.
        cost: (I, T) price of media relative to a normal week.
        before: (I, T) weeks before a campaign's leads came to be counted in another way.
        clicks: (I,) clicks of all weeks, NaN where not given.
    """

    name: str
    weeks: Names
    campaigns: pd.DataFrame
    spend: Floats
    leads: Floats
    known: Flags
    demand: Floats
    cost: Floats
    before: Flags
    clicks: Floats

    def until(self, count: int) -> History:
        """What was known after the first ``count`` weeks, campaigns that had not begun included."""
        before = self.before[:, :count]
        return replace(
            self,
            weeks=self.weeks[:count],
            **{name: getattr(self, name)[:, :count] for name in ("spend", "leads", "known", "demand", "cost")},
            before=before & ~before[:, -1:],  # a change that is still to come is not known
        )


def read_history(path: Path, campaigns: Path | None = None) -> History:
    """Read a history file (CSV, .xlsx or .parquet).

    Args:
        path: The file.
        campaigns: ``campaigns.csv`` of a scenario, which then gives clinic, service line and channel of each campaign,
            or the campaign's name where the history gives these three.

    Raises:
        InputFileError: with every problem of a file.
        StorageError: if a file cannot be read.
    """
    named = None if campaigns is None else read_table(campaigns, TABLES["campaigns"]).frame
    return _history(*read_rows(path, HISTORY), named)


def history_from_frame(frame: pd.DataFrame, campaigns: pd.DataFrame | None = None) -> History:
    """Make a history from data in memory, checked like a file; messages count the first row as line 2.

    Raises:
        InputFileError: with every problem.
    """
    return _history(*rows_of_sheet(HISTORY, lambda: sheet_of_frame(frame, "history"), "history"), campaigns)


def _history(table: Table, problems: list[Problem], named: pd.DataFrame | None) -> History:
    places = _places(table, named)
    further = [*nameless(table), *unknown(table, places), *moved(table, places), *doubled(table, places)]
    further += [
        *gaps(table, places),
        *changes(table, places),
        *half_given(table),
        *nothing(table),
        *people(table, places),
    ]
    problems = joined(problems, further)
    if problems:
        raise InputFileError(table.file, problems)
    return _grids(table, places)


def _places(table: Table, named: pd.DataFrame | None) -> pd.DataFrame:
    """Campaign, location, service_line and channel of each row; campaign is blank where it is not known."""
    rows = table.frame[["campaign", *CAMPAIGN_KEY]].copy()
    if named is None:
        made = (rows["location"] + "-" + rows["service_line"] + "-" + rows["channel"]).str.lower().str.replace(" ", "-")
        return rows.assign(campaign=rows["campaign"].where(rows["campaign"] != "", made).where(is_named(table), ""))
    single = named.drop_duplicates(CAMPAIGN_KEY, keep=False)
    place = pd.MultiIndex.from_frame(single[CAMPAIGN_KEY]).get_indexer(pd.MultiIndex.from_frame(rows[CAMPAIGN_KEY]))
    by_place = np.where(place >= 0, np.append(single.index.to_numpy(), -1)[place], -1)
    by_name = codes_of(rows["campaign"], pd.Index(named["campaign"]))
    row = np.where((rows["campaign"] != "").to_numpy(), by_name, by_place)
    known = named[["campaign", *CAMPAIGN_KEY]].iloc[row].reset_index(drop=True)
    return known.where(pd.Series(row >= 0), rows.assign(campaign=""))


def _grids(table: Table, places: pd.DataFrame) -> History:
    frame, days = table.frame, day_numbers(table.frame["week"])
    weeks = np.arange(days.min(), days.max() + 7, 7)
    campaigns = places.drop_duplicates("campaign").sort_values("campaign").reset_index(drop=True)
    row, week = codes_of(places["campaign"], pd.Index(campaigns["campaign"])), (days - days.min()) // 7
    shape = (len(campaigns), len(weeks))
    grids: Mapping[str, Floats] = {name: np.full(shape, blank) for name, blank in _BLANK.items()}
    for name, grid in grids.items():
        grid[row, week] = frame[name].to_numpy(float)
    known, before = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    known[row, week] = True
    for at in np.flatnonzero((frame["tracking_change"] == "yes").to_numpy()):
        before[row[at], : week[at]] = True
    clicks = np.where(np.isnan(grids["clicks"]).all(axis=1), np.nan, np.nansum(grids["clicks"], axis=1))
    return History(
        name=table.file,
        weeks=np.array([dt.date.fromordinal(int(day)).isoformat() for day in weeks]),
        campaigns=campaigns,
        spend=grids["spend"],
        leads=grids["leads"],
        known=known,
        demand=grids["demand_index"],
        cost=grids["cost_index"],
        before=before,
        clicks=clicks,
    )


_BLANK = {"spend": 0.0, "leads": 0.0, "clicks": np.nan, "demand_index": np.nan, "cost_index": 1.0}
"""Columns that are laid out by week, and what stands where a campaign has no row."""
