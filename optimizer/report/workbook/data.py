"""The run's tables as they are, on sheets of their own at the end: what all other sheets sum."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pandas as pd

from optimizer.report.workbook.cells import (
    At,
    Cell,
    Column,
    Condition,
    date_of,
    is_literal,
    less,
    number,
    numbers,
    product,
    serial,
    sum_where,
    texts,
)
from optimizer.report.workbook.page import Block, Page
from optimizer.report.workbook.source import Source

LABELS = {"market": "Market", "location": "Clinic", "service_line": "Service line", "channel": "Channel"}
PLAN, LEADS, CAPACITY, BOOKINGS, TOTALS = "Data", "Data leads", "Data capacity", "Data bookings", "Data totals"


def dates(weeks: Sequence[str] | pd.Series) -> list[Cell]:
    """Mondays as dates of a spreadsheet."""
    known = {week: serial(dt.date.fromisoformat(week)) for week in set(weeks)}
    return [known[week] for week in weeks]


def plan_data(page: Page, source: Source) -> Block:
    """The table ``plan`` of the run, campaign by campaign and week by week, with what follows from it in each row."""
    plan = source.tables["plan"]
    key = ["campaign", "week"]
    explain = source.tables["explain"].set_index(key).loc[pd.MultiIndex.from_frame(plan[key])]
    page.title(
        "Data: campaign by week",
        "plan.csv of the run, row by row; every sum in this workbook goes back to this sheet. Leads, bookings, visits"
        " and value are those that the week's spend brings, whenever they come; value is before spend. Columns headed"
        " * are computed here.",
    )
    facts = source.facts
    margin = dict(zip(facts.campaigns["campaign"], facts.ltv_margin[facts.unit], strict=True))
    columns = [
        Column("campaign", "Campaign", "text", texts(plan["campaign"]), width=38),
        *(Column(name, label, "text", texts(plan[name]), width=17) for name, label in LABELS.items()),
        Column("week", "Week", "date", dates(plan["week"]), width=11),
        month_of("month", "Month *", "week"),
        _quarter(),
        Column("today", "Today's spend", "cents", numbers(plan["current_spend"])),
        Column("plan", "Planned spend", "cents", numbers(plan["recommended_spend"])),
        less("change", "Change *", "cents", "plan", "today"),
        Column("extrapolated", "Beyond the highest spend seen", "cents", numbers(plan["extrapolated_spend"])),
        *(
            Column(name, label, "exact", numbers(plan[name]))
            for name, label in (("leads", "Leads"), ("bookings", "Bookings"), ("visits", "Completed visits"))
        ),
        Column("value", "Value before spend", "cents" if source.is_money else "exact", numbers(plan["value"])),
        Column("follow_on", "Follow-on visits", "exact", numbers(plan["follow_on_visits"])),
        Column("margin", "Lifetime margin a visit", "cents", numbers(plan["campaign"].map(margin))),
        product("lifetime", "Lifetime margin *", "cents", "visits", "margin"),
        Column("next_leads", "Leads of the next unit of money", "exact", numbers(explain["leads"])),
        Column("next_visits", "Visits at the margin *", "exact", formula=_margin_formula, gives=_at_the_margin),
        Column("return", "Return of the next unit of money", "exact", numbers(plan["next_dollar_return"])),
        Column("code", "Reason code", "text", texts(plan["reason_code"])),
        Column("reason", "Reason", "text", texts(plan["reason"]), width=90),
    ]
    return _flat(page, columns, 1)


def _margin_formula(at: At) -> str:
    return f"=IF({at['leads']}=0,0,{at['plan']}*{at['next_leads']}*{at['visits']}/{at['leads']})"


def _at_the_margin(row: Mapping[str, Cell]) -> float:
    """Visits of the planned spend if all of it brought what its next unit of money does."""
    leads = number(row["leads"])
    return number(row["plan"]) * number(row["next_leads"]) * number(row["visits"]) / leads if leads else 0.0


def month_of(key: str, header: str, week: str) -> Column:
    """First day of the month in which a week's Monday lies."""
    return Column(
        key,
        header,
        "month",
        formula=lambda at: f"=DATE(YEAR({at[week]}),MONTH({at[week]}),1)",
        gives=lambda row: serial(date_of(row[week]).replace(day=1)),
        width=11,
    )


def _quarter() -> Column:
    return Column(
        "quarter",
        "Quarter from *",
        "month",
        formula=lambda at: f"=DATE(YEAR({at['week']}),INT((MONTH({at['week']})-1)/3)*3+1,1)",
        gives=lambda row: serial(quarter_of(date_of(row["week"]))),
        width=11,
    )


def quarter_of(date: dt.date) -> dt.date:
    """First day of a date's quarter."""
    return date.replace(month=(date.month - 1) // 3 * 3 + 1, day=1)


def lead_data(page: Page, source: Source) -> Block:
    """The table ``leads`` of the run, clinic and line by week."""
    leads = source.tables["leads"]
    page.title(
        "Data: leads by clinic, line and week",
        "leads.csv of the run: every valid lead in the week in which it comes, those of spend before the plan among"
        " them. Bookings and visits stand in the week of their lead, at the clinic that was asked for.",
    )
    amounts = {
        "leads": "Leads",
        "answered_in_time": "Answered in time",
        "late": "Answered late",
        "lost": "Never answered",
        "requests": "Appointment requests",
        "waitlist": "Already waiting",
        "booked": "Bookings",
        "visits": "Completed visits",
    }
    columns = [
        *_place(leads),
        Column("team", "Intake team", "text", texts(leads["intake_team"]), width=18),
        Column("week", "Week", "date", dates(leads["week"]), width=11),
        *(Column(name, label, "exact", numbers(leads[name])) for name, label in amounts.items()),
    ]
    return _flat(page, columns, 3)


def capacity_data(page: Page, source: Source, bookings: Block) -> Block:
    """The table ``capacity`` of the run, clinic and line by visit week, with the days that patients waited."""
    capacity = source.tables["capacity"]
    page.title(
        "Data: appointments by clinic, line and week",
        "capacity.csv of the run, in the week of the visit, at the clinic that sees the patient. Taken are the slots"
        " that are booked already, that patients without advertising take, and that the plan's patients use. Columns"
        " headed * are computed here; days waited are an average over the bookings of the plan.",
    )
    amounts = {
        "new_patient_slots": "Slots in the schedule",
        "already_booked": "Booked already",
        "expected_baseline_bookings": "Without advertising",
        "open_slots": "Open for the plan",
        "booked": "Booked by the plan",
        "routed_in": "of these sent here by another clinic",
        "follow_on_visits": "Follow-on visits",
        "slots_used": "Slots used by the plan",
        "open_slots_left": "Open slots left",
    }
    columns = [
        *_place(capacity),
        Column("week", "Week", "date", dates(capacity["week"]), width=11),
        *(Column(name, label, "exact", numbers(capacity[name])) for name, label in amounts.items()),
        Column("taken", "Slots taken *", "exact", formula=_taken_formula, gives=_taken),
        _utilisation(),
        _days_waited(source, bookings),
        Column(
            "next", "Days to the third next open slot today", "count", numbers(capacity["third_next_available_days"])
        ),
        Column("visits", "Completed visits", "exact", numbers(capacity["visits"])),
        Column("price", "Worth of a further open slot", "value", numbers(capacity["price"])),
    ]
    return _flat(page, columns, 3)


_TAKEN = ("already_booked", "expected_baseline_bookings", "slots_used")


def _taken_formula(at: At) -> str:
    return "=" + "+".join(at[name] for name in _TAKEN)


def _taken(row: Mapping[str, Cell]) -> float:
    return sum(number(row[name]) for name in _TAKEN)


def _utilisation() -> Column:
    return Column(
        "utilisation",
        "Share taken *",
        "percent",
        formula=lambda at: f"=IF({at['new_patient_slots']}=0,0,{at['taken']}/{at['new_patient_slots']})",
        gives=lambda row: (
            number(row["taken"]) / number(row["new_patient_slots"]) if number(row["new_patient_slots"]) else 0.0
        ),
    )


def _days_waited(source: Source, bookings: Block) -> Column:
    """Average days between request and appointment of the bookings of each row; blank where there is none."""
    made, capacity = source.tables["bookings"], source.tables["capacity"]
    key = ["location", "service_line", "week"]
    weighed = made.assign(days=made["booked"] * made["weeks_waited"] * 7)
    seen = weighed.groupby(["seen_at", "service_line", "visit_week"])["days"].sum().rename_axis(key)
    days = seen.reindex(pd.MultiIndex.from_frame(capacity[key]), fill_value=0.0)
    literal = all(is_literal(capacity[name]) for name in key[:2])

    def formula(at: At) -> str:
        conditions = [
            Condition(bookings.of("seen_at"), at["location"], literal),
            Condition(bookings.of("service_line"), at["service_line"], literal),
            Condition(bookings.of("visit_week"), at["week"], True, is_number=True),
        ]
        return f'=IF({at["booked"]}=0,"",{sum_where(bookings.of("days"), *conditions)}/{at["booked"]})'

    cells: list[Cell] = [
        float(waited / booked) if booked else "" for waited, booked in zip(days, capacity["booked"], strict=True)
    ]
    return Column("days", "Days waited *", "count", cells, formula)


def booking_data(page: Page, source: Source) -> Block:
    """The table ``bookings`` of the run: who asked where, who sees them, and when."""
    made, facts = source.tables["bookings"], source.facts
    margins = facts.units[["location", "service_line"]].assign(
        first_margin=facts.first_visit_margin, margin=facts.ltv_margin
    )
    seen = margins.set_index(["location", "service_line"]).loc[
        pd.MultiIndex.from_frame(made[["seen_at", "service_line"]])
    ]
    page.title(
        "Data: bookings",
        "bookings.csv of the run: each clinic and line that was asked for, the clinic that sees the patients, the week"
        " of the lead and the week of the visit. Patients already waiting and leads under way are among them. Columns"
        " headed * are computed here.",
    )
    columns = [
        *_place(made),
        Column("seen_at", "Seen at", "text", texts(made["seen_at"]), width=17),
        Column("week", "Lead week", "date", dates(made["week"]), width=11),
        Column("visit_week", "Visit week", "date", dates(made["visit_week"]), width=11),
        Column("waited", "Weeks waited", "whole", numbers(made["weeks_waited"])),
        Column("booked", "Bookings", "exact", numbers(made["booked"])),
        Column("visits", "Completed visits", "exact", numbers(made["visits"])),
        Column(
            "days",
            "Days waited by all *",
            "exact",
            formula=lambda at: f"={at['booked']}*{at['waited']}*7",
            gives=lambda row: number(row["booked"]) * number(row["waited"]) * 7,
        ),
        Column("first_margin", "First-visit margin", "cents", numbers(seen["first_margin"])),
        product("first", "First-visit margin of all *", "cents", "visits", "first_margin"),
        Column("margin", "Lifetime margin", "cents", numbers(seen["margin"])),
        product("lifetime", "Lifetime margin of all *", "cents", "visits", "margin"),
        month_of("month", "Visit month *", "visit_week"),
    ]
    return _flat(page, columns, 3)


_MONEY_TOTALS = {"spend", "overflow_cost"}
_VALUE_TOTALS = {"gross", "value", "change_cost", "follow_on_value", "leaked_value"}


def total_data(page: Page, source: Source) -> Block:
    """Totals of the run's summary, today and in the plan; what is under way counts to both of its own kind."""
    page.title("Data: totals", "summary.json of the run, to all its digits.")
    plan, today = source.summary["plan"], source.summary["today"]
    under_way = source.summary["under_way"]
    names = [*plan, *(f"{name} under way" for name in under_way)]
    looks = [
        "cents" if name in _MONEY_TOTALS or (name in _VALUE_TOTALS and source.is_money) else "exact" for name in names
    ]
    columns = [
        Column("name", "Total", "text", texts(names), width=26),
        Column("today", "Today's spend", "exact", [*numbers(list(today.values())), None, None], styles=looks, width=20),
        Column("plan", "Plan", "exact", numbers([*plan.values(), *under_way.values()]), styles=looks, width=20),
    ]
    return page.table(columns)


def _place(table: pd.DataFrame) -> list[Column]:
    names = ("market", "location", "service_line")
    return [Column(name, LABELS[name], "text", texts(table[name]), width=17) for name in names]


def _flat(page: Page, columns: list[Column], kept: int) -> Block:
    """A table that fills the sheet, with its header in view and buttons to filter by."""
    header = page.row
    block = page.table(columns)
    page.freeze(header + 1, kept)
    page.sheet.autofilter(header - 1, 0, max(block.last, block.first) - 1, len(columns) - 1)
    return block
