"""Seasons: a normal year has a demand of one, and waves that are there are found."""

from __future__ import annotations

import numpy as np
import pytest
from joblib import Parallel

from optimizer.calibration.estimate import Subject, estimate
from optimizer.calibration.expectation import expect
from optimizer.calibration.seasons import demand_of, waves
from tests.calibration.weekly import monday, plain_weeks


def test_the_mean_of_a_year_is_one() -> None:
    size = np.array([[0.3, -0.2, 0.1, 0.05]])
    days = [f"2025-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 29)]
    assert demand_of(size, waves(days)).mean() == pytest.approx(1.0, abs=0.02)
    assert demand_of(np.zeros((1, 4)), waves(days)).tolist() == [[1.0] * len(days)]


def test_waves_come_back_after_a_year() -> None:
    now, then = waves(["2025-03-03"]), waves(["2026-03-03"])
    assert now == pytest.approx(then, abs=0.01)


def test_waves_of_a_line_are_found() -> None:
    """Two lines of six campaigns over two years: one with a wave of 0.2 that is highest at New Year, one without."""
    random = np.random.default_rng(6)
    wave = waves([monday(week) for week in range(104)])
    line = np.repeat([0, 1], 6)
    truth = np.array([[0.2, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    spend = random.uniform(300, 2000, (12, 104))
    given = plain_weeks(spend, np.zeros((12, 104)))
    theta = np.tile([-3.0, 0.2, 1.5, -3.0, 0.0, 0.0, 0.0], (12, 1))
    expected = expect("hill", theta, given.with_demand(demand_of(truth, wave)[line])).leads
    subject = Subject(plain_weeks(spend, random.poisson(expected)), np.ones((12, 1)), line, wave)
    with Parallel(n_jobs=1) as pool:
        found = estimate("hill", subject, pool, lambda: None)
    assert found.size == pytest.approx(truth, abs=0.03)
