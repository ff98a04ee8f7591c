r"""S-shaped curves: where they bend upwards, and the concave curve that lies just above them.

A Hill curve with a slope n above 1 bends upwards as far as its inflection and downwards after it. The straight line
from zero that touches it lies above it as far as the touching point:

.. math:: s_{inflection} = half \cdot \left( \frac{n - 1}{n + 1} \right)^{1/n} \qquad
          s_{touching} = half \cdot (n - 1)^{1/n}

The second is where leads per dollar are most. Curves of points may bend upwards anywhere; of those the upper hull of
the points is the envelope.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizer.response.curves import Curves
from optimizer.response.forms import FORMS, FloatArray, segment_slopes
from optimizer.response.points import BEND_TOLERANCE

_HILL = tuple(FORMS).index("hill")
_SLOPE = FORMS["hill"].parameters.index("slope")
_HALF = FORMS["hill"].parameters.index("half_spend")
_SHORT = 1e-6
"""Leads, plus the same part of the curve's own, by which a curve must lie below its envelope to be called below it."""

Flags = npt.NDArray[np.bool_]


def is_s_shaped(curves: Curves) -> Flags:
    """Which curves bend upwards anywhere, ``(I,)``."""
    slope = segment_slopes(curves.point_spend, curves.point_leads)
    upward = (slope[:, 1:] > slope[:, :-1] * (1 + BEND_TOLERANCE)).any(axis=1)
    return np.asarray(_is_steep(curves) | (curves.has_points & upward))


def inflection(curves: Curves) -> FloatArray:
    """Spend up to which a curve bends upwards, ``(I,)``: 0 for concave curves, infinite for S-shaped ones of points.

    Curves of points are straight between them, wherever they bend.
    """
    steep, slope, half = _steep_parameters(curves)
    return _or_points(curves, np.where(steep, half * ((slope - 1) / (slope + 1)) ** (1 / slope), 0.0))


def touching(curves: Curves) -> FloatArray:
    """Spend at which the line from zero touches a curve, ``(I,)``; 0 and infinite as for :func:`inflection`."""
    steep, slope, half = _steep_parameters(curves)
    return _or_points(curves, np.where(steep, half * (slope - 1) ** (1 / slope), 0.0))


def _is_steep(curves: Curves) -> Flags:
    """Hill curves with a slope above 1."""
    return np.asarray((curves.form == _HILL) & (np.nan_to_num(curves.parameters[:, _SLOPE]) > 1))


def _steep_parameters(curves: Curves) -> tuple[Flags, FloatArray, FloatArray]:
    """Which curves are steep, and their slope and half spend; harmless numbers for the others."""
    steep = _is_steep(curves)
    return steep, np.where(steep, curves.parameters[:, _SLOPE], 2.0), np.where(steep, curves.parameters[:, _HALF], 1.0)


def _or_points(curves: Curves, spend: FloatArray) -> FloatArray:
    return np.where(curves.has_points & is_s_shaped(curves), np.inf, spend)


@dataclass(frozen=True)
class StraightParts:
    """Where the concave envelopes of curves are straight and the curves lie below them, arrays of shape (I, T, P).

    Attributes:
        start: Spend at which a part begins.
        end: Spend at which it ends; the same as its start where there is no such part.
    """

    start: FloatArray
    end: FloatArray


def straight_parts(curves: Curves, cap: FloatArray) -> StraightParts:
    """The straight parts of the envelopes of I curves.

    Args:
        curves: I curves.
        cap: (I, T) highest spend, at which curve and envelope end.
    """
    shaped = is_s_shaped(curves)
    many = max(curves.point_spend.shape[1], 1) if shaped.any() else 0
    start, end = np.zeros((*cap.shape, many)), np.zeros((*cap.shape, many))
    if many:
        end[:, :, 0] = np.where(curves.has_points[:, None], 0.0, np.minimum(touching(curves)[:, None], cap))
    for row in np.flatnonzero(shaped & curves.has_points):
        for week in range(cap.shape[1]):
            first, last = _skipped(curves.point_spend[row], curves.point_leads[row], float(cap[row, week]))
            start[row, week, : len(first)], end[row, week, : len(last)] = first, last
    return StraightParts(start, end)


def _skipped(spend: FloatArray, leads: FloatArray, cap: float) -> tuple[FloatArray, FloatArray]:
    """Ends of the lines of the upper hull that pass over a point, for points cut off at a cap."""
    x = np.unique(np.append(spend[spend < cap], cap))
    hull = _upper_hull(x, np.interp(x, spend, leads))
    over = np.flatnonzero(np.diff(hull) > 1)
    return x[hull[over]], x[hull[over + 1]]


def _upper_hull(x: FloatArray, y: FloatArray) -> npt.NDArray[np.int64]:
    """Positions of the points on the upper hull, by rising x (A. Andrew's monotone chain, 1979)."""
    hull: list[int] = []
    for new in range(len(x)):
        while len(hull) > 1:
            before, last = hull[-2], hull[-1]
            if (y[last] - y[before]) * (x[new] - x[before]) > (y[new] - y[before]) * (x[last] - x[before]):
                break
            hull.pop()
        hull.append(new)
    return np.array(hull, dtype=np.int64)


def below_envelope(curves: Curves, spend: FloatArray, cap: FloatArray) -> Flags:
    """Whether curves bring less at these spends than their concave envelopes, ``(I, T)``.

    Args:
        curves: I curves.
        spend: (I, T) money per week.
        cap: (I, T) highest spend.
    """
    parts, leads = straight_parts(curves, cap), curves.leads(spend)
    width = parts.end - parts.start
    at_start, at_end = curves.leads(parts.start), curves.leads(parts.end)
    share = np.divide(spend[:, :, None] - parts.start, width, out=np.zeros_like(width), where=width > 0)
    line = np.where((share > 0) & (share < 1), at_start + share * (at_end - at_start), 0.0)
    return np.asarray(line.max(axis=2, initial=0.0) - leads > _SHORT * (1 + leads))
