"""Commands that write a plan for people who sign it, or who have no program to open it with: report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from optimizer.cli.output import as_json, envelope, progress, quiet
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
@runs_folder
@quiet
@as_json
def report(
    run: str,
    xlsx: Path | None,
    html: Path | None,
    charts: Path | None,
    against: tuple[str, ...],
    runs: Path,
    quiet: bool,
    as_json: bool,
) -> None:
    """Write a RUN as an Excel workbook that finance can check and sign, and as a page for everybody else.

    RUN is its path, its name below --runs, or 'latest'; or the folder of a quarter, whose plans are then shown side by
    side. Every number of the workbook is the run's own or a formula over
    such numbers; one cell says whether everything ties out. The page is one file that needs no network and no script.
    """
    from optimizer import api
    from optimizer.errors import UsageError
    from optimizer.study.quarter_files import is_quarter

    if not (xlsx or html or charts):
        raise UsageError("say what to write: --xlsx FILE, --html FILE or --charts FOLDER")
    if against and not xlsx:
        raise UsageError("--against is a part of the workbook; give --xlsx FILE as well")
    found: Run | Quarter = api.open_quarter(run) if is_quarter(Path(run)) else api.open_run(run, runs)
    tell = progress(quiet)
    if xlsx:
        api.workbook(found, xlsx, against, runs=runs, progress=tell)
    if html:
        api.html_report(found, html, progress=tell)
    if charts:
        api.charts(found, charts, progress=tell)
    written = {"xlsx": xlsx, "html": html, "charts": charts}
    if as_json:
        envelope("report", {name: str(path) for name, path in written.items() if path}, run_id=found.folder.name)
        return
    for path in filter(None, written.values()):
        click.echo(f"Wrote {path}")
