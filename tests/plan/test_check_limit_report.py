"""The independent check of what is told of named limits, on the plan worked out by hand in ``test_check``."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from optimizer.errors import Finding
from optimizer.plan.check import check_plan
from tests.plan.test_check import TOTALS, scenario, tables

VISITS = 13.5 + 13.5
"""Visits at South in its two weeks, worth 200 each over a lifetime; 300 + 200 is spent there."""
GOAL = {"limit": "Goal", "quantity": "visits", "location": "South", "min": 30, "price_cap": 50}
TOLD = {"name": "Goal", "quantity": "visits", "side": "min", "weeks": "all covered weeks", "asked": 30.0,
        "achieved": 27.0, "shortfall": 3.0, "price_cap": 50.0, "penalty": 150.0}  # fmt: skip


def found(limit: dict[str, Any], *told: dict[str, Any]) -> list[Finding]:
    made = tables()
    if told:
        made["limits"] = pd.DataFrame(told)
    return check_plan(scenario(limits=[limit]), made, TOTALS)


def test_a_missed_goal_that_is_told_passes() -> None:
    assert found(GOAL, TOLD) == []


def test_a_goal_that_is_not_told_is_found() -> None:
    (finding,) = found(GOAL)
    assert finding.message == "Goal min all covered weeks: the table 'limits' lacks this row, which may be missed"


def test_a_hard_limit_that_is_missed_is_refused_whatever_is_told() -> None:
    (finding,) = found({**GOAL, "price_cap": None}, {**TOLD, "price_cap": None, "shortfall": 0.0, "penalty": 0.0})
    assert finding.message == "limit 'Goal', all weeks together: visits is 27, less than 30"


@pytest.mark.parametrize("column", ["asked", "achieved", "shortfall", "price_cap", "penalty"])
def test_every_number_that_is_told_is_found_again(column: str) -> None:
    wrong = float(TOLD[column]) * 1.001  # type: ignore[arg-type]
    (finding,) = found(GOAL, {**TOLD, column: wrong})
    assert finding.message.startswith(f"Goal min all covered weeks, {column}: limits says {wrong:,.10g}")


def test_rows_that_are_told_twice_or_made_up_are_found() -> None:
    assert "twice" in found(GOAL, TOLD, TOLD)[0].message
    (finding,) = found(GOAL, TOLD, {**TOLD, "side": "max"})
    assert "a row that the scenario has not" in finding.message


@pytest.mark.parametrize(
    ("limit", "broken"),
    [
        ({"quantity": "cac", "max": 18.6}, ""),
        ({"quantity": "cac", "max": 18.5}, "cac: spend is 500, more than 499.5"),
        ({"quantity": "ltv_to_cac", "min": 10.8}, ""),
        ({"quantity": "ltv_to_cac", "min": 10.9}, "ltv_to_cac: lifetime value is 5,400, less than 5,450"),
    ],
)
def test_ratios_of_money_and_visits(limit: dict[str, Any], broken: str) -> None:
    """500 / 27 = 18.52 a visit, and 200 * 27 / 500 = 10.8."""
    messages = [finding.message for finding in found({"limit": "Rule", "location": "South", **limit})]
    assert messages == ([f"limit 'Rule', all weeks together: {broken}"] if broken else [])


def test_a_ratio_of_each_week_compares_the_money_and_the_visits_of_that_week() -> None:
    """First week: 300 for 13.5 visits, 22.22 each; second: 200 for 13.5, 14.81 each."""
    rule = {"limit": "Rule", "location": "South", "per": "week", "quantity": "cac"}
    assert found({**rule, "max": 22.3}) == []
    (finding,) = found({**rule, "max": 22})
    assert finding.message == "limit 'Rule', 2026-01-05: cac: spend is 300, more than 297"


def test_what_a_ratio_reaches_is_found_again() -> None:
    rule = {"limit": "Rule", "location": "South", "quantity": "cac", "max": 19}
    told = {**TOLD, "name": "Rule", "quantity": "cac", "side": "max", "asked": 19.0, "achieved": 500 / VISITS,
            "shortfall": 0.0, "price_cap": None, "penalty": 0.0}  # fmt: skip
    assert found(rule, told) == []
    (finding,) = found(rule, {**told, "achieved": 18.0})
    assert "achieved: limits says 18, computed again it is 18.51851" in finding.message
