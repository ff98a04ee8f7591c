"""``calibrate --funnel`` from the command line: its files go into a scenario as they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optimizer.cli.main import main
from optimizer.errors import ExitCode


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    assert main(["new", str(tmp_path / "mine")]) == ExitCode.OK
    return tmp_path / "mine"


COUNTS = """service_line,channel,leads,valid,contacted,qualified,booked
Physical therapy,Non-brand search,40,36,31,25,17
"""


def test_rates_from_counts(scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "counts.csv").write_text(COUNTS)
    words = ["calibrate", "--funnel", str(tmp_path / "counts.csv"), "--as-of", "2026-09-20"]
    assert main([*words, "--out", str(tmp_path / "rates")]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "rest on fewer than 30 counts" in shown
    assert "17 of 25" in shown
    assert "handling_minutes" in shown
    (tmp_path / "rates" / "funnel.csv").replace(scenario / "funnel.csv")
    assert main(["plan", "-q", str(scenario), "--runs", str(tmp_path / "runs")]) == ExitCode.OK


def test_rates_as_json_and_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts = tmp_path / "counts.csv"
    counts.write_text(COUNTS)
    words = ["calibrate", "--funnel", str(counts), "--as-of", "2026-09-20", "--out", str(tmp_path / "rates"), "--json"]
    assert main(words) == ExitCode.OK
    envelope = json.loads(capsys.readouterr().out)
    assert envelope["command"] == "calibrate"
    made = envelope["data"]
    assert made["files"] == ["funnel.csv", "rates.csv"]
    assert made["rates"][0]["weeks_waited"] is None
    counts.write_text(COUNTS.replace(",36,", ",41,"))
    assert main([*words[:5], "--out", str(tmp_path / "other"), "--json"]) == ExitCode.BAD_INPUT
    (problem,) = json.loads(capsys.readouterr().out)["errors"]
    assert (problem["code"], problem["line"]) == ("rising_counts", 2)
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "give HISTORY to learn response curves, or --funnel COUNTS to learn rates"),
        (["history.csv", "--funnel", "counts.csv"], "one of the two"),
        (
            ["history.csv", "--waits", "w.csv", "--as-of", "2026-09-20"],
            "leave out --as-of, --waits: only for rates (--funnel COUNTS)",
        ),
        (["--funnel", "counts.csv", "--workers", "1"], "leave out --workers: only for curves (HISTORY)"),
        (["--funnel", "counts.csv", "--campaigns", "campaigns.csv"], "leave out --campaigns"),
    ],
)
def test_curves_and_rates_are_asked_for_one_at_a_time(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", *words, "--out", str(tmp_path / "out")]) == ExitCode.USAGE
    assert says in capsys.readouterr().err


def test_a_folder_of_rates_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "counts.csv").write_text(COUNTS)
    words = ["calibrate", "--funnel", str(tmp_path / "counts.csv"), "--as-of", "2026-09-20", "--out", str(tmp_path)]
    assert main(words) == ExitCode.USAGE
    assert [path.name for path in tmp_path.iterdir()] == ["counts.csv"]
