"""Smallest amounts of currencies that ad platforms take."""

from __future__ import annotations

# fmt: off
WHOLE = frozenset({"CLP", "COP", "CRC", "HUF", "ISK", "IDR", "JPY", "KRW", "PYG", "TWD", "VND"})
"""Currencies without cents: Meta's list of currencies gives them the offset 1."""
IN_CENTS = frozenset({
    "AED", "ARS", "AUD", "BDT", "BGN", "BHD", "BOB", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "DZD", "EGP", "EUR",
    "GBP", "GTQ", "HKD", "HNL", "HRK", "ILS", "INR", "JOD", "KES", "LTL", "LVL", "MOP", "MXN", "MYR", "NGN", "NIO",
    "NOK", "NZD", "PEN", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SEK", "SGD", "SKK", "THB", "TRY",
    "UAH", "USD", "UYU", "VES", "ZAR",
})
"""Currencies that the same list gives the offset 100, whatever their own coins are."""
# fmt: on


def minor_units(currency: str) -> int:
    """How many of the smallest amounts that a daily budget is written in make one unit of the currency: 1 or 100."""
    return 1 if currency in WHOLE else 100
