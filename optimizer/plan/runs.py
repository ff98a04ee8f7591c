"""Run folders: a plan on disk, written under a temporary name and renamed, so that there is never half of one.

A run folder holds ``run.json`` (the manifest), ``summary.json``, one CSV per table, and ``inputs/`` with the scenario's
files as they were read.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import os
import platform
import secrets
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.errors import StorageError, UsageError
from optimizer.plan.planner import Plan
from optimizer.scenario.read import Scenario

RUN_SCHEMA = 2
TABLES = ("plan", "capacity", "intake", "leads", "bookings", "pathways", "follow_on", "resources", "limits", "gates",
          "room", "prices", "explain")  # fmt: skip
INTERNAL = "Internal: holds counts of 1 to 10 patients; not to be passed on. 'optimizer report --shareable' may be."
"""What a run folder may be used for."""
_LIBRARIES = ("numpy", "pandas", "scipy", "pydantic", "highspy", "pulp")
_DIGITS = 6
_ABANDONED_SECONDS = 3600
_MONEY = ("current_spend", "recommended_spend", "change", "extrapolated_spend", "ceiling_before", "ceiling_after",
          "overflow_cost", "may_spend", "curve_end", "room", "held_room", "before", "recommended")  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A run as it stands on disk.

    Attributes:
        folder: Where it is.
        manifest: Contents of ``run.json``.
        summary: Contents of ``summary.json``.
    """

    folder: Path
    manifest: Mapping[str, object]
    summary: Mapping[str, object]

    def table(self, name: str) -> pd.DataFrame:
        """One of the run's tables; text stays text, blank numbers are NaN."""
        return read_table(self.folder / f"{name}.csv")


def read_table(path: Path) -> pd.DataFrame:
    """A table that :func:`csv_text` wrote.

    Raises:
        StorageError: if it cannot be read.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            header, *rows = csv.reader(lines)
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror}") from error
    columns = dict(zip(header, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(header, ())
    return pd.DataFrame({name: _typed(name, cells) for name, cells in columns.items()})


_TEXT = {
    "campaign", "market", "location", "service_line", "channel", "week", "visit_week", "intake_team", "reason",
    "reason_code", "seen_at", "to_line", "resource", "family", "row", "limit_text", "side", "unit", "meaning",
    "name", "quantity", "weeks", "owner", "source", "code", "on_envelope",
    "held_by", "stopped_by", "action", "input", "binding", "begins", "refusal", "broken",
}  # fmt: skip
"""Columns of the tables that hold text; all others hold numbers."""


def _typed(name: str, cells: tuple[str, ...]) -> object:
    if name in _TEXT:
        return [cell[1:] if cell[:1] == "'" and _inert(cell[1:]) == cell else cell for cell in cells]
    return np.array([float(cell) if cell else np.nan for cell in cells])


def require_same(folder: Path, digests: Iterable[tuple[str, str]]) -> None:
    """Refuse a folder of which a file is not as it was written.

    Args:
        folder: The folder.
        digests: Names of files in it, and their SHA-256.

    Raises:
        StorageError: naming the file.
    """
    for name, digest in digests:
        if digest_of(folder / name) != digest:
            raise StorageError(f"{folder / name} was changed after the run was written; make the plan again")


def digest_of(path: Path) -> str:
    """SHA-256 of a file.

    Raises:
        StorageError: if it cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror}") from error


def write_run(plan: Plan, runs: Path, *, command: str, name: str = "", beside: Mapping[str, str] | None = None) -> Run:
    """Write a plan into a new folder below ``runs``.

    Args:
        plan: What to write.
        runs: Folder of all runs; made if it is not there.
        command: What made the plan, for the manifest.
        name: Name of the folder, which takes the place of one that is there; by scenario and time if absent.
        beside: Further files of the run: name -> text.

    Raises:
        StorageError: if the folder cannot be written; nothing is left behind.
    """
    made_at = dt.datetime.now(dt.UTC)
    named = name or f"{plan.facts.definition.name}-{made_at:%Y%m%dT%H%M%S}-{fingerprint(plan.scenario)[:8]}"
    unfinished = runs / f".unfinished-{named}-{secrets.token_hex(4)}"
    try:
        runs.mkdir(parents=True, exist_ok=True)
        sweep(runs)
        unfinished.mkdir()
        outputs = _write_outputs(plan, unfinished)
        outputs |= {file: write_text(unfinished / file, text) for file, text in (beside or {}).items()}
        manifest = _manifest(plan, outputs, command, made_at)
        write_text(unfinished / "run.json", json_text(manifest))
        folder = _replace(unfinished, runs / name) if name else _rename(unfinished, runs, named)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise StorageError(f"cannot write the run below {runs}: {error.strerror or error}") from error
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return Run(folder, manifest, json.loads(json_text(plan.summary)))


def sweep(folder: Path) -> None:
    """Remove what processes that were killed long ago left unfinished in a folder."""
    for left in folder.glob(".unfinished-*"):
        if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _rename(unfinished: Path, runs: Path, name: str) -> Path:
    """Give the finished folder its name; a number is added where a run of the same second has it already."""
    for number in range(1, 1000):
        folder = runs / (name if number == 1 else f"{name}-{number}")
        if not folder.exists():
            unfinished.rename(folder)
            return folder
    raise OSError(f"too many runs named {name}")


def _replace(unfinished: Path, folder: Path) -> Path:
    """Give the finished folder its name, in place of one that a process left when it was killed."""
    if folder.exists():
        shutil.rmtree(folder)
    unfinished.rename(folder)
    return folder


def read_run(folder: Path) -> Run:
    """Read a run folder.

    Raises:
        StorageError: if it is not a run, or was written by a newer version.
    """
    try:
        manifest = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StorageError(f"{folder} is not a run: {error}") from error
    if manifest.get("schema") != RUN_SCHEMA:
        raise StorageError(f"{folder} has run format {manifest.get('schema')}; this version reads {RUN_SCHEMA}")
    return Run(folder, manifest, summary)


def find_run(name: str, runs: Path) -> Run:
    """A run by its path, by its name below ``runs``, or the newest for ``latest``.

    Raises:
        UsageError: if there is no such run.
    """
    if name == "latest":
        finished = (path for path in runs.glob("*/run.json") if not path.parent.name.startswith("."))
        made = sorted(finished, key=lambda path: path.stat().st_mtime_ns)
        if not made:
            raise UsageError(f"there is no run below {runs}; make one with: optimizer plan SCENARIO")
        return read_run(made[-1].parent)
    for folder in (Path(name), runs / name):
        if (folder / "run.json").is_file():
            return read_run(folder)
    raise UsageError(f"there is no run '{name}', here or below {runs}")


def _write_outputs(plan: Plan, folder: Path) -> dict[str, str]:
    """Write tables, summary and inputs; SHA-256 of each table and of the summary."""
    outputs = {name: write_text(folder / name, text) for name, text in texts_of(plan).items()}
    source = plan.scenario.folder
    if source is not None:
        (folder / "inputs").mkdir()
        for name in plan.scenario.files:
            target = folder / "inputs" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, target)
    return outputs


def texts_of(plan: Plan) -> dict[str, str]:
    """The files that say what a plan is, its tables and its summary: name -> text."""
    tables = {f"{name}.csv": csv_text(plan.tables[name]) for name in TABLES}
    return {**tables, "summary.json": json_text(plan.summary)}


def csv_text(frame: pd.DataFrame) -> str:
    """A table as CSV: money with two digits, other numbers with six, text that cannot become a formula."""
    columns = [_cells(str(name), frame[name]) for name in frame.columns]
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows(zip(*columns, strict=True))
    return written.getvalue()


def _cells(name: str, column: pd.Series) -> list[str]:
    if name in _TEXT:
        place, texts = pd.factorize(column.to_numpy(dtype=object), use_na_sentinel=False)  # -1 would be the last text
        return list(np.array([_inert(str(text)) for text in texts], dtype=object)[place])
    numbers, digits = column.to_numpy(float), 2 if name in _MONEY else _DIGITS
    shown = np.where(np.round(numbers, digits) == 0, 0.0, numbers)  # so that no zero has a minus
    form = f"%.{digits}f"
    blank = np.isnan(shown).tolist()
    written = ["" if empty else form % number for number, empty in zip(shown.tolist(), blank, strict=True)]
    return written if name in _MONEY else [text.rstrip("0").rstrip(".") for text in written]


def _inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula: a leading sign is preceded by an apostrophe."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r", "＝"} else text


def write_text(path: Path, text: str) -> str:
    """Write a file so that it is on the disk, not on its way there; its SHA-256."""
    data = text.encode("utf-8")
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(data).hexdigest()


def json_text(value: object) -> str:
    """Plain values as JSON, the same for the same values."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def fingerprint(scenario: Scenario) -> str:
    """SHA-256 of a scenario: its files, and the values that were changed after reading."""
    changed = [asdict(changed) for changed in scenario.changes]
    listed = json.dumps([dict(scenario.files), changed] if changed else dict(scenario.files), sort_keys=True)
    return hashlib.sha256(listed.encode()).hexdigest()


def _manifest(plan: Plan, outputs: Mapping[str, str], command: str, made_at: dt.datetime) -> dict[str, object]:
    program = plan.solution.program
    return {
        "schema": RUN_SCHEMA,
        "tool_version": version("capacity-budget-optimizer"),
        "command": command,
        "use": INTERNAL,
        "made_at": made_at.isoformat(timespec="seconds"),
        "status": plan.status.value,
        "certificate": plan.certificate.as_dict(),
        "curve_gap": asdict(plan.curve_gap),
        "inputs": dict(plan.scenario.files),
        "inputs_sha256": fingerprint(plan.scenario),
        "changes": [asdict(changed) for changed in plan.scenario.changes],
        "outputs": dict(outputs),
        "definition": plan.facts.definition.model_dump(mode="json"),
        "solver": {
            "name": plan.solution.solver,
            "iterations": plan.solution.iterations,
            "rows": len(program.row_lower),
            "columns": len(program.lower),
            "coefficients": int(program.matrix.nnz),
        },
        "platform": {"python": platform.python_version(), "system": platform.platform()},
        "libraries": {name: version(name) for name in _LIBRARIES},
        "timings": {name: round(seconds, 4) for name, seconds in plan.timings.items()},
    }
