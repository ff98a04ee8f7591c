"""Two campaigns whose responses level off, and the budget that splits them by a formula.

Response ``L x / (k + x)`` with L = (10, 20) and k = (5, 10) on a budget of 30, and room for every patient. Where the
next unit of money brings as much on both, ``L k / (k + x)**2 = mu``, so ``x = sqrt(L k / mu) - k``. With mu = 2/9 that
is sqrt(225) - 5 = 10 and sqrt(900) - 10 = 20: the whole budget. The response is 10 * 10 / 15 + 20 * 20 / 30 = 20.

Money is stated in cents, so the same problem is planned with every amount of money a thousand times as large: the
spend is (10,000, 20,000), the response stays 20, and a unit of money brings 2/9000.
"""

from __future__ import annotations

from functools import cache

import pytest

from optimizer import api
from tests.small import campaign, small

THOUSAND = 1000.0


@cache
def plan() -> api.Plan:
    curves = [
        {
            "campaign": name,
            "form": "michaelis_menten",
            "max_leads": most,
            "half_spend": half * THOUSAND,
            "observed_max_weekly_spend": 30 * THOUSAND,
        }
        for name, most, half in (("A", 10, 5), ("B", 20, 10))
    ]
    return api.plan(
        small(
            [campaign("A"), campaign("B")],
            curves,
            budget=30 * THOUSAND,
            objective="visits",
            policies={"curve_steps": 400},
        )
    )


def test_response() -> None:
    """The response is flat around the optimum, so steps cost it almost nothing: 1e-6 of it."""
    assert plan().value == pytest.approx(20, rel=1e-6)


def test_spend() -> None:
    """Steps end every 1/384 of the 30,000 around the answer: 78 of money, which is 0.08 of the original problem."""
    spend = plan().frame().set_index("campaign")["recommended_spend"]
    assert spend["A"] / THOUSAND == pytest.approx(10, abs=0.08)
    assert spend["B"] / THOUSAND == pytest.approx(20, abs=0.08)
    assert spend.sum() == pytest.approx(30 * THOUSAND, abs=0.005)


def test_price_of_the_budget() -> None:
    """The price is the slope of a step, not of the curve; steps of 78 on a curve that bends over 15,000 are 1 % off.

    What a unit of money must bring at least, 1e-6 visits, is taken off.
    """
    prices = plan().prices.set_index("family")
    assert prices.loc["budget_total", "price"] == pytest.approx(2 / 9 / THOUSAND - 1e-6, rel=0.01)
