"""The weekly recommendation: feeds in, next week's budgets out, guarded, checked and recorded."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.calibration.files import csv_text as exact_csv
from optimizer.errors import ExitCode, OptimizerError, StorageError, UsageError
from optimizer.plan.planner import Plan, make_plan
from optimizer.plan.runs import Run, csv_text, read_run, write_run
from optimizer.plan.solving import Progress, silent
from optimizer.plan.words import Words, percent
from optimizer.scenario.read import Scenario, read_scenario
from optimizer.weekly.book import LARGE, PROPOSED, STANDING, SUPERSEDED, Book, Decision, Entry, now
from optimizer.weekly.doubts import Doubt, doubts, unasked
from optimizer.weekly.feeds import FUNNEL, SPEND, Feeds, read_feeds
from optimizer.weekly.guardrails import guarded
from optimizer.weekly.ledger import open_ledger
from optimizer.weekly.record import Known, known_from
from optimizer.weekly.roll import span_of
from optimizer.weekly.taken import believed
from optimizer.weekly.week import rewrite_events, week_scenario

_CENT = 0.005


@dataclass(frozen=True)
class Recommendation:
    """A week's recommendation.

    Attributes:
        run: Its run folder.
        week: The Monday.
        state: ``standing``, ``proposed`` or ``large``; see :class:`optimizer.weekly.book.Entry`.
        table: As :func:`week_table` gives it.
        value: What the whole plan is worth, in the unit of its objective.
        doubts: What is doubtful in the feeds.
        gain: What moving this week gains over moving a week later; ``None`` where budgets cannot stay.
        notes: What was assumed and what the guardrails did.
        again: Whether the same week with the same inputs was there already.
    """

    run: Run
    week: str
    state: str
    table: pd.DataFrame
    value: float
    doubts: Sequence[Doubt]
    gain: float | None
    notes: Sequence[str]
    again: bool

    @property
    def before(self) -> float:
        """Money a week before."""
        return float(self.table["before"].sum())

    @property
    def after(self) -> float:
        """Money of the week as recommended."""
        return float(self.table["recommended"].sum())


class LargeChange(OptimizerError):
    """A week's total moves more than is allowed without approval; the recommendation is recorded but not in effect."""

    exit_code = ExitCode.POLICY
    code = "large_change"


class LedgerLost(StorageError):
    """The ledger cannot be used; the plan was made and written beside it."""

    code = "ledger"


def recommend(
    scenario: Scenario,
    feeds: Path,
    week: dt.date,
    *,
    ledger: Path,
    runs: Path,
    approve_large_change: bool = False,
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> Recommendation:
    """Recommend a week's budgets.

    The same week with the same inputs gives the run that is recorded. A run of the same week with other inputs takes
    its place.

    Args:
        scenario: The scenario as it is kept, with its whole calendar.
        feeds: Folder of this week's feeds.
        week: The Monday.
        ledger: File of the ledger; made if it is not there.
        runs: Folder of all runs.
        approve_large_change: Whether the total may move more than ``weekly.max_total_change``.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence as each phase begins.

    Raises:
        UsageError: the week is not in the calendar. ScenarioError: the feeds are broken; nothing is recorded.
        LedgerLost: the ledger cannot be used; the plan is written beside it. As planning besides.
    """
    span_of(scenario.definition, week)
    progress("Reading the feeds")
    given = read_feeds(feeds, week, scenario)
    planning = _Planning(scenario, given, runs, time_limit, progress)
    try:
        with open_ledger(ledger) as opened, opened.writing():
            return _recorded(Book(opened, scenario.definition.name), planning, approve_large_change)
    except StorageError as error:
        known = known_from(scenario)
        made = planning.made(known, planning.fingerprint(known), [])
        raise LedgerLost(
            f"{error}\nThe plan was made from the budgets in campaigns, and is in {made.run.folder}"
        ) from error


def _recorded(book: Book, planning: _Planning, approved: bool) -> Recommendation:
    """The recommendation of the ledger, made now where it is not there yet."""
    known = book.known(planning.scenario, planning.feeds.week)
    fingerprint = planning.fingerprint(known)
    entry = book.same(planning.feeds.week, fingerprint)
    if entry is None:
        _require_newest(book, planning.feeds.week)
        made = planning.made(known, fingerprint, _dropped(book, planning.feeds.week))
        made = replace(made, state=_state(made, planning.scenario, approved))
        _add(book, made, planning, fingerprint)
        return made
    if entry.state == SUPERSEDED:  # the inputs are again what they were
        book.reinstate(entry.run, _state(read_recommendation(entry), planning.scenario, approved))
        entry = book.entry(entry.run)
    if entry.state == LARGE and approved:
        book.decide(entry.run, Decision("approve", "command line", "--approve-large-change"))
        entry = book.entry(entry.run)
    return read_recommendation(entry)


def _dropped(book: Book, week: str) -> list[str]:
    """Overrides of the run whose place is taken, for people: they were about that run."""
    standing = book.entries("week = ? AND state <> ?", week, SUPERSEDED)
    overrides = [row for entry in standing for row in book.decisions(entry.run).to_dict("records")]
    return [
        f"{row['by']} had set {row['campaign']} to {row['amount']:,.2f} a week in the run whose place this one takes;"
        " set it again if it still holds"
        for row in overrides
        if row["kind"] == "override"
    ]


def _require_newest(book: Book, week: str) -> None:
    """Refuse a week before one that is recorded, which was planned from what came of it."""
    last = book.latest()
    if last is not None and last.week > week:
        raise UsageError(
            f"the week of {last.week} is recorded already, planned from what was known of the week of {week};"
            " recommend a later week, or keep another ledger"
        )


def _add(book: Book, made: Recommendation, planning: _Planning, fingerprint: str) -> None:
    folder, definition = made.run.folder, planning.scenario.definition
    entry = Entry(
        folder.name, book.scenario, made.week, fingerprint, now(), folder, made.state, definition.currency,
        definition.objective.value, made.value, made.gain,
    )  # fmt: skip
    spent, counts = believed(SPEND, planning.feeds, made.doubts), planning.feeds.frame(FUNNEL)
    book.add(entry, planning.inputs, made.table, made.doubts, spent, counts)


def _state(made: Recommendation, scenario: Scenario, approved: bool) -> str:
    """Whether the budgets are in effect, or wait for somebody."""
    weekly = scenario.definition.weekly
    most = weekly.max_total_change
    if most is not None and not approved and abs(made.after - made.before) > most * made.before + _CENT:
        return LARGE
    return PROPOSED if weekly.approval == "required" else STANDING


@dataclass(frozen=True)
class _Planning:
    """A week about to be planned.

    Attributes:
        scenario: The scenario as it is kept.
        feeds: This week's feeds.
        runs: Folder of all runs.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence as each phase begins.
    """

    scenario: Scenario
    feeds: Feeds
    runs: Path
    time_limit: float
    progress: Progress

    @property
    def inputs(self) -> dict[str, str]:
        """File -> SHA-256 of the scenario's files and the feeds."""
        return {**self.scenario.files, **{f"feeds/{name}": digest for name, digest in self.feeds.files.items()}}

    def fingerprint(self, known: Known) -> str:
        """SHA-256 of everything that the recommendation is made from."""
        changed = [asdict(change) for change in self.scenario.changes]
        kept = {} if self.scenario.files else {name: exact_csv(t.frame) for name, t in self.scenario.tables.items()}
        before = [dict(known.budgets), known.scenario.files, exact_csv(known.spent), exact_csv(known.counts)]
        said = self.scenario.definition.model_dump(mode="json")
        listed = json.dumps([said, self.inputs, kept, changed, self.feeds.week, before], sort_keys=True)
        return hashlib.sha256(listed.encode()).hexdigest()

    def made(self, known: Known, fingerprint: str, said: Sequence[str]) -> Recommendation:
        """Plan the week and write its run, with what is said beside it."""
        found = doubts(self.feeds, known, self.scenario)
        span = span_of(self.scenario.definition, dt.date.fromisoformat(self.feeds.week))
        with tempfile.TemporaryDirectory(prefix="optimizer-week-") as name:
            folder = Path(name)
            scenario, notes = week_scenario(self.scenario, known, self.feeds, found, span, folder)
            decided = guarded(scenario, time_limit=self.time_limit, progress=self.progress)
            rewrite_events(folder, decided.scenario)
            plan = make_plan(read_scenario(folder), time_limit=self.time_limit, progress=self.progress)
            notes = [*said, *notes, *decided.notes, *unasked(self.feeds, found)]
            table = week_table(plan)
            beside = {
                "recommendation.csv": csv_text(table),
                "recommendation.json": _json(self.feeds.week, found, decided.gain, notes),
            }
            run_name = f"{self.scenario.definition.name}-{self.feeds.week}-{fingerprint[:8]}"
            run = write_run(plan, self.runs, command="recommend", name=run_name, beside=beside)
        return Recommendation(
            run, self.feeds.week, STANDING, table, plan.value, found, decided.gain, notes, again=False
        )


def _json(week: str, found: Sequence[Doubt], gain: float | None, notes: Sequence[str]) -> str:
    said = {"week": week, "doubts": [asdict(doubt) for doubt in found], "gain": gain, "notes": list(notes)}
    return json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def week_table(plan: Plan) -> pd.DataFrame:
    """The first planned week of a plan.

    Returns:
        Columns campaign, location, service_line, channel, before, recommended, change (money), action,
        reason_code, reason.
    """
    rows = plan.frame()
    rows = rows[rows["week"] == str(plan.facts.weeks[0])].reset_index(drop=True)
    before, after = rows["current_spend"].to_numpy(float), rows["recommended_spend"].to_numpy(float)
    change = np.round(after - before, 2)
    action = np.select(
        [np.abs(change) < _CENT, after < _CENT, before < _CENT, change > 0],
        ["hold", "pause", "start", "increase"],
        "decrease",
    )
    labels = rows[["campaign", "location", "service_line", "channel"]]
    return labels.assign(
        before=before,
        recommended=after,
        change=change,
        action=action,
        reason_code=rows["reason_code"],
        reason=rows["reason"],
    )


def read_recommendation(entry: Entry) -> Recommendation:
    """A recommendation that is recorded.

    Raises:
        StorageError: if its run folder is not there, or not whole.
    """
    run = read_run(entry.folder)
    try:
        said = json.loads((entry.folder / "recommendation.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StorageError(f"{entry.folder} is not the run of a recommendation: {error}") from error
    found = [Doubt(**doubt) for doubt in said["doubts"]]
    table = run.table("recommendation")
    return Recommendation(
        run, entry.week, entry.state, table, entry.value, found, entry.gain, said["notes"], again=True
    )


def large_change(made: Recommendation, scenario: Scenario) -> LargeChange:
    """Why a recommendation is not in effect, where its total moves more than is allowed."""
    words, most = Words.of(scenario.definition), scenario.definition.weekly.max_total_change or 0.0
    moved = abs(made.after - made.before) / made.before if made.before else np.inf
    return LargeChange(
        f"the week's total moves from {words.money(made.before)} to {words.money(made.after)}, {percent(moved)}, and"
        f" weekly.max_total_change allows {percent(most)}. It is recorded as {made.run.folder.name} and not in"
        " effect; if it is right, run the same again with --approve-large-change"
    )
