from __future__ import annotations

import pytest

from optimizer.model.changed_campaigns import changed_campaigns
from tests.model.certified import certified, price, row_of, shifted, solve_certified, spend_of, value_of
from tests.model.render import golden, rendered
from tests.model.test_unchanged_spend import scenario


def test_hand_worked() -> None:
    """A gains 900 * 4 = 3600, B 900 * 2 = 1800 and C 100 * 0.5 = 50 on today's 100 * (4 + 2 - 0.5) = 550."""
    values = [value_of(scenario(most)) for most in range(4)]
    assert values == pytest.approx([550, 550 + 3600, 550 + 3600 + 1800, 550 + 3600 + 1800 + 50])
    unchanged = spend_of(solve_certified(scenario(0)))
    assert [spend[0] for spend in unchanged.values()] == pytest.approx([100, 100, 100])


def test_golden_rows() -> None:
    assert rendered(scenario(), changed_campaigns) == golden("changed_campaigns")


def test_slack() -> None:
    """More than there are campaigns is no limit: 1000 * 4 + 1000 * 2."""
    assert value_of(scenario(9)) == pytest.approx(value_of(scenario(None))) == pytest.approx(6000)


def test_price_is_finite_difference() -> None:
    """Half a campaign more changes nothing; what a whole one brings is no price of a linear program."""
    solution = solve_certified(scenario())
    row = row_of(solution.program, "changed_campaigns")
    assert price(solution, "changed_campaigns") == pytest.approx(0)
    moved = shifted(solution.program, "changed_campaigns", row, 1.0)
    assert certified(moved).objective - solution.objective == pytest.approx(0)


def test_there_is_no_row_without_the_policy() -> None:
    assert rendered(scenario(None), changed_campaigns) == []
