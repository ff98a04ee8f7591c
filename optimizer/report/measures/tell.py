"""The dictionary as text, as sections of a page, and as plain values."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from optimizer.report.measures.dictionary import Entry
from optimizer.report.measures.inputs import Input
from optimizer.report.papers.paper import Paper
from optimizer.report.sections import Grid
from optimizer.scenario.read import Scenario

HEADERS = ("Measure", "What it says", "How it is computed", "Unit", "Who answers for it", "Where it is found")


def dictionary_facts(entries: Sequence[Entry]) -> list[dict[str, object]]:
    """The dictionary as plain values."""
    return [asdict(entry) for entry in entries]


def dictionary_screen(entries: Sequence[Entry], scenario: Scenario | None) -> RenderableType:
    """Each measure with its formula, its inputs, who answers for it, and where it is found."""
    parts: list[RenderableType] = [Text(TITLE, style="bold"), Text(_covers(scenario)), Text("")]
    for group, told in itertools.groupby(entries, key=lambda entry: entry.group):
        parts += [Text(group, style="bold underline"), Text("")]
        for entry in told:
            parts += [Text.assemble((entry.title, "bold"), f"  [{entry.unit}]  {entry.owner}")]
            parts += [Padding(Text(line), (0, 0, 0, 2), expand=False) for line in _lines(entry)]
            parts.append(Text(""))
    return Group(*parts)


def _lines(entry: Entry) -> Iterator[str]:
    yield entry.meaning
    yield f"= {entry.formula}"
    for each in entry.inputs:
        yield f"  {input_in_words(each)}"
    if entry.shown:
        yield f"Found in: {found_in(entry.shown)}"


def input_in_words(each: Input) -> str:
    """``funnel.booking_rate: what it means (unit); here 0.36 to 0.62 in 24 rows``."""
    unit = f" ({each.unit})" if each.unit else ""
    return f"{each.name}: {each.meaning}{unit}" + (f"; here {each.says}" if each.says else "")


def found_in(shown: Mapping[str, tuple[str, ...]]) -> str:
    """``first screen as 'Spend per visit'; workbook as 'CAC'``."""
    return "; ".join(f"{output} as {_quoted(labels)}" for output, labels in shown.items())


def _quoted(labels: Sequence[str]) -> str:
    return ", ".join(f"'{label}'" for label in dict.fromkeys(label.removesuffix(" *") for label in labels))


TITLE = "What the numbers mean"


def _covers(scenario: Scenario | None) -> str:
    if scenario is None:
        return "As the tables and the model declare them; name a scenario to see its values and owners."
    definition = scenario.definition
    made_up = " Made-up data for demonstration." if definition.synthetic else ""
    return f"With the values and owners of {definition.title or definition.name}, as of {definition.as_of}.{made_up}"


def dictionary_paper(entries: Sequence[Entry], scenario: Scenario | None) -> Paper:
    """The dictionary as a page."""
    foot = f"Made from the declarations of optimizer {version('capacity-budget-optimizer')}; it holds no counts."
    return Paper(TITLE, _covers(scenario), "", list(dictionary_sections(entries)), [foot])


def dictionary_sections(entries: Sequence[Entry]) -> Iterator[Grid]:
    """A table for each group, and one of all inputs."""
    for group, told in itertools.groupby(entries, key=lambda entry: entry.group):
        yield Grid(group, HEADERS, [row_of(entry) for entry in told])
    inputs = {each.name: each for entry in entries for each in entry.inputs}
    rows = [(each.name, each.meaning, each.unit, each.says or "-") for _, each in sorted(inputs.items())]
    yield Grid("Inputs, as the tables and scenario.yaml declare them", ("Input", "Meaning", "Unit", "Here"), rows)


def row_of(entry: Entry) -> tuple[str, ...]:
    """One measure as a row under :data:`HEADERS`."""
    return entry.title, entry.meaning, entry.formula, entry.unit, entry.owner, found_in(entry.shown)
