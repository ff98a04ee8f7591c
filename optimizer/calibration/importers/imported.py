"""Curves of other tools become rows of ``response_curves``, and are held against the tools' own formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.calibration.files import csv_text, new_file
from optimizer.calibration.importers import meridian, points, pymc_marketing, robyn
from optimizer.calibration.importers.mapping import check_campaigns, read_mapping, same_names
from optimizer.calibration.importers.placed import EXACT, placed_curves, rows_of
from optimizer.calibration.importers.tool_curve import Asked, ToolCurve
from optimizer.errors import InputFileError, Problem, UsageError
from optimizer.response.envelope import is_s_shaped
from optimizer.scenario.match import did_you_mean

FORMATS: Mapping[str, Callable[[Path, Asked], list[ToolCurve]]] = {
    "meridian": meridian.read,
    "robyn": robyn.read,
    "pymc-marketing": pymc_marketing.read,
    "points": points.read,
}
"""What reads the files of each tool."""


@dataclass(frozen=True)
class ImportedCurves:
    """Curves of another tool as this program plans with them.

    Attributes:
        curves: Rows of ``response_curves``.
        report: One row per curve: campaign (or kind), their_name, form, observed_max_weekly_spend, leads there, low and
            high end of its credible interval where the tool gives one, s_shaped, difference (the greatest of written
            points and the tool's curve, as a part of its greatest leads).
        notes: What people should know: what was left out, and what the curves do not tell.
    """

    curves: pd.DataFrame
    report: pd.DataFrame
    notes: tuple[str, ...]


def import_curves(
    tool: str, files: Sequence[Path], asked: Asked, mapping: Path | None = None, campaigns: Path | None = None
) -> ImportedCurves:
    """Read the curves of another tool.

    Args:
        tool: A name in :data:`FORMATS`.
        files: Its files.
        asked: What these do not say.
        mapping: Which campaigns each channel stands for; by name if absent.
        campaigns: ``campaigns.csv`` of the scenario, to check names and shares by.

    Raises:
        UsageError: if the tool is not known, or something is not given that its files do not say.
        InputFileError: with every problem of the files.
        VerificationError: if a row does not say what the tool's formula says.
    """
    if tool not in FORMATS:
        raise UsageError(f"no format '{tool}'; {did_you_mean(tool, list(FORMATS))}")
    found = _read_all(FORMATS[tool], files, asked)
    effective = [curve for curve in found if not _is_without_effect(curve)]
    if not effective:
        raise InputFileError(found[0].file, [Problem(found[0].file, 0, "holds no curve of a channel with any effect")])
    names = [curve.name for curve in found]
    rows = same_names(names) if mapping is None else read_mapping(mapping, names)
    curveless = [] if campaigns is None else check_campaigns(rows, campaigns)
    placed = placed_curves({curve.name: curve for curve in effective}, rows)
    if not placed:
        raise InputFileError(found[0].file, [Problem(found[0].file, 0, "holds no curve that the mapping stands for")])
    curves, as_read = rows_of(placed)
    report = pd.DataFrame([row.facts() for row in placed]).assign(s_shaped=is_s_shaped(as_read))
    return ImportedCurves(curves, report, tuple(_notes(found, rows, report, curveless)))


def save_curves(made: ImportedCurves, path: Path) -> None:
    """Write the rows as a ``response_curves.csv`` that is not there yet.

    Raises:
        UsageError: if it is. StorageError: if it cannot be written.
    """
    new_file(path, csv_text(made.curves))


def _read_all(read: Callable[[Path, Asked], list[ToolCurve]], files: Sequence[Path], asked: Asked) -> list[ToolCurve]:
    found: list[ToolCurve] = []
    problems: list[Problem] = []
    for path in files:
        try:
            found += read(path, asked)
        except InputFileError as error:
            problems += error.problems
    names = [curve.name for curve in found]
    hint = "keep one of the two, or give the channels different names"
    problems += [
        Problem(curve.file, curve.line, f"'{curve.name}' comes in {found[names.index(curve.name)].file} already", hint)
        for number, curve in enumerate(found)
        if names.index(curve.name) < number
    ]
    if problems:
        raise InputFileError(problems[0].file, problems)
    return found


def _is_without_effect(curve: ToolCurve) -> bool:
    """Channels to which the tool gives no effect at all have no curve to plan with."""
    most = curve.spend[-1] if len(curve.spend) else curve.seen
    return not float(curve.response(np.array([most]))[0]) > 0


# What people should know


def _notes(found: Sequence[ToolCurve], rows: pd.DataFrame, report: pd.DataFrame, curveless: Sequence[str]) -> list[str]:
    named = set(rows["their_name"])
    notes = [note for curve in found if curve.name in named for note in curve.notes]
    notes += [
        f"'{curve.name}' has no effect in the model; no curve is written for it"
        for curve in found
        if _is_without_effect(curve) and curve.name in named
    ]
    for words, names in (
        ("left out, because the mapping does not name them", [c.name for c in found if c.name not in named]),
        ("campaigns without a curve", curveless),
        ("S-shaped, so a little money brings less than its share", report[report["s_shaped"]]["their_name"].unique()),
    ):
        if len(names):
            notes.append(f"{words}: {_listed(list(names))}")
    return notes + _given_to_none(rows)


def _given_to_none(rows: pd.DataFrame) -> list[str]:
    """Channels of which a part is given to no campaign; not told of kinds, since nobody knows how many they are."""
    sums = rows.groupby("their_name").agg(share=("share", "sum"), least=("campaign", "min"))
    partly = sums[(sums["share"] < 1 - EXACT) & (sums["least"] != "")]
    return [f"of '{name}' {1 - share:.0%} is given to no campaign" for name, share in partly["share"].items()]


def _listed(names: Sequence[str]) -> str:
    most = 8
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
