"""The workbook as another library reads it: what it shows is the run's, every formula gives what it says."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from xlsxwriter import Workbook

from optimizer import api
from optimizer.cli.main import main
from optimizer.errors import ExitCode, StorageError, UsageError, VerificationError
from optimizer.plan.runs import Run
from optimizer.report.workbook.cells import is_literal
from optimizer.report.workbook.contents import SHEETS
from optimizer.report.workbook.quarter_sheets import BUDGETS, FRONTIER, SENSITIVITIES
from tests.report.formulas import Sheets, computed
from tests.report.office import needs_libreoffice, recomputed_otherwise, same

WEEKS = [f"2026-{day}" for day in ("09-21", "09-28", "10-05", "10-12", "10-19", "10-26", "11-02", "11-09")]
CLINICS = ("=SUM(A1)", "North*", "north*", "</script><img src=x>", "عيادة 🦷")
LINES = ("+1 Care", "@\"quoted\" 'line'")
CHANNELS = ("-Search", "=cmd|' /C calc'!A0")
YAML = """
schema_version: 1
name: hostile
title: '=HYPERLINK("http://example.org","title") & more'
synthetic: true
currency: EUR
as_of: 2026-09-14
calendar: {first_week: 2026-09-21, weeks: 4}
budget: {total: 6000, per_week: 1800, per_month: {2026-10: 4000}, owner: '=Finance', since: 2026-09-01}
policies: {fill_cap: 0.9, extrapolation: 1.0}
"""


def scenario(folder: Path) -> Path:
    """Five clinics with hostile names, two lines, two channels; slots are short at some, one intake team."""
    folder.mkdir()
    (folder / "scenario.yaml").write_text(YAML, encoding="utf-8")
    cells = [(clinic, line, channel) for clinic in CLINICS for line in LINES for channel in CHANNELS]
    tables: dict[str, list[dict[str, Any]]] = {
        "campaigns": [
            {"campaign": f"={number} {channel}", "location": clinic, "service_line": line, "channel": channel,
             "current_weekly_spend": 60 + 7.13 * number}
            for number, (clinic, line, channel) in enumerate(cells)
        ],
        "locations": [
            {"location": clinic, "market": f"+M{number % 2}", "intake_team": "@Team"}
            for number, clinic in enumerate(CLINICS)
        ],
        "response_curves": [
            {"campaign": f"={number} {channel}", "form": "hill", "max_leads": 30 + number, "half_spend": 150,
             "slope": 1.0, "observed_max_weekly_spend": 300}
            for number, (_, _, channel) in enumerate(cells)
        ],
        "funnel": [
            {"service_line": line, "channel": channel, "booking_rate": 0.5, "booking_rate_late": 0.2,
             "handling_minutes": 12}
            for line in LINES for channel in CHANNELS
        ],
        "appointment_capacity": [
            {"location": clinic, "service_line": line, "week": week, "new_patient_slots": 4 + 3 * number,
             "waitlist": 1 if week == WEEKS[0] else 0}
            for number, clinic in enumerate(CLINICS) for line in LINES for week in WEEKS
        ],
        "show_rates": [
            {"service_line": line, "weeks_waited": waited, "kept_share": 1 - 0.2 * waited, "show_rate": 0.9}
            for line in LINES for waited in (0, 1, 2)
        ],
        "intake_teams": [
            {"intake_team": "@Team", "week": week, "agents": 3, "paid_hours": 100, "shrinkage": 0.2,
             "baseline_contacts": 200, "handling_minutes": 5}
            for week in WEEKS
        ],
        "patient_value": [
            {"service_line": LINES[0], "first_visit_margin": 15, "ltv_margin": "", "margin_per_year": 300,
             "yearly_retention": 0.7, "horizon_months": 24, "discount_rate": 0.05, "owner": "=Owner",
             "source": "ledger, 2025", "as_of": "2026-09-01"},
            {"service_line": LINES[1], "first_visit_margin": 90, "ltv_margin": 400, "margin_per_year": "",
             "yearly_retention": "", "horizon_months": 24, "discount_rate": 0.05, "owner": "", "source": "",
             "as_of": ""},
        ],
        "limits": [
            {"limit": "=goal", "quantity": "spend", "channel": CHANNELS[0], "min": 100, "owner": "", "reason": "=why"}
        ],
    }  # fmt: skip
    for name, rows in tables.items():
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """The plan, and a plan with less money whose spend of today has parts of cents."""
    folder = tmp_path_factory.mktemp("workbook")
    mine = scenario(folder / "mine")
    plan = api.save(api.plan(mine), folder / "runs", command="plan")
    cents = ["campaigns[service_line=+1 Care] current_weekly_spend += 0.0033"]
    less = api.save(
        api.plan(api.load(mine, sets=["budget.total=4000"], changes=cents)), folder / "runs", command="plan"
    )
    return plan, less


@pytest.fixture(scope="module")
def path(runs: tuple[Run, Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / "plan.xlsx"
    api.workbook(runs[0], path, against=[runs[1]])
    return path


@pytest.fixture(scope="module")
def formulas(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def shown(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path, data_only=True)


def table(sheet: Worksheet, first_header: str) -> pd.DataFrame:
    """A table of a sheet: from the row whose first cell is the header to the first row that is blank there."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    start = next(number for number, row in enumerate(rows) if row[0] == first_header)
    headers = [name for name in rows[start] if name is not None]
    found = []
    for row in rows[start + 1 :]:
        if row[0] is None:
            break
        found.append(row[: len(headers)])
        if str(row[0]).startswith("All "):
            break
    return pd.DataFrame(found, columns=headers)


def test_every_formula_gives_what_its_cell_shows(formulas: openpyxl.Workbook, shown: openpyxl.Workbook) -> None:
    found = list(computed(formulas))
    wrong = [
        (sheet, cell, value, shown[sheet][cell].value)
        for sheet, cell, value in found
        if not same(value, shown[sheet][cell].value)
    ]
    assert not wrong
    assert len(found) > 1000


def test_all_sheets_are_there_and_filled(shown: openpyxl.Workbook) -> None:
    assert shown.sheetnames == [name for name in SHEETS if name not in (BUDGETS, FRONTIER, SENSITIVITIES)]
    for sheet in shown:
        assert sheet["A1"].value
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.oddFooter.left.text


def test_data_are_the_run(runs: tuple[Run, Run], shown: openpyxl.Workbook) -> None:
    plan = runs[0].table("plan")
    data = table(shown["Data"], "Campaign")
    assert list(data["Campaign"]) == list(plan["campaign"])
    assert [f"{week:%Y-%m-%d}" for week in data["Week"]] == list(plan["week"])
    for header, column in (
        ("Today's spend", "current_spend"), ("Planned spend", "recommended_spend"), ("Change *", "change"),
        ("Leads", "leads"), ("Bookings", "bookings"), ("Completed visits", "visits"), ("Value before spend", "value"),
    ):  # fmt: skip
        assert data[header].astype(float).to_numpy() == pytest.approx(plan[column].to_numpy(), abs=1e-9), header


@pytest.mark.parametrize(("header", "column"), [("Market", "market"), ("Clinic", "location"), ("Channel", "channel")])
def test_groups_are_sums_of_the_run_to_the_letter(
    runs: tuple[Run, Run], shown: openpyxl.Workbook, header: str, column: str
) -> None:
    """Names that SUMIFS would take for conditions, or for each other, have their own sums."""
    sums = runs[0].table("plan").groupby(column)[["recommended_spend", "visits"]].sum()
    found = table(shown["Breakdown"], header).set_index(header).drop("All")
    assert set(found.index) == set(sums.index)
    for label in sums.index:
        assert float(found.loc[label, "Planned spend"]) == pytest.approx(sums.loc[label, "recommended_spend"], abs=1e-6)
        assert float(found.loc[label, "Completed visits"]) == pytest.approx(sums.loc[label, "visits"], abs=1e-6)


def test_a_week_belongs_to_the_month_of_its_monday(runs: tuple[Run, Run], shown: openpyxl.Workbook) -> None:
    plan = runs[0].table("plan")
    months = table(shown["Months and quarters"], "Month")
    september = plan[plan["week"].isin(["2026-09-21", "2026-09-28"])]["recommended_spend"].sum()
    assert [f"{month:%Y-%m}" for month in months["Month"][:-1]] == ["2026-09", "2026-10"]
    assert float(months["Planned spend"][0]) == pytest.approx(september)
    quarters = table(shown["Months and quarters"], "Quarter")
    assert list(quarters["Quarter"]) == ["2026 Q3", "2026 Q4", "All quarters"]
    assert float(quarters["Planned spend"][0]) == pytest.approx(september)


def test_it_ties_out_to_the_cent(runs: tuple[Run, Run], shown: openpyxl.Workbook) -> None:
    sheet = shown["Reconciliation"]
    assert any(row[0].value == "Everything ties out" for row in sheet.iter_rows(max_row=6))
    ties = table(sheet, "What")
    assert set(ties["Difference"]) == {0}
    spend = ties[ties["What"] == "Planned spend"]["Sum"].astype(float)
    assert len(spend) >= 7
    assert {round(amount, 2) for amount in spend} == {runs[0].summary["plan"]["spend"]}  # type: ignore[index]
    assert (ties["What"].str.contains("within the budget")).sum() == 1 + 4 + 1
    assert (ties["What"].str.contains("margin")).sum() == 1


def test_parts_of_cents_of_today_are_within_rounding(runs: tuple[Run, Run], tmp_path: Path) -> None:
    """Ten campaigns spend a third of a cent more than their tables show, in four weeks: 13 cents in all."""
    path = tmp_path / "plan.xlsx"
    api.workbook(runs[1], path)
    ties = table(openpyxl.load_workbook(path, data_only=True)["Reconciliation"], "What")
    today = ties[ties["What"] == "Today's spend"]
    assert set(today["Difference"]) == {0}
    assert set(today["Must be"] - today["Sum"]) != {0}
    assert set(ties[ties["What"] == "Planned spend"]["Rounding"]) == {0.005}


def test_a_changed_number_does_not_tie_out(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    cells = {
        cell.value: cell.column for cell in next(row for row in book["Data"].iter_rows() if row[0].value == "Campaign")
    }
    first = next(row[0].row for row in book["Data"].iter_rows() if row[0].value == "Campaign") + 1
    book["Data"].cell(first, cells["Planned spend"]).value += 0.01
    sheets = Sheets(book)
    verdict = next(row[0] for row in book["Reconciliation"].iter_rows(max_row=6) if row[0].data_type == "f")
    assert sheets.value("Reconciliation", verdict.coordinate) == "DOES NOT TIE OUT"


def test_text_is_never_a_formula_and_comes_through(
    formulas: openpyxl.Workbook, shown: openpyxl.Workbook, runs: tuple[Run, Run]
) -> None:
    texts = {cell.value for sheet in shown for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)}
    assert {*CLINICS, *LINES, *CHANNELS, "=Owner", "=goal", "=why", "@Team", "+M0"} <= texts
    assert runs[0].summary["title"] in texts
    words = set()
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    words |= set(re.findall(r"([A-Z]+)\(", cell.value))
                    assert not any(name in re.sub(r'"[^"]*"', "", cell.value) for name in (*CLINICS, *LINES))
                assert cell.hyperlink is None
    assert words <= {"SUM", "SUMIFS", "SUMPRODUCT", "EXACT", "IF", "ABS", "AND", "OR", "N", "ROUND", "ROUNDUP", "LN",
                     "INT", "DATE", "YEAR", "MONTH", "COUNTIF"}  # fmt: skip


def test_payback_by_hand(shown: openpyxl.Workbook) -> None:
    """The months in which first margin and the yearly margin of those who stay reach the spend per visit."""
    costs = table(shown["Economics"], "Clinic")
    told = costs[costs["Service line"] == LINES[0]]
    assert len(told) == len(CLINICS)
    for row in told.to_dict("records"):
        if not row["CAC"]:
            continue
        reached, month = 15.0, 0
        while reached < row["CAC"]:
            month += 1
            reached += 300 / 12 * 0.7 ** (month / 12)
        assert row["Payback, months"] == month
        assert row["Margins from"] == "patient_value.csv:2"
    others = costs[costs["Service line"] == LINES[1]]
    assert {row["Payback, months"] for row in others.to_dict("records")} <= {0, "margin over time not given"}


def test_the_next_visit_costs_what_the_slope_of_the_curve_says(runs: tuple[Run, Run], shown: openpyxl.Workbook) -> None:
    """Leads of a campaign are m s / (h + s), so the next dollar brings m h / (h + s)^2.

    Bookings go with leads, so all spend at that slope would bring visits x h / (h + s), here with h = 150.
    """
    plan = runs[0].table("plan")
    at_slope = plan["visits"] * 150 / (150 + plan["recommended_spend"])
    for header, column in (("Channel", "channel"), ("Market", "market")):
        found = table(shown["Breakdown"], header).set_index(header)
        for label, rows in plan.groupby(column):
            expected = rows["recommended_spend"].sum() / at_slope[rows.index].sum()
            assert float(found.loc[label, "Marginal CAC"]) == pytest.approx(expected, rel=1e-4)
            assert float(found.loc[label, "Marginal CAC"]) > float(found.loc[label, "Spend per visit (CAC)"])


def test_contribution_stands_in_the_month_of_the_visit(runs: tuple[Run, Run], shown: openpyxl.Workbook) -> None:
    bookings = runs[0].table("bookings")
    first = bookings["service_line"].map({LINES[0]: 15.0, LINES[1]: 90.0}) * bookings["visits"]
    months = table(shown["Economics"], "Month")
    for row in months[:-1].to_dict("records"):
        here = bookings["visit_week"].str.startswith(f"{row['Month']:%Y-%m}")
        assert float(row["First-visit margin"]) == pytest.approx(first[here].sum(), abs=1e-6)


def test_before_and_change_make_after(runs: tuple[Run, Run], shown: openpyxl.Workbook) -> None:
    moves = table(shown["Comparison"], "Campaign")
    sums = moves.iloc[-1]
    assert sums["Campaign"] == "All campaigns"
    assert round(sums["Before"], 2) == runs[1].summary["plan"]["spend"]  # type: ignore[index]
    assert round(sums["This plan"], 2) == runs[0].summary["plan"]["spend"]  # type: ignore[index]
    for row in moves.to_dict("records"):
        assert round(row["Before"] + row["Change"], 2) == round(row["This plan"], 2)


def test_assumptions_say_where_they_stand_and_what_lacks_a_source(shown: openpyxl.Workbook) -> None:
    rules = table(shown["Assumptions"], "Kind")
    budget = rules[rules["Kind"] == "Budget"]
    assert set(budget["Owner"]) == {"=Finance"}
    assert budget["File and line"].str.match(r"scenario\.yaml:\d+").all()
    inputs = table(shown["Assumptions"], "Table")
    value = inputs[inputs["Table"] == "patient_value"]
    assert list(value["File and line"]) == ["patient_value.csv:2", "patient_value.csv:3"]
    assert list(value["Source"]) == ["ledger, 2025", "no source given"]
    assert list(value["Owner"]) == ["=Owner", "not named"]


def test_it_says_that_it_is_internal_and_made_up(shown: openpyxl.Workbook) -> None:
    told = " ".join(str(row[0].value) for row in shown["Summary"].iter_rows(max_row=6))
    assert "Made-up data for demonstration." in told
    assert "1 to 10 patients" in told
    assert shown.properties.category == "Internal"


def test_the_same_run_makes_the_same_file(runs: tuple[Run, Run], path: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.xlsx"
    api.workbook(runs[0], again, against=[runs[1]])
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", ["plan.csv", "bookings.csv", "summary.json", "inputs/patient_value.csv"])
def test_a_changed_run_is_refused(runs: tuple[Run, Run], tmp_path: Path, name: str) -> None:
    copy = tmp_path / "run"
    shutil.copytree(runs[0].folder, copy)
    text = (copy / name).read_text(encoding="utf-8")
    (copy / name).write_text(text.replace("1", "2", 1), encoding="utf-8")
    with pytest.raises(StorageError, match=f"{Path(name).name} was changed after the run was written"):
        api.workbook(str(copy), tmp_path / "plan.xlsx")
    assert not (tmp_path / "plan.xlsx").exists()


@pytest.mark.parametrize(
    ("name", "column"), [("plan", "recommended_spend"), ("bookings", "visits"), ("leads", "leads")]
)
def test_numbers_that_do_not_tie_out_are_not_written(
    runs: tuple[Run, Run], tmp_path: Path, name: str, column: str
) -> None:
    """One number of one row changed by a cent, or a hundredth of a visit, and the digest with it."""
    copy = tmp_path / "run"
    shutil.copytree(runs[0].folder, copy)
    frame = pd.read_csv(copy / f"{name}.csv", dtype=str, keep_default_na=False)
    row = int(frame[column].astype(float).argmax())
    frame.loc[row, column] = f"{float(frame.loc[row, column]) + 0.01:.6f}"
    frame.to_csv(copy / f"{name}.csv", index=False)
    manifest = json.loads((copy / "run.json").read_text(encoding="utf-8"))
    manifest["outputs"][f"{name}.csv"] = hashlib.sha256((copy / f"{name}.csv").read_bytes()).hexdigest()
    (copy / "run.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(VerificationError, match="is not"):
        api.workbook(str(copy), tmp_path / "plan.xlsx")
    assert not (tmp_path / "plan.xlsx").exists()


def test_a_file_that_is_there_is_kept(runs: tuple[Run, Run], tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    path.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        api.workbook(runs[0], path)
    assert path.read_text() == "mine"


def test_without_the_library_it_says_how_to_install_it(
    runs: tuple[Run, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    for name in [name for name in sys.modules if name.startswith("optimizer.report.workbook")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(UsageError, match=r'pip install "capacity-budget-optimizer\[excel\]"'):
        api.workbook(runs[0], tmp_path / "plan.xlsx")


def test_the_command(runs: tuple[Run, Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plan.xlsx"
    asked = ["report", str(runs[0].folder), "--xlsx", str(path), "--against", str(runs[1].folder), "--json"]
    assert main(asked) == ExitCode.OK
    told = capsys.readouterr()
    assert json.loads(told.out)["data"] == {"xlsx": str(path)}
    assert "Filling the sheets" in told.err
    assert path.stat().st_size > 10_000


def test_conditions_that_sumifs_would_not_take_to_the_letter() -> None:
    assert is_literal(["North", "Harbour View", "R & D (old)"])
    for labels in (["North", "north"], ["a*"], ["=x"], [">5"], ["12"], ["May 2026"], ["TRUE"], [""], ["a?"]):
        assert not is_literal(labels), labels


@needs_libreoffice
def test_libreoffice_computes_the_same(path: Path, tmp_path: Path) -> None:
    assert not recomputed_otherwise(path, tmp_path)


@needs_libreoffice
def test_libreoffice_would_have_told(tmp_path: Path) -> None:
    """A formula whose stored result is wrong, and one that is an error, are found out."""
    book = Workbook(tmp_path / "wrong.xlsx")
    sheet = book.add_worksheet("Sums")
    sheet.write_formula("A1", "=1+1", None, 3)
    sheet.write_formula("A2", "=1/0", None, 0)
    sheet.write_formula("A3", "=1+1", None, 2)
    book.close()
    assert [place for place, *_ in recomputed_otherwise(tmp_path / "wrong.xlsx", tmp_path)] == ["Sums!A1", "Sums!A2"]
