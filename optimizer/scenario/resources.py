"""Shared resources: minutes of a machine, a room or a provider that several clinics or lines use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Problem
from optimizer.scenario.checks import missing_weeks
from optimizer.scenario.match import Floats, codes_of
from optimizer.scenario.tables import Table

Names = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Resources:
    """Resources that units share, S of them.

    Attributes:
        names: (S,) names, sorted.
        minutes: (S, U) minutes that a visit to each unit takes; 0 where it takes none.
        available: (S, H) minutes there are.
        baseline: (S, H) minutes that others take.
    """

    names: Names
    minutes: Floats
    available: Floats
    baseline: Floats

    @property
    def left(self) -> Floats:
        """(S, H) minutes left for the plan's patients, never below zero."""
        return np.maximum(self.available - self.baseline, 0.0)


def resource_minutes(tables: Mapping[str, Table], names: Names, units: pd.DataFrame) -> Floats:
    """(S, U) minutes that a visit takes of each resource; a clinic's own row goes before one for all clinics."""
    minutes = np.zeros((len(names), len(units)))
    if "resource_use" not in tables:
        return minutes
    frame = tables["resource_use"].frame
    resource = codes_of(frame["resource"], pd.Index(names))
    general = (frame["location"] == "").to_numpy()
    for row in [*np.flatnonzero(general), *np.flatnonzero(~general)]:
        minutes[resource[row], _covered(frame.iloc[row], units)] = frame["minutes_per_visit"].iloc[row]
    return minutes


def resource_grid(tables: Mapping[str, Table], names: Names, weeks: Names) -> Floats:
    """(2, S, W) minutes available and minutes that others take; NaN in weeks without a row."""
    grid = np.full((2, len(names), len(weeks)), np.nan)
    if "shared_resources" in tables:
        frame = tables["shared_resources"].frame
        resource, week = codes_of(frame["resource"], pd.Index(names)), codes_of(frame["week"], pd.Index(weeks))
        used = week >= 0
        columns = frame[["minutes_available", "minutes_baseline"]].to_numpy(float)
        grid[:, resource[used], week[used]] = columns[used].T
    return grid


def resource_names(tables: Mapping[str, Table]) -> Names:
    """(S,) names of the shared resources, sorted."""
    if "shared_resources" not in tables:
        return np.empty(0, dtype=str)
    return np.array(sorted(set(tables["shared_resources"].frame["resource"])), dtype=str)


def resource_problems(
    tables: Mapping[str, Table], names: Names, units: pd.DataFrame, planned: Names, grid: Floats
) -> list[Problem]:
    """Resources that nobody uses or that lack a planned week, and uses by no clinic and line of the plan.

    Args:
        tables: The scenario's tables.
        names: (S,) resources.
        units: (U rows) location and service_line.
        planned: (T,) planned weeks.
        grid: (S, W) minutes available.
    """
    if "shared_resources" not in tables:
        return []
    table = tables["shared_resources"]
    problems = missing_weeks(table, pd.DataFrame({"resource": names}), planned, grid)
    frame = tables["resource_use"].frame if "resource_use" in tables else pd.DataFrame({"resource": []}, dtype=object)
    for name in names[~np.isin(names, frame["resource"].to_numpy(dtype=str))]:
        line = int(table.lines[(table.frame["resource"] == name).to_numpy()][0])
        hint = "add a row to resource_use, or remove the resource"
        problems.append(Problem(table.file, line, f"no visit uses the resource '{name}'", hint, "resource", "unused"))
    if "resource_use" in tables:
        problems += _idle_uses(tables["resource_use"], units)
    return problems


def _idle_uses(table: Table, units: pd.DataFrame) -> list[Problem]:
    hint = "correct its location or service_line; only clinics and lines that patients of the plan come to use minutes"
    return [
        table.problem(
            row,
            f"no visit of the plan is to '{use['service_line']}'"
            + (f" at '{use['location']}'" * bool(use["location"])),
            hint,
            "service_line",
            "empty_scope",
        )
        for row, (_, use) in enumerate(table.frame.iterrows())
        if not _covered(use, units).any()
    ]


def _covered(use: pd.Series, units: pd.DataFrame) -> npt.NDArray[np.bool_]:
    here = (units["location"] == use["location"]) | (use["location"] == "")
    return np.asarray((units["service_line"] == use["service_line"]) & here)
