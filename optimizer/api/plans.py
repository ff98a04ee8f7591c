"""Scenarios and plans: load, check, plan, play, keep."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from optimizer.model.setting import established
from optimizer.plan.planner import Plan, make_plan, program_of
from optimizer.plan.runs import Run, find_run, write_run
from optimizer.plan.solving import Progress, silent
from optimizer.scenario.facts import Facts
from optimizer.scenario.read import Scenario, scenario_from_frames
from optimizer.scenario.what_if import load_scenario
from optimizer.solve import pulp_bridge
from optimizer.study.evaluation import Evaluation, evaluation


def load(path: str | os.PathLike[str], *, sets: Sequence[str] = (), changes: Sequence[str] = ()) -> Scenario:
    """Read a scenario folder or a what-if file.

    Args:
        path: The folder, its ``scenario.yaml``, or a what-if file.
        sets: Keys of ``scenario.yaml`` to change: ``budget.total=900000`` or ``budget.total*=0.8``.
        changes: Cells of tables to change: ``appointment_capacity[location=Northside] new_patient_slots *= 0.5``.

    Raises:
        ScenarioError: with every problem of every file and change, each with file, line and mend.
    """
    return load_scenario(path, sets=sets, changes=changes)


def from_frames(definition: Mapping[str, object], tables: Mapping[str, pd.DataFrame]) -> Scenario:
    """Make a scenario from data in memory: what ``scenario.yaml`` would say, and tables by name.

    Args:
        definition: Keys and values as in ``scenario.yaml``.
        tables: Frames with the columns of the tables; they are not changed.

    Raises:
        ScenarioError: as :func:`load`; lines count as if a header stood above.
    """
    return scenario_from_frames(definition, tables)


def validate(scenario: Scenario) -> Facts:
    """Match all tables of a scenario with each other without planning.

    Returns:
        The facts that a plan would be computed from, as arrays; see :class:`optimizer.scenario.facts.Facts`.

    Raises:
        ScenarioError: with every problem found.
    """
    return established(scenario)


def plan(
    scenario: Scenario | str | os.PathLike[str],
    *,
    after: Plan | None = None,
    solver: str = "highs",
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> Plan:
    """Plan a scenario; the answer is certified and checked, or there is none.

    Args:
        scenario: A scenario, or its folder.
        after: A plan of a like scenario, from which the solver begins; the answer is the same, only sooner.
        solver: ``highs`` (in process), or a solver that PuLP knows, such as ``cbc``.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence as each phase begins.

    Returns:
        The plan: ``value`` and ``spend`` in the scenario's currency (or visits, bookings), ``frame(name)`` and
        ``prices`` as data frames, ``summary`` as plain values, ``certificate`` with the proven gap.

    Raises:
        ScenarioError: bad input. InfeasiblePlan: the limits contradict each other. SolverLimit: not enough time.
        VerificationError: the answer failed a check.
    """
    return make_plan(
        scenario if isinstance(scenario, Scenario) else load(scenario),
        after=after,
        solver=solver,
        time_limit=time_limit,
        progress=progress,
    )


def evaluate(
    scenario: Scenario | str | os.PathLike[str],
    spend: str | os.PathLike[str] | None = None,
    *,
    progress: Progress = silent,
) -> Evaluation:
    """Play a spend plan through a scenario: what it achieves, and where its money and patients are lost.

    Args:
        scenario: A scenario, its folder, or a what-if file.
        spend: CSV with campaign, week and spend, or the ``plan.csv`` of a run; today's spend if absent.
        progress: Called with a sentence as each phase begins.

    Returns:
        The evaluation: ``totals``, ``money`` and ``patients`` by where they end, ``by_unit``, ``tables``, and the rules
        that the spend plan breaks.

    Raises:
        ScenarioError: bad input. VerificationError: the answer failed a check.
    """
    made = scenario if isinstance(scenario, Scenario) else load(scenario)
    return evaluation(made, spend, progress=progress)


def save(made: Plan, runs: str | os.PathLike[str] = "runs", *, command: str = "optimizer.plan") -> Run:
    """Write a plan into a new run folder below ``runs``, whole or not at all.

    Raises:
        StorageError: if it cannot be written.
    """
    return write_run(made, Path(runs), command=command)


def open_run(name: str, runs: str | os.PathLike[str] = "runs") -> Run:
    """Open a run by path, by name below ``runs``, or the newest with ``latest``."""
    return find_run(name, Path(runs))


def export_lp(scenario: Scenario | str | os.PathLike[str], path: str | os.PathLike[str]) -> None:
    """Write the program of a scenario as ``.lp`` or ``.mps`` for any other solver.

    Raises:
        UsageError: if the ending is neither. StorageError: if the file cannot be written.
    """
    made = scenario if isinstance(scenario, Scenario) else load(scenario)
    pulp_bridge.export(program_of(made), Path(path))
