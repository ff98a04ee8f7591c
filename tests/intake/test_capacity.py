"""What is left for leads after baseline contacts and an opening backlog, worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer.intake.capacity import backlog_notes, intake_hours, worked_off
from optimizer.model.setting import established
from optimizer.plan.recompute_tables import ground_of
from optimizer.scenario.facts import Facts
from optimizer.scenario.read import Scenario
from tests.small import WEEKS, campaign, line_curve, small


def scenario(backlog: float, *weekly: dict[str, Any]) -> Scenario:
    """One agent without shrinkage, 10 paid hours a week; every contact takes 12 minutes, an hour is five of them."""
    rows = [
        {"intake_team": "Desk", "week": WEEKS[week], "agents": 1, "paid_hours": 10, "handling_minutes": 12, **more}
        for week, more in enumerate(weekly)
    ]
    rows[0]["opening_backlog"] = backlog
    level = {"service_level": {"share": 0.1, "seconds": 0}}
    places = [{"location": "North", "intake_team": "Desk"}]
    tables = {"locations": places, "intake_teams": rows}
    return small([campaign("A")], [line_curve("A", 0.1, 1000)], weeks=len(weekly), policies=level, tables=tables)


def facts_of(backlog: float, *weekly: dict[str, Any]) -> Facts:
    return established(scenario(backlog, *weekly))


def test_a_backlog_goes_before_the_leads() -> None:
    """Answered at once by 1 - load = 0.1 of one agent's time: 9 of 10 hours in time. 20 contacts take 4 hours."""
    hours = intake_hours(facts_of(20, {}))
    assert hours.backlog[0] == pytest.approx([4])
    assert hours.paid[0] == pytest.approx([6])
    assert hours.in_time[0] == pytest.approx([5])


def test_what_does_not_fit_goes_on_to_the_next_week() -> None:
    """10 hours less 25 baseline contacts are 5 hours, 25 contacts: 60 take two weeks and 10 are 2 hours."""
    busy = {"baseline_contacts": 25}
    hours = intake_hours(facts_of(60, busy, busy, busy, busy))
    assert hours.baseline[0] == pytest.approx([5, 5, 5, 5])
    assert hours.backlog[0] == pytest.approx([5, 5, 2, 0])
    assert hours.paid[0] == pytest.approx([0, 0, 3, 5])
    assert hours.in_time[0] == pytest.approx([0, 0, 2, 4])


def test_a_closed_week_is_passed_over() -> None:
    hours = intake_hours(facts_of(20, {"paid_hours": 0}, {}))
    assert hours.backlog[0] == pytest.approx([0, 4])


def test_contacts_and_not_hours_go_on_where_they_take_longer() -> None:
    """50 of 80 contacts fit into the first 10 hours of 12 minutes; the other 30 take half an hour each: 10, then 5."""
    longer = {"handling_minutes": 30}
    hours = intake_hours(facts_of(80, {}, longer, longer))
    assert hours.backlog[0] == pytest.approx([10, 10, 5])


def test_bought_hours_work_nothing_off() -> None:
    more = {"overflow_hours": 5, "overflow_cost_per_hour": 1}
    assert intake_hours(facts_of(60, more, more)).backlog[0] == pytest.approx([10, 2])


@pytest.mark.parametrize(
    ("backlog", "said"),
    [
        (20, "Desk works off 20 waiting contacts before any lead; they count"),
        (60, "Desk works off 60 waiting contacts before any lead, over 2 weeks; they count"),
        (130, "Desk works off 130 waiting contacts before any lead, over 2 weeks; 30 of them still wait at the end;"),
    ],
)
def test_what_is_said_of_a_backlog(backlog: float, said: str) -> None:
    facts = facts_of(backlog, {}, {})
    (note,) = backlog_notes(facts, intake_hours(facts))
    assert note.startswith(said)
    assert note.endswith("they count as no booking, because nobody knows what they ask for")


def test_nothing_is_said_of_none() -> None:
    facts = facts_of(0, {})
    assert backlog_notes(facts, intake_hours(facts)) == []


@pytest.mark.parametrize("backlog", [0, 20, 60, 130, 1000])
def test_the_checker_finds_the_same_hours(backlog: float) -> None:
    """Two ways to the same numbers: sums over the weeks here, week after week there."""
    given = scenario(backlog, {"baseline_contacts": 25}, {"handling_minutes": 30}, {"paid_hours": 0}, {})
    hours, ground = intake_hours(established(given)), ground_of(given)
    for name, array in (("backlog_hours", hours.backlog), ("hours_paid", hours.paid), ("hours_in_time", hours.in_time)):
        assert ground.intake[name].to_numpy() == pytest.approx(array, abs=1e-12)


def test_no_more_is_worked_off_than_waits() -> None:
    done = worked_off(np.array([3.0, 0.0, 9.0]), np.array([[1.0, 5.0], [1.0, 1.0], [0.5, 1.0]]))
    assert done.tolist() == [[1, 2], [0, 0], [0.5, 1]]
