"""The review: what was forecast for the weeks that are over, held against what happened in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from optimizer.weekly.book import Book
from optimizer.weekly.kpis import kpi_values
from optimizer.weekly.lead_errors import CHANCE, accuracy, campaign_errors, missed_too_often
from optimizer.weekly.past import PastWeek, Recorded, past_weeks, recorded_weeks
from optimizer.weekly.past_access import access_between
from optimizer.weekly.past_rules import RULES, rules_of
from optimizer.weekly.rate_tests import rates_beyond_chance
from optimizer.weekly.stages import GROUP, stages, steps

WEEKS = 8
"""Weeks that are reviewed unless asked otherwise."""


@dataclass(frozen=True)
class Review:
    """The review of past weeks. Every table is in plain rows; NaN is what nobody told.

    Attributes:
        scenario: Name.
        currency: ISO 4217 code.
        objective: What values are counted in.
        synthetic: Whether the data is made up.
        weeks: Reviewed weeks, oldest first.
        errors: As :func:`optimizer.weekly.lead_errors.campaign_errors`.
        accuracy: As :func:`optimizer.weekly.lead_errors.accuracy`.
        scatter: Scatter of leads beyond Poisson that limits of chance allow for.
        stages: As :func:`optimizer.weekly.stages.stages`, with change_<step> of each step.
        access: As :func:`optimizer.weekly.past_access.access_between`.
        rules: As :func:`optimizer.weekly.past_rules.rules_of`.
        curves: Campaigns that miss beyond chance too often: campaign, location, service_line, channel, weeks, told,
            expected, leads.
        rates: As :func:`optimizer.weekly.rate_tests.rates_beyond_chance`.
        kpis: As :func:`optimizer.weekly.kpis.kpi_values`.
        untold: What was not told, and what contradicts itself, for people.
    """

    scenario: str
    currency: str
    objective: str
    synthetic: bool
    weeks: Sequence[str]
    errors: pd.DataFrame
    accuracy: pd.DataFrame
    scatter: float
    stages: pd.DataFrame
    access: pd.DataFrame
    rules: pd.DataFrame
    curves: pd.DataFrame
    rates: pd.DataFrame
    kpis: pd.DataFrame
    untold: Sequence[str]


def review(book: Book, weeks: int = WEEKS) -> Review:
    """Review the last recorded weeks that are over.

    Args:
        book: What the ledger knows of a scenario.
        weeks: The most weeks to review.

    Raises:
        UsageError: if no recorded week is over. StorageError: if a run is not there, was changed, or does not say what
        the ledger says.
    """
    recorded = recorded_weeks(book, weeks)
    past = past_weeks(book, recorded)
    errors, scatter = campaign_errors(past)
    counted = [table for week in past if len(table := stages(week))]
    groups = pd.concat(counted, ignore_index=True) if counted else pd.DataFrame()
    if len(groups):
        groups = groups.join(steps(groups).add_prefix("change_"))
    definition = recorded[-1].scenario.definition
    access = pd.concat([access_between(*pair) for pair in pairwise(recorded)])
    return Review(
        scenario=book.scenario,
        currency=definition.currency,
        objective=definition.objective.value,
        synthetic=definition.synthetic,
        weeks=[week.week for week in past],
        errors=errors,
        accuracy=accuracy(errors),
        scatter=scatter,
        stages=groups,
        access=access.reset_index(drop=True),
        rules=pd.DataFrame([row for week in past for row in rules_of(week)], columns=RULES),
        curves=missed_too_often(errors),
        rates=rates_beyond_chance(past, 1 - CHANCE),
        kpis=kpi_values(past),
        untold=[*_gaps(recorded), *(said for week in past for said in _untold(week)), *_unlike(errors, groups)],
    )


def _gaps(recorded: Sequence[Recorded]) -> Iterator[str]:
    """Weeks between recorded ones that have no run of their own."""
    mondays = pd.to_datetime([week.week for week in recorded])
    for before, after in pairwise(mondays):
        missing = int((after - before).days // 7) - 1
        if missing:
            yield (
                f"no week was recorded between {before:%Y-%m-%d} and {after:%Y-%m-%d}: {missing} missing"
                f" week{'s have' if missing > 1 else ' has'} no forecast"
            )


def _untold(week: PastWeek) -> Iterator[str]:
    """What nobody told of a week, or nobody was believed about."""
    unspent = int(np.isnan(week.spent).sum())
    if unspent:
        some = "any campaign" if unspent == len(week.spent) else f"{unspent} of {len(week.spent)} campaigns"
        yield f"{week.week}: spend and leads of {some} were not told, or are in question"
    if week.counts.empty:
        yield f"{week.week}: the funnel was not counted"
        return
    campaigns = week.recorded.facts.campaigns
    groups = campaigns[GROUP[:2]].drop_duplicates()
    there = pd.MultiIndex.from_frame(groups).isin(pd.MultiIndex.from_frame(week.counts[GROUP[:2]]))
    if not there.all():
        yield f"{week.week}: the funnel was not counted for {int((~there).sum())} of {len(there)} lines and channels"
    for stage in ("answered_late", "completed", "routed_in_target", "complete_fields"):
        counted = week.counts[stage].notna().sum() if stage in week.counts else 0
        if counted < len(week.counts):
            rows = f"{len(week.counts) - counted} of {len(week.counts)} rows"
            all_in_time = "; all answers there count as in time" if stage == "answered_late" else ""
            yield f"{week.week}: {stage} was not counted in {rows}{all_in_time}"


def _unlike(errors: pd.DataFrame, groups: pd.DataFrame) -> Iterator[str]:
    """Weeks in which the feeds spend and funnel count other leads of the same lines and channels."""
    if groups.empty:
        return
    whole = groups[groups["location"] == ""][["week", *GROUP[:2], "counted_leads"]]
    keys = ["week", *GROUP[:2]]
    told = errors.groupby(keys)["leads"].agg(lambda leads: leads.sum(skipna=False)).dropna().rename("leads")
    both = whole.join(told, on=keys, how="inner").groupby("week")[["counted_leads", "leads"]].sum()
    for week, funnel, spend in both[both["counted_leads"] != both["leads"]].itertuples(name=None):
        yield f"{week}: the feed funnel counts {funnel:,.0f} leads where the feed spend counts {spend:,.0f}"
