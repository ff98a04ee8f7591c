r"""The likeliest parameters of many campaigns at once, and how certain they are.

For each campaign the log-likelihood of its counts plus the log of the prior is raised by scoring steps, damped until
each step gains (K. Levenberg, 1944):

.. math:: \theta \leftarrow \theta + (F + P + \lambda D)^{-1} \bigl( g - P (\theta - m) \bigr), \qquad
          F = \sum_t w_t \frac{\mu_t' \mu_t'^T}{\mu_t + \alpha \mu_t^2}

=========  ======================================================================
g, F       gradient and expected curvature of the log-likelihood, both analytic
m, P       mean and precision of the prior
D, lambda  diagonal of F + P, and the damping
=========  ======================================================================

All campaigns of a chunk take their steps together as arrays: it finds what ``scipy.optimize`` finds for each alone (a
test compares them) in a fraction of the time. (F + P) inverted is the covariance of the estimates (Laplace).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.calibration.counts import log_likelihood, variance
from optimizer.calibration.expectation import PARAMETERS, Weeks, expect
from optimizer.scenario.match import Floats

_DAMPING, _LESS, _MORE, _MOST = 1e-3, 0.2, 6.0, 1e12
_GOOD, _POOR = 0.75, 0.25
"""Gain of a step relative to the gain foretold, from which damping falls and below which it rises."""
_NOISE = 1e-12
"""Rounding in a height, relative to it."""
ENOUGH = 1e-6
"""Gain in log-likelihood that another full step promises, below which a campaign is done."""
STEPS = 60
"""Most steps; a campaign that is not done by then did not converge."""


@dataclass(frozen=True)
class Prior:
    """What is expected of I campaigns before their own weeks are looked at: independent normal distributions.

    Attributes:
        mean: (I, 7).
        precision: (I, 7) reciprocals of the variances.
    """

    mean: Floats
    precision: Floats

    def take(self, rows: slice) -> Prior:
        """The same for some of the campaigns."""
        return Prior(self.mean[rows], self.precision[rows])


@dataclass(frozen=True)
class Fit:
    """Estimates of I campaigns.

    Attributes:
        theta: (I, 7) parameters.
        covariance: (I, 7, 7) of the parameters.
        evidence: (I,) log of the probability of the counts whatever the parameters are (Laplace).
        is_done: (I,) whether the steps came to an end.
    """

    theta: Floats
    covariance: Floats
    evidence: Floats
    is_done: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def fit(form: str, weeks: Weeks, prior: Prior, scatter: Floats, start: Floats, *, steps: int = STEPS) -> Fit:
    """Fit the campaigns.

    Args:
        form: One of ``SHAPES``.
        weeks: What is known of I campaigns.
        prior: What is expected of them.
        scatter: (I,) scatter of the counts beyond chance.
        start: (I, 7) where to begin.
        steps: Most steps.
    """
    theta = start.copy()
    damping = np.full(len(theta), _DAMPING)
    gradient, curvature, height = _position(form, weeks, prior, scatter, theta)
    done = _promise(gradient, curvature) < ENOUGH
    for _ in range(steps):
        if done.all():
            break
        rows = np.flatnonzero(~done)
        some = weeks.take(rows)
        step = _step(gradient[rows], curvature[rows], damping[rows])
        trial = theta[rows] + step
        found = _position(form, some, Prior(prior.mean[rows], prior.precision[rows]), scatter[rows], trial)
        gain = found[2] - height[rows] + _NOISE * np.abs(height[rows])
        better, ratio = gain >= 0, gain / _foretold(step, gradient[rows], curvature[rows])
        kept = rows[better]
        theta[kept] = trial[better]
        gradient[kept], curvature[kept], height[kept] = (value[better] for value in found)
        damping[rows] *= np.select([ratio > _GOOD, ratio < _POOR], [_LESS, _MORE], 1.0)
        done[kept] = _promise(gradient[kept], curvature[kept]) < ENOUGH
        if (damping[~done] > _MOST).all():
            break
    return Fit(theta, np.asarray(np.linalg.inv(curvature), dtype=np.float64), _evidence(height, curvature, prior), done)


def _position(form: str, weeks: Weeks, prior: Prior, scatter: Floats, theta: Floats) -> tuple[Floats, Floats, Floats]:
    """Gradient (I, 7), curvature (I, 7, 7) and height (I,) of log-likelihood plus log-prior."""
    expected = expect(form, theta, weeks)
    spread = variance(expected.leads, scatter[:, None])
    away = theta - prior.mean
    pull = weeks.weight * (weeks.leads - expected.leads) / spread
    gradient = (pull[:, None, :] @ expected.slopes)[:, 0, :] - prior.precision * away
    scaled = expected.slopes * np.sqrt(weeks.weight / spread)[:, :, None]
    curvature = scaled.transpose(0, 2, 1) @ scaled
    curvature[:, range(len(PARAMETERS)), range(len(PARAMETERS))] += prior.precision
    counts = (weeks.weight * log_likelihood(weeks.leads, expected.leads, scatter[:, None])).sum(axis=1)
    return gradient, curvature, counts - 0.5 * (prior.precision * away**2).sum(axis=1)


def _step(gradient: Floats, curvature: Floats, damping: Floats) -> Floats:
    damped = curvature.copy()
    diagonal = range(len(PARAMETERS))
    damped[:, diagonal, diagonal] *= 1.0 + damping[:, None]
    return np.asarray(np.clip(np.linalg.solve(damped, gradient[:, :, None])[:, :, 0], -2.0, 2.0))


def _foretold(step: Floats, gradient: Floats, curvature: Floats) -> Floats:
    """(I,) what a step would gain if the height were a parabola; above 0."""
    gain = (step * gradient).sum(axis=1) - 0.5 * ((step[:, None, :] @ curvature)[:, 0, :] * step).sum(axis=1)
    return np.asarray(np.maximum(gain, 1e-300))


def _promise(gradient: Floats, curvature: Floats) -> Floats:
    """(I,) what a full step would gain if the height were a parabola."""
    return np.asarray(0.5 * (gradient * np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0]).sum(axis=1))


def _evidence(height: Floats, curvature: Floats, prior: Prior) -> Floats:
    return np.asarray(height + 0.5 * np.log(prior.precision).sum(axis=1) - 0.5 * np.linalg.slogdet(curvature)[1])
