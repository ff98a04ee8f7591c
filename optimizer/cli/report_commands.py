"""Commands that write a plan for people who sign it: report."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.output import as_json, envelope, progress, quiet
from optimizer.cli.plan_commands import runs_folder


@click.command()
@click.argument("run", default="latest")
@click.option("--xlsx", type=click.Path(path_type=Path), required=True, help="Workbook to write; must not exist yet.")
@click.option("--against", multiple=True, metavar="RUN", help="A run to compare with; may be given several times.")
@runs_folder
@quiet
@as_json
def report(run: str, xlsx: Path, against: tuple[str, ...], runs: Path, quiet: bool, as_json: bool) -> None:
    """Write a RUN as an Excel workbook that finance can check and sign.

    RUN is its path, its name below --runs, or 'latest'. Every number of the workbook is the run's own or a formula over
    such numbers; one cell says whether everything ties out.
    """
    from optimizer import api

    found = api.open_run(run, runs)
    others = [api.open_run(name, runs) for name in against]
    api.workbook(found, xlsx, against=others, progress=progress(quiet))
    if as_json:
        envelope("report", {"xlsx": str(xlsx)}, run_id=found.folder.name)
        return
    click.echo(f"Wrote {xlsx}")
