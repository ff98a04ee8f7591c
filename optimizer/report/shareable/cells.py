"""What a shareable edition counts: leads, bookings and visits of campaigns by month, and the rows that sum them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.plan.runs import Run

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

COUNTS: Mapping[str, str] = {"leads": "Leads", "bookings": "Bookings", "visits": "Completed visits"}
"""What is counted, with its names for people."""
HEADLINE, ALL = "headline", "all"
GROUPS: Mapping[str, str] = {
    "market": "market", "location": "clinic", "service_line": "service line", "channel": "channel", "month": "month",
}  # fmt: skip
"""Columns by which rows sum the cells, with their names for people."""


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes:
        group: Column by which it sums; ``all`` for the sum of all campaigns, ``headline`` with what was under way.
        label: What its cells have in that column.
        members: (n + 1,) cells that it sums.
    """

    group: str
    label: str
    members: Flags


@dataclass(frozen=True)
class Cells:
    """The smallest cells: campaigns by month of the spend, and last of all what was under way before the plan.

    Attributes:
        labels: (n rows) campaign, market, location, service_line, channel, month, today and planned (money).
        counts: (3, n + 1) expected leads, bookings and visits.
    """

    labels: pd.DataFrame
    counts: Floats

    @property
    def rows(self) -> list[Row]:
        """Every row of every table: the headline, all campaigns, and each group."""
        every = np.ones(len(self.labels) + 1, dtype=bool)
        campaigns = every.copy()
        campaigns[-1] = False
        groups = [row for group in GROUPS for row in self._by(group)]
        return [Row(HEADLINE, "", every), Row(ALL, "", campaigns), *groups]

    def _by(self, group: str) -> Iterator[Row]:
        for label in sorted(set(self.labels[group])):
            yield Row(group, str(label), np.append((self.labels[group] == label).to_numpy(), False))

    @property
    def delicate(self) -> list[Flags]:
        """Cells that nobody may learn, if they are small: all rows, what was under way, campaigns, clinics' lines."""
        under_way = np.zeros(len(self.labels) + 1, dtype=bool)
        under_way[-1] = True
        units = self.labels["location"] + "\n" + self.labels["service_line"]
        finer = [
            np.append((names == name).to_numpy(), False)
            for names in (self.labels["campaign"], units)
            for name in sorted(set(names))
        ]
        return [*(row.members for row in self.rows), under_way, *finer]


def cells_of(run: Run) -> Cells:
    """The cells of a run."""
    plan = run.table("plan")
    plan = plan.assign(month=plan["week"].str[:7], today=plan["current_spend"], planned=plan["recommended_spend"])
    keys = ["campaign", "market", "location", "service_line", "channel", "month"]
    sums = plan.groupby(keys, sort=True)[["today", "planned", *COUNTS]].sum().reset_index()
    totals: Mapping[str, Any] = run.summary["plan"]  # type: ignore[assignment]
    of_campaigns = sums[list(COUNTS)].to_numpy(float).T
    under_way = np.maximum(np.array([float(totals[name]) for name in COUNTS]) - of_campaigns.sum(axis=1), 0.0)
    return Cells(sums[[*keys, "today", "planned"]], np.column_stack([of_campaigns, under_way]))
