"""What a scenario's tables say before any plan is made: the ground on which the independent check stands.

Everything by week is a frame with named rows and named weeks. What belongs to what is in the ground's directory, which
found it by label; all that is added up goes by it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.plan.recompute_directory import Directory
from optimizer.response.curves import Curves
from optimizer.scenario.definition import Definition, Objective

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GateBounds:
    """What the gates leave of every campaign's spend; frames by campaign and planned week.

    Attributes:
        ceiling: Most money in whole cents, infinite where no gate says anything, zero where one closes the campaign.
        hold: Money at which a campaign is held, zero where none holds it.
    """

    ceiling: pd.DataFrame
    hold: pd.DataFrame


@dataclass(frozen=True)
class Onward:
    """Pathways out of the units; location and service_line are those of the visit before.

    Attributes:
        ways: location, service_line, to_line, share, lag_weeks, lost_worth (of a follow-on visit that nobody sees).
        places: location, service_line, to_line, seen_at (clinic), worth of a follow-on visit in the objective's unit.
    """

    ways: pd.DataFrame
    places: pd.DataFrame


@dataclass(frozen=True)
class Shared:
    """Shared resources.

    Attributes:
        minutes: Minutes of a visit, by unit; a column per resource.
        available: Minutes there are, by resource and visit week.
        baseline: Minutes that others take, by resource and visit week.
    """

    minutes: pd.DataFrame
    available: pd.DataFrame
    baseline: pd.DataFrame


@dataclass(frozen=True)
class Ground:
    """What the scenario says before any plan is made. Frames "by week" have ISO Mondays as columns.

    Attributes:
        definition: What ``scenario.yaml`` says.
        planned: Weeks that are planned.
        lead_weeks: Weeks in which leads arrive: the planned ones and the longest lead lag after them.
        visit_weeks: Weeks in which visits fall: the lead weeks, the longest wait after them, and the longest chain of
            follow-on visits.
        campaigns: By campaign: market, location, service_line, channel, intake_team, the columns of ``campaigns``, and
            valid_rate, booking, booking_late (requests per valid lead, in time and late), hours (per valid lead),
            multiplier (worth of its patients relative to their line's figures) and observed_max_weekly_spend.
        curves: Curve of each row of ``campaigns``.
        lead_share: By campaign; columns 0, 1, ... are the share of leads that arrives so many weeks after the spend.
        demand: Leads relative to a normal week, by campaign and planned week.
        cost: Price of media relative to a normal week, by campaign and planned week.
        units: By unit: market, intake_team, slots_per_booking, waitlist, and the margins of a visit.
        waits: Waits that may be offered: service_line, weeks_waited, kept_share, show_rate.
        routes: Clinics at which a patient may be seen: location (asked for), service_line, seen_at, acceptance_rate.
        gates: What the gates leave of each campaign's spend.
        capacity: Column of ``appointment_capacity`` -> by unit and visit week; and open_slots.
        intake: hours_in_time, hours_paid, baseline_hours and backlog_hours -> by team and lead week.
        overflow: Most hours that can be bought beyond the paid ones, by team and lead week.
        overflow_price: Money per hour bought, by team and lead week.
        onward: Pathways out of the units.
        shared: Shared resources.
        limits: Rows of ``limits``; empty where there are none.
        directory: Where everything that is named stands in the frames above.
    """

    definition: Definition
    planned: list[str]
    lead_weeks: list[str]
    visit_weeks: list[str]
    campaigns: pd.DataFrame
    curves: Curves
    lead_share: pd.DataFrame
    demand: pd.DataFrame
    cost: pd.DataFrame
    units: pd.DataFrame
    waits: pd.DataFrame
    routes: pd.DataFrame
    gates: GateBounds
    capacity: Mapping[str, pd.DataFrame]
    intake: Mapping[str, pd.DataFrame]
    overflow: pd.DataFrame
    overflow_price: pd.DataFrame
    onward: Onward
    shared: Shared
    limits: pd.DataFrame
    directory: Directory

    def by_campaign(self, amount: Floats) -> pd.DataFrame:
        """An amount by campaign in each of the first weeks, with its names."""
        return self._named(amount, self.campaigns.index)

    def by_unit(self, amount: Floats) -> pd.DataFrame:
        """The same by unit."""
        return self._named(amount, self.units.index)

    def by_team(self, amount: Floats) -> pd.DataFrame:
        """The same by intake team."""
        return self._named(amount, self.overflow.index)

    def _named(self, amount: Floats, index: pd.Index) -> pd.DataFrame:
        return pd.DataFrame(amount, index=index, columns=self._weeks[: amount.shape[1]])

    @cached_property
    def _weeks(self) -> pd.Index:
        return pd.Index(self.visit_weeks)

    def in_flight(self) -> pd.DataFrame:
        """Whether a campaign may spend at all, by campaign and planned week; a ceiling of zero is a pause."""
        weeks = np.array(self.planned)
        first, last = (self.campaigns[name].to_numpy(dtype=str)[:, None] for name in ("first_week", "last_week"))
        flying = (weeks >= first) & ((weeks <= last) | (last == ""))
        paused = self.campaigns["max_weekly_spend"].to_numpy()[:, None] == 0
        return pd.DataFrame(flying & ~paused, index=self.campaigns.index, columns=self.planned)

    def per_unit(self, by_campaign: pd.DataFrame) -> pd.DataFrame:
        """Sum over the campaigns of each unit; zero where a unit has none."""
        return self.by_unit(self.directory.per_unit(by_campaign.to_numpy()))

    def per_team(self, by_unit: pd.DataFrame) -> pd.DataFrame:
        """Sum over the units of each intake team."""
        return self.by_team(self.directory.per_team(by_unit.to_numpy()))

    def margin(self) -> pd.Series:
        """Worth of a visit (or booking, where those are the objective) in the objective's unit, by unit."""
        match self.definition.objective:
            case Objective.LTV:
                return self.units["ltv_margin"]
            case Objective.FIRST_VISIT_MARGIN:
                return self.units["first_visit_margin"]
            case Objective.VISITS | Objective.BOOKINGS:
                return pd.Series(1.0, index=self.units.index)
            case Objective.MIN_SPEND:
                return pd.Series(0.0, index=self.units.index)


def weeks_from(first: str, count: int) -> list[str]:
    """``count`` Mondays from ``first`` on, as ISO text; ``first`` is an ISO date."""
    return [week_after(first, step) for step in range(count)]


def week_after(week: str, count: int) -> str:
    """The Monday ``count`` weeks after ``week``, both as ISO text; before it where ``count`` is negative."""
    return (dt.date.fromisoformat(week) + dt.timedelta(weeks=count)).isoformat()


def by_week(table: pd.DataFrame, label: Sequence[str], column: str, week: str = "week") -> pd.DataFrame:
    """A column of a table with one row per label and week, as rows by label and columns by week."""
    names = label[0] if len(label) == 1 else list(label)
    return table.pivot(index=names, columns=week, values=column)
