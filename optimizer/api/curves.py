"""Curves and rates: from history, from counts, from other tools."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from optimizer.calibration.calibrate import HOLDOUT, Backtest, Calibration
from optimizer.calibration.calibrate import Progress as CalibrationProgress
from optimizer.calibration.calibrate import backtest as calibration_backtest
from optimizer.calibration.calibrate import calibrate as calibration_calibrate
from optimizer.calibration.calibrate import silent as calibration_silent
from optimizer.calibration.files import read_table
from optimizer.calibration.funnel import FunnelRates, funnel_rates
from optimizer.calibration.funnel import save_rates as calibration_save_rates
from optimizer.calibration.history import History, history_from_frame, read_history
from optimizer.calibration.importers.imported import ImportedCurves
from optimizer.calibration.importers.imported import import_curves as calibration_import_curves
from optimizer.calibration.importers.imported import save_curves as calibration_save_curves
from optimizer.calibration.importers.tool_curve import Asked
from optimizer.calibration.write import write_calibration
from optimizer.scenario.tables import TABLES


def import_curves(
    tool: str,
    files: Sequence[str | os.PathLike[str]],
    *,
    mapping: str | os.PathLike[str] | None = None,
    campaigns: str | os.PathLike[str] | None = None,
    period: str = "",
    outcome: str = "",
    value_per_lead: float | None = None,
    as_of: str = "",
) -> ImportedCurves:
    """Take over response curves that another tool fitted.

    Args:
        tool: ``meridian``, ``robyn``, ``pymc-marketing`` or ``points``.
        files: Its files.
        mapping: CSV with their_name and campaign, or service_line, channel and share; by name if absent.
        campaigns: ``campaigns.csv`` of a scenario, to check names and shares by.
        period: Time that spend and outcome of a row cover: ``week``, ``day``, ``104 weeks``.
        outcome: ``leads`` or ``money``.
        value_per_lead: Money that a lead stands for in an outcome in money.
        as_of: Last day of the data behind the curves, as an ISO date.

    Returns:
        ``curves`` as rows of ``response_curves``, ``report`` on each, and ``notes``.

    Raises:
        UsageError: if something is not given that the files do not say.
        InputFileError: with every problem of the files.
        VerificationError: if a row does not say what the tool's own formula says.
    """
    asked = Asked(period, outcome, value_per_lead, as_of)
    return calibration_import_curves(tool, [Path(file) for file in files], asked, _path(mapping), _path(campaigns))


def save_curves(made: ImportedCurves, path: str | os.PathLike[str]) -> None:
    """Write imported curves as a ``response_curves.csv`` that is not there yet.

    Raises:
        UsageError: if it is there already. StorageError: if it cannot be written.
    """
    calibration_save_curves(made, Path(path))


def calibrate(
    history: str | os.PathLike[str] | pd.DataFrame,
    *,
    campaigns: str | os.PathLike[str] | None = None,
    channels: str | os.PathLike[str] | None = None,
    workers: int = 1,
    holdout: int = HOLDOUT,
    progress: CalibrationProgress = calibration_silent,
) -> Calibration:
    """Learn the response curve of every campaign from its weekly spend and leads.

    Args:
        history: A file with a row per campaign and week, or such a frame.
        campaigns: ``campaigns.csv`` of a scenario, where the history does not name line and channel of each campaign.
        channels: ``channels.csv`` with the lag profile of each channel; estimated where it is not given.
        workers: Processes that fit campaigns; the answer is the same for any number.
        holdout: Weeks at the end on which a first fit is tested; 0 for no test.
        progress: Called with the part of the work that is done and a sentence.

    Returns:
        ``curves`` as rows of ``response_curves``, ``table`` with verdicts, errors and intervals, ``outliers``,
        ``holdout`` with the test.

    Raises:
        InputFileError: with every problem of the files.
    """
    return calibration_calibrate(
        _history(history, campaigns), channels=_path(channels), workers=workers, holdout=holdout, progress=progress
    )


def save_calibration(made: Calibration, folder: str | os.PathLike[str]) -> list[str]:
    """Write a calibration into a new folder, whole or not at all; the names of its files.

    Raises:
        UsageError: if the folder is there already. StorageError: if it cannot be written.
    """
    return write_calibration(made, Path(folder))


def backtest(
    history: str | os.PathLike[str] | pd.DataFrame,
    *,
    weeks: int = HOLDOUT,
    campaigns: str | os.PathLike[str] | None = None,
    channels: str | os.PathLike[str] | None = None,
    workers: int = 1,
    progress: CalibrationProgress = calibration_silent,
) -> Backtest:
    """Forecast each of the last weeks from what was known before it, and score the forecasts; as :func:`calibrate`.

    Raises:
        UsageError: if the history is too short. InputFileError: with every problem of the files.
    """
    return calibration_backtest(
        _history(history, campaigns), weeks=weeks, channels=_path(channels), workers=workers, progress=progress
    )


def calibrate_funnel(
    counts: str | os.PathLike[str], *, waits: str | os.PathLike[str] | None = None, as_of: str = ""
) -> FunnelRates:
    """Rates of the funnel, and of waits, from counted totals.

    Args:
        counts: Leads at every stage per service line and channel, and clinic and week where given.
        waits: Patients offered, kept and shown per service line and weeks waited.
        as_of: Last day of the counts as an ISO date, where the files do not give weeks.

    Returns:
        ``funnel`` and ``show_rates`` as rows of these tables, ``report`` with interval and counts of each, ``notes``.

    Raises:
        UsageError: if nobody tells how old the counts are. InputFileError: with every problem of the files.
    """
    return funnel_rates(Path(counts), _path(waits), as_of)


def save_rates(made: FunnelRates, folder: str | os.PathLike[str]) -> list[str]:
    """Write rates into a new folder, whole or not at all; the names of its files.

    Raises:
        UsageError: if the folder is there already. StorageError: if it cannot be written.
    """
    return calibration_save_rates(made, Path(folder))


def _history(history: str | os.PathLike[str] | pd.DataFrame, campaigns: str | os.PathLike[str] | None) -> History:
    if not isinstance(history, pd.DataFrame):
        return read_history(Path(history), _path(campaigns))
    named = None if campaigns is None else read_table(Path(campaigns), TABLES["campaigns"]).frame
    return history_from_frame(history, named)


def _path(given: str | os.PathLike[str] | None) -> Path | None:
    return None if given is None else Path(given)
