"""Gates in a plan: what is spent, what is said, what the checker refuses, and what lifting a gate would bring."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimizer import api
from optimizer.plan.check import check_plan
from optimizer.plan.held_back import NOT_WORKED_OUT
from optimizer.plan.planner import Plan
from optimizer.plan.runs import csv_text
from optimizer.plan.summary import totals
from optimizer.report.sections import Grid, sections
from optimizer.scenario.read import Scenario
from tests.small import WEEKS, campaign, line_curve, small

GOLDEN = Path(__file__).parent / "golden" / "gates.csv"


def scenario(**policies: Any) -> Scenario:
    """Three weeks, four campaigns of 400 a week at clinics of their own; a unit of money brings 0.05 visits worth 5.

    Ready is not signed off before the third week. Dark is in a blackout in the second. Slow waits 20 days: half of its
    1000. New is a pilot from 100 on, a half more every week.
    """
    names = ("Dark", "New", "Ready", "Slow")
    more = {"Ready": {"clinical_ready": "no", "ready_week": WEEKS[2]}, "New": {"pilot": "yes"}}
    rows = [campaign(name, location=name, current_weekly_spend=400.0, **more.get(name, {})) for name in names]
    capacity = [
        {
            "location": name,
            "service_line": "Care",
            "week": week,
            "new_patient_slots": 1e6,
            **({"third_next_available_days": 20.0} if (name, week) == ("Slow", WEEKS[0]) else {}),
        }
        for name in names
        for week in WEEKS
    ]
    event = {"event": "Rest", "location": "Dark", "first_week": WEEKS[1], "last_week": WEEKS[1], "blackout": "yes"}
    return small(
        rows,
        [line_curve(name, 0.05, 1000) for name in names],
        weeks=3,
        policies={
            "tiers": [{"max_days": 14, "share": 1}, {"share": 0.5}],
            "pilot": {"weekly_cap": 100, "ramp_share": 0.5},
            **policies,
        },
        tables={"appointment_capacity": capacity, "calendar_events": [{**event, "owner": "Brand", "reason": "fair"}]},
    )


@pytest.fixture(scope="module")
def plan() -> Plan:
    return api.plan(scenario())


def spends(made: Plan) -> dict[str, list[float]]:
    return made.frame().groupby("campaign")["recommended_spend"].apply(list).to_dict()


def test_the_plan_spends_up_to_the_gates(plan: Plan) -> None:
    """Every unit of money brings 5 for 1, so each campaign spends what it may: 1000 where no gate holds it."""
    assert spends(plan) == {
        "Dark": [1000.0, 0.0, 1000.0],
        "New": [100.0, 150.0, 225.0],
        "Ready": [0.0, 0.0, 1000.0],
        "Slow": [500.0, 500.0, 500.0],
    }


def test_a_gated_week_says_why(plan: Plan) -> None:
    said = plan.frame().set_index(["campaign", "week"])
    assert said.loc[("Dark", WEEKS[1]), "reason"] == (
        f"Paused, from $400: blackout 'Rest' until the week of {WEEKS[1]} (fair)."
    )
    codes = said["reason_code"].unstack()
    assert codes.loc["Ready"].tolist() == ["not_ready", "not_ready", "curve_end"]
    assert codes.loc["New"].tolist() == ["pilot"] * 3
    assert codes.loc["Slow"].tolist() == ["tier"] * 3


def test_golden_gates(plan: Plan) -> None:
    assert csv_text(plan.frame("gates")) == GOLDEN.read_text(encoding="utf-8")


def test_what_each_gate_blocks(plan: Plan) -> None:
    """4 for each unit of money: Ready 2 * 1000, Slow 3 * 500, New 2525 short of 3000, Dark 1000."""
    held = {item["code"]: item for item in plan.summary["held_back"]}  # type: ignore[attr-defined]
    blocked = {code: item["blocked"] for code, item in held.items()}
    expected = {"not_ready": 8000, "tier": 6000, "pilot": 4 * 2525, "blackout": 4000}
    assert blocked == {code: pytest.approx(value) for code, value in expected.items()}
    assert {code: (item["campaigns"], item["weeks"]) for code, item in held.items()} == {
        "not_ready": (1, 2), "tier": (1, 3), "pilot": (1, 3), "blackout": (1, 1),
    }  # fmt: skip


def test_what_a_gate_blocks_counts_the_change_limit_again() -> None:
    """Without the blackout Dark rises 440, 484, 532.40 instead of 440, 0, 1000: 4 * 16.4 more."""
    made = api.plan(scenario(change_limit={"share": 0.1}))
    held = {item["code"]: item for item in made.summary["held_back"]}  # type: ignore[attr-defined]
    assert held["blackout"]["blocked"] == pytest.approx(4 * (440 + 484 + 532.4 - 440 - 1000))


def test_a_floor_that_leaves_no_plan_without_the_gate(tmp_path: Path) -> None:
    """Ready must spend 900 a week once it may, which the weekly budget does not hold; closed it need not."""
    row = {"min_weekly_spend": 900.0, "clinical_ready": "no"}
    budget = {"total": 3000, "per_week": 800}
    made = api.plan(small([campaign("a", **row)], [line_curve("a", 0.05, 1000)], budget=budget))
    assert made.summary["held_back"] == [{"code": "not_ready", "campaigns": 1, "weeks": 1, "blocked": None}]
    grids = [part for part in sections(api.save(made, tmp_path)) if isinstance(part, Grid)]
    (told,) = (grid for grid in grids if grid.heading == "Held back by rules")
    assert told.rows == [("Not ready", "1", "1", "not worked out")]
    assert told.note == NOT_WORKED_OUT


def test_today_goes_on_through_gates(plan: Plan) -> None:
    """What today's spend would lead to does not know the gates: 4 * 400 in each of three weeks."""
    assert plan.today.total_spend == 4800


def test_the_change_limit_does_not_know_pauses() -> None:
    """At 10 % a week: Dark rises to 440, pauses, and opens as it likes; Ready opens as it likes in the third week.

    Slow may rise to 440, 484 and then stands at its 500. New falls from 400 to its cap of 100 at once and then rises
    to 110 and 121, below its caps of 150 and 225.
    """
    made = api.plan(scenario(change_limit={"share": 0.1}))
    assert spends(made) == {
        "Dark": [440.0, 0.0, 1000.0],
        "New": [100.0, 110.0, 121.0],
        "Ready": [0.0, 0.0, 1000.0],
        "Slow": [440.0, 484.0, 500.0],
    }


def test_a_hold_keeps_todays_spend() -> None:
    funnel = [{"service_line": "Care", "channel": "Search", "booking_rate": 1.0, "as_of": "2025-01-01"}]
    held = small(
        [campaign("a", current_weekly_spend=400.0)],
        [line_curve("a", 0.05, 1000)],
        weeks=2,
        policies={"stale_days": 90},
        tables={"funnel": funnel},
    )
    made = api.plan(held)
    assert spends(made) == {"a": [400.0, 400.0]}
    assert set(made.frame()["reason_code"]) == {"stale"}


def test_an_event_holds_and_the_checker_refuses_more_or_less() -> None:
    """Free, a campaign would spend its 1000; held it spends 400 in the first week, and not a dollar else."""
    event = {"event": "Audit", "campaign": "a", "first_week": WEEKS[0], "last_week": WEEKS[0], "hold": "yes"}
    made = api.plan(
        small(
            [campaign("a", current_weekly_spend=400.0)],
            [line_curve("a", 0.05, 1000)],
            weeks=2,
            tables={"calendar_events": [event]},
        )
    )
    assert spends(made) == {"a": [400.0, 1000.0]}
    assert made.frame()["reason_code"].tolist() == ["held", "curve_end"]
    (more,), (less,) = (checks_after(made, "a", WEEKS[0], lambda spend, by=by: spend + by) for by in (1, -1))
    assert more == ("campaign_spend", f"a, {WEEKS[0]}: spend is 401, more than 400")
    assert less == ("campaign_spend", f"a, {WEEKS[0]}: spend is 399, less than 400")


def checks_after(made: Plan, campaign: str, week: str, change: Callable[[float], float]) -> set[tuple[str, str]]:
    """Checks that fail, and where, when a campaign's spend of a week is another."""
    tables = {name: made.frame(name) for name in made.tables}
    rows = tables["plan"]
    here = (rows["campaign"] == campaign) & (rows["week"] == week)
    rows.loc[here, "recommended_spend"] = rows.loc[here, "recommended_spend"].map(change)
    findings = check_plan(made.scenario, tables, totals(made.outcome))
    return {(found.check, found.message) for found in findings if found.check in ("campaign_spend", "change_limit")}


@pytest.mark.parametrize(("name", "week", "most"), [("Dark", 1, 0), ("Ready", 0, 0), ("Slow", 2, 500), ("New", 1, 150)])
def test_the_checker_refuses_spend_above_a_gate(plan: Plan, name: str, week: int, most: float) -> None:
    (found,) = checks_after(plan, name, WEEKS[week], lambda spend: spend + 1)
    assert found == ("campaign_spend", f"{name}, {WEEKS[week]}: spend is {most + 1:,}, more than {most:,}")


def gates_findings(made: Plan, change: Callable[[pd.DataFrame], pd.DataFrame]) -> list[str]:
    tables = {name: made.frame(name) for name in made.tables}
    tables["gates"] = change(tables["gates"])
    return [
        found.message for found in check_plan(made.scenario, tables, totals(made.outcome)) if found.check == "gates"
    ]


def test_the_checker_finds_what_the_table_of_gates_hides(plan: Plan) -> None:
    place = f"Dark {WEEKS[1]}"
    assert gates_findings(plan, lambda rows: rows) == []
    assert gates_findings(plan, lambda rows: rows.iloc[1:]) == [f"{place}: the table 'gates' lacks this row"]
    assert gates_findings(plan, lambda rows: pd.concat([rows, rows.iloc[:1]])) == [
        f"{place}: the table 'gates' has this row twice"
    ]
    other = pd.DataFrame([{"campaign": "Dark", "week": WEEKS[0], "ceiling_before": 1000.0, "ceiling_after": 0.0}])
    assert gates_findings(plan, lambda rows: pd.concat([rows, other])) == [
        f"Dark {WEEKS[0]}: the table 'gates' has a row that no gate limits"
    ]
    (found,) = gates_findings(plan, lambda rows: rows.replace({"ceiling_after": {150.0: 151.0}}))
    assert found == f"New {WEEKS[1]}, ceiling_after: gates says 151, computed again it is 150"


def test_the_checker_shares_no_code_with_the_gates() -> None:
    for name in ("recompute_gates", "check_gates", "check_money", "recompute_tables", "recompute_ground"):
        text = Path(check_plan.__code__.co_filename).with_name(f"{name}.py").read_text(encoding="utf-8")
        for module in ("gates", "bounds", "events", "facts"):
            assert f"optimizer.scenario.{module}" not in text


def test_the_checker_refuses_less_than_a_hold() -> None:
    capacity = [
        {"location": "North", "service_line": "Care", "week": week, "new_patient_slots": 1e6, "as_of": "2025-01-01"}
        for week in WEEKS
    ]
    held = small(
        [campaign("a", current_weekly_spend=400.0)],
        [line_curve("a", 0.05, 1000)],
        policies={"stale_days": 90},
        tables={"appointment_capacity": capacity},
    )
    (found,) = checks_after(api.plan(held), "a", WEEKS[0], lambda spend: spend - 1)
    assert found == ("campaign_spend", f"a, {WEEKS[0]}: spend is 399, less than 400")


def test_the_checker_knows_slots_and_hours_after_events() -> None:
    """Half the slots: 20 are left of 40, and the plan fills them. The tables of the whole slots are refused."""
    event = {"event": "Move", "first_week": WEEKS[0], "last_week": WEEKS[0], "slot_multiplier": 0.5}
    places = [{"location": "North", "intake_team": "Desk"}]
    team = {"intake_team": "Desk", "week": WEEKS[0], "agents": 4.0, "paid_hours": 160.0, "handling_minutes": 6.0}
    shift = {**event, "event": "Shift", "slot_multiplier": 1.0, "intake_multiplier": 0.5}
    made = api.plan(
        small(
            [campaign("a")],
            [line_curve("a", 0.05, 1000)],
            slots=40.0,
            tables={"calendar_events": [event, shift], "locations": places, "intake_teams": [team]},
        )
    )
    assert made.frame("capacity")["open_slots"].tolist() == [20.0]
    assert made.outcome.visits.sum() == pytest.approx(20.0)
    assert made.frame("intake")["hours_paid"].tolist() == [80.0]
    for name, column in (("capacity", "new_patient_slots"), ("intake", "hours_paid")):
        tables = {table: made.frame(table) for table in made.tables}
        tables[name][column] *= 2
        failed = {found.check for found in check_plan(made.scenario, tables, totals(made.outcome))}
        assert f"{name}.{column}" in failed


def test_without_gates_there_is_nothing_to_list() -> None:
    made = api.plan(small([campaign("a")], [line_curve("a", 0.05, 1000)]))
    assert made.frame("gates").empty
    assert made.summary["held_back"] == []
    assert list(made.frame("gates").columns) == list(pd.read_csv(GOLDEN).columns)
