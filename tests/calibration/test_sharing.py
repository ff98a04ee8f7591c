"""What campaigns have in common: learned from all, kept to by those with little of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from joblib import Parallel

from optimizer.calibration.estimate import Subject, estimate
from optimizer.calibration.expectation import BASELINE, BEND, LEVEL, PARAMETERS, expect
from optimizer.calibration.fit import Fit
from optimizer.calibration.history import Flags
from optimizer.calibration.sharing import design_of, first_population, learn, scatter_of, with_doubt
from optimizer.scenario.match import Floats
from tests.calibration.weekly import plain_weeks

ALL = len(PARAMETERS)


def fitted(theta: Floats, variance: float) -> Fit:
    """Estimates of this variance, or of what is believed where that is less."""
    many = len(theta)
    believed = first_population("hill", np.ones((1, 1)), -4.0).spread ** 2
    covariance = np.tile(np.diag(np.minimum(variance, believed)), (many, 1, 1))
    return Fit(theta, covariance, np.zeros(many), np.ones(many, dtype=bool))


def all_say(many: int) -> Flags:
    return np.ones((many, ALL), dtype=bool)


def scattered(many: int) -> tuple[Floats, Floats]:
    return np.full(many, -4.0), np.full(many, 0.1)


def test_hand_worked() -> None:
    """Two campaigns of one kind with bends 0.3 and 0.7, each known to a variance of 0.01; belief 0 with spread 1.

    Campaigns of a kind are believed to spread by 0.6, so P = 1 / 0.36 = 2.7778. Each tells P - 0.01 P^2 = 2.7006 of the
    mean, so D = 1 / (2 * 2.7006 + 1) = 0.1562, and the mean is D * 2.7778 * (0.3 + 0.7) = 0.4339. Misses -0.1339 and
    0.2661, squares 0.0179 + 0.0708 = 0.0887. Of two spreads, 2 (1 - 0.01 P) = 1.9444 are told, and 4 are believed:
    sqrt((4 * 0.36 + 0.0887) / 5.9444) = 0.5071.
    """
    first = first_population("hill", np.ones((2, 1)), -4.0)
    theta = np.tile(first.prior.mean[:1], (2, 1))
    theta[:, BEND] = [0.3, 0.7]
    found = learn(first, first, fitted(theta, 0.01), first.prior, all_say(2), scattered(2))
    assert found.middle[0, BEND] == pytest.approx(0.4339, abs=1e-4)
    assert found.spread[BEND] == pytest.approx(0.5071, abs=1e-4)
    assert found.doubt_of_mean[:, BEND, BEND] == pytest.approx([0.1562, 0.1562], abs=1e-4)


def test_doubt_about_the_kind_adds_to_what_is_not_known_of_a_campaign() -> None:
    """Half of a bend hangs on the prior (V P = 0.18 / 0.36 = 0.5), so a quarter of the kind's variance is added."""
    first = first_population("hill", np.ones((1, 1)), -4.0)
    known = fitted(first.prior.mean, 0.18)
    added = with_doubt(first, known, first.prior).covariance - known.covariance
    assert added[0, BEND, BEND] == pytest.approx(0.25 * 1.0)
    assert first.doubt_of_mean[0, BEND, BEND] == pytest.approx(1.0)


def test_what_campaigns_hardly_tell_remains_in_doubt() -> None:
    """Estimates that only repeat the prior (V = 1 / P) say nothing of the mean, however many there are."""
    first = first_population("hill", np.ones((500, 1)), -4.0)
    found = learn(first, first, fitted(first.prior.mean, 0.36), first.prior, all_say(500), scattered(500))
    assert found.doubt_of_mean[0, BEND, BEND] == pytest.approx(1.0)


def test_many_campaigns_that_agree_narrow_the_spread() -> None:
    first = first_population("hill", np.ones((400, 1)), -4.0)
    theta = np.tile(first.prior.mean[:1], (400, 1))
    theta[:, BEND] = 0.5 + 0.1 * np.random.default_rng(0).standard_normal(400)
    found = learn(first, first, fitted(theta, 0.0), first.prior, all_say(400), scattered(400))
    assert found.middle[0, BEND] == pytest.approx(0.5, abs=0.02)
    assert found.spread[BEND] == pytest.approx(0.12, abs=0.02)


def test_campaigns_that_say_nothing_teach_nothing() -> None:
    first = first_population("hill", np.ones((3, 1)), -4.0)
    theta = np.tile(first.prior.mean[:1] + 5.0, (3, 1))
    says = np.zeros((3, ALL), dtype=bool)
    found = learn(first, first, fitted(theta, 0.01), first.prior, says, scattered(3))
    assert np.array_equal(found.middle, first.middle)
    assert found.spread == pytest.approx(first.spread)


def test_a_fit_that_did_not_end_teaches_nothing() -> None:
    first = first_population("hill", np.ones((3, 1)), -4.0)
    theta = np.tile(first.prior.mean[:1] + 5.0, (3, 1))
    open_ended = replace(fitted(theta, 0.01), is_done=np.zeros(3, dtype=bool))
    found = learn(first, first, open_ended, first.prior, all_say(3), scattered(3))
    assert np.array_equal(found.middle, first.middle)


def test_leads_without_spend_never_spread_without_bound() -> None:
    first = first_population("hill", np.ones((9, 1)), -4.0)
    theta = np.tile(first.prior.mean[:1], (9, 1))
    theta[:, BASELINE] += np.linspace(-8, 8, 9)
    found = learn(first, first, fitted(theta, 0.01), first.prior, all_say(9), scattered(9))
    assert found.spread[BASELINE] == 1.0


def test_a_kind_is_a_line_and_a_channel() -> None:
    kinds = pd.DataFrame({"service_line": ["a", "a", "b"], "channel": ["x", "y", "y"]})
    assert design_of(kinds).tolist() == [[1, 1, 0, 1, 0], [1, 1, 0, 0, 1], [1, 0, 1, 0, 1]]
    assert design_of(kinds.assign(channel="x")).shape == (3, 3)


def test_the_level_starts_where_all_campaigns_together_are() -> None:
    assert first_population("log", np.ones((2, 1)), -4.2).prior.mean[:, LEVEL].tolist() == [-4.2, -4.2]


def test_flat_likelihood_leaves_the_scatter_of_the_kind() -> None:
    mean, variance = scatter_of(np.zeros((1, 31)), (-4.0, 0.5))
    assert mean[0] == pytest.approx(-4.0, abs=0.01)
    assert variance[0] == pytest.approx(0.25, abs=0.02)


def test_a_rich_campaign_keeps_its_own_bend_and_a_thin_one_takes_that_of_its_kind() -> None:
    """Thirty campaigns whose curves bend alike, and two that bend otherwise: one with 150,000 leads, one with 150."""
    random = np.random.default_rng(2)
    spend = random.uniform(100, 3000, (32, 60))
    theta = np.tile([-3.0, 0.0, 1.7, -4.0, 0.0, 0.0, 0.0], (32, 1))
    theta[30:, BEND] = 1.5
    theta[30:, LEVEL] = [1.0, -5.9]
    given = plain_weeks(spend, spend)
    subject = Subject(
        plain_weeks(spend, random.poisson(expect("michaelis_menten", theta, given).leads)),
        np.ones((32, 1)),
        np.zeros(32, dtype=np.int64),
        np.zeros((60, 0)),
    )
    with Parallel(n_jobs=1) as pool:
        found = estimate("michaelis_menten", subject, pool, lambda: None)
    assert found.fitted.theta[30, BEND] == pytest.approx(1.5, abs=0.1)
    assert abs(found.fitted.theta[31, BEND] - found.population.middle[0, BEND]) < 0.5


def test_a_campaign_without_leads_is_not_believed_to_be_like_its_kind() -> None:
    """Ten campaigns bring 20 leads a week, one none in 60 weeks: fewer than one in ten weeks is expected of it."""
    random = np.random.default_rng(2)
    spend = random.uniform(500, 1500, (11, 60))
    theta = np.tile([-3.9, 0.0, 1.7, -4.0, 0.0, 0.0, 0.0], (11, 1))
    leads = random.poisson(expect("michaelis_menten", theta, plain_weeks(spend, spend)).leads)
    leads[10] = 0
    subject = Subject(plain_weeks(spend, leads), np.ones((11, 1)), np.zeros(11, dtype=np.int64), np.zeros((60, 0)))
    with Parallel(n_jobs=1) as pool:
        found = estimate("michaelis_menten", subject, pool, lambda: None)
    expected = expect("michaelis_menten", found.fitted.theta, found.weeks).leads
    assert expected[10].mean() < 0.1
    assert expected[0].mean() == pytest.approx(20.0, rel=0.1)
