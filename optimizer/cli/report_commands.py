"""Commands that write a plan for people who sign it, or who have no program to open it with: report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optimizer.cli.output import as_json, envelope, progress, quiet
from optimizer.cli.paper_commands import shareable_edition
from optimizer.cli.plan_commands import runs_folder

if TYPE_CHECKING:
    from optimizer.plan.runs import Run
    from optimizer.study.quarter_files import Quarter

_new_path = click.Path(path_type=Path)


@click.command()
@click.argument("run", default="latest")
@click.option("--xlsx", type=_new_path, help="Workbook to write; must not exist yet.")
@click.option("--html", type=_new_path, help="Page to write; must not exist yet.")
@click.option("--charts", type=_new_path, help="Folder for the charts of the page as PNG; must not exist yet.")
@click.option(
    "--against", multiple=True, metavar="RUN", help="A run to compare with in the workbook; may be given several times."
)
@shareable_edition
@runs_folder
@quiet
@as_json
def report(
    run: str,
    xlsx: Path | None,
    html: Path | None,
    charts: Path | None,
    against: tuple[str, ...],
    shareable: bool,
    runs: Path,
    quiet: bool,
    as_json: bool,
) -> None:
    """Write a RUN as an Excel workbook that finance can check and sign, and as a page for everybody else.

    RUN is its path, its name below --runs, or 'latest'; or the folder of a quarter, whose plans are then shown side by
    side. Every number of the workbook is the run's own or a formula over such numbers; one cell says whether everything
    ties out. The page is one file that needs no network and no script. Both are for the house; with --shareable they
    may be passed on.
    """
    _require_sense(bool(xlsx), bool(html), bool(charts), bool(against), shareable)
    name = (
        _share(run, runs, xlsx, html) if shareable else _report(run, runs, xlsx, html, charts, against, progress(quiet))
    )
    written = {"xlsx": xlsx, "html": html, "charts": charts}
    if as_json:
        envelope("report", {name: str(path) for name, path in written.items() if path}, run_id=name)
        return
    for path in filter(None, written.values()):
        click.echo(f"Wrote {path}")


def _require_sense(xlsx: bool, html: bool, charts: bool, against: bool, shareable: bool) -> None:
    """Refuse to write nothing, and what does not go together."""
    from optimizer.errors import UsageError

    if not (xlsx or html or charts):
        raise UsageError("say what to write: --xlsx FILE, --html FILE or --charts FOLDER")
    if against and not xlsx:
        raise UsageError("--against is a part of the workbook; give --xlsx FILE as well")
    if shareable and (against or charts):
        raise UsageError("--against and --charts are for the house: they tell small counts; leave them out")


def _report(
    run: str,
    runs: Path,
    xlsx: Path | None,
    html: Path | None,
    charts: Path | None,
    against: tuple[str, ...],
    tell: Callable[[str], None],
) -> str:
    """Write the editions for the house; the name of the run or quarter."""
    from optimizer import api
    from optimizer.study.quarter_files import is_quarter

    found: Run | Quarter = api.open_quarter(run) if is_quarter(Path(run)) else api.open_run(run, runs)
    if xlsx:
        api.workbook(found, xlsx, against, runs=runs, progress=tell)
    if html:
        api.html_report(found, html, progress=tell)
    if charts:
        api.charts(found, charts, progress=tell)
    return found.folder.name


def _share(run: str, runs: Path, xlsx: Path | None, html: Path | None) -> str:
    """Write the editions that may be passed on; the name of the run."""
    from optimizer import api
    from optimizer.errors import UsageError
    from optimizer.study.quarter_files import is_quarter

    if is_quarter(Path(run)):
        raise UsageError(
            "a quarter is for the house: its plans side by side could tell small counts; name one run of it"
        )
    found = api.open_run(run, runs)
    if xlsx:
        api.shareable_workbook(found, xlsx)
    if html:
        api.shareable_report(found, html)
    return found.folder.name
