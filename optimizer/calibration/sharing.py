r"""What campaigns have in common: the prior that each campaign's fit starts from, learned from all of them.

.. math:: \theta_i \sim N(X_i B, \; diag(\sigma^2)), \qquad
          B = \arg\min \sum_i \frac{(\hat\theta_i - X_i B)^2}{\sigma^2} + \sum_c \frac{B_c^2}{\rho^2}, \qquad
          \sigma^2 = \frac{\nu s^2 + \sum_i [(\hat\theta_i - X_i B)^2 + V_i]}{\nu + n}

=========  ====================================================================================
theta_i    parameters of campaign i; its estimate and the variance of that are theta^_i and V_i
X_i        1, a mark of its service line, a mark of its channel
B, sigma   mean and spread of campaigns of one kind, learned (EM; empirical Bayes)
rho, s     how far kinds differ, and campaigns of one kind, before anything is known
nu         number of campaigns that this belief is worth
=========  ====================================================================================

A campaign with little data of its own has a wide likelihood and so keeps close to its kind; one with much hardly
notices it. Where all campaigns agree, sigma is small and they lean on each other more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.calibration.counts import SCATTERS
from optimizer.calibration.expectation import BASELINE, BEND, GROWTH, LEVEL, PARAMETERS, RECENT, SHIFT, STEEPNESS
from optimizer.calibration.fit import Fit, Prior
from optimizer.calibration.history import Flags
from optimizer.scenario.match import Floats

_BELIEF = 4.0
_MIDDLE = {LEVEL: 0.0, BEND: 0.0, STEEPNESS: 1.7, BASELINE: -3.3, GROWTH: 0.0, SHIFT: 0.0, RECENT: 0.0}
_SPREAD = {LEVEL: 0.5, BEND: 0.7, STEEPNESS: 0.6, BASELINE: 1.0, GROWTH: 0.15, SHIFT: 0.4, RECENT: 0.05}
_MIDDLE_SPREAD = {LEVEL: 10.0, BEND: 1.0, STEEPNESS: 0.8, BASELINE: 1.0, GROWTH: 0.1, SHIFT: 0.3, RECENT: 0.05}
_KIND_SPREAD = {LEVEL: 0.7, BEND: 0.3, STEEPNESS: 0.2, BASELINE: 0.5, GROWTH: 0.1, SHIFT: 0.3, RECENT: 0.05}
"""Beliefs before any data, in the units of the parameters: half of the most leads at the usual spend, a Hill slope of
0.85, 4 % of the leads without spend, growth within 15 % a year."""
_WIDEST = {BASELINE: 1.0}
"""Without weeks of little spend, leads without spend and a curve that levels off look alike: to learn that campaigns
differ widely in the first would take any bend away from the second."""
_SCATTER_MIDDLE, _SCATTER_SPREAD = np.log(0.02), 1.0
_BEND_OF_FORM = {"log": -0.8}
"""Log of the scale at which this form bends as much as the others do at theirs."""


@dataclass(frozen=True)
class Population:
    """What is known of campaigns as a kind.

    Attributes:
        design: (I, C) 1, marks of service lines, marks of channels.
        middle: (C, 7) their parts in the mean of the parameters.
        spread: (7,) standard deviations of campaigns of one kind.
        doubt: (I, 7) variance of the mean of each campaign's kind.
        scatter: mean and standard deviation of the log of the counts' scatter.
    """

    design: Floats
    middle: Floats
    spread: Floats
    doubt: Floats
    scatter: tuple[float, float]

    @property
    def prior(self) -> Prior:
        """Prior of each campaign: its kind's mean, and the spread about it with the doubt about the mean."""
        return Prior(self.design @ self.middle, 1.0 / (self.spread**2 + self.doubt))


def design_of(kinds: pd.DataFrame) -> Floats:
    """(I, C) 1 and marks of the service lines and channels of campaigns."""
    marks = [
        (kinds[column].to_numpy()[:, None] == sorted(set(kinds[column]))).astype(float)
        for column in ("service_line", "channel")
        if kinds[column].nunique() > 1
    ]
    return np.hstack([np.ones((len(kinds), 1)), *marks])


def first_population(form: str, design: Floats, level: float) -> Population:
    """What is believed before any campaign is fitted, given the log of leads per money of all together."""
    middle = np.zeros((design.shape[1], len(PARAMETERS)))
    middle[0] = [_MIDDLE[number] for number in range(len(PARAMETERS))]
    middle[0, LEVEL] = level
    middle[0, BEND] += _BEND_OF_FORM.get(form, 0.0)
    spread = np.array([_SPREAD[number] for number in range(len(PARAMETERS))])
    return Population(
        design, middle, spread, np.zeros((len(design), len(PARAMETERS))), (_SCATTER_MIDDLE, _SCATTER_SPREAD)
    )


def learn(
    before: Population, first: Population, fitted: Fit, counts: Flags, scatter: tuple[Floats, Floats]
) -> Population:
    """One step of EM.

    Args:
        before: What was known.
        first: What was believed at first.
        fitted: Estimates under ``before``.
        counts: (I, 7) which campaigns say something of which parameter.
        scatter: (I,) mean and variance of the log of each campaign's scatter.
    """
    middle, spread, doubt = before.middle.copy(), before.spread.copy(), before.doubt.copy()
    variances = np.diagonal(fitted.covariance, axis1=1, axis2=2)
    for number in range(len(PARAMETERS)):
        rows = counts[:, number] & fitted.is_done
        if not rows.any():
            continue
        design, value = before.design[rows], fitted.theta[rows, number] - before.design[rows] @ first.middle[:, number]
        ridge = np.full(design.shape[1], (spread[number] / _KIND_SPREAD[number]) ** 2)
        ridge[0] = (spread[number] / _MIDDLE_SPREAD[number]) ** 2
        inverse = np.linalg.inv(design.T @ design + np.diag(ridge))
        parts = inverse @ (design.T @ value)
        middle[:, number] = first.middle[:, number] + parts
        apart = ((value - design @ parts) ** 2 + variances[rows, number]).sum()
        learned = np.sqrt((_BELIEF * _SPREAD[number] ** 2 + apart) / (_BELIEF + rows.sum()))
        spread[number] = min(learned, _WIDEST.get(number, np.inf))
        doubt[:, number] = spread[number] ** 2 * ((before.design @ inverse) * before.design).sum(axis=1)
    return Population(before.design, middle, spread, doubt, _learn_scatter(counts[:, LEVEL], *scatter))


def _learn_scatter(rows: Flags, mean: Floats, var: Floats) -> tuple[float, float]:
    belief, many = _BELIEF, rows.sum()
    middle = (belief * _SCATTER_MIDDLE + mean[rows].sum()) / (belief + many)
    apart = (belief * _SCATTER_SPREAD**2 + ((mean[rows] - middle) ** 2 + var[rows]).sum()) / (belief + many)
    return float(middle), float(np.sqrt(apart))


def scatter_of(profile: Floats, scatter: tuple[float, float]) -> tuple[Floats, Floats]:
    """(I,) mean and variance of the log of each campaign's scatter, given its (I, 31) likelihood and its kind."""
    grid = np.log(SCATTERS)
    middle, spread = scatter
    height = profile - 0.5 * ((grid - middle) / spread) ** 2
    chance = np.exp(height - height.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    mean = chance @ grid
    return mean, chance @ grid**2 - mean**2
