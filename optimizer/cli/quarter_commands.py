"""The finance workflow for a quarter: quarter."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.asked import Asked, on_scenario
from optimizer.cli.output import envelope, say, show_text, time_limit


@click.command()
@on_scenario
@click.option(
    "--budgets",
    default="0.9,1,1.1",
    show_default=True,
    metavar="NUMBERS",
    help="With commas between them: up to 10 multiples of budget.total, above 10 money.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder to write; must not exist. Below quarters/ if absent."
)
@time_limit
def quarter(asked: Asked, budgets: str, out: Path | None, time_limit: float, as_json: bool) -> None:
    """Plan the quarter of SCENARIO at several budgets, and write what finance compares, checks and signs.

    SCENARIO is a folder or a what-if file. It is planned at 90, 100 and 110 % of budget.total, or at other budgets; its
    own is always planned, and budgets of single weeks and months stay as they are.

    The folder holds a run for each budget, the best plan over the budget (frontier), what the plan hangs on
    (sensitivities), a workbook, a page and its charts. A budget at which no plan meets every limit, or for
    which the time is not enough, is told in its place.
    """
    from optimizer import api
    from optimizer.report.quarter import quarter_facts, quarter_screen

    made = api.quarter(asked.scenario(), _numbers(budgets), out, time_limit=time_limit, progress=asked.tell)
    files = {
        name: str(made.folder / path)
        for name, path in (("workbook", api.WORKBOOK), ("page", api.PAGE), ("charts", api.CHARTS))
    }
    if as_json:
        data = {**quarter_facts(made), "files": files}
        envelope("quarter", data, run_id=made.folder.name, status=str(made.base.manifest["status"]))
        return
    show_text(quarter_screen(made))
    click.echo(f"Quarter: {made.folder}")
    click.echo(f"  {api.WORKBOOK} to check and sign, {api.PAGE} to read, {api.CHARTS}/ to show, budgets/ with the runs")
    say(f"Next: optimizer explain budget --run {made.base.folder}")


def _numbers(text: str) -> list[float]:
    """Numbers with commas between them; whether they are budgets is for the study to say."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        hint = "write multiples of budget.total (0.9,1,1.1), or money without separators (1200000,1330000)"
        raise click.BadParameter(hint, param_hint="--budgets") from None
