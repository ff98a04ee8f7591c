"""Rounds of estimation: fit every campaign, learn what they have in common, find seasons, fit again.

Campaigns are fitted in chunks of a fixed size, so that the answer is the same for any number of workers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.calibration.counts import GROSS, distances, scatter_profile, weights
from optimizer.calibration.expectation import LEVEL, PARAMETERS, SHIFT, STEEPNESS, Weeks, expect
from optimizer.calibration.fit import STEPS, Fit, Prior, fit
from optimizer.calibration.history import Flags
from optimizer.calibration.seasons import WAVES, better_waves, demand_of, season_terms
from optimizer.calibration.sharing import Population, first_population, learn, scatter_of, with_doubt, with_repetition
from optimizer.scenario.match import Codes, Floats

if TYPE_CHECKING:
    from joblib import Parallel

CHUNK = 64
"""Campaigns that are fitted together."""
ROUNDS = 10
"""Rounds of fitting and learning."""

_ANY_LEVEL = 3.0
"""Spread of the log of leads per money among campaigns of which nothing is believed."""

_BY_CHANCE = 3.0
"""Standard errors by which misses of neighbouring weeks must be alike before that is more than chance."""
_MOST_KEPT = 0.9
"""Most of a week's miss that the next week is believed to keep."""

Tick = Callable[[], None]
"""Called after each round."""


@dataclass(frozen=True)
class Subject:
    """What is to be estimated.

    Attributes:
        weeks: What is known of I campaigns, with weights of 0 and 1 and the demand that is given.
        design: (I, C) marks of kinds; see :func:`optimizer.calibration.sharing.design_of`.
        line: (I,) position of each campaign's service line.
        wave: (T, 4) waves of the weeks; (T, 0) where seasons are given or not looked for.
    """

    weeks: Weeks
    design: Floats
    line: Codes
    wave: Floats

    def take(self, rows: Codes) -> Subject:
        """The same for some of the campaigns."""
        return Subject(self.weeks.take(rows), self.design[rows], self.line[rows], self.wave)


@dataclass(frozen=True)
class Estimate:
    """What was found.

    Attributes:
        form: Form of every curve.
        fitted: Parameters of each campaign.
        prior: What would be believed of each without its own weeks.
        population: What campaigns have in common.
        scatter: (I,) scatter of the counts beyond chance.
        weeks: The weeks with the weights and the demand that were found.
        size: (L, 4) size of the waves of each line, (L, 0) where none were looked for.
        evidence: Log of the probability of all counts, whatever the parameters are.
        repetition: How many weeks tell as much as one would if weeks missed independently, 1 or more.
    """

    form: str
    fitted: Fit
    prior: Prior
    population: Population
    scatter: Floats
    weeks: Weeks
    size: Floats
    evidence: float
    repetition: float


@dataclass(frozen=True)
class _Round:
    """What one round of fitting begins with; campaigns are independent of each other in it.

    Attributes:
        form: Form of every curve.
        weeks: What is known of I campaigns, with the weights and the demand found so far.
        counted: (I, T) weights before any week was found not to fit.
        prior: What is expected of each campaign.
        scatter: (I,) scatter of the counts beyond chance.
        start: (I, 7) parameters to begin with.
        common: Mean and standard deviation of the log of the scatter.
        wave: (T, 4) waves of the weeks, or (T, 0).
        steps: Most steps of a fit.
    """

    form: str
    weeks: Weeks
    counted: Floats
    prior: Prior
    scatter: Floats
    start: Floats
    common: tuple[float, float]
    wave: Floats
    steps: int

    def take(self, rows: slice) -> _Round:
        """The same for some of the campaigns."""
        return replace(
            self,
            weeks=self.weeks.take(rows),
            prior=self.prior.take(rows),
            **{name: getattr(self, name)[rows] for name in ("counted", "scatter", "start")},
        )


@dataclass(frozen=True)
class _Found:
    """What one round found of a chunk of campaigns."""

    fitted: Fit
    weight: Floats
    scatter: tuple[Floats, Floats]
    seasons: tuple[Floats, Floats]


def estimate(
    form: str, subject: Subject, pool: Parallel, tick: Tick, *, rounds: int = ROUNDS, steps: int = STEPS
) -> Estimate:
    """Estimate every campaign's curve with one form.

    Args:
        form: One of ``SHAPES``.
        subject: What is to be estimated.
        pool: Workers.
        tick: Called after each round.
        rounds: Rounds of fitting and learning.
        steps: Most steps of a fit.
    """
    counted = subject.weeks.weight
    says = _says(subject.weeks)
    first = population = first_population(form, subject.design, _overall_level(subject.weeks))
    theta = population.prior.mean
    theta[:, LEVEL] = np.where(says[:, LEVEL], _own_level(subject.weeks, theta[:, LEVEL]), theta[:, LEVEL])
    scatter = np.full(len(theta), np.exp(population.scatter[0]))
    first_leads = expect(form, theta, subject.weeks).leads
    gross = weights(distances(subject.weeks.leads, first_leads, scatter), GROSS)
    weeks = replace(subject.weeks, weight=counted * gross)
    size = np.zeros((int(subject.line.max()) + 1, subject.wave.shape[1]))
    for last in [False] * (rounds - 1) + [True]:
        prior = _unlike_their_kind(population.prior, says)
        given = _Round(form, weeks, counted, prior, scatter, theta, population.scatter, subject.wave, steps)
        found = _fit_all(given, pool)
        theta = found.fitted.theta
        scatter = np.exp(np.where(says[:, LEVEL], found.scatter[0], population.scatter[0]))
        tick()
        if last:
            break
        population = learn(population, first, found.fitted, prior, says, found.scatter)
        demand = weeks.demand
        if subject.wave.shape[1]:
            size = better_waves(size, subject.line, *found.seasons)
            demand = subject.weeks.demand * demand_of(size, subject.wave)[subject.line]
        weeks = replace(weeks, weight=counted * found.weight, demand=demand)
    evidence = float(found.fitted.evidence.sum())
    repetition = _repetition(form, theta, weeks, scatter)
    honest = with_doubt(population, with_repetition(found.fitted, prior, repetition), prior)
    return Estimate(form, honest, prior, population, scatter, weeks, size, evidence, repetition)


def _repetition(form: str, theta: Floats, weeks: Weeks, scatter: Floats) -> float:
    """How many weeks tell as much as one would if weeks missed independently; see :func:`with_repetition`.

    Wrong counts are left aside as far as they count less.
    """
    apart = distances(weeks.leads, expect(form, theta, weeks).leads, scatter) * weeks.weight
    near, far = (_correlation(apart, weeks.weight > 0, lag) for lag in (1, 2))
    if near <= _BY_CHANCE / np.sqrt(max((weeks.weight > 0).sum(), 1)):
        return 1.0
    return float(1.0 + 2.0 * near / (1.0 - np.clip(far / near, 0.0, _MOST_KEPT)))


def _correlation(apart: Floats, counted: Flags, lag: int) -> float:
    both = counted[:, lag:] & counted[:, :-lag]
    return float((both * apart[:, lag:] * apart[:, :-lag]).sum() / max((both * apart[:, lag:] ** 2).sum(), 1e-9))


def _unlike_their_kind(prior: Prior, says: Flags) -> Prior:
    """The prior, with any level allowed to campaigns without a single lead: what others bring tells nothing of them."""
    precision = prior.precision.copy()
    precision[~says[:, LEVEL], LEVEL] = np.minimum(precision[~says[:, LEVEL], LEVEL], _ANY_LEVEL**-2)
    return Prior(prior.mean, precision)


def _overall_level(weeks: Weeks) -> float:
    """Log of leads per money of all campaigns together."""
    return float(np.log(max((weeks.leads * weeks.weight).sum(), 1.0) / max((weeks.spend * weeks.weight).sum(), 1.0)))


def _own_level(weeks: Weeks, otherwise: Floats) -> Floats:
    """(I,) log of leads per money of each campaign's median week with spend, which no single wrong count can move."""
    paid = (weeks.spend > 0) & (weeks.weight > 0)
    ratio = np.where(paid, np.log((weeks.leads + 0.5) / np.where(paid, weeks.spend, 1.0)), np.nan)
    some = paid.sum(axis=1) > 0
    return np.where(some, np.nanmedian(np.where(some[:, None], ratio, 0.0), axis=1), otherwise)


def _says(weeks: Weeks) -> Flags:
    """(I, 7) which campaigns say something of which parameter: those with leads and spend; those with a change.

    The steepness of a kind is believed and not learned; see :mod:`optimizer.calibration.sharing`.
    """
    alive = ((weeks.leads * weeks.weight).sum(axis=1) > 0) & ((weeks.spend * weeks.weight).sum(axis=1) > 0)
    says = np.repeat(alive[:, None], len(PARAMETERS), axis=1)
    says[:, STEEPNESS] = False
    says[:, SHIFT] &= (weeks.before * weeks.weight).any(axis=1)
    return says


def _fit_all(given: _Round, pool: Parallel) -> _Found:
    """Fit all campaigns, chunk by chunk."""
    from joblib import delayed

    chunks = [slice(at, at + CHUNK) for at in range(0, len(given.start), CHUNK)]
    parts = pool(delayed(_fit_chunk)(given.take(rows)) for rows in chunks)
    fits = [part.fitted for part in parts]
    return _Found(
        Fit(*(np.concatenate([getattr(one, name) for one in fits]) for name in Fit.__dataclass_fields__)),
        np.concatenate([part.weight for part in parts]),
        (np.concatenate([part.scatter[0] for part in parts]), np.concatenate([part.scatter[1] for part in parts])),
        (np.concatenate([part.seasons[0] for part in parts]), np.concatenate([part.seasons[1] for part in parts])),
    )


def _fit_chunk(given: _Round) -> _Found:
    weeks = given.weeks
    fitted = fit(given.form, weeks, given.prior, given.scatter, given.start, steps=given.steps)
    expected = expect(given.form, fitted.theta, weeks)
    weight = weights(distances(weeks.leads, expected.leads, given.scatter))
    scattered = scatter_of(scatter_profile(weeks.leads, expected.leads, given.counted * weight), given.common)
    if given.wave.shape[1] == WAVES:
        seasons = season_terms(expected, weeks, fitted.covariance, given.scatter, given.wave)
        return _Found(fitted, weight, scattered, seasons)
    return _Found(fitted, weight, scattered, (np.zeros((len(weight), 0)), np.zeros((len(weight), 0, 0))))
