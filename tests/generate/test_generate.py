"""The command and the Python call, which write a group that other commands read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optimizer import api
from optimizer.cli.main import main
from optimizer.errors import UsageError

SMALL = ["--locations", "2", "--lines", "1", "--channels", "2", "--weeks", "3", "--seed", "9"]


def test_the_command_writes_a_folder_that_validates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "group"
    assert main(["generate", *SMALL, str(folder)]) == 0
    assert "made-up group with 4 campaigns" in capsys.readouterr().out
    assert main(["validate", str(folder)]) == 0
    assert "made_up_2x1x2x3_9 is valid: 4 campaigns" in capsys.readouterr().out


def test_json_names_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "group"
    assert main(["generate", *SMALL, str(folder), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert data["campaigns"] == 4
    assert {"scenario.yaml", "campaigns.csv", "limits.csv"} <= set(data["files"])


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", *SMALL, str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    with pytest.raises(UsageError, match="is there already"):
        api.generate(tmp_path)


def test_the_call_makes_the_same_in_memory_and_on_disk(tmp_path: Path) -> None:
    size = {"locations": 2, "lines": 1, "channels": 2, "weeks": 3, "seed": 9}
    made, written = api.generate(**size), api.generate(tmp_path / "group", **size)
    assert made.folder is None
    assert written.folder == (tmp_path / "group").resolve()
    assert made.definition == written.definition
    assert list(made.tables) == list(written.tables)
