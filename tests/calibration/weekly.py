"""Small histories for tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from optimizer.calibration.expectation import Weeks
from optimizer.calibration.history import History, history_from_frame
from optimizer.scenario.match import Floats

FIRST = dt.date(2025, 1, 6)


def monday(week: int) -> str:
    """Monday of the week of that number, from 0."""
    return (FIRST + dt.timedelta(weeks=week)).isoformat()


def rows(campaign: str, spend: Any, leads: Any, *, line: str = "Care", channel: str = "Search", first: int = 0,
         **more: Any) -> pd.DataFrame:  # fmt: skip
    """Rows of a history of one campaign; ``more`` holds further columns."""
    many = len(spend)
    labels = {"campaign": campaign, "location": f"At {campaign}", "service_line": line, "channel": channel}
    weeks = [monday(first + week) for week in range(many)]
    return pd.DataFrame({"week": weeks, **labels, "spend": spend, "leads": np.asarray(leads, dtype=int), **more})


def history(*parts: pd.DataFrame) -> History:
    """A history of these rows."""
    return history_from_frame(pd.concat(parts, ignore_index=True))


def plain_weeks(spend: Any, leads: Any, **more: Floats) -> Weeks:
    """Campaigns whose leads come in the week of the spend, in normal weeks, every week counted."""
    spend, leads = np.atleast_2d(np.asarray(spend, dtype=float)), np.atleast_2d(np.asarray(leads, dtype=float))
    many = len(spend)
    facts: dict[str, Floats] = {
        "weight": np.ones_like(spend),
        "demand": np.ones_like(spend),
        "share": np.ones((many, 1)),
        "years": np.zeros_like(spend),
        "before": np.zeros_like(spend),
        "earlier": np.zeros_like(spend),
        "usual": np.full(many, 1000.0),
    }
    return Weeks(spend=spend, leads=leads, **(facts | more))
