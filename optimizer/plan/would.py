"""What would change a campaign's week: statements that follow from its next dollar and from what stops it.

At an optimum the next unit of money earns no more than it costs. Whatever lowers that cost, or raises what it earns,
lets the campaign rise; whatever holds it up lets it fall where it gives way. Of each such part the split of the next
dollar tells how much it is.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from optimizer.plan import reasons
from optimizer.plan.room import OWN_CEILING
from optimizer.plan.words import Words
from optimizer.scenario.gates import GATES

_SMALL = 1e-6
"""Prices below this are rounding."""
_CENT = 0.005
_AT_COST = 0.98
"""Part of what it costs above which the next unit of money counts as earning it: it lies inside a step."""


def would_change(row: Mapping[str, object], room: Mapping[str, object], words: Words) -> list[str]:
    """What would change a campaign's week; always something.

    Args:
        row: Its row of the table ``explain``.
        room: Its row of the table ``room``.
        words: How numbers are written.
    """
    week = _Week(pd.Series(row), pd.Series(room), words)
    if week.code in _WHOLE:
        return [_WHOLE[week.code]]
    said = [*_up(week), *_down(week)]
    return said or [_last_resort(week)]


class _Week:
    """A campaign's week: what its next unit of money earns, costs, and where it stands."""

    def __init__(self, row: pd.Series, room: pd.Series, words: Words) -> None:
        self.words, self.room = words, room
        self.code, self.stopped_by = str(room["reason_code"]), str(room["stopped_by"])
        self.spend = float(row["recommended_spend"])
        self.leads, self.value = float(row["leads"]), float(row["visit_value"])
        self.slot, self.resource, self.intake = (
            float(row[name]) for name in ("slot_price", "resource_price", "intake_price")
        )
        self.change, self.range = float(row["change_price"]), float(row["range_price"])
        self.earns = self.value - self.slot - self.resource - self.intake
        self.costs = float(row["money"]) + float(row["budget_price"]) + float(row["limit_price"])
        self.budget, self.limit = float(row["budget_price"]), float(row["limit_price"])

    @property
    def each(self) -> str:
        return f"each further {self.words.next_money}"

    def worth(self, amount: float) -> str:
        return self.words.return_of(amount)


def _up(week: _Week) -> list[str]:
    """What would let it rise."""
    gain = week.earns - week.costs
    if week.code in GATES or float(week.room["may_spend"]) <= _CENT:
        return [_without_gate(week)]
    said = []
    if float(week.room["room"]) <= 2 * _CENT:
        said += _at_its_most(week, gain)
    if week.change > _SMALL:
        said.append(
            f"It would rise with a larger change limit (policies.change_limit): {week.each} of move is worth"
            f" {week.worth(week.change)}."
        )
    if said:
        return said
    if week.code == reasons.SLOTS and week.slot > _SMALL:
        said.append(
            f"It would rise with more open slots at {week.stopped_by} when it is full: slots take"
            f" {week.worth(week.slot)} of what its next {week.words.next_money} brings."
        )
    if week.code == reasons.RESOURCE and week.resource > _SMALL:
        said.append(
            f"It would rise with more minutes of {week.stopped_by} when it is full: they take"
            f" {week.worth(week.resource)} of what its next {week.words.next_money} brings."
        )
    if week.code == reasons.INTAKE and week.intake > _SMALL:
        said.append(
            f"It would rise with more answering hours at {week.stopped_by}: they take {week.worth(week.intake)} of what"
            f" its next {week.words.next_money} brings."
        )
    if week.code == reasons.LIMIT and week.limit > _SMALL:
        said.append(f"It would rise if the limit '{week.stopped_by}' allowed more.")
    if week.code == reasons.BUDGET and week.earns >= _AT_COST * week.costs:
        said.append(f"It would rise with more budget: {week.each} brings {week.worth(week.earns)} here, as elsewhere.")
    return [*said, *_cheaper(week)]


def _at_its_most(week: _Week, gain: float) -> list[str]:
    """A campaign at its ceiling, or at the end of its curve."""
    if float(week.room["held_room"]) <= _CENT:
        needed = f"brought more than {week.worth(week.costs)} for each {week.words.next_money} there"
        return [
            f"It would rise if its curve were known further (policies.extrapolation, response_curves) and {needed}."
        ]
    if gain <= _SMALL:
        return []
    worth = f"{week.each} there is worth {week.worth(gain)} after all that it costs"
    if str(week.room["held_by"]) == OWN_CEILING:
        return [f"It would rise with a higher max_weekly_spend: {worth}."]
    return [f"It would rise without the rule '{week.room['held_by']}': {worth}."]


def _cheaper(week: _Week) -> list[str]:
    """The cost per lead at which its next unit of money would earn what it costs."""
    if min(week.change, week.range) < -_SMALL:  # it is held up, and would rather fall
        return []
    if week.leads <= 0 or week.earns <= _SMALL or week.costs <= 0 or week.earns >= _AT_COST * week.costs:
        return []
    now = 1 / week.leads
    needed = now * week.earns / week.costs
    return [
        f"It would rise at a cost per further lead below {week.words.money(needed, cents=True)}, now"
        f" {week.words.money(now, cents=True)}: its next {week.words.next_money} brings {week.worth(week.earns)} and"
        f" would have to bring {week.worth(week.costs)}."
    ]


def _without_gate(week: _Week) -> str:
    if week.code in GATES:
        return f"It would be free to spend more without the rule '{week.code}'; its reason tells where it stands."
    return "It would run with a max_weekly_spend above zero."


def _down(week: _Week) -> list[str]:
    """What would let it fall."""
    if week.spend <= _CENT:
        return []
    said = []
    if week.range < -_SMALL and week.code not in GATES:
        said.append(
            f"It would fall with a lower floor: its last {week.words.next_money} costs {week.worth(-week.range)} more"
            " than it earns."
        )
    if week.change < -_SMALL:
        said.append(
            "It would fall further with a larger change limit (policies.change_limit): each further"
            f" {week.words.next_money} of move is worth {week.worth(-week.change)}."
        )
    if week.code == reasons.LIMIT_FLOOR and week.limit < -_SMALL:
        said.append(
            f"It would fall if the limit '{week.stopped_by}' asked for less: of what its next {week.words.next_money}"
            f" costs, limits pay {week.worth(-week.limit)}."
        )
    return said


def _last_resort(week: _Week) -> str:
    """What is true of a week that nothing above speaks of."""
    if week.earns <= _SMALL:
        return f"It would rise if its next {week.words.next_money} brought more than it takes from others."
    return (
        f"Its next {week.words.next_money} earns what it costs: it would rise if patients were worth more or leads were"
        " cheaper, and fall if patients were worth less or leads were dearer."
    )


_WHOLE = {
    reasons.MINIMUM: "It runs at its min_if_active or more, or not at all; what another least would do, only planning"
    " again tells: try a what-if that changes min_if_active.",
    reasons.UNCHANGED: "It would be free to change if more campaigns might (policies.max_changed_campaigns); whether it"
    " would, only planning again tells.",
}
"""What stands for a week that a whole number decides, of which prices tell nothing."""
