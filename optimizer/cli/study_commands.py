"""Commands that ask about a scenario beside its plan: evaluate, frontier, target, access, sensitivity."""

from __future__ import annotations

import math
from pathlib import Path

import click

from optimizer.cli.asked import Asked, on_scenario
from optimizer.cli.output import envelope, show_text, time_limit
from optimizer.cli.plan_commands import runs_folder


@click.command()
@on_scenario
@click.option(
    "--spend",
    type=click.Path(path_type=Path),
    help="CSV with campaign, week and spend, or the plan.csv of a run. Today's spend if absent.",
)
def evaluate(asked: Asked, spend: Path | None, as_json: bool) -> None:
    """Tell what a spend plan achieves in SCENARIO, and where its money is lost.

    SCENARIO is a folder or a what-if file. The spend plan is given and may break limits, which are named; leads and
    slots are handled as well as they can be.
    """
    from optimizer import api
    from optimizer.report.evaluation import evaluation_facts, evaluation_screen

    found = api.evaluate(asked.scenario(), spend, progress=asked.tell)
    if as_json:
        envelope("evaluate", evaluation_facts(found))
        return
    show_text(evaluation_screen(found))


@click.command()
@on_scenario
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
def frontier(
    asked: Asked,
    over: str,
    lowest: float,
    highest: float,
    points: int,
    time_limit: float,
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
    found = api.frontier(asked.scenario(), over, shares, time_limit=time_limit, progress=asked.tell)
    if as_json:
        envelope("frontier", frontier_facts(found))
        return
    show_text(frontier_screen(found))


@click.command()
@on_scenario
@click.option(
    "--goal",
    "goals",
    multiple=True,
    required=True,
    help="'visits >= 9000', or bookings or leads; of a part with [location=...,service_line=...] after it.",
)
@click.option("--within-budget", is_flag=True, help="Keep to the budgets; else the answer may be more than them.")
@runs_folder
@time_limit
def target(
    asked: Asked,
    goals: tuple[str, ...],
    within_budget: bool,
    runs: Path,
    time_limit: float,
    as_json: bool,
) -> None:
    """Find the least spend that reaches goals in SCENARIO, and what one more visit would cost.

    SCENARIO is a folder or a what-if file. Every other limit holds as well. The plan is kept as a run.
    """
    from optimizer import api
    from optimizer.report.target import target_facts, target_screen
    from optimizer.report.text import first_screen

    found = api.target(asked.scenario(), goals, within_budget=within_budget, time_limit=time_limit, progress=asked.tell)
    run = api.save(found.plan, runs, command="target")
    if as_json:
        data = {**target_facts(found), "run_folder": str(run.folder), "summary": run.summary}
        envelope("target", data, run_id=run.folder.name, status=found.plan.status.value)
        return
    show_text(target_screen(found))
    show_text(first_screen(run))
    click.echo(f"Run: {run.folder}")


@click.command()
@on_scenario
@click.option(
    "--more", default="1,5,10", show_default=True, help="Slots or hours a week to try, with commas between them."
)
@time_limit
def access(
    asked: Asked,
    more: str,
    time_limit: float,
    as_json: bool,
) -> None:
    """Rank where more slots, intake hours or shared minutes would bring SCENARIO most.

    SCENARIO is a folder or a what-if file. Gains are solved for, not read off prices.
    """
    from optimizer import api
    from optimizer.report.access import access_facts, access_screen

    amounts = _amounts(more)
    made = api.plan(asked.scenario(), time_limit=time_limit, progress=asked.tell)
    places = api.access(made, amounts, progress=asked.tell)
    if as_json:
        envelope("access", access_facts(made, places), status=made.status.value)
        return
    show_text(access_screen(made, places))


def _amounts(text: str) -> list[float]:
    """Amounts above zero with commas between them."""
    try:
        amounts = [float(part) for part in text.split(",")]
    except ValueError:
        amounts = []
    if not amounts or not all(0 < amount < math.inf for amount in amounts):
        raise click.BadParameter("write numbers above zero, such as 1,5,10", param_hint="--more")
    return sorted(amounts)


@click.command()
@on_scenario
@time_limit
def sensitivity(asked: Asked, time_limit: float, as_json: bool) -> None:
    """Tell how the plan of SCENARIO hangs on its softest inputs.

    SCENARIO is a folder or a what-if file.

    It is planned again with patients worth 70 and 130 % of what the scenario says, of all service lines together and
    of each alone; and with booking rates, and with the cost per lead, at 80 and 120 %. Each time it is told what the
    plan brings if it is kept, and what planning anew is worth.
    """
    from optimizer import api
    from optimizer.report.sensitivity import sensitivity_facts, sensitivity_screen

    found = api.sensitivity(asked.scenario(), time_limit=time_limit, progress=asked.tell)
    if as_json:
        envelope("sensitivity", sensitivity_facts(found), status=found.plan.status.value)
        return
    show_text(sensitivity_screen(found))
