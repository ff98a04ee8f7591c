"""What every number means, with what this plan's inputs give for it."""

from __future__ import annotations

from optimizer.report.measures.dictionary import dictionary
from optimizer.report.measures.tell import HEADERS, input_in_words, row_of
from optimizer.report.workbook.cells import Column, texts
from optimizer.report.workbook.page import Page
from optimizer.report.workbook.source import Source

_WIDTHS = (30, 56, 50, 20, 28, 44)


def definitions(page: Page, source: Source) -> None:
    """The dictionary of measures, and of the inputs that they are computed from."""
    page.prose = (5, 180)
    page.title(
        "Definitions: what the numbers mean",
        "Made from the model's own declarations and the inputs of this run, so that marketing, operations and finance"
        " read the same definitions. 'optimizer kpis' tells them without a plan.",
    )
    entries = dictionary(source.scenario)
    rows = zip(*map(row_of, entries), strict=True)
    page.table([
        Column("group", "About", "text", texts(entry.group for entry in entries), width=26),
        *(
            Column(header, header, "wrapped", texts(cells), width=width)
            for header, cells, width in zip(HEADERS, rows, _WIDTHS, strict=True)
        ),
    ])  # fmt: skip
    page.skip()
    page.heading("Inputs")
    inputs = {each.name: each for entry in entries for each in entry.inputs}
    told = [each for _, each in sorted(inputs.items())]
    page.table([
        Column("input", "Input", "wrapped", texts(each.name for each in told), width=26),
        Column("meaning", "What it is, and what it is in this plan", "wrapped",
               texts(input_in_words(each).split(": ", 1)[1] for each in told), width=30),
    ])  # fmt: skip
    page.freeze_title(2)
