"""Counts: probabilities that sum to one, the limit of Poisson, what chance leaves, weeks that do not fit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nbinom, poisson

from optimizer.calibration.counts import (
    OUTLYING,
    distances,
    interval,
    log_likelihood,
    mean_miss,
    scatter_profile,
    variance,
    weights,
)

COUNTS = np.arange(400.0)


@pytest.mark.parametrize(("expected", "scatter"), [(0.3, 0.5), (12.0, 0.05), (40.0, 1e-6)])
def test_probabilities_sum_to_one_with_this_mean_and_variance(expected: float, scatter: float) -> None:
    chance = np.exp(log_likelihood(COUNTS, np.float64(expected), np.float64(scatter)))
    assert chance.sum() == pytest.approx(1.0, abs=1e-9)
    assert chance @ COUNTS == pytest.approx(expected)
    assert chance @ (COUNTS - expected) ** 2 == pytest.approx(
        float(variance(np.float64(expected), np.float64(scatter)))
    )


def test_hand_worked() -> None:
    """Scatter 1 and a mean of 1: the geometric distribution, so that 3 leads have a chance of 1/16."""
    assert np.exp(log_likelihood(np.float64(3), np.float64(1), np.float64(1))) == pytest.approx(1 / 16)


def test_without_scatter_it_is_poisson() -> None:
    few = COUNTS[:60]
    found = log_likelihood(few, np.float64(9.0), np.float64(1e-9))
    assert found == pytest.approx(poisson.logpmf(few, 9.0), abs=1e-4)


@pytest.mark.parametrize(("expected", "scatter"), [(0.4, 0.02), (3.0, 0.3), (55.5, 0.05)])
def test_the_mean_miss_is_the_sum_over_all_counts(expected: float, scatter: float) -> None:
    chance = np.exp(log_likelihood(COUNTS, np.float64(expected), np.float64(scatter)))
    by_sum = chance @ np.abs(COUNTS - expected)
    assert mean_miss(np.array([expected]), np.array([scatter]))[0] == pytest.approx(by_sum, rel=1e-6)


def test_an_interval_covers_as_often_as_it_says() -> None:
    low, high = interval(np.array([20.0]), np.array([0.05]), 0.9)
    chance = np.exp(log_likelihood(COUNTS, np.float64(20), np.float64(0.05)))
    covered = chance[(low[0] <= COUNTS) & (high[0] >= COUNTS)].sum()
    assert 0.9 <= covered < 0.94


def test_distances_of_counts_have_a_standard_deviation_of_one() -> None:
    random = np.random.default_rng(0)
    leads = random.negative_binomial(1 / 0.05, 1 / (1 + 0.05 * 30), (1, 20_000)).astype(float)
    found = distances(leads, np.full_like(leads, 30.0), np.array([0.05]))
    assert found.std() == pytest.approx(1.0, abs=0.05)


def test_a_week_far_off_counts_less_and_less() -> None:
    """Within the bound all, two standard deviations beyond it e^-2."""
    assert weights(np.array([0.0, OUTLYING, -OUTLYING - 2])) == pytest.approx([1.0, 1.0, np.exp(-2.0)])


def test_the_pull_of_a_wrong_count_vanishes_as_it_grows() -> None:
    """What a count pulls at the fit is its weight times its miss: of a million leads where 20 were due, nothing."""
    wrong = np.array([[40.0, 200.0, 1e6]])
    pull = weights(distances(wrong, np.full_like(wrong, 20.0), np.array([0.02]))) * (wrong - 20)
    assert pull[0, 0] > pull[0, 1] > pull[0, 2]
    assert pull[0, 2] < 1e-6


def test_one_lead_where_none_was_to_be_expected_is_no_outlier() -> None:
    apart = distances(np.array([[1.0]]), np.array([[0.1]]), np.array([0.02]))
    assert weights(apart)[0, 0] == 1.0


def test_the_likeliest_scatter_is_that_of_the_counts() -> None:
    random = np.random.default_rng(1)
    leads = random.negative_binomial(1 / 0.1, 1 / (1 + 0.1 * 50), (1, 4000)).astype(float)
    profile = scatter_profile(leads, np.full_like(leads, 50.0), np.ones_like(leads))
    from optimizer.calibration.counts import SCATTERS

    assert SCATTERS[profile.argmax()] == pytest.approx(0.1, rel=0.5)


@pytest.mark.parametrize("expected", [0.02, 0.9, 7.3, 1200.0])
@pytest.mark.parametrize("scatter", [1e-6, 0.02, 0.8])
def test_intervals_are_those_of_scipy(expected: float, scatter: float) -> None:
    many = 1 / scatter
    low, high = interval(np.array([expected]), np.array([scatter]), 0.9)
    wanted = nbinom.ppf([0.05, 0.95], many, many / (many + expected))
    assert [low[0], high[0]] == wanted.tolist()
