"""calibrate and backtest as people and scripts use them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from optimizer.calibration import estimate
from optimizer.calibration.calibrate import calibrate
from optimizer.calibration.history import read_history
from optimizer.cli.main import main
from optimizer.cli.output import show_text
from optimizer.errors import ExitCode
from optimizer.report.calibration import calibration_screen
from tests.calibration.weekly import rows


def run(*words: object) -> int:
    return main([str(word) for word in words])


@pytest.fixture
def given(tmp_path: Path) -> Path:
    random = np.random.default_rng(8)
    parts = []
    for number in range(4):
        spend = np.round(random.uniform(100, 3000, 40), 2)
        parts.append(rows(f"c{number}", spend, random.poisson(60 * spend / (1000 + spend))))
    parts.append(rows("late", [500.0] * 3, [9, 11, 10], first=37))
    text = parts[0].to_csv(index=False) + "".join(part.to_csv(index=False, header=False) for part in parts[1:])
    (tmp_path / "history.csv").write_text(text)
    return tmp_path / "history.csv"


def test_the_first_screen(given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("calibrate", given, "--out", tmp_path / "out") == ExitCode.OK
    shown = capsys.readouterr()
    said = " ".join(shown.out.split())
    assert "4 of 5 campaigns carry their own curve." in said
    assert "1 of 5 campaigns cannot carry a curve and borrows that of its kind." in said
    assert "Test on the last 8 weeks" in said
    assert "What a lead cost in the last four weeks" in said
    assert "late" in said
    assert "not what caused it" in said
    assert "hold some regions back" in said
    assert "Next: copy" in shown.err
    assert "%" not in shown.err, "no bar where nobody watches"


def test_json_is_one_envelope(given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("calibrate", "--json", given, "--out", tmp_path / "out") == ExitCode.OK
    made = json.loads(capsys.readouterr().out)
    assert made["data"]["quality"] == {"own": 4, "pooled": 1}
    assert "response_curves.csv" in made["data"]["files"]
    assert made["data"]["look_at"][0]["campaign"] == "late"


def test_any_number_of_workers_finds_the_same(given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the last digit of every file, with the campaigns in three chunks."""
    monkeypatch.setattr(estimate, "CHUNK", 2)
    for workers in (1, 2):
        assert run("calibrate", given, "--out", tmp_path / str(workers), "--workers", workers) == ExitCode.OK
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("1", "2"))
    assert len(one) > 4
    assert one == two


def test_a_backtest_by_week(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("backtest", given, "--weeks", 2) == ExitCode.OK
    assert "All 2 weeks together" in capsys.readouterr().out
    assert run("backtest", given, "--weeks", 2, "--json") == ExitCode.OK
    data = json.loads(capsys.readouterr().out)["data"]
    assert [week["week"] for week in data["by_week"]] == data["weeks"]
    assert data["error"] < data["error_flat_cost"]


def test_a_bad_history_is_exit_3_with_every_problem(
    given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = given.read_text().splitlines()
    lines[3] = lines[3].replace("c0,", "c0 ,", 1).rsplit(",", 1)[0] + ",4.5"
    lines[5] = lines[5].rsplit(",", 2)[0] + ",-3,4"
    given.write_text("\n".join(lines) + "\n")
    assert run("calibrate", given, "--out", tmp_path / "out") == ExitCode.BAD_INPUT
    said = capsys.readouterr().err
    assert "file 'history.csv' has 2 problems" in said
    assert "history.csv:4" in said
    assert "history.csv:6" in said
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_there_is_wrong_usage_before_any_work(given: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert run("calibrate", given, "--out", tmp_path / "out") == ExitCode.USAGE


def test_a_history_too_short_to_backtest_is_wrong_usage(given: Path) -> None:
    assert run("backtest", given, "--weeks", 39) == ExitCode.USAGE


def test_fits_that_do_not_end_are_named_on_the_screen(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = calibrate(read_history(given), steps=1, holdout=0)
    failed = found.table.loc[found.table["data_quality"] == "failed", "campaign"]
    show_text(calibration_screen(found))
    said = " ".join(capsys.readouterr().out.split())
    assert len(failed)
    assert all(
        f"{campaign} The fit did not come to an end, so it has no curve of its own" in said for campaign in failed
    )
    assert not set(failed) & set(found.curves["campaign"])


def test_names_and_kinds_come_from_campaigns_csv(
    given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A history that knows campaigns by name alone, and one that knows another name than campaigns.csv."""
    kept = [line.split(",") for line in given.read_text().splitlines()]
    given.write_text("".join(f"{week},{name},{spend},{leads}\n" for week, name, *_, spend, leads in kept))
    head = "campaign,location,service_line,channel,current_weekly_spend\n"
    names = ["c0", "c1", "c2", "c3", "late"]
    (tmp_path / "campaigns.csv").write_text(head + "".join(f"{name},North,Care,Search,100\n" for name in names))
    asked = ("--campaigns", tmp_path / "campaigns.csv", "--out", tmp_path / "out")
    assert run("calibrate", given, *asked) == ExitCode.OK
    assert ",Care,Search," in (tmp_path / "out" / "response_curves.csv").read_text(), "a default of the kind"
    (tmp_path / "campaigns.csv").write_text(head + "c0,North,Care,Search,100\n")
    capsys.readouterr()
    assert run("calibrate", given, "--campaigns", tmp_path / "campaigns.csv", "--out", tmp_path / "b") == 3
    assert "campaign 'c1' is not one campaign of campaigns.csv" in capsys.readouterr().err


def test_a_lone_high_spend_is_asked_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(8)
    spend = np.append(np.round(random.uniform(100, 300, 39), 2), 90_000.0)
    rows("odd", spend, random.poisson(20, 40)).to_csv(tmp_path / "history.csv", index=False)
    assert run("calibrate", tmp_path / "history.csv", "--out", tmp_path / "out") == ExitCode.OK
    said = " ".join(capsys.readouterr().out.split())
    assert "90,000, is far above every other; is it right?" in said
