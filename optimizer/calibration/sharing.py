r"""What campaigns have in common: the prior that each campaign's fit starts from, learned from all of them.

.. math:: \theta_i \sim N(X_i B, \, P^{-1}), \qquad
          B \leftarrow B + D \Bigl( \sum_i X_i \otimes P (\hat\theta_i - X_i B) - R (B - B_0) \Bigr), \qquad
          D^{-1} = \sum_i X_i X_i^T \otimes (P - P V_i P) + R

.. math:: \sigma^2 \leftarrow
          \frac{\nu s^2 + \sum_i (\hat\theta_i - X_i B)^2}{\nu + \sum_i (1 - V_i / \sigma^2)}, \qquad
          Var(\hat\theta_i) = V_i + V_i P \, (X_i^T D X_i) \, P V_i

=========  ====================================================================================
theta_i    parameters of campaign i; its estimate and the variance of that are theta^_i and V_i
X_i        1, a mark of its service line, a mark of its channel
B, P       mean of campaigns of one kind, and precision about it: 1 / sigma^2 of each parameter
D          variance of B: what single campaigns hardly tell, all together may not tell either
B_0, R     what is believed of B before anything is known, and the precision of that
nu, s      number of campaigns that the belief in a spread s is worth
=========  ====================================================================================

The step of B is one of Newton's on the probability of all counts; that of sigma has the fixed point of EM and comes to
it sooner (D. MacKay, 1992); both are empirical Bayes. The last formula adds to a campaign's own variance what the doubt
about its kind makes of it (R. Kass and D. Steffey, 1989).

A campaign with little data of its own has a wide likelihood and so keeps close to its kind; one with much hardly
notices it. Where all campaigns agree, sigma is small and they lean on each other more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from optimizer.calibration.counts import SCATTERS
from optimizer.calibration.expectation import BASELINE, BEND, GROWTH, LEVEL, PARAMETERS, RECENT, SHIFT, STEEPNESS
from optimizer.calibration.fit import Fit, Prior
from optimizer.calibration.history import Flags
from optimizer.scenario.match import Floats

_BELIEF = 4.0
_MIDDLE = {LEVEL: 0.0, BEND: 0.0, STEEPNESS: 1.7, BASELINE: -3.3, GROWTH: 0.0, SHIFT: 0.0, RECENT: 0.0}
_SPREAD = {LEVEL: 0.5, BEND: 0.6, STEEPNESS: 0.6, BASELINE: 1.0, GROWTH: 0.15, SHIFT: 0.4, RECENT: 0.03}
_MIDDLE_SPREAD = {LEVEL: 10.0, BEND: 1.0, STEEPNESS: 1e-3, BASELINE: 1.0, GROWTH: 0.1, SHIFT: 0.3, RECENT: 0.03}
_KIND_SPREAD = {LEVEL: 0.7, BEND: 0.3, STEEPNESS: 1e-3, BASELINE: 0.5, GROWTH: 0.1, SHIFT: 0.3, RECENT: 0.03}
"""Beliefs before any data, in the units of the parameters: half of the most leads at the usual spend, a Hill slope of
0.85, 4 % of the leads without spend, growth within 15 % a year. The mean steepness stays as it is believed: in weeks of
one campaign it can hardly be told from the bend, and the likeliest values of many campaigns, each a little aside of the
mean, would lead it astray."""
_WIDEST_BASELINE = 1.0
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
        doubt: (C, 7, C, 7) covariance of the parts.
        spread: (7,) standard deviations of campaigns of one kind.
        scatter: mean and standard deviation of the log of the counts' scatter.
    """

    design: Floats
    middle: Floats
    doubt: Floats
    spread: Floats
    scatter: tuple[float, float]

    @property
    def prior(self) -> Prior:
        """Prior of each campaign."""
        mean = self.design @ self.middle
        return Prior(mean, np.broadcast_to(1.0 / self.spread**2, mean.shape).copy())

    @property
    def doubt_of_mean(self) -> Floats:
        """(I, 7, 7) covariance of the mean of each campaign's kind."""
        half = np.einsum("ic,cpdq->ipdq", self.design, self.doubt)
        return np.asarray(np.einsum("ipdq,id->ipq", half, self.design))


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
    middle[0] = _listed(_MIDDLE)
    middle[0, LEVEL] = level
    middle[0, BEND] += _BEND_OF_FORM.get(form, 0.0)
    variance = 1.0 / _belief_in_parts(len(middle))
    return Population(
        design, middle, np.diag(variance).reshape(*middle.shape, *middle.shape), _listed(_SPREAD),
        (_SCATTER_MIDDLE, _SCATTER_SPREAD),
    )  # fmt: skip


def _listed(by_number: Mapping[int, float]) -> Floats:
    return np.array([by_number[number] for number in range(len(PARAMETERS))])


def _belief_in_parts(parts: int) -> Floats:
    """(C * 7,) precision of what is believed of the parts of the mean."""
    spread = np.vstack([_listed(_MIDDLE_SPREAD), *[_listed(_KIND_SPREAD)] * (parts - 1)])
    return np.asarray(spread.ravel() ** -2)


def learn(
    before: Population, first: Population, fitted: Fit, prior: Prior, counts: Flags, scatter: tuple[Floats, Floats]
) -> Population:
    """One step on the way to what campaigns have in common.

    Args:
        before: What was known.
        first: What was believed at first.
        fitted: Estimates under ``prior``.
        prior: What was expected of each campaign.
        counts: (I, 7) which campaigns say something of which parameter.
        scatter: (I,) mean and variance of the log of each campaign's scatter.
    """
    rows = counts[:, LEVEL] & fitted.is_done
    middle, doubt = _middle(before, first, fitted, prior, rows)
    says = counts & rows[:, None]
    apart = (says * (fitted.theta - before.design @ middle) ** 2).sum(axis=0)
    told = (says * (1.0 - np.diagonal(fitted.covariance, axis1=1, axis2=2) * prior.precision)).sum(axis=0)
    spread = np.sqrt((_BELIEF * _listed(_SPREAD) ** 2 + apart) / (_BELIEF + told))
    spread[BASELINE] = min(spread[BASELINE], _WIDEST_BASELINE)
    return Population(before.design, middle, doubt, spread, _learn_scatter(counts[:, LEVEL], *scatter))


def _middle(before: Population, first: Population, fitted: Fit, prior: Prior, rows: Flags) -> tuple[Floats, Floats]:
    """Parts of the mean after a step of Newton's, and their covariance."""
    shape, design = before.middle.shape, before.design[rows]
    precision = prior.precision[rows]
    told = -precision[:, :, None] * fitted.covariance[rows] * precision[:, None, :]
    told[:, range(shape[1]), range(shape[1])] += precision
    curvature = np.einsum("ic,id,ipq->cpdq", design, design, told, optimize=True).reshape(before.middle.size, -1)
    belief = _belief_in_parts(shape[0])
    pull = design.T @ (precision * (fitted.theta[rows] - prior.mean[rows]))
    covariance = np.linalg.inv(curvature + np.diag(belief))
    step = covariance @ (pull.ravel() - belief * (before.middle - first.middle).ravel())
    return before.middle + step.reshape(shape), covariance.reshape(*shape, *shape)


def with_repetition(fitted: Fit, prior: Prior, repetition: float) -> Fit:
    r"""The estimates with the covariance that weeks leave which miss in the same direction as their neighbours.

    .. math:: V = \Bigl( \frac{V_0^{-1} - P}{k} + P \Bigr)^{-1}, \qquad
              k = 1 + 2 \sum_{l \ge 1} r_l = 1 + \frac{2 r_1}{1 - r_2 / r_1}

    =====  ========================================================================================
    V_0    covariance as if weeks missed independently
    k      repetition: this many weeks tell as much as one independent one
    r_l    correlation of misses l weeks apart, falling by the same part from week to week
    P      precision of the prior
    =====  ========================================================================================
    """
    own = np.linalg.inv(fitted.covariance)
    believed = np.eye(len(PARAMETERS)) * prior.precision[:, None, :]
    counted = (own - believed) / repetition + believed
    return replace(fitted, covariance=np.asarray(np.linalg.inv(counted), dtype=np.float64))


def with_doubt(population: Population, fitted: Fit, prior: Prior) -> Fit:
    """The estimates with what the doubt about each campaign's kind adds to their covariance."""
    follows = fitted.covariance * prior.precision[:, None, :]
    added = follows @ population.doubt_of_mean @ follows.transpose(0, 2, 1)
    return replace(fitted, covariance=fitted.covariance + added)


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
