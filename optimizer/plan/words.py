"""Money, dates, shares and values as people read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from optimizer.scenario.definition import Definition, Objective

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


@dataclass(frozen=True)
class Words:
    """How one scenario's numbers are written.

    Attributes:
        currency: ISO 4217 code.
        objective: What value is counted in.
    """

    currency: str
    objective: Objective

    @classmethod
    def of(cls, definition: Definition) -> Words:
        """The words of a scenario."""
        return cls(definition.currency, definition.objective)

    def money(self, amount: float, *, cents: bool = False) -> str:
        """``$1,234`` or ``$1,234.56``; minus before the symbol. Small amounts keep their cents."""
        digits = 2 if cents or 0 < abs(amount) < 10 else 0
        shown = round(amount, digits) + 0.0
        return f"{'-' if shown < 0 else ''}{self.symbol}{abs(shown):,.{digits}f}"

    def value(self, amount: float) -> str:
        """A value in the objective's unit: money, visits or bookings."""
        if self.objective.in_money:
            return self.money(amount)
        return f"{count(amount)} {self.objective.value}"

    def return_of(self, amount: float) -> str:
        """What spend returns: ``$1.32`` per dollar, or visits per thousand."""
        if self.objective.in_money:
            return self.money(amount, cents=True)
        return f"{amount * 1000:,.2f} {self.objective.value} per {self.money(1000)}"

    def quantity(self, name: str, amount: float) -> str:
        """An amount of a limited quantity: ``$1,200``, ``35 %``, ``120 visits``, ``$160 per visit``, ``3.0 times``."""
        match name:
            case "spend":
                return self.money(amount)
            case "spend_share":
                return percent(amount)
            case "cac":
                return f"{self.money(amount)} per visit"
            case "ltv_to_cac":
                return f"{amount:,.1f} times"
            case _:
                return f"{count(amount)} {name}"

    @property
    def symbol(self) -> str:
        """What stands before an amount of money: ``$``, or ``CHF `` with a space."""
        return _SYMBOLS.get(self.currency, f"{self.currency} ")

    @property
    def next_money(self) -> str:
        """The unit of money whose return is spoken of."""
        return "dollar" if self.currency == "USD" else f"{self.currency} 1"


def count(amount: float) -> str:
    """``3,412``; one digit after the point below ten."""
    digits = 1 if 0.05 <= abs(amount) < 9.95 else 0
    return f"{round(amount, digits) + 0.0:,.{digits}f}"


def signed(written: Callable[[float], str], amount: float) -> str:
    """An amount as ``written`` writes it, with a plus before what is above zero as shown."""
    text = written(amount)
    return f"+{text}" if amount > 0 and any(digit in "123456789" for digit in text) else text


def percent(share: float) -> str:
    """``87 %``, one digit after the point below ten per cent."""
    digits = 1 if 0 < abs(share) < 0.0995 else 0
    return f"{share * 100 + 0.0:,.{digits}f} %"


def day(monday: str) -> str:
    """``Oct 5``."""
    date = dt.date.fromisoformat(monday)
    return f"{date:%b} {date.day}"


def weeks_in_words(mondays: list[str]) -> str:
    """``in the week of Oct 5``, ``in the weeks of Oct 5 to Nov 2`` or ``in 4 weeks between Oct 5 and Nov 30``."""
    if len(mondays) == 1:
        return f"in the week of {day(mondays[0])}"
    first, last = mondays[0], mondays[-1]
    span = (dt.date.fromisoformat(last) - dt.date.fromisoformat(first)).days // 7 + 1
    if span == len(mondays):
        return f"in the weeks of {day(first)} to {day(last)}"
    return f"in {len(mondays)} weeks between {day(first)} and {day(last)}"
