"""The plan beside today's spend and beside other runs: before + change = after, in totals and campaign by campaign."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.report.sections import how_sure
from optimizer.report.workbook.cells import Column, less, numbers, ratio, texts
from optimizer.report.workbook.page import Block, Page
from optimizer.report.workbook.source import Source
from optimizer.study.compare import Comparison

TOTALS = {
    "spend": ("Spend", "cents"),
    "visits": ("Completed visits", "count"),
    "bookings": ("Bookings", "count"),
    "leads": ("Leads", "count"),
    "late": ("  answered late", "count"),
    "lost": ("  never answered", "count"),
    "gross": ("Value before spend", "value"),
    "value": ("Value", "value"),
}


def comparison(page: Page, source: Source) -> list[tuple[Block, Block]]:
    """The plan against today, then against each run that was asked for; totals and moves of each."""
    page.title("Comparison: before + change = after", f"{how_sure(source.summary)} Figures are expected values.")
    page.heading("Against today's spend")
    today, plan = source.summary["today"], source.summary["plan"]
    _totals(page, [*TOTALS], [today[name] for name in TOTALS], [plan[name] for name in TOTALS], "Today")
    page.note("Today's spend campaign by campaign stands in 'Change by campaign'.")
    page.freeze_title(1)
    return [_against(page, found) for found in source.against]


def _totals(page: Page, names: Sequence[str], before: Sequence[float], after: Sequence[float], called: str) -> Block:
    looks = [TOTALS[name][1] for name in names]
    change = less("change", "Change", "count", "after", "before", styles=looks, width=15)
    columns = [
        Column("total", "", "text", [TOTALS[name][0] for name in names], width=40),
        Column("before", called, "count", numbers(before), styles=looks, width=15),
        Column("after", "This plan", "count", numbers(after), styles=looks, width=15),
        change,
        ratio("share", "Change, %", "percent", "change", "before", width=10),
    ]
    return page.table(columns)


def _against(page: Page, found: Comparison) -> tuple[Block, Block]:
    """One run against another: totals, what was asked differently, and every campaign whose spend differs."""
    page.skip()
    page.heading(f"Against the run {found.before.folder.name}")
    if found.before.summary["objective"] != found.after.summary["objective"]:
        page.note("The two plans seek different things, so their values are not compared.")
    rows = found.totals
    totals = _totals(page, list(rows["total"]), list(rows["before"]), list(rows["after"]), "Before")
    page.skip()
    _inputs(page, found)
    page.skip()
    return totals, _moves(page, found)


def _inputs(page: Page, found: Comparison) -> None:
    page.heading("What was asked differently")
    if found.inputs.empty:
        page.note("Nothing.")
        return
    told = {
        name: ["" if cell is None else str(cell) for cell in found.inputs[name]]
        for name in ("where", "what", "before", "after")
    }
    headers = {"where": "Where", "what": "What", "before": "Before", "after": "This plan"}
    page.table([Column(name, headers[name], "text", cells) for name, cells in told.items()])


def _moves(page: Page, found: Comparison) -> Block:
    """Campaigns whose spend differs, and all others in one row, so that the sums are those of the plans."""
    page.heading("Where money moved, campaign by campaign")
    moves = found.moves
    spend = float(found.totals["before"].to_numpy()[list(found.totals["total"]).index("spend")])
    same = round(spend - float(moves["before"].sum()), 2)
    names = [*texts(moves["campaign"]), "all other campaigns, unchanged"]
    before, after = ([*numbers(moves[name]), same] for name in ("before", "after"))
    return page.table(
        [
            Column("campaign", "Campaign", "text", names, width=40),
            Column("before", "Before", "cents", before, total="sum"),
            Column("after", "This plan", "cents", after, total="sum"),
            less("change", "Change", "cents", "after", "before"),
            Column("reason", "Why", "text", [*texts(moves["reason"]), ""], width=10),
        ],
        totals="All campaigns",
    )
