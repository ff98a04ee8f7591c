"""The made-up history: the same every time, sound, and as its generator says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optimizer.calibration.history import read_history
from scenarios import history_generator
from scenarios.history_generator import WEEKS, MadeHistory, make_history, write


@pytest.fixture(scope="module")
def made() -> MadeHistory:
    return make_history()


def test_it_is_the_same_every_time(tmp_path: Path) -> None:
    write(tmp_path / "a")
    write(tmp_path / "b")
    assert (tmp_path / "a" / "history.csv").read_bytes() == (tmp_path / "b" / "history.csv").read_bytes()


def test_it_can_be_read(tmp_path: Path, made: MadeHistory) -> None:
    write(tmp_path)
    found = read_history(tmp_path / "history.csv")
    assert found.campaigns["campaign"].tolist() == made.campaigns["campaign"].tolist()
    assert np.array_equal(found.leads, made.leads)
    assert found.spend == pytest.approx(made.spend)
    assert len(found.weeks) == WEEKS


def test_no_campaign_spends_more_than_its_curve_has_seen(made: MadeHistory) -> None:
    thin = made.begins > 0
    assert (made.spend <= made.observed[:, None]).all()
    varied = ~thin & (made.campaigns["campaign"] != history_generator.STEADY).to_numpy()
    assert (made.spend.max(axis=1)[varied] == made.observed[varied]).all()


def test_leads_scatter_about_what_the_curves_say(made: MadeHistory) -> None:
    """Over all campaigns that are counted, leads lie within 15 % of the curves at the spend of the week."""
    by_curves = made.curves.leads(made.spend).sum()
    assert made.leads.sum() == pytest.approx(by_curves, rel=0.15)
