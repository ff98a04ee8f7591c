"""Commands that tell others what a plan asks of them: platform-files."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.output import as_json, envelope, say, show_text
from optimizer.cli.plan_commands import runs_folder
from optimizer.cli.weekly_commands import ledger_file


@click.command("platform-files")
@click.argument("run", default="latest")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write; it must not exist yet.")
@click.option("--week", type=click.DateTime(["%Y-%m-%d"]), help="Monday of a planned week; the first if not given.")
@click.option("--platform", "platforms", multiple=True, help="google_ads, microsoft_ads or meta_ads; all by default.")
@ledger_file
@runs_folder
@as_json
def platform_files(
    run: str, out: Path, week: object, platforms: tuple[str, ...], ledger: Path, runs: Path, as_json: bool
) -> None:
    """Write files that ad platforms take, for a week of a RUN.

    RUN is its path, its name below --runs, or 'latest'. Only what changes is written: budgets a day, campaigns to
    pause, campaigns to resume. Of a week's recommendation the budgets in effect are written, overrides among them.
    Every file is read back and compared with these first.
    """
    from optimizer import api
    from optimizer.report.platforms import platform_facts, platform_screen

    found = api.open_run(run, runs)
    made = api.platform_files(found, out, week=str(week)[:10] if week else "", platforms=platforms, ledger=ledger)
    if as_json:
        envelope("platform-files", platform_facts(made), run_id=found.folder.name)
        return
    show_text(platform_screen(made))
    if made.folder:
        click.echo(f"Wrote {made.folder}")
        say("Next: preview each file on its platform before you apply it")
