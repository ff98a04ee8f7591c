"""A small scenario to start from, with the schema that editors use."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def write_template(folder: Path) -> list[str]:
    """Write the template scenario into a new folder.

    Args:
        folder: Folder to make.

    Returns:
        Names of the files written, sorted.

    Raises:
        OSError: if the folder cannot be made or written.
    """
    package = resources.files("optimizer.scenario")
    sources = [*(package / "template").iterdir(), package / "scenario.schema.json"]
    folder.mkdir(parents=True)
    written = []
    for item in sorted(sources, key=lambda entry: entry.name):
        (folder / item.name).write_bytes(item.read_bytes())
        written.append(item.name)
    return written
