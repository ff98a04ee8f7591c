"""``alerts`` from the command line: shown, written, delivered; a failed delivery changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optimizer import api
from optimizer.cli.main import main
from optimizer.errors import ExitCode


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs: in the second the clinic has no slots left, and the campaign promises three days."""
    folder = tmp_path_factory.mktemp("made") / "mine"
    assert main(["new", str(folder)]) == ExitCode.OK
    kept = folder.parent / "runs"
    assert main(["plan", "-q", str(folder), "--runs", str(kept)]) == ExitCode.OK
    full = [
        "--change", "appointment_capacity new_patient_slots = 0", "--change", "appointment_capacity already_booked = 0",
        "--change", "appointment_capacity expected_baseline_bookings = 0",
        "--change", "appointment_capacity third_next_available_days = 30", "--change", "campaigns promised_days = 3",
        "--set", "policies.change_limit.share=0", "--set", "policies.change_limit.amount=0",
    ]  # fmt: skip
    assert main(["plan", "-q", str(folder), "--runs", str(kept), *full]) == ExitCode.OK
    return kept


def alerts(runs: Path, *more: str) -> int:
    return main(["alerts", "latest", "--runs", str(runs), *more])


def first(runs: Path) -> str:
    made = sorted(runs.iterdir(), key=lambda folder: (folder / "run.json").stat().st_mtime_ns)
    return str(made[0])


def test_shown_with_the_changes_of_the_run(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert alerts(runs, "--since", first(runs)) == ExitCode.OK
    shown = " ".join(capsys.readouterr().out.split())
    assert "30 days against 3 " in shown
    assert "filled up" in shown
    assert "default, no public source" in shown


def test_written_and_as_json(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "alerts.json"
    assert alerts(runs, "--json", "--out", str(out)) == ExitCode.OK
    data = json.loads(capsys.readouterr().out)["data"]
    assert data["delivered_to"] is None
    outside = json.loads(out.read_text())
    assert [alert["kind"] for alert in outside["alerts"]] == [alert["kind"] for alert in data["alerts"]]
    assert alerts(runs, "--out", str(out)) == ExitCode.USAGE
    assert "is there already" in capsys.readouterr().err


def test_a_failed_delivery_is_exit_7_after_the_alerts_were_shown(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("optimizer.weekly.webhook.FIRST_WAIT", 0.0)
    monkeypatch.setenv("ALERTS_URL", "http://127.0.0.1:9/s3cret")
    assert alerts(runs, "--post", "env:ALERTS_URL") == ExitCode.STORAGE
    said = capsys.readouterr()
    assert "30 days against 3 " in said.out
    assert "not delivered to http://127.0.0.1" in said.err
    assert "s3cret" not in said.out + said.err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--post", "http://example.com/s3cret"), "https addresses only"),
        (("--post", "env:NOT_THERE"), "the environment has no NOT_THERE"),
        (("--since", "latest"), "names the same run"),
    ],
)
def test_refused(more: tuple[str, ...], said: str, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert alerts(runs, *more) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert said in told
    assert "s3cret" not in told


def test_from_python(runs: Path) -> None:
    found = api.alerts(api.open_run("latest", runs))
    frame = found.frame()
    assert set(frame["kind"]) >= {"promise"}
    assert (frame["owner"] != "").all()
