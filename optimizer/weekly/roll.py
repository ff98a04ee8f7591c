"""A scenario moved on to a week: the weeks that are left, the money that is left, and rules that are still to come."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import UsageError
from optimizer.plan.words import Words
from optimizer.scenario.definition import Budget, Calendar, Definition
from optimizer.scenario.read import Scenario
from optimizer.weekly.record import Known, nothing_spent


@dataclass(frozen=True)
class Span:
    """Where a week stands in the scenario's calendar.

    Attributes:
        first: First week of the calendar.
        week: The week that is recommended.
        planned: Weeks that are planned from it on.
        left: Weeks of the calendar from it on.
        all: Weeks of the calendar.
    """

    first: dt.date
    week: dt.date
    planned: int
    left: int
    all: int

    @property
    def last(self) -> str:
        """Last planned week."""
        return (self.week + dt.timedelta(weeks=self.planned - 1)).isoformat()

    @property
    def passed(self) -> list[str]:
        """Weeks of the calendar that are over."""
        return [(self.first + dt.timedelta(weeks=step)).isoformat() for step in range(self.all - self.left)]


def span_of(definition: Definition, week: dt.date) -> Span:
    """Where a week stands in a calendar.

    Raises:
        UsageError: if it is no Monday or outside the calendar.
    """
    calendar = definition.calendar
    last = calendar.first_week + dt.timedelta(weeks=calendar.weeks - 1)
    if week.weekday() != 0:
        raise UsageError(f"{week} is a {week:%A}; name the week by its Monday, {week - dt.timedelta(week.weekday())}")
    if not calendar.first_week <= week <= last:
        raise UsageError(f"the week of {week} is not in the scenario's calendar, {calendar.first_week} to {last}")
    left = (last - week).days // 7 + 1
    return Span(calendar.first_week, week, min(left, definition.weekly.horizon_weeks or left), left, calendar.weeks)


def spent_so_far(scenario: Scenario, known: Known, span: Span) -> pd.DataFrame:
    """Campaign, week, spend and leads of every week of the calendar that is over.

    Where nobody told what was spent, the budget that was in effect counts, and leads are not known (NaN).
    """
    campaigns = scenario.tables["campaigns"].frame
    today = campaigns.set_index("campaign")["current_weekly_spend"]
    weeks = []
    for week in span.passed:
        budget = pd.Series(known.budgets_of(week), dtype=float).reindex(today.index).fillna(today)
        told = known.spent[known.spent["week"] == week].set_index("campaign").reindex(today.index)
        spend = told["spend"].fillna(budget)
        weeks.append(
            pd.DataFrame({"week": week, "spend": spend, "leads": told["leads"], "told": told["spend"].notna()})
        )
    if not weeks:
        return nothing_spent().assign(told=pd.Series(dtype=bool))
    return pd.concat(weeks).rename_axis("campaign").reset_index()


def rolled_definition(definition: Definition, span: Span, spent: pd.DataFrame) -> Definition:
    """The definition for the weeks that are left: budgets less what is spent, a total cut to the planned weeks."""
    budget, gone = definition.budget, float(spent["spend"].sum())
    months = {str(month) for month in pd.Series(_weeks(span)).str[:7]}
    by_month = spent.groupby(spent["week"].str[:7])["spend"].sum()
    left = Budget(
        total=_cents(max(budget.total - gone, 0.0) * span.planned / span.left),
        per_week=budget.per_week,
        per_month={
            month: _cents(max(money - float(by_month.get(month, 0.0)), 0.0))
            for month, money in budget.per_month.items()
            if month in months
        },
        owner=budget.owner,
        since=budget.since,
    )
    calendar = Calendar(first_week=span.week, weeks=span.planned)
    return definition.model_copy(update={"as_of": span.week, "calendar": calendar, "budget": left, "tables": {}})


def _weeks(span: Span) -> list[str]:
    return [(span.week + dt.timedelta(weeks=step)).isoformat() for step in range(span.planned)]


def _cents(money: float) -> float:
    return float(np.floor(money * 100 + 1e-6) / 100)


def budget_note(definition: Definition, span: Span, spent: pd.DataFrame) -> list[str]:
    """What is taken off the budget, in a sentence."""
    if spent.empty:
        return []
    words, untold = Words.of(definition), int((~spent["told"]).sum())
    gone = words.money(float(spent["spend"].sum()))
    assumed = (
        f"; for {untold} campaign weeks the budget in effect counts, for nobody told what was spent" if untold else ""
    )
    part = "" if span.planned == span.left else f", and {span.planned} of {span.left} weeks that are left are planned"
    return [f"{gone} of {words.money(definition.budget.total)} is spent{assumed}{part}"]


def rolled_events(events: pd.DataFrame, span: Span, longest: int) -> pd.DataFrame:
    """The events that still touch a planned week, or for slots and staffing one in which its patients come.

    Args:
        events: calendar_events.
        span: The weeks.
        longest: Weeks after the plan in which its patients may come.
    """
    of_campaigns = ((events["blackout"] == "yes") | (events["hold"] == "yes")).to_numpy()
    end = np.where(
        of_campaigns, span.last, (dt.date.fromisoformat(span.last) + dt.timedelta(weeks=longest)).isoformat()
    )
    return events[
        (events["last_week"] >= span.week.isoformat()).to_numpy() & (events["first_week"].to_numpy(str) <= end)
    ]


def rolled_limits(
    limits: pd.DataFrame, scenario: Scenario, span: Span, spent: pd.DataFrame
) -> tuple[pd.DataFrame, list[str]]:
    """The limits for the planned weeks, and what was assumed of those over several weeks.

    A limit on spend or leads of all weeks together is less what is spent or came already; of leads that came the valid
    ones, by the rate of the funnel, for a limit counts these alone. What of a goal on bookings or visits is reached is
    not known by limit: its part by weeks is left.
    """
    spent = spent.assign(leads=spent["leads"] * spent["campaign"].map(_valid_rates(scenario)).astype(float))
    rows, notes = [], []
    for limit in limits.to_dict("records"):
        left = _rolled(limit, scenario, span, spent)
        if left is not None:
            rows.append(left[0])
            notes += left[1]
    return pd.DataFrame(rows, columns=limits.columns), notes


def _rolled(
    limit: dict[Any, Any], scenario: Scenario, span: Span, spent: pd.DataFrame
) -> tuple[dict[Any, Any], list[str]] | None:
    """One limit for the planned weeks; nothing where it is over or begins after them."""
    first = max(limit["first_week"] or span.first.isoformat(), span.first.isoformat())
    last = limit["last_week"] or (span.first + dt.timedelta(weeks=span.all - 1)).isoformat()
    if last < span.week.isoformat() or first > span.last:
        return None
    kept = {**limit, "first_week": "" if first <= span.week.isoformat() else first}
    if limit["per"] == "week" or limit["quantity"] in ("spend_share", "cac", "ltv_to_cac"):
        return kept, []
    weeks = (dt.date.fromisoformat(last) - dt.date.fromisoformat(first)).days // 7 + 1
    over = sum(first <= week <= last for week in span.passed)
    ahead = weeks - over
    planned = sum(first <= week <= last for week in _weeks(span))
    done, notes = 0.0, []
    if limit["quantity"] in ("spend", "leads"):
        counted = spent.loc[_counted(limit, scenario, spent, first, last), limit["quantity"]]
        done, share, untold = float(counted.sum()), planned / ahead, int(counted.isna().sum())
        if untold:
            notes = [f"limit '{limit['limit']}': leads of {untold} campaign weeks were not told and count as none"]
    else:
        share = planned / weeks
        if over:
            notes = [
                f"limit '{limit['limit']}': {planned} of its {weeks} weeks are planned, so that part of it is left"
            ]
    for side in ("min", "max"):
        if not np.isnan(limit[side]):
            kept[side] = _cents(max(limit[side] - done, 0.0) * share)
    return kept, notes


def _counted(limit: dict[Any, Any], scenario: Scenario, spent: pd.DataFrame, first: str, last: str) -> pd.Series:
    """Whether rows of what is spent count for a limit."""
    campaigns = with_market(scenario).set_index("campaign")
    counted = (spent["week"] >= first) & (spent["week"] <= last)
    for column in ("market", "location", "service_line", "channel"):
        if limit[column]:
            counted &= spent["campaign"].map(campaigns[column]) == limit[column]
    return counted & (spent["campaign"] == limit["campaign"]) if limit["campaign"] else counted


def _valid_rates(scenario: Scenario) -> pd.Series:
    """Valid share of each campaign's leads; a clinic's own figures go before the general ones."""
    frame, keys = scenario.tables["funnel"].frame, ["location", "service_line", "channel"]
    rates, campaigns = frame.set_index(keys)["valid_rate"], scenario.tables["campaigns"].frame[["campaign", *keys]]
    own = rates.reindex(pd.MultiIndex.from_frame(campaigns[keys])).to_numpy(float)
    general = rates.reindex(pd.MultiIndex.from_frame(campaigns[keys].assign(location=""))).to_numpy(float)
    return pd.Series(np.where(np.isnan(own), general, own), index=campaigns["campaign"])


def with_market(scenario: Scenario) -> pd.DataFrame:
    """The campaigns with the market and intake team of their clinic."""
    campaigns = scenario.tables["campaigns"].frame
    if "locations" not in scenario.tables:
        return campaigns.assign(market="all", intake_team="")
    places = scenario.tables["locations"].frame[["location", "market", "intake_team"]]
    joined = campaigns.merge(places, on="location", how="left", validate="many_to_one")
    return joined.assign(market=joined["market"].replace("", "all"))
