"""What-ifs: changes find what they name, are logged old and new, and are refused where they would go unnoticed."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from optimizer import api
from optimizer.errors import ScenarioError
from optimizer.scenario.read import Changed, Scenario
from optimizer.scenario.what_if import load_scenario, parse_change, parse_set

MARKETS = Path(__file__).parents[2] / "scenarios" / "three_markets"


def loaded(*changes: str, sets: tuple[str, ...] = ()) -> Scenario:
    return load_scenario(MARKETS, sets=sets, changes=changes)


def what_if(folder: Path, text: str, name: str = "other.yaml") -> Path:
    path = folder / name
    path.write_text(textwrap.dedent(text).replace("BASE", str(MARKETS)), encoding="utf-8")
    return path


def problems(path: Path | None = None, *changes: str, sets: tuple[str, ...] = ()) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path or MARKETS, sets=sets, changes=changes)
    return str(caught.value)


def cell(scenario: Scenario, table: str, column: str, **labels: str) -> Any:
    frame = scenario.tables[table].frame
    for name, label in labels.items():
        frame = frame[frame[name] == label]
    (value,) = frame[column].tolist()
    return value


def test_a_key_is_set_and_logged() -> None:
    scenario = loaded(sets=("budget.total=900000",))
    assert scenario.definition.budget.total == 900_000
    assert scenario.changes == (Changed("scenario.yaml", "", "budget.total", 1_330_000.0, 900_000, "command line"),)


@pytest.mark.parametrize(
    ("text", "total"),
    [("budget.total*=0.8", 1_064_000), ("budget.total+=70000", 1_400_000), ("budget.total-=1", 1_329_999)],
)
def test_a_key_is_computed_from_what_it_was(text: str, total: float) -> None:
    assert loaded(sets=(text,)).definition.budget.total == total


def test_a_key_that_was_not_given_is_set_with_the_mapping_around_it() -> None:
    scenario = loaded(sets=("policies.pilot.weekly_cap=500",))
    assert scenario.definition.policies.pilot is not None
    assert scenario.definition.policies.pilot.weekly_cap == 500


def test_cells_are_changed_where_all_labels_fit_and_nowhere_else() -> None:
    before = api.load(MARKETS)
    change = "appointment_capacity[location=Northside, service_line=Orthopaedics] new_patient_slots *= 0.5"
    after = loaded(change)
    old, new = (s.tables["appointment_capacity"].frame for s in (before, after))
    hit = (old["location"] == "Northside") & (old["service_line"] == "Orthopaedics")
    assert (new.loc[hit, "new_patient_slots"] == 0.5 * old.loc[hit, "new_patient_slots"]).all()
    assert new[~hit].equals(old[~hit])
    assert new.drop(columns="new_patient_slots").equals(old.drop(columns="new_patient_slots"))
    assert len(after.changes) == hit.sum()
    first = after.changes[0]
    assert (first.place, first.column) == ("Northside, Orthopaedics, 2026-09-28", "new_patient_slots")
    assert first.new == 0.5 * first.old  # type: ignore[operator]


def test_weeks_and_several_labels() -> None:
    change = "appointment_capacity[location=Northside|Downtown,week=2026-10-05..2026-10-12] new_patient_slots = 7"
    scenario = loaded(change)
    assert len(scenario.changes) == 2 * (6 + 5)
    assert {entry.place.rsplit(", ", 1)[1] for entry in scenario.changes} == {"2026-10-05", "2026-10-12"}


def test_text_in_quotes_may_hold_commas(tmp_path: Path) -> None:
    assert parse_change('limits[limit="a, b"] max = 3').where == {"limit": "a, b"}


def test_numbers_are_compared_as_numbers() -> None:
    scenario = loaded("show_rates[service_line=Imaging,weeks_waited=2..4] show_rate *= 0.9")
    assert len(scenario.changes) == 3


def test_the_original_is_not_touched() -> None:
    scenario = api.load(MARKETS)
    kept = scenario.tables["patient_value"].frame.copy()
    loaded("patient_value first_visit_margin *= 0.7")
    assert scenario.tables["patient_value"].frame.equals(kept)


def test_a_file_changes_keys_cells_and_rows(tmp_path: Path) -> None:
    path = what_if(tmp_path, """\
        base: BASE
        name: colder
        multiply: {budget.total: 0.5}
        changes:
          - table: calendar_events
            append:
              - {event: Strike, location: Downtown, first_week: 2026-10-05, last_week: 2026-10-05, slot_multiplier: 0}
          - table: campaigns
            where: {location: Oakfield, channel: [Brand search, Paid social]}
            set: {max_weekly_spend: 100}
        """)  # fmt: skip
    scenario = load_scenario(path)
    assert scenario.definition.name == "colder"
    assert scenario.definition.budget.total == 665_000
    assert cell(scenario, "calendar_events", "slot_multiplier", event="Strike") == 0
    frame = scenario.tables["campaigns"].frame.query("location == 'Oakfield'")
    assert (frame["max_weekly_spend"] == 100).sum() == 8
    assert {entry.source for entry in scenario.changes if entry.column == "max_weekly_spend"} == {"other.yaml:10"}
    assert api.validate(scenario)


def test_labels_are_those_before_the_file(tmp_path: Path) -> None:
    path = what_if(tmp_path, """\
        base: BASE
        changes:
          - table: campaigns
            where: {location: Seaview, first_week: 2026-10-19}
            set: {first_week: 2026-09-28, max_weekly_spend: 1200}
        """)  # fmt: skip
    scenario = load_scenario(path)
    assert cell(scenario, "campaigns", "first_week", campaign="seaview-dermatology-paid-social") == "2026-09-28"
    assert cell(scenario, "campaigns", "max_weekly_spend", campaign="seaview-dermatology-paid-social") == 1200


def test_every_ready_what_if_is_valid_and_changes_something() -> None:
    paths = sorted((MARKETS.parent / "what_if").glob("*.yaml"))
    assert len(paths) >= 10
    for path in paths:
        scenario = load_scenario(path)
        assert scenario.definition.name == path.stem
        assert any(entry.column not in ("name", "title") for entry in scenario.changes)
        api.validate(scenario)


def test_files_stand_on_files_and_the_command_line_on_both(tmp_path: Path) -> None:
    what_if(tmp_path, "base: BASE\nset: {budget.total: 1000}\n", "first.yaml")
    second = what_if(tmp_path, "base: first.yaml\nadd: {budget.total: 100}\n", "second.yaml")
    assert load_scenario(second).definition.budget.total == 1100
    both = load_scenario(second, sets=("budget.total*=2",))
    assert both.definition.budget.total == 2200
    log = [(entry.old, entry.new, entry.source) for entry in both.changes if entry.column == "budget.total"]
    assert log == [(1_330_000.0, 1000, "first.yaml:2"), (1000, 1100, "second.yaml:2"), (1100, 2200, "command line")]


def test_a_table_that_was_not_there_is_begun(tmp_path: Path) -> None:
    path = what_if(tmp_path, """\
        base: BASE
        changes:
          - table: limits
            append: {limit: more, quantity: visits, service_line: Physical therapy, min: 5}
        """)  # fmt: skip
    one_clinic = path.read_text(encoding="utf-8").replace("three_markets", "one_clinic")
    path.write_text(one_clinic, encoding="utf-8")
    scenario = load_scenario(path)
    assert scenario.tables["limits"].frame["limit"].tolist() == ["more"]
    assert not any(note.startswith("no table limits") for note in scenario.notes)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("appointment_capacity[location=Northsid] new_patient_slots = 1", "did you mean 'Northside'"),
        ("appointment_capacty new_patient_slots = 1", "did you mean 'appointment_capacity'"),
        ("appointment_capacity[clinic=Northside] new_patient_slots = 1", "has no column 'clinic'"),
        ("appointment_capacity new_patient_slot = 1", "did you mean 'new_patient_slots'"),
        ("appointment_capacity[location=Bayport,service_line=Imaging] new_patient_slots = 1", "together"),
        ("appointment_capacity[location=Northside] week = 2026-10-05", "names the rows"),
        ("appointment_capacity[location=Northside] new_patient_slots = -1", "below the least allowed"),
        ("appointment_capacity[location=Northside] new_patient_slots *= many", "not a number to multiply"),
        ("campaigns[location=Northside] max_weekly_spend *= 2", "not given"),
        ("show_rates[weeks_waited=two] show_rate = 1", "is not a number"),
        ("limits[limit=brand-share] max 2", "is no change"),
        ("limits[limit] max = 2", "write COLUMN=LABEL"),
    ],
)  # fmt: skip
def test_a_change_that_finds_nothing_or_makes_no_sense_is_refused(change: str, said: str) -> None:
    assert said in problems(None, change)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("budget.totl=5", "did you mean"),
        ("nothing.at.all=5", "nothing"),
        ("budget.total=much", "budget.total"),
        ("calendar.first_week=2026-09-29", "Monday"),
        ("name.first=5", "no key"),
        ("budget.per_week*=x", "not a number"),
        ("budget.total", "is no change"),
    ],
)  # fmt: skip
def test_a_key_that_is_not_there_or_holds_something_else_is_refused(text: str, said: str) -> None:
    assert said in problems(sets=(text,))


def test_two_changes_to_one_value_are_refused(tmp_path: Path) -> None:
    both = ("limits[limit=brand-share] max = 0.3", "limits[quantity=spend_share,channel=Brand search] max = 0.2")
    assert "max of brand-share is changed twice, first in command line" in problems(None, *both)
    assert "changed twice" in problems(sets=("budget.total=5", "budget.total*=2"))
    assert "changed twice" in problems(sets=("policies.change_limit.share=0.1", "policies.change_limit=null"))


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    path = what_if(tmp_path, """\
        base: BASE
        chnges: []
        changes:
          - table: limits
            wher: {limit: brand-share}
          - where: {limit: brand-share}
          - {table: limits, set: 5}
          - {table: limits}
        """)  # fmt: skip
    said = problems(path)
    for part in (
        "unknown key 'chnges'",
        "unknown key 'wher'",
        "names no table",
        "set is no mapping",
        "changes nothing",
    ):
        assert part in said


def test_what_stands_on_itself_or_on_nothing_is_refused(tmp_path: Path) -> None:
    assert "stands on itself" in problems(what_if(tmp_path, "base: other.yaml\n"))
    assert "has no base" in problems(what_if(tmp_path, "set: {budget.total: 5}\n", "none.yaml"))
    assert "is not there" in problems(tmp_path / "missing.yaml")


def test_a_new_row_that_stands_already_is_refused_with_its_line(tmp_path: Path) -> None:
    path = what_if(tmp_path, """\
        base: BASE
        changes:
          - table: limits
            append: {limit: brand-share, quantity: spend, max: 5}
        """)  # fmt: skip
    assert "brand-share' stands twice" in problems(path)


def test_the_sign_of_minus_is_that_of_a_sum() -> None:
    assert (parse_set("a-=3").operation, parse_set("a-=3").value) == ("add", -3)


def test_a_changed_plan_keeps_its_changes(tmp_path: Path) -> None:
    folder = MARKETS.parent / "one_clinic"
    made = api.plan(api.load(folder, sets=("budget.total*=0.5",)))
    run = api.save(made, tmp_path, command="plan")
    (entry,) = run.manifest["changes"]  # type: ignore[misc]
    assert (entry["column"], entry["source"]) == ("budget.total", "command line")
    plain = api.save(api.plan(api.load(folder)), tmp_path, command="plan")
    assert plain.manifest["inputs_sha256"] != run.manifest["inputs_sha256"]
    assert plain.manifest["changes"] == []
