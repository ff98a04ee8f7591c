"""Measures from the lead to the visit, in the order of the path that a patient takes."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.report.measures.measure import (
    ACCESS,
    EVALUATION,
    INTAKE,
    MARKETING,
    PAGE,
    PRE_LAUNCH,
    SCREEN,
    WORKBOOK,
    Measure,
)

PATIENTS: Sequence[Measure] = (
    Measure(
        "captured",
        "Captured leads",
        "Everybody who calls, writes or fills in a form, valid or not, in a normal week: what a curve tells.",
        "curve ({response_curves.form}) at the spend",
        "leads",
        MARKETING,
        {PAGE: ("Leads today", "Leads planned")},
    ),
    Measure(
        "leads",
        "Leads",
        "Valid leads: real and complete. Those of a campaign's row are those that the week's spend brings,"
        " whenever they come; those of a team or a total stand in the week in which they come, with those under"
        " way.",
        "[captured] at [spend] / {seasonality.cost_index} x {seasonality.demand_index} x {funnel.valid_rate},"
        " spread over the weeks by {channels.lead_share_week_0} and those after it",
        "leads",
        MARKETING,
        {
            SCREEN: ("Leads",),
            WORKBOOK: ("Leads", "leads"),
            EVALUATION: ("Leads",),
        },
    ),
    Measure(
        "late",
        "Answered late",
        "Leads beyond what their intake team can answer within its service level. They book at the rate of late leads.",
        "[leads] that need more than [hours_in_time], up to [hours_paid] and [overflow_hours]",
        "leads",
        INTAKE,
        {
            SCREEN: ("answered late",),
            PAGE: ("Late",),
            WORKBOOK: ("Answered late", "answered late", "late"),
            EVALUATION: ("answered late",),
        },
    ),
    Measure(
        "lost",
        "Never answered",
        "Leads for which the team has no hours at all.",
        "[leads] that need more than [hours_paid] and [overflow_hours]",
        "leads",
        INTAKE,
        {
            SCREEN: ("never answered",),
            PAGE: ("Never answered",),
            WORKBOOK: ("Never answered", "never answered", "lost"),
            EVALUATION: ("never answered",),
        },
    ),
    Measure(
        "in_time",
        "Answered in time",
        "Leads answered within the service level: the model's speed to lead.",
        "[leads] - [late] - [lost], within {policies.service_level.seconds} seconds for"
        " {policies.service_level.share} of contacts",
        "leads",
        INTAKE,
        {WORKBOOK: ("Answered in time",), PRE_LAUNCH: ("Answered in time",)},
    ),
    Measure(
        "requests",
        "Appointment requests",
        "Qualified leads that ask for an appointment.",
        "[in_time] x {funnel.contactable_rate} x {funnel.qualified_rate} x {funnel.booking_rate} + [late] x"
        " {funnel.contactable_rate} x {funnel.qualified_rate} x {funnel.booking_rate_late}",
        "requests",
        INTAKE,
        {WORKBOOK: ("Appointment requests",)},
    ),
    Measure(
        "booking_rate",
        "Booking rate of qualified leads",
        "Share of qualified leads that ask for an appointment, of those answered in time and of those answered late.",
        "{funnel.booking_rate} in time, {funnel.booking_rate_late} late",
        "share",
        INTAKE,
        {PRE_LAUNCH: ("Qualified leads that ask",)},
    ),
    Measure(
        "lead_to_scheduled",
        "Lead to scheduled",
        "Share of leads that become a booked appointment.",
        "[bookings] / [leads]",
        "share",
        MARKETING,
    ),
    Measure(
        "waiting",
        "Already waiting",
        "Patients who wait for an appointment when the plan begins.",
        "{appointment_capacity.waitlist}",
        "patients",
        ACCESS,
        {WORKBOOK: ("Already waiting",)},
    ),
    Measure(
        "bookings",
        "Bookings",
        "Appointment requests that found a slot within the longest wait, here or at a clinic that was offered"
        " instead, and were kept.",
        "[requests] and [waiting] offered a slot x {show_rates.kept_share}; elsewhere x"
        " {redirects.acceptance_rate}; within {policies.max_weeks_waited} weeks",
        "appointments",
        ACCESS,
        {
            WORKBOOK: ("Bookings", "Booked by the plan", "bookings", "bookings under way"),
            EVALUATION: ("Booked appointments",),
        },
    ),
    Measure(
        "routed_in",
        "Sent here by another clinic",
        "Bookings of patients who asked for another clinic of the market and took this one.",
        "[bookings] by way of {redirects.to_location}",
        "appointments",
        ACCESS,
        {WORKBOOK: ("of these sent here by another clinic",)},
    ),
    Measure(
        "show_rate",
        "Show rate",
        "Share of booked appointments that are completed. Scheduled is the denominator; a visit that is cancelled"
        " in time and filled again is not lost.",
        "[visits] / [bookings], by {show_rates.weeks_waited} from {show_rates.show_rate}",
        "share",
        ACCESS,
    ),
    Measure(
        "visits",
        "Completed visits",
        "First visits of new patients that take place. The unit of truth: leads and bookings come before it.",
        "[bookings] x {show_rates.show_rate}",
        "visits",
        ACCESS,
        {
            SCREEN: ("Completed visits",),
            PAGE: ("completed visits",),
            WORKBOOK: ("Completed visits", "visits", "visits under way"),
            EVALUATION: ("Completed visits",),
        },
    ),
    Measure(
        "follow_on",
        "Follow-on visits",
        "Visits in other lines that completed visits lead to. They take slots and add to the value.",
        "[visits] x {care_pathways.share}, {care_pathways.lag_weeks} weeks later, where a slot is open",
        "visits",
        ACCESS,
        {
            SCREEN: ("Follow-on visits",),
            WORKBOOK: ("Follow-on visits", "follow_on_visits"),
            EVALUATION: ("Follow-on visits",),
        },
    ),
    Measure(
        "leaked",
        "Follow-on visits without a slot",
        "Follow-on visits that are needed and find no slot in their week; they are lost to the group.",
        "[visits] x {care_pathways.share} - [follow_on]",
        "visits",
        ACCESS,
        {WORKBOOK: ("leaked_visits",)},
    ),
    Measure(
        "never_ask",
        "Leads that never ask",
        "Leads that are not reached, do not fit or do not want an appointment.",
        "[leads] x (1 - {funnel.contactable_rate} x {funnel.qualified_rate} x {funnel.booking_rate})",
        "leads",
        MARKETING,
        {PAGE: ("leads that are not reached, do not fit or do not want an appointment",)},
    ),
    Measure(
        "missed",
        "Lost at intake",
        "Requests that did not come because their leads were answered late or never.",
        "[late] and [lost] x what they would have asked in time - what they ask late",
        "patients",
        INTAKE,
        {PAGE: ("answered late or never, and gone",), EVALUATION: ("Not answered in time",)},
    ),
    Measure(
        "without_slot",
        "Lost for want of a slot",
        "Requests for which no slot is open within the longest wait.",
        "[requests] + [waiting] - those offered a slot within {policies.max_weeks_waited} weeks",
        "patients",
        ACCESS,
        {PAGE: ("no open slot within the longest wait",), EVALUATION: ("No open slot", "Patients lost")},
    ),
    Measure(
        "declined",
        "Would not wait",
        "Patients offered a later slot, or another clinic, who did not take it.",
        "offered slots x (1 - {show_rates.kept_share}), elsewhere x (1 - {redirects.acceptance_rate})",
        "patients",
        ACCESS,
        {PAGE: ("would not wait, or go to another clinic",)},
    ),
    Measure(
        "no_show",
        "No-shows",
        "Booked appointments that did not take place.",
        "[bookings] - [visits]",
        "appointments",
        ACCESS,
        {PAGE: ("booked, and did not come",)},
    ),
)
"""Leads, requests, bookings, visits, and where patients are lost on the way."""
