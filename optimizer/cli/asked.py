"""What commands on a scenario have in common: the scenario, what is asked differently, and whether to tell progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer.cli.output import as_json, progress, quiet

if TYPE_CHECKING:
    from optimizer.scenario.read import Scenario


@dataclass(frozen=True)
class Asked:
    """The scenario that a command is about.

    Attributes:
        path: Its folder, or a what-if file.
        sets: Keys of ``scenario.yaml`` that are changed.
        changes: Cells of tables that are changed.
        tell: Tells progress.
    """

    path: Path
    sets: tuple[str, ...]
    changes: tuple[str, ...]
    tell: Callable[[str], None]

    def scenario(self) -> Scenario:
        """Read it, with what is changed."""
        from optimizer import api

        self.tell(f"Reading {self.path}")
        return api.load(self.path, sets=self.sets, changes=self.changes)


_OPTIONS = (
    click.argument("scenario", type=click.Path(path_type=Path)),
    click.option(
        "--set", "sets", multiple=True, metavar="KEY=VALUE", help="Change a key of scenario.yaml, or *=, +=, -=."
    ),
    click.option(
        "--change",
        "changes",
        multiple=True,
        metavar="CHANGE",
        help="Change cells: 'TABLE[COLUMN=LABEL,...] COLUMN = VALUE', or *=, += or -=.",
    ),
    quiet,
    as_json,
)


def on_scenario(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose first argument is what is asked; it takes ``as_json`` by name."""

    @wraps(command)
    def run(
        *, scenario: Path, sets: tuple[str, ...], changes: tuple[str, ...], quiet: bool, as_json: bool, **more: Any
    ) -> None:
        command(Asked(scenario, sets, changes, progress(quiet)), as_json=as_json, **more)

    decorated: Callable[..., None] = run
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated
