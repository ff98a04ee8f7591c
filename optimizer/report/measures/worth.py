"""Measures of what patients are worth, and what is left of it."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.report.measures.measure import EVALUATION, FINANCE, PAGE, SCREEN, WORKBOOK, Measure

WORTH: Sequence[Measure] = (
    Measure(
        "value",
        "Value",
        "What the plan makes as large as possible: {objective}.",
        "[gross] - [spend] - [overflow_cost], where value is money; else [gross]",
        "value",
        FINANCE,
        {SCREEN: ("Value",), PAGE: ("Value",), WORKBOOK: ("Value", "value"), EVALUATION: ("Value",)},
    ),
    Measure(
        "gross",
        "Value before spend",
        "Worth of all completed visits and follow-on visits, by what the plan counts, each channel's patients at"
        " what they are worth.",
        "[visits] x worth of a visit x {channels.value_multiplier} + [follow_on_value]",
        "value",
        FINANCE,
        {WORKBOOK: ("Value before spend", "gross")},
    ),
    Measure(
        "return",
        "Value per spend",
        "What a unit of money brings, before it is taken off.",
        "[gross] / [spend]",
        "value per money",
        FINANCE,
        {WORKBOOK: ("Value per spend",)},
    ),
    Measure(
        "follow_on_value",
        "Worth of follow-on visits",
        "The part of the value that follow-on visits are.",
        "[follow_on] x {care_pathways.margin}",
        "value",
        FINANCE,
        {WORKBOOK: ("follow_on_value",)},
    ),
    Measure(
        "leaked_value",
        "Worth of follow-on visits without a slot",
        "What the follow-on visits that find no slot would have been worth.",
        "[leaked] x {care_pathways.margin}",
        "value",
        FINANCE,
        {WORKBOOK: ("leaked_value",)},
    ),
    Measure(
        "first_margin",
        "First-visit margin",
        "Contribution margin of a new patient's first visit.",
        "{patient_value.first_visit_margin}",
        "money per visit",
        FINANCE,
        {WORKBOOK: ("First-visit margin", "First-visit margin of all *")},
    ),
    Measure(
        "net",
        "First-visit margin less spend",
        "What first visits leave when the month's spend is paid.",
        "[first_margin] x [visits] - [spend]",
        "money",
        FINANCE,
        {WORKBOOK: ("First-visit margin less spend",)},
    ),
    Measure(
        "ltv",
        "LTV (lifetime margin)",
        "Contribution margin of a new patient over the horizon, the first visit included, discounted. Not revenue.",
        "{patient_value.ltv_margin}, or from {patient_value.margin_per_year}, {patient_value.yearly_retention},"
        " {patient_value.horizon_months} and {patient_value.discount_rate}",
        "money per patient",
        FINANCE,
        {
            WORKBOOK: (
                "LTV",
                "Lifetime margin",
                "Lifetime margin a visit",
                "Lifetime margin *",
                "Lifetime margin of all *",
                "Lifetime margin of these patients",
            ),
        },
    ),
    Measure(
        "lifetime_net",
        "Lifetime margin less spend",
        "What the month's patients leave over their horizon when the month's spend is paid.",
        "[ltv] x [visits] - [spend]",
        "money",
        FINANCE,
        {WORKBOOK: ("Lifetime margin less spend",)},
    ),
    Measure(
        "ltv_to_cac",
        "LTV : CAC",
        "Lifetime margin over what the patient cost.",
        "[ltv] / [cac]",
        "times",
        FINANCE,
        {WORKBOOK: ("LTV : CAC",)},
    ),
    Measure(
        "payback",
        "Payback",
        "Month in which the margin of a patient, those who leave taken off and not discounted, reaches what the"
        " patient cost; 0 means at the first visit.",
        "first month m with [first_margin] + {patient_value.margin_per_year} / 12 x (r^(1/12) + ... + r^(m/12))"
        " at least [cac], r being {patient_value.yearly_retention}",
        "months",
        FINANCE,
        {WORKBOOK: ("Payback, months",)},
    ),
    Measure(
        "per_year",
        "Margin a year",
        "Contribution margin of a year after the first visit with a patient who stays.",
        "{patient_value.margin_per_year}",
        "money per patient and year",
        FINANCE,
        {WORKBOOK: ("Margin a year",)},
    ),
    Measure(
        "stay",
        "Stay a year",
        "Share of patients who stay from one year to the next.",
        "{patient_value.yearly_retention}",
        "share",
        FINANCE,
        {WORKBOOK: ("Stay a year",)},
    ),
    Measure(
        "horizon",
        "Horizon",
        "Months that the lifetime margin covers.",
        "{patient_value.horizon_months}",
        "months",
        FINANCE,
        {WORKBOOK: ("Horizon, months",)},
    ),
)
"""Value, margins, and what they are held against."""
