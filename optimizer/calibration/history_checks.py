"""Mistakes of a history that one cell does not show by itself, each with its line and mend.

Rows whose week or campaign is not known are left out where it matters: they have a problem of their own.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Problem
from optimizer.scenario.cells import MAX_PROBLEMS
from optimizer.scenario.tables import Table

CAMPAIGN_KEY = ["location", "service_line", "channel"]
"""Columns that name a campaign where it has no name."""
LIST_OF_PEOPLE = 10
"""Rows from which on a table in which every row counts at most one may be a list of people."""


def is_named(table: Table) -> npt.NDArray[np.bool_]:
    """(rows,) whether a row names a campaign, or all three of clinic, service line and channel."""
    return ((table.frame["campaign"] != "") | (table.frame[CAMPAIGN_KEY] != "").all(axis=1)).to_numpy()


def nameless(table: Table) -> list[Problem]:
    """Rows that name neither a campaign nor all three of clinic, service line and channel."""
    hint = "fill in campaign, or location, service_line and channel"
    return [
        table.problem(row, "names no campaign", hint, "campaign", "blank")
        for row in np.flatnonzero(~is_named(table))[:MAX_PROBLEMS]
    ]


def unknown(table: Table, places: pd.DataFrame) -> list[Problem]:
    """Rows that stand for no campaign of campaigns.csv, or for more than one; the first row of each."""
    lost = np.flatnonzero((places["campaign"] == "").to_numpy() & is_named(table))
    first = table.frame.iloc[lost].drop_duplicates(["campaign", *CAMPAIGN_KEY]).index
    hint = "give the name as it stands there, add the campaign there, or leave its rows out"
    return [
        table.problem(row, f"{_named(table, row)} is not one campaign of campaigns.csv", hint, "campaign")
        for row in first[:MAX_PROBLEMS]
    ]


def _named(table: Table, row: int) -> str:
    labels = table.frame.loc[row, ["campaign", *CAMPAIGN_KEY]]
    return "campaign " + ", ".join(f"'{label}'" for label in labels if label)


def moved(table: Table, places: pd.DataFrame) -> list[Problem]:
    """Campaigns whose clinic, service line or channel differs between rows."""
    first = places.groupby("campaign", sort=False)[CAMPAIGN_KEY].transform("first")
    differs = (first != places[CAMPAIGN_KEY]).any(axis=1).to_numpy() & (places["campaign"] != "").to_numpy()
    hint = "a campaign has one clinic, service line and channel; give the new one another name"
    return [
        table.problem(
            row,
            f"campaign '{places['campaign'].iloc[row]}' stands for another clinic, service line or channel than above",
            hint,
            "campaign",
        )
        for row in np.flatnonzero(differs)[:MAX_PROBLEMS]
    ]


def doubled(table: Table, places: pd.DataFrame) -> list[Problem]:
    """Weeks that a campaign has twice, once by name and once by clinic, line and channel."""
    placed = ((places["campaign"] != "") & (table.frame["week"] != "")).to_numpy()
    same = table.frame.duplicated(list(table.spec.key)).to_numpy()  # such rows are told by every table
    again = placed & ~same & places.assign(week=table.frame["week"]).duplicated(["campaign", "week"]).to_numpy()
    return [
        table.problem(
            row,
            f"campaign '{places['campaign'].iloc[row]}' has the week {table.frame['week'].iloc[row]} twice",
            "keep one row for a campaign and week",
            "week",
            "duplicate_row",
        )
        for row in np.flatnonzero(again)[:MAX_PROBLEMS]
    ]


def gaps(table: Table, places: pd.DataFrame) -> list[Problem]:
    """Weeks that are missing between the first and the last of a campaign, all of whose weeks can be read."""
    open_ones = set(places["campaign"][table.frame["week"] == ""]) | {""}
    rows = np.flatnonzero(~places["campaign"].isin(open_ones))
    days = day_numbers(table.frame["week"].iloc[rows])
    frame = pd.DataFrame({"campaign": places["campaign"].iloc[rows], "day": days, "line": table.lines[rows]})
    frame = frame.sort_values(["campaign", "day"], kind="stable")
    same = frame["campaign"].eq(frame["campaign"].shift())
    step = frame["day"].diff().where(same, 7)
    hint = "add the week; one without spend has spend 0 and the leads that came"
    return [
        Problem(
            table.file,
            int(line),
            f"campaign '{name}': {_lacking(int(day), int(width))} before this row",
            hint,
            "week",
            "missing_week",
        )
        for name, day, line, width in zip(
            *(frame.loc[step > 7, column] for column in ("campaign", "day", "line")), step[step > 7], strict=True
        )
    ][:MAX_PROBLEMS]


def _lacking(day: int, width: int) -> str:
    first, last = dt.date.fromordinal(day - width + 7), dt.date.fromordinal(day - 7)
    if first == last:
        return f"the week {first} is missing"
    return f"the {width // 7 - 1} weeks {first} to {last} are missing"


def day_numbers(weeks: pd.Series) -> npt.NDArray[np.int64]:
    """Number of each Monday, counted in days."""
    known = {week: dt.date.fromisoformat(week).toordinal() for week in weeks.unique()}
    return np.array([known[week] for week in weeks], dtype=np.int64)


def changes(table: Table, places: pd.DataFrame) -> list[Problem]:
    """Second changes of tracking: one level before and one after is all that is estimated."""
    rows = places.assign(week=table.frame["week"])[(table.frame["tracking_change"] == "yes").to_numpy()]
    rows = rows[rows["campaign"] != ""].drop_duplicates(["campaign", "week"])
    rows = rows.sort_values(["campaign", "week"], kind="stable")
    later = rows[rows.duplicated("campaign")]
    hint = "leave out the weeks before the earlier change, so that one is left"
    return [
        table.problem(row, f"campaign '{name}' has a second tracking_change", hint, "tracking_change", "second_change")
        for row, name in zip(later.index[:MAX_PROBLEMS], later["campaign"], strict=False)
    ]


def people(table: Table, places: pd.DataFrame) -> list[Problem]:
    """A table with many names, each in one row with one lead at most, is a list of people."""
    names = places["campaign"]
    if len(names) < LIST_OF_PEOPLE or names.duplicated().any() or table.frame["leads"].max() > 1:
        return []
    message = "every row has a name of its own and no more than one lead: this looks like a list of people"
    hint = "people must not come in: add the leads up by campaign and week"
    return [Problem(table.file, 0, message, hint, "campaign", "patient_data")]


def half_given(table: Table) -> list[Problem]:
    """Demand that is given for some rows only: seasons are either known or estimated."""
    blank = table.frame["demand_index"].isna().to_numpy()
    if blank.all() or not blank.any():
        return []
    hint = "give it in every row, or in none to have seasons estimated"
    line = int(table.lines[np.flatnonzero(blank)[0]])
    return [Problem(table.file, line, "demand_index is blank, but given in other rows", hint, "demand_index", "blank")]


def nothing(table: Table) -> list[Problem]:
    """A history without any spend, or without any lead, from which no curve can be learned."""
    return [
        Problem(table.file, 0, f"{column} is 0 in every row", "a curve needs weeks with spend and leads", column)
        for column in ("spend", "leads")
        if not table.frame[column].any()
    ]
