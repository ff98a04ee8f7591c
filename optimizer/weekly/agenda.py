"""What a week's meeting of marketing and operations has before it: moves, room, alerts, and what waits for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.plan.runs import Run, read_run
from optimizer.scenario.read import Scenario
from optimizer.weekly.alerts import Alert, run_alerts
from optimizer.weekly.book import Book, Entry
from optimizer.weekly.decision_rights import Right, rights
from optimizer.weekly.doubts import Doubt
from optimizer.weekly.ledger import existing_ledger
from optimizer.weekly.platforms.recorded import is_recorded
from optimizer.weekly.recommend import Recommendation, read_recommendation
from optimizer.weekly.run_inputs import planned_scenario, require_whole

AHEAD = 4
"""Weeks that the meeting looks ahead."""
_LABELS = ["campaign", "location", "service_line", "channel"]


@dataclass(frozen=True)
class Agenda:
    """What is on the table.

    Attributes:
        run: The run.
        scenario: What was planned.
        week: Monday of the week.
        state: State of the week in the ledger; blank where the run is a plan that no ledger knows.
        moves: campaign, location, service_line, channel, before, now, reason_code, reason, by (who set it; blank where
            the plan did), of every campaign whose money changes, the greatest change first.
        campaigns: How many campaigns there are.
        doubts: What is doubtful in the feeds.
        alerts: The alerts, worst first; with those of clinics that filled up since the recorded week before.
        right_to_open: Who decides on opening slots.
    """

    run: Run
    scenario: Scenario
    week: str
    state: str
    moves: pd.DataFrame
    campaigns: int
    doubts: Sequence[Doubt]
    alerts: Sequence[Alert]
    right_to_open: Right

    @property
    def room(self) -> pd.DataFrame:
        """Open slots left once the plan's patients are booked, by clinic and line (rows) and the next weeks."""
        return _ahead(self.run.table("capacity"), ["location", "service_line"], "open_slots_left")

    @property
    def days(self) -> pd.Series:
        """Days to the third next open slot, by clinic and line; NaN where not given."""
        return self.run.table("capacity").groupby(["location", "service_line"])["third_next_available_days"].first()

    @property
    def hours(self) -> pd.DataFrame:
        """Hours left in which leads are answered in time, by intake team (rows) and the next weeks."""
        table = self.run.table("intake")
        return _ahead(table.assign(left=table["hours_in_time"] - table["hours_used_in_time"]), ["intake_team"], "left")


def _ahead(table: pd.DataFrame, key: list[str], column: str) -> pd.DataFrame:
    near = sorted(set(table["week"]))[:AHEAD]
    return table[table["week"].isin(near)].pivot(index=key, columns="week", values=column)


def run_agenda(run: Run, ledger: Path) -> Agenda:
    """The agenda of a run.

    Args:
        run: A week's recommendation, or any plan: then its first week is the week.
        ledger: The file that keeps what was decided; used only where the run is a week's recommendation.

    Raises:
        UsageError: if the run is a recommendation that the ledger does not know. StorageError: if the run was changed
        after it was written, or holds no inputs.
    """
    require_whole(run)
    if not is_recorded(run):
        return _agenda(run, "", _of_plan(run), [], None)
    with existing_ledger(ledger) as opened:
        book = Book.of_run(opened, run.folder.name)
        entry = book.entry(run.folder.name)
        made = read_recommendation(entry)
        return _agenda(run, entry.state, _of_record(book, made, entry), made.doubts, _before(book, entry))


def _agenda(run: Run, state: str, table: pd.DataFrame, doubts: Sequence[Doubt], before: Run | None) -> Agenda:
    scenario, summary = planned_scenario(run), dict[str, Any](run.summary)
    size = (table["now"] - table["before"]).abs().round(2)
    order = size.sort_values(ascending=False, kind="stable").index
    return Agenda(
        run=run,
        scenario=scenario,
        week=str(summary["first_week"]),
        state=state,
        moves=table.loc[order][size.loc[order] > 0].reset_index(drop=True),
        campaigns=len(table),
        doubts=doubts,
        alerts=run_alerts(run, before).found,
        right_to_open=rights(scenario.tables.get("decision_rights"))["filled_up"],
    )


def _of_plan(run: Run) -> pd.DataFrame:
    """The first week of a plan against today."""
    table = run.table("plan")
    first = table[table["week"] == table["week"].min()].reset_index(drop=True)
    named = {"current_spend": "before", "recommended_spend": "now"}
    wanted: pd.DataFrame = first[[*_LABELS, *named, "reason_code", "reason"]]
    return wanted.rename(columns=named).assign(by="")


def _of_record(book: Book, recommended: Recommendation, entry: Entry) -> pd.DataFrame:
    """A recorded week: budgets in effect where it stands, else those that wait; with what people set themselves."""
    table, decided = book.recommendations(entry.run), book.decisions(entry.run)
    overridden = decided[decided["kind"] == "override"].drop_duplicates("campaign", keep="last").set_index("campaign")
    labels: pd.DataFrame = recommended.table[_LABELS]
    now = table["in_effect"].where(table["campaign"].isin(overridden.index), table["recommended"])
    by, why = (table["campaign"].map(dict(overridden[name])).astype(object).fillna("") for name in ("by", "reason"))
    made = table.assign(now=now, by=by, reason=table["reason"].where(by == "", why))
    return labels.merge(made[["campaign", "before", "now", "reason_code", "reason", "by"]], on="campaign")


def _before(book: Book, entry: Entry) -> Run | None:
    """The run of the recorded week before, where its folder is still there and shares a clinic with this one."""
    last = book.latest(before=entry.week)
    return read_run(last.folder) if last is not None and (last.folder / "run.json").is_file() else None
