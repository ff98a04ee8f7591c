"""The ``points`` column: a curve written as ``0:0 1000:22 2000:36``."""

from __future__ import annotations

import re

import numpy as np

from optimizer.response.forms import FloatArray

_PAIR = re.compile(r"(\d+(?:\.\d{1,2})?):(\d+(?:\.\d+)?)")
BEND_TOLERANCE = 1e-9
"""Part by which a curve may steepen before it counts as bending upwards."""
_EXAMPLE = "write spend:leads pairs with a space between them, such as '0:0 1000:22 2000:36'"


class PointsError(ValueError):
    """The text is no usable curve.

    Attributes:
        message: What is wrong, with the value found.
        hint: How to mend it.
    """

    def __init__(self, message: str, hint: str) -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message}; {hint}")


def parse_points(text: str) -> tuple[FloatArray, FloatArray]:
    """Read and check one curve given by points.

    Args:
        text: ``spend:leads`` pairs with spaces between them; spend in money per week with at most two decimals.

    Returns:
        Spend and leads of the points, one-dimensional and of the same length.

    Raises:
        PointsError: The text cannot be read, or the points do not make a rising curve from 0:0.
    """
    pairs = [_pair(token) for token in text.split()]
    if len(pairs) < 2:
        raise PointsError(f"'{text}' has fewer than two points", _EXAMPLE)
    spend, leads = np.array(pairs, dtype=np.float64).T
    _require_start(spend, leads)
    _require_order(spend, leads)
    return spend, leads


def _pair(token: str) -> tuple[float, float]:
    match = _PAIR.fullmatch(token)
    if match is None:
        raise PointsError(f"cannot read the point '{token}'", f"{_EXAMPLE}; spend has at most two decimals")
    spend, leads = float(match[1]), float(match[2])
    if not np.isfinite([spend, leads]).all():
        raise PointsError(f"the point '{token[:20]}...' is too large a number", _EXAMPLE)
    return spend, leads


def _require_start(spend: FloatArray, leads: FloatArray) -> None:
    if spend[0] != 0 or leads[0] != 0:
        raise PointsError(f"the first point is {spend[0]:g}:{leads[0]:g}", "start with 0:0, no leads for no spend")


def _require_order(spend: FloatArray, leads: FloatArray) -> None:
    back = np.flatnonzero(np.diff(spend) <= 0)
    if back.size:
        first, second = spend[back[0] : back[0] + 2]
        raise PointsError(f"spend {second:g} comes after {first:g}", "list the points by rising spend, each spend once")
    fall = np.flatnonzero(np.diff(leads) < 0)
    if fall.size:
        first, second = leads[fall[0] : fall[0] + 2]
        raise PointsError(
            f"leads fall from {first:g} to {second:g} as spend rises", "leads must stay the same or rise with spend"
        )
