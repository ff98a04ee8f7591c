"""What may be passed on: an attacker who reads it cannot tell that a count is 1 to 10."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from scipy.optimize import linprog

from optimizer import api
from optimizer.cli.main import main
from optimizer.errors import ExitCode
from optimizer.plan.room import OWN_CEILING
from optimizer.plan.runs import Run
from optimizer.report.explain import STOPS
from optimizer.report.papers.agenda import agenda_paper
from optimizer.report.papers.edition import BY_CODE, INTERNAL, SHAREABLE
from optimizer.report.papers.paper import paper_page
from optimizer.report.papers.pre_launch import launch_facts, launch_paper
from optimizer.report.sections import Grid
from optimizer.report.shareable import protection
from optimizer.report.shareable.cells import GROUPS, cells_of
from optimizer.report.shareable.page import release_paper
from optimizer.report.shareable.workbook import release_bytes
from optimizer.weekly.week import write_scenario
from tests.demo import three_weeks_run
from tests.report.browser import laid_out, needs_chromium
from tests.small import WEEKS, campaign, line_curve, small

COUNTS = ("Leads", "Bookings", "Completed visits")
HOSTILE = "=2+2 </script><img src=x onerror=alert(1)> \"quoted\" 'שלום' 🏥"
Published = Mapping[tuple[str, str], tuple[float, ...] | None]


def saved(folder: Path, visits: Mapping[str, float], **more: Any) -> Run:
    """A clinic each with so many visits in two weeks: every lead comes, and none is lost."""
    rows = [
        campaign(name, location=name, line="Other" if name == "D" else "Care", current_weekly_spend=100.0,
                 min_weekly_spend=100.0, max_weekly_spend=100.0)
        for name in visits
    ]  # fmt: skip
    curves = [line_curve(name, number / 200, 100) for name, number in visits.items()]
    made = small(rows, curves, weeks=2, **more)
    (folder / "clinics").mkdir(parents=True)
    write_scenario(folder / "clinics", made.definition, {name: table.frame for name, table in made.tables.items()})
    return api.save(api.plan(folder / "clinics"), folder / "runs")


FEW = {"A": 80.0, HOSTILE: 4.0, "C": 3.0, "D": 40.0}


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return saved(tmp_path_factory.mktemp("few"), FEW)


@pytest.fixture(scope="module")
def group() -> Run:
    return three_weeks_run()


def published(run: Run) -> Published:
    """Group and label -> counts, read from the workbook as any reader would; nothing where they are withheld."""
    book = openpyxl.load_workbook(io.BytesIO(release_bytes(run)))
    found: dict[tuple[str, str], tuple[float, ...] | None] = {}
    rows = list(book["Breakdown"].iter_rows(values_only=True))
    headers = {name.capitalize(): group for group, name in GROUPS.items()}
    group, places = "", ()
    for row in rows:
        if row[0] in headers and row[1] == "Today's spend":
            group, places = headers[row[0]], tuple(row.index(name) for name in COUNTS)
        elif group and row[0] and row[1] is not None:
            cells = [row[place] for place in places]
            label = ("all", "") if row[0] == "All campaigns" else (group, str(row[0]))
            found[label] = None if "withheld" in cells else tuple(float(cell) for cell in cells)
    summary = {row[0]: row[2] for row in book["Summary"].iter_rows(values_only=True)}
    cells = [summary[name] for name in COUNTS]
    found["headline", ""] = None if "withheld" in cells else tuple(float(cell) for cell in cells)
    return found


def truth(run: Run) -> tuple[pd.DataFrame, np.ndarray]:
    """Labels of campaigns by month with one more row for what was under way, and (3, n + 1) their counts."""
    plan = run.table("plan").assign(month=lambda rows: rows["week"].str[:7])
    sums = plan.groupby(["campaign", *GROUPS])[["leads", "bookings", "visits"]].sum().reset_index()
    rest = [dict[str, Any](run.summary)["plan"][name] - sums[name].sum() for name in ("leads", "bookings", "visits")]
    return sums, np.column_stack([sums[["leads", "bookings", "visits"]].to_numpy().T, np.maximum(rest, 0.0)])


def members(labels: pd.DataFrame, row: tuple[str, str]) -> np.ndarray:
    group, label = row
    if group in ("all", "headline"):
        return np.append(np.ones(len(labels)), float(group == "headline"))
    return np.append((labels[group] == label).to_numpy(float), 0.0)


def bounds(run: Run, told: Published) -> Callable[[np.ndarray, int, int], float]:
    """What an attacker works out: the least or most that a count of some cells can be, given all published numbers."""
    labels, counts = truth(run)
    size = counts.shape[1]
    left, right = [], []
    for row, numbers in told.items():
        for place, number in enumerate(numbers or ()):
            line = np.zeros(3 * size)
            line[place * size : (place + 1) * size] = members(labels, row)
            left += [line, -line]
            right += [number + 0.5, 0.5 - number]
    for cell in range(size):  # nobody visits who did not book, and nobody of a campaign books who was no lead
        for more, less in ((1, 2), (0, 1)) if cell < size - 1 else ((1, 2),):
            line = np.zeros(3 * size)
            line[less * size + cell], line[more * size + cell] = 1.0, -1.0
            left.append(line)
            right.append(0.0)

    def bound(which: np.ndarray, place: int, sign: int) -> float:
        goal = np.zeros(3 * size)
        goal[place * size : (place + 1) * size] = which
        found = linprog(-sign * goal, A_ub=np.array(left), b_ub=right, bounds=(0, None), method="highs")
        return np.inf if found.status == 3 else sign * -found.fun

    return bound


def delicate(run: Run) -> list[tuple[str, np.ndarray, int]]:
    """Every small count of a row, of what was under way, of a campaign, and of a clinic's line."""
    labels, counts = truth(run)
    cells = {f"{group} {label}": members(labels, (group, label)) for group in GROUPS for label in set(labels[group])}
    cells |= {name: members(labels, (name, "")) for name in ("all", "headline")}
    cells["under way"] = cells["headline"] - cells["all"]
    cells |= {name: np.append(labels["campaign"] == name, 0.0) for name in set(labels["campaign"])}
    units = labels["location"] + " " + labels["service_line"]
    cells |= {f"unit {name}": np.append(units == name, 0.0) for name in set(units)}
    return [
        (name, which, place)
        for name, which in cells.items()
        for place in range(3)
        if 1 <= round(float(counts[place] @ which)) <= 10
    ]


def test_nobody_can_tell_a_small_count(few: Run) -> None:
    """B has 4 visits and C 3: together 7, which all less the others tells, so another clinic is withheld as well."""
    told = published(few)
    withheld = {row for row, numbers in told.items() if numbers is None}
    assert {("location", HOSTILE), ("location", "C")} < withheld
    bound = bounds(few, told)
    found = delicate(few)
    assert {name for name, _, _ in found} >= {f"location {HOSTILE}", "location C", HOSTILE, "C"}
    for name, which, place in found:
        assert bound(which, place, 1) > 10.49, name


def test_the_attacker_breaks_what_is_not_protected(few: Run) -> None:
    """With only the small rows withheld their sum is known to be 7; with none but one withheld it is known itself."""
    labels, counts = truth(few)

    def row_counts(row: tuple[str, str]) -> tuple[float, ...]:
        return tuple(np.round(counts @ members(labels, row)))

    rows = published(few)
    small_rows = {("location", HOSTILE), ("location", "C")}
    primary = {row: None if row in small_rows else row_counts(row) for row in rows}
    which = members(labels, ("location", "C"))
    assert 3 <= bounds(few, primary)(which, 2, 1) <= 10
    alone = {row: None if row == ("location", "C") else row_counts(row) for row in rows}
    bound = bounds(few, alone)
    assert (round(bound(which, 2, -1)), round(bound(which, 2, 1))) in {(3, 3), (2, 4), (1, 5)}


def test_what_was_under_way_cannot_be_worked_out(tmp_path: Path) -> None:
    """Five patients wait at A: the total with them less the sum of all campaigns would tell that."""
    slots = [
        {"location": name, "service_line": "Other" if name == "D" else "Care", "week": week,
         "new_patient_slots": 1000.0, "waitlist": 5.0 if (name, week) == ("A", WEEKS[0]) else 0.0}
        for name in ("A", "D") for week in WEEKS
    ]  # fmt: skip
    run = saved(tmp_path, {"A": 80.0, "D": 40.0}, tables={"appointment_capacity": slots})
    labels, counts = truth(run)
    assert round(counts[2, -1]) == 5
    told = published(run)
    assert told["headline", ""] is None
    assert told["all", ""] == (120.0, 120.0, 120.0)
    under_way = members(labels, ("headline", "")) - members(labels, ("all", ""))
    assert bounds(run, told)(under_way, 2, 1) > 10.49
    both = {**told, ("headline", ""): tuple(np.round(counts.sum(axis=1)))}
    assert bounds(run, both)(under_way, 2, 1) < 10


def test_where_all_is_small_nothing_is_told(tmp_path: Path) -> None:
    told = published(saved(tmp_path, {"A": 4.0}))
    assert set(told.values()) == {None}


def test_a_group_of_clinics_holds_and_its_numbers_are_the_runs(group: Run) -> None:
    told, (labels, counts) = published(group), truth(group)
    for row, numbers in told.items():
        assert numbers is None or numbers == tuple(np.round(counts @ members(labels, row))), row
    assert sum(numbers is not None for numbers in told.values()) > 20
    bound = bounds(group, told)
    found = delicate(group)
    assert len(found) > 100
    for name, which, place in found[:: len(found) // 12]:
        assert bound(which, place, 1) > 10.49, name


def test_the_workbook_holds_values_and_nothing_behind_them(few: Run) -> None:
    book = openpyxl.load_workbook(io.BytesIO(release_bytes(few)))
    assert book.sheetnames == ["Summary", "Breakdown", "Definitions"]
    assert not book.defined_names
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.comment or cell.hyperlink]
    assert not [sheet for sheet in book if sheet.sheet_state != "visible"]
    for sheet in book:
        assert not [letter for letter, column in sheet.column_dimensions.items() if column.hidden]
    assert HOSTILE in {cell.value for cell in book["Breakdown"]["A"]}
    summary = " ".join(str(cell.value) for cell in book["Summary"]["B"])
    hidden = sum(numbers is None for numbers in published(few).values())
    assert f"the counts of {hidden} rows are withheld" in summary


def test_money_of_a_withheld_row_tells_no_visits(few: Run) -> None:
    """Spend per visit, and value, would: the one is withheld with its row, the other is told of the total alone."""
    book = openpyxl.load_workbook(io.BytesIO(release_bytes(few)))
    rows = list(book["Breakdown"].iter_rows(values_only=True))
    headers = next(row for row in rows if row[0] == "Clinic")
    assert not [header for header in headers if header and ("value" in header.lower() or "worth" in header.lower())]
    mine = next(row for row in rows if row[0] == "C")
    assert [cell for cell in mine[4:] if cell is not None] == ["withheld"] * 4


def numbers_of(grid: Grid, after: int) -> set[str]:
    return {cell for row in grid.rows for cell in row[after:]}


def test_papers_tell_bands_and_reasons_without_numbers(group: Run) -> None:
    found = api.agenda(group)
    paper = agenda_paper(found, SHAREABLE)
    grids = {each.headers[0]: each for each in paper.sections if isinstance(each, Grid)}
    slots, hours = grids["Clinic and line"], grids["Team"]
    assert {cell for row in slots.rows for cell in row[1:5]} <= {"none", "1 to 10", "over 10"}
    assert numbers_of(hours, 1) <= {"none", "some"}
    worth = [row[-1] for row in slots.rows if row[-1] != "-"]
    assert all(cell.startswith("about $") and len(cell.removeprefix("about $").replace(",", "").strip("0")) <= 2
               for cell in worth)  # fmt: skip
    for row in grids["Campaign"].rows:
        assert not re.search(r"\d", re.sub("1 to 10|over 10|in 4 weeks", "", row[-1])), row
    assert "May be passed on" in paper.mark
    assert "Internal" in agenda_paper(found, INTERNAL).mark


def test_every_reason_has_words_without_numbers() -> None:
    assert {code for code in STOPS if code != OWN_CEILING} == set(BY_CODE)
    assert not [words for words in BY_CODE.values() if re.search(r"\d", words)]


def test_the_pre_launch_sheet_tells_no_average_of_few(group: Run) -> None:
    launch = api.pre_launch(group.folder / "inputs", "northside-dermatology-brand-search", group)
    facts = launch_facts(launch, launch_paper(launch, SHAREABLE), SHAREABLE)
    abouts = [answer["about"] for answers in facts["questions"].values() for answer in answers]  # type: ignore[attr-defined]
    assert "Planned wait" not in abouts
    slots: Any = facts["slots"]
    assert {cell for row in slots["rows"] for cell in row[1:]} <= {"none", "1 to 10", "over 10"}
    inside = launch_facts(launch, launch_paper(launch, INTERNAL), INTERNAL)
    assert "Planned wait" in [answer["about"] for answers in inside["questions"].values() for answer in answers]  # type: ignore[attr-defined]


def test_internal_files_are_marked(group: Run) -> None:
    assert "not to be passed on" in str(json.loads((group.folder / "run.json").read_text(encoding="utf-8"))["use"])


def test_on_the_command_line(few: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where: Sequence[str] = ["report", str(few.folder), "-q", "--shareable"]
    book, page = tmp_path / "plan.xlsx", tmp_path / "plan.html"
    assert main([*where, "--xlsx", str(book), "--html", str(page)]) == ExitCode.OK
    text = page.read_text(encoding="utf-8")
    assert "withheld" in text
    assert "<img" not in text
    assert "May be passed on" in text
    assert main([*where, "--charts", str(tmp_path / "charts")]) == ExitCode.USAGE
    assert "they tell small counts" in capsys.readouterr().err
    assert main(["agenda", str(few.folder), "--shareable"]) == ExitCode.OK
    assert "May be passed on" in capsys.readouterr().out


@needs_chromium
def test_nothing_of_the_pages_is_cut_or_asks(few: Run, group: Run, tmp_path: Path) -> None:
    pages = {name: paper_page(release_paper(run)) for name, run in (("few", few), ("group", group))}
    assert "<img" not in pages["few"]
    wrong, seen = laid_out(pages, tmp_path)
    assert (wrong, seen.console, seen.asked) == ([], "", set())


def test_every_cell_is_looked_at(few: Run) -> None:
    """Nothing that the attack of this file knows is unknown to the protection."""
    cells = cells_of(few)
    hidden = protection.withheld_rows(cells)
    told = {(row.group, row.label) for row, gone in zip(cells.rows, hidden, strict=True) if gone}
    assert told == {row for row, numbers in published(few).items() if numbers is None}
