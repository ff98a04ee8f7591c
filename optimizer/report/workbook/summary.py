"""The first sheet: what is planned, what it is worth, how sure that is, and what the file may be used for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from optimizer.plan.words import count, weeks_in_words
from optimizer.report.sections import MEASURE, how_sure, proof, unspent
from optimizer.report.workbook.cells import Column, less, numbers, ratio
from optimizer.report.workbook.comparison import TOTALS
from optimizer.report.workbook.page import Page
from optimizer.report.workbook.reconciliation import TIES
from optimizer.report.workbook.source import Source
from optimizer.scenario.definition import Objective

INTERNAL = (
    "Internal: this file holds full figures, counts of 1 to 10 patients among them. Do not pass it on outside the"
    " group."
)


def summary(page: Page, source: Source, tied: str, sheets: Mapping[str, str]) -> None:
    """Headline, verdict, and where everything comes from.

    Args:
        page: The sheet.
        source: The run.
        tied: Address of the cell that says whether the workbook ties out.
        sheets: Name of each sheet, and what it shows.
    """
    told, words = source.summary, source.words
    page.prose = (6, 118)
    _head(page, source)
    _headline(page, source)
    page.skip()
    page.paragraph("Value is", f"{MEASURE[words.objective]}. {how_sure(told)}")
    page.paragraph("Status", proof(source.run))
    page.write(page.row, 0, "Ties out", "label")
    page.write(page.row, 1, TIES, "text", f"={tied}")
    page.row += 1
    page.paragraph("Unspent", unspent(told, words))
    page.paragraph("Binds most", _binds(source))
    under_way = told["under_way"]["visits"]
    waiting = f"{count(under_way)} of the plan's visits come from patients already waiting and leads already under way."
    page.paragraph("Under way", waiting)
    for number, note in enumerate(told["notes"]):
        page.paragraph("Assumed" if not number else "", str(note))
    page.skip()
    page.heading("Sheets")
    for name, shows in sheets.items():
        page.paragraph(name, shows)
    page.skip()
    _provenance(page, source)
    page.sheet.freeze_panes(1, 0)


def _head(page: Page, source: Source) -> None:
    """Title, marks, and what the plan covers."""
    told = source.summary
    page.write(page.row, 0, str(told["title"] or told["scenario"]), "title")
    page.sheet.set_row(page.row - 1, 22)
    page.row += 1
    if told["synthetic"]:
        page.note("Made-up data for demonstration.", "marked")
    page.note(INTERNAL, "marked")
    first = dt.date.fromisoformat(told["first_week"])
    page.note(
        f"{told['weeks']} weeks from {first:%b} {first.day}, {first.year}; inputs as of {told['as_of']}; money in"
        f" {told['currency']}. Figures are expected values."
    )
    page.skip()


def _headline(page: Page, source: Source) -> None:
    plan, today = source.summary["plan"], source.summary["today"]
    names = [
        name
        for name in TOTALS
        if (name not in ("late", "lost") or round(plan[name] + today[name], 1))
        and (name not in ("gross", "value") or source.words.objective is not Objective.MIN_SPEND)
    ]
    looks = [TOTALS[name][1] for name in names]
    block = page.table([
        Column("total", "", "text", [TOTALS[name][0] for name in names], width=30),
        Column("today", "Today's spend", "count", numbers([today[name] for name in names]), styles=looks, width=18),
        Column("plan", "Plan", "count", numbers([plan[name] for name in names]), styles=looks, width=18),
        less("change", "Change", "count", "plan", "today", styles=looks, width=18),
        ratio("share", "Change, %", "percent", "change", "today"),
    ])  # fmt: skip
    _per_visit(page, [plan, today], block.first + names.index("spend"), block.first + names.index("visits"))


def _per_visit(page: Page, totals: Sequence[dict[str, float]], spend: int, visits: int) -> None:
    """Spend per visit today and in the plan."""
    plan, today = (total["spend"] / total["visits"] if total["visits"] else 0.0 for total in totals)
    page.write(page.row, 0, "Spend per visit", "text")
    for place, (letter, cost) in enumerate((("B", today), ("C", plan)), start=1):
        formula = f"=IF({letter}{visits}=0,0,{letter}{spend}/{letter}{visits})"
        page.write(page.row, place, cost, "cents", formula)
    page.write(page.row, 3, plan - today, "cents", f"=C{page.row}-B{page.row}")
    share = (plan - today) / today if today else ""
    page.write(page.row, 4, share, "percent", f'=IF(B{page.row}=0,"",D{page.row}/B{page.row})')
    page.row += 1


def _binds(source: Source) -> str:
    """The place where more room would be worth most."""
    tight = source.summary["tight"]
    if not tight:
        return "no clinic, intake team or shared resource limits the plan."
    first = tight[0]
    worth = source.words.value(float(first["gain"]))
    return f"{first['place']}, full {weeks_in_words(first['weeks'])}: {first['more']} would be worth {worth}."


def _provenance(page: Page, source: Source) -> None:
    """The run, the program, and the digest of every input."""
    manifest = source.manifest
    page.heading("Where this comes from")
    page.paragraph("Run", source.run.folder.name)
    page.paragraph("Made", f"{manifest['made_at']} by optimizer {manifest['tool_version']}: {manifest['command']}")
    page.paragraph("Solver", f"{manifest['solver']['name']}; status {manifest['status']}")
    page.skip()
    files = sorted(manifest["inputs"].items())
    page.table([
        Column("file", "Input file", "text", [str(name) for name, _ in files]),
        Column("digest", "SHA-256", "text", [str(digest) for _, digest in files]),
    ])  # fmt: skip
