"""Commands that ask about a scenario beside its plan: evaluate, frontier, sensitivity."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.output import as_json, changed, envelope, progress, quiet, show_text, time_limit


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option(
    "--spend",
    type=click.Path(path_type=Path),
    help="CSV with campaign, week and spend, or the plan.csv of a run. Today's spend if absent.",
)
@quiet
@changed
@as_json
def evaluate(
    scenario: Path, spend: Path | None, quiet: bool, sets: tuple[str, ...], changes: tuple[str, ...], as_json: bool
) -> None:
    """Tell what a spend plan achieves in SCENARIO, and where its money is lost.

    SCENARIO is a folder or a what-if file. The spend plan is given and may break limits, which are named; leads and
    slots are handled as well as they can be.
    """
    from optimizer import api
    from optimizer.report.evaluation import evaluation_facts, evaluation_screen

    found = api.evaluate(api.load(scenario, sets=sets, changes=changes), spend, progress=progress(quiet))
    if as_json:
        envelope("evaluate", evaluation_facts(found))
        return
    show_text(evaluation_screen(found))


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option(
    "--over",
    default="budget.total",
    show_default=True,
    help="Key of scenario.yaml, or cells of a table: 'TABLE[COLUMN=LABEL,...] COLUMN'.",
)
@click.option("--from", "lowest", type=click.FloatRange(min=0.0), default=0.0, show_default=True, help="Lowest, times.")
@click.option("--to", "highest", type=click.FloatRange(min=0.0), default=2.0, show_default=True, help="Highest, times.")
@click.option("--points", type=click.IntRange(min=2, max=1000), default=25, show_default=True, help="Number of plans.")
@time_limit
@quiet
@changed
@as_json
def frontier(
    scenario: Path,
    over: str,
    lowest: float,
    highest: float,
    points: int,
    time_limit: float,
    quiet: bool,
    sets: tuple[str, ...],
    changes: tuple[str, ...],
    as_json: bool,
) -> None:
    """Tell what the best plan of SCENARIO is worth over the budget, or over another number.

    SCENARIO is a folder or a what-if file. --from and --to are multiples of what the scenario says. Places that begin
    to limit the plan are named where they do.
    """
    from optimizer import api
    from optimizer.report.frontier import frontier_facts, frontier_screen

    if highest <= lowest:
        raise click.BadParameter("must be above --from", param_hint="--to")
    shares = [lowest + (highest - lowest) * number / (points - 1) for number in range(points)]
    asked = api.load(scenario, sets=sets, changes=changes)
    found = api.frontier(asked, over, shares, time_limit=time_limit, progress=progress(quiet))
    if as_json:
        envelope("frontier", frontier_facts(found))
        return
    show_text(frontier_screen(found))


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@time_limit
@quiet
@changed
@as_json
def sensitivity(
    scenario: Path, time_limit: float, quiet: bool, sets: tuple[str, ...], changes: tuple[str, ...], as_json: bool
) -> None:
    """Tell how the plan of SCENARIO hangs on what patients are worth.

    SCENARIO is a folder or a what-if file.

    It is planned again with patients worth 70 and 130 % of what the scenario says, of all service lines together and
    of each alone.
    """
    from optimizer import api
    from optimizer.report.sensitivity import sensitivity_facts, sensitivity_screen

    tell = progress(quiet)
    tell(f"Reading {scenario}")
    found = api.sensitivity(api.load(scenario, sets=sets, changes=changes), time_limit=time_limit, progress=tell)
    if as_json:
        envelope("sensitivity", sensitivity_facts(found), status=found.plan.status.value)
        return
    show_text(sensitivity_screen(found))
