"""Commands that write papers for people in a meeting, and the dictionary of their numbers: agenda, pre-launch, kpis."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.asked import Asked, on_scenario
from optimizer.cli.output import as_json, envelope, say, show_text
from optimizer.cli.plan_commands import runs_folder
from optimizer.cli.weekly_commands import ledger_file

shareable_edition = click.option(
    "--shareable", is_flag=True, help="For others: without counts of 1 to 10 people, and what would tell them."
)
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


@click.command()
@click.argument("run", default="latest")
@html_file
@shareable_edition
@ledger_file
@runs_folder
@as_json
def agenda(run: str, html: Path | None, shareable: bool, ledger: Path, runs: Path, as_json: bool) -> None:
    """Write the agenda of the weekly meeting of marketing and operations, on one page.

    RUN is a path, a name below --runs, 'latest', or the Monday of a recorded week. What changes and why, open slots and
    hours left, who has to decide what, what to watch.
    """
    from optimizer import api
    from optimizer.report.papers.agenda import agenda_facts, agenda_paper
    from optimizer.report.papers.edition import INTERNAL, SHAREABLE
    from optimizer.report.papers.paper import paper_screen

    found = api.agenda(run, runs=runs, ledger=ledger)
    paper = agenda_paper(found, SHAREABLE if shareable else INTERNAL)
    if html:
        api.save_paper(html, paper)
    if as_json:
        data = {**agenda_facts(found, paper), "html": str(html) if html else None}
        envelope("agenda", data, run_id=found.run.folder.name)
        return
    if not html:
        show_text(paper_screen(paper))
        return
    say(f"Wrote {html}")


@click.command("pre-launch")
@on_scenario
@click.argument("campaign")
@click.option("--run", "run_name", metavar="RUN", help="A run that plans it: path, name or 'latest'.")
@html_file
@shareable_edition
@runs_folder
def pre_launch(
    asked: Asked,
    campaign: str,
    run_name: str | None,
    html: Path | None,
    shareable: bool,
    runs: Path,
    as_json: bool,
) -> None:
    """Answer what leadership asks before a CAMPAIGN of SCENARIO starts, on one page.

    Lines and locations, capacity and lead time, intake steps, owner and escalation, compliance timeline; and whether it
    is ready. What nobody stated is named, not guessed.
    """
    from optimizer import api
    from optimizer.report.papers.edition import INTERNAL, SHAREABLE
    from optimizer.report.papers.paper import paper_screen
    from optimizer.report.papers.pre_launch import launch_facts, launch_paper

    found = api.pre_launch(asked.scenario(), campaign, run_name, runs=runs)
    edition = SHAREABLE if shareable else INTERNAL
    paper = launch_paper(found, edition)
    if html:
        api.save_paper(html, paper)
    if as_json:
        data = {**launch_facts(found, paper, edition), "html": str(html) if html else None}
        envelope("pre-launch", data, run_id=found.plan.folder.name if found.plan else "")
        return
    if not html:
        show_text(paper_screen(paper))
        return
    say(f"Wrote {html}")
