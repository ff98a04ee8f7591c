"""Strict YAML to plain data, with the line of every key.

The data is built straight from the parser's events, so no anchor is ever expanded and nesting is counted before
anything recurses. Scalars follow the YAML 1.2 core schema, less its octal and hexadecimal forms: ``NO``, ``on``,
``010``, ``12:30`` and ``2026-01-05`` stay the text that was written. Source: YAML 1.2.2, section 10.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from optimizer.errors import Problem, ScenarioError

MAX_BYTES = 5 * 1024 * 1024
"""Largest accepted YAML file."""
MAX_DEPTH = 64
"""Deepest accepted nesting; the scenario itself needs four levels."""
MAX_NODES = 100_000
"""Most keys and values in one file; more than that belongs in a table."""
TINY = 1e-300
"""Numbers closer to zero than this are zero: they are the residue of an earlier computation."""

_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

_CORE = "tag:yaml.org,2002:"
_TEXT_TAGS = ("!", f"{_CORE}str")
_SCALAR_TAGS: Mapping[str, tuple[type, ...]] = {
    f"{_CORE}int": (int,),
    f"{_CORE}float": (int, float),
    f"{_CORE}bool": (bool,),
    f"{_CORE}null": (type(None),),
}


@dataclass(frozen=True)
class Document:
    """One YAML mapping as plain data.

    Attributes:
        data: Dictionaries, lists, text, numbers, booleans and ``None``.
        lines: Dotted path of a key (``budget.per_month.2026-10``) -> line, counted from 1.
        problems: Mistakes in single keys and values; ``column`` holds the dotted path. The value there is ``None``.
    """

    data: dict[str, object]
    lines: Mapping[str, int]
    problems: tuple[Problem, ...]


def read_document(raw: bytes, file: str) -> Document:
    """Read one YAML file.

    Args:
        raw: Bytes of the file.
        file: Its name, for messages.

    Returns:
        The data, the line of each key, and the mistakes that did not keep the rest from being read.

    Raises:
        ScenarioError: If nothing can be read from the file: encoding, syntax, size, nesting, or no mapping at the top.
    """
    if len(raw) > MAX_BYTES:
        raise _refusal(file, 0, "is larger than the limit of 5 MB", "move the long part into a table (CSV)")
    text = decode_text(raw, file)
    if found := _CONTROL.search(text):
        line, column = _position(text, found.start())
        raise _refusal(file, line, f"column {column} holds a control character ({ord(found[0]):#04x})", "delete it")
    builder = _Builder(text, file)
    try:
        data = builder.build()
    except yaml.MarkedYAMLError as error:
        raise ScenarioError(file, [*builder.problems, _syntax_problem(error, text, file)]) from None
    except yaml.YAMLError:
        raise _refusal(file, 0, "is not valid YAML", "save it again as plain UTF-8 text") from None
    return Document(data, builder.lines, tuple(builder.problems))


def decode_text(raw: bytes, file: str) -> str:
    """Decode UTF-8, with or without a byte order mark, and nothing else.

    Raises:
        ScenarioError: For UTF-16, NUL bytes or bytes that are not UTF-8; names the byte offset and the line.
    """
    save = "save the file as UTF-8 (in Excel: 'CSV UTF-8')"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _refusal(file, 1, "is UTF-16 or UTF-32: its byte order mark stands at byte offset 0", save, "encoding")
    if (nul := raw.find(b"\0")) >= 0:
        line = raw.count(b"\n", 0, nul) + 1
        raise _refusal(file, line, f"holds a NUL byte at byte offset {nul}, so it is not plain text", save, "encoding")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        start = error.start + (3 if raw.startswith(b"\xef\xbb\xbf") else 0)
        line = raw.count(b"\n", 0, start) + 1
        message = f"is not UTF-8: byte {raw[start]:#04x} at byte offset {start}"
        raise _refusal(file, line, message, save, "encoding") from None


def printable(text: str) -> str:
    """A name from an input as messages may show it: at most 80 characters, and none that could steer a terminal."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text[:80])


def _refusal(file: str, line: int, message: str, hint: str, code: str = "unreadable") -> ScenarioError:
    return ScenarioError(file, [Problem(file, line, message, hint, code=code)])


def _position(text: str, index: int) -> tuple[int, int]:
    """Line and column, both from 1, of a character."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    if mark and text[mark.index : mark.index + 1] == "\t":
        return Problem(
            file, line, f"column {column} holds a tab", "indent with spaces; YAML allows no tabs there", code="syntax"
        )
    hint = "check the indentation, and put text that holds : # @ % [ ] { } or quotes between double quotes"
    return Problem(file, line, f"is not valid YAML at column {column}: {error.problem}", hint, code="syntax")


class _Builder:
    """Turns the parser's events into plain data and notes the line of each key."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.lines: dict[str, int] = {}
        self.problems: list[Problem] = []
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._nodes = 0

    def build(self) -> dict[str, object]:
        """The one mapping of the file."""
        next(self._events)  # start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise self._empty()
        data = self._node(next(self._events), "", 1)
        next(self._events)  # end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._report(after, "", "a second document starts here", "keep one document per file; delete the '---'")
        if data is None and not self.problems:
            raise self._empty()
        if not isinstance(data, dict):
            message, hint = "the top level must be a mapping of keys", "start with lines such as 'name: spring_plan'"
            raise ScenarioError(self.file, [*self.problems, Problem(self.file, 1, message, hint, code="unreadable")])
        return data

    def _empty(self) -> ScenarioError:
        return _refusal(self.file, 0, "is empty", "run `optimizer new` for a scenario to start from")

    def _report(self, event: yaml.Event, path: str, message: str, hint: str, code: str = "bad_value") -> None:
        self.problems.append(Problem(self.file, _line(event), message, hint, path, code))

    def _node(self, event: yaml.Event, path: str, depth: int) -> object:
        self._check_limits(event, depth)
        if isinstance(event, yaml.AliasEvent):
            self._report(event, path, f"alias *{event.anchor} is not accepted", "write the value out")
            return None
        assert isinstance(event, yaml.NodeEvent)
        if event.anchor is not None:
            self._report(event, path, f"anchor &{event.anchor} is not accepted", "write the value out where it is used")
        if isinstance(event, yaml.MappingStartEvent):
            self._check_tag(event, path, f"{_CORE}map")
            return self._mapping(path, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            self._check_tag(event, path, f"{_CORE}seq")
            return self._sequence(path, depth)
        assert isinstance(event, yaml.ScalarEvent)
        return self._scalar(event, path)

    def _check_limits(self, event: yaml.Event, depth: int) -> None:
        self._nodes += 1
        if depth > MAX_DEPTH:
            raise _refusal(self.file, _line(event), f"is nested deeper than {MAX_DEPTH} levels", "flatten this part")
        if self._nodes > MAX_NODES:
            message = f"holds more than {MAX_NODES:,} keys and values"
            raise _refusal(self.file, _line(event), message, "move the long part into a table (CSV)")

    def _check_tag(self, event: yaml.CollectionStartEvent, path: str, core: str) -> None:
        if event.tag not in (None, "!", core):
            self._report(event, path, f"tag {printable(event.tag)} is not accepted", "remove the tag")

    def _sequence(self, path: str, depth: int) -> list[object]:
        items: list[object] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            child = _joined(path, str(len(items)))
            self.lines.setdefault(child, _line(event))
            items.append(self._node(event, child, depth + 1))
        return items

    def _mapping(self, path: str, depth: int) -> dict[str, object]:
        entries: dict[str, object] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path, depth)
            child = _joined(path, key)
            if key in entries:
                message = f"key '{printable(child)}' stands twice, first on line {self.lines[child]}"
                self._report(event, child, message, "keep one of the two lines", "duplicate_key")
            self.lines.setdefault(child, _line(event))
            entries.setdefault(key, self._node(next(self._events), child, depth + 1))
        return entries

    def _key(self, event: yaml.Event, path: str, depth: int) -> str:
        if isinstance(event, yaml.ScalarEvent):
            if event.tag not in (None, *_TEXT_TAGS) or event.anchor is not None:
                self._report(
                    event, path, f"key '{printable(event.value)}' has a tag or an anchor", "write the plain key"
                )
            return str(event.value)
        self._node(event, path, depth + 1)
        self._report(event, path, "a key must be plain text", "write the key as one word before the colon")
        return f"(line {_line(event)})"

    def _scalar(self, event: yaml.ScalarEvent, path: str) -> object:
        text = str(event.value)
        if event.tag in _TEXT_TAGS or (event.tag is None and event.style):
            return text
        value = self._plain(event, path, text)
        if event.tag is None:
            return value
        if event.tag not in _SCALAR_TAGS:
            self._report(event, path, f"tag {printable(event.tag)} is not accepted", "remove the tag")
            return None
        if type(value) not in _SCALAR_TAGS[event.tag]:
            self._report(event, path, f"value does not agree with its tag {event.tag}", "remove the tag")
            return None
        return value

    def _plain(self, event: yaml.ScalarEvent, path: str, text: str) -> object:
        """What a scalar without quotes means."""
        if text in _WORDS:
            return _WORDS[text]
        if _NOT_FINITE.fullmatch(text):
            self._report(event, path, f"{text} is not a finite number", "write a number, or leave the key out")
            return None
        if len(text) <= 18 and _INTEGER.fullmatch(text):
            return int(text)
        if not _FLOAT.fullmatch(text):
            return text
        number = float(text)
        if number in (float("inf"), float("-inf")):
            self._report(event, path, f"{text[:40]} is too large for a number", "write a number below 1e300")
            return None
        return number if abs(number) >= TINY else 0.0


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
