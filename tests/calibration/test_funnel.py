"""From counts to the tables of a scenario: which counts make which rate, what is refused, what is told."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from optimizer import api
from optimizer.calibration import funnel as module
from optimizer.calibration.funnel_counts import read_wait_counts
from optimizer.errors import UsageError, VerificationError
from optimizer.scenario.read import table_of_sheet
from optimizer.scenario.sheets import read_csv
from optimizer.scenario.tables import TABLES
from tests.calibration.imports import refused

HEADER = "service_line,channel,leads,valid,contacted,qualified,booked,answered_late,booked_late"
COUNTS = f"""{HEADER}
Knee,Search,1000,900,810,648,300,148,37
Knee,Social,400,320,272,204,90,54,10
Hip,Search,600,546,480,390,190,90,22
Hip,Social,12,9,8,6,3,1,0
"""
WAITS = """service_line,weeks_waited,offered,kept,shown
Knee,0,400,380,350
Knee,1,200,176,158
Knee,2,60,49,40
Hip,0,300,282,246
Hip,1,120,104,88
Hip,2,9,8,8
"""


def file(folder: Path, text: str, name: str = "counts.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def rate(made: api.FunnelRates, name: str, *place: object) -> pd.Series:
    keys = (
        ["service_line", "channel", "location"][: len(place)]
        if isinstance(place[-1], str)
        else ["service_line", "weeks_waited"]
    )
    rows = made.report[made.report["rate"] == name]
    for key, label in zip(keys, place, strict=True):
        rows = rows[rows[key] == label]
    assert len(rows) == 1
    return rows.iloc[0]


def test_each_rate_is_of_the_stage_before(tmp_path: Path) -> None:
    """Knee, Search: 900 of 1000 valid, 810 of 900 contacted, 648 of 810 qualified.

    148 of the 648 were answered late, so 300 of 500 booked in time, and 37 of 148 late.
    """
    made = api.calibrate_funnel(file(tmp_path, COUNTS), as_of="2026-08-30")
    expected = {
        "valid_rate": (900, 1000), "contactable_rate": (810, 900), "qualified_rate": (648, 810),
        "booking_rate": (300, 500), "booking_rate_late": (37, 148),
    }  # fmt: skip
    for name, (counted, out_of) in expected.items():
        row = rate(made, name, "Knee", "Search")
        assert (row["counted"], row["out_of"]) == (counted, out_of)
        assert row["raw"] == pytest.approx(counted / out_of)
        assert row["estimate"] == pytest.approx(counted / out_of, abs=0.03)
        assert row["low"] < row["estimate"] < row["high"]


def test_the_few_lean_on_their_kind_and_the_many_do_not(tmp_path: Path) -> None:
    made = api.calibrate_funnel(file(tmp_path, COUNTS), as_of="2026-08-30")
    few, many = rate(made, "valid_rate", "Hip", "Social"), rate(made, "valid_rate", "Knee", "Search")
    assert few["verdict"] == "few counts"
    assert many["verdict"] == "own counts"
    assert few["own_share"] < 0.5 < many["own_share"]
    assert few["raw"] + 0.03 < few["estimate"] < 0.91
    assert few["high"] - few["low"] > 3 * (many["high"] - many["low"])


def test_a_scenario_reads_the_files_as_they_are(tmp_path: Path) -> None:
    waits = file(tmp_path, WAITS, "waits.csv")
    made = api.calibrate_funnel(file(tmp_path, COUNTS), waits=waits, as_of="2026-08-30")
    assert api.save_rates(made, tmp_path / "out") == ["funnel.csv", "show_rates.csv", "rates.csv"]
    for name in ("funnel", "show_rates"):
        text = (tmp_path / "out" / f"{name}.csv").read_bytes()
        table, problems = table_of_sheet(TABLES[name], read_csv(text, name), name)
        assert not problems
    assert table.frame["kept_share"].tolist() == made.show_rates["kept_share"].tolist()
    assert made.funnel["sample_size"].tolist() == [600, 12, 1000, 400]
    assert set(made.funnel["as_of"]) == {"2026-08-30"}
    with pytest.raises(UsageError, match="there already"):
        api.save_rates(made, tmp_path / "out")


def test_weeks_add_up_and_date_the_figures(tmp_path: Path) -> None:
    """Two weeks of half the counts are the counts; the last week is that of 17 August, whose Sunday is the 23rd."""
    header, *rows = COUNTS.splitlines()
    halves = [[str(int(cell) // 2) if cell.isdigit() else cell for cell in row.split(",")] for row in rows]
    whole = [",".join(str(2 * int(cell)) if cell.isdigit() else cell for cell in row) for row in halves]
    weekly = [",".join([*row, week]) for week in ("2026-08-10", "2026-08-17") for row in halves]
    made = api.calibrate_funnel(file(tmp_path, "\n".join([f"{header},week", *weekly])))
    once = api.calibrate_funnel(file(tmp_path, "\n".join([header, *whole]), "once.csv"), as_of="2026-08-23")
    pd.testing.assert_frame_equal(made.report, once.report)
    assert set(made.funnel["as_of"]) == {"2026-08-23"}
    assert set(made.funnel["source"]) == {"counts, counts.csv, weeks of 2026-08-10 to 2026-08-17"}


def test_clinics_have_their_own_row_and_the_others_one_for_all(tmp_path: Path) -> None:
    """Two clinics of 500 valid of 1000 and 900 of 1000: each near its own, a third clinic between and uncertain."""
    text = "service_line,channel,location,leads,valid,contacted,qualified,booked\n" + "".join(
        f"Knee,Search,{name},1000,{valid},400,300,100\n" for name, valid in (("North", 500), ("South", 900))
    )
    made = api.calibrate_funnel(file(tmp_path, text), as_of="2026-08-30")
    assert made.funnel["location"].tolist() == ["", "North", "South"]
    north, south = (rate(made, "valid_rate", "Knee", "Search", name) for name in ("North", "South"))
    other = rate(made, "valid_rate", "Knee", "Search", "")
    assert (north["estimate"], south["estimate"]) == pytest.approx((0.5, 0.9), abs=0.02)
    assert 0.55 < other["estimate"] < 0.8
    assert other["high"] - other["low"] > 4 * (north["high"] - north["low"])
    assert (other["counted"], other["out_of"]) == (1400, 2000)


def test_waits_borrow_across_lines_and_do_not_rise_by_chance(tmp_path: Path) -> None:
    """Eight of eight after two weeks at Hip is no reason to believe that those who wait longer come more often."""
    made = api.calibrate_funnel(file(tmp_path, COUNTS), waits=file(tmp_path, WAITS, "waits.csv"), as_of="2026-08-30")
    hip = made.show_rates[made.show_rates["service_line"] == "Hip"]
    assert (np.diff(hip["show_rate"]) <= 0).all()
    assert (np.diff(hip["kept_share"]) <= 0).all()
    last = rate(made, "show_rate", "Hip", 2)
    assert last["raw"] == 1.0
    assert last["estimate"] < 0.9
    assert last["low"] <= last["estimate"] <= last["high"]


def test_intervals_of_waits_hold_the_true_rate_nine_times_in_ten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five lines whose show rates fall with the wait by steps of their own, few patients at the long waits."""
    monkeypatch.setattr(module, "WAIT_STAGES", {"show_rate": module.WAIT_STAGES["show_rate"]})
    rng = np.random.default_rng(8)
    held = []
    for number in range(8):
        level, fall = rng.normal(2.0, 0.5, 5), rng.normal(0.15, 0.05, 5)
        true = expit(level[:, None] - fall[:, None] * np.arange(6) + rng.normal(0, 0.1, (5, 6)))
        offered = rng.poisson(150 * 0.5 ** np.arange(6) + 6, (5, 6))
        kept = rng.binomial(offered, 0.8)
        shown = rng.binomial(kept, true)
        rows = [
            f"Line {line},{wait},{offered[line, wait]},{kept[line, wait]},{shown[line, wait]}\n"
            for line in range(5)
            for wait in range(6)
        ]
        waits = file(tmp_path, "service_line,weeks_waited,offered,kept,shown\n" + "".join(rows), f"waits{number}.csv")
        _, report = module._waits(read_wait_counts(waits, "2026-08-30"))
        found = report[report["rate"] == "show_rate"]
        held += ((found["low"] <= true.ravel()) & (true.ravel() <= found["high"])).tolist()
    assert 0.85 <= np.mean(held) <= 0.95


def test_a_rise_that_is_counted_is_left_and_named(tmp_path: Path) -> None:
    waits = "service_line,weeks_waited,offered,kept,shown\nKnee,0,9000,4000,3000\nKnee,1,9000,8000,6000\n"
    made = api.calibrate_funnel(file(tmp_path, COUNTS), waits=file(tmp_path, waits, "waits.csv"), as_of="2026-08-30")
    assert made.show_rates["kept_share"].tolist() == pytest.approx([4 / 9, 8 / 9], abs=0.01)
    assert set(made.report[made.report["rate"] == "kept_share"]["treated"]) == {"rises with the wait"}


def test_without_late_counts_late_leads_are_told_of(tmp_path: Path) -> None:
    lines = [",".join(row.split(",")[:7]) for row in COUNTS.splitlines()]
    made = api.calibrate_funnel(file(tmp_path, "\n".join(lines)), as_of="2026-08-30")
    assert "booking_rate_late" not in made.funnel
    assert any("late leads book nothing" in note for note in made.notes)
    assert rate(made, "booking_rate", "Knee", "Search")["out_of"] == 648


@pytest.mark.parametrize(
    ("row", "line", "says"),
    [
        ("Hip,Brand,10,11,8,6,3,1,0", 6, "valid 11 is more than leads 10"),
        ("Hip,Brand,10,8,9,6,3,1,0", 6, "contacted 9 is more than valid 8"),
        ("Hip,Brand,10,8,6,7,3,1,0", 6, "qualified 7 is more than contacted 6"),
        ("Hip,Brand,10,8,6,4,4,1,0", 6, "booked 4 is more than qualified and not answered_late 3"),
        ("Hip,Brand,10,8,6,4,1,5,0", 6, "answered_late 5 is more than qualified 4"),
        ("Hip,Brand,10,8,6,4,1,2,3", 6, "booked_late 3 is more than answered_late 2"),
        ("Hip,Brand,10,8,6,4,1,2,", 6, "booked_late: is blank"),
        ("Hip,Brand,-1,0,0,0,0,0,0", 6, "below the least"),
        ("Hip,Brand,10.5,8,6,4,1,0,0", 6, "not a whole number"),
        ("Hip,Social,10,8,6,4,1,0,0", 6, "stands twice, first on line 5"),
    ],
)
def test_counts_that_cannot_be(row: str, line: int, says: str, tmp_path: Path) -> None:
    problems = refused(lambda: api.calibrate_funnel(file(tmp_path, f"{COUNTS}{row}\n"), as_of="2026-08-30"))
    assert (line, True) in [(problem.line, says in problem.message) for problem in problems]


def test_a_cell_that_cannot_be_read_hides_no_other_mistake(tmp_path: Path) -> None:
    text = f"{COUNTS}Hip,Brand,x,8,6,4,1,2,\nHip,Direct,10,8,9,6,3,1,0\nHip,Social,1,1,1,1,1,0,0\n"
    problems = refused(lambda: api.calibrate_funnel(file(tmp_path, text), as_of="2026-08-30"))
    assert [(problem.line, problem.column or problem.code) for problem in problems] == [
        (6, "booked_late"), (6, "leads"), (7, "contacted"), (8, "duplicate_row"),
    ]  # fmt: skip


def test_all_problems_of_both_files_come_at_once(tmp_path: Path) -> None:
    counts = file(tmp_path, f"{COUNTS}Hip,Brand,10,11,12,6,3,1,0\n")
    waits = file(tmp_path, f"{WAITS}Hip,3,9,10,3\n", "waits.csv")
    problems = refused(lambda: api.calibrate_funnel(counts, waits=waits, as_of="2026-08-30"))
    assert [(problem.file, problem.line) for problem in problems] == [("counts.csv", 6)] * 2 + [("waits.csv", 8)]


def test_a_stage_that_nobody_reached_makes_no_rate(tmp_path: Path) -> None:
    text = f"{HEADER}\nKnee,Search,10,0,0,0,0,0,0\n"
    problems = refused(lambda: api.calibrate_funnel(file(tmp_path, text), as_of="2026-08-30"))
    assert {problem.column for problem in problems} == {"valid", "contacted", "qualified and answered in time"}


def test_lists_of_people_are_refused(tmp_path: Path) -> None:
    named = f"{HEADER},patient_name\nKnee,Search,9,9,8,6,3,1,0,x\n"
    assert refused(lambda: api.calibrate_funnel(file(tmp_path, named), as_of="2026-08-30"))[0].code == "patient_data"
    people = "service_line,channel,leads,valid,contacted,qualified,booked\n"
    people += "".join(f"Line {row},Search,1,1,1,1,{row % 2}\n" for row in range(12))
    (problem,) = refused(lambda: api.calibrate_funnel(file(tmp_path, people), as_of="2026-08-30"))
    assert problem.code == "patient_data"


def test_a_column_is_filled_for_all_rows_or_none(tmp_path: Path) -> None:
    text = "service_line,channel,location,leads,valid,contacted,qualified,booked\n"
    text += "Knee,Search,North,9,9,8,6,3\nKnee,Search,,20,9,8,6,3\n"
    (problem,) = refused(lambda: api.calibrate_funnel(file(tmp_path, text), as_of="2026-08-30"))
    assert (problem.line, problem.column) == (3, "location")


def test_nobody_guesses_how_old_counts_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--as-of"):
        api.calibrate_funnel(file(tmp_path, COUNTS))


def test_files_that_would_be_read_otherwise_are_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = api.calibrate_funnel(file(tmp_path, COUNTS), as_of="2026-08-30")
    honest: Callable[[pd.DataFrame], str] = module.csv_text
    monkeypatch.setattr(module, "csv_text", lambda frame: honest(frame.assign(valid_rate=0.5)))
    with pytest.raises(VerificationError, match="the file of rates did not pass"):
        api.save_rates(made, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_labels_become_no_formulas_in_the_report(tmp_path: Path) -> None:
    counts = COUNTS.replace("Social", "=1+1")
    made = api.calibrate_funnel(file(tmp_path, counts), as_of="2026-08-30")
    api.save_rates(made, tmp_path / "out")
    with (tmp_path / "out" / "rates.csv").open(encoding="utf-8") as lines:
        assert {row["channel"] for row in csv.DictReader(lines)} == {"Search", "'=1+1"}
    assert "=1+1" in set(made.funnel["channel"])
