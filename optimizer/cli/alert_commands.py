"""Alerts of a run: on the terminal, as a file, and to an address."""

from __future__ import annotations

import os
from pathlib import Path

import click

from optimizer.cli.output import as_json, envelope, say, show_text
from optimizer.cli.plan_commands import runs_folder
from optimizer.errors import UsageError


@click.command()
@click.argument("run", default="latest")
@click.option("--since", metavar="RUN", help="An earlier run: tells which clinics filled up or opened.")
@click.option("--out", type=click.Path(path_type=Path), help="JSON file to write, without small counts of people.")
@click.option("--post", metavar="URL", help="Address to send the same to; env:NAME takes it from the environment.")
@runs_folder
@as_json
def alerts(run: str, since: str | None, out: Path | None, post: str | None, runs: Path, as_json: bool) -> None:
    """Tell what needs a decision before the budgets of a RUN go out.

    RUN is its path, its name below --runs, or 'latest'. Each alert comes with its number and threshold, since when, who
    decides what, and by when. An address is https, or on this computer.
    """
    from optimizer import api
    from optimizer.report.alerts import alert_facts, alerts_screen

    url = _address(post)
    found = api.alerts(api.open_run(run, runs), api.open_run(since, runs) if since else None)
    if out:
        api.save_alerts(found, out)
    if as_json:
        delivered = api.post_alerts(found, url) if url else None
        data = {**alert_facts(found), "file": str(out) if out else None, "delivered_to": delivered}
        envelope("alerts", data, run_id=found.run)
        return
    show_text(alerts_screen(found))
    if out:
        say(f"Wrote {out}")
    if url:
        say(f"Delivered to {api.post_alerts(found, url)}")


def _address(post: str | None) -> str | None:
    """The address as given, or from the environment, checked before anything is done."""
    from optimizer.weekly.webhook import target

    if not post:
        return None
    name = post.removeprefix("env:")
    url = os.environ.get(name, "") if post.startswith("env:") else post
    if not url:
        raise UsageError(f"the environment has no {name}")
    return target(url).url
