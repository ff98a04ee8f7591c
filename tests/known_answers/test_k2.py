"""Rules on shares of the money, solved by hand.

Maximise 0.25 a + 0.18 b + 0.10 c with a + b + c at most 500,000, a between 45 % and 55 % of the money, b at least
50,000, c at least 25,000, and at least 15,000,000 impressions at 29.41, 40 and 62.5 per unit of money.

The best is a at its 55 %, c at its floor and b the rest: 275,000, 200,000 and 25,000. That is worth 68,750 + 36,000 +
2,500 = 107,250 and brings 17.65 million impressions. Another unit of budget brings 0.55 of a and 0.45 of b, 0.2185.
Another unit that a may take from b brings 0.25 - 0.18 = 0.07; one that c must take from b loses 0.18 - 0.10 = 0.08.

Impressions are the leads here and the worth is in visits, so a campaign's booking rate is its worth per unit of money
over its impressions. A unit of money must bring at least 1e-6 visits, which is what the prices of money are lower by.
"""

from __future__ import annotations

from functools import cache

import pytest

from optimizer import api
from tests.small import campaign, line_curve, small

CAMPAIGNS = {"a": (29.41, 0.25), "b": (40.0, 0.18), "c": (62.5, 0.10)}
"""Impressions and worth of a unit of money."""
LEAST_WORTH = 1e-6


@cache
def plan() -> api.Plan:
    return api.plan(
        small(
            [campaign(name, channel=name) for name in CAMPAIGNS],
            [line_curve(name, impressions, 500_000) for name, (impressions, _) in CAMPAIGNS.items()],
            budget=500_000,
            objective="visits",
            slots=1e9,
            tables={
                "funnel": [
                    {"service_line": "Care", "channel": name, "booking_rate": worth / impressions}
                    for name, (impressions, worth) in CAMPAIGNS.items()
                ],
                "limits": [
                    {"limit": "a's share", "quantity": "spend_share", "campaign": "a", "min": 0.45, "max": 0.55},
                    {"limit": "b's floor", "quantity": "spend", "campaign": "b", "min": 50_000},
                    {"limit": "c's floor", "quantity": "spend", "campaign": "c", "min": 25_000},
                    {"limit": "impressions", "quantity": "leads", "min": 15_000_000},
                ],
            },
        )
    )


def price_of(limit: str, side: str) -> float:
    prices = plan().prices
    (price,) = prices.loc[prices["limit_text"].str.contains(limit) & (prices["side"] == side), "price"]
    return float(price)


def test_spend_and_value() -> None:
    made = plan()
    spend = made.frame().set_index("campaign")["recommended_spend"].to_dict()
    assert spend == {"a": 275_000.0, "b": 200_000.0, "c": 25_000.0}
    assert made.value == pytest.approx(107_250, abs=0.01)
    assert made.frame()["leads"].sum() == pytest.approx(29.41 * 275_000 + 40 * 200_000 + 62.5 * 25_000)


def test_price_of_the_budget() -> None:
    assert price_of("the budget", "most") == pytest.approx(0.2185 - LEAST_WORTH, abs=1e-9)


def test_prices_of_the_rules() -> None:
    """The budget is spent either way, so the least worth of money is no part of these."""
    assert price_of("a's share", "most") == pytest.approx(0.07, abs=1e-9)
    assert price_of("c's floor", "least") == pytest.approx(-0.08, abs=1e-9)


def test_prices_of_rules_with_room() -> None:
    assert price_of("a's share", "least") == pytest.approx(0, abs=1e-9)
    assert price_of("b's floor", "least") == pytest.approx(0, abs=1e-9)
    assert price_of("impressions", "least") == pytest.approx(0, abs=1e-12)
