"""Follow-on visits and shared resources as the scenario's tables state them, for the independent check."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.plan.recompute_directory import UNIT, WAY
from optimizer.plan.recompute_ground import Onward, Shared, by_week
from optimizer.scenario.definition import Objective
from optimizer.scenario.read import Scenario


def served_units(scenario: Scenario, asked: pd.DataFrame) -> pd.DataFrame:
    """Clinics and lines, beside those that new patients come to, that see follow-on visits."""
    if "care_pathways" not in scenario.tables:
        return asked.iloc[:0]
    units = asked
    while True:
        seen = _places(scenario, units)[["seen_at", "to_line"]].set_axis(UNIT, axis=1)
        more = pd.concat([units, seen]).drop_duplicates()
        if len(more) == len(units):
            return units.iloc[len(asked) :]
        units = more


def longest_lag(scenario: Scenario, lines: set[str]) -> int:
    """Most weeks from a visit in one of the lines to the last visit that follows from it."""
    if "care_pathways" not in scenario.tables:
        return 0
    rows = scenario.tables["care_pathways"].frame
    waves = dict.fromkeys(lines, 0)
    longest = 0
    while waves:
        longest = max(longest, *waves.values())
        ahead = rows[rows["from_line"].isin(list(waves))]
        after = ahead["from_line"].map(waves).astype(np.int64) + ahead["lag_weeks"]
        waves = {str(line): int(weeks) for line, weeks in after.groupby(ahead["to_line"]).max().items()}
    return longest


def onward_of(scenario: Scenario, units: pd.DataFrame) -> Onward:
    """Pathways out of every unit.

    Args:
        scenario: The scenario.
        units: By unit, with the margins of a visit.
    """
    if "care_pathways" not in scenario.tables:
        ways = pd.DataFrame(columns=[*WAY, "share", "lag_weeks", "lost_worth"]).astype({"lag_weeks": int})
        return Onward(ways, pd.DataFrame(columns=[*WAY, "seen_at", "worth"]))
    labels = units.index.to_frame(index=False)
    ways, places = _ways(scenario, labels), _places(scenario, labels)
    objective = scenario.definition.objective
    if objective in (Objective.LTV, Objective.FIRST_VISIT_MARGIN):
        own = units["ltv_margin" if objective is Objective.LTV else "first_visit_margin"]
        there = own.reindex(pd.MultiIndex.from_frame(places[["seen_at", "to_line"]], names=UNIT)).to_numpy()
        places = places.assign(worth=places["margin"].fillna(pd.Series(there, index=places.index)))
    else:
        each = 0.0 if objective is Objective.MIN_SPEND else 1.0
        ways, places = ways.assign(margin=each), places.assign(worth=each)
    best = places.groupby(WAY)["worth"].max().clip(lower=0.0).rename("lost_worth").reset_index()
    ways = ways.merge(best, on=WAY, how="left", validate="one_to_one")
    ways["lost_worth"] = ways["margin"].fillna(ways["lost_worth"]).fillna(0.0)
    return Onward(ways[[*WAY, "share", "lag_weeks", "lost_worth"]], places[[*WAY, "seen_at", "worth"]])


def _ways(scenario: Scenario, units: pd.DataFrame) -> pd.DataFrame:
    rows = scenario.tables["care_pathways"].frame
    return units[UNIT].merge(rows, left_on="service_line", right_on="from_line")


def _places(scenario: Scenario, units: pd.DataFrame) -> pd.DataFrame:
    """Ways with each clinic that has the line, by the rule of the pathway: the same clinic, or any of the market."""
    capacity = scenario.tables["appointment_capacity"].frame[UNIT].drop_duplicates()
    there = capacity.rename(columns={"location": "seen_at", "service_line": "to_line"})
    found = _ways(scenario, units).merge(there, on="to_line")
    near = found["location"] == found["seen_at"]
    if "locations" in scenario.tables:
        market = scenario.tables["locations"].frame.set_index("location")["market"]
        neighbours = found["location"].map(market) == found["seen_at"].map(market)
    else:
        neighbours = pd.Series(True, index=found.index)
    return found[near | (neighbours & (found["location_rule"] == "market"))]


def shared_of(scenario: Scenario, units: pd.DataFrame, weeks: list[str]) -> Shared:
    """Shared resources: minutes of a visit by unit and resource, and minutes there are by resource and week."""
    if "shared_resources" not in scenario.tables:
        none = pd.DataFrame(index=pd.Index([], name="resource", dtype=str), columns=weeks, dtype=np.float64)
        return Shared(pd.DataFrame(index=units.index), none, none)
    frame = scenario.tables["shared_resources"].frame
    available, baseline = (
        by_week(frame, ["resource"], f"minutes_{name}").reindex(columns=weeks).ffill(axis=1)
        for name in ("available", "baseline")
    )
    minutes = pd.DataFrame(0.0, index=units.index, columns=available.index)
    uses = scenario.tables["resource_use"].frame.sort_values("location")  # a clinic's own row comes last
    for resource, location, line, each in uses[["resource", *UNIT, "minutes_per_visit"]].itertuples(index=False):
        inside = (units.index.get_level_values("service_line") == line) & (
            (units.index.get_level_values("location") == location) | (location == "")
        )
        minutes.loc[inside, resource] = each
    return Shared(minutes, available, baseline)
