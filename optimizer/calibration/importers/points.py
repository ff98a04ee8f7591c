"""Curves as a plain table: a name, a spend and the leads that it brings, in any period."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from optimizer.calibration.files import read_table
from optimizer.calibration.importers.point_curves import point_problems, through
from optimizer.calibration.importers.tool_curve import Asked, ToolCurve
from optimizer.errors import InputFileError
from optimizer.scenario.tables import Column, Kind, TableSpec

POINTS = TableSpec(
    "points",
    "a curve and spend",
    (
        Column("name", Kind.LABEL, "Campaign, or what the mapping calls it", required=True),
        Column("spend", Kind.NUMBER, "Spend of the period", "money", required=True),
        Column("leads", Kind.NUMBER, "Leads that this spend brings in the period", "leads", required=True),
    ),
    ("name", "spend"),
)


def read(path: Path, asked: Asked) -> list[ToolCurve]:
    """The curves of a table of points.

    Args:
        path: CSV, .xlsx or .parquet with columns name, spend and leads.
        asked: Its period and date.

    Raises:
        UsageError: if period or date is not given.
        InputFileError: with every problem of the file.
    """
    weeks, as_of = asked.weeks(), asked.date()
    table = read_table(path, POINTS)
    rows = table.frame.assign(line=table.lines).sort_values(["name", "spend"], kind="stable")
    curves, problems = [], []
    for name, own in rows.groupby("name", sort=True):
        spend, leads = own["spend"].to_numpy(np.float64), own["leads"].to_numpy(np.float64)
        lines = own["line"].to_numpy(np.int64)
        problems += point_problems(table.file, str(name), spend, leads, lines)
        points, response = through(spend, leads)
        curves.append(
            ToolCurve(
                str(name),
                table.file,
                int(lines[0]),
                "Table of points",
                "points",
                {},
                points,
                response,
                seen=float(spend[-1]),
                weeks=weeks,
                per_lead=1.0,
                as_of=as_of,
            )
        )
    if problems:
        raise InputFileError(table.file, problems)
    return curves
