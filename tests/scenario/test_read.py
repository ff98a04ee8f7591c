"""Scenario folders and frames: what becomes of files, columns and rows, and that all mistakes come in one pass."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.errors import Problem, ScenarioError, StorageError
from optimizer.scenario import read as module
from optimizer.scenario.read import Scenario, read_scenario, scenario_from_frames, table_of_sheet
from optimizer.scenario.sheets import read_csv
from optimizer.scenario.tables import TABLES

YAML = """schema_version: 1
name: small
as_of: 2026-09-21
calendar:
  first_week: 2026-09-28
  weeks: 2
budget:
  total: 5000
"""

TABLES_AS_TEXT = {
    "campaigns": "campaign,location,service_line,channel,current_weekly_spend\nsearch,north,knee,search,900\n",
    "response_curves": "campaign,form,max_leads,half_spend,observed_max_weekly_spend\nsearch,hill,40,1500,1600\n",
    "funnel": "service_line,channel,booking_rate\nknee,search,0.5\n",
    "appointment_capacity": (
        "location,service_line,week,new_patient_slots\nnorth,knee,2026-09-28,10\nnorth,knee,2026-10-05,12\n"
    ),
    "patient_value": "service_line,first_visit_margin,ltv_margin\nknee,85,900\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "small"
    place.mkdir()
    (place / "scenario.yaml").write_text(YAML)
    for name, text in TABLES_AS_TEXT.items():
        (place / f"{name}.csv").write_text(text)
    return place


def problems(folder: Path) -> list[Problem]:
    with pytest.raises(ScenarioError) as caught:
        read_scenario(folder)
    return list(caught.value.problems)


def problem(folder: Path) -> Problem:
    (only,) = problems(folder)
    return only


def frames() -> dict[str, pd.DataFrame]:
    return {name: pd.read_csv(io.StringIO(text)) for name, text in TABLES_AS_TEXT.items()}


DEFINITION: dict[str, object] = {
    "schema_version": 1,
    "name": "small",
    "as_of": "2026-09-21",
    "calendar": {"first_week": "2026-09-28", "weeks": 2},
    "budget": {"total": 5000},
}


# What is read


def test_a_folder_is_read(folder: Path) -> None:
    scenario = read_scenario(folder)
    assert scenario.definition.name == "small"
    assert list(scenario.tables) == [name for name in TABLES if name in TABLES_AS_TEXT]
    assert scenario.folder == folder.resolve()
    assert scenario.lines["budget.total"] == 8
    capacity = scenario.tables["appointment_capacity"]
    assert capacity.file == "appointment_capacity.csv"
    assert capacity.lines.tolist() == [2, 3]
    assert list(capacity.frame.columns) == [column.name for column in capacity.spec.columns]
    assert capacity.frame["week"].tolist() == ["2026-09-28", "2026-10-05"]
    assert capacity.frame["new_patient_slots"].tolist() == [10, 12]
    assert capacity.frame["already_booked"].tolist() == [0, 0]
    assert capacity.frame["third_next_available_days"].isna().all()
    assert capacity.frame["as_of"].tolist() == ["", ""]


def test_every_column_is_text_or_float(folder: Path) -> None:
    for table in read_scenario(folder).tables.values():
        for column in table.spec.columns:
            values = table.frame[column.name]
            assert pd.api.types.is_string_dtype(values) or values.dtype == np.float64, column.name


def test_hashes_are_of_the_bytes_in_sorted_order(folder: Path) -> None:
    files = read_scenario(folder).files
    assert list(files) == sorted(files)
    assert files == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_absences_and_normalised_headers_are_noted(folder: Path) -> None:
    text = TABLES_AS_TEXT["funnel"].replace("channel", " Channel")
    (folder / "funnel.csv").write_text(text)
    notes = read_scenario(folder).notes
    assert "no table intake_teams: intake is not limited" in notes
    assert any("' Channel' as 'channel'" in note for note in notes)
    assert len(notes) == len(TABLES) - len(TABLES_AS_TEXT) + 1


def test_the_definition_file_means_its_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_scenario(folder / "scenario.yaml").folder == folder.resolve()
    monkeypatch.chdir(folder)
    assert read_scenario(".").folder == folder.resolve()
    assert read_scenario("scenario.yaml").folder == folder.resolve()


def to_workbook(path: Path, tables: dict[str, str]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, text in tables.items():
        sheet = book.create_sheet(name)
        frame = pd.read_csv(io.StringIO(text))
        sheet.append(list(frame.columns))
        for row in frame.itertuples(index=False):
            sheet.append(list(row))
    book.save(path)


def same_tables(one: Scenario, other: Scenario) -> None:
    assert list(one.tables) == list(other.tables)
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table.frame, other.tables[name].frame)


def test_workbook_parquet_and_frames_agree_with_csv(folder: Path, tmp_path: Path) -> None:
    expected = read_scenario(folder)
    same_tables(expected, scenario_from_frames(DEFINITION, frames()))
    (folder / "campaigns.csv").unlink()
    to_workbook(folder / "campaigns.xlsx", {"campaigns": TABLES_AS_TEXT["campaigns"]})
    (folder / "funnel.csv").unlink()
    frames()["funnel"].to_parquet(folder / "funnel.parquet", index=False)
    scenario = read_scenario(folder)
    same_tables(expected, scenario)
    assert scenario.tables["campaigns"].file == "campaigns.xlsx"
    assert scenario.tables["funnel"].lines.tolist() == [1]


def test_several_tables_in_one_workbook(folder: Path) -> None:
    expected = read_scenario(folder)
    for name in TABLES_AS_TEXT:
        (folder / f"{name}.csv").unlink()
    (folder / "data").mkdir()
    to_workbook(folder / "data" / "inputs.xlsx", TABLES_AS_TEXT)
    overrides = "".join(f"  {name}: data/inputs.xlsx#{name}\n" for name in TABLES_AS_TEXT)
    (folder / "scenario.yaml").write_text(f"{YAML}tables:\n{overrides}")
    scenario = read_scenario(folder)
    same_tables(expected, scenario)
    assert list(scenario.files) == ["data/inputs.xlsx", "scenario.yaml"]
    assert scenario.tables["funnel"].file == "data/inputs.xlsx#funnel"


def test_frames_have_no_files_and_are_not_changed() -> None:
    given_frames = frames()
    scenario = scenario_from_frames(DEFINITION, given_frames)
    assert (scenario.files, scenario.lines, scenario.folder) == ({}, {}, None)
    assert scenario.tables["appointment_capacity"].lines.tolist() == [2, 3]
    for name, frame in frames().items():
        pd.testing.assert_frame_equal(given_frames[name], frame)


def test_tables_as_read_can_be_given_back(folder: Path) -> None:
    scenario = read_scenario(folder)
    again = scenario_from_frames(
        scenario.definition.model_dump(), {name: table.frame for name, table in scenario.tables.items()}
    )
    same_tables(scenario, again)
    assert again.definition == scenario.definition


# Folder and files


def test_no_folder(tmp_path: Path) -> None:
    assert "does not exist" in problem(tmp_path / "nowhere").message
    file = tmp_path / "plan.txt"
    file.write_text("x")
    assert "is a file" in problem(file).message
    assert "cannot be followed" in problem(Path("x" * 5000)).message
    assert "does not exist" in problem(Path("a\0b")).message


def test_an_empty_folder_lists_the_definition(tmp_path: Path) -> None:
    assert problem(tmp_path).file == "scenario.yaml"


def test_a_missing_required_table_says_what_it_is_for(folder: Path) -> None:
    (folder / "funnel.csv").unlink()
    found = problem(folder)
    assert (found.file, found.message, found.code) == ("funnel.csv", "is missing", "missing_table")
    assert "a service line and channel" in found.hint
    assert "booking_rate" in found.hint


def test_two_files_for_one_table(folder: Path) -> None:
    to_workbook(folder / "funnel.xlsx", {"funnel": TABLES_AS_TEXT["funnel"]})
    found = problem(folder)
    assert (found.file, found.code) == ("funnel.csv", "two_files")
    assert "funnel.xlsx" in found.message


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("show_rate.csv", "did you mean 'show_rates'?"),
        ("seasonalty.xlsx", "did you mean 'seasonality'?"),
        ("old.parquet", "belongs in another folder"),
        ("Limits.CSV", "rename it to limits.csv"),
        ("limits.xls", "save it as limits.csv"),
        ("channels.tsv", "save it as channels.csv"),
    ],
)
def test_files_that_would_be_ignored_are_problems(folder: Path, name: str, hint: str) -> None:
    (folder / name).write_text("a\n1\n")
    found = problem(folder)
    assert found.file == name
    assert hint in found.hint


def test_other_files_and_lock_files_do_no_harm(folder: Path) -> None:
    for name in ("README.md", "notes.txt", "~$inputs.xlsx", ".hidden.csv"):
        (folder / name).write_text("x")
    assert read_scenario(folder).definition.name == "small"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("../other.csv", "leads outside"),
        ("data/../../other.csv", "leads outside"),
        ("/etc/passwd", "leads outside"),
        (r"C:\data\limits.csv", "leads outside"),
        ("C:limits.csv", "leads outside"),
        (r"\\server\share\limits.csv", "leads outside"),
        ("//server/share/limits.csv", "leads outside"),
        ("link.csv", "leads outside"),
        ("loop.csv", "cannot be followed"),
        ("x" * 5000 + ".csv", "cannot be followed"),
        ("nowhere.csv", "there is no file"),
        ("scenario.yaml", "is no table"),
        ("data.csv#first", "has no sheets"),
    ],
)
def test_paths_of_tables(folder: Path, tmp_path: Path, path: str, words: str) -> None:
    (tmp_path / "other.csv").write_text("limit,quantity\na,spend\n")
    (folder / "scenario.yaml").write_text(f"{YAML}tables:\n  limits: '{path}'\n")
    if path == "link.csv":
        (folder / path).symlink_to(tmp_path / "other.csv")
    if path == "loop.csv":
        (folder / path).symlink_to(folder / path)
    if path.startswith("data.csv"):
        (folder / "data").mkdir()
        (folder / "data.csv").write_text("limit,quantity\na,spend\n")
    found = [found for found in problems(folder) if found.file == "scenario.yaml"]
    assert [(one.line, one.column) for one in found] == [(10, "tables.limits")]
    assert words in found[0].message
    assert found[0].hint


@pytest.mark.parametrize("name", ["funnel.csv", "scenario.yaml"])
def test_links_out_of_the_folder_are_refused_everywhere(folder: Path, tmp_path: Path, name: str) -> None:
    (folder / name).rename(tmp_path / name)
    (folder / name).symlink_to(tmp_path / name)
    found = problem(folder)
    assert found.file == name
    assert "leads outside" in found.message


def test_links_within_the_folder_are_followed(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "funnel.csv").rename(folder / "data" / "v2")
    (folder / "funnel.csv").symlink_to(folder / "data" / "v2")
    assert "funnel" in read_scenario(folder).tables


def test_an_unknown_table_key(folder: Path) -> None:
    (folder / "scenario.yaml").write_text(f"{YAML}tables:\n  campaings: campaigns.csv\n")
    found = problem(folder)
    assert (found.file, found.line, found.hint) == ("scenario.yaml", 10, "did you mean 'campaigns'?")


def test_a_directory_or_pipe_in_place_of_a_table(folder: Path) -> None:
    (folder / "limits.csv").mkdir()
    os.mkfifo(folder / "show_rates.csv")
    assert [found.file for found in problems(folder)] == ["limits.csv", "show_rates.csv"]


def test_a_file_that_the_system_refuses(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(StorageError, match=r"scenario\.yaml cannot be read: Permission denied"):
        read_scenario(folder)


def test_a_table_file_above_the_limit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TABLE_BYTES", 80)
    assert {found.message.split(" of ")[0] for found in problems(folder)} == {"is larger than the limit"}


# Columns and rows


def change(folder: Path, table: str, edit: Callable[[str], str]) -> None:
    path = folder / f"{table}.csv"
    path.write_text(edit(path.read_text()))


def test_unknown_and_missing_columns(folder: Path) -> None:
    change(folder, "funnel", lambda text: text.replace("booking_rate", "booking_rte"))
    first, second = problems(folder)
    assert (first.line, first.message) == (1, "column 'booking_rate' is missing")
    assert (second.message, second.hint) == ("unknown column 'booking_rte'", "did you mean 'booking_rate'?")


@pytest.mark.parametrize(
    "name",
    [
        "patient_name",
        "Patient ID",
        "name",
        "first_name",
        "LastName",
        "full name",
        "dob",
        "date_of_birth",
        "birth-date",
        "mrn",
        "patient_mrn",
        "ssn",
        "email",
        "e-mail",
        "phone",
        "mobile",
        "home_address",
    ],
)
def test_patient_columns_are_refused(folder: Path, name: str) -> None:
    change(folder, "funnel", lambda text: text.replace("\n", f",{name}\n", 1).replace("0.5\n", "0.5,Jane Roe\n"))
    found = problem(folder)
    assert (found.line, found.code) == (1, "patient_data")
    assert name.lower() in found.message
    assert "Jane" not in str(found)


def test_zip_codes_are_personal_only_beside_a_date(folder: Path) -> None:
    change(folder, "funnel", lambda text: text.replace("\n", ",zip\n", 1).replace("0.5\n", "0.5,12345\n"))
    assert problem(folder).code == "unknown_column"
    (folder / "funnel.csv").write_text(TABLES_AS_TEXT["funnel"])
    change(
        folder, "appointment_capacity", lambda text: text.replace("slots\n", "slots,zip\n").replace("10\n", "10,1\n")
    )
    assert "patient_data" in [found.code for found in problems(folder)]


@pytest.mark.parametrize("name", ["new_patient_slot", "campaign_name", "waitlists", "expected_bookings"])
def test_columns_that_only_sound_alike_get_a_suggestion(folder: Path, name: str) -> None:
    change(
        folder, "appointment_capacity", lambda text: text.replace("slots\n", f"slots,{name}\n").replace("10\n", "10,\n")
    )
    found = [one for one in problems(folder) if one.column == name]
    assert [one.code for one in found] == ["unknown_column"]


def test_no_declared_column_looks_personal() -> None:
    header = [column.name for spec in TABLES.values() for column in spec.columns]
    row = ",".join("" for _ in header[1:])
    for spec in TABLES.values():
        names = [column.name for column in spec.columns]
        sheet = read_csv(f"{','.join(names)}\nx{row[: len(names) - 1]}\n".encode(), "f.csv")
        _, found = table_of_sheet(spec, sheet, "f.csv")
        assert not {one.code for one in found} & {"patient_data", "unknown_column"}


def test_personal_values_in_text_are_refused_without_being_shown(folder: Path) -> None:
    change(folder, "funnel", lambda text: text.replace("rate\n", "rate,source\n").replace("0.5\n", "0.5,jane@x.org\n"))
    found = problem(folder)
    assert (found.line, found.column, found.code) == (2, "source", "patient_data")
    assert "jane" not in str(found)


def test_rows_that_repeat_a_key_name_both_lines(folder: Path) -> None:
    more = "north,knee,2026-10-12,1\nnorth, knee,2026-09-28,3\nnorth,knee,2026-09-28,4\n"
    change(folder, "appointment_capacity", lambda text: text + more)
    first, second = problems(folder)
    assert (first.line, second.line) == (5, 6)
    message = "location 'north', service_line 'knee', week '2026-09-28' stands twice, first on line 2"
    assert first.message == second.message == message


def test_rows_with_a_bad_key_are_not_called_repeated(folder: Path) -> None:
    change(folder, "appointment_capacity", lambda text: text + "north,knee,x,1\nnorth,knee,y,1\n")
    assert [found.code for found in problems(folder)] == ["bad_value", "bad_value"]


def test_a_repeated_key_with_blank_parts(folder: Path) -> None:
    change(folder, "funnel", lambda text: text + "knee,search,0.4\n")
    assert problem(folder).message == "service_line 'knee', channel 'search' stands twice, first on line 2"


def test_all_problems_of_all_files_come_in_one_pass(folder: Path) -> None:
    change(folder, "campaigns", lambda text: text.replace("900", "$900"))
    change(folder, "funnel", lambda text: text.replace(",", ";"))
    change(folder, "response_curves", lambda text: text.replace("hill", "hil"))
    (folder / "patient_value.csv").unlink()
    (folder / "show_rate.csv").write_text("a\n1\n")
    (folder / "scenario.yaml").write_text(YAML.replace("weeks: 2", "weeks: 0").replace("total", "totl"))
    assert [found.where for found in problems(folder)] == [
        "campaigns.csv:2",
        "funnel.csv:1",
        "patient_value.csv",
        "response_curves.csv:2",
        "scenario.yaml:6",
        "scenario.yaml:7",
        "scenario.yaml:8",
        "show_rate.csv",
    ]


def test_tables_are_still_checked_when_the_definition_cannot_be_read(folder: Path) -> None:
    (folder / "scenario.yaml").write_text("a: [\n")
    change(folder, "campaigns", lambda text: text.replace("900", "$900"))
    assert [found.file for found in problems(folder)] == ["campaigns.csv", "scenario.yaml"]


def test_mistakes_in_frames_count_from_line_two() -> None:
    tables = frames()
    tables["funnel"]["booking_rate"] = 47
    tables["campaings"] = tables.pop("campaigns")
    with pytest.raises(ScenarioError) as caught:
        scenario_from_frames({**DEFINITION, "nme": "x"}, tables)
    assert [(found.file, found.line, found.hint.split("?")[0]) for found in caught.value.problems] == [
        ("campaigns.csv", 0, caught.value.problems[0].hint),
        ("campaings", 0, "did you mean 'campaigns'"),
        ("funnel", 2, "did you mean 0.47"),
        ("scenario.yaml", 0, "did you mean 'name'"),
    ]


# Laws: the order and dress of a file change nothing

SPEC = TABLES["appointment_capacity"]
HEADER = ("location", "service_line", "week", "new_patient_slots", "already_booked", "as_of")
rows = st.lists(
    st.tuples(
        st.sampled_from(["north", "south", "NA", "Ärztehaus, West"]),
        st.sampled_from(["knee", "hip"]),
        st.sampled_from(["2026-09-28", "2026-10-05", "2026-10-12"]),
        st.floats(0, 1e6).map(repr),
        st.sampled_from(["", "0", "3.5"]),
        st.sampled_from(["", "2026-09-21"]),
    ),
    min_size=1,
    unique_by=lambda row: row[:3],
)


def as_frame(header: tuple[str, ...], lines: list[tuple[str, ...]], end: str = "\n", mark: str = "") -> pd.DataFrame:
    quoted = [",".join(f'"{cell}"' if "," in cell else cell for cell in row) for row in (header, *lines)]
    sheet = read_csv((mark + end.join(quoted) + end).encode(), "f.csv")
    table, found = table_of_sheet(SPEC, sheet, "f.csv")
    assert found == []
    return table.frame.sort_values(list(SPEC.key), ignore_index=True)


@given(rows, st.permutations(range(len(HEADER))), st.data())
def test_row_order_column_order_line_ends_and_mark_change_nothing(
    lines: list[tuple[str, ...]], order: list[int], data: st.DataObject
) -> None:
    expected = as_frame(HEADER, lines)
    shuffled = [tuple(row[at] for at in order) for row in data.draw(st.permutations(lines))]
    header = tuple(HEADER[at] for at in order)
    pd.testing.assert_frame_equal(as_frame(header, shuffled, "\r\n", "\ufeff"), expected)
