"""Lag profiles: as channels.csv gives them, or as the history shows them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from joblib import Parallel

from optimizer.calibration.expectation import expect
from optimizer.calibration.lags import carry_over, estimated_shares, given_shares
from optimizer.calibration.prepare import subject_of
from optimizer.errors import InputFileError
from optimizer.scenario.tables import LEAD_WEEKS
from tests.calibration.weekly import history, plain_weeks, rows

TWO = history(rows("a", [10.0] * 3, [1] * 3), rows("b", [10.0] * 3, [1] * 3, channel="Social"))


def written(folder: Path, text: str) -> Path:
    (folder / "channels.csv").write_text(text)
    return folder / "channels.csv"


def test_given_shares_are_taken_as_they_are(tmp_path: Path) -> None:
    path = written(tmp_path, "channel,lead_share_week_0,lead_share_week_1\nSocial,0.6,0.4\nSearch,1,0\n")
    assert given_shares(path, TWO).tolist() == [[1.0, 0.0], [0.6, 0.4]]


def test_a_channel_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="channel 'Social' is not a channel of"):
        given_shares(written(tmp_path, "channel,lead_share_week_0\nSearch,1\n"), TWO)


def test_shares_that_do_not_add_up_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match=r"add up to 0\.9"):
        given_shares(written(tmp_path, "channel,lead_share_week_0\nSearch,0.9\nSocial,1\n"), TWO)


def test_carry_over_by_hand() -> None:
    """Half comes a week later, again and again, down to 2 %: 1 + 1/2 + ... + 1/32 = 1.96875."""
    found = carry_over(0.5)
    assert found[:3] == pytest.approx(np.array([1, 0.5, 0.25]) / 1.96875, abs=1e-4)
    assert found[6:].tolist() == [0.0] * 3
    assert carry_over(0.0).tolist() == [1.0, *[0.0] * 8]
    assert carry_over(0.7).sum() == pytest.approx(1.0, abs=1e-12)


def test_carry_over_is_found() -> None:
    """Six campaigns of each channel; of one channel's leads half come a week later and so on, of the other's none."""
    random = np.random.default_rng(5)
    spend = random.uniform(100, 2000, (12, 80)) * (random.random((12, 80)) < 0.8)
    share = np.repeat([carry_over(0.5), carry_over(0.0)], 6, axis=0)
    theta = np.tile([-3.0, 0.2, 1.5, -4.0, 0.0, 0.0, 0.0], (12, 1))
    expected = expect("michaelis_menten", theta, replace(plain_weeks(spend, spend), share=share)).leads
    leads = random.poisson(expected)
    parts = [rows(f"{row:02d}", spend[row], leads[row], channel="Social" if row < 6 else "Search") for row in range(12)]
    made = history(*parts)
    blank = np.full((12, LEAD_WEEKS), 1 / LEAD_WEEKS)
    with Parallel(n_jobs=1) as pool:
        found = estimated_shares(subject_of(made, blank), made.campaigns["channel"], pool)
    assert found[0] == pytest.approx(carry_over(0.5))
    assert found[-1] == pytest.approx(carry_over(0.0))
