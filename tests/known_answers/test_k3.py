"""Curves of three straight pieces, filled in the order of their yields.

A budget of 10,000; each curve has pieces of 2500, 3500 and 4000. Per unit of money a yields 0.1955, 0.1271 and
0.0684, b 0.1045, 0.0679 and 0.0366. In falling order: a's first piece, a's second, b's first (8500 spent so far) and
1500 of a's third, which yields 0.0684 against 0.0679: 7500 and 2500. If b must have 4000, it takes 1500 from a's last
piece to its own second: 6000 and 4000.

Yields are visits, one for every lead. A unit of money must bring 1e-6 of one, which changes no order.
"""

from __future__ import annotations

from typing import Any

import pytest

from optimizer import api
from tests.small import campaign, points_curve, small

PIECES = (2500, 3500, 4000)
YIELDS = {"a": (0.1955, 0.1271, 0.0684), "b": (0.1045, 0.0679, 0.0366)}


def points(yields: tuple[float, float, float]) -> str:
    spend, leads, text = 0.0, 0.0, "0:0"
    for width, slope in zip(PIECES, yields, strict=True):
        spend, leads = spend + width, leads + width * slope
        text += f" {spend:g}:{leads:.10g}"
    return text


def planned(**of_b: Any) -> api.Plan:
    return api.plan(
        small(
            [campaign("a"), campaign("b", **of_b)],
            [points_curve(name, points(yields), 10_000) for name, yields in YIELDS.items()],
            budget=10_000,
            objective="visits",
        )
    )


def spend(made: api.Plan) -> dict[str, float]:
    frame = made.frame()
    return dict(zip(frame["campaign"], frame["recommended_spend"], strict=True))


def test_free() -> None:
    """2500 * 0.1955 + 3500 * 0.1271 + 1500 * 0.0684 of a, 2500 * 0.1045 of b."""
    made = planned()
    assert spend(made) == {"a": 7500.0, "b": 2500.0}
    assert made.value == pytest.approx(488.75 + 444.85 + 102.6 + 261.25)


def test_with_a_floor() -> None:
    """1500 of a's 0.0684 become 1500 of b's 0.0679."""
    made = planned(min_weekly_spend=4000)
    assert spend(made) == {"a": 6000.0, "b": 4000.0}
    assert made.value == pytest.approx(488.75 + 444.85 + 261.25 + 101.85)


def test_price_of_the_budget() -> None:
    """The next unit of money goes to a's third piece."""
    prices = planned().prices.set_index("family")
    assert prices.loc["budget_total", "price"] == pytest.approx(0.0684 - 1e-6, abs=1e-9)
