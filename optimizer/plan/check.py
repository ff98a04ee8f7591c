"""The independent check of a plan: nothing is shown that does not pass it.

It works on the scenario's own tables (:mod:`optimizer.plan.recompute`) and on the plan's tables as they will be shown,
and shares no code with the model or the solver. First the rows of the tables must be what they seem; then every
limit must hold and every number must be found again.
"""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.errors import Finding
from optimizer.plan.check_gates import shown_gates
from optimizer.plan.check_limit_report import shown_limits
from optimizer.plan.check_limits import limits
from optimizer.plan.check_losses import shown_losses
from optimizer.plan.check_money import money
from optimizer.plan.check_operations import operations
from optimizer.plan.check_pathways import follow_on_visits
from optimizer.plan.check_resources import shared_resources
from optimizer.plan.check_room import shown_room
from optimizer.plan.check_rows import Tables, rows
from optimizer.plan.check_tables import shown_numbers
from optimizer.plan.check_whole import shown_hollows, whole
from optimizer.plan.recompute import Replay, replay
from optimizer.plan.recompute_ground import Ground
from optimizer.plan.recompute_tables import ground_of
from optimizer.scenario.read import Scenario


def check_plan(scenario: Scenario, tables: Tables, totals: Mapping[str, float]) -> list[Finding]:
    """Check a plan against the scenario that it was made for.

    Args:
        scenario: The scenario, whose tables agree with each other.
        tables: The plan's tables: "plan" (campaign and week), "leads" (unit and lead week), "bookings" (unit, lead
            week and weeks waited), "capacity" (unit and visit week), "intake" (team and lead week), "pathways"
            (pathway out of a unit and week), "follow_on" (the same and the clinic that sees the patient) and
            "resources" (resource and visit week); and "limits"
            (limit, side and window) where a limit may be missed at a price, and "gates" (campaign and week)
            where a gate limits one; and "room" (campaign and week), where it is told.
        totals: spend, leads, overflow_hours, overflow_cost, bookings, visits, gross and value of the whole plan, and
            follow_on_visits, follow_on_value, leaked_visits and leaked_value. ``leads`` counts all that arrive, those
            from before the plan included; ``gross`` is the worth of all visits in the objective's unit; ``value`` is
            gross less spend and overflow cost where the objective is money. Where moves count, ``change_cost`` as well.

    Returns:
        What does not hold, each with its place and amount; empty if the plan holds. Where rows are missing, unknown,
        doubled or not numbers, only that is told: the rest cannot be judged.
    """
    return check_on(ground_of(scenario), tables, totals)


def check_on(ground: Ground, tables: Tables, totals: Mapping[str, float]) -> list[Finding]:
    """The same check where the tables of the scenario are already joined."""
    findings = rows(ground, tables)
    if findings:
        return findings
    plan = replay(ground, tables)
    return [
        *_rules(ground, plan),
        *_played(ground, plan, totals),
        *shown_limits(ground, plan, tables),
        *shown_gates(ground, tables),
        *shown_room(ground, plan, tables),
    ]


def check_given(ground: Ground, tables: Tables, totals: Mapping[str, float]) -> tuple[list[Finding], list[Finding]]:
    """Check what comes of a spend plan that was given, and find the rules that it breaks.

    Args:
        ground: What the scenario says.
        tables: As for :func:`check_plan`, without "limits" and "gates", and with "demand" (unit and lead week) and
            "money" (campaign and week).
        totals: As for :func:`check_plan`.

    Returns:
        What does not hold, and the rules of the scenario for spend, campaigns and goals that the plan breaks.
    """
    findings = rows(ground, tables)
    if findings:
        return findings, []
    plan = replay(ground, tables)
    return [*_played(ground, plan, totals), *shown_losses(ground, plan, tables)], _rules(ground, plan)


def _rules(ground: Ground, plan: Replay) -> list[Finding]:
    """Rules of the scenario that a plan breaks."""
    return [*money(ground, plan), *limits(ground, plan), *whole(ground, plan)]


def _played(ground: Ground, plan: Replay, totals: Mapping[str, float]) -> list[Finding]:
    """What operations cannot do, and numbers that are not those computed again."""
    return [
        *operations(ground, plan),
        *follow_on_visits(ground, plan),
        *shared_resources(ground, plan),
        *shown_hollows(ground, plan),
        *shown_numbers(ground, plan, totals),
    ]
