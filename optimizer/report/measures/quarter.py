"""Measures of a quarter: plans at several budgets, the frontier, and what inputs that prove wrong would do."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.report.measures.measure import FINANCE, QUARTER, QUARTER_PAGE, Measure

BUDGETS: Sequence[Measure] = (
    Measure(
        "budget",
        "Budget",
        "Most that a plan may spend over all its weeks.",
        "{budget.total}, or another amount that is tried",
        "money",
        FINANCE,
        {QUARTER: ("Budget",), QUARTER_PAGE: ("Budget",)},
    ),
    Measure(
        "next_budget",
        "Next unit of budget",
        "What one further unit of money of the budget adds to the plan's value.",
        "change of [value] for the first further unit of [budget]",
        "value per money",
        FINANCE,
        {QUARTER: ("Next dollar adds",), QUARTER_PAGE: ("Next dollar adds", "The next")},
    ),
    Measure(
        "further",
        "What a larger budget brings",
        "One plan less the plan at the next smaller budget: spend, visits, value, and what each further visit costs.",
        "[spend], [visits] and [value] of one plan - those of the plan before",
        "unit of the column",
        FINANCE,
        {
            QUARTER: (
                "Further spend",
                "Further visits",
                "Further value",
                "Value for each further unit of money",
                "Spend for each further visit",
            ),
        },
    ),
    Measure(
        "frontier",
        "Value at a budget",
        "What the best plan at a budget is worth, and by how much a better one could exceed it at most.",
        "[value] of the best plan at [budget]",
        "value",
        FINANCE,
        {
            QUARTER: ("Value of the best plan", "Value of the plan of the quarter", "At most better by"),
            QUARTER_PAGE: ("Value of the best plan",),
        },
    ),
    Measure(
        "anew",
        "Planned anew",
        "What the best plan would be worth if an input proved wrong, against keeping this plan, and the money that"
        " would move.",
        "[value] planned with the other input - [value] of this plan played with it",
        "value",
        FINANCE,
        {
            QUARTER: ("Planned anew", "Gain of planning anew", "Money that moves", "Input lower", "Input higher"),
            QUARTER_PAGE: ("This plan", "Planned anew", "Gain", "Moves"),
        },
    ),
)
"""Budgets side by side."""
