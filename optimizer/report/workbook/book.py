"""The workbook as a file: its sheets, how they print, and what it says about itself."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path

from xlsxwriter import Workbook

from optimizer.calibration.files import new_file, require_new
from optimizer.plan.runs import Run
from optimizer.plan.solving import Progress, silent
from optimizer.report.workbook.contents import fill, sheets
from optimizer.report.workbook.page import Page
from optimizer.report.workbook.source import Source, read_source
from optimizer.report.workbook.styles import Styles
from optimizer.study.quarter_files import Quarter

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_LETTER, _A4 = 1, 9


def write_workbook(
    run: Run,
    path: Path,
    against: Sequence[Run] = (),
    quarter: Quarter | None = None,
    progress: Progress = silent,
) -> None:
    """Write a run as a workbook that is not there yet.

    Args:
        run: The run.
        path: The file.
        against: Runs that it is compared with.
        quarter: The quarter that it is the base of, which has sheets of its own then.
        progress: Called with a sentence as each phase begins.

    Raises:
        UsageError: if the file is there, or a run counts in another currency.
        StorageError: if a run was changed after it was written or holds no inputs, or the file cannot be written.
        VerificationError: if the numbers of the run do not tie out.
    """
    require_new(path)
    progress("Reading the run and comparing its files with their digests")
    source = read_source(run, against, quarter)
    progress("Filling the sheets")
    content = workbook_bytes(source)
    new_file(path, content)


def workbook_bytes(source: Source) -> bytes:
    """The content of the file; the same for the same runs."""
    written = io.BytesIO()
    book = Workbook(written, _OPTIONS)
    _properties(book, source)
    styles = Styles(book, source.words)
    pages = {name: Page(book, book.add_worksheet(name), styles) for name in sheets(source)}
    fill(pages, source)
    for page in pages.values():
        _print_setup(page, source)
    book.close()
    return written.getvalue()


def _properties(book: Workbook, source: Source) -> None:
    summary, manifest = source.summary, source.manifest
    book.set_properties({
        "title": str(summary["title"] or summary["scenario"]),
        "subject": f"Marketing budget plan, run {source.run.folder.name}",
        "author": f"optimizer {manifest['tool_version']}",
        "category": "Internal",
        "comments": "Internal: full figures, counts of 1 to 10 patients among them.",
        "created": dt.datetime.fromisoformat(str(manifest["made_at"])).replace(tzinfo=None),
    })  # fmt: skip


def _print_setup(page: Page, source: Source) -> None:
    """Landscape, one page wide, with the run's name below."""
    sheet = page.sheet
    sheet.set_landscape()
    sheet.set_paper(_LETTER if source.words.currency in ("USD", "CAD") else _A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
    name = source.run.folder.name.replace("&", "&&")[:80]
    sheet.set_footer(f"&L&8{_after_size(name)}&C&8Internal&R&8&A, page &P of &N")
    sheet.hide_gridlines(2)


def _after_size(name: str) -> str:
    """A name that may follow a size of type in a footer: digits at its begin would be read as part of the size."""
    return f" {name}"
