"""The command line as scripts and people use it: exit codes, envelope, what goes where."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from optimizer.cli.main import cli, main
from optimizer.errors import ExitCode

SCENARIOS = Path(__file__).parents[2] / "scenarios"
CLINIC = SCENARIOS / "one_clinic"


def run(*words: object) -> int:
    return main([str(word) for word in words])


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """A fresh scenario from the template."""
    assert run("new", tmp_path / "mine") == ExitCode.OK
    return tmp_path / "mine"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_help_is_quick_and_lists_every_command() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "optimizer", "--help"], capture_output=True, text=True, check=True
    )
    for name in cli.commands:
        assert name in done.stdout
    for heavy in ("numpy", "pandas", "scipy", "highspy", "pulp", "pydantic", "rich"):
        assert f" {heavy}\n" not in done.stderr, f"--help imports {heavy}"


def test_a_plan_starts_without_what_only_calibration_and_reports_need() -> None:
    started = "import sys, optimizer.api; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", started], capture_output=True, text=True, check=True).stdout.split()
    assert "optimizer.plan.planner" in loaded
    heavy = {"scipy.special", "scipy.stats", "scipy.optimize", "joblib", "xlsxwriter", "jinja2"}
    assert not heavy & set(loaded)


def test_from_template_to_plan(scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = tmp_path / "runs"
    assert run("validate", scenario) == ExitCode.OK
    assert run("plan", scenario, "--runs", runs) == ExitCode.OK
    shown = capsys.readouterr()
    assert "Completed visits" in shown.out
    assert "Proven: no plan" in shown.out
    assert "is worth $0.00" not in shown.out, "a plan that is best to the cent is told as such"
    assert "Solving" in shown.err
    assert run("show", "latest", "--runs", runs) == ExitCode.OK
    assert "Completed visits" in capsys.readouterr().out
    assert run("explain", "maple-street-physical-therapy-search", "--runs", runs) == ExitCode.OK
    assert "Next dollar brings" in capsys.readouterr().out
    assert run("explain", "maple-street-physical-therapy-search", "2026-10-05", "--runs", runs) == ExitCode.OK
    assert "The money itself" in capsys.readouterr().out


def test_show_prints_what_plan_printed(scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run("plan", "-q", scenario, "--runs", tmp_path / "runs") == ExitCode.OK
    first = capsys.readouterr().out
    assert run("show", "--runs", tmp_path / "runs") == ExitCode.OK
    assert capsys.readouterr().out == first


@pytest.mark.parametrize("command", ["plan", "validate"])
def test_json_is_one_envelope(command: str, scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    runs = ["--runs", tmp_path / "runs"] if command == "plan" else []
    assert run(command, "--json", scenario, *runs) == ExitCode.OK
    made = json.loads(capsys.readouterr().out)
    assert set(made) == {
        "schema", "tool_version", "command", "run_id", "status", "exit_code", "data", "warnings", "errors",
    }  # fmt: skip
    assert (made["command"], made["exit_code"], made["errors"]) == (command, 0, [])


def test_bad_input_is_exit_3_with_every_problem_and_no_run(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(scenario / "campaigns.csv", "1100", "$1,100".replace(",", ""))
    edit(scenario / "funnel.csv", "0.9,", "90,")
    edit(scenario / "scenario.yaml", "fill_cap", "fil_cap")
    assert run("plan", scenario, "--runs", tmp_path / "runs") == ExitCode.BAD_INPUT
    said = capsys.readouterr().err
    assert "3 problems" in said
    for place in ("campaigns.csv:2", "funnel.csv:2", "scenario.yaml:"):
        assert place in said
    assert "fill_cap" in said
    assert "Traceback" not in said
    assert not (tmp_path / "runs").exists()


def test_validate_prints_every_gate(scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(scenario / "scenario.yaml", "policies:", "policies:\n  stale_days: 0")
    capsys.readouterr()
    assert run("validate", scenario) == ExitCode.OK
    assert "Gates in effect" not in capsys.readouterr().out
    (scenario / "calendar_events.csv").write_text(
        "event,first_week,last_week,blackout,owner,reason\nRest,2026-10-05,2026-10-12,yes,Brand,new name\n"
    )
    assert run("validate", scenario) == ExitCode.OK
    said = " ".join(capsys.readouterr().out.split())
    assert "Gates in effect:" in said
    assert "blackout: Blackout 'Rest' until the week of 2026-10-12 (new name)." in said
    assert "2 weeks (calendar_events.csv:2, owner Brand)" in said


def test_bad_input_as_json(scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(scenario / "campaigns.csv", "Maple Street,", "Maple Steet,")
    capsys.readouterr()
    assert run("validate", "--json", scenario) == ExitCode.BAD_INPUT
    made = json.loads(capsys.readouterr().out)
    assert made["exit_code"] == 3
    assert made["data"] is None
    assert any(error["file"] == "appointment_capacity.csv" for error in made["errors"])


def test_infeasible_is_exit_4_with_the_limits_by_name(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (scenario / "limits.csv").write_text(
        "limit,quantity,min,owner,reason\nmarket floor,spend,9000,CMO,shows a conflict with the budget\n"
    )
    assert run("plan", "-q", scenario, "--runs", tmp_path / "runs") == ExitCode.INFEASIBLE
    said = capsys.readouterr().err
    assert "market floor" in said
    assert "budget" in said
    assert "1,800" in said
    assert not (tmp_path / "runs").exists()


def test_a_limit_of_time_is_exit_5(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run("plan", "-q", SCENARIOS / "three_markets", "--time-limit", "0.001", "--runs", tmp_path / "runs")
    assert code == ExitCode.LIMIT
    assert "allow more time" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_run_that_cannot_be_written_is_exit_7(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("")
    assert run("plan", "-q", CLINIC, "--runs", tmp_path / "taken") == ExitCode.STORAGE
    assert "cannot write the run" in capsys.readouterr().err


def test_new_refuses_a_folder_that_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("new", tmp_path) == ExitCode.USAGE
    assert "is there already" in capsys.readouterr().err


def test_usage_errors_are_exit_2(tmp_path: Path) -> None:
    assert run("plna") == ExitCode.USAGE
    assert run("plan") == ExitCode.USAGE
    assert run("show", "nothing", "--runs", tmp_path) == ExitCode.USAGE


def test_unknown_campaign_names_the_nearest(scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("plan", "-q", scenario, "--runs", tmp_path / "runs") == ExitCode.OK
    assert run("explain", "maple-street-physical-therapy-serach", "--runs", tmp_path / "runs") == ExitCode.USAGE
    assert "did you mean 'maple-street-physical-therapy-search'?" in capsys.readouterr().err


def test_export_writes_a_program_another_solver_reads(tmp_path: Path) -> None:
    import highspy

    assert run("export-lp", CLINIC, tmp_path / "plan.lp") == ExitCode.OK
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.readModel(str(tmp_path / "plan.lp"))
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    assert run("export-lp", CLINIC, tmp_path / "plan.txt") == ExitCode.USAGE


def test_doctor_and_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("doctor") == ExitCode.OK
    assert "BAD" not in capsys.readouterr().out
    assert run("schema") == ExitCode.OK
    assert "definitions" in json.loads(capsys.readouterr().out)
    assert run("schema", "--tables") == ExitCode.OK
    assert "appointment_capacity.csv" in capsys.readouterr().out


def test_a_bug_is_exit_1_and_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("optimizer.api.load", lambda _: 1 / 0)
    assert run("plan", "-q", CLINIC) == ExitCode.BUG
    said = capsys.readouterr().err
    assert "bug" in said
    assert "Traceback" not in said


def test_a_signal_ends_without_a_run(tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "optimizer",
        "plan",
        str(SCENARIOS / "three_markets"),
        "--runs",
        str(tmp_path / "runs"),
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == ExitCode.TERMINATED
    assert not list((tmp_path / "runs").glob("*")) if (tmp_path / "runs").exists() else True


def test_killed_at_any_moment_there_is_a_whole_run_or_none(scenario: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    words = [sys.executable, "-m", "optimizer", "plan", "-q", str(scenario), "--runs", str(runs)]
    for moment in (0.2, 0.6, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5):
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(moment)
            process.kill()
    assert run("plan", "-q", scenario, "--runs", runs) == ExitCode.OK
    for folder in runs.iterdir():
        if not folder.name.startswith("."):
            manifest = json.loads((folder / "run.json").read_text())
            assert all((folder / name).is_file() for name in manifest["outputs"])


@pytest.mark.parametrize(
    "surroundings",
    [
        {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        {"TERM": "dumb"},
        {"COLUMNS": "20"},
        {"NO_COLOR": "1"},
        {"HOME": ""},
    ],
    ids=str,
)
def test_poor_terminals_still_get_the_plan(surroundings: dict[str, str], scenario: Path, tmp_path: Path) -> None:
    edit(scenario / "scenario.yaml", "currency: USD", "currency: EUR")
    words = [sys.executable, "-m", "optimizer", "plan", str(scenario), "--runs", str(tmp_path / "runs")]
    done = subprocess.run(words, capture_output=True, env={**os.environ, **surroundings}, check=False)
    assert done.returncode == ExitCode.OK, done.stderr
    assert b"Completed visits" in done.stdout
