"""The scenario that a run was made from, as it was planned: its files, with what was changed after reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from optimizer.errors import StorageError
from optimizer.plan.runs import Run, require_same
from optimizer.scenario.changes import place_of, plain
from optimizer.scenario.definition import Definition
from optimizer.scenario.read import SCENARIO_FILE, Scenario, read_scenario, table_of_sheet
from optimizer.scenario.sheets import sheet_of_frame
from optimizer.scenario.tables import TABLES, Table

Logged = Mapping[str, object]
"""One changed value as the manifest holds it: table, place, column, old, new, source."""


def planned_scenario(run: Run) -> Scenario:
    """The scenario of a run: ``inputs/`` with the logged changes, each checked against the value that it replaced.

    Raises:
        StorageError: if the run has no inputs, or they are not those that it was made from.
        ScenarioError: if they cannot be read.
    """
    folder = run.folder / "inputs"
    if not (folder / SCENARIO_FILE).is_file():
        raise StorageError(f"{run.folder} has no inputs: it was made from data in memory, not from a scenario folder")
    inputs: Mapping[str, str] = run.manifest["inputs"]  # type: ignore[assignment]
    require_same(run.folder, ((f"inputs/{name}", digest) for name, digest in inputs.items()))
    scenario = read_scenario(folder)
    changes: Sequence[Logged] = run.manifest["changes"]  # type: ignore[assignment]
    tables = dict(scenario.tables)
    for name in {str(change["table"]) for change in changes} - {SCENARIO_FILE}:
        mine = [change for change in changes if change["table"] == name]
        tables[name] = _changed(run, name, tables.get(name), mine)
    definition = Definition.model_validate(run.manifest["definition"])
    return replace(scenario, definition=definition, tables={name: tables[name] for name in TABLES if name in tables})


def require_unchanged(run: Run, *tables: str) -> None:
    """Refuse a run whose tables are not those that were checked when it was written.

    Raises:
        StorageError: naming the file.
    """
    outputs: Mapping[str, str] = run.manifest["outputs"]  # type: ignore[assignment]
    require_same(run.folder, ((f"{name}.csv", outputs[f"{name}.csv"]) for name in tables))


def require_whole(run: Run) -> None:
    """Refuse a run of which any file that it wrote is not as it was written.

    Raises:
        StorageError: naming the file.
    """
    outputs: Mapping[str, str] = run.manifest["outputs"]  # type: ignore[assignment]
    require_same(run.folder, outputs.items())


def _changed(run: Run, name: str, table: Table | None, changes: Sequence[Logged]) -> Table:
    """A table with its logged changes in their order; rows that were appended stand at the end, on line 0."""
    spec = TABLES[name]
    columns = [column.name for column in spec.columns]
    rows = table.frame.to_dict("records") if table else []
    at = {place_of(spec.key, table.frame, row): row for row in range(len(rows))} if table else {}
    for change in changes:
        place, column = str(change["place"]), str(change["column"])
        if place not in at and change["old"] is None:
            at[place] = len(rows)
            rows.append(dict.fromkeys(columns))
        if place not in at or plain(rows[at[place]][column]) != change["old"]:
            raise StorageError(f"{run.folder}: the changes of the run do not fit its {name} ({place}, {column})")
        rows[at[place]][column] = change["new"]
    file = table.file if table else f"{name}.csv"
    made, problems = table_of_sheet(spec, sheet_of_frame(pd.DataFrame(rows, columns=columns, dtype=object), file), file)
    if problems:
        raise StorageError(f"{run.folder}: the changes of the run do not fit its {name}: {problems[0].message}")
    lines = np.zeros(len(rows), dtype=np.int64)
    if table:
        lines[: len(table.lines)] = table.lines
    return replace(made, lines=lines)
