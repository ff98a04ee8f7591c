"""Where everything that a scenario names stands in the arrays of the independent check, worked out once a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.plan.recompute_register import Codes, Register, register_of

UNIT = ["location", "service_line"]
"""Labels that name a unit: a clinic and service line."""
WAY = [*UNIT, "to_line"]
"""Labels that name a pathway out of a unit."""


@dataclass(frozen=True)
class Directory:
    """What a scenario names, and what belongs to what; I campaigns, U units, R routes, W ways, A places.

    Attributes:
        weeks: Visit weeks; the planned and the lead weeks are the first of them.
        lines: Service lines of the units.
        campaigns: By campaign.
        units: By location and service line.
        teams: By intake team.
        resources: By shared resource.
        routes: By location asked for, service line and seen_at.
        waits: By service line and weeks_waited.
        ways: By location, service line and to_line.
        places: By location, service line, to_line and seen_at.
        unit: (I,) unit of each campaign.
        team: (U,) intake team of each unit; -1 for none.
        line: (U,) service line of each unit.
        asked: (R,) unit that a route's patients ask for.
        seen: (R,) unit that sees them.
        wait_line: Service line of each wait.
        origin: (W,) unit of the visit before.
        way: (A,) way of each place.
        there: (A,) unit that sees the follow-on visit.
    """

    weeks: Register
    lines: Register
    campaigns: Register
    units: Register
    teams: Register
    resources: Register
    routes: Register
    waits: Register
    ways: Register
    places: Register
    unit: Codes
    team: Codes
    line: Codes
    asked: Codes
    seen: Codes
    wait_line: Codes
    origin: Codes
    way: Codes
    there: Codes

    def per_unit(self, by_campaign: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Sum over the campaigns of each unit, (U, N) of (I, N); zero where a unit has none."""
        return summed(self.unit, by_campaign, self.units.count)

    def per_team(self, by_unit: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Sum over the units of each intake team, (G, N) of (U, N)."""
        has_team = self.team >= 0
        return summed(self.team[has_team], by_unit[has_team], self.teams.count)


def directory_of(
    weeks: Sequence[str],
    campaigns: pd.DataFrame,
    units: pd.DataFrame,
    teams: pd.Index,
    resources: pd.Index,
    waits: pd.DataFrame,
    routes: pd.DataFrame,
    ways: pd.DataFrame,
    places: pd.DataFrame,
) -> Directory:
    """Number what the joined tables of a scenario name; the arguments are those of a ``Ground`` and its ``Onward``.

    Raises:
        ValueError: If a name is doubled.
        VerificationError: If a table names what is not there.
    """
    unit_labels = units.index.to_frame(index=False)
    known = register_of(unit_labels, UNIT)
    lines = register_of(unit_labels[["service_line"]].drop_duplicates(), ["service_line"])
    named_teams = register_of(teams.to_frame(index=False), ["intake_team"])
    known_ways = register_of(ways, WAY)
    return Directory(
        weeks=register_of(pd.DataFrame({"week": weeks}), ["week"]),
        lines=lines,
        campaigns=register_of(campaigns.index.to_frame(index=False), ["campaign"]),
        units=known,
        teams=named_teams,
        resources=register_of(resources.to_frame(index=False), ["resource"]),
        routes=register_of(routes, [*UNIT, "seen_at"]),
        waits=register_of(waits, ["service_line", "weeks_waited"]),
        ways=known_ways,
        places=register_of(places, [*WAY, "seen_at"]),
        unit=known.place(campaigns, UNIT),
        team=named_teams.find(units[["intake_team"]]),
        line=lines.place(unit_labels, ["service_line"]),
        asked=known.place(routes, UNIT),
        seen=known.place(routes, ["seen_at", "service_line"]),
        wait_line=lines.place(waits, ["service_line"]),
        origin=known.place(ways, UNIT),
        way=known_ways.place(places, WAY),
        there=known.place(places, ["seen_at", "to_line"]),
    )


def summed(group: Codes, amount: npt.NDArray[np.float64], groups: int) -> npt.NDArray[np.float64]:
    """Sum of the rows of each group, (groups, N) of (len(group), N)."""
    width = amount.shape[1]
    cell = group[:, None] * width + np.arange(width)
    return np.bincount(cell.ravel(), amount.ravel(), groups * width).reshape(groups, width).astype(np.float64)
