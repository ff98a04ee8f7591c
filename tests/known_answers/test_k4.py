"""Nothing to gain: five campaigns that bring the same whatever they spend.

Each spends 1000 a week today and may move by 50, 40, 30, 20 and 10 %. The budget of 5000 is an upper bound, so the
right plan spends no more than it must, 500 + 600 + 700 + 800 + 900 = 3500, and says why the other 1500 stay.
"""

from __future__ import annotations

from functools import cache
from typing import cast

import pytest

from optimizer import api
from tests.small import campaign, points_curve, small

MOVES = {"a": 0.5, "b": 0.4, "c": 0.3, "d": 0.2, "e": 0.1}
TODAY = 1000.0


@cache
def plan() -> api.Plan:
    rows = [
        campaign(
            name,
            current_weekly_spend=TODAY,
            min_weekly_spend=TODAY * (1 - move),
            max_weekly_spend=TODAY * (1 + move),
        )
        for name, move in MOVES.items()
    ]
    return api.plan(
        small(rows, [points_curve(name, "0:0 2000:0", 2000) for name in MOVES], budget=5000, objective="ltv")
    )


def test_spends_only_what_it_must() -> None:
    made = plan()
    spend = made.frame().set_index("campaign")["recommended_spend"].to_dict()
    assert spend == {"a": 500.0, "b": 600.0, "c": 700.0, "d": 800.0, "e": 900.0}
    assert made.spend == 3500.0
    assert made.value == pytest.approx(-3500)


def test_says_why_the_rest_is_unspent() -> None:
    unspent = cast("dict[str, object]", plan().summary["unspent"])
    assert unspent["amount"] == 1500.0
    assert str(unspent["reason"]).strip()


def test_every_campaign_is_said_to_be_at_its_floor() -> None:
    assert set(plan().frame()["reason_code"]) == {"floor"}


def test_money_beyond_the_floors_is_worth_nothing() -> None:
    prices = plan().prices
    assert prices.loc[prices["family"] == "budget_total", "price"].tolist() == pytest.approx([0], abs=1e-12)
    assert prices.loc[prices["family"] == "campaign_spend", "price"].tolist() == pytest.approx([-1.0] * 5)
