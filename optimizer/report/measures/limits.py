"""Measures of what limits the plan: goals, rules, and what more room would be worth."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.report.measures.measure import AGENDA, FINANCE, OPERATIONS, SCREEN, WORKBOOK, Measure

BINDING: Sequence[Measure] = (
    Measure(
        "relief",
        "Worth of more room",
        "What the whole plan gains from one more slot, hour or minute a week at a place, found by planning again."
        " Gains of two places do not add up.",
        "[value] with the room - [value] without it",
        "value",
        OPERATIONS,
        {SCREEN: ("Worth",), WORKBOOK: ("The plan would gain",), AGENDA: ("One more a week is worth",)},
    ),
    Measure(
        "price",
        "Worth of one more",
        "What the first further unit of a limit adds to the plan's value; further ones add as much or less. Below"
        " zero: what the plan gains if the asked amount falls by one.",
        "change of [value] for the first further unit of the limit",
        "value per unit of the limit",
        OPERATIONS,
        {WORKBOOK: ("Worth of one more", "What there is", "What the plan uses")},
    ),
    Measure(
        "asked",
        "Asked and reached",
        "What a named limit asks for, what the plan reaches, and what it falls short by where it may.",
        "{limits.min} or {limits.max} of {limits.quantity}; short by at most where {limits.price_cap} is paid",
        "unit of the quantity",
        OPERATIONS,
        {SCREEN: ("Asked", "Reached", "Short by"), WORKBOOK: ("Asked", "Reached", "Short by")},
    ),
    Measure(
        "penalty",
        "The miss counts as",
        "What a goal that is missed counts against the plan. No money is spent.",
        "what it falls short by x {limits.price_cap}",
        "value",
        OPERATIONS,
        {WORKBOOK: ("The miss counts as",)},
    ),
    Measure(
        "held_back",
        "Held back by rules",
        "Campaigns and weeks that a rule closes, caps or holds before anything is planned, and what the plan"
        " would gain about without that rule.",
        "rules of {policies.tiers}, {policies.max_backlog}, {policies.stale_days}, {policies.pilot},"
        " {service_lines.go_live_min_open_slots}, {service_lines.go_live_max_days}, {campaigns.compliance_ready},"
        " {calendar_events.blackout} and {calendar_events.hold}",
        "campaigns, weeks, value",
        OPERATIONS,
        {
            SCREEN: ("Campaigns", "Campaign weeks", "Without it, about"),
            WORKBOOK: (
                "Campaigns",
                "Campaign weeks",
                "Weeks",
                "Without it the plan would gain about",
                "Most a week before",
                "Most a week under it",
            ),
        },
    ),
    Measure(
        "tie",
        "Difference",
        "A sum of the workbook less the run's own total, budget or limit; 0 where it ties out within the rounding"
        " of the digits shown.",
        "sum - what it must be",
        "unit of the row",
        FINANCE,
        {
            WORKBOOK: (
                "Sum",
                "Must be",
                "Rounding",
                "Difference",
                "Total of the run",
                "Sum of Data",
                "The rest",
            ),
        },
    ),
)
"""Goals, rules, prices of limits, and what ties out."""
