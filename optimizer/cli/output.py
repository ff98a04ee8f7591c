"""What commands print: data on standard output, everything else on standard error, one envelope for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING

import click

from optimizer.errors import Clash, ExitCode, InfeasiblePlan, OptimizerError, ScenarioError, VerificationError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

ENVELOPE_SCHEMA = 1
_NARROW = 100
"""Width of text that does not go to a terminal."""

time_limit = click.option(
    "--time-limit", type=click.FloatRange(min=0.001), default=600.0, show_default=True, help="Seconds per solve."
)
quiet = click.option("--quiet", "-q", is_flag=True, help="No progress.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON envelope instead of text.")


def envelope(command: str, data: object, *, run_id: str = "", status: str = "ok") -> None:
    """Print the data of a command that succeeded as an envelope."""
    _print_envelope(command, ExitCode.OK, status, data, run_id=run_id)


def emit_failure(arguments: Sequence[str], error: OptimizerError) -> None:
    """Print an error: plain words on standard error, or an envelope on standard output where ``--json`` was given."""
    if "--json" not in arguments:
        click.echo(f"{error}", err=True)
        return
    command = next((word for word in arguments if not word.startswith("-")), "")
    _print_envelope(command, error.exit_code, error.code, None, errors=errors_of(error))


def errors_of(error: OptimizerError) -> list[Mapping[str, object]]:
    """An error as the envelope lists it: one entry per problem."""
    match error:
        case ScenarioError():
            return [
                {
                    "code": problem.code,
                    "message": problem.message,
                    "file": problem.file,
                    "line": problem.line,
                    "column": problem.column,
                    "hint": problem.hint,
                }
                for problem in error.problems
            ]
        case InfeasiblePlan():
            return [_infeasible(error), *(_clash(error, clash) for clash in error.conflict)]
        case VerificationError():
            return [{"code": finding.check, "message": finding.message} for finding in error.findings]
        case _:
            return [{"code": error.code, "message": str(error)}]


def _infeasible(error: InfeasiblePlan) -> Mapping[str, object]:
    """The whole conflict with its ways out."""
    return {
        "code": error.code,
        "message": str(error),
        "conflict": [asdict(clash) for clash in error.conflict],
        "because": list(error.because),
        "alone": [asdict(gift) for gift in error.alone],
        "not_alone": list(error.not_alone),
        "together": [asdict(gift) for gift in error.together],
    }


def _clash(error: InfeasiblePlan, clash: Clash) -> Mapping[str, object]:
    """One limit of the conflict, with what it would have to give alone."""
    mend = [gift.change for gift in error.alone if (gift.file, gift.line) == (clash.file, clash.line)]
    return {
        "code": "conflicting_limit",
        "message": clash.limit,
        "file": clash.file,
        "line": clash.line,
        "hint": mend[0] if mend else "",
    }


def _print_envelope(
    command: str,
    exit_code: ExitCode,
    status: str,
    data: object,
    *,
    run_id: str = "",
    errors: Sequence[Mapping[str, object]] = (),
) -> None:
    made = {
        "schema": ENVELOPE_SCHEMA,
        "tool_version": version("capacity-budget-optimizer"),
        "command": command,
        "run_id": run_id,
        "status": status,
        "exit_code": int(exit_code),
        "data": data,
        "warnings": [],
        "errors": list(errors),
    }
    click.echo(json.dumps(made, indent=1, ensure_ascii=False, allow_nan=False))


def show_text(shown: RenderableType) -> None:
    """Print text and tables on standard output."""
    _console().print(shown)


def _console() -> Console:
    from rich.console import Console

    terminal = sys.stdout.isatty()
    return Console(width=None if terminal else _NARROW, markup=False, highlight=False, emoji=False, soft_wrap=False)


def say(text: str) -> None:
    """Say something to people, beside the data."""
    click.echo(text, err=True)


def progress(quiet: bool) -> Callable[[str], None]:
    """What tells people that work is going on: a line per phase on standard error, or nothing."""
    return (lambda _: None) if quiet else (lambda text: say(f"{text} ..."))
