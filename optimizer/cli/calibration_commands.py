"""Commands on what was counted: calibrate, backtest."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click
from click.core import ParameterSource

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
@click.argument("history", required=False, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write; it must not exist yet.")
@_fitting
@click.option(
    "--funnel",
    "counts",
    type=click.Path(path_type=Path),
    metavar="COUNTS",
    help="Instead of HISTORY: counts of leads at every stage, from which rates are made.",
)
@click.option(
    "--waits", type=click.Path(path_type=Path), help="With --funnel: offered, kept and shown by weeks waited."
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="With --funnel: last day of the counts, where they have no weeks.",
)
@as_json
@click.pass_context
def calibrate(
    context: click.Context,
    history: Path | None,
    counts: Path | None,
    out: Path,
    channels: Path | None,
    campaigns: Path | None,
    workers: int,
    quiet: bool,
    waits: Path | None,
    as_of: dt.datetime | None,
    as_json: bool,
) -> None:
    """Learn response curves from HISTORY, or rates of the funnel from --funnel COUNTS.

    HISTORY is a CSV, .xlsx or .parquet file with a row per campaign and week: week, campaign (or location,
    service_line and channel), spend, leads. The folder then holds response_curves.csv as a scenario reads it, and how
    far each curve can be trusted.

    COUNTS has a row per service line and channel (and location, and week): leads, valid, contacted, qualified, booked.
    The folder then holds funnel.csv, with --waits show_rates.csv, and rates.csv, which tells how far each rate can be
    trusted: those with few counts lean on their line and on all.
    """
    from optimizer.errors import UsageError

    given = {name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    if ("history" in given) == ("counts" in given):
        raise UsageError("give HISTORY to learn response curves, or --funnel COUNTS to learn rates: one of the two")
    strange = sorted(given & (_OF_CURVES if counts else _OF_RATES))
    if strange:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in strange)
        raise UsageError(f"leave out {options}: only for {'curves (HISTORY)' if counts else 'rates (--funnel COUNTS)'}")
    if out.exists():
        raise UsageError(f"{out} is there already; choose a name that is not")
    if counts:
        _rates(counts, waits, f"{as_of:%Y-%m-%d}" if as_of else "", out, as_json)
    elif history:
        _curves(history, out, channels, campaigns, workers, quiet, as_json)


_OF_CURVES = {"channels", "campaigns", "workers"}
_OF_RATES = {"waits", "as_of"}
"""Options of ``calibrate`` that only the one or the other heeds."""


def _curves(
    history: Path,
    out: Path,
    channels: Path | None,
    campaigns: Path | None,
    workers: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """Response curves from a history."""
    from optimizer import api
    from optimizer.report.calibration import calibration_screen, calibration_summary

    with _bar(quiet) as tell:
        found = api.calibrate(history, channels=channels, campaigns=campaigns, workers=workers, progress=tell)
    files = api.save_calibration(found, out)
    if as_json:
        envelope("calibrate", {"folder": str(out), "files": files, **calibration_summary(found)})
        return
    show_text(calibration_screen(found))
    _written(out, files, ("response_curves.csv", "channels.csv", "seasonality.csv"))


def _rates(counts: Path, waits: Path | None, as_of: str, out: Path, as_json: bool) -> None:
    """Rates of the funnel from counts."""
    from optimizer import api
    from optimizer.report.funnel import funnel_facts, funnel_screen

    made = api.calibrate_funnel(counts, waits=waits, as_of=as_of)
    files = api.save_rates(made, out)
    if as_json:
        envelope("calibrate", {"folder": str(out), "files": files, **funnel_facts(made)})
        return
    show_text(funnel_screen(made))
    _written(out, files, ("funnel.csv", "show_rates.csv"))


def _written(out: Path, files: Sequence[str], tables: Sequence[str]) -> None:
    """Which files were written, and which of them go into a scenario."""
    click.echo(f"\nWrote {out} with {', '.join(files)}")
    copied = ", ".join(name for name in tables if name in files)
    say(f"Next: copy {copied} into your scenario, then: optimizer validate SCENARIO")


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
