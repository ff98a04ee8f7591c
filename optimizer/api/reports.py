"""A run for people who sign it, and for those who have no program to open it with."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from optimizer.api.plans import open_run
from optimizer.calibration.files import new_file, new_folder
from optimizer.errors import UsageError
from optimizer.plan.runs import Run
from optimizer.plan.solving import Progress, silent
from optimizer.report.page.page import charts_of
from optimizer.report.page.page import page as run_page


def workbook(
    run: str | Run,
    path: str | os.PathLike[str],
    against: Sequence[str | Run] = (),
    *,
    runs: str | os.PathLike[str] = "runs",
    progress: Progress = silent,
) -> None:
    """Write a run as an Excel workbook that is not there yet: its numbers, and live formulas over them.

    Args:
        run: The run, or its path or name.
        path: The file.
        against: Runs that it is compared with.
        runs: Folder of all runs.
        progress: Called with a sentence as each phase begins.

    Raises:
        UsageError: if the file is there, XlsxWriter is not installed, or a run counts in another currency.
        StorageError: if a run was changed after it was written or holds no inputs, or the file cannot be written.
        VerificationError: if the numbers of the run do not tie out.
    """
    try:
        from optimizer.report.workbook.book import write_workbook
    except ModuleNotFoundError as error:
        if error.name != "xlsxwriter":
            raise
        hint = 'pip install "capacity-budget-optimizer[excel]"'
        raise UsageError(f"a workbook needs a library that is not installed: {hint}") from None
    opened = [found if isinstance(found, Run) else open_run(found, runs) for found in (run, *against)]
    write_workbook(opened[0], Path(path), opened[1:], progress)


def html_report(run: Run, path: str | os.PathLike[str], *, progress: Progress = silent) -> None:
    """Write a run as one HTML page that needs no network and no script.

    Raises:
        UsageError: if the file is there already, or what draws the page is not installed. StorageError: if the run was
        changed after it was written, or the file cannot be written.
    """
    new_file(Path(path), run_page(run, progress))


def charts(run: Run, folder: str | os.PathLike[str], *, progress: Progress = silent) -> list[str]:
    """Write the charts of a run as PNG into a new folder; the names of the files.

    Raises:
        As :func:`html_report`.
    """
    drawn = {f"{chart.name}.png": chart.png() for chart in charts_of(run, progress)}
    new_folder(Path(folder), drawn)
    return sorted(drawn)
