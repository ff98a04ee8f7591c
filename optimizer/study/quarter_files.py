"""The folder of a quarter: a run for each budget, the frontier and the sensitivities as tables, and a manifest.

``quarter.json`` names everything with its digest, so that every report is made from the folder alone, whole and
unchanged.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.errors import StorageError
from optimizer.plan.runs import (
    Run,
    csv_text,
    digest_of,
    fingerprint,
    json_text,
    read_run,
    read_table,
    require_same,
    write_run,
    write_text,
)
from optimizer.study.frontier import Frontier
from optimizer.study.quarter import QuarterStudy

QUARTER_SCHEMA = 1
MANIFEST = "quarter.json"
RUNS = "budgets"


@dataclass(frozen=True)
class Budget:
    """The plan at one budget, as it stands on disk.

    Attributes:
        amount: The budget.
        run: The run; ``None`` where no plan meets every limit, or the time was not enough.
        refusal: The limits that stand in the way then and the ways out, or that more time is needed, in words.
    """

    amount: float
    run: Run | None
    refusal: str = ""


@dataclass(frozen=True)
class Quarter:
    """A quarter as it stands on disk.

    Attributes:
        folder: Where it is.
        manifest: Contents of ``quarter.json``.
        base: The run at the scenario's own budget.
        budgets: From the lowest to the highest; the base is one of them.
        frontier: One row per budget: ``share``, ``budget``, ``spend``, ``visits``, ``value``, ``gap``, ``next_unit``,
            ``binding``, ``begins``, ``refusal``; numbers are blank where there is no plan.
        sensitivity: One row per case, as in :attr:`optimizer.study.sensitivity.Sensitivity.table`.
    """

    folder: Path
    manifest: Mapping[str, Any]
    base: Run
    budgets: tuple[Budget, ...]
    frontier: pd.DataFrame
    sensitivity: pd.DataFrame

    @property
    def others(self) -> list[Run]:
        """Runs at other budgets than the scenario's own."""
        return [budget.run for budget in self.budgets if budget.run and budget.run.folder != self.base.folder]

    @property
    def step(self) -> float:
        """The next money that is asked about."""
        return float(self.manifest["step"])


def write_quarter(study: QuarterStudy, folder: Path, *, command: str) -> None:
    """Write a study into a folder that is there and empty.

    Raises:
        StorageError: if it cannot be written.
    """
    made_at = dt.datetime.now(dt.UTC)
    tables = {"frontier.csv": frontier_table(study.frontier), "sensitivity.csv": study.sensitivity.table}
    outputs = {name: write_text(folder / name, csv_text(table)) for name, table in tables.items()}
    budgets = []
    for at in study.budgets:
        named = f"{study.base.facts.definition.name}-{at.amount:.2f}".removesuffix(".00")
        if at.plan:
            run = write_run(at.plan, folder / RUNS, command=command, name=named)
            outputs[f"{RUNS}/{named}/run.json"] = digest_of(run.folder / "run.json")
        budgets.append({
            "amount": at.amount,
            "run": f"{RUNS}/{named}" if at.plan else None,
            "refusal": str(at.refusal) if at.refusal else None,
        })  # fmt: skip
    manifest = {
        "schema": QUARTER_SCHEMA,
        "tool_version": version("capacity-budget-optimizer"),
        "command": command,
        "made_at": made_at.isoformat(timespec="seconds"),
        "inputs_sha256": fingerprint(study.base.scenario),
        "budget": study.base.facts.definition.budget.total,
        "step": study.step,
        "budgets": budgets,
        "outputs": outputs,
    }
    write_text(folder / MANIFEST, json_text(manifest))


def is_quarter(folder: Path) -> bool:
    """Whether a folder holds a quarter."""
    return (folder / MANIFEST).is_file()


def read_quarter(folder: Path) -> Quarter:
    """Read the folder of a quarter.

    Raises:
        StorageError: if it is none, was written by a newer version, or a file is not as it was written.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StorageError(f"{folder} is not a quarter: {error}") from error
    if manifest.get("schema") != QUARTER_SCHEMA:
        raise StorageError(f"{folder} has format {manifest.get('schema')}; this version reads {QUARTER_SCHEMA}")
    require_same(folder, manifest["outputs"].items())
    budgets = tuple(_budget(folder, entry) for entry in manifest["budgets"])
    (base,) = [budget.run for budget in budgets if budget.run and budget.amount == manifest["budget"]]
    tables = [read_table(folder / f"{name}.csv") for name in ("frontier", "sensitivity")]
    return Quarter(folder, manifest, base, budgets, *tables)


def _budget(folder: Path, entry: Mapping[str, Any]) -> Budget:
    """One budget; the files of its run are those that its manifest names."""
    if entry["run"] is None:
        return Budget(entry["amount"], None, entry["refusal"])
    run = read_run(folder / entry["run"])
    outputs: Mapping[str, str] = run.manifest["outputs"]  # type: ignore[assignment]
    require_same(run.folder, outputs.items())
    return Budget(entry["amount"], run)


def frontier_table(found: Frontier) -> pd.DataFrame:
    """A frontier as a table; numbers are blank where there is no plan, and lists of places have '; ' between them."""
    rows = [
        {
            "share": point.share,
            "budget": point.amount,
            "spend": point.outcome.total_spend if point.outcome else None,
            "visits": float(point.outcome.visits.sum()) if point.outcome else None,
            "value": point.outcome.value if point.outcome else None,
            "gap": point.gap if point.outcome else None,
            "next_unit": point.next_unit,
            "binding": "; ".join(point.binding),
            "begins": "; ".join(point.begins),
            "refusal": point.refusal,
        }
        for point in found.points
    ]
    table = pd.DataFrame(rows)
    numbers = ["share", "budget", "spend", "visits", "value", "gap", "next_unit"]
    return table.astype(dict.fromkeys(numbers, float))
