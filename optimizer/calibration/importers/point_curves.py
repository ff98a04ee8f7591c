"""Curves given as points: what makes a usable one, and how many points it takes to say the same."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from optimizer.calibration.importers.tool_curve import Floats, Response
from optimizer.errors import Problem

MOST_POINTS = 30
"""Points up to which a curve is written as it stands."""
THINNED = 1e-3
"""Part of the greatest outcome by which a curve of more points may differ from these."""
_ROUNDING = 1e-9


def point_problems(file: str, name: str, spend: Floats, outcome: Floats, lines: npt.NDArray[np.int64]) -> list[Problem]:
    """What keeps the rows of one channel, by rising spend, from being a curve.

    Args:
        file: File of the rows.
        name: Channel.
        spend: (n,) spend of the rows, each once.
        outcome: (n,) their outcome.
        lines: (n,) their lines.
    """
    at = partial(Problem, file, code="no_curve")
    if (spend > 0).sum() < 2:
        return [at(int(lines[0]), f"'{name}' has fewer than two rows with spend", "a curve needs at least two")]
    wrong = []
    if spend[0] == 0 and outcome[0] != 0:
        hint = "write what the spend adds: a curve starts at nothing for nothing"
        wrong.append(at(int(lines[0]), f"'{name}' brings {outcome[0]:g} for no spend", hint))
    before = np.append(0.0, outcome[:-1])
    slack = _ROUNDING * np.abs(outcome).max()
    for row in np.flatnonzero(outcome < before - slack)[:5]:
        message = f"'{name}' falls to {outcome[row]:g} at spend {spend[row]:g}, from {before[row]:g} before"
        wrong.append(at(int(lines[row]), message, "more spend brings at least as much; look at this row"))
    return wrong


def through(spend: Floats, outcome: Floats) -> tuple[Floats, Response]:
    """The points with 0:0 before them, and straight lines through them, level after the last."""
    if spend[0] > 0:
        spend, outcome = np.append(0.0, spend), np.append(0.0, outcome)
    outcome = np.maximum.accumulate(outcome)
    return spend, partial(_between, spend, outcome)


def _between(points: Floats, outcome: Floats, spend: Floats) -> Floats:
    return np.interp(spend, points, outcome)


def few_points(spend: Floats, leads: Floats) -> npt.NDArray[np.int64]:
    """Positions of the points to keep: all, or where they are many as few as stay within :data:`THINNED`.

    A stretch is split where it is farthest from its chord (D. Douglas and T. Peucker 1973), so what is kept of a
    concave curve lies below it.
    """
    if len(spend) <= MOST_POINTS:
        return np.arange(len(spend))
    kept, open_ = {0, len(spend) - 1}, [(0, len(spend) - 1)]
    while open_:
        start, end = open_.pop()
        inside = slice(start + 1, end)
        gap = np.abs(leads[inside] - np.interp(spend[inside], spend[[start, end]], leads[[start, end]]))
        if gap.size and gap.max() > THINNED * leads[-1]:
            middle = start + 1 + int(gap.argmax())
            kept.add(middle)
            open_ += [(start, middle), (middle, end)]
    return np.array(sorted(kept), dtype=np.int64)


def points_text(spend: Floats, leads: Floats) -> str:
    """The ``points`` column: spend in whole cents, leads with every digit."""
    return " ".join(f"{money:.2f}:{_digits(lead)}" for money, lead in zip(spend, leads, strict=True))


def _digits(lead: float) -> str:
    return np.format_float_positional(lead, unique=True, trim="-")
