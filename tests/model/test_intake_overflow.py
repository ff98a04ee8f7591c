from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from optimizer.model.columns import PRICE_OF_MONEY
from optimizer.model.intake_overflow import intake_overflow
from optimizer.scenario.definition import Objective
from optimizer.scenario.read import Scenario, scenario_from_frames
from tests.model.certified import price, program_of, slopes_of_row, solve_certified, spend_of, values
from tests.model.desk import LATE_REQUESTS, desk, hours_in_time
from tests.model.render import golden, rendered
from tests.small import WEEKS

LATE_HOUR = 100 * LATE_REQUESTS
"""What an hour of leads loses when it is answered late."""
HOUR = 180 - LATE_HOUR
"""What an hour earns that answers late: two leads of Search at 100 - 10 each, less what late ones lose."""


def overflowing(hours: float, cost: float, **more: Any) -> Scenario:
    """A desk with 80 paid hours for leads of up to 100."""
    return desk(paid_hours=80, overflow_hours=hours, overflow_cost_per_hour=cost, **more)


def test_hand_worked() -> None:
    """Twelve hours at 20 each are bought: each answers two more leads of Search, late.

    They earn 180 - 142.86 = 37.14 an hour, so one more would be worth 37.14 - 20 = 17.14. Search spends
    600 + 12 * 2 * 10 = 840; of 92 hours all but the H in time are late. The leads are 200 + 84 = 284.
    Value: 100 * 284 - 1840 - 12 * 20 - 142.86 * (92 - H).
    """
    scenario = overflowing(12, 20)
    late = 92 - hours_in_time(scenario)
    solution = solve_certified(scenario)
    assert spend_of(solution) == {"A": pytest.approx([840]), "B": pytest.approx([1000])}
    assert list(values(solution, "overflow").values()) == pytest.approx([12])
    assert list(values(solution, "late").values()) == pytest.approx([late])
    assert solution.objective == pytest.approx(28_400 - 1840 - 240 - LATE_HOUR * late)
    assert price(solution, "intake_overflow") == pytest.approx(HOUR - 20)


def test_what_is_bought_never_answers_in_time() -> None:
    """Free overflow without end is no more than enough paid hours: the hours in time are the same."""
    free, paid = solve_certified(overflowing(1000, 0)), solve_certified(desk(paid_hours=1000, agents=3))
    assert hours_in_time(overflowing(1000, 0)) < hours_in_time(desk(paid_hours=1000))
    late = list(values(free, "late").values())
    assert late == pytest.approx([100 - hours_in_time(overflowing(1000, 0))])
    assert free.objective < paid.objective


def test_events_do_not_change_what_can_be_bought() -> None:
    """Half the staff for a week: the agency still sells twelve hours."""
    plain = overflowing(12, 20)
    event = {"event": "Flu", "first_week": WEEKS[0], "last_week": WEEKS[0], "intake_multiplier": 0.5}
    frames = {name: table.frame for name, table in plain.tables.items()}
    definition = plain.definition.model_dump(mode="json", exclude_none=True)
    shaken = scenario_from_frames(definition, {**frames, "calendar_events": pd.DataFrame([event])})
    assert list(values(solve_certified(shaken), "overflow").values()) == pytest.approx([12])


@pytest.mark.parametrize("objective", [Objective.VISITS, Objective.BOOKINGS])
def test_money_hardly_counts_where_visits_do(objective: Objective) -> None:
    """At 20 an hour and 10 a lead: an hour for a millionth of a visit per unit of money, and 40 % of two visits."""
    scenario = overflowing(12, 20)
    counted = replace(scenario, definition=scenario.definition.model_copy(update={"objective": objective}))
    solution = solve_certified(counted)
    column = solution.program.column_block("overflow")
    assert column.worth == pytest.approx([-20 * PRICE_OF_MONEY])
    assert solution.of("overflow") == pytest.approx([12])


def test_golden_rows() -> None:
    assert rendered(overflowing(12, 20), intake_overflow) == golden("intake_overflow")


def test_no_row_where_nothing_is_for_sale() -> None:
    assert rendered(desk(), intake_overflow) == []


@pytest.mark.parametrize(("hours", "cost", "bought"), [(30, 20, 20), (30, HOUR + 1, 0)])
def test_slack(hours: float, cost: float, bought: float) -> None:
    """Twenty hours are enough for all leads; above 37.14 an hour none is worth its price."""
    solution = solve_certified(overflowing(hours, cost))
    assert solution.of("overflow") == pytest.approx([bought], abs=1e-9)
    assert price(solution, "intake_overflow") == pytest.approx(0, abs=1e-9)


def test_price_is_finite_difference() -> None:
    program = program_of(overflowing(12, 20))
    assert slopes_of_row(program, "intake_overflow", 0, 1.0) == pytest.approx((HOUR - 20, HOUR - 20))
