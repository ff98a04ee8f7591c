"""Made-up groups of any size, to try the program on and to measure it."""

from __future__ import annotations

import os
from pathlib import Path

from optimizer.errors import StorageError, UsageError
from optimizer.generate.group import Size
from optimizer.generate.made_up import made_up, write_made_up
from optimizer.scenario.read import Scenario, read_scenario


def generate(
    folder: str | os.PathLike[str] | None = None,
    *,
    locations: int = 10,
    lines: int = 6,
    channels: int = 4,
    weeks: int = 13,
    seed: int = 1,
) -> Scenario:
    """Make up a group: every table of a scenario, the same for the same size and seed.

    Args:
        folder: New folder to write it into; it is made in memory alone if absent.
        locations: Number of clinics, ten to a market.
        lines: Number of service lines, which every clinic has.
        channels: Number of channels, on which every clinic advertises every line.
        weeks: Number of planned weeks.
        seed: Any whole number from 0.

    Returns:
        The scenario, marked as made up.

    Raises:
        UsageError: if a number is too small, or the folder is there already. StorageError: if it cannot be written.
    """
    size = Size(locations, lines, channels, weeks)
    if folder is None:
        return made_up(size, seed)
    path = Path(folder)
    if path.exists():
        raise UsageError(f"{path} is there already; choose a name that is not")
    try:
        write_made_up(path, size, seed)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from error
    return read_scenario(path)
