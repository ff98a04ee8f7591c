"""A measure: what it says, how it is computed, who answers for it, and under which headings it is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

SCREEN, PAGE, WORKBOOK, REVIEW, EVALUATION, AGENDA, PRE_LAUNCH, QUARTER, QUARTER_PAGE = (
    "first screen", "page", "workbook", "review", "evaluation", "agenda", "pre-launch sheet",
    "workbook of a quarter", "page of a quarter",
)  # fmt: skip
"""Outputs in which measures are shown."""

MARKETING, ACCESS, INTAKE, FINANCE, OPERATIONS = "Marketing", "Access and scheduling", "Intake", "Finance", "Operations"
"""Roles that answer for a measure where the scenario names nobody. A starting point, not a standard."""

_INPUT = re.compile(r"\{([a-z_0-9.]+)\}")
_MEASURE = re.compile(r"\[([a-z_]+)\]")


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes:
        name: Short name, for files.
        title: For people.
        meaning: What it says, in a sentence or a few.
        formula: How it is computed. ``{funnel.booking_rate}`` is a column of a table and ``{policies.fill_cap}`` a key
            of ``scenario.yaml``, ``[spend]`` another measure.
        unit: Of its numbers.
        owner: Role that answers for it where the scenario names nobody.
        shown: Output -> headings under which it stands there.
    """

    name: str
    title: str
    meaning: str
    formula: str
    unit: str
    owner: str
    shown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Columns of tables and keys of ``scenario.yaml`` that it is computed from, each once."""
        return tuple(dict.fromkeys(_INPUT.findall(self.formula)))

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the measures that it is computed from, each once."""
        return tuple(dict.fromkeys(_MEASURE.findall(self.formula)))

    def formula_in_words(self, titles: Mapping[str, str]) -> str:
        """The formula with other measures by their titles, and inputs by their names."""
        spelt = _MEASURE.sub(lambda found: titles[found[1]].lower(), self.formula)
        return _INPUT.sub(lambda found: found[1], spelt)
