"""Feeds taken into the tables of a scenario: newer figures in place of older ones, rates that learn from counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from optimizer.scenario.read import Scenario
from optimizer.weekly.doubts import KEYS, Doubt
from optimizer.weekly.feeds import CAPACITY, FUNNEL, INTAKE, SPEND, Feeds
from optimizer.weekly.record import SPENT, Known

COUNTED = ("leads", "valid", "contacted", "qualified", "booked", "answered_late", "booked_late",
           "never_answered")  # fmt: skip
"""Counts of the funnel from which rates are learned."""
_COUNT_KEYS = [*KEYS[FUNNEL], "week"]


def believed(feed: str, feeds: Feeds, found: Sequence[Doubt]) -> pd.DataFrame:
    """A feed's rows without those that are in question."""
    frame = feeds.frame(feed)
    keep = np.ones(len(frame), dtype=bool)
    for doubt in found:
        if doubt.feed == feed and doubt.refuses:
            keep &= ~np.logical_and.reduce([frame[name] == label for name, label in doubt.labels.items()])
    return frame[keep]


def spent_with(known: Known, feeds: Feeds, found: Sequence[Doubt]) -> pd.DataFrame:
    """Actuals with those of the feed; a week that was told before may be corrected."""
    rows = believed(SPEND, feeds, found)[list(SPENT)]
    return pd.concat([known.spent, rows]).drop_duplicates(["campaign", "week"], keep="last").reset_index(drop=True)


def counts_with(known: Known, feeds: Feeds) -> pd.DataFrame:
    """Counts of the funnel with those of the feed; a week that was told before may be corrected."""
    both = [frame for frame in (known.counts, feeds.frame(FUNNEL)) if len(frame)]
    if not both:
        return feeds.frame(FUNNEL)
    return pd.concat(both).drop_duplicates(_COUNT_KEYS, keep="last").reset_index(drop=True)


def capacity_with(scenario: Scenario, known: Known, feeds: Feeds, found: Sequence[Doubt]) -> pd.DataFrame:
    """appointment_capacity for a week: the newest figures, and patients who wait in its first week only."""
    kept, recorded = (source.tables["appointment_capacity"].frame for source in (scenario, known.scenario))
    rows, keys = believed(CAPACITY, feeds, found), [*KEYS[CAPACITY], "week"]
    frame = _replaced(_newest(kept, recorded, keys), rows, keys)
    return _opening(frame, "waitlist", rows, recorded, list(KEYS[CAPACITY]), feeds.week)


def intake_with(scenario: Scenario, known: Known, feeds: Feeds, found: Sequence[Doubt]) -> pd.DataFrame:
    """intake_teams for a week: the newest figures, and a backlog in its first week only."""
    kept, recorded = (source.tables["intake_teams"].frame for source in (scenario, known.scenario))
    rows, keys = believed(INTAKE, feeds, found).drop(columns="as_of"), [*KEYS[INTAKE], "week"]
    frame = _replaced(_replaced(kept, recorded, keys), rows, keys)
    return _opening(frame, "opening_backlog", rows, recorded, list(KEYS[INTAKE]), feeds.week)


def _newest(kept: pd.DataFrame, recorded: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Of every row the figures with the later date; the recorded ones where the dates are the same."""
    both = pd.concat([kept, recorded]).sort_values("as_of", kind="stable")
    return both.drop_duplicates(keys, keep="last").sort_values(keys, kind="stable").reset_index(drop=True)


def _replaced(frame: pd.DataFrame, newer: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """A table with newer rows in place of those of the same key.

    What the newer rows have no column for stays as it is; in a week that is new it is as in the place's last week.
    """
    others, place = [name for name in frame.columns if name not in newer.columns], keys[:-1]
    last = frame.sort_values("week", kind="stable").drop_duplicates(place, keep="last")
    same = newer[keys].merge(frame[[*keys, *others]], on=keys, how="left", indicator="found", validate="one_to_one")
    like = newer[place].merge(last[[*place, *others]], on=place, how="left", validate="many_to_one")
    known = (same["found"] == "both").to_numpy()
    rows = newer.reset_index(drop=True).assign(**{name: same[name].where(known, like[name]) for name in others})
    rows = rows.fillna({name: "" for name in others if frame[name].dtype.kind not in "if"})
    both = pd.concat([frame, rows[list(frame.columns)]]).drop_duplicates(keys, keep="last")
    return both.sort_values(keys, kind="stable").reset_index(drop=True)


def _opening(
    frame: pd.DataFrame, column: str, rows: pd.DataFrame, recorded: pd.DataFrame, keys: list[str], week: str
) -> pd.DataFrame:
    """Who waits at the start stands in the first planned week: as the rows of the feed say, else as known last."""
    places = pd.MultiIndex.from_frame(frame[keys])
    told = places.isin(pd.MultiIndex.from_frame(rows.loc[rows["week"] == week, keys]))
    known = recorded.groupby(keys)[column].sum()
    known.index = pd.MultiIndex.from_frame(known.index.to_frame(index=False))
    opening = np.where(told, frame[column].to_numpy(float), known.reindex(places).fillna(0.0).to_numpy(float))
    return frame.assign(**{column: np.where(frame["week"] == week, opening, 0.0)})


def funnel_with(scenario: Scenario, counts: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    r"""The funnel with rates that have learned from counts, and where they could not.

    A rate :math:`r_0` that rests on :math:`n_0` leads, of which :math:`k` of :math:`n` counted ones went on, becomes
    :math:`(n_0 r_0 + k) / (n_0 + n)`, the mean of a beta posterior whose prior has the weight of its sample. A rate
    whose sample size is not given stays as it is. Leads that nobody had time to answer tell nothing of who can be
    reached.
    """
    frame = scenario.tables["funnel"].frame
    if counts.empty:
        return frame, []
    own = pd.MultiIndex.from_frame(frame[list(KEYS[FUNNEL])])
    named = pd.MultiIndex.from_frame(counts[list(KEYS[FUNNEL])])
    where = np.where(named.isin(own), counts["location"], "")
    sums = counts.assign(location=where).groupby(list(KEYS[FUNNEL]))[list(COUNTED)].sum().reindex(own).fillna(0.0)
    dates = counts.assign(location=where).groupby(list(KEYS[FUNNEL]))["as_of"].max().reindex(own).fillna("")
    learned = _learned(frame, sums.reset_index(drop=True), dates.reset_index(drop=True))
    unsized = int((frame["sample_size"].isna() & (sums["leads"] > 0).to_numpy()).sum())
    missing = f"funnel: {unsized} rows have counts but no sample_size, so their rates stay as they are"
    return learned, [missing] if unsized else []


def _learned(frame: pd.DataFrame, sums: pd.DataFrame, dates: pd.Series) -> pd.DataFrame:
    counted = (frame["sample_size"].notna() & (sums["leads"] > 0)).to_numpy()
    weight = frame["sample_size"].fillna(0.0).to_numpy(float)
    in_time, tried = sums["qualified"] - sums["answered_late"], sums["valid"] - sums["never_answered"]
    rates = frame.copy()
    for rate, of, went_on in (
        ("valid_rate", sums["leads"], sums["valid"]),
        ("contactable_rate", tried, sums["contacted"]),
        ("qualified_rate", sums["contacted"], sums["qualified"]),
        ("booking_rate", in_time, sums["booked"]),
        ("booking_rate_late", sums["answered_late"], sums["booked_late"]),
    ):
        prior = frame[rate].to_numpy(float)
        seen = counted & (weight + of.to_numpy(float) > 0)
        posterior = (weight * prior + went_on) / np.where(seen, weight + of, 1.0)
        rates[rate] = np.where(seen, posterior, prior)
        weight = weight if rate == "booking_rate" else weight * prior
    rates["sample_size"] = np.where(counted, frame["sample_size"] + sums["leads"], frame["sample_size"])
    newer = counted & (dates > frame["as_of"])
    return rates.assign(as_of=np.where(newer, dates, frame["as_of"]))
