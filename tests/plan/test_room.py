"""Where more money could go and what stops it: every amount by hand, and found again by the checker."""

from __future__ import annotations

import pandas as pd
import pytest

from optimizer import api
from optimizer.plan.check import check_plan
from optimizer.plan.planner import Plan
from optimizer.plan.summary import totals
from tests.small import campaign, line_curve, small


@pytest.fixture(scope="module")
def plan() -> Plan:
    """One week, 700 to spend. Curves end at 1000; a dollar at a brings 10, at b 5, at c half of what it costs.

    a may spend 300, b takes the other 400 of the budget, c is not worth it, d is not ready.
    """
    return api.plan(
        small(
            [campaign("a", max_weekly_spend=300.0), campaign("b"), campaign("c"), campaign("d", tracking_ready="no")],
            [line_curve(name, leads, 1000) for name, leads in (("a", 0.1), ("b", 0.05), ("c", 0.005), ("d", 0.1))],
            budget=700,
        )
    )


def test_hand_worked(plan: Plan) -> None:
    room = plan.frame("room").set_index("campaign")
    told = room[["may_spend", "curve_end", "room", "held_room"]].to_dict("index")
    assert told["a"] == {"may_spend": 300, "curve_end": 1000, "room": 0, "held_room": 700}
    assert told["b"] == {"may_spend": 1000, "curve_end": 1000, "room": 600, "held_room": 0}
    assert told["c"] == {"may_spend": 1000, "curve_end": 1000, "room": 1000, "held_room": 0}
    assert told["d"] == {"may_spend": 0, "curve_end": 1000, "room": 0, "held_room": 1000}
    assert room["held_by"].to_dict() == {"a": "max_weekly_spend", "b": "", "c": "", "d": "not_ready"}
    assert room["stopped_by"].to_dict() == {"a": "", "b": "budget", "c": "budget", "d": "not_ready"}


def findings(plan: Plan, room: pd.DataFrame) -> list[str]:
    found = check_plan(plan.scenario, {**plan.tables, "room": room}, totals(plan.outcome))
    return [finding.message for finding in found if finding.check == "room"]


def test_the_table_as_it_is_passes(plan: Plan) -> None:
    assert findings(plan, plan.frame("room")) == []


@pytest.mark.parametrize("column", ["may_spend", "curve_end", "room", "held_room"])
def test_a_wrong_amount_is_found(plan: Plan, column: str) -> None:
    room = plan.frame("room")
    room.loc[1, column] += 1
    (found,) = findings(plan, room)
    assert found.startswith(f"b 2026-01-05, {column}: room says ")


def test_rows_that_lack_are_doubled_or_unknown_are_found(plan: Plan) -> None:
    room = plan.frame("room")
    assert findings(plan, room.iloc[1:]) == ["a 2026-01-05: the table 'room' lacks this row"]
    assert findings(plan, pd.concat([room, room.iloc[:1]])) == ["a 2026-01-05: the table 'room' has this row twice"]
    other = room.iloc[:1].assign(campaign="z")
    assert findings(plan, pd.concat([room, other])) == [
        "z 2026-01-05: the table 'room' has a row that the scenario has not"
    ]


def test_a_ceiling_that_is_no_whole_cent_is_told_as_it_can_be_spent() -> None:
    made = api.plan(small([campaign("a", max_weekly_spend=300.129)], [line_curve("a", 0.1, 1000)]))
    assert made.frame("room")["may_spend"].tolist() == [300.12]
