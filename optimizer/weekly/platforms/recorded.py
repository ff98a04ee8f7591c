"""Files of a recommended week: its budgets as people decided, and a note in the ledger of what was handed out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from optimizer.errors import UsageError
from optimizer.plan.runs import Run
from optimizer.scenario.tables import PLATFORMS, Table
from optimizer.weekly.book import STANDING, Book
from optimizer.weekly.ledger import existing_ledger
from optimizer.weekly.platforms.make import PlatformFiles, budget_table, files_of, write_files
from optimizer.weekly.run_inputs import planned_scenario


def is_recorded(run: Run) -> bool:
    """Whether a run is the recommendation of a week, so that a ledger says what is in effect."""
    return (run.folder / "recommendation.json").is_file()


def recorded_files(
    run: Run, folder: Path, ledger: Path, monday: str = "", platforms: Sequence[str] = ()
) -> PlatformFiles:
    """Write the files of a recommended week into a new folder: its budgets, with overrides, where platforms differ.

    What platforms have is what files told them last. So a week that nobody handed out, an override after its files, and
    a run that took another's place are all made good by the next files.

    Args:
        run: The run of the recommendation.
        folder: A folder that is not there yet.
        ledger: The file that keeps what was decided.
        monday: The week, if it is to be checked.
        platforms: Platforms to write for; all if empty.

    Raises:
        UsageError: if the recommendation is not in effect, or is of another week; and as :func:`run_files`.
    """
    name = run.folder.name
    with existing_ledger(ledger) as opened:
        book = Book.of_run(opened, name)
        _require_in_effect(book, name, monday)
        scenario = planned_scenario(run)
        table, budgets = budget_table(scenario), book.recommendations(name)
        spend = _against_told(budgets, book.told(), table)
        made = files_of(table, spend, scenario.definition.currency, book.entry(name).week, platforms)
        written = write_files(made, folder)
        with opened.writing():
            hashes = {file.name: hashlib.sha256(file.content).hexdigest() for file in made.files}
            carried = budgets[budgets["campaign"].isin(_carried(table, platforms))]
            book.exported(name, hashes, dict(zip(carried["campaign"], carried["in_effect"], strict=True)))
    return written


def _require_in_effect(book: Book, name: str, monday: str) -> None:
    entry = book.entry(name)
    if entry.state != STANDING:
        raise UsageError(
            f"{name} is {entry.state}, not in effect, so platforms are told nothing of it; `optimizer history` shows"
            " what is, `optimizer approve` puts it into effect"
        )
    if monday and monday != entry.week:
        raise UsageError(f"{name} recommends the week of {entry.week}, not that of {monday}")


def _against_told(budgets: pd.DataFrame, told: Mapping[str, float], table: Table) -> pd.DataFrame:
    """campaign, current and recommended: against what platforms were told; where none carries it, the week before."""
    on_platforms = budgets["campaign"].isin(table.frame["campaign"])
    current = budgets["campaign"].map(told).where(on_platforms, budgets["before"])
    return budgets[["campaign"]].assign(current=current, recommended=budgets["in_effect"])


def _carried(table: Table, platforms: Sequence[str]) -> set[str]:
    """Campaigns all of whose budgets are on the platforms that files are written for."""
    frame = table.frame
    elsewhere = frame.loc[~frame["platform"].isin(list(platforms or PLATFORMS)), "campaign"]
    return set(frame["campaign"]) - set(elsewhere)
