"""Which campaigns a channel of another tool stands for, and what part of it each of them is.

A campaign that is a share w of a tool's channel has the channel's curve made smaller in both directions,
``leads(s) = w * channel(s / w)``: money that is spread over the campaigns by their shares brings what the channel
brings.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.calibration.files import read_table
from optimizer.errors import InputFileError, Problem
from optimizer.scenario.cells import MAX_PROBLEMS
from optimizer.scenario.match import did_you_mean
from optimizer.scenario.tables import TABLES, Column, Kind, Table, TableSpec

MAPPING = TableSpec(
    "mapping",
    "a channel of the tool and a campaign, or kind of campaign, that it stands for",
    (
        Column("their_name", Kind.LABEL, "Channel, as the tool names it", required=True),
        Column("campaign", Kind.LABEL, "Campaign; blank where line and channel are given"),
        Column("service_line", Kind.LABEL, "Service line of all campaigns of a kind"),
        Column("channel", Kind.LABEL, "Channel of all campaigns of a kind"),
        Column(
            "share", Kind.NUMBER, "Part of the tool's channel that the campaign, or one of its kind, is", maximum=1.0
        ),
        Column(
            "observed_max_weekly_spend",
            Kind.NUMBER,
            "Highest weekly spend of the campaign that the tool has seen, where its file does not tell",
            "money/week",
        ),
    ),
    ("campaign", "service_line", "channel"),
)
"""Declaration of the mapping; it is no table of a scenario."""

_PLACE = ["campaign", "service_line", "channel"]
_SLACK = 1e-9


def read_mapping(path: Path, names: list[str]) -> pd.DataFrame:
    """The rows of a mapping with a column ``line`` and no blank share.

    Args:
        path: The file.
        names: Channels that the tool's files hold.

    Raises:
        InputFileError: with every problem of the file.
    """
    table = read_table(path, MAPPING)
    problems = [*_placeless(table), *_shareless(table), *_unknown(table, "their_name", names, "a channel of the tool")]
    if problems:
        raise InputFileError(table.file, problems)
    rows = table.frame.assign(line=table.lines, file=table.file)
    rows["share"] = rows["share"].fillna(1.0)
    _check_sums(table.file, rows, np.ones(len(rows)))
    return rows


def same_names(names: list[str]) -> pd.DataFrame:
    """The mapping that is meant where none is given: the tool's channels are named like campaigns."""
    blank = [""] * len(names)
    return pd.DataFrame(
        {
            "their_name": names, "campaign": names, "service_line": blank, "channel": blank,
            "share": 1.0, "observed_max_weekly_spend": np.nan, "line": 0, "file": "",
        }
    )  # fmt: skip


def check_campaigns(rows: pd.DataFrame, path: Path) -> list[str]:
    """Check a mapping against the campaigns that are planned.

    Args:
        rows: The mapping.
        path: ``campaigns.csv`` of the scenario.

    Returns:
        Campaigns that get no curve.

    Raises:
        InputFileError: for names that no campaign has, and shares that add up to more than the whole.
    """
    table = read_table(path, TABLES["campaigns"])
    known = {column: sorted(set(table.frame[column])) for column in _PLACE}
    problems = [
        Problem(
            row["file"] or table.file,
            row["line"],
            f"{column} '{row[column]}' is none of {table.file}",
            did_you_mean(row[column], known[column]),
            column,
            "unknown_label",
        )
        for row in rows.to_dict("records")
        for column in _PLACE
        if row[column] and row[column] not in known[column]
    ]
    if problems:
        raise InputFileError(rows["file"].iloc[0] or table.file, problems)
    own = table.frame["campaign"].isin(rows["campaign"]).to_numpy()
    is_kind = (rows["campaign"] == "").to_numpy()
    kinds = pd.MultiIndex.from_frame(rows.loc[is_kind, ["service_line", "channel"]])
    kind = kinds.get_indexer(pd.MultiIndex.from_frame(table.frame[["service_line", "channel"]]))
    count = np.ones(len(rows))
    count[is_kind] = np.bincount(kind[~own & (kind >= 0)], minlength=len(kinds))
    _check_sums(rows["file"].iloc[0], rows, count)
    return table.frame["campaign"][~own & (kind < 0)].tolist()


def _placeless(table: Table) -> list[Problem]:
    """Rows that name neither a campaign nor a kind, or both."""
    named = (table.frame["campaign"] != "").to_numpy()
    parts = (table.frame[["service_line", "channel"]] != "").sum(axis=1).to_numpy()
    wrong = np.flatnonzero(np.where(named, parts > 0, parts != 2))
    hint = "fill in campaign, or service_line and channel for all campaigns of that kind"
    return [table.problem(row, "does not say what it stands for", hint, "campaign") for row in wrong[:MAX_PROBLEMS]]


def _shareless(table: Table) -> list[Problem]:
    """Kinds of campaigns without a share: each of them would get the whole channel; and shares of nothing."""
    frame = table.frame
    blank = ((frame["campaign"] == "") & frame["share"].isna()).to_numpy()
    hint = "write which part of the tool's channel one campaign of this kind is; 1 if there is only one"
    problems = [
        table.problem(row, "share: is blank for a kind of campaign", hint, "share", "blank")
        for row in np.flatnonzero(blank)[:MAX_PROBLEMS]
    ]
    nothing = np.flatnonzero((frame["share"] == 0).to_numpy())
    return problems + [
        table.problem(row, "share: 0 is nothing of the channel", "leave the row out", "share")
        for row in nothing[:MAX_PROBLEMS]
    ]


def _unknown(table: Table, column: str, known: list[str], of_what: str) -> list[Problem]:
    return [
        Problem(
            table.file, int(line), f"{column} '{label}' is not {of_what}", did_you_mean(label, known), column,
            "unknown_label",
        )
        for label, line in zip(table.frame[column], table.lines, strict=True)
        if label not in known
    ]  # fmt: skip


def _check_sums(file: str, rows: pd.DataFrame, count: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    """Shares of a channel that add up to more than the whole, with each row standing for so many campaigns."""
    sums = rows.assign(part=rows["share"] * count).groupby("their_name")["part"].sum()
    first = rows.drop_duplicates("their_name").set_index("their_name")["line"]
    problems = [
        Problem(
            file,
            int(first[str(name)]),
            f"the shares of '{name}' add up to {total:.4g}, more than the whole",
            "give each campaign its part of the tool's channel",
            "share",
            "share_sum",
        )
        for name, total in sums.items()
        if total > 1 + _SLACK
    ]
    if problems:
        raise InputFileError(file, problems)
