"""The JSON Schema, its committed copy, the table reference, and how mistakes of a definition are worded."""

from __future__ import annotations

import datetime as dt
from typing import Any

import jsonschema
import numpy as np
import pytest

from optimizer.errors import Problem, ScenarioError
from optimizer.scenario.definition import Definition, Objective
from optimizer.scenario.documents import Document, read_document
from optimizer.scenario.schema import SCHEMA_FILE, parse_definition, scenario_schema, schema_text, table_reference
from optimizer.scenario.tables import TABLES

SAMPLE: dict[str, Any] = {
    "schema_version": 1,
    "name": "sample",
    "as_of": "2026-09-21",
    "calendar": {"first_week": "2026-09-28", "weeks": 13},
    "budget": {"total": 1000, "per_month": {"2026-10": 500}},
    "policies": {"change_limit": {"share": 0.2}},
    "tables": {"campaigns": "inputs.xlsx#campaigns"},
}

YAML = """schema_version: 1
name: sample
as_of: 2026-09-21
calendar:
  first_week: 2026-09-28
  weeks: 13
budget:
  total: 1000
"""


def problems(text: str) -> list[Problem]:
    with pytest.raises(ScenarioError) as caught:
        parse_definition(read_document(text.encode(), "scenario.yaml"), "scenario.yaml")
    return list(caught.value.problems)


def in_memory(**changes: object) -> Definition:
    return parse_definition(Document({**SAMPLE, **changes}, {}, ()), "scenario.yaml")


def test_a_sample_agrees_with_the_schema() -> None:
    schema = scenario_schema()
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(SAMPLE)


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 2},
        {"extra": 1},
        {"tables": {"campaings": "x.csv"}},
        {"budget": {"total": -1}},
        {"calendar": {"first_week": "2026-09-28"}},
        {"policies": {"change_limit": {"share": 2}}},
    ],
)
def test_the_schema_refuses_what_reading_refuses(change: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(scenario_schema()).validate({**SAMPLE, **change})


def test_every_reference_in_the_schema_leads_somewhere() -> None:
    text = schema_text()
    assert "$defs" not in text
    names = {part.split('"')[0] for part in text.split('"#/definitions/')[1:]}
    of_policies = {"ChangeLimit", "Pilot", "Policies", "ServiceLevel", "Tier"}
    of_the_week = {"Doubts", "HoldBand", "Weekly"}
    assert names == {"Budget", "Calendar", "Objective", *of_policies, *of_the_week}
    assert names == set(scenario_schema()["definitions"])


def test_the_committed_schema_is_up_to_date() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run: python -m optimizer.scenario.schema"


def test_the_reference_lists_every_column_once() -> None:
    reference = table_reference()
    assert [(entry.table, entry.column) for entry in reference] == [
        (spec.name, column.name) for spec in TABLES.values() for column in spec.columns
    ]
    by_name = {(entry.table, entry.column): entry for entry in reference}
    assert by_name["funnel", "booking_rate_late"].default == "0"
    assert by_name["funnel", "booking_rate_late"].allowed == ">= 0, <= 1"
    assert by_name["funnel", "booking_rate"].required
    assert by_name["limits", "per"].allowed == "window, week"
    assert by_name["limits", "max"].default == "not given"
    assert by_name["patient_value", "ltv_margin"].allowed == ""


def test_the_smallest_definition() -> None:
    definition = parse_definition(read_document(YAML.encode(), "scenario.yaml"), "scenario.yaml")
    assert definition.calendar.first_week == dt.date(2026, 9, 28)
    assert definition.budget.total == 1000
    assert definition.objective is Objective.LTV


def test_dates_enums_and_numpy_numbers_in_memory() -> None:
    budget = {"total": np.float64(5), "per_month": {"2026-10": np.int64(2)}}
    definition = in_memory(as_of=dt.date(2026, 1, 5), objective=Objective.VISITS, budget=budget)
    assert definition.as_of == dt.date(2026, 1, 5)
    assert definition.objective is Objective.VISITS
    assert definition.budget.per_month == {"2026-10": 2}
    assert in_memory(**definition.model_dump()) == definition


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", dt.time(1), pytest.param(10**5000, id="huge")])
def test_values_of_other_kinds_in_memory(value: object) -> None:
    with pytest.raises(ScenarioError, match=r"scenario\.yaml"):
        in_memory(title=value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "5", True, None, pytest.param(10**400, id="huge")])
def test_money_must_be_a_finite_number(value: object) -> None:
    with pytest.raises(ScenarioError, match=r"budget\.total"):
        in_memory(budget={"total": value})


@pytest.mark.parametrize(
    ("old", "new", "line", "message", "hint"),
    [
        ("  weeks: 13", "  weks: 13", 6, "unknown key 'calendar.weks'", "did you mean 'weeks'?"),
        ("  weeks: 13", "  weks: 13", 4, "key 'calendar.weeks' is missing", "Number of planned weeks"),
        ("weeks: 13", "weeks: '13'", 6, "calendar.weeks: '13' should be a whole number", "Number of planned weeks"),
        ("weeks: 13", "weeks: 0", 6, "calendar.weeks: 0 should be at least 1", "Number of planned weeks"),
        ("weeks: 13", "weeks: true", 6, "calendar.weeks: True should be a whole number", "Number of planned weeks"),
        ("name: sample", "name: 2026", 2, "name: 2026 should be text; put it between double quotes", "Short name"),
        ("total: 1000", "total: 1_000", 8, "budget.total: '1_000' should be a number", "Most that may be spent"),
        ("total: 1000", "total: -1", 8, "budget.total: -1 should be at least 0", "Most that may be spent"),
        ("2026-09-28", "2026-09-30", 5, "2026-09-30 is a Wednesday", "Monday of the first planned week"),
        ("2026-09-21", "09/21/2026", 3, "as_of: '09/21/2026' should be an ISO date", "Date at which"),
        ("schema_version: 1", "", 0, "key 'schema_version' is missing", "schema_version: 1"),
        ("schema_version: 1", "schema_version: 2", 1, "format 2, this program reads format 1", "update the program"),
        ("schema_version: 1", "schema_version: 0", 1, "format 0, which is older", "optimizer schema"),
        ("name:", "objective: LTV\nname:", 2, "objective: 'LTV' is none of 'ltv'", "as large as possible"),
        ("name:", "synthetic: on\nname:", 2, "synthetic: 'on' should be true or false", "made up"),
        ("name:", "policies:\nname:", 2, "policies: None should be a group of keys", ""),
        ("name:", "policies: {fill_cap: 95}\nname:", 2, "policies.fill_cap: 95 should be at most 1", "slots"),
        (
            "  total",
            "  per_month: {2026-13: 5}\n  total",
            8,
            "budget.per_month.2026-13: the key",
            "write months as 2026-10",
        ),
        ("  total", "  per_month: {2026-10: x}\n  total", 8, "budget.per_month.2026-10: 'x' should be a", "the month"),
    ],
)
def test_mistakes_name_line_key_and_remedy(old: str, new: str, line: int, message: str, hint: str) -> None:
    assert old in YAML
    found = [problem for problem in problems(YAML.replace(old, new)) if message in problem.message]
    assert [problem.line for problem in found] == [line]
    assert hint in found[0].hint


def test_all_mistakes_in_one_pass_and_each_once() -> None:
    found = problems(YAML.replace("total: 1000", "total: .nan").replace("weeks: 13", "weeks: x") + "name: again\n")
    assert [(problem.line, problem.column) for problem in found] == [
        (6, "calendar.weeks"),
        (8, "budget.total"),
        (9, "name"),
    ]


def test_thousands_of_unknown_keys_are_bounded() -> None:
    assert len(problems(YAML + "".join(f"key_{number}: 1\n" for number in range(20_000)))) <= 200
