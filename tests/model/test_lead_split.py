from __future__ import annotations

import pytest

from optimizer.model.lead_split import lead_split
from optimizer.scenario.read import Scenario
from tests.model.certified import price, program_of, slopes_of_row, solve_certified, spend_of, values
from tests.model.desk import desk
from tests.model.render import golden, rendered


def nobody_in_time() -> Scenario:
    """No seat is staffed in opening hours, so every lead is answered late; Social may spend 300."""
    return desk(agents=0, paid_hours=1000, social_max=300)


def test_hand_worked() -> None:
    """No more leads are late than there are, even if the hours ask for it.

    No hour is in time, so the hours of S leads of Search and W of Social have to be spared by late leads of 0.35 hours
    each: 0.5 S + 0.25 W <= 0.35 late. All leads are late at most, late <= S + W, so 0.15 S <= 0.1 W. Social's 300
    bring W = 60, so S = 40, for 400. A late lead is worth 50: value 50 * 100 - 700 = 4300.

    If one lead more could be late, 0.15 S <= 0.1 * 60 + 0.35: S rises by 0.35 / 0.15 = 7/3, late by 7/3 + 1 = 10/3.
    That gains 100 * 7/3 - 50 * 10/3 - 10 * 7/3 = 130/3: the price.
    """
    solution = solve_certified(nobody_in_time())
    assert spend_of(solution) == {"A": pytest.approx([400]), "B": pytest.approx([300])}
    assert list(values(solution, "late").values()) == pytest.approx([100])
    assert solution.objective == pytest.approx(4300)
    assert price(solution, "lead_split") == pytest.approx(130 / 3)


def test_golden_rows() -> None:
    assert rendered(nobody_in_time(), lead_split) == golden("lead_split")


def test_slack() -> None:
    """With three agents some leads are answered in time, and the others can all be late."""
    assert price(solve_certified(desk()), "lead_split") == pytest.approx(0, abs=1e-9)


def test_price_is_finite_difference() -> None:
    program = program_of(nobody_in_time())
    assert slopes_of_row(program, "lead_split", 0, 1.0) == pytest.approx((130 / 3, 130 / 3))
