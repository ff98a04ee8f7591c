"""The dictionary of measures: everything that is shown is defined once, by names that the tables declare."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

from optimizer import api
from optimizer.cli.main import main
from optimizer.cli.output import show_text
from optimizer.errors import ExitCode
from optimizer.plan.runs import Run
from optimizer.plan.words import day
from optimizer.report.evaluation import evaluation_screen
from optimizer.report.measures import dictionary as made
from optimizer.report.measures.measure import (
    AGENDA,
    EVALUATION,
    PAGE,
    PRE_LAUNCH,
    QUARTER,
    QUARTER_PAGE,
    REVIEW,
    SCREEN,
    WORKBOOK,
    Measure,
)
from optimizer.report.page.charts import charts
from optimizer.report.page.played import Played, played
from optimizer.report.papers.agenda import agenda_paper
from optimizer.report.papers.edition import INTERNAL
from optimizer.report.sections import Grid, Paragraph, sections
from optimizer.report.workbook.book import workbook_bytes
from optimizer.report.workbook.source import read_source
from optimizer.weekly.kpis import KPIS
from tests.demo import three_weeks_run
from tests.report.browser import laid_out, needs_chromium
from tests.report.labels import MEASURES, defined, workbook_labels

NAMES = {
    "", "Campaign", "Clinic", "Clinic or team", "Goal or limit", "Rule", "Week of", "Team", "Why", "For", "By week",
    "Where patients are lost", "Clinic and line", "Decision", "Who decides", "Within",
}  # fmt: skip
"""Headers of columns that name things or hold sentences."""
SELDOM = {"never answered"}
"""Told only where there are any, and here every lead is answered."""


@pytest.fixture(scope="module")
def run() -> Run:
    return three_weeks_run()


@pytest.fixture(scope="module")
def both(run: Run) -> Played:
    found = played(run)
    assert found is not None
    return found


def headers_of(grid: Grid) -> set[str]:
    return set(grid.headers) - NAMES


def test_everything_on_the_first_screen_is_defined(run: Run) -> None:
    told = list(sections(run))
    grids = [section for section in told if isinstance(section, Grid)]
    labels = set().union(*map(headers_of, grids)) | {row[0].strip() for row in grids[0].rows}
    labels |= {section.label for section in told if isinstance(section, Paragraph)}
    assert labels == defined(SCREEN) - SELDOM


def test_everything_in_the_workbook_is_defined(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    source = read_source(run, [run])
    assert workbook_labels(monkeypatch, lambda: workbook_bytes(source)) == defined(WORKBOOK)


def test_everything_on_the_page_is_defined(run: Run, both: Played) -> None:
    drawn = charts(run, both)
    labels = set().union(*(headers_of(chart.numbers) for chart in drawn))
    (lost,) = [chart for chart in drawn if chart.name == "lost_patients"]
    assert labels | {row[0] for row in lost.numbers.rows} == defined(PAGE)


def test_what_evaluate_shows_is_there(both: Played, capsys: pytest.CaptureFixture[str]) -> None:
    show_text(evaluation_screen(both.today))
    shown = " ".join(capsys.readouterr().out.split())
    assert not [label for label in defined(EVALUATION) - SELDOM if label not in shown]


def test_everything_on_the_agenda_is_defined(run: Run) -> None:
    grids = [section for section in agenda_paper(api.agenda(run), INTERNAL).sections if isinstance(section, Grid)]
    by_week = [grid for grid in grids if day(str(run.summary["first_week"])) in grid.headers]
    weeks = {header for header in by_week[0].headers if re.fullmatch(r"[A-Z][a-z]{2} \d+", header)}
    labels = set().union(*map(headers_of, grids)) - weeks | {grid.heading for grid in by_week}
    assert labels == defined(AGENDA) - {"Now"}


def test_no_output_is_named_that_no_test_looks_at() -> None:
    assert {output for measure in MEASURES for output in measure.shown} <= {
        SCREEN, PAGE, WORKBOOK, EVALUATION, REVIEW, AGENDA, PRE_LAUNCH, QUARTER,
        QUARTER_PAGE,
    }  # fmt: skip
    assert defined(REVIEW) == {kpi.title for kpi in KPIS}


def test_one_name_one_title_and_one_meaning_of_a_heading() -> None:
    """A heading that stood for two measures in one output would be read in two ways."""
    for names in ([measure.name for measure in MEASURES], [measure.title for measure in MEASURES]):
        assert len(set(names)) == len(names)
    owners: dict[tuple[str, str], list[str]] = defaultdict(list)
    for measure in MEASURES:
        for output, labels in measure.shown.items():
            for label in labels:
                owners[output, label].append(measure.name)
    assert not {place: names for place, names in owners.items() if len(names) > 1}


def test_formulas_name_what_there_is(run: Run) -> None:
    """Every input is declared by a table or scenario.yaml, and every part is a measure."""
    for scenario in (None, api.load(run.folder / "inputs")):
        for entry in made.dictionary(scenario):
            assert not set("{}[]") & set(entry.formula + entry.meaning), entry.name
            assert entry.meaning
            assert entry.unit
            assert all(each.meaning for each in entry.inputs)
            assert all(each.says for each in entry.inputs) is (scenario is not None or not entry.inputs)
    assert all(set(measure.parts) <= set(made.TITLES) - {measure.name} for measure in MEASURES)


def test_a_renamed_column_is_found() -> None:
    wrong = Measure("x", "X", "x", "{funnel.bookings_rate}", "share", "Marketing")
    with pytest.raises(KeyError):
        made._entry("x", wrong, None)
    with pytest.raises(KeyError):
        made._entry("x", Measure("x", "X", "x", "{policies.fil_cap}", "share", "Marketing"), None)


def entry(entries: Sequence[made.Entry], name: str) -> made.Entry:
    (found,) = [each for each in entries if each.name == name]
    return found


def test_the_scenarios_own_values_and_owners(run: Run) -> None:
    scenario = api.load(run.folder / "inputs", sets=["policies.fill_cap=0.91", "objective=first_visit_margin"])
    entries = api.kpis(scenario)
    says = {each.name: each.says for one in entries for each in one.inputs}
    assert says["policies.fill_cap"] == "0.91"
    assert says["policies.service_level.share"] == "0.8"
    rates = scenario.tables["funnel"].frame["booking_rate"]
    assert says["funnel.booking_rate"] == f"{rates.min():.6g} to {rates.max():.6g} in {len(rates)} rows"
    assert entry(entries, "ltv").owner == "Finance"
    assert entry(entries, "cac").owner == "Marketing (by default)"
    assert entry(entries, "ltv").unit == "USD per patient"
    assert "margin of first visits less spend" in entry(entries, "value").meaning


def test_no_count_of_people_is_told(run: Run) -> None:
    says = {each.name: each.says for one in api.kpis(api.load(run.folder / "inputs")) for each in one.inputs}
    for name in ("appointment_capacity.waitlist", "appointment_capacity.already_booked", "limits.min"):
        assert says[name].startswith("given in ")


@needs_chromium
def test_nothing_of_its_page_is_cut_or_asks(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "kpis.html"
    assert main(["kpis", str(run.folder / "inputs"), "--html", str(page)]) == ExitCode.OK
    wrong, seen = laid_out({"kpis": page.read_text(encoding="utf-8")}, tmp_path)
    assert (wrong, seen.console, seen.asked) == ([], "", set())


def test_on_the_command_line(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inputs = str(run.folder / "inputs")
    assert main(["kpis"]) == ExitCode.OK
    assert "Spend per visit (CAC)  [money per visit]  Marketing" in capsys.readouterr().out
    assert main(["kpis", inputs, "--json"]) == ExitCode.OK
    measures = json.loads(capsys.readouterr().out)["data"]["measures"]
    assert [each["name"] for each in measures] == [measure.name for measure in MEASURES]
    page = tmp_path / "kpis.html"
    assert main(["kpis", inputs, "--html", str(page)]) == ExitCode.OK
    text = page.read_text(encoding="utf-8")
    assert all(measure.title.replace("'", "&#39;") in text for measure in MEASURES)
    assert "<script" not in text
    assert main(["kpis", inputs, "--html", str(page)]) == ExitCode.USAGE
    assert main(["kpis", str(tmp_path / "nothing")]) == ExitCode.BAD_INPUT
