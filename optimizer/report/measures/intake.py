"""Measures of the teams that answer leads."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.report.measures.measure import AGENDA, INTAKE, PAGE, PRE_LAUNCH, SCREEN, WORKBOOK, Measure

HOURS: Sequence[Measure] = (
    Measure(
        "hours_in_time",
        "Hours for leads in time",
        "Hours of a team that are left for leads within its service level, after all other contacts and the"
        " backlog. By Erlang C, because small teams answer less in time than their hours say.",
        "Erlang C of {intake_teams.agents}, {intake_teams.paid_hours} and {intake_teams.shrinkage} at"
        " {policies.service_level.share} within {policies.service_level.seconds} seconds, less"
        " {intake_teams.baseline_contacts} x {intake_teams.handling_minutes} and {intake_teams.opening_backlog}",
        "hours",
        INTAKE,
        {
            WORKBOOK: ("Hours for leads in time",),
            PAGE: ("Hours that answer in time",),
            PRE_LAUNCH: ("Hours for leads",),
        },
    ),
    Measure(
        "hours_used",
        "Hours used in time",
        "Hours that leads answered in time take.",
        "[in_time] x {funnel.handling_minutes} / 60",
        "hours",
        INTAKE,
        {WORKBOOK: ("Hours used in time",), PAGE: ("Hours used",)},
    ),
    Measure(
        "hours_left",
        "Answering hours left",
        "Hours in which the team could answer further leads in time.",
        "[hours_in_time] - [hours_used]",
        "hours",
        INTAKE,
        {AGENDA: ("Answering hours left for leads",)},
    ),
    Measure(
        "hours_paid",
        "Paid hours left for leads",
        "Paid hours that are left for leads at all, in time or late.",
        "{intake_teams.paid_hours} x (1 - {intake_teams.shrinkage}) x {calendar_events.intake_multiplier}, less"
        " other contacts and the backlog",
        "hours",
        INTAKE,
        {WORKBOOK: ("Paid hours left for leads",)},
    ),
    Measure(
        "lead_hours",
        "Hours of all leads",
        "Hours that all answered leads take, in time or late.",
        "([in_time] + [late]) x {funnel.handling_minutes} / 60",
        "hours",
        INTAKE,
        {WORKBOOK: ("Hours of all leads",)},
    ),
    Measure(
        "load",
        "Load in time",
        "How much of the hours for leads in time is used.",
        "[hours_used] / [hours_in_time]",
        "share",
        INTAKE,
        {WORKBOOK: ("Load in time",), PAGE: ("Used",)},
    ),
    Measure(
        "overflow_hours",
        "Hours bought",
        "Intake hours bought beyond the paid ones; they answer leads late.",
        "at most {intake_teams.overflow_hours} a week",
        "hours",
        INTAKE,
        {SCREEN: ("Overflow",), WORKBOOK: ("Hours bought", "overflow_hours")},
    ),
    Measure(
        "hour_price",
        "Worth of a further answering hour",
        "What one more hour for leads in time adds to the plan's value in that week; further ones add as much or less.",
        "change of [value] for the first further hour",
        "value per hour",
        INTAKE,
        {WORKBOOK: ("Worth of a further answering hour",)},
    ),
)
"""Hours, and what they are used for."""
