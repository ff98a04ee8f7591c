"""S-shaped curves and the concave curves just above them."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.response.envelope import below_envelope, inflection, is_s_shaped, straight_parts, touching
from tests.response.test_steps import by_points, mixed, one


def test_hill_by_hand() -> None:
    """Slope 2, half at 1000: inflection at 1000 * (1 / 3) ** 0.5 = 577.35, touching at 1000 * 1 ** 0.5 = 1000."""
    curve = one("hill", 80, 1000, 2.0)
    assert is_s_shaped(curve).all()
    assert inflection(curve) == pytest.approx([1000 / np.sqrt(3)])
    assert touching(curve) == pytest.approx([1000])
    assert below_envelope(curve, np.array([[0.0, 900.0, 1000.0, 1500.0]]), np.full((1, 4), 3000.0)).tolist() == [
        [False, True, False, False]
    ]


@pytest.mark.parametrize("slope", [1.0000001, 1.01, 1.5, 3.0, 20.0])
def test_touching_is_where_leads_per_money_are_most(slope: float) -> None:
    curve = one("hill", 80, 1000, slope)
    at = touching(curve)[0]
    spend = np.concatenate([[at], np.geomspace(1e-3, 1e5, 4000)])
    ratio = curve.leads(spend[None, :])[0] / spend
    assert ratio[0] >= ratio.max() * (1 - 1e-12)


@pytest.mark.parametrize("slope", [1.2, 2.0, 5.0])
def test_marginal_rises_to_the_inflection_and_falls_after(slope: float) -> None:
    curve = one("hill", 80, 1000, slope)
    turn = inflection(curve)[0]
    rising, falling = (
        curve.marginal(part[None, :])[0] for part in (np.linspace(0, turn, 99), np.linspace(turn, 9e3, 99))
    )
    assert (np.diff(rising) > 0).all()
    assert (np.diff(falling) < 0).all()


def test_concave_curves_have_no_straight_part() -> None:
    curves = mixed()
    assert not is_s_shaped(curves).any()
    assert straight_parts(curves, np.full((13, 2), 5000.0)).start.size == 0
    assert (inflection(curves) == 0).all()
    assert not below_envelope(curves, np.full((13, 2), 700.0), np.full((13, 2), 5000.0)).any()


def test_a_cap_before_the_touching_point_ends_the_line() -> None:
    parts = straight_parts(one("hill", 80, 1000, 2.0), np.array([[400.0, 5000.0]]))
    assert parts.start[:, :, 0].tolist() == [[0.0, 0.0]]
    assert parts.end[0, :, 0] == pytest.approx([400.0, 1000.0])


def test_hull_of_points_by_hand() -> None:
    """0:0 100:1 200:10 400:12 500:20: the line from 0 to 200 passes over 100, that from 200 to 500 over 400."""
    curve = by_points([0, 100, 200, 400, 500], [0, 1, 10, 12, 20])
    assert is_s_shaped(curve).all()
    parts = straight_parts(curve, np.array([[500.0, 400.0, 150.0]]))
    found = [
        [(a, b) for a, b in zip(parts.start[0, week], parts.end[0, week], strict=True) if b > a] for week in range(3)
    ]
    assert found == [[(0.0, 200.0), (200.0, 500.0)], [(0.0, 200.0)], [(0.0, 150.0)]]
    spend = np.array([[100.0, 300.0, 150.0]])
    assert below_envelope(curve, spend, np.array([[500.0, 400.0, 150.0]])).tolist() == [[True, False, False]]


def test_steep_curves_do_not_overflow() -> None:
    curve = one("hill", 80, 0.01, 20.0)
    assert curve.leads(np.array([[0.0, 1e7]])) == pytest.approx(np.array([[0.0, 80.0]]))
    assert curve.marginal(np.array([[0.0, 1e7]])) == pytest.approx(np.array([[0.0, 0.0]]))
