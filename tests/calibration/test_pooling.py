"""Rates that borrow: integrals against brute force, limits, laws, and how often intervals hold the true rate."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import beta, betabinom

from optimizer.calibration.pooling import Codes, Counts, Floats, Pooled, Rates, pooled
from optimizer.calibration.pooling import _average as average
from optimizer.calibration.pooling import _spread as spread
from optimizer.calibration.pooling import _Tree as Tree

Array = Floats


def two_levels(successes: Array, trials: Array, line: Codes) -> Counts:
    root = np.zeros(int(line.max()) + 1, dtype=np.int64)
    return Counts(successes.astype(float), trials.astype(float), [line, root], np.zeros(len(line), dtype=np.int64))


def at_strengths(counts: Counts, leaf: float, line: float, steps: tuple[float, ...] = ()) -> tuple[float, Pooled]:
    """Evidence and rates at given strengths, on a grid wide enough for both."""
    tree = Tree(counts, np.linspace(-14, 14, 1121), np.append(np.log([leaf, line]), steps))
    return tree.evidence, tree.pooled()


def test_rates_are_the_integrals_that_they_stand_for() -> None:
    """Two channels of one line and one of another; by brute force over the root's rate and the two lines' rates."""
    k, n, leaf, line = np.array([3.0, 9.0, 1.0]), np.array([10.0, 12.0, 8.0]), 8.0, 15.0
    _, found = at_strengths(two_levels(k, n, np.array([0, 0, 1])), leaf, line)
    odds = np.linspace(-16, 16, 801)
    rate, width = expit(odds), expit(odds) * expit(-odds) * (odds[1] - odds[0])
    around = beta.pdf(rate[None, :], line * rate[:, None], line * (1 - rate[:, None])) * width
    likely = betabinom.pmf(k[:, None], n[:, None], leaf * rate, leaf * (1 - rate))
    first, second = likely[0] * likely[1], likely[2]
    weight = (width[:, None] * around * first * (around @ second)[:, None]).sum(axis=0)
    own = (k[0] + leaf * rate) / (n[0] + leaf)
    mean = (weight * own).sum() / weight.sum()
    square = (weight * own * (k[0] + leaf * rate + 1) / (n[0] + leaf + 1)).sum() / weight.sum()
    assert found.leaves.mean[0] == pytest.approx(mean, rel=1e-4)
    assert found.leaves.variance[0] == pytest.approx(square - mean**2, rel=1e-3)


def test_hand_worked() -> None:
    """Channels and lines as good as equal, and any rate as likely: 3 of 8 and 1 of 2 make (4 + 1) / (10 + 2) = 0.417.

    That is Laplace's rule of succession; the variance is that of a beta of 5 and 7, 0.417 * 0.583 / 13.
    """
    counts = two_levels(np.array([3.0, 1.0]), np.array([8.0, 2.0]), np.array([0, 1]))
    _, found = at_strengths(counts, 1e5, 1e5)
    assert found.leaves.mean == pytest.approx([5 / 12, 5 / 12], rel=1e-3)
    assert found.leaves.variance == pytest.approx([5 / 12 * 7 / 12 / 13] * 2, rel=5e-3)
    assert found.kinds.mean == pytest.approx([5 / 12, 5 / 12], rel=1e-3)


def test_the_strength_is_worth_as_many_counts() -> None:
    """A line at 0.6 beyond doubt, and a strength of 20: 1 of 5 makes (1 + 0.6 * 20) / (5 + 20) = 0.52, none of 0 0.6.

    The line is known from a thousand channels of a thousand counts, scattered by the same strength.
    """
    of_others = beta.ppf((np.arange(1000) + 0.5) / 1000, 12, 8)
    k, n = np.append(np.round(1000 * of_others), [1, 0]), np.append(np.full(1000, 1000), [5, 0])
    _, found = at_strengths(two_levels(k, n, np.zeros(1002, dtype=np.int64)), 20.0, 30.0)
    assert found.leaves.mean[-2:] == pytest.approx([0.52, 0.6], abs=2e-3)
    assert found.kinds.mean == pytest.approx([0.6], abs=2e-3)


def test_steps_move_every_line_alike() -> None:
    """A leaf of column 1 of which nothing is counted has its line's rate moved by the step on the log-odds scale."""
    counts = Counts(
        np.array([6000.0, 0.0]), np.array([10_000.0, 0.0]),
        [np.zeros(2, dtype=np.int64), np.zeros(1, dtype=np.int64)], np.array([0, 1]),
    )  # fmt: skip
    _, found = at_strengths(counts, 5000.0, 30.0, (-1.0,))
    assert found.leaves.mean[1] == pytest.approx(expit(np.log(1.5) - 1.0), abs=2e-3)


def test_evidence_prefers_the_strength_that_made_the_counts() -> None:
    rng = np.random.default_rng(5)
    line, n = np.repeat(np.arange(40), 10), np.full(400, 80)
    rate = rng.beta(0.6 * 25, 0.4 * 25, 40)[line]
    counts = two_levels(rng.binomial(n, rng.beta(rate * 60, (1 - rate) * 60)), n, line)
    found = pooled(counts)
    assert found.strengths[0] == pytest.approx(60, rel=0.3)
    assert found.strengths[1] == pytest.approx(25, rel=0.6)


def simulated(
    rng: np.random.Generator, lines: int, each: int, strengths: tuple[float, float], most: float
) -> tuple[Counts, Array]:
    """Counts and true rates: lines around one rate, channels around their line, from 5 to so many counts."""
    at = rng.uniform(0.25, 0.85)
    of_line = rng.beta(at * strengths[1], (1 - at) * strengths[1], lines).clip(0.02, 0.98)
    line = np.repeat(np.arange(lines), each)
    rate = rng.beta(of_line[line] * strengths[0], (1 - of_line[line]) * strengths[0])
    trials = np.exp(rng.uniform(np.log(5), np.log(most), len(line))).astype(np.int64)
    return two_levels(rng.binomial(trials, rate), trials, line), rate


def test_intervals_hold_the_true_rate_nine_times_in_ten() -> None:
    rng = np.random.default_rng(11)
    held, small = [], []
    for lines, each, strengths, most in (
        (6, 4, (40.0, 20.0), 600), (6, 4, (100.0, 30.0), 600), (2, 2, (40.0, 20.0), 300), (3, 4, (20.0, 10.0), 300),
        (10, 5, (300.0, 10.0), 2000), (1, 4, (40.0, 20.0), 300),
    ):  # fmt: skip
        for _ in range(8):
            counts, rate = simulated(rng, lines, each, strengths, most)
            low, high = pooled(counts).leaves.interval()
            held.append((low <= rate) & (rate <= high))
            small.append(held[-1][counts.trials < 30])
    assert 0.85 <= np.concatenate(held).mean() <= 0.95
    assert 0.85 <= np.concatenate(small).mean() <= 0.95


def test_small_groups_are_nearer_the_truth_than_their_own_counts() -> None:
    rng = np.random.default_rng(3)
    own, borrowed = [], []
    for _ in range(10):
        counts, rate = simulated(rng, 6, 4, (60.0, 20.0), 300)
        few = counts.trials < 40
        own.append(np.abs(counts.successes / counts.trials - rate)[few])
        borrowed.append(np.abs(pooled(counts).leaves.mean - rate)[few])
    assert np.concatenate(borrowed).mean() < 0.75 * np.concatenate(own).mean()


def test_order_does_not_matter() -> None:
    counts, _ = simulated(np.random.default_rng(1), 3, 3, (40.0, 20.0), 200)
    other = np.random.default_rng(2).permutation(9)
    mixed = two_levels(counts.successes[other], counts.trials[other], counts.parents[0][other])
    assert pooled(mixed).leaves.mean == pytest.approx(pooled(counts).leaves.mean[other], abs=1e-4)


def test_rates_out_of_reach_of_each_other_stay_numbers() -> None:
    """Lines whose counts are thousands of times less likely at each other's rates."""
    counts = two_levels(np.array([20.0, 99_000.0, 0.0]), np.array([100_000.0, 100_000.0, 0.0]), np.array([0, 1, 1]))
    found = pooled(counts)
    assert found.leaves.mean[:2] == pytest.approx([0.0002, 0.99], rel=0.05)
    assert np.isfinite([found.leaves.variance, *found.leaves.interval()]).all()


def test_doubt_in_strengths_widens_intervals() -> None:
    """Either 0.4 or 0.6, each with a variance of 0.01: 0.5, and 0.01 more for not knowing which."""
    either = [Rates(np.array([mean]), np.array([0.01])) for mean in (0.4, 0.6)]
    both = average(either)
    assert (both.mean[0], both.variance[0]) == pytest.approx((0.5, 0.02))


def test_sigma_points_have_the_covariance_of_the_likelihood() -> None:
    """A doubt of x'Hx / 2 has covariance 1/H; one flatter than what is usual counts as what is usual."""
    steep = np.array([[3.0, 1.0], [1.0, 2.0]])
    points = spread(lambda free: float(free @ steep @ free) / 2, np.zeros(2))
    assert points.mean(axis=0) == pytest.approx([0, 0])
    assert points.T @ points / len(points) == pytest.approx(np.linalg.inv(steep))
    flat = spread(lambda free: float(free @ free) / 200, np.zeros(2))
    assert flat.T @ flat / len(flat) == pytest.approx(np.eye(2))
