"""The plan itself: campaign by week, what changes and why, and the same money by month, quarter and group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from optimizer.plan.reasons import main_weeks
from optimizer.report.workbook.cells import (
    At,
    Cell,
    Column,
    Condition,
    date_of,
    is_literal,
    less,
    numbers,
    ratio,
    serial,
    sum_where,
    texts,
)
from optimizer.report.workbook.data import LABELS, dates, quarter_of
from optimizer.report.workbook.page import Block, Page
from optimizer.report.workbook.source import Source

Labels = Sequence[object] | pd.Series
"""Labels of groups."""
_NAMES = ("campaign", "location", "service_line", "channel")


def by_week(page: Page, source: Source) -> Block:
    """Recommended spend, campaign by week."""
    page.title(
        "Plan: spend by campaign and week",
        "What each campaign is to spend in the week of each Monday, to the cent. Sums are computed in the sheet.",
    )
    plan = source.tables["plan"]
    weeks = sorted(set(plan["week"]))
    labels = plan[[*_NAMES]].drop_duplicates().reset_index(drop=True)
    spend = plan.pivot(index="campaign", columns="week", values="recommended_spend").loc[labels["campaign"]]
    days = [dt.date.fromisoformat(week) for week in weeks]
    columns = [
        *_campaign(labels),
        *(
            Column(week, f"{day:%b} {day.day}", "cents", numbers(spend[week]), total="sum", width=11.5)
            for week, day in zip(weeks, days, strict=True)
        ),
        Column(
            "total",
            "All weeks",
            "cents",
            numbers(spend.sum(axis=1)),
            lambda at: f"=SUM({at[weeks[0]]}:{at[weeks[-1]]})",
            total="sum",
            width=14,
        ),
    ]
    header = page.row
    block = page.table(columns, totals="All campaigns")
    page.freeze(header + 1, 1)
    return block


def _campaign(labels: pd.DataFrame) -> list[Column]:
    widths = {"campaign": 38, "location": 15, "service_line": 18, "channel": 18}
    headers = {"campaign": "Campaign", **LABELS}
    return [Column(name, headers[name], "text", texts(labels[name]), width=widths[name]) for name in _NAMES]


def changes(page: Page, source: Source, data: Block) -> Block:
    """What every campaign spends today and in the plan, and why."""
    page.prose = (8, 150)
    page.title(
        "Change by campaign: today, plan and why",
        "Over all planned weeks. The main reason is that of the week in which the reason that stands for most of the"
        " campaign's change changes it most.",
    )
    plan = source.tables["plan"]
    first = plan.groupby("campaign", sort=False).head(1).reset_index(drop=True)
    literal = is_literal(first["campaign"])
    columns = [
        *_campaign(first),
        *_spend(data, plan, first["campaign"], "campaign", literal),
        Column("first", "Why in the first week", "wrapped", texts(first["reason"]), width=48),
        Column("main", "Main reason", "wrapped", _main_reasons(plan), width=60),
    ]
    header = page.row
    block = page.table(columns, totals="All campaigns")
    page.freeze(header + 1, 1)
    page.sheet.autofilter(header - 1, 0, block.last - 1, len(columns) - 1)
    return block


def _main_reasons(plan: pd.DataFrame) -> list[Cell]:
    """The sentence of each campaign's main week."""
    campaigns = plan["campaign"].nunique()
    shape = (campaigns, len(plan) // campaigns)
    codes = plan["reason_code"].to_numpy(dtype=str).reshape(shape)
    week = main_weeks(codes, plan["change"].to_numpy(float).reshape(shape))
    return texts(plan["reason"].to_numpy().reshape(shape)[np.arange(campaigns), week])


def _spend(data: Block, plan: pd.DataFrame, labels: Labels, by: str, literal: bool) -> list[Column]:
    """Spend today and in the plan, and the change, of each label; sums over the data."""
    return [
        _summed("today", "Today's spend", "cents", data, plan, "current_spend", labels, by, literal),
        _summed("plan", "Planned spend", "cents", data, plan, "recommended_spend", labels, by, literal),
        less("change", "Change", "cents", "plan", "today", width=13),
        ratio("share", "Change, %", "percent", "change", "today", width=9),
    ]


def _summed(
    key: str,
    header: str,
    style: str,
    data: Block,
    plan: pd.DataFrame,
    column: str,
    labels: Labels,
    by: str,
    literal: bool,
) -> Column:
    """Sums of a column of the data, label by label.

    Args:
        key: Column of the data, and of the table.
        header: What stands above it.
        style: How its cells look.
        data: The sheet that is summed.
        plan: The same rows, with ``by``.
        column: Their column.
        labels: What is summed for.
        by: Column of both by which rows are told apart.
        literal: Whether SUMIFS tells them apart.
    """
    sums = plan.groupby(by)[column].sum().reindex(list(labels))

    def formula(at: At) -> str:
        return "=" + sum_where(data.of(key), Condition(data.of(by), at[by], literal))

    return Column(key, header, style, numbers(sums), formula, total="sum", width=14)


def calendar(page: Page, source: Source, data: Block) -> dict[str, Block]:
    """The plan by month, by quarter and by week."""
    page.title(
        "Plan by month, quarter and week",
        "A week belongs to the month of its Monday. Leads, bookings, visits and value are those that the month's spend"
        " brings, whenever they come; value is before spend.",
    )
    mondays = [date_of(cell) for cell in dates(source.tables["plan"]["week"])]
    plan = source.tables["plan"].assign(
        month=[serial(day.replace(day=1)) for day in mondays],
        quarter=[serial(quarter_of(day)) for day in mondays],
        week=[serial(day) for day in mondays],
    )
    page.heading("By month")
    starts = sorted(set(plan["month"]))
    first = Column("month", "Month", "month", starts, width=30)
    months = page.table([first, *_measures(data, plan, starts, "month", True, source)], totals="All months")
    page.skip()
    page.heading("By quarter")
    starts = sorted(set(plan["quarter"]))
    names = Column("name", "Quarter", "text", [_quarter_name(date_of(start)) for start in starts])
    measures = _measures(data, plan, starts, "quarter", True, source)
    begins = Column("quarter", "First month", "month", starts, width=13)
    quarters = page.table([names, *measures, begins], totals="All quarters")
    page.skip()
    page.heading("By week")
    starts = sorted(set(plan["week"]))
    measures = _measures(data, plan, starts, "week", True, source)
    weeks = page.table([Column("week", "Week", "date", starts), *measures], totals="All weeks")
    page.skip()
    for place, (block, by, shown) in enumerate(((months, "month", "mmm yyyy"), (weeks, "week", "mmm d"))):
        page.chart(
            "column",
            f"Spend by {by}",
            block.of(by),
            [("Today", block.of("today")), ("Plan", block.of("plan"))],
            (page.row, 6 * place),
            num_format=page.styles.thousands,
            names={"num_format": shown, "text_axis": True},
        )
    page.freeze_title(1)
    return {"months": months, "quarters": quarters, "by week": weeks}


def _quarter_name(start: dt.date) -> str:
    return f"{start.year} Q{(start.month + 2) // 3}"


def _measures(
    data: Block, plan: pd.DataFrame, labels: Sequence[object], by: str, literal: bool, source: Source
) -> list[Column]:
    """Spend today, in the plan and the change, what the plan's spend brings, and what a visit costs."""
    value = "money" if source.is_money else "count"
    brought = (
        ("leads", "Leads", "count"),
        ("bookings", "Bookings", "count"),
        ("visits", "Completed visits", "count"),
        ("value", "Value before spend", value),
    )
    return [
        *_spend(data, plan, labels, by, literal),
        *(_summed(name, label, style, data, plan, name, labels, by, literal) for name, label, style in brought),
        ratio("cac", "Spend per visit (CAC)", "cents", "plan", "visits", width=11),
    ]


def breakdown(page: Page, source: Source, data: Block) -> dict[str, Block]:
    """The plan by market, clinic, service line and channel."""
    page.title(
        "Plan by market, clinic, service line and channel",
        "What each group's spend over all planned weeks brings. CAC is spend per completed visit of a new patient."
        " LTV is the lifetime margin of these visits as finance gives it (patient_value) without follow-on visits;"
        " LTV : CAC is LTV over spend. Value per spend counts what the plan counts, follow-on visits included."
        " Marginal CAC is spend over visits at the margin: those that the spend would bring if all of it brought what"
        " its next unit of money does (sheet Economics).",
    )
    plan = source.tables["plan"]
    plan = plan.assign(**{name: np.array(data.cells[name], dtype=float) for name in ("lifetime", "next_visits")})
    blocks: dict[str, Block] = {}
    for by, name in LABELS.items():
        labels = sorted(set(plan[by]))
        if labels == [""]:
            continue
        page.heading(f"By {name.lower()}")
        literal = is_literal(labels)
        columns = [
            Column(by, name, "text", texts(labels), width=30),
            *_measures(data, plan, labels, by, literal, source),
            ratio("return", "Value per spend", "ratio", "value", "plan", width=10),
            _summed("next_visits", "Visits at the margin", "count", data, plan, "next_visits", labels, by, literal),
            ratio("marginal", "Marginal CAC", "cents", "plan", "next_visits", width=11),
            _summed("lifetime", "LTV", "money", data, plan, "lifetime", labels, by, literal),
            ratio("ltv_to_cac", "LTV : CAC", "ratio", "lifetime", "plan", width=9),
        ]
        blocks[by] = page.table(columns, totals="All")
        page.skip()
    for place, by in enumerate(by for by in ("channel", "service_line") if by in blocks):
        page.chart(
            "bar",
            f"Spend by {LABELS[by].lower()}: today and plan",
            blocks[by].of(by),
            [("Today", blocks[by].of("today")), ("Plan", blocks[by].of("plan"))],
            (page.row, 0 if not place else 5),
            num_format=page.styles.thousands,
            height=140 + 34 * len(blocks[by].cells[by]),
            width=560,
        )
    page.freeze_title(1)
    return blocks
