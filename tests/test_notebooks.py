"""Every notebook runs from the project's folder as it stands, and says what it is meant to."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path

import pytest

from optimizer.study import quarter as study_quarter

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


def test_there_are_notebooks() -> None:
    assert {path.stem for path in NOTEBOOKS} >= {"what_if", "calibrate", "quarterly_plan"}


QUARTER = ROOT / "notebooks" / "quarterly_plan.py"


@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if path != QUARTER], ids=lambda path: path.stem)
def test_a_notebook_runs(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a folder with a copy of the scenarios, so that runs are written there."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(path))
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("scenario", ["one_clinic", pytest.param("three_markets", marks=pytest.mark.bench)])
def test_the_quarter_runs(
    scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Here with one clinic and few points; three markets take a minute and a half and are tried on demand."""
    if scenario == "one_clinic":
        monkeypatch.setattr(study_quarter, "POINTS", 2)
    shutil.copytree(ROOT / "scenarios" / scenario, tmp_path / "scenarios" / "three_markets")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(QUARTER))
    assert "Everything ties out" in capsys.readouterr().out
