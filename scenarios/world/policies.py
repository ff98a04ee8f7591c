"""Four ways of setting next week's budgets, each from what it is told on a Monday.

All keep the budget that is left, the change limit and the most that a campaign may spend. The third is what a
marketing-mix optimiser does: it knows the same curves, funnel, seasons and patient values as the program and makes the
most of a week's money, but sees no slots and no intake. A separable concave problem has its optimum where every
campaign's next dollar brings the same, so that is solved directly, and none of the program's planning is in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from optimizer.scenario.layout import establish
from optimizer.scenario.read import Scenario, read_scenario
from optimizer.weekly.recommend import Recommendation, recommend
from scenarios.world.caps import passed_caps
from scenarios.world.group import FILL_CAP, Floats

KEEP, SHARED, BLIND, PROGRAM = "today's budgets", "shared by open slots", "curves without capacity", "this program"
POLICIES = (KEEP, SHARED, BLIND, PROGRAM)
_WEEKS_SEEN = 4
"""Weeks of open slots by which the second policy shares the budget."""


@dataclass(frozen=True)
class Monday:
    """What a policy is told.

    Attributes:
        number: Weeks of the calendar that are over.
        week: The Monday.
        feeds: Folder of its feeds.
        before: (I,) budgets of the week before.
        left: Money that is left for this week and those after it.
        weeks_left: How many these are.
    """

    number: int
    week: dt.date
    feeds: Path
    before: Floats
    left: float
    weeks_left: int


class Policy(Protocol):
    """A way of setting budgets."""

    def budgets(self, monday: Monday) -> Floats:
        """(I,) next week's budgets, in the order of the group's campaigns."""


@dataclass(frozen=True)
class Rules:
    """Bounds that every policy keeps.

    Attributes:
        scenario: What is told before the first week.
    """

    scenario: Scenario

    def bounds(self, before: Floats) -> tuple[Floats, Floats]:
        """(I,) least and most that a campaign may spend after a week's budget."""
        policies = self.scenario.definition.policies
        assert policies.change_limit is not None
        most = self.scenario.tables["response_curves"].frame["observed_max_weekly_spend"].to_numpy(float)
        move = policies.change_limit.share * before + policies.change_limit.amount
        return np.maximum(before - move, 0.0), np.minimum(before + move, most * policies.extrapolation)


class Keep:
    """Budgets stay as they are."""

    def budgets(self, monday: Monday) -> Floats:
        """Those of the week before."""
        return monday.before


@dataclass(frozen=True)
class SharedBySlots:
    """The week's money is shared over clinics and lines by their open slots, within each as it was shared before."""

    rules: Rules

    def budgets(self, monday: Monday) -> Floats:
        """Shares of an even part of the money that is left, as near as the rules allow."""
        wanted = self._open(monday.feeds) * self._within()
        low, high = self.rules.bounds(monday.before)
        return _spent_up_to(lambda scale: np.clip(scale * wanted, low, high), monday.left / monday.weeks_left, 0.0, 1e6)

    def _open(self, feeds: Path) -> Floats:
        """(I,) open slots of each campaign's clinic and line in the next weeks."""
        feed = pd.read_csv(feeds / "capacity.csv")
        feed = feed[feed["week"].isin(sorted(set(feed["week"]))[:_WEEKS_SEEN])]
        taken = feed["already_booked"] + feed["expected_baseline_bookings"]
        feed["free"] = (FILL_CAP * feed["new_patient_slots"] - taken).clip(lower=0.0)
        by_unit = feed.groupby(["location", "service_line"])["free"].sum()
        campaigns = self.rules.scenario.tables["campaigns"].frame
        return by_unit.reindex(pd.MultiIndex.from_frame(campaigns[["location", "service_line"]])).to_numpy(np.float64)

    def _within(self) -> Floats:
        """(I,) share of a campaign in its clinic and line, as before the first week."""
        campaigns = self.rules.scenario.tables["campaigns"].frame
        spend = campaigns["current_weekly_spend"]
        of_unit = spend.groupby([campaigns["location"], campaigns["service_line"]]).transform("sum")
        return np.asarray((spend / of_unit).to_numpy(float))


@dataclass(frozen=True)
class CurvesAlone:
    """The most value of a week's money on the curves, whatever slots and teams there are."""

    rules: Rules
    most: Floats
    half: Floats
    worth: Floats

    @classmethod
    def of(cls, rules: Rules) -> CurvesAlone:
        """From the scenario's curves, funnel, seasons and patient values."""
        facts = establish(rules.scenario)
        per_lead = facts.valid * facts.booking * (facts.kept * facts.show)[facts.unit, 0] * facts.ltv_margin[facts.unit]
        numbers = facts.curves[["max_leads", "half_spend"]].to_numpy(float)
        return cls(rules, numbers[:, 0], numbers[:, 1], facts.demand * per_lead[:, None])

    def budgets(self, monday: Monday) -> Floats:
        """Budgets at which the next dollar of every campaign that can move brings the same, and at least a dollar."""
        low, high = self.rules.bounds(monday.before)
        steep = np.sqrt(self.worth[:, monday.number] * self.most * self.half)
        return _spent_up_to(
            lambda spread: np.clip(steep * spread - self.half, low, high), monday.left / monday.weeks_left, 0.0, 1.0
        )


def _spent_up_to(plan: Callable[[float], Floats], money: float, low: float, high: float) -> Floats:
    """The largest plan within the money, of plans that rise with a number; whole cents."""
    if plan(high).sum() <= money:
        low = high
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if plan(middle).sum() <= money else (low, middle)
    return np.asarray(np.floor(plan(low) * 100 + 1e-6) / 100)


@dataclass
class ThisProgram:
    """The weekly recommendation, asked every Monday; questions about feeds are answered on the same day.

    Attributes:
        scenario: What is told before the first week.
        folder: Where its runs and ledger go.
        passed: Caps that the feeds showed and a plan passed; none, if the program keeps its word.
        asked: Questions that were answered.
    """

    scenario: Scenario
    folder: Path
    passed: list[str] = field(default_factory=list)
    asked: int = 0

    def budgets(self, monday: Monday) -> Floats:
        """The budgets of the recommendation."""
        made = self._recommended(monday)
        refused = [doubt for doubt in made.doubts if doubt.refuses]
        if refused:
            answers = pd.DataFrame([{"feed": doubt.feed, "place": doubt.place} for doubt in refused]).drop_duplicates()
            answers.assign(answered_by="Operations").to_csv(monday.feeds / "answers.csv", index=False)
            self.asked += len(answers)
            made = self._recommended(monday)
        self.passed += passed_caps(made.run, monday.feeds)
        names = self.scenario.tables["campaigns"].frame["campaign"]
        return np.asarray(made.table.set_index("campaign")["recommended"].loc[names].to_numpy(float))

    def _recommended(self, monday: Monday) -> Recommendation:
        ledger, runs = self.folder / "ledger.sqlite", self.folder / "runs"
        return recommend(self.scenario, monday.feeds, monday.week, ledger=ledger, runs=runs)


def policy(name: str, told: Path, folder: Path) -> Policy:
    """One of the policies, which knows the scenario in ``told`` and may keep files in ``folder``."""
    scenario = read_scenario(told)
    rules = Rules(scenario)
    match name:
        case "today's budgets":
            return Keep()
        case "shared by open slots":
            return SharedBySlots(rules)
        case "curves without capacity":
            return CurvesAlone.of(rules)
        case "this program":
            return ThisProgram(scenario, folder)
    raise ValueError(f"no policy '{name}'")
