"""A spend plan that is given in a file: every campaign in every planned week."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.errors import Problem, ScenarioError, StorageError
from optimizer.response.forecast import spend_limit
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats, unknown_labels
from optimizer.scenario.read import table_of_sheet
from optimizer.scenario.sheets import Sheet, read_csv
from optimizer.scenario.tables import Column, Kind, Table, TableSpec

SPEND_PLAN = TableSpec(
    "spend_plan",
    "a campaign and planned week",
    (
        Column("campaign", Kind.LABEL, "Campaign", required=True),
        Column("week", Kind.WEEK, "Week", required=True),
        Column("spend", Kind.NUMBER, "Money spent in the week", "money/week", required=True),
    ),
    ("campaign", "week"),
)
"""What the file holds; the ``plan.csv`` of a run is taken as well, by its recommended_spend."""
_OF_A_RUN = "recommended_spend"
_SHOWN = 20


def given_spend(path: str | os.PathLike[str], facts: Facts) -> Floats:
    """Read a spend plan.

    Args:
        path: CSV with campaign, week and spend, or the ``plan.csv`` of a run.
        facts: The facts of the scenario that it is for.

    Returns:
        (I, T) money per campaign and planned week.

    Raises:
        ScenarioError: with every campaign, week or amount that is unknown, doubled, missing, not money or above what
            the campaign's curve knows. StorageError: if the file cannot be read.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}; check its path and permissions") from None
    file = Path(path).name
    table, problems = table_of_sheet(SPEND_PLAN, _of_a_run(read_csv(raw, file)), file)
    problems += problems or _unmatched(table, facts)
    if not problems:
        spend = table.frame.pivot(index="campaign", columns="week", values="spend")
        placed = spend.reindex(index=facts.campaigns["campaign"], columns=facts.weeks[: facts.planned]).to_numpy()
        problems = _missing(file, placed, facts) or _too_much(table, facts)
    if problems:
        raise ScenarioError(file, problems)
    return np.asarray(placed, dtype=np.float64)


def _of_a_run(sheet: Sheet) -> Sheet:
    """The three columns of a run's plan; any other file as it is."""
    if "spend" in sheet.header or not {"campaign", "week", _OF_A_RUN} <= set(sheet.header):
        return sheet
    places = [sheet.header.index(name) for name in ("campaign", "week", _OF_A_RUN)]
    return replace(sheet, header=(*SPEND_PLAN.key, "spend"), columns=tuple(sheet.columns[place] for place in places))


def _unmatched(table: Table, facts: Facts) -> list[Problem]:
    campaigns = pd.Index(facts.campaigns["campaign"])
    weeks = pd.Index(facts.weeks[: facts.planned])
    return [
        *unknown_labels(table, "campaign", campaigns, "a campaign of the scenario"),
        *unknown_labels(table, "week", weeks, "a planned week"),
    ]


def _missing(file: str, placed: Floats, facts: Facts) -> list[Problem]:
    lacking = np.argwhere(np.isnan(placed))
    names, weeks = facts.campaigns["campaign"].to_numpy(), facts.weeks
    hint = "give every campaign in every planned week; write 0 where it pauses"
    return [
        Problem(
            file, 0, f"no spend of campaign '{names[i]}' in the week of {weeks[t]}", hint, "campaign", "missing_row"
        )
        for i, t in lacking[:_SHOWN]
    ]


def _too_much(table: Table, facts: Facts) -> list[Problem]:
    """Rows that no curve can forecast."""
    most = pd.Series(spend_limit(facts), index=facts.campaigns["campaign"]).reindex(table.frame["campaign"]).to_numpy()
    names, spend = table.frame["campaign"], table.frame["spend"].to_numpy()
    return [
        table.problem(
            row,
            f"campaign '{names.iloc[row]}' spends {spend[row]:,.2f}, more than its curve knows ({most[row]:,.2f})",
            "lower the spend, give a curve that has seen more, or raise policies.extrapolation",
            "spend",
            "out_of_reach",
        )
        for row in np.flatnonzero(spend > most)[:_SHOWN]
    ]
