"""Papers for a meeting, and what their numbers mean."""

from __future__ import annotations

import os
import re
from pathlib import Path

from optimizer.api.plans import load, open_run
from optimizer.calibration.files import new_file
from optimizer.errors import UsageError
from optimizer.plan.runs import Run, read_run
from optimizer.report.measures.dictionary import Entry, dictionary
from optimizer.report.measures.tell import dictionary_paper
from optimizer.report.papers.paper import Paper, paper_page
from optimizer.scenario.read import Scenario
from optimizer.weekly.agenda import Agenda, run_agenda
from optimizer.weekly.book import SUPERSEDED, Book
from optimizer.weekly.ledger import existing_ledger
from optimizer.weekly.pre_launch import Launch, launch


def kpis(scenario: Scenario | None = None) -> list[Entry]:
    """What every number of the outputs means.

    Args:
        scenario: Whose values, owners and currency are told; the declared meanings alone if absent.

    Returns:
        Entries with ``title``, ``meaning``, ``formula``, ``unit``, ``owner``, ``inputs`` and where it is ``shown``.
    """
    return dictionary(scenario)


def save_kpis(path: str | os.PathLike[str], scenario: Scenario | None = None) -> None:
    """Write the same as one HTML page that is not there yet.

    Raises:
        UsageError: if the file is there, or what draws the page is not installed. StorageError: if it cannot be
        written.
    """
    new_file(Path(path), paper_page(dictionary_paper(dictionary(scenario), scenario), "dictionary.css"))


def agenda(
    run: str | Run = "latest",
    *,
    runs: str | os.PathLike[str] = "runs",
    ledger: str | os.PathLike[str] = "runs/ledger.sqlite",
) -> Agenda:
    """What the weekly meeting of marketing and operations has before it.

    Args:
        run: The run, its path or name, ``latest``, or the Monday of a recorded week.
        runs: Folder of all runs.
        ledger: File that keeps what was decided; used only where the run is a week's recommendation.

    Raises:
        UsageError: if there is no such run or week, or the ledger does not know the recommendation. StorageError: if
        the run was changed after it was written, or holds no inputs.
    """
    if isinstance(run, str):
        run = _recorded(run, Path(ledger)) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", run) else open_run(run, runs)
    return run_agenda(run, Path(ledger))


def _recorded(week: str, ledger: Path) -> Run:
    """The run that stands for a recorded week."""
    with existing_ledger(ledger) as opened:
        found = [
            entry for book in Book.all(opened) for entry in book.entries("week = ? AND state <> ?", week, SUPERSEDED)
        ]
    if len(found) != 1:
        known = f"is recorded of several scenarios: {', '.join(entry.run for entry in found)}; name one of these runs"
        raise UsageError(f"the week of {week} {known if found else f'is not recorded in {ledger}'}")
    return read_run(found[0].folder)


def pre_launch(
    scenario: Scenario | str | os.PathLike[str],
    campaign: str,
    run: str | Run | None = None,
    *,
    runs: str | os.PathLike[str] = "runs",
) -> Launch:
    """What leadership asks before a campaign starts.

    Args:
        scenario: A scenario, or its folder.
        campaign: Name of the campaign.
        run: A run that plans it, or its path or name; none if absent.
        runs: Folder of all runs.

    Raises:
        UsageError: if there is no such campaign or run. ScenarioError: bad input. StorageError: if the run was changed
        after it was written.
    """
    found = open_run(run, runs) if isinstance(run, str) else run
    return launch(scenario if isinstance(scenario, Scenario) else load(scenario), campaign, found)


def save_paper(path: str | os.PathLike[str], paper: Paper) -> None:
    """Write a paper as one HTML page that is not there yet, and that prints on one sheet.

    Raises:
        As :func:`save_kpis`.
    """
    new_file(Path(path), paper_page(paper, "one_page.css"))
