"""Commands that write papers for people in a meeting, and the dictionary of their numbers: kpis."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.output import as_json, envelope, say, show_text

html_file = click.option("--html", type=click.Path(path_type=Path), help="Page to write; must not exist yet.")


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path), required=False)
@html_file
@as_json
def kpis(scenario: Path | None, html: Path | None, as_json: bool) -> None:
    """Tell what every number means: how it is computed, who answers for it, where it is found.

    With SCENARIO, also what it gives for each input: rates, limits, owners.
    """
    from optimizer import api
    from optimizer.report.measures.tell import dictionary_facts, dictionary_screen

    asked = api.load(scenario) if scenario else None
    entries = api.kpis(asked)
    if html:
        api.save_kpis(html, asked)
    if as_json:
        envelope("kpis", {"measures": dictionary_facts(entries), "html": str(html) if html else None})
        return
    if not html:
        show_text(dictionary_screen(entries, asked))
        return
    say(f"Wrote {html}")
