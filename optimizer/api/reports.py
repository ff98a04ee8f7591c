"""A run or a quarter for people who sign it, and for those who have no program to open it with."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from optimizer.api.plans import open_run
from optimizer.calibration.files import new_file, new_folder
from optimizer.errors import UsageError
from optimizer.plan.runs import Run
from optimizer.plan.solving import Progress, silent
from optimizer.report.page.chart import Chart
from optimizer.report.page.page import charts_of, page_with, require_installed
from optimizer.report.page.page import page as run_page
from optimizer.report.papers.paper import paper_page
from optimizer.report.shareable.page import release_paper
from optimizer.study.quarter_files import Quarter


def workbook(
    of: str | Run | Quarter,
    path: str | os.PathLike[str],
    against: Sequence[str | Run] = (),
    *,
    runs: str | os.PathLike[str] = "runs",
    progress: Progress = silent,
) -> None:
    """Write a run as an Excel workbook that is not there yet: its numbers, and live formulas over them.

    Args:
        of: The run, or its path or name; or a quarter, whose other budgets, frontier and sensitivities it then shows.
        path: The file.
        against: Runs that it is compared with.
        runs: Folder of all runs.
        progress: Called with a sentence as each phase begins.

    Raises:
        UsageError: if the file is there, XlsxWriter is not installed, or a run counts in another currency.
        StorageError: if a run was changed after it was written or holds no inputs, or the file cannot be written.
        VerificationError: if the numbers of the run do not tie out.
    """
    require_excel()
    from optimizer.report.workbook.book import write_workbook

    compared = [found if isinstance(found, Run) else open_run(found, runs) for found in against]
    run, quarter = _subject(of, runs)
    write_workbook(run, Path(path), [*(quarter.others if quarter else ()), *compared], quarter, progress)


def html_report(of: Run | Quarter, path: str | os.PathLike[str], *, progress: Progress = silent) -> None:
    """Write a run as one HTML page that needs no network and no script; of a quarter with its plans side by side.

    Raises:
        UsageError: if the file is there already, or what draws the page is not installed. StorageError: if the run was
        changed after it was written, or the file cannot be written.
    """
    new_file(Path(path), run_page(*_subject(of), progress))


def charts(of: Run | Quarter, folder: str | os.PathLike[str], *, progress: Progress = silent) -> list[str]:
    """Write the charts of a run or a quarter as PNG into a new folder; the names of the files.

    Raises:
        As :func:`html_report`.
    """
    return _pictures(charts_of(*_subject(of), progress), Path(folder))


def page_and_charts(of: Quarter, path: Path, folder: Path) -> None:
    """Write the page of a quarter and its charts, drawn once for both; as :func:`html_report`."""
    drawn = charts_of(of.base, of)
    new_file(path, page_with(drawn, of.base, of))
    _pictures(drawn, folder)


def _pictures(drawn: Sequence[Chart], folder: Path) -> list[str]:
    pictures = {f"{chart.name}.png": chart.png() for chart in drawn}
    new_folder(folder, pictures)
    return sorted(pictures)


def shareable_workbook(run: Run, path: str | os.PathLike[str]) -> None:
    """Write what may be passed on of a run as an Excel workbook that is not there yet: values only.

    Raises:
        UsageError: if the file is there, or XlsxWriter is not installed. StorageError: if the run was changed after it
        was written, or the file cannot be written.
    """
    require_excel()
    from optimizer.report.shareable.workbook import release_bytes

    new_file(Path(path), release_bytes(run))


def shareable_report(run: Run, path: str | os.PathLike[str]) -> None:
    """Write what may be passed on of a run as one HTML page.

    Raises:
        As :func:`html_report`.
    """
    new_file(Path(path), paper_page(release_paper(run)))


def require_reports() -> None:
    """Refuse to begin what ends in a workbook and a page where one of them cannot be written.

    Raises:
        UsageError: naming what to install.
    """
    require_excel()
    require_installed()


def require_excel() -> None:
    """Refuse to write a workbook without the library that does.

    Raises:
        UsageError: naming what to install.
    """
    try:
        import xlsxwriter  # noqa: F401
    except ImportError:
        hint = 'pip install "capacity-budget-optimizer[excel]"'
        raise UsageError(f"a workbook needs a library that is not installed: {hint}") from None


def _subject(of: str | Run | Quarter, runs: str | os.PathLike[str] = "runs") -> tuple[Run, Quarter | None]:
    """The run that is told, and the quarter that it is part of."""
    if isinstance(of, Quarter):
        return of.base, of
    return (of if isinstance(of, Run) else open_run(of, runs)), None
