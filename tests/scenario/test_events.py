"""Events by hand: what they do to slots and staffing, and those that touch nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from optimizer.errors import Problem, ScenarioError
from optimizer.model.setting import established
from optimizer.scenario.facts import Facts
from tests.small import WEEKS, campaign, line_curve, small

PLACES = [
    {"location": "North", "market": "East", "intake_team": "Desk"},
    {"location": "South", "market": "West", "intake_team": "Other"},
]


def facts(*events: Mapping[str, Any]) -> Facts:
    """Two clinics with 10 slots a week, two teams of 4 agents and 100 hours, three planned weeks."""
    staffing = [
        {"intake_team": team, "week": week, "agents": 4.0, "paid_hours": 100.0, "handling_minutes": 6.0}
        for team in ("Desk", "Other")
        for week in WEEKS
    ]
    rows = [{"event": f"E{place}", **event} for place, event in enumerate(events)]
    return established(
        small(
            [campaign("a"), campaign("b", location="South")],
            [line_curve("a", 0.05, 1000), line_curve("b", 0.05, 1000)],
            weeks=3,
            slots=10.0,
            tables={"locations": PLACES, "intake_teams": staffing, "calendar_events": rows},
        )
    )


def weeks(first: int, last: int) -> dict[str, str]:
    return {"first_week": WEEKS[first], "last_week": WEEKS[last]}


def test_overlapping_events_multiply() -> None:
    """Half everywhere in weeks 1 and 2, and 1.2 times as much at North in weeks 2 and 3."""
    found = facts({**weeks(0, 1), "slot_multiplier": 0.5}, {"location": "North", **weeks(1, 2), "slot_multiplier": 1.2})
    assert found.slots.tolist() == [[5.0, 6.0, 12.0], [5.0, 5.0, 10.0]]
    assert found.staffing.agents.tolist() == [[4.0] * 3] * 2


@pytest.mark.parametrize("scope", [{"market": "West"}, {"location": "South"}, {"intake_team": "Other"}])
def test_slots_by_every_scope(scope: Mapping[str, str]) -> None:
    assert facts({**scope, **weeks(1, 1), "slot_multiplier": 0.0}).slots.tolist() == [[10.0] * 3, [10.0, 0.0, 10.0]]


def test_intake_multiplies_agents_and_paid_hours_of_its_team() -> None:
    found = facts({"intake_team": "Desk", **weeks(2, 2), "intake_multiplier": 0.75})
    assert found.staffing.agents.tolist() == [[4.0, 4.0, 3.0], [4.0] * 3]
    assert found.staffing.paid_hours.tolist() == [[100.0, 100.0, 75.0], [100.0] * 3]
    assert found.slots.tolist() == [[10.0] * 3] * 2


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({**weeks(1, 0), "slot_multiplier": 0.5}, "ends 2026-01-05, before it begins 2026-01-12"),
        (weeks(0, 0), "changes nothing"),
        ({"channel": "Search", **weeks(0, 0), "slot_multiplier": 0.5}, "changes slots of a channel"),
        ({"campaign": "a", **weeks(0, 0), "slot_multiplier": 0.5}, "changes slots of a campaign"),
        ({**weeks(0, 0), "blackout": "yes", "hold": "yes"}, "closes campaigns and holds them"),
        ({"campaign": "b", "location": "North", **weeks(0, 0), "hold": "yes"}, "covers no campaign of the plan"),
        ({"location": "North", **weeks(0, 0), "intake_multiplier": 0.5}, "changes intake hours of a part"),
        (
            {"market": "East", "intake_team": "Other", **weeks(0, 0), "slot_multiplier": 2.0},
            "covers no clinic and service",
        ),
        ({"market": "East", "location": "South", **weeks(0, 0), "blackout": "yes"}, "covers no campaign of the plan"),
        ({**weeks(4, 5), "blackout": "yes"}, "covers no week of the plan (blackout)"),
        ({**weeks(4, 5), "slot_multiplier": 2.0}, "covers no week of the plan (slot_multiplier)"),
        ({**weeks(4, 5), "intake_multiplier": 2.0}, "covers no week of the plan (intake_multiplier)"),
    ],
)
def test_events_that_make_no_sense(event: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        facts(event)
    (found,) = caught.value.problems
    assert isinstance(found, Problem)
    assert message in found.message
    assert "'E0'" in found.message
    assert found.hint
    assert (found.file, found.line) == ("calendar_events", 2)


def test_an_unknown_clinic_of_an_event() -> None:
    with pytest.raises(ScenarioError, match="location 'Nord' is not a clinic"):
        facts({"location": "Nord", **weeks(0, 0), "slot_multiplier": 0.5})
