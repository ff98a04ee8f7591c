"""Intervals: symmetric where the number follows the parameters evenly, and as crooked as the number elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.calibration.expectation import BEND, GROWTH, LEVEL, PARAMETERS
from optimizer.calibration.uncertainty import doubtful, log_idle, log_leads, log_marginal, log_parameter, spread

ALL = len(PARAMETERS)
THETA = np.array([[-4.0, 0.3, 1.7, -3.0, 0.0, 0.0, 0.0], [-3.0, -0.2, 1.5, -2.0, 0.1, 0.0, 0.0]])
COVARIANCE = np.tile(np.diag([0.04, 0.09, 0.01, 0.25, 0.01, 0.01, 0.01]), (2, 1, 1))


def test_hand_worked() -> None:
    """Growth with a standard error of 0.1: a factor of e^(1.645 * 0.1) = 1.179 to either side."""
    found = doubtful(lambda theta: theta[:, GROWTH], THETA, COVARIANCE)
    assert found.value == pytest.approx([1.0, np.exp(0.1)])
    assert found.spread == pytest.approx([0.1, 0.1])
    assert found.error == pytest.approx(0.1 * found.value)
    assert found.high / found.value == pytest.approx([1.179, 1.179], rel=2e-3)
    assert found.value / found.low == pytest.approx([1.179, 1.179], rel=2e-3)


def test_numbers_that_hang_together_are_counted_together() -> None:
    """Level and bend, correlated by 0.5: the variance of their sum is 0.04 + 0.09 + 2 * 0.5 * 0.2 * 0.3 = 0.19."""
    covariance = COVARIANCE.copy()
    covariance[:, LEVEL, BEND] = covariance[:, BEND, LEVEL] = 0.03
    found = doubtful(lambda theta: theta[:, LEVEL] + theta[:, BEND], THETA, covariance)
    assert found.spread == pytest.approx([0.19**0.5] * 2)
    assert np.log(found.high / found.low) == pytest.approx([2 * 1.645 * 0.19**0.5] * 2, rel=1e-2)


def test_an_interval_bends_with_its_number() -> None:
    """The 90 % interval of e^(bend) is that of the bend, its ends put into the same formula."""
    found = doubtful(lambda theta: np.exp(theta[:, BEND]), THETA, COVARIANCE)
    for end, sign in ((found.low, -1), (found.high, 1)):
        assert np.log(end) == pytest.approx(np.exp(THETA[:, BEND] + sign * 1.645 * 0.3), rel=5e-3)
    assert (np.log(found.high / found.value) > 1.5 * np.log(found.value / found.low)).all()


def test_one_by_a_number_has_the_ends_turned_round() -> None:
    found = doubtful(lambda theta: theta[:, LEVEL], THETA, COVARIANCE)
    assert found.inverse.value == pytest.approx(1 / found.value)
    assert found.inverse.low == pytest.approx(1 / found.high)
    assert (found.inverse.low < found.inverse.value).all()
    assert (found.inverse.value < found.inverse.high).all()


def test_campaigns_keep_apart_when_they_come_again_and_again() -> None:
    usual, spend = np.array([800.0, 2000.0]), np.array([500.0, 4000.0])
    curve = (log_leads("hill", usual, spend), log_marginal("hill", usual, spend), log_parameter("hill", usual, 1))
    for log_of in (*curve, log_idle(usual)):
        assert log_of(np.tile(THETA, (3, 1))) == pytest.approx(np.tile(log_of(THETA), 3))
        assert spread(log_of, THETA, COVARIANCE).shape == (2,)
