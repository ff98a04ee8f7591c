r"""Response curves of Meridian: its table of incremental outcome by spend.

The table is what ``MediaEffects.response_curves_data()`` holds, written with ``to_dataframe().reset_index()``:
columns channel, metric (``mean``, ``ci_lo``, ``ci_hi``), spend_multiplier, spend, incremental_outcome, roi; or the same
with the metrics side by side as columns mean, ci_lo and ci_hi. Source:
https://developers.google.com/meridian/reference/api/meridian/analysis/visualizer/MediaEffects

Spend and outcome are those of all weeks together: with a multiplier m every week of the data spends m times what it
did. A curve per week is therefore the average week's, with the weeks as uneven as they were:

.. math:: leads(s) = incremental\_outcome(T s) / T, \qquad T \text{ weeks}

=====================  =============================================================
T                      weeks that the table covers; asked for, since it does not say
incremental_outcome    mean of the posterior at that spend
spend at multiplier 1  what was spent: the greatest spend that the model has seen
=====================  =============================================================
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.calibration.files import read_table
from optimizer.calibration.importers.point_curves import point_problems, through
from optimizer.calibration.importers.tool_curve import Asked, Floats, ToolCurve
from optimizer.errors import InputFileError, Problem
from optimizer.scenario.cells import MAX_PROBLEMS
from optimizer.scenario.tables import Column, Kind, Table, TableSpec

_METRICS = ("mean", "ci_lo", "ci_hi")
_OTHER_METRICS = ("median",)
_SAME = 1e-3
"""Relative difference below which spend / multiplier counts as the same spend; multipliers are rounded when written."""

CURVES = TableSpec(
    "response_curves",
    "a channel, spend and metric",
    (
        Column("channel", Kind.LABEL, "Channel of the model", required=True),
        Column("spend", Kind.NUMBER, "Spend of all weeks together", "money", required=True),
        Column("spend_multiplier", Kind.NUMBER, "That spend relative to what was spent"),
        Column("metric", Kind.LABEL, "Which figure the row gives", choices=(*_METRICS, *_OTHER_METRICS)),
        Column("incremental_outcome", Kind.NUMBER, "Outcome that the spend adds", minimum=None),
        Column("mean", Kind.NUMBER, "Mean of the outcome that the spend adds", minimum=None),
        Column("ci_lo", Kind.NUMBER, "Lower end of its credible interval", minimum=None),
        Column("ci_hi", Kind.NUMBER, "Upper end of its credible interval", minimum=None),
        Column("roi", Kind.NUMBER, "Outcome per spend; not used", minimum=None),
        Column("current_spend", Kind.TEXT, "Mark of the spend as it was; not used"),
    ),
    ("channel", "spend", "metric"),
)


def read(path: Path, asked: Asked) -> list[ToolCurve]:
    """The curves of a response curve table.

    Args:
        path: CSV, .xlsx or .parquet.
        asked: Its period (all weeks of the table), outcome and date.

    Raises:
        UsageError: if one of these is not given.
        InputFileError: with every problem of the file.
    """
    weeks, per_lead, as_of = asked.weeks(), asked.per_lead(), asked.date()
    table = read_table(path, CURVES)
    rows = _side_by_side(table)
    curves, problems = [], []
    for name, own in rows.groupby("channel", sort=True):
        spend, mean = own["spend"].to_numpy(np.float64), own["mean"].to_numpy(np.float64)
        lines = own["line"].to_numpy(np.int64)
        seen, wrong = _seen(table.file, str(name), spend, own["spend_multiplier"].to_numpy(np.float64), lines)
        problems += [*wrong, *point_problems(table.file, str(name), spend, mean, lines)]
        points, response = through(spend, mean)
        low, high = (float(np.interp(seen, spend, own[end].to_numpy(np.float64))) for end in ("ci_lo", "ci_hi"))
        curves.append(
            ToolCurve(
                str(name),
                table.file,
                int(lines[0]),
                "Meridian",
                "points",
                {},
                points,
                response,
                seen=seen,
                weeks=weeks,
                per_lead=per_lead,
                as_of=as_of,
                interval=(low, high),
            )
        )
    if problems:
        raise InputFileError(table.file, problems)
    return curves


def _side_by_side(table: Table) -> pd.DataFrame:
    """Rows by channel and spend with columns spend_multiplier, mean, ci_lo, ci_hi and line, however they were written.

    Raises:
        InputFileError: if rows lack their figure, or a spend has no mean.
    """
    frame = table.frame.assign(line=table.lines)
    is_long = bool((frame["metric"] != "").any())
    figures = ["incremental_outcome"] if is_long else ["mean"]
    problems = _blanks(table, ["metric"] if is_long else [], figures)
    if problems:
        raise InputFileError(table.file, problems)
    if is_long:
        frame = _pivoted(table, frame)
    return frame.sort_values(["channel", "spend"], kind="stable")


def _blanks(table: Table, labels: list[str], figures: list[str]) -> list[Problem]:
    frame = table.frame
    blank = pd.concat([frame[labels] == "", frame[figures].isna()], axis=1)
    hint = "give metric and incremental_outcome in every row, or mean (and ci_lo, ci_hi) as columns"
    return [
        table.problem(row, f"{column}: is blank", hint, column, "blank")
        for column in (*labels, *figures)
        for row in np.flatnonzero(blank[column].to_numpy())[:MAX_PROBLEMS]
    ]


def _pivoted(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Metrics as columns; line and multiplier are those of the mean."""
    key = ["channel", "spend"]
    wide = frame.pivot(index=key, columns="metric", values="incremental_outcome")
    wide = wide.reindex(columns=list(_METRICS))
    first = frame.drop_duplicates(key).set_index(key)
    wide = wide.join(first[["spend_multiplier", "line"]]).reset_index()
    lacking = wide[wide["mean"].isna()]
    hint = "write the rows of metric 'mean' too; the curve is made of them"
    problems = [
        Problem(table.file, int(line), f"'{name}' has no mean at spend {spend:g}", hint, "metric")
        for name, spend, line in zip(lacking["channel"], lacking["spend"], lacking["line"], strict=True)
    ]
    if problems:
        raise InputFileError(table.file, problems)
    return wide


def _seen(
    file: str, name: str, spend: Floats, multiplier: Floats, lines: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[float, list[Problem]]:
    """What was spent, from spend and multiplier of the greatest row; NaN where no multiplier is given."""
    if np.isnan(multiplier).all():
        return np.nan, []
    spent = spend[-1] / multiplier[-1] if multiplier[-1] > 0 else np.nan
    wrong = ~(np.abs(spend - multiplier * spent) <= _SAME * spent)
    hint = "every spend is its multiplier times the same spend; write the table again"
    return float(spent), [
        Problem(file, int(lines[row]), f"'{name}' spends {spend[row]:g} at multiplier {multiplier[row]:g}", hint)
        for row in np.flatnonzero(wrong)[:5]
    ]
