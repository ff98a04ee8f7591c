"""Response curves as straight steps: chords that a linear program can follow.

A chord of a concave curve lies below it, so a plan made with these steps never promises more leads than the curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.response.curves import Curves
from optimizer.response.forms import FloatArray, piecewise_leads, segment_slopes

_GRID = 400
_GRID_CROWDING = 3
_EVEN_SHARE = 0.1


@dataclass(frozen=True)
class Steps:
    """The chords of I curves between K + 1 edges each.

    Along a row the edges do not decrease and the slopes do not increase. Rows that need fewer steps end with steps of
    no width and slope 0.

    Attributes:
        curves: The curves whose chords these are.
        edges: Spend in money per week, whole cents, from 0 to the campaign's cap, ``(I, K + 1)``.
        slope: Leads per dollar along each step, ``(I, K)``.
    """

    curves: Curves
    edges: FloatArray
    slope: FloatArray

    def leads(self, spend: FloatArray) -> FloatArray:
        """Leads per week along the chords, flat above the cap.

        Args:
            spend: Money per week, ``(I,)`` or ``(I, ...)``.

        Returns:
            Leads per week in the shape of ``spend``, never above the curve's.
        """
        flat = np.asarray(spend, dtype=np.float64).reshape(len(self.edges), -1)
        return piecewise_leads(flat, self.edges, self.slope).reshape(np.shape(spend))


def chord_steps(curves: Curves, cap: FloatArray, count: int) -> Steps:
    """Steps whose largest distance from the curve is small.

    The distance of a chord of width h from the curve is about ``h**2 * |f''| / 8``, so it is the same everywhere if
    the integral of ``sqrt(|f''|)`` over each step is the same. Curves given by points keep their own points instead.

    Args:
        curves: I curves.
        cap: Highest spend in money per week, not negative, ``(I,)``; a fraction of a cent is cut off.
        count: Steps per curve, at least 1.

    Returns:
        Steps with ``count`` steps per curve, or as many as the curve with the most points needs.

    Raises:
        ValueError: A cap is negative or not finite, or the count is below 1.
    """
    cap = np.asarray(cap, dtype=np.float64)
    if count < 1 or cap.shape != (len(curves),) or not ((cap >= 0) & np.isfinite(cap)).all():
        raise ValueError("steps need a count of at least 1 and one finite cap of 0 or more per curve")
    cap = np.floor(cap * 100 + 1e-6) / 100  # 1e-6 so that 8.29, just below 829 cents in binary, keeps its last cent
    own = np.minimum(curves.point_spend, cap[:, None])
    even = _even_error_edges(curves, cap, count)
    points = curves.has_points[:, None]
    edges = np.hstack([np.where(points, cap[:, None], even), np.where(points, own, cap[:, None])])
    return _steps(curves, edges, count)


def _even_error_edges(curves: Curves, cap: FloatArray, count: int) -> FloatArray:
    """Edges from 0 to the cap that share the curve's bend evenly, in whole cents, ``(I, count + 1)``."""
    # The grid crowds towards zero, where a curve bends most.
    grid = cap[:, None] * np.linspace(0, 1, _GRID + 1) ** _GRID_CROWDING
    slope = segment_slopes(grid, curves.leads(grid))
    width = np.diff(grid, axis=1)
    # sqrt(|f''|) * ds at an inner node is sqrt(drop of slope * ds); half of it lies on each side of the node.
    bend = np.sqrt(np.maximum(slope[:, :-1] - slope[:, 1:], 0) * (width[:, :-1] + width[:, 1:]) / 2)
    weight = np.pad(bend, ((0, 0), (1, 0)), mode="edge") + np.pad(bend, ((0, 0), (0, 1)), mode="edge")
    share = (1 - _EVEN_SHARE) * _share_of_row(weight) + _EVEN_SHARE * _share_of_row(width)
    edges = _at_shares(grid, np.cumsum(share, axis=1), count)
    return np.hstack([np.zeros((len(cap), 1)), _whole_cents(edges), cap[:, None]])


def _share_of_row(weight: FloatArray) -> FloatArray:
    total = weight.sum(axis=1, keepdims=True)
    share = np.full_like(weight, 1 / weight.shape[1])
    np.divide(weight, total, out=share, where=total > 0)
    return share


def _at_shares(grid: FloatArray, reached: FloatArray, count: int) -> FloatArray:
    """Where along each row of the grid the shares 1/count ... (count - 1)/count are reached, ``(I, count - 1)``."""
    # One interpolation for all rows: row i occupies the stretch from 2 i to 2 i + 1, so rows cannot touch.
    offset = 2.0 * np.arange(len(grid))[:, None]
    known = np.hstack([np.zeros((len(grid), 1)), reached]) + offset
    wanted = np.arange(1, count) / count + offset
    return np.interp(wanted, known.ravel(), grid.ravel())


def _steps(curves: Curves, edges: FloatArray, at_least: int) -> Steps:
    """Chords between these edges: sorted, doubles moved to the end as steps of no width, surplus columns dropped."""
    cap = edges.max(axis=1, keepdims=True)
    edges = np.sort(edges, axis=1)
    double = np.pad(np.diff(edges, axis=1) == 0, ((0, 0), (1, 0)))
    edges = np.sort(np.where(double, cap, edges), axis=1)
    needed = int((edges < cap).sum(axis=1).max(initial=0))
    edges = edges[:, : max(needed, at_least) + 1]
    slope = segment_slopes(edges, curves.leads(edges))
    # Rounding may let a slope rise by its last digit; taking the least so far keeps the chords below the curve.
    return Steps(curves, edges, np.minimum.accumulate(np.maximum(slope, 0), axis=1))


def _whole_cents(money: FloatArray) -> FloatArray:
    return np.round(money * 100) / 100
