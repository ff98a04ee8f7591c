"""Hostile and broken inputs: every one ends as a :class:`ScenarioError` that says what, where and how to mend it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from optimizer.errors import Problem, ScenarioError
from optimizer.scenario.read import read_scenario

FILES = {
    "scenario.yaml": (
        "schema_version: 1\nname: small\nas_of: 2026-09-21\n"
        "calendar:\n  first_week: 2026-09-28\n  weeks: 2\nbudget:\n  total: 5000\n"
    ),
    "campaigns.csv": "campaign,location,service_line,channel,current_weekly_spend\nsearch,north,knee,search,900\n",
    "response_curves.csv": "campaign,form,max_leads,half_spend,observed_max_weekly_spend\nsearch,hill,40,1500,1600\n",
    "funnel.csv": "service_line,channel,booking_rate\nknee,search,0.5\n",
    "appointment_capacity.csv": "location,service_line,week,new_patient_slots\nnorth,knee,2026-09-28,10\n",
    "patient_value.csv": "service_line,first_visit_margin,ltv_margin\nknee,85,900\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One folder for the module: each use overwrites a single file and puts it back."""
    place = tmp_path_factory.mktemp("scenario")
    for name, text in FILES.items():
        (place / name).write_text(text)
    read_scenario(place)
    yield place
    read_scenario(place)


def problems_of(folder: Path, name: str, raw: bytes) -> list[Problem]:
    """Problems with this file in place of the sound one; none where it can be planned."""
    (folder / name).write_bytes(raw)
    try:
        read_scenario(folder)
    except ScenarioError as caught:
        error = caught
    else:
        return []
    finally:
        (folder / name).write_text(FILES[name])
    assert error.problems
    assert all(problem.file and problem.message for problem in error.problems)
    assert all(line.isprintable() for line in str(error).split("\n"))
    return list(error.problems)


relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
yaml_like = st.lists(
    st.sampled_from(
        [*"\u202e:-[]{}&*!|>%@#?,'\"\\ \n\t", "name", "<<", "budget", ": ", "\n  ", "1e9", ".nan", "!!python/name:a"]
    )
).map("".join)
csv_like = st.lists(
    st.sampled_from(
        [",", "\x1b", "\u202e", "\n", "\r", '"', ";", "campaign", "location", "1", "$", "=1+1", " ", "\0", "é", "x"]
    )
).map("".join)


@relaxed
@given(raw=st.one_of(st.binary(max_size=300), yaml_like.map(str.encode)))
@example(raw=b"")
@example(raw=b'"\\e[31m": 1\n"\\e[31m": !<\x25\x31b> 1')
@example(raw=b"budget: !!python/object/apply:os.system ['true']\n")
@example(raw=b"calendar: !!python/name:os.system\n")
@example(raw=b"a: &a {b: *a}\n")
@example(raw=b'title: "\\ud800"\n')
def test_arbitrary_bytes_as_the_definition(folder: Path, raw: bytes) -> None:
    assert problems_of(folder, "scenario.yaml", raw)


@relaxed
@given(tail=yaml_like)
def test_a_sound_definition_with_anything_after_it(folder: Path, tail: str) -> None:
    found = problems_of(folder, "scenario.yaml", (FILES["scenario.yaml"] + tail).encode())
    assert {problem.file for problem in found} <= {"scenario.yaml"}


@relaxed
@given(raw=st.one_of(st.binary(max_size=300), csv_like.map(str.encode)))
@example(raw=b"")
@example(raw=b"campaign,\x1b[31mx,\x1b[31mx\n1,2,3\n")
@example(raw=b'campaign\n"')
@example(raw=b"\xef\xbb\xbf")
def test_arbitrary_bytes_as_a_table(folder: Path, raw: bytes) -> None:
    found = problems_of(folder, "campaigns.csv", raw)
    assert {problem.file for problem in found} == {"campaigns.csv"}


@relaxed
@given(cell=st.text(max_size=30))
def test_arbitrary_text_as_a_number(folder: Path, cell: str) -> None:
    raw = FILES["funnel.csv"].replace("0.5", '"' + cell.replace('"', '""') + '"').encode("utf-8", "replace")
    found = problems_of(folder, "funnel.csv", raw)
    assert {problem.file for problem in found} <= {"funnel.csv"}


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "words"),
    [
        ("campaigns.csv", "900", "$1,200", 2, "has 6 values"),
        ("campaigns.csv", "900", '"$1,200"', 2, "not a plain number"),
        ("campaigns.csv", "900", "(500)", 2, "not a plain number"),
        ("campaigns.csv", "900", '"1.234,56"', 2, "not a plain number"),
        ("campaigns.csv", "900", "-900", 2, "below the least allowed"),
        ("campaigns.csv", "900", "nan", 2, "not a plain number"),
        ("campaigns.csv", "900", "", 2, "is blank"),
        ("campaigns.csv", "north", "", 2, "is blank"),
        ("campaigns.csv", "search,900\n", "search,9", 2, ""),
        ("campaigns.csv", "search,900\n", "sea", 2, "has 4 values"),
        ("campaigns.csv", ",", ";", 1, "separated by ';'"),
        ("campaigns.csv", "channel,", "channel,channel,", 1, "stands twice"),
        ("funnel.csv", "0.5", "47", 2, "above the most allowed"),
        ("funnel.csv", "0.5", "12%", 2, "not a plain number"),
        ("appointment_capacity.csv", "2026-09-28", "01/02/2026", 2, "ambiguous"),
        ("appointment_capacity.csv", "2026-09-28", "44927", 2, "day number"),
        ("appointment_capacity.csv", "2026-09-28", "2026-02-30", 2, "not a day of the calendar"),
        ("appointment_capacity.csv", "2026-09-28", "2026-09-29", 2, "is a Tuesday"),
        ("response_curves.csv", "hill", "hil", 2, "is none of"),
    ],
)
def test_bad_cells_are_named_with_their_line(
    folder: Path, name: str, old: str, new: str, line: int, words: str
) -> None:
    assert old in FILES[name]
    found = problems_of(folder, name, FILES[name].replace(old, new).encode())
    if words:
        assert (name, line) in [(problem.file, problem.line) for problem in found if words in problem.message]
        assert all(problem.hint for problem in found)
    else:
        assert found == []  # a number that was cut short cannot be told from a whole one


@pytest.mark.parametrize(
    "raw",
    [b"[" * 100_000, b"a: &a [*a, *a]\n", b"x: 1\n" * 2_000_000, b"\0" * 100, "name: x\n".encode("utf-16")],
    ids=["nesting", "self reference", "size", "nul", "utf-16"],
)
def test_hostile_definitions_end_within_a_second(folder: Path, raw: bytes) -> None:
    start = time.process_time()
    assert problems_of(folder, "scenario.yaml", raw)
    assert time.process_time() - start < 1.0
