"""The weekly recommendation, its record, and what others are told of it."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path

from optimizer.api.plans import load, open_run
from optimizer.calibration.files import new_file, new_folder
from optimizer.errors import UsageError
from optimizer.plan.runs import Run
from optimizer.plan.solving import Progress, silent
from optimizer.scenario.read import Scenario
from optimizer.weekly import decisions
from optimizer.weekly.alerts import Alerts, run_alerts
from optimizer.weekly.book import Book, Decision, Entry
from optimizer.weekly.ledger import existing_ledger
from optimizer.weekly.platforms.make import PlatformFiles, run_files
from optimizer.weekly.platforms.recorded import is_recorded, recorded_files
from optimizer.weekly.recommend import Recommendation
from optimizer.weekly.recommend import recommend as weekly_recommend
from optimizer.weekly.rerun import Rerun
from optimizer.weekly.rerun import rerun as weekly_rerun
from optimizer.weekly.review import WEEKS, Review
from optimizer.weekly.review import review as weekly_review
from optimizer.weekly.templates import feed_templates as weekly_templates
from optimizer.weekly.webhook import payload_text
from optimizer.weekly.webhook import post as weekly_post


def feed_templates(scenario: Scenario, week: dt.date, folder: str | os.PathLike[str]) -> list[str]:
    """Write templates of the feeds that a week needs into a new folder; the names of its files.

    Raises:
        UsageError: if the folder is there already, or the week is not in the calendar. StorageError: if it cannot be
        written.
    """
    files = weekly_templates(scenario, week)
    new_folder(Path(folder), files)
    return sorted(files)


def recommend(
    scenario: Scenario | str | os.PathLike[str],
    feeds: str | os.PathLike[str],
    week: dt.date,
    *,
    ledger: str | os.PathLike[str] = "runs/ledger.sqlite",
    runs: str | os.PathLike[str] = "runs",
    approve_large_change: bool = False,
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> Recommendation:
    """Recommend a week's budgets from this week's feeds, and record it.

    The same week with the same inputs gives the run that is recorded.

    Args:
        scenario: The scenario as it is kept, or its folder.
        feeds: Folder of this week's feeds.
        week: The Monday.
        ledger: File that keeps what was recommended and decided.
        runs: Folder of all runs.
        approve_large_change: Whether the total may move more than ``weekly.max_total_change``.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence as each phase begins.

    Returns:
        The recommendation: ``table`` with each campaign's budget before and now, ``state``, ``doubts`` about the feeds,
        ``gain`` over moving a week later, and ``run``.

    Raises:
        UsageError: the week is not in the calendar. ScenarioError: the feeds are broken; the budgets of the week before
        stay. StorageError: the ledger cannot be used; the plan is written beside it. As :func:`plan` besides.
    """
    return weekly_recommend(
        scenario if isinstance(scenario, Scenario) else load(scenario),
        Path(feeds),
        week,
        ledger=Path(ledger),
        runs=Path(runs),
        approve_large_change=approve_large_change,
        time_limit=time_limit,
        progress=progress,
    )


def approve(run: str, *, by: str, reason: str = "", ledger: str | os.PathLike[str] = "runs/ledger.sqlite") -> Entry:
    """Put a recommendation into effect; the week as the ledger then has it.

    Raises:
        UsageError: if there is no such run, or nothing to approve.
    """
    with existing_ledger(Path(ledger)) as opened, opened.writing():
        return decisions.approve(Book.of_run(opened, run), run, by=by, reason=reason)


def reject(run: str, *, by: str, reason: str, ledger: str | os.PathLike[str] = "runs/ledger.sqlite") -> Entry:
    """Leave budgets as they were before a recommendation; the week as the ledger then has it.

    Raises:
        UsageError: if there is no such run, or nothing to reject.
    """
    with existing_ledger(Path(ledger)) as opened, opened.writing():
        return decisions.reject(Book.of_run(opened, run), run, by=by, reason=reason)


def override(
    run: str,
    campaign: str,
    amount: float,
    *,
    by: str,
    reason: str,
    ledger: str | os.PathLike[str] = "runs/ledger.sqlite",
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> tuple[Decision, Entry]:
    """Set a campaign's budget of a recorded week; the decision with what it costs, and the week.

    Raises:
        UsageError: if there is no such run in effect, or no such campaign. InfeasiblePlan: if it breaks a limit.
    """
    with existing_ledger(Path(ledger)) as opened, opened.writing():
        book = Book.of_run(opened, run)
        decision = decisions.override(
            book, run, campaign, amount, by=by, reason=reason, time_limit=time_limit, progress=progress
        )
        return decision, book.entry(run)


def rerun(
    run: str | Run, runs: str | os.PathLike[str] = "runs", *, time_limit: float = 600.0, progress: Progress = silent
) -> Rerun:
    """Make a run again from what it was made from, and compare every file that says what the plan is.

    Raises:
        StorageError: if its inputs are not there, or are not those that it was made from. As :func:`plan` besides.
    """
    found = run if isinstance(run, Run) else open_run(run, runs)
    return weekly_rerun(found, time_limit=time_limit, progress=progress)


def review(ledger: str | os.PathLike[str] = "runs/ledger.sqlite", *, weeks: int = WEEKS, scenario: str = "") -> Review:
    """What came of the recorded weeks that are over, against what was forecast for them.

    Args:
        ledger: File that keeps what was recommended and decided; the runs are where it says.
        weeks: The most weeks to review, the last ones.
        scenario: Name of a scenario; needed only where the ledger has several.

    Returns:
        The review: ``errors`` by campaign and week, ``accuracy`` beside simple forecasts, ``stages`` of the funnel with
        what each step changed, ``access``, ``rules``, ``kpis``, and ``curves`` and ``rates`` that no longer hold.

    Raises:
        UsageError: if there is no such ledger or scenario, or no recorded week is over. StorageError: if a run is not
        there, was changed after it was written, or does not say what the ledger says.
    """
    if weeks < 1:
        raise UsageError(f"{weeks} weeks cannot be reviewed; give 1 or more")
    with existing_ledger(Path(ledger)) as opened:
        books = {book.scenario: book for book in Book.all(opened)}
        if (scenario and scenario not in books) or (not scenario and len(books) != 1):
            there = ", ".join(books) or "nothing yet"
            raise UsageError(f"name a scenario that {ledger} has: --scenario NAME; it has {there}")
        return weekly_review(books[scenario or next(iter(books))], weeks)


def platform_files(
    run: Run,
    folder: str | os.PathLike[str],
    *,
    week: str = "",
    platforms: Sequence[str] = (),
    ledger: str | os.PathLike[str] = "runs/ledger.sqlite",
) -> PlatformFiles:
    """Write what ad platforms must be told for a week of a run: budgets a day, campaigns to pause and to resume.

    Of a week's recommendation the budgets in effect are written, overrides among them, and the ledger notes it.

    Args:
        run: A run.
        folder: A folder that is not there yet; it is not made where nothing changes.
        week: Monday of a planned week; the first if blank.
        platforms: ``google_ads``, ``microsoft_ads``, ``meta_ads``; all if empty.
        ledger: File that keeps what was decided; used only where the run is a week's recommendation.

    Returns:
        ``files`` with their bytes, and ``week`` with budgets, carriers and the campaigns that no platform carries.

    Raises:
        UsageError: if the scenario has no ``platform_budgets``, the folder is there, or the recommendation is not in
        effect. StorageError: if it cannot be written. VerificationError: if a file, read back, does not say what the
        plan says.
    """
    if is_recorded(run):
        return recorded_files(run, Path(folder), Path(ledger), week, platforms)
    return run_files(run, Path(folder), week, platforms)


def alerts(run: Run, since: Run | None = None) -> Alerts:
    """What needs a decision before the budgets of a run go out.

    Args:
        run: A run.
        since: An earlier run, to tell which clinics filled up or opened since.

    Returns:
        The alerts, worst first; ``frame()`` has one row each, counts below 11 included.

    Raises:
        UsageError: if the runs cannot be compared. StorageError: if a run was changed after it was written.
    """
    return run_alerts(run, since)


def save_alerts(found: Alerts, path: str | os.PathLike[str]) -> None:
    """Write alerts as JSON for others, without small counts of people, into a file that is not there yet.

    Raises:
        UsageError: if it is there already. StorageError: if it cannot be written.
    """
    new_file(Path(path), payload_text(found))


def post_alerts(found: Alerts, url: str) -> str:
    """Send the same to an https address, or one of this computer; gives up after 20 seconds.

    Returns:
        Scheme and host.

    Raises:
        UsageError: if it may not go there. StorageError: if it was not delivered.
    """
    return weekly_post(found, url)
