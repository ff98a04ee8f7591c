"""What is hard to believe in this week's feeds: a question to people, not a fact to plan on.

A feed that is missing, late, or out of proportion to what was known before holds the campaigns of the place
concerned at their budgets. Figures in question are not used until somebody has answered for them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from optimizer.plan.words import count
from optimizer.scenario.definition import Doubts
from optimizer.scenario.read import Scenario
from optimizer.weekly.feeds import ANSWERS, CAPACITY, FUNNEL, INTAKE, SPEND, Feeds
from optimizer.weekly.record import SPENT, Known

MISSING, LATE, LOST, ZERO, FELL, ROSE = "missing", "late", "lost", "zero", "fell", "rose"
PAUSED = "paused"


@dataclass(frozen=True)
class Doubt:
    """One doubt about a feed.

    Attributes:
        feed: Which.
        place: Clinic and line, team or campaign, as people name it; the feed itself where it is missing.
        kind: ``missing``, ``late``, ``lost``, ``zero``, ``fell``, ``rose``, or ``paused`` of spend in spite of a pause.
        text: What is doubtful, with the numbers.
        labels: Column -> label of the rows concerned; nothing where all are.
        answered_by: Who said that the figures are right; blank where nobody did.
    """

    feed: str
    place: str
    kind: str
    text: str
    labels: Mapping[str, str]
    answered_by: str = ""

    @property
    def holds(self) -> bool:
        """Whether the campaigns concerned stay at their budgets."""
        return not self.answered_by and self.feed != FUNNEL and self.kind != PAUSED

    @property
    def refuses(self) -> bool:
        """Whether the figures are left out until somebody answers for them; late ones are used."""
        return not self.answered_by and self.kind in (LOST, ZERO, FELL, ROSE)


def doubts(feeds: Feeds, known: Known, scenario: Scenario) -> list[Doubt]:
    """Everything that is doubtful in a week's feeds, with the answers that people gave.

    Args:
        feeds: The feeds.
        known: What was known before.
        scenario: The scenario, whose ``weekly`` says what is late and what is out of proportion.
    """
    found = [
        *_missing(feeds, scenario),
        *_late(feeds, scenario.definition.weekly.late_days),
        *_of_capacity(feeds, known, scenario),
        *_of_intake(feeds, known, scenario),
        *_of_spend(feeds, known, scenario),
    ]
    answers = feeds.frame(ANSWERS)
    by = dict(zip(zip(answers["feed"], answers["place"], strict=True), answers["answered_by"], strict=True))
    return [replace(doubt, answered_by=by.get((doubt.feed, doubt.place), "")) for doubt in found]


def unasked(feeds: Feeds, found: Sequence[Doubt]) -> list[str]:
    """Answers to questions that nobody asked, for people."""
    asked = {(doubt.feed, doubt.place) for doubt in found}
    answers = feeds.frame(ANSWERS)
    return [
        f"answers: nothing is asked about {place} in the feed {feed}; the answer is not needed"
        for feed, place in zip(answers["feed"], answers["place"], strict=True)
        if (feed, place) not in asked
    ]


_NEEDED = {
    CAPACITY: "open slots are as they were known before, and every campaign holds",
    SPEND: "what was spent is taken from the budgets, and every campaign holds",
    INTAKE: "intake is as it was known before, and every campaign of a team holds",
}
KEYS: Mapping[str, tuple[str, ...]] = {
    CAPACITY: ("location", "service_line"),
    SPEND: ("campaign",),
    INTAKE: ("intake_team",),
    FUNNEL: ("service_line", "channel", "location"),
}
"""Columns of each feed that name the place that a row is about."""


def _missing(feeds: Feeds, scenario: Scenario) -> Iterator[Doubt]:
    for name, meaning in _NEEDED.items():
        if name not in feeds.tables and (name != INTAKE or "intake_teams" in scenario.tables):
            yield Doubt(name, name, MISSING, f"the feed is missing: {meaning}", {})


def _late(feeds: Feeds, most_days: int) -> Iterator[Doubt]:
    """Places whose newest figures are too old on the Monday."""
    monday = dt.date.fromisoformat(feeds.week)
    for name, keys in KEYS.items():
        newest = feeds.frame(name).groupby(list(keys), sort=True)["as_of"].max()
        for labels, as_of in newest.items():
            days = (monday - dt.date.fromisoformat(str(as_of))).days
            if days > most_days:
                named = _named(keys, labels)
                text = f"its figures are of {as_of}, {days} days before the week; they may be {most_days} days old"
                yield Doubt(name, _place(named), LATE, text, named)


def _named(keys: Sequence[str], labels: object) -> dict[str, str]:
    values = labels if isinstance(labels, tuple) else (labels,)
    return {key: str(value) for key, value in zip(keys, values, strict=True)}


def _place(labels: Mapping[str, str]) -> str:
    return " ".join(label for label in labels.values() if label)


# Figures beside what was known before


def _of_capacity(feeds: Feeds, known: Known, scenario: Scenario) -> Iterator[Doubt]:
    """Slots of the weeks that both know, and clinics and lines that the feed no longer has."""
    wanted, rules = scenario.tables["campaigns"].frame, scenario.definition.weekly.doubts
    figures = {"new_patient_slots": "new-patient slots", "already_booked": "booked slots"}
    yield from _beside_earlier(
        CAPACITY, figures, wanted, known.scenario.tables["appointment_capacity"].frame, feeds, rules
    )


def _of_intake(feeds: Feeds, known: Known, scenario: Scenario) -> Iterator[Doubt]:
    """Hours and other contacts of the weeks that both know, and teams that the feed no longer has."""
    if "intake_teams" in scenario.tables:
        wanted, earlier = (source.tables["intake_teams"].frame for source in (scenario, known.scenario))
        figures = {"paid_hours": "paid hours", "baseline_contacts": "other contacts"}
        yield from _beside_earlier(INTAKE, figures, wanted, earlier, feeds, scenario.definition.weekly.doubts)


def _beside_earlier(
    feed: str, figures: Mapping[str, str], wanted: pd.DataFrame, earlier: pd.DataFrame, feeds: Feeds, rules: Doubts
) -> Iterator[Doubt]:
    """Doubts about figures of coming weeks, beside what was known of the same weeks."""
    if feed not in feeds.tables:
        return
    keys = list(KEYS[feed])
    both = earlier.merge(feeds.frame(feed), on=[*keys, "week"], suffixes=("_before", "_now"), validate="one_to_one")
    sums = both.groupby(keys, sort=True).sum(numeric_only=True)
    for column, name in figures.items():
        yield from _out_of_proportion(feed, name, sums[f"{column}_before"], sums[f"{column}_now"], rules)
    yield from _lost(feed, wanted[keys], feeds.frame(feed)[keys])


def _of_spend(feeds: Feeds, known: Known, scenario: Scenario) -> Iterator[Doubt]:
    """The last week's spend beside its budget, its leads beside the week before, and campaigns not in the feed."""
    if SPEND not in feeds.tables:
        return
    last, earlier = (_weeks_before(feeds.week, weeks) for weeks in (1, 2))
    frame = feeds.frame(SPEND)
    both = pd.concat([known.spent, frame[list(SPENT)]]).drop_duplicates(["campaign", "week"], keep="last")
    now, before = (both[both["week"] == week].set_index("campaign") for week in (last, earlier))
    budget = pd.Series(known.budgets_of(last) or known.budgets, dtype=float).rename_axis("campaign").sort_index()
    rules = scenario.definition.weekly.doubts
    yield from _out_of_proportion(SPEND, "spend beside its budget", budget, now["spend"], rules)
    yield from _while_paused(budget, now["spend"], rules)
    should = _leads_for_money(before, now)
    yield from _out_of_proportion(SPEND, "leads beside the week before, for its money", should, now["leads"], rules)
    yield from _lost(SPEND, budget[budget > 0].reset_index()[["campaign"]], frame[frame["week"] == last][["campaign"]])


def _leads_for_money(before: pd.DataFrame, now: pd.DataFrame) -> pd.Series:
    """Leads that the week before lets expect: its own, those in proportion to the money, or what lies between.

    A campaign that was paused or raised has other leads for that reason alone. Which of the two ends holds is not
    known, for leads rise more slowly than money, so counts between them are as expected.
    """
    both = before.merge(now, on="campaign", suffixes=("_before", "_now"), validate="one_to_one")
    paid = both["spend_before"] > 0
    share = (both["spend_now"] / both["spend_before"].where(paid, 1.0)).where(paid, 1.0)
    ends = pd.concat([both["leads_before"], both["leads_before"] * share], axis=1)
    return both["leads_now"].clip(ends.min(axis=1), ends.max(axis=1))


def _while_paused(budget: pd.Series, spend: pd.Series, rules: Doubts) -> Iterator[Doubt]:
    """Campaigns that spend although they are paused: a pause that did not reach the platform, or money of another."""
    both = pd.concat([budget, spend], axis=1, keys=["budget", "spend"], join="inner").sort_index()
    for name, money in both.loc[(both["budget"] <= 0) & (both["spend"] >= rules.least), "spend"].items():
        text = f"spend beside its budget: paused, and {count(float(money))} was spent"
        yield Doubt(SPEND, str(name), PAUSED, text, {"campaign": str(name)})


def _weeks_before(week: str, weeks: int) -> str:
    return (dt.date.fromisoformat(week) - dt.timedelta(weeks=weeks)).isoformat()


_BY_CHANCE = 4.0
"""Differences of counts within this many standard deviations, as Poisson counts have them, are chance."""


def _out_of_proportion(feed: str, name: str, before: pd.Series, now: pd.Series, rules: Doubts) -> Iterator[Doubt]:
    """Places whose figure fell to nothing, fell or rose too far; those that are not in both are not judged."""
    both = pd.concat([before, now], axis=1, keys=["was", "now"], join="inner").dropna().sort_index()
    both = both[both["was"] >= rules.least]
    both = both[(both["now"] - both["was"]).abs() > _BY_CHANCE * np.sqrt(both["was"] + both["now"])]
    share = both["now"] / both["was"]
    for kind, applies in (
        (ZERO, both["now"] == 0),
        (FELL, (both["now"] > 0) & (share < rules.falls_to)),
        (ROSE, share > rules.rises_to),
    ):
        for labels, was, figure in both[applies].itertuples(name=None):
            named = _named(KEYS[feed], labels)
            yield Doubt(feed, _place(named), kind, f"{name}: {count(was)} before, {count(figure)} now", named)


def _lost(feed: str, wanted: pd.DataFrame, there: pd.DataFrame) -> Iterator[Doubt]:
    """Places that should be in a feed and are not."""
    keys = list(wanted.columns)
    sides = wanted.drop_duplicates().merge(there.drop_duplicates(), on=keys, how="left", indicator="side")
    for labels in sides.loc[sides["side"] == "left_only", keys].sort_values(keys).to_dict("records"):
        named = {str(key): str(label) for key, label in labels.items()}
        yield Doubt(feed, _place(named), LOST, "it is not in the feed", named)
