"""A curve as another tool states it, in its own periods and outcome, and what has to be asked beside its file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from optimizer.errors import UsageError

Floats = npt.NDArray[np.float64]
Response = Callable[[Floats], Floats]

_PERIOD = re.compile(r"(?:([1-9][0-9]{0,3}) )?(day|week)s?")
_DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class ToolCurve:
    """The curve of one channel of another tool at a steady pace: every period spends the same, and long has.

    Attributes:
        name: Channel, as the tool names it.
        file: File it was read from.
        line: Line there; 0 where the file has none.
        tool: Name of the tool.
        form: A form of response curve of this program.
        parameters: Its parameters in money and outcome per period; empty for points.
        spend: (n,) spend per period of the points, from 0, rising; empty for other forms.
        response: Outcome of a period by its spend, as the tool's own published formula has it.
        seen: Greatest steady spend per period that the tool has seen; NaN where its file does not say.
        weeks: Weeks of a period.
        per_lead: Outcome that makes one lead.
        as_of: Date at which the curve was true.
        interval: Credible interval of the outcome at ``seen``; NaN where not given.
        notes: What people should know of this curve.
    """

    name: str
    file: str
    line: int
    tool: str
    form: str
    parameters: Mapping[str, float]
    spend: Floats
    response: Response
    seen: float
    weeks: float
    per_lead: float
    as_of: str
    interval: tuple[float, float] = (np.nan, np.nan)
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Asked:
    """What files of curves do not say themselves.

    Attributes:
        period: Time that spend and outcome of a row cover: ``week``, ``day``, ``104 weeks``; blank if not given.
        outcome: ``leads`` or ``money``; blank if not given.
        value_per_lead: Money that a lead stands for in an outcome in money; ``None`` if not given.
        as_of: ISO date at which the curves were true; blank if not given.
    """

    period: str = ""
    outcome: str = ""
    value_per_lead: float | None = None
    as_of: str = ""

    def weeks(self) -> float:
        """Weeks of a period.

        Raises:
            UsageError: if the period is not given, or in another way.
        """
        found = _PERIOD.fullmatch(self.period)
        if found is None:
            given = f"'{self.period}' is no period" if self.period else "the file does not say what time a row covers"
            raise UsageError(f"{given}; give it as --period week, --period day or --period '104 weeks'")
        return int(found[1] or 1) * _DAYS[found[2]] / 7

    def per_lead(self) -> float:
        """Outcome that makes one lead: 1, or its value where the outcome is money.

        Raises:
            UsageError: if it is not given whether the outcome is leads or money, or what a lead is worth in money.
        """
        if self.outcome not in ("leads", "money"):
            raise UsageError("the file does not say what its outcome is; give --outcome leads, or --outcome money")
        if self.outcome == "leads":
            if self.value_per_lead is not None:
                raise UsageError("--value-per-lead is for an outcome in money; with leads it has no meaning")
            return 1.0
        return self.lead_value()

    def lead_value(self) -> float:
        """Money that a lead stands for.

        Raises:
            UsageError: if it is not given.
        """
        if self.value_per_lead is None or not 0 < self.value_per_lead < np.inf:
            raise UsageError("an outcome in money becomes leads only by what a lead is worth: give --value-per-lead")
        return self.value_per_lead

    def date(self) -> str:
        """Date at which the curves were true.

        Raises:
            UsageError: if it is not given.
        """
        if not self.as_of:
            raise UsageError(
                "the file does not say how old its curves are; give the last day of their data with --as-of"
            )
        return self.as_of
