r"""How certain a number is that follows from the parameters.

.. math:: Var\,g(\theta) \approx \nabla g^T \, V \, \nabla g, \qquad
          [low, high] = \text{quantiles of } g(\theta + L z_1), \ldots, g(\theta + L z_D), \qquad L L^T = V

=====  ==================================================================================
g      the number, best on a scale on which errors are even: a log
V      covariance of the parameters
z_d    normal numbers, evenly spread and always the same (a Sobol sequence)
=====  ==================================================================================

The ends of an interval are not value and standard error: far from the usual spend the next dollar's leads bend with the
parameters, and a symmetric interval would reach too high and not low enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy

from optimizer.calibration.expectation import BASELINE, LEVEL, PARAMETERS, arguments
from optimizer.response.forms import FORMS
from optimizer.scenario.match import Floats

COVERAGE = 0.9
"""How often the truth lies in an interval."""
_STEP = 1e-4
_DRAWS = 512
"""Draws of the parameters that an interval is made of; a power of two, as Sobol sequences want it."""
_FARTHEST = 600.0
"""Bound on a log before it becomes a number."""

LogOf = Callable[[Floats], Floats]
"""Log of a number of each campaign, (n * I,), from parameters (n * I, 7): those of all campaigns, n times over."""


@dataclass(frozen=True)
class Doubtful:
    """A number above 0 of each of I campaigns.

    Attributes:
        value: (I,) likeliest value.
        spread: (I,) standard error of its log.
        low: (I,) lower end of the interval.
        high: (I,) upper end of the interval.
    """

    value: Floats
    spread: Floats
    low: Floats
    high: Floats

    @property
    def error(self) -> Floats:
        """(I,) standard error in the number's own unit."""
        return np.asarray(self.value * self.spread)

    @property
    def inverse(self) -> Doubtful:
        """One divided by the number."""
        return Doubtful(1.0 / self.value, self.spread, 1.0 / self.high, 1.0 / self.low)


def doubtful(log_of: LogOf, theta: Floats, covariance: Floats) -> Doubtful:
    """A number of each campaign with its standard error and interval.

    Args:
        log_of: Log of the number.
        theta: (I, 7) parameters.
        covariance: (I, 7, 7) their covariance.
    """
    drawn = theta + np.einsum("ipq,dq->dip", np.linalg.cholesky(covariance), _normal_numbers())
    logs = log_of(drawn.reshape(-1, theta.shape[1])).reshape(_DRAWS, -1)
    ends = np.quantile(logs, [0.5 - COVERAGE / 2, 0.5 + COVERAGE / 2], axis=0)
    low, high = np.exp(np.clip(ends, -_FARTHEST, _FARTHEST))
    return Doubtful(np.exp(log_of(theta)), spread(log_of, theta, covariance), low, high)


def spread(log_of: LogOf, theta: Floats, covariance: Floats) -> Floats:
    """(I,) standard error of the log of a number; arguments as of :func:`doubtful`."""
    slopes = np.stack(
        [(log_of(theta + step) - log_of(theta - step)) / (2 * _STEP) for step in _STEP * np.eye(len(PARAMETERS))],
        axis=1,
    )
    variance = ((slopes[:, None, :] @ covariance)[:, 0, :] * slopes).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


@cache
def _normal_numbers() -> Floats:
    """(D, 7) normal numbers."""
    even = scipy.stats.qmc.Sobol(len(PARAMETERS), scramble=False).random(_DRAWS) + 0.5 / _DRAWS
    return np.asarray(scipy.special.ndtri(even))


def log_leads(form: str, usual: Floats, spend: Floats) -> LogOf:
    """Log of a week's leads at (I,) spends above 0."""
    return _of_curve(lambda spend, given: FORMS[form].leads(spend, *given), form, usual, spend)


def log_marginal(form: str, usual: Floats, spend: Floats) -> LogOf:
    """Log of the further leads per further money at (I,) spends above 0."""
    return _of_curve(lambda spend, given: FORMS[form].marginal(spend, *given), form, usual, spend)


def log_parameter(form: str, usual: Floats, number: int) -> LogOf:
    """Log of a form's parameter."""
    return _of_curve(lambda _spend, given: given[number], form, usual, usual)


def _of_curve(number: Callable[[Floats, tuple[Floats, ...]], Floats], form: str, usual: Floats, spend: Floats) -> LogOf:
    def log_of(theta: Floats) -> Floats:
        again, at = np.resize(usual, len(theta)), np.resize(spend, len(theta))
        return np.asarray(np.log(number(at[:, None], arguments(form, theta, again))[:, 0]))

    return log_of


def log_idle(usual: Floats) -> LogOf:
    """Log of the leads of a normal week without spend."""
    return lambda theta: theta[:, LEVEL] + theta[:, BASELINE] + np.log(np.resize(usual, len(theta)))
