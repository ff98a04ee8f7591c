"""Scenarios in which one soft input is otherwise than it says: worth of patients, booking rates, cost per lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd

from optimizer.plan.words import percent, signed
from optimizer.scenario.read import Scenario

ALL_LINES = ""
"""Name that stands for all service lines together."""


class Input(StrEnum):
    """What is otherwise."""

    WORTH = "worth"
    """What a patient is worth."""
    CONVERSION = "conversion"
    """Share of qualified leads that ask for an appointment."""
    COST_PER_LEAD = "cost_per_lead"
    """Money that a lead costs."""


@dataclass(frozen=True)
class Variant:
    """One input at a share of what the scenario says.

    Attributes:
        input: The input.
        share: Its value relative to the scenario's.
        line: Service line of which it is so; ``ALL_LINES`` for all together.
    """

    input: Input
    share: float
    line: str = ALL_LINES

    @property
    def name(self) -> str:
        """``cost per lead``, ``worth of a patient``, or of one line ``worth, Care``."""
        return f"{_SHORT[self.input]}, {self.line}" if self.line else _NAMES[self.input]

    @property
    def words(self) -> str:
        """``worth, Care: -30 %`` or ``cost per lead: +20 %``."""
        return f"{self.name}: {signed(percent, self.share - 1)}"


_NAMES = {
    Input.WORTH: "worth of a patient",
    Input.CONVERSION: "booking rates",
    Input.COST_PER_LEAD: "cost per lead",
}
_SHORT = {Input.WORTH: "worth", Input.CONVERSION: "booking rates", Input.COST_PER_LEAD: "cost per lead"}
"""Names before that of a line."""

MARGINS = {
    "patient_value": ("service_line", ("first_visit_margin", "ltv_margin", "margin_per_year")),
    "care_pathways": ("to_line", ("margin",)),
}
"""Tables that say what patients are worth: the column of the line that is worth it, and the columns of the worth."""
RATES = {"funnel": ("service_line", ("booking_rate", "booking_rate_late"))}
"""The same for conversion."""
_AMPLITUDES = ("max_leads", "scale_leads")
"""Parameters of a curve in proportion to which it brings leads; a curve through points is scaled point by point."""


def varied(scenario: Scenario, variant: Variant) -> Scenario:
    r"""A scenario in which one input is otherwise.

    .. math:: m' = k\,m, \qquad b' = \min(k\,b,\ 1), \qquad f'(x) = f(x) / k

    ====  ====  ===============================================================================
    k     P     share of what the scenario says (``variant.share``)
    m     P     every margin of a patient (``patient_value``, ``care_pathways``)
    b     P     booking rate, in time and late (``funnel``); a rate cannot pass 1
    f(x)  P     leads of a week from the money x spent in it (``response_curves``)
    ====  ====  ===============================================================================

    A cost per lead of ``k`` times means that whatever is spent brings ``1/k`` of the leads, so that the cost of each
    lead, the average and the next, is ``k`` times what it was. Leads under way from spend before the plan are computed
    from the same curves and rates, so they are fewer or more alike. The cost per lead is always that of all lines.
    """
    match variant.input:
        case Input.WORTH:
            return _scaled(scenario, MARGINS, variant, np.inf)
        case Input.CONVERSION:
            return _scaled(scenario, RATES, variant, 1.0)
        case Input.COST_PER_LEAD:
            return _dearer(scenario, variant.share)


def capped(scenario: Scenario, variant: Variant) -> int:
    """How many rates would pass 1, and stay at 1."""
    if variant.input is not Input.CONVERSION:
        return 0
    return sum(
        int((frame.loc[_of_line(frame, of_line, variant.line), list(columns)] * variant.share > 1).to_numpy().sum())
        for name, (of_line, columns) in RATES.items()
        for frame in [scenario.tables[name].frame]
    )


def _scaled(
    scenario: Scenario, columns_of: Mapping[str, tuple[str, tuple[str, ...]]], variant: Variant, most: float
) -> Scenario:
    """A scenario with columns of one line, or of all, at a share of what they were, and at most ``most``."""
    tables = dict(scenario.tables)
    for name, (of_line, columns) in columns_of.items():
        if name in tables:
            frame, there = tables[name].frame.copy(), list(columns)
            mine = _of_line(frame, of_line, variant.line)
            frame[there] = frame[there].mask(mine, (frame[there] * variant.share).clip(upper=most))
            tables[name] = replace(tables[name], frame=frame)
    return replace(scenario, tables=tables)


def _of_line(frame: pd.DataFrame, column: str, line: str) -> pd.Series:
    return (frame[column] == line) | (line == ALL_LINES)


def _dearer(scenario: Scenario, share: float) -> Scenario:
    """A scenario in which every curve brings as many leads for ``share`` times the money a lead."""
    table = scenario.tables["response_curves"]
    frame = table.frame.copy()
    for name in _AMPLITUDES:
        frame[name] = frame[name] / share
    frame["points"] = [_scaled_points(str(text), 1 / share) for text in frame["points"]]
    return replace(scenario, tables={**scenario.tables, "response_curves": replace(table, frame=frame)})


def _scaled_points(text: str, share: float) -> str:
    """A curve through points with a share of their leads; blank where the curve has another form."""
    pairs = [token.split(":") for token in text.split()]
    return " ".join(f"{spend}:{np.format_float_positional(float(leads) * share, trim='0')}" for spend, leads in pairs)
