"""Commands of the weekly recommendation: feeds, recommend, history, approve, reject, override, rerun, review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from optimizer.cli.asked import Asked, on_scenario
from optimizer.cli.output import as_json, envelope, progress, quiet, say, show_text, time_limit
from optimizer.cli.plan_commands import runs_folder

_Command = TypeVar("_Command", bound=Callable[..., object])
_week = click.option("--week", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Monday of the week.")
ledger_file = click.option(
    "--ledger",
    type=click.Path(path_type=Path),
    default=Path("runs/ledger.sqlite"),
    show_default=True,
    help="File that keeps what was recommended and decided.",
)
_by = click.option("--by", required=True, metavar="NAME", help="Who decides.")


@click.command()
@on_scenario
@_week
@click.option("--template", type=click.Path(path_type=Path), required=True, help="Folder to write; must not exist yet.")
def feeds(asked: Asked, week: dt.datetime, template: Path, as_json: bool) -> None:
    """Write templates of the feeds that a week of SCENARIO needs.

    Figures that the scenario knows are filled in; who looks them over fills in as_of.
    """
    from optimizer import api

    files = api.feed_templates(asked.scenario(), week.date(), template)
    if as_json:
        envelope("feeds", {"folder": str(template), "files": files})
        return
    click.echo(f"Wrote {template} with {', '.join(files)}")
    say(f"Next: fill them in, then: optimizer recommend {asked.path} --feeds {template} --week {week:%Y-%m-%d}")


@click.command()
@on_scenario
@_week
@click.option("--feeds", type=click.Path(path_type=Path), required=True, help="Folder of this week's feeds.")
@click.option("--approve-large-change", is_flag=True, help="The week's total may move more than the scenario allows.")
@ledger_file
@runs_folder
@time_limit
def recommend(
    asked: Asked,
    week: dt.datetime,
    feeds: Path,
    approve_large_change: bool,
    ledger: Path,
    runs: Path,
    time_limit: float,
    as_json: bool,
) -> None:
    """Recommend the budgets of a week of SCENARIO from this week's feeds.

    What is late, missing or hard to believe holds the campaigns concerned. The weeks to come are planned, the
    budgets of the first one are recommended and recorded. The same week with the same inputs gives the same run.
    """
    from optimizer import api
    from optimizer.report.weekly import recommendation_facts, recommendation_screen
    from optimizer.weekly.book import LARGE
    from optimizer.weekly.recommend import large_change

    scenario = asked.scenario()
    made = api.recommend(
        scenario,
        feeds,
        week.date(),
        ledger=ledger,
        runs=runs,
        approve_large_change=approve_large_change,
        time_limit=time_limit,
        progress=asked.tell,
    )
    if made.state == LARGE and as_json:
        raise large_change(made, scenario)
    if as_json:
        envelope("recommend", recommendation_facts(made), run_id=made.run.folder.name, status=made.state)
        return
    show_text(recommendation_screen(made))
    click.echo(f"Run: {made.run.folder}")
    if made.state == LARGE:
        raise large_change(made, scenario)
    say(f"Next: optimizer explain CAMPAIGN {made.week} --run {made.run.folder.name} --runs {runs}")


@click.command()
@ledger_file
@as_json
def history(ledger: Path, as_json: bool) -> None:
    """Show the recorded weeks, with what people decided."""
    from optimizer.report.weekly import history_facts, history_screen
    from optimizer.weekly.book import Book
    from optimizer.weekly.ledger import existing_ledger

    with existing_ledger(ledger) as opened:
        books = Book.all(opened)
        if as_json:
            envelope("history", {"weeks": [week for book in books for week in history_facts(book)]})
            return
        for book in books:
            show_text(history_screen(book))


@click.command()
@click.argument("run")
@_by
@click.option("--reason", default="", help="Why.")
@ledger_file
@as_json
def approve(run: str, by: str, reason: str, ledger: Path, as_json: bool) -> None:
    """Put the recommendation of a RUN into effect."""
    from optimizer import api

    entry = api.approve(run, by=by, reason=reason, ledger=ledger)
    if as_json:
        envelope("approve", {"run": entry.run, "state": entry.state}, run_id=entry.run)
        return
    click.echo(f"{entry.run} is in effect for the week of {entry.week}.")
    say(f"Next: optimizer platform-files {entry.folder} --out FOLDER")


@click.command()
@click.argument("run")
@_by
@click.option("--reason", required=True, help="Why.")
@ledger_file
@as_json
def reject(run: str, by: str, reason: str, ledger: Path, as_json: bool) -> None:
    """Leave budgets as they were before the recommendation of a RUN."""
    from optimizer import api

    entry = api.reject(run, by=by, reason=reason, ledger=ledger)
    if as_json:
        envelope("reject", {"run": entry.run, "state": entry.state}, run_id=entry.run)
        return
    click.echo(f"{entry.run} is rejected; the budgets before the week of {entry.week} stay.")


@click.command()
@click.argument("run")
@click.argument("campaign")
@click.argument("amount", type=float)
@_by
@click.option("--reason", required=True, help="Why.")
@ledger_file
@time_limit
@quiet
@as_json
def override(
    run: str,
    campaign: str,
    amount: float,
    by: str,
    reason: str,
    ledger: Path,
    time_limit: float,
    quiet: bool,
    as_json: bool,
) -> None:
    """Set the weekly budget of a CAMPAIGN to AMOUNT in the week of a RUN.

    What that costs is found by planning the weeks after it again. A budget that breaks a limit is refused.
    """
    from dataclasses import asdict

    from optimizer import api
    from optimizer.report.weekly import override_sentence

    decision, entry = api.override(
        run, campaign, amount, by=by, reason=reason, ledger=ledger, time_limit=time_limit, progress=progress(quiet)
    )
    if as_json:
        envelope("override", asdict(decision), run_id=run)
        return
    click.echo(override_sentence(decision, entry))


@click.command()
@click.argument("run", default="latest")
@runs_folder
@time_limit
@quiet
@as_json
def rerun(run: str, runs: Path, time_limit: float, quiet: bool, as_json: bool) -> None:
    """Make a RUN again from what it was made from, and compare every file.

    RUN is its path, its name below --runs, or 'latest'.
    """
    from optimizer import api
    from optimizer.report.weekly import rerun_sentences
    from optimizer.weekly.rerun import Differs

    found = api.rerun(run, runs, time_limit=time_limit, progress=progress(quiet))
    said = "\n".join(rerun_sentences(found))
    if found.differing:
        raise Differs(said)
    if as_json:
        envelope("rerun", {"same": list(found.same)}, run_id=found.run.folder.name, status="same")
        return
    click.echo(said)


@click.command()
@click.option("--weeks", type=click.IntRange(min=1), default=8, show_default=True, help="The last weeks to review.")
@click.option("--scenario", default="", metavar="NAME", help="Needed only where the ledger has several.")
@ledger_file
@as_json
def review(weeks: int, scenario: str, ledger: Path, as_json: bool) -> None:
    """Hold what was forecast for past weeks against what came of them.

    Where leads stalled, whether capacity matched, whether money or intake lost patients, what rules did, which curves
    and rates to learn again. A week is over when the week after it is recorded. For the house: terminal and JSON show
    counts of 1 to 10 people.
    """
    from optimizer import api
    from optimizer.report.review import review_facts, review_screen

    found = api.review(ledger, weeks=weeks, scenario=scenario)
    if as_json:
        envelope("review", review_facts(found))
        return
    show_text(review_screen(found))
