"""The shareable edition as an Excel workbook: numbers and words alone, no formula and no link."""

from __future__ import annotations

import io
from collections.abc import Sequence

from xlsxwriter import Workbook

from optimizer.plan.runs import Run
from optimizer.report.measures.dictionary import dictionary
from optimizer.report.measures.tell import HEADERS as DEFINED
from optimizer.report.measures.tell import row_of
from optimizer.report.sections import made_up, proof, title, words_of
from optimizer.report.shareable.cells import COUNTS, GROUPS
from optimizer.report.shareable.release import HEADERS, MARK, WITHHELD, Line, Release, left_out, release, values
from optimizer.report.workbook.cells import Cell, Column, texts
from optimizer.report.workbook.page import Page
from optimizer.report.workbook.styles import Styles

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_SHOWN = {"first screen", "workbook"}


def release_bytes(run: Run) -> bytes:
    """The content of the file; the same for the same run."""
    found, written = release(run), io.BytesIO()
    book = Workbook(written, _OPTIONS)
    book.set_properties({"title": title(run)[0], "category": "Shareable", "comments": MARK})
    styles = Styles(book, words_of(run))
    pages = {name: Page(book, book.add_worksheet(name), styles) for name in ("Summary", "Breakdown", "Definitions")}
    _summary(pages["Summary"], found)
    _breakdown(pages["Breakdown"], found)
    _definitions(pages["Definitions"])
    for page in pages.values():
        page.sheet.set_landscape()
        page.sheet.fit_to_pages(1, 0)
        page.sheet.set_footer("&L&8Shareable: small counts are withheld&R&8&A, page &P of &N")
        page.sheet.hide_gridlines(2)
    book.close()
    return written.getvalue()


def _summary(page: Page, found: Release) -> None:
    head, covers = title(found.run)
    page.prose = (6, 100)
    page.title(head, MARK, f"{covers}. {made_up(found.run)}".rstrip())
    names = ["Spend", *COUNTS.values(), "Value"]
    looks = ["cents", *["whole"] * len(COUNTS), "value"]
    worth = [WITHHELD if each is None else each for each in values(found)]
    page.table([
        Column("total", "", "text", texts(names), width=30),
        *(
            Column(name, header, "whole", [line.planned, *_counts(line), each], styles=looks, width=20)
            for name, header, line, each in (
                ("today", "Today's spend", found.today, worth[0]),
                ("plan", "Plan", found.plan, worth[1]),
            )
        ),
    ])  # fmt: skip
    page.skip()
    page.paragraph("What is left out", left_out(found))
    page.paragraph("Status", proof(found.run))


def _breakdown(page: Page, found: Release) -> None:
    page.title("The plan by market, clinic, service line, channel and month", MARK)
    for group, lines in found.groups.items():
        page.heading(f"By {GROUPS[group]}")
        page.table(_columns(GROUPS[group].capitalize(), lines))
        page.skip()
    page.freeze_title(1)


def _columns(name: str, lines: Sequence[Line]) -> list[Column]:
    money: Sequence[Sequence[Cell]] = [
        [line.today for line in lines],
        [line.planned for line in lines],
        [line.planned - line.today for line in lines],
    ]
    counts = list(zip(*(_counts(line) for line in lines), strict=True))
    per_visit: list[Cell] = [line.per_visit if line.counts else WITHHELD for line in lines]
    styles = ("cents", "cents", "cents", "whole", "whole", "whole", "cents")
    return [
        Column("label", name, "text", texts(line.label for line in lines), width=30),
        *(
            Column(header, header, style, cells, width=15)
            for header, style, cells in zip(HEADERS, styles, [*money, *counts, per_visit], strict=True)
        ),
    ]


def _counts(line: Line) -> list[Cell]:
    return [float(number) for number in line.counts] or [WITHHELD] * len(COUNTS)


def _definitions(page: Page) -> None:
    """The measures that stand here, as they are declared; values of the scenario are for the house."""
    page.title("Definitions: what the numbers mean")
    entries = [entry for entry in dictionary() if set(entry.shown) & _SHOWN]
    page.table([
        Column(header, header, "wrapped", texts(cells), width=width)
        for header, cells, width in zip(
            DEFINED, zip(*map(row_of, entries), strict=True), (30, 56, 50, 20, 28, 44), strict=True
        )
    ])  # fmt: skip
