"""A quarter: plans worked out by hand, and reports whose every number stands in its folder."""

from __future__ import annotations

import json
import re
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from optimizer import api
from optimizer.api import quarters
from optimizer.cli.main import main
from optimizer.errors import ExitCode, SolverLimit, StorageError, UsageError
from optimizer.plan.planner import Plan, make_plan
from optimizer.plan.words import count
from optimizer.report.measures.measure import QUARTER, QUARTER_PAGE, SCREEN, WORKBOOK
from optimizer.report.page.quarter_charts import quarter_charts
from optimizer.report.quarter import next_money_facts, quarter_sections
from optimizer.report.sections import Grid, Paragraph
from optimizer.report.workbook.book import workbook_bytes
from optimizer.report.workbook.source import read_source
from optimizer.scenario.read import Scenario
from optimizer.study import frontier as study_frontier
from optimizer.study import quarter as study
from optimizer.study import sensitivity as study_sensitivity
from optimizer.study.quarter import amounts, next_money
from optimizer.study.quarter_files import Quarter
from optimizer.weekly.week import write_scenario
from tests.report.browser import laid_out, needs_chromium
from tests.report.formulas import computed
from tests.report.labels import defined, workbook_labels
from tests.report.office import needs_libreoffice, recomputed_otherwise, same
from tests.report.tables import Tables
from tests.report.test_workbook import table
from tests.small import campaign, line_curve, small

HOSTILE = "</script><img src=x onerror=alert(1)>"
FLOOR = 40.0
NAMES = {"", "Campaign", "Clinic or team", "Why", "For", "Rule", "Goal or limit", "If"}
"""Headers of columns that name things or hold sentences."""


def two_clinics(**more: Any) -> Scenario:
    """A dollar brings 0.1 patients at North, which has 6 slots, and 0.05 at South; a visit is worth 100.

    North's campaign spends 40 at least. The week has 200 dollars.
    """
    return small(
        [campaign("a", channel="=1+1", min_weekly_spend=FLOOR), campaign("b", location="South", channel=HOSTILE)],
        [line_curve("a", 0.1, 100), line_curve("b", 0.05, 200)],
        budget=more.pop("budget", 200.0),
        slots={("North", "Care", 0): 6.0},
        **more,
    )


def written(scenario: Scenario, folder: Path) -> Path:
    folder.mkdir(parents=True)
    write_scenario(folder, scenario.definition, {name: table.frame for name, table in scenario.tables.items()})
    return folder


@dataclass(frozen=True)
class Told:
    """A quarter as the command made it, and what the command said."""

    quarter: Quarter
    out: str
    err: str


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Plans at 20, 100, 200 and 300 dollars; the frontier has three points more.

    That points and cases are checked again is tested with the studies, and is not paid for here.
    """
    folder = tmp_path_factory.mktemp("quarter")
    out, err = StringIO(), StringIO()
    asked = ["quarter", str(written(two_clinics(), folder / "clinics")), "--budgets", "0.1,100,1.5"]
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(study, "POINTS", 3)
        patch.setattr(study_frontier, "check_played", lambda *_: None)
        patch.setattr(study_sensitivity, "check_played", lambda *_: None)
        assert main([*asked, "--out", str(folder / "made")]) == ExitCode.OK
    return Told(api.open_quarter(folder / "made"), out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def quarter(told: Told) -> Quarter:
    return told.quarter


@pytest.fixture(scope="module")
def formulas(quarter: Quarter) -> openpyxl.Workbook:
    return openpyxl.load_workbook(quarter.folder / api.WORKBOOK)


@pytest.fixture(scope="module")
def shown(quarter: Quarter) -> openpyxl.Workbook:
    return openpyxl.load_workbook(quarter.folder / api.WORKBOOK, data_only=True)


@pytest.fixture(scope="module")
def html(quarter: Quarter) -> str:
    return (quarter.folder / api.PAGE).read_text(encoding="utf-8")


def summary(quarter: Quarter, amount: float) -> Any:
    (run,) = [budget.run for budget in quarter.budgets if budget.amount == amount]
    assert run is not None
    return run.summary


def test_plans_by_hand(quarter: Quarter) -> None:
    """60 dollars fill North. 100: 600 + 40 * 5 - 100. 200: 600 + 140 * 5 - 200. 300: South takes 200 and 40 are left.

    20 dollars are less than North's floor, and that loses no other plan.
    """
    assert [budget.amount for budget in quarter.budgets] == [20.0, 100.0, 200.0, 300.0]
    values = [summary(quarter, amount)["plan"]["value"] for amount in (100.0, 200.0, 300.0)]
    assert values == pytest.approx([700, 1100, 1340])
    assert summary(quarter, 300.0)["unspent"]["amount"] == pytest.approx(40)
    assert quarter.budgets[0].run is None
    assert "40" in quarter.budgets[0].refusal
    assert "budget.total" in quarter.budgets[0].refusal
    assert quarter.base.manifest["changes"] == []
    changes: Any = quarter.others[0].manifest["changes"]
    assert [(change["column"], change["old"], change["new"]) for change in changes] == [("budget.total", 200, 100)]


def test_frontier_and_next_money_by_hand(quarter: Quarter) -> None:
    """Beyond 60 dollars each brings 5 patients' worth less itself, until South takes no more."""
    points = quarter.frontier.set_index("budget")
    assert list(points.index) == [20, 100, 200, 210, 300]
    assert points.loc[20, "refusal"] == study_frontier.NO_PLAN
    assert points["value"].tolist()[1:] == pytest.approx([700, 1100, 1140, 1340])
    assert points["next_unit"].tolist()[1:] == pytest.approx([4, 4, 4, 0])
    facts = next_money_facts(quarter)
    assert facts == {
        "money": 10, "budget": 210, "spend": pytest.approx(10), "value": pytest.approx(40),
        "visits": pytest.approx(0.5), "begins": [],
    }  # fmt: skip


def test_sensitivity_by_hand(quarter: Quarter) -> None:
    """60 and 140 dollars are kept; anew, North is filled first.

    Booking rates at 0.8: kept 4.8 + 5.6 visits; anew 75 fill North and 125 bring 5. They cannot rise above 1.
    Leads at 1.2 times the cost: kept 5 + 5.83; anew 72 and 128 dollars bring 6 + 5.33. At 0.8: kept 6 + 8.75, as North
    is full; anew 48 and 152 bring 6 + 9.5.
    """
    found = quarter.sensitivity.set_index(["input", "share"])
    by_hand = {
        ("worth", 0.7): (13 * 70 - 200, 13 * 70 - 200),
        ("worth", 1.3): (13 * 130 - 200, 13 * 130 - 200),
        ("conversion", 0.8): (1040 - 200, 1100 - 200),
        ("conversion", 1.2): (1100, 1100),
        ("cost_per_lead", 0.8): (1475 - 200, 1550 - 200),
        ("cost_per_lead", 1.2): (1300 / 1.2 - 200, 600 + 128 * 5 / 1.2 - 200),
    }
    assert {key: tuple(row) for key, row in found[["kept", "best"]].iterrows()} == {
        key: pytest.approx(pair, abs=0.1) for key, pair in by_hand.items()
    }
    assert found["capped"].tolist() == [0, 0, 0, 2, 0, 0]


def test_a_plan_is_worth_what_the_frontier_says(quarter: Quarter) -> None:
    """Both are proven that close to the same best."""
    points = quarter.frontier.set_index("budget")
    for budget in quarter.budgets:
        if budget.run:
            gap: Any = budget.run.manifest["curve_gap"]
            apart = abs(points.loc[budget.amount, "value"] - summary(quarter, budget.amount)["plan"]["value"])
            assert apart <= max(gap["gap"], points.loc[budget.amount, "gap"]) + 0.01


def test_what_the_terminal_says(told: Told) -> None:
    screen, quarter = " ".join(told.out.split()), told.quarter
    for said in (
        "Today's spend Budget $20 Budget $100 Budget $200 Budget $300",
        "Spend $0 no plan $100 $200 $260",
        "Value $0 $700 $1,100 $1,340",
        "Value against $200 -$400 +$240",
        "Not spent - - $40",
        "Next dollar adds $4.00 $4.00 $0.00",
        "The scenario's own budget is $200.",
        "The next $10: would add about $40 of value and 0.5 visits. Planned again with that budget.",
        "booking rates: -20 % $840 -$260 $900 $60 $15",
        "With booking rates: +20 %, 2 rates would pass 100 % and stay there.",
        "Most hangs on the worth of a patient: at -30 % this plan would be worth $710.",
        "Nobody is named who answers for the budget",
        f"Quarter: {quarter.folder}",
    ):
        assert said in screen, said
    assert "Planning with a budget of 300.00 ..." in told.err
    assert f"Next: optimizer explain budget --run {quarter.base.folder}" in told.err


def test_as_json(quarter: Quarter, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(api, "quarter", lambda *_, **__: quarter)
    assert main(["quarter", str(quarter.base.folder / "inputs"), "--json", "-q"]) == ExitCode.OK
    made = json.loads(capsys.readouterr().out)
    assert (made["command"], made["run_id"]) == ("quarter", quarter.folder.name)
    data = made["data"]
    assert [budget["amount"] for budget in data["budgets"]] == [20, 100, 200, 300]
    assert data["budgets"][0]["plan"] is None
    assert "budget.total" in data["budgets"][0]["refusal"]
    assert data["budgets"][2]["plan"] == quarter.base.summary["plan"]
    assert data["frontier"][0]["value"] is None
    assert data["next_money"]["value"] == pytest.approx(40)
    assert [case["this_plan"] for case in data["sensitivity"]["cases"]] == quarter.sensitivity["kept"].tolist()
    assert all(Path(path).exists() for path in data["files"].values())


def test_formulas_of_the_workbook_give_what_their_cells_show(
    formulas: openpyxl.Workbook, shown: openpyxl.Workbook
) -> None:
    found = [(sheet, cell, value) for sheet, cell, value in computed(formulas)]
    assert not [
        (sheet, cell, value, shown[sheet][cell].value)
        for sheet, cell, value in found
        if not same(value, shown[sheet][cell].value)
    ]
    assert {"Budgets", "Frontier", "Sensitivities", "Reconciliation"} - {sheet for sheet, _, _ in found} == {"Frontier"}


@needs_libreoffice
def test_libreoffice_computes_the_same(quarter: Quarter, tmp_path: Path) -> None:
    assert not recomputed_otherwise(quarter.folder / api.WORKBOOK, tmp_path)


def test_numbers_of_the_workbook_are_the_folders(quarter: Quarter, shown: openpyxl.Workbook) -> None:
    plans = table(shown["Budgets"], "Plan")
    runs = [summary(quarter, amount)["plan"] for amount in (100.0, 200.0, 300.0)]
    for header, name in (("Spend", "spend"), ("Completed visits", "visits"), ("Value", "value"), ("Leads", "leads")):
        today = quarter.base.summary["today"][name]  # type: ignore[index]
        assert plans[header].tolist()[2:] == pytest.approx([run[name] for run in runs]), header
        assert plans[header][0] == pytest.approx(today)
    assert plans["Plan"][1] == "No plan"
    assert plans["Next dollar adds"].tolist()[2:] == pytest.approx([4, 4, 0])
    points = table(shown["Frontier"], "Budget")
    for header, name in (("Spend", "spend"), ("Value of the best plan", "value"), ("At most better by", "gap")):
        assert points[header].astype(float).tolist() == pytest.approx(quarter.frontier[name].tolist(), nan_ok=True)
    cases = table(shown["Sensitivities"], "If")
    for header, name in (("This plan", "kept"), ("Planned anew", "best"), ("Money that moves", "moved")):
        assert cases[header].astype(float).tolist() == pytest.approx(quarter.sensitivity[name].tolist())
    both = table(shown["Sensitivities"], "Input").set_index("Input")
    assert both.loc["booking rates ±20 %"].tolist() == pytest.approx([840 - 1100, 0], abs=0.1)
    assert both.index[0] == "worth of a patient ±30 %"


def test_the_workbook_ties_out(quarter: Quarter, shown: openpyxl.Workbook) -> None:
    ties = table(shown["Reconciliation"], "What")
    assert set(ties["Difference"]) == {0}
    mine = ties[ties["Summed in"] == "Budgets"]
    assert len(mine) == 3 * 4, "spend, visits and value of today and of three plans"
    spend = mine[mine["What"] == "Spend at a budget of 300.00"]
    assert spend["Sum"].tolist() == spend["Must be"].tolist() == [260]
    headings = [
        row[0].value for row in shown["Comparison"].iter_rows() if str(row[0].value).startswith("Against the run")
    ]
    assert headings == ["Against the run small-100", "Against the run small-300"]


def test_charts_of_the_workbook(formulas: openpyxl.Workbook) -> None:
    (scatter,), (bars,) = formulas["Frontier"]._charts, formulas["Sensitivities"]._charts
    assert [len(chart.series) for chart in (scatter, bars)] == [2, 2]
    assert scatter.series[0].yVal.numRef.f.startswith("'Frontier'!")


def test_numbers_of_the_page_are_the_folders(quarter: Quarter, html: str) -> None:
    tables = Tables(html).tables
    plans = {row[0]: row[1:] for row in tables["Plans side by side"][1:]}
    assert plans["Value"][2:] == [f"${summary(quarter, at)['plan']['value']:,.0f}" for at in (100.0, 200.0, 300.0)]
    points = tables["The value of the best plan over the budget"][1:]
    assert [row[0] for row in points] == ["$20", "$100 (planned)", "$200 (planned)", "$210", "$300 (planned)"]
    for row, point in zip(points[1:], quarter.frontier.to_dict("records")[1:], strict=True):
        assert row[1:4] == [f"${point['spend']:,.0f}", count(point["visits"]), f"${point['value']:,.0f}"]
    cases = tables["If an input is not what the scenario says"][2:]
    for row, case in zip(cases, quarter.sensitivity.to_dict("records"), strict=True):
        assert [row[1], row[3], row[5]] == [f"${case[name]:,.0f}" for name in ("kept", "best", "moved")]


def test_nothing_on_the_page_can_run_or_ask(html: str, quarter: Quarter) -> None:
    page = Tables(html)
    assert "script" not in page.tags
    assert all(address.startswith("data:image/svg+xml;base64,") for address in page.addresses)
    assert "default-src 'none'" in html
    assert HOSTILE not in html
    assert "&lt;/script&gt;&lt;img" in html
    assert {path.stem for path in (quarter.folder / api.CHARTS).iterdir()} >= {"frontier", "sensitivity", "curves"}


@needs_chromium
def test_nothing_of_the_page_is_cut_overlaps_or_asks(html: str, tmp_path: Path) -> None:
    wrong, seen = laid_out({"quarter": html}, tmp_path)
    cut = "shortened: </script><img"  # a label longer than a chart has room for; it stands in full in the table
    assert not [what for what in wrong if cut not in what]
    assert (seen.console, seen.asked) == ("", set())


def test_text_of_the_workbook_stays_text(formulas: openpyxl.Workbook) -> None:
    texts = {cell.value for sheet in formulas for row in sheet.iter_rows() for cell in row if cell.data_type == "s"}
    assert {"=1+1", HOSTILE} <= texts


def test_the_workbook_of_the_folder_is_made_again(quarter: Quarter, tmp_path: Path) -> None:
    path = tmp_path / "again.xlsx"
    assert main(["report", str(quarter.folder), "-q", "--xlsx", str(path)]) == ExitCode.OK
    assert path.read_bytes() == (quarter.folder / api.WORKBOOK).read_bytes()


@pytest.mark.parametrize(
    "name", ["frontier.csv", "sensitivity.csv", "budgets/small-100/summary.json", "budgets/small-100/run.json"]
)
def test_a_changed_folder_is_refused(quarter: Quarter, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "quarter"
    shutil.copytree(quarter.folder, copy)
    text = (copy / name).read_text(encoding="utf-8")
    (copy / name).write_text(text.replace("0", "1", 1), encoding="utf-8")
    with pytest.raises(StorageError, match=f"{Path(name).name} was changed"):
        api.open_quarter(copy)


def test_what_is_no_quarter(tmp_path: Path, quarter: Quarter) -> None:
    with pytest.raises(StorageError, match="is not a quarter"):
        api.open_quarter(tmp_path)
    newer = {**quarter.manifest, "schema": 2}
    (tmp_path / "quarter.json").write_text(json.dumps(newer))
    with pytest.raises(StorageError, match="has format 2"):
        api.open_quarter(tmp_path)


def test_budgets_that_are_asked_for() -> None:
    """Up to 10 they are multiples, above money; the scenario's own is always there, once."""
    scenario = two_clinics()
    assert amounts(scenario, [1.1, 0.9]) == (180.0, 200.0, 220.0)
    assert amounts(scenario, [10, 10.01, 200, 1, 0.333333]) == (10.01, 66.67, 200.0, 2000.0)
    assert amounts(scenario, []) == (200.0,)
    for wrong, said in (
        ([0.0], "above zero"), ([-1.0], "above zero"), ([float("nan")], "above zero"), ([float("inf")], "above zero"),
        ([1e-6], "at least a cent"), ([2, 3, 4, 5, 6, 7], "7 budgets"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=said):
            amounts(scenario, wrong)
    with pytest.raises(UsageError, match=r"budget\.total is 0"):
        amounts(two_clinics(budget=0.0), [1])


def test_a_budget_for_which_the_time_is_not_enough_is_told_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def hurried(scenario: Scenario, **more: Any) -> Plan:
        if scenario.definition.budget.total == 300:
            raise SolverLimit("the solver stopped; allow more time")
        return make_plan(scenario, **more)

    monkeypatch.setattr(study, "make_plan", hurried)
    monkeypatch.setattr(study, "frontier", lambda *_, **__: None)
    monkeypatch.setattr(study, "sensitivity", lambda *_, **__: None)
    made = study.quarter_study(two_clinics(), [1.5])
    assert [(at.amount, at.plan is None) for at in made.budgets] == [(200, False), (300, True)]
    assert str(made.budgets[1].refusal) == "the solver stopped; allow more time"


@pytest.mark.parametrize(("budget", "step"), [(1_330_000, 100_000), (1_000_000, 100_000), (7200, 100), (5, 1)])
def test_the_next_money_is_a_round_tenth(budget: float, step: float) -> None:
    assert next_money(budget) == step


@pytest.mark.parametrize("budgets", ["", "a", "1;2", "0", "-1,1", "0.9,1,1.1,nan", "1,2,3,4,5,6,7"])
def test_budgets_that_cannot_be_read(budgets: str, quarter: Quarter, tmp_path: Path) -> None:
    asked = ["quarter", str(quarter.base.folder / "inputs"), f"--budgets={budgets}", "-q", "--out", str(tmp_path / "q")]
    assert main(asked) == ExitCode.USAGE
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_there_is_kept(quarter: Quarter, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(path.name for path in quarter.folder.iterdir())
    assert main(["quarter", str(quarter.base.folder / "inputs"), "-q", "--out", str(quarter.folder)]) == ExitCode.USAGE
    assert "is there already" in capsys.readouterr().err
    assert sorted(path.name for path in quarter.folder.iterdir()) == before


def test_where_the_own_budget_has_no_plan_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clinics = written(two_clinics(budget=20.0), tmp_path / "clinics")
    assert (
        main(["quarter", str(clinics), "-q", "--budgets", "1,200", "--out", str(tmp_path / "q")]) == ExitCode.INFEASIBLE
    )
    assert "budget.total" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["clinics"]


@pytest.mark.parametrize(
    ("stop", "code"), [(KeyboardInterrupt(), ExitCode.INTERRUPTED), (OSError(28, "No space left"), ExitCode.STORAGE)]
)
def test_what_is_stopped_half_way_leaves_nothing(
    stop: BaseException, code: ExitCode, quarter: Quarter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped while the workbook is written, when all plans are on disk."""

    def stopped(found: Quarter, path: Path) -> None:
        assert (path.parent / "frontier.csv").is_file()
        raise stop

    def ready(*_: object, **__: object) -> None:
        return None

    def copied(_: object, folder: Path, **__: object) -> None:
        shutil.copytree(quarter.folder, folder, dirs_exist_ok=True)

    monkeypatch.setattr(quarters, "quarter_study", ready)
    monkeypatch.setattr(quarters, "write_quarter", copied)
    monkeypatch.setattr(quarters, "workbook", stopped)
    asked = ["quarter", str(quarter.base.folder / "inputs"), "-q", "--out", str(tmp_path / "q")]
    assert main(asked) == code
    assert not list(tmp_path.iterdir())


def test_data_in_memory_are_refused() -> None:
    with pytest.raises(UsageError, match="made in memory"):
        api.quarter(two_clinics())


def test_a_library_that_is_not_there_is_told_before_anything_is_planned(
    quarter: Quarter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(UsageError, match="vl_convert"):
        api.quarter(quarter.base.folder / "inputs", folder=tmp_path / "q")
    assert not list(tmp_path.iterdir())


def test_every_number_of_its_sheets_is_in_the_dictionary(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    source = read_source(told.quarter.base, told.quarter.others, told.quarter)
    assert workbook_labels(monkeypatch, lambda: workbook_bytes(source)) - defined(WORKBOOK) == defined(QUARTER)


def test_every_number_of_its_page_is_in_the_dictionary(quarter: Quarter) -> None:
    sections = [*quarter_sections(quarter), *(chart.numbers for chart in quarter_charts(quarter))]
    grids = [section for section in sections if isinstance(section, Grid)]
    labels = {row[0] for row in grids[0].rows} | {header for grid in grids for header in grid.headers}
    labels |= {section.label for section in sections if isinstance(section, Paragraph)}
    told = {re.sub(r" \$[\d,]+$", "", label.strip()) for label in labels}
    assert told - NAMES - defined(SCREEN) == defined(QUARTER_PAGE)
