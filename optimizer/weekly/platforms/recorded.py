"""Files of a recommended week: its budgets as people decided, and a note in the ledger of what was handed out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from optimizer.errors import UsageError
from optimizer.plan.runs import Run
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
    """Write the files of a recommended week into a new folder, with overrides, against the budgets before it.

    Args:
        run: The run of the recommendation.
        folder: A folder that is not there yet.
        ledger: The file that keeps what was decided.
        monday: The week, if it is to be checked.
        platforms: Platforms to write for; all if empty.

    Raises:
        UsageError: if the recommendation is not in effect, is of another week, or was changed since files of it were
            handed out; and as :func:`run_files`.
    """
    name = run.folder.name
    with existing_ledger(ledger) as opened:
        book = Book.of_run(opened, name)
        _require_in_effect(book, name, monday)
        scenario = planned_scenario(run)
        budgets = book.recommendations(name)
        spend = budgets[["campaign"]].assign(current=budgets["before"], recommended=budgets["in_effect"])
        made = files_of(budget_table(scenario), spend, scenario.definition.currency, book.entry(name).week, platforms)
        written = write_files(made, folder)
        with opened.writing():
            book.exported(name, {file.name: hashlib.sha256(file.content).hexdigest() for file in made.files})
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
    _require_unchanged_since_export(book, name)


def _require_unchanged_since_export(book: Book, name: str) -> None:
    """Refuse a week whose budgets were overridden after its files were handed out."""
    handed_out, decided = book.last_export(name), book.decisions(name)
    later = decided[(decided["kind"] == "override") & (decided["decided_at"] >= handed_out)]
    if handed_out and len(later):
        amounts = dict(zip(later["campaign"], later["amount"], strict=True))
        listed = ", ".join(f"{campaign} {amount:,.2f} a week" for campaign, amount in amounts.items())
        raise UsageError(
            f"files of {name} were handed out before budgets were overridden, so nobody knows what the platforms have"
            f" of these; set them there by hand: {listed}"
        )
