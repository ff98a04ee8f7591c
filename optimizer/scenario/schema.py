"""What a scenario may say: checking ``scenario.yaml`` against it, its JSON Schema, and the reference of all tables.

``python -m optimizer.scenario.schema`` writes the schema file that editors use.
"""

from __future__ import annotations

import datetime as dt
import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from optimizer.errors import Problem, ScenarioError
from optimizer.scenario.cells import shown
from optimizer.scenario.definition import SCHEMA_VERSION, Definition, Strict
from optimizer.scenario.documents import Document, printable
from optimizer.scenario.match import did_you_mean
from optimizer.scenario.tables import TABLES, Kind

SCHEMA_FILE = Path(__file__).with_name("scenario.schema.json")
"""Generated copy of :func:`scenario_schema`, part of the package."""
MAX_PROBLEMS = 200
"""Most mistakes of one definition that are worded."""

_WANTED: Mapping[str, str] = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text; put it between double quotes",
    "finite_number": "a finite number",
    "model_type": "a group of keys; write them below it, indented",
    "dict_type": "a group of keys; write them below it, indented",
    "date_type": "an ISO date such as 2026-09-28",
    "date_parsing": "an ISO date such as 2026-09-28",
    "date_from_datetime_parsing": "an ISO date such as 2026-09-28",
    "greater_than": "greater than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
}


# Checking a definition


def parse_definition(document: Document, file: str) -> Definition:
    """Check the data of ``scenario.yaml``.

    Args:
        document: The data with the line of each key; keys that its own problems name are not reported again.
        file: Name for messages.

    Returns:
        The definition, unless the document itself has problems.

    Raises:
        ScenarioError: With the document's problems and those found here; ``column`` is the dotted key. A format of
            another version is reported alone, since nothing else can be judged by this one's rules.
    """
    if document.problems and not document.data:
        raise ScenarioError(file, document.problems)
    _check_version(document, file)
    try:
        definition = Definition.model_validate_json(_as_json(document.data, file), strict=True)
    except ValidationError as error:
        known = {problem.column for problem in document.problems}
        details = error.errors(include_url=False)[:MAX_PROBLEMS]
        problems = [_problem(one, document, file) for one in details]
        fresh = [problem for problem in problems if problem.column not in known]
        raise ScenarioError(file, [*document.problems, *fresh]) from None
    if document.problems:
        raise ScenarioError(file, document.problems)
    return definition


def _check_version(document: Document, file: str) -> None:
    version = document.data.get("schema_version")
    if isinstance(version, bool) or not isinstance(version, int) or version == SCHEMA_VERSION:
        return
    if version > SCHEMA_VERSION:
        message = f"is written in format {version}, this program reads format {SCHEMA_VERSION}"
        hint = "update the program: pip install --upgrade capacity-budget-optimizer"
    else:
        message = f"is written in format {version}, which is older than format {SCHEMA_VERSION} that this program reads"
        hint = f"bring it to format {SCHEMA_VERSION}; `optimizer schema` prints the keys"
    line = document.lines.get("schema_version", 0)
    raise ScenarioError(file, [Problem(file, line, message, hint, "schema_version", "schema_version")])


def _as_json(data: Mapping[str, object], file: str) -> str:
    """The data as JSON, the notation in which text and numbers stay what they are under strict validation."""
    try:
        return json.dumps(data, default=_json_value)
    except (TypeError, ValueError, RecursionError) as error:
        hint = "use text, numbers, true and false, dates, lists and mappings with text as keys"
        raise ScenarioError(file, [Problem(file, 0, f"holds a value of another kind: {error}", hint)]) from None


def _json_value(value: object) -> object:
    if isinstance(value, dt.datetime) and value.time() == dt.time.min:
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(type(value).__name__)


def _problem(details: ErrorDetails, document: Document, file: str) -> Problem:
    is_key = details["loc"][-1:] == ("[key]",)
    path = [str(part) for part in details["loc"] if part != "[key]"]
    dotted = ".".join(path)
    name = printable(dotted)
    line = _line(path, document.lines)
    kind = details["type"]
    setting = setting_at(path)
    meaning = setting.description or "" if setting else ""
    if kind == "missing":
        hint = meaning or f"add the group '{path[-1]}'"
        hint = f"add 'schema_version: {SCHEMA_VERSION}' at the top" if dotted == "schema_version" else hint
        return Problem(file, line, f"key '{name}' is missing", hint, dotted, "missing_key")
    if kind == "extra_forbidden":
        known = list(_group(path[:-1]).model_fields)
        return Problem(file, line, f"unknown key '{name}'", did_you_mean(path[-1][:80], known), dotted, "unknown_key")
    if is_key:
        return Problem(file, line, f"{name}: the key is not a month", "write months as 2026-10", dotted)
    return Problem(file, line, f"{name}: {_fault(details)}", meaning, dotted)


def _fault(details: ErrorDetails) -> str:
    """What is wrong with a value, in plain words."""
    value, kind, context = shown(details["input"]), details["type"], details.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "enum":
        return f"{value} is none of {context['expected']}"
    if kind == "string_pattern_mismatch":
        return f"{value} is not written as it should be"
    if kind in _WANTED:
        return f"{value} should be {_WANTED[kind].format(**context)}"
    return f"{value}: {details['msg']}"


def _line(path: Sequence[str], lines: Mapping[str, int]) -> int:
    """Line of the key, or of the nearest key above it."""
    for length in range(len(path), 0, -1):
        if line := lines.get(".".join(path[:length])):
            return line
    return 0


def setting_at(path: Sequence[str]) -> FieldInfo | None:
    """Declaration of the key, or of the mapping or list that it is an entry of; ``None`` if there is no such key."""
    setting = None
    group: type[Strict] | None = Definition
    for part in (part for part in path if not part.isdigit()):
        if group is None:
            return setting
        setting = group.model_fields.get(part)
        group = _group_of(setting) if setting else None
    return setting


def _group(path: Sequence[str]) -> type[Strict]:
    """The group of keys at a path."""
    setting = setting_at(path)
    return (_group_of(setting) if setting else None) or Definition


def _group_of(setting: FieldInfo) -> type[Strict] | None:
    candidates = (setting.annotation, *get_args(setting.annotation))
    return next((kind for kind in candidates if inspect.isclass(kind) and issubclass(kind, Strict)), None)


# Printing the schema


def scenario_schema() -> dict[str, Any]:
    """JSON Schema (draft-07, which editors' YAML support documents) of ``scenario.yaml``, made from its classes."""
    schema = json.loads(json.dumps(Definition.model_json_schema()).replace('"#/$defs/', '"#/definitions/'))
    schema["definitions"] = schema.pop("$defs")
    schema["properties"]["tables"]["propertyNames"] = {"enum": list(TABLES)}
    schema["properties"]["schema_version"] |= {"minimum": SCHEMA_VERSION, "maximum": SCHEMA_VERSION}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **schema,
        "title": "Scenario of the capacity-aware budget optimizer",
    }


def schema_text() -> str:
    """:func:`scenario_schema` as the text of the generated file."""
    return json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class ColumnEntry:
    """One line of the table reference, every field ready to print.

    Attributes:
        table: Name of the table.
        column: Name of the column.
        kind: How cells are read: label, text, week, date, number or integer.
        unit: Unit of a number.
        required: Whether the column must be there with no blank cell.
        default: What a blank means: a number, "blank" for text, "not given" for a number without a default.
        allowed: Range of a number or choices of a label.
        meaning: One line for people.
    """

    table: str
    column: str
    kind: str
    unit: str
    required: bool
    default: str
    allowed: str
    meaning: str


def table_reference() -> list[ColumnEntry]:
    """All columns of all tables, in the order of the tables and of their templates."""
    return [
        ColumnEntry(
            spec.name,
            column.name,
            str(column.kind),
            column.unit,
            column.required,
            _default_words(column.kind, column.required, column.default),
            _allowed_words(column.kind, column.minimum, column.maximum, column.choices),
            column.meaning,
        )
        for spec in TABLES.values()
        for column in spec.columns
    ]


def _default_words(kind: Kind, required: bool, default: float | None) -> str:
    if required:
        return ""
    if kind not in (Kind.NUMBER, Kind.INTEGER):
        return "blank"
    return "not given" if default is None else f"{default:g}"


def _allowed_words(kind: Kind, minimum: float | None, maximum: float | None, choices: Sequence[str]) -> str:
    if kind not in (Kind.NUMBER, Kind.INTEGER):
        return ", ".join(choices)
    bounds = [f">= {minimum:g}"] if minimum is not None else []
    bounds += [f"<= {maximum:g}"] if maximum is not None else []
    return ", ".join(bounds)


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
