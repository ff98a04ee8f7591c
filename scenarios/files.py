"""Writing the files of a made-up scenario, byte for byte the same each time."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from optimizer.scenario.tables import TABLES

Cell = str | float
Row = Mapping[str, Cell]


def write_scenario(folder: Path, definition: str, tables: Mapping[str, Sequence[Row]]) -> None:
    """Write ``scenario.yaml`` and every table into a folder, which is made if it is not there.

    Args:
        folder: Where to write.
        definition: Text of ``scenario.yaml``.
        tables: Rows of each table by its name; columns that no row has are left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.yaml").write_text(definition, encoding="utf-8", newline="\n")
    for name, rows in tables.items():
        names = [column.name for column in TABLES[name].columns if any(column.name in row for row in rows)]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(names)
            writer.writerows([_text(row.get(column, "")) for column in names] for row in rows)


def run(name: str, folder: Path, write: Callable[[Path], None]) -> None:
    """The command line of a generator: write its scenario into the folder given, or over its own."""
    parser = argparse.ArgumentParser(description=f"Write the made-up scenario {name}.")
    parser.add_argument("folder", nargs="?", type=Path, default=folder, help="folder to write into")
    write(parser.parse_args().folder)


def _text(cell: Cell) -> str:
    """Numbers without a needless ``.0``."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
