"""The finance workflow for a quarter: plans at several budgets, and what people sign."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path

from optimizer.api.plans import load
from optimizer.api.reports import page_and_charts, require_reports, workbook
from optimizer.calibration.files import unfinished_folder
from optimizer.errors import UsageError
from optimizer.plan.runs import fingerprint, sweep
from optimizer.plan.solving import Progress, silent
from optimizer.scenario.read import Scenario
from optimizer.study.quarter import BUDGETS, amounts, quarter_study
from optimizer.study.quarter_files import Quarter, read_quarter, write_quarter

WORKBOOK, PAGE, CHARTS = "plan.xlsx", "plan.html", "charts"
"""What is written beside the runs."""


def quarter(
    scenario: Scenario | str | os.PathLike[str],
    budgets: Sequence[float] = BUDGETS,
    folder: str | os.PathLike[str] | None = None,
    *,
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> Quarter:
    """Plan a quarter at several budgets and write everything that finance needs into one new folder.

    Args:
        scenario: A scenario that was read from a folder, its folder, or a what-if file.
        budgets: Numbers up to 10 are multiples of the scenario's ``budget.total``, greater ones are money; the
            scenario's own budget is always planned. Budgets of single weeks and months stay as they are.
        folder: Where to write; below ``quarters`` by scenario and time if absent.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence as each phase begins.

    Returns:
        The quarter: ``base`` and ``budgets`` with their runs, ``frontier`` and ``sensitivity`` as data frames. Its
        folder holds them, a workbook, a page and charts; whole, or not at all.

    Raises:
        UsageError: if the folder is there, a budget is no number above zero, or a library is not installed.
        InfeasiblePlan: no plan meets every limit at the scenario's own budget. StorageError: the folder cannot be
        written. As :func:`plan` besides.
    """
    made = scenario if isinstance(scenario, Scenario) else load(scenario)
    if made.folder is None:
        raise UsageError("a quarter keeps its inputs, and this scenario was made in memory; write it to a folder first")
    amounts(made, budgets)
    require_reports()
    target = Path("quarters") / _name(made) if folder is None else Path(folder)
    sweep(target.parent)
    with unfinished_folder(target) as unfinished:
        study = quarter_study(made, budgets, time_limit=time_limit, progress=progress)
        write_quarter(study, unfinished, command=f"quarter --budgets {','.join(f'{budget:g}' for budget in budgets)}")
        found = read_quarter(unfinished)
        progress("Writing the workbook")
        workbook(found, unfinished / WORKBOOK)
        progress("Writing the page and its charts")
        page_and_charts(found, unfinished / PAGE, unfinished / CHARTS)
    return read_quarter(target)


def open_quarter(folder: str | os.PathLike[str]) -> Quarter:
    """Open the folder of a quarter.

    Raises:
        StorageError: if it is none, or a file in it is not as it was written.
    """
    return read_quarter(Path(folder))


def _name(scenario: Scenario) -> str:
    return f"{scenario.definition.name}-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}-{fingerprint(scenario)[:8]}"
