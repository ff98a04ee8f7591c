"""The dictionary: every measure with its formula spelt out, and what a scenario gives for each of its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimizer.report.measures.access import SLOTS
from optimizer.report.measures.inputs import Input, input_named
from optimizer.report.measures.intake import HOURS
from optimizer.report.measures.limits import BINDING
from optimizer.report.measures.measure import Measure
from optimizer.report.measures.money import MONEY
from optimizer.report.measures.patients import PATIENTS
from optimizer.report.measures.quarter import BUDGETS
from optimizer.report.measures.weekly import ACTIONS
from optimizer.report.measures.worth import WORTH
from optimizer.report.sections import MEASURE
from optimizer.scenario.read import Scenario

GROUPS: Mapping[str, Sequence[Measure]] = {
    "Money": MONEY,
    "From the lead to the visit": PATIENTS,
    "Slots and waits": SLOTS,
    "Intake": HOURS,
    "What patients are worth": WORTH,
    "Goals, rules and room": BINDING,
    "Budgets of a quarter": BUDGETS,
    "Hand-over from marketing to operations": ACTIONS,
}
"""The table of contents."""
TITLES: Mapping[str, str] = {measure.name: measure.title for group in GROUPS.values() for measure in group}


@dataclass(frozen=True)
class Entry:
    """A measure as the dictionary tells it.

    Attributes:
        group: Heading under which it stands.
        name: Short name, for files.
        title: For people.
        meaning: What it says.
        formula: How it is computed, in names of inputs and titles of other measures.
        unit: Of its numbers; money in the scenario's currency.
        owner: Who answers for it: whom the scenario names for its first input, else the role that does by default.
        inputs: Columns and keys that it is computed from.
        shown: Output -> headings under which it stands there.
    """

    group: str
    name: str
    title: str
    meaning: str
    formula: str
    unit: str
    owner: str
    inputs: Sequence[Input]
    shown: Mapping[str, tuple[str, ...]]


def dictionary(scenario: Scenario | None = None) -> list[Entry]:
    """Every measure, in the order of the groups.

    Args:
        scenario: Whose values, owners and currency are told; the declared meanings alone if absent.
    """
    return [_entry(group, measure, scenario) for group, measures in GROUPS.items() for measure in measures]


def _entry(group: str, measure: Measure, scenario: Scenario | None) -> Entry:
    inputs = [input_named(name, scenario) for name in measure.inputs]
    named = inputs[0].owners if inputs else ()
    meaning, unit = measure.meaning, measure.unit
    if scenario is not None:
        unit = unit.replace("money", scenario.definition.currency)
    return Entry(
        group,
        measure.name,
        measure.title,
        meaning.replace("{objective}", _objective(scenario)),
        measure.formula_in_words(TITLES),
        unit,
        ", ".join(named) or f"{measure.owner} (by default)",
        inputs,
        measure.shown,
    )


def _objective(scenario: Scenario | None) -> str:
    """What value is counted in; all that it may be where no scenario is given."""
    if scenario is not None:
        return MEASURE[scenario.definition.objective]
    return "; ".join(f"{words} ({objective.value})" for objective, words in MEASURE.items())
