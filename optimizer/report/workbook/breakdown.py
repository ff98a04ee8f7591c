"""The plan's money and what it brings, by month, quarter and week, and by market, clinic, service line and channel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from optimizer.report.workbook.cells import Column, date_of, ratio
from optimizer.report.workbook.data import LABELS
from optimizer.report.workbook.groups import Groups
from optimizer.report.workbook.page import Block, Page
from optimizer.report.workbook.source import Source


def calendar(page: Page, source: Source, data: Block) -> dict[str, Block]:
    """The plan by month, by quarter and by week."""
    page.title(
        "Plan by month, quarter and week",
        "A week belongs to the month of its Monday. Leads, bookings, visits and value are those that the month's spend"
        " brings, whenever they come; value is before spend.",
    )
    value = "money" if source.is_money else "count"
    page.heading("By month")
    groups = Groups.of(data, "month")
    months = page.table([groups.column("month", "Month", "month", 30), *groups.measures(value)], totals="All months")
    page.skip()
    page.heading("By quarter")
    groups = Groups.of(data, "quarter")
    names = Column("name", "Quarter", "text", [_quarter_name(date_of(label[0])) for label in groups.labels])
    begins = groups.column("quarter", "First month", "month", 13)
    quarters = page.table([names, *groups.measures(value), begins], totals="All quarters")
    page.skip()
    page.heading("By week")
    groups = Groups.of(data, "week")
    weeks = page.table([groups.column("week", "Week", "date", 30), *groups.measures(value)], totals="All weeks")
    page.skip()
    _over_time(page, months, "month", "mmm yyyy", 0)
    _over_time(page, weeks, "week", "mmm d", 6)
    page.freeze_title(1)
    return {"months": months, "quarters": quarters, "by week": weeks}


def _quarter_name(start: dt.date) -> str:
    return f"{start.year} Q{(start.month + 2) // 3}"


def _over_time(page: Page, block: Block, by: str, shown: str, place: int) -> None:
    """Spend today and in the plan, period by period."""
    page.chart(
        "column",
        f"Spend by {by}",
        block.of(by),
        [("Today", block.of("today")), ("Plan", block.of("plan"))],
        (page.row, place),
        num_format=page.styles.thousands,
        names={"num_format": shown, "text_axis": True},
    )


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
    blocks: dict[str, Block] = {}
    for by, name in LABELS.items():
        groups = Groups.of(data, by)
        if list(groups.labels) != [("",)]:
            page.heading(f"By {name.lower()}")
            blocks[by] = page.table(_columns(groups, by, name, source), totals="All")
            page.skip()
    _charts(page, blocks)
    page.freeze_title(1)
    return blocks


def _columns(groups: Groups, by: str, name: str, source: Source) -> list[Column]:
    return [
        groups.column(by, name, "text", 30),
        *groups.measures("money" if source.is_money else "count"),
        ratio("return", "Value per spend", "ratio", "value", "plan", width=10),
        groups.sum("next_visits", "Visits at the margin", "count"),
        ratio("marginal", "Marginal CAC", "cents", "plan", "next_visits", width=11),
        groups.sum("lifetime", "LTV", "money"),
        ratio("ltv_to_cac", "LTV : CAC", "ratio", "lifetime", "plan", width=9),
    ]


def _charts(page: Page, blocks: Mapping[str, Block]) -> None:
    """Spend today and in the plan, by channel and by line."""
    for by, place in (("channel", 0), ("service_line", 5)):
        block = blocks[by]
        page.chart(
            "bar",
            f"Spend by {LABELS[by].lower()}: today and plan",
            block.of(by),
            [("Today", block.of("today")), ("Plan", block.of("plan"))],
            (page.row, place),
            num_format=page.styles.thousands,
            height=140 + 34 * len(block.cells[by]),
            width=560,
        )
