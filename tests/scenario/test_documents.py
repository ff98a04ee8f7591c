"""Strict YAML: what scalars mean, which line a key stands on, and what is refused."""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from optimizer.errors import ScenarioError
from optimizer.scenario.documents import MAX_BYTES, read_document


def value_of(text: str) -> object:
    document = read_document(f"key: {text}\n".encode(), "scenario.yaml")
    assert document.problems == ()
    return document.data["key"]


def refusal(raw: bytes) -> tuple[int, str]:
    with pytest.raises(ScenarioError) as caught:
        read_document(raw, "scenario.yaml")
    (problem,) = caught.value.problems
    assert problem.file == "scenario.yaml"
    assert problem.hint
    return problem.line, problem.message


@pytest.mark.parametrize(
    "text",
    [
        "NO",
        "no",
        "on",
        "off",
        "yes",
        "y",
        "010",
        "0o17",
        "0x1F",
        "12:30",
        "2026-01-05",
        "1_000",
        "+-1",
        "1e",
        ".",
        "007.5",
    ],
)
def test_text_stays_as_it_was_written(text: str) -> None:
    assert value_of(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e3", 1000.0),
        ("13", 13),
        ("-5", -5),
        ("+2", 2),
        ("0.25", 0.25),
        (".5", 0.5),
        ("2.", 2.0),
        ("-1.5E-2", -0.015),
        ("1e-310", 0.0),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("'13'", "13"),
        ('"true"', "true"),
        ("!!str 13", "13"),
        ("!!int 13", 13),
        ("!!float 13", 13),
        ("[1, a]", [1, "a"]),
        ("{a: {b: 2}}", {"a": {"b": 2}}),
    ],
)
def test_core_scalars(text: str, value: object) -> None:
    assert value_of(text) == value
    assert type(value_of(text)) is type(value)


def test_minus_zero_is_zero() -> None:
    assert str(value_of("-0.0")) == "0.0"


def test_lines_of_keys_by_dotted_path() -> None:
    text = "# a plan\nname: x\n\nbudget:\n  total: 5\n  per_month:\n    2026-10: 1\n    2026-11: 2\nlist:\n- a\n- b\n"
    assert read_document(text.encode(), "f").lines == {
        "name": 2,
        "budget": 4,
        "budget.total": 5,
        "budget.per_month": 6,
        "budget.per_month.2026-10": 7,
        "budget.per_month.2026-11": 8,
        "list": 9,
        "list.0": 10,
        "list.1": 11,
    }


def test_a_byte_order_mark_and_windows_lines_are_accepted() -> None:
    document = read_document(b"\xef\xbb\xbfname: x\r\nweeks: 2\r\n", "f")
    assert document.data == {"name": "x", "weeks": 2}
    assert document.lines == {"name": 1, "weeks": 2}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "'a' stands twice, first on line 1"),
        ("g:\n  a: 1\n  a: 3\n", 3, "'g.a' stands twice, first on line 2"),
        ("a: 1\nb: .nan\n", 2, "not a finite number"),
        ("b: -.inf\n", 1, "not a finite number"),
        ("b: 1e400\n", 1, "too large"),
        ("b: !!python/object/apply:os.system echo\n", 1, "tag"),
        ("b: !!python/object/apply:os.system [echo]\n", 1, "tag"),
        ("b: !!python/object:x {a: 1}\n", 1, "tag"),
        ("b: !!binary aGk=\n", 1, "tag"),
        ("b: !!int x\n", 1, "does not agree"),
        ("b: &x 1\n", 1, "anchor"),
        ("? [1, 2]\n: 3\n", 1, "a key must be plain text"),
        ("a: 1\n---\nb: 1\n", 2, "second document"),
    ],
)
def test_mistakes_of_single_values_keep_the_rest_readable(text: str, line: int, words: str) -> None:
    (problem,) = read_document(f"{text}".encode(), "f").problems
    assert problem.line == line
    assert words in problem.message


def test_an_alias_is_never_followed() -> None:
    document = read_document(b"a: &x [1]\nb: *x\nc: 3\n", "f")
    assert document.data == {"a": [1], "b": None, "c": 3}
    assert [(problem.line, problem.column) for problem in document.problems] == [(1, "a"), (2, "b")]


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        (b"", 0, "is empty"),
        (b"# nothing yet\n", 0, "is empty"),
        (b"---\n", 0, "is empty"),
        (b"- a\n- b\n", 1, "top level must be a mapping"),
        (b"a word\n", 1, "top level must be a mapping"),
        (b"a:\n\tb: 1\n", 2, "column 1 holds a tab"),
        (b"a:\n  b: 1\n\tc: 2\n", 3, "column 1 holds a tab"),
        (b"a: b: c\n", 1, "not valid YAML at column 5"),
        (b"a: 'open\n", 2, "not valid YAML"),
        (b"\xff\xfea\0", 1, "UTF-16"),
        (b"a: 1\nb\0: 1", 2, "byte offset 6"),
        (b"a: 1\nb: caf\xe9\n", 2, "byte offset 11"),
        (b"\xef\xbb\xbfa: \xe9\n", 1, "byte offset 6"),
        (b"a: \x1b[31m\n", 1, "column 4 holds a control character"),
        (b'a: "\\ud800"\n', 1, "not valid YAML"),
        (b"a: 1\n" * (MAX_BYTES // 5 + 1), 0, "limit of 5 MB"),
    ],
)
def test_what_cannot_be_read_names_its_place(raw: bytes, line: int, words: str) -> None:
    found = refusal(raw)
    assert found[0] == line
    assert words in found[1]


BOMB = b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n".encode() for i in range(1, 12)
)


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        b"- " * 100_000,
        b"{a: " * 100_000,
        b"? " * 100_000,
        b"a: &a [*a]\n",
        b"a: &a {<<: *a}\n",
        BOMB,
        b"- x\n" * 1_000_000,
    ],
    ids=["flow", "block", "maps", "keys", "self", "merge", "bomb", "long"],
)
def test_bombs_end_as_problems_within_a_second(raw: bytes) -> None:
    start = time.process_time()
    try:
        problems = read_document(raw, "scenario.yaml").problems
    except ScenarioError as error:
        problems = error.problems
    assert problems
    assert time.process_time() - start < 1.0


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        found: object = read_document(raw, "scenario.yaml").data
    except ScenarioError as error:
        found = error.problems
    assert isinstance(found, dict) or found


numbers = st.floats(-1e15, 1e15).filter(lambda number: number == 0 or abs(number) > 1e-300)
plain = st.one_of(st.none(), st.booleans(), st.integers(-(10**15), 10**15), numbers, st.text(max_size=20))
trees = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner), max_leaves=8),
    min_size=1,
)


@given(trees)
def test_data_written_by_a_yaml_writer_comes_back(tree: dict[str, object]) -> None:
    """Text is quoted by the writer, so nothing of it may change its kind on the way."""
    text = yaml.safe_dump(tree, default_style='"', allow_unicode=False)
    assert read_document(text.encode(), "f").data == tree
