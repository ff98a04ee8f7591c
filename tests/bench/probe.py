"""Seconds that the solver itself takes, by the phase of the plan in which it is called."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import highspy

from optimizer.plan.solving import Clock

OUTSIDE = "outside"
"""What is solved while no phase of a plan is under way."""


@contextmanager
def solver_seconds() -> Iterator[dict[str, float]]:
    """Count the seconds inside HiGHS by phase, for as long as the context lasts; the plan's own code runs as it is."""
    seconds: dict[str, float] = defaultdict(float)
    under_way = [OUTSIDE]
    run, phase = highspy.Highs.run, Clock.phase

    def timed_run(highs: highspy.Highs) -> object:
        began = time.perf_counter()
        try:
            return run(highs)
        finally:
            seconds[under_way[-1]] += time.perf_counter() - began

    @contextmanager
    def told_phase(clock: Clock, name: str, said: str) -> Iterator[None]:
        with phase(clock, name, said):
            under_way.append(name)
            try:
                yield
            finally:
                under_way.pop()

    with patch.object(highspy.Highs, "run", timed_run), patch.object(Clock, "phase", told_phase):
        yield seconds
