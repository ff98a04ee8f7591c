"""The sheets of the workbook, in the order of their tabs.

They are filled from the last to the first, because every sheet sums only sheets to its right.
"""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.report.workbook import data, limits_sheets, operations, plan_sheets, quarter_sheets
from optimizer.report.workbook.assumptions import assumptions
from optimizer.report.workbook.breakdown import breakdown, calendar
from optimizer.report.workbook.comparison import comparison
from optimizer.report.workbook.definitions import definitions
from optimizer.report.workbook.economics import economics
from optimizer.report.workbook.page import Page
from optimizer.report.workbook.reconciliation import reconciliation
from optimizer.report.workbook.source import Source
from optimizer.report.workbook.summary import summary

SHEETS = {
    "Summary": "what is planned, what it is worth, and where it comes from",
    "Reconciliation": "whether every number ties out",
    "Plan by week": "spend by campaign and week",
    "Change by campaign": "today, plan, change and why",
    "Months and quarters": "the plan by month, quarter and week",
    "Breakdown": "the plan by market, clinic, service line and channel",
    "Capacity": "slots by clinic and service line",
    "Intake": "hours and leads by intake team and week",
    "What binds": "where more room is worth most",
    "Goals and limits": "named limits, and rules that held campaigns",
    "Economics": "CAC, marginal CAC, LTV, payback, margin by month",
    "Comparison": "against today, and against other runs",
    quarter_sheets.BUDGETS: "the plans of the quarter side by side",
    quarter_sheets.FRONTIER: "the best plan at each budget",
    quarter_sheets.SENSITIVITIES: "what the plan hangs on: worth of patients, booking rates, cost per lead",
    "Assumptions": "rules and inputs with owner, date and source",
    "Definitions": "what every number means, how it is computed, and who answers for it",
    data.PLAN: "plan.csv of the run, campaign by week",
    data.LEADS: "leads.csv of the run",
    data.CAPACITY: "capacity.csv of the run",
    data.BOOKINGS: "bookings.csv of the run",
    data.TOTALS: "summary.json of the run",
}
"""Names of the tabs, and what each shows."""
_OF_A_QUARTER = (quarter_sheets.BUDGETS, quarter_sheets.FRONTIER, quarter_sheets.SENSITIVITIES)


def sheets(source: Source) -> dict[str, str]:
    """The tabs of one workbook; those of a quarter only where there is one."""
    return {name: shows for name, shows in SHEETS.items() if source.quarter or name not in _OF_A_QUARTER}


def fill(pages: Mapping[str, Page], source: Source) -> None:
    """Fill every sheet."""
    totals = data.total_data(pages[data.TOTALS], source)
    bookings = data.booking_data(pages[data.BOOKINGS], source)
    slots = data.capacity_data(pages[data.CAPACITY], source, bookings)
    leads = data.lead_data(pages[data.LEADS], source)
    rows = data.plan_data(pages[data.PLAN], source)
    definitions(pages["Definitions"], source)
    assumptions(pages["Assumptions"], source)
    moves = comparison(pages["Comparison"], source)
    costs = economics(pages["Economics"], source, rows, bookings)
    limits_sheets.limits(pages["Goals and limits"], source)
    limits_sheets.binding(pages["What binds"], source)
    operations.intake(pages["Intake"], source)
    operations.capacity(pages["Capacity"], source, slots)
    groups = breakdown(pages["Breakdown"], source, rows)
    periods = calendar(pages["Months and quarters"], source, rows)
    changes = plan_sheets.changes(pages["Change by campaign"], source, rows)
    weeks = plan_sheets.by_week(pages["Plan by week"], source)
    of_run = {"totals": totals, "data": rows, "leads": leads, "slots": slots, "bookings": bookings}
    made = {"changes": changes, "weeks": weeks, **costs, **groups, **periods}
    if source.quarter:
        made |= quarter_sheets.fill(pages, source, source.quarter, totals)
    tied = reconciliation(pages["Reconciliation"], source, {**of_run, **made}, moves)
    summary(pages["Summary"], source, tied, sheets(source))
