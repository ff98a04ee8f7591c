"""Who a paper is for: the house, which sees every figure, or others, who must not learn a count of few patients."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.plan.words import Words
from optimizer.weekly.doubts import Doubt

INTERNAL_MARK = "Internal: holds counts of few patients. Do not pass on outside the house."


@dataclass(frozen=True)
class Edition:
    """How one edition writes what could tell a count of few patients.

    Attributes:
        mark: Whom the paper is for, and what was left out.
        slots: Open slots left -> words.
        hours: Answering hours left, and hours that there are -> words.
        contacts: Contacts or patients -> words.
        value: What more room is worth.
        reason: Why a campaign's money changes, from its row.
        doubt: What is doubtful in a feed.
    """

    mark: str
    slots: Callable[[float], str]
    hours: Callable[[float, float], str]
    contacts: Callable[[float], str]
    value: Callable[[Words, float], str]
    reason: Callable[[Mapping[Any, Any]], str]
    doubt: Callable[[Doubt], str]


def whole(amount: float) -> int:
    """Whole slots or hours of an expected number; a part of one can be given to nobody."""
    return math.floor(amount + 1e-6)


def _slots(left: float) -> str:
    return f"{whole(left):,}" if whole(left) > 0 else "none"


def _hours(left: float, there: float) -> str:
    return f"{whole(left):,} of {whole(there):,}" if whole(left) > 0 else "none"


def _reason(row: Mapping[Any, Any]) -> str:
    """The sentence without the money that stands beside it."""
    sentence = str(row["reason"]).split(": ", 1)[-1]
    return sentence[:1].upper() + sentence[1:]


INTERNAL = Edition(
    mark=INTERNAL_MARK,
    slots=_slots,
    hours=_hours,
    contacts=lambda amount: f"{round(amount):,}",
    value=lambda words, amount: words.value(amount),
    reason=_reason,
    doubt=lambda doubt: doubt.text,
)
"""The house sees everything."""
