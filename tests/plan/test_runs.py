"""Run folders: whole or not there, the same bytes for the same inputs, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optimizer import api
from optimizer.errors import StorageError, UsageError
from optimizer.plan import runs
from optimizer.plan.planner import Plan
from optimizer.plan.runs import csv_text, find_run, read_run, write_run

SCENARIO = Path(__file__).parents[2] / "scenarios" / "one_clinic"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return api.plan(SCENARIO)


def test_two_runs_have_the_same_tables(plan: Plan, tmp_path: Path) -> None:
    first, second = (write_run(made, tmp_path, command="test") for made in (plan, api.plan(SCENARIO)))
    assert first.folder != second.folder
    for name in [*first.manifest["outputs"]]:  # type: ignore[misc]
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes(), name


def test_the_manifest_names_every_file_by_its_hash(plan: Plan, tmp_path: Path) -> None:
    run = write_run(plan, tmp_path, command="test")
    manifest = json.loads((run.folder / "run.json").read_text())
    for name, digest in manifest["outputs"].items():
        assert hashlib.sha256((run.folder / name).read_bytes()).hexdigest() == digest
    for name, digest in manifest["inputs"].items():
        assert hashlib.sha256((run.folder / "inputs" / name).read_bytes()).hexdigest() == digest
    assert manifest["status"] == "optimal_certified"
    assert (
        -manifest["certificate"]["allowed_gap"]
        <= manifest["certificate"]["gap"]
        <= manifest["certificate"]["allowed_gap"]
    )


def test_money_ties_out_to_the_cent_in_the_file(plan: Plan, tmp_path: Path) -> None:
    run = write_run(plan, tmp_path, command="test")
    with (run.folder / "plan.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    cents = sum(round(float(row["recommended_spend"]) * 100) for row in rows)
    assert cents == round(json.loads((run.folder / "summary.json").read_text())["plan"]["spend"] * 100)


def test_tables_read_back_as_they_were(plan: Plan, tmp_path: Path) -> None:
    run = write_run(plan, tmp_path, command="test")
    for name in runs.TABLES:
        back, made = run.table(name), plan.frame(name)
        assert list(back.columns) == list(made.columns)
        for column in made.columns:
            if column in runs._TEXT:
                assert back[column].tolist() == made[column].astype(str).tolist()
            else:
                np.testing.assert_allclose(back[column].to_numpy(float), made[column].to_numpy(float), atol=5.1e-7)


def test_a_disk_that_fails_leaves_nothing(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = write_run(plan, tmp_path, command="test")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        write_run(plan, tmp_path, command="test")
    assert list(tmp_path.iterdir()) == [before.folder]


def test_a_file_in_place_of_the_folder_is_said(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(StorageError, match="runs"):
        write_run(plan, tmp_path / "runs", command="test")


def test_text_cannot_become_a_formula() -> None:
    frame = pd.DataFrame(
        {"campaign": ["=1+1", "+a", "-b", "@c", "\td", "plain", 'q"uote'], "change": [1.0, -2.5, 0, 0, 0, 0, -0.0]}
    )
    rows = list(csv.reader(csv_text(frame).splitlines()))
    assert [row[0] for row in rows[1:]] == ["'=1+1", "'+a", "'-b", "'@c", "'\td", "plain", 'q"uote']
    assert [runs._typed("campaign", (row[0],)) for row in rows[1:]] == [[name] for name in frame["campaign"]]
    assert [row[1] for row in rows[1:]] == ["1.00", "-2.50", "0.00", "0.00", "0.00", "0.00", "0.00"]


def test_runs_are_found_by_path_name_and_age(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no run below"):
        find_run("latest", tmp_path)
    run = write_run(plan, tmp_path, command="test")
    for name in (str(run.folder), run.folder.name, "latest"):
        assert find_run(name, tmp_path).folder.resolve() == run.folder.resolve()
    with pytest.raises(UsageError, match="no run 'other'"):
        find_run("other", tmp_path)


def test_a_run_of_a_newer_format_is_refused(plan: Plan, tmp_path: Path) -> None:
    run = write_run(plan, tmp_path, command="test")
    manifest = json.loads((run.folder / "run.json").read_text())
    (run.folder / "run.json").write_text(json.dumps({**manifest, "schema": 99}))
    with pytest.raises(StorageError, match="format 99"):
        read_run(run.folder)


def test_a_text_that_is_missing_is_never_another_one() -> None:
    frame = pd.DataFrame({"reason": pd.Series(["first", np.nan, "last"], dtype=object)})
    assert csv_text(frame).splitlines() == ["reason", "first", "nan", "last"]
