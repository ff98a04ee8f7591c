"""Measures of appointment capacity and waits."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.report.measures.measure import ACCESS, AGENDA, PAGE, PRE_LAUNCH, WORKBOOK, Measure

SLOTS: Sequence[Measure] = (
    Measure(
        "slots",
        "Slots in the schedule",
        "New-patient slots that a clinic and line has in a week. Held and frozen slots are no capacity.",
        "{appointment_capacity.new_patient_slots} x {calendar_events.slot_multiplier}",
        "slots",
        ACCESS,
        {WORKBOOK: ("Slots in the schedule",)},
    ),
    Measure(
        "booked_already",
        "Booked already",
        "Slots taken when the figures were made.",
        "{appointment_capacity.already_booked}",
        "slots",
        ACCESS,
        {WORKBOOK: ("Booked already",)},
    ),
    Measure(
        "without_advertising",
        "Without advertising",
        "Slots that organic, referral and recall patients will take; they come before any advertising.",
        "{appointment_capacity.expected_baseline_bookings}",
        "slots",
        ACCESS,
        {WORKBOOK: ("Without advertising",)},
    ),
    Measure(
        "open_slots",
        "Open for the plan",
        "Slots that advertising's patients may take.",
        "[slots] x {policies.fill_cap} - [booked_already] - [without_advertising], not below 0",
        "slots",
        ACCESS,
        {WORKBOOK: ("Open for the plan",), PRE_LAUNCH: ("Open new-patient slots",)},
    ),
    Measure(
        "slots_used",
        "Slots used by the plan",
        "Slots that the plan's bookings and follow-on visits take, after cancelled ones are used again.",
        "[bookings] x (1 - {service_lines.cancel_rate} x {service_lines.backfill_rate}) + [follow_on]",
        "slots",
        ACCESS,
        {WORKBOOK: ("Slots used by the plan",)},
    ),
    Measure(
        "open_slots_left",
        "Open slots left",
        "What is left of the open slots once the plan's patients are booked. Slots are not patients.",
        "[open_slots] - [slots_used]",
        "slots",
        ACCESS,
        {
            WORKBOOK: ("Open slots left",),
            AGENDA: ("Open new-patient slots left, once the plan's patients are booked",),
            PRE_LAUNCH: ("Left once the plan's patients are booked",),
        },
    ),
    Measure(
        "slots_taken",
        "Slots taken",
        "Slots taken by everybody.",
        "[booked_already] + [without_advertising] + [slots_used]",
        "slots",
        ACCESS,
        {WORKBOOK: ("Slots taken", "Slots taken *")},
    ),
    Measure(
        "utilisation",
        "Utilisation (share of slots taken)",
        "How full a clinic is. Bookings count, not arrivals. The plan never books past the fill cap.",
        "[slots_taken] / [slots]; by advertising at most up to {policies.fill_cap}",
        "share",
        ACCESS,
        {WORKBOOK: ("Slots taken, %", "Share taken *"), PAGE: ("All weeks",)},
    ),
    Measure(
        "third_next",
        "Days to the third next open slot",
        "Third next available: calendar days until the third next open new-patient slot, as the schedule shows it"
        " today.",
        "{appointment_capacity.third_next_available_days}",
        "days",
        ACCESS,
        {
            WORKBOOK: ("Days to the third next open slot today",),
            AGENDA: ("Third next open slot",),
            PRE_LAUNCH: ("Third next open slot",),
        },
    ),
    Measure(
        "days_waited",
        "Days waited",
        "What the plan's patients wait between request and appointment, on average.",
        "sum of [bookings] x {show_rates.weeks_waited} x 7 / [bookings]",
        "days",
        ACCESS,
        {WORKBOOK: ("Days waited *", "Days waited by all *", "Weeks waited"), PRE_LAUNCH: ("Planned wait",)},
    ),
    Measure(
        "slot_price",
        "Worth of a further open slot",
        "What one more open slot in that week adds to the plan's value; further ones add as much or less.",
        "change of [value] for the first further slot",
        "value per slot",
        ACCESS,
        {
            WORKBOOK: ("Worth of a further open slot", "Most that a further open slot is worth in a week"),
        },
    ),
)
"""Slots, how full they are, and how long patients wait."""
