"""Rates by weeks waited: evened out where a rise can be chance, left where it cannot."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.calibration.monotone import AS_COUNTED, EVENED, RISING, falling
from optimizer.calibration.pooling import Rates


def rates(mean: list[float], spread: list[float]) -> Rates:
    return Rates(np.array(mean), np.array(spread) ** 2)


def test_falling_rates_stay_as_they_are() -> None:
    found, treated = falling(rates([0.9, 0.8, 0.8, 0.5], [0.05] * 4))
    assert found.tolist() == [0.9, 0.8, 0.8, 0.5]
    assert set(treated) == {AS_COUNTED}


def test_hand_worked() -> None:
    """0.6 and 0.7 with spreads 0.1 and 0.2 weigh 100 and 25: (60 + 17.5) / 125 = 0.62; the rise is half a spread."""
    found, treated = falling(rates([0.9, 0.6, 0.7], [0.05, 0.1, 0.2]))
    assert found == pytest.approx([0.9, 0.62, 0.62])
    assert treated.tolist() == [AS_COUNTED, EVENED, EVENED]


def test_a_rise_beyond_chance_is_left_and_named() -> None:
    """From 0.5 to 0.8, each to within 0.02: fifteen spreads."""
    found, treated = falling(rates([0.5, 0.8, 0.4], [0.02] * 3))
    assert found.tolist() == [0.5, 0.8, 0.4]
    assert treated.tolist() == [RISING, RISING, AS_COUNTED]
