"""A scenario moved on to a week: what is left of its limits, months and events, by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer.scenario.read import Scenario
from optimizer.scenario.tables import TABLES
from optimizer.weekly.record import Known, known_from
from optimizer.weekly.roll import Span, rolled_definition, rolled_events, rolled_limits, span_of, spent_so_far
from tests.small import WEEKS
from tests.weekly.weeks import MONDAYS, scenario

THIRD = MONDAYS[2]


def limit(**more: Any) -> dict[str, Any]:
    blank = {column.name: np.nan if column.unit else "" for column in TABLES["limits"].columns}
    return {**blank, "limit": "x", "quantity": "spend", **more}


def spent(rows: dict[str, tuple[float, float]]) -> Known:
    """Spend and leads of each campaign in each of the first two weeks."""
    frame = pd.DataFrame(
        [
            {"campaign": name, "week": week, "spend": money, "leads": leads}
            for name, (money, leads) in rows.items()
            for week in WEEKS[:2]
        ]
    )
    base = known_from(scenario())
    return Known(base.scenario, base.budgets, spent=frame)


TOLD = spent({"a": (500.0, 25.0), "b": (300.0, 10.0), "c": (100.0, 1.0)})


def left(row: dict[str, Any], made: Scenario | None = None) -> tuple[dict[str, Any] | None, list[str]]:
    """A limit in the third of four weeks."""
    made = made or scenario()
    span = span_of(made.definition, THIRD)
    rows, notes = rolled_limits(pd.DataFrame([row]), made, span, spent_so_far(made, TOLD, span))
    return (rows.to_dict("records")[0] if len(rows) else None), notes


@pytest.mark.parametrize(
    ("given", "sides"),
    [
        ({"min": 5000.0}, {"min": 5000.0 - 1800}),
        ({"max": 5000.0, "campaign": "a"}, {"max": 4000.0}),
        ({"max": 5000.0, "location": "North"}, {"max": 3400.0}),
        ({"max": 5000.0, "market": "all"}, {"max": 3200.0}),
        ({"min": 1000.0, "max": 1500.0}, {"min": 0.0, "max": 0.0}),
        ({"quantity": "leads", "max": 100.0, "location": "North"}, {"max": 30.0}),
        ({"max": 5000.0, "first_week": WEEKS[1]}, {"max": 4100.0}),
        ({"max": 700.0, "per": "week"}, {"max": 700.0}),
        ({"quantity": "cac", "max": 170.0}, {"max": 170.0}),
        ({"quantity": "spend_share", "max": 0.3, "campaign": "a"}, {"max": 0.3}),
    ],
)
def test_what_is_left_of_a_limit(given: dict[str, Any], sides: dict[str, float]) -> None:
    row, notes = left(limit(**given))
    assert row is not None
    assert {side: row[side] for side in ("min", "max") if not np.isnan(row[side])} == sides
    assert notes == []


def test_a_goal_on_visits_keeps_its_part_by_weeks() -> None:
    """Two of four weeks are planned: half of 60."""
    row, notes = left(limit(quantity="visits", min=60.0))
    assert row is not None
    assert row["min"] == 30.0
    assert notes == ["limit 'x': 2 of its 4 weeks are planned, so that part of it is left"]


def test_limits_that_are_over_or_begin_after_the_plan_are_left_out() -> None:
    assert left(limit(max=1.0, last_week=WEEKS[1])) == (None, [])
    short = scenario(weekly={"horizon_weeks": 1})
    assert left(limit(max=1.0, first_week=WEEKS[3]), short) == (None, [])
    row, _ = left(limit(max=1.0, first_week=WEEKS[3]))
    assert row is not None
    assert row["first_week"] == WEEKS[3]


def test_a_horizon_takes_its_part_of_what_is_left() -> None:
    """3,200 of the 5,000 is left for two weeks, and one is planned."""
    row, _ = left(limit(max=5000.0), scenario(weekly={"horizon_weeks": 1}))
    assert row is not None
    assert row["max"] == 1600.0


def test_months_keep_what_is_not_spent() -> None:
    """January has the weeks up to the 26th, February the rest; 1,800 of January's 4,000 is spent."""
    made = scenario(weeks=6, budget={"total": 10000.0, "per_month": {"2026-01": 4000.0, "2026-02": 3000.0}})
    span = span_of(made.definition, THIRD)
    rolled = rolled_definition(made.definition, span, spent_so_far(made, TOLD, span))
    assert rolled.budget.per_month == {"2026-01": 2200.0, "2026-02": 3000.0}
    assert (rolled.budget.total, rolled.calendar.weeks) == (8200.0, 4)
    later = span_of(made.definition, MONDAYS[4])
    gone = rolled_definition(made.definition, later, spent_so_far(made, TOLD, later))
    assert gone.budget.per_month == {"2026-02": 3000.0}
    assert gone.budget.total == 8200.0 - 2 * 1200.0


def test_events_that_are_over_are_left_out_and_those_of_later_patients_kept() -> None:
    def event(name: str, first: str, last: str, **more: Any) -> dict[str, Any]:
        blank = {column.name: 1.0 if column.unit or "multiplier" in column.name else ""
                 for column in TABLES["calendar_events"].columns}  # fmt: skip
        return {**blank, "event": name, "first_week": first, "last_week": last, **more}

    events = pd.DataFrame(
        [
            event("over", WEEKS[0], WEEKS[1], blackout="yes"),
            event("on", WEEKS[1], WEEKS[2], blackout="yes"),
            event("after", WEEKS[4], WEEKS[4], blackout="yes"),
            event("later patients", WEEKS[4], WEEKS[4], slot_multiplier=0.5),
            event("far", "2026-06-01", "2026-06-01", slot_multiplier=0.5),
        ]
    )
    span = Span(MONDAYS[0], THIRD, 2, 2, 4)
    assert rolled_events(events, span, 3)["event"].tolist() == ["on", "later patients"]


def test_a_day_that_is_no_monday_names_the_one_before() -> None:
    from optimizer.errors import UsageError

    with pytest.raises(UsageError, match="by its Monday, 2026-01-12"):
        span_of(scenario().definition, dt.date(2026, 1, 14))
