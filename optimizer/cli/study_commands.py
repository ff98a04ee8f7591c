"""Commands that ask about a scenario beside its plan: evaluate, sensitivity."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.output import as_json, changed, envelope, progress, show_text


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option(
    "--spend",
    type=click.Path(path_type=Path),
    help="CSV with campaign, week and spend, or the plan.csv of a run. Today's spend if absent.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
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
    "--time-limit", type=click.FloatRange(min=0.001), default=600.0, show_default=True, help="Seconds per solve."
)
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
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
