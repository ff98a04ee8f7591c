"""Expected leads by hand, and their derivatives against differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.calibration.expectation import PARAMETERS, SHAPES, arguments, expect, lagged, slope_of
from optimizer.response.curves import Curves
from optimizer.response.forms import FORMS
from tests.calibration.weekly import plain_weeks

LOG_2 = float(np.log(2.0))


def test_hand_worked() -> None:
    """Half of 40 leads at the usual 1,000 dollars: level log(20 / 1000), bend 0, and 2 leads without spend.

    Two weeks, 1,000 then 3,000 dollars, Michaelis-Menten: the curve gives 20 and 30 leads. Three quarters come at once
    and one quarter a week later: 15 and 22.5 + 5 = 27.5. With 2 leads more and twice the demand: 34 and 59.
    Half of them were counted in the first week, it lies a year back at a growth of log 2, and of late the level has
    doubled: 34 / 8 = 4.25.
    """
    weeks = replace(
        plain_weeks([1000.0, 3000.0], [0, 0]),
        share=np.array([[0.75, 0.25]]),
        demand=np.full((1, 2), 2.0),
        years=np.array([[-1.0, 0.0]]),
        before=np.array([[1.0, 0.0]]),
        earlier=np.array([[1.0, 0.0]]),
    )
    theta = np.array([[np.log(20 / 1000), 0.0, 0.0, np.log(2 / 20), LOG_2, -LOG_2, LOG_2]])
    assert expect("michaelis_menten", theta, weeks).leads == pytest.approx(np.array([[4.25, 59.0]]))


def test_lags_by_hand() -> None:
    assert lagged(np.array([[8.0, 0.0, 4.0]]), np.array([[0.5, 0.25, 0.25]])).tolist() == [[4.0, 2.0, 4.0]]


@pytest.mark.parametrize("form", SHAPES)
def test_every_form_passes_through_the_level(form: str) -> None:
    """Whatever the bend, the curve brings exp(level) leads per dollar at the usual spend."""
    theta = np.tile([np.log(0.02), 0.0, 0.7, 0.0, 0.0, 0.0, 0.0], (3, 1))
    theta[:, 1] = [-1.0, 0.0, 2.0]
    usual = np.array([500.0, 1000.0, 2000.0])
    assert FORMS[form].leads(usual[:, None], *arguments(form, theta, usual))[:, 0] == pytest.approx(0.02 * usual)


@pytest.mark.parametrize("form", SHAPES)
def test_the_curve_is_the_one_that_plans_follow(form: str) -> None:
    """Leads of the fit are leads of :class:`Curves`, the class that plans and forecasts ask."""
    theta = np.array([[np.log(0.02), 0.4, 0.9, -40.0, 0.0, 0.0, 0.0]])
    spend = np.array([0.0, 300.0, 1000.0, 4000.0])
    given = [float(value[0, 0]) for value in arguments(form, theta, np.array([1000.0]))]
    curve = Curves(
        np.array([list(FORMS).index(form)]), np.array([[*given, *[np.nan] * (3 - len(given))]]),
        np.zeros((1, 1)), np.zeros((1, 1)),
    )  # fmt: skip
    mine = expect(form, theta, plain_weeks(spend, np.zeros(4))).captured
    assert mine == pytest.approx(curve.leads(spend[None]))


@pytest.mark.parametrize("form", SHAPES)
def test_derivatives_are_differences(form: str) -> None:
    random = np.random.default_rng(3)
    weeks = replace(
        plain_weeks(random.uniform(0, 3000, (4, 9)) * (random.random((4, 9)) < 0.8), np.zeros((4, 9))),
        share=np.array([[0.6, 0.3, 0.1]] * 4),
        demand=random.uniform(0.8, 1.2, (4, 9)),
        years=np.tile(np.linspace(-1, 0, 9), (4, 1)),
        before=(np.arange(9) < 4) * np.ones((4, 9)),
        earlier=(np.arange(9) < 7) * np.ones((4, 9)),
    )
    theta = random.normal([-4, 0.3, 1.0, -2, 0.1, -0.2, 0.1], 0.5, (4, len(PARAMETERS)))
    found = expect(form, theta, weeks).slopes
    for number in range(len(PARAMETERS)):
        step = 1e-5 * (np.arange(len(PARAMETERS)) == number)
        difference = (expect(form, theta + step, weeks).leads - expect(form, theta - step, weeks).leads) / 2e-5
        assert found[:, :, number] == pytest.approx(difference, rel=1e-5, abs=1e-7), PARAMETERS[number]


def test_a_slope_stays_below_one() -> None:
    theta = np.zeros((3, 7))
    theta[:, 2] = [-50.0, 0.0, 50.0]
    slope = slope_of(theta)
    assert slope[1] == 0.5
    assert 0 < slope[0] < slope[2] < 1
