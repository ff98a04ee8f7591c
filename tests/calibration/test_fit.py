"""The batched fit finds what a general optimiser finds for each campaign, and says when it does not come to an end."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from optimizer.calibration.counts import log_likelihood
from optimizer.calibration.expectation import SHAPES, Weeks, expect
from optimizer.calibration.fit import Prior, fit
from optimizer.scenario.match import Floats
from tests.calibration.weekly import plain_weeks

TRUTH = np.array([[-3.9, 0.4, 1.5, -3.0, 0.0, 0.0, 0.0], [-3.0, -0.5, 2.0, -2.5, 0.0, 0.0, 0.0]])
SCATTER = np.array([0.02, 0.05])
PRIOR = Prior(
    np.tile([-3.5, 0.0, 1.7, -3.0, 0.0, 0.0, 0.0], (2, 1)),
    np.tile(1 / np.array([1, 0.7, 0.6, 1, 0.1, 0.3, 0.1]) ** 2, (2, 1)),
)


def made(form: str, weeks: int = 80) -> Weeks:
    random = np.random.default_rng(11)
    given = plain_weeks(random.uniform(0, 3000, (2, weeks)), np.zeros((2, weeks)))
    expected = expect(form, TRUTH, given).leads
    return plain_weeks(
        given.spend, random.negative_binomial(1 / SCATTER[:, None], 1 / (1 + SCATTER[:, None] * expected))
    )


@pytest.mark.parametrize("form", SHAPES)
def test_it_finds_what_scipy_finds(form: str) -> None:
    weeks = made(form)
    found = fit(form, weeks, PRIOR, SCATTER, PRIOR.mean)
    assert found.is_done.all()
    for row in range(2):
        one = slice(row, row + 1)

        def height(theta: Floats, one: slice = one) -> float:
            leads = expect(form, theta[None], weeks.take(one)).leads
            counts = log_likelihood(weeks.leads[one], leads, SCATTER[one, None]).sum()
            return float(-counts + 0.5 * (PRIOR.precision[one] * (theta - PRIOR.mean[one]) ** 2).sum())

        best = minimize(height, PRIOR.mean[row], method="BFGS", options={"gtol": 1e-6})
        assert height(found.theta[row]) <= best.fun + 1e-5
        assert found.theta[row] == pytest.approx(best.x, abs=5e-3)


def test_the_covariance_is_the_inverse_of_the_curvature() -> None:
    """Poisson counts with expectation 100 e^x for T weeks and a flat prior: the variance of x is 1 / (100 T)."""
    weeks = plain_weeks(np.full((1, 50), 1000.0), np.full((1, 50), 100.0))
    nearly = np.array([[1e-9, 1e9, 1e9, 1e9, 1e9, 1e9, 1e9]])
    prior = Prior(np.array([[0.0, 0.0, 1.7, -40.0, 0.0, 0.0, 0.0]]), nearly)
    found = fit("michaelis_menten", weeks, prior, np.array([1e-9]), prior.mean - [[2.0, 0, 0, 0, 0, 0, 0]])
    assert found.theta[0, 0] == pytest.approx(np.log(100 / 1000))
    assert found.covariance[0, 0, 0] == pytest.approx(1 / 5000, rel=1e-4)


def test_without_data_the_prior_stays() -> None:
    weeks = plain_weeks(np.zeros((2, 5)), np.zeros((2, 5)), weight=np.zeros((2, 5)))
    found = fit("hill", weeks, PRIOR, SCATTER, PRIOR.mean)
    assert found.theta == pytest.approx(PRIOR.mean)
    assert np.diagonal(found.covariance, axis1=1, axis2=2) == pytest.approx(1 / PRIOR.precision)
    assert found.evidence == pytest.approx(0.0, abs=1e-9)


def test_weeks_without_weight_do_not_matter() -> None:
    weeks = made("hill")
    spoiled = plain_weeks(
        np.hstack([weeks.spend, np.full((2, 3), 500.0)]),
        np.hstack([weeks.leads, np.full((2, 3), 9999.0)]),
        weight=np.hstack([weeks.weight, np.zeros((2, 3))]),
    )
    clean, dirty = (fit("hill", one, PRIOR, SCATTER, PRIOR.mean).theta for one in (weeks, spoiled))
    assert dirty == pytest.approx(clean, abs=1e-6)


def test_a_fit_that_is_stopped_early_says_so() -> None:
    found = fit("hill", made("hill"), PRIOR, SCATTER, PRIOR.mean - 2.0, steps=1)
    assert not found.is_done.any()


def test_a_campaign_does_not_feel_its_neighbours() -> None:
    weeks = made("hill")
    together = fit("hill", weeks, PRIOR, SCATTER, PRIOR.mean)
    alone = fit(
        "hill", weeks.take(slice(1, 2)), Prior(PRIOR.mean[1:], PRIOR.precision[1:]), SCATTER[1:], PRIOR.mean[1:]
    )
    assert alone.theta[0] == pytest.approx(together.theta[1], abs=1e-9)
