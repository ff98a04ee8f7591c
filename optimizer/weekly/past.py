r"""Weeks that are over: what a recorded run forecast for its week, and what the feeds told of it afterwards.

Leads of a campaign, valid or not, that should arrive in week t:

.. math:: \sum_{l} share_l \, d_{t-l} \, f(s_{t-l} / p_{t-l})

=======  ===========================================================================================
f        response curve of the campaign, as the run had it
share_l  share of a week's leads that arrives l weeks later
d, p     leads and media price relative to a normal week
s        money: of the week itself the budget in effect, or what was spent; of weeks before what was
         spent in those that are reviewed, else what the run took for today's spend in a normal week
=======  ===========================================================================================

So a forecast by budgets tells money that was not spent from leads that did not come of the money that was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import StorageError, UsageError
from optimizer.model.setting import established
from optimizer.plan.runs import Run, read_run
from optimizer.response.forecast import campaign_curves
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats
from optimizer.scenario.read import Scenario
from optimizer.weekly.book import SUPERSEDED, Book, Entry
from optimizer.weekly.run_inputs import planned_scenario, require_whole

_CENT = 0.005
_LEADS = 1e-4
"""Leads by which a curve may differ from the plan's table, which has six digits of leads and two of money."""


@dataclass(frozen=True)
class Recorded:
    """A recorded week with its run.

    Attributes:
        entry: The week as the ledger has it.
        run: Its run, none of whose files was changed.
        scenario: What was planned.
        facts: The same as arrays.
        in_effect: (I,) budgets in effect in the week, overrides among them.
    """

    entry: Entry
    run: Run
    scenario: Scenario
    facts: Facts
    in_effect: Floats

    @property
    def week(self) -> str:
        """The Monday."""
        return self.entry.week

    @property
    def names(self) -> pd.Index[Any]:
        """(I,) campaigns."""
        names: pd.Index[Any] = pd.Index(self.facts.campaigns["campaign"])
        return names

    def captured(self, spend: Floats) -> Floats:
        """(I,) leads that money of the week brings, valid or not, whenever they arrive."""
        facts = self.facts
        return np.asarray(facts.demand[:, 0] * campaign_curves(facts).leads(spend / facts.cost[:, 0]))


@dataclass(frozen=True)
class PastWeek:
    """A week that is over. Arrays are of shape (I,); what nobody told is NaN.

    Attributes:
        recorded: The week and its run.
        expected: Leads that should have arrived at the budgets in effect.
        spent: Money spent.
        at_spend: Leads that should have arrived at what was spent.
        leads: Leads that arrived.
        spent_before: Money spent in the week before.
        leads_before: Leads that arrived in the week before.
        counts: Counts of the funnel, by service line, channel and clinic; no rows where none were told.
    """

    recorded: Recorded
    expected: Floats
    spent: Floats
    at_spend: Floats
    leads: Floats
    spent_before: Floats
    leads_before: Floats
    counts: pd.DataFrame

    @property
    def week(self) -> str:
        """The Monday."""
        return self.recorded.week


def recorded_weeks(book: Book, weeks: int) -> list[Recorded]:
    """The last recorded weeks that are over, oldest first, and after them the newest one, which tells what came of it.

    Raises:
        UsageError: if no recorded week is over. StorageError: if a run is not there, was changed, or does not say what
        the ledger says.
    """
    entries = book.entries("state <> ?", SUPERSEDED)
    if len(entries) < 2:
        raise UsageError(
            f"no week of {book.scenario} is over as far as {book.ledger.path} knows: what came of a week is in the"
            " feeds of the week after; recommend that one first"
        )
    return [_recorded(book, entry) for entry in entries[-weeks - 1 :]]


def _recorded(book: Book, entry: Entry) -> Recorded:
    run = read_run(entry.folder)
    require_whole(run)
    scenario = planned_scenario(run)
    made = Recorded(entry, run, scenario, established(scenario), np.zeros(0))
    budgets = book.recommendations(entry.run).set_index("campaign").reindex(made.names)
    _require_forecast(made, budgets["recommended"].to_numpy(float))
    return Recorded(entry, run, scenario, made.facts, budgets["in_effect"].to_numpy(float))


def _require_forecast(recorded: Recorded, recommended: Floats) -> None:
    """Refuse a run whose plan does not say what the ledger and the curves say: then its forecast is not known."""
    plan = recorded.run.table("plan")
    first = plan[plan["week"] == recorded.week].set_index("campaign").reindex(recorded.names)
    spend, leads = (first[name].to_numpy(float) for name in ("recommended_spend", "leads"))
    folder = recorded.run.folder
    if not (np.abs(spend - recommended) < _CENT).all():
        raise StorageError(
            f"the plan of {folder} has other budgets than the ledger; they are not of one recommendation"
        )
    again = recorded.captured(spend) * recorded.facts.valid
    wrong = np.flatnonzero(~(np.abs(again - leads) <= _LEADS * (1 + leads)))
    if len(wrong):
        name = recorded.names[wrong[0]]
        raise StorageError(
            f"{folder}: this version has other leads for {name} than the run, {again[wrong[0]]:.6g} and"
            f" {leads[wrong[0]]:.6g}; review it with the version that made it, {recorded.run.manifest['tool_version']}"
        )


def past_weeks(book: Book, recorded: list[Recorded]) -> list[PastWeek]:
    """What was forecast and what came of it, for every week but the newest, oldest first."""
    spent, counts = book.spent(), book.counts()
    captured: dict[str, pd.Series] = {}
    made = []
    for week in recorded[:-1]:
        told = _told(spent, week.week, week.names)
        before = _told(spent, _earlier(week.week, 1), week.names)
        money = told["spend"].to_numpy(float)
        known = np.isfinite(money)
        caught = np.where(known, week.captured(np.where(known, money, 0.0)), np.nan)
        expected = _arriving(week, week.captured(week.in_effect), {})
        at_spend = _arriving(week, caught, captured)
        captured[week.week] = pd.Series(caught, week.names).dropna()
        mine = counts[counts["week"] == week.week].reset_index(drop=True) if len(counts) else counts
        made.append(
            PastWeek(
                week,
                expected,
                money,
                at_spend,
                told["leads"].to_numpy(float),
                before["spend"].to_numpy(float),
                before["leads"].to_numpy(float),
                mine,
            )
        )
    return made


def _told(spent: pd.DataFrame, week: str, names: pd.Index[Any]) -> pd.DataFrame:
    return spent[spent["week"] == week].set_index("campaign")[["spend", "leads"]].reindex(names)


def _earlier(week: str, weeks: int) -> str:
    return (dt.date.fromisoformat(week) - dt.timedelta(weeks=weeks)).isoformat()


def _arriving(week: Recorded, own: Floats, earlier: Mapping[str, pd.Series]) -> Floats:
    """(I,) leads that arrive in a week: its own, and those of weeks before that come later.

    Args:
        week: The week.
        own: (I,) leads that its own money brings.
        earlier: Week -> leads that its money brought, by campaign; a normal week where there is none.
    """
    facts = week.facts
    normal = campaign_curves(facts).leads(facts.current[:, None])[:, 0]
    arriving = facts.lead_share[:, 0] * own
    for lag in range(1, facts.lead_share.shape[1]):
        brought = earlier.get(_earlier(week.week, lag), pd.Series(dtype=float)).reindex(week.names).to_numpy(float)
        arriving = arriving + facts.lead_share[:, lag] * np.where(np.isfinite(brought), brought, normal)
    return np.asarray(arriving)
