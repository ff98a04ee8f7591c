"""Commands on histories: calibrate, backtest."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click

from optimizer.cli.output import as_json, envelope, say, show_text

_Command = TypeVar("_Command", bound=Callable[..., object])


def _fitting(command: _Command) -> _Command:
    """Options of everything that fits curves."""
    for option in (
        click.option("--quiet", "-q", is_flag=True, help="No progress."),
        click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes."),
        click.option(
            "--campaigns",
            type=click.Path(path_type=Path),
            help="campaigns.csv of a scenario, for clinic, line and channel of each campaign.",
        ),
        click.option(
            "--channels",
            type=click.Path(path_type=Path),
            help="channels.csv with the lag from spend to lead; estimated if absent.",
        ),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("history", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write; it must not exist yet.")
@_fitting
@as_json
def calibrate(
    history: Path,
    out: Path,
    channels: Path | None,
    campaigns: Path | None,
    workers: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """Learn response curves from HISTORY: weekly spend and leads by campaign.

    HISTORY is a CSV, .xlsx or .parquet file with a row per campaign and week: week, campaign (or location,
    service_line and channel), spend, leads. The folder then holds response_curves.csv as a scenario reads it, and how
    far each curve can be trusted.
    """
    from optimizer import api
    from optimizer.errors import UsageError
    from optimizer.report.calibration import calibration_screen, calibration_summary

    if out.exists():
        raise UsageError(f"{out} is there already; choose a name that is not")
    with _bar(quiet) as tell:
        found = api.calibrate(history, channels=channels, campaigns=campaigns, workers=workers, progress=tell)
    files = api.save_calibration(found, out)
    if as_json:
        envelope("calibrate", {"folder": str(out), "files": files, **calibration_summary(found)})
        return
    show_text(calibration_screen(found))
    click.echo(f"\nWrote {out} with {', '.join(files)}")
    tables = [name for name in ("response_curves.csv", "channels.csv", "seasonality.csv") if name in files]
    say(f"Next: copy {', '.join(tables)} into your scenario, then: optimizer validate SCENARIO")


@click.command()
@click.argument("history", type=click.Path(path_type=Path))
@click.option("--weeks", type=click.IntRange(min=1), default=8, show_default=True, help="Last weeks to forecast.")
@_fitting
@as_json
def backtest(
    history: Path,
    weeks: int,
    channels: Path | None,
    campaigns: Path | None,
    workers: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """Forecast each of the last weeks of HISTORY from what was known before it.

    Curves are fitted anew for every week; the forecasts are held against what came, and against two simple ones: what
    a lead cost in the last four weeks, and what it cost all along.
    """
    from optimizer import api
    from optimizer.report.calibration import backtest_facts, backtest_screen

    with _bar(quiet) as tell:
        found = api.backtest(
            history, weeks=weeks, channels=channels, campaigns=campaigns, workers=workers, progress=tell
        )
    if as_json:
        envelope("backtest", backtest_facts(found))
        return
    show_text(backtest_screen(found))


@contextmanager
def _bar(quiet: bool) -> Iterator[Callable[[float, str], None]]:
    """A progress bar on standard error; nothing where that is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda _done, _doing: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda done, doing: bar.update(task, completed=done, description=doing)
