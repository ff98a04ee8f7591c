r"""The seasons of a year, where the history does not give them: two smooth waves, shared by a service line.

.. math:: d_t = e^{\,h_t \cdot \gamma - c(\gamma)}, \qquad
          h_t = (\cos x_t, \sin x_t, \cos 2 x_t, \sin 2 x_t), \quad x_t = 2 \pi \, day_t / 365.25

=====  ==================================================================================
gamma  size of the waves, drawn towards none by what all lines show
c      log of the mean of the waves over a year, so that a normal week has a demand of 1
=====  ==================================================================================
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from optimizer.calibration.counts import variance
from optimizer.calibration.expectation import Expected, Weeks, lagged
from optimizer.scenario.match import Codes, Floats

WAVES = 4
LEAST_WEEKS = 52
"""Weeks of history from which seasons are looked for."""
_YEAR = 365.25
_USUAL_WAVE = 0.1
_BELIEF = 4.0


def waves(weeks: Sequence[str]) -> Floats:
    """(T, 4) waves of the weeks named by their Mondays."""
    days = np.array([dt.date.fromisoformat(str(week)).toordinal() for week in weeks]) + 3.0
    angle = 2 * np.pi * days / _YEAR
    return np.column_stack([np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)])


def demand_of(size: Floats, wave: Floats) -> Floats:
    """(L, T) leads relative to a normal week, for L lines with waves of size (L, 4)."""
    angle = np.linspace(0, 2 * np.pi, 365, endpoint=False)
    year = np.column_stack([np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)])
    normal = np.log(np.exp(size @ year.T).mean(axis=1))
    return np.asarray(np.exp(size @ wave.T - normal[:, None]))


def season_terms(
    expected: Expected, weeks: Weeks, covariance: Floats, scatter: Floats, wave: Floats
) -> tuple[Floats, Floats]:
    """Gradient (I, 4) and curvature (I, 4, 4) of each campaign's log-likelihood by the waves.

    The curvature is what is left of it once the campaign's own parameters follow the waves (Schur complement).

    Args:
        expected: Expected leads under the parameters found.
        weeks: What is known of I campaigns.
        covariance: (I, 7, 7) of the parameters found.
        scatter: (I,) scatter of the counts beyond chance.
        wave: (T, 4) waves of the weeks.
    """
    spread = variance(expected.leads, scatter[:, None])
    by_wave = np.stack(
        [
            expected.scale
            * (
                lagged(weeks.demand * expected.captured * one, weeks.share)
                + weeks.demand * expected.idle[:, None] * one
            )
            for one in wave.T
        ],
        axis=2,
    )
    pull = weeks.weight * (weeks.leads - expected.leads) / spread
    gradient = (pull[:, None, :] @ by_wave)[:, 0, :]
    scaled = weeks.weight[:, :, None] / spread[:, :, None] * by_wave
    mixed = scaled.transpose(0, 2, 1) @ expected.slopes
    own = scaled.transpose(0, 2, 1) @ by_wave
    return gradient, own - mixed @ covariance @ mixed.transpose(0, 2, 1)


def better_waves(size: Floats, line: Codes, gradient: Floats, curvature: Floats) -> Floats:
    """(L, 4) sizes of the waves after a step that takes all campaigns of a line together."""
    lines = len(size)
    pull, bend = np.zeros((lines, WAVES)), np.zeros((lines, WAVES, WAVES))
    np.add.at(pull, line, gradient)
    np.add.at(bend, line, curvature)
    usual = (_BELIEF * _USUAL_WAVE**2 + (size**2).mean(axis=1)) / (_BELIEF + 1.0)
    bend += np.eye(WAVES) / usual[:, None, None]
    step = np.linalg.solve(bend, (pull - size / usual[:, None])[:, :, None])[:, :, 0]
    return np.asarray(np.clip(size + step, -1.0, 1.0))
