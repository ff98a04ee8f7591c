"""What-if files, and changes written on the command line."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from optimizer.errors import Problem, ScenarioError, StorageError
from optimizer.scenario.changes import OPERATIONS, Change, apply
from optimizer.scenario.documents import MAX_BYTES, Document, printable, read_document
from optimizer.scenario.match import did_you_mean
from optimizer.scenario.read import SCENARIO_FILE, Scenario, read_scenario

COMMAND_LINE = "command line"
MOST_BASES = 20
"""What-ifs that may stand on one another."""

_KEYS = ("base", "name", "title", "set", "add", "multiply", "changes")
_CHANGE_KEYS = ("table", "where", *OPERATIONS, "append")
_SIGNS = {"=": "set", "+=": "add", "-=": "add", "*=": "multiply"}
_CHANGE = re.compile(r"\s*(\w+)\s*(?:\[(.*)\])?\s+(\w+)\s*(\*=|\+=|-=|=)\s*(.*?)\s*", re.DOTALL)
_SETTING = re.compile(r"\s*([\w.\-]*\w)\s*(\*=|\+=|-=|=)\s*(.*?)\s*", re.DOTALL)
_GOAL = re.compile(r"\s*(visits|bookings|leads)\s*(?:\[(.*)\])?\s*>=\s*(\d[\d,]*(?:\.\d+)?)\s*", re.DOTALL)
_WHERE = re.compile(r"""\s*(\w+)\s*=\s*("[^"]*"|'[^']*'|[^,]*?)\s*(?:,|$)""")


def load_scenario(path: str | os.PathLike[str], *, sets: Sequence[str] = (), changes: Sequence[str] = ()) -> Scenario:
    """Read a scenario folder or a what-if file, with further changes.

    Args:
        path: A scenario folder, its ``scenario.yaml``, or a what-if file.
        sets: ``budget.total=900000``, or ``*=``, ``+=``, ``-=``; they go before what the what-if file says.
        changes: ``appointment_capacity[location=Northside] new_patient_slots *= 0.5``, likewise.

    Raises:
        ScenarioError: With every problem of every file and change.
    """
    scenario = _based(Path(path), ())
    asked = [*map(parse_set, sets), *map(parse_change, changes)]
    return apply(scenario, asked) if asked else scenario


def parse_set(text: str) -> Change:
    """A change of a key: ``budget.total=900000``.

    Raises:
        ScenarioError: if it cannot be read.
    """
    found = _SETTING.fullmatch(text)
    if not found:
        raise _unreadable(text, "write KEY=VALUE, for example budget.total=900000 or budget.total*=0.8")
    key, sign, value = found.groups()
    return Change(COMMAND_LINE, 0, "", {}, _SIGNS[sign], key, _signed(sign, _value(value)))


def parse_change(text: str) -> Change:
    """A change of a table: ``appointment_capacity[location=Northside] new_patient_slots *= 0.5``.

    Raises:
        ScenarioError: if it cannot be read.
    """
    found = _CHANGE.fullmatch(text)
    if not found:
        raise _unreadable(text, "write 'TABLE[COLUMN=LABEL,...] COLUMN = VALUE', or *=, += or -= instead of =")
    table, where, column, sign, value = found.groups()
    return Change(COMMAND_LINE, 0, table, _where(where or "", text), _SIGNS[sign], column, _signed(sign, _value(value)))


def parse_goal(text: str) -> Change:
    """A goal, ``visits[location=Northside] >= 500``, as a new row of the limits.

    Raises:
        ScenarioError: if it cannot be read.
    """
    found = _GOAL.fullmatch(text)
    if not found:
        hint = "write 'visits >= 9000', or bookings or leads, with [location=...,service_line=...] after it for a part"
        raise ScenarioError(COMMAND_LINE, [Problem(COMMAND_LINE, 0, f"'{printable(text)}' is no goal", hint)])
    quantity, where, least = found.groups()
    scope = _where(where or "", text)
    name = " ".join([f"goal of {quantity}", *scope.values()])
    row = {**scope, "limit": name, "quantity": quantity, "min": float(least.replace(",", ""))}
    return Change(COMMAND_LINE, 0, "limits", {}, "append", "", row)


def _where(text: str, whole: str) -> dict[str, str]:
    found, at = {}, 0
    while at < len(text):
        part = _WHERE.match(text, at)
        if not part or part.end() == at:
            raise _unreadable(whole, "between the brackets, write COLUMN=LABEL with commas between them")
        found[part[1]] = part[2].strip("\"'") if part[2][:1] in "\"'" else part[2]
        at = part.end()
    return found


def _value(text: str) -> object:
    """A value as YAML would read it: a number, a word such as true, or text."""
    return read_document(f"value: {text}".encode(), COMMAND_LINE).data["value"]


def _signed(sign: str, value: object) -> object:
    return -value if sign == "-=" and isinstance(value, int | float) else value


def _unreadable(text: str, hint: str) -> ScenarioError:
    return ScenarioError(COMMAND_LINE, [Problem(COMMAND_LINE, 0, f"'{printable(text)}' is no change", hint)])


@dataclass(frozen=True)
class _WhatIf:
    """One what-if file."""

    path: Path
    document: Document

    def problem(self, key: str, message: str, hint: str) -> Problem:
        return Problem(self.path.name, self.document.lines.get(key, 0), message, hint, key, "what_if")

    def base(self) -> Path:
        base = self.document.data.get("base")
        if not isinstance(base, str) or not base:
            hint = "name a scenario folder or another what-if file, relative to this file"
            raise ScenarioError(self.path.name, [self.problem("base", "a what-if has no base", hint)])
        return self.path.parent / base

    def labels(self, title_of_base: str) -> list[Change]:
        """The what-if's own name and title; the name of the file where it gives none."""
        data, lines = self.document.data, self.document.lines
        name = data.get("name") or self.path.stem
        title = data.get("title") or f"{title_of_base}: {name}"
        return [
            Change(self.path.name, lines.get(key, 0), "", {}, "set", key, value)
            for key, value in (("name", name), ("title", title))
        ]

    def changes(self) -> list[Change]:
        """Every change of the file.

        Raises:
            ScenarioError: With everything that is not a change.
        """
        problems = list(self.document.problems)
        problems += [
            self.problem(key, f"unknown key '{printable(key)}'", did_you_mean(key, _KEYS))
            for key in self.document.data
            if key not in _KEYS
        ]
        found = self._operations("", self.document.data, "", {}, problems)
        listed = self.document.data.get("changes") or []
        if not isinstance(listed, list):
            problems.append(self.problem("changes", "changes is not a list", "begin each change with '- table:'"))
            listed = []
        for number, entry in enumerate(listed):
            found += self._entry(f"changes.{number}", entry, problems)
        if problems:
            raise ScenarioError(self.path.name, problems)
        return found

    def _entry(self, at: str, entry: object, problems: list[Problem]) -> list[Change]:
        if not isinstance(entry, dict) or not isinstance(entry.get("table"), str):
            hint = "write table, where, and one of set, add, multiply or append"
            problems.append(self.problem(at, "a change names no table", hint))
            return []
        unknown = [key for key in entry if key not in _CHANGE_KEYS]
        problems += [
            self.problem(f"{at}.{key}", f"unknown key '{printable(str(key))}'", did_you_mean(str(key), _CHANGE_KEYS))
            for key in unknown
        ]
        where = entry.get("where") or {}
        if not isinstance(where, dict):
            problems.append(self.problem(f"{at}.where", "where is no mapping", "write where: {column: label}"))
            return []
        labels = {str(name): _labels(wanted) for name, wanted in where.items()}
        found = self._operations(f"{at}.", entry, entry["table"], labels, problems)
        found += self._appended(at, entry)
        if not found and not unknown:
            problems.append(self.problem(at, "a change changes nothing", "add set, add, multiply or append"))
        return found

    def _operations(
        self, at: str, entry: Mapping[str, object], table: str, where: Mapping[str, str], problems: list[Problem]
    ) -> list[Change]:
        found, lines = [], self.document.lines
        for operation in OPERATIONS:
            values = entry.get(operation) or {}
            if not isinstance(values, dict):
                hint = f"write {operation}: {{{'column' if table else 'key'}: value}}"
                problems.append(self.problem(f"{at}{operation}", f"{operation} is no mapping", hint))
                continue
            for name, value in values.items():
                line = lines.get(f"{at}{operation}.{name}", 0)
                found.append(Change(self.path.name, line, table, where, operation, str(name), value))
        return found

    def _appended(self, at: str, entry: Mapping[str, object]) -> list[Change]:
        rows = entry.get("append") or []
        listed = rows if isinstance(rows, list) else [rows]
        line = self.document.lines.get(f"{at}.append", 0)
        return [Change(self.path.name, line, str(entry["table"]), {}, "append", "", row) for row in listed]


def _labels(wanted: object) -> str:
    """A label, or several, as one text."""
    return "|".join(map(str, wanted)) if isinstance(wanted, list) else str(wanted)


def _based(path: Path, above: tuple[Path, ...]) -> Scenario:
    """The scenario that a path means, with all what-ifs on the way applied."""
    if path.is_dir() or path.name == SCENARIO_FILE or path.suffix.lower() not in (".yaml", ".yml"):
        return read_scenario(path)
    here = path.resolve()
    if here in above or len(above) >= MOST_BASES:
        message = "stands on itself: its base, or one further down, is the file again"
        raise ScenarioError(path.name, [Problem(path.name, 0, message, "let the base be a scenario folder")])
    what_if = _WhatIf(path, _read(path))
    base = _based(what_if.base(), (*above, here))
    return apply(base, [*what_if.labels(base.definition.title), *what_if.changes()])


def _read(path: Path) -> Document:
    try:
        return read_document(path.read_bytes()[: MAX_BYTES + 1], path.name)
    except FileNotFoundError:
        raise ScenarioError(path.name, [Problem(path.name, 0, "is not there", "check the path")]) from None
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}; check its permissions") from None
