"""The weekly recommendation on the command line: what is printed, and with which code each kind of trouble ends."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from optimizer.cli.main import main
from optimizer.scenario.read import Scenario
from optimizer.weekly.week import write_scenario
from tests.small import WEEKS
from tests.weekly.weeks import feed_rows, scenario, write_feeds


class Desk:
    """A folder with a scenario, its feeds, its ledger and its runs."""

    def __init__(self, folder: Path, made: Scenario) -> None:
        self.folder = folder
        (folder / "clinics").mkdir(parents=True)
        write_scenario(folder / "clinics", made.definition, {name: table.frame for name, table in made.tables.items()})
        write_feeds(folder / "feeds", feed_rows(made))

    @property
    def kept(self) -> list[str]:
        return ["--ledger", str(self.folder / "ledger.sqlite")]

    def recommend(self, *more: str, week: str = WEEKS[0]) -> int:
        where = [str(self.folder / "clinics"), "--feeds", str(self.folder / "feeds"), "--week", week]
        return main(["recommend", *where, *self.kept, "--runs", str(self.folder / "runs"), "-q", *more])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = Desk(tmp_path_factory.mktemp("desk"), scenario(weekly={"max_total_change": 0.06}))
    assert made.recommend("--json") == 8
    return made


def data(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    return json.loads(capsys.readouterr().out)["data"]  # type: ignore[no-any-return]


def test_a_large_change_ends_with_its_own_code_and_is_told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.recommend() == 8
    shown = capsys.readouterr()
    assert "waits, for the week's total moves more than allowed" in shown.out
    assert "$1,200 a week before, $1,280 now: +$80 (+6.7 %)." in shown.out
    assert "2 rise, 1 fall, of 3 campaigns." in shown.out
    assert "from $1,200 to $1,280, 6.7 %, and weekly.max_total_change allows 6.0 %" in shown.err
    assert desk.recommend("--json") == 8
    envelope = json.loads(capsys.readouterr().out)
    assert (envelope["status"], envelope["exit_code"], envelope["errors"][0]["code"]) == (
        "large_change", 8, "large_change",
    )  # fmt: skip


def test_approved_overridden_shown_and_made_again(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.recommend("--approve-large-change", "--json") == 0
    made = data(capsys)
    run = str(made["run"])
    assert (made["state"], made["before"], made["after"]) == ("standing", 1200.0, 1280.0)
    why = ["--by", "Kim", "--reason", "site is down"]
    assert main(["override", run, "a", "450", *why, *desk.kept, "-q"]) == 0
    assert "a is at $450.00 in the week of Jan 5, by Kim. It costs about $" in capsys.readouterr().out
    assert main(["override", run, "a", "600", *why, *desk.kept, "-q"]) == 4
    assert "the change limit of 20 %" in capsys.readouterr().err
    assert main(["history", *desk.kept]) == 0
    shown = capsys.readouterr().out
    assert "$1,200       $1,280     $1,250  in effect" in shown
    assert "Kim set a to $450.00 a week, at a cost of about $" in shown
    assert main(["history", *desk.kept, "--json"]) == 0
    (week,) = data(capsys)["weeks"]  # type: ignore[misc]
    assert [decision["kind"] for decision in week["decisions"]] == ["approve", "override"]
    assert main(["rerun", run, "--runs", str(desk.folder / "runs"), "-q"]) == 0
    assert f"{run} made again is the same to the byte" in capsys.readouterr().out
    assert main(["reject", run, *why, *desk.kept, "--json"]) == 0
    assert data(capsys)["state"] == "rejected"
    assert main(["approve", run, "--by", "Kim", *desk.kept]) == 0


def test_a_run_that_was_tampered_with_is_not_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(tmp_path, scenario(weeks=1))
    assert desk.recommend("--json") == 0
    run = tmp_path / "runs" / str(data(capsys)["run"])
    manifest = json.loads((run / "run.json").read_text(encoding="utf-8"))
    manifest["outputs"]["plan.csv"] = "0" * 64
    manifest["libraries"]["numpy"] = "1.0"
    (run / "run.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert main(["rerun", str(run), "-q"]) == 6
    said = capsys.readouterr().err
    assert "made again differs in plan.csv; 13 files are the same" in said
    assert "It was made with numpy 1.0; this is " in said


def test_broken_feeds_and_wrong_weeks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(tmp_path, scenario())
    (tmp_path / "feeds" / "spend.csv").write_text("campaign,week\n", encoding="utf-8")
    assert desk.recommend() == 3
    assert "The budgets of the week before stay as they are." in capsys.readouterr().err
    assert desk.recommend(week="2026-01-06") == 2
    assert "name the week by its Monday, 2026-01-05" in capsys.readouterr().err
    assert desk.recommend(week="soon") == 2


def test_a_newer_ledger_is_left_alone_and_the_plan_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(tmp_path, scenario(weeks=1))
    assert main(["history", *desk.kept]) == 2
    assert desk.recommend() == 0
    database = sqlite3.connect(tmp_path / "ledger.sqlite")
    database.execute("PRAGMA user_version = 99")
    database.close()
    assert desk.recommend() == 7
    said = capsys.readouterr().err
    assert "was written by a newer version (format 99); this one knows 1: update the program" in said
    assert "The plan was made from the budgets in campaigns, and is in" in said
    assert main(["history", *desk.kept]) == 7


def test_templates_have_every_row_that_a_week_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(tmp_path, scenario())
    out = tmp_path / "templates"
    arguments = ["feeds", str(tmp_path / "clinics"), "--week", WEEKS[1], "--template", str(out)]
    assert main([*arguments, "--json"]) == 0
    assert data(capsys)["files"] == ["capacity.csv", "funnel.csv", "intake.csv", "spend.csv"]
    rows = (out / "capacity.csv").read_text(encoding="utf-8").splitlines()
    assert rows[1] == f"North,Care,{WEEKS[1]},100,20,0,0,,"
    assert len(rows) == 1 + 2 * 7
    assert (out / "spend.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        f"{name},{WEEKS[0]},,," for name in "abc"
    ]
    assert main(arguments) == 2
    assert "is there already" in capsys.readouterr().err
    for path in (out / "funnel.csv", out / "intake.csv"):
        path.unlink()
    filled = [f"{row[:-1]},2026-01-10" if place else row for place, row in enumerate(rows)]
    (out / "capacity.csv").write_text("\n".join(filled) + "\n", encoding="utf-8")
    spent = "campaign,week,spend,leads,as_of\n" + "".join(f"{name},{WEEKS[0]},400,20,2026-01-11\n" for name in "abc")
    (out / "spend.csv").write_text(spent, encoding="utf-8")
    (tmp_path / "feeds").rename(tmp_path / "old")
    out.rename(tmp_path / "feeds")
    assert desk.recommend(week=WEEKS[1]) == 0
    assert "intake: intake: the feed is missing" in capsys.readouterr().out
