"""Runs measurements, each in a process of its own, and keeps what they found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from optimizer import api
from optimizer.study.frontier import SHARES
from tests.bench.registry import FREE_SIZES, SEED, SIZES, STUDIES

ROOT = Path(__file__).parents[2]
ONE_CORE = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Everything runs on one core: SLSQP takes many times as long where its threads wait for a core that is busy."""
Result = dict[str, Any]
Run = Callable[[str, Mapping[str, Any], float], Iterator[Result]]
"""Runs a measure with arguments for at most so many seconds, and gives what it told until then."""


@dataclass
class Found:
    """What was found at one size.

    Attributes:
        size: Name of the size.
        seconds: Name of a phase or comparator -> seconds of every repeat.
        more_than: Names that did not end -> seconds after which they were stopped.
        facts: Name of a measure -> its other results, of the last repeat.
    """

    size: str
    seconds: dict[str, list[float]] = field(default_factory=dict)
    more_than: dict[str, float] = field(default_factory=dict)
    facts: dict[str, Result] = field(default_factory=dict)

    def add(self, name: str, results: Iterator[Result]) -> None:
        """Keep what a measure told."""
        for result in results:
            for what, seconds in result.pop("seconds", {}).items():
                self.seconds.setdefault(what, []).append(seconds)
            self.more_than |= result.pop("more_than", {})
            self.facts[name] = self.facts.get(name, {}) | result

    def total(self, names: tuple[str, ...]) -> float | None:
        """Seconds of several names added up, each the median of its repeats; ``None`` where one was not measured."""
        if any(name not in self.seconds for name in names):
            return None
        return sum(median(self.seconds[name]) for name in names)

    def spread(self, name: str) -> float | None:
        """Range of the repeats over their median; ``None`` of a single one."""
        seconds = self.seconds.get(name, [])
        return (max(seconds) - min(seconds)) / median(seconds) if len(seconds) > 1 else None

    def as_dict(self) -> Result:
        """Plain values for JSON."""
        return asdict(self)


def in_child(measure: str, arguments: Mapping[str, Any], limit: float) -> Iterator[Result]:
    """Run a measure in a process of its own; one that fails tells why, one that takes too long is ended."""
    command = [sys.executable, "-m", "tests.bench.child", measure, json.dumps(arguments)]
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": paths, **ONE_CORE}
    child = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        told, said = child.communicate(timeout=limit)
        ended: Result = {} if child.returncode == 0 else {"failed": said.strip().splitlines()[-3:]}
    except subprocess.TimeoutExpired:
        child.kill()
        told, _ = child.communicate()
        ended = {"more_than": {str(arguments.get("name", "command")): limit}}
    yield from (json.loads(line) for line in told.splitlines())
    yield ended


GRACE = 60.0
"""Seconds that a comparator has for starting and reading, on top of those of its solver."""


def measured(
    size: str,
    folder: Path,
    phases: list[str],
    comparators: list[str],
    *,
    repeat: int,
    limit: float,
    budgets: Sequence[float] = SHARES,
    run: Run = in_child,
) -> Found:
    """Measure the command and its comparators at one size, one after the other so that none takes another's time."""
    api.generate(folder, **vars(SIZES[size]), seed=SEED)
    found, studies = Found(size), [name for name in STUDIES if name in phases]
    for _ in range(repeat):
        if phases:
            told = {"folder": str(folder), "studies": studies, "budgets": list(budgets), "began": time.perf_counter()}
            found.add("plan", run("plan", told, limit))
        for name in comparators:
            told = {"name": name, "folder": str(folder), "limit": limit}
            found.add(name, run("comparator", told, 2 * limit + GRACE))
    return found


def measured_free(size: str, seed: int, comparators: list[str], *, limit: float, run: Run = in_child) -> Found:
    """Measure ways to spread one budget over the curves of an instance without capacity."""
    found = Found(f"{size} seed {seed}")
    for name in comparators:
        told = {"name": name, "campaigns": FREE_SIZES[size], "seed": seed, "limit": limit}
        found.add(name, run("free", told, limit + GRACE))
    return found
