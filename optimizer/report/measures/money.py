"""Measures of spend."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.report.measures.measure import (
    AGENDA,
    EVALUATION,
    FINANCE,
    MARKETING,
    PAGE,
    QUARTER,
    QUARTER_PAGE,
    SCREEN,
    WORKBOOK,
    Measure,
)

MONEY: Sequence[Measure] = (
    Measure(
        "today",
        "Today's spend",
        "What every campaign spends if it goes on as today in the weeks in which it runs, and what that brings"
        " with leads and slots handled as well as they can be.",
        "{campaigns.current_weekly_spend} in each week of a campaign's flight",
        "money",
        MARKETING,
        {
            SCREEN: ("Today's spend", "Today"),
            PAGE: ("Today's spend", "Today a week"),
            WORKBOOK: ("Today's spend", "Today", "Before"),
            AGENDA: ("Before",),
        },
    ),
    Measure(
        "spend",
        "Planned spend",
        "What the plan gives a campaign in a week, to the cent.",
        "chosen by the plan, at most {budget.total} in all, {budget.per_week} in a week and {budget.per_month} in"
        " a month",
        "money",
        MARKETING,
        {
            SCREEN: ("Spend", "Plan"),
            PAGE: ("Plan", "Plan a week"),
            WORKBOOK: ("Planned spend", "Spend", "Plan", "This plan", "All weeks", "spend"),
            AGENDA: ("Proposed", "Now"),
        },
    ),
    Measure(
        "change",
        "Change",
        "What the plan does otherwise than today, or than the run that it is compared with; as a share of what was.",
        "[spend] - [today]; share: ([spend] - [today]) / [today]",
        "unit of the row, or share",
        MARKETING,
        {
            SCREEN: ("Change",),
            PAGE: ("Change",),
            WORKBOOK: ("Change", "Change *", "Change, %"),
            AGENDA: ("Change",),
            QUARTER_PAGE: ("Value against",),
        },
    ),
    Measure(
        "unspent",
        "Unspent",
        "Money of the budget that no campaign can use at a gain. Not spending is a legitimate answer.",
        "{budget.total} - [spend]",
        "money",
        MARKETING,
        {SCREEN: ("Unspent",), QUARTER: ("Not spent",), QUARTER_PAGE: ("Not spent",)},
    ),
    Measure(
        "extrapolated",
        "Beyond experience",
        "Spend above the highest weekly spend that a campaign's curve has seen; there the curve is a guess.",
        "[spend] - {response_curves.observed_max_weekly_spend}, where above 0; at most {policies.extrapolation}"
        " times it",
        "money",
        MARKETING,
        {SCREEN: ("Beyond experience",), WORKBOOK: ("Beyond the highest spend seen",), PAGE: ("Highest seen",)},
    ),
    Measure(
        "cac",
        "Spend per visit (CAC)",
        "What a completed visit of a new patient costs in media. Media only: no salaries, no agency fees.",
        "[spend] / [visits]",
        "money per visit",
        MARKETING,
        {SCREEN: ("Spend per visit",), WORKBOOK: ("Spend per visit (CAC)", "CAC"), QUARTER: ("Spend per visit",)},
    ),
    Measure(
        "marginal_cac",
        "Marginal CAC",
        "What the next visit costs: spend over the visits that it would bring if all of it brought what its next"
        " unit of money does. It takes appointments as open as they are for the plan's own leads.",
        "[spend] / [visits_at_margin]",
        "money per visit",
        MARKETING,
        {WORKBOOK: ("Marginal CAC",)},
    ),
    Measure(
        "visits_at_margin",
        "Visits at the margin",
        "Visits of the planned spend if all of it brought what its next unit of money does.",
        "[spend] x [next_leads] x [visits] / [leads]",
        "visits",
        MARKETING,
        {WORKBOOK: ("Visits at the margin", "Visits at the margin *")},
    ),
    Measure(
        "next_leads",
        "Leads of the next unit of money",
        "Slope of the campaign's curve at its planned spend: leads that one further unit of money would bring.",
        "slope of the curve ({response_curves.form}) x {seasonality.demand_index} / {seasonality.cost_index} x"
        " {funnel.valid_rate}",
        "leads per money",
        MARKETING,
        {WORKBOOK: ("Leads of the next unit of money",)},
    ),
    Measure(
        "next_return",
        "Return of the next unit of money",
        "What the next unit of money of a campaign and week would bring after everything that it takes from"
        " others: slots, intake hours, budget, limits.",
        "worth of its patients - worth of the slots, hours and room that they take",
        "value per money",
        MARKETING,
        {WORKBOOK: ("Return of the next unit of money",)},
    ),
    Measure(
        "waste",
        "Waste",
        "Spend whose patients find no open slot within the longest wait, would not wait, or whose leads are"
        " answered late or never and then do not ask.",
        "[spend] x leads of the week that end so / all leads of the week",
        "money",
        MARKETING,
        {EVALUATION: ("Money", "Where the money ends")},
    ),
    Measure(
        "overflow_cost",
        "Cost of hours bought",
        "What intake hours beyond the paid ones cost. It lowers the value and is not taken from the advertising"
        " budget.",
        "[overflow_hours] x {intake_teams.overflow_cost_per_hour}",
        "money",
        FINANCE,
        {WORKBOOK: ("Cost of hours bought", "overflow_cost")},
    ),
    Measure(
        "change_cost",
        "Cost of moves",
        "What moves from week to week count against the plan, so that small gains leave budgets alone. No money"
        " is spent.",
        "sum of all moves x {policies.change_cost}",
        "value",
        MARKETING,
        {WORKBOOK: ("change_cost",)},
    ),
)
"""Spend, what it costs to win a patient, and what the next unit of money brings."""
