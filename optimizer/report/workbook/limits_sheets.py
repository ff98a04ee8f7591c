"""What stops the plan: places where more room is worth most, prices of limits, goals, and rules that hold campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.plan.held_back import NOT_WORKED_OUT
from optimizer.plan.words import weeks_in_words
from optimizer.report.sections import RULES, SIDES
from optimizer.report.workbook.cells import Column, less, numbers, texts
from optimizer.report.workbook.data import dates
from optimizer.report.workbook.page import Page
from optimizer.report.workbook.source import Source

MOST_PRICES = 400
"""Limits with a price that are listed; ``prices.csv`` of the run has all."""
_SMALL = 1e-6
_KINDS = {
    "budget_total": "Budget",
    "budget_period": "Budget of a week or month",
    "appointment_capacity": "Open slots",
    "intake_sla": "Answering hours",
    "intake_total": "Paid intake hours",
    "intake_overflow": "Hours that can be bought",
    "shared_resource": "Minutes of a shared resource",
    "limits": "Named limit",
    "ratio_limits": "Named limit",
    "soft_limits": "Goal that may be missed",
    "campaign_spend": "Floor or ceiling of a campaign",
    "change_limit": "Weekly change limit",
    "changed_campaigns": "Campaigns that may change",
}


def binding(page: Page, source: Source) -> None:
    """Where more room would be worth most, and what one more unit of every limit that binds would bring."""
    page.title(
        "What binds, and what relief is worth",
        "The first table is found by planning again with the room added; it is what the whole plan would gain. The"
        " second tells what the first further unit of each limit in a single week adds; further units add as much or"
        " less, never more. Below zero: what the plan gains if the asked amount falls by one.",
    )
    page.heading("Where more room is worth most")
    tight: list[Mapping[str, Any]] = source.summary["tight"]
    page.table([
        Column("place", "Clinic, team or resource", "text", [place["place"] for place in tight], width=72),
        Column("more", "With", "text", [place["more"] for place in tight], width=34),
        Column("gain", "The plan would gain", "value", [float(place["gain"]) for place in tight], width=16),
        Column("weeks", "Full", "text", [weeks_in_words(place["weeks"]) for place in tight]),
    ])  # fmt: skip
    if not tight:
        page.note("No clinic, intake team or shared resource limits the plan.")
    page.skip()
    page.heading("Every limit that binds, greatest worth first")
    _prices(page, source)
    page.freeze_title(1)


def _prices(page: Page, source: Source) -> None:
    prices = source.tables["prices"]
    size = prices["price"].abs()
    binds = prices[size > _SMALL].assign(size=size).sort_values(["size", "row"], ascending=[False, True], kind="stable")
    shown = binds.head(MOST_PRICES)
    price = "cents" if source.is_money else "exact"
    page.table([
        Column("more", "Of", "text", texts(shown["meaning"]), width=72),
        Column("kind", "Kind", "text", [_KINDS.get(family, family) for family in shown["family"]], width=34),
        Column("price", "Worth of one more", price, numbers(shown["price"]), width=16),
        Column("size", "What there is", "ratio", numbers(shown["limit"]), width=14),
        Column("used", "What the plan uses", "ratio", numbers(shown["used"]), width=14),
    ])  # fmt: skip
    if len(binds) > len(shown):
        page.note(f"{len(binds) - len(shown):,} more limits bind; prices.csv of the run lists all.")


_QUANTITIES = {"spend": "money", "spend_share": "percent", "cac": "cents", "ltv_to_cac": "ratio"}
_MEASURED = {
    "spend": "spend",
    "spend_share": "share of all spend",
    "cac": "spend per visit",
    "ltv_to_cac": "lifetime margin over spend",
}


def limits(page: Page, source: Source) -> None:
    """Named limits and goals, and the rules that hold campaigns back."""
    page.title(
        "Goals, limits and rules",
        "Named limits as people wrote them, with what the plan reaches; then the rules that held campaigns before any"
        " plan was made.",
    )
    table = source.tables["limits"]
    page.heading("Goals and limits")
    looks = [_QUANTITIES.get(name, "count") for name in table["quantity"]]
    amounts = {"asked": "Asked", "achieved": "Reached", "shortfall": "Short by"}
    page.table([
        Column("name", "Goal or limit", "text", texts(table["name"]), width=34),
        Column("quantity", "Of", "text", [_MEASURED.get(name, name) for name in table["quantity"]], width=24),
        Column("side", "Asks", "text", [SIDES[side] for side in table["side"]], width=16),
        Column("weeks", "Over", "text", texts(table["weeks"]), width=24),
        *(Column(name, label, "count", numbers(table[name]), styles=looks) for name, label in amounts.items()),
        Column("penalty", "The miss counts as", "value", numbers(table["penalty"])),
        Column("owner", "Owner", "text", [owner or "not named" for owner in table["owner"]], width=24),
        Column("reason", "Reason", "text", [reason or "not given" for reason in table["reason"]], width=46),
        Column("source", "From", "text", texts(table["source"]), width=18),
    ])  # fmt: skip
    if table.empty:
        page.note("The scenario names no limit or goal (limits.csv).")
    page.skip()
    _held_back(page, source)
    page.skip()
    _gates(page, source)
    page.freeze_title(1)


def _held_back(page: Page, source: Source) -> None:
    page.heading("What rules hold back")
    held: list[Mapping[str, Any]] = source.summary["held_back"]
    page.table([
        Column("rule", "Rule", "text", [_rule(item["code"]) for item in held], width=34),
        Column("campaigns", "Campaigns", "whole", [float(item["campaigns"]) for item in held]),
        Column("weeks", "Campaign weeks", "whole", [float(item["weeks"]) for item in held]),
        Column("gain", "Without it the plan would gain about", "value", [item["blocked"] for item in held], width=24),
    ])  # fmt: skip
    if not held:
        page.note("No rule holds a campaign back.")
    if any(item["blocked"] is None for item in held):
        page.note(f"A blank gain was not worked out. {NOT_WORKED_OUT}")


def _rule(code: str) -> str:
    return RULES.get(code, "Outside its flight" if code == "flight" else code)


def _gates(page: Page, source: Source) -> None:
    """One row for the weeks in which the same rule holds the same campaign in the same way."""
    page.heading("Campaigns that rules held")
    gates = source.tables["gates"]
    key = ["campaign", "code", "ceiling_before", "ceiling_after", "reason", "source"]
    found = gates.groupby(key, sort=False, dropna=False)["week"].agg(["count", "min", "max"]).reset_index()
    page.table([
        Column("campaign", "Campaign", "text", texts(found["campaign"]), width=34),
        Column("rule", "Rule", "text", [_rule(code) for code in found["code"]], width=24),
        Column("weeks", "Weeks", "whole", numbers(found["count"])),
        Column("first", "First week", "date", dates(found["min"])),
        Column("last", "Last week", "date", dates(found["max"])),
        Column("before", "Most a week before", "money", numbers(found["ceiling_before"])),
        Column("after", "Most a week under it", "money", numbers(found["ceiling_after"])),
        less("change", "Change", "money", "after", "before"),
        Column("source", "From", "text", texts(found["source"]), width=24),
        Column("reason", "Reason", "text", texts(found["reason"]), width=46),
    ])  # fmt: skip
    if found.empty:
        page.note("None.")
