"""The plan itself: campaign by week, and what changes and why."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from optimizer.plan.reasons import main_weeks
from optimizer.report.workbook.cells import Cell, Column, numbers, texts
from optimizer.report.workbook.data import LABELS
from optimizer.report.workbook.groups import Groups
from optimizer.report.workbook.page import Block, Page
from optimizer.report.workbook.source import Source

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
    groups = Groups(data, ("campaign",), [(name,) for name in texts(first["campaign"])])
    columns = [
        *_campaign(first),
        *groups.spend(),
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
