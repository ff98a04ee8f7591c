"""Laws of limits that may be missed: they lie between no limit and a hard one, and their price says where."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.markets import Market, Row, law, markets
from tests.laws.test_program import not_above, value
from tests.model.certified import solve_certified

AMOUNTS = {"spend": 400, "leads": 15, "bookings": 8, "visits": 6}


@st.composite
def goals(draw: st.DrawFn) -> Row:
    """A most or a least of any amount, of the group or of one clinic, over the window or each week."""
    quantity = draw(st.sampled_from(sorted(AMOUNTS)))
    return {
        "limit": "Goal",
        "quantity": quantity,
        "per": draw(st.sampled_from(["week", "window"])),
        draw(st.sampled_from(["min", "max"])): AMOUNTS[quantity],
    }


def with_goal(market: Market, goal: Row, **more: Any) -> Market:
    return market.with_rows("limits", [*market.tables["limits"], {**goal, **more}])


@law
@given(markets(), goals(), st.sampled_from([0.5, 20, 500]))
def test_a_soft_limit_never_helps(market: Market, goal: Row, cap: float) -> None:
    assert not_above(value(with_goal(market, goal, price_cap=cap)), value(market))


@law
@given(markets(), goals())
def test_a_price_of_nothing_changes_nothing(market: Market, goal: Row) -> None:
    assert value(with_goal(market, goal, price_cap=0)) == pytest.approx(value(market), rel=1e-7, abs=1e-7)


@law
@given(markets(), goals(), st.sampled_from([1, 50]))
def test_a_higher_price_never_helps(market: Market, goal: Row, cap: float) -> None:
    low, high = (value(with_goal(market, goal, price_cap=price)) for price in (cap, 4 * cap))
    assert not_above(high, low)


@law
@given(markets(), goals(), st.sampled_from([1, 50, 1000]))
def test_no_unit_costs_more_than_its_price(market: Market, goal: Row, cap: float) -> None:
    """Every price is within the cap, and is the cap where the limit is missed."""
    solution = solve_certified(with_goal(market, goal, price_cap=cap).scenario())
    prices, missed = solution.price_of("soft_limits"), solution.of("shortfall")
    assert (abs(prices) <= cap * (1 + 1e-6)).all()
    assert abs(prices[missed > 1e-6]) == pytest.approx(cap, rel=1e-6)


@law
@given(markets(), st.sampled_from(["spend", "bookings", "visits"]), st.sampled_from(["week", "window"]))
def test_a_price_beyond_all_worth_is_a_hard_limit(market: Market, quantity: str, per: str) -> None:
    """A most of what is bought or booked can always be kept, and no unit of it is worth a hundred thousand."""
    most = {"limit": "Most", "quantity": quantity, "per": per, "max": AMOUNTS[quantity]}
    soft, hard = with_goal(market, most, price_cap=1e5), with_goal(market, most)
    assert value(soft) == pytest.approx(value(hard), rel=1e-6, abs=1e-6)
