r"""Counts that scatter more than chance alone: the negative binomial, whose limit is Poisson.

.. math:: Var(y) = \mu + \alpha \mu^2, \qquad
          \log p(y) = \log\Gamma(y + 1/\alpha) - \log\Gamma(1/\alpha) - \log y! + y \log(\alpha\mu)
          - (y + 1/\alpha) \log(1 + \alpha\mu)

=====  ==============================================
y      leads of a week
mu     expected leads
alpha  scatter beyond chance; 0 is Poisson
=====  ==============================================
"""

from __future__ import annotations

import numpy as np
import scipy

from optimizer.scenario.match import Floats

SCATTERS = np.geomspace(1e-6, 3.0, 31)
"""Values of alpha among which the likely ones are found; the first is Poisson for any count of leads here."""
OUTLYING = 3.5
"""Standard deviations from which a week counts less, by a factor of e for each further one."""
GROSS = 10.0
"""The same before anything is fitted: only what no curve could explain counts less then."""


def log_likelihood(leads: Floats, expected: Floats, scatter: Floats) -> Floats:
    """Log of the probability of each count; all arguments broadcast, scatter above 0."""
    return np.asarray(_apart_from_factorial(leads, expected, scatter) - scipy.special.gammaln(leads + 1.0))


def _apart_from_factorial(leads: Floats, expected: Floats, scatter: Floats) -> Floats:
    """The part of the log of the probability that hangs on expectation and scatter."""
    many = 1.0 / scatter
    product = scatter * expected
    return np.asarray(
        scipy.special.gammaln(leads + many)
        - scipy.special.gammaln(many)
        + leads * (np.log(product) - np.log1p(product))
        - many * np.log1p(product)
    )


def variance(expected: Floats, scatter: Floats) -> Floats:
    """Variance of each count."""
    return np.asarray(expected + scatter * expected**2)


def scatter_profile(leads: Floats, expected: Floats, weight: Floats) -> Floats:
    """(I, 31) log-likelihood of each campaign's counts under each of ``SCATTERS``, up to a number of each campaign."""
    found = np.empty((len(leads), len(SCATTERS)))
    for number, scatter in enumerate(SCATTERS):
        found[:, number] = (weight * _apart_from_factorial(leads, expected, scatter)).sum(axis=1)
    return found


def distances(leads: Floats, expected: Floats, scatter: Floats) -> Floats:
    """(I, T) standard deviations between counts and expectation.

    Counted on the scale on which such counts scatter evenly (F. J. Anscombe, 1948): a Pearson residual would call
    every third lead of a campaign that expects a tenth of one an outlier.
    """
    alpha = np.maximum(scatter, 1e-6)[:, None]
    spread = 2.0 / np.sqrt(alpha)

    def even(count: Floats) -> Floats:
        return np.asarray(spread * np.arcsinh(np.sqrt(alpha * (count + 0.375))))

    return even(leads) - even(expected)


def weights(distance: Floats, bound: float = OUTLYING) -> Floats:
    """How much each week counts: 1 up to ``bound`` standard deviations, then falling exponentially.

    A power would not do: the pull of a count of millions grows faster than any power of its distance falls.
    """
    return np.asarray(np.exp(-np.maximum(np.abs(distance) - bound, 0.0)))


def chance_up_to(count: Floats, many: Floats, expected: Floats) -> Floats:
    """Probability of at most ``count`` leads, below 0 of none, where ``many`` is 1 / scatter."""
    success = many / (many + expected)
    return np.where(count < 0, 0.0, scipy.special.betainc(many, np.maximum(count, 0.0) + 1.0, success))


def interval(expected: Floats, scatter: Floats, coverage: float) -> tuple[Floats, Floats]:
    """Least and most leads of a week, between which the count lies with this probability or a little more."""
    many = 1.0 / np.maximum(scatter, 1e-9)
    tail = (1.0 - coverage) / 2
    return _quantile(tail, many, expected), _quantile(1.0 - tail, many, expected)


def _quantile(share: float, many: Floats, expected: Floats) -> Floats:
    """The least count up to which at least this share of the probability lies."""
    near = np.maximum(np.ceil(scipy.special.nbdtrik(share, many, many / (many + expected))), 0.0)
    near = np.where(chance_up_to(near, many, expected) < share, near + 1.0, near)
    return np.where(chance_up_to(near - 1.0, many, expected) >= share, near - 1.0, near)


def mean_miss(expected: Floats, scatter: Floats) -> Floats:
    r"""Mean distance of a count from its expectation: what even a perfect forecast misses by.

    .. math:: E|y - \mu| = 2 \mu \, [P(y \le m) - P(y' \le m - 1)], \qquad m = \lfloor \mu \rfloor

    where y' has one more in the first parameter of the negative binomial (k p(k) of one is mu p(k - 1) of the other),
    and the same chance of success, so that its mean is larger by that part.
    """
    many = 1.0 / np.maximum(scatter, 1e-9)
    below = np.floor(expected)
    further = expected * (many + 1.0) / many
    apart = chance_up_to(below, many, expected) - chance_up_to(below - 1.0, many + 1.0, further)
    return np.asarray(2.0 * expected * apart)
