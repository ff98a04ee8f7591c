"""What the ledger says and is told: entries of weeks, budgets in effect, and what has happened so far."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.errors import UsageError
from optimizer.scenario.read import Scenario, read_scenario
from optimizer.weekly.doubts import Doubt
from optimizer.weekly.feeds import FEEDS, FUNNEL
from optimizer.weekly.ledger import Ledger
from optimizer.weekly.record import SPENT, Known, known_from

STANDING, PROPOSED, LARGE, REJECTED, SUPERSEDED = "standing", "proposed", "large", "rejected", "superseded"
_RECOMMENDED = ["campaign", "before", "recommended", "action", "reason_code", "reason"]
_NEVER = "9999-12-31"
_COUNT_KEYS = ["service_line", "channel", "location", "week"]


@dataclass(frozen=True)
class Entry:
    """One week as the ledger has it.

    Attributes:
        run: Name of the run.
        scenario: Name of the scenario.
        week: The Monday.
        fingerprint: Of everything that the run was made from.
        made_at: When it was made, UTC.
        folder: Its run folder.
        state: ``standing``: its budgets are in effect; ``proposed``: they wait for approval; ``large``: they wait
            because the total moves more than allowed; ``rejected``; ``superseded`` by a later run of the same week.
        currency: Of its money.
        objective: What its value is counted in.
        value: What the plan is worth, in the unit of its objective.
        gain: What moving in this week gains over moving a week later; ``None`` where budgets could not stay.
    """

    run: str
    scenario: str
    week: str
    fingerprint: str
    made_at: str
    folder: Path
    state: str
    currency: str
    objective: str
    value: float
    gain: float | None


@dataclass(frozen=True)
class Decision:
    """What somebody decided about a week.

    Attributes:
        kind: ``approve``, ``reject`` or ``override``.
        campaign: Campaign of an override, else blank.
        amount: Weekly budget of an override.
        by: Who.
        reason: Why.
        cost: What an override costs in value, planned again; ``None`` where nothing was planned.
    """

    kind: str
    by: str
    reason: str
    campaign: str = ""
    amount: float | None = None
    cost: float | None = None


class Book:
    """Entries of one ledger for one scenario."""

    def __init__(self, ledger: Ledger, scenario: str) -> None:
        self.ledger, self.scenario = ledger, scenario

    @classmethod
    def of_run(cls, ledger: Ledger, run: str) -> Book:
        """The book of the scenario that a run is of.

        Raises:
            UsageError: if the ledger has no such run.
        """
        found = ledger.database.execute("SELECT scenario FROM runs WHERE run = ?", (run,)).fetchone()
        if found is None:
            raise UsageError(f"the ledger {ledger.path} has no run '{run}'; `optimizer history` lists them")
        return cls(ledger, found[0])

    @classmethod
    def all(cls, ledger: Ledger) -> list[Book]:
        """The books of all scenarios of a ledger, by name."""
        names = ledger.database.execute("SELECT DISTINCT scenario FROM runs ORDER BY scenario").fetchall()
        return [cls(ledger, name) for (name,) in names]

    # Reading

    def entries(self, where: str = "", *values: object) -> list[Entry]:
        """Entries, oldest week first, of one week the oldest run first."""
        condition = f" AND {where}" if where else ""
        rows = self._all(
            "SELECT run, scenario, week, fingerprint, made_at, folder, state, currency, objective, value, gain"
            f" FROM runs WHERE scenario = ?{condition} ORDER BY week, rowid",
            self.scenario,
            *values,
        )
        here = self.ledger.path.parent
        return [replace(Entry(*row), folder=here / row[5]) for row in rows]

    def entry(self, run: str) -> Entry:
        """The entry of a run of this book; ``IndexError`` if it has none."""
        return self.entries("run = ?", run)[0]

    def latest(self, before: str = _NEVER) -> Entry | None:
        """The newest entry that was not superseded, of a week before the one given."""
        found = self.entries("week < ? AND state <> ?", before, SUPERSEDED)
        return found[-1] if found else None

    def same(self, week: str, fingerprint: str) -> Entry | None:
        """The entry of that week made from exactly the same."""
        found = self.entries("week = ? AND fingerprint = ?", week, fingerprint)
        return found[0] if found else None

    def decisions(self, run: str) -> pd.DataFrame:
        """Decisions about a run, first to last: kind, campaign, amount, by, reason, cost, decided_at."""
        names = ["kind", "campaign", "cents", "by", "reason", "cost", "decided_at"]
        rows = self._all(f"SELECT {', '.join(names)} FROM decisions WHERE run = ? ORDER BY id", run)
        frame = pd.DataFrame(rows, columns=names)
        return frame.assign(amount=pd.to_numeric(frame["cents"]) / 100).drop(columns="cents")

    def recommendations(self, run: str) -> pd.DataFrame:
        """campaign, before, recommended, action, reason_code, reason, and in_effect with decisions taken in."""
        names = ["campaign", "before_cents", "recommended_cents", "action", "reason_code", "reason"]
        rows = self._all(f"SELECT {', '.join(names)} FROM recommendations WHERE run = ? ORDER BY rowid", run)
        frame = pd.DataFrame(rows, columns=names)
        stands = self.entry(run).state in (STANDING, SUPERSEDED)
        effect = frame["recommended_cents"] if stands else frame["before_cents"]
        decided = self.decisions(run)
        overridden = decided[decided["kind"] == "override"].drop_duplicates("campaign", keep="last")
        amounts = frame["campaign"].map(overridden.set_index("campaign")["amount"])
        return pd.DataFrame(
            {
                "campaign": frame["campaign"],
                "before": frame["before_cents"] / 100,
                "recommended": frame["recommended_cents"] / 100,
                "in_effect": amounts.fillna(effect / 100) if stands else effect / 100,
                "action": frame["action"],
                "reason_code": frame["reason_code"],
                "reason": frame["reason"],
            }
        )

    def known(self, scenario: Scenario, week: str) -> Known:
        """What is known before a week: of the scenario as it is kept where nothing is recorded.

        Raises:
            ScenarioError, StorageError: if the inputs of the last run are not whole.
        """
        last = self.latest(before=week)
        if last is None:
            return known_from(scenario)
        weeks = {
            entry.week: self._budgets(entry) for entry in self.entries("week < ? AND state <> ?", week, SUPERSEDED)
        }
        fresh = known_from(scenario).budgets
        return Known(
            read_scenario(last.folder / "inputs"),
            {**fresh, **{name: money for name, money in weeks[last.week].items() if name in fresh}},
            weeks,
            self.spent(week),
            self.counts(week),
        )

    def _budgets(self, entry: Entry) -> Mapping[str, float]:
        frame = self.recommendations(entry.run)
        return dict(zip(frame["campaign"], frame["in_effect"], strict=True))

    def spent(self, week: str = _NEVER) -> pd.DataFrame:
        """Actuals as the last run before a week believed them."""
        rows = self._all(
            "SELECT campaign, spent.week, spend, leads FROM spent JOIN runs USING (run)"
            " WHERE spent.scenario = ? AND runs.week < ? AND state <> ? ORDER BY runs.week, runs.rowid",
            self.scenario,
            week,
            SUPERSEDED,
        )
        frame = pd.DataFrame(rows, columns=list(SPENT)).astype({"spend": float, "leads": float})
        return frame.drop_duplicates(["campaign", "week"], keep="last").reset_index(drop=True)

    def counts(self, week: str = _NEVER) -> pd.DataFrame:
        """Counts of the funnel as the last run before a week was told them; a correction replaces all stages.

        Columns are those of the feed; a stage that was not counted is NaN.
        """
        rows = self._all(
            "SELECT service_line, channel, location, counts.week, stage, amount, as_of, run"
            " FROM counts JOIN runs USING (run)"
            " WHERE counts.scenario = ? AND runs.week < ? AND state <> ? ORDER BY runs.week, runs.rowid",
            self.scenario,
            week,
            SUPERSEDED,
        )
        frame = pd.DataFrame(rows, columns=[*_COUNT_KEYS, "stage", "amount", "as_of", "run"])
        newest = frame[frame["run"] == frame.groupby(_COUNT_KEYS)["run"].transform("last")]
        wide = newest.pivot(index=[*_COUNT_KEYS, "as_of"], columns="stage", values="amount")
        columns = [column.name for column in FEEDS[FUNNEL].columns]
        return wide.rename_axis(columns=None).reset_index().reindex(columns=columns)

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self.ledger.database.execute(query, values).fetchall()

    # Writing; inside a transaction of the ledger

    def add(
        self,
        entry: Entry,
        inputs: Mapping[str, str],
        recommended: pd.DataFrame,
        found: Sequence[Doubt],
        spent: pd.DataFrame,
        counts: pd.DataFrame,
    ) -> None:
        """Add a week; earlier runs of the same week are superseded.

        Args:
            entry: The week.
            inputs: File -> SHA-256 of everything that the run was made from.
            recommended: campaign, before, recommended, action, reason_code, reason.
            found: Doubts about the feeds.
            spent: Actuals that the feeds brought.
            counts: Counts of the funnel that they brought.
        """
        run, scenario = entry.run, entry.scenario
        self._supersede(entry.week)
        self._many(
            "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(run, scenario, entry.week, entry.fingerprint, entry.made_at, self._from_here(entry.folder), entry.state,
              entry.currency, entry.objective, entry.value, entry.gain)],
        )  # fmt: skip
        self._many("INSERT INTO inputs VALUES (?, ?, ?)", [(run, *item) for item in sorted(inputs.items())])
        self._many(
            "INSERT INTO recommendations VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (run, campaign, _cents(before), _cents(amount), *why)
                for campaign, before, amount, *why in recommended[_RECOMMENDED].itertuples(index=False, name=None)
            ],
        )
        self._many(
            "INSERT INTO doubts VALUES (?, ?, ?, ?, ?, ?)",
            [(run, doubt.feed, doubt.place, doubt.kind, doubt.text, doubt.answered_by) for doubt in found],
        )
        self._many(
            "INSERT INTO spent VALUES (?, ?, ?, ?, ?, ?)",
            [(scenario, *row, run) for row in spent[list(SPENT)].itertuples(index=False, name=None)],
        )
        self._many("INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", _counted(scenario, counts, run))

    def reinstate(self, run: str, state: str) -> None:
        """Let a superseded run take the place of the one that took its own."""
        self._supersede(self.entry(run).week)
        self._many("UPDATE runs SET state = ? WHERE run = ?", [(state, run)])

    def _supersede(self, week: str) -> None:
        rows = [(SUPERSEDED, self.scenario, week)]
        self._many("UPDATE runs SET state = ? WHERE scenario = ? AND week = ?", rows)

    def _from_here(self, folder: Path) -> str:
        """A folder as seen from the ledger, so that both can be moved together."""
        return Path(os.path.relpath(folder, self.ledger.path.parent)).as_posix()

    def decide(self, run: str, decision: Decision) -> None:
        """Add a decision; approval and rejection change the state of the run."""
        cents = None if decision.amount is None else _cents(decision.amount)
        self._many(
            "INSERT INTO decisions (run, kind, campaign, cents, by, reason, cost, decided_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(run, decision.kind, decision.campaign, cents, decision.by, decision.reason, decision.cost, now())],
        )
        state = {"approve": STANDING, "reject": REJECTED}.get(decision.kind)
        if state:
            self._many("UPDATE runs SET state = ? WHERE run = ?", [(state, run)])

    def told(self) -> Mapping[str, float]:
        """Campaign -> weekly budget that files last told platforms; before any, its budget before the first week."""
        first = self._all(
            "SELECT campaign, before_cents FROM recommendations JOIN runs USING (run)"
            " WHERE scenario = ? ORDER BY runs.rowid DESC",
            self.scenario,
        )
        last = self._all(
            "SELECT campaign, cents FROM told JOIN runs USING (run) WHERE scenario = ? ORDER BY told.rowid",
            self.scenario,
        )
        return {campaign: cents / 100 for campaign, cents in (*first, *last)}

    def exported(self, run: str, files: Mapping[str, str], told: Mapping[str, float]) -> None:
        """Note files that were handed to platforms.

        Args:
            run: The run that they are of.
            files: Name -> SHA-256.
            told: Campaign -> weekly budget that they tell, or that its platforms have already.
        """
        self._many("INSERT INTO exports VALUES (?, ?, ?, ?)", [(run, *item, now()) for item in sorted(files.items())])
        self._many("INSERT INTO told VALUES (?, ?, ?)", [(run, name, _cents(money)) for name, money in told.items()])

    def _many(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        self.ledger.database.executemany(statement, rows)


def _counted(scenario: str, counts: pd.DataFrame, run: str) -> list[tuple[object, ...]]:
    """Counts as rows of one stage each; stages that were not counted are left out."""
    if counts.empty:
        return []
    long = counts.melt([*_COUNT_KEYS, "as_of"], var_name="stage", value_name="amount").dropna(subset="amount")
    names = [*_COUNT_KEYS, "stage", "amount", "as_of"]
    return [(scenario, *row, run) for row in long[names].itertuples(index=False, name=None)]


def _cents(money: float) -> int:
    return round(money * 100)


def now() -> str:
    """The time, for the record only; no plan depends on it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
