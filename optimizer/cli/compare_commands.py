"""Commands on several plans: what-if, compare."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.asked import Asked, on_scenario
from optimizer.cli.output import as_json, envelope, errors_of, show_text, time_limit
from optimizer.cli.plan_commands import runs_folder


@click.command("what-if")
@on_scenario
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@runs_folder
@time_limit
def what_if(asked: Asked, files: tuple[Path, ...], runs: Path, time_limit: float, as_json: bool) -> None:
    """Plan SCENARIO, and plan it again as each of FILES says; then show them side by side.

    FILES are what-if files. --set and --change make one more what-if of their own. Every plan is kept as a run.
    Where no plan meets every limit of a what-if, the limits that stand in the way are told.
    """
    from optimizer import api
    from optimizer.plan.runs import Run
    from optimizer.report.comparison import comparison_facts, comparison_screen, side_by_side

    base, *others = api.what_if(
        asked.path,
        files,
        sets=asked.sets,
        changes=asked.changes,
        runs=runs,
        time_limit=time_limit,
        progress=asked.tell,
    )
    assert isinstance(base, Run)
    found = [api.compare(base, other) for other in others if isinstance(other, Run)]
    refused = [other for other in others if isinstance(other, api.NoPlan)]
    if as_json:
        plans = [
            {"run": run.folder.name, "scenario": run.summary["scenario"], "totals": run.summary["plan"]}
            for run in (base, *(comparison.after for comparison in found))
        ]
        conflicts = [{"scenario": other.name, "errors": errors_of(other.conflict)} for other in refused]
        data = {"today": base.summary["today"], "plans": plans, "no_plan": conflicts}
        envelope("what-if", {**data, "comparisons": [*map(comparison_facts, found)]}, run_id=base.folder.name)
        return
    show_text(side_by_side(base, others))
    for comparison in found:
        click.echo("")
        show_text(comparison_screen(comparison))
    for other in refused:
        click.echo("")
        click.echo(f"{other.name}: {other.conflict}")


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
