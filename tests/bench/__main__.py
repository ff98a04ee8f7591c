"""Measures the program beside other ways to the same end.

    python -m tests.bench --sizes clinic,regional --repeat 3 --json measured.json

Every measurement runs in a process of its own on one core, one after the other. Figures are told as ratios of one run,
because seconds depend on the machine.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import click

from tests.bench.measure import measured, measured_free
from tests.bench.registry import COMPARATORS, FREE_COMPARATORS, FREE_SEEDS, FREE_SIZES, PHASES, SIZES
from tests.bench.table import report

_LIBRARIES = ("highspy", "numpy", "pandas", "pulp", "scipy")


class Names(click.ParamType[list[str]]):
    """Some names of a registry, with commas between them; ``all`` or ``none``."""

    name = "names"

    def __init__(self, known: Iterable[str]) -> None:
        self.known = list(known)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        names = {"all": self.known, "none": []}.get(str(value), str(value).split(","))
        for name in names:
            if name not in self.known:
                self.fail(f"'{name}' is not one of {', '.join(self.known)}", param, ctx)
        return names


@click.command()
@click.option("--sizes", type=Names(SIZES), default="clinic,regional", show_default=True)
@click.option("--phases", type=Names(PHASES), default="all", show_default=True, help="none: comparators alone.")
@click.option("--comparators", type=Names(COMPARATORS), default="all", show_default=True)
@click.option("--free", "free_sizes", type=Names(FREE_SIZES), default="none", show_default=True,
              help="Instances without capacity, beside the optimisers of marketing-mix tools.")  # fmt: skip
@click.option("--free-comparators", type=Names(FREE_COMPARATORS), default="all", show_default=True)
@click.option("--seeds", type=click.IntRange(1), default=FREE_SEEDS, show_default=True, help="Instances of each size.")
@click.option("--repeat", type=click.IntRange(1), default=1, show_default=True)
@click.option("--limit", type=float, default=600.0, show_default=True, help="Seconds that one measurement may take.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write every figure into this file.")
def bench(
    sizes: list[str],
    phases: list[str],
    comparators: list[str],
    free_sizes: list[str],
    free_comparators: list[str],
    seeds: int,
    repeat: int,
    limit: float,
    file: Path | None,
) -> None:
    """Measure the program at some SIZES beside other ways to the same end."""
    found, free = [], []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            click.echo(f"Measuring {size} ...", err=True)
            at = Path(folder, size)
            found.append(measured(size, at, phases, comparators, repeat=repeat, limit=limit))
    for size in free_sizes:
        for seed in range(1, seeds + 1):
            click.echo(f"Measuring {size}, seed {seed} ...", err=True)
            free.append(measured_free(size, seed, free_comparators, limit=limit))
    click.echo(report(found, free))
    if file:
        told = {"machine": _machine(), "sizes": [each.as_dict() for each in [*found, *free]]}
        file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _machine() -> dict[str, object]:
    libraries = {name: version(name) for name in _LIBRARIES}
    return {"system": platform.platform(), "python": platform.python_version(), "cores": os.cpu_count(), **libraries}


if __name__ == "__main__":
    bench()
