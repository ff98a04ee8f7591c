"""The plan's tables as arrays: each row is put where its labels say, whatever the order of the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Finding, VerificationError
from optimizer.plan.recompute_directory import UNIT, WAY
from optimizer.plan.recompute_ground import Floats, Ground
from optimizer.plan.recompute_register import Codes, Register

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Layout:
    """What the rows of a table are about: things, each in the first of the scenario's weeks.

    Attributes:
        things: The things.
        weeks: How many weeks.
        names: Columns of the table that name a thing.
        numbers: Columns of numbers that a row's name has besides; rows with different ones are different.
    """

    things: Register
    weeks: int
    names: Sequence[str]
    numbers: Sequence[str] = ()

    @property
    def key(self) -> list[str]:
        """Columns that name a row once."""
        return [*self.names, "week", *self.numbers]


def layout_of(ground: Ground, table: str) -> Layout:
    """What the rows of one of the plan's tables are about."""
    named = ground.directory
    planned, leads, visits = (len(weeks) for weeks in (ground.planned, ground.lead_weeks, ground.visit_weeks))
    of_campaign, of_unit = Layout(named.campaigns, planned, ["campaign"]), Layout(named.units, leads, UNIT)
    return {
        "plan": of_campaign,
        "money": of_campaign,
        "gates": of_campaign,
        "room": of_campaign,
        "leads": of_unit,
        "demand": of_unit,
        "capacity": Layout(named.units, visits, UNIT),
        "bookings": Layout(named.routes, leads, [*UNIT, "seen_at"], ["weeks_waited"]),
        "intake": Layout(named.teams, leads, ["intake_team"]),
        "pathways": Layout(named.ways, visits, WAY),
        "follow_on": Layout(named.places, visits, [*WAY, "seen_at"]),
        "resources": Layout(named.resources, visits, ["resource"]),
    }[table]


@dataclass(frozen=True)
class Sheet:
    """A table of the plan with the place of each of its rows.

    Attributes:
        table: The table.
        layout: What its rows are about.
        thing: Position of the thing of each row; -1 where the scenario has no such thing.
        week: The same of its week, -1 also where the table has no row for that week.
    """

    table: pd.DataFrame
    layout: Layout
    thing: Codes
    week: Codes

    @property
    def known(self) -> Bools:
        """Whether the scenario has a row's thing and week."""
        return (self.thing >= 0) & (self.week >= 0)

    def all_known(self) -> Sheet:
        """This sheet, each of whose rows the scenario has.

        Raises:
            VerificationError: If the scenario has no such thing or week.
        """
        if not self.known.all():
            place = " ".join(map(str, self.table[self.layout.key].iloc[int(np.argmin(self.known))]))
            raise VerificationError([Finding("labels", "the scenario has no such row", place=place)])
        return self

    @property
    def doubled(self) -> Bools:
        """Whether a row before this one has the same name."""
        cell = np.where(self.known, self.thing * self.layout.weeks + self.week, -1 - np.arange(len(self.table)))
        for name in self.layout.numbers:
            values, number = np.unique(self.table[name].to_numpy(dtype=np.float64), return_inverse=True)
            cell = cell * len(values) + number
        return pd.Series(cell).duplicated().to_numpy()

    @property
    def every_row(self) -> Bools:
        """A row for every thing and week, by thing and week."""
        return np.ones((self.layout.things.count, self.layout.weeks), dtype=np.bool_)

    @property
    def shown(self) -> Bools:
        """Whether there is a row, by thing and week."""
        there = np.zeros((self.layout.things.count, self.layout.weeks), dtype=np.bool_)
        there[self.thing[self.known], self.week[self.known]] = True
        return there

    def column(self, name: str) -> Floats:
        """Numbers of a column by thing and week; not a number where the table has no row.

        Raises:
            VerificationError: If the scenario has no such thing or week.
        """
        amount = np.full((self.layout.things.count, self.layout.weeks), np.nan)
        place = self.all_known()
        amount[place.thing, place.week] = self.table[name].to_numpy(dtype=np.float64)
        return amount


def sheet_of(ground: Ground, name: str, table: pd.DataFrame) -> Sheet:
    """One of the plan's tables with the place of each of its rows.

    Args:
        ground: What the scenario says.
        name: Name of the table.
        table: The table, with the columns of its key.
    """
    layout = layout_of(ground, name)
    week = ground.directory.weeks.find(table)
    return Sheet(table, layout, layout.things.find(table, layout.names), np.where(week < layout.weeks, week, -1))


class Sheets:
    """The plan's tables by name, each read once."""

    def __init__(self, ground: Ground, tables: Mapping[str, pd.DataFrame]) -> None:
        self._ground, self._tables = ground, tables
        self._read: dict[str, Sheet] = {}

    def __getitem__(self, name: str) -> Sheet:
        if name not in self._read:
            self._read[name] = sheet_of(self._ground, name, self._tables[name])
        return self._read[name]
