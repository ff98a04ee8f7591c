"""A campaign that is about to start: what the scenario and, where there is one, a plan say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import UsageError
from optimizer.intake.capacity import intake_hours
from optimizer.model.setting import established
from optimizer.plan.runs import Run
from optimizer.scenario.bounds import FLIGHT
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Codes, Floats, did_you_mean
from optimizer.scenario.read import Scenario
from optimizer.scenario.tables import Table
from optimizer.weekly.run_inputs import require_whole


@dataclass(frozen=True)
class Launch:
    """A campaign before its launch.

    Attributes:
        scenario: Where it stands.
        facts: The same as arrays.
        row: Its position among the campaigns of the facts.
        plan: A run that plans it; nothing where none is given.
    """

    scenario: Scenario
    facts: Facts
    row: int
    plan: Run | None

    @property
    def labels(self) -> Mapping[str, str]:
        """campaign, market, location, service_line, channel."""
        return {str(name): str(label) for name, label in self.facts.campaigns.iloc[self.row].items()}

    @property
    def unit(self) -> int:
        """Position of its clinic and line."""
        return int(self.facts.unit[self.row])

    @property
    def team(self) -> int:
        """Position of its intake team; -1 where intake is not limited."""
        return int(self.facts.team[self.unit])

    @property
    def written(self) -> tuple[Mapping[str, Any], str]:
        """Its row of campaigns, and where that stands."""
        return self.find("campaigns", campaign=self.labels["campaign"]) or ({}, "")

    @property
    def weeks(self) -> Codes:
        """Positions of the planned weeks in which its owner lets it run."""
        return np.flatnonzero(self.facts.gates.verdicts[FLIGHT].ceiling[self.row] > 0)

    @property
    def open_slots(self) -> Floats:
        """(H,) open slots of its clinic and line before any advertising."""
        return np.asarray(self.facts.open_slots[self.unit])

    @property
    def hours(self) -> Floats:
        """(L,) hours of its team that are left for leads in time; nothing where intake is not limited."""
        none: npt.NDArray[np.float64] = np.zeros(0)
        return none if self.team < 0 else np.asarray(intake_hours(self.facts).in_time[self.team])

    def find(self, table: str, **labels: str) -> tuple[Mapping[str, Any], str] | None:
        """The first row of a table with these labels, and where it stands; nothing if there is none."""
        found = self.scenario.tables.get(table)
        if found is None:
            return None
        rows = np.flatnonzero(np.logical_and.reduce([found.frame[name] == label for name, label in labels.items()]))
        return (_row(found, int(rows[0])), place(found, int(rows[0]))) if len(rows) else None

    def planned(self, table: str) -> pd.DataFrame:
        """Rows of a table of the plan that are about its clinic and line, or about itself."""
        if self.plan is None:
            return pd.DataFrame()
        frame = self.plan.table(table)
        keys = ["campaign"] if "campaign" in frame else ["location", "service_line"]
        mine: pd.DataFrame = frame[np.logical_and.reduce([frame[key] == self.labels[key] for key in keys])]
        return mine

    @property
    def is_of_these_inputs(self) -> bool:
        """Whether the plan was made from the scenario as it is."""
        if self.plan is None:
            return True
        return self.plan.manifest["inputs"] == dict(self.scenario.files) and not self.scenario.changes


def _row(table: Table, row: int) -> Mapping[str, Any]:
    return {str(name): cell for name, cell in table.frame.iloc[row].items()}


def place(table: Table, row: int) -> str:
    """File and line of a row."""
    return f"{table.file}:{table.lines[row]}"


def launch(scenario: Scenario, campaign: str, plan: Run | None = None) -> Launch:
    """A campaign before its launch.

    Args:
        scenario: Where it stands.
        campaign: Its name.
        plan: A run that plans it.

    Raises:
        UsageError: if there is no such campaign, in the scenario or in the plan. ScenarioError: bad input.
        StorageError: if the run was changed after it was written.
    """
    facts = established(scenario)
    names = [str(name) for name in facts.campaigns["campaign"]]
    if campaign not in names:
        raise UsageError(f"there is no campaign '{campaign}'; {did_you_mean(campaign, names)}")
    if plan is not None:
        require_whole(plan)
        if campaign not in set(plan.table("plan")["campaign"]):
            raise UsageError(f"the run {plan.folder.name} plans no campaign '{campaign}'")
    return Launch(scenario, facts, names.index(campaign), plan)
