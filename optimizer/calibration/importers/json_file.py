"""JSON files of other tools, read without guessing: what is looked for is there and of its kind, or is a problem."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from optimizer.calibration.files import file_name, read_bytes
from optimizer.errors import InputFileError, Problem, ScenarioError
from optimizer.scenario.documents import decode_text, printable
from optimizer.scenario.match import did_you_mean

MAX_BYTES = 100 * 1024 * 1024
"""Largest accepted file."""
_HUGE = 1e300


class JsonFile:
    """A JSON file and everything found wrong with it.

    Paths are keys and positions with dots between them (``ExportedModel.summary.3.coef``). A list of one value counts
    as the value: R writes every value that way.
    """

    def __init__(self, path: Path) -> None:
        self.name = file_name(path)
        self.problems: list[Problem] = []
        self._data = _parsed(read_bytes(path, MAX_BYTES), self.name)

    def report(self, path: str, message: str, hint: str, code: str = "bad_value") -> None:
        """Note what is wrong at a path."""
        self.problems.append(Problem(self.name, 0, f"{path}: {message}", hint, path, code))

    def has(self, path: str) -> bool:
        """Whether there is anything at the path."""
        return self._at(path) is not None

    def text(self, path: str) -> str:
        """The text there; blank, with a problem, if there is none."""
        value = _single(self._at(path))
        if isinstance(value, str):
            return value
        self._missing(path, value, "text")
        return ""

    def number(self, path: str) -> float:
        """The number there; NaN, with a problem, if there is none."""
        value = _single(self._at(path))
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _HUGE:
            return float(value)
        self._missing(path, value, "a number")
        return math.nan

    def texts(self, path: str) -> list[str]:
        """The list of texts there; empty, with a problem, if there is none."""
        value = self._at(path)
        listed = value if isinstance(value, list) else [value]
        if value is not None and all(isinstance(item, str) for item in listed):
            return [str(item) for item in listed]
        self._missing(path, value, "a list of names")
        return []

    def rows(self, path: str) -> list[dict[str, object]]:
        """The list of objects there; empty, with a problem, if there is none."""
        value = self._at(path)
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            return value
        self._missing(path, value, "a list of objects")
        return []

    def keys(self, path: str) -> list[str]:
        """Keys of the object there; none if there is none."""
        value = self._at(path)
        return list(value) if isinstance(value, dict) else []

    def raise_problems(self) -> None:
        """Raise what was found.

        Raises:
            InputFileError: if anything was.
        """
        if self.problems:
            raise InputFileError(self.name, self.problems)

    def _at(self, path: str) -> object:
        value = self._data
        for key in path.split("."):
            if isinstance(value, dict):
                value = value.get(key)
            elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
                value = value[int(key)]
            else:
                return None
        return value

    def _missing(self, path: str, value: object, kind: str) -> None:
        if value is not None:
            self.report(path, f"is not {kind}", "write the model again with the tool itself")
            return
        parent, _, key = path.rpartition(".")
        near = did_you_mean(printable(key), self.keys(parent)) if self.keys(parent) else ""
        self.report(path, "is missing", near or "write the model again with the tool itself", "missing")


def _single(value: object) -> object:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _parsed(raw: bytes, name: str) -> object:
    """The data of a JSON object.

    Raises:
        InputFileError: if it is none, holds a key twice, or numbers that are not finite.
    """
    try:
        text = decode_text(raw, name)
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_refused)
    except ScenarioError as error:
        raise InputFileError(name, error.problems) from None
    except json.JSONDecodeError as error:
        raise _unreadable(name, error.lineno, f"is not valid JSON at column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise _unreadable(name, 0, "is nested too deeply") from None
    except ValueError as error:
        raise _unreadable(name, 0, str(error)) from None
    if not isinstance(data, dict):
        raise _unreadable(name, 1, "holds no JSON object")
    return data


def _unreadable(name: str, line: int, message: str) -> InputFileError:
    hint = "write the file again with the tool itself"
    return InputFileError(name, [Problem(name, line, message, hint, code="unreadable")])


def _unique(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key in found if sum(key == other for other, _ in pairs) > 1)
        raise ValueError(f"holds the key '{printable(twice)}' twice in one object")
    return found


def _refused(constant: str) -> object:
    raise ValueError(f"holds {constant}, which is no number")
