"""A simulated group to which nothing happens: its budgets settle, stay where they are, and do not follow noise.

The guardrails are those that the scenario states: moves of at most 20 % and $100 a week, none below 5 % or $25.
"""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optimizer.scenario.read import read_scenario
from optimizer.weekly.recommend import Recommendation, recommend
from scenarios.world.group import FIRST_WEEK, RUN_IN, STEADY, make_group
from scenarios.world.operations import World
from scenarios.world.told import write_feeds, write_told

SEED = 3
MOST_WEEKS = 6
"""Weeks after which budgets have settled."""
NOISE = 0.02
_FIGURES = ["new_patient_slots", "already_booked", "expected_baseline_bookings", "agents", "paid_hours",
            "baseline_contacts", "spend"]  # fmt: skip


@dataclass(frozen=True)
class Steady:
    """A group whose feeds say the same every week, but for what its campaigns spent and brought.

    Attributes:
        folder: Where its scenario and feeds lie.
        world: The group after the weeks before the calendar.
        feeds: Feed -> rows of the first week.
    """

    folder: Path
    world: World
    feeds: Mapping[str, pd.DataFrame]

    def recommend(
        self, week: int, budgets: np.ndarray, ledger: str = "ledger", noise: np.random.Generator | None = None
    ) -> Recommendation:
        """A week's recommendation after budgets that were in effect."""
        feeds = self.folder / f"feeds-{week}-{ledger}"
        feeds.mkdir()
        for name, rows in {**self.feeds, "spend": self._spent(budgets)}.items():
            shifted = rows.assign(**{day: _later(rows[day], week) for day in ("week", "as_of")})
            (shifted if noise is None else _noisy(shifted, noise)).to_csv(feeds / f"{name}.csv", index=False)
        monday, kept = FIRST_WEEK + dt.timedelta(weeks=week), self.folder / f"{ledger}.sqlite"
        scenario = read_scenario(self.folder / "told")
        return recommend(scenario, feeds, monday, ledger=kept, runs=self.folder / f"runs-{ledger}")

    def _spent(self, budgets: np.ndarray) -> pd.DataFrame:
        """Last week's spend and leads as the true curves have them."""
        rows = self.feeds["spend"]
        last = rows[rows["week"] == rows["week"].max()]
        leads = np.round(self.world.group.expected_leads(budgets, RUN_IN)).astype(int)
        return last.assign(spend=budgets, leads=leads)


def _later(days: pd.Series, weeks: int) -> list[str]:
    return [(dt.date.fromisoformat(day) + dt.timedelta(weeks=weeks)).isoformat() for day in days]


def _noisy(rows: pd.DataFrame, noise: np.random.Generator) -> pd.DataFrame:
    figures = [name for name in _FIGURES if name in rows]
    return rows.assign(**{name: rows[name] * noise.uniform(1 - NOISE, 1 + NOISE, len(rows)) for name in figures})


def _amounts(made: Recommendation) -> np.ndarray:
    return made.table["recommended"].to_numpy(float)


def _moved(one: Recommendation, other: Recommendation) -> float:
    """Share of the money that two recommendations of the same week spend on other campaigns."""
    return float(np.abs(_amounts(one) - _amounts(other)).sum() / one.after)


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Steady:
    folder = tmp_path_factory.mktemp("steady")
    world = World(make_group(SEED, STEADY)).run_in()
    write_told(world, folder / "told")
    write_feeds(world, folder / "first")
    feeds = {name: pd.read_csv(folder / "first" / f"{name}.csv") for name in ("capacity", "intake", "spend")}
    return Steady(folder, world, feeds)


@pytest.fixture(scope="module")
def weeks(steady: Steady) -> list[Recommendation]:
    """Recommendations week after week until one moves nothing."""
    made: list[Recommendation] = []
    budgets = steady.world.group.today
    while not made or (len(made) < MOST_WEEKS and np.abs(made[-1].table["change"]).sum() > 0):
        made.append(steady.recommend(len(made), budgets))
        budgets = _amounts(made[-1])
    return made


def test_unchanged_inputs_recommend_no_change(weeks: list[Recommendation]) -> None:
    """Once the change limit has let budgets come where they should be; on the way each week moves less money."""
    moved = [float(np.abs(week.table["change"]).sum()) for week in weeks]
    assert moved[0] > 1000
    assert moved[-1] == 0
    assert all(later < before for before, later in itertools.pairwise(moved))
    assert set(weeks[-1].table["action"]) == {"hold"}
    assert not any(week.doubts for week in weeks)


def test_noise_moves_little_money_in_a_week_in_which_much_moves(steady: Steady, weeks: list[Recommendation]) -> None:
    noisy = steady.recommend(0, steady.world.group.today, "noisy", np.random.default_rng(1))
    assert _moved(weeks[0], noisy) < NOISE


def test_noise_moves_nothing_once_budgets_have_settled(steady: Steady, weeks: list[Recommendation]) -> None:
    for part in ("ledger.sqlite", "runs-ledger"):
        here, there = steady.folder / part, steady.folder / part.replace("ledger", "settled")
        shutil.copytree(here, there) if here.is_dir() else shutil.copy(here, there)
    noisy = steady.recommend(len(weeks), _amounts(weeks[-1]), "settled", np.random.default_rng(2))
    assert np.abs(noisy.table["change"]).sum() < NOISE * noisy.after
