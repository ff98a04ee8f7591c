import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.response.curves import FORMS, Curves, curve_problems, curves_from_rows, parameter_names
from optimizer.scenario.tables import CURVE_FORMS, TABLES

BLANK = {
    "form": "",
    "max_leads": np.nan,
    "half_spend": np.nan,
    "slope": 1.0,
    "scale_leads": np.nan,
    "scale_spend": np.nan,
    "exponent": np.nan,
    "points": "",
    "observed_max_weekly_spend": 4000.0,
}
HILL = {"form": "hill", "max_leads": 100.0, "half_spend": 1000.0, "slope": 0.5}
MICHAELIS_MENTEN = {"form": "michaelis_menten", "max_leads": 100.0, "half_spend": 1000.0}
LOG = {"form": "log", "scale_leads": 10.0, "scale_spend": 500.0}
POWER = {"form": "power", "scale_leads": 8.0, "scale_spend": 100.0, "exponent": 0.5}
EXPONENTIAL = {"form": "exponential", "max_leads": 50.0, "scale_spend": 1000.0}
LOGISTIC = {"form": "logistic", "max_leads": 50.0, "scale_spend": 1000.0}
POINTS = {"form": "points", "points": "0:0 1000:22 2000:36"}
EVERY_FORM = (HILL, MICHAELIS_MENTEN, LOG, POWER, EXPONENTIAL, LOGISTIC, POINTS)


def rows(*given_cells: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([BLANK | cells for cells in given_cells])


def curves(*given_cells: dict[str, object]) -> Curves:
    return curves_from_rows(rows(*given_cells))


def found(**cells: object) -> list[tuple[str, str]]:
    return [(problem.column, problem.message) for problem in curve_problems(rows(cells))]


@pytest.mark.parametrize(
    ("cells", "spend", "leads"),
    [
        (HILL, 1000.0, 50.0),  # half of 100 at half_spend, for any slope
        (HILL, 4000.0, 200 / 3),  # sqrt(4) = 2, and 100 * 2 / 3
        (MICHAELIS_MENTEN, 3000.0, 75.0),  # 100 * 3 / 4
        (LOG, 500 * (math.e - 1), 10.0),  # ln(e) = 1
        (POWER, 400.0, 16.0),  # 8 * sqrt(4)
        (EXPONENTIAL, 1000 * math.log(2), 25.0),  # one half is left
        (LOGISTIC, 1000 * math.log(3), 25.0),  # (1 - 1/3) / (1 + 1/3) = 1/2
        (POINTS, 500.0, 11.0),
        (POINTS, 1500.0, 29.0),
        (POINTS, 2000.0, 36.0),
        (POINTS, 9000.0, 36.0),  # flat after the last point
    ],
)
def test_leads_are_those_worked_out_by_hand(cells: dict[str, object], spend: float, leads: float) -> None:
    assert curves(cells).leads(np.array([spend]))[0] == pytest.approx(leads, rel=1e-12)


@pytest.mark.parametrize(
    ("cells", "spend", "marginal"),
    [
        (MICHAELIS_MENTEN, 0.0, 0.1),  # max_leads / half_spend
        (MICHAELIS_MENTEN, 1000.0, 0.025),  # 100 * 1000 / 2000 ** 2
        (HILL, 1000.0, 0.0125),  # max_leads * slope / (4 * half_spend)
        (HILL, 0.0, np.inf),
        (HILL | {"slope": 1.0}, 0.0, 0.1),
        (LOG, 500.0, 0.01),  # 10 / (500 + 500)
        (POWER, 400.0, 0.02),  # 16 leads * 0.5 / 400
        (POWER, 0.0, np.inf),
        (POWER | {"exponent": 1.0}, 0.0, 0.08),
        (EXPONENTIAL, 0.0, 0.05),
        (LOGISTIC, 0.0, 0.025),
        (POINTS, 0.0, 0.022),
        (POINTS, 1000.0, 0.014),  # at a kink, the side of the next dollar
        (POINTS, 2000.0, 0.0),
    ],
)
def test_marginal_is_the_slope_worked_out_by_hand(cells: dict[str, object], spend: float, marginal: float) -> None:
    assert curves(cells).marginal(np.array([spend]))[0] == pytest.approx(marginal, rel=1e-12)


@given(st.floats(0.5, 20_000.0))
def test_marginal_is_the_derivative_of_leads(spend: float) -> None:
    smooth = curves(*EVERY_FORM[:-1])
    step = spend * 1e-4
    at = np.full(len(smooth), spend)
    rise = (smooth.leads(at + step) - smooth.leads(at - step)) / (2 * step)
    np.testing.assert_allclose(smooth.marginal(at), rise, rtol=1e-5, atol=1e-12)


@given(st.floats(0.0, 50_000.0), st.floats(0.01, 50_000.0), st.floats(0.0, 1.0))
def test_every_form_rises_and_is_concave(low: float, width: float, share: float) -> None:
    every = curves(*EVERY_FORM)
    at = np.tile([low, low + share * width, low + width], (len(every), 1))
    left, inner, right = every.leads(at).T
    assert (left <= right + 1e-9).all()
    assert (inner >= (1 - share) * left + share * right - 1e-9).all()


def test_no_spend_brings_no_leads() -> None:
    np.testing.assert_array_equal(curves(*EVERY_FORM).leads(np.zeros(7)), np.zeros(7))


def test_spend_may_have_any_shape_and_rows_do_not_mix() -> None:
    every = curves(*EVERY_FORM)
    spend = np.arange(7 * 2 * 3, dtype=np.float64).reshape(7, 2, 3) * 100
    leads = every.leads(spend)
    assert leads.shape == (7, 2, 3)
    for row in range(7):
        alone = every.take(np.array([row]))
        np.testing.assert_array_equal(leads[row], alone.leads(spend[row][None])[0])


def test_take_keeps_the_order_asked_for() -> None:
    taken = curves(*EVERY_FORM).take(np.array([6, 1, 1]))
    np.testing.assert_allclose(taken.leads(np.array([500.0, 1000.0, 3000.0])), [11.0, 50.0, 75.0])
    assert taken.has_points.tolist() == [True, False, False]


@pytest.mark.parametrize("spend", [[-0.01, 0.0], [np.nan, 0.0], [1.0], [1.0, 2.0, 3.0]])
def test_spend_that_makes_no_sense_is_refused(spend: list[float]) -> None:
    with pytest.raises(ValueError, match="spend"):
        curves(HILL, LOG).leads(np.array(spend))


def test_points_of_different_length_share_one_frame() -> None:
    pair = curves(POINTS, {"form": "points", "points": "0:0 10:5 20:8 30:9 40:9.5"})
    np.testing.assert_allclose(pair.leads(np.array([[2500.0, 1500.0], [35.0, 100.0]])), [[36.0, 29.0], [9.25, 9.5]])


def test_forms_are_those_of_the_table() -> None:
    assert tuple(FORMS) == CURVE_FORMS
    columns = {column.name for column in TABLES["response_curves"].columns}
    assert all(set(parameter_names(form)) <= columns for form in FORMS)


def test_parameter_names() -> None:
    assert parameter_names("hill") == ("max_leads", "half_spend", "slope")
    assert parameter_names("points") == ("points",)


def test_sound_rows_have_no_problems() -> None:
    assert curve_problems(rows(*EVERY_FORM)) == []


@pytest.mark.parametrize(
    ("cells", "column", "part"),
    [
        (HILL | {"half_spend": np.nan}, "half_spend", "not given"),
        (HILL | {"max_leads": 0.0}, "max_leads", "is 0"),
        (HILL | {"max_leads": np.inf}, "max_leads", "is inf"),
        (HILL | {"slope": 0.0}, "slope", "is 0"),
        (HILL | {"scale_spend": 10.0}, "scale_spend", "does not use"),
        (POWER | {"exponent": 1.2}, "exponent", "above 1"),
        (POWER | {"slope": 0.7}, "slope", "does not use"),
        (LOG | {"points": "0:0 1:1"}, "points", "does not use"),
        (LOG | {"observed_max_weekly_spend": 0.0}, "observed_max_weekly_spend", "is 0"),
        (LOG | {"form": "adstock"}, "form", "no such form"),
        (POINTS | {"max_leads": 7.0}, "max_leads", "does not use"),
        (POINTS | {"points": ""}, "points", "fewer than two"),
        (POINTS | {"points": "0:0"}, "points", "fewer than two"),
        (POINTS | {"points": "0:0 1000;22"}, "points", "cannot read"),
        (POINTS | {"points": "0:0 1000:nan"}, "points", "cannot read"),
        (POINTS | {"points": "0:0 -5:2"}, "points", "cannot read"),
        (POINTS | {"points": "0:0 10.001:2"}, "points", "cannot read"),
        (POINTS | {"points": f"0:0 1{'0' * 400}:2"}, "points", "too large"),
        (POINTS | {"points": "100:0 1000:22"}, "points", "first point"),
        (POINTS | {"points": "0:3 1000:22"}, "points", "first point"),
        (POINTS | {"points": "0:0 1000:22 1000:30"}, "points", "comes after"),
        (POINTS | {"points": "0:0 1000:22 2000:21"}, "points", "leads fall"),
    ],
)
def test_each_mistake_is_found_once_where_it_stands(cells: dict[str, object], column: str, part: str) -> None:
    if cells["form"] == "adstock":
        cells = {"form": "adstock"}
    ((at, message),) = found(**cells)
    assert at == column
    assert part in message


def test_problems_name_the_row_and_the_cure() -> None:
    problems = curve_problems(rows(HILL, LOG | {"scale_leads": np.nan}, HILL | {"slope": -3.0}))
    assert [(problem.row, problem.column) for problem in problems] == [(1, "scale_leads"), (2, "slope")]
    assert all(problem.hint for problem in problems)


def test_a_straight_line_of_points_is_concave_enough() -> None:
    assert found(form="points", points="0:0 0.1:0.01 0.2:0.02 0.3:0.03 0.7:0.07") == []


def test_rows_with_mistakes_make_no_curves() -> None:
    with pytest.raises(ValueError, match="row 1, slope"):
        curves(LOG, HILL | {"slope": -2.0})
