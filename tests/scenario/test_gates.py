"""Each gate with a case that triggers it and one that does not, its bounds worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from optimizer.errors import Problem, ScenarioError
from optimizer.model.setting import established
from optimizer.scenario.facts import Facts
from optimizer.scenario.gates import GATES
from tests.small import WEEKS, campaign, line_curve, small

NORTH, SOUTH = "North", "South"
CURVES = [line_curve("a", 0.05, 1000), line_curve("b", 0.05, 800)]
NOTHING = float("inf")


def two(a: Mapping[str, Any] | None = None, b: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Campaign a at North, b at South; each spends 400 today."""
    common = {"current_weekly_spend": 400.0}
    return [campaign("a", **{**common, **(a or {})}), campaign("b", location=SOUTH, **{**common, **(b or {})})]


def facts(campaigns: Sequence[Mapping[str, Any]] | None = None, *, weeks: int = 3, **more: Any) -> Facts:
    return established(small(campaigns or two(), CURVES, weeks=weeks, **more))


def capacity(**north: Any) -> list[dict[str, Any]]:
    """Ten slots a week in both clinics; ``north`` says more of North's first week."""
    return [
        {
            "location": place,
            "service_line": "Care",
            "week": week,
            "new_patient_slots": 10.0,
            **(north if (place, week) == (NORTH, WEEKS[0]) else {}),
        }
        for place in (NORTH, SOUTH)
        for week in WEEKS
    ]


def decided(found: Facts) -> dict[str, list[str]]:
    return {name: found.gates.code[row].tolist() for row, name in enumerate(found.campaigns["campaign"])}


def test_without_thresholds_no_gate_applies() -> None:
    found = facts(tables={"appointment_capacity": capacity(third_next_available_days=90.0, as_of="2020-01-01")})
    assert decided(found) == {"a": ["", "", ""], "b": ["", "", ""]}
    assert np.isinf(found.ceiling).all()
    assert not found.floor.any()


def test_flight() -> None:
    found = facts(two(a={"first_week": WEEKS[1], "min_weekly_spend": 50.0}, b={"last_week": WEEKS[1]}))
    assert decided(found) == {"a": ["flight", "", ""], "b": ["", "", "flight"]}
    assert found.ceiling.tolist() == [[0.0, NOTHING, NOTHING], [NOTHING, NOTHING, 0.0]]
    assert found.floor[0].tolist() == [0.0, 50.0, 50.0]
    assert found.gates.sentence[0, 0] == f"the campaign runs only from the week of {WEEKS[1]}."
    assert found.gates.sentence[1, 2] == f"the campaign runs only to the week of {WEEKS[1]}."
    assert not any("gives way" in note for note in found.notes)


def test_not_ready_closes_until_the_ready_week() -> None:
    row = {"compliance_ready": "no", "tracking_ready": "no", "ready_week": WEEKS[2]}
    found = facts(two(a=row, b={"clinical_ready": "yes"}))
    assert decided(found) == {"a": ["not_ready", "not_ready", ""], "b": ["", "", ""]}
    assert found.ceiling[0].tolist() == [0.0, 0.0, NOTHING]
    words = f"tracking and the compliance sign-off are missing until the week of {WEEKS[2]}."
    assert found.gates.sentence[0].tolist() == [words, words, ""]
    assert found.gates.source[0, 0] == "campaigns:2"


def test_not_ready_without_a_week_closes_to_the_end() -> None:
    found = facts(two(b={"clinical_ready": "no"}))
    assert decided(found) == {"a": ["", "", ""], "b": ["not_ready"] * 3}
    assert found.gates.sentence[1, 0] == "the clinical sign-off is missing."


def line(**thresholds: float) -> list[dict[str, Any]]:
    return [{"service_line": "Care", **thresholds}]


@pytest.mark.parametrize(
    ("thresholds", "closed"),
    [
        ({"go_live_min_open_slots": 4.1}, True),
        ({"go_live_min_open_slots": 4.0}, False),
        ({"go_live_max_days": 20.0}, True),
        ({"go_live_max_days": 21.0}, False),
    ],
)
def test_go_live(thresholds: Mapping[str, float], closed: bool) -> None:
    """North: 10 slots at a fill cap of 0.8 less 3 booked and 1 expected leave 4; its third next is in 21 days."""
    rows = capacity(already_booked=3.0, expected_baseline_bookings=1.0, third_next_available_days=21.0)
    tables = {"service_lines": line(**thresholds), "appointment_capacity": rows}
    found = facts(tables=tables, policies={"fill_cap": 0.8})
    assert decided(found) == {"a": ["go_live" if closed else ""] * 3, "b": ["", "", ""]}


def test_go_live_says_both_numbers_and_where_the_rule_stands() -> None:
    rows = capacity(already_booked=8.0, third_next_available_days=21.0)
    lines = line(go_live_min_open_slots=4.0, go_live_max_days=14.0)
    found = facts(tables={"service_lines": lines, "appointment_capacity": rows})
    assert found.gates.sentence[0, 0] == (
        "North Care has 2 open new-patient slots, fewer than 4 and has its third next open slot in 21 days, above 14:"
        " below the go-live threshold."
    )
    assert found.gates.source[0, 0] == "service_lines:2"


def test_go_live_counts_slots_after_events() -> None:
    """Half of ten slots are five: enough for 5, too few for 6."""
    week = {"first_week": WEEKS[0], "last_week": WEEKS[0]}
    event = [{"event": "Move", "location": NORTH, **week, "slot_multiplier": 0.5}]
    for least, code in ((5.0, ""), (6.0, "go_live")):
        tables = {"service_lines": line(go_live_min_open_slots=least), "calendar_events": event}
        found = facts(tables={**tables, "appointment_capacity": capacity()})
        assert decided(found) == {"a": [code] * 3, "b": ["", "", ""]}


TIERS = [{"max_days": 14, "share": 1.0}, {"max_days": 28, "share": 0.5}, {"share": 0.0}]


@pytest.mark.parametrize(("days", "ceiling"), [(14.0, NOTHING), (14.5, 500.0), (28.0, 500.0), (29.0, 0.0)])
def test_tier_is_a_share_of_the_curves_limit(days: float, ceiling: float) -> None:
    """The curve has seen 1000 and may not be left."""
    found = facts(policies={"tiers": TIERS}, tables={"appointment_capacity": capacity(third_next_available_days=days)})
    assert found.ceiling.tolist() == [[ceiling] * 3, [NOTHING] * 3]
    assert decided(found)["a"] == (["tier"] * 3 if ceiling < NOTHING else [""] * 3)


def test_tier_is_a_share_of_the_campaigns_own_ceiling() -> None:
    """Half of 333.33 is 166.665: in whole cents 166.66. South has no days, which is said."""
    rows = capacity(third_next_available_days=20.0)
    found = facts(two(a={"max_weekly_spend": 333.33}), policies={"tiers": TIERS}, tables={"appointment_capacity": rows})
    assert found.ceiling[0].tolist() == [166.66] * 3
    assert any(
        note.startswith("policies.tiers: no third_next_available_days for 1 of 2 campaigns") for note in found.notes
    )


TEAMS = [{"location": NORTH, "intake_team": "Desk"}, {"location": SOUTH, "intake_team": "Other"}]


def staffing(backlog: float, week: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "intake_team": team,
            "week": name,
            "agents": 4.0,
            "paid_hours": 100.0,
            "handling_minutes": 6.0,
            "opening_backlog": backlog if team == "Desk" and place == week else 0.0,
        }
        for team in ("Desk", "Other")
        for place, name in enumerate(WEEKS)
    ]


@pytest.mark.parametrize(("backlog", "code"), [(31.0, "backlog"), (30.0, "")])
def test_backlog_pauses_the_first_week(backlog: float, code: str) -> None:
    found = facts(policies={"max_backlog": 30}, tables={"locations": TEAMS, "intake_teams": staffing(backlog)})
    assert decided(found) == {"a": [code, "", ""], "b": ["", "", ""]}
    if code:
        assert found.gates.sentence[0, 0] == "Desk starts with 31 contacts waiting, above 30."
        assert found.gates.source[0, 0] == "intake_teams:2, scenario.yaml"


def problems(**more: Any) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as caught:
        facts(**more)
    return caught.value.problems


def test_a_backlog_in_a_later_week() -> None:
    (found,) = problems(tables={"locations": TEAMS, "intake_teams": staffing(5.0, week=1)})
    assert (found.file, found.line) == ("intake_teams", 3)
    assert found.message == f"opening_backlog in the week {WEEKS[1]}"


def test_blackout_closes_its_scope_and_says_why() -> None:
    event = {
        "event": "Launch", "location": SOUTH, "first_week": WEEKS[1], "last_week": WEEKS[1], "blackout": "yes",
        "owner": "Brand", "reason": "new name",
    }  # fmt: skip
    found = facts(tables={"calendar_events": [event]})
    assert decided(found) == {"a": ["", "", ""], "b": ["", "blackout", ""]}
    assert found.ceiling[1].tolist() == [NOTHING, 0.0, NOTHING]
    assert found.gates.sentence[1, 1] == f"blackout 'Launch' until the week of {WEEKS[1]} (new name)."
    assert found.gates.source[1, 1] == "calendar_events:2, owner Brand"


@pytest.mark.parametrize(
    ("scope", "closed"),
    [
        ({}, {"a", "b"}),
        ({"channel": "Search"}, {"a", "b"}),
        ({"intake_team": "Desk"}, {"a"}),
        ({"market": "West"}, {"b"}),
        ({"market": "West", "service_line": "Care"}, {"b"}),
    ],
)
def test_blackout_scopes(scope: Mapping[str, str], closed: set[str]) -> None:
    places = [{**TEAMS[0], "market": "East"}, {**TEAMS[1], "market": "West"}]
    event = {"event": "Off", **scope, "first_week": WEEKS[0], "last_week": WEEKS[0], "blackout": "yes"}
    found = facts(tables={"locations": places, "intake_teams": staffing(0.0), "calendar_events": [event]})
    assert {name for name, codes in decided(found).items() if codes[0]} == closed
    assert not found.gates.code[:, 1:].any()


def test_held_keeps_its_scope_as_it_is_and_says_why() -> None:
    """b spends 900 today and its curve has seen 800; a is not in the scope, and the third week is free again."""
    event = {
        "event": "Audit", "campaign": "b", "first_week": WEEKS[0], "last_week": WEEKS[1], "hold": "yes",
        "owner": "Finance", "reason": "counts differ",
    }  # fmt: skip
    found = facts(two(b={"current_weekly_spend": 900.0}), tables={"calendar_events": [event]})
    assert decided(found) == {"a": ["", "", ""], "b": ["held", "held", ""]}
    assert found.floor.tolist() == [[0.0] * 3, [800.0, 800.0, 0.0]]
    assert found.ceiling.tolist() == [[NOTHING] * 3, [800.0, 800.0, NOTHING]]
    said = f"held at today's spend by 'Audit' until the week of {WEEKS[1]} (counts differ)."
    assert found.gates.sentence[1, 0] == said
    assert found.gates.source[1, 0] == "calendar_events:2, owner Finance"


def test_a_pause_beats_a_hold_by_an_event() -> None:
    hold = {"event": "Audit", "first_week": WEEKS[0], "last_week": WEEKS[2], "hold": "yes"}
    rest = {"event": "Rest", "location": SOUTH, "first_week": WEEKS[1], "last_week": WEEKS[1], "blackout": "yes"}
    found = facts(tables={"calendar_events": [hold, rest]})
    assert decided(found) == {"a": ["held"] * 3, "b": ["held", "blackout", "held"]}
    assert found.floor.tolist() == found.ceiling.tolist() == [[400.0] * 3, [400.0, 0.0, 400.0]]


@pytest.mark.parametrize(("as_of", "held"), [("2025-12-01", True), ("2025-12-02", False), ("", False)])
def test_stale_capacity_holds_todays_spend(as_of: str, held: bool) -> None:
    """The scenario is of 2026-01-01: 1 December is 31 days ago, 2 December 30. Only North is dated."""
    found = facts(policies={"stale_days": 30}, tables={"appointment_capacity": capacity(as_of=as_of)})
    assert decided(found) == {"a": ["stale" if held else ""] * 3, "b": [""] * 3}
    if held:
        assert found.floor[0].tolist() == found.ceiling[0].tolist() == [400.0] * 3
    unknown = 1 if as_of else 2
    said = f"policies.stale_days: appointment_capacity has no as_of for {unknown} of 2 campaigns; not judged there"
    assert said in found.notes


def test_stale_funnel_holds_and_nobody_above_the_curve() -> None:
    funnel = [{"service_line": "Care", "channel": "Search", "booking_rate": 1.0, "as_of": "2025-06-01"}]
    found = facts(two(b={"current_weekly_spend": 900.0}), policies={"stale_days": 30}, tables={"funnel": funnel})
    assert found.ceiling[:, 0].tolist() == found.floor[:, 0].tolist() == [400.0, 800.0]
    assert found.gates.source[0, 0] == "funnel:2, scenario.yaml"


def test_pilot_grows_from_its_first_week() -> None:
    """100, 150, 225; b starts a week later. Without the mark there is no cap."""
    pilots = two(a={"pilot": "yes"}, b={"pilot": "yes", "first_week": WEEKS[1]})
    policy = {"pilot": {"weekly_cap": 100, "ramp_share": 0.5}}
    found = facts(pilots, policies=policy)
    assert found.ceiling.tolist() == [[100.0, 150.0, 225.0], [0.0, 100.0, 150.0]]
    assert decided(found) == {"a": ["pilot"] * 3, "b": ["flight", "pilot", "pilot"]}
    assert np.isinf(facts(policies=policy).ceiling).all()
    assert any("policies.pilot sets no cap" in note for note in facts(pilots).notes)


def test_the_tightest_ceiling_wins_and_a_pause_beats_a_hold() -> None:
    """Held at 400; a pilot cap of 300 is tighter, and being unready closes b."""
    funnel = [{"service_line": "Care", "channel": "Search", "booking_rate": 1.0, "as_of": "2025-06-01"}]
    found = facts(
        two(a={"pilot": "yes"}, b={"landing_page_ready": "no"}),
        policies={"stale_days": 30, "pilot": {"weekly_cap": 300}},
        tables={"funnel": funnel},
    )
    assert decided(found) == {"a": ["pilot"] * 3, "b": ["not_ready"] * 3}
    assert found.floor.tolist() == found.ceiling.tolist() == [[300.0] * 3, [0.0] * 3]


def test_a_floor_gives_way_and_is_noted() -> None:
    found = facts(two(a={"min_weekly_spend": 100.0, "compliance_ready": "no", "ready_week": WEEKS[1]}))
    assert found.floor[0].tolist() == [0.0, 100.0, 100.0]
    assert "min_weekly_spend gives way to gates for 1 of 2 campaigns; gates.csv lists the weeks" in found.notes


def test_a_floor_that_gave_way_forces_no_rise() -> None:
    """The pilot may grow from 100 to 150 and 225, but need not, although its owner asks for 200."""
    pilot = {"pilot": {"weekly_cap": 100, "ramp_share": 0.5}}
    found = facts(two(a={"pilot": "yes", "min_weekly_spend": 200.0}), policies=pilot)
    assert found.ceiling[0].tolist() == [100.0, 150.0, 225.0]
    assert found.floor[0].tolist() == [100.0] * 3


def test_a_ceiling_above_the_campaigns_own_limits_nothing() -> None:
    """The pilot may spend 600, its owner allows 500."""
    found = facts(two(a={"pilot": "yes", "max_weekly_spend": 500.0}), policies={"pilot": {"weekly_cap": 600}})
    assert decided(found)["a"] == [""] * 3
    assert found.ceiling[0].tolist() == [500.0] * 3


def test_lifting_a_gate_keeps_the_others() -> None:
    """Without not_ready a is capped as a pilot, and its floor counts again."""
    row = {"pilot": "yes", "min_weekly_spend": 50.0, "compliance_ready": "no"}
    found = facts(two(a=row), policies={"pilot": {"weekly_cap": 300}})
    floor, ceiling = found.gates.without("not_ready").bounds()
    assert ceiling[0].tolist() == [300.0] * 3
    assert floor[0].tolist() == [50.0] * 3
    assert found.gates.without("pilot").bounds()[1][0].tolist() == [0.0] * 3


@pytest.mark.parametrize(
    ("tiers", "said"),
    [
        ([{"max_days": 14, "share": 1}], "the last tier takes every longer wait"),
        ([{"share": 1}, {"share": 0}], "only the last tier may be without max_days"),
        ([{"max_days": 20, "share": 1}, {"max_days": 20, "share": 0.5}, {"share": 0}], "max_days must rise"),
        ([{"share": 2}], "at most 1"),
        ([{"shar": 1}], "unknown key 'policies.tiers.0.shar'"),
    ],
)
def test_tiers_that_make_no_sense(tiers: Sequence[Mapping[str, Any]], said: str) -> None:
    messages = [problem.message for problem in problems(policies={"tiers": list(tiers)})]
    assert any(said in message for message in messages), messages


def test_every_gate_has_a_test_of_its_own() -> None:
    tested = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    for code in GATES:
        assert any(name.startswith(code) for name in tested), code
