"""How long a large group takes to calibrate; run with ``pytest -m bench``."""

from __future__ import annotations

import time

import pandas as pd
import pytest

from optimizer import api
from scenarios.history_generator import make_history

CAMPAIGNS = 2000
MINUTES = 3.0


def large_history() -> pd.DataFrame:
    """Two years of 2,000 campaigns: groups like that of ``three_markets``, each with chances of its own."""
    parts = []
    for seed in range(13):
        frame = make_history(seed).frame
        parts.append(frame.assign(campaign=frame["campaign"] + f"-{seed}", location=frame["location"] + f" {seed}"))
    frame = pd.concat(parts, ignore_index=True)
    kept = frame["campaign"].drop_duplicates().head(CAMPAIGNS)
    return frame[frame["campaign"].isin(kept)].reset_index(drop=True)


@pytest.mark.bench
def test_two_thousand_campaigns_in_three_minutes_the_same_for_any_number_of_workers() -> None:
    frame = large_history()
    began, made = time.perf_counter(), []
    for workers in (2, 1):
        made.append(api.calibrate(frame, workers=workers))
        print(f"{workers} workers: {time.perf_counter() - began:.0f} s")
        assert time.perf_counter() - began < 60 * MINUTES
        began = time.perf_counter()
    assert len(made[0].table) == CAMPAIGNS
    pd.testing.assert_frame_equal(made[0].table, made[1].table, check_exact=True)
    pd.testing.assert_frame_equal(made[0].curves, made[1].curves, check_exact=True)
