import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.response.curves import Curves
from optimizer.response.forms import FORMS, FloatArray
from optimizer.response.steps import Steps, chord_steps

FORM_NUMBER = {name: number for number, name in enumerate(FORMS)}


def one(form: str, *parameters: float) -> Curves:
    padded = np.full((1, 3), np.nan)
    padded[0, : len(parameters)] = parameters
    return Curves(np.array([FORM_NUMBER[form]]), padded, np.zeros((1, 1)), np.zeros((1, 1)))


def by_points(spend: list[float], leads: list[float]) -> Curves:
    return Curves(
        np.array([FORM_NUMBER["points"]]),
        np.full((1, 3), np.nan),
        np.array([spend], dtype=np.float64),
        np.array([leads], dtype=np.float64),
    )


def mixed() -> Curves:
    """Every smooth form twice at different scales, and one curve of three points."""
    parameters = np.array(
        [
            [80, 2000, 0.6],
            [5, 90_000, 1.0],
            [300, 700, np.nan],
            [12, 5000, np.nan],
            [25, 400, np.nan],
            [3, 30_000, np.nan],
            [40, 1000, 0.5],
            [2, 100, 0.95],
            [60, 1500, np.nan],
            [60, 0.5, np.nan],
            [45, 2500, np.nan],
            [1, 1e6, np.nan],
            [np.nan, np.nan, np.nan],
        ]
    )
    form = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6])
    point_spend = np.zeros((13, 3))
    point_leads = np.zeros((13, 3))
    point_spend[12], point_leads[12] = [0, 1000, 2000], [0, 22, 36]
    return Curves(form, parameters, point_spend, point_leads)


def largest_error(steps: Steps) -> FloatArray:
    spend = steps.edges[:, -1, None] * np.linspace(0, 1, 4001) ** 2
    return np.max(steps.curves.leads(spend) - steps.leads(spend), axis=1)


def require_sound(steps: Steps, cap: FloatArray) -> None:
    """What every caller relies on."""
    np.testing.assert_array_equal(steps.edges[:, 0], 0)
    np.testing.assert_array_equal(steps.edges[:, -1], cap)
    np.testing.assert_array_equal(steps.edges, np.round(steps.edges * 100) / 100)
    width = np.diff(steps.edges, axis=1)
    assert (width >= 0).all()
    assert (np.diff(steps.slope, axis=1) <= 0).all()
    assert (steps.slope >= 0).all()
    np.testing.assert_array_equal(steps.slope[width == 0], 0)
    assert np.isfinite(steps.slope).all()


def test_chord_of_one_step_is_the_straight_line_to_the_cap() -> None:
    steps = chord_steps(one("michaelis_menten", 100, 1000), np.array([3000.0]), 1)
    np.testing.assert_array_equal(steps.edges, [[0, 3000]])
    np.testing.assert_allclose(steps.slope, [[0.025]])  # 75 leads for 3,000


def test_edges_share_the_bend_of_the_curve_evenly() -> None:
    # For log, sqrt(|f''|) is 1 / (scale + s), so without the even part the middle edge is where ln(1 + s / scale) is
    # half of its last value: sqrt(1 + 99) - 1 = 9 scales. A tenth of the weight is even, which moves it up:
    # 0.9 * ln(1 + x) / ln(100) + 0.1 * x / 99 = 0.5 has the root x = 11.19.
    steps = chord_steps(one("log", 10, 100), np.array([9900.0]), 2)
    assert steps.edges[0, 1] == pytest.approx(1119, rel=0.002)


def test_steps_of_a_mixed_set_are_sound() -> None:
    cap = np.full(13, 7_500.0)
    steps = chord_steps(mixed(), cap, 12)
    require_sound(steps, cap)
    assert steps.slope.shape == (13, 12)
    np.testing.assert_allclose(steps.leads(cap), steps.curves.leads(cap), rtol=1e-12)


@settings(deadline=None)
@given(
    st.integers(0, 12),
    st.floats(0, 2e5),
    st.integers(1, 30),
    st.lists(st.floats(0, 1), min_size=5, max_size=5),
)
def test_chords_never_promise_more_than_the_curve(row: int, cap: float, count: int, shares: list[float]) -> None:
    curve = mixed().take(np.array([row]))
    steps = chord_steps(curve, np.array([cap]), count)
    whole = steps.edges[:, -1]
    assert -1e-8 <= cap - whole[0] < 0.01  # a cap within a millionth of a cent of a whole one counts as whole
    require_sound(steps, whole)
    spend = np.hstack([np.array([shares]) * whole[:, None], steps.edges])
    assert (steps.leads(spend) <= curve.leads(spend) + 1e-9).all()


def test_no_room_to_spend_means_steps_of_no_width() -> None:
    steps = chord_steps(mixed(), np.zeros(13), 6)
    np.testing.assert_array_equal(steps.edges, np.zeros((13, 7)))
    np.testing.assert_array_equal(steps.slope, np.zeros((13, 6)))
    np.testing.assert_array_equal(steps.leads(np.full(13, 5.0)), 0)


def test_a_cap_of_few_cents_has_as_many_steps_as_cents() -> None:
    steps = chord_steps(one("power", 8, 100, 0.5), np.array([0.03]), 12)
    require_sound(steps, np.array([0.03]))
    assert 1 <= np.count_nonzero(np.diff(steps.edges)) <= 3


def test_points_keep_exactly_their_own_points() -> None:
    steps = chord_steps(by_points([0, 1000, 2000], [0, 22, 36]), np.array([2500.0]), 6)
    np.testing.assert_array_equal(steps.edges, [[0, 1000, 2000, 2500, 2500, 2500, 2500]])
    np.testing.assert_allclose(steps.slope, [[0.022, 0.014, 0, 0, 0, 0]])


def test_points_above_the_cap_are_cut_off() -> None:
    steps = chord_steps(by_points([0, 1000, 2000], [0, 22, 36]), np.array([1500.0]), 2)
    np.testing.assert_array_equal(steps.edges, [[0, 1000, 1500]])
    np.testing.assert_allclose(steps.slope, [[0.022, 0.014]])


def test_no_point_is_lost_where_a_curve_has_more_than_the_steps_asked_for() -> None:
    spend = [0.0, 100.0, 200.0, 300.0, 400.0]
    steps = chord_steps(by_points(spend, [0.0, 10.0, 18.0, 24.0, 28.0]), np.array([400.0]), 2)
    np.testing.assert_array_equal(steps.edges, [spend])


@pytest.mark.parametrize("count", [1, 2, 6, 12, 24])
def test_error_is_that_of_an_evenly_shared_bend(count: int) -> None:
    # The chord of max * s / (half + s) between s1 and s2 misses the curve by
    # max * half * (1 / sqrt(half + s1) - 1 / sqrt(half + s2)) ** 2, an eighth of the squared integral of sqrt(|f''|).
    # Over the whole curve that integral is `bend`; nine tenths of the edges' weight share it evenly.
    maximum, half, cap = 100.0, 1000.0, 3000.0
    bend = 2 * np.sqrt(2 * maximum * half) * (1 / np.sqrt(half) - 1 / np.sqrt(half + cap))
    steps = chord_steps(one("michaelis_menten", maximum, half), np.array([cap]), count)
    least = (bend / count) ** 2 / 8
    assert 0.98 * least <= largest_error(steps)[0] <= 1.02 * least / 0.9**2


@pytest.mark.parametrize(("cap", "count"), [(-1.0, 3), (np.nan, 3), (np.inf, 3), (10.0, 0)])
def test_caps_and_counts_that_make_no_sense_are_refused(cap: float, count: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        chord_steps(one("log", 25, 400), np.array([cap]), count)
