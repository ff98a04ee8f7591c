r"""Rates from counts where many groups are small: each group borrows from its kind as much as the counts warrant.

Groups form a tree: leaves with counts, their kinds, the root. A group's rate scatters around its parent's by a beta
distribution whose strength s is the same for all groups of a level:

.. math:: k \sim Binomial(n, p), \qquad p \sim Beta(s\, m, s (1 - m)), \qquad m \sim Beta(s' m', s' (1 - m')), \ldots

with any mean at the root equally likely. A leaf may differ from its parent by a known step on the log-odds scale, the
same for all leaves of its column (weeks waited), so that ``m`` is the parent's rate moved by that step.

======  ===================================================================================================
k, n    counted successes and trials of a leaf
p, m    rates of a leaf, and of its parent
s       strength: as many counts as the parent's rate is worth for a leaf; estimated from all groups of a level
======  ===================================================================================================

Given strengths and steps, the distribution of every rate follows exactly: means are integrated over a grid of log-odds,
by messages from the leaves to the root and back (sum-product on a tree), and a leaf's rate is a mixture of betas.
Strengths and steps are those under which the counts are most likely (maximum marginal likelihood), with a weak prior
that matters only where groups are few; the doubt in them is part of every interval (averaged over sigma points of their
likelihood; S. Julier and J. Uhlmann 1997), since intervals that take them for known are too narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
import numpy.typing as npt
import scipy

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

INTERVAL = 0.9
"""Probability that an interval holds the rate."""
USUAL_STRENGTH, STRENGTH_FACTOR = 30.0, np.exp(1.2)
"""What a strength is before any count: about this, within a factor (one standard deviation of its logarithm)."""
USUAL_STEP = 0.5
"""Standard deviation of what a step differs from the one before, in log-odds, before any count."""
_GRID = 201
_BEYOND = 2.5
"""Log-odds by which the grid reaches beyond the rates counted."""
_TINY = 1e-300
"""Probability of what is as good as impossible."""
_STEP = 0.1
"""Width of differences for curvature, in units of what is usual."""
_FLAT = 1.0
"""Least curvature: that of what is usual, with no counts at all."""


@dataclass(frozen=True)
class Counts:
    """Counts at the leaves of a tree.

    Attributes:
        successes: (C,) k.
        trials: (C,) n, none below k.
        parents: For each level from the leaves up, position of each node's parent in the next level; the last level's
            parent is the root, 0.
        column: (C,) step of each leaf; 0 is no step.
    """

    successes: Floats
    trials: Floats
    parents: Sequence[Codes]
    column: Codes


@dataclass(frozen=True)
class Rates:
    """What is known of rates.

    Attributes:
        mean: (C,) expected rate.
        variance: (C,) of the rate.
    """

    mean: Floats
    variance: Floats

    def interval(self) -> tuple[Floats, Floats]:
        """(C,) ends of the interval that holds a rate with probability :data:`INTERVAL`: quantiles of a beta."""
        weight = self.mean * (1 - self.mean) / self.variance - 1
        low, high = (scipy.stats.beta.ppf(end, self.mean * weight, (1 - self.mean) * weight) for end in _ends())
        return np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)


@dataclass(frozen=True)
class Pooled:
    """Rates of all groups.

    Attributes:
        leaves: Rates of the leaves.
        kinds: Rates of a further leaf of each parent of leaves, of which nothing is counted and which has no step.
        strengths: One per level, from the leaves up.
        steps: One per column, in log-odds; the first is 0.
    """

    leaves: Rates
    kinds: Rates
    strengths: Floats
    steps: Floats


def _ends() -> tuple[float, float]:
    return (1 - INTERVAL) / 2, (1 + INTERVAL) / 2


def pooled(counts: Counts) -> Pooled:
    """The rates of all groups, with strengths and steps estimated from the counts."""
    grid, levels = _grid(counts), len(counts.parents)
    usual = np.append(np.full(levels, np.log(USUAL_STRENGTH)), np.zeros(int(counts.column.max(initial=0))))
    scale = np.append(np.full(levels, np.log(STRENGTH_FACTOR)), np.full(len(usual) - levels, USUAL_STEP))

    def doubt(free: Floats) -> float:
        """Negative logarithm of how likely strengths and steps are, in units of what is usual."""
        return float(free @ free) / 2 - _Tree(counts, grid, usual + scale * free).evidence

    found = scipy.optimize.minimize(doubt, np.zeros(len(usual)), method="BFGS", options={"gtol": 1e-3}).x
    around = [_Tree(counts, grid, usual + scale * (found + away)).pooled() for away in _spread(doubt, found)]
    best = _Tree(counts, grid, usual + scale * found)
    return Pooled(
        _average([one.leaves for one in around]), _average([one.kinds for one in around]), best.strengths, best.steps
    )


def _spread(doubt: Callable[[Floats], float], best: Floats) -> Floats:
    """(2 d, d) ways off the best point with the mean and covariance of what else is likely (sigma points)."""
    size = len(best)
    ways, curvature = np.eye(size) * _STEP, np.zeros((size, size))
    for first, second in combinations_with_replacement(range(size), 2):
        one, other = ways[first], ways[second]
        rise = doubt(best + one + other) + doubt(best - one - other)
        fall = doubt(best + one - other) + doubt(best - one + other)
        curvature[first, second] = curvature[second, first] = (rise - fall) / (4 * _STEP**2)
    values, vectors = np.linalg.eigh(curvature)
    axes = vectors * np.sqrt(size / np.maximum(values, _FLAT))
    return np.concatenate([axes.T, -axes.T])


def _average(parts: Sequence[Rates]) -> Rates:
    """Mean and variance of what is one of these with equal probability."""
    means = np.array([part.mean for part in parts])
    return Rates(means.mean(axis=0), np.mean([part.variance for part in parts], axis=0) + means.var(axis=0))


def _grid(counts: Counts) -> Floats:
    """(M,) log-odds that cover every rate counted."""
    odds = np.log((counts.successes + 0.5) / (counts.trials - counts.successes + 0.5))
    return np.linspace(odds.min() - _BEYOND, odds.max() + _BEYOND, _GRID)


class _Tree:
    """The messages of one choice of strengths and steps; all arrays of nodes have a column per point of the grid."""

    def __init__(self, counts: Counts, grid: Floats, free: Floats) -> None:
        levels = len(counts.parents)
        self.counts, self.grid = counts, grid
        self.strengths = np.exp(free[:levels])
        self.steps = np.append(0.0, np.cumsum(free[levels:]))
        self._kernels = [_kernel(grid, strength) for strength in self.strengths[1:]]
        self._from_below: list[Floats] = []
        self._messages = [self._leaf_messages()]
        for level, parents in enumerate(counts.parents):
            self._from_below.append(_by_parent(self._messages[level], parents))
            if level < levels - 1:
                self._messages.append(_mixed(self._from_below[level], self._kernels[level].T))
        self._root = self._from_below[-1] + _uniform(grid)

    @property
    def evidence(self) -> float:
        """Logarithm of the probability of the counts, up to a constant."""
        return float(scipy.special.logsumexp(self._root))

    def pooled(self) -> Pooled:
        """The rates, from the root back to the leaves."""
        belief = self._root
        for level in range(len(self._messages) - 1, 0, -1):
            others = belief[self.counts.parents[level]] - self._messages[level]
            belief = _mixed(others, self._kernels[level - 1]) + self._from_below[level - 1]
        weights = np.exp(belief - scipy.special.logsumexp(belief, axis=1, keepdims=True))
        return Pooled(self._leaves(weights[self.counts.parents[0]]), self._kinds(weights), self.strengths, self.steps)

    def _leaf_messages(self) -> Floats:
        """Logarithms of ratios of beta functions, whose sum of arguments is the same all over the grid."""
        first, second = self._prior()
        k, n, column = self.counts.successes[:, None], self.counts.trials[:, None], self.counts.column
        before = scipy.special.gammaln(first) + scipy.special.gammaln(second) - scipy.special.gammaln(self.strengths[0])
        after = (
            scipy.special.gammaln(first[column] + k)
            + scipy.special.gammaln(second[column] + n - k)
            - scipy.special.gammaln(self.strengths[0] + n)
        )
        return np.asarray(after - before[column])

    def _prior(self) -> tuple[Floats, Floats]:
        """(columns, M) parameters of the beta of a leaf by its parent's rate."""
        mean = scipy.special.expit(self.grid + self.steps[:, None])
        return self.strengths[0] * mean, self.strengths[0] * (1 - mean)

    def _leaves(self, weights: Floats) -> Rates:
        first = self._prior()[0][self.counts.column] + self.counts.successes[:, None]
        total = self.strengths[0] + self.counts.trials[:, None]
        return _mixture(weights, first, np.broadcast_to(total, first.shape))

    def _kinds(self, weights: Floats) -> Rates:
        first = np.broadcast_to(self.strengths[0] * scipy.special.expit(self.grid), weights.shape)
        return _mixture(weights, first, np.full(weights.shape, self.strengths[0]))


def _mixture(weights: Floats, first: Floats, total: Floats) -> Rates:
    """Mean and variance of mixtures of betas with these first parameters and sums of parameters."""
    mean = (weights * first / total).sum(axis=1)
    square = (weights * first * (first + 1) / total / (total + 1)).sum(axis=1)
    return Rates(mean, square - mean**2)


def _uniform(grid: Floats) -> Floats:
    """Logarithm of the density, by log-odds, of a rate that may be anything."""
    made: Floats = np.log(scipy.special.expit(grid)) + np.log(scipy.special.expit(-grid))
    return made


def _kernel(grid: Floats, strength: float) -> Floats:
    """(M, M) probability of a rate on the grid (columns) around its parent's (rows)."""
    first, second = strength * scipy.special.expit(grid), strength * scipy.special.expit(-grid)
    density = first[:, None] * np.log(scipy.special.expit(grid)) + second[:, None] * np.log(scipy.special.expit(-grid))
    density -= density.max(axis=1, keepdims=True)  # the rows are normed, so what depends on the parent alone drops out
    weight = np.exp(density)
    made: Floats = weight / weight.sum(axis=1, keepdims=True)
    return made


def _by_parent(messages: Floats, parents: Codes) -> Floats:
    """Sums of the messages of the children of each parent."""
    sums = np.zeros((int(parents.max()) + 1, messages.shape[1]))
    np.add.at(sums, parents, messages)
    return sums


def _mixed(logarithms: Floats, kernel: Floats) -> Floats:
    """Logarithm of ``exp(logarithms) @ kernel``."""
    top = logarithms.max(axis=1, keepdims=True)
    made: Floats = np.log(np.maximum(np.exp(logarithms - top) @ kernel, _TINY)) + top
    return made
