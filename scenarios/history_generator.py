"""Writes a made-up history for the scenario ``three_markets``: two years of weekly spend and leads by campaign.

``python -m scenarios.history_generator FOLDER`` writes ``history.csv``, byte for byte the same each time. The curves
behind it are those of the scenario, so that what a calibration finds can be held against the truth.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.generate.catalogue import DERM, IMAGING, ORTHO, SOCIAL
from optimizer.response.curves import Curves, curves_from_rows
from optimizer.scenario.tables import TABLES
from scenarios import generator
from scenarios.generator import CHANNELS, FIRST_WEEK

Floats = npt.NDArray[np.float64]

SEED = 20240930
WEEKS = 104
LAST_WEEK = FIRST_WEEK - dt.timedelta(weeks=1)
SEASONS = {ORTHO: (0.12, 50), DERM: (0.10, 26), IMAGING: (0.05, 4)}
"""Size of a line's yearly wave, and the week of the year in which it is highest."""
SCATTER = 0.02
"""Variance of weekly leads beyond chance, relative to the square of their mean."""
BASELINE_SHARE = 0.05
"""Leads without any spend, relative to those of today's spend."""
OUTLIERS, OUTLIER_SIZE = 0.004, 4.0
"""Share of weeks in which the count went wrong, and by how much."""
CHANGED_CHANNEL, CHANGED_WEEK, CHANGED_BY = SOCIAL, 40, 0.75
"""Until this week one channel counted fewer leads."""
THIN = "riverbend-imaging-microsoft-search"
THIN_WEEKS = 6
"""A campaign that began only lately."""
STEADY = "westgate-dermatology-brand-search"
"""A campaign whose spend never changed."""
UNTRACKED = "downtown-imaging-microsoft-search"
"""A campaign whose leads were never counted."""


@dataclass(frozen=True)
class MadeHistory:
    """A history and what is behind it; I campaigns, T weeks.

    Attributes:
        campaigns: (I rows) campaign, location, service_line, channel, spend today.
        weeks: (T,) Mondays.
        spend: (I, T) money.
        leads: (I, T) leads counted.
        begins: (I,) first week of each campaign.
        curves: True curves, in the order of the campaigns.
        idle: (I,) true leads of a normal week without spend.
        growth: (I,) true change of log leads in a year.
        observed: (I,) highest spend of any week.
        wrong: (I, T) weeks whose count went wrong.
    """

    campaigns: pd.DataFrame
    weeks: list[str]
    spend: Floats
    leads: Floats
    begins: npt.NDArray[np.int64]
    curves: Curves
    idle: Floats
    growth: Floats
    observed: Floats
    wrong: npt.NDArray[np.bool_]

    @property
    def frame(self) -> pd.DataFrame:
        """The history as a table, without what is behind it."""
        rows, weeks = np.nonzero(np.arange(len(self.weeks)) >= self.begins[:, None])
        named = self.campaigns[["campaign", "location", "service_line", "channel"]].iloc[rows].reset_index(drop=True)
        changed = (named["channel"] == CHANGED_CHANNEL) & (weeks == CHANGED_WEEK)
        return (
            pd.DataFrame({"week": np.array(self.weeks)[weeks]})
            .join(named)
            .assign(
                spend=self.spend[rows, weeks],
                leads=self.leads[rows, weeks].astype(int),
                tracking_change=np.where(changed, "yes", ""),
            )
        )


def make_history(seed: int = SEED) -> MadeHistory:
    """The history of every campaign of ``three_markets`` that runs today."""
    random = np.random.default_rng(seed)
    tables = generator.tables()
    campaigns = pd.DataFrame(tables["campaigns"]).query("current_weekly_spend > 0").sort_values("campaign")
    campaigns = campaigns.reset_index(drop=True)
    given = pd.DataFrame(tables["response_curves"]).set_index("campaign").loc[campaigns["campaign"]].reset_index()
    columns = {column.name: given.get(column.name, column.default) for column in TABLES["response_curves"].columns}
    curves = curves_from_rows(pd.DataFrame(columns).assign(points="").fillna({"slope": 1.0}))
    observed = given["observed_max_weekly_spend"].to_numpy(float)
    current = campaigns["current_weekly_spend"].to_numpy(float)
    spend = _spend(campaigns, current, observed, random)
    idle = BASELINE_SHARE * curves.leads(current) * random.lognormal(0.0, 0.4, len(current))
    growth = random.normal(0.03, 0.05, len(current))
    begins = np.where(campaigns["campaign"] == THIN, WEEKS - THIN_WEEKS, 0)
    spend[np.arange(WEEKS) < begins[:, None]] = 0.0
    expected = _expected(campaigns, curves, spend, idle, growth)
    leads, wrong = _counted(campaigns, expected, random)
    leads[np.arange(WEEKS) < begins[:, None]] = 0.0
    weeks = [str(LAST_WEEK - dt.timedelta(weeks=WEEKS - 1 - week)) for week in range(WEEKS)]
    return MadeHistory(campaigns, weeks, spend, leads, begins, curves, idle, growth, observed, wrong)


def _spend(campaigns: pd.DataFrame, current: Floats, observed: Floats, random: np.random.Generator) -> Floats:
    """Spend that drifts about today's, is cut and raised for some weeks at a time, and rests now and then."""
    shape = (len(current), WEEKS)
    drift = np.zeros(shape)
    for week in range(1, WEEKS):
        drift[:, week] = 0.9 * drift[:, week - 1] + random.normal(0.0, 0.1, len(current))
    path = current[:, None] * np.exp(drift)
    for row in range(len(current)):
        for at in random.choice(WEEKS - 4, size=6, replace=False):
            level = random.choice([0.35, 0.6, observed[row] / current[row]])
            path[row, at : at + 3] = level * current[row]
        if random.random() < 0.4:
            rest = random.integers(WEEKS - 3)
            path[row, rest : rest + 2] = 0.0
        path[row, random.integers(10, WEEKS)] = observed[row]
    path[(campaigns["campaign"] == STEADY).to_numpy()] = current[(campaigns["campaign"] == STEADY).to_numpy()][:, None]
    return np.asarray(np.minimum(np.round(path, 2), observed[:, None]))


def _expected(campaigns: pd.DataFrame, curves: Curves, spend: Floats, idle: Floats, growth: Floats) -> Floats:
    """(I, T) leads that should have been counted."""
    days = np.array([(LAST_WEEK - dt.timedelta(weeks=WEEKS - 1 - week)).timetuple().tm_yday for week in range(WEEKS)])
    demand = np.ones(spend.shape)
    for line, (size, peak) in SEASONS.items():
        wave = np.exp(size * np.cos(2 * np.pi * (days / 7 - peak) / 52.18))
        demand[(campaigns["service_line"] == line).to_numpy()] = wave / np.exp(size**2 / 4)
    captured = demand * curves.leads(spend)
    arriving = demand * idle[:, None]
    for row, channel in enumerate(campaigns["channel"]):
        for lag, share in enumerate(CHANNELS[channel].lead_shares):
            arriving[row, lag:] += share * captured[row, : WEEKS - lag]
    years = (np.arange(WEEKS) - (WEEKS - 1)) / 52.0
    counted = np.where((campaigns["channel"] == CHANGED_CHANNEL).to_numpy()[:, None], CHANGED_BY, 1.0)
    return np.asarray(
        arriving * np.exp(growth[:, None] * years) * np.where(np.arange(WEEKS) < CHANGED_WEEK, counted, 1)
    )


def _counted(
    campaigns: pd.DataFrame, expected: Floats, random: np.random.Generator
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Counts that scatter, one campaign's never made, and which of them went wrong."""
    leads = random.negative_binomial(1 / SCATTER, 1 / (1 + SCATTER * expected)).astype(float)
    wrong = random.random(leads.shape) < OUTLIERS
    leads[wrong] = np.round(leads[wrong] * OUTLIER_SIZE)
    leads[(campaigns["campaign"] == UNTRACKED).to_numpy()] = 0.0
    return leads, wrong


def write(folder: Path) -> None:
    """Write ``history.csv`` into a folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = make_history().frame
    with (folder / "history.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(frame.columns)
        writer.writerows(frame.itertuples(index=False))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write a made-up history of the scenario three_markets.")
    parser.add_argument("folder", type=Path, help="folder to write into")
    write(parser.parse_args().folder)
