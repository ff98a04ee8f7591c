"""Commands on plans: plan, explain, show, export-lp."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.asked import Asked, on_scenario
from optimizer.cli.output import as_json, envelope, say, show_text, time_limit

runs_folder = click.option(
    "--runs", type=click.Path(path_type=Path), default=Path("runs"), show_default=True, help="Folder of all runs."
)
which_run = click.option("--run", "run_name", default="latest", show_default=True, help="Run: path, name or 'latest'.")


@click.command()
@on_scenario
@runs_folder
@click.option("--solver", default="highs", show_default=True, help="highs, or a solver that PuLP knows, such as cbc.")
@time_limit
def plan(asked: Asked, runs: Path, solver: str, time_limit: float, as_json: bool) -> None:
    """Plan the spend of SCENARIO by campaign and week.

    SCENARIO is a folder or a what-if file.

    The plan brings the most value that fits within every limit.
    The plan is proven optimal and checked again before anything is shown. It is kept in a new folder below --runs.
    """
    from optimizer import api
    from optimizer.report.text import first_screen

    made = api.plan(asked.scenario(), solver=solver, time_limit=time_limit, progress=asked.tell)
    run = api.save(made, runs, command=f"plan --solver {solver}")
    if as_json:
        data = {"run_folder": str(run.folder), "summary": run.summary, "certificate": run.manifest["certificate"]}
        envelope("plan", data, run_id=run.folder.name, status=made.status.value)
        return
    show_text(first_screen(run))
    click.echo(f"Run: {run.folder}")
    moves = made.summary["moves"]
    example = moves[0]["campaign"] if isinstance(moves, list) and moves else "CAMPAIGN"
    say(f"Next: optimizer explain {example}")


@click.command()
@click.argument("run", default="latest")
@runs_folder
@as_json
def show(run: str, runs: Path, as_json: bool) -> None:
    """Show a RUN again.

    RUN is its path, its name below --runs, or 'latest'.
    """
    from optimizer import api
    from optimizer.report.text import first_screen

    found = api.open_run(run, runs)
    if as_json:
        data = {"run_folder": str(found.folder), "summary": found.summary, "manifest": found.manifest}
        envelope("show", data, run_id=found.folder.name, status=str(found.manifest["status"]))
        return
    show_text(first_screen(found))
    click.echo(f"Run: {found.folder}")


@click.command()
@click.argument("thing")
@click.argument("week", required=False)
@which_run
@runs_folder
@as_json
def explain(thing: str, week: str | None, run_name: str, runs: Path, as_json: bool) -> None:
    """Explain why THING is as it is in a plan.

    THING is a campaign, a clinic and service line ("Northside Orthopaedics"), an intake team, a shared resource, a
    named limit, budget (or one of its weeks or months), the code of a gate, or plan. Of a campaign, WEEK (2026-09-28)
    tells what its next dollar earns, what that takes from others, and what would change it.
    """
    from optimizer import api
    from optimizer.report.explain import explanation, explanation_facts

    found = api.open_run(run_name, runs)
    if as_json:
        envelope("explain", explanation_facts(found, thing, week), run_id=found.folder.name)
        return
    show_text(explanation(found, thing, week))


@click.command("export-lp")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path))
@as_json
def export_lp(scenario: Path, file: Path, as_json: bool) -> None:
    """Write SCENARIO as a linear program to FILE.

    The ending of FILE is .lp or .mps; any other solver reads them.
    """
    from optimizer import api

    api.export_lp(scenario, file)
    if as_json:
        envelope("export-lp", {"file": str(file)})
        return
    click.echo(f"Wrote {file}")
