"""Commands on several plans: what-if, compare."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.output import as_json, changed, envelope, progress, quiet, show_text
from optimizer.cli.plan_commands import runs_folder


@click.command("what-if")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@runs_folder
@changed
@quiet
@as_json
def what_if(
    scenario: Path,
    files: tuple[Path, ...],
    runs: Path,
    quiet: bool,
    sets: tuple[str, ...],
    changes: tuple[str, ...],
    as_json: bool,
) -> None:
    """Plan SCENARIO, and plan it again as each of FILES says; then show them side by side.

    FILES are what-if files. --set and --change make one more what-if of their own. Every plan is kept as a run.
    """
    from optimizer import api
    from optimizer.report.comparison import comparison_facts, comparison_screen, side_by_side

    tell = progress(quiet)
    base, *others = api.what_if(scenario, files, sets=sets, changes=changes, runs=runs, progress=tell)
    found = [api.compare(base, other) for other in others]
    if as_json:
        plans = {str(run.summary["scenario"]): run.summary["plan"] for run in (base, *others)}
        data = {"today": base.summary["today"], "plans": plans, "comparisons": [*map(comparison_facts, found)]}
        envelope("what-if", data, run_id=base.folder.name)
        return
    show_text(side_by_side(base, others))
    for comparison in found:
        click.echo("")
        show_text(comparison_screen(comparison))


@click.command()
@click.argument("before")
@click.argument("after", default="latest")
@runs_folder
@as_json
def compare(before: str, after: str, runs: Path, as_json: bool) -> None:
    """Show what run AFTER does differently from run BEFORE, and what was asked differently.

    Each is a path, a name below --runs, or 'latest'.
    """
    from optimizer import api
    from optimizer.report.comparison import comparison_facts, comparison_screen

    found = api.compare(api.open_run(before, runs), api.open_run(after, runs))
    if as_json:
        envelope("compare", comparison_facts(found))
        return
    show_text(comparison_screen(found))
