"""``import-curves`` from the command line: its file goes into a scenario as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optimizer.cli.main import main
from optimizer.errors import ExitCode

CAMPAIGN = "maple-street-physical-therapy-search"


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    assert main(["new", str(tmp_path / "mine")]) == ExitCode.OK
    return tmp_path / "mine"


@pytest.fixture
def points(tmp_path: Path) -> Path:
    path = tmp_path / "points.csv"
    path.write_text("name,spend,leads\nsearch,0,0\nsearch,400,10\nsearch,1600,24\n")
    (tmp_path / "mapping.csv").write_text(f"their_name,campaign\nsearch,{CAMPAIGN}\n")
    return path


def imported(points: Path, out: Path, *more: str) -> int:
    words = ["import-curves", "points", str(points), "--out", str(out), "--period", "week", "--as-of", "2026-09-21"]
    return main([*words, "--mapping", str(points.with_name("mapping.csv")), *more])


def test_a_plan_is_made_with_the_file(
    scenario: Path, points: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (scenario / "response_curves.csv").unlink()
    campaigns = ["--campaigns", str(scenario / "campaigns.csv")]
    assert imported(points, scenario / "response_curves.csv", *campaigns) == ExitCode.OK
    shown = capsys.readouterr().out
    assert CAMPAIGN in shown
    assert "1,600" in shown
    assert main(["plan", "-q", str(scenario), "--runs", str(tmp_path / "runs")]) == ExitCode.OK
    assert "Proven: no plan" in capsys.readouterr().out


def test_json_envelope(points: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "response_curves.csv"
    assert imported(points, out, "--json") == ExitCode.OK
    made = json.loads(capsys.readouterr().out)
    assert made["command"] == "import-curves"
    assert made["data"]["file"] == str(out)
    (curve,) = made["data"]["curves"]
    assert (curve["campaign"], curve["their_name"], curve["leads"]) == (CAMPAIGN, "search", 24.0)
    assert curve["low"] is None


def test_bad_input_and_usage(points: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "response_curves.csv"
    points.write_text("name,spend,leads\nsearch,0,0\nsearch,400,10\nsearch,1600,4\n")
    assert imported(points, out) == ExitCode.BAD_INPUT
    assert "points.csv:4  'search' falls to 4" in capsys.readouterr().err
    assert main(["import-curves", "points", str(points), "--out", str(out)]) == ExitCode.USAGE
    assert "--period" in capsys.readouterr().err
    assert not out.exists()
