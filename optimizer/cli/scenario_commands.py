"""Commands on scenario folders: new, validate, schema."""

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
