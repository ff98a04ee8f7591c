"""``platform-files`` from the command line: what is written, what is refused, and what a what-if changes."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from optimizer import api
from optimizer.cli.main import main
from optimizer.errors import ExitCode

CAMPAIGN = "maple-street-physical-therapy-search"


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "mine"
    assert main(["new", str(folder)]) == ExitCode.OK
    (folder / "platform_budgets.csv").write_text(
        "campaign,platform,platform_campaign,platform_campaign_id,share\n"
        f"{CAMPAIGN},google_ads,PT brand,111,0.4\n{CAMPAIGN},google_ads,PT near me,112,0.6\n"
    )
    return folder


@pytest.fixture(scope="module")
def runs(scenario: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    assert main(["plan", "-q", str(scenario), "--runs", str(folder)]) == ExitCode.OK
    return folder


def files(runs: Path, out: Path, *more: str) -> int:
    return main(["platform-files", "--runs", str(runs), "--out", str(out), *more])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_first_week_against_today(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "files"
    assert files(runs, out) == ExitCode.OK
    shown = " ".join(capsys.readouterr().out.split())
    plan = api.open_run("latest", runs).table("plan")
    week = plan.loc[plan["week"] == plan["week"].min(), "recommended_spend"].sum()
    assert f"${week:,.2f}" in shown
    assert "Wrote" in shown
    told = rows(out / "google_ads_bulk.csv")
    assert [row["Campaign ID"] for row in told] == ["111", "112"]
    assert week - 0.07 < 7 * sum(float(row["Budget"]) for row in told) <= week


def test_json_and_a_later_week_against_the_one_before(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = api.open_run("latest", runs).table("plan")
    before, week = sorted(plan["week"])[:2]
    assert files(runs, tmp_path / "files", "--week", week, "--json") == ExitCode.OK
    data: dict[str, Any] = json.loads(capsys.readouterr().out)["data"]
    assert data["week"] == week
    (google,) = data["platforms"]
    assert google["week_before"] == plan.loc[plan["week"] == before, "recommended_spend"].sum()
    assert google["week_after"] == plan.loc[plan["week"] == week, "recommended_spend"].sum()


def test_nothing_is_written_where_nothing_changes(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A limit on changes of 0 % holds today's spend."""
    runs = tmp_path / "runs"
    words = ["--set", "policies.change_limit.share=0", "--set", "policies.change_limit.amount=0"]
    assert main(["plan", "-q", str(scenario), "--runs", str(runs), *words]) == ExitCode.OK
    assert files(runs, tmp_path / "files") == ExitCode.OK
    assert "Nothing changes, so nothing is written." in capsys.readouterr().out
    assert not (tmp_path / "files").exists()


def test_a_campaign_whose_time_has_not_come_is_paused(scenario: Path, tmp_path: Path) -> None:
    """It spends today, so the platform runs it, although the plan counts nothing for it in that week."""
    plan = ["plan", "-q", str(scenario), "--runs", str(tmp_path / "runs")]
    assert main([*plan, "--change", "campaigns first_week = 2026-10-05"]) == ExitCode.OK
    made = api.platform_files(api.open_run("latest", tmp_path / "runs"), tmp_path / "files")
    assert made.week.carriers["action"].tolist() == ["paused"] * 2
    told = rows(tmp_path / "files" / "google_ads_editor.csv")
    assert [(row["Campaign status"], row["Campaign daily budget"]) for row in told] == [("Paused", "")] * 2


def test_what_a_what_if_changed_counts(scenario: Path, tmp_path: Path) -> None:
    """Today's spend as the what-if has it, and a platform row that it appends."""
    what_if = tmp_path / "second.yaml"
    what_if.write_text(
        f"base: {scenario}\n"
        "changes:\n"
        f"- {{table: campaigns, where: {{campaign: {CAMPAIGN}}}, set: {{current_weekly_spend: 0}}}}\n"
        "- {table: platform_budgets, where: {platform_campaign_id: '112'}, set: {share: 0.5}}\n"
        f"- {{table: platform_budgets, append: {{campaign: {CAMPAIGN}, platform: microsoft_ads,"
        " platform_campaign: PT, platform_campaign_id: '9', share: 0.1}}\n"
    )
    assert main(["plan", "-q", str(what_if), "--runs", str(tmp_path / "runs")]) == ExitCode.OK
    made = api.platform_files(api.open_run("latest", tmp_path / "runs"), tmp_path / "files")
    assert made.week.carriers["action"].tolist() == ["resumed"] * 3
    assert made.week.budgets["before"].tolist() == [0.0] * 3
    assert [row["Campaign state"] for row in rows(tmp_path / "files" / "google_ads_bulk.csv")] == ["enabled"] * 2
    assert (tmp_path / "files" / "microsoft_ads_bulk.csv").is_file()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--week", "2031-01-06"), "is not planned"),
        (("--platform", "google"), "did you mean 'google_ads'?"),
    ],
)
def test_refused(
    more: tuple[str, ...], said: str, runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert files(runs, tmp_path / "files", *more) == ExitCode.USAGE
    assert said in capsys.readouterr().err
    assert not (tmp_path / "files").exists()


def test_a_folder_that_is_there_and_a_scenario_without_the_table(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert files(runs, tmp_path) == ExitCode.USAGE
    assert "is there already" in capsys.readouterr().err
    clinic = Path(__file__).parents[2] / "scenarios" / "one_clinic"
    assert main(["plan", "-q", str(clinic), "--runs", str(tmp_path / "runs")]) == ExitCode.OK
    assert files(tmp_path / "runs", tmp_path / "files") == ExitCode.USAGE
    assert "add platform_budgets.csv" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["plan.csv", "inputs/platform_budgets.csv"])
def test_a_run_that_was_changed_is_refused(
    name: str, scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "-q", str(scenario), "--runs", str(tmp_path / "runs")]) == ExitCode.OK
    path = api.open_run("latest", tmp_path / "runs").folder / name
    path.write_text(path.read_text() + "\n")
    assert files(tmp_path / "runs", tmp_path / "files") == ExitCode.STORAGE
    assert "was changed after the run was written" in capsys.readouterr().err
