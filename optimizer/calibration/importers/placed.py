"""From the curve of a tool's channel to a row of ``response_curves``, held against the tool's own formula."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.calibration.files import csv_text
from optimizer.calibration.importers.point_curves import few_points, points_text
from optimizer.calibration.importers.tool_curve import Floats, ToolCurve
from optimizer.errors import Finding, InputFileError, Problem, VerificationError
from optimizer.response.curves import CurveProblem, Curves, curve_problems, curves_from_rows
from optimizer.scenario.read import table_of_sheet
from optimizer.scenario.sheets import read_csv
from optimizer.scenario.tables import TABLES

EXACT = 1e-9
"""Relative difference from the tool's formula above which nothing is written; points may differ by what is told."""
_FILE = "response_curves.csv"
_PLACE = ("campaign", "service_line", "channel")
_TESTED = np.array([0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.25])
_FINE = 4001
_TINY = 1e-300


@dataclass(frozen=True)
class Placed:
    """The curve of a tool's channel as that of one campaign, or of one campaign of a kind.

    Attributes:
        curve: The curve.
        place: campaign, or service_line and channel.
        part: Money per week of the campaign for money per period of the channel: its share over the weeks of a period.
        seen: Greatest weekly spend of the campaign that the tool has seen, in whole cents.
        own_seen: Whether the mapping gives it, so that the tool tells no interval there.
    """

    curve: ToolCurve
    place: Mapping[str, str]
    part: float
    seen: float
    own_seen: bool

    @property
    def to_leads(self) -> float:
        """Leads per week of the campaign for outcome per period of the channel."""
        return self.part / self.curve.per_lead

    def leads(self, spend: Floats) -> Floats:
        """Leads per week by weekly spend, by the tool's own formula."""
        made: Floats = self.curve.response(spend / self.part) * self.to_leads
        return made

    def points(self) -> tuple[Floats, Floats]:
        """The points to write: weekly spend in whole cents, and leads."""
        spend = np.unique(np.round(self.curve.spend * self.part, 2))
        leads = self.leads(spend)
        kept = few_points(spend, leads)
        return spend[kept], leads[kept]

    def difference(self) -> float:
        """Greatest difference of the points to write from the tool's curve, as a part of its greatest leads."""
        if not len(self.curve.spend):
            return 0.0
        spend, leads = self.points()
        fine = np.union1d(np.linspace(0, spend[-1], _FINE), np.minimum(self.curve.spend * self.part, spend[-1]))
        apart = np.abs(np.interp(fine, spend, leads) - self.leads(fine)).max()
        return float(apart / max(leads[-1], _TINY))

    def cells(self) -> dict[str, object]:
        """The row of ``response_curves``."""
        scales = dict.fromkeys(("half_spend", "scale_spend"), self.part)
        scales |= dict.fromkeys(("max_leads", "scale_leads"), self.to_leads)
        return {
            **self.place,
            "form": self.curve.form,
            **{name: value * scales.get(name, 1.0) for name, value in self.curve.parameters.items()},
            **({"points": points_text(*self.points())} if len(self.curve.spend) else {}),
            "observed_max_weekly_spend": self.seen,
            "source": f"{self.curve.tool}, {self.curve.file}, {self.curve.name}",
            "as_of": self.curve.as_of,
        }

    def facts(self) -> dict[str, object]:
        """What is reported of the row."""
        low, high = (np.nan if self.own_seen else end * self.to_leads for end in self.curve.interval)
        return {
            **self.place,
            "their_name": self.curve.name,
            "form": self.curve.form,
            "observed_max_weekly_spend": self.seen,
            "leads": float(self.leads(np.array([self.seen]))[0]),
            "low": low,
            "high": high,
            "difference": self.difference(),
        }


def placed_curves(curves: Mapping[str, ToolCurve], mapping: pd.DataFrame) -> list[Placed]:
    """The curves of the channels that a mapping names, one per row of it.

    Raises:
        InputFileError: for curves that do not say which spend they have seen.
    """
    rows = [row for row in mapping.to_dict("records") if row["their_name"] in curves]
    placed = [_placed(curves[row["their_name"]], row) for row in rows]
    hint = "write observed_max_weekly_spend in the mapping: a curve is good up to the spend that it has seen"
    problems = [
        Problem(row.curve.file, row.curve.line, f"'{row.curve.name}' does not say which spend it has seen", hint)
        for row in placed
        if not row.seen > 0
    ]
    if problems:
        raise InputFileError(problems[0].file, problems)
    return placed


def _placed(curve: ToolCurve, row: Mapping[Hashable, object]) -> Placed:
    share, given = float(str(row["share"])), float(str(row["observed_max_weekly_spend"]))
    part = share / curve.weeks
    seen = curve.seen * part if np.isnan(given) else given
    return Placed(curve, {name: str(row[name]) for name in _PLACE}, part, float(np.round(seen, 2)), not np.isnan(given))


def rows_of(placed: Sequence[Placed]) -> tuple[pd.DataFrame, Curves]:
    """The rows to write, and the curves as a scenario reads them from these rows.

    Raises:
        InputFileError: if a curve of the tool is none that can be planned with.
        VerificationError: if a row does not bring the leads that the tool's own formula says.
    """
    rows = pd.DataFrame([row.cells() for row in placed])
    table, problems = table_of_sheet(TABLES["response_curves"], read_csv(csv_text(rows).encode(), _FILE), _FILE)
    if not problems:
        problems = [_of_curve(placed[problem.row].curve, problem) for problem in curve_problems(table.frame)]
    if problems:
        raise InputFileError(problems[0].file, problems)
    curves = curves_from_rows(table.frame)
    _compare(placed, curves)
    return rows, curves


def _of_curve(curve: ToolCurve, problem: CurveProblem) -> Problem:
    message = f"'{curve.name}' as {curve.form}, {problem.column}: {problem.message}"
    return Problem(curve.file, curve.line, message, problem.hint, problem.column)


def _compare(placed: Sequence[Placed], curves: Curves) -> None:
    """Compare what is written with the tool's own formula at several spends, as far as points reach."""
    spend = np.array([row.seen for row in placed])[:, None] * _TESTED
    reach = [row.curve.spend[-1] * row.part if len(row.curve.spend) else np.inf for row in placed]
    spend = np.minimum(spend, np.array(reach)[:, None])
    own = np.array([row.leads(money) for row, money in zip(placed, spend, strict=True)])
    greatest = np.array([_greatest(row) for row in placed])
    apart = np.abs(curves.leads(spend) - own).max(axis=1) / greatest
    told = np.array([row.difference() for row in placed]) + EXACT
    wrong = [
        Finding("tool's formula", "the row brings other leads", float(apart[row]), place=placed[row].curve.name)
        for row in np.flatnonzero(apart > told).tolist()
    ]
    if wrong:
        raise VerificationError(wrong, "imported curve")


def _greatest(row: Placed) -> float:
    """Leads that differences are parts of: those of the last point, or of the greatest spend that is compared."""
    most = row.curve.spend[-1] * row.part if len(row.curve.spend) else row.seen * _TESTED[-1]
    return float(row.leads(np.array([most]))[0])
