"""Names of markets and clinics that do not exist."""

from __future__ import annotations

import itertools

import numpy as np

MARKET = 10
"""Clinics of a full market."""

_FIRST = ("Ash", "Bramble", "Cedar", "Clear", "Elm", "Fair", "Glen", "Hazel", "High", "Kings", "Lin", "Maple", "Mill",
          "North", "Oak", "Pine", "Quarry", "Red", "Rose", "Silver", "South", "Stone", "Thorn", "Wal", "Wester",
          "White", "Willow", "Wood")  # fmt: skip
_SECOND = ("bridge", "brook", "dale", "field", "ford", "haven", "mere", "port", "ridge", "ton", "view", "water")
_DISTRICTS = ("Central", "Northside", "Harbour", "Westgate", "Lakeside", "Riverside", "Hillcrest", "Station", "Park",
              "Eastgate")  # fmt: skip


def market_names(count: int) -> list[str]:
    """Names of towns, spread over the alphabet; beyond 336 they begin again with a number."""
    names = [first + second for second, first in itertools.product(_SECOND, _FIRST)]
    spread = np.arange(count) * 61 % len(names)  # 61 and 336 have no common factor
    return [names[at] + (f" {number // len(names) + 1}" * (number >= len(names))) for number, at in enumerate(spread)]


def clinic_names(count: int) -> list[str]:
    """Names of clinics, ten to a market: a town and its district."""
    markets = market_names(-(-count // MARKET))
    return [f"{markets[number // MARKET]} {_DISTRICTS[number % MARKET]}" for number in range(count)]
