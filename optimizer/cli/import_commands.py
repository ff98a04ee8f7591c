"""A command that makes a table of a scenario from files of elsewhere: import-curves."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.output import as_json, envelope, say, show_text


@click.command("import-curves")
@click.argument("format", type=click.Choice(["meridian", "robyn", "pymc-marketing", "points"]))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="response_curves.csv to write.")
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="CSV with their_name and campaign, or service_line, channel and share. By name if absent.",
)
@click.option("--campaigns", type=click.Path(path_type=Path), help="campaigns.csv of a scenario, to check names by.")
@click.option("--period", default="", metavar="PERIOD", help="Time that a row covers: week, day, '104 weeks'.")
@click.option("--outcome", type=click.Choice(["leads", "money"]), help="What the tool's outcome is.")
@click.option("--value-per-lead", type=float, help="Money that a lead stands for in an outcome in money.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Last day of the data behind the curves.")
@as_json
def import_curves(
    format: str,  # noqa: A002
    files: tuple[Path, ...],
    out: Path,
    mapping: Path | None,
    campaigns: Path | None,
    period: str,
    outcome: str | None,
    value_per_lead: float | None,
    as_of: object,
    as_json: bool,
) -> None:
    """Take over response curves that another tool fitted.

    FORMAT is the tool; FILE is Meridian's response curve table, Robyn's model as JSON, a table of PyMC-Marketing's
    parameters, or a table of points (name, spend, leads). The file written is one that a scenario reads as it is.
    """
    from optimizer import api
    from optimizer.report.imported import imported_facts, imported_screen

    made = api.import_curves(
        format,
        files,
        mapping=mapping,
        campaigns=campaigns,
        period=period,
        outcome=outcome or "",
        value_per_lead=value_per_lead,
        as_of=str(as_of)[:10] if as_of else "",
    )
    api.save_curves(made, out)
    if as_json:
        envelope("import-curves", {"file": str(out), **imported_facts(made)})
        return
    show_text(imported_screen(made))
    click.echo(f"\nWrote {out}")
    say("Next: copy it into your scenario as response_curves.csv, then: optimizer validate SCENARIO")
