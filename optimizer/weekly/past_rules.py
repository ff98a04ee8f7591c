"""What rules of the house did in past weeks: campaigns that gates closed, capped or held, and flags that were open."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from optimizer.scenario.campaign_flags import flags
from optimizer.scenario.events import Flags
from optimizer.weekly.past import PastWeek

RULES = ["week", "code", "campaigns", "without", "plan_weeks", "closed_spent", "closed_spending"]
"""Columns of what :func:`rules_of` yields."""


def rules_of(week: PastWeek) -> Iterator[tuple[object, ...]]:
    """Each rule and flag that limited campaigns in a week.

    Yields:
        week, code, campaigns, without (about what the whole plan of the run would have gained without the rule, NaN
        where the run did not work it out), plan_weeks (weeks of that plan), closed_spent (money that campaigns closed
        by the rule spent all the same, as far as told), closed_spending (how many they are).
    """
    run, names = week.recorded.run, week.recorded.names
    gates = run.table("gates")
    mine = gates[(gates["week"] == week.week) & (gates["code"] != "flight")]
    held_back: list[dict[str, object]] = run.summary["held_back"]  # type: ignore[assignment]
    without = {held["code"]: held["blocked"] for held in held_back}
    spent = pd.Series(week.spent, names)
    for code, rows in mine.groupby("code", sort=True):
        closed = spent.reindex(rows.loc[rows["ceiling_after"] == 0, "campaign"]).dropna()
        gain = without.get(code)
        yield (
            week.week, code, len(rows), np.nan if gain is None else gain, week.recorded.facts.planned,
            float(closed.sum()), int((closed > 0).sum()),
        )  # fmt: skip
    yield from _flags(week)


def _flags(week: PastWeek) -> Iterator[tuple[object, ...]]:
    tables = week.recorded.scenario.tables
    if "campaign_flags" in tables:
        open_flags: dict[str, Flags] = {}
        for flag, _, mine in flags(tables["campaign_flags"], week.recorded.facts.campaigns):
            open_flags[flag["flag"]] = open_flags.get(flag["flag"], np.zeros(len(mine), dtype=bool)) | mine
        for name, mine in sorted(open_flags.items()):
            yield (week.week, name, int(mine.sum()), np.nan, week.recorded.facts.planned, 0.0, 0)
