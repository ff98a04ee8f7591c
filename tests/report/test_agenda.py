"""The agenda: its numbers are those of the run and the ledger, it fits on one sheet, and names are inert."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimizer import api
from optimizer.cli.main import main
from optimizer.errors import ExitCode
from optimizer.plan.runs import Run
from optimizer.plan.words import day
from optimizer.report.papers import agenda as words
from optimizer.report.papers.agenda import agenda_paper
from optimizer.report.papers.edition import INTERNAL, SHAREABLE
from optimizer.report.papers.paper import Paper, paper_page
from optimizer.report.sections import Grid, Listing, Paragraph, Section
from tests.cli.test_weekly import Desk
from tests.demo import three_weeks_run
from tests.report.browser import laid_out, needs_chromium, sheets
from tests.small import WEEKS
from tests.weekly.weeks import feed_rows, scenario, write_feeds

HOSTILE = "=2+2 </script><img src=x onerror=alert(1)> \"quoted\" 'שלום' 🏥 @x"


@pytest.fixture(scope="module")
def run() -> Run:
    return three_weeks_run()


@pytest.fixture(scope="module")
def paper(run: Run) -> Paper:
    return agenda_paper(api.agenda(run), INTERNAL)


def section(paper: Paper, begins: str) -> Any:
    """The section whose heading or label begins so."""

    def name(each: Section) -> str:
        return each.label if isinstance(each, Paragraph) else each.heading

    (found,) = [each for each in paper.sections if name(each).startswith(begins)]
    return found


def test_moves_are_those_of_the_first_week(run: Run, paper: Paper) -> None:
    plan = run.table("plan")
    first = plan[plan["week"] == plan["week"].min()]
    change = (first["recommended_spend"] - first["current_spend"]).round(2)
    grid = section(paper, "What changes")
    rising, falling = int((change > 0).sum()), int((change < 0).sum())
    total = f"{'-' if change.sum() < 0 else '+'}${abs(change.sum()):,.0f}"
    assert grid.heading.endswith(f"{total} in all; {rising} campaigns rise, {falling} fall, of {len(first)}")
    largest = first.loc[change.abs().sort_values(ascending=False, kind="stable").index].head(words.MOVES)
    assert [row[1:3] for row in grid.rows] == [
        (f"${row['current_spend']:,.0f}", f"${row['recommended_spend']:,.0f}") for row in largest.to_dict("records")
    ]
    assert grid.note == f"{rising + falling - words.MOVES} more moves: plan.csv of the run"


def test_slots_left_are_the_runs_in_whole_slots(run: Run, paper: Paper) -> None:
    capacity = run.table("capacity")
    weeks = sorted(set(capacity["week"]))[:4]
    left = {
        f"{row['location']} {row['service_line']}, {day(row['week'])}": math.floor(row["open_slots_left"] + 1e-6)
        for row in capacity[capacity["week"].isin(weeks)].to_dict("records")
    }
    grid = section(paper, "Open new-patient slots")
    worth: Sequence[Mapping[str, Any]] = run.summary["tight"]  # type: ignore[assignment]
    clinics = [place for place in worth if place["unit"] == "open slot"] if "unit" in worth[0] else worth
    assert grid.rows[0][0] == clinics[0]["place"]
    assert grid.rows[0][-1] == f"${clinics[0]['gain']:,.0f}"
    for row in grid.rows:
        for header, cell in zip(grid.headers[1:5], row[1:5], strict=True):
            assert cell == (f"{left[f'{row[0]}, {header}']:,}" if left[f"{row[0]}, {header}"] else "none")
    units = capacity[["location", "service_line"]].drop_duplicates()
    assert grid.note == f"{len(units) - len(grid.rows)} more clinics and lines: capacity.csv of the run"


def test_hours_left_are_the_runs(run: Run, paper: Paper) -> None:
    intake = run.table("intake").set_index(["intake_team", "week"])
    grid = section(paper, "Answering hours")
    weeks = sorted(set(run.table("intake")["week"]))[:4]
    for row in grid.rows:
        for week, cell in zip(weeks, row[1:], strict=True):
            found = intake.loc[(row[0], week)]
            left = math.floor(found["hours_in_time"] - found["hours_used_in_time"] + 1e-6)
            assert cell == (f"{left:,} of {math.floor(found['hours_in_time'] + 1e-6):,}" if left else "none")


def test_decisions_name_who_and_by_when(run: Run, paper: Paper) -> None:
    """The scenario gives promises to the chief marketing officer, in 48 hours; slots go to whom the defaults name."""
    grid = section(paper, "Decisions needed")
    assert ("Chief marketing officer", "48 h") in [row[1:] for row in grid.rows]
    tight: Sequence[Mapping[str, Any]] = run.summary["tight"]  # type: ignore[assignment]
    opened = [row for row in grid.rows if row[0].startswith("Open one more")]
    assert opened[0][0].startswith(f"Open {tight[0]['more']} at {tight[0]['place']}? The plan would gain")
    assert opened[0][1:] == ("Clinic manager", "72 h")
    assert len(grid.rows) == int(grid.heading.split()[-1]) <= words.DECISIONS


def test_figures_are_dated_and_what_comes_is_told(paper: Paper) -> None:
    figures = section(paper, "Figures as of").text
    assert "slots 2026-09-21" in figures
    assert "not dated: intake hours" in figures
    watched: Listing = section(paper, "What to watch")
    assert any(point.startswith("Scanner replaced, Harbour View Imaging, weeks of Oct 12") for point in watched.points)


@needs_chromium
def test_it_prints_on_one_sheet(paper: Paper, tmp_path: Path) -> None:
    page = tmp_path / "agenda.html"
    page.write_text(paper_page(paper, "one_page.css"), encoding="utf-8")
    assert sheets(page) == 1


def stretched(grid: Grid, rows: int) -> Grid:
    """As many rows as there may be, of the longest names and sentences that are let through."""
    name, sentence = (words.shortened("Wide Wordings " * 40, most) for most in (words.NAME, words.SENTENCE))
    prose = {"Why": words.shortened(sentence, words.REASON), "Decision": sentence, "Who decides": name}
    row = [prose.get(header, cell) for header, cell in zip(grid.headers, grid.rows[0], strict=True)]
    row[0] = sentence if grid.headers[0] == "Decision" else name
    return replace(grid, rows=[tuple(row)] * rows, note=words.shortened(sentence, 110))


@needs_chromium
def test_the_longest_that_there_may_be_prints_on_one_sheet(paper: Paper, tmp_path: Path) -> None:
    most = {"Campaign": words.MOVES, "Clinic and line": words.FULL + words.ROOMY, "Team": words.TEAMS,
            "Decision": words.DECISIONS}  # fmt: skip
    told = [
        stretched(each, most[each.headers[0]]) if isinstance(each, Grid) else each
        for each in paper.sections
        if not isinstance(each, Listing)
    ]
    watched = Listing("What to watch", [words.shortened("Wide Wordings " * 40)] * (words.WATCHED + 1))
    page = tmp_path / "agenda.html"
    page.write_text(paper_page(replace(paper, sections=[*told, watched]), "one_page.css"), encoding="utf-8")
    assert sheets(page) == 1


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Clinics with long and hostile names, whose week waits for somebody; the feed of capacity is missing."""
    names = {"North": f"{HOSTILE} {'long ' * 12}North", "South": f"+South {HOSTILE}"}
    base = scenario(weekly={"approval": "required", "owner": f"@{HOSTILE}"})

    def renamed(frame: pd.DataFrame) -> list[dict[str, Any]]:
        return [{str(key): names.get(cell, cell) for key, cell in row.items()} for row in frame.to_dict("records")]

    tables = {name: renamed(base.tables[name].frame) for name in ("campaigns", "appointment_capacity", "locations")}
    made = scenario(weekly={"approval": "required", "owner": f"@{HOSTILE}"}, tables=tables)
    desk = Desk(tmp_path_factory.mktemp("hostile"), made)
    rows = feed_rows(made)
    folder = write_feeds(desk.folder / "late", {name: rows[name] for name in ("spend", "intake")})
    assert main(["recommend", str(desk.folder / "clinics"), "--feeds", str(folder), "--week", WEEKS[0], *desk.kept,
                 "--runs", str(desk.folder / "runs"), "-q"]) == ExitCode.OK  # fmt: skip
    return desk


@needs_chromium
def test_names_are_inert_and_long_ones_are_cut(hostile: Desk, tmp_path: Path) -> None:
    ledger = hostile.folder / "ledger.sqlite"
    made = agenda_paper(api.agenda(WEEKS[0], ledger=ledger), INTERNAL)
    page = tmp_path / "agenda.html"
    page.write_text(paper_page(made, "one_page.css"), encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    assert "<img" not in text
    assert "<script" not in text
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in text
    assert sheets(page) == 1
    shared = paper_page(agenda_paper(api.agenda(WEEKS[0], ledger=ledger), SHAREABLE), "one_page.css")
    wrong, seen = laid_out({"internal": text, "shareable": shared}, tmp_path)
    assert (wrong, seen.console, seen.asked) == ([], "", set())
    grid = section(made, "Decisions needed")
    assert grid.rows[0][0].startswith("Approve or reject the week's budgets: optimizer approve small-2026-01-05-")
    assert grid.rows[0][1].startswith("@=2+2 </script>")
    assert any("Is it right? capacity, capacity: the feed is missing" in row[0] for row in grid.rows)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = Desk(tmp_path_factory.mktemp("desk"), scenario())
    assert made.recommend() == ExitCode.OK
    return made


def told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    where = ["--runs", str(desk.folder / "runs"), *desk.kept]
    assert main(["agenda", WEEKS[0], *where, "--json"]) == ExitCode.OK
    return json.loads(capsys.readouterr().out)["data"]  # type: ignore[no-any-return]


def test_a_recorded_week_as_people_decided_it(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """400 a week each: a and b rise by a fifth, c falls by one; then somebody sets a to 450."""
    data = told(desk, capsys)
    assert data["state"] == "standing"
    (moves,) = [each for each in data["sections"] if each.get("heading", "").startswith("What changes")]
    assert "+$80 in all; 2 campaigns rise, 1 fall, of 3" in moves["heading"]
    assert moves["headers"][2] == "Now"
    why = ["--by", "Kim", "--reason", "site is down"]
    assert main(["override", data["run"], "a", "450", *why, *desk.kept, "-q"]) == ExitCode.OK
    (moves,) = [each for each in told(desk, capsys)["sections"] if each.get("heading", "").startswith("What changes")]
    assert ["North Care, Search", "$400", "$450", "+$50", "Kim: site is down"] in moves["rows"]
    assert "+$50 in all" in moves["heading"]


def test_on_the_command_line(run: Run, desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, where = tmp_path / "agenda.html", ["--runs", str(run.folder.parent)]
    assert main(["agenda", *where]) == ExitCode.OK
    assert "Open new-patient slots left, once the plan's patients are booked" in capsys.readouterr().out
    assert main(["agenda", run.folder.name, *where, "--html", str(page)]) == ExitCode.OK
    assert page.is_file()
    assert main(["agenda", *where, "--html", str(page)]) == ExitCode.USAGE
    assert main(["agenda", "2026-01-12", *desk.kept]) == ExitCode.USAGE
    assert "the week of 2026-01-12 is not recorded" in capsys.readouterr().err
    assert main(["agenda", "nothing", *where]) == ExitCode.USAGE
