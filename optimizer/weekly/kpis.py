"""Three shares that say whether the hand-over from marketing to operations works, each with its formula."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.scenario.campaign_flags import flags
from optimizer.weekly.past import PastWeek, Recorded


@dataclass(frozen=True)
class Kpi:
    """A key figure.

    Attributes:
        name: For files.
        title: For people.
        formula: What is divided by what, in columns of the feeds and tables.
        counted: Weeks -> numerator and denominator; both 0 where nothing was told.
    """

    name: str
    title: str
    formula: str
    counted: Callable[[Sequence[PastWeek]], tuple[float, float]]


def _routed(weeks: Sequence[PastWeek]) -> tuple[float, float]:
    return _told(weeks, "routed_in_target", lambda counts: counts["leads"])


def _complete(weeks: Sequence[PastWeek]) -> tuple[float, float]:
    return _told(weeks, "complete_fields", _booked)


def _booked(counts: pd.DataFrame) -> pd.Series:
    late = counts["booked_late"].fillna(0.0) if "booked_late" in counts else 0.0
    return counts["booked"] + late


def _told(weeks: Sequence[PastWeek], stage: str, of: Callable[[pd.DataFrame], pd.Series]) -> tuple[float, float]:
    """Sums over the rows in which a stage was counted."""
    counted = [week.counts[week.counts[stage].notna()] for week in weeks if stage in week.counts]
    return sum(float(rows[stage].sum()) for rows in counted), sum(float(of(rows).sum()) for rows in counted)


def _current(weeks: Sequence[PastWeek]) -> tuple[float, float]:
    current = [is_current(week.recorded) for week in weeks]
    return float(sum(mine.sum() for mine in current)), float(sum(len(mine) for mine in current))


def is_current(recorded: Recorded) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(I,) whether a campaign's slots were looked at of late and no flag about who is eligible was open on it."""
    scenario, campaigns = recorded.scenario, recorded.facts.campaigns
    keys, most = ["location", "service_line"], scenario.definition.weekly.late_days
    newest = scenario.tables["appointment_capacity"].frame.groupby(keys)["as_of"].max()
    since = (dt.date.fromisoformat(recorded.week) - dt.timedelta(days=most)).isoformat()
    dated = newest.reindex(pd.MultiIndex.from_frame(campaigns[keys])).fillna("").to_numpy(str)
    current = np.asarray(dated >= since)
    if "campaign_flags" in scenario.tables:
        for flag, _, mine in flags(scenario.tables["campaign_flags"], campaigns):
            current &= ~mine if flag["flag"] == "eligibility_changed" else True
    return current


KPIS: Sequence[Kpi] = (
    Kpi(
        "routed_in_target",
        "Leads that reached the right team in the target time",
        "routed_in_target / leads, over rows of the feed funnel that count both",
        _routed,
    ),
    Kpi(
        "complete_fields",
        "Booked leads with complete intake fields",
        "complete_fields / (booked + booked_late), over rows of the feed funnel that count them",
        _complete,
    ),
    Kpi(
        "current_notes",
        "Campaigns with current eligibility and capacity notes",
        "campaign weeks whose clinic and line has slots with an as_of at most weekly.late_days before the Monday, and"
        " on which no flag eligibility_changed was open / all campaign weeks",
        _current,
    ),
)
"""The key figures of a review."""


def kpi_values(weeks: Sequence[PastWeek]) -> pd.DataFrame:
    """name, title, formula, counted, of, share (NaN where nothing was told)."""
    rows = []
    for kpi in KPIS:
        counted, of = kpi.counted(weeks)
        share = counted / of if of else np.nan
        rows.append((kpi.name, kpi.title, kpi.formula, counted, of, share))
    return pd.DataFrame(rows, columns=["name", "title", "formula", "counted", "of", "share"])
