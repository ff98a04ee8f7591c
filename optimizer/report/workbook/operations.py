"""What operations are asked for: slots by clinic and line, hours by intake team, week by week."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from optimizer.report.workbook.cells import (
    At,
    Column,
    Condition,
    is_literal,
    numbers,
    ratio,
    serial,
    sum_where,
    texts,
)
from optimizer.report.workbook.data import dates
from optimizer.report.workbook.page import Block, Page
from optimizer.report.workbook.source import Source

_UNIT = ["location", "service_line"]
_AMOUNTS = {
    "new_patient_slots": "Slots in the schedule",
    "already_booked": "Booked already",
    "expected_baseline_bookings": "Without advertising",
    "slots_used": "Slots used by the plan",
    "taken": "Slots taken",
    "booked": "Booked by the plan",
    "visits": "Completed visits",
}


def capacity(page: Page, source: Source, data: Block) -> dict[str, Block]:
    """Slots over the planned weeks, then slots taken week by week, clinic by clinic."""
    page.title(
        "Capacity: slots by clinic and service line",
        "Sums over all weeks of the sheet 'Data capacity', which has every week of every clinic, with days waited and"
        " what a further open slot would be worth. Weeks after the plan count: patients of its last weeks are seen"
        " then.",
    )
    table = source.tables["capacity"]
    table = table.assign(taken=table["already_booked"] + table["expected_baseline_bookings"] + table["slots_used"])
    units = table[_UNIT].drop_duplicates().reset_index(drop=True)
    literal = all(is_literal(units[name]) for name in _UNIT)
    totals = page.table(_totals(table, units, data, literal), totals="All clinics")
    page.skip()
    page.heading("All clinics, by week")
    weeks = sorted(set(table["week"]))
    by_week = page.table(_all_clinics(table, data, weeks))
    page.skip()
    page.chart(
        "line",
        "Share of all slots taken, by week",
        by_week.of("week"),
        [("Slots taken", by_week.of("utilisation"))],
        (by_week.first - 1, 7),
        num_format="0%",
        names={"num_format": "mmm d", "text_axis": True},
    )
    page.row = max(page.row, by_week.first + 16)
    page.heading("Share of slots taken, clinic by clinic")
    matrix = page.table([*_labels(units), *(_week(table, units, data, literal, week) for week in weeks)])
    last = len(weeks) + 1
    page.sheet.conditional_format(
        matrix.first - 1, 2, matrix.last - 1, last,
        {"type": "3_color_scale", "min_color": "#FFFFFF", "mid_color": "#FBE8C8", "max_color": "#E07A3F",
         "mid_type": "num", "mid_value": 0.7, "min_type": "num", "min_value": 0.3, "max_type": "num", "max_value": 1},
    )  # fmt: skip
    page.freeze_title(2)
    return {"capacity": totals, "utilisation": matrix, "slots by week": by_week}


def _all_clinics(table: pd.DataFrame, data: Block, weeks: list[str]) -> list[Column]:
    """Slots of all clinics together, week by week."""
    sums = table.groupby("week")[list(_AMOUNTS)].sum().loc[weeks]

    def column(name: str) -> Column:
        def text(at: At) -> str:
            return "=" + sum_where(data.of(name), Condition(data.of("week"), at["week"], True, is_number=True))

        return Column(name, _AMOUNTS[name], "count", numbers(sums[name]), text)

    return [
        Column("week", "Week", "date", dates(weeks)),
        *(column(name) for name in ("new_patient_slots", "taken", "booked", "visits")),
        ratio("utilisation", "Slots taken, %", "percent", "taken", "new_patient_slots"),
    ]


def _labels(units: pd.DataFrame) -> list[Column]:
    return [
        Column("location", "Clinic", "text", texts(units["location"]), width=22),
        Column("service_line", "Service line", "text", texts(units["service_line"]), width=20),
    ]


def _totals(table: pd.DataFrame, units: pd.DataFrame, data: Block, literal: bool) -> list[Column]:
    rows = pd.MultiIndex.from_frame(units)
    sums = table.groupby(_UNIT)[list(_AMOUNTS)].sum().loc[rows]

    def formula(name: str) -> Column:
        def text(at: At) -> str:
            return "=" + sum_where(data.of(name), *_at_unit(data, at, literal))

        return Column(name, _AMOUNTS[name], "count", numbers(sums[name]), text, total="sum", width=11)

    return [
        *_labels(units),
        *(formula(name) for name in _AMOUNTS),
        ratio("utilisation", "Slots taken, %", "percent", "taken", "new_patient_slots", width=9),
        _longest_price(table, rows),
    ]


def _at_unit(data: Block, at: At, literal: bool) -> list[Condition]:
    return [Condition(data.of(name), at[name], literal) for name in _UNIT]


def _longest_price(table: pd.DataFrame, rows: pd.MultiIndex) -> Column:
    most = table.groupby(_UNIT)["price"].max().loc[rows]
    return Column("price", "Most that a further open slot is worth in a week", "value", numbers(most), width=15)


def _week(table: pd.DataFrame, units: pd.DataFrame, data: Block, literal: bool, week: str) -> Column:
    """Share of slots taken in one week; the data have one row for each clinic and line."""
    monday = dt.date.fromisoformat(week)
    here = table[table["week"] == week].set_index(_UNIT).loc[pd.MultiIndex.from_frame(units)]
    shares = [
        float(taken / slots) if slots else 0.0
        for taken, slots in zip(here["taken"], here["new_patient_slots"], strict=True)
    ]

    def formula(at: At) -> str:
        monday_is = Condition(data.of("week"), f"{serial(monday):.0f}", True, is_number=True)
        taken, slots = (
            sum_where(data.of(name), *_at_unit(data, at, literal), monday_is) for name in ("taken", "new_patient_slots")
        )
        return f"=IF({slots}=0,0,{taken}/{slots})"

    return Column(week, f"{monday:%b} {monday.day}", "percent", shares, formula, width=7.5)


_INTAKE = {
    "hours_in_time": ("Hours for leads in time", "count"),
    "hours_used_in_time": ("Hours used in time", "count"),
    "hours_paid": ("Paid hours left for leads", "count"),
    "lead_hours": ("Hours of all leads", "count"),
    "overflow_hours": ("Hours bought", "count"),
    "overflow_cost": ("Cost of hours bought", "cents"),
    "leads": ("Leads", "count"),
    "answered_in_time": ("Answered in time", "count"),
    "late": ("Answered late", "count"),
    "lost": ("Never answered", "count"),
}


def intake(page: Page, source: Source) -> Block | None:
    """Hours and leads of every intake team and week."""
    page.title(
        "Intake: hours and leads by team and week",
        "intake.csv of the run, in the week in which leads come. Hours for leads in time are those left within the"
        " promised service level after all other contacts. Hours bought are operations' own cost, not advertising.",
    )
    table = source.tables["intake"]
    if table.empty:
        page.note("No intake team limits this plan (the scenario has no intake_teams).")
        return None
    columns = [
        Column("team", "Intake team", "text", texts(table["intake_team"]), width=24),
        Column("week", "Week", "date", dates(table["week"]), width=12),
        *(
            Column(name, label, style, numbers(table[name]), total="sum", width=11)
            for name, (label, style) in _INTAKE.items()
        ),
        ratio("load", "Load in time", "percent", "hours_used_in_time", "hours_in_time", width=9),
        Column("price", "Worth of a further answering hour", "value", numbers(table["price"]), width=12),
    ]
    header = page.row
    block = page.table(columns, totals="All teams")
    page.freeze(header + 1, 2)
    page.skip()
    _load_chart(page, block, table)
    return block


def _load_chart(page: Page, block: Block, table: pd.DataFrame) -> None:
    """Load of each team, week by week; the rows of a team stand together."""
    runs: list[tuple[str, str]] = []
    weeks = ""
    for place, (_, rows) in enumerate(table.groupby("intake_team", sort=False)):
        first, last = block.first + int(rows.index[0]), block.first + int(rows.index[-1])
        letters = block.letters
        name, load, week = (f"'{block.sheet}'!${letters[key]}$" for key in ("team", "load", "week"))
        runs.append((f"={name}{first}", f"{load}{first}:${letters['load']}${last}"))
        weeks = f"{week}{first}:${letters['week']}${last}"
        if place == 2:
            break
    options = {"num_format": "0%", "names": {"num_format": "mmm d", "text_axis": True}, "width": 760}
    page.chart("line", "Load of intake teams in time", weeks, runs, (page.row, 0), **options)
