"""The command line: one group, exit codes that mean something, errors in plain words.

Nothing heavy is imported before a command runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from io import TextIOWrapper
from types import FrameType

import click

from optimizer.cli.alert_commands import alerts
from optimizer.cli.calibration_commands import backtest, calibrate
from optimizer.cli.compare_commands import compare, what_if
from optimizer.cli.doctor import doctor
from optimizer.cli.import_commands import import_curves
from optimizer.cli.output import emit_failure
from optimizer.cli.paper_commands import agenda, kpis, pre_launch
from optimizer.cli.plan_commands import explain, export_lp, plan, show
from optimizer.cli.platform_commands import platform_files
from optimizer.cli.quarter_commands import quarter
from optimizer.cli.report_commands import report
from optimizer.cli.scenario_commands import generate, new, schema, validate
from optimizer.cli.study_commands import access, evaluate, frontier, sensitivity, target
from optimizer.cli.weekly_commands import approve, feeds, history, override, recommend, reject, rerun, review
from optimizer.errors import ExitCode, OptimizerError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="capacity-budget-optimizer", prog_name="optimizer")
@click.option("--debug", is_flag=True, help="Show where a bug happened.")
def cli(debug: bool) -> None:
    """Plan healthcare marketing budgets under appointment capacity, intake and patient value.

    A scenario is a folder of tables. Start with: optimizer new my_scenario
    """


for command in (
    new,
    generate,
    validate,
    evaluate,
    plan,
    explain,
    show,
    report,
    agenda,
    pre_launch,
    kpis,
    what_if,
    compare,
    frontier,
    target,
    access,
    sensitivity,
    quarter,
    calibrate,
    backtest,
    import_curves,
    platform_files,
    alerts,
    feeds,
    recommend,
    approve,
    reject,
    override,
    history,
    rerun,
    review,
    schema,
    export_lp,
    doctor,
):
    cli.add_command(command)


class _Terminated(BaseException):
    """The process was asked to end."""


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise _Terminated


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Words after the program's name; those of the process if absent.

    Returns:
        The exit code; see :class:`optimizer.errors.ExitCode`.
    """
    signal.signal(signal.SIGTERM, _terminate)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a narrow terminal encoding must not end a plan
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        cli.main(args=given, prog_name="optimizer", standalone_mode=False)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except OptimizerError as error:
        emit_failure(given, error)
        return error.exit_code
    except (click.ClickException, click.Abort, KeyboardInterrupt, _Terminated, BrokenPipeError) as error:
        return _stopped(error)
    except Exception as error:  # a bug: said in one line, with the traceback only where asked for
        if "--debug" in given:
            traceback.print_exc()
        click.echo(f"This is a bug in the optimizer: {type(error).__name__}: {error}", err=True)
        click.echo("Run again with: optimizer --debug ... to see where.", err=True)
        return ExitCode.BUG
    return ExitCode.OK


def _stopped(error: BaseException) -> ExitCode:
    """Exit code of a command that was used wrongly or stopped from outside."""
    if isinstance(error, click.ClickException):
        error.show()
        return ExitCode.USAGE
    if isinstance(error, BrokenPipeError):  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    return ExitCode.TERMINATED if isinstance(error, _Terminated) else ExitCode.INTERRUPTED
