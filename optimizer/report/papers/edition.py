"""Who a paper is for: the house, which sees every figure, or others, who must not learn a count of few patients."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.plan import reasons
from optimizer.plan.words import Words
from optimizer.scenario.bounds import FLIGHT
from optimizer.scenario.gates import BACKLOG, BLACKOUT, GO_LIVE, HELD, NOT_READY, PILOT, STALE, TIER
from optimizer.weekly.doubts import Doubt
from optimizer.weekly.webhook import SMALL

INTERNAL_MARK = "Internal: holds counts of few patients. Do not pass on outside the house."


@dataclass(frozen=True)
class Edition:
    """How one edition writes what could tell a count of few patients.

    Attributes:
        mark: Whom the paper is for, and what was left out.
        slots: Open slots left -> words.
        hours: Answering hours left, and hours that there are -> words.
        value: What more room is worth.
        reason: Why a campaign's money changes, from its row.
        doubt: What is doubtful in a feed.
        by: What somebody set a budget for.
        tells_averages: Whether averages over patients are told, of however few.
    """

    mark: str
    slots: Callable[[float], str]
    hours: Callable[[float, float], str]
    value: Callable[[Words, float], str]
    reason: Callable[[Mapping[Any, Any]], str]
    doubt: Callable[[Doubt], str]
    by: Callable[[str, str], str]
    tells_averages: bool


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


BY_CODE: Mapping[str, str] = {
    reasons.SLOTS: "Its clinic has no open slots left for more patients.",
    reasons.RESOURCE: "A machine, room or provider that it needs has no minutes left.",
    reasons.INTAKE: "Its intake team cannot answer more leads in time.",
    reasons.WORTH: "More money would bring no more than it costs.",
    reasons.BUDGET: "The money brings more elsewhere.",
    reasons.CHANGE_UP: "The weekly change limit lets it rise no faster.",
    reasons.CHANGE_DOWN: "The weekly change limit lets it fall no faster.",
    reasons.LIMIT: "A named limit stops it.",
    reasons.LIMIT_FLOOR: "A named limit asks for it.",
    reasons.FLOOR: "It is at its floor.",
    reasons.CEILING: "It is at its own ceiling.",
    reasons.CURVE_END: "Its curve is known no further.",
    reasons.MINIMUM: "It runs at its least, or not at all.",
    reasons.UNCHANGED: "Only so many campaigns may change.",
    FLIGHT: "It does not run this week.",
    NOT_READY: "It is not ready.",
    BLACKOUT: "It is in a blackout.",
    GO_LIVE: "Its clinic is below the go-live threshold.",
    BACKLOG: "Its intake team has a backlog.",
    TIER: "The wait at its clinic caps it.",
    STALE: "Old figures hold it as it is today.",
    HELD: "It is held as it is today.",
    PILOT: "It is a pilot, and capped.",
}
"""Why a campaign's money is as it is, without the numbers of the case."""

INTERNAL = Edition(
    mark=INTERNAL_MARK,
    slots=_slots,
    hours=_hours,
    value=lambda words, amount: words.value(amount),
    reason=_reason,
    doubt=lambda doubt: doubt.text,
    by=lambda name, why: f"{name}: {why}",
    tells_averages=True,
)
"""The house sees everything."""


def _band(left: float) -> str:
    """Slots are no patients, but open slots less those left are: only whether there are few is told."""
    return "none" if whole(left) < 1 else f"1 to {SMALL}" if whole(left) <= SMALL else f"over {SMALL}"


def _rounded(words: Words, amount: float) -> str:
    """Two digits: what a visit is worth must not tell how many visits there are."""
    return f"about {words.value(float(f'{amount:.1e}'))}"


SHAREABLE = Edition(
    mark=(
        f"May be passed on: counts of 1 to {SMALL} people, and what would tell them, are left out. Open slots are told"
        " in bands; names and reasons are as people wrote them."
    ),
    slots=_band,
    hours=lambda left, _: "some" if whole(left) > 0 else "none",
    value=_rounded,
    reason=lambda row: BY_CODE[row["reason_code"]],
    doubt=lambda doubt: f"a figure is in question ({doubt.kind})",
    by=lambda name, _: f"set by {name}",
    tells_averages=False,
)
"""Others see amounts of money, days and bands, and no count of people."""
