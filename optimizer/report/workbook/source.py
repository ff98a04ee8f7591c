"""What the workbook is made from: one run folder, whole and unchanged, and the runs that it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from optimizer.model.setting import established
from optimizer.plan.runs import TABLES, Run
from optimizer.plan.why import words_of
from optimizer.plan.words import Words
from optimizer.scenario.facts import Facts
from optimizer.scenario.read import Scenario
from optimizer.study.compare import Comparison, compare
from optimizer.study.quarter_files import Quarter
from optimizer.weekly.run_inputs import planned_scenario, require_whole


@dataclass(frozen=True)
class Source:
    """A run, read once.

    Attributes:
        run: The run.
        tables: Its tables by name.
        scenario: What was planned: the run's own copy of its inputs, with the logged changes.
        facts: The same, as the plan took it.
        words: How its numbers are written.
        against: What it does differently from each of the runs that it is compared with.
        quarter: The quarter that it is the base of, if any.
    """

    run: Run
    tables: Mapping[str, pd.DataFrame]
    scenario: Scenario
    facts: Facts
    words: Words
    against: tuple[Comparison, ...]
    quarter: Quarter | None = None

    @property
    def summary(self) -> Mapping[str, Any]:
        """Its summary."""
        return self.run.summary

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Its manifest."""
        return self.run.manifest

    @property
    def is_money(self) -> bool:
        """Whether value is money."""
        return self.words.objective.in_money


def read_source(run: Run, against: Sequence[Run], quarter: Quarter | None = None) -> Source:
    """Read a run and what it is compared with; a quarter was compared with its digests when it was read.

    Raises:
        StorageError: if a file of a run is not as it was written, or the run holds no inputs.
        UsageError: if a run counts in another currency.
    """
    for each in (run, *against):
        require_whole(each)
    scenario = planned_scenario(run)
    return Source(
        run=run,
        tables={name: run.table(name) for name in TABLES},
        scenario=scenario,
        facts=established(scenario),
        words=words_of(run),
        against=tuple(compare(before, run) for before in against),
        quarter=quarter,
    )
