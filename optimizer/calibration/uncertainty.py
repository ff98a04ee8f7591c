r"""How certain a number is that follows from the parameters.

.. math:: Var\,g(\theta) \approx \nabla g^T \, V \, \nabla g

=====  ==========================================================
g      the number, best on a scale on which errors are even: a log
V      covariance of the parameters
=====  ==========================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from optimizer.calibration.expectation import PARAMETERS, arguments
from optimizer.response.forms import FORMS
from optimizer.scenario.match import Floats

COVERAGE = 0.9
"""How often the truth lies in an interval."""
_WIDTH = float(ndtri(0.5 + COVERAGE / 2))
_STEP = 1e-4


@dataclass(frozen=True)
class Doubtful:
    """A number above 0 of each of I campaigns, known up to a factor.

    Attributes:
        value: (I,) likeliest value.
        spread: (I,) standard error of its log.
    """

    value: Floats
    spread: Floats

    @property
    def error(self) -> Floats:
        """(I,) standard error in the number's own unit."""
        return np.asarray(self.value * self.spread)

    @property
    def low(self) -> Floats:
        """(I,) lower end of the interval."""
        return np.asarray(self.value * np.exp(-_WIDTH * self.spread))

    @property
    def high(self) -> Floats:
        """(I,) upper end of the interval."""
        return np.asarray(self.value * np.exp(np.minimum(_WIDTH * self.spread, 600.0)))


def doubtful(log_of: Callable[[Floats], Floats], theta: Floats, covariance: Floats) -> Doubtful:
    """A number of each campaign with its standard error.

    Args:
        log_of: Log of the number, (I,), from parameters (I, 7).
        theta: (I, 7) parameters.
        covariance: (I, 7, 7) their covariance.
    """
    slopes = np.stack(
        [(log_of(theta + step) - log_of(theta - step)) / (2 * _STEP) for step in _STEP * np.eye(len(PARAMETERS))],
        axis=1,
    )
    variance = ((slopes[:, None, :] @ covariance)[:, 0, :] * slopes).sum(axis=1)
    return Doubtful(np.exp(log_of(theta)), np.sqrt(np.maximum(variance, 0.0)))


def log_leads(form: str, usual: Floats, spend: Floats) -> Callable[[Floats], Floats]:
    """Log of a week's leads at (I,) spends above 0."""
    return lambda theta: np.log(FORMS[form].leads(spend[:, None], *arguments(form, theta, usual))[:, 0])


def log_marginal(form: str, usual: Floats, spend: Floats) -> Callable[[Floats], Floats]:
    """Log of the further leads per further money at (I,) spends above 0."""
    return lambda theta: np.log(FORMS[form].marginal(spend[:, None], *arguments(form, theta, usual))[:, 0])


def log_parameter(form: str, usual: Floats, number: int) -> Callable[[Floats], Floats]:
    """Log of a form's parameter."""
    return lambda theta: np.log(arguments(form, theta, usual)[number][:, 0])
