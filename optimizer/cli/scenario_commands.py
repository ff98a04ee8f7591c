"""Commands on scenario folders: new, generate, validate, schema."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from optimizer.cli.asked import Asked, on_scenario
from optimizer.cli.output import as_json, envelope, say, show_text
from optimizer.errors import StorageError, UsageError


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@as_json
def new(folder: Path, as_json: bool) -> None:
    """Make a small scenario to start from in FOLDER.

    The folder must not exist yet. It holds one clinic with every table that a plan needs; change the numbers, add
    rows, then: optimizer validate FOLDER
    """
    from optimizer.scenario.template import write_template

    if folder.exists():
        raise UsageError(f"{folder} is there already; choose a name that is not")
    try:
        written = write_template(folder)
    except OSError as error:
        raise StorageError(f"cannot write {folder}: {error.strerror}") from error
    if as_json:
        envelope("new", {"folder": str(folder), "files": written})
        return
    click.echo(f"Wrote {folder} with {', '.join(written)}")
    say(f"Next: optimizer validate {folder}")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--locations", type=click.IntRange(1), default=10, show_default=True, help="Clinics, ten to a market.")
@click.option("--lines", type=click.IntRange(1), default=6, show_default=True, help="Service lines of every clinic.")
@click.option("--channels", type=click.IntRange(1), default=4, show_default=True, help="Channels of every line.")
@click.option("--weeks", type=click.IntRange(1, 260), default=13, show_default=True, help="Planned weeks.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed, the same group.")
@as_json
def generate(folder: Path, locations: int, lines: int, channels: int, weeks: int, seed: int, as_json: bool) -> None:
    """Make up a healthcare group of any size in FOLDER.

    The folder must not exist yet. It holds every table of a scenario, marked as made up: some clinics are full and
    others empty, with rules, limits and events as groups have them. The same command writes the same bytes again.
    """
    from optimizer import api

    made = api.generate(folder, locations=locations, lines=lines, channels=channels, weeks=weeks, seed=seed)
    campaigns = locations * lines * channels
    if as_json:
        envelope("generate", {"folder": str(folder), "campaigns": campaigns, "files": sorted(made.files)})
        return
    click.echo(f"Wrote {folder}, a made-up group with {campaigns:,} campaigns in {len(made.tables)} tables")
    say(f"Next: optimizer validate {folder}")


@click.command()
@on_scenario
@click.option("--all-rules", is_flag=True, help="List every rule, however many there are of its kind.")
def validate(asked: Asked, all_rules: bool, as_json: bool) -> None:
    """Check every file of SCENARIO, without planning, and list the rules in effect.

    SCENARIO is a folder or a what-if file.

    All problems are listed at once, each with its file, line and mend. Each rule comes with what it limits, who
    answers for it, since when, and where it stands.
    """
    from optimizer import api
    from optimizer.report.rules import MANY
    from optimizer.report.validation import validation_facts, validation_screen

    read = asked.scenario()
    facts = api.validate(read)
    if as_json:
        envelope("validate", validation_facts(read, facts))
        return
    show_text(validation_screen(read, facts, sys.maxsize if all_rules else MANY))
    say(f"Next: optimizer plan {asked.path}")


@click.command()
@click.option("--tables", is_flag=True, help="Describe the tables and their columns instead of scenario.yaml.")
@as_json
def schema(tables: bool, as_json: bool) -> None:
    """Print the schema of scenario.yaml, or of the tables.

    The first is a JSON Schema that editors use.
    """
    import json

    from optimizer.scenario.schema import scenario_schema, table_reference

    if as_json:
        envelope("schema", table_reference() if tables else scenario_schema())
    elif tables:
        from optimizer.report.validation import reference_screen

        show_text(reference_screen())
    else:
        click.echo(json.dumps(scenario_schema(), indent=2))
