"""Templates of the feeds: every row that a week needs, with what is known filled in, so that little is left to type."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from optimizer.calibration.files import csv_text
from optimizer.scenario.read import Scenario
from optimizer.weekly.feeds import CAPACITY, FEEDS, FUNNEL, INTAKE, SPEND
from optimizer.weekly.roll import span_of


def feed_templates(scenario: Scenario, week: dt.date) -> dict[str, str]:
    """A file for each feed of a week: name -> text.

    Capacity and intake are filled in as the scenario has them; as_of is left blank, for whoever looks the figures over
    to fill in. Of what is over only the rows are there.

    Raises:
        UsageError: if the week is not in the calendar.
    """
    span_of(scenario.definition, week)
    last = (week - dt.timedelta(weeks=1)).isoformat()
    campaigns = scenario.tables["campaigns"].frame
    frames = {
        CAPACITY: _from(scenario, "appointment_capacity", CAPACITY, week),
        SPEND: campaigns[["campaign"]].assign(week=last),
        FUNNEL: campaigns[["service_line", "channel"]].drop_duplicates().assign(week=last),
    }
    if "intake_teams" in scenario.tables:
        frames[INTAKE] = _from(scenario, "intake_teams", INTAKE, week)
    return {f"{name}.csv": csv_text(_laid_out(name, frame)) for name, frame in frames.items()}


def _from(scenario: Scenario, table: str, feed: str, week: dt.date) -> pd.DataFrame:
    frame = scenario.tables[table].frame
    figures = [column.name for column in FEEDS[feed].columns if column.name != "as_of"]
    return frame.loc[frame["week"] >= week.isoformat(), figures]


def _laid_out(feed: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with every column of the feed, blank where nothing is known."""
    columns = [column.name for column in FEEDS[feed].columns]
    return frame.reindex(columns=columns).astype(object).where(frame.reindex(columns=columns).notna(), "")
